"""Tables of items: which column holds what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from readiness_pack.importing.words import Run, Words, is_blank_to_fill_in, plain, words_of

_NAMES = {
    "id": {"id", "#", "no", "nr", "number", "ref", "reference", "key"},
    "title": {"title", "name", "item", "check", "control", "topic", "task", "activity"},
    "statement": {
        "statement", "description", "requirement", "requirements", "question", "details", "criteria", "criterion",
        "expectation", "what", "acceptance criteria", "what to check",
    },
    "group": {"group", "section", "category", "area", "domain", "pillar", "phase"},
    "owner": {"owner", "responsible", "team", "accountable", "who"},
    "done": {"done", "status", "ok", "complete", "completed", "checked", "✓", "✅", "☑", "yes/no", "y/n", "ready",
             "date"},
}  # fmt: skip
_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*[-_.]?\d+")


@dataclass(frozen=True)
class Row:
    """One row of a table of items."""

    words: Words
    group: str | None
    owner: str | None


@dataclass(frozen=True)
class Columns:
    """The numbers of the columns; -1 where there is none."""

    id: int = -1
    title: int = -1
    statement: int = -1
    group: int = -1
    owner: int = -1

    def read(self, cells: Sequence[Sequence[Run]]) -> Row:
        """What a row says."""
        given, group, owner = (self._text(cells, at) for at in (self.id, self.group, self.owner))
        title, statement = self._text(cells, self.title), self._text(cells, self.statement)
        if title and statement:
            words = Words(title, f"{title}: {statement}" if is_blank_to_fill_in(statement) else statement, named=True)
        elif title or statement:
            words = words_of(cells[self.title if title else self.statement])
        else:
            words = Words("", "")
        if given and _ID.fullmatch(given):
            words = replace(words, id=given.upper())
        return Row(words, group or None, None if not owner or is_blank_to_fill_in(owner) else owner)

    @staticmethod
    def _text(cells: Sequence[Sequence[Run]], at: int) -> str:
        return plain(cells[at]) if 0 <= at < len(cells) else ""


def known_columns(header: list[str]) -> Columns | None:
    """The columns of a table whose header names a title or a statement, as words for them go; else ``None``.

    Example:
        >>> known_columns(["ID", "Requirement", "Owner"])
        Columns(id=0, title=-1, statement=1, group=-1, owner=2)
        >>> known_columns(["Abbreviation", "Meaning"])
    """
    columns = _named(header)
    return columns if columns.title >= 0 or columns.statement >= 0 else None


def any_columns(header: list[str]) -> Columns | None:
    """The columns of any table: the first two that nothing else is known of are title and statement."""
    columns = _named(header)
    if columns.title >= 0 or columns.statement >= 0:
        return columns
    known = {word for words in _NAMES.values() for word in words}
    free = [at for at, name in enumerate(header) if name.casefold() not in known]
    if not free:
        return None
    return replace(columns, title=free[0], statement=free[1] if len(free) > 1 else -1)


def _named(header: list[str]) -> Columns:
    found: dict[str, int] = {}
    for at, name in enumerate(header):
        word = name.casefold().strip(" .:*")
        role = next((role for role, words in _NAMES.items() if word in words), None)
        if role and role != "done":
            found.setdefault(role, at)
    return Columns(**found)
