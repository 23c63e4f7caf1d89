"""Logs, metrics, alarms, a dashboard, a canary, a trail."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_logs as logs
from aws_cdk import aws_synthetics as synthetics
from constructs import Construct

from tests.false_alarms.stacks.functions import FunctionsStack
from tests.false_alarms.stacks.messaging import MessagingStack

PROBE = "exports.handler = async () => 'ok';\n"


class ObservabilityStack(cdk.Stack):
    """Owns what watches the others."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment | None,
        functions: FunctionsStack,
        messaging: MessagingStack,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        group = logs.LogGroup(self, "Logs")
        errors = group.add_metric_filter(
            "Errors",
            filter_pattern=logs.FilterPattern.any_term("ERROR"),
            metric_namespace="Shop",
            metric_name="Errors",
        )
        alarms = [
            errors.metric().create_alarm(self, "ErrorsLogged", threshold=1, evaluation_periods=1),
            functions.handler.metric_errors().create_alarm(self, "HandlerErrors", threshold=1, evaluation_periods=1),
            messaging.dead_letters.metric_approximate_number_of_messages_visible().create_alarm(
                self, "DeadLetters", threshold=1, evaluation_periods=1
            ),
        ]
        action = actions.SnsAction(messaging.topic)
        for alarm in alarms:
            alarm.add_alarm_action(action)
        together = cloudwatch.CompositeAlarm(self, "AnyTrouble", alarm_rule=cloudwatch.AlarmRule.any_of(*alarms))
        together.add_alarm_action(action)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            widgets=[
                [
                    cloudwatch.GraphWidget(left=[functions.handler.metric_invocations()]),
                    cloudwatch.AlarmWidget(alarm=alarms[0]),
                ]
            ],
        )
        synthetics.Canary(
            self,
            "Canary",
            runtime=synthetics.Runtime.SYNTHETICS_NODEJS_PUPPETEER_13_0,
            test=synthetics.Test.custom(code=synthetics.Code.from_inline(PROBE), handler="index.handler"),
        )
        cloudtrail.Trail(self, "Trail", send_to_cloud_watch_logs=True)
