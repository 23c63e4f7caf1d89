"""What ends when: records, tool reports, waivers, facts, sign-offs and the certificate, in one order of time."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from readiness_pack.config import Config
from readiness_pack.evidence.readiness import Readiness
from readiness_pack.findings import ItemResult

Kind = Literal["record", "tool report", "waiver", "fact", "sign-off", "certificate"]
State = Literal["ended", "soon", "holds"]

STATES: tuple[State, ...] = ("ended", "soon", "holds")
"""What is past; what ends within ``expiring_days``; the rest."""

BEFORE, AFTER = datetime.timedelta(90), datetime.timedelta(400)
"""How much of the time around today the picture shows: most of what an item asks for lasts a year at most."""


@dataclass(frozen=True)
class End:
    """Something that counts until a day.

    Args:
        kind: what it is.
        about: what it is about: the statement of a record, the reason of a waiver.
        name: its item, rule, fact or team.
        owner: who has to renew it.
        start: since when it counts, where that is known.
        end: the last day on which it counts.
        state: where that day lies.
    """

    kind: Kind
    about: str
    name: str
    owner: str | None
    start: datetime.date | None
    end: datetime.date
    state: State


@dataclass(frozen=True)
class Month:
    """What ends in a month, or before and after the months that are shown.

    Args:
        first: its first day; ``None`` for what ended before and for what ends later.
        label: how it is called.
        counts: how many of each state.
    """

    first: datetime.date | None
    label: str
    counts: dict[State, int]

    @property
    def total(self) -> int:
        """How many things end in it."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Bar:
    """How an `End` lies in the picture, in thousandths of its width.

    Args:
        x: where it starts.
        width: how wide it is, always enough to be seen.
    """

    x: int
    width: int


@dataclass(frozen=True)
class Timeline:
    """The ends in order, and the time around them.

    Args:
        ends: the first one first.
        today: the day on which is judged.
    """

    ends: list[End]
    today: datetime.date

    @property
    def first(self) -> datetime.date:
        """The first day of the picture."""
        starts = [end.start or end.end for end in self.ends]
        return max(min([*starts, self.today]), self.today - BEFORE)

    @property
    def last(self) -> datetime.date:
        """The last day of the picture."""
        return min(max([*(end.end for end in self.ends), self.today + BEFORE]), self.today + AFTER)

    def bar(self, end: End) -> Bar:
        """How ``end`` lies in the picture; what reaches beyond is cut off."""
        x = self._at(end.start or end.end)
        after = end.end + datetime.timedelta(1) if end.end < self.last else end.end  # the last day counts as a whole
        return Bar(min(x, 994), max(self._at(after) - x, 6))

    @property
    def now(self) -> int:
        """Where today lies in the picture."""
        return self._at(self.today)

    @property
    def months(self) -> list[Month]:
        """How much ends in each month that the picture shows."""
        firsts = [self.today.replace(day=1)]
        while len(firsts) < 13:
            firsts.append((firsts[-1] + datetime.timedelta(32)).replace(day=1))
        found = [
            _month(None, "past", [end for end in self.ends if end.state == "ended"]),
            *(_month(first, f"{first:%b %Y}", self._within(first)) for first in firsts[:-1]),
            _month(None, "later", [end for end in self.ends if end.end >= firsts[-1]]),
        ]
        while found and not found[-1].total:
            found.pop()
        return found if found and found[0].total else found[1:]

    @property
    def highest(self) -> int:
        """How much ends in the fullest month; what is past has its own measure."""
        return max((month.total for month in self.months if not month.counts["ended"]), default=1)

    @property
    def coming(self) -> list[End]:
        """What has not ended, the first one first."""
        return [end for end in self.ends if end.state != "ended"]

    @property
    def past(self) -> list[End]:
        """What has ended, the last one first."""
        return [end for end in reversed(self.ends) if end.state == "ended"]

    def counts(self) -> dict[State, int]:
        """How many things have each state."""
        return {state: sum(end.state == state for end in self.ends) for state in STATES}

    def _within(self, first: datetime.date) -> list[End]:
        month = (first.year, first.month)
        return [one for one in self.ends if one.state != "ended" and (one.end.year, one.end.month) == month]

    def _at(self, day: datetime.date) -> int:
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return round(1000 * min(max(share, 0), 1))


def _month(first: datetime.date | None, label: str, ends: list[End]) -> Month:
    return Month(first, label, {state: sum(end.state == state for end in ends) for state in STATES})


def timeline(readiness: Readiness, config: Config) -> Timeline:
    """Everything that counts until a day, or did.

    Args:
        readiness: the answer with its items, sign-offs and certificate.
        config: the settings, with the facts that were recorded.
    """

    def state(end: datetime.date) -> State:
        days = (end - readiness.today).days
        return "ended" if days < 0 else "soon" if days <= config.expiring_days else "holds"

    found = [
        End(kind, about, name, owner, start, end, state(end))
        for kind, about, name, owner, start, end in _all(readiness, config)
    ]
    return Timeline(sorted(found, key=lambda one: (one.end, one.kind, one.name, one.about)), readiness.today)


_Known = tuple[Kind, str, str, str | None, datetime.date | None, datetime.date]


def _all(readiness: Readiness, config: Config) -> Iterator[_Known]:
    signed = {signoff.item for signoff in readiness.signoffs}
    for item in readiness.items:
        if item.id not in signed:
            yield from _records(item)
    unused = {(one.get("rule"), one.get("resource"), one.get("source")) for one in readiness.report.unused_decisions}
    for one in readiness.report.decisions:
        known = (one.get("rule"), one.get("resource"), one.get("source"))
        if one["expires"] and known not in unused:
            end = datetime.date.fromisoformat(one["expires"])
            yield "waiver", one["reason"] or "", one["rule"] or "", one["owner"], None, end
    for name, fact in config.facts.items():
        yield "fact", fact.note or f"{name} is {fact.value}", name, fact.owner, fact.date, fact.until
    for signoff in readiness.signoffs:
        if signoff.expires is not None and signoff.state in ("signed", "expired"):
            start = signoff.at.date() if signoff.at else None
            yield "sign-off", f"signed by {signoff.name}", signoff.team, signoff.team, start, signoff.expires
    certificate = readiness.certificate
    if certificate.next_review is not None and certificate.state in ("valid", "expired"):
        about = f"certified by {certificate.certified_by}"
        yield "certificate", about, "certificate", None, certificate.date, certificate.next_review


def _records(item: ItemResult) -> Iterator[_Known]:
    """What the item stands on; where all of it has ended, that which ended last."""
    dated = [record for record in item.records if record.valid_until is not None and record.problem is None]
    shown = [record for record in dated if record.counts]
    if not shown and dated:
        shown = [max(dated, key=lambda record: record.valid_until or datetime.date.min)]
    for record in shown:
        assert record.valid_until is not None  # noqa: S101  as selected
        kind: Kind = "record" if record.tool is None else "tool report"
        yield kind, record.statement, item.id, record.owner, record.date, record.valid_until
