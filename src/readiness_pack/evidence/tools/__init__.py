"""Reports that other tools already make, read as evidence: what each says, of which day, for which item.

One module a kind of report; `KINDS` lists them. docs/tool-reports.md says which item each is for and why.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from readiness_pack.checklist import Checklist, ItemSpec
from readiness_pack.evidence.measures import Figure as Value
from readiness_pack.evidence.measures import converted, reaches
from readiness_pack.evidence.tools import audits, cdk_nag, checkov, coverage, cyclonedx, junit, k6, locust, sarif
from readiness_pack.evidence.tools.document import Document
from readiness_pack.evidence.tools.outcome import Outcome
from readiness_pack.typed_yaml import nearest

_ZONES = datetime.timedelta(days=1)
"""A report says the day in UTC, a person the day where they are."""


class ToolResult(msgspec.Struct, frozen=True):
    """What a tool says about an item.

    Args:
        item: id of the item.
        tool: the tool, with its version where the report has it.
        kind: of the report, one of `KINDS`.
        owner: the team that answers for it.
        date: of when the report is.
        statement: what it found, in a sentence.
        value: the figure that it states; for a measured item only where it is the figure that the item asks for.
        unit: the unit of ``value``.
        met: whether it shows what the item asks for; ``None`` where it supports the item and decides nothing.
        file: the report, as the evidence file names it.
        sha256: its hash in hexadecimal digits.
    """

    item: str
    tool: str
    kind: str
    owner: str
    date: datetime.date
    statement: str
    value: float | None
    unit: str | None
    met: bool | None
    file: str
    sha256: str


class Kind(NamedTuple):
    """A kind of report.

    Args:
        about: what it is, in words.
        recognises: whether a file is of this kind.
        read: what such a file says.
    """

    about: str
    recognises: Callable[[Document], bool]
    read: Callable[[Document], list[Outcome]]


KINDS: dict[str, Kind] = {
    "junit": Kind("test results as JUnit XML", junit.recognises, junit.read),
    "coverage": Kind("coverage as Cobertura or JaCoCo XML", coverage.recognises, coverage.read),
    "k6": Kind("k6 summary", k6.recognises, k6.read),
    "locust": Kind("Locust statistics", locust.recognises, locust.read),
    "cdk-nag": Kind("cdk-nag report", cdk_nag.recognises, cdk_nag.read),
    "checkov": Kind("checkov JSON", checkov.recognises, checkov.read),
    "sarif": Kind("SARIF 2.1.0 of a scanner or linter", sarif.recognises, sarif.read),
    "pip-audit": Kind("pip-audit JSON", audits.recognises_pip_audit, audits.read_pip_audit),
    "npm-audit": Kind("npm audit JSON", audits.recognises_npm_audit, audits.read_npm_audit),
    "cyclonedx": Kind("CycloneDX JSON with vulnerabilities", cyclonedx.recognises, cyclonedx.read),
}
"""The kinds of reports that are read, by the name that ``kind:`` takes."""


def read_report(
    path: Path,
    *,
    checklist: Checklist,
    kind: str | None = None,
    item: str | None = None,
    owner: str | None = None,
    date: datetime.date | None = None,
    shown: str | None = None,
) -> list[ToolResult]:
    """What a report of a tool says, one result an item.

    Args:
        path: the report.
        checklist: the items.
        kind: of the report, found from its content where not given.
        item: the item that it is for, that of the kind where not given.
        owner: the team that answers for it, the item's where not given.
        date: of when it is. Only for reports that do not say: the time of the file proves nothing, a checkout sets it.
        shown: how errors and the result name the file, ``path`` where not given.

    Raises:
        InputError: it cannot be read, is of no known kind, is no evidence (nothing was tested), does not say its day or
            its item and nobody else does, or contradicts what is given.

    Example:
        >>> from readiness_pack.checklist import load
        >>> path = Path("junit.xml")
        >>> _ = path.write_text('<testsuite timestamp="2026-10-02T08:00:00"><testcase name="a"/></testsuite>')
        >>> result, = read_report(path, checklist=load())
        >>> result.item, str(result.date), result.statement
        ('TST-AUT-01', '2026-10-02', '1 test: 1 passed, 0 failed, 0 skipped.')
    """
    document = Document.load(path, shown)
    name = _kind(document, kind)
    outcomes = cdk_nag.read(document, told=kind is not None) if name == "cdk-nag" else KINDS[name].read(document)
    return [
        _result(document, name, outcome, _item(document, checklist, one), owner, _day(document, outcome, date))
        for outcome in outcomes
        for one in _items(document, outcome, item)
    ]


def _kind(document: Document, kind: str | None) -> str:
    if kind is None:
        found = next((name for name, known in KINDS.items() if known.recognises(document)), None)
        if found is None:
            raise document.error(f"no report that can be read; known are {', '.join(KINDS)}")
        return found
    if kind not in KINDS:
        raise document.error(f"there is no kind of report '{kind}'.{nearest(kind, set(KINDS))}")
    if not KINDS[kind].recognises(document):
        raise document.error(f"it is no {kind} report ({KINDS[kind].about})")
    return kind


def _items(document: Document, outcome: Outcome, item: str | None) -> tuple[str, ...]:
    if item is not None:
        return (item,)
    if not outcome.items:
        raise document.error(outcome.asks)
    return outcome.items


def _item(document: Document, checklist: Checklist, item: str) -> ItemSpec:
    found = checklist.by_id.get(item)
    if found is None:
        raise document.error(f"the checklist has no item '{item}'; write `item:`.{nearest(item, set(checklist.by_id))}")
    return found


def _day(document: Document, outcome: Outcome, given: datetime.date | None) -> datetime.date:
    if outcome.date is None:
        if given is None:
            raise document.error("it does not say of which day it is; write `date:`")
        return given
    if given is not None and abs(given - outcome.date) > _ZONES:
        raise document.error(f"it is of {outcome.date}, and not of {given} as `date:` says")
    return outcome.date


def _result(
    document: Document, kind: str, outcome: Outcome, item: ItemSpec, owner: str | None, day: datetime.date
) -> ToolResult:
    value, unit, met = _judged(document, outcome, item)
    return ToolResult(
        item=item.id,
        tool=outcome.tool,
        kind=kind,
        owner=owner or (item.evidence.owner if item.evidence else ""),
        date=day,
        statement=outcome.statement,
        value=value,
        unit=unit,
        met=met,
        file=document.shown,
        sha256=document.sha256,
    )


def _judged(document: Document, outcome: Outcome, item: ItemSpec) -> tuple[float | None, str | None, bool | None]:
    """Value, unit and whether the item is met. Of a measured item only its own figure decides."""
    measure = item.evidence.measure if item.evidence else None
    if measure is None:
        main = outcome.figures[0] if outcome.figures else None
        return (main.value, main.unit, outcome.passed) if main else (None, None, outcome.passed)
    figure = next((figure for figure in outcome.figures if figure.name == measure.name), None)
    if figure is None:
        return None, None, False if outcome.passed is False else None
    value = converted(Value(figure.value, figure.unit), measure.unit)
    if value is None:
        raise document.error(f"it states {figure.unit}, and {item.id} asks for {measure.unit}")
    return value, measure.unit, reaches(value, measure.comparison, measure.target)
