"""A report file as its readers take it: the bytes, what form they have, and the content, decoded with care.

Reports come from outside: size and depth are limited, and XML declares no entities.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar
from xml.parsers import expat

import msgspec

from readiness_pack.errors import InputError

T = TypeVar("T")

Form = Literal["xml", "json", "csv"]

MAX_BYTES = 50 * 1024 * 1024
"""A larger file is no report that a person will ever look at."""

MAX_DEPTH = 100
"""How deep XML elements may be nested."""


class Element(NamedTuple):
    """The start of an XML element.

    Args:
        path: the names from the root to the element, without namespace prefixes.
        attributes: as written.
    """

    path: tuple[str, ...]
    attributes: dict[str, str]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]

    @property
    def parent(self) -> str:
        """The name of the element it is in, empty for the root."""
        return self.path[-2] if len(self.path) > 1 else ""


@dataclass(frozen=True)
class Document:
    """A report file.

    Args:
        data: its bytes.
        name: its file name.
        shown: how errors name the file.

    Example:
        >>> Document(b'{"a": 1}', "a.json", "a.json").json
        {'a': 1}
    """

    data: bytes
    name: str
    shown: str

    @classmethod
    def load(cls, path: Path, shown: str | None = None) -> Document:
        """Read a file.

        Raises:
            InputError: it cannot be read, is empty, or is larger than `MAX_BYTES`.
        """
        shown = shown or str(path)
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", file=shown) from error
        if len(data) > MAX_BYTES:
            raise InputError(f"larger than {MAX_BYTES // 1024**2} MB, so it is not read", file=shown)
        if not data.strip(b"\xef\xbb\xbf \t\r\n\0"):
            raise InputError("the file is empty, which is no evidence", file=shown)
        return cls(data, path.name, shown)

    @property
    def sha256(self) -> str:
        """The hash of its bytes, in hexadecimal digits."""
        return sha256(self.data).hexdigest()

    @cached_property
    def form(self) -> Form:
        """How it is written; text that is neither XML nor JSON is taken for CSV."""
        start = self.data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")[:1]
        return "xml" if start == b"<" else "json" if start in (b"{", b"[") else "csv"

    @cached_property
    def json(self) -> Any:
        """The content of a JSON file."""
        try:
            return msgspec.json.decode(self.text)
        except (msgspec.DecodeError, RecursionError) as error:
            raise self.error(f"not valid JSON, so it may be cut off: {error}") from error

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """The rows of a CSV file by the names in its first line; none where that line is all there is."""
        try:
            return [
                {key or "": value if isinstance(value, str) else "" for key, value in row.items()}
                for row in csv.DictReader(io.StringIO(self.text))
            ]
        except csv.Error as error:
            raise self.error(f"not valid CSV: {error}") from error

    @cached_property
    def columns(self) -> list[str]:
        """The names in the first line of a CSV file."""
        try:
            return next(csv.reader(io.StringIO(self.text)), [])
        except csv.Error:
            return []

    @cached_property
    def text(self) -> str:
        """The content of a text file in UTF-8."""
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.error("the file is not UTF-8 text") from error

    @cached_property
    def root(self) -> str:
        """The name of the outermost XML element."""
        found = self.elements((), first=True)
        return found[0].name if found else ""

    def elements(self, names: Collection[str], *, first: bool = False) -> list[Element]:
        """The XML elements that are called one of ``names``, in the order of the file.

        Args:
            names: the names without prefix.
            first: stop after the outermost element, whatever its name is.

        Raises:
            InputError: the file is not well-formed, nested too deep, or declares entities: these could stand for other
                files or for gigabytes.
        """
        found: list[Element] = []
        path: list[str] = []
        parser = expat.ParserCreate()

        def start(tag: str, attributes: dict[str, str]) -> None:
            path.append(tag.rpartition(":")[2])
            if len(path) > MAX_DEPTH:
                raise self.error(f"nested more than {MAX_DEPTH} levels deep", parser.CurrentLineNumber)
            if first:
                found.append(Element(tuple(path), attributes))
                raise _Enough
            if path[-1] in names:
                found.append(Element(tuple(path), attributes))

        def end(_tag: str) -> None:
            path.pop()

        def entity(*_: object) -> None:
            raise self.error("declares XML entities, which a report has no use for", parser.CurrentLineNumber)

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.EntityDeclHandler = entity
        parser.ExternalEntityRefHandler = None  # the DTD that a DOCTYPE names is not looked for
        try:
            parser.Parse(self.data, True)
        except _Enough:
            pass
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise self.error(f"not well-formed XML, so it may be cut off: {what}", error.lineno) from error
        except (ValueError, LookupError) as error:  # an encoding that does not exist
            raise self.error(f"not readable as XML: {error}") from error
        return found

    def decoded(self, type_: type[T], what: str) -> T:
        """The content of a JSON file as ``type_``.

        Args:
            type_: a msgspec struct.
            what: the kind of report, for the error.

        Raises:
            InputError: the content does not fit.
        """
        try:
            return msgspec.convert(self.json, type_)
        except msgspec.ValidationError as error:
            said = str(error)
            raise self.error(f"not {what} as its tool writes it: {said[0].lower()}{said[1:]}") from error

    def error(self, problem: str, line: int | None = None) -> InputError:
        """An error about the file."""
        return InputError(problem, file=self.shown, line=line)


class _Enough(Exception):
    """The part of the file that was asked for has been read."""
