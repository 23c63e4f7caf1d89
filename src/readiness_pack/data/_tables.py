"""Reads the table files beside this module: their heads, and their entries once a process."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

FOLDER = Path(__file__).parent

E = TypeVar("E")


class TableInfo(msgspec.Struct, frozen=True):
    """What a table says of itself.

    Args:
        made: the day the table was made or last checked.
        as_of: the day up to which its source knows the facts.
        source: the public package and version, or the pages, that it comes from.
        about: what it says and how far it can be trusted.
        name: of the table, such as ``lambda_runtimes``.
    """

    made: date
    as_of: date
    source: str
    about: str
    name: str = ""

    def age(self, today: date) -> timedelta:
        """How long ago the table was made."""
        return today - self.made


class Content(msgspec.Struct, frozen=True):
    """The base of what a table file holds beside its head; a subclass declares ``entries``."""


C = TypeVar("C", bound=Content)


@cache
def tables() -> tuple[TableInfo, ...]:
    """The heads of all tables, by name.

    Example:
        >>> [table.name for table in tables()][:2]
        ['database_logs', 'database_metrics']
    """
    names = sorted(path.stem for path in FOLDER.glob("*.json"))
    return tuple(msgspec.structs.replace(_decode(name, TableInfo), name=name) for name in names)


def stale_tables(today: date, max_age_days: int = 180) -> list[TableInfo]:
    """The tables that were made more than ``max_age_days`` before ``today``, oldest first.

    A stale table is not wrong, but a newer release of readiness-pack may know of later dates.

    Args:
        today: the day of the run.
        max_age_days: how many days a table counts as fresh.

    Example:
        >>> from datetime import date
        >>> [table.name for table in stale_tables(date(2020, 1, 1))]
        []
    """
    limit = timedelta(days=max_age_days)
    return sorted((table for table in tables() if table.age(today) > limit), key=lambda table: (table.made, table.name))


def load(name: str, type_: type[C]) -> C:
    """Decode the table ``name``. The callers keep the result for the life of the process."""
    return _decode(name, type_)


def _decode(name: str, type_: type[E]) -> E:
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes(), type=type_)
