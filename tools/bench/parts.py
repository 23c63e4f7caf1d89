"""What the measured apps consist of: a service with queue, table, function and alarms, written well or carelessly."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

CODE = "def handler(event, context):\n    return event\n"


class Shared(Construct):
    """What the services of a stack have in common: a key, a topic for alarms, a bucket for access logs, backups."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "Shared")
        self.key = kms.Key(self, "Key", enable_key_rotation=True, alias=f"alias/bench/{cdk.Stack.of(self).stack_name}")
        for service in ("cloudwatch.amazonaws.com", "logs.amazonaws.com"):
            self.key.grant_encrypt_decrypt(
                iam.ServicePrincipal(
                    service, conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}}
                )
            )
        self.alarms = sns.Topic(self, "Alarms", master_key=self.key, enforce_ssl=True)
        self.alarms.grant_publish(
            iam.ServicePrincipal(
                "cloudwatch.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            )
        )
        self.alarms.add_subscription(subscriptions.EmailSubscription("operations@bench.test"))
        self.access_logs = s3.Bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=cdk.Duration.days(400),
                    noncurrent_version_expiration=cdk.Duration.days(30),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                )
            ],
        )
        cdk.Tags.of(self.access_logs).add("Purpose", "access-logs")
        vault = backup.BackupVault(
            self,
            "Vault",
            encryption_key=self.key,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            block_recovery_point_deletion=True,
        )
        plan = backup.BackupPlan.daily35_day_retention(self, "Plan", backup_vault=vault)
        role = iam.Role(
            self,
            "BackupRole",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(name)
                for name in (
                    "service-role/AWSBackupServiceRolePolicyForBackup",
                    "AWSBackupServiceRolePolicyForS3Backup",
                )
            ],
        )
        plan.add_selection("Everything", role=role, resources=[backup.BackupResource.from_tag("Backup", "yes")])


class CarefulService(Construct):
    """A service as the checklist wants it."""

    def __init__(self, scope: Construct, construct_id: str, shared: Shared) -> None:
        super().__init__(scope, construct_id)
        self._shared = shared
        failed = self._queue("Failed", retention=14)
        queue = self._queue("Queue", retention=4, dead_letters=sqs.DeadLetterQueue(queue=failed, max_receive_count=3))
        table = self._table()
        bucket = self._bucket()
        function = self._function(failed)
        queue.grant_consume_messages(function)
        table.grant_read_write_data(function)
        bucket.grant_read(function, "incoming/*")
        self._alarm("FailedDepth", failed.metric_approximate_number_of_messages_visible())
        self._alarm("QueueAge", queue.metric_approximate_age_of_oldest_message(), threshold=600)
        self._alarm("TableThrottles", table.metric("ThrottledRequests", statistic="Sum"))
        self._alarm("Errors", function.metric_errors())
        self._alarm("Throttles", function.metric_throttles())

    def _queue(
        self, construct_id: str, *, retention: int, dead_letters: sqs.DeadLetterQueue | None = None
    ) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            encryption_master_key=self._shared.key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(retention),
            visibility_timeout=cdk.Duration.minutes(4),
            dead_letter_queue=dead_letters,
        )

    def _table(self) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            max_read_request_units=4000,
            max_write_request_units=4000,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self._shared.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            time_to_live_attribute="expires",
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )

    def _bucket(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self._shared.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=self._shared.access_logs,
            server_access_logs_prefix=self.node.id,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=cdk.Duration.days(400),
                    noncurrent_version_expiration=cdk.Duration.days(30),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                )
            ],
        )

    def _function(self, failed: sqs.Queue) -> lambda_.Function:
        return lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler="index.handler",
            code=lambda_.Code.from_inline(CODE),
            memory_size=512,
            timeout=cdk.Duration.seconds(30),
            reserved_concurrent_executions=20,
            tracing=lambda_.Tracing.ACTIVE,
            logging_format=lambda_.LoggingFormat.JSON,
            log_group=self._logs(),
            dead_letter_queue=failed,
            environment_encryption=self._shared.key,
        )

    def _logs(self) -> logs.LogGroup:
        group = logs.LogGroup(self, "Logs", encryption_key=self._shared.key, retention=logs.RetentionDays.ONE_YEAR)
        logs.CfnLogAnomalyDetector(self, "Anomalies", log_group_arn_list=[group.log_group_arn])
        errors = group.add_metric_filter(
            "ErrorLines",
            filter_pattern=logs.FilterPattern.string_value("$.level", "=", "ERROR"),
            metric_namespace="Bench",
            metric_name=f"{cdk.Stack.of(self).stack_name}-{self.node.id}",
        )
        self._alarm("ErrorLinesAlarm", errors.metric(statistic="Sum"))
        return group

    def _alarm(self, construct_id: str, metric: cloudwatch.Metric, *, threshold: float = 1) -> None:
        alarm = metric.create_alarm(
            self,
            construct_id,
            threshold=threshold,
            alarm_description=f"What to do: https://runbooks.bench.test/{construct_id}",
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._shared.alarms))


class CarelessService(Construct):
    """The same kinds of resources, with nothing said about any of them that a production system needs."""

    def __init__(self, scope: Construct, construct_id: str, network: ec2.CfnVPC) -> None:
        super().__init__(scope, construct_id)
        queues = [sqs.Queue(self, name) for name in ("Queue", "Other")]
        table = dynamodb.Table(
            self, "Table", partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        )
        bucket = s3.Bucket(self, "Bucket", public_read_access=False, removal_policy=cdk.RemovalPolicy.DESTROY)
        role = iam.Role(self, "Role", assumed_by=iam.AnyPrincipal())
        role.add_to_policy(iam.PolicyStatement(actions=["*"], resources=["*"]))
        function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_9,
            handler="index.handler",
            code=lambda_.Code.from_inline(CODE),
            environment={"DB_PASSWORD": "hunter2"},
        )
        for queue in queues:
            queue.grant_consume_messages(function)
        table.grant_full_access(function)
        bucket.grant_read_write(function)
        logs.LogGroup(self, "Logs", retention=logs.RetentionDays.INFINITE)
        sns.Topic(self, "Topic")
        ec2.CfnSecurityGroup(
            self,
            "Open",
            group_description="open",
            vpc_id=network.ref,
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(ip_protocol="-1", cidr_ip="0.0.0.0/0", from_port=0, to_port=65535)
            ],
        )
        ec2.CfnVolume(self, "Volume", availability_zone="eu-west-1a", size=10)
        kms.CfnKey(self, "Key")
        function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)
