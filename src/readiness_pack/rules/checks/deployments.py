"""Checks that a new version replaces the old one step by step, and that a bad one is taken back by itself."""

from __future__ import annotations

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_object, known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Unknown, Value
from readiness_pack.template.views.naming import attached, named_resource
from readiness_pack.template.views.partial import holds_for_any

_GROUP = "AWS::CodeDeploy::DeploymentGroup"
_CONFIGURATION = "DeploymentConfiguration"

# Containers ----------------------------------------------------------------------------------------------------------


def is_by_ecs(service: Resource) -> bool:
    """Whether ECS itself deploys a service, and not CodeDeploy or somebody's own controller."""
    return known_text(service.get("DeploymentController.Type", "ECS")) == "ECS"


def _strategy(service: Resource) -> str:
    return known_text(service.get(f"{_CONFIGURATION}.Strategy", "ROLLING"))


def container_strategy(rule: Rule, service: Resource) -> Verdicts:
    """A service is deployed blue/green with time to notice, or at least rolls without losing capacity."""
    if not is_by_ecs(service) or known_text(service.get("SchedulingStrategy", "REPLICA")) == "DAEMON":
        return NOT_APPLICABLE
    if _strategy(service) != "ROLLING":
        return _bake(service) or PASS
    return (_rolling(service) if rule["require_blue_green"] else _capacity(service)) or PASS


def _rolling(service: Resource) -> Outcome:
    path = f"{_CONFIGURATION}.Strategy"
    said = "is not set and so ROLLING" if service.get(path) is None else "is ROLLING"
    return fail(
        path, detail="strategy", reason=f"old tasks make way before the new ones have proved themselves ({path} {said})"
    )


def _capacity(service: Resource) -> Outcome | None:
    path = f"{_CONFIGURATION}.MinimumHealthyPercent"
    percent = service.number(path, default=100) or 0
    if percent >= 100:
        return None
    return fail(path, detail="capacity", reason=f"it runs with {percent:g} percent of its tasks meanwhile ({path})")


def _bake(service: Resource) -> Outcome | None:
    path = f"{_CONFIGURATION}.BakeTimeInMinutes"
    minutes = service.number(path)
    if minutes is None or minutes > 0:  # ECS keeps the old version for hours where nothing is said
        return None
    return fail(path, detail="bake", reason=f"the old version is gone at once, without time to notice ({path} is 0)")


# Functions -----------------------------------------------------------------------------------------------------------

_SHIFT = "@UpdatePolicy.CodeDeployLambdaAliasUpdate"
_ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
_CALLERS = (
    ("AWS::ApiGateway::Method", "Integration.Uri"),
    ("AWS::ApiGatewayV2::Integration", "IntegrationUri"),
    ("AWS::Lambda::Url", "TargetFunctionArn"),
)


def function_traffic(rule: Rule, resource: Resource) -> Verdicts:
    """A new version of a function gets its traffic step by step."""
    del rule
    if resource.type == "AWS::Lambda::Function":
        return _function(resource)
    if resource.get("RoutingConfig.AdditionalVersionWeights") is not None:
        return PASS  # the weights themselves stand in the template
    if resource.get(_SHIFT) is None:
        return fail(
            "@UpdatePolicy", detail="policy", reason="goes to a new version all at once, since it has no UpdatePolicy"
        )
    group = resource.target(f"{_SHIFT}.DeploymentGroupName")
    if group is None:
        raise Undecided(f"deployment group {resource.get(f'{_SHIFT}.DeploymentGroupName')} is not in this app")
    if not _is_all_at_once(group):
        return PASS
    reason = f"goes to a new version all at once, as deployment group {group.logical_id} wants it"
    return fail("@UpdatePolicy", detail="all at once", reason=reason)


def _is_all_at_once(group: Resource) -> bool:
    value = group.get("DeploymentConfigName")
    configuration = group.assembly.target(value)
    if configuration is None:
        if value is None:
            raise Undecided(f"deployment group {group.logical_id} names no configuration")
        return known_text(value) == _ALL_AT_ONCE
    return known_text(configuration.get("TrafficRoutingConfig.Type", "AllAtOnce")) == "AllAtOnce"


def _function(function: Resource) -> Verdicts:
    """Only of a function behind an API is an alias expected."""
    if function.managed_by_cdk or not any(function.referrers(type_, path=path) for type_, path in _CALLERS):
        return NOT_APPLICABLE
    if attached(function, "AWS::Lambda::Alias", "FunctionName"):
        return PASS
    reason = "is called by an API without an alias, so that a new version gets all traffic at once"
    return fail(detail="alias", severity="info", reason=reason)


# Instances -----------------------------------------------------------------------------------------------------------

_POLICY = "@UpdatePolicy"


def group_update_policy(rule: Rule, group: Resource) -> Verdicts:
    """An update of a scaling group replaces its instances batch by batch, and waits for them."""
    del rule
    if attached(group, _GROUP, "AutoScalingGroups[*]"):
        return NOT_APPLICABLE  # CodeDeploy puts new versions on its instances
    if group.flag(f"{_POLICY}.AutoScalingReplacingUpdate.WillReplace", default=False):
        return PASS
    if group.get(f"{_POLICY}.AutoScalingInstanceRefresh") is not None:
        return PASS
    rolling = f"{_POLICY}.AutoScalingRollingUpdate"
    if group.get(rolling) is None:
        reason = "its running instances keep the old launch template until somebody replaces them (no UpdatePolicy)"
        return fail(_POLICY, detail="policy", reason=reason)
    minimum = group.number(f"{rolling}.MinInstancesInService", default=0) or 0
    if minimum > 0 or group.flag(f"{rolling}.WaitOnResourceSignals", default=False):
        return PASS
    switches = "MinInstancesInService is 0 and WaitOnResourceSignals is not true"
    reason = f"an update may stop all instances at once and does not wait for new ones ({switches})"
    return fail(f"{rolling}.MinInstancesInService", detail="capacity", reason=reason)


# Rolling back --------------------------------------------------------------------------------------------------------

_EVENTS = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM")
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")

# What a pipeline may deploy with and takes a bad version back by itself, or is judged where it is declared.
_ROLL_BACK_THEMSELVES = (
    *("AppConfig", "CloudFormation", "CloudFormationStackSet", "CloudFormationStackInstances"),
    *("CodeDeploy", "CodeDeployToECS", "ECS"),
)


def rollback_on_alarm(rule: Rule, resource: Resource) -> Verdicts:
    """An alarm ends a deployment and brings back what ran before."""
    del rule
    match resource.type:
        case "AWS::ECS::Service":
            if not is_by_ecs(resource):
                return NOT_APPLICABLE
            return _together(judged((_service_switch, _service_alarms), lambda question: question(resource)))
        case "AWS::CodeDeploy::DeploymentGroup":
            questions = (_group_switch, _group_events, _group_alarms)
            return _together(judged(questions, lambda question: question(resource)))
        case "AWS::AppConfig::Environment":
            return _environment(resource)
        case _:
            return _pipeline(resource)


def _together(outcomes: list[Outcome]) -> Verdicts:
    """One finding for all that lacks: the same person adds it in the same place."""
    if not outcomes or outcomes[0].verdict != "fail":
        return outcomes or PASS
    reason = ", and ".join(outcome.fields["reason"] for outcome in outcomes)
    return fail(outcomes[0].path, detail="rollback", reason=reason)


def _service_switch(service: Resource) -> Outcome | None:
    base = f"{_CONFIGURATION}.Alarms"
    off = [name for name in ("Enable", "Rollback") if not service.flag(f"{base}.{name}", default=False)]
    if not off:
        return None
    return fail(
        f"{base}.{off[0]}",
        detail="switch",
        reason=f"{base}.{' and '.join(off)} {'is' if len(off) == 1 else 'are'} not true",
    )


def _service_alarms(service: Resource) -> Outcome | None:
    path = f"{_CONFIGURATION}.Alarms.AlarmNames"
    return _named(service, path, [value for _, value in service.each(f"{path}[*]")])


def _group_switch(group: Resource) -> Outcome | None:
    switches = ("AutoRollbackConfiguration.Enabled", "AlarmConfiguration.Enabled")
    off = [path for path in switches if not group.flag(path, default=False)]
    if not off:
        return None
    return fail(off[0], detail="switch", reason=f"{' and '.join(off)} {'is' if len(off) == 1 else 'are'} not true")


def _group_events(group: Resource) -> Outcome | None:
    path = "AutoRollbackConfiguration.Events"
    events = [value for _, value in group.each(f"{path}[*]")]
    missing = [event for event in _EVENTS if not holds_for_any(events, lambda one: bool(one == event))]  # noqa: B023
    if not missing:
        return None
    return fail(
        path,
        detail="events",
        reason=f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} no reason to roll back ({path})",
    )


def _group_alarms(group: Resource) -> Outcome | None:
    path = "AlarmConfiguration.Alarms"
    return _named(group, path, [value for _, value in group.each(f"{path}[*].Name")])


def _environment(environment: Resource) -> Verdicts:
    path = "Monitors"
    values = [value for _, value in environment.each(f"{path}[*].AlarmArn")]
    return _named(environment, path, values) or PASS


def _named(resource: Resource, path: str, alarms: list[Value]) -> Outcome | None:
    """What is wrong with a list of alarms: it is empty, or names one that the app does not have."""
    if not alarms:
        return fail(path, detail="alarms", reason=f"no alarm is named ({path})")
    for alarm in alarms:
        target = named_resource(resource.assembly, alarm)
        if target is None and isinstance(alarm, Unknown):
            alarm.undecided()
        if target is None or target.type not in _ALARMS:
            name = known_text(alarm)
            return fail(path, detail=name, reason=f"alarm {name} is not in the app")
    return None


def _pipeline(pipeline: Resource) -> Verdicts:
    stages = [(path, known_object(stage)) for path, stage in pipeline.each("Stages[*]")]
    wanting = [(path, stage) for path, stage in stages if _needs_rollback(pipeline, path)]
    if not wanting:
        return NOT_APPLICABLE

    def judge(entry: tuple[str, dict[str, Value]]) -> Outcome | None:
        path, stage = entry
        result = pipeline.get(f"{path}.OnFailure.Result")
        if result is not None and result == "ROLLBACK":
            return None
        name = known_text(stage.get("Name"))
        return fail(
            f"{path}.OnFailure",
            detail=name,
            reason=f"stage {name} stays as it is when it fails (OnFailure.Result is not ROLLBACK)",
        )

    return judged(wanting, judge) or PASS


def _needs_rollback(pipeline: Resource, stage: str) -> bool:
    """Whether a stage deploys by something that does not take a bad version back by itself."""

    def needs(action: str) -> bool:
        kind = pipeline.get(f"{action}.ActionTypeId.Category")
        provider = pipeline.get(f"{action}.ActionTypeId.Provider")
        return bool(kind == "Deploy") and known_text(provider) not in _ROLL_BACK_THEMSELVES

    return holds_for_any([path for path, _ in pipeline.each(f"{stage}.Actions[*]")], needs)
