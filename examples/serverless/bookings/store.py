"""The bookings: one table with continuous backup, and daily copies that are restored on trial every week."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from bookings.alarms import OnCall

BACKUP_DAYS = 35


class BookingStore(Construct):
    """The table, the vault, the plan that covers the table, and the trial restores."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, on_call: OnCall) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="event", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="seat", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=BACKUP_DAYS
            ),
            time_to_live_attribute="expires",
            deletion_protection=True,
            contributor_insights_specification=dynamodb.ContributorInsightsSpecification(enabled=True),
            removal_policy=RemovalPolicy.RETAIN,
        )
        self._alarms(on_call)
        role = self._backup_role()
        self._plan(self._vault(key), role)
        self._trial_restores(role)

    def _alarms(self, on_call: OnCall) -> None:
        minute = Duration.minutes(1)
        on_call.alarm(
            self,
            "Throttled",
            cloudwatch.MathExpression(
                expression="FILL(reads, 0) + FILL(writes, 0)",
                label="Throttled requests",
                period=minute,
                using_metrics={
                    "reads": self.table.metric("ReadThrottleEvents", period=minute, statistic=cloudwatch.Stats.SUM),
                    "writes": self.table.metric("WriteThrottleEvents", period=minute, statistic=cloudwatch.Stats.SUM),
                },
            ),
            what="DynamoDB turns requests away.",
            periods=3,
        )
        on_call.alarm(
            self,
            "BackupFailed",
            cloudwatch.Metric(
                namespace="AWS/Backup",
                metric_name="NumberOfBackupJobsFailed",
                dimensions_map={"ResourceType": "DynamoDB"},
                statistic=cloudwatch.Stats.SUM,
                period=Duration.minutes(5),
            ),
            what="A backup of the bookings failed.",
        )

    def _backup_role(self) -> iam.Role:
        return iam.Role(
            self,
            "BackupRole",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(f"service-role/AWSBackupServiceRolePolicyFor{what}")
                for what in ("Backup", "Restores")
            ],
        )

    def _vault(self, key: kms.IKey) -> backup.BackupVault:
        return backup.BackupVault(
            self,
            "Vault",
            encryption_key=key,
            lock_configuration=backup.LockConfiguration(
                min_retention=Duration.days(BACKUP_DAYS), max_retention=Duration.days(400)
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _plan(self, vault: backup.BackupVault, role: iam.Role) -> None:
        plan = backup.BackupPlan(
            self,
            "Plan",
            backup_plan_rules=[
                backup.BackupPlanRule(
                    rule_name="Daily",
                    backup_vault=vault,
                    schedule_expression=events.Schedule.cron(hour="1", minute="0"),
                    delete_after=Duration.days(BACKUP_DAYS),
                )
            ],
        )
        plan.add_selection(
            "Bookings",
            role=role,
            disable_default_backup_policy=True,
            resources=[backup.BackupResource.from_dynamo_db_table(self.table)],
        )

    def _trial_restores(self, role: iam.Role) -> None:
        plan = backup.CfnRestoreTestingPlan(
            self,
            "TrialRestores",
            restore_testing_plan_name="bookings_weekly",
            schedule_expression="cron(0 4 ? * SUN *)",
            recovery_point_selection=backup.CfnRestoreTestingPlan.RestoreTestingRecoveryPointSelectionProperty(
                algorithm="LATEST_WITHIN_WINDOW",
                include_vaults=["*"],
                recovery_point_types=["SNAPSHOT"],
                selection_window_days=7,
            ),
        )
        backup.CfnRestoreTestingSelection(
            self,
            "TrialRestoreOfTable",
            restore_testing_plan_name=plan.ref,
            restore_testing_selection_name="bookings_table",
            iam_role_arn=role.role_arn,
            protected_resource_type="DynamoDB",
            protected_resource_arns=[self.table.table_arn],
        )
