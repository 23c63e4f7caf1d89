"""What the HTML page shows, laid out as the template reads it; `html.py` renders it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from readiness_pack import __version__
from readiness_pack.checklist import Checklist, EvidenceSpec, RuleSpec
from readiness_pack.findings import Finding, ItemResult, Report
from readiness_pack.report.frameworks import NOTE, Framework, RuleState, coverage, rule_states
from readiness_pack.report.json_report import summary

STATUSES = ("not met", "unknown", "missing", "met", "not applicable")
"""The statuses of an item, worst first."""

KINDS = ("error", "warning", "unknown", "info")
"""What a finding is: a violation by its severity, or an open answer; worst first."""

STATE_LABELS = {
    "fails": "Fails this run",
    "open": "Open",
    "expired": "Expired decision",
    "acknowledged": "Acknowledged",
    "waived": "Waived",
    "baselined": "In the baseline",
    "cdk": "Made by CDK, does not count",
}
"""What the state filter offers."""


@dataclass(frozen=True)
class Place:
    """A finding as the page lists it.

    Args:
        finding: the finding.
        states: the keys of `STATE_LABELS` that fit it; the last one is shown.
        ends: when its decision ends, in words.
    """

    finding: Finding
    states: tuple[str, ...]
    ends: str | None

    @property
    def label(self) -> str | None:
        """What is said beside the place; nothing where it is simply open."""
        state = self.states[-1]
        return None if state == "open" else STATE_LABELS[state]


@dataclass(frozen=True)
class Group:
    """All findings of a rule that are of one kind."""

    rule: str
    item: str
    kind: str
    section: str
    spec: RuleSpec | None
    fixes: list[str]
    places: list[Place]

    @property
    def links(self) -> list[str]:
        """The pages that state the facts; a rule file of one's own may name anything, so only web addresses."""
        return [url for url in (self.spec.sources if self.spec else ()) if re.match(r"https?://", url)]


@dataclass(frozen=True)
class ItemRow:
    """An item with what its rules say and the record it needs."""

    result: ItemResult
    rules: list[RuleState]
    evidence: EvidenceSpec | None

    @property
    def anchor(self) -> str:
        """Its place in the page."""
        return "item-" + re.sub(r"[^A-Za-z0-9-]+", "-", self.result.id)

    @property
    def findings(self) -> int:
        """How many open findings its rules have."""
        return self.result.fail + self.result.unknown


@dataclass(frozen=True)
class Section:
    """A section of the checklist."""

    name: str
    rows: list[ItemRow]

    @property
    def anchor(self) -> str:
        """Its place in the page."""
        return "section-" + re.sub(r"[^a-z0-9]+", "-", self.name.lower())

    @property
    def counts(self) -> dict[str, int]:
        """How many items have each status, those without any left out."""
        return _counts(self.rows)


@dataclass(frozen=True)
class DecisionRow:
    """A decision with when it ends, in words."""

    data: dict[str, Any]
    ends: str | None


@dataclass(frozen=True)
class Page:
    """Everything the template needs.

    Args:
        subject: what was judged, for the heading.
        generated: when.
        findings: rules with their findings, worst first.
        frameworks: controls and how they stand.
    """

    report: Report
    subject: str | None
    generated: datetime
    sections: list[Section]
    findings: list[Group]
    decisions: list[DecisionRow]
    frameworks: list[Framework]
    version: str = __version__
    note: str = NOTE

    @property
    def figures(self) -> dict[str, Any]:
        """The figures that every rendering shows."""
        return summary(self.report)

    @property
    def counts(self) -> dict[str, int]:
        """How many items have each status, those without any left out."""
        return _counts(self.rows)

    @property
    def rows(self) -> list[ItemRow]:
        """All items in checklist order."""
        return [row for section in self.sections for row in section.rows]

    @property
    def records(self) -> list[ItemRow]:
        """The items that need a record."""
        return [row for row in self.rows if row.evidence]

    @property
    def stacks(self) -> list[str]:
        """The stacks that have a finding."""
        return sorted({finding.stack for finding in self.report.findings if finding.stack})

    @property
    def states(self) -> dict[str, str]:
        """The states that a finding has, with their labels."""
        there = {state for group in self.findings for place in group.places for state in place.states}
        return {state: label for state, label in STATE_LABELS.items() if state in there}

    @property
    def kinds(self) -> list[str]:
        """The kinds of findings there are."""
        there = {group.kind for group in self.findings}
        return [kind for kind in KINDS if kind in there]

    @property
    def verdict(self) -> tuple[str, str, str]:
        """A name for its colour, the word, and the sentence; they always agree with the exit code."""
        failing = len(self.report.failing)
        if self.report.exit_code == 3:
            broken = len(self.report.errors)
            return "broken", "Broken", f"{_number(broken, 'part')} of the app could not be judged; see below."
        if self.report.exit_code == 1:
            return "fail", "Not ready", f"{_number(failing, 'finding')} {'fails' if failing == 1 else 'fail'} this run."
        rest = sum(row.result.status not in ("met", "not applicable") for row in self.rows)
        more = f" {_number(rest, 'item')} of the checklist still {'waits' if rest == 1 else 'wait'} for something."
        return "pass", "Pass", "No finding fails this run." + (more if rest else " Every item is met.")


def page(report: Report, checklist: Checklist, generated: datetime, subject: str | None = None) -> Page:
    """Lay a report out.

    Args:
        report: what was found.
        checklist: the items and rules it was judged by.
        generated: the time that the page shows; its day decides what has ended.
        subject: what was judged, for the heading.
    """
    today = generated.date()
    return Page(
        report=report,
        subject=subject,
        generated=generated,
        sections=_sections(report, checklist),
        findings=_groups(report, checklist, today),
        decisions=_decisions(report, today),
        frameworks=coverage(report, checklist),
    )


def _counts(rows: Iterable[ItemRow]) -> dict[str, int]:
    found = Counter(row.result.status for row in rows)
    return {status: found[status] for status in STATUSES if found[status]}


def _sections(report: Report, checklist: Checklist) -> list[Section]:
    states = rule_states(report)

    def row(result: ItemResult) -> ItemRow:
        spec = checklist.by_id.get(result.id)
        rules = [states.get(name, RuleState(name, 0, 0, 0)) for name in result.rules]
        return ItemRow(result, rules, spec.evidence if spec else None)

    return [Section(name, [row(r) for r in rows]) for name, rows in groupby(report.items, key=lambda i: i.section)]


def _groups(report: Report, checklist: Checklist, today: date) -> list[Group]:
    section_of = {item.id: item.section for item in report.items}
    found: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in report.findings:
        found[finding.rule, _kind(finding)].append(finding)
    groups = [
        Group(
            rule=rule,
            item=members[0].item,
            kind=kind,
            section=section_of.get(members[0].item, members[0].item),
            spec=checklist.rules[rule][1] if rule in checklist.rules else None,
            fixes=list(dict.fromkeys(f.fix for f in members if f.fix)),
            places=sorted((_place(f, report, today) for f in members), key=lambda p: p.label is not None),
        )
        for (rule, kind), members in found.items()
    ]
    # Within a kind the rules that fail the run come first, then those with the most places.
    return sorted(groups, key=lambda g: (KINDS.index(g.kind), -sum("fails" in p.states for p in g.places), -len(g.places)))


def _kind(finding: Finding) -> str:
    return "unknown" if finding.verdict == "unknown" else finding.severity


def _place(finding: Finding, report: Report, today: date) -> Place:
    state: str = finding.decision.state
    if finding.managed_by_cdk and finding.decision.counts and report.on_cdk_managed == "report":
        state = "cdk"
    states = ("fails", state) if finding.counts else (state,)
    return Place(finding, states, _ends(finding.decision.expires, today))


def _decisions(report: Report, today: date) -> list[DecisionRow]:
    """What ends first comes first; what never ends comes last."""
    rows = [DecisionRow(decision, _ends(decision["expires"], today)) for decision in report.decisions]
    return sorted(rows, key=lambda row: row.data["expires"] or "9999")


def _ends(expires: str | None, today: date) -> str | None:
    if expires is None:
        return None
    days = (date.fromisoformat(expires) - today).days
    if days < 0:
        return f"ended {_number(-days, 'day')} ago"
    return "ends today" if days == 0 else f"ends in {_number(days, 'day')}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
