"""``readiness evidence``: records to fill in, and a look through all that are there."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from readiness_pack.checklist import load
from readiness_pack.evidence import templates
from tests.evidence.building import Project, fact, record

TEAMS = ("business", "operations", "platform", "qa", "security")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes]) -> Any:
    from tests.cli.test_cli import run

    return lambda *arguments: run(capsysbinary, "evidence", *arguments)


def contents(project: Project) -> dict[str, str]:
    return {path.stem: path.read_text() for path in sorted((project.folder / "evidence").glob("*.yaml"))}


# init ----------------------------------------------------------------------------------------------------------------


def test_init_writes_a_record_for_each_item_that_needs_one_by_team(project: Project, cli: Any) -> None:
    code, _, err = cli("init", "--date", "2026-11-25")
    assert code == 0
    assert f"wrote {Path('evidence/qa.yaml')}: 12 records to fill in" in err
    files = contents(project)
    assert tuple(files) == TEAMS
    found = {id_ for text in files.values() for id_ in re.findall(r"- item: (\S+)", text)}
    needed = {item.id for item in load().items if item.evidence and not item.id.startswith("CRT-")}
    assert found == needed
    assert "# Shows: DR exercise report: scenario, measured RTO/RPO against target, gaps." in files["operations"]
    assert "#   value: <availability in percent; at least 99.9%>" in files["operations"]


def test_what_init_writes_counts_for_nothing(project: Project, cli: Any) -> None:
    cli("init")
    assert project.read().records == ()
    for text in contents(project).values():
        assert yaml.safe_load(text) == {"records": None}
    assert cli("check")[0] == 0


def test_a_template_that_is_only_uncommented_is_refused(project: Project, cli: Any) -> None:
    cli("init")
    path = project.folder / "evidence" / "qa.yaml"
    path.write_text(re.sub(r"^# (?=- item|  \w+:)", "", path.read_text(), flags=re.MULTILINE))
    assert len(yaml.safe_load(path.read_text())["records"]) == 12
    code, _, err = cli("check")
    assert code == 2
    assert re.search(r"evidence/qa\.yaml:\d+: records\[0\]\.date: expected a date such as 2027-03-31", err)
    path.write_text(path.read_text().replace("YYYY-MM-DD", "2026-10-02"))
    code, out, _ = cli("check", "--date", "2026-10-05")
    assert code == 1
    assert out.count("its statement is not filled in: '<what was done, and what came of it>' is to be filled in") == 12


def test_a_filled_in_template_counts(project: Project, cli: Any) -> None:
    cli("init")
    path = project.folder / "evidence" / "operations.yaml"
    text = path.read_text()
    at = text.index("# - item: REL-DRC-04")
    template = text[at : text.index("\n\n", at)]
    filled = re.sub(r"^# ", "", template, flags=re.MULTILINE).replace("YYYY-MM-DD", "2026-10-02")
    filled = filled.replace("<what was done, and what came of it>", "Restored in 43 minutes.")
    path.write_text(text.replace(template, filled))
    (read,) = project.read().records
    assert (read.item, read.owner, read.problem) == ("REL-DRC-04", "Operations", None)


def test_a_second_run_adds_only_what_is_new_and_overwrites_nothing(project: Project, cli: Any) -> None:
    cli("init")
    before = contents(project)
    code, _, err = cli("init")
    assert (code, contents(project) == before) == (0, True)
    assert err == "nothing to add: every item that lacks a record has one to fill in\n"


def test_two_that_start_at_the_same_time_write_each_record_once(project: Project) -> None:
    items = load().items
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: templates.write(project.folder / "evidence", items), range(4)))
    text = "".join(contents(project).values())
    found = re.findall(r"- item: (\S+)", text)
    assert len(found) == len(set(found)) == sum(item.evidence is not None for item in items)


@pytest.mark.parametrize("style", ["", "  "])
def test_new_records_go_below_what_people_wrote(project: Project, cli: Any, style: str) -> None:
    mine = f"# ours\nrecords:   # of QA\n{style}- item: TST-AUT-02\n{style}  statement: All pass\n{style}  owner: QA\n{style}  date: 2026-11-20\nreports:\n- file: x.xml\n"
    project.text(mine, "qa.yaml")
    cli("init", "--date", "2026-11-25")
    text = contents(project)["qa"]
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("#") and line.strip()]
    assert kept == [line for line in mine.splitlines() if not line.startswith("# ")]
    assert text.startswith("# ours\nrecords:   # of QA\n")
    assert f"\n{style}# - item: PRF-LDT-01\n" in text
    assert "- item: TST-AUT-02" in text
    assert text.count("TST-AUT-02") == 1
    uncommented = re.sub(rf"^{style}# (- item: PRF-LDT-01)$", rf"{style}\1", text, flags=re.MULTILINE)
    assert [one["item"] for one in yaml.safe_load(uncommented)["records"]] == ["PRF-LDT-01", "TST-AUT-02"]


@pytest.mark.parametrize(
    "mine", ["records: []\n", "reports: []\n", "{records: [], reports: []}\n", "records:\r\n# all\r\n"]
)
def test_a_file_that_cannot_be_added_to_stays_and_another_is_written(project: Project, cli: Any, mine: str) -> None:
    path = project.text("", "qa.yaml")
    path.write_bytes(mine.encode())
    cli("init")
    assert path.read_bytes() == mine.encode()
    assert contents(project)["qa-2"].count("# - item: ") == 12
    cli("init")
    assert "qa-3" not in contents(project)


def test_init_leaves_out_what_an_app_does_not_need(project: Project, cli: Any) -> None:
    (project.folder / "Shop.json").write_text('{"Resources": {}}')
    project.set(
        waivers=[{"rule": "OPS-DOC-*", "reason": "A rewrite is under way.", "owner": "Ana", "expires": "2027-01-31"}]
    )
    _ = project.config
    cli("init", "Shop.json", "--output", "evidence", "--date", "2026-11-25")
    found = "".join(contents(project).values())
    assert "OPS-DOC" not in found
    assert "REL-DRC-04" in found
    assert "CRT-" not in found


def test_init_is_about_the_current_folder_and_not_the_one_above(
    project: Project, cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = project.config  # a readiness.yaml above
    project.write(record(statement="TBD"))
    below = project.folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert "wrote evidence/qa.yaml" in cli("init")[2]
    assert (below / "evidence" / "qa.yaml").is_file()
    assert cli("check")[0] == 0


def test_a_record_that_has_ended_gets_one_to_fill_in_once(project: Project, cli: Any) -> None:
    path = project.write(record(date="2025-01-02"), name="operations.yaml")
    assert cli("init", "--date", "2026-11-25")[0] == 0
    text = path.read_text()
    assert text.count("# - item: REL-DRC-04\n") == 1
    assert yaml.safe_load(text)["records"][0]["item"] == "REL-DRC-04"
    assert "nothing to add" in cli("init", "--date", "2026-11-25")[2]
    assert path.read_text() == text


def test_init_takes_no_file_for_a_folder(project: Project, cli: Any) -> None:
    (project.folder / "evidence.yaml").write_text("records: []\n")
    project.set(evidence="evidence.yaml")
    _ = project.config
    assert cli("init") == (
        2,
        "",
        f"readiness: {project.folder}/evidence.yaml: is one file; give --output with a folder\n",
    )


# check ---------------------------------------------------------------------------------------------------------------


def test_check_is_silent_about_good_records(project: Project, cli: Any) -> None:
    project.write(record(), fact("guardduty"))
    code, out, err = cli("check", "--date", "2026-11-25")
    assert (code, out) == (0, "")
    assert err == "2 records, 0 tool results, 0 problems, 0 ended, 0 ending soon, 118 of 119 items without a record\n"


def test_check_names_what_counts_for_nothing(project: Project, cli: Any) -> None:
    entry = project.file("restore.pdf")
    project.write(record(files=[entry]), record("SUP-CON-01", statement="ops@company.com"))
    project.file("restore.pdf", b"edited")
    code, out, _ = cli("check", "--date", "2026-11-25")
    assert code == 1
    assert (
        "evidence/records.yaml:2: REL-DRC-04 of 2026-10-02: its file restore.pdf changed since; its SHA-256 is" in out
    )
    assert "evidence/records.yaml:9: SUP-CON-01 of 2026-10-02: its statement is not filled in: 'company.com' is" in out


def test_check_lists_what_ends(project: Project, cli: Any) -> None:
    project.write(
        record(valid_until="2026-12-20"),
        record("OPS-DOC-04", valid_until="2026-11-01"),
        fact("guardduty", valid_until="2026-12-01"),
    )
    code, out, err = cli("check", "--date", "2026-11-25")
    lines = out.splitlines()
    assert code == 1
    assert lines[0].startswith(
        "OPS-DOC-04 expired 2026-11-01: The record of 2026-10-02 (Operations) ended on 2026-11-01"
    )
    assert lines[1].startswith("REL-DRC-04 ends 2026-12-20: Ends in 25 days. Operations on 2026-10-02")
    assert lines[2] == "fact guardduty ends 2026-12-01, Security"
    assert "1 ended, 1 ending soon" in err
    code, out, _ = cli("check", "--date", "2026-11-25", "--days", "5")
    assert (code, len(out.splitlines())) == (1, 1)


def test_check_stops_at_what_cannot_be_meant(project: Project, cli: Any) -> None:
    project.write(record("REL-DRC-4"))
    code, out, err = cli("check", "--date", "2026-11-25")
    assert (code, out) == (2, "")
    assert err == "readiness: evidence/records.yaml:2: item: there is no item 'REL-DRC-4'. Did you mean 'REL-DRC-04'?\n"


def test_the_folder_can_be_named(project: Project, cli: Any) -> None:
    project.write(record())
    (project.folder / "evidence").rename(project.folder / "proof")
    assert cli("check", "--date", "2026-11-25")[2].startswith("0 records")
    assert cli("check", "--evidence", "proof", "--date", "2026-11-25")[2].startswith("1 record,")
    code, _, err = cli("check", "--evidence", "nowhere")
    assert (code, err) == (2, f"readiness: {project.folder}/nowhere: there is no such folder or file of evidence\n")


def test_hostile_text_moves_no_cursor(project: Project, cli: Any) -> None:
    project.write(record("SUP-CON-01", statement="TBD \x1b[2J\u202e"))
    out = cli("check", "--date", "2026-11-25")[1]
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize("arguments", [("--help",), ("init", "--help"), ("check", "--help")])
def test_help_shows_examples(cli: Any, arguments: tuple[str, ...]) -> None:
    code, out, _ = cli(*arguments)
    assert code == 0
    assert "  readiness evidence " in out.split("Examples:")[1]
