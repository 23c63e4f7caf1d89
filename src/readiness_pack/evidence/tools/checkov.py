"""checkov's JSON output: of one framework, of several as a list, or of none where it found nothing to scan."""

from __future__ import annotations

import msgspec

from readiness_pack.evidence.tools.document import Document
from readiness_pack.evidence.tools.outcome import Figure, Outcome, counted, plain

WHAT = "a checkov report"

ITEM = "TST-INF-02"


class _Summary(msgspec.Struct, frozen=True):
    passed: int
    failed: int
    skipped: int
    parsing_errors: int
    checkov_version: str


class _Run(msgspec.Struct, frozen=True):
    check_type: str
    summary: _Summary
    results: dict[str, object] = {}


def recognises(document: Document) -> bool:
    """Whether the file is of this kind."""
    found = document.json if document.form == "json" else None
    runs = found if isinstance(found, list) else [found]
    return bool(runs) and all(
        isinstance(run, dict) and ("check_type" in run or "checkov_version" in run) for run in runs
    )


def read(document: Document) -> list[Outcome]:
    """What checkov found."""
    if isinstance(document.json, dict) and "check_type" not in document.json:
        raise document.error("checkov found nothing to scan, which is no evidence")
    runs = document.decoded(list[_Run], WHAT) if isinstance(document.json, list) else [document.decoded(_Run, WHAT)]
    passed = sum(run.summary.passed for run in runs)
    failed = sum(max(run.summary.failed, _listed(run)) for run in runs)
    skipped = sum(run.summary.skipped for run in runs)
    unread = sum(run.summary.parsing_errors for run in runs)
    if passed + failed + skipped <= 0:
        raise document.error("checkov ran no check, which is no evidence")
    kinds = ", ".join(dict.fromkeys(plain(run.check_type, 30) for run in runs))
    statement = f"{counted(passed, 'check')} passed, {failed:,} failed, {skipped:,} skipped ({kinds})."
    if unread:
        statement += f" {counted(unread, 'file')} could not be read."
    return [
        Outcome(
            tool=plain(f"checkov {runs[0].summary.checkov_version}"),
            statement=statement,
            items=(ITEM,),
            passed=not failed and not unread,
            figures=(Figure("failed_checks", failed, "failed checks"),),
        )
    ]


def _listed(run: _Run) -> int:
    failed = run.results.get("failed_checks")
    return len(failed) if isinstance(failed, list) else 0
