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
from readiness_pack.findings import Report, Tally

NOTE = (
    "Coverage is not certification. A control is listed when an item of this checklist supports it; frameworks have "
    "more controls than these, and most ask for people and procedures that no template shows. Rules that pass are "
    "evidence an auditor can use, not the auditor's answer."
)

ControlState = Literal["fail", "unknown", "record", "pass", "none"]
CONTROL_STATES: tuple[ControlState, ...] = ("fail", "unknown", "record", "pass", "none")
"""Worst first: a rule fails; an answer is open; a record is missing; what was asked for is there; nothing to judge."""


@dataclass(frozen=True)
class RuleState:
    """How a rule stands in this app.

    Args:
        name: the rule.
        fail: open violations.
        unknown: open answers.
        passed: resources that satisfy it.
    """

    name: str
    fail: int
    unknown: int
    passed: int

    @property
    def state(self) -> ControlState:
        """The rule's state in the words of its control."""
        return "fail" if self.fail else "unknown" if self.unknown else "pass" if self.passed else "none"


@dataclass
class Control:
    """One control of a framework.

    Args:
        id: as the framework writes it, ``CC6.1``.
        rules: the rules that map to it.
        missing: items whose record supports it and is not there.
        records: items whose record supports it and is there.
    """

    id: str
    rules: list[RuleState] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)

    @property
    def state(self) -> ControlState:
        """The worst of what supports it."""
        states: set[ControlState] = {rule.state for rule in self.rules}
        if self.missing:
            states.add("record")
        if self.records:
            states.add("pass")
        return next((state for state in CONTROL_STATES if state in states), "none")


@dataclass(frozen=True)
class Framework:
    """A framework with the controls that the checklist supports, in its own order."""

    name: str
    controls: list[Control]

    @property
    def counts(self) -> dict[ControlState, int]:
        """How many controls are in each state, every state named, worst first."""
        found = Counter(control.state for control in self.controls)
        return {state: found[state] for state in CONTROL_STATES}


def rule_states(report: Report) -> dict[str, RuleState]:
    """How every rule stands that was asked or has a finding, by name."""
    fail = Counter(f.rule for f in report.open if f.verdict == "fail" and f.severity != "info")
    unknown = Counter(f.rule for f in report.open if f.verdict == "unknown")
    names = dict.fromkeys([*report.tallies, *fail, *unknown])
    return {
        name: RuleState(name, fail[name], unknown[name], report.tallies.get(name, Tally()).passed) for name in names
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
    status = {item.id: item.status for item in report.items}
    controls: dict[str, dict[str, Control]] = defaultdict(dict)
    for framework, control_id, rule in _of_rules(checklist):
        control = controls[framework].setdefault(control_id, Control(control_id))
        if rule in states:
            control.rules.append(states[rule])
    for framework, control_id, item in _of_records(checklist):
        control = controls[framework].setdefault(control_id, Control(control_id))
        # An item may fail by its rules while its record is there or not; only "met" says that nothing is missing.
        (control.records if status.get(item) == "met" else control.missing).append(item)
    known = [name for name in FRAMEWORKS if name in controls]
    others = sorted(controls.keys() - FRAMEWORKS.keys())
    return [Framework(FRAMEWORKS.get(name, name), _in_order(controls[name].values())) for name in known + others]


def _of_rules(checklist: Checklist) -> Iterator[tuple[str, str, str]]:
    for item in checklist.items:
        for rule in item.rules:
            frameworks = item.frameworks if rule.frameworks is None else rule.frameworks
            yield from ((name, control, rule.name) for name, ids in frameworks.items() for control in ids)


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
