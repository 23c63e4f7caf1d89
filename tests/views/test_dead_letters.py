"""Which queue is a dead-letter queue, and whose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from readiness_pack.template import Undecided
from readiness_pack.template.views import (
    RELATIONS,
    dead_letter_queue_of,
    is_dead_letter_queue,
    redrive_allow_policy,
    related,
    users_of_dead_letter_queue,
)
from tests.views.building import PROD, app, apps, att, get, in_each_world, ref, when

ARN = att("Failed")
SENDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "queue": ("AWS::SQS::Queue", {"RedrivePolicy": {"deadLetterTargetArn": ARN, "maxReceiveCount": 3}}),
    "queue by text": (
        "AWS::SQS::Queue",
        {"RedrivePolicy": {"Fn::Sub": '{"deadLetterTargetArn": "${Failed.Arn}", "maxReceiveCount": 3}'}},
    ),
    "subscription": ("AWS::SNS::Subscription", {"RedrivePolicy": {"deadLetterTargetArn": ARN}}),
    "function": ("AWS::Lambda::Function", {"DeadLetterConfig": {"TargetArn": ARN}}),
    "invoke": ("AWS::Lambda::EventInvokeConfig", {"DestinationConfig": {"OnFailure": {"Destination": ARN}}}),
    "mapping": ("AWS::Lambda::EventSourceMapping", {"DestinationConfig": {"OnFailure": {"Destination": ARN}}}),
    "rule": ("AWS::Events::Rule", {"Targets": [{"Id": "a"}, {"Id": "b", "DeadLetterConfig": {"Arn": ARN}}]}),
    "bus": ("AWS::Events::EventBus", {"DeadLetterConfig": {"Arn": ARN}}),
    "schedule": ("AWS::Scheduler::Schedule", {"Target": {"DeadLetterConfig": {"Arn": ARN}}}),
    "pipe": (
        "AWS::Pipes::Pipe",
        {"SourceParameters": {"KinesisStreamParameters": {"DeadLetterConfig": {"Arn": ARN}}}},
    ),
    "iot": ("AWS::IoT::TopicRule", {"TopicRulePayload": {"ErrorAction": {"Sqs": {"QueueUrl": ref("Failed")}}}}),
}


@pytest.mark.parametrize("sender", SENDERS)
def test_every_way_to_use_one(sender: str) -> None:
    assembly = app({"Failed": ("AWS::SQS::Queue", {}), "Sender": SENDERS[sender], "Other": ("AWS::SQS::Queue", {})})
    failed = get(assembly, "Failed")
    assert is_dead_letter_queue(failed)
    assert [use.source.logical_id for use in users_of_dead_letter_queue(failed)] == ["Sender"]
    assert not is_dead_letter_queue(get(assembly, "Other"))
    assert dead_letter_queue_of(get(assembly, "Sender")) is failed
    assert related(failed, "dead_letter") == [get(assembly, "Sender")]


def test_the_path_names_the_target() -> None:
    assembly = app({"Failed": ("AWS::SQS::Queue", {}), "Sender": SENDERS["rule"]})
    (use,) = users_of_dead_letter_queue(get(assembly, "Failed"))
    assert use.path == "Targets[1].DeadLetterConfig.Arn"


def test_by_literal_arn_in_json_text() -> None:
    policy = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:111111111111:failed", "maxReceiveCount": 3})
    assembly = app(
        {
            "Failed": ("AWS::SQS::Queue", {"QueueName": "failed"}),
            "Sender": ("AWS::SQS::Queue", {"RedrivePolicy": policy}),
        }
    )
    assert is_dead_letter_queue(get(assembly, "Failed"))
    assert related(get(assembly, "Failed"), "dead_letter") == [get(assembly, "Sender")]


def test_in_another_stack() -> None:
    assembly = apps(
        Data={
            "Resources": {"Failed": ("AWS::SQS::Queue", {})},
            "Outputs": {"Arn": {"Value": ARN, "Export": {"Name": "failed-arn"}}},
        },
        App={
            "Resources": {
                "Sender": (
                    "AWS::SQS::Queue",
                    {"RedrivePolicy": {"deadLetterTargetArn": {"Fn::ImportValue": "failed-arn"}}},
                )
            }
        },
    )
    assert [use.source.stack.name for use in users_of_dead_letter_queue(get(assembly, "Failed"))] == ["App"]


def test_under_a_condition() -> None:
    sender = ("AWS::SQS::Queue", {"RedrivePolicy": when("IsProd", {"deadLetterTargetArn": ARN})})
    assembly = app({"Failed": ("AWS::SQS::Queue", {}), "Sender": sender}, **PROD)
    failed = get(assembly, "Failed")
    assert in_each_world(assembly, lambda: is_dead_letter_queue(failed)) == {"True": True, "False": False}


def test_a_sender_that_may_not_exist() -> None:
    kind, properties = SENDERS["function"]
    sender = {"Type": kind, "Properties": properties, "Condition": "IsProd"}
    assembly = app({"Failed": ("AWS::SQS::Queue", {}), "Sender": sender}, **PROD)
    failed = get(assembly, "Failed")
    assert in_each_world(assembly, lambda: is_dead_letter_queue(failed)) == {"True": True, "False": False}


def test_conditions_of_other_resources_are_not_read() -> None:
    other = {"Type": "AWS::SQS::Queue", "Condition": "IsProd", "Properties": {"RedrivePolicy": "{}"}}
    assembly = app({"Failed": ("AWS::SQS::Queue", {}), "Sender": SENDERS["queue"], "Z": other}, **PROD)
    assert in_each_world(assembly, lambda: is_dead_letter_queue(get(assembly, "Failed"))) == {"": True}


def test_a_queue_from_a_parameter_is_undecided_for_the_sender() -> None:
    sender = ("AWS::Lambda::Function", {"DeadLetterConfig": {"TargetArn": ref("Dlq")}})
    assembly = app({"Sender": sender}, Parameters={"Dlq": {"Type": "String"}})
    with pytest.raises(Undecided, match="parameter Dlq"):
        dead_letter_queue_of(get(assembly, "Sender"))


def test_a_queue_from_elsewhere_is_none_of_the_app() -> None:
    sender = ("AWS::Lambda::Function", {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:1:x"}})
    assert dead_letter_queue_of(get(app({"Sender": sender}), "Sender")) is None


def test_redrive_allow_policy_as_text() -> None:
    queue = ("AWS::SQS::Queue", {"RedriveAllowPolicy": '{"redrivePermission": "denyAll"}'})
    assert redrive_allow_policy(get(app({"Q": queue}), "Q")) == {"redrivePermission": "denyAll"}


def test_relations_are_pairs_of_type_and_path() -> None:
    for name, pairs in RELATIONS.items():
        assert pairs, name
        assert all(type_.count("::") in (1, 2) and path and not path.startswith("Properties") for type_, path in pairs)
