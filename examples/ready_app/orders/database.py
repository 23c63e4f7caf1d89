"""The orders: PostgreSQL in two zones, out of reach of the internet, TLS only, its password rotated by RDS."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

from orders import settings
from orders.alarms import OnCall
from orders.logs import log_group
from orders.network_stack import DATA

INSTANCE_NAME = f"orders-{settings.ENVIRONMENT}"
GIGABYTE = 1024**3


class OrdersDatabase(Construct):
    """The instance and its alarms."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, key: kms.IKey, on_call: OnCall) -> None:
        super().__init__(scope, construct_id)
        engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_9)
        group = ec2.SecurityGroup(self, "Group", vpc=vpc, description="Orders database", allow_all_outbound=False)
        # RDS would create these groups itself: without a key, and never expiring.
        logs = [
            log_group(self, f"{name.capitalize()}Log", key=key, name=f"/aws/rds/instance/{INSTANCE_NAME}/{name}")
            for name in ("postgresql", "upgrade")
        ]
        self.instance = rds.DatabaseInstance(
            self,
            "Instance",
            instance_identifier=INSTANCE_NAME,
            engine=engine,
            instance_type=ec2.InstanceType("m7g.large"),
            vpc=vpc,
            vpc_subnets=DATA,
            publicly_accessible=False,
            security_groups=[group],
            multi_az=True,
            storage_type=rds.StorageType.GP3,
            allocated_storage=100,
            max_allocated_storage=1000,
            storage_encrypted=True,
            storage_encryption_key=key,
            credentials=rds.Credentials.from_username("orders", encryption_key=key),
            manage_master_user_password=True,
            iam_authentication=True,
            parameter_group=rds.ParameterGroup(
                self, "Parameters", engine=engine, parameters={"rds.force_ssl": "1", "log_statement": "ddl"}
            ),
            backup_retention=Duration.days(35),
            copy_tags_to_snapshot=True,
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
            auto_minor_version_upgrade=True,
            cloudwatch_logs_exports=["postgresql", "upgrade"],
            monitoring_interval=Duration.seconds(60),
            enable_performance_insights=True,
            performance_insight_encryption_key=key,
            performance_insight_retention=rds.PerformanceInsightRetention.MONTHS_15,
            database_insights_mode=rds.DatabaseInsightsMode.ADVANCED,
        )
        self.instance.node.add_dependency(*logs)
        self._alarms(on_call)

    def _alarms(self, on_call: OnCall) -> None:
        period = Duration.minutes(5)
        on_call.alarm(
            self,
            "Cpu",
            self.instance.metric_cpu_utilization(period=period),
            what="The database is short of CPU.",
            threshold=80,
            periods=3,
        )
        on_call.alarm(
            self,
            "Storage",
            self.instance.metric_free_storage_space(period=period, statistic="Minimum"),
            what="The database is short of storage.",
            threshold=10 * GIGABYTE,
            below=True,
            missing_is_bad=True,
        )
        on_call.alarm(
            self,
            "Connections",
            self.instance.metric_database_connections(period=period, statistic="Maximum"),
            what="The database is short of connections.",
            threshold=700,
            periods=3,
        )
        on_call.alarm(
            self,
            "Memory",
            self.instance.metric_freeable_memory(period=period, statistic=cloudwatch.Stats.MINIMUM),
            what="The database is short of memory.",
            threshold=GIGABYTE // 2,
            periods=3,
            below=True,
        )
