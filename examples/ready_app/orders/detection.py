"""GuardDuty, Security Hub, Macie, AWS Config and Access Analyzer, and the way from a finding to on-call."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_accessanalyzer as accessanalyzer
from aws_cdk import aws_config as config
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_guardduty as guardduty
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_macie as macie
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_securityhub as securityhub
from constructs import Construct

from orders.alarms import OnCall
from orders.buckets import private_bucket
from orders.queues import dead_letter_queue


class Detection(Construct):
    """Everything that looks for trouble in the account."""

    def __init__(
        self, scope: Construct, construct_id: str, *, key: kms.IKey, on_call: OnCall, access_logs: s3.IBucket
    ) -> None:
        super().__init__(scope, construct_id)
        guardduty.CfnDetector(self, "GuardDuty", enable=True, finding_publishing_frequency="FIFTEEN_MINUTES")
        securityhub.CfnHub(self, "SecurityHub", enable_default_standards=True)
        accessanalyzer.CfnAnalyzer(self, "ExternalAccess", type="ACCOUNT")
        accessanalyzer.CfnAnalyzer(
            self,
            "UnusedAccess",
            type="ACCOUNT_UNUSED_ACCESS",
            analyzer_configuration=accessanalyzer.CfnAnalyzer.AnalyzerConfigurationProperty(
                unused_access_configuration=accessanalyzer.CfnAnalyzer.UnusedAccessConfigurationProperty(
                    unused_access_age=90
                )
            ),
        )
        macie.CfnSession(self, "Macie", status="ENABLED", finding_publishing_frequency="FIFTEEN_MINUTES")
        self._recorder(key, access_logs)
        self._route_findings(on_call, key)

    def _recorder(self, key: kms.IKey, access_logs: s3.IBucket) -> None:
        """The history of every resource. AWS Config writes to no bucket whose objects are locked by default.

        https://docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html
        """
        bucket = private_bucket(
            self, "History", key=key, access_logs=access_logs, expiration=Duration.days(7 * 365), content="logs"
        )
        role = iam.Role(
            self,
            "RecorderRole",
            assumed_by=iam.ServicePrincipal(
                "config.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWS_ConfigRole")],
        )
        bucket.grant_put(role, f"AWSLogs/{Aws.ACCOUNT_ID}/*")
        bucket.grant_read(role)
        key.grant_encrypt_decrypt(role)
        recorder = config.CfnConfigurationRecorder(
            self,
            "Recorder",
            role_arn=role.role_arn,
            recording_group=config.CfnConfigurationRecorder.RecordingGroupProperty(
                all_supported=True, include_global_resource_types=True
            ),
        )
        channel = config.CfnDeliveryChannel(
            self, "Channel", s3_bucket_name=bucket.bucket_name, s3_kms_key_arn=key.key_arn
        )
        channel.node.add_dependency(recorder)

    def _route_findings(self, on_call: OnCall, key: kms.IKey) -> None:
        undelivered = dead_letter_queue(self, "UndeliveredFindings", key=key, on_call=on_call)
        events.Rule(
            self,
            "Findings",
            description="Serious findings go to on-call",
            event_pattern=events.EventPattern(
                source=["aws.securityhub", "aws.guardduty"],
                detail_type=["Security Hub Findings - Imported", "GuardDuty Finding"],
            ),
            targets=[targets.SnsTopic(on_call.topic, dead_letter_queue=undelivered)],
        )
