"""The framework matrix and the items as CSV, from records to cells."""

from __future__ import annotations

import csv
import datetime
import io
import json
from pathlib import Path

import pytest
import yaml

from readiness_pack.cli.main import cli
from readiness_pack.errors import InputError
from readiness_pack.findings import ItemResult, RecordResult, Status
from readiness_pack.report.frameworks import record_state
from tests.html.test_page import Parsed

TODAY = "2026-11-25"
RECORDS = [
    {"item": "REL-DRC-04", "owner": "Operations", "date": "2026-10-02", "statement": "=HYPERLINK(1) restored in 43 minutes"},
    {"item": "DEP-PRE-03", "owner": "Operations", "date": "2026-01-02", "statement": "Rehearsed the procedures"},
    {"item": "SUC-TEC-01", "owner": "Operations", "date": "2026-11-20", "statement": "Of October", "value": 99.5, "unit": "%"},
]  # fmt: skip


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a template, settings that waive a missing record, and three records."""
    monkeypatch.chdir(tmp_path)
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    (tmp_path / "shop.template.json").write_text(json.dumps({"Resources": {"Topic": topic}}))
    waiver = {"rule": "PRF-LDT-05", "reason": "No data is kept", "owner": "QA", "expires": "2026-12-31"}
    (tmp_path / "readiness.yaml").write_text(yaml.safe_dump({"waivers": [waiver]}))
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "records.yaml").write_text(yaml.safe_dump({"records": RECORDS}))
    return tmp_path


def run(*arguments: str, output: Path) -> tuple[int, bytes]:
    code = cli.main([*arguments, "--date", TODAY, "--output", str(output)], standalone_mode=False)
    return code, output.read_bytes()


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_a_row_a_control_with_evidence_gaps_and_rules(app: Path) -> None:
    code, data = run("matrix", "shop.template.json", output=app / "m.csv")
    assert code == 0
    found = {(row["framework"], row["control"]): row for row in rows(data)}
    assert {framework for framework, _ in found} >= {"SOC 2", "ISO 27001:2022", "HIPAA", "GDPR"}
    recovery = found["SOC 2", "A1.3"]
    assert recovery["evidence"] == "REL-DRC-04: =HYPERLINK(1) restored in 43 minutes (Operations)"
    assert recovery["evidence_until"] == "2027-03-31"
    assert (
        "DEP-PRE-03 Disaster Recovery, expired: The record of 2026-01-02 (Operations) ended on 2026-07-01"
        in recovery["gaps"]
    )
    assert "REL-DRC-04" not in recovery["gaps"]
    availability = found["SOC 2", "A1.2"]
    assert availability["state"] == "gap"
    assert "SUC-TEC-01 Availability, not met: " in availability["gaps"]
    scaling = found["SOC 2", "A1.1"]
    assert "PRF-LDT-05 Volume Testing, waived: " in scaling["gaps"]
    assert "Accepted by QA until 2026-12-31" in scaling["gaps"]
    assert any(int(row["rules_failing"]) and "SnsTopic" in row["gaps"] for row in found.values())


def test_counts_of_rules_add_up(app: Path) -> None:
    _, data = run("matrix", "shop.template.json", output=app / "m.csv")
    for row in rows(data):
        total = sum(int(value) for name, value in row.items() if name.startswith("rules_"))
        assert total == len([rule for rule in row["rules"].split("; ") if rule]), row["control"]


@pytest.mark.parametrize("name", ["soc2", "SOC 2", "soc 2"])
def test_one_framework_is_found_by_any_of_its_names(app: Path, name: str) -> None:
    _, data = run("matrix", "shop.template.json", "--framework", name, output=app / "m.csv")
    assert {row["framework"] for row in rows(data)} == {"SOC 2"}


def test_a_framework_that_is_not_there_names_the_nearest(app: Path) -> None:
    with pytest.raises(InputError, match=r"no framework 'iso27001'\. Did you mean 'iso27001_2022'\? There are SOC 2, "):
        run("matrix", "shop.template.json", "--framework", "iso27001", output=app / "m.csv")


def test_the_ending_of_the_output_says_how_it_is_written(app: Path) -> None:
    code, page = run("matrix", "shop.template.json", output=app / "m.html")
    assert code == 0
    parsed = Parsed(page.decode())
    assert "Coverage is not certification." in parsed.text
    assert "restored in 43 minutes REL-DRC-04, Operations, until 2027-03-31" in parsed.text
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(attributes.get("scope") in ("col", "row") for attributes in parsed.all("th"))
    assert not {name for _, attributes in parsed.elements for name in attributes} & {"src", "style", "onclick"}


def test_items_as_csv(app: Path) -> None:
    code, data = run(
        "report", "shop.template.json", "--gate", "pre-deployment", "--format", "csv", output=app / "r.csv"
    )
    assert code == 1
    found = {row["item"]: row for row in rows(data)}
    assert len(found) == 151
    assert found["REL-DRC-04"]["records"] == "2026-10-02: =HYPERLINK(1) restored in 43 minutes"
    assert found["SUC-TEC-01"] | {"why": ""} == found["SUC-TEC-01"] | {
        "why": "", "asked": "false", "ready": "false", "status": "not met", "value": "99.5", "unit": "%", "owner": "Operations",
    }  # fmt: skip
    assert (found["PRF-LDT-05"]["status"], found["PRF-LDT-05"]["ready"]) == ("waived", "true")
    assert found["DEP-PRE-03"]["expires"] == "2026-07-01"


def test_the_page_of_a_readiness_report(app: Path) -> None:
    code, page = run("report", "shop.template.json", "--format", "html", output=app / "r.html")
    text = Parsed(page.decode()).text
    assert code == 1
    assert 'v-1">Not ready</h1>' in page.decode()
    assert "restored in 43 minutes Operations, 2026-10-02 until 2027-03-31, evidence/records.yaml" in text
    assert "What ends when" in text
    assert "Business Stakeholders: no sign-off." in text


def test_the_page_of_a_check_shows_evidence_where_it_is_kept(app: Path) -> None:
    page = app / "c.html"
    cli.main(["check", "shop.template.json", "--quiet", "--report", str(page)], standalone_mode=False)
    assert "What ends when" in Parsed(page.read_text()).text
    (app / "evidence" / "records.yaml").unlink()
    (app / "evidence").rmdir()
    cli.main(["check", "shop.template.json", "--quiet", "--report", str(page)], standalone_mode=False)
    assert "What ends when" not in Parsed(page.read_text()).text


@pytest.mark.parametrize(
    ("status", "fail", "counts", "state"),
    [
        ("met", 0, True, "pass"),
        ("attested", 0, True, "pass"),
        ("expiring", 0, True, "pass"),
        ("waived", 0, False, "waived"),
        ("missing", 0, False, "record"),
        ("expired", 0, False, "record"),
        ("not applicable", 0, False, "none"),
        ("not met", 3, False, "record"),
        ("not met", 3, True, "pass"),
        ("not met", 0, True, "fail"),
        ("not met", 0, False, "record"),
        ("unknown", 0, True, "pass"),
        ("unknown", 0, False, "record"),
    ],
)
def test_what_the_status_of_an_item_says_of_its_record(status: Status, fail: int, counts: bool, state: str) -> None:
    """Rules that fail are seen in their own column: a record that is there stays there."""
    record = RecordResult("it was done", "QA", datetime.date(2026, 1, 1), counts=counts)
    item = ItemResult("A-1", "a", "s", "g", "x", "partial", status, "y", [], fail, records=[record])
    assert record_state(item) == state
