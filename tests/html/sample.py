"""Reports with a checklist of three items: what the page shows of them does not change when our rules do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from readiness_pack import Assembly, Config, evaluate
from readiness_pack.checklist import load
from readiness_pack.config import WaiverSpec
from readiness_pack.findings import Decision, Finding, ItemResult, Location, Report, ToolError
from readiness_pack.report.html import write
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
