"""Who watches the careful stacks: alarms on the metrics that the constructs offer, backups by tag, a safe deployment."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from tests.false_alarms.stacks.careful_data import CarefulDataStack
from tests.false_alarms.stacks.careful_work import CarefulWorkStack

RUNBOOK = "See https://runbooks.shop.example/careful"
GIGABYTE = 1024**3


class CarefulWatchStack(cdk.Stack):
    """Owns the alarms and the backups."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        data: CarefulDataStack,
        work: CarefulWorkStack,
    ) -> None:
        super().__init__(scope, construct_id, env=env, termination_protection=True)
        key = kms.Key(self, "Key", alias="shop/watch", enable_key_rotation=True, rotation_period=cdk.Duration.days(365))
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        self._admit_cloudwatch(key)
        self.topic.add_subscription(subscriptions.EmailSubscription("team@shop.example"))
        self._watch_data(data)
        self._watch_work(work)
        self._backups(key)

    def _admit_cloudwatch(self, key: kms.Key) -> None:
        """The policy that enforce_ssl makes takes the place of the one that let this account's services publish."""
        cloudwatch_ = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        own = {"StringEquals": {"aws:SourceAccount": self.account}}
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[cloudwatch_], actions=["sns:Publish"], resources=[self.topic.topic_arn], conditions=own
            )
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[cloudwatch_],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions=own,
            )
        )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        *,
        below: bool = False,
        alarm_name: str | None = None,
    ) -> cloudwatch.Alarm:
        operators = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            alarm_name=alarm_name,
            threshold=threshold,
            evaluation_periods=2,
            alarm_description=RUNBOOK,
            comparison_operator=(
                operators.LESS_THAN_THRESHOLD if below else operators.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            ),
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        return alarm

    def _watch_data(self, data: CarefulDataStack) -> None:
        reads = [dynamodb.Operation.GET_ITEM, dynamodb.Operation.QUERY]
        table, newer = data.tables
        self._alarm("TableThrottles", table.metric_throttled_requests_for_operations(operations=reads), 1)
        self._alarm("TableV2Throttles", newer.metric_throttled_requests_for_operations(operations=reads), 1)
        aurora = data.aurora
        self._alarm("AuroraCpu", aurora.metric_cpu_utilization(), 80)
        self._alarm("AuroraConnections", aurora.metric_database_connections(), 800)
        self._alarm("AuroraStorage", aurora.metric_free_local_storage(), 5 * GIGABYTE, below=True)
        self._alarm("AuroraLag", aurora.metric("AuroraReplicaLag"), 1000)
        self._alarm("StreamLag", data.stream.metric_get_records_iterator_age_milliseconds(), 60_000)

    def _watch_work(self, work: CarefulWorkStack) -> None:
        self._alarm("DeadLetters", work.failed.metric_approximate_number_of_messages_visible(), 1)
        self._alarm("QueueLag", work.queue.metric_approximate_age_of_oldest_message(), 900)
        self._alarm("Workflows", work.machine.metric_failed(), 1)
        self._alarm("ApiErrors", work.stage.metric_server_error(), 5)
        self._alarm("ApiSlow", work.stage.metric_latency(statistic="p95"), 200)
        self._alarm("Unhealthy", work.targets.metrics.un_healthy_host_count(), 1)
        for function in work.functions:
            name = function.node.id
            self._alarm(f"{name}Errors", function.metric_errors(), 1, alarm_name=f"prod-{name}-errors")
            self._alarm(f"{name}Throttles", function.metric_throttles(), 1)
            self._watch_log(name, function.log_group)
        codedeploy.LambdaDeploymentGroup(
            work,
            "Deployment",
            alias=work.alias,
            deployment_config=codedeploy.LambdaDeploymentConfig.LINEAR_10_PERCENT_EVERY_1_MINUTE,
            alarms=[cloudwatch.Alarm.from_alarm_name(work, "FromWatch", "prod-Worker-errors")],
        )

    def _watch_log(self, name: str, group: logs.ILogGroup) -> None:
        found = logs.MetricFilter(
            self,
            f"{name}LoggedErrors",
            log_group=group,
            filter_pattern=logs.FilterPattern.string_value("$.level", "=", "ERROR"),
            metric_namespace="Shop",
            metric_name=f"{name}LoggedErrors",
        )
        self._alarm(f"{name}Logged", found.metric(), 1)

    def _backups(self, key: kms.IKey) -> None:
        vault = backup.BackupVault(
            self,
            "Vault",
            encryption_key=key,
            lock_configuration=backup.LockConfiguration(min_retention=cdk.Duration.days(7)),
        )
        plan = backup.BackupPlan.daily35_day_retention(self, "Plan", vault)
        plan.add_selection("Tagged", resources=[backup.BackupResource.from_tag("backup", "daily")])
        failed = cloudwatch.Metric(
            namespace="AWS/Backup",
            metric_name="NumberOfBackupJobsFailed",
            dimensions_map={"BackupVaultName": vault.backup_vault_name},
            statistic="Sum",
        )
        self._alarm("BackupsFailed", failed, 1)
