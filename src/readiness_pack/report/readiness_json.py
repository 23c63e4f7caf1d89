"""A readiness report as JSON, in the shape of ``readiness report --format json`` (schemas/report.schema.json)."""

from __future__ import annotations

from typing import Any

from readiness_pack import __version__
from readiness_pack.evidence.readiness import Readiness
from readiness_pack.report.readiness_view import verdict
from readiness_pack.report.text import json_bytes


def write(readiness: Readiness) -> bytes:
    """UTF-8 JSON with a line break at the end."""
    return json_bytes(document(readiness))


def document(readiness: Readiness) -> dict[str, Any]:
    """The report as plain data."""
    digest = readiness.digest
    level = readiness.level
    return {
        "schema_version": 1,
        "tool": {"name": "readiness-pack", "version": __version__},
        "date": readiness.today,
        "ready": readiness.ready,
        "verdict": verdict(readiness),
        "gate": readiness.gate,
        "digest": digest.value,
        "digests": {
            "assembly": digest.assembly,
            "rules": digest.rules,
            "decisions": digest.decisions,
            "evidence": digest.evidence,
        },
        "next_review": readiness.next_review,
        "missing": readiness.missing,
        "sections": readiness.sections,
        "gates": readiness.gates,
        "level": level.name if level else None,
        "levels": readiness.levels,
        "signoffs": readiness.signoffs,
        "certificate": readiness.certificate,
        "items": readiness.items,
        "problems": [{"text": one.text, "file": one.file, "line": one.line} for one in readiness.problems],
        "unused_decisions": readiness.report.unused_decisions,
        "errors": readiness.report.errors,
        "notes": readiness.report.notes,
    }
