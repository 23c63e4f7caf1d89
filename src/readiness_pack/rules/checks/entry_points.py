"""Where requests enter the app, and the metrics that AWS publishes about each such place."""

from __future__ import annotations

from dataclasses import dataclass

from readiness_pack.rules.checks.apigateway import is_private_api
from readiness_pack.template import Assembly, Resource, Text, Unknown, Value
from readiness_pack.template.views.alarm_metrics import MetricAlarm
from readiness_pack.template.views.alarms import alarms_on
from readiness_pack.template.views.naming import mentions
from readiness_pack.template.views.partial import Partial, once_a_world

_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
_TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"


@dataclass(frozen=True, slots=True)
class Metrics:
    """What CloudWatch knows about one type of entry point.

    Args:
        namespace: e.g. ``AWS/ApiGateway``.
        dimension: the dimension that names the entry point, or the API of a stage.
        latency: the metrics that say how long a request takes.
        requests: the metrics that count requests.
        errors: the metrics that say that the app failed.
        owner: the property that names what the dimension is about, where that is not the entry point itself.
    """

    namespace: str
    dimension: str
    latency: tuple[str, ...]
    requests: tuple[str, ...]
    errors: tuple[str, ...]
    owner: str = ""


METRICS: dict[str, Metrics] = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    "AWS::ApiGateway::Stage": Metrics(
        "AWS/ApiGateway", "ApiName", ("Latency", "IntegrationLatency"), ("Count",), ("5XXError",), "RestApiId"
    ),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    "AWS::ApiGatewayV2::Stage": Metrics(
        "AWS/ApiGateway", "ApiId", ("Latency", "IntegrationLatency"), ("Count",), ("5xx",), "ApiId"
    ),
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Metrics(
        "AWS/ApplicationELB",
        "LoadBalancer",
        ("TargetResponseTime",),
        ("RequestCount", "RequestCountPerTarget"),
        ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"),
    ),
    # https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html
    "AWS::AppSync::GraphQLApi": Metrics("AWS/AppSync", "GraphQLAPIId", ("Latency",), ("Requests",), ("5XXError",)),
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
    "AWS::CloudFront::Distribution": Metrics(
        "AWS/CloudFront", "DistributionId", ("OriginLatency",), ("Requests",), ("5xxErrorRate", "TotalErrorRate")
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
    "AWS::Lambda::Url": Metrics(
        "AWS/Lambda",
        "FunctionName",
        ("UrlRequestLatency",),
        ("UrlRequestCount",),
        ("Url5xxCount",),
        "TargetFunctionArn",
    ),
}
"""Type of entry point -> its metrics."""

# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
WEB_SOCKET_ERRORS = ("IntegrationError", "ExecutionError")


def public_entry_points(assembly: Assembly) -> Partial[Resource]:
    """The places at which the internet reaches the app; incomplete where one may be reached or not.

    Example:
        >>> app = Assembly.from_template({"Resources": {
        ...     "Site": {"Type": "AWS::CloudFront::Distribution"},
        ...     "Inner": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Scheme": "internal"}}}})
        >>> [entry.logical_id for entry in public_entry_points(app)]
        ['Site']
    """
    return once_a_world(assembly, "public entry points", lambda: Partial(assembly.of_type(*METRICS)).those(_is_public))


def _is_public(entry: Resource) -> bool:
    match entry.type:
        case "AWS::ApiGateway::Stage":
            api = entry.target("RestApiId")
            return api is None or not is_private_api(api)
        case "AWS::ElasticLoadBalancingV2::LoadBalancer":
            return is_application(entry) and bool(entry.get("Scheme", "internet-facing") == "internet-facing")
        case "AWS::AppSync::GraphQLApi":
            return bool(entry.get("Visibility", "GLOBAL") == "GLOBAL")
        case "AWS::CloudFront::Distribution":
            return entry.flag("DistributionConfig.Enabled", default=True) is not False
        case _:
            return True


def is_application(load_balancer: Resource) -> bool:
    """Whether a load balancer speaks HTTP; the type is ``application`` where absent."""
    return bool(load_balancer.get("Type", "application") == "application")


def is_web_socket(stage: Resource) -> bool:
    """Whether a stage of API Gateway v2 is one of a WebSocket API."""
    api = stage.target("ApiId")
    return api is not None and bool(api.get("ProtocolType") == "WEBSOCKET")


def alarms_at(entry: Resource, metrics: tuple[str, ...]) -> Partial[MetricAlarm]:
    """The alarms on ``metrics`` of an entry point: those on a stage, and those on its API as a whole.

    Args:
        entry: a resource of a type in :data:`METRICS`.
        metrics: e.g. ``METRICS[entry.type].latency``.
    """
    spec = METRICS[entry.type]
    if not spec.owner:
        return alarms_on(spec.namespace, metrics, entry, spec.dimension)
    owner = entry.target(spec.owner)
    if owner is None:
        return Partial(reason=f"{spec.owner} of {entry.logical_id} is not in this app")
    found = alarms_on(spec.namespace, metrics, _function(owner), spec.dimension)
    return found.those(lambda alarm: _is_on_stage(alarm, entry)) if entry.type.endswith("::Stage") else found


def _function(owner: Resource) -> Resource:
    """The function behind an alias, since metrics carry the function's name."""
    return (owner.target("FunctionName") or owner) if owner.type == "AWS::Lambda::Alias" else owner


def _is_on_stage(alarm: MetricAlarm, stage: Resource) -> bool:
    value = alarm.dimensions.get("Stage")
    if value is None or alarm.query is not None or mentions(value, stage):
        return True
    return _same(value, stage.get("StageName"))


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, Text | Unknown) and isinstance(other, Text | Unknown) and str(one) == str(other):
        return True
    return bool(one == other)


def target_groups_of(load_balancer: Resource) -> list[Resource]:
    """The target groups that the listeners of a load balancer forward to."""
    found: dict[Resource, None] = {}
    for listener in load_balancer.referrers(_LISTENER, path="LoadBalancerArn"):
        for source in (listener, *listener.referrers(_LISTENER_RULE, path="ListenerArn")):
            found |= dict.fromkeys(source.targets(_TARGET_GROUP))
    return list(found)


def name_of(entry: Resource) -> str:
    """How messages call an entry point."""
    kinds = {
        "AWS::ApiGateway::Stage": "REST API stage",
        "AWS::ApiGatewayV2::Stage": "API stage",
        "AWS::ElasticLoadBalancingV2::LoadBalancer": "load balancer",
        "AWS::AppSync::GraphQLApi": "GraphQL API",
        "AWS::CloudFront::Distribution": "distribution",
        "AWS::Lambda::Url": "function URL",
    }
    return f"{kinds[entry.type]} {entry.logical_id}"
