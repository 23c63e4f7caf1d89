"""Checks on service level objectives, and on the probes that measure them from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readiness_pack.rules.checks.candidates import nearest_miss
from readiness_pack.rules.checks.entry_points import METRICS, alarms_at, name_of, public_entry_points
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided, as_number
from readiness_pack.template.views.alarm_metrics import MetricAlarm
from readiness_pack.template.views.alarms import alarms_on
from readiness_pack.template.views.metric_units import time_unit
from readiness_pack.template.views.partial import Partial

_OBJECTIVE = "AWS::ApplicationSignals::ServiceLevelObjective"
_CANARY = "AWS::Synthetics::Canary"
_FALLING = ("LessThanThreshold", "LessThanOrEqualToThreshold")
_TIMES_100 = re.compile(r"\*\s*\(?\s*100\b|\b100(?:\.0*)?\s*\)?\s*\*")
_NAME = re.compile(r"\b[a-z]\w*\b")
_RISING = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")
# https://docs.aws.amazon.com/applicationsignals/latest/APIReference/API_Goal.html
_DEFAULT_GOAL = 99

# Availability --------------------------------------------------------------------------------------------------------


def availability_is_declared(rule: Rule, assembly: Assembly) -> Verdicts:
    """An objective, or an alarm on the share of requests that succeed, holds the app to its availability."""
    entries = public_entry_points(assembly)
    if not entries:
        return NOT_APPLICABLE
    least = rule["min_availability"]
    missed = nearest_miss(_measures(assembly, entries), lambda one: _availability_problem(one, least))
    if missed is None:
        return PASS
    return fail(detail="availability", entry=name_of(entries.known[0]), reason=missed or "nothing measures it")


def _measures(assembly: Assembly, entries: Partial[Resource]) -> Iterator[Resource | MetricAlarm]:
    yield from assembly.of_type(_OBJECTIVE)
    doubt: Undecided | None = None
    sources = [alarms_at(entry, METRICS[entry.type].errors) for entry in entries.known]
    sources.append(alarms_on("CloudWatchSynthetics", "SuccessPercent", assembly))
    for source in sources:
        try:
            yield from source
        except Undecided as undecided:
            doubt = doubt or undecided
    if doubt is not None:
        raise doubt


def _availability_problem(measure: Resource | MetricAlarm, least: float) -> str | None:
    return _goal_problem(measure, least) if isinstance(measure, Resource) else _share_problem(measure, least)


def _goal_problem(objective: Resource, least: float) -> str | None:
    name = objective.logical_id
    if _is_about_latency(objective):
        return f"objective {name} is about latency"
    goal = objective.number("Goal.AttainmentGoal", _DEFAULT_GOAL)
    return None if goal is not None and goal >= least else f"the goal of objective {name} is {goal} %"


def _is_about_latency(objective: Resource) -> bool:
    kinds = [
        objective.get(f"{path}.MetricType")
        for path in ("Sli.SliMetric", "RequestBasedSli.RequestBasedSliMetric")
        if objective.get(path) is not None
    ]
    if any(kind is not None and bool(kind == "LATENCY") for kind in kinds):
        return True
    queries = "Sli.SliMetric.MetricDataQueries[*]"
    metrics = [
        (objective.get(f"{path}.MetricStat.Metric.Namespace"), objective.get(f"{path}.MetricStat.Metric.MetricName"))
        for path, _ in objective.each(queries)
    ]
    named = [(known_text(namespace), known_text(metric)) for namespace, metric in metrics if metric is not None]
    return bool(named) and all(time_unit(namespace, metric) is not None for namespace, metric in named)


def _share_problem(alarm: MetricAlarm, least: float) -> str | None:
    """Whether an alarm goes off when less than ``least`` percent of requests succeed."""
    name = alarm.resource.logical_id
    if alarm.is_anomaly_band:
        return f"alarm {name} compares with a band and not with {least} %"
    threshold, comparison = alarm.threshold, alarm.comparison
    if threshold is None:
        return f"alarm {name} has no threshold"
    # Errors that fall below a number say nothing; what an expression makes of them, or a canary's success, does.
    if comparison in _FALLING and (alarm.expression is not None or alarm.metric == "SuccessPercent"):
        available = threshold if threshold > 1 else threshold * 100
        return None if round(available, 6) >= least else f"alarm {name} goes off only below {available:g} %"
    factor = _percent_factor(alarm)
    if factor is None or comparison not in _RISING:
        return f"alarm {name} watches a number of errors, no share of requests"
    failing = round(threshold * factor, 6)
    if failing <= round(100 - least, 6):
        return None
    return f"alarm {name} goes off only when {failing:g} % of requests fail"


def _percent_factor(alarm: MetricAlarm) -> float | None:
    """What makes a percentage of the share of errors that an alarm watches; ``None`` where it watches none."""
    if alarm.expression is not None:
        expression = _written_out(alarm)
        if "/" not in expression:
            return None
        return 1 if _TIMES_100.search(expression) else 100
    if alarm.metric in ("5xxErrorRate", "TotalErrorRate"):
        return 1
    # The average of a metric that is 0 or 1 for each request is a share.
    averaged = alarm.namespace == "AWS/ApiGateway" and alarm.statistic == "Average"
    return 100 if averaged else None


def _written_out(alarm: MetricAlarm) -> str:
    """The expression of an alarm, with those that it names in their place."""
    text, entries = known_text(alarm.expression), alarm.resource.list("Metrics")
    named = {
        entry["Id"]: known_text(entry["Expression"])
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("Id"), str) and entry.get("Expression") is not None
    }
    for _ in named:
        text = _NAME.sub(lambda match: f"({named[match[0]]})" if match[0] in named else match[0], text)
    return text


# Burn rate -----------------------------------------------------------------------------------------------------------


def burn_rate_is_alarmed(rule: Rule, objective: Resource) -> Verdicts:
    """Somebody is told when an objective's error budget is used up too fast."""
    del rule
    found: list[Outcome] = []
    windows = [as_number(value) for _, value in objective.each("BurnRateConfigurations[*].LookBackWindowMinutes")]
    if not windows:
        reason = "it has no BurnRateConfigurations, so no burn rate is published"
        found.append(fail("BurnRateConfigurations", detail="windows", reason=reason))
    alarms = alarms_on("AWS/ApplicationSignals", ("BurnRate", "AttainmentRate"), objective, "SloName")
    missed = nearest_miss(alarms, lambda alarm: _burn_problem(alarm, windows))
    if missed is not None:
        found.append(fail(detail="alarm", reason=missed or "no alarm watches its BurnRate or AttainmentRate"))
    return found or PASS


def _burn_problem(alarm: MetricAlarm, windows: list[float | int | None]) -> str | None:
    window = as_number(alarm.dimensions.get("BurnRateWindowMinutes"))
    if window is None or not windows or window in windows:
        return None
    return f"alarm {alarm.resource.logical_id} watches a window of {window} minutes, which it does not publish"


# Probes --------------------------------------------------------------------------------------------------------------

_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour)s?\s*\)")
_PROBING = ("HTTP", "HTTP_STR_MATCH", "HTTPS", "HTTPS_STR_MATCH", "TCP")


def public_endpoint_is_probed(rule: Rule, subject: Resource | Assembly) -> Verdicts:
    """A canary or health check calls the app from outside, often enough, and its failure is noticed."""
    if isinstance(subject, Resource):
        return list(_canary_problems(rule, subject)) or PASS
    entries = public_entry_points(subject)
    if not entries:
        return NOT_APPLICABLE
    if subject.of_type(_CANARY):
        return PASS
    checks = subject.of_type("AWS::Route53::HealthCheck")
    if any(known_text(check.get("HealthCheckConfig.Type", "")) in _PROBING for check in checks):
        return PASS
    return fail(detail="probe", reason=f"No canary or health check calls {name_of(entries.known[0])} from outside")


def _canary_problems(rule: Rule, canary: Resource) -> Iterator[Outcome]:
    name = canary.logical_id
    for judge in (_is_stopped, lambda one: _is_rare(one, rule["max_interval_minutes"]), _is_unheard):
        try:
            problem = judge(canary)
        except Undecided as undecided:
            yield unknown(undecided.reason)
            continue
        if problem is not None:
            path, reason = problem
            yield fail(path or None, detail=path or "alarm", reason=f"Canary {name} {reason}")


def _is_stopped(canary: Resource) -> tuple[str, str] | None:
    path = "StartCanaryAfterCreation"
    if canary.flag(path, default=False):
        return None
    return path, f"is not started ({path} is {'not set' if canary.get(path) is None else 'false'})"


def _is_rare(canary: Resource, most: float) -> tuple[str, str] | None:
    path = "Schedule.Expression"
    minutes = _interval(known_text(canary.get(path, "rate(0 minute)")))
    if minutes is None:
        raise Undecided(f"how often {canary.get(path)} runs is not worked out")
    if minutes == 0:
        return path, "runs only once"
    return None if minutes <= most else (path, f"runs every {minutes:g} minutes, more than {most}")


def _interval(expression: str) -> float | None:
    """The minutes between two runs; 0 for a single one, ``None`` where it is not regular."""
    match = _RATE.fullmatch(expression.strip())
    if match is not None:
        return int(match[1]) * (60 if match[2] == "hour" else 1)
    fields = expression.removeprefix("cron(").removesuffix(")").split()
    if not expression.startswith("cron(") or len(fields) < 5:
        return None
    minute, hour = fields[0], fields[1]
    if hour != "*":
        return 24 * 60  # it rests for hours
    every = re.fullmatch(r"(?:\*|\d+)/(\d+)", minute)
    if every is not None:
        return float(every[1])
    return 1 if minute == "*" else 60 / len(minute.split(","))


def _is_unheard(canary: Resource) -> tuple[str, str] | None:
    if alarms_on("CloudWatchSynthetics", ("SuccessPercent", "Failed"), canary, "CanaryName"):
        return None
    return "", "has no alarm on its SuccessPercent"
