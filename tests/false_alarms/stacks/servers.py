"""EC2: an Auto Scaling group behind load balancers, an instance, a volume; EKS."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from tests.false_alarms.stacks.containers import CERTIFICATE


class ServersStack(cdk.Stack):
    """Owns what runs on virtual machines."""

    def __init__(self, scope: Construct, construct_id: str, *, env: cdk.Environment | None, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id, env=env)
        group = autoscaling.AutoScalingGroup(
            self,
            "Group",
            vpc=vpc,
            instance_type=ec2.InstanceType("t4g.small"),
            machine_image=ec2.MachineImage.latest_amazon_linux2023(cpu_type=ec2.AmazonLinuxCpuType.ARM_64),
            min_capacity=2,
            max_capacity=6,
            require_imdsv2=True,
            health_checks=autoscaling.HealthChecks.with_additional_checks(
                additional_types=[autoscaling.AdditionalHealthCheckType.ELB], grace_period=cdk.Duration.minutes(5)
            ),
        )
        self._application_load_balancer(vpc, group)
        group.scale_on_cpu_utilization("Cpu", target_utilization_percent=60)
        self._network_load_balancer(vpc, group)
        reporting = ec2.SecurityGroup(self, "Reporting", vpc=vpc, description="Reporting server")
        reporting.add_ingress_rule(ec2.Peer.ipv4(vpc.vpc_cidr_block), ec2.Port.tcp(443), "HTTPS from the VPC")
        ec2.Instance(
            self,
            "Instance",
            vpc=vpc,
            security_group=reporting,
            instance_type=ec2.InstanceType("t4g.small"),
            machine_image=ec2.MachineImage.latest_amazon_linux2023(cpu_type=ec2.AmazonLinuxCpuType.ARM_64),
            require_imdsv2=True,
        )

        eks.Cluster(self, "Cluster", vpc=vpc, version=eks.KubernetesVersion.V1_35)

    def _application_load_balancer(self, vpc: ec2.IVpc, group: autoscaling.AutoScalingGroup) -> None:
        balancer = elbv2.ApplicationLoadBalancer(self, "Alb", vpc=vpc, internet_facing=True)
        balancer.add_redirect()
        listener = balancer.add_listener(
            "Https",
            port=443,
            certificates=[acm.Certificate.from_certificate_arn(self, "Certificate", CERTIFICATE)],
        )
        listener.add_targets("Servers", port=80, targets=[group])

    def _network_load_balancer(self, vpc: ec2.IVpc, group: autoscaling.AutoScalingGroup) -> None:
        balancer = elbv2.NetworkLoadBalancer(self, "Nlb", vpc=vpc)
        balancer.add_listener("Tcp", port=5000).add_targets("Servers", port=5000, targets=[group])
