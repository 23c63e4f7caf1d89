"""Backups of the zones: daily, locked, restored on trial every week, and on-call told when one fails."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from lake.alarms import OnCall

KEPT_DAYS = 35
POLICIES = (
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
)


class Backups(Construct):
    """A vault, a plan for ``buckets``, and the trial restores."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        on_call: OnCall,
        buckets: Mapping[str, s3.IBucket],
    ) -> None:
        super().__init__(scope, construct_id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(name) for name in POLICIES],
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
            "Zones",
            role=role,
            disable_default_backup_policy=True,
            resources=[backup.BackupResource.from_arn(bucket.bucket_arn) for bucket in buckets.values()],
        )
        self._trial_restores(role, buckets)
        on_call.alarm(
            self,
            "Failed",
            cloudwatch.Metric(
                namespace="AWS/Backup",
                metric_name="NumberOfBackupJobsFailed",
                dimensions_map={"ResourceType": "S3"},
                statistic=cloudwatch.Stats.SUM,
                period=Duration.minutes(5),
            ),
            what="A backup of the lake failed.",
        )

    def _trial_restores(self, role: iam.Role, buckets: Mapping[str, s3.IBucket]) -> None:
        plan = backup.CfnRestoreTestingPlan(
            self,
            "TrialRestores",
            restore_testing_plan_name="lake_weekly",
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
            "TrialRestoreOfZones",
            restore_testing_plan_name=plan.ref,
            restore_testing_selection_name="lake_zones",
            iam_role_arn=role.role_arn,
            protected_resource_type="S3",
            protected_resource_arns=[bucket.bucket_arn for bucket in buckets.values()],
        )
