"""Checks on the numbers of the checklist: latency, availability, room to grow, and indicators of the business."""

from __future__ import annotations

from readiness_pack.rules.checks.alarm_thresholds import minutes_to_detect
from readiness_pack.rules.checks.candidates import nearest_miss
from readiness_pack.rules.checks.entry_points import (
    METRICS,
    alarms_at,
    is_application,
    is_web_socket,
    target_groups_of,
)
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource
from readiness_pack.template.views.alarm_metrics import MetricAlarm
from readiness_pack.template.views.alarms import alarms_on

_LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_RISING = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")

# Latency -------------------------------------------------------------------------------------------------------------


def p95_latency_alarm(rule: Rule, entry: Resource) -> Verdicts:
    """An alarm goes off when the 95th percentile of an entry point's latency exceeds the objective."""
    if entry.type == _LOAD_BALANCER and not is_application(entry):
        return NOT_APPLICABLE
    if entry.type == "AWS::ApiGatewayV2::Stage" and is_web_socket(entry):
        return NOT_APPLICABLE
    metrics = METRICS[entry.type].latency
    missed = nearest_miss(alarms_at(entry, metrics), lambda alarm: _latency_problem(rule, alarm))
    if missed is not None and entry.type == _LOAD_BALANCER and _each_target_group(rule, entry):
        return PASS
    if missed is None:
        return PASS
    return fail(detail="p95", reason=missed or f"no alarm watches its {metrics[0]}")


def _each_target_group(rule: Rule, load_balancer: Resource) -> bool:
    """Whether each target group behind a load balancer has such an alarm of its own."""
    groups = target_groups_of(load_balancer)
    metrics = METRICS[_LOAD_BALANCER]
    return bool(groups) and all(
        nearest_miss(
            alarms_on(metrics.namespace, metrics.latency, group, "TargetGroup"),
            lambda alarm: _latency_problem(rule, alarm),
        )
        is None
        for group in groups
    )


def _latency_problem(rule: Rule, alarm: MetricAlarm) -> str | None:
    name = alarm.resource.logical_id
    if alarm.is_anomaly_band:
        return f"alarm {name} compares with a band and not with {rule['max_p95_ms']} ms"
    percentile = alarm.percentile
    if alarm.statistic != "Maximum" and (percentile is None or percentile < 95):
        return f"alarm {name} watches {alarm.statistic} and not p95"
    if alarm.comparison not in _RISING:
        return f"alarm {name} does not go off when {alarm.metric} rises"
    threshold = alarm.threshold_in("Milliseconds")
    if threshold is None:
        return f"alarm {name} has no threshold"
    if threshold > rule["max_p95_ms"]:
        return f"alarm {name} goes off at {threshold:g} ms, above {rule['max_p95_ms']} ms"
    minutes = minutes_to_detect(alarm)
    if minutes is not None and minutes > rule["max_detection_minutes"]:
        return f"alarm {name} needs {minutes:g} minutes, more than {rule['max_detection_minutes']}"
    return None


# Room to grow --------------------------------------------------------------------------------------------------------

# Type -> the properties that hold its floor and its ceiling.
_CAPACITY = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ("MinCapacity", "MaxCapacity"),
    "AWS::AutoScaling::AutoScalingGroup": ("MinSize", "MaxSize"),
    "AWS::RDS::DBCluster": (
        "ServerlessV2ScalingConfiguration.MinCapacity",
        "ServerlessV2ScalingConfiguration.MaxCapacity",
    ),
}
# What a floor of nothing stands for: one task or instance, half an Aurora capacity unit.
_LEAST = {"AWS::RDS::DBCluster": 0.5}


def headroom(rule: Rule, resource: Resource) -> Verdicts:
    """The ceiling of scaling is the growth factor times what is used today."""
    low, high = _CAPACITY[resource.type]
    most = resource.number(high)
    if most is None and resource.type == "AWS::RDS::DBCluster":
        return NOT_APPLICABLE
    loads = rule["current_load"]
    load = loads.get(resource.construct_path or resource.logical_id, loads.get(resource.logical_id))
    base = load if load is not None else resource.number(low)
    if most is None or base is None:
        return fail(high if most is None else low, reason="it has no ceiling or floor to compare")
    least = _LEAST.get(resource.type, 1)
    needed = rule["growth_factor"] * (base if load is not None else max(base, least))
    if most >= needed:
        return PASS
    what = "a current load" if load is not None else "a floor"
    return fail(high, detail="headroom", reason=f"{high} is {most:g}, and {what} of {base:g} asks for {needed:g}")


# Indicators of the business ------------------------------------------------------------------------------------------


def business_metrics_are_alarmed(rule: Rule, assembly: Assembly) -> Verdicts:
    """Each indicator that the project lists is watched by an alarm."""
    wanted = rule["kpi_metrics"]
    if not wanted:
        return NOT_APPLICABLE
    missing = []
    for indicator in sorted(wanted):
        namespace, _, metric = indicator.rpartition("/")
        if not alarms_on(namespace, metric, assembly):
            makers = _makers(assembly, namespace, metric)
            published = f", though metric filter {makers[0].logical_id} publishes it" if makers else ""
            missing.append(fail(detail=indicator, metric=indicator, published=published))
    return missing or PASS


def _makers(assembly: Assembly, namespace: str, metric: str) -> list[Resource]:
    """The metric filters that publish a metric."""
    return [
        one
        for one in assembly.of_type("AWS::Logs::MetricFilter")
        for path, _ in one.each("MetricTransformations[*]")
        if one.raw_at(f"{path}.MetricNamespace") == namespace and one.raw_at(f"{path}.MetricName") == metric
    ]
