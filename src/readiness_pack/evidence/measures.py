"""Measured items: a figure with its unit, judged against the target of the checklist and one's own."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import NamedTuple

from readiness_pack.checklist import Measure

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": math.isclose,
}
# Unit -> what it measures, and how much of it; spellings of the units that measures and tools use.
_UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("percent", "%", "pct"), ("percent", 1.0)),
    **dict.fromkeys(("microseconds", "microsecond", "us"), ("time", 1e-6)),
    **dict.fromkeys(("milliseconds", "millisecond", "ms"), ("time", 1e-3)),
    **dict.fromkeys(("seconds", "second", "sec", "s"), ("time", 1.0)),
    **dict.fromkeys(("minutes", "minute", "min"), ("time", 60.0)),
    **dict.fromkeys(("hours", "hour", "h"), ("time", 3600.0)),
    **dict.fromkeys(("days", "day", "d"), ("time", 86400.0)),
    **dict.fromkeys(("count", "counts", "number"), ("count", 1.0)),
    **dict.fromkeys(("times current load", "times", "x"), ("times", 1.0)),
}
_SIGNS = {"percent": "%", "milliseconds": "ms"}


class Figure(NamedTuple):
    """A figure as it was stated."""

    value: float
    unit: str | None


def converted(figure: Figure, unit: str) -> float | None:
    """The value of ``figure`` in ``unit``; ``None`` where its own unit measures something else.

    Example:
        >>> converted(Figure(0.15, "s"), "milliseconds"), converted(Figure(99.95, None), "percent")
        (150.0, 99.95)
        >>> converted(Figure(3, "minutes"), "percent")
    """
    if figure.unit is None or figure.unit.strip().lower() == unit.strip().lower():
        return figure.value
    own, wanted = _UNITS.get(figure.unit.strip().lower()), _UNITS.get(unit.strip().lower())
    if own is None or wanted is None or own[0] != wanted[0]:
        return None
    value = figure.value * own[1] / wanted[1]
    return float(f"{value:.12g}")  # 0.2 s is 200 ms and not 200.00000000000003


def reaches(value: float, comparison: str, target: float) -> bool:
    """Whether ``value`` compares to ``target`` as asked.

    Example:
        >>> reaches(99.9, ">=", 99.9), reaches(200, "<", 200)
        (True, False)
    """
    return _COMPARE[comparison](value, target)


def missed(figure: Figure, *measures: Measure) -> Measure | None:
    """The first of ``measures`` that ``figure`` misses, ``None`` where it reaches all."""
    for measure in measures:
        value = converted(figure, measure.unit)
        if value is None or not reaches(value, measure.comparison, measure.target):
            return measure
    return None


def improper(figure: Figure, unit: str) -> str | None:
    """Why a figure in ``unit`` cannot be what it says, as the end of a sentence; ``None`` where it can.

    Example:
        >>> improper(Figure(9995, "%"), "percent"), improper(Figure(-1, None), "count")
        ('more than 100 percent', 'less than nothing')
    """
    value = converted(figure, unit)
    kind = _UNITS.get(unit.strip().lower(), ("", 1.0))[0]
    if value is None:
        return None
    if not math.isfinite(value):
        return "not a number"
    if kind == "percent":
        return "more than 100 percent" if value > 100 else None
    return "less than nothing" if kind and value < 0 else None


def ambiguous(figure: Figure, measure: Measure) -> str | None:
    """Why a figure needs a unit written beside it, as the end of a sentence; ``None`` where it does not.

    Half a second for a target in milliseconds is written 0.5 by some, and would reach any target.

    Example:
        >>> latency = Measure("api_p95_latency", 200, "milliseconds", "<")
        >>> ambiguous(Figure(0.5, None), latency), ambiguous(Figure(0.5, "s"), latency)
        ('0.5 milliseconds where no unit is given; write the unit', None)
    """
    kind = _UNITS.get(measure.unit.strip().lower(), ("", 1.0))[0]
    if figure.unit is not None or kind != "time" or not 0 < figure.value < 1:
        return None
    return f"{figure.value:g} {measure.unit} where no unit is given; write the unit"


def spelled(value: float, unit: str | None) -> str:
    """A figure for a sentence.

    Example:
        >>> spelled(99.95, "percent"), spelled(12.0, "times current load"), spelled(0.0, "count")
        ('99.95%', '12 times current load', '0')
    """
    number = f"{value:.10g}"
    if unit is None or unit == "count":
        return number
    sign = _SIGNS.get(unit)
    return f"{number}%" if sign == "%" or unit == "%" else f"{number} {sign or unit}"


def asked(measure: Measure) -> str:
    """What a measure asks for, for a sentence.

    Example:
        >>> asked(Measure("availability", 99.9, "percent", ">="))
        'at least 99.9%'
    """
    words = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "==": "exactly"}
    return f"{words[measure.comparison]} {spelled(measure.target, measure.unit)}"
