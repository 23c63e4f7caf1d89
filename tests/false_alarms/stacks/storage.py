"""Buckets, a file system, a key, secrets, parameters, an image repository, and a backup plan."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_efs as efs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from constructs import Construct


class StorageStack(cdk.Stack):
    """Owns what is kept in files."""

    def __init__(self, scope: Construct, construct_id: str, *, env: cdk.Environment | None, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id, env=env)
        self.bucket = s3.Bucket(self, "Bucket", enforce_ssl=True)
        self._encrypted_bucket()
        s3.Bucket(self, "Scratch", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True)
        self.repository = ecr.Repository(self, "Repository")
        secretsmanager.Secret(self, "PartnerKey", description="The key that a partner gave us")
        ssm.StringParameter(self, "Greeting", string_value="hello")
        files = efs.FileSystem(self, "Files", vpc=vpc)
        plan = backup.BackupPlan.daily35_day_retention(self, "Plan")
        plan.add_selection("Selection", resources=[backup.BackupResource.from_efs_file_system(files)])

    def _encrypted_bucket(self) -> None:
        """Everything that the Bucket construct has a property for and that its documentation recommends."""
        key = kms.Key(self, "Key", alias="shop/documents", enable_key_rotation=True)
        logs = s3.Bucket(self, "AccessLogs", enforce_ssl=True, versioned=True)
        s3.Bucket(
            self,
            "Documents",
            encryption_key=key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=logs,
            lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=cdk.Duration.days(90))],
        )
