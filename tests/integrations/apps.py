"""The app that shows everything a door has to cope with."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

INCLUDED = {
    "Parameters": {"Rotate": {"Type": "String", "Default": "false"}},
    "Resources": {
        "IncludedKey": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": {"Ref": "Rotate"}}},
    },
}


def rotated_key(scope: Construct, construct_id: str) -> kms.Key:
    """A key that KmsKeyRotationEnabled accepts."""
    return kms.Key(scope, construct_id, enable_key_rotation=True, rotation_period=cdk.Duration.days(365))


def add_alarm(scope: Construct, construct_id: str, dlq: sqs.IQueue) -> None:
    """An alarm that EveryDlqHasDepthAlarm accepts."""
    depth = dlq.metric_approximate_number_of_messages_visible()
    alarm = depth.create_alarm(scope, construct_id, threshold=1, evaluation_periods=1)
    alarm.add_alarm_action(actions.SnsAction(sns.Topic(scope, f"{construct_id}Topic")))


class Shop(cdk.Stack):
    """Nested stacks two deep, an override, a plain CfnResource, an included template; its DLQ is in another stack."""

    def __init__(self, scope: Construct, construct_id: str, *, dlq: sqs.IQueue, included: Path) -> None:
        super().__init__(scope, construct_id)
        sqs.Queue(self, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dlq, max_receive_count=3))
        sqs.Queue(self, "Lost")
        overridden = rotated_key(self, "Overridden").node.default_child
        assert isinstance(overridden, cdk.CfnResource)
        overridden.add_property_override("EnableKeyRotation", False)
        cdk.CfnResource(self, "Plain", type="AWS::KMS::Key", properties={"EnableKeyRotation": False})
        CfnInclude(self, "Included", template_file=str(included))
        outer = cdk.NestedStack(self, "Outer")
        kms.Key(outer, "OuterKey")
        inner = cdk.NestedStack(outer, "Inner")
        kms.Key(inner, "InnerKey")
        sqs.Queue(inner, "Work", dead_letter_queue=sqs.DeadLetterQueue(queue=dlq, max_receive_count=3))


class Region(cdk.Stage):
    """A Stage of two stacks that refer to each other."""

    def __init__(self, scope: Construct, construct_id: str, *, included: Path) -> None:
        super().__init__(scope, construct_id)
        add_stacks(self, included)


def add_stacks(scope: Construct, included: Path) -> None:
    """The two stacks of the shop, directly below ``scope``."""
    queues = cdk.Stack(scope, "Queues")
    dlq = sqs.Queue(queues, "Dlq")
    add_alarm(queues, "DlqAlarm", dlq)
    Shop(scope, "Shop", dlq=dlq, included=included)


def add_everything(app: cdk.App, folder: Path) -> list[cdk.Stage]:
    """Fill ``app``: stacks of its own, a Stage, and a Stage in that Stage. Returns the Stages, outer first."""
    included = folder / "included.template.json"
    included.write_text(json.dumps(INCLUDED), encoding="utf-8")
    add_stacks(app, included)
    production = Region(app, "Prod", included=included)
    return [production, Region(production, "Eu", included=included)]
