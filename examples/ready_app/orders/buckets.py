"""Buckets: private, encrypted, versioned, with a life cycle and access logs."""

from __future__ import annotations

from typing import Literal

from aws_cdk import Duration, RemovalPolicy, Tags
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

TLS_1_2 = 1.2


def _life_cycle(expiration: Duration | None) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        abort_incomplete_multipart_upload_after=Duration.days(7),
        noncurrent_version_expiration=Duration.days(90),
        expiration=expiration,
    )


def access_log_bucket(scope: Construct, construct_id: str, *, cloudfront: bool = False) -> s3.Bucket:
    """Where S3, load balancers and CloudFront write access logs.

    S3 and load balancers cannot write to a bucket with a customer key (SSE-S3 it is), and CloudFront's standard logs
    need ACLs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html,
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
    """
    return s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED if cloudfront else None,
        enforce_ssl=True,
        minimum_tls_version=TLS_1_2,
        versioned=True,
        lifecycle_rules=[_life_cycle(Duration.days(400))],
        removal_policy=RemovalPolicy.RETAIN,
    )


def private_bucket(
    scope: Construct,
    construct_id: str,
    *,
    key: kms.IKey,
    access_logs: s3.IBucket,
    expiration: Duration | None = None,
    immutable_for: Duration | None = None,
    content: Literal["assets", "logs", "scratch"] | None = None,
) -> s3.Bucket:
    """A bucket for data.

    Args:
        scope: where it lives.
        construct_id: its id there.
        key: encrypts it.
        access_logs: where S3 writes down who asked for what.
        expiration: when objects are deleted; never, where not given.
        immutable_for: locks every object that long, for audit logs.
        content: what needs no backup, because it can be made again or is itself a copy.
    """
    bucket = s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        minimum_tls_version=TLS_1_2,
        versioned=True,
        lifecycle_rules=[_life_cycle(expiration)],
        object_lock_enabled=immutable_for is not None,
        object_lock_default_retention=(
            s3.ObjectLockRetention.governance(immutable_for) if immutable_for is not None else None
        ),
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix=f"s3/{construct_id.lower()}/",
        removal_policy=RemovalPolicy.RETAIN,
    )
    if content is not None:
        Tags.of(bucket).add("content", content)
    return bucket
