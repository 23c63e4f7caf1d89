"""Reads what plugin and Aspect leave in a cdk.out folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Finding = dict[str, Any]


def report(cdk_out: Path) -> dict[str, Any]:
    """The whole report."""
    content: dict[str, Any] = json.loads((cdk_out / "readiness-report.json").read_text(encoding="utf-8"))
    return content


def failures(content: dict[str, Any]) -> list[Finding]:
    """The findings that somebody has to do something about: decided ones, and CDK's own helpers, are not among them."""
    return [
        finding
        for finding in content["findings"]
        if finding["verdict"] == "fail"
        and not finding["managed_by_cdk"]
        and finding["decision"]["state"] in {"open", "expired"}
    ]


def places(findings: list[Finding]) -> set[tuple[str, str | None, str | None]]:
    """What was found where: rule, stack, logical id."""
    return {(finding["rule"], finding["stack"], finding["logical_id"]) for finding in findings}
