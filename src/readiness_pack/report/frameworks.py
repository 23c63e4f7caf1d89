"""What a report says about the controls of compliance frameworks: which rules map to each, and how these stand.

Only controls that an item of the checklist names are listed; a framework has more. So this is coverage, not
certification, and every rendering of it says so (`NOTE`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from readiness_pack.catalogue import FRAMEWORKS
from readiness_pack.checklist import Checklist
from readiness_pack.findings import ItemResult, Report, Status, Tally

NOTE = (
    "Coverage is not certification. A control is listed when an item of this checklist supports it; frameworks have "
    "more controls than these, and most ask for people and procedures that no template shows. Rules that pass are "
    "evidence an auditor can use, not the auditor's answer."
)

_ACCEPTED = ("waived", "acknowledged")  # a baseline only knows its findings

ControlState = Literal["fail", "unknown", "record", "waived", "pass", "none"]
CONTROL_STATES: tuple[ControlState, ...] = ("fail", "unknown", "record", "waived", "pass", "none")
"""Worst first: a rule fails or a record shows that a target is missed; an answer is open; a record is missing; what is
lacking is accepted; what was asked for is there; nothing to judge."""

RECORD_STATES: dict[Status, ControlState] = {
    "met": "pass",
    "attested": "pass",
    "expiring": "pass",
    "waived": "waived",
    "missing": "record",
    "expired": "record",
    "not applicable": "none",
}
"""What the status of an item says of its record; ``not met`` and ``unknown`` hang on its rules, too."""


@dataclass(frozen=True)
class RuleState:
    """How a rule stands in this app.

    Args:
        name: the rule.
        fail: violations that nobody accepted, those of a baseline included.
        unknown: open answers.
        passed: resources that satisfy it.
        waived: violations that somebody accepted.
    """

    name: str
    fail: int
    unknown: int
    passed: int
    waived: int = 0

    @property
    def state(self) -> ControlState:
        """The rule's state in the words of its control."""
        if self.fail or self.unknown:
            return "fail" if self.fail else "unknown"
        return "waived" if self.waived else "pass" if self.passed else "none"

    @property
    def words(self) -> str:
        """How it stands, in words."""
        counts = {"fail": self.fail, "unknown": self.unknown, "accepted": self.waived, "pass": self.passed}
        return ", ".join(f"{number:,} {word}" for word, number in counts.items() if number) or "nothing to judge"


@dataclass
class Control:
    """One control of a framework.

    Args:
        id: as the framework writes it, ``CC6.1``.
        rules: the rules that map to it.
        missing: items whose record supports it and is not there, or has ended.
        records: items whose record supports it and is there.
        missed: items whose record shows that the target is missed.
        waived: items whose record is lacking, which somebody accepted.
    """

    id: str
    rules: list[RuleState] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    waived: list[str] = field(default_factory=list)

    @property
    def state(self) -> ControlState:
        """The worst of what supports it."""
        states: set[ControlState] = {rule.state for rule in self.rules}
        states |= {state for state, items in self.by_state.items() if items}
        return next((state for state in CONTROL_STATES if state in states), "none")

    @property
    def by_state(self) -> dict[ControlState, list[str]]:
        """The items whose record supports it, by what the record says."""
        return {"fail": self.missed, "record": self.missing, "waived": self.waived, "pass": self.records}


@dataclass(frozen=True)
class Framework:
    """A framework with the controls that the checklist supports, in its own order.

    Args:
        name: as people call it, ``SOC 2``.
        controls: its controls.
        key: as rule files call it, ``soc2``.
    """

    name: str
    controls: list[Control]
    key: str = ""

    @property
    def counts(self) -> dict[ControlState, int]:
        """How many controls are in each state, every state named, worst first."""
        found = Counter(control.state for control in self.controls)
        return {state: found[state] for state in CONTROL_STATES}


def rule_states(report: Report) -> dict[str, RuleState]:
    """How every rule stands that was asked or has a finding, by name."""
    counted = [one for one in report.findings if report.on_cdk_managed == "fail" or not one.managed_by_cdk]
    open_ = [one for one in counted if one.decision.state not in _ACCEPTED]
    fail = Counter(one.rule for one in open_ if one.verdict == "fail" and one.severity != "info")
    unknown = Counter(one.rule for one in open_ if one.verdict == "unknown")
    waived = Counter(one.rule for one in counted if one.decision.state in _ACCEPTED)
    return {
        name: RuleState(name, fail[name], unknown[name], report.tallies.get(name, Tally()).passed, waived[name])
        for name in dict.fromkeys([*report.tallies, *fail, *unknown, *waived])
    }


def coverage(report: Report, checklist: Checklist) -> list[Framework]:
    """The frameworks that the checklist names, each with its controls.

    Args:
        report: what was found.
        checklist: the items and rules it was judged by.

    Example:
        >>> from readiness_pack import Assembly, evaluate
        >>> from readiness_pack.checklist import load
        >>> key = {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": False}}
        >>> report = evaluate(Assembly.from_template({"Resources": {"Key": key}}))
        >>> soc2 = next(f for f in coverage(report, load()) if f.name == "SOC 2")
        >>> next(control.state for control in soc2.controls if control.id == "CC6.1")
        'fail'
    """
    states = rule_states(report)
    results = {item.id: item for item in report.items}
    controls: dict[str, dict[str, Control]] = defaultdict(dict)
    for framework, control_id, rule in _of_rules(checklist):
        control = controls[framework].setdefault(control_id, Control(control_id))
        if rule in states:
            control.rules.append(states[rule])
    for framework, control_id, item in _of_records(checklist):
        control = controls[framework].setdefault(control_id, Control(control_id))
        state = record_state(results[item]) if item in results else "record"
        if state != "none":
            control.by_state[state].append(item)
    known = [name for name in FRAMEWORKS if name in controls]
    others = sorted(controls.keys() - FRAMEWORKS.keys())
    return [Framework(FRAMEWORKS.get(name, name), _in_order(controls[name].values()), name) for name in known + others]


def record_state(item: ItemResult) -> ControlState:
    """What the record that ``item`` asks for says: there, missing, missed, or its lack accepted."""
    if item.status in RECORD_STATES:
        return RECORD_STATES[item.status]
    there = any(record.counts for record in item.records)
    # "not met" without a violation of its rules is what the record itself says
    return "fail" if there and item.status == "not met" and not item.fail else "pass" if there else "record"


def _of_rules(checklist: Checklist) -> Iterator[tuple[str, str, str]]:
    for item in checklist.items:
        for rule in item.rules:
            controls = item.frameworks_of(rule)
            yield from ((name, control, rule.name) for name, ids in controls.items() for control in ids)


def _of_records(checklist: Checklist) -> Iterator[tuple[str, str, str]]:
    for item in checklist.items:
        if item.evidence is not None:
            yield from ((name, control, item.id) for name, ids in item.frameworks.items() for control in ids)


def _in_order(controls: Iterable[Control]) -> list[Control]:
    """By the numbers in the ids: ``CC6.10`` comes after ``CC6.9``."""
    return sorted(
        controls, key=lambda control: [(not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in _parts(control.id)]
    )


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"(\d+)", text) if part]
