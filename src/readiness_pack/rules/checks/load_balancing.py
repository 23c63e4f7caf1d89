"""Checks that load is spread, that broken targets are noticed, and that callers cannot overrun what is behind."""

from __future__ import annotations

import re

from readiness_pack.rules.checks.alarmed import has_alarm
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.zones import subnets_problem, zones_problem
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value, as_number
from readiness_pack.template.views import alarms_on, concerns, holds_for_any

_CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
_CROSS_ZONE = "load_balancing.cross_zone.enabled"
_ATTRIBUTES = "LoadBalancerAttributes"


def attribute(resource: Resource, path: str, key: str) -> Value:
    """The value of ``key`` in a list of ``{Key, Value}``; ``None`` where it is absent.

    Raises:
        Undecided: an element that is not known may hold it.
    """
    doubt: Undecided | None = None
    for element, _ in resource.each(f"{path}[*]"):
        try:
            if resource.get(f"{element}.Key") == key:
                return resource.get(f"{element}.Value")
        except Undecided as undecided:
            doubt = doubt or undecided
    if doubt is not None:
        raise doubt
    return None


def is_on(value: Value) -> bool:
    """Whether the value of an attribute is ``true``, as text or as a boolean."""
    return value is not None and bool(value is True or value == "true")


# Zones ---------------------------------------------------------------------------------------------------------------


def spans_zones(rule: Rule, balancer: Resource) -> Verdicts:
    """A load balancer stands in several zones and sends to targets in all of them."""
    questions = (_zones, _cross_zone)
    return judged(questions, lambda question: question(balancer, rule["min_azs"])) or PASS


def _zones(balancer: Resource, minimum: int) -> Outcome | None:
    problem = subnets_problem(balancer, ("Subnets[*]", "SubnetMappings[*].SubnetId"), minimum)
    if problem is None and balancer.type == _CLASSIC and balancer.get("Subnets") is None:
        problem = zones_problem(balancer, "AvailabilityZones", minimum)
    return None if problem is None else fail("Subnets", detail="zones", reason=problem)


def _cross_zone(balancer: Resource, minimum: int) -> Outcome | None:
    del minimum
    if balancer.type == _CLASSIC:
        if balancer.flag("CrossZone", default=False):
            return None
        return fail(
            "CrossZone", detail="cross-zone", reason="CrossZone is not true, so each node sends to its own zone only"
        )
    # Application load balancers always balance across zones; behind gateway ones each zone has its own appliances.
    if balancer.get("Type", "application") != "network" or is_on(attribute(balancer, _ATTRIBUTES, _CROSS_ZONE)):
        return None
    groups = target_groups_of(balancer)
    if groups and all(is_on(attribute(group, "TargetGroupAttributes", _CROSS_ZONE)) for group in groups):
        return None
    return fail(
        _ATTRIBUTES, detail="cross-zone", reason=f"{_CROSS_ZONE} is not true, so each node sends to its own zone only"
    )


def target_groups_of(balancer: Resource) -> list[Resource]:
    """The target groups of the app that the listeners of ``balancer`` send to."""
    found: dict[Resource, None] = {}
    for listener in balancer.referrers("AWS::ElasticLoadBalancingV2::Listener", path="LoadBalancerArn"):
        rules = listener.referrers("AWS::ElasticLoadBalancingV2::ListenerRule", path="ListenerArn")
        for source in (listener, *rules):
            for edge in source.edges_out():
                if "Actions" in edge.path and edge.target.type == "AWS::ElasticLoadBalancingV2::TargetGroup":
                    found[edge.target] = None
    return list(found)


# Health checks -------------------------------------------------------------------------------------------------------

_HTTP = ("HTTP", "HTTPS")


def health_check(rule: Rule, group: Resource) -> Verdicts:
    """A health check asks for a page that tells, takes no error for an answer, and notices soon."""
    if group.get("TargetType", "instance") == "lambda":
        return NOT_APPLICABLE
    if not group.flag("HealthCheckEnabled", default=True):
        return fail("HealthCheckEnabled", detail="off", reason="HealthCheckEnabled is false")
    questions = (_path, _codes, _delay)
    return judged(questions, lambda question: question(rule, group)) or PASS


def _asks_http(group: Resource) -> bool:
    default = "HTTP" if group.get("Protocol", "HTTP") in _HTTP else "TCP"
    return group.get("HealthCheckProtocol", default) in _HTTP


def _path(rule: Rule, group: Resource) -> Outcome | None:
    if not rule["forbid_default_path"] or group.get("ProtocolVersion", "HTTP1") == "GRPC" or not _asks_http(group):
        return None
    path = group.get("HealthCheckPath", "/")
    if path != "/":
        return None
    said = "HealthCheckPath is /" if group.get("HealthCheckPath") is not None else "HealthCheckPath is not set"
    return fail(
        "HealthCheckPath",
        detail="path",
        reason=f"it asks for the start page, which says little about what is behind it ({said})",
    )


def _codes(rule: Rule, group: Resource) -> Outcome | None:
    del rule
    codes = group.text("Matcher.HttpCode")
    if codes is None or not _asks_http(group):
        return None
    if not isinstance(codes, str):
        codes.undecided()
    if max((int(number) for number in re.findall(r"\d{3}", codes)), default=0) < 400:
        return None
    return fail("Matcher.HttpCode", detail="codes", reason=f"it takes errors for health (Matcher.HttpCode is {codes})")


def _delay(rule: Rule, group: Resource) -> Outcome | None:
    geneve = group.get("Protocol", "HTTP") == "GENEVE"
    every = group.number("HealthCheckIntervalSeconds", default=10 if geneve else 30) or 0
    failures = group.number("UnhealthyThresholdCount", default=2) or 0
    if every * failures <= rule["max_detect_seconds"]:
        return None
    reason = f"it takes {every * failures} seconds to notice ({failures} failures, one every {every} seconds)"
    return fail("HealthCheckIntervalSeconds", detail="delay", reason=reason)


def group_uses_balancer_health(rule: Rule, group: Resource) -> Verdicts:
    """A group behind a load balancer replaces the instances that the balancer finds broken."""
    del rule
    wanted = _health_source(group)
    if wanted is None:
        return NOT_APPLICABLE
    types = group.text("HealthCheckType", "EC2")
    if wanted in [part.strip() for part in types.split(",")]:
        return PASS
    said = f"is {types}" if group.get("HealthCheckType") is not None else "is not set"
    return fail("HealthCheckType", said=said, wanted=wanted)


def _health_source(group: Resource) -> str | None:
    """The type of health check that what sends traffic to the group has to offer; ``None`` where nothing does."""
    if group.each("TargetGroupARNs[*]") or group.each("LoadBalancerNames[*]"):
        return "ELB"
    sources = group.each("TrafficSources[*]")
    if not sources:
        return None
    lattice = all(group.get(f"{path}.Type", "elbv2") == "vpc-lattice" for path, _ in sources)
    return "VPC_LATTICE" if lattice else "ELB"


# Alarms --------------------------------------------------------------------------------------------------------------

_NAMESPACES = {"application": "AWS/ApplicationELB", "network": "AWS/NetworkELB", "gateway": "AWS/GatewayELB"}
_ERRORS = ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count")


def health_alarms(rule: Rule, resource: Resource) -> Verdicts:
    """Somebody is told of errors of a load balancer and of broken targets of a target group."""
    del rule
    if resource.type == "AWS::ElasticLoadBalancingV2::TargetGroup":
        return _target_alarm(resource)
    if resource.get("Type", "application") != "application":
        return NOT_APPLICABLE  # the others do not look into HTTP
    if has_alarm(resource, "AWS/ApplicationELB", _ERRORS) or _alarmed_through_targets(resource):
        return PASS
    return fail(what=f"server errors of load balancer {resource.logical_id}", metrics=" or ".join(_ERRORS))


def _alarmed_through_targets(balancer: Resource) -> bool:
    """Whether an alarm on errors names a target group, or a listener, of the load balancer.

    CDK makes the full name of a load balancer from the ARN of its listener.
    """
    listeners = balancer.referrers("AWS::ElasticLoadBalancingV2::Listener", path="LoadBalancerArn")
    behind = [*target_groups_of(balancer), *listeners]
    alarms = alarms_on("AWS/ApplicationELB", _ERRORS, balancer.assembly)
    return holds_for_any(alarms, lambda alarm: holds_for_any(behind, lambda one: concerns(alarm, one)))


def _target_alarm(group: Resource) -> Verdicts:
    if group.get("TargetType", "instance") == "lambda":
        return NOT_APPLICABLE
    for namespace in _spaces(group):
        if has_alarm(group, namespace, "UnHealthyHostCount") or has_alarm(
            group, namespace, "HealthyHostCount", "below"
        ):
            return PASS
    return fail(
        what=f"broken targets of target group {group.logical_id}", metrics="UnHealthyHostCount or HealthyHostCount"
    )


def _spaces(group: Resource) -> tuple[str, ...]:
    protocol = group.get("Protocol", "HTTP")
    if protocol in _HTTP:
        return (_NAMESPACES["application"],)
    return (_NAMESPACES["gateway" if protocol == "GENEVE" else "network"],)


# Throttling ----------------------------------------------------------------------------------------------------------


def api_throttling(rule: Rule, resource: Resource) -> Verdicts:
    """A stage, its routes or a usage plan limit how often callers may come."""
    most = rule["max_rate"]
    if resource.type == "AWS::ApiGateway::UsagePlan":
        rates = _given(resource.each("Throttle.RateLimit"))
        return judged(rates, lambda rate: _too_high(*rate, most)) or PASS if rates else NOT_APPLICABLE
    if resource.type == "AWS::ApiGateway::Stage":
        settings, rates = "MethodSettings", resource.each("MethodSettings[*].ThrottlingRateLimit")
    else:
        settings = "DefaultRouteSettings"
        rates = [*resource.each(f"{settings}.ThrottlingRateLimit"), *_route_rates(resource)]
    rates = _given(rates)
    if rates:
        return judged(rates, lambda rate: _too_high(*rate, most)) or PASS
    if resource.type == "AWS::ApiGateway::Stage" and _has_throttled_plan(resource):
        return PASS
    reason = "has no throttle, so one caller can use up the limit that all APIs of the account share"
    return fail(settings, detail="absent", reason=reason)


def _given(rates: list[tuple[str, Value]]) -> list[tuple[str, Value]]:
    return [(path, value) for path, value in rates if value is not None]


def _route_rates(stage: Resource) -> list[tuple[str, Value]]:
    settings = stage.get("RouteSettings")
    if not isinstance(settings, dict):
        return [] if settings is None else [("RouteSettings", settings)]
    return [
        (f"RouteSettings.{route}.ThrottlingRateLimit", one.get("ThrottlingRateLimit"))
        for route, one in settings.items()
        if isinstance(one, dict)
    ]


def _too_high(path: str, value: Value, most: float) -> Outcome | None:
    rate = as_number(value)
    if rate is None or 0 <= rate <= most:
        return None
    said = (
        f"lets {rate} requests a second through, more than {most}"
        if rate > 0
        else f"is not throttled (the rate is {rate})"
    )
    return fail(path, detail=path, reason=said)


def _has_throttled_plan(stage: Resource) -> bool:
    """Whether a usage plan for the stage limits the rate, for the stage or for its methods."""
    api, name = stage.target("RestApiId"), stage.get("StageName")
    if api is None:
        return False
    plans = [*stage.referrers("AWS::ApiGateway::UsagePlan"), *api.referrers("AWS::ApiGateway::UsagePlan")]

    def limits(plan: Resource) -> bool:
        for path, _ in plan.each("ApiStages[*]"):
            if plan.target(f"{path}.ApiId") is api and _is_stage(plan.get(f"{path}.Stage"), stage, name):
                return plan.get(f"{path}.Throttle") is not None or plan.get("Throttle.RateLimit") is not None
        return False

    return holds_for_any(dict.fromkeys(plans), limits)


def _is_stage(value: Value, stage: Resource, name: Value) -> bool:
    referred = getattr(value, "resource", None)
    return referred is stage if isinstance(referred, Resource) else bool(value == name)
