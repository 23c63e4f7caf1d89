"""How events get in: a stream that scales by itself, and the delivery of its records to the raw zone."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from constructs import Construct

from lake import settings
from lake.alarms import OnCall
from lake.keys import customer_key
from lake.logs import application_log_group
from lake.store_stack import LakeStoreStack

PARTITION = "events/day=!{timestamp:yyyy-MM-dd}/"
UNDELIVERABLE = "undeliverable/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/"


class LakeIngestStack(cdk.Stack):
    """Owns the stream, its delivery, and their alarms."""

    def __init__(self, scope: Construct, construct_id: str, *, store: LakeStoreStack, on_call: OnCall) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        key = customer_key(self, "Key", alias="alias/lake-ingest")
        self.stream = kinesis.Stream(
            self,
            "Events",
            stream_mode=kinesis.StreamMode.ON_DEMAND,
            encryption=kinesis.StreamEncryption.KMS,
            encryption_key=key,
            retention_period=cdk.Duration.days(7),
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        self.delivery = firehose.DeliveryStream(
            self,
            "Delivery",
            source=firehose.KinesisStreamSource(self.stream),
            destination=firehose.S3Bucket(
                store.raw,
                encryption_key=store.key,
                compression=firehose.Compression.GZIP,
                buffering_interval=cdk.Duration.minutes(5),
                buffering_size=cdk.Size.mebibytes(64),
                data_output_prefix=PARTITION,
                error_output_prefix=UNDELIVERABLE,
                logging_config=firehose.EnableLogging(
                    application_log_group(self, "DeliveryLog", key=key, on_call=on_call)
                ),
            ),
        )
        self._alarms(on_call)

    def _alarms(self, on_call: OnCall) -> None:
        period = cdk.Duration.minutes(5)
        on_call.alarm(
            self,
            "Lag",
            self.stream.metric_get_records_iterator_age_milliseconds(period=period, statistic=cloudwatch.Stats.MAXIMUM),
            what="Records wait in the stream.",
            threshold=cdk.Duration.minutes(15).to_milliseconds(),
        )
        on_call.alarm(
            self,
            "Throttled",
            self.stream.metric_write_provisioned_throughput_exceeded(period=period, statistic=cloudwatch.Stats.SUM),
            what="The stream turns records away.",
        )
        on_call.alarm(
            self,
            "Stale",
            self.delivery.metric("DeliveryToS3.DataFreshness", period=period, statistic=cloudwatch.Stats.MAXIMUM),
            what="Records do not reach the raw zone.",
            threshold=cdk.Duration.minutes(20).to_seconds(),
            missing_is_bad=True,
        )
