"""The order service: Fargate tasks in private subnets behind a public load balancer, deployed blue/green."""

from __future__ import annotations

from aws_cdk import Annotations, Duration, RemovalPolicy, Stack
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from orders.alarms import OnCall
from orders.buckets import access_log_bucket
from orders.data_stack import OrdersDataStack
from orders.ingress import Ingress
from orders.logs import application_log_group
from orders.network_stack import PRIVATE

PORT = 8080
RELEASE = "2026.03.1"
MIN_TASKS = 2
# Ten times the load of today, as the checklist asks for.
MAX_TASKS = 20


def _tracing(region: str) -> dict[str, str]:
    """Where the OpenTelemetry SDK in the image sends its spans: to X-Ray itself, without a collector beside the task.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
    """
    return {
        "OTEL_SERVICE_NAME": "order-service",
        "OTEL_PROPAGATORS": "xray",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"https://xray.{region}.amazonaws.com/v1/traces",
    }


class OrderService(Construct):
    """The service, the repository of its image, and its way in."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        data: OrdersDataStack,
        key: kms.IKey,
        on_call: OnCall,
    ) -> None:
        super().__init__(scope, construct_id)
        group = ec2.SecurityGroup(self, "Group", vpc=vpc, description="Order service tasks", allow_all_outbound=False)
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS APIs and image layers")
        self.access_logs = access_log_bucket(self, "AccessLogs")
        self.ingress = Ingress(
            self, "Ingress", vpc=vpc, tasks=group, port=PORT, access_logs=self.access_logs, on_call=on_call
        )
        self.load_balancer = self.ingress.load_balancer
        self.customers_affected = self.ingress.customers_affected
        self.host_name = self.ingress.host_name
        task = self._task(data, key, on_call)
        self.task_role = task.task_role
        self.service = self._service(vpc, task, group)
        self.ingress.route_to(self.service, container_name="app", port=PORT)
        self._reach_data(data)
        self._scale()
        self._alarms(on_call)

    def _task(self, data: OrdersDataStack, key: kms.IKey, on_call: OnCall) -> ecs.FargateTaskDefinition:
        task = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=512,
            memory_limit_mib=1024,
            runtime_platform=ecs.RuntimePlatform(cpu_architecture=ecs.CpuArchitecture.ARM64),
        )
        task.add_container(
            "app",
            image=ecs.ContainerImage.from_ecr_repository(self._repository(key), tag=RELEASE),
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            user="1000",
            readonly_root_filesystem=True,
            environment={
                "DATABASE_HOST": data.database.instance.instance_endpoint.hostname,
                "DATABASE_USER": "order_service",
                "SEARCH_ENDPOINT": data.search.domain.domain_endpoint,
                "RECEIPTS_BUCKET": data.receipts.bucket_name,
                **_tracing(Stack.of(self).region),
            },
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix="app",
                log_group=application_log_group(self, "Log", key=key, on_call=on_call),
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,
            ),
        )
        task.add_to_task_role_policy(
            iam.PolicyStatement(actions=["xray:PutSpans", "xray:PutSpansForIndexing"], resources=["*"])
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
                alarm_names=[self.ingress.errors_alarm_name], behavior=ecs.AlarmBehavior.ROLLBACK_ON_ALARM
            ),
            health_check_grace_period=Duration.seconds(60),
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
            enable_ecs_managed_tags=True,
        )
        Annotations.of(service).acknowledge_warning(
            "@aws-cdk/aws-ecs:shouldUseCircuitBreaker", "Blue/green deployments roll back on the deployment alarm"
        )
        return service

    def _reach_data(self, data: OrdersDataStack) -> None:
        self.service.connections.allow_to_default_port(data.database.instance, "Orders")
        self.service.connections.allow_to(data.search.domain, ec2.Port.tcp(443), "Order search")
        data.database.instance.grant_connect(self.task_role, "order_service")
        data.search.domain.grant_index_read_write("orders", self.task_role)
        data.receipts.grant_put(self.task_role)
        data.receipts.grant_read(self.task_role)

    def _scale(self) -> None:
        scaling = self.service.auto_scale_task_count(min_capacity=MIN_TASKS, max_capacity=MAX_TASKS)
        scaling.scale_on_cpu_utilization("Cpu", target_utilization_percent=60)
        scaling.scale_on_memory_utilization("Memory", target_utilization_percent=70)
        scaling.scale_on_schedule(
            "BeforeTheMorningPeak",
            schedule=autoscaling.Schedule.cron(hour="5", minute="30"),
            min_capacity=2 * MIN_TASKS,
        )
        scaling.scale_on_schedule(
            "AfterTheEveningPeak",
            schedule=autoscaling.Schedule.cron(hour="22", minute="0"),
            min_capacity=MIN_TASKS,
        )

    def _alarms(self, on_call: OnCall) -> None:
        period = Duration.minutes(1)
        on_call.alarm(
            self,
            "Cpu",
            self.service.metric_cpu_utilization(period=period),
            what="The order service is short of CPU although it scales.",
            threshold=85,
            periods=10,
        )
        on_call.alarm(
            self,
            "Memory",
            self.service.metric_memory_utilization(period=period),
            what="The order service is short of memory although it scales.",
            threshold=85,
            periods=10,
        )
