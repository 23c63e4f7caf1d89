"""Who did what in the account: one trail over all regions, its objects locked for a year."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_kms as kms
from constructs import Construct

from orders.buckets import access_log_bucket, private_bucket
from orders.logs import log_group


class AuditTrail(Construct):
    """The trail, with the data events of buckets and functions; ``bucket`` also takes AWS Config's history."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.bucket = private_bucket(
            self,
            "Archive",
            key=key,
            access_logs=access_log_bucket(self, "AccessLogs"),
            immutable_for=Duration.days(365),
        )
        trail = cloudtrail.Trail(
            self,
            "Trail",
            bucket=self.bucket,
            encryption_key=key,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_file_validation=True,
            send_to_cloud_watch_logs=True,
            cloud_watch_log_group=log_group(self, "TrailLog", key=key),
        )
        trail.log_all_s3_data_events()
        trail.log_all_lambda_data_events()
