"""What the lake keeps: raw events, curated tables and the results of queries, with backups and an audit trail."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from lake import settings
from lake.alarms import OnCall
from lake.audit import DataTrail
from lake.backups import Backups
from lake.buckets import access_log_bucket, zone
from lake.keys import customer_key

_COLD = [
    s3.Transition(storage_class=s3.StorageClass.INTELLIGENT_TIERING, transition_after=cdk.Duration.days(30)),
    s3.Transition(storage_class=s3.StorageClass.GLACIER, transition_after=cdk.Duration.days(365)),
]


class LakeStoreStack(cdk.Stack):
    """Owns the zones; raw and curated are confidential.

    No zone is replicated to another region: curated tables are made again from the raw ones, and the backups of the
    raw zone are what the recovery objective of a day asks for.
    """

    def __init__(self, scope: Construct, construct_id: str, *, on_call: OnCall) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        self.key = customer_key(self, "Key", alias="alias/lake-store", services=("cloudtrail.amazonaws.com",))
        access_logs = access_log_bucket(self, "AccessLogs")
        self.raw = zone(self, "Raw", key=self.key, access_logs=access_logs, transitions=_COLD)
        self.curated = zone(self, "Curated", key=self.key, access_logs=access_logs)
        self.results = zone(self, "Results", key=self.key, access_logs=access_logs, expiration=cdk.Duration.days(30))
        for bucket in (self.raw, self.curated):
            cdk.Tags.of(bucket).add("DataClassification", "confidential")
        # Results are asked for again when they are lost.
        cdk.Tags.of(self.results).add("content", "scratch")
        DataTrail(self, "Trail", key=self.key, access_logs=access_logs, watched=[self.raw, self.curated])
        Backups(self, "Backups", key=self.key, on_call=on_call, buckets={"Raw": self.raw, "Curated": self.curated})
