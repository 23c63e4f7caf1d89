"""Reports of tools that evidence files name: each gives results for its items, or a problem that says why not."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from readiness_pack.errors import InputError
from readiness_pack.evidence.record_checks import inside
from readiness_pack.evidence.records import EvidenceFile, Problem, ReportSpec
from readiness_pack.typed_yaml import nearest

if TYPE_CHECKING:
    from readiness_pack.checklist import Checklist
    from readiness_pack.evidence.tools import ToolResult

_OTHER_ZONE = datetime.timedelta(days=1)
"""Tools write UTC: where it is still yesterday, a report can be of tomorrow."""


def read(
    file: EvidenceFile, project: Path, checklist: Checklist, today: datetime.date
) -> tuple[list[ToolResult], list[Problem]]:
    """The results of the reports that ``file`` names.

    Args:
        file: the evidence file.
        project: the folder that reports must be in.
        checklist: the items that they are about.
        today: the day on which is judged.

    Raises:
        InputError: an entry names an item that does not exist or a file outside of the project, or is dated in the
            future.
    """
    results: list[ToolResult] = []
    problems: list[Problem] = []
    for number, spec in enumerate(file.reports):
        path = _checked(file, spec, number, project, checklist, today)
        try:
            found = _read(path, spec, checklist)
        except InputError as error:
            problems.append(Problem(f"report {spec.file}: {error.problem}", file.shown, file.line("reports", number)))
            continue
        for result in found:
            if result.date - today > _OTHER_ZONE:
                text = f"report {spec.file}: it is of {result.date}, which is in the future"
                problems.append(Problem(text, file.shown, file.line("reports", number)))
            elif result not in results:
                results.append(result)
    return results, problems


def _checked(
    file: EvidenceFile, spec: ReportSpec, number: int, project: Path, checklist: Checklist, today: datetime.date
) -> Path:
    where = ("reports", number)
    if spec.item is not None and spec.item not in checklist.by_id:
        text = f"item: there is no item '{spec.item}'.{nearest(spec.item, set(checklist.by_id))}"
        raise file.error(text, *where, "item")
    if spec.date is not None and spec.date > today:
        raise file.error(f"date: {spec.date} is in the future; today is {today}", *where, "date")
    try:
        return inside(file.path, spec.file, project)
    except ValueError as error:
        raise file.error(f"file: {error}", *where, "file") from error


def _read(path: Path, spec: ReportSpec, checklist: Checklist) -> list[ToolResult]:
    from readiness_pack.evidence import tools

    if not path.is_file():
        raise InputError("there is no such file")
    return tools.read_report(
        path,
        kind=spec.kind,
        item=spec.item,
        owner=spec.owner,
        date=spec.date,
        shown=spec.file,
        checklist=checklist,
    )
