"""Reports of any size from rules made up here, so that snapshots do not move when our rules do."""

from __future__ import annotations

from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from readiness_pack.checklist import Checklist, Example, ItemSpec, RuleSpec, Severity
from readiness_pack.findings import Decision, Finding, ItemResult, Location, Pass, Report, Tally, ToolError
from readiness_pack.report.view import View
from readiness_pack.rules.generator import make_rules
from readiness_pack.rules.rule_set import RuleSet

SECTIONS = {
    "SEC-NET": "Security Checklist",
    "SEC-ENC": "Security Checklist",
    "REL-ERR": "Reliability & Resilience",
    "CST-MON": "Cost Optimization",
}
# name, item, severity, core
_RULES: list[tuple[str, str, Severity, bool]] = [
    ("DatabaseNotPublic", "SEC-NET-01", "error", True),
    ("KeysRotate", "SEC-ENC-03", "error", False),
    ("BucketsEncrypted", "SEC-ENC-01", "warning", False),
    ("QueuesHaveDeadLetterQueues", "REL-ERR-01", "error", True),
    ("AlarmsWatchQueues", "REL-ERR-04", "warning", False),
    ("BudgetDeclared", "CST-MON-01", "info", False),
]
_FIXES = {
    "DatabaseNotPublic": 'rds.DatabaseInstance(self, "Database", engine=engine, vpc=vpc, publicly_accessible=False, vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED))',
    "KeysRotate": 'kms.Key(self, "Key", enable_key_rotation=True)',
}


def _item(id_: str, rules: list[RuleSpec]) -> ItemSpec:
    return ItemSpec(
        id=id_,
        section=SECTIONS[id_[:7]],
        group="Group",
        title=f"Title of {id_}",
        statement="What must hold",
        disposition="automated",
        why="Rules can tell.",
        frameworks={"soc2": ["CC6.1"]},
        rules=rules,
    )


def _spec(name: str, severity: Severity, core: bool) -> RuleSpec:
    return RuleSpec(
        name=name,
        severity=severity,
        core=core,
        resource="AWS::SNS::Topic",
        message="{logical_id} is not as it should be.",
        fix=_FIXES.get(name, f'thing.Thing(self, "{name}", good=True)'),
        why=f"Without {name} something breaks; nobody notices until it does, and then it is too late to do much about it.",
        source="https://docs.aws.amazon.com/example.html",
        require={"TopicName": "good"},
        examples=[Example(fail={"Properties": {}}), Example(pass_={"Properties": {"TopicName": "good"}})],
    )


def rule_set() -> RuleSet:
    by_item: dict[str, list[RuleSpec]] = {}
    for name, item, severity, core in _RULES:
        by_item.setdefault(item, []).append(_spec(name, severity, core))
    order = sorted(by_item, key=lambda item: list(SECTIONS).index(item[:7]))
    items = tuple(_item(item, by_item[item]) for item in order)
    checklist = Checklist(items, {item.id: Path(f"{item.id}.yaml") for item in items})
    return RuleSet(make_rules(checklist), checklist)


RULES = rule_set()


def finding(number: int = 0, **changes: Any) -> Finding:
    """Finding ``number`` of an endless series: rules in turn, ten resources a construct."""
    name, item, severity, core = _RULES[number % len(_RULES)]
    severity = "warning" if severity == "error" and not core else severity  # as the standard profile has it
    logical_id = f"Thing{number:04}"
    found = Finding(
        rule=name,
        item=item,
        severity=severity,
        verdict="fail",
        message=f"{logical_id} is not as it should be: Properties.Name is not set.",
        fix=RULES.classes[name].fix,
        stack="Shop",
        template="Shop.template.json",
        logical_id=logical_id,
        resource_type="AWS::SNS::Topic",
        construct_path=f"Shop/Part{number // 10}/{logical_id}/Resource",
        property_path="Properties/Name",
        location=Location("cdk.out/Shop.template.json", 10 + number),
        fingerprint=f"{number:020x}",
        managed_by_cdk=False,
        counts=severity == "error",
    )
    return replace(found, **changes)


def report(findings: list[Finding], **changes: Any) -> Report:
    failing = {found.item for found in findings if found.decision.counts and found.verdict == "fail"}
    items = [
        ItemResult(
            item.id, item.title, item.section, item.group, item.statement, item.disposition,
            "not met" if item.id in failing else "met", "Because.", [rule.name for rule in item.rules],
        )
        for item in RULES.checklist.items
    ]  # fmt: skip
    made = Report(
        findings=findings,
        items=items,
        tallies={name: Tally(passed=1) for name in RULES.classes},
        resources=max(28, len(findings)),
        stacks=1,
    )
    return replace(made, **changes)


def view(findings: list[Finding], *, paths: tuple[str, ...] = ("cdk.out",), **changes: Any) -> View:
    return View(report(findings, **changes), RULES, paths)


def series(size: int) -> list[Finding]:
    return [finding(number) for number in range(size)]


ONE_OF_EACH = [
    finding(0, location=Location("shop/app.py", 31)),
    finding(6),
    finding(3),
    finding(2, verdict="unknown", severity="warning", message="Whether Thing0002 is good cannot be decided: parameter Name has no default."),
    finding(8, counts=False, decision=Decision("waived", "replaced in spring", "Ana", "OPS-7", "2027-03-31", "readiness.yaml")),
    finding(9, counts=False, decision=Decision("baselined", source="readiness-baseline.json")),
    finding(1, counts=False, decision=Decision("acknowledged", "rotated by hand", source="Shop/Part0")),
    finding(15, counts=True, decision=Decision("expired", "was for a while", "Bo", None, "2026-01-31")),
    finding(4),
    finding(5),
    finding(10, managed_by_cdk=True),
    finding(
        11, stack=None, template=None, logical_id=None, resource_type=None, construct_path="", location=None,
        property_path=None, message="The app declares no budget.",
    ),
]  # fmt: skip
"""A report in which everything that a report can hold occurs."""

PASSES = [Pass("KeysRotate", "Shop", "Key", "Shop/Key/Resource"), Pass("BudgetDeclared", None, None, "")]
BROKEN = [ToolError("KeyError: 'x'", "KeysRotate", "Shop", "Key")]


def everything() -> View:
    return view(
        ONE_OF_EACH,
        passes=PASSES,
        notes=["notes.txt was not judged: it is no template"],
        unused_decisions=[{"rule": "KeysRotate", "resource": "Nowhere"}],
    )


def with_rules(extra: dict[str, Any]) -> RuleSet:
    """The rules with further classes."""
    return replaced(RULES, classes={**RULES.classes, **extra})
