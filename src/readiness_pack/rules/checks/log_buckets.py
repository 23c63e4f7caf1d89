"""Checks on buckets that hold logs, and on buckets whose requests must be logged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readiness_pack.rules.checks.trails import records_data_events
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Unknown
from readiness_pack.template.views.actions import admits_service, allows
from readiness_pack.template.views.partial import holds_for_any
from readiness_pack.template.views.policies import resource_statements
from readiness_pack.template.views.relations import related
from readiness_pack.template.views.statements import Principal, Statement

_SERVER_ACCESS = "AWS::S3::Bucket"
_CONFIG = "AWS::Config::DeliveryChannel"


def server_access_logging(rule: Rule, bucket: Resource) -> Verdicts:
    """Requests to the bucket are logged, by S3 itself or by a trail."""
    if bucket.get("LoggingConfiguration") is not None:
        return PASS  # without a destination the logs go to the bucket itself
    if related(bucket, "log_destination"):
        return NOT_APPLICABLE
    acl = bucket.get("AccessControl")
    if acl is not None and acl == "LogDeliveryWrite":
        return NOT_APPLICABLE
    if rule["accept_data_events"] and records_data_events(bucket):
        return NOT_APPLICABLE
    return fail("LoggingConfiguration")


# Immutability --------------------------------------------------------------------------------------------------------

_AUDIT_SOURCES = (
    "AWS::CloudTrail::Trail",
    "AWS::EC2::FlowLog",
    "AWS::NetworkFirewall::LoggingConfiguration",
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    "AWS::WAFv2::LoggingConfiguration",
    _CONFIG,
)


def archive_is_immutable(rule: Rule, bucket: Resource) -> Verdicts:
    """Nobody changes or deletes the audit logs in the bucket."""
    types = {source.type for source in related(bucket, "log_destination")}
    if _SERVER_ACCESS in types or not types.intersection(_AUDIT_SOURCES):
        return NOT_APPLICABLE
    # AWS Config cannot write where Object Lock has a default retention:
    # https://docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html
    if rule["require_object_lock"] and _CONFIG not in types:
        return _locked(bucket)
    if bucket.flag("ObjectLockEnabled", default=False):
        return PASS  # S3 turns on versioning together with Object Lock
    status = bucket.get("VersioningConfiguration.Status")
    if status == "Enabled":
        return PASS
    return fail("VersioningConfiguration.Status", detail="versioning", reason=f"versioning is {status or 'not set'}")


def _locked(bucket: Resource) -> Outcome:
    if not bucket.flag("ObjectLockEnabled", default=False):
        return fail("ObjectLockEnabled", detail="lock", reason="Object Lock is not enabled")
    retention = "ObjectLockConfiguration.Rule.DefaultRetention"
    if bucket.get(f"{retention}.Mode") is None:
        reason = "Object Lock has no default retention, and what writes the logs sets none either"
        return fail(retention, detail="retention", reason=reason)
    return PASS


# Delivery ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Writer:
    """What a source of logs needs of the bucket that it writes to.

    Args:
        logs: what messages call the logs.
        services: the service principals of which the bucket policy must let one write; none where the service adds a
            policy itself or needs none.
        kms: whether it can write objects that are encrypted with a KMS key.
        default_retention: whether it can write where Object Lock has a default retention.
        acl: whether it writes with an ACL.
    """

    logs: str
    services: tuple[str, ...] = ()
    kms: bool = True
    default_retention: bool = True
    acl: bool = False


# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html and .../classic/...
_REQUESTS = Writer("The access logs", ("logdelivery.elasticloadbalancing",), kms=False)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html
_TLS_REQUESTS = Writer("The access logs", ("delivery.logs",))
_WRITERS: dict[str, Writer] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    _SERVER_ACCESS: Writer("The server access logs", ("logging.s3",), kms=False, default_retention=False),
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
    "AWS::CloudFront::Distribution": Writer("The access logs", acl=True),
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    "AWS::CloudTrail::Trail": Writer("The events", ("cloudtrail",)),
    # https://docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html
    _CONFIG: Writer("The configuration history", default_retention=False),
    "AWS::ElasticLoadBalancing::LoadBalancer": _REQUESTS,
}


def can_receive_delivery(rule: Rule, bucket: Resource) -> Verdicts:
    """Every source of logs that names the bucket can write to it."""
    del rule
    found: list[Outcome] = []
    sources = 0
    for source in related(bucket, "log_destination"):
        writer = _writer(source)
        if writer is None:
            continue
        sources += 1
        try:
            found += _obstacles(source, writer, bucket)
        except Undecided as undecided:
            found.append(unknown(undecided.reason, detail=source.logical_id))
    return found or (PASS if sources else NOT_APPLICABLE)


def _writer(source: Resource) -> Writer | None:
    if source.type != "AWS::ElasticLoadBalancingV2::LoadBalancer":
        return _WRITERS.get(source.type)
    return _TLS_REQUESTS if source.get("Type", "application") == "network" else _REQUESTS


def _obstacles(source: Resource, writer: Writer, bucket: Resource) -> Iterator[Outcome]:
    name = source.logical_id
    for kind, path, reason in _reasons(source, writer, bucket):
        yield fail(path, detail=f"{name} {kind}", logs=writer.logs, source=name, reason=reason)


def _reasons(source: Resource, writer: Writer, bucket: Resource) -> Iterator[tuple[str, str, str]]:
    path = "BucketEncryption.ServerSideEncryptionConfiguration[*].ServerSideEncryptionByDefault.SSEAlgorithm"
    if not writer.kms:
        for concrete, algorithm in bucket.each(path):
            if algorithm is not None and algorithm != "AES256":
                yield "encryption", concrete, f"delivery needs SSE-S3, and SSEAlgorithm is {algorithm}"
    retention = "ObjectLockConfiguration.Rule.DefaultRetention"
    if not writer.default_retention and bucket.get(retention) is not None:
        yield "lock", retention, "nothing is delivered where Object Lock has a default retention"
    if writer.acl and not _takes_acls(bucket):
        yield "acl", "OwnershipControls", "delivery needs an ACL, and ObjectOwnership does not allow any"
    if writer.services and not _admitted(source, writer, bucket):
        service = f"{writer.services[0]}.amazonaws.com"
        yield "policy", "", f"no bucket policy lets {service} write to it"


def _takes_acls(bucket: Resource) -> bool:
    owners = bucket.each("OwnershipControls.Rules[*].ObjectOwnership")
    return holds_for_any(owners, lambda owner: owner[1] in ("ObjectWriter", "BucketOwnerPreferred"))


def _admitted(source: Resource, writer: Writer, bucket: Resource) -> bool:
    acl = bucket.get("AccessControl")
    if source.type == _SERVER_ACCESS and acl is not None and acl == "LogDeliveryWrite":
        return True

    def admits(statement: Statement) -> bool:
        if holds_for_any(writer.services, lambda one: admits_service(statement, one)):
            return True
        # In regions from before August 2022 load balancers may write as an account of AWS instead.
        principals = statement.principals if writer is _REQUESTS and statement.principals is not None else ()
        return holds_for_any(principals, lambda one: _is_foreign_account(one, bucket))

    return allows(resource_statements(bucket), "s3:PutObject", bucket, admits=admits)


def _is_foreign_account(principal: Principal, bucket: Resource) -> bool:
    account = principal.account
    if isinstance(account, Unknown) and account.kind != "pseudo":
        account.undecided()
    return isinstance(account, str) and account != bucket.stack.account
