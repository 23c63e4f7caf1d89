"""Who read and wrote which object: a trail with the data events of the zones, its files locked for a year."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from lake.buckets import zone
from lake.logs import log_group


class DataTrail(Construct):
    """The trail and the bucket of its files."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.Key,
        access_logs: s3.IBucket,
        watched: Sequence[s3.IBucket],
    ) -> None:
        super().__init__(scope, construct_id)
        archive = zone(self, "Archive", key=key, access_logs=access_logs, immutable_for=Duration.days(365))
        trail = cloudtrail.Trail(
            self,
            "Trail",
            bucket=archive,
            encryption_key=key,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_file_validation=True,
            send_to_cloud_watch_logs=True,
            cloud_watch_log_group=log_group(self, "Log", key=key),
        )
        trail.add_s3_event_selector(
            [cloudtrail.S3EventSelector(bucket=bucket) for bucket in watched],
            read_write_type=cloudtrail.ReadWriteType.ALL,
        )
