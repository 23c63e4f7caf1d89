"""Whether somebody is told when a metric of a resource goes wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from readiness_pack.template import Resource
from readiness_pack.template.views import MetricAlarm, alarms_on, holds_for_any

Side = Literal["above", "below"]

_BOTH = "LessThanLowerOrGreaterThanUpperThreshold"
_OPERATORS: dict[Side, frozenset[str]] = {
    "above": frozenset({"GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "GreaterThanUpperThreshold", _BOTH}),
    "below": frozenset({"LessThanThreshold", "LessThanOrEqualToThreshold", "LessThanLowerThreshold", _BOTH}),
}


def has_alarm(resource: Resource, namespace: str, metrics: str | Iterable[str], bad: Side = "above") -> bool:
    """Whether an alarm goes off when one of ``metrics`` of ``resource`` goes wrong.

    What the alarm then does is judged by the rule about its actions.

    Args:
        resource: what the metric is about.
        namespace: e.g. ``AWS/RDS``.
        metrics: one metric, or several of which any counts.
        bad: the side of the threshold on which trouble lies.

    Raises:
        Undecided: an alarm may be that one.
    """
    return holds_for_any(alarms_on(namespace, metrics, resource), lambda alarm: _watches(alarm, bad))


def _watches(alarm: MetricAlarm, bad: Side) -> bool:
    if alarm.expression is not None:
        return True  # an expression may turn the metric round
    comparison = alarm.comparison
    return comparison is not None and any(bool(comparison == operator) for operator in sorted(_OPERATORS[bad]))
