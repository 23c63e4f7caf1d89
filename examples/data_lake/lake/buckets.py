"""The zones of the lake: private, encrypted, versioned, TLS only, with a life cycle and access logs."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

TLS_1_2 = 1.2


def access_log_bucket(scope: Construct, construct_id: str) -> s3.Bucket:
    """Where S3 writes access logs, which it does with SSE-S3 only.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    return s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        minimum_tls_version=TLS_1_2,
        versioned=True,
        lifecycle_rules=[_expire(Duration.days(400))],
        removal_policy=RemovalPolicy.RETAIN,
    )


def zone(
    scope: Construct,
    construct_id: str,
    *,
    key: kms.IKey,
    access_logs: s3.IBucket,
    expiration: Duration | None = None,
    transitions: Sequence[s3.Transition] | None = None,
    immutable_for: Duration | None = None,
) -> s3.Bucket:
    """A bucket of the lake.

    Args:
        scope: where it lives.
        construct_id: its id there, also the prefix of its access logs.
        key: what encrypts it.
        access_logs: where S3 writes who read what.
        expiration: the age at which objects go.
        transitions: the ages at which they move to cheaper storage.
        immutable_for: locks every object that long, for audit logs.
    """
    return s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        minimum_tls_version=TLS_1_2,
        versioned=True,
        lifecycle_rules=[_expire(expiration, transitions)],
        object_lock_enabled=immutable_for is not None,
        object_lock_default_retention=(
            s3.ObjectLockRetention.governance(immutable_for) if immutable_for is not None else None
        ),
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix=f"{construct_id.lower()}/",
        removal_policy=RemovalPolicy.RETAIN,
    )


def _expire(expiration: Duration | None, transitions: Sequence[s3.Transition] | None = None) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        expiration=expiration,
        transitions=transitions,
        noncurrent_version_expiration=Duration.days(90),
        abort_incomplete_multipart_upload_after=Duration.days(7),
    )
