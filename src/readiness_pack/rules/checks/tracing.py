"""Checks that a request can be followed from service to service."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Text, Unknown, Value
from readiness_pack.template.views.actions import allows
from readiness_pack.template.views.partial import holds_for_any
from readiness_pack.template.views.policies import attached_managed_policy_names, principal_statements

_MODE = "TracingConfig.Mode"
_WRAPPER = "Environment.Variables.AWS_LAMBDA_EXEC_WRAPPER"


def function_is_traced(rule: Rule, function: Resource) -> Verdicts:
    """A function sends traces, to X-Ray or with OpenTelemetry."""
    if function.managed_by_cdk:
        return NOT_APPLICABLE
    mode = function.get(_MODE)
    if mode is not None and mode == "Active":
        return PASS
    if _has_tracer(rule, function):
        return NOT_APPLICABLE
    return fail(_MODE, mode=mode or "not set, which means PassThrough")


def _has_tracer(rule: Rule, function: Resource) -> bool:
    values = [value for _, value in function.each("Layers[*]")]
    values += [] if function.get(_WRAPPER) is None else [function.get(_WRAPPER)]
    return holds_for_any(values, lambda value: _names_any(value, rule["other_tracers"]))


def _names_any(value: Value, words: list[str]) -> bool:
    """Whether a text holds one of ``words``; the region and account in an ARN do not matter, a parameter does."""
    if isinstance(value, Unknown) and value.target is None:
        value.undecided()
    if isinstance(value, Reference):
        value = value.resource.get("LayerName", "")
    if isinstance(value, Text) and any(isinstance(part, Unknown) and part.kind == "parameter" for part in value.parts):
        return holds_for_any(words, lambda word: word.lower() in value.lower())
    text = str(value).lower()
    return any(word.lower() in text for word in words)


# Other services ------------------------------------------------------------------------------------------------------

SWITCHES: dict[str, str] = {
    "AWS::ApiGateway::Stage": "TracingEnabled",
    "AWS::AppSync::GraphQLApi": "XrayEnabled",
    "AWS::StepFunctions::StateMachine": "TracingConfiguration.Enabled",
}
"""Resource type -> the switch that sends its traces to X-Ray; all are off unless set."""


def service_is_traced(rule: Rule, resource: Resource) -> Verdicts:
    """The service sends traces to X-Ray."""
    del rule
    path = SWITCHES[resource.type]
    if resource.flag(path, default=False):
        return PASS
    return fail(path, switch=path, state="not set" if resource.get(path) is None else "false")


# The chain -----------------------------------------------------------------------------------------------------------

# Policies of AWS that let a role send traces:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSXRayDaemonWriteAccess.html and its neighbours
_TRACE_POLICIES = frozenset(
    {
        "AWSXRayDaemonWriteAccess",
        "AWSXrayFullAccess",
        "AWSXrayWriteOnlyAccess",
        "AdministratorAccess",
        "CloudWatchAgentServerPolicy",
        "CloudWatchLambdaApplicationSignalsExecutionRolePolicy",
        "PowerUserAccess",
    }
)


def hop_is_traced(rule: Rule, function: Resource) -> Verdicts:
    """A function that traced services call is traced itself, and may send what it traces."""
    del rule
    active = (function.get(_MODE) or "PassThrough") == "Active"
    if active:
        return _may_send(function)
    for caller in _callers(function):
        if caller.flag(SWITCHES[caller.type], default=False):
            reason = f"{caller.logical_id} is traced and calls it, but its own TracingConfig is not Active"
            return fail(_MODE, detail=caller.logical_id, reason=reason)
    return NOT_APPLICABLE


def _may_send(function: Resource) -> Verdicts:
    role = function.target("Role")
    if role is None or role.type != "AWS::IAM::Role":
        return NOT_APPLICABLE  # the role and its permissions are another app's
    if holds_for_any(attached_managed_policy_names(role), lambda name: name in _TRACE_POLICIES):
        return PASS
    if allows(principal_statements(role), "xray:PutTraceSegments"):
        return PASS
    return fail("Role", detail="permission", reason=f"its role {role.logical_id} does not allow xray:PutTraceSegments")


def _callers(function: Resource) -> Iterator[Resource]:
    """The stages and state machines that call the function, its versions or its aliases."""
    invoked = [function, *function.referrers("AWS::Lambda::Alias", "AWS::Lambda::Version", path="FunctionName")]
    for one in invoked:
        for edge in one.edges_in("AWS::StepFunctions::StateMachine"):
            if edge.path.startswith("Definition"):
                yield edge.source
        for method in one.referrers("AWS::ApiGateway::Method", path="Integration.Uri"):
            api = method.target("RestApiId")
            yield from () if api is None else api.referrers("AWS::ApiGateway::Stage", path="RestApiId")


# Containers ----------------------------------------------------------------------------------------------------------

_CONTAINERS = "ContainerDefinitions[*]"


def service_task_is_traced(rule: Rule, definition: Resource) -> Verdicts:
    """A task that serves has a collector beside it, or is told where to send its telemetry."""
    if not definition.referrers("AWS::ECS::Service", "AWS::ECS::TaskSet", path="TaskDefinition"):
        return NOT_APPLICABLE
    images = [value for _, value in definition.each(f"{_CONTAINERS}.Image") if value is not None]
    names = [value for _, value in definition.each(f"{_CONTAINERS}.Environment[*].Name") if value is not None]
    if holds_for_any(names, _is_setting):
        return PASS
    if holds_for_any(images, lambda image: _names_any(image, rule["collectors"])):
        return PASS
    return fail("ContainerDefinitions")


def _is_setting(name: Value) -> bool:
    return bool(name.startswith("OTEL_")) if isinstance(name, Text) else known_text(name).startswith("OTEL_")
