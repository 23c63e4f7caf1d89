"""From a request in the queue to a running confirmation, and the nightly sweep of what was never paid."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from bookings.alarms import OnCall
from bookings.functions import BookingFunction
from bookings.queues import dead_letter_queue

WORKER_TIMEOUT = Duration.seconds(30)
SWEEP_TIMEOUT = Duration.minutes(5)

WORKER_CODE = """\
import json, os
import boto3

states = boto3.client("stepfunctions")

def handler(event, context):
    failed = []
    for record in event["Records"]:
        booking = {"booking": json.loads(record["body"])}
        try:
            states.start_execution(
                stateMachineArn=os.environ["MACHINE"], name=record["messageId"], input=json.dumps(booking)
            )
        except states.exceptions.ExecutionAlreadyExists:
            continue
        except states.exceptions.ClientError:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""

SWEEP_CODE = """\
import os, time
import boto3
from boto3.dynamodb.conditions import Attr

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])

def handler(event, context):
    half_an_hour_ago = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 1800))
    unpaid = Attr("paid").not_exists() & Attr("reserved").lt(half_an_hour_ago)
    page = {}
    while page is not None:
        found = table.scan(FilterExpression=unpaid, **page)
        for item in found["Items"]:
            table.delete_item(Key={"event": item["event"], "seat": item["seat"]}, ConditionExpression=unpaid)
        last = found.get("LastEvaluatedKey")
        page = {"ExclusiveStartKey": last} if last else None
"""


class Fulfilment(Construct):
    """The worker behind the queue, and the sweep."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        requests: sqs.IQueue,
        machine: sfn.IStateMachine,
        table: dynamodb.ITable,
        key: kms.Key,
        on_call: OnCall,
    ) -> None:
        super().__init__(scope, construct_id)
        self.worker = BookingFunction(
            self,
            "Worker",
            code=WORKER_CODE,
            timeout=WORKER_TIMEOUT,
            key=key,
            on_call=on_call,
            environment={"MACHINE": machine.state_machine_arn},
        )
        machine.grant_start_execution(self.worker.function)
        self.worker.live.add_event_source(
            event_sources.SqsEventSource(requests, report_batch_item_failures=True, max_concurrency=20)
        )
        self.undone = dead_letter_queue(self, "UndoneSweeps", key=key, on_call=on_call)
        self.sweep = BookingFunction(
            self,
            "Sweep",
            code=SWEEP_CODE,
            timeout=SWEEP_TIMEOUT,
            key=key,
            on_call=on_call,
            environment={"TABLE": table.table_name},
            failures=self.undone,
        )
        table.grant(self.sweep.function, "dynamodb:Scan", "dynamodb:DeleteItem")
        scheduler.Schedule(
            self,
            "Nightly",
            description="Gives back the seats that were reserved and never paid",
            schedule=scheduler.ScheduleExpression.cron(hour="2", minute="0"),
            key=key,
            target=scheduler_targets.LambdaInvoke(
                self.sweep.live,
                dead_letter_queue=self.undone,
                max_event_age=Duration.hours(2),
                retry_attempts=3,
            ),
        )
