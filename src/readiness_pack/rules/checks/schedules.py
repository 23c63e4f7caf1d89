"""How often a schedule expression fires: ``cron(...)`` with its six fields, and ``rate(...)``.

The fields, their names and the special characters ``L``, ``W`` and ``#`` are those of
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from readiness_pack.template import Text, Undecided, Unknown, Value

_EXPRESSION = re.compile(r"(cron|rate)\s*\(\s*(.*?)\s*\)", re.IGNORECASE)
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
# Two years, one of them a leap year, hold every pattern that a year-less expression can make.
_FIRST_DAY, _DAYS = date(2027, 1, 1), 731

IsDay = Callable[[date], bool]


class _BadExpression(ValueError):
    """The text is no schedule expression."""


def longest_gap(expression: Value) -> float:
    """The longest time between two firings, in hours.

    Args:
        expression: ``cron(0 5 ? * * *)``, ``rate(12 hours)``, as far as it is known.

    Raises:
        Undecided: it is not known, or is no schedule expression.

    Example:
        >>> longest_gap("cron(0 5 ? * * *)"), longest_gap("cron(0 0/6 * * ? *)"), longest_gap("cron(0 5 ? * MON-FRI *)")
        (24.0, 6.0, 72.0)
        >>> longest_gap("rate(12 hours)")
        12.0
    """
    if isinstance(expression, Unknown | Text):
        expression.undecided()
    try:
        return _gap(str(expression))
    except _BadExpression as error:
        raise Undecided(f"{expression} is no schedule that is understood") from error


@lru_cache(maxsize=256)
def _gap(expression: str) -> float:
    match = _EXPRESSION.fullmatch(expression.strip())
    if match is None:
        raise _BadExpression(expression)
    fields = match[2].split()
    if match[1].lower() == "rate":
        return _rate(fields)
    if len(fields) != 6:
        raise _BadExpression(expression)
    return _cron(*fields)


def _rate(fields: list[str]) -> float:
    if len(fields) != 2 or not fields[0].isdigit() or fields[1].rstrip("s") not in _HOURS:
        raise _BadExpression(" ".join(fields))
    return int(fields[0]) * _HOURS[fields[1].rstrip("s")]


def _cron(minutes: str, hours: str, days: str, months: str, weekdays: str, years: str) -> float:
    times = sorted(hour + minute / 60 for hour in _numbers(hours, 0, 23, {}) for minute in _numbers(minutes, 0, 59, {}))
    is_day = _is_day(days, weekdays)
    wanted_months, wanted_years = _numbers(months, 1, 12, _MONTHS), _numbers(years, 1970, 2199, {})
    if not times:
        return math.inf
    longest = max((later - earlier for earlier, later in pairwise(times)), default=0.0)
    last: date | None = None
    for number in range(_DAYS):
        day = _FIRST_DAY + timedelta(days=number)
        if day.month not in wanted_months or day.year not in wanted_years or not is_day(day):
            continue
        if last is not None:
            longest = max(longest, (day - last).days * 24 + times[0] - times[-1])
        last = day
    if last is None or (_FIRST_DAY + timedelta(days=_DAYS) - last).days > 366:
        return math.inf
    return longest if longest else math.inf


def _numbers(field: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    """The numbers that a field stands for: ``*``, ``1,3``, ``MON-FRI``, ``0/6``, ``10-20/5``."""
    found: set[int] = set()
    for part in field.upper().split(","):
        span, _, step = part.partition("/")
        first, last = low, high
        if span not in ("*", "?"):
            start, dash, end = span.partition("-")
            first = _number(start, names)
            last = _number(end, names) if dash else high if step else first
        if step and not step.isdigit():
            raise _BadExpression(field)
        numbers = range(first, last + 1) if first <= last else [*range(first, high + 1), *range(low, last + 1)]
        found.update(list(numbers)[:: int(step) if step else 1])
    return frozenset(found)


def _number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not text.isdigit():
        raise _BadExpression(text)
    return int(text)


def _is_day(days: str, weekdays: str) -> IsDay:
    """Whether a date is one of ``days`` of the month or of ``weekdays``; one of both is ``?`` or ``*``."""
    if weekdays not in ("?", "*"):
        return _weekday_test(weekdays.upper())
    return _month_day_test(days.upper())


def _month_day_test(days: str) -> IsDay:
    if days in ("L", "LW"):
        return lambda day: day.day == calendar.monthrange(day.year, day.month)[1]
    if days.endswith("W"):
        days = days[:-1]  # the nearest working day is at most two days off
    wanted = _numbers(days, 1, 31, {})
    return lambda day: day.day in wanted


def _weekday_test(weekdays: str) -> IsDay:
    def number(day: date) -> int:
        return day.isoweekday() % 7 + 1

    name, mark, place = weekdays.partition("#")
    if mark:
        wanted, which = _number(name, _WEEKDAYS), _number(place, {})
        return lambda day: number(day) == wanted and (day.day - 1) // 7 + 1 == which
    if weekdays.endswith("L") and weekdays != "L":
        wanted = _number(weekdays[:-1], _WEEKDAYS)
        return lambda day: number(day) == wanted and day.day > calendar.monthrange(day.year, day.month)[1] - 7
    every = frozenset({7}) if weekdays == "L" else _numbers(weekdays, 1, 7, _WEEKDAYS)
    return lambda day: number(day) in every
