"""Checks on log groups: who has one, how long it keeps events, and who looks at them."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Text, Unknown
from readiness_pack.template.values import join_text
from readiness_pack.template.views.naming import attached, mentions, references_of
from readiness_pack.template.views.partial import once_an_app
from readiness_pack.template.views.relations import related

_GROUP = "AWS::Logs::LogGroup"
_FUNCTION = "AWS::Lambda::Function"
_FUNCTION_PREFIX = "/aws/lambda/"
_RETENTION_ONLY = (
    "The log group of {logical_id} is made by Lambda and changed by a custom resource (LogRetention), not declared."
)


# Groups of functions -------------------------------------------------------------------------------------------------


def function_has_log_group(rule: Rule, function: Resource) -> Verdicts:
    """The log group of a function is a resource of the app, so that somebody decides how long it keeps events."""
    del rule
    if function.get("LoggingConfig.LogGroup") is not None:
        return _named_group(function)
    if group_of(function) is not None:
        return PASS
    if function.referrers("Custom::LogRetention", path="LogGroupName"):
        return fail("LoggingConfig.LogGroup", detail="retention", severity="warning", message=_RETENTION_ONLY)
    _ask_for_names(function)
    return fail("LoggingConfig.LogGroup", detail="group", severity="warning" if function.managed_by_cdk else None)


def _named_group(function: Resource) -> Verdicts:
    path = "LoggingConfig.LogGroup"
    name = function.get(path)
    group = function.assembly.graph.named(name, (_GROUP,)) if isinstance(name, str) else function.target(path)
    if group is not None and group.type == _GROUP and group.exists():
        return PASS
    return unknown(f"log group {name} is not in this app", path)


def group_of(function: Resource) -> Resource | None:
    """The log group of the app that a function writes to without being told, by its name ``/aws/lambda/<function>``."""
    for candidate in attached(function, _GROUP, "LogGroupName"):
        name = candidate.get("LogGroupName")
        if isinstance(name, Text) and name.startswith(_FUNCTION_PREFIX):
            return candidate
    own = function.get("FunctionName")
    if isinstance(own, str):
        named = function.assembly.graph.named(f"{_FUNCTION_PREFIX}{own}", (_GROUP,))
        return named if named is not None and named.exists() else None
    if isinstance(own, Text | Unknown):
        # Equal expressions of one template give equal names, whatever the deployment makes of them.
        group = _by_spelling(function.assembly).get((function.stack.name, f"{_FUNCTION_PREFIX}{own}"))
        return group if group is not None and group.exists() else None
    return None


def _by_spelling(assembly: Assembly) -> dict[tuple[str, str], Resource]:
    def index() -> dict[tuple[str, str], Resource]:
        groups = assembly.by_type.get(_GROUP, ())
        return {
            (group.stack.name, str(name)): group
            for group in groups
            for _, name in assembly.alternatives(lambda: group.get("LogGroupName"))  # noqa: B023
        }

    return once_an_app(assembly, "log groups by spelling", index)


def _ask_for_names(function: Resource) -> None:
    """Raise where the name of the function or of a log group is not known, so that they may belong together."""
    own = function.get("FunctionName")
    if own is None:
        return
    wanted = join_text([_FUNCTION_PREFIX, own])
    for group in function.assembly.by_type.get(_GROUP, ()):
        written = group.literal_name
        if group.raw_at("LogGroupName") is None or (written is not None and (isinstance(wanted, str) or _owner(group))):
            continue
        name = group.get("LogGroupName") if group.exists() else None
        if name is not None and not references_of(name) and wanted == name:
            return


def _owner(group: Resource) -> Resource | None:
    """The function of the app with the literal name that the literal name of ``group`` ends with."""
    name = group.literal_name
    if name is None or not name.startswith(_FUNCTION_PREFIX):
        return None
    function = group.assembly.graph.named(name.removeprefix(_FUNCTION_PREFIX), (_FUNCTION,))
    return function if function is not None and function.exists() else None


def writers_of(group: Resource) -> list[Resource]:
    """The functions and task definitions of the app that write to ``group``."""
    writers = [one for one in related(group, "log_destination") if one.type in (_FUNCTION, "AWS::ECS::TaskDefinition")]
    name = group.get("LogGroupName")
    if isinstance(name, Text) and name.prefix.startswith(_FUNCTION_PREFIX):
        writers += [one.resource for one in name.references if one.resource.type == _FUNCTION]
    owner = _owner(group)
    return list(dict.fromkeys([*writers, owner] if owner is not None else writers))


def is_application_log(group: Resource) -> bool:
    """Whether code of the app itself writes to ``group``."""
    return any(not writer.managed_by_cdk and _is_its_output(writer, group) for writer in writers_of(group))


def _is_its_output(writer: Resource, group: Resource) -> bool:
    """Whether ``group`` holds more than what a log router (FireLens) says of itself."""
    if writer.type == _FUNCTION:
        return True
    for path, _ in writer.each("ContainerDefinitions[*]"):
        name = writer.get(f"{path}.LogConfiguration.Options.awslogs-group")
        if mentions(name, group) and writer.get(f"{path}.FirelensConfiguration") is None:
            return True
    return False


# Retention -----------------------------------------------------------------------------------------------------------

# Sources of audit logs: what they say must outlive the stack.
_AUDIT_SOURCES = (
    "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudTrail::Trail",
    "AWS::EC2::FlowLog",
    "AWS::NetworkFirewall::LoggingConfiguration",
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    "AWS::WAFv2::LoggingConfiguration",
)


# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
_RETENTIONS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip


def retention_is_set(rule: Rule, group: Resource) -> Verdicts:
    """Events are kept long enough, and not for ever."""
    path = "RetentionInDays"
    days = group.number(path)
    low, high = rule["min_log_retention_days"], rule["max_log_retention_days"]
    if days is None:
        return fail(path, reason="for ever (RetentionInDays is not set)")
    if days < low:
        return fail(path, reason=f"{days} days only, less than {low}")
    if high is not None and days > high:
        return fail(path, reason=f"{days} days, more than {high}")
    if days not in _RETENTIONS:
        return fail(path, reason=f"{days} days, a retention that CloudWatch Logs does not offer")
    return PASS


def audit_group_is_retained(rule: Rule, group: Resource) -> Verdicts:
    """Audit logs survive the deletion of the stack and are kept long enough."""
    sources = [one for one in related(group, "log_destination") if one.type in _AUDIT_SOURCES]
    if not sources:
        return NOT_APPLICABLE
    source = f"{sources[0].type.split('::')[1]} {sources[0].logical_id}"
    return list(_audit_problems(rule, group, source)) or PASS


def _audit_problems(rule: Rule, group: Resource, source: str) -> Iterator[Outcome]:
    policy = group.get("@DeletionPolicy", "Delete")
    if policy == "Delete" and not group.flag("DeletionProtectionEnabled", default=False):
        said = "Delete" if group.get("@DeletionPolicy") is not None else "not set, which means Delete"
        reason = f"are deleted with the stack (DeletionPolicy is {said})"
        yield fail("@DeletionPolicy", detail="deletion", source=source, reason=reason)
    days = group.number("RetentionInDays")
    if days is not None and days < rule["audit_retention_days"]:
        reason = f"are kept for {days} days only, less than {rule['audit_retention_days']}"
        yield fail("RetentionInDays", detail="retention", source=source, reason=reason)
