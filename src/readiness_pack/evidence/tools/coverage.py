"""Coverage XML: Cobertura, as coverage.py and many others write it, and JaCoCo."""

from __future__ import annotations

import datetime
import math
from typing import NamedTuple

from readiness_pack.evidence.tools.document import Document, Element
from readiness_pack.evidence.tools.outcome import Figure, Outcome, counted, day_of_epoch, percent

WHAT = "a coverage XML file"

ITEM = "TST-AUT-01"


class _Share(NamedTuple):
    covered: int
    valid: int

    @property
    def value(self) -> float:
        return self.covered / self.valid


def recognises(document: Document) -> bool:
    """Whether the file is of this kind."""
    return document.form == "xml" and document.root in ("coverage", "report")


def read(document: Document) -> list[Outcome]:
    """How much of the code the tests run."""
    return [_jacoco(document) if document.root == "report" else _cobertura(document)]


def _cobertura(document: Document) -> Outcome:
    found = document.elements(("coverage", "line", "project"))
    root = found[0]
    if "clover" in root.attributes or any(element.name == "project" for element in found):
        raise document.error("a Clover report; write Cobertura or JaCoCo XML instead")
    lines = [element for element in found if element.path[-3:] == ("class", "lines", "line")]
    share = _declared(document, root, "lines") or _Share(sum(_is_hit(line) for line in lines), len(lines))
    branches = _declared(document, root, "branches")
    version = root.attributes.get("version", "")
    return _outcome(document, "coverage", share, branches, _day(root.attributes.get("timestamp")), version)


def _jacoco(document: Document) -> Outcome:
    found = document.elements(("report", "sessioninfo", "counter"))
    counters = {
        element.attributes.get("type"): element.attributes for element in found if element.path == ("report", "counter")
    }
    shares: dict[str | None, _Share] = {}
    for name, attributes in counters.items():
        missed = _whole(document, attributes.get("missed"), "missed")
        covered = _whole(document, attributes.get("covered"), "covered")
        shares[name] = _Share(covered, missed + covered)
    days = [_day(element.attributes.get("dump")) for element in found if element.name == "sessioninfo"]
    day = min((day for day in days if day is not None), default=None)
    return _outcome(document, "JaCoCo", shares.get("LINE", _Share(0, 0)), shares.get("BRANCH"), day)


def _outcome(
    document: Document,
    tool: str,
    lines: _Share,
    branches: _Share | None,
    day: datetime.date | None,
    version: str = "",
) -> Outcome:
    if lines.valid <= 0:
        raise document.error("it covers no line of code, which is no evidence")
    if lines.covered > lines.valid or lines.covered < 0:
        raise document.error(f"{lines.covered} of {lines.valid} lines are covered, which cannot be")
    statement = f"The tests run {percent(lines.value)} of {counted(lines.valid, 'line')}"
    if branches is not None and branches.valid > 0:
        statement += f" and {percent(branches.value)} of {counted(branches.valid, 'branch', 'branches')}"
    return Outcome(
        tool=f"{tool} {version}" if version[:1].isdigit() else tool,
        statement=f"{statement}.",
        items=(ITEM,),
        passed=None,
        date=day,
        figures=(Figure("unit_test_coverage", 100 * lines.covered / lines.valid, "percent"),),
    )


def _declared(document: Document, root: Element, what: str) -> _Share | None:
    valid, covered = root.attributes.get(f"{what}-valid"), root.attributes.get(f"{what}-covered")
    if valid is None or covered is None:
        return None
    return _Share(_whole(document, covered, f"{what}-covered"), _whole(document, valid, f"{what}-valid"))


def _whole(document: Document, text: str | None, name: str) -> int:
    if text is None or not text.strip().isdecimal():
        raise document.error(f"{name} is {text!r} and no whole number")
    return int(text)


def _is_hit(line: Element) -> bool:
    hits = line.attributes.get("hits", "0").strip()
    return hits.isdecimal() and int(hits) > 0


def _day(text: str | None) -> datetime.date | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return day_of_epoch(seconds) if math.isfinite(seconds) else None
