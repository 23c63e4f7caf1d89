"""Who did what in the account: one trail over all regions, its objects locked for a year."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_kms as kms
from constructs import Construct

from orders.alarms import OnCall
from orders.buckets import access_log_bucket, private_bucket
from orders.logs import log_group
from orders.security_events import SecurityEvents


class AuditTrail(Construct):
    """The trail, with the data events of buckets and functions, and an alarm on what it must not show."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, on_call: OnCall) -> None:
        super().__init__(scope, construct_id)
        self.access_logs = access_log_bucket(self, "AccessLogs")
        trail_log = log_group(self, "TrailLog", key=key)
        bucket = private_bucket(
            self,
            "Archive",
            key=key,
            access_logs=self.access_logs,
            immutable_for=Duration.days(365),
        )
        trail = cloudtrail.Trail(
            self,
            "Trail",
            bucket=bucket,
            encryption_key=key,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_file_validation=True,
            send_to_cloud_watch_logs=True,
            cloud_watch_log_group=trail_log,
        )
        trail.log_all_s3_data_events()
        trail.log_all_lambda_data_events()
        SecurityEvents(self, "Events", trail_log=trail_log, on_call=on_call)
