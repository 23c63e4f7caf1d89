"""Reports with a checklist of three items: what the page shows of them does not change when our rules do."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from readiness_pack import Assembly, Config, evaluate
from readiness_pack.checklist import load
from readiness_pack.config import FactSpec, LevelSpec, WaiverSpec
from readiness_pack.evidence.certificate import CertificateState
from readiness_pack.evidence.levels import LevelResult
from readiness_pack.evidence.readiness import GateResult, Missing, assess
from readiness_pack.evidence.records import Evidence, Problem, Record
from readiness_pack.evidence.signoffs import SignOffState
from readiness_pack.evidence.tools import ToolResult
from readiness_pack.findings import Decision, Finding, ItemResult, Location, RecordResult, Report, ToolError
from readiness_pack.report.html import write
from readiness_pack.report.html_page import Kept
from readiness_pack.report.view import View
from readiness_pack.rules.generator import make_rules
from readiness_pack.rules.rule_set import RuleSet

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
CHECKLIST = load(Path(__file__).parent / "rules")
RULES = RuleSet(make_rules(CHECKLIST), CHECKLIST)
READY = {"EnableKeyRotation": True, "PendingWindowInDays": 30}


def keys(**properties: dict[str, Any]) -> dict[str, Any]:
    """A template with a KMS key for each name."""
    return {"Resources": {name: {"Type": "AWS::KMS::Key", "Properties": given} for name, given in properties.items()}}


def view(stacks: dict[str, dict[str, Any]], config: Config | None = None, *paths: str) -> View:
    """The view of ``stacks``, judged by the small checklist on the day of `NOW`."""
    assembly = Assembly.from_templates(stacks)
    report = evaluate(assembly, RULES.classes.values(), config, checklist=CHECKLIST, today=NOW.date())
    return View(report, RULES, paths)


def page_of(shown: View) -> str:
    """The page as text."""
    return write(shown, generated=NOW).decode()


def ready() -> View:
    """Nothing to say."""
    return view({"Shop": keys(Key=READY)}, None, "cdk.out")


def one() -> View:
    """One finding."""
    return view({"Shop": keys(Key=READY, Old={**READY, "EnableKeyRotation": False})}, None, "cdk.out")


def mixed() -> View:
    """Two stacks, errors and warnings, an open answer, waivers that hold, that ended and that match nothing."""
    shop = keys(Key={}, Waived={**READY, "EnableKeyRotation": False}, Ended={**READY, "EnableKeyRotation": False})
    shop["Resources"]["Open"] = {
        "Type": "AWS::KMS::Key",
        "Properties": {**READY, "EnableKeyRotation": {"Ref": "Rotates"}},
    }
    shop["Parameters"] = {"Rotates": {"Type": "String"}}
    reason = "Rotated by hand until the migration is over"
    waivers = [
        WaiverSpec("KeysRotate", reason, "Waived", "Ana", "OPS-1", date(2026, 6, 30)),
        WaiverSpec("KeysRotate", reason, "Ended", "Bo", None, date(2026, 5, 30)),
        WaiverSpec("KeysWait", "There never was such a key", "Nowhere"),
    ]
    return view({"Shop": shop, "Billing": keys(Invoices={})}, Config(waivers=waivers))


def many(count: int = 2000) -> View:
    """Many findings over ten stacks."""
    per_stack = count // 20
    stacks = {f"Stack{s}": keys(**{f"Key{s}x{n}": {} for n in range(per_stack)}) for s in range(10)}
    return view(stacks)


EVIDENCE = Evidence(
    records=(
        Record(
            item="OPS-01",
            statement="The rota of the quarter names two people for every night",
            owner="Operations",
            date=date(2026, 4, 2),
            valid_until=date(2026, 6, 20),
            links=["https://wiki.shop.test/rota", "file:///etc/passwd"],
            file="evidence/ops.yaml",
            line=3,
        ),
    ),
    reports=(
        ToolResult(
            item="KEY-02",
            tool="Camera 1.0",
            kind="junit",
            owner="Security",
            date=date(2026, 5, 1),
            statement="2 of 2 people were there.",
            value=2.0,
            unit="people",
            met=True,
            file="../build/camera.xml",
            sha256="0" * 64,
        ),
    ),
    problems=(Problem("KEY-02 of 2026-05-02: minutes.pdf changed since", "evidence/keys.yaml", 7),),
)
LEVELS = {"first": LevelSpec(["KEY-01"], "keys rotate"), "last": LevelSpec(["*"], "everything")}
FACTS = {"guardduty": FactSpec(True, "Security", date(2025, 1, 1), date(2026, 5, 1))}


def kept(shown: View | None = None, config: Config | None = None) -> tuple[View, Kept]:
    """What was recorded for a report, with one team that signed and one whose signature is stale."""
    shown = shown or mixed()
    config = config or Config(levels=LEVELS, facts=FACTS)
    app = Assembly.from_templates({"Shop": keys(Key=READY)})
    found = assess(shown.report, app, RULES, config, EVIDENCE, NOW.date())
    signed = datetime(2026, 5, 30, 8, tzinfo=UTC)
    signoffs = [
        SignOffState(
            "security", "CRT-SGN-01", "signed", "Ana signed on 2026-05-30.", "Ana", "CISO", signed, "0123abc", "prod",
            expires=date(2026, 8, 28),
        ),
        SignOffState("qa", "CRT-SGN-04", "stale", "Bo signed something else.", "Bo", changes=["stack Shop changed"]),
        SignOffState("business", "CRT-SGN-05", "missing", "Business Stakeholders: no sign-off."),
    ]  # fmt: skip
    certificate = CertificateState(
        "expired", "Cy certified on 2025-05-01; that counted until 2026-05-01.", [],
        date(2025, 5, 1), "Cy", date(2026, 5, 1),
    )  # fmt: skip
    readiness = dataclasses.replace(found, signoffs=signoffs, certificate=certificate)
    return View(readiness.report, RULES, shown.paths), Kept.of(readiness, config)


def page_with(shown: View, what: Kept, *, answers: bool = True) -> str:
    """The page of `kept` as text."""
    return write(shown, generated=NOW, kept=what, answers=answers).decode()


def kept_full_of(text: str) -> tuple[View, Kept]:
    """As `full_of`, with ``text`` in everything that was recorded, too."""
    shown = full_of(text)
    record = RecordResult(text, text, NOW.date(), NOW.date(), text, 1, 1.0, text, text, [text, f"https://{text}"], True)
    items = [
        replace(item, owner=text, records=[record, replace(record, counts=False, problem=text)])
        for item in shown.report.items
    ]
    item = items[0]
    shown = View(replace(shown.report, items=items), RULES, (text,))
    _, what = kept()
    readiness = dataclasses.replace(
        what.readiness,
        report=shown.report,
        items=items,
        levels=[LevelResult(text, text, False, 1, [text])],
        gates=[GateResult(text, text, False, 1, [text])],
        gate=None,
        signoffs=[SignOffState(text, text, "signed", text, text, text, NOW, text, text, [text], NOW.date())],
        certificate=CertificateState("valid", text, [text], NOW.date(), text, NOW.date()),
        missing=[Missing(item.id, item.title, item.section, text, "not met", text)],
        problems=(Problem(text, text, 1),),
    )
    facts = {text: FactSpec(text, text, date(2026, 1, 1), date(2026, 12, 31), text)}
    return shown, Kept.of(readiness, Config(facts=facts))


def full_of(text: str) -> View:
    """A report with ``text`` in every place that text comes from outside."""
    decision = Decision("waived", text, text, text, "2026-07-01", text)
    common: dict[str, Any] = {
        "item": text,
        "severity": "error",
        "message": text,
        "fix": text,
        "stack": text,
        "template": text,
        "logical_id": text,
        "resource_type": text,
        "construct_path": text,
        "property_path": text,
        "location": Location(text, 1),
        "fingerprint": "0",
        "managed_by_cdk": False,
        "environment": text,
    }
    findings = [
        Finding(rule=text, verdict="fail", counts=True, **common),
        Finding(rule=text, verdict="unknown", **common),
        Finding(rule="KeysRotate", verdict="fail", decision=decision, **common),
    ]
    data = dict.fromkeys(("origin", "rule", "resource", "reason", "owner", "ticket", "source"), text)
    row = {**data, "state": "waived", "expires": "2026-07-01", "matches": [{"rule": text, "place": text}]}
    report = Report(
        findings=findings,
        items=[ItemResult(text, text, text, text, text, "partial", "not met", text, [text, "KeysRotate"], 1)],
        errors=[ToolError(text, text, text, text), ToolError(text, stack=text)],
        decisions=[row],
        unused_decisions=[data],
        notes=[text],
    )
    return View(report, RULES, (text,))
