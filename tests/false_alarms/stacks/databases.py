"""Databases and caches: DynamoDB, RDS, Aurora, DocumentDB, ElastiCache, OpenSearch."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_docdb as docdb
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_opensearchservice as opensearch
from aws_cdk import aws_rds as rds
from constructs import Construct

ID = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
STATUS = dynamodb.Attribute(name="status", type=dynamodb.AttributeType.STRING)


class DatabasesStack(cdk.Stack):
    """Owns what is kept in tables."""

    def __init__(self, scope: Construct, construct_id: str, *, env: cdk.Environment | None, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id, env=env)
        self.table = dynamodb.Table(self, "Table", partition_key=ID, stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES)
        self.table.add_global_secondary_index(index_name="by-status", partition_key=STATUS)
        dynamodb.TableV2(self, "TableV2", partition_key=ID)
        self._provisioned_table()
        self._instance(vpc)
        self._aurora(vpc)
        self._documents(vpc)
        self._cache(vpc)
        opensearch.Domain(
            self,
            "Search",
            version=opensearch.EngineVersion.OPENSEARCH_2_19,
            vpc=vpc,
            vpc_subnets=[ec2.SubnetSelection(one_per_az=True, subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)],
            zone_awareness=opensearch.ZoneAwarenessConfig(availability_zone_count=2),
            capacity=opensearch.CapacityConfig(data_nodes=2),
            enforce_https=True,
            node_to_node_encryption=True,
            encryption_at_rest=opensearch.EncryptionAtRestOptions(enabled=True),
        )

    def _provisioned_table(self) -> None:
        table = dynamodb.Table(
            self, "Provisioned", partition_key=ID, billing_mode=dynamodb.BillingMode.PROVISIONED, read_capacity=5
        )
        for scaling in (
            table.auto_scale_read_capacity(min_capacity=5, max_capacity=50),
            table.auto_scale_write_capacity(min_capacity=5, max_capacity=50),
        ):
            scaling.scale_on_utilization(target_utilization_percent=70)

    def _instance(self, vpc: ec2.IVpc) -> None:
        instance = rds.DatabaseInstance(
            self,
            "Postgres",
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17),
            vpc=vpc,
            storage_encrypted=True,
            multi_az=True,
        )
        instance.add_rotation_single_user()
        proxy = instance.add_proxy("Proxy", secrets=[instance.secret], vpc=vpc) if instance.secret else None
        if proxy is not None:
            proxy.connections.allow_from(ec2.Peer.ipv4(vpc.vpc_cidr_block), ec2.Port.tcp(5432), "Applications")

    def _aurora(self, vpc: ec2.IVpc) -> None:
        cluster = rds.DatabaseCluster(
            self,
            "Aurora",
            engine=rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_8),
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            storage_encrypted=True,
            writer=rds.ClusterInstance.serverless_v2("Writer"),
            readers=[rds.ClusterInstance.serverless_v2("Reader", scale_with_writer=True)],
        )
        cluster.connections.allow_default_port_from(ec2.Peer.ipv4(vpc.vpc_cidr_block), "Applications")

    def _documents(self, vpc: ec2.IVpc) -> None:
        docdb.DatabaseCluster(
            self,
            "Documents",
            master_user=docdb.Login(username="shop"),
            vpc=vpc,
            instances=2,
            instance_type=ec2.InstanceType.of(ec2.InstanceClass.R6G, ec2.InstanceSize.LARGE),
        )

    def _cache(self, vpc: ec2.IVpc) -> None:
        group = ec2.SecurityGroup(self, "CacheGroup", vpc=vpc, description="Cache")
        subnets = elasticache.CfnSubnetGroup(
            self, "CacheSubnets", description="Cache", subnet_ids=vpc.select_subnets(one_per_az=True).subnet_ids
        )
        elasticache.CfnReplicationGroup(
            self,
            "Cache",
            replication_group_description="Sessions",
            engine="valkey",
            cache_node_type="cache.t4g.small",
            num_cache_clusters=2,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            at_rest_encryption_enabled=True,
            transit_encryption_enabled=True,
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[group.security_group_id],
        )
