"""The network: three tiers over three zones, flow logs, and private ways to AWS."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from claims import settings
from claims.keys import customer_key
from claims.logs import log_group

PUBLIC = ec2.SubnetSelection(subnet_group_name="web")
PRIVATE = ec2.SubnetSelection(subnet_group_name="app")
DATA = ec2.SubnetSelection(subnet_group_name="data")

POSTGRES = 5432
CACHE = 6379

_SERVICE = ec2.InterfaceVpcEndpointAwsService

# The services that the tasks call, and the calls that they make.
ENDPOINTS: dict[str, tuple[ec2.InterfaceVpcEndpointAwsService, list[str]]] = {
    "SecretsManager": (_SERVICE.SECRETS_MANAGER, ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]),
    "Kms": (_SERVICE.KMS, ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]),
    "Logs": (_SERVICE.CLOUDWATCH_LOGS, ["logs:CreateLogStream", "logs:PutLogEvents"]),
    "Xray": (_SERVICE.XRAY, ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules"]),
    "EcrApi": (_SERVICE.ECR, ["ecr:GetAuthorizationToken"]),
    "EcrDocker": (
        _SERVICE.ECR_DOCKER,
        ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
    ),
    "Sts": (_SERVICE.STS, ["sts:AssumeRole", "sts:GetCallerIdentity"]),
}


class ClaimsNetworkStack(cdk.Stack):
    """Owns the VPC that the other stacks live in."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        self.vpc = self._vpc()
        self._flow_log()
        self._data_network_acl()
        self._endpoints()
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
            ip_addresses=ec2.IpAddresses.cidr("10.40.0.0/16"),
            max_azs=len(settings.ZONES),
            nat_gateways=len(settings.ZONES),
            restrict_default_security_group=True,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="web", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=24, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name="app", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=20),
                ec2.SubnetConfiguration(name="data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24),
            ],
        )

    def _flow_log(self) -> None:
        key = customer_key(self, "Key", alias="alias/claims-network")
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group(self, "FlowLogs", key=key)),
            traffic_type=ec2.FlowLogTrafficType.ALL,
        )

    def _data_network_acl(self) -> None:
        """Only PostgreSQL and the cache's protocol, and only from inside the VPC, reach the data tier."""
        acl = ec2.NetworkAcl(self, "DataAcl", vpc=self.vpc, subnet_selection=DATA)
        inside = ec2.AclCidr.ipv4(self.vpc.vpc_cidr_block)
        for number, (name, port) in enumerate((("Postgres", POSTGRES), ("Cache", CACHE)), start=1):
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

    def _endpoints(self) -> None:
        group = ec2.SecurityGroup(
            self, "EndpointGroup", vpc=self.vpc, description="Interface endpoints", allow_all_outbound=False
        )
        group.add_ingress_rule(
            ec2.Peer.ipv4(self.vpc.vpc_cidr_block), ec2.Port.tcp(443), "AWS APIs, from inside the VPC"
        )
        for name, (service, actions) in ENDPOINTS.items():
            endpoint = self.vpc.add_interface_endpoint(
                name, service=service, subnets=PRIVATE, security_groups=[group], open=False
            )
            endpoint.add_to_policy(self._own_account_only(actions))
        s3 = self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        # Image layers are in S3: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
        s3.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["s3:GetObject"],
                resources=[f"arn:aws:s3:::prod-{self.region}-starport-layer-bucket/*"],
            )
        )

    def _own_account_only(self, actions: list[str]) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=actions,
            resources=["*"],
            conditions={"StringEquals": {"aws:PrincipalAccount": self.account}},
        )
