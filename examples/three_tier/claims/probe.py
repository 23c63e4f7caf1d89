"""A canary: asks for the site's health every five minutes, as a customer would; on-call hears when nobody answers."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Tags
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_synthetics as synthetics
from constructs import Construct

from claims import settings
from claims.alarms import OnCall

CODE = """\
const https = require("https");

exports.handler = () =>
  new Promise((resolve, reject) => {
    https
      .get(process.env.URL, { timeout: 10000 }, (response) => {
        response.resume();
        if (response.statusCode === 200) resolve("answered");
        else reject(new Error(`status ${response.statusCode}`));
      })
      .on("timeout", () => reject(new Error("no answer in ten seconds")))
      .on("error", reject);
  });
"""
TLS_1_2 = 1.2


class Probe(Construct):
    """The canary, the bucket of its artifacts, and its alarm."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        url: str,
        key: kms.IKey,
        access_logs: s3.IBucket,
        on_call: OnCall,
    ) -> None:
        super().__init__(scope, construct_id)
        artifacts = _artifact_bucket(self, "Artifacts", key=key, access_logs=access_logs)
        canary = synthetics.Canary(
            self,
            "Canary",
            runtime=synthetics.Runtime.SYNTHETICS_NODEJS_PUPPETEER_13_0,
            test=synthetics.Test.custom(code=synthetics.Code.from_inline(CODE), handler="index.handler"),
            schedule=synthetics.Schedule.rate(Duration.minutes(5)),
            timeout=Duration.seconds(30),
            start_after_creation=True,
            active_tracing=True,
            environment_variables={"URL": url},
            environment_encryption=key,
            artifacts_bucket_location=synthetics.ArtifactsBucketLocation(bucket=artifacts),
            artifact_s3_encryption_mode=synthetics.ArtifactsEncryptionMode.KMS,
            artifact_s3_kms_key=key,
        )
        on_call.alarm(
            self,
            "Unreachable",
            canary.metric_success_percent(period=Duration.minutes(5)),
            what=f"{settings.SITE} does not answer.",
            threshold=90,
            periods=2,
            below=True,
            missing_is_bad=True,
        )


def access_log_bucket(scope: Construct, construct_id: str) -> s3.Bucket:
    """Where S3 and the load balancer write access logs, which both do with SSE-S3 only.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    return s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        minimum_tls_version=TLS_1_2,
        versioned=True,
        lifecycle_rules=[_life_cycle(Duration.days(400))],
        removal_policy=RemovalPolicy.RETAIN,
    )


def _artifact_bucket(scope: Construct, construct_id: str, *, key: kms.IKey, access_logs: s3.IBucket) -> s3.Bucket:
    """Screenshots and logs of the canary, which are worth no backup."""
    bucket = s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix="artifacts/",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        minimum_tls_version=TLS_1_2,
        versioned=True,
        lifecycle_rules=[_life_cycle(Duration.days(90))],
        removal_policy=RemovalPolicy.RETAIN,
    )
    Tags.of(bucket).add("backup", "not-required")
    return bucket


def _life_cycle(expiration: Duration) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        expiration=expiration,
        noncurrent_version_expiration=Duration.days(30),
        abort_incomplete_multipart_upload_after=Duration.days(7),
    )
