"""Checks on dead letter queues and on what must have one."""

from __future__ import annotations

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_object
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Unknown, as_number
from readiness_pack.template.views.alarm_actions import alarm_actions
from readiness_pack.template.views.alarm_metrics import MetricAlarm
from readiness_pack.template.views.alarms import alarms_on
from readiness_pack.template.views.dead_letters import is_dead_letter_queue, redrive_policy, users_of_dead_letter_queue

_DEPTH_METRICS = ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage")
# Subscriptions by which people are told: https://docs.aws.amazon.com/sns/latest/dg/sns-user-notifications.html
_TOLD = ("email", "email-json", "sms", "application")
_RISING = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "GreaterThanUpperThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
)
_NOTICES = ("sns", "logs", "ssm-incidents")


def queue_has_dead_letter_queue(rule: Rule, queue: Resource) -> Verdicts:
    """A queue that is no dead letter queue itself has one, after a sensible number of tries."""
    if is_dead_letter_queue(queue):
        return NOT_APPLICABLE
    policy = redrive_policy(queue)
    if policy is None:
        return fail("RedrivePolicy", detail="absent", reason="it has no RedrivePolicy")
    policy = known_object(policy)
    if policy.get("deadLetterTargetArn") is None:
        return fail("RedrivePolicy.deadLetterTargetArn", detail="absent", reason="its RedrivePolicy names no queue")
    path = "RedrivePolicy.maxReceiveCount"
    count = policy.get("maxReceiveCount")
    low, high = rule["min_receive"], rule["max_receive"]
    number = as_number(count)
    if number is None or not low <= number <= high:
        said = "not set" if number is None else number
        return fail(path, detail="count", reason=f"maxReceiveCount is {said}, not between {low} and {high}")
    return PASS


def depth_alarm(rule: Rule, queue: Resource) -> Verdicts:
    """Somebody is told when the first message arrives in a dead letter queue."""
    if not is_dead_letter_queue(queue):
        return NOT_APPLICABLE
    alarms = alarms_on("AWS/SQS", _DEPTH_METRICS, queue)
    problems: list[str] = []
    doubt: str | None = alarms.reason
    for alarm in alarms.known:
        try:
            problem = _problem(alarm, rule["max_threshold"])
        except Undecided as undecided:
            doubt = doubt or undecided.reason
            continue
        if problem is None:
            return PASS
        problems.append(problem)
    if doubt is not None:
        return unknown(doubt)
    return fail(reason=problems[0] if problems else "no alarm watches how many messages wait in it")


def _problem(alarm: MetricAlarm, most: float) -> str | None:
    name = alarm.resource.logical_id
    if alarm.expression is None and not any(bool(alarm.comparison == one) for one in _RISING):
        return f"alarm {name} goes off when {alarm.metric} is {alarm.comparison} and not when it rises"
    # The age of the oldest message exceeds any threshold in the end; the number of messages must be met by the first.
    if alarm.metric == _DEPTH_METRICS[0] and not alarm.fires_at_or_below(most):
        return f"alarm {name} fires only beyond {alarm.threshold} messages"
    if not alarm_actions(alarm.resource):
        return f"alarm {name} has no action"
    return None


def event_targets(rule: Rule, resource: Resource) -> Verdicts:
    """Every target of a rule, schedule or subscription has a dead letter queue."""
    del rule
    match resource.type:
        case "AWS::SNS::Subscription":
            return _subscription(resource)
        case "AWS::Scheduler::Schedule":
            if resource.get("Target.DeadLetterConfig.Arn") is None:
                return fail("Target.DeadLetterConfig", target="its target")
            return PASS
        case _:
            return _event_rule(resource)


def _subscription(subscription: Resource) -> Verdicts:
    if subscription.get("Protocol") in _TOLD:
        return NOT_APPLICABLE
    policy = redrive_policy(subscription)
    if policy is None or (isinstance(policy, dict) and policy.get("deadLetterTargetArn") is None):
        return fail("RedrivePolicy", target="its endpoint")
    return PASS


def _event_rule(rule: Resource) -> Verdicts:
    targets = rule.each("Targets[*]")
    if not targets or all(_only_notifies(rule, path) for path, _ in targets):
        return NOT_APPLICABLE
    found: list[Outcome] = []
    for path, target in targets:
        if not isinstance(target, dict):
            reason = target.reason if isinstance(target, Unknown | Text) else f"{path} is no target"
            found.append(unknown(reason, path))
        elif rule.get(f"{path}.DeadLetterConfig.Arn") is None:
            name = rule.get(f"{path}.Id")
            found.append(fail(f"{path}.DeadLetterConfig", detail=str(name), target=f"target {name}"))
    return found or PASS


def _only_notifies(rule: Resource, path: str) -> bool:
    arn = rule.get(f"{path}.Arn")
    target = rule.assembly.target(arn) if not isinstance(arn, str) or arn.startswith("arn:") else None
    if target is not None:
        return target.type in ("AWS::SNS::Topic", "AWS::Logs::LogGroup", "AWS::SSMIncidents::ResponsePlan")
    return isinstance(arn, str) and arn.split(":")[2:3] != [] and arn.split(":")[2] in _NOTICES


# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
_DEFAULT_RETENTION = 345600
_DAY = 86400


def retention_exceeds_source(rule: Rule, queue: Resource) -> Verdicts:
    """Messages are kept in a dead letter queue for longer than in the queue that they come from."""
    uses = users_of_dead_letter_queue(queue)
    if not uses:
        return NOT_APPLICABLE
    path = "MessageRetentionPeriod"
    kept = queue.number(path, _DEFAULT_RETENTION) or 0
    found: list[Outcome] = []
    if kept < rule["min_dlq_days"] * _DAY:
        found.append(fail(path, detail="minimum", days=_days(kept), reason=f"less than {rule['min_dlq_days']} days"))
    sources = [] if queue.flag("FifoQueue", default=False) else dict.fromkeys(use.source for use in uses)
    return found + judged(sources, lambda source: _shorter(source, kept, path)) or PASS


def _shorter(source: Resource, kept: float, path: str) -> Outcome | None:
    """Messages of a standard queue keep the time at which they were first sent."""
    if source.type != "AWS::SQS::Queue":
        return None
    own = source.number(path, _DEFAULT_RETENTION) or 0
    if kept > own:
        return None
    reason = f"no longer than in {source.logical_id} ({_days(own)} days), where their time begins"
    return fail(path, detail=source.logical_id, days=_days(kept), reason=reason)


def _days(seconds: float) -> str:
    return f"{seconds / _DAY:g}"
