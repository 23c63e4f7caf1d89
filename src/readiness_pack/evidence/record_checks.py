"""What must be right with a record: errors of its author stop reading, the rest makes it count for nothing."""

from __future__ import annotations

import datetime
import hashlib
import math
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from readiness_pack.checklist import Measure
from readiness_pack.errors import InputError
from readiness_pack.evidence.measures import Figure, ambiguous, converted, improper
from readiness_pack.evidence.placeholders import placeholder
from readiness_pack.rules.facts import improper as unfit_value
from readiness_pack.typed_yaml import nearest

if TYPE_CHECKING:
    from readiness_pack.checklist import Checklist, ItemSpec
    from readiness_pack.evidence.records import EvidenceFile, FileRef, Record

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
_LINK = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
_SHORTEST = 10
"""So many characters a reason or statement needs at least: fewer say nothing that somebody could check."""

_ONLY_WITH_ITEM = ("unit", "target", "comparison", "extended", "not_applicable")
MADE_BY = {
    "CRT-SGN-": "is a signature: `readiness sign` makes it, a record does not",
    "CRT-REC-": "is of the certificate: `readiness certify` makes it, a record does not",
}


def checked(
    record: Record,
    file: EvidenceFile,
    project: Path,
    checklist: Checklist | None,
    facts: Collection[str],
    today: datetime.date,
) -> Record:
    """``record`` with its end filled in, and with ``problem`` where it counts for nothing.

    Args:
        record: as it was read.
        file: where it was read.
        project: the folder that its files must be in.
        checklist: the items; ``None`` leaves records of items unread.
        facts: names of facts that rules ask for.
        today: the day on which is judged.

    Raises:
        InputError: its author cannot have meant it.
    """
    return _Check(record, file, today).run(project, checklist, facts)


class _Check:
    def __init__(self, record: Record, file: EvidenceFile, today: datetime.date) -> None:
        self._record = record
        self._file = file
        self._today = today

    def run(self, project: Path, checklist: Checklist | None, facts: Collection[str]) -> Record:
        record = self._record
        if (record.item is None) == (record.fact is None):
            raise self._error("give either an item or a fact that the record is about")
        if record.fact is not None:
            self._fact(facts)
            item = None
        else:
            item = self._item(checklist)
        self._words()
        last_day = self._last_day(item)
        paths = [self._path(one, number, project) for number, one in enumerate(record.files)]
        problem = (
            (self._decided_elsewhere(item) if item else None)
            or self._placeholder()
            or self._changed(paths)
            or (self._figure(item) if item else None)
        )
        value = True if record.fact is not None and record.value is None else record.value
        unit = record.unit
        if value is not None and unit is None and item is not None and item.evidence and item.evidence.measure:
            unit = item.evidence.measure.unit
        return replace(record, valid_until=last_day, problem=problem, value=value, unit=unit)

    def _error(self, text: str, key: str | None = None, index: int | None = None) -> InputError:
        if key is None:
            return InputError(text, file=self._file.shown, line=self._record.line)
        number = next(n for n, one in enumerate(self._file.records) if one is self._record)
        below = () if index is None else (index,)
        where = key if index is None else f"{key}[{index}]"
        return self._file.error(f"{where}: {text}", "records", number, key, *below)

    # What it is about ---

    def _fact(self, facts: Collection[str]) -> None:
        name = self._record.fact or ""
        if name not in facts:
            raise self._error(f"no rule asks for a fact '{name}'.{nearest(name, set(facts))}", "fact")
        for key in _ONLY_WITH_ITEM:
            if getattr(self._record, key) is not None:
                raise self._error("a fact has none; it is for records of items", key)
        unfit = None if self._record.value is None else unfit_value(name, self._record.value)
        if unfit is not None:
            raise self._error(unfit, "value")
        if self._record.valid_until is None:
            raise self._error(f"fact '{name}' needs valid_until: the last day on which it counts")

    def _item(self, checklist: Checklist | None) -> ItemSpec | None:
        name = self._record.item or ""
        if checklist is None:
            return None
        item = checklist.by_id.get(name)
        if item is None:
            raise self._error(f"there is no item '{name}'.{nearest(name, set(checklist.by_id))}", "item")
        return item

    def _decided_elsewhere(self, item: ItemSpec) -> str | None:
        if self._record.not_applicable is None and item.evidence is None:
            return f"rules alone decide {item.id}; a record adds nothing"
        if item.evidence is None:
            return f"rules alone decide whether {item.id} applies; waive its findings instead"
        made = next((text for start, text in MADE_BY.items() if item.id.startswith(start)), None)
        return f"{item.id} {made}" if made else None

    # Words ---

    def _words(self) -> None:
        record = self._record
        if not record.owner.strip():
            raise self._error("say who answers for it", "owner")
        if record.item is not None and record.not_applicable is None and not record.statement.strip():
            raise self._error("the record needs a statement: what was done, and what came of it")
        for key in ("not_applicable", "extended"):
            text = getattr(record, key)
            if text is not None and len(text.strip()) < _SHORTEST:
                raise self._error(f"shorter than {_SHORTEST} characters; say why", key)
        for number, link in enumerate(record.links):
            if not _LINK.fullmatch(link):
                raise self._error(f"'{link}' is not an address that begins with https://", "links", number)

    def _placeholder(self) -> str | None:
        record = self._record
        told = {"owner": record.owner, "not_applicable": record.not_applicable, "extended": record.extended}
        if record.statement.strip():
            told["statement"] = record.statement
        for key, text in told.items():
            found = placeholder(text) if text is not None else None
            if found is not None:
                return f"its {key.replace('_', ' ')} is not filled in: {found}"
        found = next(filter(None, map(placeholder, record.links)), None)
        if found is not None:
            return f"its links are not filled in: {found}"
        in_words = record.item is not None and record.not_applicable is None and record.value is None
        if in_words and len(record.statement.strip()) < _SHORTEST:
            return f"its statement, '{record.statement.strip()}', does not say what was done"
        return None

    # Dates ---

    def _last_day(self, item: ItemSpec | None) -> datetime.date:
        record = self._record
        if record.date > self._today:
            raise self._error(f"{record.date} is in the future; today is {self._today}", "date")
        default = self._default_end(item)
        if record.valid_until is None:
            return default
        if record.valid_until < record.date:
            raise self._error(f"{record.valid_until} is before its date, {record.date}", "valid_until")
        if item is not None and item.evidence is not None and record.valid_until > default and not record.extended:
            late = f"{record.valid_until} is more than {item.evidence.valid_days} days after its date"
            text = f"{late}; end it by {default}, or say why in 'extended'"
            raise self._error(text, "valid_until")
        return record.valid_until

    def _default_end(self, item: ItemSpec | None) -> datetime.date:
        days = item.evidence.valid_days if item is not None and item.evidence is not None else 0
        try:
            return self._record.date + datetime.timedelta(days)
        except OverflowError:
            return datetime.date.max

    # Figures ---

    def _figure(self, item: ItemSpec) -> str | None:
        record = self._record
        measure = item.evidence.measure if item.evidence else None
        if record.value is None:
            if record.target is not None or record.comparison is not None or record.unit is not None:
                raise self._error("a target, comparison or unit needs a value")
            if measure is not None and record.not_applicable is None:
                return f"it states no value; {measure.name} in {measure.unit} is what {item.id} asks for"
            return None
        if isinstance(record.value, bool) or not isinstance(record.value, int | float):
            raise self._error(f"'{record.value}' is not a number", "value")
        if not _is_finite(record.value):
            raise self._error("not a number", "value")
        if record.not_applicable is not None:
            raise self._error("an item that does not apply has no value", "value")
        figure = Figure(float(record.value), record.unit)
        unit = measure.unit if measure else record.unit
        if unit is not None:
            self._proper(figure, unit, measure)
        self._own_target(measure)
        return None

    def _proper(self, figure: Figure, unit: str, measure: Measure | None) -> None:
        if measure is not None and converted(figure, unit) is None:
            raise self._error(f"{measure.name} is given in {unit}, not in {figure.unit}", "unit")
        wrong = improper(figure, unit) or (ambiguous(figure, measure) if measure is not None else None)
        if wrong is not None:
            raise self._error(f"{figure.value:g} is {wrong}", "value")

    def _own_target(self, measure: Measure | None) -> None:
        record = self._record
        if record.target is None:
            if record.comparison is not None and measure is None:
                raise self._error("a comparison needs a target", "comparison")
        elif not _is_finite(record.target):
            raise self._error("not a number", "target")
        elif record.comparison is None and measure is None:
            raise self._error("a target needs a comparison: >=, <=, >, < or ==", "target")
        if (
            record.comparison is not None
            and measure is not None
            and record.comparison[0] not in (measure.comparison[0], "=")
        ):
            text = f"{measure.name} compares with {measure.comparison} {measure.target:g}, not with {record.comparison}"
            raise self._error(text, "comparison")

    # Files ---

    def _path(self, ref: FileRef, number: int, project: Path) -> Path:
        if not _SHA256.fullmatch(ref.sha256):
            raise self._error("64 hexadecimal digits are needed for sha256", "files", number)
        try:
            return inside(self._file.path, ref.path, project)
        except ValueError as error:
            raise self._error(str(error), "files", number) from error

    def _changed(self, paths: Sequence[Path]) -> str | None:
        for ref, path in zip(self._record.files, paths, strict=True):
            try:
                actual = sha256_of(path)
            except OSError as error:
                missing = isinstance(error, FileNotFoundError)
                return (
                    f"its file {ref.path} {'is not there' if missing else f'cannot be read: {error.strerror or error}'}"
                )
            wanted = _SHA256.fullmatch(ref.sha256)
            if wanted is not None and wanted[1].lower() != actual:
                return f"its file {ref.path} changed since; its SHA-256 is {actual}{_line_ends(path, wanted[1])}"
        return None


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond what a float can hold
        return False


def _line_ends(path: Path, wanted: str) -> str:
    """That a checkout converted the line ends of a text, where nothing else changed."""
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    plain = data.replace(b"\r\n", b"\n")
    other = (plain, plain.replace(b"\n", b"\r\n"))
    if all(hashlib.sha256(text).hexdigest() != wanted.lower() for text in other):
        return ""
    return " (only its line ends differ: git keeps them as they are where .gitattributes says -text of the file)"


def inside(file: Path, path: str, project: Path) -> Path:
    """The file that ``path``, written in ``file``, means.

    Raises:
        ValueError: it is outside of the project's folder, links followed.
    """
    if not path.strip() or "\0" in path:
        raise ValueError("names no file")
    if Path(path).is_absolute():
        raise ValueError(f"{path} is absolute; give it relative to this file")
    try:
        found = (file.parent / path).resolve()
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{path} cannot be found: {error}") from error
    if not found.is_relative_to(project):
        raise ValueError(f"{path} is outside of the project's folder")
    return found


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    if path.exists() and not path.is_file():  # opening a pipe would wait until somebody writes to it
        raise OSError("it is not a file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_together(records: Sequence[Record]) -> None:
    """Records of one item and day, or of one fact and overlapping times, must not say opposite things.

    Raises:
        InputError: two of them do.
    """
    by_subject: dict[str, list[Record]] = {}
    for record in records:
        known = by_subject.setdefault(record.item or f"fact {record.fact}", [])
        for other in known:
            difference = _difference(record, other)
            if difference is not None:
                place = f"{other.file}:{other.line}"
                text = f"this record of {record.item or record.fact} contradicts that of {place}: {difference}"
                raise InputError(text, file=record.file, line=record.line)
        known.append(record)


def _difference(record: Record, other: Record) -> str | None:
    if record.problem is not None or other.problem is not None:
        return None
    if record.fact is not None:
        overlap = record.date <= other.last_day and other.date <= record.last_day
        return f"it is {_word(other.value)} there" if overlap and record.value != other.value else None
    if record.date != other.date:
        return None
    if (record.not_applicable is None) != (other.not_applicable is None):
        return "one says that the item does not apply"
    if record.value is not None and other.value is not None and not _equal(record, other):
        return f"the value is {_word(other.value)} there"
    return None


def _equal(record: Record, other: Record) -> bool:
    if record.unit is None or other.unit is None:
        return bool(record.value == other.value)
    return converted(Figure(float(record.value), record.unit), other.unit) == float(other.value)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
