"""Lambda functions: observed, bounded, and shifted to a new version little by little."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from bookings.alarms import OnCall
from bookings.logs import application_log_group


class BookingFunction(Construct):
    """A function with its log group, alarms, an alias ``live`` and a deployment that rolls back by itself."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: str,
        timeout: Duration,
        key: kms.Key,
        on_call: OnCall,
        environment: Mapping[str, str] | None = None,
        failures: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler="index.handler",
            code=lambda_.Code.from_inline(code),
            memory_size=256,
            timeout=timeout,
            reserved_concurrent_executions=50,
            environment=dict(environment or {}),
            environment_encryption=key,
            tracing=lambda_.Tracing.ACTIVE,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            system_log_level_v2=lambda_.SystemLogLevel.INFO,
            log_group=application_log_group(self, "Log", key=key, on_call=on_call),
        )
        # Events invoke the alias, and an alias does not take over what is configured for the unpublished version.
        self.live = lambda_.Alias(
            self,
            "Live",
            alias_name="live",
            version=self.function.current_version,
            on_failure=destinations.SqsDestination(failures) if failures is not None else None,
        )
        codedeploy.LambdaDeploymentGroup(
            self,
            "Deployment",
            alias=self.live,
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            alarms=self._alarms(on_call),
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
        )

    def _alarms(self, on_call: OnCall) -> list[cloudwatch.IAlarm]:
        minute = Duration.minutes(1)
        alarms: list[cloudwatch.IAlarm] = [
            on_call.alarm(
                self,
                "Errors",
                self.function.metric_errors(period=minute),
                what="The function fails.",
                periods=3,
                page=False,
            ),
            on_call.alarm(
                self,
                "Throttles",
                self.function.metric_throttles(period=minute),
                what="The function is called more often than its concurrency allows.",
                periods=3,
                page=False,
            ),
        ]
        on_call.any_of(self, "Unhealthy", alarms, what="The function fails, or turns calls away.")
        return alarms
