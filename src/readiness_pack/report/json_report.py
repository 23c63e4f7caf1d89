"""The Report as JSON, in the shape of ``readiness check --format json`` (schemas/check.schema.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness_pack import __version__
from readiness_pack.findings import Report
from readiness_pack.report.text import json_bytes

if TYPE_CHECKING:
    from readiness_pack.report.view import View


def summary(report: Report) -> dict[str, int]:
    """The figures that every rendering shows: open findings by severity, open answers, what was judged."""
    counted = report.open
    failed = [f for f in counted if f.verdict == "fail"]
    return {
        "error": sum(f.severity == "error" for f in failed),
        "warning": sum(f.severity == "warning" for f in failed),
        "info": sum(f.severity == "info" for f in failed),
        "unknown": sum(f.verdict == "unknown" for f in counted),
        "decided": sum(not f.decision.counts for f in report.findings),
        "managed_by_cdk": sum(f.managed_by_cdk for f in report.findings),
        "resources": report.resources,
        "stacks": report.stacks,
        "rules": len(report.tallies),
        "failing": len(report.failing),
        "exit_code": report.exit_code,
    }


def write(view: View) -> bytes:
    """The report of ``view``."""
    return render(view.report)


def render(report: Report) -> bytes:
    """UTF-8 JSON with a line break at the end."""
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
    return json_bytes(document)
