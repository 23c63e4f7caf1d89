"""``readiness report``: the answer, its exit code, and its formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Rule
from tests.evidence.building import CHECKLIST, Project, fact, record

DAY = ("--date", "2026-11-25")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    found = Project(tmp_path)
    _ = found.config
    (tmp_path / "Shop.json").write_text('{"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}}')
    return found


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes]) -> Any:
    from tests.cli.test_cli import run

    return lambda *arguments: run(capsysbinary, "report", *arguments)


def everything_waived(project: Project) -> None:
    """An app whose whole checklist but the signatures is accepted for a while, section by section."""
    accepted = {"reason": "A rehearsal of the gate.", "owner": "Ana", "expires": "2027-01-31"}
    project.set(
        waivers=[{"rule": f"{section}-*", **accepted} for section in sorted({i.id[:3] for i in CHECKLIST.items})]
    )
    _ = project.config


def test_it_is_not_ready_and_says_who_has_to_do_what(project: Project, cli: Any) -> None:
    code, out, err = cli("Shop.json", *DAY)
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[-1].startswith("NOT READY for production: ")
    assert "(Operations " in lines[-1] or "(Platform " in lines[-1]
    for heading in (
        "Readiness  what production asks, on 2026-11-25",
        "Operations  ",
        "The app's code  ",
        "Levels",
        "Sign-offs",
    ):
        assert any(line.startswith(heading) for line in lines), heading
    assert max(map(len, lines[:-1])) <= 120


def test_verbose_gives_every_reason_and_quiet_the_verdict_alone(project: Project, cli: Any) -> None:
    short = cli("Shop.json", *DAY)[1]
    long = cli("Shop.json", *DAY, "--verbose")[1]
    assert "--verbose says why" in short
    assert "--verbose says why" not in long
    assert len(long) > len(short)
    assert len(cli("Shop.json", *DAY, "--quiet")[1].splitlines()) == 1


def test_a_gate_that_is_passed_exits_with_0(project: Project, cli: Any) -> None:
    everything_waived(project)
    code, out, _ = cli("Shop.json", *DAY, "--gate", "pre-deployment")
    assert (code, out.splitlines()[-1]) == (
        0, "READY for the pre-deployment gate: all 126 items are ready; look again by 2027-01-31"
    )  # fmt: skip
    assert "Accepted for a while" in out
    code, out, _ = cli("Shop.json", *DAY, "--gate", "deployment")
    assert (code, "5 of 136 items are not ready" in out.splitlines()[-1]) == (1, True)
    assert cli("Shop.json", "--date", "2027-02-01", "--gate", "pre-deployment")[0] == 1


def test_json_stands_alone_on_stdout(project: Project, cli: Any) -> None:
    project.write(record("OPS-DOC-04"), fact("guardduty"))
    code, out, err = cli("Shop.json", *DAY, "--format", "json")
    document = json.loads(out)
    assert (code, err, document["ready"], document["gate"]) == (1, "", False, None)
    items = {item["id"]: item for item in document["items"]}
    assert len(items) == 151
    assert items["OPS-DOC-04"]["status"] == "attested"
    assert items["OPS-DOC-04"]["records"][0]["file"] == "evidence/records.yaml"
    assert [gate["name"] for gate in document["gates"]] == ["pre-deployment", "deployment", "post-deployment"]
    assert [level["name"] for level in document["levels"]] == ["bronze", "silver", "gold"]
    assert document["next_review"] == "2027-10-01"


def test_the_same_day_gives_the_same_report_wherever_the_folder_is(project: Project, cli: Any, tmp_path: Path) -> None:
    project.write(record())
    first = cli("Shop.json", *DAY, "--format", "json")[1]
    assert cli("Shop.json", *DAY, "--format", "json")[1] == first
    elsewhere = tmp_path / "moved"
    elsewhere.mkdir()
    for name in ("Shop.json", "readiness.yaml", "evidence"):
        (tmp_path / name).rename(elsewhere / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(elsewhere)
        assert cli("Shop.json", *DAY, "--format", "json")[1] == first


@pytest.mark.parametrize("format_", ["console", "json", "markdown"])
def test_every_format_goes_to_a_file(project: Project, cli: Any, format_: str) -> None:
    code, out, _ = cli("Shop.json", *DAY, "--format", format_, "--output", "report.out")
    assert (code, out) == (1, "")
    assert "NOT READY for production" in Path("report.out").read_text()


def test_markdown_is_for_a_ticket(project: Project, cli: Any) -> None:
    project.write(record("OPS-DOC-04", statement="Trained @everybody | </td>", valid_until="2026-12-01"))
    out = cli("Shop.json", *DAY, "--format", "markdown")[1]
    assert out.startswith("<!-- readiness-pack -->\n## ❌ NOT READY for production")
    assert "### Ends soon: 1 item" in out
    assert "</td>" not in out
    assert " @everybody" not in out
    assert len(out.encode()) <= 60_000


def test_problems_and_unused_waivers_are_told(project: Project, cli: Any) -> None:
    project.set(waivers=[{"rule": "SEC-ENC-04", "reason": "There is no secret.", "resource": "Nowhere"}])
    _ = project.config
    project.write(record("SUP-CON-01", statement="TBD"))
    out = " ".join(cli("Shop.json", *DAY)[1].split())
    assert "evidence/records.yaml:2: SUP-CON-01 of 2026-10-02: its statement is not filled in: 'TBD'" in out
    assert "waivers[0] matches nothing" in out


def test_evidence_is_looked_for_where_settings_are(project: Project, cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here, then beside PATH: also where neither has a readiness.yaml."""
    project.write(record("OPS-DOC-04", statement="Everybody on call took the course."))
    (project.folder / "readiness.yaml").unlink()
    elsewhere = project.folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    items = {one["id"]: one for one in json.loads(cli("../Shop.json", *DAY, "--format", "json")[1])["items"]}
    assert items["OPS-DOC-04"]["status"] == "attested"
    (elsewhere / "evidence").mkdir()
    items = {one["id"]: one for one in json.loads(cli("../Shop.json", *DAY, "--format", "json")[1])["items"]}
    assert items["OPS-DOC-04"]["status"] == "missing"


def test_where_nothing_is_recorded_the_folder_is_named(project: Project, cli: Any) -> None:
    assert "there is no evidence: no folder" in cli("Shop.json", *DAY)[1]
    project.text("# nothing yet")
    assert "nothing is recorded in" in cli("Shop.json", *DAY)[1]
    project.write(record())
    assert "recorded in" not in cli("Shop.json", *DAY)[1]


def test_bad_input_is_one_line_and_2(project: Project, cli: Any) -> None:
    project.write(record(date="2027-01-01"))
    code, out, err = cli("Shop.json", *DAY)
    assert (code, out) == (2, "")
    assert err == "readiness: evidence/records.yaml:5: date: 2027-01-01 is in the future; today is 2026-11-25\n"
    for arguments in (
        ("nowhere",),
        ("Shop.json", "--gate", "x"),
        ("Shop.json", "--date", "soon"),
        ("Shop.json", "--format", "x"),
    ):
        code, out, err = cli(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1), arguments


def test_a_rule_that_breaks_is_3(project: Project, cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    everything_waived(project)

    def broken(*_: Any) -> Any:
        raise KeyError("x")

    monkeypatch.setattr(Rule, "judge", broken)
    code, out, _ = cli("Shop.json", *DAY, "--gate", "pre-deployment")
    assert (code, out.splitlines()[-1].startswith("BROKEN: ")) == (3, True)


def test_check_judges_with_recorded_facts(project: Project, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    from tests.cli.test_cli import run

    def said() -> bool:
        document = json.loads(run(capsysbinary, "check", "Shop.json", "--format", "json")[1])
        return any("fact guardduty" in finding["message"] for finding in document["findings"])

    assert said()
    project.write(fact("guardduty", date="2020-01-01", valid_until="9999-12-31"))
    assert not said()
    project.text("records: [")
    code, _, err = run(capsysbinary, "check", "Shop.json")
    assert (code, err) == (
        2,
        "readiness: evidence/records.yaml:2: not valid YAML: did not find expected node content\n",
    )


def test_help_shows_examples(cli: Any) -> None:
    code, out, _ = cli("--help")
    assert code == 0
    assert "  readiness report cdk.out --gate pre-deployment" in out.split("Examples:")[1]
