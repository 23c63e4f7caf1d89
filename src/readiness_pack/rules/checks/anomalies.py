"""Checks on anomaly detection, of metrics and of logs."""

from __future__ import annotations

from readiness_pack.rules.checks.entry_points import METRICS, alarms_at, name_of, public_entry_points
from readiness_pack.rules.checks.log_groups import is_application_log
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Text, Unknown, Value
from readiness_pack.template.views.alarm_metrics import MetricAlarm
from readiness_pack.template.views.alarms import alarms_on
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.partial import Partial, holds_for_any

_DETECTOR = "AWS::CloudWatch::AnomalyDetector"


def key_metrics_have_band(rule: Rule, subject: Resource | Assembly) -> Verdicts:
    """An alarm learns what traffic or latency of a public entry point is normal, and each detector serves an alarm."""
    del rule
    if isinstance(subject, Resource):
        return _detector(subject)
    entries = public_entry_points(subject)
    if not entries:
        return NOT_APPLICABLE
    if holds_for_any(entries, _has_band):
        return PASS
    return fail(detail="band", reason=f"No alarm learns what is normal for {name_of(entries.known[0])}")


def _has_band(entry: Resource) -> bool:
    metrics = METRICS[entry.type]
    return holds_for_any(alarms_at(entry, metrics.requests + metrics.latency), lambda alarm: alarm.is_anomaly_band)


# Detectors -----------------------------------------------------------------------------------------------------------


def _detector(detector: Resource) -> Verdicts:
    watched = _watched_by(detector)
    for namespace, metric, dimensions in watched.known:
        alarms = alarms_on(str(namespace), str(metric), detector.assembly)
        if holds_for_any(alarms, lambda one, wanted=dimensions: _reads(one, wanted)):  # type: ignore[misc]
            return PASS
    if watched.reason is not None:
        return _unknown(watched)
    if not watched.known:
        return NOT_APPLICABLE
    name = watched.known[0][1]
    return fail(detail="unread", reason=f"Detector {detector.logical_id} learns {name}, and no alarm uses its band")


def _unknown(watched: Partial[tuple[Value, Value, dict[str, Value]]]) -> Verdicts:
    list(watched)  # raises what is not known
    return PASS


def _reads(alarm: MetricAlarm, dimensions: dict[str, Value]) -> bool:
    if not alarm.is_anomaly_band or alarm.dimensions.keys() != dimensions.keys():
        return False
    return all(_same(value, dimensions[name]) for name, value in alarm.dimensions.items())


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, Text | Unknown) and isinstance(other, Text | Unknown) and str(one) == str(other):
        return True
    return bool(one == other)


def _watched_by(detector: Resource) -> Partial[tuple[Value, Value, dict[str, Value]]]:
    """Namespace, metric and dimensions of what a detector learns: its own, or those of its metric math."""
    found: Partial[tuple[Value, Value, dict[str, Value]]] = Partial()
    places = ["", "SingleMetricAnomalyDetector."]
    queries = detector.each("MetricMathAnomalyDetector.MetricDataQueries[*]")
    places += [f"{path}.MetricStat.Metric." for path, _ in queries]
    for place in places:
        namespace, metric = detector.get(f"{place}Namespace"), detector.get(f"{place}MetricName")
        if metric is None:
            continue
        for value in (namespace, metric):
            if isinstance(value, Text | Unknown):
                found.lacking(value.reason)
        dimensions = {}
        for path, _ in detector.each(f"{place}Dimensions[*]"):
            dimensions[str(detector.get(f"{path}.Name"))] = detector.get(f"{path}.Value")
        if isinstance(namespace, str) and isinstance(metric, str):
            found.append((namespace, metric, dimensions))
    return found


# Logs ----------------------------------------------------------------------------------------------------------------


def log_group_has_detector(rule: Rule, group: Resource) -> Verdicts:
    """Somebody learns when the log of a function or service shows patterns that are new."""
    del rule
    if group.get("LogGroupClass", "STANDARD") != "STANDARD" or not is_application_log(group):
        return NOT_APPLICABLE
    return PASS if attached(group, "AWS::Logs::LogAnomalyDetector", "LogGroupArnList[*]") else fail()
