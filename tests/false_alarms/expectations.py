"""The reviewed findings of the app: which rule finds what where, and why that is true.

`expected/` has a file for each section of the checklist, named after the prefix of its items:

    DatabaseInsightsEnabled:
      - why: A database records its load only if it is told to.
        at:
          - Databases/Aurora/Reader/Resource
          - Databases/Postgres/Resource x2

A place is a construct path, or `the app`; `x2` stands behind one where the rule finds two things. An answer that is
open has `verdict: unknown` above its `why`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from readiness_pack.findings import Finding

FOLDER = Path(__file__).parent / "expected"

HEADER = """\
# What the rules of the {section} items find in the app of l2_app.py, and why each of it is true rather than a false alarm.
# Written by `python -m tests.false_alarms.update`, except for the reasons: those are a reviewer's.

"""

_TIMES = re.compile(r"(.+) x(\d+)\Z")


@dataclass(frozen=True, order=True)
class Place:
    """Where a rule finds something.

    Args:
        rule: its name.
        verdict: ``fail`` or ``unknown``.
        path: the construct path.
    """

    rule: str
    verdict: str
    path: str


@dataclass(frozen=True)
class Reason:
    """A reviewer's sentence on some places of one rule."""

    why: str
    places: Counter[Place]


def place_of(finding: Finding) -> Place:
    """Where ``finding`` is."""
    return Place(finding.rule, finding.verdict, finding.place)


def section_of(item: str) -> str:
    """The section of an item: ``SEC`` for ``SEC-ENC-03``."""
    return item.split("-")[0]


def read(section: str, folder: Path = FOLDER) -> list[Reason]:
    """The reviewed findings of a section, none where it has no file."""
    file = folder / f"{section}.yaml"
    if not file.is_file():
        return []
    content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    return [
        Reason(
            why=(group.get("why") or "").strip(),
            places=_places(rule, group.get("verdict", "fail"), group["at"]),
        )
        for rule, groups in content.items()
        for group in groups
    ]


def _places(rule: str, verdict: str, paths: Iterable[str]) -> Counter[Place]:
    found: Counter[Place] = Counter()
    for path in paths:
        times = _TIMES.match(path)
        found[Place(rule, verdict, times[1] if times else path)] += int(times[2]) if times else 1
    return found


def sections(folder: Path = FOLDER) -> list[str]:
    """The sections that have a file."""
    return sorted(file.stem for file in folder.glob("*.yaml"))


def write(section: str, reasons: Iterable[Reason], messages: dict[Place, list[str]], folder: Path = FOLDER) -> None:
    """Write the file of a section; what has no reason yet gets the messages of its findings as comments."""
    by_rule: dict[str, list[Reason]] = defaultdict(list)
    for reason in reasons:
        if reason.places:
            by_rule[next(iter(reason.places)).rule].append(reason)
    file = folder / f"{section}.yaml"
    if not by_rule:
        file.unlink(missing_ok=True)
        return
    lines = [line for rule in sorted(by_rule) for line in _rule_lines(rule, by_rule[rule], messages)]
    folder.mkdir(exist_ok=True)
    file.write_text(HEADER.format(section=section) + "\n".join(lines) + "\n", encoding="utf-8")


def _rule_lines(rule: str, reasons: list[Reason], messages: dict[Place, list[str]]) -> Iterator[str]:
    yield f"{rule}:"
    for reason in reasons:
        start = "  - "
        if next(iter(reason.places)).verdict != "fail":
            yield "  - verdict: unknown"
            start = "    "
        yield f"{start}why: {_scalar(reason.why)}"
        yield "    at:"
        for place, times in sorted(reason.places.items()):
            if not reason.why:
                yield from (f"      # {message}" for message in messages.get(place, ()))
            yield f"      - {_scalar(place.path if times == 1 else f'{place.path} x{times}')}"


def _scalar(text: str) -> str:
    """``text`` as YAML on one line."""
    written: str = yaml.safe_dump(text, allow_unicode=True, width=10_000, default_style=None)
    return written.removesuffix("\n").removesuffix("\n...")
