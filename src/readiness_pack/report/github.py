"""The Report as workflow commands of GitHub Actions: annotations on the lines of a pull request, then the verdict.

GitHub shows ten annotations of a level for each step and drops the others, so the first place of each rule goes first.
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions (the commands)
https://docs.github.com/en/rest/checks/runs (the limit)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from readiness_pack.report.places import Places
from readiness_pack.report.text import clean, count, shortened
from readiness_pack.report.view import Group, Place, View

MOST = 10
"""Annotations of a level that GitHub shows for a step."""

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def write(view: View) -> bytes:
    """The report of ``view``."""
    places = Places(view.paths)
    lines: dict[str, list[str]] = {level: [] for level in _LEVELS.values()}
    for group, place in _in_turn([*view.errors, *view.lesser]):
        level = "error" if place.findings[0].counts else _LEVELS[place.findings[0].severity]
        lines[level].append(_annotation(level, group, place, places))
    for group in view.unknown:
        failing = any(finding.counts for finding in group.findings)
        level = "error" if failing else "notice"
        lines[level].append(_annotation(level, group, group.places[0], places))
    for error in view.report.errors:
        text = clean(f"{error.rule or 'readiness'}: {error.message}")
        lines["error"].insert(0, _command("error", {"title": "readiness-pack failed"}, text))
    shown = [line for level in lines.values() for line in level[:MOST]]
    hidden = sum(map(len, lines.values())) - len(shown)
    left_out = [f"{count(hidden, 'more place')} without an annotation."] if hidden else []
    return ("\n".join([*shown, *left_out, clean(view.verdict)]) + "\n").encode()


def _in_turn(groups: list[Group]) -> Iterator[tuple[Group, Place]]:
    """The first place of each group, then the second of each, and so on."""
    for places in zip_longest(*(group.places for group in groups)):
        for group, place in zip(groups, places, strict=True):
            if place is not None:
                yield group, place


def _annotation(level: str, group: Group, place: Place, places: Places) -> str:
    where = places.of(place.findings[0])
    properties = {"file": clean(where[0]), "line": str(where[1])} if where else {}
    properties["title"] = clean(f"{group.about.name} ({group.about.item})")
    lines = [f"{place.name}: {shortened(message, 500)}" for message in place.messages[:5]]
    if len(group.places) > 1:
        lines.append(f"In {count(len(group.places), 'place')} altogether.")
    if group.fix:
        lines.append(f"Fix: {shortened(clean(group.fix), 500)}")
    return _command(level, properties, "\n".join(lines))


def _command(name: str, properties: dict[str, str], text: str) -> str:
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {given}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
