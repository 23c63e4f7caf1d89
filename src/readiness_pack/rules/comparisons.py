"""Comparing one value with what a rule wants: the leaves of the rule language."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from readiness_pack.rules.answers import NO, Answer, Maybe, Miss, Question, any_of
from readiness_pack.template import Reference, Text, Undecided, Unknown, Value, as_flag, as_number


class BadRule(Exception):
    """The specification is not in the rule language; says what and where."""


def absent(value: Value) -> Answer:
    """The property is not given."""
    return True if value is None else Maybe(value.reason) if isinstance(value, Unknown) else Miss(None, value)


def present(value: Value) -> Answer:
    """The property is given."""
    # A parameter or an attribute gives some value; only AWS::NoValue is absence, and that is resolved already.
    return True if value is not None else NO


def equals(literal: str | bool | int | float) -> Question:
    """The value is ``literal``, in any spelling that CloudFormation accepts for it (``"true"``, ``"30"``)."""
    if isinstance(literal, bool):
        return _compared(as_flag, literal)
    if isinstance(literal, int | float):
        return _compared(as_number, literal)

    def check(value: Value) -> Answer:
        if value is None:
            return NO
        if isinstance(value, bool | int | float):
            value = str(value).lower() if isinstance(value, bool) else str(value)
        return _decided(lambda: value == literal, value)

    return check


def _compared(read: Callable[[Value], Any], literal: Any) -> Question:
    def check(value: Value) -> Answer:
        if value is None:
            return NO
        if isinstance(value, Text | Reference | Unknown):
            return Maybe(why_unknown(value))
        try:
            return True if read(value) == literal else Miss(None, value)
        except Undecided:
            return Miss(None, value)  # known, and no boolean or number at all

    return check


def why_unknown(value: Value) -> str:
    """The reason why a value is not known."""
    return value.reason if isinstance(value, Unknown | Text) else f"{value} is only known after deployment"


def _decided(question: Callable[[], bool], value: Value) -> Answer:
    try:
        return True if question() else Miss(None, value)
    except Undecided as undecided:
        return Maybe(undecided.reason)


def one_of(options: list[Any]) -> Question:
    """The value equals one of ``options``; ``absent`` may be among them."""
    return any_of([absent if option == "absent" or option is None else equals(option) for option in options])


def number_that(holds: Callable[[float], bool], sample: Any, where: str) -> Question:
    """The value is a number for which ``holds`` holds; ``sample`` is what the rule gave, ``where`` in it."""
    if isinstance(sample, bool) or not isinstance(sample, int | float):
        raise BadRule(f"{where}: a number is expected")

    def check(value: Value) -> Answer:
        if value is None:
            return NO
        if isinstance(value, Text | Reference | Unknown):
            return Maybe(why_unknown(value))
        try:
            number = as_number(value)
        except Undecided:
            return Miss(None, value)
        return True if number is not None and holds(number) else Miss(None, value)

    return check


def matches(pattern: Any, where: str) -> Question:
    """The value contains the regular expression ``pattern``."""
    try:
        compiled = re.compile(pattern)
    except (re.error, TypeError) as error:
        raise BadRule(f"{where}: not a regular expression: {error}") from error

    def check(value: Value) -> Answer:
        if value is None:
            return NO
        if isinstance(value, Text | Reference | Unknown):
            return Maybe(why_unknown(value))
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return True if compiled.search(text) else Miss(None, value)

    return check
