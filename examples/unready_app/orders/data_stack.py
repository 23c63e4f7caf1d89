"""What the system keeps: orders in PostgreSQL, a search index, receipts in S3, and the key they share."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_opensearchservice as opensearch
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from constructs import Construct


class OrdersDataStack(cdk.Stack):
    """Owns the data stores."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(self, "Key")
        # "So that every team can use it": so can everybody else.
        self.key.add_to_resource_policy(
            iam.PolicyStatement(principals=[iam.AnyPrincipal()], actions=["kms:Decrypt"], resources=["*"])
        )
        self.database = rds.DatabaseInstance(
            self,
            "Database",
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16),
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            publicly_accessible=True,
        )
        self.search = opensearch.Domain(self, "Search", version=opensearch.EngineVersion.OPENSEARCH_2_19)
        self.receipts = s3.Bucket(
            self, "Receipts", encryption=s3.BucketEncryption.KMS, encryption_key=self.key, versioned=True
        )
