"""Judging the elements of a list one by one, so that one that is not known hides no failure of another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from readiness_pack.rules.outcome import Outcome, unknown
from readiness_pack.template import Undecided

T = TypeVar("T")


def judged(elements: Iterable[T], judge: Callable[[T], Outcome | None]) -> list[Outcome]:
    """What ``judge`` finds wrong with each of ``elements``.

    Args:
        elements: what is judged; a list that is not wholly known may raise :class:`Undecided` at its end.
        judge: gives a failure, or ``None`` where there is nothing to object to; may raise :class:`Undecided`.

    Returns:
        The failures; where there are none, one ``unknown`` for the first element that cannot be decided.

    Example:
        >>> from readiness_pack.rules import fail
        >>> found = judged([80, 443], lambda port: fail(detail=str(port)) if port == 80 else None)
        >>> [outcome.detail for outcome in found]
        ['80']
    """
    found: list[Outcome] = []
    doubt: Undecided | None = None
    iterator = iter(elements)
    while True:
        try:
            element = next(iterator)
        except StopIteration:
            break
        except Undecided as undecided:
            doubt = doubt or undecided
            break
        try:
            outcome = judge(element)
        except Undecided as undecided:
            doubt = doubt or undecided
            continue
        if outcome is not None:
            found.append(outcome)
    if not found and doubt is not None:
        return [unknown(doubt.reason)]
    return found
