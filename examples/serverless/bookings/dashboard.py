"""One page that shows the state of everything a customer depends on."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from bookings.api import BookingApi
from bookings.fulfilment import Fulfilment
from bookings.store import BookingStore
from bookings.workflow import Confirmation

PERIOD = Duration.minutes(1)


def bookings_dashboard(
    scope: Construct,
    construct_id: str,
    *,
    api: BookingApi,
    fulfilment: Fulfilment,
    confirmation: Confirmation,
    store: BookingStore,
    queues: Sequence[sqs.IQueue],
) -> cloudwatch.Dashboard:
    """The dashboard that the runbooks start from."""
    functions = [f.function for f in (api.function, fulfilment.worker, fulfilment.sweep, confirmation.charge)]
    return cloudwatch.Dashboard(
        scope,
        construct_id,
        dashboard_name="bookings",
        widgets=[
            [
                cloudwatch.GraphWidget(
                    title="Booking API",
                    left=[api.stage.metric_count(period=PERIOD)],
                    right=[
                        api.stage.metric_latency(period=PERIOD, statistic=cloudwatch.Stats.percentile(95)),
                        api.stage.metric_server_error(period=PERIOD),
                    ],
                ),
                cloudwatch.GraphWidget(
                    title="Confirmations",
                    left=[confirmation.machine.metric_started(period=PERIOD)],
                    right=[confirmation.machine.metric_failed(period=PERIOD)],
                ),
            ],
            [
                cloudwatch.GraphWidget(
                    title="Functions",
                    left=[function.metric_invocations(period=PERIOD) for function in functions],
                    right=[function.metric_errors(period=PERIOD) for function in functions],
                ),
                cloudwatch.GraphWidget(
                    title="Table",
                    left=[store.table.metric_consumed_write_capacity_units(period=PERIOD)],
                    right=[store.table.metric("WriteThrottleEvents", period=PERIOD)],
                ),
                cloudwatch.GraphWidget(
                    title="Queues",
                    left=[queue.metric_approximate_number_of_messages_visible(period=PERIOD) for queue in queues],
                    right=[queue.metric_approximate_age_of_oldest_message(period=PERIOD) for queue in queues],
                ),
            ],
        ],
    )
