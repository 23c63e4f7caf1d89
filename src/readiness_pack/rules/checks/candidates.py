"""Controls that one of several candidates satisfies: an alarm, a scaling policy, a backup selection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from readiness_pack.template import Undecided

T = TypeVar("T")


def nearest_miss(candidates: Iterable[T], problem: Callable[[T], str | None]) -> str | None:
    """What keeps every candidate from satisfying a control.

    Args:
        candidates: what may satisfy it; a list that is not wholly known may raise :class:`Undecided` at its end.
        problem: what is wrong with one, ``None`` where nothing is; may raise :class:`Undecided`.

    Returns:
        ``None`` where one satisfies it, else what is wrong with the first, ``""`` where there is none.

    Raises:
        Undecided: none satisfies it for certain, and one may.

    Example:
        >>> nearest_miss([80, 443], lambda port: None if port == 443 else f"{port} is plain")
        >>> nearest_miss([80], lambda port: None if port == 443 else f"{port} is plain"), nearest_miss([], str)
        ('80 is plain', '')
    """
    first: str | None = None
    doubt: Undecided | None = None
    iterator = iter(candidates)
    while True:
        try:
            candidate = next(iterator)
            found = problem(candidate)
        except StopIteration:
            break
        except Undecided as undecided:
            doubt = doubt or undecided
            # A generator that raised is at its end: the next round stops.
            continue
        if found is None:
            return None
        first = first or found
    if doubt is not None:
        raise doubt
    return first or ""
