"""What happens when an alarm goes off, directly and through the composite alarms that watch it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readiness_pack.template.graph import assembly_target
from readiness_pack.template.values import Unknown, Value
from readiness_pack.template.views.alarm_rules import WatchedAlarm, watched_alarms
from readiness_pack.template.views.partial import Partial, once_a_world, once_an_app

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly
    from readiness_pack.template.resource import Resource

_ALARM_TYPES = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::LogAlarm")


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """Something that an alarm does when it goes off.

    Args:
        value: the ARN, as far as it is known.
        resource: the topic, policy ... of the app that it is; ``None`` where it is outside.
        alarm: the alarm that does it: the one asked about, or a composite alarm that watches it.
        path: the property of ``alarm`` that names it.
    """

    value: Value
    resource: Resource | None
    alarm: Resource
    path: str


def alarm_actions(alarm: Resource, *, composite: bool = True) -> Partial[Action]:
    """What happens when ``alarm`` goes into alarm.

    ``ActionsEnabled`` (true where absent) is heeded, and what composite alarms do that watch ``alarm`` counts.

    Args:
        alarm: an ``AWS::CloudWatch::Alarm``, ``AWS::CloudWatch::CompositeAlarm`` or ``AWS::CloudWatch::LogAlarm``.
        composite: whether to count what composite alarms do.

    Returns:
        The actions; incomplete where a list of actions is not known.

    Raises:
        Undecided: whether actions are enabled is not known.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Topic": {"Type": "AWS::SNS::Topic"},
        ...     "Errors": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "errors"}},
        ...     "All": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {
        ...         "AlarmRule": 'ALARM("errors")', "AlarmActions": [{"Ref": "Topic"}]}}}})
        >>> [action.resource for action in alarm_actions(app.of_type("AWS::CloudWatch::Alarm")[0])]
        [<AWS::SNS::Topic Template/Topic>]
    """
    found: Partial[Action] = Partial()
    for one in [alarm, *(composites_of(alarm) if composite else ())]:
        _collect(one, found)
    return found


def _collect(alarm: Resource, found: Partial[Action]) -> None:
    values = alarm.each("AlarmActions[*]")
    if not values or not alarm.flag("ActionsEnabled", True):
        return
    for path, value in values:
        if isinstance(value, Unknown) and "[" not in path:
            found.lacking(value.reason)
        elif value is not None:
            found.append(Action(value, assembly_target(alarm.assembly.graph, value), alarm, path))


def composites_of(alarm: Resource) -> list[Resource]:
    """The composite alarms that go into alarm because of ``alarm``, also through other composite alarms.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Errors": {"Type": "AWS::CloudWatch::Alarm"},
        ...     "All": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {
        ...         "AlarmRule": {"Fn::Sub": 'ALARM("${Errors.Arn}")'}}}}})
        >>> composites_of(app.of_type("AWS::CloudWatch::Alarm")[0])
        [<AWS::CloudWatch::CompositeAlarm Template/All>]
    """
    found: dict[Resource, None] = {}
    waiting = [alarm]
    while waiting:
        watched = waiting.pop()
        for composite in _watchers(alarm.assembly).get(watched, ()):
            new = composite not in found and composite is not alarm
            if new and composite.exists() and watched in _causes(composite):
                found[composite] = None
                waiting.append(composite)
    return list(found)


def _causes(composite: Resource) -> list[Resource]:
    """The alarms whose going into alarm ``composite`` asks for, in the world at hand."""
    return once_a_world(composite.assembly, ("causes", composite), lambda: _watched(composite))


def _watched(composite: Resource) -> list[Resource]:
    assembly = composite.assembly
    found: dict[Resource, None] = {}
    for one in watched_alarms(composite.get("AlarmRule")):
        # Being in alarm makes ALARM(...) true, and NOT OK(...) as well.
        if (one.state, one.negated) in (("ALARM", False), ("OK", True)):
            alarm = _alarm(assembly, one)
            if alarm is not None:
                found[alarm] = None
    return list(found)


def _alarm(assembly: Assembly, one: WatchedAlarm) -> Resource | None:
    if isinstance(one.alarm, str):
        return assembly.graph.named(one.alarm, _ALARM_TYPES)
    return assembly_target(assembly.graph, one.alarm)


def _watchers(assembly: Assembly) -> dict[Resource, list[Resource]]:
    """Alarm -> the composite alarms that may watch it, in whatever world."""

    def index() -> dict[Resource, list[Resource]]:
        found: dict[Resource, list[Resource]] = defaultdict(list)
        for composite in assembly.by_type.get("AWS::CloudWatch::CompositeAlarm", ()):
            for _, alarms in assembly.alternatives(lambda: _watched(composite)):  # noqa: B023
                for alarm in alarms:
                    if composite not in found[alarm]:
                        found[alarm].append(composite)
        return dict(found)

    return once_an_app(assembly, "composite alarms", index)
