"""Who learns of an alarm: what its actions are, and who listens to a topic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from readiness_pack.template import Resource, Text, Undecided, Unknown, Value, as_list
from readiness_pack.template.views.actions import covers_action, covers_resource
from readiness_pack.template.views.alarm_actions import Action
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.naming import attached, named_resource
from readiness_pack.template.views.partial import Partial, holds_for_any
from readiness_pack.template.views.policies import policy_statements, resource_statements
from readiness_pack.template.views.statements import Statement

ALARM_TYPES = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::LogAlarm")
TOPIC = "AWS::SNS::Topic"
PLAN = "AWS::SSMIncidents::ResponsePlan"
_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::Lambda::Version")
_CHAT = ("AWS::Chatbot::SlackChannelConfiguration", "AWS::Chatbot::MicrosoftTeamsChannelConfiguration")
_IAM = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy")

Kind = Literal["topic", "plan", "function", "item", "machine"]

# Service in the ARN of an action -> what it is. OpsCenter items, incidents and functions are for people to see; the
# others only change machines: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
_BY_SERVICE: dict[str, Kind] = {
    "sns": "topic",
    "ssm-incidents": "plan",
    "ssm": "item",
    "lambda": "function",
    "automate": "machine",
    "autoscaling": "machine",
    "swf": "machine",
    "ec2": "machine",
    "aiops": "machine",
}


def kind_of(action: Action) -> Kind:
    """What an alarm's action is.

    Raises:
        Undecided: its ARN is not known.
    """
    target = action.resource
    if target is not None:
        if target.type == TOPIC:
            return "topic"
        if target.type == PLAN:
            return "plan"
        return "function" if target.type in _FUNCTIONS else "machine"
    service = arn_service(action.value)
    if service is None:
        raise Undecided(_why(action.value))
    return _BY_SERVICE.get(service, "machine")


def arn_service(value: Value) -> str | None:
    """The service in an ARN, as far as that is known; ``None`` where it is not."""
    if isinstance(value, Text):
        value = "".join(part if isinstance(part, str) else "?" for part in value.parts)
    pieces = value.split(":") if isinstance(value, str) else []
    return pieces[2] if len(pieces) > 2 and pieces[0] == "arn" else None


def _why(value: Value) -> str:
    return value.reason if isinstance(value, Unknown | Text) else f"the action {value} is not in this app"


def is_listed(value: Value, names: Iterable[str]) -> bool:
    """Whether a value from outside the app is among ``names``: by ARN, by the name at its end, or by the name of the
    parameter or export that gives it.
    """
    if isinstance(value, Unknown):
        return any(value.name == name for name in names)
    text = value.suffix if isinstance(value, Text) else value
    return isinstance(text, str) and any(text == name or text.rsplit(":", 1)[-1] == name for name in names)


def host_of(url: str) -> str:
    """The host in a URL; empty where there is none.

    Example:
        >>> host_of("https://events.pagerduty.com/integration/1"), host_of("https://[")
        ('events.pagerduty.com', '')
    """
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


# Listeners of a topic ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """Somebody or something that receives what is published to a topic.

    Args:
        source: the resource that says so.
        protocol: of the subscription; ``chat`` for a chat channel.
        endpoint: where it is delivered; ``None`` for a chat channel.
    """

    source: Resource
    protocol: Value
    endpoint: Value = None


def listeners(topic: Resource) -> Iterator[Listener]:
    """Everything of the app that receives what is published to ``topic``."""
    for path, subscription in topic.each("Subscription[*]"):
        if isinstance(subscription, Unknown):
            subscription.undecided()
        yield Listener(topic, topic.get(f"{path}.Protocol"), topic.get(f"{path}.Endpoint"))
    for subscription in attached(topic, "AWS::SNS::Subscription", "TopicArn"):
        yield Listener(subscription, subscription.get("Protocol"), subscription.get("Endpoint"))
    for type_ in _CHAT:
        for channel in attached(topic, type_, "SnsTopicArns[*]"):
            yield Listener(channel, "chat")


def unheard(listener: Listener, topic: Resource, protocols: Iterable[str]) -> str | None:
    """Why nobody learns of what ``listener`` receives; ``None`` where somebody does.

    Args:
        listener: one of :func:`listeners`.
        topic: the topic that it listens to.
        protocols: the protocols that count as reaching somebody.

    Raises:
        Undecided: the protocol, or who reads a queue, is not known.
    """
    if listener.protocol == "chat":
        return None
    if not any(bool(listener.protocol == protocol) for protocol in protocols):
        return f"topic {topic.logical_id} has a subscription by {listener.protocol} only, which tells nobody"
    if _is_filtered_out(listener.source):
        return f"the filter policy of {listener.source.logical_id} lets no alarm of topic {topic.logical_id} through"
    if listener.protocol != "sqs":
        return None
    queue = named_resource(topic.assembly, listener.endpoint)
    if queue is None:
        raise Undecided(f"the queue {listener.endpoint} is not in this app")
    if is_consumed(queue):
        return None
    return f"nobody consumes queue {queue.logical_id}, to which topic {topic.logical_id} delivers"


def _is_filtered_out(subscription: Resource) -> bool:
    """Whether the filter policy of a subscription keeps back what alarms publish.

    A policy looks at the attributes of a message unless it says ``MessageBody``, and messages of CloudWatch have none:
    https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
    """
    if subscription.type != "AWS::SNS::Subscription":
        return False
    policy = json_document(subscription.get("FilterPolicy"))
    if policy is None or policy == {}:
        return False
    if not isinstance(policy, dict):
        raise Undecided(f"the filter policy of {subscription.logical_id} is not known")
    if subscription.get("FilterPolicyScope", "MessageAttributes") == "MessageAttributes":
        return not _accepts_nothing(policy)
    if "NewStateValue" in policy and not _has(policy["NewStateValue"], "ALARM"):
        return True
    if set(policy) - {"NewStateValue"}:
        raise Undecided(f"which alarms the filter policy of {subscription.logical_id} lets through is not worked out")
    return False


def _accepts_nothing(policy: dict[str, Value]) -> bool:
    """Whether a policy on attributes lets a message without attributes through."""
    return all(
        any(isinstance(one, dict) and _accepts_nothing(one) for one in as_list(wanted))
        if key == "$or"
        else _has(wanted, {"exists": False})
        for key, wanted in policy.items()
    )


def _has(wanted: Value, value: Value) -> bool:
    """Whether a list of a filter policy holds ``value``; operators other than ``exists`` are not evaluated."""
    if holds_for_any(as_list(wanted), lambda one: bool(one == value)):
        return True
    if isinstance(value, str) and any(isinstance(one, dict) for one in as_list(wanted)):
        raise Undecided(f"the filter {wanted} is not evaluated")
    return False


def is_consumed(queue: Resource) -> bool:
    """Whether something of the app receives messages from ``queue``."""
    if queue.referrers("AWS::Lambda::EventSourceMapping", path="EventSourceArn"):
        return True
    if queue.referrers("AWS::Pipes::Pipe", path="Source"):
        return True
    action = "sqs:ReceiveMessage"
    statements: Partial[Statement] = Partial()
    for policy in queue.referrers(*_IAM):
        statements.include(policy_statements(policy))
    statements.include(resource_statements(queue))
    return holds_for_any(
        statements, lambda one: one.is_allow and covers_action(one, action) and covers_resource(one, queue)
    )


# Incident Manager ----------------------------------------------------------------------------------------------------


def response_plan(action: Action) -> Resource | None:
    """The response plan of the app that an action starts, also where it is named by its literal ARN."""
    if action.resource is not None:
        return action.resource if action.resource.type == PLAN else None
    text = action.value.suffix if isinstance(action.value, Text) else action.value
    name = text.rsplit("/", 1)[-1] if isinstance(text, str) else None
    plans = action.alarm.assembly.of_type(PLAN)
    return next((plan for plan in plans if name is not None and plan.raw_at("Name") == name), None)


def engages_somebody(plan: Resource) -> bool:
    """Whether a response plan calls a contact, a chat channel or a pager."""
    paths = ("Engagements[*]", "ChatChannel.ChatbotSns[*]", "Integrations[*].PagerDutyConfiguration")
    return any(value is not None for path in paths for _, value in plan.each(path))
