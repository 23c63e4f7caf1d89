"""One file as it was given: its text, what it decodes to, and where in it a value stands.

Decoding is strict where CloudFormation is, and every refusal is an :class:`InputError` with file and line.
Positions are worked out only when somebody asks for one, since most runs ask for few.
"""

from __future__ import annotations

import json
import math
import re
from array import array
from bisect import bisect_right
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from readiness_pack import reading
from readiness_pack.errors import InputError
from readiness_pack.template import yaml_source
from readiness_pack.template.duplicates import Twice, settled
from readiness_pack.template.json_positions import JsonPositions

MAX_DEPTH = yaml_source.MAX_DEPTH
"""How deep maps and lists may be nested. CloudFormation's own limits lie far below; recursion stays safe up to here."""

MAX_DIGITS = 308
"""How many digits an integer may have: more do not fit a double, and so no number of CloudFormation's."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|-?Infinity|NaN|-?\d[\d.eE+-]*')
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

Step = str | int


class Source:
    r"""A JSON or YAML file.

    Args:
        path: where it is.
        display: how messages name it; the path as given by default.
        limit: how many bytes it may have.

    Raises:
        InputError: it cannot be read, is too large, or is no UTF-8 text.

    Example:
        >>> source = Source.from_text("Resources:\n  Key: {Type: AWS::KMS::Key}\n", "template.yaml")
        >>> source.decode()
        {'Resources': {'Key': {'Type': 'AWS::KMS::Key'}}}
        >>> source.position(("Resources", "Key", "Type"))
        (2, 9)
    """

    def __init__(self, path: Path, display: str | None = None, *, limit: int = reading.MAX_TEMPLATE) -> None:
        self.path = path
        self.display = str(path) if display is None else display
        self.data = reading.read(path, limit, shown=self.display)
        """The bytes of the file."""

    @classmethod
    def from_text(cls, text: str, display: str) -> Source:
        """A source that is no file, such as a test's template."""
        source = cls.__new__(cls)
        source.path, source.display, source.data = Path(display), display, text.encode("utf-8", "surrogatepass")
        return source

    def __repr__(self) -> str:
        return f"Source({self.display!r})"

    def error(self, problem: str, position: tuple[int, int] | None = None) -> InputError:
        """An error about this file."""
        line, column = position or (None, None)
        return InputError(problem, file=self.display, line=line, column=column)

    @cached_property
    def text(self) -> str:
        """The whole text.

        Raises:
            InputError: it is no UTF-8, starts with a byte order mark or holds a NUL.
        """
        data = self.data
        if data.startswith(b"\xef\xbb\xbf"):
            raise self.error("starts with a byte order mark; save it as UTF-8 without one", (1, 1))
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise self.error("is UTF-16; save it as UTF-8", (1, 1))
        if (nul := data.find(b"\0")) >= 0:
            raise self.error("holds a NUL character", (data.count(b"\n", 0, nul) + 1, nul - data.rfind(b"\n", 0, nul)))
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            column = error.start - data.rfind(b"\n", 0, error.start)
            raise self.error("is not UTF-8 text", (line, column)) from error

    @cached_property
    def is_json(self) -> bool:
        """Whether the file is JSON: by its name where that says so, else by its first character."""
        suffix = self.path.suffix.lower()
        if suffix == ".json":
            return True
        if not self.text.lstrip(" \t\r\n").startswith("{"):
            return False
        if suffix not in (".yaml", ".yml"):
            return True
        try:  # YAML files may hold JSON, also JSON that libyaml refuses (tabs), and flow maps that are no JSON
            self._hand_written_json()
        except InputError:
            return False
        return True

    # Decoding --------------------------------------------------------------------------------------------------------

    def decode(self, *, machine_made: bool = False) -> Any:
        """The value that the file holds, short forms of intrinsics written out.

        Args:
            machine_made: the file was written by a program (CDK), so that no key stands in it twice: decoded faster.

        Raises:
            InputError: it is no JSON or YAML that CloudFormation accepts, or nested deeper than :data:`MAX_DEPTH`.
        """
        if machine_made and b"\\u0000" not in self.data:
            try:
                return self._shallow(msgspec.json.decode(self.data))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                pass  # the slow way finds the same fault and its place
        value, twice = self._hand_written_json() if self.is_json else yaml_source.decode(self.text, self.display)
        return settled(value) if twice else value

    def _shallow(self, value: Any) -> Any:
        level = [value]
        for _ in range(MAX_DEPTH):
            level = [
                child
                for container in level
                if type(container) is dict or type(container) is list
                for child in (container.values() if type(container) is dict else container)
                if type(child) is dict or type(child) is list
            ]
            if not level:
                return value
        raise self.error(f"is nested deeper than {MAX_DEPTH} levels", self._place_of_depth())

    def _hand_written_json(self) -> tuple[Any, bool]:
        """The value, and whether a key stands somewhere twice."""
        text, twice = self.text, False

        def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            nonlocal twice
            found = dict(pairs)
            if len(found) != len(pairs):
                twice = True
                found = {}
                for key, value in pairs:
                    found[key] = Twice.of(found[key], value) if key in found else value
            return found

        try:
            value = json.loads(
                text,
                object_pairs_hook=object_of,
                parse_constant=self._refuse_constant,
                parse_int=self._int,
                parse_float=self._float,
            )
        except json.JSONDecodeError as error:
            problem = f"is not JSON: {error.msg[:1].lower()}{error.msg[1:]}" if text.strip() else "is empty"
            raise self.error(problem, (error.lineno, error.colno)) from error
        except RecursionError:
            raise self.error(f"is nested deeper than {MAX_DEPTH} levels", self._place_of_depth()) from None
        if _SURROGATE.search(text):
            try:
                json.dumps(value, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                raise self.error("holds half of a surrogate pair (\\ud800 to \\udfff), which is no character") from None
        if nul := _ESCAPED_NUL.search(text):
            raise self.error("holds a NUL character", self._place(nul.start()))
        return self._shallow(value), twice

    def _refuse_constant(self, name: str) -> Any:
        raise self.error(f"{name} is not a number in JSON", self._place_of_token(name))

    def _int(self, digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            raise self.error(f"a number has more than {MAX_DIGITS} digits", self._place_of_token(digits))
        return int(digits)

    def _float(self, digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            raise self.error(f"the number {digits[:20]} is too large", self._place_of_token(digits))
        return value

    # Places ----------------------------------------------------------------------------------------------------------

    def position(self, steps: tuple[Step, ...]) -> tuple[int, int] | None:
        """Line and column, both 1-based, of the value at ``steps`` (keys and indices from the top of the file).

        Returns:
            The place of the key or element; of the nearest one around it where the file has no such value (a property
            that is absent, or stands inside an intrinsic); ``None`` where not even its first step is there.
        """
        try:
            if self.is_json:
                offset = self._json.offset(steps)
                return None if offset is None else self._place(offset)
            return self._yaml.nearest(steps)
        except (InputError, ValueError, StopIteration):
            return None

    @cached_property
    def _yaml(self) -> yaml_source.Place:
        return yaml_source.places(self.text, self.display)

    @cached_property
    def _json(self) -> JsonPositions:
        return JsonPositions(self.text)

    @cached_property
    def _line_starts(self) -> array[int]:
        # An array: lists of as many integers would take more memory than the text in an app of hundreds of stacks.
        return array("Q", (0, *(match.end() for match in re.finditer("\n", self.text))))

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def _place_of_token(self, wanted: str) -> tuple[int, int] | None:
        found = (match.start() for match in _TOKEN.finditer(self.text) if match.group() == wanted)
        return next((self._place(offset) for offset in found), None)

    def _place_of_depth(self) -> tuple[int, int] | None:
        depth = 0
        for match in _TOKEN.finditer(self.text):
            bracket = match.group()
            depth += (bracket in "{[") - (bracket in "}]")
            if depth > MAX_DEPTH:
                return self._place(match.start())
        return None
