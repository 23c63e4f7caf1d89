"""A canary: knocks at the API every five minutes, as a customer would; on-call hears when nobody answers."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Tags
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_synthetics as synthetics
from constructs import Construct

from bookings import settings
from bookings.alarms import OnCall

CODE = """\
const https = require("https");

exports.handler = () =>
  new Promise((resolve, reject) => {
    https
      .request(process.env.URL, { method: "POST", timeout: 10000 }, (response) => {
        response.resume();
        if (response.statusCode === 401) resolve("answered, and asked for a token");
        else reject(new Error(`status ${response.statusCode}`));
      })
      .on("timeout", () => reject(new Error("no answer in ten seconds")))
      .on("error", reject)
      .end();
  });
"""
TLS_1_2 = 1.2
KEPT = Duration.days(90)


class Probe(Construct):
    """The canary, the bucket of its artifacts and the access logs of that, and its alarm."""

    def __init__(self, scope: Construct, construct_id: str, *, url: str, key: kms.IKey, on_call: OnCall) -> None:
        super().__init__(scope, construct_id)
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
            artifacts_bucket_location=synthetics.ArtifactsBucketLocation(bucket=self._artifacts(key)),
            artifact_s3_encryption_mode=synthetics.ArtifactsEncryptionMode.KMS,
            artifact_s3_kms_key=key,
        )
        on_call.alarm(
            self,
            "Unreachable",
            canary.metric_success_percent(period=Duration.minutes(5)),
            what=f"The booking API does not answer customers of {settings.SITE}.",
            threshold=90,
            periods=2,
            below=True,
            missing_is_bad=True,
        )

    def _artifacts(self, key: kms.IKey) -> s3.Bucket:
        """Screenshots and logs of the canary, which are worth no backup; S3 writes access logs with SSE-S3 only.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
        """
        access_logs = self._bucket("AccessLogs", encryption=s3.BucketEncryption.S3_MANAGED)
        bucket = self._bucket(
            "Artifacts",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="artifacts/",
        )
        Tags.of(bucket).add("backup", "not-required")
        return bucket

    def _bucket(
        self,
        construct_id: str,
        *,
        encryption: s3.BucketEncryption,
        encryption_key: kms.IKey | None = None,
        bucket_key_enabled: bool | None = None,
        server_access_logs_bucket: s3.IBucket | None = None,
        server_access_logs_prefix: str | None = None,
    ) -> s3.Bucket:
        return s3.Bucket(
            self,
            construct_id,
            encryption=encryption,
            encryption_key=encryption_key,
            bucket_key_enabled=bucket_key_enabled,
            server_access_logs_bucket=server_access_logs_bucket,
            server_access_logs_prefix=server_access_logs_prefix,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=TLS_1_2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=KEPT,
                    noncurrent_version_expiration=Duration.days(30),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
