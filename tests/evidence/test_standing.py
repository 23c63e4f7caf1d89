"""Where an item stands by everything that is known about it, and why."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from readiness_pack import Assembly, evaluate
from readiness_pack.checklist import load
from readiness_pack.evidence.readiness import Readiness, assess
from readiness_pack.evidence.records import with_facts
from readiness_pack.evidence.standing import READY
from readiness_pack.findings import ItemResult
from readiness_pack.rules.rule_set import rule_set
from tests.evidence.building import CHECKLIST, TODAY, Project, fact, record

RULES = rule_set([])


def keys(*names: str, **properties: Any) -> dict[str, Any]:
    """A template of keys with nothing to say against but their rotation."""
    kept = {"Type": "AWS::KMS::Key", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    alias = {"Type": "AWS::KMS::Alias"}
    resources: dict[str, Any] = {}
    for name in names:
        resources[name] = {**kept, "Properties": properties}
        resources[f"{name}Alias"] = {
            **alias,
            "Properties": {"AliasName": f"alias/{name}", "TargetKeyId": {"Ref": name}},
        }
    return {"Resources": resources}


TURNING = keys("Key", EnableKeyRotation=True)
STILL = keys("Key")
TOPIC = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
OPEN = {"Parameters": {"Rotate": {"Type": "String"}}, **keys("Key", EnableKeyRotation={"Ref": "Rotate"})}


def assessed(
    project: Project, template: dict[str, Any] = TURNING, today: datetime.date = TODAY, gate: str | None = None
) -> Readiness:
    config = with_facts(project.config, today)
    assembly = Assembly.from_templates({"Shop": template}, assume=config.assumptions)
    report = evaluate(assembly, RULES.classes.values(), config, checklist=RULES.checklist, today=today)
    return assess(report, assembly, RULES, config, project.read(today), today, gate)


def item(project: Project, id_: str, template: dict[str, Any] = TURNING, today: datetime.date = TODAY) -> ItemResult:
    return next(one for one in assessed(project, template, today).items if one.id == id_)


def standing(project: Project, id_: str, *args: Any) -> tuple[str, str]:
    found = item(project, id_, *args)
    return found.status, found.why


# Rules alone ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "status", "why"),
    [
        (TURNING, "met", "5 resources satisfy its rules."),
        (STILL, "not met", "1 violation of KmsKeyRotationEnabled."),
        (OPEN, "unknown", "1 answer hangs on what the templates do not decide."),
        (TOPIC, "not applicable", "The app has no resource that its rules judge."),
        ({"Resources": {}}, "unknown", "Nothing in the app is judged by any rule: is this the app?"),
    ],
)
def test_rules_decide_an_automated_item(project: Project, template: Any, status: str, why: str) -> None:
    assert standing(project, "SEC-ENC-03", template) == (status, why)


def waiver(**other: Any) -> dict[str, Any]:
    given = {"rule": "SEC-ENC-03", "reason": "Keys are rotated by hand.", "owner": "Ana", "expires": "2027-01-31"}
    return {key: value for key, value in {**given, **other}.items() if value is not None}


def test_a_waived_violation_is_waived_with_reason_owner_and_end(project: Project) -> None:
    project.set(waivers=[waiver()])
    found = item(project, "SEC-ENC-03", STILL)
    assert (found.status, found.fail, found.waived, str(found.expires)) == ("waived", 0, 1, "2027-01-31")
    assert found.why == "1 violation is accepted (Ana until 2027-01-31): Keys are rotated by hand."


def test_an_ended_waiver_covers_nothing(project: Project) -> None:
    project.set(waivers=[waiver(expires="2026-11-24")])
    why = "1 violation of KmsKeyRotationEnabled; the waiver of Ana ended on 2026-11-24."
    assert standing(project, "SEC-ENC-03", STILL) == ("not met", why)


def test_one_waived_violation_of_two_is_not_met(project: Project) -> None:
    project.set(waivers=[waiver(resource="Key")])
    found = item(project, "SEC-ENC-03", keys("Key", "Other"))
    assert (found.status, found.fail, found.waived) == ("not met", 1, 1)


def test_a_baseline_accepts_nothing(project: Project) -> None:
    from readiness_pack.decisions import baseline

    assembly = Assembly.from_templates({"Shop": STILL})
    baseline.record(project.folder / "baseline.json", evaluate(assembly).findings)
    project.set(baseline="baseline.json")
    why = "1 violation of KmsKeyRotationEnabled, all in the baseline, where nobody accepted them."
    assert standing(project, "SEC-ENC-03", STILL) == ("not met", why)


@pytest.mark.parametrize("pattern", ["KmsKeyRotationEnabled", "SEC-*", "*"])
def test_lowering_a_violation_to_a_hint_accepts_nothing(project: Project, pattern: str) -> None:
    project.set(severity={pattern: "info"})
    why = "The settings make hints of violations that nobody accepted: KmsKeyRotationEnabled."
    assert standing(project, "SEC-ENC-03", STILL) == ("unknown", why)
    assert standing(project, "SEC-ENC-03", TURNING)[0] == "met"
    project.set(waivers=[waiver()])
    assert standing(project, "SEC-ENC-03", STILL)[0] == "waived"


def test_an_empty_app_is_ready_for_nothing(project: Project) -> None:
    found = assessed(project, {"Resources": {}}, gate="pre-deployment")
    automated = {one.id for one in CHECKLIST.items if one.disposition == "automated"}
    assert automated & set(found.asked) <= {one.item for one in found.missing}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"reason": "TBD, ask the team"}, "its reason is not filled in: 'TBD' is to be filled in"),
        ({"owner": "<team>"}, "its owner is not filled in: '<team>' is to be filled in"),
    ],
)
def test_accepting_without_saying_why_is_not_accepting(project: Project, words: Any, says: str) -> None:
    project.set(waivers=[waiver(**words), waiver(rule="OPS-DOC-04", **words)])
    found = item(project, "SEC-ENC-03", STILL)
    assert (found.status, found.fail, found.waived, found.expires) == ("not met", 1, 0, None)
    assert found.why.endswith(f" But {says}.")
    status, why = standing(project, "OPS-DOC-04")
    assert (status, why.endswith(f"A waiver names it, but {says}.")) == ("missing", True), why


def test_rules_that_are_off_decide_nothing(project: Project) -> None:
    project.set(severity={"KmsKeyRotationEnabled": "off"})
    why = "The settings turn off what would find violations: KmsKeyRotationEnabled."
    assert standing(project, "SEC-ENC-03", STILL) == ("unknown", why)
    assert standing(project, "SEC-ENC-03", TURNING)[0] == "met"


# Records -------------------------------------------------------------------------------------------------------------


def test_without_a_record_it_is_missing_and_says_who_keeps_it(project: Project) -> None:
    found = item(project, "OPS-DOC-04")
    assert (found.status, found.owner) == ("missing", "Operations")
    assert found.why.startswith("No record yet; Operations keeps it: ")


def test_a_statement_is_attested(project: Project) -> None:
    project.write(record("OPS-DOC-04", statement="Everybody on call took the course."))
    found = item(project, "OPS-DOC-04")
    assert (found.status, str(found.expires)) == ("attested", "2027-10-02")
    assert found.why == "Operations on 2026-10-02, until 2027-10-02: Everybody on call took the course."
    (listed,) = found.records
    assert (listed.file, listed.line, listed.counts) == ("evidence/records.yaml", 2, True)


@pytest.mark.parametrize(
    ("last_day", "status", "start"),
    [
        ("2026-12-26", "attested", "Operations on"),
        ("2026-12-25", "expiring", "Ends in 30 days. Operations on"),
        ("2026-11-26", "expiring", "Ends tomorrow."),
        ("2026-11-25", "expiring", "Ends today."),
        ("2026-11-24", "expired", "The record of 2026-10-02 (Operations) ended on 2026-11-24; Operations has to renew it."),
    ],
)  # fmt: skip
def test_records_end(project: Project, last_day: str, status: str, start: str) -> None:
    project.write(record("OPS-DOC-04", valid_until=last_day))
    found = item(project, "OPS-DOC-04")
    assert (found.status, str(found.expires)) == (status, last_day)
    assert found.why.startswith(start)


def test_how_soon_is_soon_is_a_setting(project: Project) -> None:
    project.set(expiring_days=0)
    project.write(record("OPS-DOC-04", valid_until="2026-11-26"))
    assert item(project, "OPS-DOC-04").status == "attested"


def test_the_newest_record_that_has_not_ended_counts(project: Project) -> None:
    project.write(
        record("OPS-DOC-04", date="2026-03-01", statement="Old and long", valid_until="2027-03-01"),
        record("OPS-DOC-04", date="2026-09-01", statement="Newer course", valid_until="2027-01-01"),
        record("OPS-DOC-04", date="2026-10-01", statement="Newest, but over", valid_until="2026-11-01"),
    )
    found = item(project, "OPS-DOC-04")
    assert (found.status, str(found.expires)) == ("attested", "2027-01-01")
    assert [(one.statement, one.counts) for one in found.records] == [
        ("Newest, but over", False), ("Newer course", True), ("Old and long", False)
    ]  # fmt: skip
    assert item(project, "OPS-DOC-04", TURNING, datetime.date(2027, 2, 1)).records[2].counts


def test_a_newer_record_that_counts_for_nothing_is_told(project: Project) -> None:
    good = record("SUC-TEC-01", date="2026-11-01", value=99.95)
    project.write(good, record("SUC-TEC-01", date="2026-11-20", value=95, owner="TBD"))
    status, why = standing(project, "SUC-TEC-01")
    assert status in ("met", "expiring")
    assert why.endswith(
        " A record of 2026-11-20 (TBD) counts for nothing: its owner is not filled in: 'TBD' is to be filled in."
    )
    project.write(good, record("SUC-TEC-01", date="2026-10-20", value=95, owner="TBD"))
    assert "counts for nothing" not in standing(project, "SUC-TEC-01")[1]


def test_a_record_that_counts_for_nothing_says_so(project: Project) -> None:
    entry = project.file("course.pdf")
    project.write(record("OPS-DOC-04", files=[entry]))
    assert item(project, "OPS-DOC-04").status == "attested"
    project.file("course.pdf", b"edited")
    found = item(project, "OPS-DOC-04")
    assert found.status == "missing"
    start = "The record of 2026-10-02 (Operations) counts for nothing: its file course.pdf changed since"
    assert found.why.startswith(start)
    assert found.records[0].problem is not None


MEASURED = [
    ("SUC-TEC-01", 99.9, None, "met", "availability is 99.9% (at least 99.9%)"),
    ("SUC-TEC-01", 99.89, None, "not met", "availability is 99.89%, at least 99.9% is asked"),
    ("SUC-TEC-02", 199.9, None, "met", "api p95 latency is 199.9 ms (less than 200 ms)"),
    ("SUC-TEC-02", 200, None, "not met", "api p95 latency is 200 ms, less than 200 ms is asked"),
    ("SUC-TEC-02", 0.2, "s", "not met", "api p95 latency is 0.2 s, less than 200 ms is asked"),
    ("SUC-TEC-02", 0.15, "seconds", "met", "api p95 latency is 0.15 seconds (less than 200 ms)"),
    ("SUC-TEC-03", 10, "x", "met", "load factor is 10 x (at least 10 times current load)"),
    ("SUC-TEC-03", 9.9, None, "not met", "load factor is 9.9 times current load, at least 10 times current load is asked"),
    ("SUC-TEC-04", 0, None, "met", "open critical vulnerabilities is 0 (at most 0)"),
    ("SUC-TEC-04", 1, None, "not met", "open critical vulnerabilities is 1, at most 0 is asked"),
    ("SUC-TEC-05", 99, "%", "not met", "framework compliance is 99%, at least 100% is asked"),
    ("SUC-BUS-01", 70, None, "met", "deployment time reduction is 70% (at least 70%)"),
    ("SUC-BUS-02", 59.9, None, "not met", "setup time reduction is 59.9%, at least 60% is asked"),
    ("SUC-BUS-03", 50, None, "met", "manual operations reduction is 50% (at least 50%)"),
    ("SUC-BUS-04", -5, None, "not met", "infrastructure cost reduction is -5%, at least 25% is asked"),
    ("SUC-BUS-05", 90, None, "met", "customer satisfaction is 90% (at least 90%)"),
    ("TST-AUT-01", 90, None, "not met", "unit test coverage is 90%, more than 90% is asked"),
    ("TST-AUT-01", 90.1, None, "met", "unit test coverage is 90.1% (more than 90%)"),
    ("SUP-ESC-02", 900, "s", "met", "initial response time is 900 s (at most 15 minutes)"),
    ("SUP-ESC-02", 16, None, "not met", "initial response time is 16 minutes, at most 15 minutes is asked"),
]  # fmt: skip


@pytest.mark.parametrize(("id_", "value", "unit", "status", "said"), MEASURED)
def test_figures_are_judged(project: Project, id_: str, value: float, unit: str | None, status: str, said: str) -> None:
    last_day = {"valid_until": "2027-01-31", "extended": "Figures of the whole quarter."}
    project.write(record(id_, value=value, unit=unit, date="2026-11-20", statement="By the book", **last_day))
    found = item(project, id_, {"Resources": {}})
    assert (found.status, said in found.why) == (status, True), found.why
    assert found.records[0].value == value


def test_every_figure_of_the_checklist_is_measured() -> None:
    """Each percentage, multiple and time that the checklist states for a record is judged, not attested."""
    stated = {"TST-AUT-01", "SUP-ESC-02", *(f"SUC-{group}-0{n}" for group in ("TEC", "BUS") for n in range(1, 6))}
    measured = {one.id for one in load().items if one.evidence and one.evidence.measure}
    assert measured == stated


def test_a_target_of_ones_own_can_only_ask_for_more(project: Project) -> None:
    project.write(record("SUC-TEC-01", value=99.92, target=99.95, date="2026-11-20"))
    assert "at least 99.95% is asked" in standing(project, "SUC-TEC-01", {"Resources": {}})[1]
    project.write(record("SUC-TEC-01", value=99, target=98, date="2026-11-20"))
    assert item(project, "SUC-TEC-01", {"Resources": {}}).status == "not met"


def test_a_figure_of_an_item_without_a_target_is_judged_by_its_own(project: Project) -> None:
    measured: dict[str, Any] = {"value": 43, "unit": "minutes", "target": 60, "comparison": "<="}
    project.write(record(**measured))
    found = item(project, "REL-DRC-04")
    assert (found.status, "value is 43 minutes (at most 60 minutes)" in found.why) == ("met", True)
    project.write(record(**{**measured, "value": 61}))
    assert item(project, "REL-DRC-04").status == "not met"
    project.write(record(value=43, unit="minutes"))
    assert item(project, "REL-DRC-04").status == "attested"


def test_a_missed_target_is_believed_even_if_an_older_record_reached_it(project: Project) -> None:
    project.write(
        record("SUC-TEC-01", value=99.99, date="2026-11-10"), record("SUC-TEC-01", value=99.5, date="2026-11-20")
    )
    assert item(project, "SUC-TEC-01", {"Resources": {}}).status == "not met"


def test_a_person_says_that_an_item_does_not_apply(project: Project) -> None:
    project.write(
        record("SEC-GOV-04", statement=None, not_applicable="No health data is processed, says the data map.")
    )
    found = item(project, "SEC-GOV-04")
    assert found.status == "not applicable"
    assert found.why.startswith("Not applicable, says Operations on 2026-10-02, until 2027-10-02: No health data")
    assert item(project, "SEC-GOV-04", TURNING, datetime.date(2027, 10, 3)).status == "expired"


# Both ----------------------------------------------------------------------------------------------------------------


# The app's backup plan is kept elsewhere; what is judged here is the table's own recovery.
BACKED_UP = {
    "facts": {"org_backup_policy": {"value": True, "owner": "Platform", "date": "2026-01-01", "until": "2027-12-31"}}
}


def table(recovery: Any) -> dict[str, Any]:
    """A table of which the rules of REL-DRC-01 say what ``recovery`` is, in an app with nothing else to say."""
    return {
        "Parameters": {"Recover": {"Type": "String"}},
        "Resources": {
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
                "Properties": {
                    "DeletionProtectionEnabled": True,
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": recovery},
                },
            }
        },
    }


def test_a_partial_item_needs_rules_and_a_record(project: Project) -> None:
    project.set(**BACKED_UP)
    rehearsed = record("REL-DRC-01", statement="The restore was rehearsed.")
    assert item(project, "REL-DRC-01", table(True)).status == "missing"
    assert item(project, "REL-DRC-01", table(False)).status == "not met"
    project.write(rehearsed)
    found = item(project, "REL-DRC-01", table(True))
    assert found.status == "attested", found.why
    assert found.why.startswith("Operations on 2026-10-02, until 2026-12-31: The restore was rehearsed.")
    assert "3 resources satisfy its rules" in found.why
    found = item(project, "REL-DRC-01", table(False))
    assert (found.status, found.why) == ("not met", "1 violation of DynamoDbPointInTimeRecovery.")
    found = item(project, "REL-DRC-01", table({"Ref": "Recover"}))
    start = "1 answer hangs on what the templates do not decide. Operations on 2026-10-02"
    assert (found.status, found.why.startswith(start)) == ("unknown", True), found.why


def test_an_accepted_violation_of_a_partial_item_is_waived_once_its_record_is_there(project: Project) -> None:
    project.set(**BACKED_UP)
    project.set(waivers=[waiver(rule="DynamoDbPointInTimeRecovery", reason="It is filled anew every night.")])
    assert item(project, "REL-DRC-01", table(False)).status == "missing"
    project.write(record("REL-DRC-01", statement="The restore was rehearsed."))
    found = item(project, "REL-DRC-01", table(False))
    assert (found.status, str(found.expires)) == ("waived", "2026-12-31")
    assert "accepted (Ana until 2027-01-31): It is filled anew every night." in found.why


def test_a_fact_turns_the_rule_that_may_rely_on_it(project: Project) -> None:
    """GuardDuty is on in another account: a record says so until its last day."""

    def said(today: datetime.date = TODAY) -> bool:
        return any("fact guardduty" in one.message for one in assessed(project, TURNING, today).report.findings)

    assert said()
    project.write(fact("guardduty"))
    assert not said()
    assert not said(datetime.date(2027, 10, 1))
    assert said(datetime.date(2027, 10, 2))


# Reports of tools ----------------------------------------------------------------------------------------------------


def junit(project: Project, name: str, day: str, failures: int = 0) -> dict[str, str]:
    cases = '<testcase name="a"/>' + '<testcase name="b"><failure message="x"/></testcase>' * failures
    suite = f'<testsuite name="s" timestamp="{day}T08:00:00" tests="{1 + failures}" failures="{failures}">{cases}</testsuite>'
    project.file(name, suite.encode())
    return {"file": name}


def coverage(project: Project, share: float) -> dict[str, str]:
    lines = int(share * 1000)
    text = (
        f'<?xml version="1.0" ?><coverage version="7.6" timestamp="{1795000000000}" lines-valid="1000" '
        f'lines-covered="{lines}" line-rate="{share}" branches-covered="0" branches-valid="0" branch-rate="0"><packages/></coverage>'
    )
    project.file("coverage.xml", text.encode())
    return {"file": "coverage.xml"}


def test_coverage_decides_and_passing_tests_alone_do_not(project: Project) -> None:
    passed = junit(project, "junit.xml", "2026-11-20")
    project.write(reports=[passed])
    found = item(project, "TST-AUT-01")
    assert (found.status, "No figure yet: unit test coverage" in found.why) == ("missing", True), found.why
    project.write(reports=[passed, coverage(project, 0.93)])
    found = item(project, "TST-AUT-01")
    assert (found.status, {one.tool is not None for one in found.records}) == ("expiring", {True}), found.why
    project.write(reports=[passed, coverage(project, 0.89)])
    assert item(project, "TST-AUT-01").status == "not met"


def test_a_failing_report_is_believed_whatever_else_is_there(project: Project) -> None:
    failed = junit(project, "junit.xml", "2026-11-20", failures=1)
    project.write(record("TST-AUT-01", value=97, date="2026-11-22"), reports=[failed])
    assert item(project, "TST-AUT-01").status == "not met"


def test_a_report_ends_as_records_of_its_item_do(project: Project) -> None:
    project.write(reports=[{**junit(project, "junit.xml", "2026-09-01"), "item": "TST-AUT-02"}])
    found = item(project, "TST-AUT-02")
    assert (found.status, str(found.expires)) == ("expired", "2026-10-01")


# Waivers of records --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["OPS-DOC-04", "OPS-DOC-*", "Readiness::OPS-DOC-04"])
def test_a_waiver_of_the_item_covers_a_missing_record(project: Project, rule: str) -> None:
    project.set(waivers=[waiver(rule=rule, reason="The course starts in January.")])
    readiness = assessed(project)
    found = next(one for one in readiness.items if one.id == "OPS-DOC-04")
    assert (found.status, str(found.expires)) == ("waived", "2027-01-31")
    assert found.why.endswith("Accepted by Ana until 2027-01-31: The course starts in January.")
    assert readiness.report.unused_decisions == []


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"owner": None}, "A waiver names it, but without an owner it covers no record."),
        ({"expires": None}, "A waiver names it, but without a last day it covers no record."),
        ({"expires": "2026-11-24"}, "The waiver of Ana ended on 2026-11-24."),
        ({"resource": "Shop/*"}, None),
        ({"rule": "KmsKeyRotationEnabled"}, None),
    ],
)
def test_a_waiver_that_does_not_cover_a_record(project: Project, other: dict[str, Any], said: str | None) -> None:
    project.set(waivers=[waiver(**{"rule": "OPS-DOC-04", **other})])
    status, why = standing(project, "OPS-DOC-04")
    assert status == "missing"
    assert why.endswith(said) if said else why.startswith("No record yet; Operations keeps it: ")


def test_a_locked_item_cannot_be_waived(project: Project) -> None:
    project.set(waivers=[waiver(rule="OPS-DOC-04")], locked=["OPS-DOC-*"])
    status, why = standing(project, "OPS-DOC-04")
    assert (status, why.endswith("It is locked: no waiver covers it.")) == ("missing", True)


def test_a_waiver_covers_a_missed_target_and_an_ended_record(project: Project) -> None:
    project.set(waivers=[waiver(rule="SUC-TEC-01"), waiver(rule="OPS-DOC-04")])
    project.write(record("SUC-TEC-01", value=99.5, date="2026-11-20"), record("OPS-DOC-04", valid_until="2026-11-01"))
    assert item(project, "SUC-TEC-01", {"Resources": {}}).status == "waived"
    assert item(project, "OPS-DOC-04").status == "waived"


def test_a_waiver_that_is_not_needed_any_more_is_unused(project: Project) -> None:
    project.set(waivers=[waiver(rule="OPS-DOC-04")])
    project.write(record("OPS-DOC-04"))
    (unused,) = assessed(project).report.unused_decisions
    assert unused["rule"] == "OPS-DOC-04"


def test_check_does_not_call_a_waiver_of_a_record_unused(project: Project) -> None:
    project.set(waivers=[waiver(rule="OPS-DOC-04"), waiver(rule="SEC-ENC-03")])
    report = evaluate(Assembly.from_templates({"Shop": TURNING}), config=project.config, today=TODAY)
    assert [one["rule"] for one in report.unused_decisions] == ["SEC-ENC-03"]


@pytest.mark.parametrize("id_", ["CRT-SGN-01", "CRT-REC-01"])
def test_nobody_waives_a_signature(project: Project, id_: str) -> None:
    project.set(waivers=[waiver(rule="CRT-*")])  # items without rules: the glob matches all the same
    assert item(project, id_).status == "missing"


# All of them ---------------------------------------------------------------------------------------------------------


def test_every_item_has_a_status_and_a_sentence(project: Project) -> None:
    readiness = assessed(project, STILL)
    assert len(readiness.items) == 151
    for one in readiness.items:
        assert one.why.endswith("."), one.why
        assert one.why[0].isupper() or one.why[0].isdigit(), one.why
    asked = [one for one in readiness.items if one.status not in READY and not one.id.startswith("CRT-REC")]
    assert [one.item for one in readiness.missing] == [one.id for one in asked]
