"""YAML as CloudFormation reads it, built straight from libyaml's events.

CloudFormation supports YAML 1.1 without aliases, merge keys and the tags binary, omap, pairs, set and timestamp
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html), plus a short tag for each
intrinsic. Building from events and not from PyYAML's nodes is several times faster, needs no recursion, and knows
the place of everything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import events

from readiness_pack.errors import InputError
from readiness_pack.template.duplicates import Twice

MAX_DEPTH = 128

Step = str | int

SHORT_TAGS: dict[str, str] = {
    "!Ref": "Ref",
    "!Condition": "Condition",
    **{
        f"!{name}": f"Fn::{name}"
        for name in (
            *(
                "And",
                "Base64",
                "Cidr",
                "Contains",
                "EachMemberEquals",
                "EachMemberIn",
                "Equals",
                "FindInMap",
                "ForEach",
            ),
            *("GetAZs", "GetAtt", "GetStackOutput", "If", "ImportValue", "Join", "Length", "Not", "Or", "RefAll"),
            *("Select", "Split", "Sub", "ToJsonString", "Transform", "ValueOf", "ValueOfAll"),
        )
    },
}
"""Short tags and the key that each stands for."""

_STANDARD = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(_STANDARD + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))

_INT = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)\Z")
_SEXAGESIMAL = re.compile(r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
for _true, _false in (("yes", "no"), ("true", "false"), ("on", "off")):
    for _spell in (str.lower, str.title, str.upper):
        _WORDS[_spell(_true)], _WORDS[_spell(_false)] = True, False


@dataclass(slots=True)
class Place:
    """Where a value stands, and the places of its children.

    Args:
        line: 1-based line of its key or element.
        column: 1-based column.
    """

    line: int
    column: int
    children: dict[Step, Place] = field(default_factory=dict)

    def nearest(self, steps: tuple[Step, ...]) -> tuple[int, int] | None:
        """The place at ``steps``, or of the nearest value around it; ``None`` where the first step is not there."""
        found: Place | None = None
        children = self.children
        for step in steps:
            below = children.get(step)
            if below is None:
                break
            found, children = below, below.children
        return (found.line, found.column) if found else None


def decode(text: str, display: str) -> tuple[Any, bool]:
    """The value of ``text``, and whether a key stands somewhere twice.

    Raises:
        InputError: it is no YAML, or uses what CloudFormation does not accept.
    """
    builder = _Builder(text, display, None)
    return builder.build(), builder.twice


def places(text: str, display: str) -> Place:
    """The places of everything in ``text``. Raises :class:`InputError` as :func:`decode` does."""
    root = Place(1, 1)
    _Builder(text, display, root).build()
    return root


@dataclass(slots=True)
class _Frame:
    """A map or list under construction."""

    container: Any
    tag: str | None
    place: Place | None
    depth: int
    key: str | None = None
    key_event: Any = None


class _Builder:
    def __init__(self, text: str, display: str, root: Place | None) -> None:
        self.text = text
        self.display = display
        self.root = root
        self.twice = False
        self.stack: list[_Frame] = []
        self.value: Any = None
        self.documents = 0

    def build(self) -> Any:
        for event in self._events():
            if isinstance(event, events.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, events.MappingStartEvent | events.SequenceStartEvent):
                self._open(event)
            elif isinstance(event, events.MappingEndEvent | events.SequenceEndEvent):
                frame = self.stack.pop()
                self._add(_wrapped(frame.tag, frame.container))
            elif isinstance(event, events.DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    raise self._error("holds more than one YAML document", event.start_mark)
            elif isinstance(event, events.AliasEvent):
                raise self._error(f"*{event.anchor}: CloudFormation does not support YAML aliases", event.start_mark)
        if not self.documents:
            raise InputError("is empty", file=self.display, line=1)
        return self.value

    def _events(self) -> Iterator[Any]:
        try:
            parser = yaml.CLoader(self.text)
            while parser.check_event():
                yield parser.get_event()
        except yaml.MarkedYAMLError as error:
            problem = " ".join(part for part in (error.context, error.problem) if part)
            raise self._error(f"is not YAML: {problem}", error.problem_mark or error.context_mark) from error
        except yaml.reader.ReaderError as error:
            offset = error.position
            line = self.text.count("\n", 0, offset) + 1
            raise InputError(
                f"is not YAML: the character #x{ord(self.text[offset]):04x} is not allowed"
                if offset < len(self.text)
                else "is not YAML: a character is not allowed",
                file=self.display,
                line=line,
                column=offset - self.text.rfind("\n", 0, offset),
            ) from error

    def _error(self, problem: str, mark: Any) -> InputError:
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
        return InputError(problem, file=self.display, line=line, column=column)

    def _check(self, event: Any) -> str | None:
        """The short tag of a value, ``None`` where it has none."""
        if event.anchor is not None:
            raise self._error(f"&{event.anchor}: CloudFormation does not support YAML anchors", event.start_mark)
        tag = event.tag
        if tag is None or tag == "!" or tag in _PLAIN_TAGS or tag in SHORT_TAGS:
            return tag if tag in SHORT_TAGS else None
        spelled = "!!" + tag.removeprefix(_STANDARD) if tag.startswith(_STANDARD) else tag
        raise self._error(f"{spelled}: CloudFormation knows no such YAML tag", event.start_mark)

    def _open(self, event: Any) -> None:
        tag = self._check(event)
        if self.stack and isinstance(self.stack[-1].container, dict) and self.stack[-1].key is None:
            raise self._error("a key must be text", event.start_mark)
        depth = (self.stack[-1].depth if self.stack else 0) + (1 if tag is None else 2)
        if depth > MAX_DEPTH:
            raise self._error(f"is nested deeper than {MAX_DEPTH} levels", event.start_mark)
        place = self._place(event)
        if place is not None and tag is not None:
            below = Place(place.line, place.column)
            place.children[SHORT_TAGS[tag]] = below
            place = below
        container: Any = {} if isinstance(event, events.MappingStartEvent) else []
        self.stack.append(_Frame(container, tag, place, depth))

    def _place(self, event: Any) -> Place | None:
        """Where the value that ``event`` begins stands, filed under its parent; ``None`` where nobody asks."""
        if self.root is None:
            return None
        if not self.stack:
            return self.root
        frame = self.stack[-1]
        if isinstance(frame.container, dict):
            mark: Any = frame.key_event.start_mark
            step: Step | None = frame.key
        else:
            mark, step = event.start_mark, len(frame.container)
        place = Place(mark.line + 1, mark.column + 1)
        if frame.place is not None and step is not None:
            frame.place.children.setdefault(step, place)
        return place

    def _scalar(self, event: Any) -> None:
        frame = self.stack[-1] if self.stack else None
        tag = self._check(event)
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            if tag is not None:
                raise self._error(f"{tag} cannot be a key", event.start_mark)
            if event.value == "<<" and event.implicit[0]:
                raise self._error("<<: CloudFormation does not support YAML merge keys", event.start_mark)
            frame.key, frame.key_event = event.value, event
            return
        self._place(event)
        if tag is not None:
            self._add(_wrapped(tag, event.value))
        elif (event.implicit[0] and event.tag is None) or event.tag in _PLAIN_TAGS:
            self._add(self._plain(event))
        else:
            self._add(event.value)

    def _plain(self, event: Any) -> Any:
        text = event.value
        if event.tag == _STANDARD + "str":
            return text
        if text in _WORDS:
            return _WORDS[text]
        if not text[0].isdigit() and text[0] not in "-+.":
            return text
        try:
            return _number(text)
        except ValueError as error:
            raise self._error(str(error), event.start_mark) from error

    def _add(self, value: Any) -> None:
        if not self.stack:
            self.value = value
            return
        frame = self.stack[-1]
        if isinstance(frame.container, dict):
            key = frame.key or ""
            if key in frame.container:
                self.twice = True
                value = Twice.of(frame.container[key], value)
            frame.container[key] = value
            frame.key = None
        else:
            frame.container.append(value)


def _number(text: str) -> Any:
    """A number as YAML 1.1 writes it, or the text itself."""
    if len(text) > 308 and _INT.match(text):
        raise ValueError("a number has more than 308 digits")
    if _INT.match(text):
        sign, digits = (-1, text[1:]) if text[0] == "-" else (1, text.lstrip("+"))
        digits = digits.replace("_", "")
        if digits == "0" or digits[0] != "0":
            return sign * int(digits)
        if digits[1:2] in ("x", "b"):
            return sign * int(digits, 0)
        return sign * int(digits, 8)
    if _SEXAGESIMAL.match(text):
        total = 0
        for part in text.lstrip("+-").replace("_", "").split(":"):
            total = total * 60 + int(part)
        return -total if text[0] == "-" else total
    if _FLOAT.match(text):
        value = float(text.replace("_", ""))
        if math.isinf(value):
            raise ValueError(f"the number {text[:20]} is too large")
        return value
    if _NOT_FINITE.match(text):
        raise ValueError(f"{text} is not a number in JSON")
    return text


def _wrapped(tag: str | None, value: Any) -> Any:
    if tag is None:
        return value
    name = SHORT_TAGS[tag]
    if name == "Fn::GetAtt" and isinstance(value, str):
        return {name: value.split(".", 1)}
    return {name: value}
