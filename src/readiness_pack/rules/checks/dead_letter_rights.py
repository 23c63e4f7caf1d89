"""Checks that dead letters arrive: the queue is of the right type, admits its source, and lets the sender write."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_object
from readiness_pack.rules.checks.service_access import barred, key_excludes, service_may
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value
from readiness_pack.template.views.dead_letters import dead_letter_targets, redrive_allow_policy
from readiness_pack.template.views.naming import mentions, named_resource
from readiness_pack.template.views.partial import holds_for_any
from readiness_pack.template.views.policies import resource_statements

_SERVICES = {"AWS::Events::Rule": "events", "AWS::SNS::Subscription": "sns"}


def sender_may_write(rule: Rule, sender: Resource) -> Verdicts:
    """The policies of a dead letter queue, and of its key, let EventBridge or SNS write to it."""
    del rule
    targets = dead_letter_targets(sender)
    if not targets:
        return NOT_APPLICABLE
    return judged(targets, lambda one: _sender(sender, *one)) or PASS


def _sender(sender: Resource, path: str, value: Value) -> Outcome | None:
    queue = named_resource(sender.assembly, value)
    if queue is None or queue.type != "AWS::SQS::Queue":
        raise Undecided(f"the policy of queue {value} is not in this app")
    service = _SERVICES[sender.type]
    source = sender if service == "events" else _topic(sender)
    problem = barred(
        lambda: _policy_excludes(queue, service, source),
        lambda: key_excludes(queue, service, source),
    )
    if problem is None:
        return None
    return fail(path, detail=queue.logical_id, queue=queue.logical_id, reason=problem)


def _policy_excludes(queue: Resource, service: str, source: Resource) -> str | None:
    if service_may(resource_statements(queue), service, "sqs:SendMessage", source, on=queue):
        return None
    return f"no queue policy lets {service}.amazonaws.com send to it for {source.logical_id}"


def _topic(subscription: Resource) -> Resource:
    topic = subscription.target("TopicArn")
    if topic is None:
        raise Undecided(f"topic {subscription.get('TopicArn')} is not in this app")
    return topic


# Pairs of queues -----------------------------------------------------------------------------------------------------


def same_type_and_permitted(rule: Rule, source: Resource) -> Verdicts:
    """A queue and its dead letter queue are both FIFO or both not, and the latter admits the former."""
    del rule
    targets = dead_letter_targets(source)
    if not targets:
        return NOT_APPLICABLE
    path, value = targets[0]
    queue = named_resource(source.assembly, value)
    if queue is None:
        return unknown(f"queue {value} is not in this app", path)
    return judged(_problems(source, queue), lambda reason: _problem(path, queue, reason)) or PASS


def _problem(path: str, queue: Resource, reason: str) -> Outcome:
    return fail(path, detail=reason.split(" ", 1)[0], queue=queue.logical_id, reason=reason)


def _problems(source: Resource, queue: Resource) -> Iterator[str]:
    doubt: Undecided | None = None
    for ask in (_other_type, _not_permitted):
        try:
            reason = ask(source, queue)
        except Undecided as undecided:
            doubt = doubt or undecided
            continue
        if reason is not None:
            yield reason
    if doubt is not None:
        raise doubt


def _other_type(source: Resource, queue: Resource) -> str | None:
    mine, other = (bool(one.flag("FifoQueue", default=False)) for one in (source, queue))
    if mine == other:
        return None
    kinds = ("standard", "FIFO")
    return f"type: {kinds[mine]} queues cannot use {kinds[other]} queues for their dead letters"


def _not_permitted(source: Resource, queue: Resource) -> str | None:
    policy = redrive_allow_policy(queue)
    if policy is None:
        return None
    policy = known_object(policy)
    permission = policy.get("redrivePermission", "allowAll")
    if permission == "denyAll":
        return "permission: its RedriveAllowPolicy is denyAll"
    if permission != "byQueue":
        return None
    admitted = policy.get("sourceQueueArns")
    admitted = admitted if isinstance(admitted, list) else [admitted]
    if holds_for_any(admitted, lambda arn: mentions(arn, source)):
        return None
    return "permission: its RedriveAllowPolicy lists other queues only"
