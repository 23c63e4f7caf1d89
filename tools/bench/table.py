"""The table: one line for each thing that was measured, with its ratio, its spread and what is to be reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.bench.running import Series


@dataclass(frozen=True)
class Figure:
    """A measured number with its spread.

    Args:
        value: the median.
        low: the smallest of the runs.
        high: the largest.
        unit: ``s``, ``MB``, ``x``, or empty.
    """

    value: float
    low: float
    high: float
    unit: str = "s"

    @classmethod
    def of(cls, series: Series) -> Figure:
        """Seconds of a series."""
        return cls(series.median, min(series.seconds), max(series.seconds))

    @classmethod
    def added(cls, series: Series, base: Series) -> Figure:
        """Seconds that ``series`` takes more than ``base``: between the medians, and round by round."""
        differences = [one - other for one, other in zip(series.seconds, base.seconds, strict=True)]
        return cls(series.median - base.median, min(differences), max(differences))

    @classmethod
    def of_memory(cls, series: Series) -> Figure:
        """Peak memory of a series."""
        sizes = [sample.memory / 1e6 for sample in series.samples]
        return cls(series.memory / 1e6, min(sizes), max(sizes), "MB")

    def __str__(self) -> str:
        """As a person reads it: small times in milliseconds.

        Example:
            >>> str(Figure(0.0312, 0.03, 0.04)), str(Figure(1.26, 1.2, 1.31)), str(Figure(46.7, 46.2, 47.9, "MB"))
            ('31 ms (30-40)', '1.26 s (1.20-1.31)', '47 MB (46-48)')
        """
        if self.unit == "s" and max(abs(self.value), abs(self.high)) < 1:
            return f"{self.value * 1000:.0f} ms ({self.low * 1000:.0f}-{self.high * 1000:.0f})"
        digits = 2 if self.unit == "s" else 0
        return f"{self.value:.{digits}f} {self.unit} ({self.low:.{digits}f}-{self.high:.{digits}f})".replace("  ", " ")


@dataclass(frozen=True)
class Row:
    """One comparison.

    Args:
        work: what was done.
        ours: what it took us.
        against: the name of what it is compared with; empty where with nothing.
        theirs: what it took them.
        limit: the ratio to reach, ``None`` where the ratio is only told.
        at_least: whether the ratio has to be above ``limit``, not below.
        remark: what else belongs to the figures.
    """

    work: str
    ours: Figure
    against: str = ""
    theirs: Figure | None = None
    limit: float | None = None
    at_least: bool = False
    remark: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours by theirs, or theirs by ours where more is better; ``None`` without a positive figure to divide by."""
        if self.theirs is None:
            return None
        above, below = (self.theirs, self.ours) if self.at_least else (self.ours, self.theirs)
        return above.value / below.value if below.value > 0 else None

    @property
    def reached(self) -> bool | None:
        """Whether the limit is kept; ``None`` where there is none."""
        if self.limit is None:
            return None
        ratio = self.ratio
        if ratio is None:
            return False
        return ratio >= self.limit if self.at_least else ratio <= self.limit

    def cells(self) -> list[str]:
        """The columns of the table."""
        limit = "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {self.limit:g}"
        verdict = {None: "", True: "reached", False: "**not reached**"}[self.reached]
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        theirs = "" if self.theirs is None else str(self.theirs)
        return [self.work, str(self.ours), self.against, theirs, ratio, limit, verdict, self.remark]


HEAD = ["work", "readiness-pack", "against", "takes", "ratio", "to reach", "", "remark"]


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table; columns that nobody filled are left out."""
    return _table(*_used([HEAD, *(row.cells() for row in rows)]))


def text(rows: Iterable[Row]) -> str:
    """The rows for a terminal."""
    lines = [[cell.replace("**", "") for cell in line] for line in _used([HEAD, *(row.cells() for row in rows)])]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _used(lines: Sequence[Sequence[str]]) -> list[list[str]]:
    columns = [column for column in range(len(lines[0])) if any(line[column] for line in lines[1:])]
    return [[line[column] for column in columns] for line in lines]


def _table(head: Sequence[str], *lines: Sequence[str]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *lines]) + "\n"
