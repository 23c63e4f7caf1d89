"""Queues, topics, buses and streams, and what they are wired to."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class MessagingStack(cdk.Stack):
    """Owns what carries messages."""

    def __init__(self, scope: Construct, construct_id: str, *, env: cdk.Environment | None, bucket: s3.IBucket) -> None:
        super().__init__(scope, construct_id, env=env)
        self.dead_letters = sqs.Queue(self, "DeadLetters", enforce_ssl=True)
        self.queue = sqs.Queue(
            self,
            "Queue",
            enforce_ssl=True,
            visibility_timeout=cdk.Duration.minutes(5),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=3),
        )
        self.plain_queue = sqs.Queue(self, "PlainQueue")
        sqs.Queue(self, "Fifo", fifo=True, content_based_deduplication=True)
        self.topic = sns.Topic(self, "Topic")
        self.topic.add_subscription(subscriptions.SqsSubscription(self.queue))
        self.topic.add_subscription(subscriptions.EmailSubscription("team@shop.example"))
        self.topic.add_subscription(subscriptions.UrlSubscription("https://hooks.shop.example/aws"))
        self.bus = events.EventBus(self, "Bus")
        events.Rule(
            self,
            "OrderPlaced",
            event_bus=self.bus,
            event_pattern=events.EventPattern(source=["shop"], detail_type=["OrderPlaced"]),
            targets=[targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letters)],
        )
        events.Archive(
            self,
            "Archive",
            source_event_bus=self.bus,
            event_pattern=events.EventPattern(source=["shop"]),
            retention=cdk.Duration.days(30),
        )
        scheduler.Schedule(
            self,
            "Hourly",
            schedule=scheduler.ScheduleExpression.rate(cdk.Duration.hours(1)),
            target=scheduler_targets.SqsSendMessage(self.queue, dead_letter_queue=self.dead_letters),
        )
        self.stream = kinesis.Stream(self, "Stream")
        firehose.DeliveryStream(self, "Delivery", destination=firehose.S3Bucket(bucket))
