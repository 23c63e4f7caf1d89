"""The formats of ``readiness check``, the filters of ``readiness rules``, ``explain``, completion and help."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from readiness_pack.cli import main as entry_point
from readiness_pack.cli import progress
from readiness_pack.cli.check import FORMATS
from readiness_pack.cli.main import _COMMANDS
from readiness_pack.cli.main import cli as group
from readiness_pack.cli.progress import Progress
from tests.cli.test_cli import TEMPLATE, cli, here  # noqa: F401  fixtures

Run = Any

STARTS = {
    "console": "Do these first",
    "json": "{",
    "sarif": "{",
    "junit": "<?xml",
    "markdown": "<!-- readiness-pack -->",
    "csv": "rule,item,section",
    "github": "::error file=shop.template.json,line=",
}


@pytest.mark.parametrize("format_", STARTS)
def test_every_format_goes_to_stdout_alone_and_keeps_the_exit_code(here: Path, cli: Run, format_: str) -> None:  # noqa: F811
    code, out, err = cli("check", "shop.template.json", "--format", format_)
    assert (code, err) == (1, "")
    assert out.startswith(STARTS[format_])
    assert out.endswith("\n")


@pytest.mark.parametrize("format_", STARTS)
def test_a_file_holds_what_stdout_would(
    here: Path,  # noqa: F811
    cli: Run,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    format_: str,
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    _, out, _ = cli("check", "shop.template.json", "--format", format_)
    assert cli("check", "shop.template.json", "--format", format_, "--output", "report")[1] == ""
    assert (here / "report").read_bytes().decode() == out


def test_one_run_writes_several_reports_beside_what_it_shows(here: Path, cli: Run) -> None:  # noqa: F811
    names = {name: f"r{one.suffix}" for name, one in FORMATS.items() if one.suffix and name in STARTS}
    asked = [argument for file in names.values() for argument in ("--report", file)]
    code, out, _ = cli("check", "shop.template.json", "--quiet", *asked)
    assert code == 1
    assert re.fullmatch(r"NOT READY: .*\n", out)
    for name, file in names.items():
        assert (here / file).read_text(encoding="utf-8").startswith(STARTS[name])
    assert '<testcase name="' in (here / "r.xml").read_text()


def test_a_report_with_an_unknown_ending_is_bad_usage(here: Path, cli: Run) -> None:  # noqa: F811
    code, out, err = cli("check", "shop.template.json", "--report", "report.pdf")
    assert (code, out) == (2, "")
    assert "'report.pdf' does not end like a format: .txt, .json, .sarif, .xml, .md" in err


def test_passes_are_rows_on_demand(here: Path, cli: Run) -> None:  # noqa: F811
    assert ",pass," not in cli("check", "shop.template.json", "--format", "csv")[1]
    assert ",pass," in cli("check", "shop.template.json", "--format", "csv", "--passes")[1]


def test_verbose_says_more_and_quiet_only_the_verdict(here: Path, cli: Run) -> None:  # noqa: F811
    plain, verbose, quiet = (
        cli("check", "shop.template.json", *more)[1] for more in ((), ("--verbose",), ("--quiet",))
    )
    assert len(verbose.splitlines()) > len(plain.splitlines()) > len(quiet.splitlines()) == 1
    assert verbose.splitlines()[-1] == plain.splitlines()[-1] == quiet.strip()


def test_rules_of_ones_own_are_explained_and_reported(here: Path, cli: Run) -> None:  # noqa: F811
    (here / "mine").mkdir()
    (here / "mine" / "ORG-1.yaml").write_text(
        "id: ORG-1\nsection: Ours\ngroup: G\ntitle: T\nstatement: S\nwhy: W\ndisposition: automated\n"
        "rules:\n- name: TopicsAreNamed\n  severity: error\n  resource: AWS::SNS::Topic\n"
        "  why: Nameless topics get lost.\n  message: '{logical_id} has no name.'\n  require: {TopicName: {present: true}}\n"
    )
    assert "Nameless topics get lost." in cli("check", "shop.template.json", "--rules", "mine")[1]
    assert "Nameless topics get lost." in cli("explain", "TopicsAreNamed", "--rules", "mine")[1]
    assert "TopicsAreNamed" in cli("rules", "--item", "org-1", "--rules", "mine")[1]


# rules and explain ---------------------------------------------------------------------------------------------------


def listed(cli: Run, *filters: str) -> dict[str, Any]:  # noqa: F811
    code, out, _ = cli("rules", "--format", "json", *filters)
    assert code == 0
    return {rule["name"]: rule for rule in json.loads(out)["rules"]}


def test_filters_select_what_they_say(cli: Run) -> None:  # noqa: F811
    everything = listed(cli)
    by_item = listed(cli, "--item", "SEC-ENC-03")
    assert by_item == {name: rule for name, rule in everything.items() if rule["item"] == "SEC-ENC-03"} != {}
    by_type = listed(cli, "--type", "aws::s3::bucket")
    assert by_type == {n: r for n, r in everything.items() if "AWS::S3::Bucket" in r["resource_types"]} != {}
    by_control = listed(cli, "--framework", "soc2:CC6.1")
    assert by_control == {n: r for n, r in everything.items() if "CC6.1" in r["frameworks"].get("soc2", [])} != {}
    assert listed(cli, "--framework", "SOC 2") == {n: r for n, r in everything.items() if "soc2" in r["frameworks"]}
    for peer in ("AwsSolutions-S1", "CKV_AWS_18"):
        found = listed(cli, "--peer", peer)
        assert found
        assert all(peer in [name for names in rule["peers"].values() for name in names] for rule in found.values())


def test_filters_narrow_each_other_and_values_widen(cli: Run) -> None:  # noqa: F811
    security, buckets = listed(cli, "--item", "SEC-*"), listed(cli, "--type", "AWS::S3::Bucket")
    assert listed(cli, "--item", "SEC-*", "--type", "AWS::S3::Bucket").keys() == security.keys() & buckets.keys()
    keys = listed(cli, "--type", "AWS::KMS::Key")
    both = listed(cli, "--type", "AWS::S3::Bucket", "--type", "AWS::KMS::Key")
    assert both.keys() == buckets.keys() | keys.keys()


def test_a_filter_lists_only_the_items_of_its_rules(cli: Run) -> None:  # noqa: F811
    document = json.loads(cli("rules", "--format", "json", "--item", "SEC-ENC-03")[1])
    assert [item["id"] for item in document["items"]] == ["SEC-ENC-03"]
    assert cli("rules", "--item", "SEC-ENC-03")[1].splitlines()[-1].endswith(" of 1 item")


@pytest.mark.parametrize(
    ("option", "value", "nearest"),
    [
        ("--item", "SEC-ENC-3", "SEC-ENC-03"),
        ("--type", "AWS::S3::Buket", "AWS::S3::Bucket"),
        ("--peer", "AwsSolution-S1", "AwsSolutions-S1"),
        ("--framework", "soc3", "soc2"),
    ],
)
def test_a_filter_that_nothing_has_names_the_nearest(cli: Run, option: str, value: str, nearest: str) -> None:  # noqa: F811
    code, out, err = cli("rules", option, value)
    assert (code, out) == (2, "")
    assert f"no rule has {option} '{value}'. Did you mean '{nearest}'?" in err


def test_explain_knows_names_of_other_tools_and_findings_of_the_engine(cli: Run) -> None:  # noqa: F811
    code, out, _ = cli("explain", "awssolutions-kms5")
    assert (code, out.startswith("# KmsKeyRotationEnabled")) == (0, True)
    for name in ("TemplateIsFullyJudged", "WaiversAreCurrent", "LockedRulesStandFirm"):
        code, out, _ = cli("explain", name)
        assert (code, out.startswith(f"# {name}\n\n")) == (0, True)
    _, out, _ = cli("explain", "KmsKeyRotationEnabled")
    for part in ("## Fix", "## Fails", "## Passes", "## Frameworks", "## The same control elsewhere"):
        assert part in out


# Help, completion, the terminal --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_every_help_shows_an_example(cli: Run, name: str) -> None:  # noqa: F811
    code, out, _ = cli(name, "--help")
    assert code == 0
    assert re.search(rf"Examples?:\s+readiness {name} ", out)


def test_the_examples_of_help_parse() -> None:
    """Each names options and arguments that its command has."""
    for name in _COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        text = f"{command.help} {command.epilog or ''}"
        examples = re.findall(rf"readiness {name} ([^\n]+)", text)
        assert examples, name
        for arguments in examples:
            given = shlex.split(arguments.partition(" > ")[0])
            command.make_context(name, given, resilient_parsing=False)


def completed(words: str, count: int) -> set[str]:
    environment = {**os.environ, "_READINESS_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)}
    program = "import sys; sys.argv = ['readiness']; from readiness_pack.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return {line.partition(",")[2] for line in done.stdout.splitlines()}


@pytest.mark.slow
def test_a_shell_completes_commands_options_and_names() -> None:
    assert completed("readiness ch", 1) == {"check"}
    assert {"--format", "--fail-on"} <= completed("readiness check --f", 2)
    assert "sarif" in completed("readiness check --format s", 3)
    assert "KmsKeyRotationEnabled" in completed("readiness explain kmskeyrot", 2)
    assert "AwsSolutions-S1" in completed("readiness rules --peer AwsSolutions-S", 3)


def test_characters_that_the_terminal_cannot_show_do_not_break_a_run(here: Path) -> None:  # noqa: F811
    template = json.loads(json.dumps(TEMPLATE))
    template["Resources"]["Key"]["Metadata"] = {"aws:cdk:path": "Łódź/Ключ/Resource"}
    (here / "shop.template.json").write_text(json.dumps(template))
    program = "import sys; sys.argv = ['readiness', 'check', 'shop.template.json']; from readiness_pack.cli import main; main()"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert rb"\u0141\xf3d\u017a" in done.stdout


class Terminal:
    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("patience", "shown"), [(0.0, True), (60.0, False)])
def test_a_bar_appears_on_a_terminal_when_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, patience: float, shown: bool
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setattr(progress, "_STEP", 0.0)
    with Progress(2) as bar:
        assert list(bar.each(list(range(50)))) == list(range(50))
        bar.part_done()
    assert ("judging" in terminal.text) is shown


def test_no_bar_where_stderr_is_no_terminal(here: Path, cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    assert cli("check", "shop.template.json")[2] == ""
    assert callable(entry_point)


def test_escape_sequences_of_a_template_reach_no_terminal(here: Path, cli: Run) -> None:  # noqa: F811
    text = json.dumps(TEMPLATE).replace(
        '"Key": {', '"Key": {"Metadata": {"aws:cdk:path": "Shop/\\u001b[31m\\u202eKey"}, '
    )
    (here / "shop.template.json").write_text(text)
    (here / "old.template.json").write_text('{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}')
    (here / "bad.template.json").write_text('{"Resources": {"\\u001b[31m": {"Type": 1}}}')
    commands = [("check", "shop.template.json"), ("check", "shop.template.json", "--verbose"), ("check", "bad.template.json"),
                ("diff", "old.template.json", "shop.template.json"), ("decisions", "shop.template.json")]  # fmt: skip
    for command in commands:
        _, out, err = cli(*command)
        assert "\x1b" not in out + err
        assert "\u202e" not in out + err
