"""ECS services by the patterns of CDK, and Batch."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_batch as batch
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from constructs import Construct

from tests.false_alarms.stacks.messaging import MessagingStack
from tests.false_alarms.stacks.storage import StorageStack

CERTIFICATE = "arn:aws:acm:eu-west-1:111111111111:certificate/00000000-0000-4000-8000-000000000000"


class ContainersStack(cdk.Stack):
    """Owns what runs in containers."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment | None,
        vpc: ec2.IVpc,
        storage: StorageStack,
        messaging: MessagingStack,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        cluster = ecs.Cluster(self, "Cluster", vpc=vpc)
        image = ecs.ContainerImage.from_ecr_repository(storage.repository, tag="2026.3.1")
        service = patterns.ApplicationLoadBalancedFargateService(
            self,
            "Web",
            cluster=cluster,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", CERTIFICATE),
            redirect_http=True,
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            min_healthy_percent=100,
            task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(image=image),
        )
        service.service.auto_scale_task_count(min_capacity=2, max_capacity=10).scale_on_cpu_utilization(
            "Cpu", target_utilization_percent=60
        )
        patterns.QueueProcessingFargateService(
            self, "Worker", cluster=cluster, image=image, queue=messaging.plain_queue, min_healthy_percent=100
        )
        patterns.ScheduledFargateTask(
            self,
            "Nightly",
            cluster=cluster,
            schedule=autoscaling.Schedule.cron(hour="3", minute="0"),
            scheduled_fargate_task_image_options=patterns.ScheduledFargateTaskImageOptions(image=image),
        )
        self._batch(vpc, image)

    def _batch(self, vpc: ec2.IVpc, image: ecs.ContainerImage) -> None:
        queue = batch.JobQueue(self, "JobQueue")
        queue.add_compute_environment(batch.FargateComputeEnvironment(self, "Compute", vpc=vpc), 1)
        batch.EcsJobDefinition(
            self,
            "Job",
            container=batch.EcsFargateContainerDefinition(
                self, "JobContainer", image=image, cpu=1, memory=cdk.Size.gibibytes(2)
            ),
        )
