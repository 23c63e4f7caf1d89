"""What is kept of an assembly: rows of four tables, whatever becomes of it."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from readiness_pack import Finding, InputError, Report, evaluate_path

Row = dict[str, Any]
UNREADABLE = 2
"""The exit code of ``readiness check`` for input that cannot be read."""


@dataclass
class Rows:
    """Rows by table.

    Args:
        assemblies: one each: how much was judged, and what ``readiness check`` would have exited with.
        findings: every violation and open answer.
        items: where each checklist item stands.
        errors: what could not be read, and rules that broke.
    """

    assemblies: list[Row] = field(default_factory=list)
    findings: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    errors: list[Row] = field(default_factory=list)


def find_assemblies(folder: Path) -> list[Path]:
    """Every ``cdk.out`` folder below ``folder``, in a stable order; those of Stages belong to the one around them."""
    found = []
    for place, folders, files in os.walk(folder):
        if "cdk.out" in files:  # the file by which CDK marks what it has written
            found.append(Path(place))
            folders.clear()
        folders.sort()
    return found


def judge(path: Path, name: str, today: datetime.date, rows: Rows) -> None:
    """Add the rows of the assembly at ``path``; one that cannot be read is a row of errors.

    Args:
        path: the ``cdk.out`` folder.
        name: what it is called in the tables.
        today: the day on which waivers and facts are judged.
        rows: where to add.
    """
    try:
        report = evaluate_path(path, today=today)
    except InputError as error:
        add_failure(name, str(error), rows)
        return
    except Exception as error:  # no assembly, not even one that shows a mistake of ours, is to stop the others
        add_failure(name, f"{type(error).__name__}: {error}", rows)
        return
    rows.assemblies.append(
        {"assembly": name, "exit_code": report.exit_code, "stacks": report.stacks, "resources": report.resources}
    )
    rows.findings += [_finding(name, finding) for finding in report.findings]
    rows.items += _items(name, report)
    rows.errors += [
        {"assembly": name, "problem": error.message, "rule": error.rule, "logical_id": error.logical_id}
        for error in report.errors
    ]


def add_failure(name: str, problem: str, rows: Rows) -> None:
    """Add an assembly that could not be judged: it is no green one."""
    rows.assemblies.append({"assembly": name, "exit_code": UNREADABLE, "stacks": 0, "resources": 0})
    rows.errors.append({"assembly": name, "problem": problem, "rule": None, "logical_id": None})


def _finding(name: str, finding: Finding) -> Row:
    return {
        "assembly": name,
        "rule": finding.rule,
        "item": finding.item,
        "severity": finding.severity,
        "verdict": finding.verdict,
        "counts": finding.counts,
        "environment": finding.environment,
        "stack": finding.stack,
        "logical_id": finding.logical_id,
        "construct_path": finding.construct_path,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "decision": finding.decision.state,
        "owner": finding.decision.owner,
        "expires": finding.decision.expires,
    }


def _items(name: str, report: Report) -> list[Row]:
    return [
        {
            "assembly": name,
            "item": item.id,
            "section": item.section,
            "status": item.status,
            "why": item.why,
            "fail": item.fail,
            "unknown": item.unknown,
            "passed": item.passed,
            "waived": item.waived,
        }
        for item in report.items
    ]
