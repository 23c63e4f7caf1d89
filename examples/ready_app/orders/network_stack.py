"""The network: three tiers over three zones, flow logs, private ways to AWS, and the host for maintenance."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from orders import settings
from orders.endpoints import add_gateway_endpoints, add_interface_endpoints
from orders.keys import customer_key
from orders.logs import log_group

PUBLIC = ec2.SubnetSelection(subnet_group_name="public")
PRIVATE = ec2.SubnetSelection(subnet_group_name="private")
DATA = ec2.SubnetSelection(subnet_group_name="data")

POSTGRES = 5432


class OrdersNetworkStack(cdk.Stack):
    """Owns the VPC that the other stacks live in."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        self.key = customer_key(self, "Key", alias="orders/network", description="Flow logs and the maintenance host")
        self.vpc = self._vpc()
        self._flow_log()
        self._data_network_acl()
        add_gateway_endpoints(self.vpc)
        add_interface_endpoints(self.vpc)
        self._maintenance_host()
        cdk.Validations.of(self).acknowledge(
            cdk.Acknowledgment(
                id="CloudFormation-Validate::W3010", reason="The stack is bound to one region and states its zones"
            )
        )

    @property
    def availability_zones(self) -> list[str]:
        """Stated here, so that synthesis asks no AWS account for the zones of the region."""
        return settings.ZONES

    def _vpc(self) -> ec2.Vpc:
        return ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.20.0.0/16"),
            max_azs=len(settings.ZONES),
            nat_gateways=len(settings.ZONES),
            restrict_default_security_group=True,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=24, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name="private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=20),
                ec2.SubnetConfiguration(name="data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24),
            ],
        )

    def _flow_log(self) -> None:
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group(self, "FlowLogs", key=self.key)),
            traffic_type=ec2.FlowLogTrafficType.ALL,
        )

    def _data_network_acl(self) -> None:
        """Only PostgreSQL and HTTPS, and only from inside the VPC, reach the data tier."""
        acl = ec2.NetworkAcl(self, "DataAcl", vpc=self.vpc, subnet_selection=DATA)
        inside = ec2.AclCidr.ipv4(self.vpc.vpc_cidr_block)
        for number, (name, port) in enumerate((("Postgres", POSTGRES), ("Https", 443)), start=1):
            acl.add_entry(
                f"{name}In",
                cidr=inside,
                rule_number=100 * number,
                traffic=ec2.AclTraffic.tcp_port(port),
                direction=ec2.TrafficDirection.INGRESS,
            )
        acl.add_entry(
            "RepliesOut",
            cidr=inside,
            rule_number=100,
            traffic=ec2.AclTraffic.tcp_port_range(1024, 65535),
            direction=ec2.TrafficDirection.EGRESS,
        )

    def _maintenance_host(self) -> None:
        """The host from which the team looks into the VPC: reached by Session Manager, with no public address."""
        group = ec2.SecurityGroup(
            self, "HostGroup", vpc=self.vpc, description="Maintenance host", allow_all_outbound=False
        )
        group.add_egress_rule(ec2.Peer.ipv4(self.vpc.vpc_cidr_block), ec2.Port.tcp(443), "Session Manager, by endpoint")
        host = ec2.Instance(
            self,
            "MaintenanceHost",
            vpc=self.vpc,
            vpc_subnets=PRIVATE,
            associate_public_ip_address=False,
            instance_type=ec2.InstanceType("t4g.micro"),
            machine_image=ec2.MachineImage.latest_amazon_linux2023(cpu_type=ec2.AmazonLinuxCpuType.ARM_64),
            security_group=group,
            http_tokens=ec2.HttpTokens.REQUIRED,
            detailed_monitoring=True,
            disable_api_termination=True,
            ssm_session_permissions=True,
            propagate_tags_to_volume_on_creation=True,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda",
                    volume=ec2.BlockDeviceVolume.ebs(
                        16, encrypted=True, kms_key=self.key, volume_type=ec2.EbsDeviceVolumeType.GP3
                    ),
                )
            ],
        )
        cdk.Tags.of(host).add("role", "maintenance")
