"""The statements by which a resource policy turns plain HTTP and old TLS down."""

from __future__ import annotations

from typing import Any

from readiness_pack.integrations.fixes.model import Statements

_PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html has s3:TlsVersion.
_OLD = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}


def _deny(action: str, resource: Any, condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    }


def _bucket(logical_id: str) -> list[Any]:
    arn = {"Fn::GetAtt": [logical_id, "Arn"]}
    return [arn, {"Fn::Join": ["", [arn, "/*"]]}]


def _own_account(topic: str) -> list[dict[str, Any]]:
    """What SNS allows on a topic without a policy, so that the first policy takes nobody's rights.

    The console shows it as the default policy:
    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html explains aws:SourceOwner.
    """
    calls = (
        "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe "
        "ListSubscriptionsByTopic Publish"
    )
    return [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"sns:{call}" for call in calls.split()],
            "Resource": {"Ref": topic},
            "Condition": {"StringEquals": {"AWS:SourceOwner": {"Ref": "AWS::AccountId"}}},
        }
    ]


BUCKET_TLS = Statements("AWS::S3::BucketPolicy", "Bucket", False, lambda name: [_deny("s3:*", _bucket(name), _PLAIN)])
BUCKET_TLS_12 = Statements("AWS::S3::BucketPolicy", "Bucket", False, lambda name: [_deny("s3:*", _bucket(name), _OLD)])
QUEUE_TLS = Statements(
    "AWS::SQS::QueuePolicy",
    "Queues",
    True,
    lambda name: [_deny("sqs:*", {"Fn::GetAtt": [name, "Arn"]}, _PLAIN)],
)
TOPIC_TLS = Statements(
    "AWS::SNS::TopicPolicy", "Topics", True, lambda name: [_deny("sns:Publish", {"Ref": name}, _PLAIN)], _own_account
)
