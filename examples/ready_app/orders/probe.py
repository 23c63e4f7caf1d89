"""A canary: asks a public address every five minutes, as a customer would; on-call hears when it does not answer."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_synthetics as synthetics
from constructs import Construct

from orders.alarms import OnCall
from orders.buckets import private_bucket

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
        artifacts = private_bucket(
            self, "Artifacts", key=key, access_logs=access_logs, expiration=Duration.days(90), content="scratch"
        )
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
        self.unreachable = on_call.alarm(
            self,
            "Unreachable",
            canary.metric_success_percent(period=Duration.minutes(5)),
            what=f"{url} does not answer.",
            threshold=90,
            periods=2,
            below=True,
            missing_is_bad=True,
        )
