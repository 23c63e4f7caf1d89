"""Reports of tools in a project: where `readiness report` puts the items that they are for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from readiness_pack.cli.main import cli

DATA = Path(__file__).parent / "data"
JACOCO = "jacoco.xml"  # 95 percent, of 2026-10-02


def items(folder: Path, *reports: dict[str, Any], today: str = "2026-10-10") -> dict[str, Any]:
    """The items of a report on an empty app with ``reports``, by id."""
    (folder / "build").mkdir(exist_ok=True)
    (folder / "evidence").mkdir(exist_ok=True)
    for report in reports:
        shutil.copy(DATA / report["file"], folder / "build")
    named = [{**report, "file": f"../build/{report['file']}"} for report in reports]
    (folder / "evidence" / "tools.yaml").write_text(yaml.safe_dump({"reports": named}))
    (folder / "readiness.yaml").write_text("{}")
    template, output = folder / "shop.template.json", folder / "report.json"
    template.write_text(json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))
    settings = [
        "--config",
        str(folder / "readiness.yaml"),
        "--date",
        today,
        "--format",
        "json",
        "--output",
        str(output),
    ]
    cli.main(["report", str(template), *settings], standalone_mode=False)
    return {item["id"]: item for item in json.loads(output.read_text())["items"]}


def test_coverage_that_reaches_its_target_is_met(tmp_path: Path) -> None:
    found = items(tmp_path, {"file": JACOCO})["TST-AUT-01"]
    assert found["status"] == "expiring"  # it counts for 30 days
    assert "unit test coverage is 95% (more than 90%)" in found["why"]
    assert [(record["tool"], record["value"], record["file"]) for record in found["records"]] == [
        ("JaCoCo", 95.0, "../build/jacoco.xml")
    ]


def test_coverage_ends_like_a_record(tmp_path: Path) -> None:
    assert items(tmp_path, {"file": JACOCO}, today="2026-11-02")["TST-AUT-01"]["status"] == "expired"


def test_tests_that_pass_leave_the_coverage_to_be_shown(tmp_path: Path) -> None:
    found = items(tmp_path, {"file": "pytest-junit.xml"}, today="2026-11-26")["TST-AUT-01"]
    assert found["status"] == "missing"
    assert "No figure yet: unit test coverage of more than 90% is to be shown." in found["why"]


def test_the_worse_of_two_reports_counts(tmp_path: Path) -> None:
    found = items(tmp_path, {"file": JACOCO}, {"file": "coverage.xml"}, today="2026-11-26")["TST-AUT-01"]
    assert found["status"] == "not met"
    assert "unit test coverage is 60%, more than 90% is asked" in found["why"]


@pytest.mark.parametrize(
    ("report", "item", "status"),
    [
        ({"file": "k6-handle-summary.json", "date": "2026-10-05"}, "PRF-LDT-01", "met"),
        ({"file": "k6-summary-export.json", "item": "PRF-LDT-02", "date": "2026-10-05"}, "PRF-LDT-02", "not met"),
        ({"file": "k6-machine-readable.json"}, "PRF-LDT-03", "attested"),
        ({"file": "trivy.sarif", "date": "2026-10-05"}, "SUC-TEC-04", "not met"),
        ({"file": "vex.cdx.json"}, "TST-CQL-02", "expiring"),
        ({"file": "validation-report-clean.json", "kind": "cdk-nag", "date": "2026-10-05"}, "TST-INF-01", "expiring"),
        ({"file": "checkov.json", "date": "2026-10-05"}, "TST-INF-02", "not met"),
    ],
)
def test_each_report_moves_its_item(tmp_path: Path, report: dict[str, Any], item: str, status: str) -> None:
    found = items(tmp_path, report)[item]
    assert found["status"] == status, found["why"]
    assert [record["date"] for record in found["records"]] == [report.get("date", "2026-10-02")]


def test_a_report_that_cannot_be_read_counts_for_nothing_and_is_named(tmp_path: Path) -> None:
    assert items(tmp_path, {"file": "checkov-nothing.json", "date": "2026-10-05"})["TST-INF-02"]["status"] == "missing"
    problems = json.loads((tmp_path / "report.json").read_text())["problems"]
    assert [problem["text"] for problem in problems] == [
        "report ../build/checkov-nothing.json: checkov found nothing to scan, which is no evidence"
    ]
