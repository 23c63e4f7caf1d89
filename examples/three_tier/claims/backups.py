"""Backups of the database: daily, locked, restored on trial every week, and on-call told when one fails."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

from claims.alarms import OnCall

KEPT_DAYS = 35


class Backups(Construct):
    """A vault, a plan for ``cluster``, and the trial restores."""

    def __init__(
        self, scope: Construct, construct_id: str, *, key: kms.IKey, on_call: OnCall, cluster: rds.DatabaseCluster
    ) -> None:
        super().__init__(scope, construct_id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(f"service-role/AWSBackupServiceRolePolicyFor{what}")
                for what in ("Backup", "Restores")
            ],
        )
        vault = backup.BackupVault(
            self,
            "Vault",
            encryption_key=key,
            lock_configuration=backup.LockConfiguration(
                min_retention=Duration.days(KEPT_DAYS), max_retention=Duration.days(400)
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        plan = backup.BackupPlan(
            self,
            "Plan",
            backup_plan_rules=[
                backup.BackupPlanRule(
                    rule_name="Daily",
                    backup_vault=vault,
                    schedule_expression=events.Schedule.cron(hour="1", minute="0"),
                    delete_after=Duration.days(KEPT_DAYS),
                )
            ],
        )
        plan.add_selection(
            "Database",
            role=role,
            disable_default_backup_policy=True,
            resources=[backup.BackupResource.from_rds_database_cluster(cluster)],
        )
        self._trial_restores(role, cluster)
        on_call.alarm(
            self,
            "Failed",
            cloudwatch.Metric(
                namespace="AWS/Backup",
                metric_name="NumberOfBackupJobsFailed",
                dimensions_map={"ResourceType": "Aurora"},
                statistic=cloudwatch.Stats.SUM,
                period=Duration.minutes(5),
            ),
            what="A backup of the claims failed.",
        )

    def _trial_restores(self, role: iam.Role, cluster: rds.DatabaseCluster) -> None:
        plan = backup.CfnRestoreTestingPlan(
            self,
            "TrialRestores",
            restore_testing_plan_name="claims_weekly",
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
            "TrialRestoreOfDatabase",
            restore_testing_plan_name=plan.ref,
            restore_testing_selection_name="claims_database",
            iam_role_arn=role.role_arn,
            protected_resource_type="Aurora",
            protected_resource_arns=[cluster.cluster_arn],
        )
