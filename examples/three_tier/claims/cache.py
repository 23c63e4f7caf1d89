"""Sessions: a Valkey cache in two zones, encrypted, whose clients log on with their IAM role."""

from __future__ import annotations

from aws_cdk import ArnFormat, CfnTag, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from claims import settings
from claims.alarms import OnCall
from claims.logs import log_group
from claims.network_stack import CACHE as PORT
from claims.network_stack import DATA

NAME = "claims-sessions"
USER = "claims-portal"
_Delivery = elasticache.CfnReplicationGroup.LogDeliveryConfigurationRequestProperty
_Destination = elasticache.CfnReplicationGroup.DestinationDetailsProperty
_Logs = elasticache.CfnReplicationGroup.CloudWatchLogsDestinationDetailsProperty


class SessionCache(Construct):
    """The replication group, its only user, its logs and its alarms."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, key: kms.Key, on_call: OnCall) -> None:
        super().__init__(scope, construct_id)
        self.group = ec2.SecurityGroup(self, "Group", vpc=vpc, description="Session cache", allow_all_outbound=False)
        self.connections = ec2.Connections(security_groups=[self.group], default_port=ec2.Port.tcp(PORT))
        subnets = elasticache.CfnSubnetGroup(
            self,
            "Subnets",
            description="Session cache",
            subnet_ids=vpc.select_subnets(subnet_group_name=DATA.subnet_group_name).subnet_ids,
        )
        self.cache = elasticache.CfnReplicationGroup(
            self,
            "Cache",
            replication_group_id=NAME,
            replication_group_description="Sessions of the claims portal",
            engine="valkey",
            engine_version="8.0",
            cache_node_type="cache.m7g.large",
            num_cache_clusters=2,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[self.group.security_group_id],
            port=PORT,
            at_rest_encryption_enabled=True,
            kms_key_id=key.key_arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=[self._users().ref],
            snapshot_retention_limit=35,
            snapshot_window="02:00-03:00",
            auto_minor_version_upgrade=True,
            log_delivery_configurations=[self._deliver(kind, key) for kind in ("slow-log", "engine-log")],
        )
        # Nodes are numbered: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.html
        self.first_node = f"{self.cache.ref}-001"
        self._alarms(on_call)

    def grant_connect(self, role: iam.IRole) -> None:
        """Let ``role`` log on: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html."""
        stack = Stack.of(self)
        arns = [
            stack.format_arn(
                service="elasticache", resource=kind, resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
            )
            for kind, name in (("replicationgroup", NAME), ("user", USER))
        ]
        iam.Grant.add_to_principal(grantee=role, actions=["elasticache:Connect"], resource_arns=arns)

    def _users(self) -> elasticache.CfnUserGroup:
        tags = [CfnTag(key=name, value=value) for name, value in settings.TAGS.items()]
        user = elasticache.CfnUser(
            self,
            "User",
            engine="valkey",
            user_id=USER,
            user_name=USER,
            access_string="on ~session:* -@all +@read +@write +@connection",
            authentication_mode={"Type": "iam"},
            tags=tags,
        )
        return elasticache.CfnUserGroup(
            self, "Users", engine="valkey", user_group_id="claims", user_ids=[user.ref], tags=tags
        )

    def _deliver(
        self, kind: str, key: kms.Key
    ) -> elasticache.CfnReplicationGroup.LogDeliveryConfigurationRequestProperty:
        group = log_group(self, "".join(part.capitalize() for part in kind.split("-")), key=key)
        return _Delivery(
            log_type=kind,
            log_format="json",
            destination_type="cloudwatch-logs",
            destination_details=_Destination(cloud_watch_logs_details=_Logs(log_group=group.log_group_name)),
        )

    def _alarms(self, on_call: OnCall) -> None:
        watched = {
            "Cpu": ("EngineCPUUtilization", "is short of CPU", 80),
            "Memory": ("DatabaseMemoryUsagePercentage", "is short of memory", 80),
            "Evictions": ("Evictions", "throws sessions out", 100),
            "Connections": ("CurrConnections", "is short of connections", 50000),
        }
        for name, (metric_name, trouble, threshold) in watched.items():
            metric = cloudwatch.Metric(
                namespace="AWS/ElastiCache",
                metric_name=metric_name,
                dimensions_map={"CacheClusterId": self.first_node},
                statistic=cloudwatch.Stats.MAXIMUM,
                period=Duration.minutes(5),
            )
            on_call.alarm(self, name, metric, what=f"The cache {trouble}.", threshold=threshold, periods=3)
