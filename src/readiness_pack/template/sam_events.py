"""``Events`` of SAM's functions and state machines: rules, schedules, subscriptions, event source mappings.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from readiness_pack.template.markers import unknown
from readiness_pack.template.sam_parts import (
    Macro,
    Translation,
    allow,
    arn,
    is_intrinsic,
    queue_policy,
    ref,
    taken,
    trust,
)

POLLED_POLICIES: dict[str, str | None] = {
    "SQS": "AWSLambdaSQSQueueExecutionRole",
    "Kinesis": "AWSLambdaKinesisExecutionRole",
    "DynamoDB": "AWSLambdaDynamoDBExecutionRole",
    "MSK": "AWSLambdaMSKExecutionRole",
    "MQ": None,
    "SelfManagedKafka": None,
    "DocumentDB": None,
}
"""Events that Lambda polls -> the managed policy that SAM gives the role for them."""

_ARN_OF = {
    "SQS": "Queue",
    "Kinesis": "Stream",
    "DynamoDB": "Stream",
    "MSK": "Stream",
    "MQ": "Broker",
    "DocumentDB": "Cluster",
}
_OWN_OF = frozenset(
    ("Cluster", "Stream", "Queue", "Broker", "DatabaseName", "CollectionName", "FullDocument", "ConsumerGroupId")
)


def function_events(macro: Macro, target: dict[str, Any], translation: Translation) -> list[Any]:
    """Add what the function's events make.

    Args:
        macro: the function.
        target: what is invoked: the function or its alias.
        translation: where the resources go.

    Returns:
        The inline policies that the function's role gets for them.
    """
    given: list[Any] = []
    for name, (kind, event) in macro.events.items():
        event_id = f"{macro.logical_id}{name}"
        if kind in POLLED_POLICIES:
            given += _mapping(macro, event_id, kind, event, target, translation)
        elif kind in ("Api", "HttpApi"):
            continue  # the APIs read their routes themselves
        elif kind in _PUSHED:
            _PUSHED[kind](macro, event_id, event, target, translation)
        else:
            translation.cannot_say(macro, f"Events.{name}", f"only SAM says what an event of type {kind} makes")
    return given


def _mapping(
    macro: Macro, event_id: str, kind: str, event: dict[str, Any], target: dict[str, Any], translation: Translation
) -> list[Any]:
    made = {name: value for name, value in event.items() if name not in _OWN_OF and not name.startswith("Kafka")}
    made.pop("SecretsManagerKmsKeyId", None)
    made["FunctionName"] = target
    if kind in _ARN_OF and _ARN_OF[kind] in event:
        made["EventSourceArn"] = event[_ARN_OF[kind]]
    if kind == "MQ" and "Queues" in event:
        made["Queues"] = event["Queues"]
    if kind == "DocumentDB":
        made["DocumentDBEventSourceConfig"] = taken(event, "DatabaseName", "CollectionName", "FullDocument")
    if kind == "SelfManagedKafka" and "KafkaBootstrapServers" in event:
        made["SelfManagedEventSource"] = {"Endpoints": {"KafkaBootstrapServers": event["KafkaBootstrapServers"]}}
    if kind in ("MSK", "SelfManagedKafka") and "ConsumerGroupId" in event:
        config = "AmazonManagedKafkaEventSourceConfig" if kind == "MSK" else "SelfManagedKafkaEventSourceConfig"
        made[config] = taken(event, "ConsumerGroupId")
    given, made_destination = _failures(event_id, event)
    if made_destination is not None:
        made["DestinationConfig"] = made_destination
    translation.add(macro, event_id, "AWS::Lambda::EventSourceMapping", made)
    if kind in ("MQ", "DocumentDB", "SelfManagedKafka"):
        why = unknown(f"SAM writes what an event of type {kind} needs")
        given.append({"PolicyName": f"{event_id}Policy", "PolicyDocument": why})
    return given


def _failures(event_id: str, event: dict[str, Any]) -> tuple[list[Any], Any]:
    """Policies and ``DestinationConfig`` for the destination of events that fail."""
    config = event.get("DestinationConfig")
    failure = config.get("OnFailure") if isinstance(config, dict) else None
    if not isinstance(failure, dict) or is_intrinsic(failure):
        return [], config
    kind, place = failure.get("Type"), failure.get("Destination")
    actions = {"SQS": "sqs:SendMessage", "SNS": "sns:Publish", "S3": "s3:PutObject"}
    given = (
        [allow(f"{event_id}{kind}Policy", actions[kind], place)] if isinstance(kind, str) and kind in actions else []
    )
    return given, {"OnFailure": {"Destination": place}}


def _permission(
    macro: Macro, event_id: str, target: Any, translation: Translation, principal: str, **source: Any
) -> str:
    made = {"Action": "lambda:InvokeFunction", "FunctionName": target, "Principal": principal, **source}
    return translation.add(macro, f"{event_id}Permission", "AWS::Lambda::Permission", made)


def _dead_letters(
    macro: Macro, event_id: str, event: dict[str, Any], translation: Translation, rule: str | None
) -> dict[str, Any]:
    """``DeadLetterConfig`` of a target, with the queue that SAM makes where none is named."""
    config = event.get("DeadLetterConfig")
    if not isinstance(config, dict):
        return {}
    if is_intrinsic(config) or "Arn" in config:
        return {"DeadLetterConfig": config if is_intrinsic(config) else taken(config, "Arn")}
    queue = config.get("QueueLogicalId")
    queue = translation.add(macro, queue if isinstance(queue, str) else f"{event_id}Queue", "AWS::SQS::Queue", {})
    if rule is not None:
        policy = queue_policy(queue, {"Service": "events.amazonaws.com"}, arn(rule))
        translation.add(macro, f"{event_id}QueuePolicy", "AWS::SQS::QueuePolicy", policy)
    return {"DeadLetterConfig": {"Arn": arn(queue)}}


def _state(event: dict[str, Any]) -> dict[str, Any]:
    """``State`` of a rule or schedule; SAM also has ``Enabled``."""
    if "State" in event:
        return taken(event, "State")
    enabled = event.get("Enabled")
    if enabled is None:
        return {}
    if isinstance(enabled, bool):
        return {"State": "ENABLED" if enabled else "DISABLED"}
    return {"State": unknown("Enabled is not known")}


def _rule(macro: Macro, event_id: str, event: dict[str, Any], translation: Translation, target: dict[str, Any]) -> None:
    """A rule of EventBridge with one target."""
    made = {
        **taken(event, "Description", "EventBusName", "Name", Schedule="ScheduleExpression", Pattern="EventPattern"),
        **_state(event),
    }
    if "RuleName" in event:
        made["Name"] = event["RuleName"]
    made["Targets"] = [
        {
            **target,
            **taken(event, "Input", "InputPath", "InputTransformer", "RetryPolicy"),
            **_dead_letters(macro, event_id, event, translation, event_id),
        }
    ]
    translation.add(macro, event_id, "AWS::Events::Rule", made)


def _rule_event(
    macro: Macro, event_id: str, event: dict[str, Any], target: dict[str, Any], translation: Translation
) -> None:
    identity = event.get("Target", {}).get("Id") if isinstance(event.get("Target"), dict) else None
    _rule(macro, event_id, event, translation, {"Arn": target, "Id": identity or f"{event_id}LambdaTarget"})
    _permission(macro, event_id, target, translation, "events.amazonaws.com", SourceArn=arn(event_id))


def _schedule(
    macro: Macro, event_id: str, event: dict[str, Any], target: Any, translation: Translation, policy: dict[str, Any]
) -> None:
    """A schedule of EventBridge Scheduler, with its role where none is named."""
    inline = [policy]
    dead_letters = _dead_letters(macro, event_id, event, translation, None)
    if dead_letters and "Arn" not in (event.get("DeadLetterConfig") or {}):
        inline.append(allow(f"{event_id}SQSPolicy", "sqs:SendMessage", dead_letters["DeadLetterConfig"]["Arn"]))
    role = event.get("RoleArn")
    if role is None:
        made_role = {
            "AssumeRolePolicyDocument": trust("scheduler.amazonaws.com"),
            "Policies": inline,
            **taken(event, "PermissionsBoundary"),
        }
        role = arn(translation.add(macro, f"{event_id}Role", "AWS::IAM::Role", made_role))
    made = {
        "Name": event_id,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        **taken(
            event,
            *("Description", "EndDate", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "Name", "ScheduleExpression"),
            *("ScheduleExpressionTimezone", "StartDate", "State"),
        ),
        "Target": {"Arn": target, "RoleArn": role, **taken(event, "Input", "RetryPolicy"), **dead_letters},
    }
    if event.get("OmitName") is True and "Name" not in event:
        del made["Name"]
    translation.add(macro, event_id, "AWS::Scheduler::Schedule", made)


def _schedule_event(macro: Macro, event_id: str, event: dict[str, Any], target: Any, translation: Translation) -> None:
    policy = allow(f"{event_id}LambdaPolicy", "lambda:InvokeFunction", target)
    _schedule(macro, event_id, event, target, translation, policy)


def _sns(macro: Macro, event_id: str, event: dict[str, Any], target: Any, translation: Translation) -> None:
    topic = event.get("Topic")
    made = {"TopicArn": topic, **taken(event, "FilterPolicy", "FilterPolicyScope", "Region", "RedrivePolicy")}
    through = event.get("SqsSubscription")
    if not through:
        _permission(macro, event_id, target, translation, "sns.amazonaws.com", SourceArn=topic)
        translation.add(macro, event_id, "AWS::SNS::Subscription", {**made, "Protocol": "lambda", "Endpoint": target})
        return
    own = through if isinstance(through, dict) else {}
    queue_arn, queue_url = own.get("QueueArn"), own.get("QueueUrl")
    if queue_arn is None:
        queue = translation.add(macro, f"{event_id}Queue", "AWS::SQS::Queue", {})
        queue_arn, queue_url = arn(queue), ref(queue)
    translation.add(macro, event_id, "AWS::SNS::Subscription", {**made, "Protocol": "sqs", "Endpoint": queue_arn})
    statement = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Principal": "*",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = own.get("QueuePolicyLogicalId")
    translation.add(
        macro,
        policy if isinstance(policy, str) else f"{event_id}QueuePolicy",
        "AWS::SQS::QueuePolicy",
        {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "Queues": [queue_url]},
    )
    mapping = {"BatchSize": 10, "Enabled": True, **taken(own, "BatchSize", "Enabled")}
    mapping |= {"EventSourceArn": queue_arn, "FunctionName": target}
    translation.add(macro, f"{event_id}EventSourceMapping", "AWS::Lambda::EventSourceMapping", mapping)


def _s3(macro: Macro, event_id: str, event: dict[str, Any], target: Any, translation: Translation) -> None:
    """The permission; the bucket of the template gets its notification once all resources are there."""
    permission = _permission(
        macro, event_id, target, translation, "s3.amazonaws.com", SourceAccount=ref("AWS::AccountId")
    )
    bucket = event.get("Bucket")
    name = bucket.get("Ref") if isinstance(bucket, dict) else bucket
    kinds = event.get("Events")
    configurations = [
        {"Event": kind, "Function": target, **taken(event, "Filter")}
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    ]
    translation.notifications.append((str(name), permission, configurations))


def _logs(macro: Macro, event_id: str, event: dict[str, Any], target: Any, translation: Translation) -> None:
    group = event.get("LogGroupName")
    text = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${LogGroupName}:*"
    permission = _permission(
        macro,
        event_id,
        target,
        translation,
        "logs.amazonaws.com",
        SourceArn={"Fn::Sub": [text, {"LogGroupName": group}]},
    )
    made = {"LogGroupName": group, "DestinationArn": target, **taken(event, "FilterPattern")}
    translation.add(macro, event_id, "AWS::Logs::SubscriptionFilter", made, DependsOn=[permission])


def _iot(macro: Macro, event_id: str, event: dict[str, Any], target: Any, translation: Translation) -> None:
    text = "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/${RuleName}"
    source = {"Fn::Sub": [text, {"RuleName": ref(event_id)}]}
    _permission(
        macro, event_id, target, translation, "iot.amazonaws.com", SourceArn=source, SourceAccount=ref("AWS::AccountId")
    )
    payload = {
        "Actions": [{"Lambda": {"FunctionArn": target}}],
        "RuleDisabled": False,
        **taken(event, "Sql", "AwsIotSqlVersion"),
    }
    translation.add(macro, event_id, "AWS::IoT::TopicRule", {"TopicRulePayload": payload})


def _alexa(macro: Macro, event_id: str, event: dict[str, Any], target: Any, translation: Translation) -> None:
    skill = {"EventSourceToken": event["SkillId"]} if "SkillId" in event else {}
    _permission(macro, event_id, target, translation, "alexa-appkit.amazon.com", **skill)


def _cognito(macro: Macro, event_id: str, event: dict[str, Any], target: Any, translation: Translation) -> None:
    pool = event.get("UserPool")
    name = pool.get("Ref") if isinstance(pool, dict) else None
    if not isinstance(name, str):
        name = event_id.removeprefix(macro.logical_id)
        translation.cannot_say(macro, f"Events.{name}", "the user pool of the event is not in this template")
        return
    invoked = f"{target['Ref']}Cognito"
    _permission(macro, invoked, target, translation, "cognito-idp.amazonaws.com", SourceArn=arn(name))
    kinds = event.get("Trigger")
    triggers = {kind: target for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)}
    translation.triggers.append((name, triggers))


_PUSHED: dict[str, Callable[[Macro, str, dict[str, Any], dict[str, Any], Translation], None]] = {
    "SNS": _sns,
    "S3": _s3,
    "Schedule": _rule_event,
    "ScheduleV2": _schedule_event,
    "CloudWatchEvent": _rule_event,
    "EventBridgeRule": _rule_event,
    "CloudWatchLogs": _logs,
    "IoTRule": _iot,
    "AlexaSkill": _alexa,
    "Cognito": _cognito,
}


def machine_events(macro: Macro, translation: Translation) -> None:
    """Add what starts a state machine."""
    target = ref(macro.logical_id)
    for name, (kind, event) in macro.events.items():
        event_id = f"{macro.logical_id}{name}"
        start = f"{event_id}StartExecutionPolicy" if kind == "ScheduleV2" else f"{event_id}RoleStartExecutionPolicy"
        policy = allow(start, "states:StartExecution", target)
        if kind == "ScheduleV2":
            _schedule(macro, event_id, event, target, translation, policy)
        elif kind in ("Schedule", "CloudWatchEvent", "EventBridgeRule"):
            role = event.get("RoleArn") or arn(
                _starter(macro, event_id, "events.amazonaws.com", event, policy, translation)
            )
            made = {"Arn": target, "Id": f"{event_id}StepFunctionsTarget", "RoleArn": role}
            _rule(macro, event_id, event, translation, made)
        elif kind == "Api":
            _starter(macro, event_id, "apigateway.amazonaws.com", event, policy, translation)
        else:
            translation.cannot_say(macro, f"Events.{name}", f"only SAM says what an event of type {kind} makes")


def _starter(
    macro: Macro, event_id: str, service: str, event: dict[str, Any], policy: dict[str, Any], translation: Translation
) -> str:
    """The role with which an event starts a state machine."""
    made = {"AssumeRolePolicyDocument": trust(service), "Policies": [policy], **taken(event, "PermissionsBoundary")}
    return translation.add(macro, f"{event_id}Role", "AWS::IAM::Role", made)
