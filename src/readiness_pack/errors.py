"""Errors that a person can act on; the CLI prints them as one line and exits with 2."""

from __future__ import annotations

from os import PathLike


class ReadinessError(Exception):
    """Base of every error that readiness-pack raises on purpose."""


class InputError(ReadinessError):
    """Something that was given cannot be used: a template, a rule file, a configuration.

    Args:
        problem: what is wrong and what was expected, one sentence, without the place.
        file: the file at fault, as the user knows it.
        line: 1-based line in ``file``.
        column: 1-based column in ``line``.

    Example:
        >>> str(InputError("no rule is called 'Kms'", file="readiness.yaml", line=14))
        "readiness.yaml:14: no rule is called 'Kms'"
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | PathLike[str] | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        self.problem = problem
        self.file = None if file is None else str(file)
        self.line = line
        self.column = column
        super().__init__(str(self))

    def __str__(self) -> str:
        place = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return ": ".join([":".join(place), self.problem] if place else [self.problem])
