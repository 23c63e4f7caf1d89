"""What runs, with every property set that the documentation of its constructs recommends for production."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as event_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from tests.false_alarms.stacks.careful_data import careful_key, careful_log_bucket
from tests.false_alarms.stacks.functions import CODE


class CarefulWorkStack(cdk.Stack):
    """Owns a workload of each kind."""

    def __init__(self, scope: Construct, construct_id: str, *, env: cdk.Environment, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id, env=env, termination_protection=True)
        self.key = careful_key(self, alias="shop/work")
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        self.failed = self._queue("Failed", retention=14)
        self.queue = self._queue(
            "Queue", retention=4, dead_letters=sqs.DeadLetterQueue(queue=self.failed, max_receive_count=3)
        )
        self.functions = [worker := self._function("Worker"), rotate := self._function("Rotate")]
        self.alias = lambda_.Alias(self, "Live", alias_name="live", version=worker.current_version)
        self.alias.add_event_source(
            sources.SqsEventSource(
                self.queue, report_batch_item_failures=True, max_batching_window=cdk.Duration.seconds(20)
            )
        )
        self._topic(self.queue)
        self._nightly(worker)
        self.machine = self._machine(worker)
        self.stage = self._http_api(worker)
        self.targets = self._servers(vpc)
        secret = secretsmanager.Secret(self, "Secret", encryption_key=self.key, removal_policy=cdk.RemovalPolicy.RETAIN)
        secret.add_rotation_schedule("Rotation", automatically_after=cdk.Duration.days(30), rotation_lambda=rotate)
        codebuild.Project(
            self,
            "Build",
            encryption_key=self.key,
            source=codebuild.Source.git_hub(owner="shop", repo="shop"),
            environment=codebuild.BuildEnvironment(build_image=codebuild.LinuxBuildImage.STANDARD_7_0),
            logging=codebuild.LoggingOptions(
                cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=self._logs("BuildLogs"))
            ),
        )

    def _logs(self, construct_id: str) -> logs.LogGroup:
        return logs.LogGroup(self, construct_id, encryption_key=self.key, retention=logs.RetentionDays.ONE_YEAR)

    def _queue(
        self, construct_id: str, *, retention: int, dead_letters: sqs.DeadLetterQueue | None = None
    ) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            encryption_master_key=self.key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(retention),
            visibility_timeout=cdk.Duration.minutes(4),
            dead_letter_queue=dead_letters,
        )

    def _function(self, construct_id: str) -> lambda_.Function:
        return lambda_.Function(
            self,
            construct_id,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler="index.handler",
            code=lambda_.Code.from_inline(CODE),
            memory_size=512,
            timeout=cdk.Duration.seconds(30),
            reserved_concurrent_executions=20,
            tracing=lambda_.Tracing.ACTIVE,
            logging_format=lambda_.LoggingFormat.JSON,
            log_group=self._logs(f"{construct_id}Logs"),
            dead_letter_queue=self.failed,
            environment_encryption=self.key,
        )

    def _topic(self, queue: sqs.IQueue) -> None:
        topic = sns.Topic(self, "Topic", master_key=self.key, enforce_ssl=True)
        topic.add_subscription(subscriptions.SqsSubscription(queue, dead_letter_queue=self.failed))

    def _nightly(self, worker: lambda_.IFunction) -> None:
        events.Rule(
            self,
            "Nightly",
            schedule=events.Schedule.cron(hour="2", minute="0"),
            targets=[
                event_targets.LambdaFunction(
                    worker,
                    dead_letter_queue=self.failed,
                    retry_attempts=3,
                    max_event_age=cdk.Duration.hours(1),
                )
            ],
        )

    def _machine(self, worker: lambda_.IFunction) -> stepfunctions.StateMachine:
        step = tasks.LambdaInvoke(
            self, "Step", lambda_function=worker, task_timeout=stepfunctions.Timeout.duration(cdk.Duration.minutes(1))
        )
        step.add_retry(max_attempts=3, backoff_rate=2)
        step.add_catch(stepfunctions.Fail(self, "GaveUp"))
        return stepfunctions.StateMachine(
            self,
            "Machine",
            definition_body=stepfunctions.DefinitionBody.from_chainable(step),
            timeout=cdk.Duration.minutes(10),
            tracing_enabled=True,
            encryption_configuration=stepfunctions.CustomerManagedEncryptionConfiguration(self.key),
            logs=stepfunctions.LogOptions(
                destination=self._logs("MachineLogs"), level=stepfunctions.LogLevel.ALL, include_execution_data=False
            ),
        )

    def _http_api(self, worker: lambda_.IFunction) -> apigatewayv2.HttpStage:
        users = cognito.UserPool(
            self,
            "Users",
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(min_length=14),
            feature_plan=cognito.FeaturePlan.PLUS,
            standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION,
            self_sign_up_enabled=False,
            deletion_protection=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        client = users.add_client("Client", prevent_user_existence_errors=True, enable_token_revocation=True)
        api = apigatewayv2.HttpApi(self, "HttpApi", create_default_stage=False)
        stage = apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=api,
            stage_name="v1",
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=apigatewayv2.ThrottleSettings(rate_limit=100, burst_limit=200),
        )
        # The construct takes an object of its own interface here, which only TypeScript can write down.
        written = stage.node.default_child
        assert isinstance(written, apigatewayv2.CfnStage)
        written.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=self._logs("ApiLogs").log_group_arn,
            format='{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","status":"$context.status","latency":"$context.responseLatency"}',
        )
        api.add_routes(
            path="/orders",
            methods=[apigatewayv2.HttpMethod.GET],
            integration=integrations.HttpLambdaIntegration("Orders", worker),
            authorizer=authorizers.HttpUserPoolAuthorizer("Authorizer", users, user_pool_clients=[client]),
        )
        return stage

    def _servers(self, vpc: ec2.IVpc) -> elbv2.NetworkTargetGroup:
        group = autoscaling.AutoScalingGroup(
            self,
            "Group",
            vpc=vpc,
            instance_type=ec2.InstanceType("m7g.large"),
            machine_image=ec2.MachineImage.latest_amazon_linux2023(cpu_type=ec2.AmazonLinuxCpuType.ARM_64),
            min_capacity=2,
            max_capacity=20,
            require_imdsv2=True,
            instance_monitoring=autoscaling.Monitoring.DETAILED,
            group_metrics=[autoscaling.GroupMetrics.all()],
            ssm_session_permissions=True,
            update_policy=autoscaling.UpdatePolicy.rolling_update(min_instances_in_service=2),
            health_checks=autoscaling.HealthChecks.with_additional_checks(
                additional_types=[autoscaling.AdditionalHealthCheckType.ELB], grace_period=cdk.Duration.minutes(5)
            ),
            block_devices=[
                autoscaling.BlockDevice(
                    device_name="/dev/xvda",
                    volume=autoscaling.BlockDeviceVolume.ebs(
                        20, encrypted=True, volume_type=autoscaling.EbsDeviceVolumeType.GP3
                    ),
                )
            ],
        )
        balancer = elbv2.NetworkLoadBalancer(
            self, "Nlb", vpc=vpc, cross_zone_enabled=True, deletion_protection=True, internet_facing=False
        )
        balancer.log_access_logs(careful_log_bucket(self))
        targets = balancer.add_listener("Tcp", port=5000).add_targets(
            "Servers", port=5000, targets=[group], health_check=elbv2.HealthCheck(interval=cdk.Duration.seconds(10))
        )
        group.scale_on_cpu_utilization("Cpu", target_utilization_percent=60)
        return targets
