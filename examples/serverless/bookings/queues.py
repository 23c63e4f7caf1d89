"""Queues: encrypted, TLS only, with a dead-letter queue that somebody watches."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from bookings.alarms import OnCall

# Long enough for a person to repair the cause and send the messages again.
DEAD_LETTER_DAYS = 14


def dead_letter_queue(scope: Construct, construct_id: str, *, key: kms.IKey, on_call: OnCall) -> sqs.Queue:
    """Where messages go that could not be handled; the first one pages on-call."""
    queue = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=key,
        enforce_ssl=True,
        retention_period=Duration.days(DEAD_LETTER_DAYS),
    )
    on_call.alarm(
        queue,
        "NotEmpty",
        queue.metric_approximate_number_of_messages_visible(period=Duration.minutes(1), statistic="Maximum"),
        what="Messages could not be handled.",
    )
    return queue


def work_queue(
    scope: Construct, construct_id: str, *, key: kms.IKey, on_call: OnCall, consumer_timeout: Duration
) -> sqs.Queue:
    """A queue whose consumer gets five tries within ``consumer_timeout`` each."""
    dead_letters = dead_letter_queue(scope, f"{construct_id}DeadLetters", key=key, on_call=on_call)
    queue = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=key,
        enforce_ssl=True,
        retention_period=Duration.days(4),
        # Six times the function's timeout, as Lambda asks for, and a minute for its batching window:
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        visibility_timeout=Duration.seconds(6 * int(consumer_timeout.to_seconds()) + 60),
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=5),
    )
    on_call.alarm(
        queue,
        "Lag",
        queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(5)),
        what="The consumer does not keep up.",
        threshold=900,
    )
    return queue
