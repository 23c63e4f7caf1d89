"""Lambda functions with the sources, aliases and deployments that CDK makes for them; a state machine."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from tests.false_alarms.stacks.databases import DatabasesStack
from tests.false_alarms.stacks.messaging import MessagingStack

CODE = "def handler(event, context):\n    return {'statusCode': 200}\n"


class FunctionsStack(cdk.Stack):
    """Owns the functions."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment | None,
        vpc: ec2.IVpc,
        messaging: MessagingStack,
        databases: DatabasesStack,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        self.handler = function(
            self, "Handler", log_group=logs.LogGroup(self, "HandlerLogs"), environment={"TABLE": "orders"}
        )
        databases.table.grant_read_write_data(self.handler)
        self._alias(self.handler)
        self._pollers(messaging, databases)
        inside = function(self, "InVpc", vpc=vpc)
        messaging.queue.grant_send_messages(inside)
        self.nightly = function(self, "Nightly", dead_letter_queue_enabled=True)
        events.Rule(
            self,
            "EveryNight",
            schedule=events.Schedule.cron(hour="2", minute="0"),
            targets=[targets.LambdaFunction(self.nightly)],
        )
        messaging.topic.add_subscription(subscriptions.LambdaSubscription(self.nightly))
        function(self, "WithUrl").add_function_url(auth_type=lambda_.FunctionUrlAuthType.AWS_IAM)
        self.machine = self._machine()

    def _alias(self, handler: lambda_.Function) -> None:
        alias = lambda_.Alias(self, "Live", alias_name="live", version=handler.current_version)
        scaling = alias.add_auto_scaling(min_capacity=1, max_capacity=10)
        scaling.scale_on_utilization(utilization_target=0.7)
        codedeploy.LambdaDeploymentGroup(
            self,
            "Deployment",
            alias=alias,
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
        )

    def _pollers(self, messaging: MessagingStack, databases: DatabasesStack) -> None:
        worker = function(self, "Worker")
        worker.add_event_source(sources.SqsEventSource(messaging.queue, report_batch_item_failures=True))
        reader = function(self, "Reader")
        latest = lambda_.StartingPosition.LATEST
        reader.add_event_source(sources.KinesisEventSource(messaging.stream, starting_position=latest))
        reader.add_event_source(
            sources.DynamoEventSource(
                databases.table,
                starting_position=latest,
                retry_attempts=3,
                bisect_batch_on_error=True,
                on_failure=sources.SqsDlq(messaging.dead_letters),
            )
        )

    def _machine(self) -> stepfunctions.StateMachine:
        step = function(self, "Step")
        failed = stepfunctions.Fail(self, "Failed")
        ship = tasks.LambdaInvoke(self, "Ship", lambda_function=step, output_path="$.Payload")
        ship.add_catch(failed)
        return stepfunctions.StateMachine(
            self,
            "Machine",
            definition_body=stepfunctions.DefinitionBody.from_chainable(
                ship.next(stepfunctions.Succeed(self, "Shipped"))
            ),
            timeout=cdk.Duration.minutes(10),
        )


def function(
    scope: Construct,
    construct_id: str,
    *,
    vpc: ec2.IVpc | None = None,
    log_group: logs.ILogGroup | None = None,
    environment: dict[str, str] | None = None,
    dead_letter_queue_enabled: bool | None = None,
) -> lambda_.Function:
    """A function of the newest Python, all else by default."""
    return lambda_.Function(
        scope,
        construct_id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(CODE),
        vpc=vpc,
        log_group=log_group,
        environment=environment,
        dead_letter_queue_enabled=dead_letter_queue_enabled,
    )
