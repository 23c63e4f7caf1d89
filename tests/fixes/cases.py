"""A resource of every type of every fix that fails the rule as it is, as little else as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from readiness_pack import Assembly, evaluate
from readiness_pack.integrations.fixes import FIXES
from readiness_pack.rules import built_in

SUBJECT = "Subject"
OPTIONS = {"log_retention_days": 365, "database_backup_days": 7, "alarm_topic": {"Ref": "Ops"}, "log_bucket": "logs"}

_ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}}
_FUNCTION = {
    "Code": {"ZipFile": "x"},
    "Handler": "index.handler",
    "Runtime": "python3.13",
    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
}
_TAGS = [{"Key": "Owner", "Value": "shop"}]
_TOPIC = {"Ops": {"Type": "AWS::SNS::Topic"}}
_ARN = {"Fn::GetAtt": [SUBJECT, "Arn"]}

# By rule and type, or by type: the properties of the resource, and what stands beside it.
_PROPERTIES: dict[str, dict[str, Any]] = {
    "AWS::Lambda::Function": _FUNCTION,
    "AWS::StepFunctions::StateMachine": {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
    "AWS::DynamoDB::GlobalTable": {"Replicas": [{"Region": "eu-west-1"}]},
    "AWS::RDS::DBInstance": {"Engine": "postgres", "DBInstanceClass": "db.m7g.large"},
    "AWS::RDS::DBCluster": {"Engine": "aurora-postgresql", "DBClusterIdentifier": "orders"},
    "AWS::CloudFront::Distribution": {
        "DistributionConfig": {
            "DefaultCacheBehavior": {"TargetOriginId": "web", "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"},
            "Origins": [{"Id": "web", "DomainName": "web.shop.test", "CustomOriginConfig": {}}],
        }
    },
    "AWS::Cognito::UserPool": {},
    "KmsKeyRotationEnabled": {"KeySpec": "SYMMETRIC_DEFAULT"},
    "TagsPropagateToChildren": {"Tags": _TAGS, "Engine": "postgres"},
    "TagsPropagateToChildren AWS::Neptune::DBCluster": {"Tags": _TAGS},
    "CloudTrailMultiRegionAndValidated": {
        "IsLogging": True,
        "S3BucketName": "trail",
        "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*",
        "CloudWatchLogsRoleArn": "arn:aws:iam::111122223333:role/trail",
    },
    "S3BucketKeyEnabledForKms": {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        }
    },
    "CloudFrontViewerMinimumTls": {
        "DistributionConfig": {
            "Aliases": ["shop.test"],
            "ViewerCertificate": {
                "AcmCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1",
                "SslSupportMethod": "sni-only",
            },
        }
    },
    "LoadBalancerTlsPolicyModern": {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": "arn"}]},
    "LoadBalancerSpansZones": {"Type": "network", "Subnets": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]},
    "AsgUsesLoadBalancerHealth": {"TargetGroupARNs": [{"Ref": "Targets"}]},
    "CacheMultiAz": {"NumCacheClusters": 2},
    "LambdaJsonLogFormat": _FUNCTION,
    "AlarmHasAction": {},
}
_BESIDE: dict[str, dict[str, Any]] = {
    "AWS::Lambda::Function": {"Role": _ROLE},
    "AWS::StepFunctions::StateMachine": {"Role": _ROLE},
    "AlarmHasAction": _TOPIC,
    "DlqRetentionExceedsSource": {
        "Source": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"RedrivePolicy": {"deadLetterTargetArn": _ARN, "maxReceiveCount": 3}},
        }
    },
    "AuditLogGroupRetained": {
        "Trail": {
            "Type": "AWS::CloudTrail::Trail",
            "Properties": {"S3BucketName": "trail", "IsLogging": True, "CloudWatchLogsLogGroupArn": _ARN},
        }
    },
    "TraceHopChainUnbroken": {
        "Role": _ROLE,
        "Caller": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "TracingConfiguration": {"Enabled": True},
                "DefinitionString": {
                    "Fn::Sub": '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"${Subject.Arn}","End":true}}}'
                },
            },
        },
    },
    "LoadBalancerSpansZones": {
        f"Subnet{zone}": {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": f"eu-west-1{zone.lower()}"}}
        for zone in "AB"
    },
    "AsgUsesLoadBalancerHealth": {"Targets": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup"}},
}


@dataclass(frozen=True)
class Case:
    """A rule, and a template with a resource that fails it."""

    rule: str
    type: str

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        keys = (f"{self.rule} {self.type}", self.rule, self.type)
        properties = next((_PROPERTIES[key] for key in keys if key in _PROPERTIES), {})
        beside = next((_BESIDE[key] for key in keys if key in _BESIDE), {})
        return {SUBJECT: {"Type": self.type, "Properties": properties}, **beside}

    def __str__(self) -> str:
        return f"{self.rule}-{self.type}"


CASES = [Case(rule, type_) for rule, type_ in sorted({(fix.rule, type_) for fix in FIXES for type_ in fix.types})]


def fails(rule: str, resources: dict[str, Any], logical_id: str = SUBJECT) -> bool:
    """Whether the resource fails ``rule``; what cannot be decided is no pass either."""
    report = evaluate(Assembly.from_template({"Resources": resources}), [built_in()[rule]])
    assert not report.errors
    return any(one.rule == rule and one.logical_id == logical_id for one in report.findings)
