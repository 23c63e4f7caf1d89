"""A progress bar on the terminal for runs that take longer than one wants to wait without a sign of life."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PATIENCE = 2.0
"""Seconds after which the bar appears."""

_STEP = 0.1  # seconds between two looks at the clock's effect on the bar

T = TypeVar("T")


class Progress:
    """Shows on a terminal's stderr how far a run is, from :data:`PATIENCE` seconds on.

    Args:
        parts: how many apps are judged.
    """

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._done = 0
        self._started = time.monotonic()
        self._shown = 0.0
        self._bar: Bar | None = None
        self._wanted = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def each(self, resources: Sequence[T]) -> Iterator[T]:
        """``resources`` one by one, while the bar moves."""
        for number, resource in enumerate(resources):
            if self._wanted:
                self._show(self._done + number / len(resources))
            yield resource

    def part_done(self) -> None:
        """One app is judged."""
        self._done += 1
        if self._wanted:
            self._show(self._done)

    def _show(self, done: float) -> None:
        now = time.monotonic()
        if now - self._started < PATIENCE or now - self._shown < _STEP:
            return
        self._shown = now
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._bar.add_task("judging", total=self._parts)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=done)
