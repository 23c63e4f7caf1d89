"""Checks on alarms themselves: that they act, say what to do, and treat missing data on purpose."""

from __future__ import annotations

import re
from collections import defaultdict

from readiness_pack.rules.checks.alarm_audience import ALARM_TYPES, TOPIC, kind_of
from readiness_pack.rules.checks.alarm_chain import is_critical
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.event_listeners import is_heard
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Text, Undecided, Value
from readiness_pack.template.views.alarm_actions import alarm_actions, composites_of
from readiness_pack.template.views.alarm_metrics import MetricAlarm, metrics_of
from readiness_pack.template.views.partial import holds_for_any

# Acting --------------------------------------------------------------------------------------------------------------

# What looks at the state of an alarm by itself, and where it names it.
_CONSUMERS = (
    ("AWS::AppConfig::Environment", "Monitors[*].AlarmArn"),
    ("AWS::CloudWatch::CompositeAlarm", "ActionsSuppressor"),
    ("AWS::CodeDeploy::DeploymentGroup", "AlarmConfiguration.Alarms[*].Name"),
    ("AWS::ECS::Service", "DeploymentConfiguration.Alarms.AlarmNames[*]"),
    ("AWS::FIS::ExperimentTemplate", "StopConditions[*].Value"),
    ("AWS::Route53::HealthCheck", "HealthCheckConfig.AlarmIdentifier.Name"),
    ("AWS::SageMaker::Endpoint", "DeploymentConfig.AutoRollbackConfiguration.Alarms[*].AlarmName"),
)


def has_action(rule: Rule, alarm: Resource) -> Verdicts:
    """Something happens when an alarm goes off."""
    enabled = alarm.flag("ActionsEnabled", default=True)
    actions = alarm_actions(alarm, composite=False)
    if actions.known:
        return PASS
    if _is_watched(alarm):
        return NOT_APPLICABLE
    if actions.reason is not None:
        return unknown(actions.reason, "AlarmActions")
    if not enabled:
        return fail("ActionsEnabled", detail="action", reason="ActionsEnabled is false")
    others = [name for name in ("OKActions", "InsufficientDataActions") if alarm.get(name) not in (None, [])]
    if others and rule["accept_any_action"]:
        return PASS
    reason = f"it has {' and '.join(others)} but no AlarmActions" if others else "it has no AlarmActions"
    return fail("AlarmActions", detail="action", reason=reason)


def _is_watched(alarm: Resource) -> bool:
    """Whether a composite alarm, a deployment or an event rule acts in its place."""
    if any(alarm.referrers(type_, path=path) for type_, path in _CONSUMERS):
        return True
    if any(alarm_actions(composite, composite=False) for composite in composites_of(alarm)):
        return True
    return is_heard(alarm, "aws.cloudwatch", "CloudWatch Alarm State Change", {"state.value": "ALARM"}, ("alarmName",))


def only_moves_machines(alarm: Resource) -> bool:
    """Whether an alarm has actions, and all of them scale, stop or reboot: nobody is to read it."""
    actions = alarm_actions(alarm)
    return bool(actions.known) and not holds_for_any(actions, lambda action: kind_of(action) != "machine")


def has_runbook(rule: Rule, alarm: Resource) -> Verdicts:
    """The description says where to read on."""
    if only_moves_machines(alarm):
        return NOT_APPLICABLE
    path = "AlarmDescription"
    description = alarm.get(path)
    if description is None or description == "":
        return fail(path, detail="runbook", reason="it has no AlarmDescription")
    if isinstance(description, Text) and re.search(rule["runbook_pattern"], str(description)):
        return PASS  # the known parts of the text are enough
    if re.search(rule["runbook_pattern"], known_text(description)):
        return PASS
    return fail(path, detail="runbook", reason=f"its AlarmDescription holds nothing like {rule['runbook_pattern']}")


# Missing data --------------------------------------------------------------------------------------------------------


def missing_data_is_deliberate(rule: Rule, alarm: Resource) -> Verdicts:
    """Silence of a heartbeat is noticed, and missing errors do not keep an alarm in its last state."""
    metrics = metrics_of(alarm)
    path = "TreatMissingData"
    treatment = alarm.get(path)
    if treatment is not None and treatment != "ignore":
        return PASS
    pattern = re.compile(rule["heartbeat_metrics"] if treatment is None else rule["error_metrics"], re.IGNORECASE)
    found = metrics.those(lambda one: _is_like(one, pattern) and not _is_filled(one))
    if not found:
        return NOT_APPLICABLE if treatment is None else PASS
    name = found.known[0].metric
    if treatment is None:
        reason = f"TreatMissingData is not set, so the alarm goes to INSUFFICIENT_DATA when {name} falls silent"
    else:
        reason = f"TreatMissingData is ignore, so the alarm stays in its last state when {name} has no data"
    return fail(path, detail="missing", reason=reason)


def _is_like(metric: MetricAlarm, pattern: re.Pattern[str]) -> bool:
    return pattern.search(known_text(metric.metric)) is not None


def _is_filled(metric: MetricAlarm) -> bool:
    """Whether an expression of the alarm fills in data that is missing."""
    return any("FILL" in str(entry) for _, entry in metric.resource.each("Metrics[*].Expression"))


# Muting --------------------------------------------------------------------------------------------------------------


def mute_rule_expires(rule: Rule, mute: Resource) -> Verdicts:
    """A mute rule ends, and leaves critical alarms alone."""
    targets = [("ExpireDate", None), *mute.each("MuteTargets.AlarmNames[*]")]
    return judged(targets, lambda one: _muted(rule, mute, *one)) or PASS


def _muted(rule: Rule, mute: Resource, path: str, name: Value) -> Outcome | None:
    """What is wrong with muting one alarm; with the rule as a whole where ``path`` is its end."""
    if path == "ExpireDate":
        return _endless(mute)
    alarm = _alarm(mute.assembly, name)
    tag, level = rule["severity_tag"], rule["critical_severity"]
    if alarm is None or not is_critical(alarm, tag, level):
        return None
    return fail(path, detail=alarm.logical_id, reason=f"silences {alarm.logical_id}, which is tagged {tag}={level}")


def _endless(mute: Resource) -> Outcome | None:
    if mute.get("ExpireDate") is not None:
        return None
    expression = known_text(mute.get("Rule.Schedule.Expression", ""))
    if expression.startswith("at("):
        return None  # mutes once
    return fail("ExpireDate", detail="expiry", reason=f"mutes by {expression} without an ExpireDate, for ever")


def _alarm(assembly: Assembly, name: Value) -> Resource | None:
    if isinstance(name, str):
        return assembly.graph.named(name, ALARM_TYPES)
    return assembly.target(name)


# Noise ---------------------------------------------------------------------------------------------------------------


def composite_suppresses_noise(rule: Rule, assembly: Assembly) -> Verdicts:
    """Many alarms for the same people are grouped by composite alarms."""
    by_topic: dict[str, list[str]] = defaultdict(list)
    doubt: str | None = None
    for alarm in assembly.of_type("AWS::CloudWatch::Alarm"):
        try:
            actions = alarm_actions(alarm, composite=False)
        except Undecided as undecided:
            doubt = doubt or undecided.reason
            continue
        doubt = doubt or actions.reason
        for action in actions.known:
            target = action.resource
            if target is None or target.type == TOPIC:
                by_topic[target.logical_id if target else str(action.value)].append(alarm.logical_id)
    if not by_topic and doubt is None:
        return NOT_APPLICABLE
    crowded = {topic: names for topic, names in by_topic.items() if len(names) > rule["composite_threshold"]}
    if not crowded:
        return unknown(doubt) if doubt is not None else PASS
    if assembly.of_type("AWS::CloudWatch::CompositeAlarm"):
        return PASS
    return [fail(detail=topic, topic=topic, count=len(names)) for topic, names in sorted(crowded.items())]
