"""Checks that a service writes the logs that it does not write by itself: one table of types, one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from readiness_pack.rules.answers import NO, Answer, Maybe, Question, all_of
from readiness_pack.rules.checks.attachments import attached_or_may_be
from readiness_pack.rules.checks.data_classes import is_sensitive
from readiness_pack.rules.matchers import condition
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Value
from readiness_pack.template.views.naming import references_of
from readiness_pack.template.views.partial import holds_for_any


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """A log of a resource type.

    Args:
        name: what messages call it.
        path: the property that switches it on.
        on: whether it is.
        off: what is wrong where it is not; ``{value}`` stands for the value at ``path``.
        delivered: the log types of a delivery source that count as well, none for any; ``None`` where CloudWatch Logs
            does not deliver logs of the type.
    """

    name: str
    path: str
    on: Question
    off: str
    delivered: tuple[str, ...] | None = None


def _log(name: str, path: str, on: Any, off: str = "", delivered: tuple[str, ...] | None = None) -> Log:
    return Log(name, path, condition(on, {}), off or f"{path} is {{value}}", delivered)


def _has_text(*paths: str) -> Question:
    """Each of ``paths`` gives some text: what is known to be a number, a list or empty is none."""

    def one(value: Value) -> bool:
        return value is not None and value != "" and not isinstance(value, bool | int | float | list | dict)

    def check(subject: Any) -> Answer:
        return True if all(one(subject.get(path)) for path in paths) else NO

    return check


def _published(name: str, key: str) -> Log:
    path = f"LogPublishingOptions.{key}"
    arn = f"{path}.CloudWatchLogsLogGroupArn"
    on = condition({f"{path}.Enabled": True, arn: {"not_in": ["absent", ""]}}, {})
    off = f"LogPublishingOptions does not send {key} to a log group"
    return Log(name, path, all_of([on, _has_text(arn)]), off)


def _api_access_log(path: str) -> Log:
    # Both are "required to enable access logging":
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-accesslogsetting.html
    on = _has_text(f"{path}.DestinationArn", f"{path}.Format")
    return Log("access logs", path, on, f"it has no {path} with a DestinationArn and a Format")


_SEARCH_DOMAIN = (_published("audit logs", "AUDIT_LOGS"), _published("error logs", "ES_APPLICATION_LOGS"))
_EVERY_METHOD = {"ResourcePath": "/*", "HttpMethod": "*", "LoggingLevel": {"in": ["ERROR", "INFO"]}}
_BROKER = "LoggingInfo.BrokerLogs"
_REDSHIFT_LOGS = ("connectionlog", "userlog", "useractivitylog")


def _all_exported(path: str) -> list[Any]:
    return [{path: {"any": name}} for name in _REDSHIFT_LOGS]


LOGS: dict[str, tuple[Log, ...]] = {
    "AWS::AmazonMQ::Broker": (
        _log("general logs", "Logs.General", {"Logs.General": True}),
        _log(
            "audit logs", "Logs.Audit", {"any_of": [{"EngineType": {"matches": "(?i)rabbitmq"}}, {"Logs.Audit": True}]}
        ),
    ),
    "AWS::ApiGateway::Stage": (
        _api_access_log("AccessLogSetting"),
        _log(
            "execution logs",
            "MethodSettings",
            {"MethodSettings": {"any": _EVERY_METHOD}},
            "no MethodSettings entry for /* and * has the LoggingLevel ERROR or INFO",
        ),
    ),
    "AWS::ApiGatewayV2::Stage": (_api_access_log("AccessLogSettings"),),
    "AWS::AppSync::GraphQLApi": (
        _log(
            "request logs",
            "LogConfig.FieldLogLevel",
            {"LogConfig.FieldLogLevel": {"not_in": ["absent", "NONE"]}, "LogConfig.CloudWatchLogsRoleArn": "present"},
            "LogConfig has no FieldLogLevel other than NONE, or no role to write with",
        ),
    ),
    "AWS::CloudFront::Distribution": (
        _log(
            "access logs",
            "DistributionConfig.Logging",
            {"DistributionConfig.Logging.Bucket": "present"},
            "DistributionConfig.Logging names no bucket and no delivery source sends ACCESS_LOGS",
            ("ACCESS_LOGS",),
        ),
    ),
    "AWS::CodeBuild::Project": (
        _log(
            "build logs",
            "LogsConfig.CloudWatchLogs.Status",
            {
                "any_of": [
                    {"LogsConfig.CloudWatchLogs.Status": {"in": ["absent", "ENABLED"]}},
                    {"LogsConfig.S3Logs.Status": "ENABLED"},
                ]
            },
            "LogsConfig disables CloudWatch Logs and enables no log in S3",
        ),
    ),
    "AWS::Elasticsearch::Domain": _SEARCH_DOMAIN,
    "AWS::OpenSearchService::Domain": _SEARCH_DOMAIN,
    "AWS::ElastiCache::ReplicationGroup": (
        _log(
            "slow log",
            "LogDeliveryConfigurations",
            {"LogDeliveryConfigurations": {"any": {"LogType": "slow-log"}}},
            "no LogDeliveryConfigurations entry has the LogType slow-log",
        ),
    ),
    "AWS::ElasticLoadBalancing::LoadBalancer": (
        _log("access logs", "AccessLoggingPolicy.Enabled", {"AccessLoggingPolicy.Enabled": True}),
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        _log(
            "access logs",
            "LoadBalancerAttributes",
            {"LoadBalancerAttributes": {"any": {"Key": "access_logs.s3.enabled", "Value": True}}},
            "its attribute access_logs.s3.enabled is not true",
            (),
        ),
    ),
    "AWS::MSK::Cluster": (
        _log(
            "broker logs",
            _BROKER,
            {"any_of": [{f"{_BROKER}.{one}.Enabled": True} for one in ("CloudWatchLogs", "S3", "Firehose")]},
            f"{_BROKER} enables no destination",
        ),
    ),
    "AWS::Redshift::Cluster": (
        _log(
            "audit logs",
            "LoggingProperties",
            [
                {"LoggingProperties": "present"},
                {
                    "any_of": [
                        {"LoggingProperties.LogDestinationType": {"in": ["absent", "s3"]}},
                        {"all_of": _all_exported("LoggingProperties.LogExports")},
                    ]
                },
            ],
            f"LoggingProperties is not set, or exports fewer logs than {', '.join(_REDSHIFT_LOGS)}",
        ),
    ),
    "AWS::RedshiftServerless::Namespace": (
        _log(
            "audit logs",
            "LogExports",
            _all_exported("LogExports"),
            f"LogExports lacks one of {', '.join(_REDSHIFT_LOGS)}",
        ),
    ),
}
"""Resource type -> the logs that it must be told to write."""


def logs_are_on(rule: Rule, resource: Resource) -> Verdicts:
    """Every log that the type offers is written somewhere."""
    del rule
    return log_outcomes(resource) or PASS


def log_outcomes(resource: Resource) -> list[Outcome]:
    """What is wrong with the logs of ``resource``, nothing where all are on."""
    found: list[Outcome] = []
    for log in LOGS[resource.type]:
        answer = log.on(resource)
        if answer is True or (log.delivered is not None and is_delivered(resource, *log.delivered)):
            continue
        if isinstance(answer, Maybe):
            found.append(unknown(answer.reason, answer.path or log.path, detail=log.name))
        else:
            found.append(
                fail(log.path, detail=log.name, log=log.name, reason=log.off.format(value=_said(resource, log)))
            )
    return found


def _said(resource: Resource, log: Log) -> str:
    value = resource.get(log.path)
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


# Delivery by CloudWatch Logs -----------------------------------------------------------------------------------------


_SOURCE = "AWS::Logs::DeliverySource"


def is_delivered(resource: Resource, *log_types: str) -> bool:
    """Whether CloudWatch Logs delivers logs of ``resource``: a delivery source names it, and a delivery the source.

    Args:
        resource: what writes the logs.
        log_types: the log types that count; any where none is given.
    """
    sources = attached_or_may_be(resource, _SOURCE, "ResourceArn")
    sources.include(attached_or_may_be(resource, _SOURCE, "ResourceArns[*]"))
    return holds_for_any(sources, lambda one: (not log_types or one.get("LogType") in log_types) and _has_delivery(one))


def _has_delivery(source: Resource) -> bool:
    if source.referrers("AWS::Logs::Delivery", path="DeliverySourceName"):
        return True
    name = source.get("Name")
    deliveries = source.assembly.of_type("AWS::Logs::Delivery")
    return holds_for_any(deliveries, lambda one: _is_name(one.get("DeliverySourceName"), name))


def _is_name(value: Value, name: Value) -> bool:
    return value is not None and not references_of(value) and bool(value == name)


# Types with a question of their own ----------------------------------------------------------------------------------


def load_balancer_access_logs(rule: Rule, balancer: Resource) -> Verdicts:
    """A load balancer that can log requests does."""
    kind = balancer.get("Type", "application") if balancer.type.startswith("AWS::ElasticLoadBalancingV2") else None
    if kind is not None and kind == "gateway":
        return NOT_APPLICABLE
    if kind is not None and kind == "network":
        # Requests over TLS only:
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html
        listeners = balancer.referrers("AWS::ElasticLoadBalancingV2::Listener", path="LoadBalancerArn")
        if not holds_for_any(listeners, lambda one: one.get("Protocol") == "TLS"):
            return NOT_APPLICABLE
    return logs_are_on(rule, balancer)


def eks_control_plane_logs(rule: Rule, cluster: Resource) -> Verdicts:
    """Every required log of the control plane is on."""
    native = cluster.type == "AWS::EKS::Cluster"
    path = "Logging.ClusterLogging.EnabledTypes" if native else "Config.logging.clusterLogging"
    enabled: list[Value] = []
    for concrete, entry in cluster.each(f"{path}[*]"):
        if native:
            enabled.append(cluster.get(f"{concrete}.Type") if isinstance(entry, dict) else entry)
        elif cluster.flag(f"{concrete}.enabled", default=False):
            enabled += cluster.list(f"{concrete}.types")
    missing = [name for name in rule["required_types"] if not holds_for_any(enabled, lambda one: one == name)]  # noqa: B023
    if not missing:
        return PASS
    return fail(path, detail="types", log=f"{', '.join(missing)} logs", reason=f"{path} does not enable them")


_LEVELS = ("OFF", "FATAL", "ERROR", "ALL")
_DATA_LOGGED = (
    "The logs of {logical_id} hold what goes into and out of each state (IncludeExecutionData is true), which its tag "
    "{classification_tag} calls sensitive."
)


def state_machine_logs(rule: Rule, machine: Resource) -> Verdicts:
    """Executions are logged at the level asked for, and what sensitive ones carry is not."""
    path = "LoggingConfiguration"
    level = machine.get(f"{path}.Level", "OFF")
    wanted = rule["min_level"]
    if level not in _LEVELS[_LEVELS.index(wanted) :]:
        return fail(f"{path}.Level", detail="level", reason=f"Level is {level}, and must be at least {wanted}")
    if not machine.list(f"{path}.Destinations"):
        return fail(f"{path}.Destinations", detail="destination", reason="it has no destination")
    if not machine.flag(f"{path}.IncludeExecutionData", default=False):
        return PASS
    if not is_sensitive(rule, machine):
        return PASS
    return fail(f"{path}.IncludeExecutionData", detail="data", severity="warning", message=_DATA_LOGGED)


def agent_logs_delivered(rule: Rule, agent: Resource) -> Verdicts:
    """The logs of an agent are delivered."""
    if rule.facts.get("bedrock_invocation_logging"):
        return NOT_APPLICABLE
    # It is the alias of an agent that writes logs:
    # https://docs.aws.amazon.com/bedrock/latest/userguide/agents-memory-log-delivery-enable.html
    named = [agent, *agent.referrers("AWS::Bedrock::AgentAlias", path="AgentId")]
    return PASS if holds_for_any(named, is_delivered) else fail()
