"""Fulfilment: a function that works off the order queue, and the events that wake it."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from orders.alarms import OnCall
from orders.functions import OrderFunction
from orders.queues import dead_letter_queue, work_queue

TIMEOUT = Duration.seconds(30)

CODE = """\
def handler(event, context):
    return {"batchItemFailures": []}
"""


class Fulfilment(Construct):
    """Orders in, shipments out."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, on_call: OnCall) -> None:
        super().__init__(scope, construct_id)
        self.undelivered = dead_letter_queue(self, "UndeliveredEvents", key=key, on_call=on_call)
        self.function = OrderFunction(
            self, "Worker", code=CODE, timeout=TIMEOUT, key=key, on_call=on_call, failures=self.undelivered
        )
        self.orders = work_queue(self, "Orders", key=key, on_call=on_call, consumer_timeout=TIMEOUT)
        self.shipments = work_queue(self, "Shipments", key=key, on_call=on_call, consumer_timeout=TIMEOUT)
        self.shipments.grant_send_messages(self.function.function)
        self.function.live.add_event_source(
            event_sources.SqsEventSource(self.orders, report_batch_item_failures=True, max_concurrency=20)
        )
        events.Rule(
            self,
            "Nightly",
            description="Fulfilment of what was left over during the day",
            schedule=events.Schedule.cron(hour="2", minute="0"),
            targets=[
                targets.LambdaFunction(
                    self.function.live,
                    dead_letter_queue=self.undelivered,
                    max_event_age=Duration.hours(2),
                    retry_attempts=3,
                )
            ],
        )
        self.order_placed = sns.Topic(self, "OrderPlaced", master_key=key, enforce_ssl=True)
        self.order_placed.add_subscription(
            subscriptions.LambdaSubscription(self.function.live, dead_letter_queue=self.undelivered)
        )
        Validations.of(self).acknowledge(
            Acknowledgment(
                id="CloudFormation-Validate::W3694", reason="Ref of an alias is its ARN, which SNS takes as a function"
            )
        )
