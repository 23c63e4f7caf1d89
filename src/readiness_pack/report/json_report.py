"""The Report as JSON, in the shape of ``readiness check --format json`` (schemas/check.schema.json)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from readiness_pack import __version__
from readiness_pack.findings import SEVERITIES, Report
from readiness_pack.report.text import json_parts

if TYPE_CHECKING:
    from readiness_pack.report.view import View


def summary(report: Report) -> dict[str, int]:
    """The figures that every rendering shows: open findings by severity, open answers, what was judged."""
    managed = report.on_cdk_managed == "fail"
    counts = dict.fromkeys((*SEVERITIES, "unknown", "decided", "managed_by_cdk", "failing"), 0)
    for finding in report.findings:  # once: there may be more of them than fit into memory
        decided = not finding.decision.counts
        counts["decided"] += decided
        counts["managed_by_cdk"] += finding.managed_by_cdk
        counts["failing"] += finding.counts
        if not decided and (managed or not finding.managed_by_cdk):
            counts[finding.severity if finding.verdict == "fail" else "unknown"] += 1
    failing = counts.pop("failing")
    judged = {"resources": report.resources, "stacks": report.stacks, "rules": len(report.tallies)}
    return {**counts, **judged, "failing": failing, "exit_code": 3 if report.errors else 1 if failing else 0}


def write(view: View) -> bytes:
    """The report of ``view``."""
    return render(view.report)


def parts(view: View) -> Iterator[bytes]:
    """What :func:`write` gives, in parts: the text of many findings is larger than what is known of them."""
    return _parts(view.report)


def render(report: Report) -> bytes:
    """UTF-8 JSON with a line break at the end."""
    return b"".join(_parts(report))


def _parts(report: Report) -> Iterator[bytes]:
    document = {
        "schema_version": 1,
        "tool": {"name": "readiness-pack", "version": __version__},
        "summary": summary(report),
        "findings": report.findings,
        "items": report.items,
        "unused_decisions": report.unused_decisions,
        "errors": report.errors,
        "notes": report.notes,
        "decisions": report.decisions,
        "recorded": report.recorded,
    }
    return json_parts(document)
