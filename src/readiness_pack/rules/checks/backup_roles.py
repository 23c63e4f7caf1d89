"""Whether AWS Backup can do with a role what a selection gives it the role for."""

from __future__ import annotations

from collections.abc import Callable

from readiness_pack.template import Resource
from readiness_pack.template.views import (
    admits_service,
    allows,
    attached_managed_policy_names,
    covers_action,
    holds_for_any,
    named_resource,
    principal_statements,
    trust_statements,
)

# The action without which no backup of that type begins:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html and
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForS3Backup.html
_ACTIONS = {
    "AWS::DocDB::DBCluster": "rds:CreateDBClusterSnapshot",
    "AWS::DynamoDB::GlobalTable": "dynamodb:StartAwsBackupJob",
    "AWS::DynamoDB::Table": "dynamodb:StartAwsBackupJob",
    "AWS::EC2::Instance": "ec2:CreateImage",
    "AWS::EC2::Volume": "ec2:CreateSnapshot",
    "AWS::EFS::FileSystem": "elasticfilesystem:Backup",
    "AWS::FSx::FileSystem": "fsx:CreateBackup",
    "AWS::Neptune::DBCluster": "rds:CreateDBClusterSnapshot",
    "AWS::RDS::DBCluster": "rds:CreateDBClusterSnapshot",
    "AWS::RDS::DBInstance": "rds:CreateDBSnapshot",
    "AWS::Redshift::Cluster": "redshift:CreateClusterSnapshot",
    "AWS::S3::Bucket": "s3:GetObjectVersion",
}
_BROAD = ("AdministratorAccess", "PowerUserAccess")
_FOR_ALL_BUT_S3 = "AWSBackupServiceRolePolicyForBackup"
_FOR_S3 = "AWSBackupServiceRolePolicyForS3Backup"


def role_problem(selection: Resource, resource: Resource) -> str | None:
    """What keeps AWS Backup from backing up ``resource`` with the role of ``selection``; roles of the app only.

    Raises:
        Undecided: what the role may do is not known.
    """
    role = named_resource(selection.assembly, selection.get("BackupSelection.IamRoleArn"))
    if role is None or role.type != "AWS::IAM::Role":
        return None
    if not holds_for_any(
        trust_statements(role),
        lambda one: one.is_allow and admits_service(one, "backup") and covers_action(one, "sts:AssumeRole"),
    ):
        return f"AWS Backup cannot assume its role {role.logical_id}"
    action = _ACTIONS[resource.type]
    policies = (*_BROAD, _FOR_S3 if resource.type == "AWS::S3::Bucket" else _FOR_ALL_BUT_S3)
    names = attached_managed_policy_names(role)
    ways: tuple[Callable[[], bool], ...] = (
        lambda: holds_for_any(names, lambda name: name in policies),
        lambda: allows(principal_statements(role), action),
    )
    if holds_for_any(ways, lambda way: way()):
        return None
    return f"neither {policies[-1]} is attached to its role {role.logical_id} nor may it {action}"
