"""Data stores with every property set that the documentation of their constructs recommends for production.

What `expected/` says of this stack and its companions deserves a second look.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from constructs import Construct

from tests.false_alarms.stacks.databases import ID

RETAIN = cdk.RemovalPolicy.RETAIN
ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


def careful_key(stack: cdk.Stack, *, alias: str) -> kms.Key:
    """A key that rotates, and that CloudWatch Logs may use for the log groups of this account."""
    key = kms.Key(stack, "Key", alias=alias, enable_key_rotation=True, rotation_period=cdk.Duration.days(365))
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            resources=["*"],
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": stack.format_arn(
                        service="logs",
                        resource="log-group",
                        resource_name="*",
                        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
                    )
                }
            },
        )
    )
    return key


def careful_log_bucket(stack: cdk.Stack) -> s3.Bucket:
    """Where S3 and load balancers write access logs, which they do not with a customer key."""
    return s3.Bucket(
        stack,
        "AccessLogs",
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=cdk.Duration.days(400),
                noncurrent_version_expiration=cdk.Duration.days(30),
                abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
            )
        ],
    )


class CarefulDataStack(cdk.Stack):
    """Owns a store of each kind."""

    def __init__(self, scope: Construct, construct_id: str, *, env: cdk.Environment) -> None:
        super().__init__(scope, construct_id, env=env, termination_protection=True)
        self.key = careful_key(self, alias="shop/data")
        self.vpc = self._vpc()
        self.tables = self._tables()
        self.aurora = self._aurora(self.vpc)
        self._files(self.vpc)
        self.stream = self._streams()
        cdk.Tags.of(self).add("backup", "daily")
        ecr.Repository(
            self,
            "Repository",
            encryption=ecr.RepositoryEncryption.KMS,
            encryption_key=self.key,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[ecr.LifecycleRule(max_image_count=50)],
        )

    @property
    def availability_zones(self) -> list[str]:
        """Stated, so that synthesis asks no account for them."""
        return ["eu-west-1a", "eu-west-1b", "eu-west-1c"]

    def _vpc(self) -> ec2.Vpc:
        vpc = ec2.Vpc(
            self,
            "Vpc",
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name="private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
                ec2.SubnetConfiguration(name="isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            ],
        )
        group = logs.LogGroup(self, "FlowLogs", encryption_key=self.key, retention=logs.RetentionDays.ONE_YEAR)
        self._endpoints(vpc)
        vpc.add_flow_log("FlowLog", destination=ec2.FlowLogDestination.to_cloud_watch_logs(group))
        return vpc

    def _endpoints(self, vpc: ec2.Vpc) -> None:
        """Private ways to the services that the servers use, for principals of this account."""
        endpoints: list[ec2.GatewayVpcEndpoint | ec2.InterfaceVpcEndpoint] = [
            vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3),
            vpc.add_gateway_endpoint("DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            vpc.add_interface_endpoint("Ssm", service=ec2.InterfaceVpcEndpointAwsService.SSM),
            vpc.add_interface_endpoint("SsmMessages", service=ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES),
        ]
        for endpoint, actions in zip(endpoints, ("s3:*", "dynamodb:*", "ssm:*", "ssmmessages:*"), strict=True):
            endpoint.add_to_policy(
                iam.PolicyStatement(
                    principals=[iam.AnyPrincipal()],
                    actions=[actions],
                    resources=["*"],
                    conditions={"StringEquals": {"aws:PrincipalAccount": self.account}},
                )
            )

    def _tables(self) -> tuple[dynamodb.Table, dynamodb.TableV2]:
        recovery = dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)
        table = dynamodb.Table(
            self,
            "Table",
            partition_key=ID,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.key,
            point_in_time_recovery_specification=recovery,
            deletion_protection=True,
            removal_policy=RETAIN,
        )
        newer = dynamodb.TableV2(
            self,
            "TableV2",
            partition_key=ID,
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(self.key),
            point_in_time_recovery_specification=recovery,
            deletion_protection=True,
            removal_policy=RETAIN,
        )

        return table, newer

    def _aurora(self, vpc: ec2.IVpc) -> rds.DatabaseCluster:
        engine = rds.DatabaseClusterEngine.aurora_mysql(version=rds.AuroraMysqlEngineVersion.VER_3_08_0)
        size = ec2.InstanceType("r7g.large")
        cluster = rds.DatabaseCluster(
            self,
            "Aurora",
            engine=engine,
            vpc=vpc,
            vpc_subnets=ISOLATED,
            writer=rds.ClusterInstance.provisioned(
                "Writer", instance_type=size, publicly_accessible=False, enable_performance_insights=True
            ),
            readers=[
                rds.ClusterInstance.provisioned(
                    "Reader", instance_type=size, publicly_accessible=False, enable_performance_insights=True
                )
            ],
            storage_encrypted=True,
            storage_encryption_key=self.key,
            credentials=rds.Credentials.from_generated_secret("shop", encryption_key=self.key),
            parameter_group=rds.ParameterGroup(
                self,
                "Parameters",
                engine=engine,
                parameters={
                    "require_secure_transport": "ON",
                    "server_audit_logging": "1",
                    "server_audit_events": "CONNECT,QUERY_DCL,QUERY_DDL",
                    "slow_query_log": "1",
                },
            ),
            backup=rds.BackupProps(retention=cdk.Duration.days(35)),
            cloudwatch_logs_exports=["audit", "error", "slowquery"],
            monitoring_interval=cdk.Duration.seconds(60),
            performance_insight_encryption_key=self.key,
            iam_authentication=True,
            copy_tags_to_snapshot=True,
            deletion_protection=True,
            removal_policy=RETAIN,
        )
        cluster.add_rotation_single_user()
        return cluster

    def _files(self, vpc: ec2.IVpc) -> None:
        efs.FileSystem(
            self,
            "Files",
            vpc=vpc,
            kms_key=self.key,
            encrypted=True,
            enable_automatic_backups=True,
            lifecycle_policy=efs.LifecyclePolicy.AFTER_30_DAYS,
            file_system_policy=iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(
                        effect=iam.Effect.DENY,
                        principals=[iam.AnyPrincipal()],
                        actions=["*"],
                        conditions={"Bool": {"aws:SecureTransport": "false"}},
                    )
                ]
            ),
            removal_policy=RETAIN,
        )

    def _streams(self) -> kinesis.Stream:
        stream = kinesis.Stream(
            self,
            "Stream",
            stream_mode=kinesis.StreamMode.ON_DEMAND,
            encryption=kinesis.StreamEncryption.KMS,
            encryption_key=self.key,
            retention_period=cdk.Duration.days(7),
        )
        access_logs = careful_log_bucket(self)
        archive = s3.Bucket(
            self,
            "Archive",
            server_access_logs_bucket=access_logs,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                    noncurrent_version_expiration=cdk.Duration.days(90),
                )
            ],
            removal_policy=RETAIN,
        )
        firehose.DeliveryStream(
            self,
            "Delivery",
            source=firehose.KinesisStreamSource(stream),
            destination=firehose.S3Bucket(
                archive,
                encryption_key=self.key,
                logging_config=firehose.EnableLogging(
                    logs.LogGroup(self, "DeliveryLogs", encryption_key=self.key, retention=logs.RetentionDays.ONE_YEAR)
                ),
            ),
        )
        return stream
