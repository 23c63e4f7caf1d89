"""Locust statistics: ``--csv NAME`` writes NAME_stats.csv, ``--json-file NAME`` writes NAME.json."""

from __future__ import annotations

import msgspec

from readiness_pack.evidence.tools.document import Document
from readiness_pack.evidence.tools.load_tests import Run
from readiness_pack.evidence.tools.outcome import Outcome, day_of_epoch

WHAT = "Locust statistics"


class _Entry(msgspec.Struct, frozen=True):
    name: str
    num_requests: int
    num_failures: int
    start_time: float
    response_times: dict[str, int]
    last_request_timestamp: float | None = None


def recognises(document: Document) -> bool:
    """Whether the file is of this kind."""
    if document.form == "csv":
        return {"Type", "Name", "95%"} <= set(document.columns) and "Request Count" in " ".join(document.columns)
    found = document.json if document.form == "json" else None
    return isinstance(found, list) and bool(found) and all(isinstance(e, dict) and "num_requests" in e for e in found)


def read(document: Document) -> list[Outcome]:
    """What the load test came to."""
    run = _from_csv(document) if document.form == "csv" else _from_json(document)
    if not run.requests:
        raise document.error("the load test made no request, which is no evidence")
    return [run.outcome()]


def _from_csv(document: Document) -> Run:
    if "Timestamp" in document.columns:
        raise document.error("the history of a run, whose percentiles are of moments; name its _stats.csv instead")
    total = next((row for row in document.rows if row.get("Name") == "Aggregated"), None)
    if total is None:
        raise document.error("the line of totals is missing, so the file may be cut off")
    requests = _whole(document, total, "Request Count")
    failures = _whole(document, total, "Failure Count")
    p95 = total.get("95%", "")
    return Run(
        tool="Locust",
        names=(document.name,),
        requests=requests,
        p95=float(p95) if p95.replace(".", "", 1).isdecimal() else None,
        failed=failures / requests if requests else None,
    )


def _whole(document: Document, row: dict[str, str], column: str) -> int:
    text = row.get(column, "")
    if not text.isdecimal():
        raise document.error(f"{column} of the totals is {text!r} and no whole number")
    return int(text)


def _from_json(document: Document) -> Run:
    entries = document.decoded(list[_Entry], WHAT)
    requests = sum(entry.num_requests for entry in entries)
    ends = [entry.last_request_timestamp for entry in entries if entry.last_request_timestamp is not None]
    starts = [entry.start_time for entry in entries]
    return Run(
        tool="Locust",
        names=(document.name,),
        requests=requests,
        p95=_percentile(document, entries),
        failed=sum(entry.num_failures for entry in entries) / requests if requests > 0 else None,
        seconds=max(ends) - min(starts) if ends and starts else None,
        date=day_of_epoch(max(ends)) if ends else None,
    )


def _percentile(document: Document, entries: list[_Entry], share: float = 0.95) -> float | None:
    """The response time, in milliseconds, that ``share`` of the requests did not exceed."""
    times: dict[float, int] = {}
    for entry in entries:
        for time, number in entry.response_times.items():
            try:
                times[float(time)] = times.get(float(time), 0) + number
            except ValueError as error:
                raise document.error(f"the response time {time!r} is no number") from error
    wanted, seen = share * sum(times.values()), 0
    for milliseconds in sorted(times):
        seen += times[milliseconds]
        if seen >= wanted:
            return milliseconds
    return None
