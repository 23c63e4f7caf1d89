"""Each kind of report: what it says, for which item, of which day; and when it is no evidence at all."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readiness_pack.checklist import load
from readiness_pack.errors import InputError
from readiness_pack.evidence.tools import KINDS, ToolResult, read_report

DATA = Path(__file__).parent / "data"
CHECKLIST = load()
DAY = datetime.date(2026, 11, 25)

Made = Callable[[str, str], Path]


def results(name: str | Path, **given: Any) -> list[ToolResult]:
    return read_report(DATA / name, checklist=CHECKLIST, **given)


def result(name: str | Path, **given: Any) -> ToolResult:
    (found,) = results(name, **given)
    return found


def refused(path: str | Path, **given: Any) -> str:
    with pytest.raises(InputError) as error:
        results(path, **given)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(str(given.get("shown", DATA / path)))
    return error.value.problem


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


# What each kind says --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given", "item", "kind", "statement", "value", "unit", "met", "day"),
    [
        ("pytest-junit.xml", {}, "TST-AUT-01", "junit", "5 tests: 4 passed, 0 failed, 1 skipped.", None, None, None, DAY),
        ("pytest-junit.xml", {"item": "TST-AUT-02"}, "TST-AUT-02", "junit", "5 tests: 4 passed, 0 failed, 1 skipped.", 0, "failed tests", True, DAY),
        ("coverage.xml", {}, "TST-AUT-01", "coverage", "The tests run 60% of 10 lines and 25% of 4 branches.", 60, "percent", False, DAY),
        ("jacoco.xml", {}, "TST-AUT-01", "coverage", "The tests run 95% of 100 lines and 80% of 20 branches.", 95, "percent", True, datetime.date(2026, 10, 2)),
        ("k6-handle-summary.json", {"date": DAY}, "PRF-LDT-01", "k6", "5,400 requests, 0:10:00 long, p95 171.9 ms, 0.1% failed. All 2 thresholds were kept.", 171.9, "milliseconds", True, DAY),
        ("k6-handle-summary.json", {"date": DAY, "item": "SUC-TEC-02"}, "SUC-TEC-02", "k6", "5,400 requests, 0:10:00 long, p95 171.9 ms, 0.1% failed. All 2 thresholds were kept.", 171.9, "milliseconds", True, DAY),
        ("k6-summary-export.json", {"date": DAY, "item": "PRF-LDT-02"}, "PRF-LDT-02", "k6", "5,400 requests, p95 271.9 ms, 0.1% failed. 1 of 3 thresholds crossed: http_req_duration p(95)<200.", 271.9, "milliseconds", False, DAY),
        ("k6-summary-export.json", {"date": DAY, "item": "SUC-TEC-02"}, "SUC-TEC-02", "k6", "5,400 requests, p95 271.9 ms, 0.1% failed. 1 of 3 thresholds crossed: http_req_duration p(95)<200.", 271.9, "milliseconds", False, DAY),
        ("k6-machine-readable.json", {}, "PRF-LDT-03", "k6", "90,000 requests, 8:30:00 long, p95 148.21 ms, 0% failed. It sets no threshold.", 148.21, "milliseconds", None, datetime.date(2026, 10, 2)),
        ("load_stats.csv", {"date": DAY, "item": "PRF-LDT-04"}, "PRF-LDT-04", "locust", "672 requests, p95 7 ms, 0% failed. It sets no threshold.", 7, "milliseconds", None, DAY),
        ("locust.json", {"item": "PRF-LDT-05"}, "PRF-LDT-05", "locust", "749 requests, 0:00:06 long, p95 7 ms, 0% failed. It sets no threshold.", 7, "milliseconds", None, DAY),
        ("checkov.json", {"date": DAY}, "TST-INF-02", "checkov", "1 check passed, 1 failed, 1 skipped (cloudformation).", 1, "failed checks", False, DAY),
        ("checkov-list.json", {"date": DAY}, "TST-INF-02", "checkov", "22 checks passed, 3 failed, 1 skipped (cloudformation, dockerfile).", 3, "failed checks", False, DAY),
        ("checkov.sarif", {"date": DAY}, "TST-INF-02", "sarif", "1 open error, 0 other open results, 1 suppressed.", 1, "open errors", False, DAY),
        ("AwsSolutions--Orders-NagReport.csv", {"date": DAY}, "TST-INF-01", "cdk-nag", "2 unsuppressed errors, 0 warnings, 1 suppressed (AwsSolutions).", 2, "unsuppressed errors", False, DAY),
        ("AwsSolutions--Orders-NagReport.json", {"date": DAY}, "TST-INF-01", "cdk-nag", "2 unsuppressed errors, 0 warnings, 1 suppressed (AwsSolutions).", 2, "unsuppressed errors", False, DAY),
        ("validation-report.json", {"date": DAY}, "TST-INF-01", "cdk-nag", "3 unsuppressed errors, 0 warnings, 1 suppressed (AwsSolutions, HIPAA.Security, NIST.800.53.R5, PCI.DSS.321).", 3, "unsuppressed errors", False, DAY),
        ("validation-report-clean.json", {"date": DAY, "kind": "cdk-nag"}, "TST-INF-01", "cdk-nag", "0 unsuppressed errors, 0 warnings, 0 suppressed (no pack has findings, so CDK lists none).", 0, "unsuppressed errors", True, DAY),
        ("bandit.sarif", {}, "TST-CQL-01", "sarif", "2 open errors, 2 other open results, 0 suppressed.", 2, "open errors", False, DAY),
        ("bandit.sarif", {"item": "SUC-TEC-04"}, "SUC-TEC-04", "sarif", "2 open errors, 2 other open results, 0 suppressed.", 0, "count", True, DAY),
        ("ruff.sarif", {"date": DAY}, "TST-CQL-01", "sarif", "3 open errors, 0 other open results, 0 suppressed.", 3, "open errors", False, DAY),
        ("pip-audit.json", {"date": DAY}, "TST-CQL-02", "pip-audit", "0 open critical, 0 other, 1 open without a rating, which may be critical (2 dependencies, 1 not looked at).", None, None, False, DAY),
        ("pip-audit-clean.json", {"date": DAY}, "TST-CQL-02", "pip-audit", "0 open critical, 0 other (2 dependencies).", 0, "count", True, DAY),
        ("pip-audit.cdx.json", {}, "TST-CQL-02", "cyclonedx", "0 open critical, 0 other, 1 open without a rating, which may be critical (2 dependencies).", None, None, False, DAY),
        ("vex.cdx.json", {}, "TST-CQL-02", "cyclonedx", "0 open critical, 1 other, 1 closed (1 dependency).", 0, "count", True, datetime.date(2026, 10, 2)),
    ],
)  # fmt: skip
def test_a_report_says(
    name: str,
    given: dict[str, Any],
    item: str,
    kind: str,
    statement: str,
    value: float | None,
    unit: str | None,
    met: bool | None,
    day: datetime.date,
) -> None:
    found = result(name, **given)
    assert (found.item, found.kind, found.statement) == (item, kind, statement)
    assert (found.value, found.unit, found.met, found.date) == (value, unit, met, day)
    spec = CHECKLIST.by_id[item].evidence
    assert spec is not None
    assert found.owner == spec.owner
    assert found.sha256 == hashlib.sha256((DATA / name).read_bytes()).hexdigest()


@pytest.mark.parametrize(("name", "tool"), [("trivy.sarif", "Trivy 0.66.0"), ("npm-audit.json", "npm audit")])
def test_an_open_critical_speaks_against_two_items(name: str, tool: str) -> None:
    scanning, criticals = results(name, date=DAY)
    assert (scanning.item, scanning.met, scanning.tool) == ("TST-CQL-02", False, tool)
    assert (criticals.item, criticals.value, criticals.unit, criticals.met) == ("SUC-TEC-04", 1, "count", False)


def test_every_kind_has_a_sample() -> None:
    kinds = {found.kind for path in DATA.iterdir() for found in _read_or_nothing(path)}
    assert kinds == set(KINDS)


def _read_or_nothing(path: Path) -> list[ToolResult]:
    try:
        return read_report(path, checklist=CHECKLIST, item="PRF-LDT-01", date=DAY)
    except InputError:
        return []


def test_every_default_item_is_one_that_asks_for_a_record() -> None:
    found = [found for path in DATA.iterdir() for found in _by_itself(path)]
    assert {one.kind for one in found} == KINDS.keys() - {"locust"}  # whose files do not say what they test
    assert all(CHECKLIST.by_id[one.item].evidence is not None for one in found)


def _by_itself(path: Path) -> list[ToolResult]:
    try:
        return read_report(path, checklist=CHECKLIST, date=DAY)
    except InputError:
        return []


# Which item -----------------------------------------------------------------------------------------------------------


def test_a_passing_test_run_alone_does_not_show_coverage() -> None:
    assert result("pytest-junit.xml").met is None


@pytest.mark.parametrize(
    ("name", "suite", "item"),
    [
        ("junit.xml", "pytest", "TST-AUT-01"),
        ("integration.xml", "pytest", "TST-AUT-02"),
        ("junit-end-to-end.xml", "pytest", "TST-AUT-02"),
        ("junit.xml", "tests.integration.queue", "TST-AUT-02"),
        ("junit.xml", "interest", "TST-AUT-01"),
    ],
)
def test_a_name_says_that_tests_are_integration_tests(made: Made, name: str, suite: str, item: str) -> None:
    path = made(name, f'<testsuite name="{suite}" timestamp="2026-10-02T08:00:00"><testcase name="a"/></testsuite>')
    assert result(path).item == item


def test_one_suite_of_unit_tests_keeps_the_file_with_unit_tests(made: Made) -> None:
    suite = '<testsuite name="{}" timestamp="2026-10-02T08:00:00"><testcase name="a"/></testsuite>'
    path = made("junit.xml", f"<testsuites>{suite.format('unit')}{suite.format('integration')}</testsuites>")
    assert result(path).item == "TST-AUT-01"


@pytest.mark.parametrize("name", ["load.json", "load-test.json", "summary.json", "spike-or-stress.json"])
def test_a_load_test_that_does_not_say_what_it_is_is_not_guessed(made: Made, name: str) -> None:
    path = made(name, (DATA / "k6-summary-export.json").read_text())
    problem = refused(path, date=DAY)
    assert "write `item:`" in problem
    assert "PRF-LDT-04 (spike)" in problem


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("k6-stress.json", "PRF-LDT-02"),
        ("Soak_Test.json", "PRF-LDT-03"),
        ("spike.json", "PRF-LDT-04"),
        ("regression.json", "TST-AUT-04"),
    ],
)
def test_a_load_test_is_what_its_name_says(made: Made, name: str, item: str) -> None:
    assert result(made(name, (DATA / "k6-summary-export.json").read_text()), date=DAY).item == item


def test_a_figure_decides_only_the_item_that_asks_for_it() -> None:
    """A coverage of 95 percent is no availability of 95 percent."""
    found = result("jacoco.xml", item="SUC-TEC-01")
    assert (found.value, found.unit, found.met) == (None, None, None)


def test_a_figure_that_an_item_asks_for_in_another_unit_is_converted(checklist_in_seconds: Any) -> None:
    found = read_report(DATA / "k6-handle-summary.json", checklist=checklist_in_seconds, item="SUC-TEC-02", date=DAY)
    assert [(one.value, one.unit, one.met) for one in found] == [(0.1719, "seconds", True)]


@pytest.fixture
def checklist_in_seconds() -> Any:
    from msgspec.structs import replace

    from readiness_pack.checklist import Checklist

    item = CHECKLIST.by_id["SUC-TEC-02"]
    assert item.evidence is not None
    assert item.evidence.measure is not None
    measure = replace(item.evidence.measure, unit="seconds", target=0.2)
    return Checklist((replace(item, evidence=replace(item.evidence, measure=measure)),), {})


def test_an_unknown_tool_of_sarif_asks_for_its_item(made: Made) -> None:
    path = made("x.sarif", sarif("Acme Lint"))
    assert "it comes from Acme Lint, which may stand for several items; write `item:`" in refused(path, date=DAY)
    assert result(path, date=DAY, item="TST-CQL-05").item == "TST-CQL-05"


def test_an_unknown_scanner_of_sarif_is_known_by_its_ratings(made: Made) -> None:
    rule = {"id": "A", "properties": {"security-severity": "7.5"}}
    path = made("x.sarif", sarif("Acme Scan", rules=[rule], results=[{"ruleId": "A"}]))
    scanning, criticals = results(path, date=DAY)
    assert (scanning.item, scanning.met) == ("TST-CQL-02", True)
    assert (criticals.item, criticals.value, criticals.met) == ("SUC-TEC-04", 0, True)


def test_a_scanner_that_found_nothing_is_known_by_its_name(made: Made) -> None:
    assert [one.met for one in results(made("x.sarif", sarif("Trivy")), date=DAY)] == [True, True]


def test_a_checklist_without_the_item_asks_for_one() -> None:
    from readiness_pack.checklist import Checklist

    with pytest.raises(InputError, match="the checklist has no item 'TST-AUT-01'; write `item:`"):
        read_report(DATA / "coverage.xml", checklist=Checklist((), {}))


def test_owner_and_name_are_as_given() -> None:
    found = result("coverage.xml", owner="Quality", shown="../build/coverage.xml")
    assert (found.owner, found.file) == ("Quality", "../build/coverage.xml")


# SARIF ----------------------------------------------------------------------------------------------------------------


def sarif(tool: str, rules: list[Any] | None = None, results: list[Any] | None = None, **run: Any) -> str:
    driver = {"name": tool, "rules": rules or []}
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results or [], **run}]})


CRITICAL = {"id": "A", "properties": {"security-severity": "9.0"}}


@pytest.mark.parametrize(
    ("change", "critical"),
    [
        ({}, 1),
        ({"suppressions": [{"kind": "external"}]}, 0),
        ({"suppressions": [{"kind": "external", "status": "accepted"}]}, 0),
        ({"suppressions": [{"kind": "external", "status": "underReview"}]}, 1),
        ({"suppressions": [{"kind": "external", "status": "rejected"}]}, 1),
        ({"suppressions": []}, 1),
        ({"baselineState": "absent"}, 0),
        ({"baselineState": "unchanged"}, 1),
        ({"kind": "pass"}, 0),
        ({"kind": "notApplicable"}, 0),
        ({"kind": "review"}, 1),
        ({"properties": {"security-severity": "4.0"}}, 0),
        ({"properties": {"security-severity": "9.8"}}, 1),
        ({"properties": {"security-severity": "very"}}, 1),
        ({"ruleId": None, "rule": {"id": "A"}}, 1),
    ],
)
def test_which_results_of_sarif_are_open_criticals(made: Made, change: dict[str, Any], critical: int) -> None:
    one = {"ruleId": "A", "message": {"text": "x"}, **change}
    path = made("x.sarif", sarif("Trivy", rules=[CRITICAL], results=[one]))
    assert result(path, item="SUC-TEC-04", date=DAY).value == critical


@pytest.mark.parametrize("named", [{"ruleIndex": 0}, {"ruleId": "A/1"}, {"rule": {"index": 0}}, {"rule": {"id": "A"}}])
def test_a_result_may_name_its_rule_in_other_ways(made: Made, named: dict[str, Any]) -> None:
    path = made("x.sarif", sarif("Trivy", rules=[CRITICAL], results=[named]))
    assert result(path, item="SUC-TEC-04", date=DAY).value == 1


def test_a_result_names_its_rule_in_an_extension(made: Made) -> None:
    text = json.loads(
        sarif("Trivy", rules=[{"id": "B"}], results=[{"rule": {"index": 0, "toolComponent": {"index": 0}}}])
    )
    text["runs"][0]["tool"]["extensions"] = [{"name": "db", "rules": [CRITICAL]}]
    assert result(made("x.sarif", json.dumps(text)), item="SUC-TEC-04", date=DAY).value == 1


def test_what_a_scanner_does_not_rate_may_be_critical(made: Made) -> None:
    path = made("x.sarif", sarif("Trivy", rules=[CRITICAL], results=[{"ruleId": "B"}]))
    assert [(one.item, one.value, one.met) for one in results(path, date=DAY)] == [
        ("TST-CQL-02", None, False),
        ("SUC-TEC-04", None, False),
    ]


def test_rules_of_an_extension_rate_results_too(made: Made) -> None:
    text = json.loads(sarif("CodeQL", results=[{"ruleId": "A"}]))
    text["runs"][0]["tool"]["extensions"] = [{"name": "codeql/python-queries", "rules": [CRITICAL]}]
    analysis, criticals = results(made("x.sarif", json.dumps(text)), date=DAY)
    assert (analysis.item, analysis.met) == ("TST-CQL-01", True)
    assert (criticals.item, criticals.met) == ("SUC-TEC-04", False)


def test_a_level_is_that_of_the_rule_where_the_result_has_none(made: Made) -> None:
    rule = {"id": "A", "defaultConfiguration": {"level": "error"}}
    path = made("x.sarif", sarif("Ruff", rules=[rule], results=[{"ruleId": "A"}, {"ruleId": "A", "level": "note"}]))
    assert result(path, date=DAY).statement == "1 open error, 1 other open result, 0 suppressed."


def test_each_run_of_sarif_gives_its_own_results(made: Made) -> None:
    one = json.loads(sarif("Ruff"))
    one["runs"] += json.loads(sarif("Trivy"))["runs"]
    found = results(made("x.sarif", json.dumps(one)), date=DAY)
    assert [(one.tool, one.item) for one in found] == [
        ("Ruff", "TST-CQL-01"),
        ("Trivy", "TST-CQL-02"),
        ("Trivy", "SUC-TEC-04"),
    ]


# The day --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "k6-handle-summary.json",
        "checkov.json",
        "pip-audit.json",
        "npm-audit.json",
        "validation-report.json",
        "ruff.sarif",
    ],
)
def test_a_report_without_a_day_asks_for_it_and_never_takes_that_of_the_file(name: str) -> None:
    assert refused(name) == "it does not say of which day it is; write `date:`"


def test_a_day_that_the_report_contradicts_is_refused() -> None:
    assert "it is of 2026-11-25, and not of 2026-11-30 as `date:` says" in refused(
        "coverage.xml", date=datetime.date(2026, 11, 30)
    )


def test_a_day_that_is_another_one_elsewhere_on_earth_is_the_same() -> None:
    assert result("coverage.xml", date=datetime.date(2026, 11, 24)).date == DAY


def test_a_test_report_is_as_old_as_its_oldest_suite(made: Made) -> None:
    suite = '<testsuite name="a" timestamp="{}"><testcase name="a"/></testsuite>'
    text = f"<testsuites>{suite.format('2026-10-02T08:00:00')}{suite.format('2026-09-01T08:00:00Z')}</testsuites>"
    assert result(made("junit.xml", text)).date == datetime.date(2026, 9, 1)


@pytest.mark.parametrize("stamp", ["1795572679", "1795572679019"])
def test_seconds_and_milliseconds_are_told_apart(made: Made, stamp: str) -> None:
    path = made("c.xml", f'<coverage timestamp="{stamp}" lines-valid="10" lines-covered="10"/>')
    assert result(path).date == DAY


@pytest.mark.parametrize("stamp", ["0", "", "nan", "inf", "soon", "9" * 40])
def test_a_time_that_is_none_asks_for_the_day(made: Made, stamp: str) -> None:
    path = made("c.xml", f'<coverage timestamp="{stamp}" lines-valid="10" lines-covered="10"/>')
    assert "write `date:`" in refused(path)


# Figures --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("covered", "valid", "met", "says"),
    [(90, 100, False, "90%"), (89996, 100000, False, "89.99%"), (90004, 100000, True, "90%"), (100, 100, True, "100%")],
)
def test_coverage_is_never_rounded_up(made: Made, covered: int, valid: int, met: bool, says: str) -> None:
    path = made(
        "c.xml", f'<coverage line-rate="0.99" timestamp="1795572679" lines-valid="{valid}" lines-covered="{covered}"/>'
    )
    found = result(path)
    assert found.met is met
    assert found.statement.startswith(f"The tests run {says} of ")


def test_lines_are_counted_where_the_report_does_not_sum_them(made: Made) -> None:
    line = '<line number="{}" hits="{}"/>'
    lines = f"<lines>{line.format(1, 3)}{line.format(2, 0)}</lines>"
    text = f'<coverage timestamp="1795572679"><packages><package><classes><class><methods><method>{lines}</method></methods>{lines}</class></classes></package></packages></coverage>'
    assert result(made("c.xml", text)).statement == "The tests run 50% of 2 lines."


def test_errors_that_belong_to_no_test_count(made: Made) -> None:
    text = '<testsuite tests="1" errors="1" timestamp="2026-10-02T08:00:00"><testcase name="a"/></testsuite>'
    assert result(made("junit.xml", text), item="TST-AUT-02").met is False


def test_a_test_that_fails_and_errs_fails_once(made: Made) -> None:
    text = '<testsuite timestamp="2026-10-02T08:00:00"><testcase name="a"><failure/><error/></testcase><testcase name="b"/></testsuite>'
    assert result(made("junit.xml", text), item="TST-AUT-02").statement == "2 tests: 1 passed, 1 failed, 0 skipped."


def test_requests_that_all_failed_give_no_response_time(made: Made) -> None:
    summary = json.loads((DATA / "k6-summary-export.json").read_text())
    summary["metrics"]["http_req_failed"] = {"value": 1}
    summary["metrics"]["http_req_duration"] = {"p(95)": 1.0}
    found = result(made("stress.json", json.dumps(summary)), date=DAY, item="SUC-TEC-02")
    assert (found.value, found.met) == (None, False)


def test_a_broken_rule_of_cdk_nag_is_not_a_pass(made: Made) -> None:
    line = {
        "ruleId": "AwsSolutions-S1",
        "resourceId": "a",
        "compliance": "UNKNOWN",
        "exceptionReason": "",
        "ruleLevel": "Error",
        "ruleInfo": "",
    }
    found = result(made("r.json", json.dumps({"lines": [line]})), date=DAY)
    assert found.met is False
    assert "1 rule that broke" in found.statement


def test_cdk_nag_counts_places_and_ignores_other_plugins(made: Made) -> None:
    places = [{"constructPath": "a"}, {"constructPath": "b"}]
    pack = {
        "pluginName": "Serverless",
        "conclusion": "success",
        "violations": [{"ruleName": "x", "severity": "warning", "violatingConstructs": places}],
    }
    other = {
        "pluginName": "readiness-pack",
        "conclusion": "failure",
        "violations": [{"ruleName": "y", "severity": "error"}],
    }
    found = result(made("v.json", json.dumps({"version": "1", "pluginReports": [pack, other]})), date=DAY)
    assert found.statement == "0 unsuppressed errors, 2 warnings, 0 suppressed (Serverless)."
    assert found.met is True


def test_files_that_checkov_could_not_read_are_not_a_pass(made: Made) -> None:
    summary = {
        "passed": 3,
        "failed": 0,
        "skipped": 0,
        "parsing_errors": 1,
        "resource_count": 1,
        "checkov_version": "3.3.30",
    }
    found = result(
        made("c.json", json.dumps({"check_type": "cloudformation", "results": {}, "summary": summary})), date=DAY
    )
    assert (found.met, found.statement) == (
        False,
        "3 checks passed, 0 failed, 0 skipped (cloudformation). 1 file could not be read.",
    )


@pytest.mark.parametrize(
    ("state", "met"),
    [
        ("resolved", True),
        ("resolved_with_pedigree", True),
        ("false_positive", True),
        ("not_affected", True),
        ("exploitable", False),
        ("in_triage", False),
        (None, False),
    ],
)
def test_a_vex_closes_what_people_explained(made: Made, state: str | None, met: bool) -> None:
    one = {"id": "CVE-2026-1", "ratings": [{"score": 9.1}], **({"analysis": {"state": state}} if state else {})}
    bom = {"bomFormat": "CycloneDX", "metadata": {"timestamp": "2026-10-02T00:00:00Z"}, "vulnerabilities": [one]}
    found = results(made("v.json", json.dumps(bom)))
    assert [(one.item, one.met) for one in found] == (
        [("TST-CQL-02", True)] if met else [("TST-CQL-02", False), ("SUC-TEC-04", False)]
    )


# No evidence ----------------------------------------------------------------------------------------------------------

NOTHING = {
    "empty.xml": ("", "the file is empty"),
    "blank.json": (" \n", "the file is empty"),
    "none.xml": ("<testsuites/>", "no test was run"),
    "skipped.xml": ('<testsuite><testcase><skipped/></testcase></testsuite>', "every test was skipped"),
    "own.xml": ('<testsuites name="readiness-pack"><testsuite name="x"><testcase/></testsuite></testsuites>', "readiness-pack itself"),
    "lines.xml": ('<coverage lines-valid="0" lines-covered="0"/>', "covers no line of code"),
    "report.xml": ("<report/>", "covers no line of code"),
    "more.xml": ('<coverage lines-valid="1" lines-covered="2"/>', "which cannot be"),
    "odd.xml": ('<coverage lines-valid="many" lines-covered="2"/>', "no whole number"),
    "clover.xml": ('<coverage clover="4"><project/></coverage>', "a Clover report"),
    "cut.xml": ("<testsuites><testsuite>", "may be cut off"),
    "cut.json": ('{"dependencies": [', "may be cut off"),
    "html.xml": ("<html></html>", "no report that can be read"),
    "other.json": ('{"a": 1}', "no report that can be read"),
    "list.json": ("[]", "no report that can be read"),
    "text.txt": ("all is well", "no report that can be read"),
    "trivy.txt": ("\x00\x01\x02", "no report that can be read"),
    "k6.json": ('{"metrics": {"http_reqs": {"count": 0}}}', "made no request"),
    "k6b.json": ('{"metrics": {"vus": {"value": 1}}}', "made no request"),
    "audit.json": ('{"dependencies": [], "fixes": []}', "no dependency was audited"),
    "skip.json": ('{"dependencies": [{"name": "a", "skip_reason": "b"}], "fixes": []}', "no dependency was audited"),
    "bad.json": ('{"dependencies": [{"vulns": []}], "fixes": []}', "not a pip-audit report as its tool writes it"),
    "npm6.json": ('{"advisories": {}, "metadata": {}}', "npm 6 or older"),
    "npm.json": ('{"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {"vulnerabilities": {"critical": 0, "total": 0}, "dependencies": {"total": 0}}}', "no dependency was audited"),
    "sbom.json": ('{"bomFormat": "CycloneDX", "components": [{}]}', "says nothing of vulnerabilities"),
    "void.json": ('{"bomFormat": "CycloneDX", "vulnerabilities": []}', "names neither"),
    "bom.xml": ('<bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>', "JSON form"),
    "nag.json": ('{"lines": []}', "judged no resource"),
    "nag.csv": ("Rule ID,Resource ID,Compliance,Exception Reason,Rule Level,Rule Info\n", "judged no resource"),
    "cut.csv": ('Rule ID,Resource ID,Compliance,Exception Reason,Rule Level,Rule Info\n"AwsSolutions-S1","Orders/B', "may be cut off"),
    "stats.csv": ("Type,Name,Request Count,Failure Count,95%\nGET,/,3,0,7\n", "may be cut off"),
    "zero.csv": ("Type,Name,Request Count,Failure Count,95%\n,Aggregated,0,0,N/A\n", "made no request"),
    "runs.sarif": ('{"version": "2.1.0", "runs": []}', "no tool was run"),
    "old.sarif": ('{"version": "2.0.0", "runs": []}', "2.1.0 is read"),
    "own.sarif": (sarif("readiness-pack"), "readiness-pack itself"),
    "failed.sarif": (sarif("Trivy", invocations=[{"executionSuccessful": False}]), "did not succeed"),
    "null.sarif": (sarif("Trivy").replace('"results": []', '"results": null'), "did not succeed"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING)
def test_what_shows_nothing_is_no_evidence(made: Made, name: str) -> None:
    text, says = NOTHING[name]
    assert says in refused(made(name, text), item="TST-AUT-02", date=DAY)


def test_a_checkov_run_without_anything_to_scan_is_no_evidence() -> None:
    assert "found nothing to scan" in refused("checkov-nothing.json", date=DAY)


def test_a_clean_cdk_nag_leaves_no_trace_and_must_be_named() -> None:
    assert "write `kind: cdk-nag`" in refused("validation-report-clean.json", date=DAY)


def test_the_history_of_locust_is_not_its_result() -> None:
    assert "_stats.csv" in refused("load_stats_history.csv", date=DAY, item="PRF-LDT-01")


# From outside ---------------------------------------------------------------------------------------------------------

ENTITIES = '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;&x;">]><testsuite><testcase name="&z;"/></testsuite>'
EXTERNAL = (
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="a">&x;</testcase></testsuite>'
)


@pytest.mark.parametrize("text", [ENTITIES, EXTERNAL], ids=["billion laughs", "external"])
def test_entities_are_refused(made: Made, text: str) -> None:
    assert "declares XML entities" in refused(made("junit.xml", text))


def test_a_dtd_that_is_named_is_not_looked_for(made: Made) -> None:
    text = '<!DOCTYPE testsuite SYSTEM "http://127.0.0.1:1/none.dtd"><testsuite timestamp="2026-10-02T08:00:00"><testcase/></testsuite>'
    assert result(made("junit.xml", text)).item == "TST-AUT-01"


@pytest.mark.parametrize(
    ("name", "open_", "close"),
    [("a.xml", "<testsuite>", "</testsuite>"), ("a.json", '{"a":', "1"), ("b.json", "[", "]")],
)
def test_great_depth_is_refused(made: Made, name: str, open_: str, close: str) -> None:
    assert refused(made(name, open_ * 100_000 + close * 100_000))


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.xml"
    with path.open("wb") as file:
        file.write(b"<testsuite>")
        file.truncate(51 * 1024 * 1024)
    assert refused(path) == "larger than 50 MB, so it is not read"


@pytest.mark.parametrize(
    "data", [b"\xff\xfe<\x00", b"{\xff}", b'<?xml version="1.0" encoding="klingon"?><testsuite/>', b"\x89PNG\r\n"]
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    assert refused(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    path.write_bytes(b"\xef\xbb\xbf" + (DATA / "pip-audit-clean.json").read_bytes())
    assert result(path, date=DAY).met is True


def test_text_of_a_report_stays_in_its_line(made: Made) -> None:
    found = result(made("x.sarif", sarif("Tri\x1b[31mvy\n" + "x" * 500)), date=DAY, item="TST-CQL-02")
    assert found.tool.isprintable()
    assert len(found.tool) <= 60


def test_a_kind_that_does_not_exist_names_the_nearest() -> None:
    assert refused("coverage.xml", kind="coverge") == "there is no kind of report 'coverge'. Did you mean 'coverage'?"


def test_a_kind_that_the_file_is_not_is_refused() -> None:
    assert refused("coverage.xml", kind="junit") == "it is no junit report (test results as JUnit XML)"


def test_an_item_that_does_not_exist_names_the_nearest() -> None:
    assert "Did you mean 'TST-AUT-" in refused("coverage.xml", item="TST-AUT-0I")


def test_a_file_that_is_not_there_is_refused() -> None:
    assert "cannot be read: No such file" in refused("nothing.xml")
