"""Checks that the failure metric of each kind of workload is alarmed, and that the alarm does something."""

from __future__ import annotations

from collections.abc import Iterable

from readiness_pack.rules.checks.alarm_chain import is_critical
from readiness_pack.rules.checks.candidates import nearest_miss
from readiness_pack.rules.checks.entry_points import METRICS, WEB_SOCKET_ERRORS, alarms_at, is_web_socket
from readiness_pack.rules.checks.event_listeners import is_heard
from readiness_pack.rules.checks.function_sources import asynchronous_sources, function_behind, mappings_of
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided
from readiness_pack.template.views.alarm_actions import alarm_actions
from readiness_pack.template.views.alarm_metrics import MetricAlarm
from readiness_pack.template.views.alarms import alarms_on
from readiness_pack.template.views.dead_letters import is_dead_letter_queue
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.partial import Partial, once_a_world

_RISING = frozenset(
    {
        "GreaterThanThreshold",
        "GreaterThanOrEqualToThreshold",
        "GreaterThanUpperThreshold",
        "LessThanLowerOrGreaterThanUpperThreshold",
    }
)
_FALLING = frozenset(
    {
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
        "LessThanLowerThreshold",
        "LessThanLowerOrGreaterThanUpperThreshold",
    }
)
# CloudFront is a global service with its metrics in one region:
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
_CLOUDFRONT_REGION = "us-east-1"


def _silent(alarm: MetricAlarm, operators: frozenset[str] = _RISING) -> str | None:
    """Why an alarm does not tell of trouble; ``None`` where it does."""
    name = alarm.resource.logical_id
    # A share of successes falls where the errors that it is made of rise.
    if alarm.expression is None and not any(bool(alarm.comparison == one) for one in sorted(operators)):
        return f"alarm {name} goes off when {alarm.metric} is {alarm.comparison} and not when it gets worse"
    return None if alarm_actions(alarm.resource) else f"alarm {name} has no action"


def _unless_alarmed(
    alarms: Partial[MetricAlarm], metric: str, detail: str, operators: frozenset[str] = _RISING
) -> list[Outcome]:
    """The failure that no alarm tells of a metric, or that it cannot be decided; nothing where one does."""
    try:
        missed = nearest_miss(alarms, lambda alarm: _silent(alarm, operators))
    except Undecided as undecided:
        return [unknown(undecided.reason, detail=detail)]
    if missed is None:
        return []
    return [fail(detail=detail, metric=metric, reason=missed or f"no alarm watches {metric}")]


def _judged(found: Iterable[Outcome]) -> Verdicts:
    """Failures, else what cannot be decided, else a pass."""
    outcomes = list(found)
    return [outcome for outcome in outcomes if outcome.verdict == "fail"] or outcomes or PASS


# Functions -----------------------------------------------------------------------------------------------------------


def function_failures(rule: Rule, function: Resource) -> Verdicts:
    """A function's errors are alarmed, and its throttles where events would be delayed or lost."""
    if function.managed_by_cdk or rule["shared_alarms"]:
        return NOT_APPLICABLE
    found = _unless_alarmed(_function_alarms(function, "Errors"), "Errors", "Errors")
    try:
        sources = mappings_of(function) or asynchronous_sources(function).known
        if sources or asynchronous_sources(function):
            found += _unless_alarmed(_function_alarms(function, "Throttles"), "Throttles", "Throttles")
    except Undecided as undecided:
        found.append(unknown(undecided.reason, detail="Throttles"))
    return _judged(found)


def _function_alarms(function: Resource, metric: str) -> Partial[MetricAlarm]:
    """Alarms on one function, and those on all functions of its account and region at once."""
    found: Partial[MetricAlarm] = Partial()
    found.include(alarms_on("AWS/Lambda", metric, function, "FunctionName"))
    found.include(one for one in _alarms_on_all(function.assembly, metric) if _is_near(one.resource, function))
    return found


def _alarms_on_all(assembly: Assembly, metric: str) -> list[MetricAlarm]:
    """The alarms on a metric of Lambda without dimensions, which all functions add up to."""

    def read() -> list[MetricAlarm]:
        return [one for one in alarms_on("AWS/Lambda", metric, assembly).known if _is_on_all(one)]

    return once_a_world(assembly, ("alarms on all functions", metric), read)


def _is_on_all(alarm: MetricAlarm) -> bool:
    return not alarm.dimensions and (alarm.query is None or not alarm.query.filtered)


def _is_near(alarm: Resource, function: Resource) -> bool:
    here, there = alarm.stack, function.stack
    return (here.account, here.region) == (there.account, there.region)


# APIs ----------------------------------------------------------------------------------------------------------------


def server_errors(rule: Rule, entry: Resource) -> Verdicts:
    """Answers of 5xx are alarmed."""
    del rule
    metrics = METRICS[entry.type].errors
    if entry.type == "AWS::ApiGatewayV2::Stage" and is_web_socket(entry):
        metrics = WEB_SOCKET_ERRORS
    alarms = alarms_at(entry, metrics)
    if entry.type != "AWS::CloudFront::Distribution":
        return _judged(_unless_alarmed(alarms, metrics[0], "errors"))
    missed = nearest_miss(alarms, lambda alarm: _silent(alarm) or _elsewhere(alarm.resource))
    return PASS if missed is None else fail(detail="errors", reason=missed or f"no alarm watches {metrics[0]}")


def _elsewhere(alarm: Resource) -> str | None:
    region = alarm.stack.pseudo("AWS::Region")
    if region == _CLOUDFRONT_REGION:
        return None
    return f"alarm {alarm.logical_id} is in {region}, and CloudFront publishes its metrics in {_CLOUDFRONT_REGION} only"


# Workflows and events ------------------------------------------------------------------------------------------------


def workflow_failures(rule: Rule, resource: Resource) -> Verdicts:
    """Failed executions are alarmed, and failed invocations of critical rules."""
    if resource.managed_by_cdk:
        return NOT_APPLICABLE
    if resource.type == "AWS::Events::Rule":
        if not is_critical(resource, rule["severity_tag"], rule["critical_severity"]):
            return NOT_APPLICABLE
        alarms = alarms_on("AWS/Events", "FailedInvocations", resource, "RuleName")
        return _judged(_unless_alarmed(alarms, "FailedInvocations", "failures"))
    alarms = alarms_on("AWS/States", ("ExecutionsFailed", "ExecutionsTimedOut"), resource, "StateMachineArn")
    found = _unless_alarmed(alarms, "ExecutionsFailed", "failures")
    said = {"status": "FAILED"}
    if found and is_heard(resource, "aws.states", "Step Functions Execution Status Change", said, ("stateMachineArn",)):
        return PASS
    return _judged(found)


# Queues, streams, clusters -------------------------------------------------------------------------------------------


def lag(rule: Rule, resource: Resource) -> Verdicts:
    """Somebody is told when consumers fall behind, or when a Kafka cluster loses partitions or fills up."""
    del rule
    match resource.type:
        case "AWS::SQS::Queue":
            if is_dead_letter_queue(resource):
                return NOT_APPLICABLE
            metric = "ApproximateAgeOfOldestMessage"
            return _judged(_unless_alarmed(alarms_on("AWS/SQS", metric, resource, "QueueName"), metric, metric))
        case "AWS::Kinesis::Stream":
            return _stream_lag(resource)
        case _:
            found: list[Outcome] = []
            for metric in ("OfflinePartitionsCount", "KafkaDataLogsDiskUsed"):
                alarms = alarms_on("AWS/Kafka", metric, resource, "Cluster Name")
                found += _unless_alarmed(alarms, metric, metric)
            return _judged(found)


def _stream_lag(stream: Resource) -> Verdicts:
    metrics = ("GetRecords.IteratorAgeMilliseconds", "SubscribeToShardEvent.MillisBehindLatest")
    alarms: Partial[MetricAlarm] = Partial()
    alarms.include(alarms_on("AWS/Kinesis", metrics, stream, "StreamName"))
    for mapping in attached(stream, "AWS::Lambda::EventSourceMapping", "EventSourceArn"):
        consumer = function_behind(mapping.target("FunctionName"))
        if consumer is not None:
            alarms.include(alarms_on("AWS/Lambda", "IteratorAge", consumer, "FunctionName"))
    return _judged(_unless_alarmed(alarms, metrics[0], "lag"))


# Containers ----------------------------------------------------------------------------------------------------------

# A task that is missing shows as fewer than wanted, one that struggles as more use of what it has.
_SERVICE_METRICS = (
    ("AWS/ECS", ("CPUUtilization", "MemoryUtilization"), _RISING),
    ("ECS/ContainerInsights", ("RunningTaskCount",), _FALLING),
)


def service_health(rule: Rule, service: Resource) -> Verdicts:
    """The use of CPU or memory, or the number of tasks, of a service is alarmed."""
    del rule
    found: list[Outcome] = []
    for namespace, metrics, operators in _SERVICE_METRICS:
        alarms = alarms_on(namespace, metrics, service, "ServiceName")
        outcomes = _unless_alarmed(alarms, ", ".join(metrics), "health", operators)
        if not outcomes:
            return PASS
        found += outcomes
    doubts = [outcome for outcome in found if outcome.verdict == "unknown"]
    reasons = [str(outcome.fields["reason"]) for outcome in found if outcome.verdict == "fail"]
    named = [reason for reason in reasons if not reason.startswith("no alarm")]
    nothing = "no alarm watches its CPUUtilization, MemoryUtilization or RunningTaskCount"
    return doubts[:1] or fail(detail="health", reason=named[0] if named else nothing)


# Certificates --------------------------------------------------------------------------------------------------------

_EXPIRING = ("ACM Certificate Approaching Expiration", "ACM Certificate Expired")


def certificate_expiry(rule: Rule, certificate: Resource) -> Verdicts:
    """Somebody is told before a certificate expires; one that ACM renews by DNS needs it less."""
    del rule
    # https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
    method = certificate.get("ValidationMethod", "EMAIL")
    alarms = alarms_on("AWS/CertificateManager", "DaysToExpiry", certificate, "CertificateArn")
    found = _unless_alarmed(alarms, "DaysToExpiry", "expiry", _FALLING)
    if not found or any(is_heard(certificate, "aws.acm", kind, {}, ("CertificateArn",)) for kind in _EXPIRING):
        return PASS
    if any(outcome.verdict == "unknown" for outcome in found):
        return found
    email = method == "EMAIL"
    by = "email, so nobody renews it by itself" if email else f"{method}"
    severity = None if email else "info"
    reason = str(found[0].fields["reason"])
    return fail(detail="expiry", severity=severity, reason=reason, method=by)  # type: ignore[arg-type]
