"""The Report as CSV, for spreadsheets and audit tools: a row a finding or broken rule, and one a pass where asked for.

A cell that a spreadsheet would take for a formula starts with an apostrophe
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from readiness_pack.findings import Finding, Pass, ToolError
from readiness_pack.report.text import clean
from readiness_pack.report.view import View

COLUMNS = (
    "rule",
    "item",
    "section",
    "severity",
    "verdict",
    "state",
    "counts",
    "message",
    "fix",
    "environment",
    "stack",
    "template",
    "logical_id",
    "resource_type",
    "construct_path",
    "property_path",
    "file",
    "line",
    "managed_by_cdk",
    "reason",
    "owner",
    "ticket",
    "expires",
    "fingerprint",
)
"""The heading; columns are added at the end only."""

_PART = 500  # rows at a time

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001  spreadsheets take the wide forms, too


def write(view: View) -> bytes:
    """The report of ``view``."""
    return b"".join(parts(view))


def parts(view: View) -> Iterator[bytes]:
    """What :func:`write` gives, in parts: there may be more findings than fit into memory."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")  # RFC 4180
    writer.writeheader()
    for number, row in enumerate(_rows(view)):
        writer.writerow({name: cell(value) for name, value in row.items()})
        if number % _PART == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _rows(view: View) -> Iterator[dict[str, object]]:
    for error in view.report.errors:
        yield _broken(error, view)
    for finding in view.report.findings:
        yield _found(finding, view)
    for passed in view.report.passes:
        yield _passed(passed, view)


def _broken(error: ToolError, view: View) -> dict[str, object]:
    """A rule that broke: without its row, a file that went on without the exit code would look complete."""
    row: dict[str, object] = {"severity": "error", "verdict": "broken", "state": "open", "counts": True}
    row |= {"rule": error.rule, "message": error.message, "stack": error.stack, "logical_id": error.logical_id}
    if error.rule is not None:
        item = view.about(error.rule).item
        row |= {"item": item, "section": view.section(item)}
    return row


def _found(finding: Finding, view: View) -> dict[str, object]:
    row = {name: getattr(finding, name) for name in COLUMNS if hasattr(finding, name)}
    decision = finding.decision
    row |= {name: getattr(decision, name) for name in ("state", "reason", "owner", "ticket", "expires")}
    row |= {"section": view.section(finding.item)}
    if finding.location:
        row |= {"file": finding.location.file, "line": finding.location.line}
    return row


def _passed(passed: Pass, view: View) -> dict[str, object]:
    about = view.about(passed.rule)
    return {
        "rule": passed.rule,
        "item": about.item,
        "section": view.section(about.item),
        "verdict": "pass",
        "counts": False,
        "stack": passed.stack,
        "logical_id": passed.logical_id,
        "construct_path": passed.construct_path,
    }


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = clean(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
