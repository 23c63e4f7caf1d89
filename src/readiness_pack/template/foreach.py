"""``Fn::ForEach`` written out, as far as its collection is known before deployment.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from readiness_pack.template.conditions import as_text
from readiness_pack.template.markers import UNKNOWN

LOOP = "Fn::ForEach::"

MAX_ITERATIONS = 5000
"""How many entries all loops of a template may write; CloudFormation allows 500 resources."""

MAX_SIZE = 5_000_000
"""How many values and characters all loops of a template may write together; CloudFormation allows 1 MB of text. A loop
in a loop can double what it writes with every level."""

_SECTIONS = ("Conditions", "Resources", "Outputs")
_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")

Evaluate = Callable[[Any], list[Any] | str]
"""Gives the elements of a collection, or why they are not known."""


class Loops:
    """Writes out the loops of a template.

    Args:
        evaluate: what gives the elements of a collection.
        why_not: why no loop may be written out at all (``Transform`` lacks the language extensions), if so.
    """

    def __init__(self, evaluate: Evaluate, why_not: str | None = None) -> None:
        self._evaluate = evaluate
        self._why_not = why_not
        self._left = MAX_ITERATIONS
        self._size_left = MAX_SIZE
        self.unexpanded: list[str] = []
        """A line for each loop that could not be written out: its place and the reason."""
        self.origins: dict[str, tuple[str, ...]] = {}
        """Logical id of a resource that a loop made -> where that loop stands in the template."""

    def expand(self, template: dict[str, Any]) -> dict[str, Any]:
        """``template`` without loops. One that is not known leaves a marker, or its entry in :attr:`unexpanded`.

        Example:
            >>> topics = {"Fn::ForEach::Topics": ["Name", ["a", "b"], {"Topic${Name}": {"Type": "AWS::SNS::Topic"}}]}
            >>> list(Loops(lambda collection: collection).expand({"Resources": topics})["Resources"])
            ['Topica', 'Topicb']
        """
        return {
            name: self._section(name, section) if name in _SECTIONS and isinstance(section, dict) else section
            for name, section in template.items()
        }

    def _section(self, name: str, section: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in section.items():
            place = f"{name}.{key}"
            if not key.startswith(LOOP):
                found[key] = self._value(value, {}, place)
                continue
            entries = self._outermost(value, {}, place)
            if isinstance(entries, str):
                self.unexpanded.append(f"{place}: {entries}")
                continue
            if name == "Resources":
                self.origins.update(dict.fromkeys(entries, (name, key)))
            found.update(entries)
        return found

    def _outermost(self, loop: Any, bound: dict[str, str], place: str) -> dict[str, Any] | str:
        """As :meth:`_written_out`; a loop within no other one ends what became too large."""
        try:
            return self._written_out(loop, bound, place)
        except _TooLarge:
            if bound:
                raise
            return f"all loops together write more than {MAX_SIZE:,} values and characters"

    def _replaced(self, text: str, bound: dict[str, str]) -> str:
        written = _replaced(text, bound, self._size_left)
        self._size_left -= len(written) if written is not text else 0
        return written

    def _written_out(self, loop: Any, bound: dict[str, str], place: str) -> dict[str, Any] | str:
        """The entries that a loop makes, or why they are not known."""
        if self._why_not is not None:
            return self._why_not
        if not (isinstance(loop, list) and len(loop) == 3 and isinstance(loop[0], str) and isinstance(loop[2], dict)):
            return "it is not [identifier, collection, output]"
        identifier, collection, output = loop
        elements = self._evaluate(self._value(collection, bound, place))
        if isinstance(elements, str):
            return elements
        found: dict[str, Any] = {}
        for element in elements:
            self._left -= len(output)
            if self._left < 0:
                return f"all loops together make more than {MAX_ITERATIONS} entries"
            inner = {**bound, identifier: as_text(element)}
            for key, value in output.items():
                if key.startswith(LOOP):
                    nested = self._written_out(value, inner, place)
                    if isinstance(nested, str):
                        return nested
                    found.update(nested)
                else:
                    found[self._replaced(key, inner)] = self._value(value, inner, place)
        return found

    def _value(self, value: Any, bound: dict[str, str], place: str) -> Any:
        """``value`` with identifiers replaced and the loops inside it written out."""
        if bound:
            self._size_left -= 1
            if self._size_left < 0:
                raise _TooLarge
        if isinstance(value, str):
            return self._replaced(value, bound) if bound else value
        if isinstance(value, list):
            return [self._value(part, bound, place) for part in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and "Ref" in value and isinstance(value["Ref"], str) and value["Ref"] in bound:
            return bound[value["Ref"]]
        found: dict[str, Any] = {}
        for key, part in value.items():
            if not key.startswith(LOOP):
                found[self._replaced(key, bound) if bound else key] = self._value(part, bound, f"{place}.{key}")
                continue
            entries = self._outermost(part, bound, place)
            if isinstance(entries, str):
                self.unexpanded.append(f"{place}.{key}: {entries}")
                found[UNKNOWN] = f"{key} could not be written out: {entries}"
            else:
                found.update(entries)
        return found


class _TooLarge(Exception):
    """More than :data:`MAX_SIZE`."""


def _replaced(text: str, bound: dict[str, str], most: int) -> str:
    """``text`` with ``${Identifier}`` replaced, and ``&{Identifier}`` by the letters and digits of the element."""
    if "{" not in text:
        return text
    for identifier, element in bound.items():
        if len(text) + text.count(f"{{{identifier}}}") * len(element) > most:
            raise _TooLarge
        text = text.replace(f"${{{identifier}}}", element)
        text = text.replace(f"&{{{identifier}}}", _NOT_ALPHANUMERIC.sub("", element))
    return text


def has_loops(value: Any) -> bool:
    """Whether there is a loop anywhere in ``value``."""
    if isinstance(value, dict):
        return any(key.startswith(LOOP) or has_loops(part) for key, part in value.items() if isinstance(key, str))
    return any(has_loops(part) for part in value) if isinstance(value, list) else False
