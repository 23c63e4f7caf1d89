"""What the rest of the company hears: an event bus, and a topic for the ticket office."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from bookings.alarms import OnCall
from bookings.keys import customer_key
from bookings.queues import dead_letter_queue
from bookings.workflow import CONFIRMED, SOURCE


class Notifications(Construct):
    """Confirmed bookings go from ``bus`` to the topic and from there to the ticket office's queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.EventBus,
        tickets: sqs.IQueue,
        key: kms.IKey,
        on_call: OnCall,
    ) -> None:
        super().__init__(scope, construct_id)
        self.undelivered = dead_letter_queue(self, "Undelivered", key=key, on_call=on_call)
        # A key of its own: the queue's key names the topic in its policy, so the topic cannot be made after that key.
        topic_key = customer_key(self, "Key", alias="alias/bookings-confirmed", services=("events.amazonaws.com",))
        self.confirmed = sns.Topic(self, "Confirmed", master_key=topic_key, enforce_ssl=True)
        self.confirmed.add_subscription(
            subscriptions.SqsSubscription(tickets, raw_message_delivery=True, dead_letter_queue=self.undelivered)
        )
        events.Rule(
            self,
            "WhenConfirmed",
            description="Confirmed bookings go to the ticket office",
            event_bus=bus,
            event_pattern=events.EventPattern(source=[SOURCE], detail_type=[CONFIRMED]),
            targets=[
                targets.SnsTopic(
                    self.confirmed,
                    dead_letter_queue=self.undelivered,
                    max_event_age=Duration.hours(2),
                    retry_attempts=10,
                )
            ],
        )
