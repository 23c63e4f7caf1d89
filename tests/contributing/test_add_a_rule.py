"""CONTRIBUTING.md, followed to the letter in a copy of the tree: what it says works, and ends with a rule that is complete."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.cdk_cli import environment

pytestmark = pytest.mark.slow

START, END = "## Add a rule in ten minutes", "Where matchers do not suffice"
COPIED = (
    "src",
    "rules",
    "tests",
    "tools",
    "docs",
    "examples",
    "pyproject.toml",
    "mkdocs.yml",
    "README.md",
    "CHANGELOG.md",
)
NAME = "SqsQueueUsesLongPolling"


def steps(page: str) -> list[tuple[str, str]]:
    """The numbered steps of the section, each with the commands under it."""
    section = page[page.index(START) : page.index(END)]
    found = re.findall(r"^\*\*(\d+)\. .*?```bash\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [(number, commands) for number, commands in found]


@pytest.fixture(scope="module")
def tree(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a contributor has, without what set-up made."""
    folder = tmp_path_factory.mktemp("contributor") / "readiness-pack"
    folder.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "cdk.out", "node_modules", ".*_cache")
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=ignored)
        else:
            shutil.copy(root / name, folder / name)
    (folder / "build").mkdir()
    return folder


def follow(commands: str, tree: Path) -> subprocess.CompletedProcess[str]:
    """Run a block as a shell would have it pasted, with the Python of the tests and the sources of the copy."""
    variables = environment({"PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "100"})
    variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), variables["PATH"]])
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=tree,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_following_the_page_gives_a_complete_rule(root: Path, tree: Path) -> None:
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = steps(page)
    assert [number for number, _ in found] == ["1", "2", "3", "4", "5", "6"]
    assert NAME not in (tree / "src/readiness_pack/rules/generated.pyi").read_text(encoding="utf-8"), (
        "not among ours yet"
    )
    said = {}
    for number, commands in found:
        done = follow(commands, tree)
        assert done.returncode == 0, f"step {number}:\n{commands}\n{done.stdout}"
        said[number] = done.stdout

    assert "6 passed" in said["4"], "four examples, that the rule is complete, and that its fix is Python of the CDK"
    (item,) = (tree / "rules").rglob("PRF-OPT-05.yaml")
    (rule,) = (one for one in yaml.safe_load(item.read_text(encoding="utf-8"))["rules"] if one["name"] == NAME)
    assert {"why", "source", "message", "fix", "examples"} <= rule.keys()
    assert f"class {NAME}(" in (tree / "src/readiness_pack/rules/generated.pyi").read_text(encoding="utf-8")
    assert NAME in (tree / "docs/catalogue/PRF-OPT-05.md").read_text(encoding="utf-8")
    assert NAME in said["6"]
    assert "pays for every answer" in said["6"]


def test_a_rule_that_is_not_complete_is_named_by_the_tests(root: Path, tree: Path) -> None:
    """Step 4 says what is missing: the test above could pass for lack of tests."""
    file = next((tree / "rules").rglob("PRF-OPT-05.yaml"))
    before = file.read_text(encoding="utf-8")
    block = dict(steps((root / "CONTRIBUTING.md").read_text(encoding="utf-8")))["3"]
    incomplete = block.replace(NAME, "SqsQueueWaits").replace("says: do not wait", "says: wait forever")
    try:
        assert follow(incomplete, tree).returncode == 0
        done = follow("python -m pytest -n 0 -q tests/rules -k SqsQueueWaits", tree)
    finally:
        file.write_text(before, encoding="utf-8")
    assert done.returncode == 1
    assert "wait forever" in done.stdout


def test_make_targets_of_the_page_exist(root: Path) -> None:
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8") + (root / "docs/releasing.md").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", page)) <= targets


def test_links_of_the_pages_lead_somewhere(root: Path) -> None:
    for name in ("CONTRIBUTING.md", "SECURITY.md"):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (root / name).read_text(encoding="utf-8")):
            assert (root / link).exists(), f"{name} links to {link}"
