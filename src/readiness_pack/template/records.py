"""What the user recorded in the construct tree about findings: acknowledgements of CDK, and waivers of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

WAIVER = "readiness:waiver"
"""Type of the construct metadata that ``waive`` writes."""

REPORT = "readiness-report.json"
"""The file in cdk.out that the CDK doors write; it carries what CDK itself writes nowhere."""


class Records(msgspec.Struct):
    """Decisions by construct path.

    Args:
        acknowledgements: (construct path, {rule id: reason}).
        waivers: (construct path, what ``waive`` recorded).
    """

    acknowledgements: list[tuple[str, dict[str, str]]] = []
    waivers: list[tuple[str, dict[str, Any]]] = []


class _Report(msgspec.Struct):
    recorded: Records | None = None


def read(folder: Path) -> Records:
    """What a door recorded in ``folder`` about constructs above the stacks: CDK writes down only stacks and below."""
    try:
        return msgspec.json.decode((folder / REPORT).read_bytes(), type=_Report).recorded or Records()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Records()  # no report, or none of ours
