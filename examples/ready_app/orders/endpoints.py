"""Private ways from the VPC to AWS services, each with a policy that says what may pass."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

_SERVICE = ec2.InterfaceVpcEndpointAwsService

# The services that the workloads call, and the calls that they make.
INTERFACE_ENDPOINTS: dict[str, tuple[ec2.InterfaceVpcEndpointAwsService, list[str]]] = {
    "SecretsManager": (_SERVICE.SECRETS_MANAGER, ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]),
    "Kms": (_SERVICE.KMS, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:DescribeKey"]),
    "Logs": (_SERVICE.CLOUDWATCH_LOGS, ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]),
    "Monitoring": (_SERVICE.CLOUDWATCH_MONITORING, ["cloudwatch:PutMetricData"]),
    "Xray": (_SERVICE.XRAY, ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules"]),
    "EcrApi": (_SERVICE.ECR, ["ecr:GetAuthorizationToken"]),
    "EcrDocker": (
        _SERVICE.ECR_DOCKER,
        ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
    ),
    "Sts": (_SERVICE.STS, ["sts:AssumeRole", "sts:GetCallerIdentity"]),
    "Sqs": (_SERVICE.SQS, ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueUrl"]),
    "Sns": (_SERVICE.SNS, ["sns:Publish"]),
    "Ssm": (_SERVICE.SSM, ["ssm:GetParameter", "ssm:GetParameters", "ssm:UpdateInstanceInformation"]),
    "SsmMessages": (
        _SERVICE.SSM_MESSAGES,
        [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
    ),
}


def add_interface_endpoints(vpc: ec2.Vpc) -> None:
    """Endpoints in the private subnets of ``vpc`` for every service that the workloads call."""
    group = ec2.SecurityGroup(
        vpc, "EndpointGroup", vpc=vpc, description="Interface endpoints", allow_all_outbound=False
    )
    group.add_ingress_rule(ec2.Peer.ipv4(vpc.vpc_cidr_block), ec2.Port.tcp(443), "AWS APIs, from inside the VPC")
    for name, (service, actions) in INTERFACE_ENDPOINTS.items():
        endpoint = vpc.add_interface_endpoint(
            name,
            service=service,
            subnets=ec2.SubnetSelection(subnet_group_name="private"),
            security_groups=[group],
            open=False,
        )
        endpoint.add_to_policy(_own_account_only(vpc, actions))


def add_gateway_endpoints(vpc: ec2.Vpc) -> None:
    """S3 from every subnet, for buckets of this account and for the image layers that ECR keeps in S3."""
    endpoint = vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    endpoint.add_to_policy(_own_account_only(vpc, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]))
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    region = Stack.of(vpc).region
    endpoint.add_to_policy(
        iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=["s3:GetObject"],
            resources=[f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*"],
        )
    )


def _own_account_only(vpc: ec2.Vpc, actions: list[str]) -> iam.PolicyStatement:
    account = Stack.of(vpc).account
    return iam.PolicyStatement(
        principals=[iam.AnyPrincipal()],
        actions=actions,
        resources=["*"],
        conditions={"StringEquals": {"aws:PrincipalAccount": account}},
    )
