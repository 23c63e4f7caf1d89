"""Every command and code block in README and docs does what a reader will do with it."""

from __future__ import annotations

import datetime
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import readiness_pack
import readiness_pack.rules
from readiness_pack import Assembly, evaluate
from readiness_pack.checklist import load as load_rules
from readiness_pack.config import Config, Settings
from readiness_pack.config import load as load_config
from readiness_pack.evidence.records import read as read_records
from readiness_pack.example_runs import run_example
from readiness_pack.rules.generator import make_rules
from readiness_pack.rules.rule_set import rule_set
from tests.docs.blocks import PAGES, Block, blocks, of_language
from tools.cdk_cli import run

SHELL = ("bash", "")
NOT_RUN = {
    "pip": "installs from a package index; the wheel is tested in tests/packaging",
    "cdk": "takes seconds and is run on the examples by tests/cdk",
    "checkov": "is no dependency; tests/data/checkov holds what it wrote",
    "make": "runs these tests, or what tools/ and tests/cdk run",
}
"""Programs whose commands are not run here, with the reason."""


def commands(block: Block) -> list[str]:
    """The commands of a shell block, without comments; what is no command (a diagram, an output) is none."""
    lines = [re.sub(r"\s+#.*", "", line).strip() for line in block.text.splitlines()]
    return [
        line for line in lines if line and (block.language or shlex_first(line) in {"readiness", "python", *NOT_RUN})
    ]


def shlex_first(line: str) -> str:
    return line.split(maxsplit=1)[0]


def in_workflows(value: Any) -> Iterator[str]:
    """The commands in the YAML of a CI system."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from in_workflows(inner)
    elif isinstance(value, str):
        yield from (line for line in value.splitlines() if line.startswith("readiness "))


def execute(command: str, folder: Path) -> None:
    done = run(shlex.split(command), cwd=folder, extra={"COLUMNS": "100", "CDK_OUTDIR": str(folder / "cdk.out")})
    assert done.returncode in (0, 1), f"{command}\n{done.stdout}"
    assert "Traceback" not in done.stdout, f"{command}\n{done.stdout}"


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_run(page: Path, reader: Path) -> None:
    for block in blocks(page):
        if block.language in SHELL:
            for command in commands(block):
                program = shlex_first(command)
                if program in NOT_RUN:
                    continue
                assert program in ("readiness", "python"), f"{block}: say in NOT_RUN why this is not run: {command}"
                execute(command, reader)
        elif block.language == "yaml":
            for command in in_workflows(yaml.safe_load(block.text)):
                execute(command, reader)


@pytest.mark.parametrize("block", of_language("python"), ids=str)
def test_python_runs(block: Block, reader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(reader)
    monkeypatch.setenv("CDK_OUTDIR", str(reader / "new.out"))
    exec(compile(block.text, str(block), "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("block", of_language("yaml"), ids=str)
def test_yaml_is_understood(block: Block, reader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(reader)
    content = yaml.safe_load(block.text)
    if isinstance(content, list):
        as_rules(block, reader)
    elif content.keys() <= {"records", "reports"}:
        as_records(block.text, reader)
    elif content.keys() & {"items", "extends", "overrides"}:
        as_rule_file(block.text, reader)
    elif set(content) & set(Settings.__struct_fields__) and "jobs" not in content and "repos" not in content:
        as_settings(block.text, reader)
    else:
        text = yaml.safe_dump(content)
        assert "readiness" in text, f"{block}: neither settings nor rules nor a use of readiness"


def as_records(text: str, folder: Path) -> None:
    """The records are such as count; that the files and reports which they name are not here is another matter."""
    place = folder / "evidence"
    place.mkdir()
    (place / "records.yaml").write_text(text, encoding="utf-8")
    settings = Config(source=str(folder / "readiness.yaml"))
    found = read_records(settings, load_rules(), datetime.date(2026, 11, 25))
    assert [str(one) for one in found.problems if "not there" not in one.text and "no such file" not in one.text] == []


def as_rules(block: Block, folder: Path) -> None:
    """The rules parse, their checks are the Python of the same page, and their examples hold."""
    (folder / "house").mkdir()
    code = [other.text for other in blocks(block.page) if other.language == "python"]
    (folder / "house" / "keys.py").write_text("\n".join(code), encoding="utf-8")
    item = {"id": "DOC-01", "section": "S", "group": "G", "title": "T", "statement": "S", "disposition": "automated"}
    rules = folder / "rules"
    rules.mkdir()
    content = {**item, "why": "W", "rules": yaml.safe_load(block.text)}
    (rules / "DOC-01.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    checklist = load_rules(rules)
    for name, made in make_rules(checklist).items():
        _, spec = checklist.rules[name]
        assert [
            result.problem for result in (run_example(made, spec, one) for one in spec.examples) if result.problem
        ] == []


def as_rule_file(text: str, folder: Path) -> None:
    """A file of a folder of rules: it fits what is there, and its examples hold."""
    rules = folder / "more_rules"
    rules.mkdir()
    (rules / "file.yaml").write_text(text, encoding="utf-8")
    found = rule_set([str(rules)])
    named = [name for name, file in found.checklist.rule_files.items() if file]
    assert named
    for name in named:
        _, spec = found.checklist.rules[name]
        results = [run_example(found.classes[name], spec, example) for example in spec.examples]
        assert [result.problem for result in results if result.problem] == []


def as_settings(text: str, folder: Path) -> None:
    """The settings load, and every rule, item and parameter in them exists."""
    file = folder / "readiness.yaml"
    file.write_text(text, encoding="utf-8")
    report = evaluate(Assembly.load(folder / "cdk.out"), config=load_config(file))
    assert report.errors == []
    facts = load_config(file).facts
    source = "".join(path.read_text("utf-8") for path in Path(readiness_pack.rules.__path__[0]).rglob("*.py"))
    assert [name for name in facts if f'"{name}"' not in source] == []


def test_languages_are_those_that_are_tested() -> None:
    assert {block.language for page in PAGES for block in blocks(page)} <= {*SHELL, "python", "yaml", "text"}


def test_blocks_are_found() -> None:
    """The tests above test nothing where no block is found."""
    found = [block for page in PAGES for block in blocks(page)]
    assert sum(block.language == "python" for block in found) >= 7
    assert sum(block.language == "yaml" for block in found) >= 7
    assert sum(len(commands(block)) for block in found if block.language in SHELL) >= 30


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_rules_that_are_named_exist(page: Path) -> None:
    shown = "".join(block.text for block in blocks(page) if block.language != "text")  # text is what a program printed
    text = shown + re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"Readiness::(\w+)", text))
    named |= set(re.findall(r"\b(?:explain|rule:|readiness_pack\.rules import) ([A-Z][a-z]\w+)$", text, re.MULTILINE))
    assert named <= {*readiness_pack.rules.built_in(), *readiness_pack.rules.__all__}


def test_figures_in_the_docs_are_those_of_the_checklist() -> None:
    text = " ".join(path.read_text("utf-8") for path in PAGES)
    dispositions = [item.disposition for item in load_rules().items]
    words = re.search(
        r"Of the (\d+) items, (\d+) are decided by rules alone\. (\d+) are .partial.: .*? (\d+) need", text, re.DOTALL
    )
    assert words is not None
    counts = [len(dispositions), *(dispositions.count(name) for name in ("automated", "partial", "evidence"))]
    assert [int(figure) for figure in words.groups()] == counts
