"""Checks on retries: of state machines, of queues that functions poll, and of events."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import tagged
from readiness_pack.rules.checks.function_sources import function_behind
from readiness_pack.rules.checks.known import known_object
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Value, as_list, as_number
from readiness_pack.template.views.naming import named_resource
from readiness_pack.template.views.state_machines import State, states_of

# State machines ------------------------------------------------------------------------------------------------------

# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
_DEFAULT_BACKOFF, _DEFAULT_ATTEMPTS = 2.0, 3


def tasks_retry_and_catch(rule: Rule, machine: Resource) -> Verdicts:
    """Each task tries again, longer and longer apart, and something takes over when that does not help."""
    if machine.managed_by_cdk:
        return NOT_APPLICABLE
    states = states_of(machine)
    tasks = states.those(lambda state: bool(state.type == "Task"))
    if not tasks:
        return NOT_APPLICABLE
    path = "DefinitionString" if machine.get("DefinitionString") is not None else "Definition"
    return judged(tasks, lambda state: _task(rule, state, path)) or PASS


def _task(rule: Rule, state: State, path: str) -> Outcome | None:
    around = (state, *state.within)
    problems = []
    if not any(_retries(one, rule["min_backoff"]) for one in around):
        retried = any(_entries(one, "Retry") for one in around)
        problems.append(f"no Retry with a BackoffRate of {rule['min_backoff']} or more" if retried else "no Retry")
    if not any(_entries(one, "Catch") for one in around):
        problems.append("no Catch")
    return fail(path, detail=state.name, state=state.name, reason=" and ".join(problems)) if problems else None


def _entries(state: State, key: str) -> list[Value]:
    return as_list(state.definition.get(key))


def _retries(state: State, least: float) -> bool:
    for element in _entries(state, "Retry"):
        entry = known_object(element)
        backoff, attempts = as_number(entry.get("BackoffRate")), as_number(entry.get("MaxAttempts"))
        enough = (_DEFAULT_BACKOFF if backoff is None else backoff) >= least
        if enough and (_DEFAULT_ATTEMPTS if attempts is None else attempts) > 0:
            return True
    return False


# Queues that functions poll ------------------------------------------------------------------------------------------

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
_DEFAULT_VISIBILITY = 30
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
_DEFAULT_TIMEOUT = 3


def visibility_exceeds_timeout(rule: Rule, mapping: Resource) -> Verdicts:
    """A message stays hidden while a function may still be at work on it."""
    source = mapping.get("EventSourceArn")
    queue = named_resource(mapping.assembly, source)
    if queue is None:
        return _outside(source, "sqs", "EventSourceArn")
    if queue.type != "AWS::SQS::Queue":
        return NOT_APPLICABLE
    function = function_behind(mapping.target("FunctionName"))
    if function is None or function.type != "AWS::Lambda::Function":
        return unknown(f"function {mapping.get('FunctionName')} is not in this app", "FunctionName")
    visibility = queue.number("VisibilityTimeout", _DEFAULT_VISIBILITY) or 0
    timeout = function.number("Timeout", _DEFAULT_TIMEOUT) or 0
    window = mapping.number("MaximumBatchingWindowInSeconds", 0) or 0
    needed = rule["visibility_factor"] * timeout + window
    if visibility >= needed:
        return PASS
    fields = {"visibility": visibility, "needed": needed, "queue": queue.logical_id, "function": function.logical_id}
    return fail("EventSourceArn", detail="visibility", timeout=timeout, **fields)


def _outside(source: Value, service: str, path: str) -> Verdicts:
    """What can be said of an event source that is not in the app."""
    if source is None:
        return NOT_APPLICABLE
    pieces = source.split(":") if isinstance(source, str) else []
    if len(pieces) > 2 and pieces[2] != service:
        return NOT_APPLICABLE
    return unknown(f"event source {source} is not in this app", path)


# Events --------------------------------------------------------------------------------------------------------------

# What EventBridge and Scheduler do where nothing is said, and what Lambda does:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_UNBOUNDED = "is tried up to 185 times within 24 hours"
_TWICE = "is tried twice more"


def event_retries_are_bounded(rule: Rule, resource: Resource) -> Verdicts:
    """Events are tried again or kept, and what must not happen twice is not repeated for a day."""
    return judged(_deliveries(resource), lambda one: _delivery(rule, resource, *one)) or PASS


def _deliveries(resource: Resource) -> Iterator[tuple[str, str, str, str]]:
    """Path of the number of attempts, of what is delivered to, of what keeps failures; how a message names it."""
    match resource.type:
        case "AWS::Events::Rule":
            for path, _ in resource.each("Targets[*]"):
                name = f"target {resource.get(f'{path}.Id')}"
                yield f"{path}.RetryPolicy.MaximumRetryAttempts", f"{path}.Arn", f"{path}.DeadLetterConfig.Arn", name
        case "AWS::Scheduler::Schedule":
            yield "Target.RetryPolicy.MaximumRetryAttempts", "Target.Arn", "Target.DeadLetterConfig.Arn", "its target"
        case _:
            kept = "DestinationConfig.OnFailure.Destination"
            yield "MaximumRetryAttempts", "FunctionName", kept, f"function {resource.get('FunctionName')}"


def _delivery(rule: Rule, resource: Resource, attempts: str, target: str, kept: str, name: str) -> Outcome | None:
    number = resource.number(attempts)
    if number == 0:
        if resource.get(kept) is not None or _has_own_queue(resource):
            return None
        return fail(attempts, detail=name, reason=f"{name} is tried only once, and nothing keeps what fails")
    if number is not None:
        return None
    receiver = function_behind(named_resource(resource.assembly, resource.get(target)))
    if receiver is None or not tagged(receiver, rule["non_idempotent_tag"]):
        return None
    tries = _TWICE if resource.type == "AWS::Lambda::EventInvokeConfig" else _UNBOUNDED
    marked = f"which is tagged {rule['non_idempotent_tag']}"
    return fail(attempts, detail=name, reason=f"{name} is {receiver.logical_id}, {marked}, and {tries}")


def _has_own_queue(resource: Resource) -> bool:
    """Whether the function that an EventInvokeConfig is about keeps failures itself."""
    if resource.type != "AWS::Lambda::EventInvokeConfig":
        return False
    function = resource.target("FunctionName")
    return function is not None and function.get("DeadLetterConfig.TargetArn") is not None
