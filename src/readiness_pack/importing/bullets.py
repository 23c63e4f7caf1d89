"""What a checklist asks for, whatever it was written in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bullet:
    """One thing that a checklist asks for.

    Args:
        line: 1-based line in the file.
        section: the first heading above it.
        group: the headings below that one.
        title: its name.
        statement: what it asks for.
        id: the id that the author gave.
        owner: who answers for it, where the checklist says so.
    """

    line: int
    section: str
    group: str
    title: str
    statement: str
    id: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Document:
    """A checklist.

    Args:
        title: its first heading, where that is the only one of its level.
        bullets: in the order of the file.
        left_out: lines of lists and tables that were not taken for items.
    """

    title: str | None
    bullets: tuple[Bullet, ...]
    left_out: tuple[int, ...] = ()
