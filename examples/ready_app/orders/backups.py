"""Backups of every store: daily, locked, restored on trial every week, and on-call told when one fails."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from constructs import Construct

from orders.alarms import OnCall
from orders.queues import dead_letter_queue


class Backups(Construct):
    """A vault, a plan for ``database`` and ``bucket``, and the trial restores."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        on_call: OnCall,
        database: rds.DatabaseInstance,
        bucket: s3.Bucket,
    ) -> None:
        super().__init__(scope, construct_id)
        role = self._role()
        vault = backup.BackupVault(
            self,
            "Vault",
            encryption_key=key,
            lock_configuration=backup.LockConfiguration(
                min_retention=Duration.days(35), max_retention=Duration.days(400)
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
                    start_window=Duration.hours(1),
                    completion_window=Duration.hours(6),
                    delete_after=Duration.days(35),
                )
            ],
        )
        plan.add_selection(
            "Stores",
            role=role,
            disable_default_backup_policy=True,
            resources=[
                backup.BackupResource.from_rds_database_instance(database),
                backup.BackupResource.from_arn(bucket.bucket_arn),
            ],
        )
        self._tell_of_failures(key, on_call)
        self._trial_restores(role, {"Rds": ("RDS", database.instance_arn), "S3": ("S3", bucket.bucket_arn)})

    def _role(self) -> iam.Role:
        policies = (
            "service-role/AWSBackupServiceRolePolicyForBackup",
            "service-role/AWSBackupServiceRolePolicyForRestores",
            "AWSBackupServiceRolePolicyForS3Backup",
            "AWSBackupServiceRolePolicyForS3Restore",
        )
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(name) for name in policies],
        )

    def _tell_of_failures(self, key: kms.IKey, on_call: OnCall) -> None:
        """Backups, copies and trial restores that did not end well.

        https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
        """
        undelivered = dead_letter_queue(self, "UndeliveredFailures", key=key, on_call=on_call)
        ends = {
            "Backups": (
                ["Backup Job State Change", "Copy Job State Change"],
                {"state": ["FAILED", "EXPIRED", "ABORTED"]},
            ),
            "Restores": (["Restore Job State Change"], {"status": ["FAILED", "ABORTED"]}),
        }
        for name, (detail_type, detail) in ends.items():
            events.Rule(
                self,
                f"Failed{name}",
                description=f"{name} that failed go to on-call",
                event_pattern=events.EventPattern(source=["aws.backup"], detail_type=detail_type, detail=detail),
                targets=[targets.SnsTopic(on_call.topic, dead_letter_queue=undelivered)],
            )

    def _trial_restores(self, role: iam.Role, stores: dict[str, tuple[str, str]]) -> None:
        plan = backup.CfnRestoreTestingPlan(
            self,
            "TrialRestores",
            restore_testing_plan_name="orders_weekly",
            schedule_expression="cron(0 4 ? * SUN *)",
            start_window_hours=1,
            recovery_point_selection=backup.CfnRestoreTestingPlan.RestoreTestingRecoveryPointSelectionProperty(
                algorithm="LATEST_WITHIN_WINDOW",
                include_vaults=["*"],
                recovery_point_types=["SNAPSHOT"],
                selection_window_days=7,
            ),
        )
        for name, (resource_type, arn) in stores.items():
            backup.CfnRestoreTestingSelection(
                self,
                f"TrialRestore{name}",
                restore_testing_plan_name=plan.ref,
                restore_testing_selection_name=f"orders_{name.lower()}",
                iam_role_arn=role.role_arn,
                protected_resource_type=resource_type,
                protected_resource_arns=[arn],
            )
