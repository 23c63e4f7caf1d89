"""Gates: what the checklist asks before, at and after a deployment; readiness follows from items, never from a share."""

from __future__ import annotations

import datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest
from msgspec.structs import replace

from readiness_pack import Assembly, Config, InputError, evaluate
from readiness_pack.cli.report import GATES as OFFERED
from readiness_pack.evidence import readiness as module
from readiness_pack.evidence.certifying import certify
from readiness_pack.evidence.gates import GATES, all_of, asked_by
from readiness_pack.evidence.readiness import Readiness, assess
from readiness_pack.evidence.records import Evidence
from readiness_pack.evidence.standing import with_evidence
from readiness_pack.findings import Finding, ItemResult, Status, ToolError
from readiness_pack.report.readiness_view import verdict
from readiness_pack.rules.rule_set import rule_set
from tests.evidence.building import CHECKLIST, TODAY

IDS = [item.id for item in CHECKLIST.items]
RULES = rule_set()


def test_the_gates_grow_and_the_last_asks_everything() -> None:
    before, at, after = (asked_by(name, IDS) for name in GATES)
    assert set(before) < set(at) < set(after) == set(all_of(IDS))
    assert set(IDS) - set(after) == {"CRT-REC-01", "CRT-REC-02", "CRT-REC-03"}


@pytest.mark.parametrize("name", GATES)
def test_every_glob_matches(name: str) -> None:
    assert [glob for glob in GATES[name].items if not any(fnmatchcase(id_, glob) for id_ in IDS)] == []
    assert asked_by(name, IDS) == tuple(id_ for id_ in IDS if id_ in set(asked_by(name, IDS)))


@pytest.mark.parametrize(
    ("id_", "first"),
    [
        ("SEC-ENC-01", "pre-deployment"), ("DEP-PRE-01", "pre-deployment"), ("SUC-TEC-04", "pre-deployment"),
        ("SUP-TIR-01", "pre-deployment"), ("SUP-ESC-02", "pre-deployment"), ("SUP-CON-04", "pre-deployment"),
        ("DEP-RUN-01", "deployment"), ("CRT-SGN-05", "deployment"),
        ("DEP-PST-01", "post-deployment"), ("SUC-TEC-01", "post-deployment"), ("SUC-BUS-05", "post-deployment"),
    ],
)  # fmt: skip
def test_items_are_asked_when_they_can_be_shown(id_: str, first: str) -> None:
    assert next(name for name in GATES if id_ in asked_by(name, IDS)) == first


def test_the_command_offers_the_gates() -> None:
    assert tuple(GATES) == OFFERED


def test_an_unknown_gate_is_refused() -> None:
    app = Assembly.from_template({"Resources": {}})
    with pytest.raises(InputError, match=r"there is no gate 'predeployment'\. Did you mean 'pre-deployment'\?"):
        assess(evaluate(app), app, RULES, Config(), Evidence(), TODAY, "predeployment")
    with pytest.raises(KeyError):
        asked_by("never", IDS)


# The stated rule -----------------------------------------------------------------------------------------------------


def judged(
    monkeypatch: pytest.MonkeyPatch,
    statuses: dict[str, Status],
    *,
    gate: str | None = None,
    errors: tuple[ToolError, ...] = (),
    findings: tuple[Finding, ...] = (),
) -> Readiness:
    """The readiness of an app whose items are all met but those in ``statuses``."""
    app = Assembly.from_template({"Resources": {}})
    report = evaluate(app, today=TODAY)
    report.errors += errors
    report.findings = list(findings)

    def stand_in(*args: Any) -> list[ItemResult]:
        return [replace(one, status=statuses.get(one.id, "met"), expires=None) for one in with_evidence(*args)]

    monkeypatch.setattr(module, "with_evidence", stand_in)
    return assess(report, app, RULES, Config(), Evidence(), TODAY, gate)


@pytest.mark.parametrize("status", ["met", "attested", "expiring", "waived", "not applicable"])
def test_these_are_ready(monkeypatch: pytest.MonkeyPatch, status: Status) -> None:
    found = judged(monkeypatch, {"SEC-ENC-01": status})
    assert (found.ready, found.exit_code, found.missing) == (True, 0, [])
    assert all(section.ready for section in found.sections)


@pytest.mark.parametrize("status", ["not met", "missing", "expired", "unknown"])
def test_one_item_of_151_that_is_not_ready_is_enough(monkeypatch: pytest.MonkeyPatch, status: Status) -> None:
    found = judged(monkeypatch, {"SEC-ENC-01": status})
    assert (found.ready, found.exit_code) == (False, 1)
    assert [(one.item, one.status) for one in found.missing] == [("SEC-ENC-01", status)]
    assert [section.name for section in found.sections if not section.ready] == ["Security Checklist"]
    assert (found.sections[0].items, found.sections[0].counts[status], found.sections[0].missing) == (
        20,
        1,
        ["SEC-ENC-01"],
    )
    assert not any(gate.ready for gate in found.gates)


def test_the_fields_of_the_certificate_do_not_stand_in_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, {"CRT-REC-01": "missing", "CRT-REC-02": "missing", "CRT-REC-03": "missing"})
    assert found.ready
    assert found.level is not None
    assert found.level.name == "gold"
    assert len(found.items) == 151


def test_a_gate_asks_for_its_own_items_only(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses: dict[str, Status] = {"CRT-SGN-01": "missing", "SUC-TEC-01": "not met"}
    early = judged(monkeypatch, statuses, gate="pre-deployment")
    assert (early.ready, early.missing) == (True, [])
    assert [gate.ready for gate in early.gates] == [True, False, False]
    assert "Production Readiness Certification" not in [section.name for section in early.sections]
    late = judged(monkeypatch, statuses, gate="deployment")
    assert [one.item for one in late.missing] == ["CRT-SGN-01"]
    whole = judged(monkeypatch, statuses)
    assert [one.item for one in whole.missing] == ["SUC-TEC-01", "CRT-SGN-01"]


def test_nothing_is_ready_where_a_rule_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, {}, errors=(ToolError("KeyError: 'x'", "KmsKeyRotationEnabled"),))
    assert (found.ready, found.exit_code, found.missing) == (False, 3, [])


def test_the_next_review_is_the_first_end_of_what_counts() -> None:
    from readiness_pack.config import FactSpec, WaiverSpec
    from readiness_pack.evidence.records import Record

    def review(config: Config, *records: Record, template: Any = None) -> str:
        app = Assembly.from_templates({"Shop": template or {"Resources": {}}})
        report = evaluate(app, config=config, today=TODAY)
        return str(assess(report, app, RULES, config, Evidence(records), TODAY).next_review)

    day = datetime.date
    kept: dict[str, Any] = {"item": "OPS-DOC-04", "owner": "Ops", "date": day(2026, 10, 1), "statement": "done"}
    assert review(Config()) == "None"
    assert review(Config(), Record(**kept, valid_until=day(2027, 3, 1))) == "2027-03-01"
    assert review(Config(), Record(**kept, valid_until=day(2026, 11, 1))) == "None"  # what is over has no end to come
    facts = {"guardduty": FactSpec(True, "S", day(2026, 1, 1), day(2027, 2, 1))}
    assert review(Config(facts=facts), Record(**kept, valid_until=day(2027, 3, 1))) == "2027-02-01"
    waiver = WaiverSpec("KmsKeyRotationEnabled", "by hand, every spring", owner="Ana", expires=day(2027, 1, 1))
    key = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}}
    assert review(Config(facts=facts, waivers=[waiver]), template=key) == "2027-01-01"
    assert review(Config(facts=facts, waivers=[waiver])) == "2027-02-01"  # a waiver of nothing ends nothing


def test_nothing_is_ready_while_something_of_no_item_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Assembly.from_template({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}})
    known = next(f for f in evaluate(app, today=TODAY).failing if f.rule == "KmsKeyRotationEnabled")
    only_theirs = replace(known, rule="RDSNonDefaultPort", item="OTHER")
    found = judged(monkeypatch, {}, findings=(only_theirs,))
    assert (found.ready, found.exit_code, found.missing) == (False, 1, [])
    assert verdict(found) == "NOT READY for production: RDSNonDefaultPort has 1 open finding"
    assert certificates_lack(found) == ["RDSNonDefaultPort has 1 open finding"]
    assert judged(monkeypatch, {}, findings=(replace(only_theirs, counts=False),)).ready
    hidden = judged(monkeypatch, {"SEC-ENC-03": "not met"}, findings=(known,))
    assert [one.item for one in hidden.missing] == ["SEC-ENC-03"]
    assert verdict(hidden).startswith("NOT READY for production: 1 of 148 items is not ready")


def certificates_lack(found: Readiness) -> list[str]:
    lacking = certify(found, Evidence(), Config(), certified_by="Kim Lee", subject="app")
    assert isinstance(lacking, list)
    return [one.text for one in lacking if not one.about]
