"""Glue and Athena, for which CDK has L1 constructs only."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from tests.false_alarms.stacks.storage import StorageStack


class AnalyticsStack(cdk.Stack):
    """Owns what asks questions about the data."""

    def __init__(
        self, scope: Construct, construct_id: str, *, env: cdk.Environment | None, storage: StorageStack
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(name="shop"),
        )
        role = iam.Role(
            self,
            "GlueRole",
            assumed_by=iam.ServicePrincipal("glue.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWSGlueServiceRole")],
        )
        storage.bucket.grant_read_write(role)
        glue.CfnCrawler(
            self,
            "Crawler",
            role=role.role_arn,
            database_name=database.ref,
            targets=glue.CfnCrawler.TargetsProperty(
                s3_targets=[glue.CfnCrawler.S3TargetProperty(path=f"s3://{storage.bucket.bucket_name}/orders")]
            ),
        )
        glue.CfnJob(
            self,
            "Job",
            role=role.role_arn,
            glue_version="5.0",
            worker_type="G.1X",
            number_of_workers=2,
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl",
                python_version="3",
                script_location=f"s3://{storage.bucket.bucket_name}/jobs/orders.py",
            ),
        )
        athena.CfnWorkGroup(
            self,
            "Analysts",
            name="analysts",
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{storage.bucket.bucket_name}/results/"
                )
            ),
        )
