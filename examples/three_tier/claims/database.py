"""The claims: Aurora PostgreSQL with a reader in another zone, TLS only, its password rotated every month."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from claims.alarms import OnCall
from claims.logs import log_group
from claims.network_stack import DATA, PRIVATE

CLUSTER_NAME = "claims"
ADMINISTRATOR = "claims_admin"
# The portal logs on with its role: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
PORTAL_USER = "claims_portal"
GIGABYTE = 1024**3
SIZE = ec2.InstanceType("r7g.large")


class ClaimsDatabase(Construct):
    """The cluster, the rotation of its password, and its alarms."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, key: kms.Key, on_call: OnCall) -> None:
        super().__init__(scope, construct_id)
        engine = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_9)
        group = ec2.SecurityGroup(self, "Group", vpc=vpc, description="Claims database", allow_all_outbound=False)
        # RDS would create the group itself: without a key, and never expiring.
        log = log_group(self, "Log", key=key, name=f"/aws/rds/cluster/{CLUSTER_NAME}/postgresql")
        secret = rds.DatabaseSecret(self, "Secret", username=ADMINISTRATOR, encryption_key=key)
        secret.apply_removal_policy(RemovalPolicy.RETAIN)
        self.cluster = rds.DatabaseCluster(
            self,
            "Cluster",
            cluster_identifier=CLUSTER_NAME,
            engine=engine,
            writer=self._member("Writer", key),
            readers=[self._member("Reader", key, promotion_tier=1)],
            vpc=vpc,
            vpc_subnets=DATA,
            security_groups=[group],
            credentials=rds.Credentials.from_secret(secret),
            iam_authentication=True,
            storage_encrypted=True,
            storage_encryption_key=key,
            parameter_group=rds.ParameterGroup(
                self, "Parameters", engine=engine, parameters={"rds.force_ssl": "1", "log_statement": "ddl"}
            ),
            backup=rds.BackupProps(retention=Duration.days(35)),
            copy_tags_to_snapshot=True,
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
            cloudwatch_logs_exports=["postgresql"],
            monitoring_interval=Duration.seconds(60),
            enable_cluster_level_enhanced_monitoring=True,
            database_insights_mode=rds.DatabaseInsightsMode.ADVANCED,
            enable_performance_insights=True,
            performance_insight_encryption_key=key,
            performance_insight_retention=rds.PerformanceInsightRetention.MONTHS_15,
        )
        self.cluster.node.add_dependency(log)
        self._rotate(vpc)
        self._alarms(on_call)

    def _member(self, name: str, key: kms.Key, *, promotion_tier: int = 0) -> rds.IClusterInstance:
        return rds.ClusterInstance.provisioned(
            name,
            instance_type=SIZE,
            publicly_accessible=False,
            auto_minor_version_upgrade=True,
            enable_performance_insights=True,
            performance_insight_encryption_key=key,
            performance_insight_retention=rds.PerformanceInsightRetention.MONTHS_15,
            promotion_tier=promotion_tier,
        )

    def _rotate(self, vpc: ec2.IVpc) -> None:
        secret = self.cluster.secret
        assert secret is not None
        group = ec2.SecurityGroup(self, "RotationGroup", vpc=vpc, description="Rotation", allow_all_outbound=False)
        group.add_egress_rule(ec2.Peer.ipv4(vpc.vpc_cidr_block), ec2.Port.tcp(443), "Secrets Manager, by endpoint")
        self.cluster.connections.allow_default_port_from(group, "Rotation of the password")
        secret.add_rotation_schedule(
            "Rotation",
            automatically_after=Duration.days(30),
            hosted_rotation=secretsmanager.HostedRotation.postgre_sql_single_user(
                vpc=vpc, vpc_subnets=PRIVATE, security_groups=[group]
            ),
        )

    def _alarms(self, on_call: OnCall) -> None:
        period = Duration.minutes(5)
        watched: list[tuple[str, cloudwatch.IMetric, str, float, bool]] = [
            ("Cpu", self.cluster.metric_cpu_utilization(period=period), "is short of CPU", 80, False),
            (
                "Memory",
                self.cluster.metric_freeable_memory(period=period, statistic="Minimum"),
                "is short of memory",
                GIGABYTE,
                True,
            ),
            (
                "LocalStorage",
                self.cluster.metric_free_local_storage(period=period, statistic="Minimum"),
                "is short of local storage",
                10 * GIGABYTE,
                True,
            ),
            (
                "Connections",
                self.cluster.metric_database_connections(period=period, statistic="Maximum"),
                "is short of connections",
                1500,
                False,
            ),
            (
                "ReplicaLag",
                self.cluster.metric("AuroraReplicaLagMaximum", period=period, statistic="Maximum"),
                "has a reader that lags two seconds behind",
                2000,
                False,
            ),
        ]
        alarms = [
            on_call.alarm(
                self,
                name,
                metric,
                what=f"The database {trouble}.",
                threshold=threshold,
                periods=3,
                below=below,
                page=False,
            )
            for name, metric, trouble, threshold, below in watched
        ]
        on_call.any_of(self, "Unwell", alarms, what="The database is short of something.")
