"""Three-valued answers, and how they combine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Miss:
    """It does not hold: ``value`` at ``path`` is not what was wanted."""

    path: str | None = None
    value: Any = None


@dataclass(frozen=True, slots=True)
class Maybe:
    """It cannot be decided, for ``reason``."""

    reason: str
    path: str | None = None


Answer = Literal[True] | Miss | Maybe
Question = Callable[[Any], Answer]
"""Asked of a resource, of an object inside one, or of a value."""

NO = Miss()


def every(answers: Iterable[Answer]) -> Answer:
    """All must hold: the first miss, else the first that cannot be decided."""
    maybe: Maybe | None = None
    for answer in answers:
        if isinstance(answer, Miss):
            return answer
        if isinstance(answer, Maybe) and maybe is None:
            maybe = answer
    return maybe or True


def some(answers: Iterable[Answer]) -> Answer:
    """One is enough: else the first that cannot be decided, else the first miss."""
    first: Miss | None = None
    maybe: Maybe | None = None
    for answer in answers:
        if answer is True:
            return True
        if isinstance(answer, Maybe):
            maybe = maybe or answer
        elif first is None:
            first = answer
    return maybe or first or NO


def all_of(parts: list[Question]) -> Question:
    """Every part holds."""
    return parts[0] if len(parts) == 1 else lambda subject: every(part(subject) for part in parts)


def any_of(parts: list[Question]) -> Question:
    """At least one part holds."""
    return parts[0] if len(parts) == 1 else lambda subject: some(part(subject) for part in parts)


def negated(part: Question) -> Question:
    """The part does not hold."""

    def check(subject: Any) -> Answer:
        answer = part(subject)
        return NO if answer is True else True if isinstance(answer, Miss) else answer

    return check


def located(answer: Answer, path: str, value: Any) -> Answer:
    """The answer with the path at which it was found."""
    if answer is True:
        return True
    if isinstance(answer, Miss):
        dot = "" if answer.path and answer.path.startswith("[") else "."
        inner = f"{path}{dot}{answer.path}" if answer.path else path
        return Miss(inner, answer.value if answer.value is not None else value)
    return answer if answer.path else Maybe(answer.reason, path)
