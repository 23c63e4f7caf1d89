"""Dead-letter queues: which queue or topic catches what others could not deliver, and for whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readiness_pack.template.paths import any_index
from readiness_pack.template.values import Reference, Unknown, Value
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.naming import named_resource
from readiness_pack.template.views.partial import once_an_app

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly
    from readiness_pack.template.resource import Resource

DEAD_LETTER_PATHS: tuple[tuple[str, str], ...] = (
    ("AWS::SQS::Queue", "RedrivePolicy.deadLetterTargetArn"),
    ("AWS::SNS::Subscription", "RedrivePolicy.deadLetterTargetArn"),
    ("AWS::Lambda::Function", "DeadLetterConfig.TargetArn"),
    ("AWS::Lambda::EventInvokeConfig", "DestinationConfig.OnFailure.Destination"),
    ("AWS::Lambda::EventSourceMapping", "DestinationConfig.OnFailure.Destination"),
    ("AWS::Events::Rule", "Targets[*].DeadLetterConfig.Arn"),
    ("AWS::Events::EventBus", "DeadLetterConfig.Arn"),
    ("AWS::Scheduler::Schedule", "Target.DeadLetterConfig.Arn"),
    ("AWS::Pipes::Pipe", "SourceParameters.KinesisStreamParameters.DeadLetterConfig.Arn"),
    ("AWS::Pipes::Pipe", "SourceParameters.DynamoDBStreamParameters.DeadLetterConfig.Arn"),
    ("AWS::IoT::TopicRule", "TopicRulePayload.ErrorAction.Sqs.QueueUrl"),
    ("AWS::IoT::TopicRule", "TopicRulePayload.ErrorAction.Sns.TargetArn"),
    ("AWS::CustomerProfiles::Domain", "DeadLetterQueueUrl"),
)
"""Where a resource names what takes the messages and events that it could not deliver or process."""

_REDRIVE = "RedrivePolicy"
_JSON_TYPES = ("AWS::SQS::Queue", "AWS::SNS::Subscription")


@dataclass(frozen=True, slots=True)
class DeadLetterUse:
    """``source`` sends to a dead-letter queue.

    Args:
        source: what sends there: a queue, function, rule ...
        path: the property that names the queue, with its indices.
    """

    source: Resource
    path: str


def dead_letter_targets(source: Resource) -> list[tuple[str, Value]]:
    """What ``source`` uses for its dead letters: property path and value, for every property that is set.

    A ``RedrivePolicy`` may be an object or JSON text.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Orders": {"Type": "AWS::SQS::Queue", "Properties": {
        ...         "RedrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:111111111111:failed"}'}}}})
        >>> dead_letter_targets(app.of_type("AWS::SQS::Queue")[0])
        [('RedrivePolicy.deadLetterTargetArn', 'arn:aws:sqs:eu-west-1:111111111111:failed')]
    """
    found: list[tuple[str, Value]] = []
    for type_, path in DEAD_LETTER_PATHS:
        if type_ != source.type:
            continue
        if path.startswith(_REDRIVE):
            policy = redrive_policy(source)
            target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else policy
            values = [(path, target)]
        else:
            values = source.each(path)
        found += [(concrete, value) for concrete, value in values if value is not None]
    return found


def redrive_policy(resource: Resource) -> Value:
    """The ``RedrivePolicy`` of a queue or subscription as an object, also where it is text; ``None`` where absent."""
    return json_document(resource.get(_REDRIVE))


def redrive_allow_policy(queue: Resource) -> Value:
    """The ``RedriveAllowPolicy`` of a queue as an object, also where it is JSON text; ``None`` where absent.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Failed": {"Type": "AWS::SQS::Queue", "Properties": {
        ...     "RedriveAllowPolicy": '{"redrivePermission": "denyAll"}'}}}})
        >>> redrive_allow_policy(app.of_type("AWS::SQS::Queue")[0])
        {'redrivePermission': 'denyAll'}
    """
    return json_document(queue.get("RedriveAllowPolicy"))


def is_dead_letter_queue(queue: Resource) -> bool:
    """Whether anything in the app sends its dead letters to ``queue``, or its ``RedriveAllowPolicy`` lists who does.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Failed": {"Type": "AWS::SQS::Queue"},
        ...     "Orders": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": {
        ...         "deadLetterTargetArn": {"Fn::GetAtt": ["Failed", "Arn"]}, "maxReceiveCount": 3}}}}})
        >>> [is_dead_letter_queue(queue) for queue in app.of_type("AWS::SQS::Queue")]
        [True, False]
    """
    if users_of_dead_letter_queue(queue):
        return True
    # The queues that it lists may be in another app.
    policy = redrive_allow_policy(queue)
    return isinstance(policy, dict) and bool(policy.get("redrivePermission") == "byQueue")


def users_of_dead_letter_queue(queue: Resource) -> list[DeadLetterUse]:
    """Everything in the app that sends its dead letters to ``queue`` (a queue, topic or whatever else is named).

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Failed": {"Type": "AWS::SQS::Queue"},
        ...     "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Targets": [{"Id": "a", "Arn": "arn:aws:x",
        ...         "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Failed", "Arn"]}}}]}}}})
        >>> users_of_dead_letter_queue(app.of_type("AWS::SQS::Queue")[0])
        [DeadLetterUse(source=<AWS::Events::Rule Template/Rule>, path='Targets[0].DeadLetterConfig.Arn')]
    """
    assembly = queue.assembly
    uses = []
    for source in _senders(assembly).get(queue, ()):
        if not source.exists():
            continue
        for path, value in dead_letter_targets(source):
            if named_resource(assembly, value) is queue:
                uses.append(DeadLetterUse(source, path))
    return uses


def dead_letter_queue_of(source: Resource) -> Resource | None:
    """The resource of the app that takes the dead letters of ``source``; ``None`` where nothing in the app does.

    Raises:
        Undecided: something does, but the template does not say which.
    """
    for _, value in dead_letter_targets(source):
        target = named_resource(source.assembly, value)
        if target is not None:
            return target
        if isinstance(value, Unknown):
            value.undecided()
    return None


def _senders(assembly: Assembly) -> dict[Resource, list[Resource]]:
    """What may use a queue for dead letters, in whatever world."""
    return once_an_app(assembly, "dead letter senders", lambda: _index(assembly))


def _index(assembly: Assembly) -> dict[Resource, list[Resource]]:
    wanted = set(DEAD_LETTER_PATHS) | {(type_, _REDRIVE) for type_ in _JSON_TYPES}
    found: dict[Resource, dict[Resource, None]] = defaultdict(dict)
    for type_ in dict.fromkeys(type_ for type_, _ in DEAD_LETTER_PATHS):
        for source in assembly.by_type.get(type_, ()):
            for edge in assembly.graph._out.get(source, ()):
                if (type_, any_index(edge.path)) in wanted:
                    found[edge.target][source] = None
            if type_ in _JSON_TYPES and isinstance(source.raw_at(_REDRIVE), str):
                for _, policy in assembly.alternatives(lambda: redrive_policy(source)):  # noqa: B023
                    target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
                    resource = target.resource if isinstance(target, Reference) else named_resource(assembly, target)
                    if resource is not None:
                        found[resource][source] = None
    return {queue: list(sources) for queue, sources in found.items()}
