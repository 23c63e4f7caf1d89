"""How both doors put findings into words: rule ids, sentences, counts."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from readiness_pack.findings import SEVERITIES, Finding, Report, ToolError

NAME = "Readiness"
"""The plugin's name, and the prefix of rule ids."""

PLACES = 10
"""How many places of one rule are handed to CDK; the report file has them all."""


LINES = ("Annotated", "NotFailing", "StageNotJudged", "ToolError")
"""What is said under an id of its own without being a rule's finding."""


def rule_id(rule: str) -> str:
    """The id under which CDK knows a rule, e.g. to acknowledge it."""
    return f"{NAME}::{rule}"


def and_more(count: int, where: str) -> str:
    """What follows the last place that is shown; empty where nothing is left out."""
    return f" (and {count} more {'place' if count == 1 else 'places'}: {where})" if count > 0 else ""


def tool_errors(errors: Iterable[ToolError]) -> list[str]:
    """Rules that broke, one line a rule, with the first resource and what happened there."""
    found: dict[str | None, list[ToolError]] = {}
    for error in errors:
        found.setdefault(error.rule, []).append(error)
    lines: list[str] = []
    for rule, of_rule in found.items():
        first = of_rule[0]
        where = f" on {first.stack}/{first.logical_id}" if first.logical_id else ""
        more = f" (and on {len(of_rule) - 1} more)" if len(of_rule) > 1 else ""
        message = " ".join(first.message.split())
        lines.append(f"{rule or 'A rule'} broke{where}: {message}{more}. What it would have found is not known.")
    return lines


def left_over(report: Report, findings: Iterable[Finding], where: str) -> str | None:
    """One line about findings that do not fail the run: how many by section, and where they are listed.

    Args:
        report: what was found; knows the sections.
        findings: those to count; open ones.
        where: the report file.
    """
    counted = list(findings)
    sections = {item.id: item.section.removesuffix(" Checklist") for item in report.items}
    parts: list[str] = []
    for severity in SEVERITIES:
        of_severity = [f for f in counted if f.verdict == "fail" and f.severity == severity]
        if of_severity:
            by_section = Counter(sections.get(f.item, f.item) for f in of_severity)
            listed = ", ".join(f"{section} {number}" for section, number in by_section.most_common())
            parts.append(f"{_amount(len(of_severity), severity)} ({listed})")
    unknown = sum(finding.verdict == "unknown" for finding in counted)
    if unknown:
        parts.append(f"{unknown} unknown")
    return f"Not failing: {', '.join(parts)}; all of them: {where}" if parts else None


def _amount(count: int, severity: str) -> str:
    noun = {"error": "error", "warning": "warning", "info": "remark"}[severity]
    return f"{count} {noun}{'' if count == 1 else 's'}"


def broken(error: Exception) -> str:
    """An error that nobody foresaw, as one line with its place in the code."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"readiness-pack itself failed: {type(error).__name__}: {' '.join(str(error).split())}{where}"
