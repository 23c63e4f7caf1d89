"""The items of a readiness report as CSV, for spreadsheets and audit tools: a row an item, with what it stands on."""

from __future__ import annotations

import csv
from io import StringIO

from readiness_pack.evidence.readiness import Readiness
from readiness_pack.evidence.standing import READY
from readiness_pack.findings import ItemResult
from readiness_pack.report.csv_report import cell

COLUMNS = (
    "item",
    "section",
    "group",
    "title",
    "statement",
    "asked",
    "ready",
    "status",
    "why",
    "decided_by",
    "owner",
    "expires",
    "violations",
    "unknown",
    "passed",
    "waived",
    "records",
    "value",
    "unit",
    "files",
)
"""The heading; columns are added at the end only."""


def write(readiness: Readiness) -> bytes:
    """The items in checklist order; ``asked`` says whether the gate that was asked for needs them."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")  # RFC 4180
    writer.writeheader()
    asked = set(readiness.asked)
    for item in readiness.items:
        writer.writerow({name: cell(value) for name, value in _row(item, item.id in asked).items()})
    return text.getvalue().encode()


def _row(item: ItemResult, asked: bool) -> dict[str, object]:
    counted = [record for record in item.records if record.counts]
    figure = next((record for record in counted if record.value is not None), None)
    return {
        "item": item.id,
        "section": item.section,
        "group": item.group,
        "title": item.title,
        "statement": item.statement,
        "asked": asked,
        "ready": item.status in READY,
        "status": item.status,
        "why": item.why,
        "decided_by": item.disposition,
        "owner": item.owner,
        "expires": item.expires,
        "violations": item.fail,
        "unknown": item.unknown,
        "passed": item.passed,
        "waived": item.waived,
        "records": "; ".join(f"{record.date}: {record.statement}" for record in counted),
        "value": figure.value if figure else None,
        "unit": figure.unit if figure else None,
        "files": "; ".join(dict.fromkeys(record.file for record in counted if record.file)),
    }
