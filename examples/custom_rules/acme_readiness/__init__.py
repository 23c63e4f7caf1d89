"""ACME's production readiness rules: its own items, two rules in YAML, one in Python."""

from __future__ import annotations

from pathlib import Path

from acme_readiness.queues import AcmeDeadLetterQueueNamed
from readiness_pack.rules import Rule


def rules() -> list[Path | type[Rule]]:
    """What readiness-pack asks for by the entry point: a folder of rule files, and a rule in Python."""
    return [Path(__file__).parent / "checklist", AcmeDeadLetterQueueNamed]
