"""No socket is opened, nothing that a file says is run, and no object is unpickled."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = sorted((Path(__file__).parents[2] / "src" / "readiness_pack").rglob("*.py"))
TEMPLATE = (
    "Resources:\n  Q: {Type: AWS::SQS::Queue}\n  F: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: x}}}\n"
)

# Put before everything: a socket of any family, a look-up of a name, a child process end the run with a trace.
DENIED = """
import socket, sys, subprocess, os
def deny(what):
    def refuse(*arguments, **more):
        raise AssertionError(f"{what} {arguments!r}")
    return refuse
class Denied(socket.socket):
    def __init__(self, *arguments, **more):
        raise AssertionError(f"socket {arguments!r}")
socket.socket = Denied
for name in ("create_connection", "getaddrinfo", "gethostbyname", "gethostbyaddr", "socketpair", "create_server"):
    setattr(socket, name, deny(name))
for name in ("system", "popen", "posix_spawn", "posix_spawnp", "execv", "execve"):
    setattr(os, name, deny(name))
subprocess.Popen = deny("Popen")
"""


def run(code: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cwd / ".cache")}
    return subprocess.run(
        [sys.executable, "-c", DENIED + code, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


CLI = "from readiness_pack.cli import main; main()"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "app.yaml").write_text(TEMPLATE)
    return tmp_path


@pytest.mark.slow
def test_the_denial_works(app: Path) -> None:
    done = run("import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')", cwd=app)
    assert "AssertionError: create_connection" in done.stderr or "AssertionError: getaddrinfo" in done.stderr


@pytest.mark.slow
def test_checking_in_every_format_opens_no_socket(app: Path) -> None:
    reports = [f"report{suffix}" for suffix in (".json", ".sarif", ".xml", ".md", ".csv", ".html", ".txt")]
    options = [word for report in reports for word in ("--report", report)]
    done = run(CLI, "check", "app.yaml", "--verbose", *options, cwd=app)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert all((app / report).stat().st_size for report in reports)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "app.yaml", "--format", "github"],
        ["baseline", "app.yaml", "--output", "baseline.json"],
        ["rules", "--format", "json"],
        ["explain", "KmsKeyRotationEnabled"],
        ["init"],
        ["diff", "app.yaml", "app.yaml"],
        ["decisions", "app.yaml"],
        ["report", "app.yaml"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_no_command_opens_a_socket(app: Path, arguments: list[str]) -> None:
    done = run(CLI, *arguments, cwd=app)
    assert "Traceback" not in done.stderr, done.stderr
    assert "AssertionError" not in done.stderr + done.stdout
    assert done.returncode in (0, 1), done.stderr


@pytest.mark.slow
def test_the_plugin_opens_no_socket(app: Path) -> None:
    """Node is talked with through pipes; judging itself starts and opens nothing."""
    pytest.importorskip("aws_cdk")
    code = """
from unittest import mock
import aws_cdk
from aws_cdk import aws_sqs
from readiness_pack.integrations.cdk import ReadinessChecks
"""
    script = app / "app.py"
    script.write_text(
        "import socket\n"
        "class Denied(socket.socket):\n"
        "    def __init__(self, *arguments, **more):\n"
        "        raise AssertionError(f'socket {arguments!r}')\n"
        "socket.socket = Denied\n"
        "socket.getaddrinfo = socket.create_connection = None\n" + code + "app = aws_cdk.App(outdir='cdk.out')\n"
        "aws_cdk.Validations.of(app).add_plugins(ReadinessChecks())\n"
        "aws_sqs.CfnQueue(aws_cdk.Stack(app, 'Shop'), 'Queue')\n"
        "try:\n"
        "    app.synth()\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, str(script)], cwd=app, capture_output=True, text=True, check=False)
    assert "AssertionError" not in done.stdout + done.stderr, done.stderr
    assert (app / "cdk.out" / "readiness-report.json").exists(), done.stdout + done.stderr


# What the code may not do ------------------------------------------------------------------------------------------

# Modules that run what they are given, or talk with others.
FORBIDDEN_MODULES = {
    *(
        "pickle",
        "cPickle",
        "dill",
        "marshal",
        "shelve",
        "jsonpickle",
        "code",
        "codeop",
        "pty",
        "telnetlib",
        "ftplib",
        "smtplib",
    ),
    *(
        "socket",
        "socketserver",
        "http",
        "urllib.request",
        "requests",
        "httpx",
        "aiohttp",
        "urllib3",
        "boto3",
        "botocore",
        "xmlrpc",
    ),
}
FORBIDDEN_NAMES = {"eval", "exec", "compile", "__import__", "input", "breakpoint"}
# PyYAML's functions that take a loader may be called with a loader of ours alone.
YAML_LOADERS = {"load", "load_all", "full_load", "unsafe_load", "full_load_all", "unsafe_load_all"}


def problems(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        found += [f"imports {name}" for name in names if {name, name.split(".")[0]} & FORBIDDEN_MODULES]
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_NAMES:
            found.append(f"line {node.lineno}: calls {node.func.id}")
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            called = f"{node.func.value.id}.{node.func.attr}"
            if node.func.value.id == "yaml" and node.func.attr in YAML_LOADERS and not _has_safe_loader(node):
                found.append(f"line {node.lineno}: calls {called} without a safe loader")
            if called in ("os.system", "os.popen"):
                found.append(f"line {node.lineno}: calls {called}")
        found += [f"line {node.lineno}: a shell" for k in node.keywords if k.arg == "shell"]
    return found


def _has_safe_loader(call: ast.Call) -> bool:
    given = [ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg == "Loader"]
    return bool(given) and ("Safe" in given[0] or given[0] in ("_Loader", "Loader"))


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_the_code_runs_nothing_that_it_is_given(file: Path) -> None:
    assert problems(ast.parse(file.read_bytes())) == []


@pytest.mark.parametrize(
    "code",
    [
        *(
            "eval('1')",
            "exec('1')",
            "import pickle",
            "from urllib import request",
            "import http.client",
            "import os\nos.system('x')",
        ),
        *(
            "import yaml\nyaml.load('x')",
            "import yaml\nyaml.load('x', Loader=yaml.UnsafeLoader)",
            "run('x', shell=True)",
        ),
    ],
)
def test_it_would_be_noticed(code: str) -> None:
    assert problems(ast.parse(code))


def test_our_loaders_are_safe() -> None:
    """Each class that is called a loader is one of PyYAML's safe ones."""
    import yaml

    from readiness_pack import typed_yaml

    assert issubclass(typed_yaml._Loader, yaml.CSafeLoader)
    bases = [
        (file.name, node.name, [ast.unparse(base) for base in node.bases])
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.ClassDef) and any("yaml." in ast.unparse(base) for base in node.bases)
    ]
    assert bases
    assert [entry for entry in bases if not all("Safe" in base or "Dumper" in base for base in entry[2])] == []
