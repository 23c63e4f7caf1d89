"""The search index: OpenSearch inside the VPC, over three zones, with fine-grained access control and audit logs."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_opensearchservice as opensearch
from constructs import Construct

from orders import settings
from orders.alarms import OnCall
from orders.logs import log_group
from orders.network_stack import DATA

DOMAIN_NAME = "orders-search"
GIGABYTE_IN_MEGABYTES = 1024


class OrdersSearch(Construct):
    """The domain, its logs and its alarms."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, key: kms.IKey, on_call: OnCall) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        group = ec2.SecurityGroup(self, "Group", vpc=vpc, description="Order search", allow_all_outbound=False)
        administrator = iam.Role(
            self,
            "Administrator",
            description="Manages the indices of the order search",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        self.domain = opensearch.Domain(
            self,
            "Domain",
            domain_name=DOMAIN_NAME,
            version=opensearch.EngineVersion.OPENSEARCH_2_19,
            vpc=vpc,
            vpc_subnets=[DATA],
            security_groups=[group],
            zone_awareness=opensearch.ZoneAwarenessConfig(enabled=True, availability_zone_count=len(settings.ZONES)),
            capacity=opensearch.CapacityConfig(
                data_nodes=3,
                data_node_instance_type="r7g.large.search",
                master_nodes=3,
                master_node_instance_type="m7g.large.search",
                multi_az_with_standby_enabled=False,
            ),
            ebs=opensearch.EbsOptions(volume_size=100, volume_type=ec2.EbsDeviceVolumeType.GP3),
            encryption_at_rest=opensearch.EncryptionAtRestOptions(enabled=True, kms_key=key),
            node_to_node_encryption=True,
            enforce_https=True,
            tls_security_policy=opensearch.TLSSecurityPolicy.TLS_1_2_PFS,
            fine_grained_access_control=opensearch.AdvancedSecurityOptions(master_user_arn=administrator.role_arn),
            logging=self._logging(key),
            suppress_logs_resource_policy=True,
            enable_auto_software_update=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.domain.node.add_dependency(self._let_domain_write_logs())
        self._admit_this_account(stack)
        self._alarms(on_call)

    def _logging(self, key: kms.IKey) -> opensearch.LoggingOptions:
        return opensearch.LoggingOptions(
            app_log_enabled=True,
            app_log_group=log_group(self, "ApplicationLog", key=key),
            audit_log_enabled=True,
            audit_log_group=log_group(self, "AuditLog", key=key),
            slow_index_log_enabled=True,
            slow_index_log_group=log_group(self, "SlowIndexLog", key=key),
            slow_search_log_enabled=True,
            slow_search_log_group=log_group(self, "SlowSearchLog", key=key),
        )

    def _let_domain_write_logs(self) -> logs.CfnResourcePolicy:
        """A declared policy: the one that CDK would make is put in place by a custom resource with wide rights."""
        stack = Stack.of(self)
        statement = iam.PolicyStatement(
            principals=[iam.ServicePrincipal("es.amazonaws.com")],
            actions=["logs:PutLogEvents", "logs:CreateLogStream"],
            resources=[f"arn:aws:logs:{stack.region}:{stack.account}:log-group:*"],
            conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": f"arn:aws:es:{stack.region}:{stack.account}:domain/{DOMAIN_NAME}"},
            },
        )
        return logs.CfnResourcePolicy(
            self,
            "LogPolicy",
            policy_name="orders-search-logs",
            policy_document=stack.to_json_string(iam.PolicyDocument(statements=[statement]).to_json()),
        )

    def _admit_this_account(self, stack: Stack) -> None:
        """Principals of this account may call the domain if IAM lets them; what they see, the domain decides."""
        domain = self.domain.node.default_child
        assert isinstance(domain, opensearch.CfnDomain)
        domain.access_policies = iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    principals=[iam.AccountPrincipal(stack.account)],
                    actions=["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"],
                    resources=[f"arn:aws:es:{stack.region}:{stack.account}:domain/{DOMAIN_NAME}/*"],
                )
            ]
        )

    def _alarms(self, on_call: OnCall) -> None:
        period = Duration.minutes(5)
        on_call.alarm(
            self,
            "Red",
            self.domain.metric_cluster_status_red(period=period),
            what="The search index lost a primary shard.",
        )
        on_call.alarm(
            self,
            "Storage",
            self.domain.metric_free_storage_space(period=period),
            what="The search index is short of storage.",
            threshold=20 * GIGABYTE_IN_MEGABYTES,
            below=True,
            missing_is_bad=True,
        )
        on_call.alarm(
            self,
            "Cpu",
            self.domain.metric_cpu_utilization(period=period),
            what="The search index is short of CPU.",
            threshold=80,
            periods=3,
        )
