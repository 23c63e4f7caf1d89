"""Checks that what a function could not process is kept: asynchronous events, and records of streams."""

from __future__ import annotations

from readiness_pack.rules.checks.alarm_audience import arn_service
from readiness_pack.rules.checks.function_sources import asynchronous_callers, asynchronous_sources, qualified
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value, is_known
from readiness_pack.template.views.naming import attached, mentions, named_resource
from readiness_pack.template.views.partial import holds_for_any

_ON_FAILURE = "DestinationConfig.OnFailure.Destination"
_STREAMS = {
    "AWS::Kinesis::Stream": "kinesis",
    "AWS::Kinesis::StreamConsumer": "kinesis",
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::DynamoDB::GlobalTable": "dynamodb",
    "AWS::SQS::Queue": "sqs",
}
# Service of a pipe's source -> where its parameters stand.
_PIPE_PARAMETERS = {
    "kinesis": "SourceParameters.KinesisStreamParameters",
    "dynamodb": "SourceParameters.DynamoDBStreamParameters",
}


_NOWHERE = (
    "Events that {logical_id} fails to process are lost (it has neither DeadLetterConfig nor an OnFailure destination)."
)


def asynchronous_failures_are_kept(rule: Rule, function: Resource) -> Verdicts:
    """Events that a function failed to process end in a queue, topic or other destination."""
    if function.managed_by_cdk:
        return NOT_APPLICABLE
    if function.get("DeadLetterConfig.TargetArn") is not None:
        return PASS if asynchronous_sources(function).known else NOT_APPLICABLE
    if _has_destination(function):
        return _through_aliases(function) or (PASS if asynchronous_sources(function).known else NOT_APPLICABLE)
    sources = asynchronous_sources(function)
    if not sources and rule["always_capture_failures"]:
        return fail("DeadLetterConfig", detail="destination", message=_NOWHERE)
    if not sources:
        return NOT_APPLICABLE
    return fail("DeadLetterConfig", detail="destination", source=sources.known[0])


def _has_destination(function: Resource) -> bool:
    return any(config.get(_ON_FAILURE) is not None for config in _invoke_configs(function))


def _invoke_configs(function: Resource) -> list[Resource]:
    return [
        config
        for named in qualified(function)
        for config in attached(named, "AWS::Lambda::EventInvokeConfig", "FunctionName")
    ]


_OF_ALIAS = (
    "Events that {logical_id} fails to process are lost ({source} invokes its alias {alias} asynchronously, and no "
    "EventInvokeConfig for that alias has an OnFailure destination)."
)


def _through_aliases(function: Resource) -> list[Outcome]:
    """Aliases that are invoked and have no configuration of their own; that of ``$LATEST`` is not for them.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
    """
    kept = [config for config in _invoke_configs(function) if config.get(_ON_FAILURE) is not None]
    found: list[Outcome] = []
    for alias in qualified(function):
        callers = asynchronous_callers(alias) if alias.type == "AWS::Lambda::Alias" else []
        if callers and not holds_for_any(kept, lambda config: _is_for(config, alias)):  # noqa: B023
            name = alias.logical_id
            found.append(fail("DeadLetterConfig", detail=name, message=_OF_ALIAS, source=callers[0], alias=name))
    return found


def _is_for(config: Resource, alias: Resource) -> bool:
    qualifier = config.get("Qualifier")
    return mentions(qualifier, alias) or bool(qualifier == alias.get("Name"))


def mapping_failures_are_kept(rule: Rule, resource: Resource) -> Verdicts:
    """A record that cannot be processed is given up after a while and kept, so that it blocks no others."""
    del rule
    pipe = resource.type == "AWS::Pipes::Pipe"
    source = resource.get("Source" if pipe else "EventSourceArn")
    if source is None:
        return NOT_APPLICABLE  # Kafka outside AWS
    service = _service(resource, source)
    if pipe:
        parameters = _PIPE_PARAMETERS.get(service)
        if parameters is None:
            return NOT_APPLICABLE
        return _stream(resource, f"{parameters}.", "DeadLetterConfig.Arn") or PASS
    if service == "sqs":
        return _partial_batches(resource)
    return (_stream(resource, "", _ON_FAILURE) or PASS) if service in _PIPE_PARAMETERS else NOT_APPLICABLE


def _service(resource: Resource, source: Value) -> str:
    target = named_resource(resource.assembly, source)
    if target is not None:
        return _STREAMS.get(target.type, target.type)
    service = arn_service(source)
    if service is None:
        if not is_known(source):
            source.undecided()
        raise Undecided(f"the source {source} is not in this app")
    return service


def _stream(resource: Resource, prefix: str, kept: str) -> list[Outcome]:
    found: list[Outcome] = []
    if resource.get(prefix + kept) is None:
        found.append(fail(prefix + kept, detail="destination", reason="keeps no record that it gives up"))
    try:
        endless = not _is_bounded(resource, prefix)
    except Undecided as undecided:
        return found or [unknown(undecided.reason)]
    if endless:
        attempts = f"{prefix}MaximumRetryAttempts"
        said = "not set" if resource.get(attempts) is None else "-1"
        reason = f"tries a bad record until it expires and blocks its shard (MaximumRetryAttempts is {said})"
        found.append(fail(attempts, detail="retries", reason=reason))
    return found


def _is_bounded(resource: Resource, prefix: str) -> bool:
    """Whether the number of tries or the age of records has an end; both are -1, without end, where absent."""
    names = ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds")
    return any((resource.number(prefix + name, -1) or 0) >= 0 for name in names)


def _partial_batches(mapping: Resource) -> Verdicts:
    path = "FunctionResponseTypes"
    if mapping.number("BatchSize", 10) == 1 or "ReportBatchItemFailures" in mapping.list(path):
        return PASS
    reason = "lets one bad message return its whole batch (FunctionResponseTypes lacks ReportBatchItemFailures)"
    return fail(path, detail="batches", severity="warning", reason=reason)
