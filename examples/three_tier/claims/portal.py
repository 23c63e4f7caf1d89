"""The portal: Fargate tasks in private subnets, each with a collector of traces, that scale by themselves."""

from __future__ import annotations

from aws_cdk import Annotations, Duration, RemovalPolicy
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from claims.alarms import OnCall
from claims.data_stack import ClaimsDataStack
from claims.database import PORTAL_USER
from claims.ingress import Ingress
from claims.logs import application_log_group
from claims.network_stack import PRIVATE

PORT = 8080
RELEASE = "2026.03.1"
COLLECTOR = "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3"
MIN_TASKS = 2
MAX_TASKS = 20


class Portal(Construct):
    """The service, the repository of its image, and its way in."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        data: ClaimsDataStack,
        key: kms.Key,
        access_logs: s3.IBucket,
        on_call: OnCall,
    ) -> None:
        super().__init__(scope, construct_id)
        self.ingress = Ingress(self, "Ingress", vpc=vpc, port=PORT, access_logs=access_logs, on_call=on_call)
        group = ec2.SecurityGroup(self, "Group", vpc=vpc, description="Portal tasks", allow_all_outbound=False)
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS APIs and image layers")
        task = self._task(data, key, on_call)
        self.service = self._service(vpc, task, group)
        self.ingress.route_to(self.service, container_name="portal", port=PORT)
        self.service.connections.allow_from(self.ingress.group, ec2.Port.tcp(PORT), "From the load balancer")
        self.service.connections.allow_to_default_port(data.database.cluster, "Claims")
        self.service.connections.allow_to_default_port(data.sessions.connections, "Sessions")
        data.database.cluster.grant_connect(task.task_role, PORTAL_USER)
        data.sessions.grant_connect(task.task_role)
        self._scale()
        self._alarms(on_call)

    def _task(self, data: ClaimsDataStack, key: kms.Key, on_call: OnCall) -> ecs.FargateTaskDefinition:
        task = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=1024,
            memory_limit_mib=2048,
            runtime_platform=ecs.RuntimePlatform(cpu_architecture=ecs.CpuArchitecture.ARM64),
        )
        task.add_container(
            "portal",
            image=ecs.ContainerImage.from_ecr_repository(self._repository(key), tag=RELEASE),
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            user="1000",
            readonly_root_filesystem=True,
            environment={
                "DATABASE_USER": PORTAL_USER,
                "DATABASE_HOST": data.database.cluster.cluster_endpoint.hostname,
                "DATABASE_READ_HOST": data.database.cluster.cluster_read_endpoint.hostname,
                "SESSIONS_HOST": data.sessions.cache.attr_primary_end_point_address,
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318",
            },
            logging=_ship(application_log_group(self, "Log", key=key, on_call=on_call), "portal"),
        )
        task.add_container(
            "collector",
            image=ecs.ContainerImage.from_registry(COLLECTOR),
            essential=False,
            user="4317",
            readonly_root_filesystem=True,
            cpu=64,
            memory_limit_mib=256,
            logging=_ship(application_log_group(self, "CollectorLog", key=key, on_call=on_call), "collector"),
        )
        task.add_to_task_role_policy(
            iam.PolicyStatement(
                sid="SendTraces",
                actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules"],
                resources=["*"],
            )
        )
        return task

    def _repository(self, key: kms.IKey) -> ecr.Repository:
        return ecr.Repository(
            self,
            "Repository",
            encryption=ecr.RepositoryEncryption.KMS,
            encryption_key=key,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[ecr.LifecycleRule(max_image_count=50, description="The last fifty releases")],
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _service(self, vpc: ec2.IVpc, task: ecs.FargateTaskDefinition, group: ec2.SecurityGroup) -> ecs.FargateService:
        """Blue/green with a rollback on alarm; ECS's circuit breaker is for rolling updates only.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-ecs-service-deploymentcircuitbreaker.html
        """
        cluster = ecs.Cluster(self, "Cluster", vpc=vpc, container_insights_v2=ecs.ContainerInsights.ENHANCED)
        service = ecs.FargateService(
            self,
            "Service",
            cluster=cluster,
            task_definition=task,
            vpc_subnets=PRIVATE,
            security_groups=[group],
            assign_public_ip=False,
            desired_count=MIN_TASKS,
            min_healthy_percent=100,
            max_healthy_percent=200,
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
            deployment_strategy=ecs.DeploymentStrategy.BLUE_GREEN,
            bake_time=Duration.minutes(15),
            deployment_alarms=ecs.DeploymentAlarmConfig(
                alarm_names=[self.ingress.errors.alarm_name], behavior=ecs.AlarmBehavior.ROLLBACK_ON_ALARM
            ),
            health_check_grace_period=Duration.seconds(60),
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
            enable_ecs_managed_tags=True,
        )
        Annotations.of(service).acknowledge_warning(
            "@aws-cdk/aws-ecs:shouldUseCircuitBreaker", "Blue/green deployments roll back on the deployment alarm"
        )
        return service

    def _scale(self) -> None:
        scaling = self.service.auto_scale_task_count(min_capacity=MIN_TASKS, max_capacity=MAX_TASKS)
        scaling.scale_on_cpu_utilization("Cpu", target_utilization_percent=60)
        scaling.scale_on_memory_utilization("Memory", target_utilization_percent=70)
        scaling.scale_on_schedule(
            "BeforeTheOfficesOpen",
            schedule=autoscaling.Schedule.cron(hour="6", minute="30"),
            min_capacity=2 * MIN_TASKS,
        )
        scaling.scale_on_schedule(
            "AfterTheOfficesClose",
            schedule=autoscaling.Schedule.cron(hour="20", minute="0"),
            min_capacity=MIN_TASKS,
        )

    def _alarms(self, on_call: OnCall) -> None:
        period = Duration.minutes(1)
        on_call.alarm(
            self,
            "Cpu",
            self.service.metric_cpu_utilization(period=period),
            what="The portal is short of CPU although it scales.",
            threshold=85,
            periods=10,
        )
        on_call.alarm(
            self,
            "Memory",
            self.service.metric_memory_utilization(period=period),
            what="The portal is short of memory although it scales.",
            threshold=85,
            periods=10,
        )


def _ship(group: logs.ILogGroup, prefix: str) -> ecs.LogDriver:
    return ecs.LogDrivers.aws_logs(stream_prefix=prefix, log_group=group, mode=ecs.AwsLogDriverMode.NON_BLOCKING)
