"""Where the members of a JSON document stand, found by skipping over values at the speed of the C decoder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=True)

Step = str | int


class JsonPositions:
    """Offsets in valid JSON text.

    Args:
        text: the document.

    Example:
        >>> JsonPositions('{"Resources": {"Key": {}}}').offset(("Resources", "Key"))
        15
    """

    def __init__(self, text: str) -> None:
        self._text = text
        # steps of a container -> each of its steps -> (offset of the key or element, offset of the value)
        self._members: dict[tuple[Step, ...], dict[Step, tuple[int, int]]] = {}

    def offset(self, steps: tuple[Step, ...]) -> int | None:
        """The offset of the key or element at ``steps``, or of the nearest one around it."""
        found: int | None = None
        value = _SPACE.match(self._text, 0).end()  # type: ignore[union-attr]
        for number, step in enumerate(steps):
            member = self._within(steps[:number], value).get(step)
            if member is None:
                break
            found, value = member
        return found

    def _within(self, steps: tuple[Step, ...], value: int) -> dict[Step, tuple[int, int]]:
        members = self._members.get(steps)
        if members is None:
            opening = self._text[value : value + 1]
            if opening == "{":
                members = dict(self._keys(value + 1))
            elif opening == "[":
                members = dict(self._elements(value + 1))
            else:
                members = {}
            self._members[steps] = members
        return members

    def _skip(self, offset: int) -> int:
        return _SPACE.match(self._text, offset).end()  # type: ignore[union-attr]

    def _keys(self, offset: int) -> Iterator[tuple[Step, tuple[int, int]]]:
        offset = self._skip(offset)
        while self._text[offset] != "}":
            start = self._skip(offset + 1) if self._text[offset] == "," else offset
            key, end = _DECODER.raw_decode(self._text, start)
            value = self._skip(self._skip(end) + 1)
            yield key, (start, value)
            offset = self._skip(_DECODER.raw_decode(self._text, value)[1])

    def _elements(self, offset: int) -> Iterator[tuple[Step, tuple[int, int]]]:
        offset = self._skip(offset)
        number = 0
        while self._text[offset] != "]":
            start = self._skip(offset + 1) if self._text[offset] == "," else offset
            yield number, (start, start)
            offset = self._skip(_DECODER.raw_decode(self._text, start)[1])
            number += 1
