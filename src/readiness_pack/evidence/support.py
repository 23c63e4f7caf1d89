"""What supports an item besides rules: its records and tool reports, each judged for what it says and until when."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from readiness_pack.checklist import ItemSpec, Measure
from readiness_pack.evidence.measures import Figure, asked, converted, missed, spelled
from readiness_pack.findings import RecordResult, Status

if TYPE_CHECKING:
    from readiness_pack.evidence.records import Evidence, Record
    from readiness_pack.evidence.tools import ToolResult

Says = Literal["met", "missed", "attested", "not applicable"]


@dataclass(frozen=True)
class Support:
    """One record or tool report.

    Args:
        says: what it says of the item.
        sentence: that in words, without a full stop.
        date: of when it is.
        last_day: the last day on which it counts.
        measured: whether it states the figure that the item asks for.
        is_record: whether a person wrote it.
        result: as the report lists it.
    """

    says: Says
    sentence: str
    date: datetime.date
    last_day: datetime.date
    measured: bool
    is_record: bool
    result: RecordResult


@dataclass(frozen=True)
class Supported:
    """Where an item stands by its records and tool reports alone.

    Args:
        status: the status.
        why: the reason in a sentence.
        expires: the last day on which it counts.
        records: everything that was recorded, the newest first.
    """

    status: Status
    why: str
    expires: datetime.date | None
    records: list[RecordResult]


def supported(item: ItemSpec, evidence: Evidence, today: datetime.date, expiring_days: int) -> Supported:
    """Where ``item`` stands by what was recorded.

    Args:
        item: an item that asks for a record.
        evidence: what was recorded.
        today: the day on which is judged.
        expiring_days: what ends within so many days is ``expiring``.
    """
    records = [record for record in evidence.records if record.item == item.id]
    supports = [_of_record(record, item) for record in records if record.problem is None]
    supports += [_of_report(result, item) for result in evidence.reports if result.item == item.id]
    supports.sort(key=lambda one: (one.date, one.last_day), reverse=True)
    void = sorted((record for record in records if record.problem is not None), key=lambda one: one.date, reverse=True)
    counted = _counted(supports, today)
    listed = [_listed(one, counted) for one in supports] + [_void(record) for record in void]
    if not counted:
        return _nothing(item, supports, void, listed)
    held = _judgement(item, counted, today, expiring_days, listed)
    newest = max((one.date for one in counted if one.is_record), default=None)
    if void and (newest is None or void[0].date >= newest):
        by = f"{void[0].date} ({void[0].owner})"
        also = f"{held.why} A record of {by} counts for nothing: {void[0].problem}."
        return Supported(held.status, also, held.expires, held.records)
    return held


def _judgement(
    item: ItemSpec, counted: Sequence[Support], today: datetime.date, expiring_days: int, listed: list[RecordResult]
) -> Supported:
    """What those say together that count."""
    failed = [one for one in counted if one.says == "missed"]
    if failed:
        return Supported("not met", _sentence(failed), min(one.last_day for one in failed), listed)
    denied = [one for one in counted if one.says == "not applicable"]
    if denied:
        return Supported("not applicable", _sentence(denied), denied[0].last_day, listed)
    return _holds(item, counted, today, expiring_days, listed)


def _counted(supports: Sequence[Support], today: datetime.date) -> list[Support]:
    """Of what has not ended the newest record, and every report: each of them was named on purpose."""
    current = [one for one in supports if today <= one.last_day]
    newest = next((one for one in current if one.is_record), None)
    return [one for one in current if one is newest or not one.is_record]


def _holds(
    item: ItemSpec, counted: Sequence[Support], today: datetime.date, expiring_days: int, listed: list[RecordResult]
) -> Supported:
    measure = item.evidence.measure if item.evidence else None
    figures = [one for one in counted if one.measured]
    if measure is not None and not figures:
        text = f"{_sentence(counted)} No figure yet: {_words(measure.name)} of {asked(measure)} is to be shown."
        return Supported("missing", text, None, listed)
    basis = figures if measure is not None else counted
    expires = max(one.last_day for one in basis)
    status: Status = "met" if any(one.says == "met" for one in counted) else "attested"
    why = _sentence(counted)
    days = (expires - today).days  # a difference: no sum of days can leave the calendar
    if days <= expiring_days:
        when = "today" if not days else "tomorrow" if days == 1 else f"in {days} days"
        return Supported("expiring", f"Ends {when}. {why}", expires, listed)
    return Supported(status, why, expires, listed)


def _nothing(
    item: ItemSpec, supports: Sequence[Support], void: Sequence[Record], listed: list[RecordResult]
) -> Supported:
    if supports:
        last = max(supports, key=lambda one: one.last_day)
        by = f" ({last.result.owner})" if last.result.owner else ""
        what = "The record" if last.is_record else f"The {last.result.tool} report"
        text = f"{what} of {last.date}{by} ended on {last.last_day}; {_owner(item)} has to renew it."
        return Supported("expired", text, last.last_day, listed)
    if void:
        record = void[0]
        text = f"The record of {record.date} ({record.owner}) counts for nothing: {record.problem}."
        return Supported("missing", text, None, listed)
    return Supported("missing", f"No record yet; {_owner(item)} keeps it: {_artefact(item)}.", None, listed)


def _sentence(supports: Sequence[Support]) -> str:
    return " ".join(f"{one.sentence.rstrip('.')}." for one in supports)


def _owner(item: ItemSpec) -> str:
    return item.evidence.owner if item.evidence else "its team"


def _artefact(item: ItemSpec) -> str:
    return (item.evidence.artefact if item.evidence else "a record").rstrip(".")


def _words(name: str) -> str:
    return name.replace("_", " ")


# Records -------------------------------------------------------------------------------------------------------------


def _of_record(record: Record, item: ItemSpec) -> Support:
    measure = item.evidence.measure if item.evidence else None
    says: Says = "attested"
    by = f"{record.owner} on {record.date}, until {record.last_day}"
    text = f"{by}: {_short(record.statement)}"
    if record.not_applicable is not None:
        says = "not applicable"
        text = f"Not applicable, says {by}: {_short(record.not_applicable)}"
    elif record.value is not None:
        figure = Figure(float(record.value), record.unit)
        says, judged = _judged(figure, _measures(record, measure))
        text = f"{by}: {judged}; {_short(record.statement)}"
    result = RecordResult(
        record.statement or record.not_applicable or "",
        record.owner,
        record.date,
        record.last_day,
        record.file,
        record.line,
        None if record.value is None else float(record.value),
        (record.unit or (measure.unit if measure else None)) if record.value is not None else None,
        None,
        record.links,
    )
    return Support(says, text, record.date, record.last_day, record.value is not None, True, result)


def _measures(record: Record, measure: Measure | None) -> list[Measure]:
    """The targets that count: the checklist's, and the record's own, which can only ask for more."""
    found = [measure] if measure is not None else []
    if record.target is not None:
        name = measure.name if measure else "value"
        unit = record.unit or (measure.unit if measure else "count")
        comparison = record.comparison or (measure.comparison if measure else "==")
        found.append(Measure(name, record.target, unit, comparison))
    return found


def _judged(figure: Figure, measures: Sequence[Measure]) -> tuple[Says, str]:
    unit = figure.unit or (measures[0].unit if measures else None)
    value = spelled(figure.value, unit)
    if not measures:
        return "attested", value
    miss = missed(figure, *measures)
    name = _words(measures[0].name)
    if miss is not None:
        return "missed", f"{name} is {value}, {asked(miss)} is asked"
    return "met", f"{name} is {value} ({asked(measures[0])})"


def _short(text: str, limit: int = 200) -> str:
    """What a record states, in one line that a table can hold."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= limit else f"{line[: limit - 2].rstrip()} …"


# Reports of tools ----------------------------------------------------------------------------------------------------


def _of_report(report: ToolResult, item: ItemSpec) -> Support:
    spec = item.evidence
    days = spec.valid_days if spec else 0
    last_day = _plus(report.date, days)
    measure = spec.measure if spec else None
    figure = Figure(report.value, report.unit) if report.value is not None else None
    value = converted(figure, measure.unit) if figure is not None and measure is not None else None
    says: Says = "attested" if report.met is None else "met" if report.met else "missed"
    judged = None
    if figure is not None and measure is not None and value is not None:
        by_measure, judged = _judged(figure, [measure])
        says = "missed" if says == "missed" else by_measure
    owner = report.owner or (spec.owner if spec else None)
    said = "; ".join(filter(None, (judged, _short(report.statement))))
    text = f"{report.tool} on {report.date}, until {last_day}: {said}"
    result = RecordResult(
        report.statement,
        owner,
        report.date,
        last_day,
        report.file,
        None,
        report.value,
        report.unit,
        report.tool,
    )
    return Support(says, text, report.date, last_day, value is not None, False, result)


def _plus(day: datetime.date, days: int) -> datetime.date:
    try:
        return day + datetime.timedelta(days)
    except OverflowError:
        return datetime.date.max


# As the report lists them --------------------------------------------------------------------------------------------


def _listed(one: Support, counted: Sequence[Support]) -> RecordResult:
    return replace(one.result, counts=any(one is other for other in counted))


def _void(record: Record) -> RecordResult:
    return RecordResult(
        record.statement or record.not_applicable or "",
        record.owner,
        record.date,
        record.last_day,
        record.file,
        record.line,
        problem=record.problem,
    )
