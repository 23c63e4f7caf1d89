"""What a report of a tool says, before it is known which item it is for; and the words and dates they share."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import NamedTuple


class Figure(NamedTuple):
    """The figure that a report states.

    Args:
        name: as the ``measure`` of an item calls it; only then the figure decides the item.
        value: the figure.
        unit: its unit.
    """

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Outcome:
    """What a report says.

    Args:
        tool: which tool wrote it.
        statement: what it found, in a sentence.
        items: the items that it is for, where the evidence file names none.
        passed: whether what it found is what one hopes for; ``None`` where the report does not say.
        date: of when it is; ``None`` where it does not say.
        figures: the figures that it states, the main one first.
        asks: where ``items`` is empty, why, and what to write.
    """

    tool: str
    statement: str
    items: tuple[str, ...]
    passed: bool | None
    date: datetime.date | None = None
    figures: tuple[Figure, ...] = ()
    asks: str = ""


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "test"), counted(1234, "test"), counted(2, "copy", "copies")
        ('1 test', '1,234 tests', '2 copies')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def plain(text: str, limit: int = 60) -> str:
    """Text of a report in one short line of printable characters.

    Example:
        >>> plain("Trivy" + chr(10) + "  scan")
        'Trivy scan'
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def percent(share: float) -> str:
    """A share in percent, never rounded up: 89.996 is not 90.

    Example:
        >>> percent(0.89996), percent(1.0), percent(0.5)
        ('89.99%', '100%', '50%')
    """
    return f"{int(share * 10_000 + 1e-9) / 100:g}%"


def day_of(text: str) -> datetime.date | None:
    """The day of a timestamp as reports write it (ISO 8601), in UTC where it names a zone.

    Example:
        >>> day_of("2026-10-02T23:30:00-04:00"), day_of("2026-10-02T23:30:00"), day_of("yesterday")
        (datetime.date(2026, 10, 3), datetime.date(2026, 10, 2), None)
    """
    try:
        moment = datetime.datetime.fromisoformat(text.strip())
        return (moment.astimezone(datetime.UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return None


def day_of_epoch(seconds: float) -> datetime.date | None:
    """The day, in UTC, of a time in seconds since 1970; milliseconds are recognised by their size.

    Example:
        >>> day_of_epoch(1795572679), day_of_epoch(1795572679019), day_of_epoch(0)
        (datetime.date(2026, 11, 25), datetime.date(2026, 11, 25), None)
    """
    if seconds > 1e11:
        seconds /= 1000
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date() if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
