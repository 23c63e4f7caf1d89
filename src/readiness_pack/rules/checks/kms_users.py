"""Checks on KMS keys against what encrypts with them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Value
from readiness_pack.template.views import (
    Principal,
    Statement,
    admits_service,
    allows,
    attached,
    holds_for_all,
    holds_for_any,
    key_use,
    key_users,
    mentions,
    named_resource,
    resource_statements,
)

_READ_AND_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
# What the principals of services must be allowed:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
_ACTIONS = {"cloudtrail": ("kms:GenerateDataKey",)}
_OWN_SERVICE = {"AWS::Logs::LogGroup": "logs", "AWS::CloudTrail::Trail": "cloudtrail"}
# Type of an encrypted target -> who delivers to it by what property, as which service.
_DELIVERIES = {
    "AWS::SQS::Queue": (
        ("AWS::SNS::Subscription", "Endpoint", "sns"),
        ("AWS::SNS::Topic", "Subscription[*].Endpoint", "sns"),
        ("AWS::Events::Rule", "Targets[*].Arn", "events"),
        ("AWS::Events::Rule", "Targets[*].DeadLetterConfig.Arn", "events"),
        ("AWS::S3::Bucket", "NotificationConfiguration.QueueConfigurations[*].Queue", "s3"),
        ("Custom::S3BucketNotifications", "NotificationConfiguration.QueueConfigurations[*].QueueArn", "s3"),
    ),
    "AWS::SNS::Topic": (
        ("AWS::Events::Rule", "Targets[*].Arn", "events"),
        ("AWS::S3::Bucket", "NotificationConfiguration.TopicConfigurations[*].Topic", "s3"),
        ("Custom::S3BucketNotifications", "NotificationConfiguration.TopicConfigurations[*].TopicArn", "s3"),
    ),
}
# Conditions that only requests of accounts meet, and no request of a service.
_ACCOUNT_KEYS = ("kms:calleraccount", "aws:principalaccount", "aws:principalarn", "aws:principalorgid")
_REGION = re.compile(r"\.([a-z]{2}(?:-[a-z]+)+-\d)\.")


def policy_admits_services(rule: Rule, key: Resource) -> Verdicts:
    """The key policy admits every service that must use the key for what is encrypted with it."""
    del rule
    needs: dict[str, list[str]] = defaultdict(list)
    for user in key_users(key):
        for service, why in _services(user):
            needs[service].append(why)
    if not needs:
        return NOT_APPLICABLE
    statements = resource_statements(key)

    def judge(service: str) -> Outcome | None:
        actions = _ACTIONS.get(service, _READ_AND_WRITE)
        if holds_for_all(
            actions, lambda action: allows(statements, action, admits=lambda one: _admits(one, service, key))
        ):
            return None
        users = " and ".join(sorted(set(needs[service])))
        return fail("KeyPolicy", detail=service, service=f"{service}.amazonaws.com", users=users)

    return judged(needs, judge) or PASS


def _services(user: Resource) -> Iterator[tuple[str, str]]:
    """The services that must use the key of ``user``, each with what needs it."""
    own = _OWN_SERVICE.get(user.type)
    if own is not None:
        yield own, user.logical_id
    for type_, path, service in _DELIVERIES.get(user.type, ()):
        for source in attached(user, type_, path):
            if any(mentions(value, user) and not _by_role(source, place) for place, value in source.each(path)):
                yield service, f"{source.logical_id} (which sends to {user.logical_id})"


def _by_role(source: Resource, place: str) -> bool:
    """Whether an event rule sends with the permissions of a role instead of its own."""
    target, _, name = place.rpartition(".")
    return source.type == "AWS::Events::Rule" and name == "Arn" and source.get(f"{target}.RoleArn") is not None


def _admits(statement: Statement, service: str, key: Resource) -> bool:
    if not admits_service(statement, service):
        return False

    def is_it(principal: Principal) -> bool:
        return principal.service == service and _in_region(principal.value, key.stack.region)

    if statement.principals is not None and any(is_it(principal) for principal in statement.principals.known):
        return True
    if statement.principals is not None and not holds_for_any(statement.principals, Principal.is_everyone):
        return False
    return not holds_for_any(statement.conditions, lambda condition: condition.key in _ACCOUNT_KEYS)


def _in_region(service: Value, region: str | None) -> bool:
    match = _REGION.search(service) if isinstance(service, str) else None
    return match is None or region is None or match[1] == region


# Replication ---------------------------------------------------------------------------------------------------------

_BUCKET_KEY = "BucketEncryption.ServerSideEncryptionConfiguration[*].ServerSideEncryptionByDefault.KMSMasterKeyID"


def multi_region_where_replicated(rule: Rule, key: Resource) -> Verdicts:
    """A key of data that is replicated to other regions exists there, or another one is named for them."""
    del rule
    found: list[Outcome] = []
    replicated = False
    for user in key_users(key):
        if user.type == "AWS::S3::Bucket":
            places = _bucket_replicas(user, key)
        elif user.type == "AWS::DynamoDB::GlobalTable":
            places = _table_replicas(user, key)
        else:
            continue
        replicated = replicated or bool(places)
        found += judged(places, lambda place, user=user: _replica(user, key, place))  # type: ignore[misc]
    if not replicated:
        return NOT_APPLICABLE
    return PASS if key.flag("MultiRegion", default=False) else found or PASS


def _replica(user: Resource, key: Resource, place: tuple[str, str]) -> Outcome | None:
    """What is wrong with the key of one replica: ``(where it is, property that names its key)``."""
    where, path = place
    use = key_use(user, path)
    if use is not None and use.key is not key:
        return None
    return fail("MultiRegion", detail=f"{user.logical_id} {where}", user=user.logical_id, where=where)


def _bucket_replicas(bucket: Resource, key: Resource) -> list[tuple[str, str]]:
    uses = [key_use(bucket, path) for path, _ in bucket.each(_BUCKET_KEY)]
    if not any(use is not None and use.key is key for use in uses):
        return []
    found = []
    for path, destination in bucket.each("ReplicationConfiguration.Rules[*].Destination.Bucket"):
        target = named_resource(bucket.assembly, destination)
        if target is None or bucket.stack.region is None or target.stack.region != bucket.stack.region:
            name = target.logical_id if target is not None else str(destination)
            found.append((f"bucket {name}", path.replace(".Bucket", ".EncryptionConfiguration.ReplicaKmsKeyID")))
    return found


def _table_replicas(table: Resource, key: Resource) -> list[tuple[str, str]]:
    """The replicas beside the one that ``key`` encrypts."""
    keys = [(path, f"{path}.SSESpecification.KMSMasterKeyId") for path, _ in table.each("Replicas[*]")]
    own = [path for path, name in keys if (use := key_use(table, name)) is not None and use.key is key]
    return [(str(table.get(f"{path}.Region")), name) for path, name in keys if path not in own[:1]] if own else []
