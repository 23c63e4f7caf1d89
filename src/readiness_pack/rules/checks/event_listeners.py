"""Rules of EventBridge and of User Notifications that hear of what services report, as an alternative to alarms."""

from __future__ import annotations

from typing import Any

from readiness_pack.template import Assembly, Resource, Undecided, Value, is_known
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.naming import attached, mentions, named_resource
from readiness_pack.template.views.partial import holds_for_any, once_a_world

_RULE = "AWS::Events::Rule"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
_NOTIFIER = "AWS::Notifications::EventRule"
_CHANNEL = "AWS::Notifications::ChannelAssociation"


def is_heard(resource: Resource, source: str, detail_type: str, said: dict[str, str], names: tuple[str, ...]) -> bool:
    """Whether a rule with targets, or a notification with a channel, is sent what ``source`` says about ``resource``.

    Args:
        resource: what the events are about.
        source: e.g. ``aws.cloudwatch``.
        detail_type: e.g. ``CloudWatch Alarm State Change``.
        said: what the event says that matters: path below ``detail`` -> value (``{"state.value": "ALARM"}``).
        names: the fields below ``detail`` by which a pattern may select the resource (``alarmName``).

    Raises:
        Undecided: a pattern may select it.
    """
    return holds_for_any(
        _patterns(resource.assembly),
        lambda pattern: (
            _admits(pattern.get("source"), source)
            and _admits(pattern.get("detail-type"), detail_type)
            and pattern.get("source") is not None
            and all(_admits(_below(pattern, path), value) for path, value in said.items())
            and _selects(pattern.get("resources"), resource)
            and all(_selects(_below(pattern, name), resource) for name in names)
        ),
    )


def _patterns(assembly: Assembly) -> list[dict[str, Any]]:
    """The patterns of the rules that are on and have targets, and of notifications that have a channel."""
    return once_a_world(assembly, "event patterns", lambda: [*_read(assembly), *notification_patterns(assembly)])


def _read(assembly: Assembly) -> list[dict[str, Any]]:
    found = []
    for rule in assembly.of_type(_RULE):
        if rule.get("EventPattern") is None or not rule.each("Targets[*]"):
            continue
        state = rule.get("State", "ENABLED")
        if is_known(state) and state == "DISABLED":
            continue
        pattern = json_document(rule.get("EventPattern"))
        if isinstance(pattern, dict):
            found.append(pattern)
    return found


def notification_patterns(assembly: Assembly) -> list[dict[str, Any]]:
    """The event patterns of User Notifications that have a channel; source and type stand apart in their rules."""
    found = []
    for rule in assembly.of_type(_NOTIFIER):
        configuration = named_resource(assembly, rule.get("NotificationConfigurationArn"))
        if configuration is not None and not attached(configuration, _CHANNEL, "NotificationConfigurationArn"):
            continue
        pattern = json_document(rule.get("EventPattern"))
        more = pattern if isinstance(pattern, dict) else {}
        found.append({**more, "source": [rule.get("Source")], "detail-type": [rule.get("EventType")]})
    return found


def _below(pattern: dict[str, Any], path: str) -> Value:
    value: Value = pattern.get("detail")
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _admits(filters: Value, text: str) -> bool:
    """Whether a list of a pattern admits ``text``; what is not asked for is admitted."""
    if filters is None:
        return True
    return holds_for_any(filters if isinstance(filters, list) else [filters], lambda one: _matches(one, text))


def _matches(filter_: Value, text: str) -> bool:
    if not isinstance(filter_, dict):
        return bool(filter_ == text)
    prefix = filter_.get("prefix")
    if isinstance(prefix, str):
        return text.startswith(prefix)
    raise Undecided(f"the event pattern {filter_} is not evaluated")


def _selects(filters: Value, resource: Resource) -> bool:
    if filters is None:
        return True

    def is_it(one: Value) -> bool:
        if isinstance(one, dict):
            raise Undecided(f"the event pattern {one} is not evaluated")
        return mentions(one, resource)

    return holds_for_any(filters if isinstance(filters, list) else [filters], is_it)
