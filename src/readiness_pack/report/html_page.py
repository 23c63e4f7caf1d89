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
from readiness_pack.checklist import EvidenceSpec
from readiness_pack.config import Config
from readiness_pack.evidence.levels import LevelResult
from readiness_pack.evidence.readiness import Missing, Readiness
from readiness_pack.evidence.standing import READY
from readiness_pack.findings import Finding, ItemResult, Report, Status
from readiness_pack.report.frameworks import NOTE, Framework, RuleState, coverage, rule_states
from readiness_pack.report.readiness_view import by_team, scope, verdict
from readiness_pack.report.text import count
from readiness_pack.report.timeline import Timeline, timeline
from readiness_pack.report.view import About, View

STATUSES: tuple[Status, ...] = (
    "not met",
    "expired",
    "missing",
    "unknown",
    "expiring",
    "waived",
    "attested",
    "met",
    "not applicable",
)
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
class Link:
    """A page on the web."""

    url: str

    @property
    def label(self) -> str:
        """The name of the page without what its address repeats."""
        host, *path = re.sub(r"^https?://|[?#].*", "", self.url).rstrip("/").split("/")
        return path[-1].removesuffix(".html") if path else host


@dataclass(frozen=True)
class Group:
    """All findings of a rule that are of one kind.

    Args:
        about: the rule.
        kind: one of `KINDS`.
        section: where its item stands.
        items: the items that it decides, its own first.
        fixes: the CDK Python to write.
        places: the findings, open ones first.
    """

    about: About
    kind: str
    section: str
    items: list[str]
    fixes: list[str]
    places: list[Place]

    @property
    def links(self) -> list[Link]:
        """The pages that state the facts; a rule file of one's own may name anything, so only web addresses."""
        return [Link(url) for url in self.about.sources if re.match(r"https?://", url)]


def item_anchor(item: str) -> str:
    """The place of an item in the page."""
    return "item-" + re.sub(r"[^A-Za-z0-9-]+", "-", item)


@dataclass(frozen=True)
class ItemRow:
    """An item with what its rules say and the record it needs."""

    result: ItemResult
    rules: list[RuleState]
    evidence: EvidenceSpec | None

    @property
    def anchor(self) -> str:
        """Its place in the page."""
        return item_anchor(self.result.id)

    @property
    def asks(self) -> bool:
        """Whether a record is asked for, or something was recorded all the same."""
        return self.evidence is not None or bool(self.result.records)

    @property
    def findings(self) -> int:
        """How many open findings its rules have."""
        return self.result.fail + self.result.unknown

    @property
    def ready(self) -> bool:
        """Whether it stands in nobody's way."""
        return self.result.status in READY


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

    @property
    def tally(self) -> str:
        """How many of its items are ready, of those that are about this app."""
        rows = [row for row in self.rows if row.result.status != "not applicable"]
        return f"{sum(row.ready for row in rows)} of {len(rows)} ready"


@dataclass(frozen=True)
class DecisionRow:
    """A decision with when it ends, in words."""

    data: dict[str, Any]
    ends: str | None


@dataclass(frozen=True)
class Kept:
    """What people and tools recorded, as the page shows it.

    Args:
        readiness: the answer with its items, sign-offs, levels and certificate.
        timeline: what ends when.
    """

    readiness: Readiness
    timeline: Timeline

    @classmethod
    def of(cls, readiness: Readiness, config: Config) -> Kept:
        """What is shown of ``readiness``, judged by ``config`` with the facts that were recorded."""
        return cls(readiness, timeline(readiness, config))

    @property
    def teams(self) -> dict[str, list[Missing]]:
        """What is missing by the team that has to act."""
        return by_team(self.readiness)

    @property
    def levels(self) -> list[LevelResult]:
        """Where the system stands with each level, lowest first."""
        return self.readiness.levels

    @property
    def counted(self) -> int:
        """How many records and tool reports count."""
        return sum(record.counts for item in self.readiness.items for record in item.records)


@dataclass(frozen=True)
class Page:
    """Everything the template needs.

    Args:
        view: the report as every rendering shows it.
        generated: when.
        sections: the checklist.
        findings: rules with their findings, worst first.
        decisions: who accepted what.
        frameworks: controls and how they stand.
        kept: records, sign-offs and levels, where these were looked for.
        answers: whether the page answers if the system is ready, and not only what the rules found.
        note: what coverage of a framework is worth.
    """

    view: View
    generated: datetime
    sections: list[Section]
    findings: list[Group]
    decisions: list[DecisionRow]
    frameworks: list[Framework]
    kept: Kept | None = None
    answers: bool = False
    note: str = NOTE
    version: str = __version__

    @property
    def report(self) -> Report:
        """What was found."""
        return self.view.report

    @property
    def subject(self) -> str:
        """What was judged, for the heading; empty where nothing tells it."""
        return ", ".join(self.view.paths)

    @property
    def rows(self) -> list[ItemRow]:
        """All items in checklist order."""
        return [row for section in self.sections for row in section.rows]

    @property
    def counts(self) -> dict[str, int]:
        """How many items have each status, those without any left out."""
        return _counts(self.rows)

    @property
    def stacks(self) -> list[str]:
        """The stacks that have a finding."""
        return sorted({finding.stack for finding in self.report.findings if finding.stack})

    @property
    def states(self) -> dict[str, str]:
        """The states that findings have, with their labels."""
        there = {state for group in self.findings for place in group.places for state in place.states}
        return {state: label for state, label in STATE_LABELS.items() if state in there}

    @property
    def kinds(self) -> list[str]:
        """The kinds of findings there are."""
        there = {group.kind for group in self.findings}
        return [kind for kind in KINDS if kind in there]

    @property
    def exit_code(self) -> int:
        """What the command exits with that wrote the page."""
        return self.kept.readiness.exit_code if self.kept and self.answers else self.report.exit_code

    @property
    def headline(self) -> str:
        """The verdict in a word or two."""
        if self.kept and self.answers:
            return {0: "Ready", 1: "Not ready", 3: "Broken"}[self.exit_code]
        return self.view.headline.capitalize()

    @property
    def sentence(self) -> str:
        """The verdict in a sentence that agrees with the exit code, and never says more than was judged."""
        if self.kept and self.answers:
            said = verdict(self.kept.readiness).partition(": ")[2]
            return f"For {scope(self.kept.readiness)}: {said}."
        if self.report.exit_code == 3:
            return f"{count(len(self.report.errors), 'part')} of this run went wrong, so no answer can be given."
        failing = len(self.report.failing)
        if failing:
            return f"{count(failing, 'finding')} {'fails' if failing == 1 else 'fail'} this run."
        waiting = sum(not row.ready for row in self.rows)
        if not waiting:
            return "No finding fails this run, and every item of the checklist is ready."
        verb = "is" if waiting == 1 else "are"
        return f"No finding fails this run. {count(waiting, 'item')} of the checklist {verb} not ready yet."


def page(view: View, generated: datetime, kept: Kept | None = None, *, answers: bool = False) -> Page:
    """Lay a report out.

    Args:
        view: what was found.
        generated: the time that the page shows; its day decides what has ended, unless ``kept`` was judged on another.
        kept: records, sign-offs and levels, where these were looked for.
        answers: whether the page answers if the system is ready.
    """
    today = kept.readiness.today if kept else generated.date()
    return Page(
        view=view,
        generated=generated,
        sections=_sections(view),
        findings=[group for kind in KINDS for group in _groups(view, kind, today)],
        decisions=_decisions(view.report, today),
        frameworks=coverage(view.report, view.rules.checklist),
        kept=kept,
        answers=answers,
    )


def _counts(rows: Iterable[ItemRow]) -> dict[str, int]:
    found = Counter(row.result.status for row in rows)
    return {status: found[status] for status in STATUSES if found[status]}


def _sections(view: View) -> list[Section]:
    states = rule_states(view.report)
    specs = view.rules.checklist.by_id

    def row(result: ItemResult) -> ItemRow:
        rules = [states.get(name, RuleState(name, 0, 0, 0)) for name in result.rules]
        return ItemRow(result, rules, specs[result.id].evidence if result.id in specs else None)

    items = groupby(view.report.items, key=lambda item: item.section)
    return [Section(name, [row(result) for result in results]) for name, results in items]


def _groups(view: View, kind: str, today: date) -> list[Group]:
    """The findings of a kind by rule, in the order in which the other renderings say what to do first."""
    items: dict[str, list[str]] = defaultdict(list)
    for item in view.report.items:
        for name in item.rules:
            items[name].append(item.id)
    return [
        Group(
            about=group.about,
            kind=kind,
            section=view.section(group.about.item),
            items=list(dict.fromkeys([group.about.item, *items[group.about.name]])),
            fixes=list(dict.fromkeys(f.fix for f in group.findings if f.fix)),
            places=sorted((_place(f, view.report, today) for f in group.findings), key=lambda p: p.label is not None),
        )
        for group in view.grouped(f for f in view.report.findings if _kind(f) == kind)
    ]


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
        return f"ended {count(-days, 'day')} ago"
    return "ends today" if days == 0 else f"ends in {count(days, 'day')}"
