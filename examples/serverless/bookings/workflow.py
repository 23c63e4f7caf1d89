"""Confirmation of a booking: keep the seat, take the payment, tell the others; give the seat back if that fails."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from bookings.alarms import OnCall
from bookings.functions import BookingFunction
from bookings.logs import application_log_group

SOURCE = "bookings.confirmation"
CONFIRMED = "Booking Confirmed"

CHARGE_TIMEOUT = Duration.seconds(20)
# The payment itself is the affair of another team's program; here is what must be around it.
CHARGE_CODE = """\
def handler(event, context):
    return {"payment": "accepted", "seat": event["booking"]["seat"]}
"""


class Confirmation(Construct):
    """The state machine; every task is tried again, and what fails for good is undone."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: dynamodb.ITable,
        bus: events.IEventBus,
        key: kms.Key,
        on_call: OnCall,
    ) -> None:
        super().__init__(scope, construct_id)
        self.charge = BookingFunction(
            self, "Charge", code=CHARGE_CODE, timeout=CHARGE_TIMEOUT, key=key, on_call=on_call
        )
        log = application_log_group(
            self, "Log", key=key, on_call=on_call, name="/aws/vendedlogs/states/bookings-confirmation"
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_chainable(self._steps(table, bus)),
            timeout=Duration.minutes(15),
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=log, level=sfn.LogLevel.ERROR, include_execution_data=False),
            encryption_configuration=sfn.CustomerManagedEncryptionConfiguration(key),
        )
        self._alarms(on_call)

    def _steps(self, table: dynamodb.ITable, bus: events.IEventBus) -> sfn.IChainable:
        seat = {name: _text(f"$.booking.{name}") for name in ("event", "seat")}
        mine = {":booking": _text("$$.Execution.Name")}
        release = tasks.DynamoDeleteItem(
            self,
            "ReleaseSeat",
            table=table,
            key=seat,
            condition_expression="booking = :booking",
            expression_attribute_values=mine,
            result_path=sfn.JsonPath.DISCARD,
        )
        failed = sfn.Fail(self, "NotConfirmed", error="NotConfirmed", cause="The seat was taken or the payment failed")
        _retry(release)
        release.add_catch(failed, result_path="$.error").next(failed)
        keep = tasks.DynamoPutItem(
            self,
            "KeepSeat",
            table=table,
            item={**seat, "booking": mine[":booking"], "reserved": _text("$$.Execution.StartTime")},
            condition_expression="attribute_not_exists(seat) OR booking = :booking",
            expression_attribute_values=mine,
            result_path=sfn.JsonPath.DISCARD,
        )
        charge = tasks.LambdaInvoke(
            self,
            "TakePayment",
            lambda_function=self.charge.live,
            payload_response_only=True,
            result_path=sfn.JsonPath.DISCARD,
        )
        paid = tasks.DynamoUpdateItem(
            self,
            "MarkPaid",
            table=table,
            key=seat,
            update_expression="SET paid = :yes",
            expression_attribute_values={":yes": tasks.DynamoAttributeValue.from_boolean(True)},
            result_path=sfn.JsonPath.DISCARD,
        )
        announce = tasks.EventBridgePutEvents(
            self,
            "Announce",
            entries=[
                tasks.EventBridgePutEventsEntry(
                    event_bus=bus,
                    source=SOURCE,
                    detail_type=CONFIRMED,
                    detail=sfn.TaskInput.from_json_path_at("$.booking"),
                )
            ],
        )
        for task in (keep, charge, paid, announce):
            _retry(task)
            task.add_catch(release, result_path="$.error")
        return keep.next(charge).next(paid).next(announce)

    def _alarms(self, on_call: OnCall) -> None:
        period = Duration.minutes(5)
        on_call.alarm(
            self,
            "Failed",
            self.machine.metric_failed(period=period),
            what="Bookings cannot be confirmed.",
        )
        on_call.alarm(
            self,
            "TimedOut",
            self.machine.metric_timed_out(period=period),
            what="A confirmation was still running after its time.",
        )


def _retry(task: sfn.TaskStateBase) -> None:
    task.add_retry(
        errors=["States.TaskFailed", "States.Timeout"],
        interval=Duration.seconds(2),
        backoff_rate=2,
        max_attempts=4,
        jitter_strategy=sfn.JitterType.FULL,
    )


def _text(path: str) -> tasks.DynamoAttributeValue:
    return tasks.DynamoAttributeValue.from_string(sfn.JsonPath.string_at(path))
