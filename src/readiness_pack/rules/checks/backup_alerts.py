"""Whether somebody is told when a backup fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from readiness_pack.rules.checks.alarm_audience import TOPIC, listeners
from readiness_pack.rules.checks.backup_selections import PLAN, RULES
from readiness_pack.rules.checks.event_listeners import notification_patterns
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided, Unknown, Value
from readiness_pack.template.views import alarm_actions, alarms_on, holds_for_any, json_document, named_resource

# AWS Backup no longer sends BACKUP_JOB_FAILED; the end of every job, whatever became of it, is BACKUP_JOB_COMPLETED.
# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultNotifications.html
_ENDED = "BACKUP_JOB_COMPLETED"
_GONE = "BACKUP_JOB_FAILED"
_EVENTS = "Notifications.BackupVaultEvents"


def failures_alarmed(rule: Rule, resource: Resource) -> Verdicts:
    """A vault notifies, an event rule catches failed jobs, or an alarm counts them; and it reaches somebody."""
    del rule
    if resource.type == PLAN and _vaults_are_judged(resource):
        return NOT_APPLICABLE
    assembly = resource.assembly
    ways: tuple[Callable[[], bool], ...] = (
        lambda: _vault_notifies(resource),
        lambda: holds_for_any(assembly.of_type("AWS::Events::Rule"), _catches_failures),
        lambda: _is_alarmed(assembly),
        lambda: holds_for_any(notification_patterns(assembly), _is_of_failures),
    )
    if holds_for_any(ways, lambda way: way()):
        return PASS
    return fail(_EVENTS, reason=_said(resource))


def _vaults_are_judged(plan: Resource) -> bool:
    """Whether the vaults of a plan are all in the app: then the finding is on them."""
    paths = [path for path, _ in plan.each(f"{RULES}[*]")]
    values = [plan.get(f"{path}.TargetBackupVault") for path in paths]
    return bool(values) and all(named_resource(plan.assembly, value) is not None for value in values)


def _said(resource: Resource) -> str:
    if resource.type != PLAN and holds_for_any(_events(resource), lambda event: bool(event == _GONE)):
        return f"its notifications name {_GONE}, which AWS Backup no longer sends, instead of {_ENDED}"
    return (
        "neither notifications of a vault, nor an event rule, nor an alarm on NumberOfBackupJobsFailed reaches anybody"
    )


def _events(vault: Resource) -> list[Value]:
    return [value for _, value in vault.each(f"{_EVENTS}[*]")]


def _vault_notifies(resource: Resource) -> bool:
    if resource.type == PLAN or not holds_for_any(_events(resource), lambda event: bool(event == _ENDED)):
        return False
    return reaches_somebody(resource.assembly, resource.get("Notifications.SNSTopicArn"))


def _is_alarmed(assembly: Assembly) -> bool:
    alarms = alarms_on("AWS/Backup", "NumberOfBackupJobsFailed", assembly)
    return holds_for_any(
        alarms,
        lambda alarm: holds_for_any(
            alarm_actions(alarm.resource), lambda action: reaches_somebody(assembly, action.value)
        ),
    )


# Events ----------------------------------------------------------------------------------------------------------


def _catches_failures(rule: Resource) -> bool:
    if rule.get("State", "ENABLED") == "DISABLED":
        return False
    pattern = json_document(rule.get("EventPattern"))
    if pattern is None:
        return False
    if isinstance(pattern, Unknown):
        pattern.undecided()
    if not isinstance(pattern, dict):
        raise Undecided("EventPattern is not an object")
    if not _is_of_failures(pattern):
        return False
    targets = [value for _, value in rule.each("Targets[*].Arn")]
    return holds_for_any(targets, lambda target: reaches_somebody(rule.assembly, target))


def _is_of_failures(pattern: dict[str, Any]) -> bool:
    detail = pattern.get("detail") or {}
    return (
        _admits(pattern.get("source"), "aws.backup", required=True)
        and _admits(pattern.get("detail-type"), "Backup Job State Change")
        and _admits(detail.get("state") if isinstance(detail, dict) else detail, "FAILED")
    )


def _admits(patterns: Any, text: str, *, required: bool = False) -> bool:
    """Whether a field of an event pattern lets ``text`` through.

    Raises:
        Undecided: it filters in a way that is not evaluated here.
    """
    if patterns is None:
        return not required
    if isinstance(patterns, Unknown):
        patterns.undecided()

    def matches(one: Any) -> bool:
        if not isinstance(one, dict):
            return bool(one == text)
        if set(one) == {"prefix"}:
            return text.startswith(str(one["prefix"]))
        if set(one) == {"anything-but"}:
            excluded = one["anything-but"]
            return text not in (excluded if isinstance(excluded, list) else [excluded])
        raise Undecided("an event pattern filters in a way that is not evaluated")

    return holds_for_any(patterns if isinstance(patterns, list) else [patterns], matches)


# Topics ----------------------------------------------------------------------------------------------------------


def reaches_somebody(assembly: Assembly, value: Value) -> bool:
    """Whether what is sent to ``value`` arrives: a topic of the app needs a subscription, anything else takes it.

    Raises:
        Undecided: it is a topic from outside the app, whose subscriptions are not to be seen.
    """
    if value is None:
        return False
    target = assembly.target(value)
    if target is None:
        if ":sns:" in str(value):
            raise Undecided(f"who subscribes to {value} is not in this app")
        return True
    if target.type != TOPIC:
        return True
    return next(listeners(target), None) is not None
