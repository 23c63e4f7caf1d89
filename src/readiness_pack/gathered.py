"""The findings of many apps as one sequence, worst first, in bounded memory: most of them wait in a temporary file."""

from __future__ import annotations

import json
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, overload

import msgspec

from readiness_pack.errors import InputError
from readiness_pack.findings import SEVERITIES, Finding

IN_MEMORY = 20_000
"""How many findings stay in memory; some 20 MB of them."""

_PART = 500  # findings that are read back at a time
_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(list[Finding])


class Gathered(Sequence[Finding]):
    """Findings by severity, those of one severity in the order in which they were added.

    Args:
        in_memory: beyond how many findings a temporary file is used.

    Example:
        >>> from readiness_pack import Assembly, evaluate
        >>> found = evaluate(Assembly.from_template({"Resources": {"Key": {"Type": "AWS::KMS::Key"}}})).findings
        >>> both = Gathered()
        >>> both.add(found), both.add(found)
        (None, None)
        >>> len(both) == 2 * len(found) and list(both)[0] == both[0] == found[0]
        True
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._length = self._held = 0
        self._piles = {severity: _Pile() for severity in SEVERITIES}

    def add(self, findings: Iterable[Finding]) -> None:
        """Add the findings of an app.

        Raises:
            InputError: the temporary folder is full or cannot be written to.
        """
        for finding in findings:
            self._piles[finding.severity].held.append(finding)
            self._length += 1
            self._held += 1
            if self._held > self._in_memory:
                self._put_away()

    def _put_away(self) -> None:
        with _told():
            for pile in self._piles.values():
                pile.put_away()
        self._held = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Finding]:
        for pile in self._piles.values():
            yield from pile

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        if isinstance(index, slice):
            wanted = range(self._length)[index]
            most = max(wanted, default=-1)
            kept = {number: finding for number, finding in zip(range(most + 1), self, strict=False) if number in wanted}
            return [kept[number] for number in wanted]
        number = range(self._length)[index]
        return next(finding for place, finding in enumerate(self) if place == number)

    def __reduce__(self) -> tuple[type[list[Finding]], tuple[list[Finding]]]:
        return list, (list(self),)


class _Part(NamedTuple):
    file: BinaryIO
    start: int
    length: int
    plain: bool  # MessagePack, else JSON


class _Pile:
    """The findings of one severity: parts in a file that is gone with this process, then those held in memory."""

    def __init__(self) -> None:
        self.held: list[Finding] = []
        self._file: BinaryIO | None = None
        self._parts: list[_Part] = []

    def __iter__(self) -> Iterator[Finding]:
        for file, place, length, plain in self._parts:
            with _told():
                file.seek(place)
                data = file.read(length)
            yield from _DECODER.decode(data) if plain else msgspec.convert(json.loads(data), list[Finding])
        yield from self.held

    def put_away(self) -> None:
        """Move what is held to the file."""
        if not self.held:
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="readiness-")  # noqa: SIM115  as long as the report is used
            weakref.finalize(self, self._file.close)
        end = self._file.seek(0, 2)
        for start in range(0, len(self.held), _PART):
            data, plain = _encoded(self.held[start : start + _PART])
            self._file.write(data)
            self._parts.append(_Part(self._file, end, len(data), plain))
            end += len(data)
        self._file.flush()
        self.held.clear()


def _encoded(findings: list[Finding]) -> tuple[bytes, bool]:
    try:
        return _ENCODER.encode(findings), True
    except UnicodeEncodeError:  # a name of a file that is no UTF-8: JSON can say half of a surrogate pair
        return json.dumps(msgspec.to_builtins(findings)).encode("ascii"), False


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"the temporary folder (TMPDIR) cannot hold the findings: {reason}") from error
