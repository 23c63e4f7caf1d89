"""What makes sense of the events: catalogue, job, queries, and a dashboard on how fresh the lake is."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from lake import settings
from lake.alarms import OnCall
from lake.catalog import JOB, Catalog
from lake.ingest_stack import LakeIngestStack
from lake.keys import customer_key
from lake.logs import application_log_group
from lake.query import Queries
from lake.store_stack import LakeStoreStack

PERIOD = cdk.Duration.minutes(5)


class LakeAnalyticsStack(cdk.Stack):
    """Owns the catalogue and what is done with it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, store: LakeStoreStack, ingest: LakeIngestStack, on_call: OnCall
    ) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        key = customer_key(self, "Key", alias="alias/lake-analytics")
        log = application_log_group(self, "JobLog", key=key, on_call=on_call)
        catalog = Catalog(self, "Catalog", store=store, key=key, log=log, on_call=on_call)
        Queries(self, "Queries", store=store, catalog=catalog, key=key)
        self._dashboard(ingest)

    def _dashboard(self, ingest: LakeIngestStack) -> None:
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name="lake",
            widgets=[
                [
                    cloudwatch.GraphWidget(
                        title="Events in",
                        left=[ingest.stream.metric_incoming_records(period=PERIOD)],
                        right=[ingest.stream.metric_get_records_iterator_age_milliseconds(period=PERIOD)],
                    ),
                    cloudwatch.GraphWidget(
                        title="Raw zone", left=[ingest.delivery.metric("DeliveryToS3.DataFreshness", period=PERIOD)]
                    ),
                    cloudwatch.GraphWidget(
                        title="Refinement",
                        left=[
                            cloudwatch.Metric(
                                namespace="Glue",
                                metric_name="glue.driver.aggregate.numFailedTasks",
                                dimensions_map={"JobName": JOB, "JobRunId": "ALL", "Type": "count"},
                                period=PERIOD,
                            )
                        ],
                    ),
                ]
            ],
        )
