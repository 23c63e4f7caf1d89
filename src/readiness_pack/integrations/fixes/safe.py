"""The fixes that are applied unless they are left out: nobody notices them, and they cost nothing or little."""

from __future__ import annotations

from readiness_pack.integrations.fixes import conditions
from readiness_pack.integrations.fixes.model import Fix, Option
from readiness_pack.integrations.fixes.policies import BUCKET_TLS, BUCKET_TLS_12, QUEUE_TLS, TOPIC_TLS

_KEEP = {"@DeletionPolicy": "Retain", "@UpdateReplacePolicy": "Retain"}
_TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
_TRACE_NOTE = "traces beyond the free tier cost per trace; the role gets the right to send them"

SAFE = (
    Fix(
        "KmsKeyRotationEnabled",
        ("AWS::KMS::Key",),
        {"EnableKeyRotation": True},
        note="the first and the second rotation add a dollar a month to a key",
        when=conditions.rotates,
    ),
    Fix("KmsKeyDeletionGuarded", ("AWS::KMS::Key",), _KEEP),
    Fix(
        "S3PublicAccessBlocked",
        ("AWS::S3::Bucket",),
        {
            f"PublicAccessBlockConfiguration.{name}": True
            for name in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        },
        note="not where the bucket is a website, or its ACL or policy lets everybody in",
        when=conditions.is_private,
    ),
    Fix("S3BucketPolicyDeniesInsecureTransport", ("AWS::S3::Bucket",), statements=BUCKET_TLS, judged=True),
    Fix("S3BucketPolicyRequiresMinimumTls", ("AWS::S3::Bucket",), statements=BUCKET_TLS_12, judged=True),
    Fix("SqsQueuePolicyDeniesInsecureTransport", ("AWS::SQS::Queue",), statements=QUEUE_TLS, judged=True),
    Fix(
        "SnsTopicDeniesInsecurePublish",
        ("AWS::SNS::Topic",),
        statements=TOPIC_TLS,
        judged=True,
        note="a first policy repeats what SNS allows the account of a topic without one",
    ),
    Fix(
        "LogGroupRetentionSet",
        ("AWS::Logs::LogGroup",),
        {"RetentionInDays": Option("log_retention_days")},
        note="older events are deleted",
        when=conditions.keeps_events,
    ),
    Fix(
        "AuditLogGroupRetained",
        ("AWS::Logs::LogGroup",),
        {"RetentionInDays": Option("log_retention_days"), **_KEEP},
        note="older events are deleted",
        judged=True,
    ),
    Fix(
        "DynamoDbPointInTimeRecovery",
        ("AWS::DynamoDB::Table",),
        {"PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": True},
        note="costs by the size of the table",
    ),
    Fix(
        "DynamoDbPointInTimeRecovery",
        ("AWS::DynamoDB::GlobalTable",),
        {"Replicas[*].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": True},
        note="costs by the size of the table",
    ),
    *(
        Fix(
            rule,
            ("AWS::Lambda::Function",),
            {"TracingConfig.Mode": "Active"},
            note=_TRACE_NOTE,
            rights=_TRACES,
            role="Role",
            judged=rule == "TraceHopChainUnbroken",
        )
        for rule in ("LambdaTracingActive", "TraceHopChainUnbroken")
    ),
    Fix(
        "ApiAndWorkflowTracing",
        ("AWS::StepFunctions::StateMachine",),
        {"TracingConfiguration.Enabled": True},
        note=_TRACE_NOTE,
        rights=(*_TRACES, "xray:GetSamplingRules", "xray:GetSamplingTargets"),
        role="RoleArn",
    ),
    Fix("ApiAndWorkflowTracing", ("AWS::ApiGateway::Stage",), {"TracingEnabled": True}, note=_TRACE_NOTE),
    Fix("ApiAndWorkflowTracing", ("AWS::AppSync::GraphQLApi",), {"XrayEnabled": True}, note=_TRACE_NOTE),
    Fix(
        "EcrImageScanningEnabled",
        ("AWS::ECR::Repository",),
        {"ImageScanningConfiguration.ScanOnPush": True},
    ),
    *(
        Fix(
            "DeletionProtectionEnabled",
            (type_,),
            {path: value},
            note="not where DeletionPolicy is Delete",
            when=conditions.is_protectable,
        )
        for type_, path, value in (
            ("AWS::RDS::DBInstance", "DeletionProtection", True),
            ("AWS::RDS::DBCluster", "DeletionProtection", True),
            ("AWS::DocDB::DBCluster", "DeletionProtection", True),
            ("AWS::Neptune::DBCluster", "DeletionProtection", True),
            ("AWS::DynamoDB::Table", "DeletionProtectionEnabled", True),
            ("AWS::DynamoDB::GlobalTable", "Replicas[*].DeletionProtectionEnabled", True),
            ("AWS::Cognito::UserPool", "DeletionProtection", "ACTIVE"),
            (
                "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "LoadBalancerAttributes[Key=deletion_protection.enabled].Value",
                "true",
            ),
        )
    ),
    Fix(
        "StatefulResourceSurvivesStackDeletion",
        (
            "AWS::Cognito::UserPool",
            "AWS::DocDB::DBCluster",
            "AWS::DynamoDB::GlobalTable",
            "AWS::DynamoDB::Table",
            "AWS::EC2::Volume",
            "AWS::EFS::FileSystem",
            "AWS::FSx::FileSystem",
            "AWS::Kinesis::Stream",
            "AWS::Neptune::DBCluster",
            "AWS::OpenSearchService::Domain",
            "AWS::Redshift::Cluster",
            "AWS::S3::Bucket",
            "AWS::SecretsManager::Secret",
        ),
        _KEEP,
        note="what is kept goes on costing until somebody deletes it",
    ),
    Fix(
        "StatefulResourceSurvivesStackDeletion",
        ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"),
        {"@DeletionPolicy": "Snapshot", "@UpdateReplacePolicy": "Snapshot"},
        note="the snapshot costs by its size",
        when=conditions.stands_alone,
    ),
    Fix(
        "AlbHardeningAttributes",
        ("AWS::ElasticLoadBalancingV2::LoadBalancer",),
        {"LoadBalancerAttributes[Key=routing.http.drop_invalid_header_fields.enabled].Value": "true"},
        note="header fields that are no valid ones no longer reach the targets",
        when=conditions.is_application,
    ),
    Fix(
        "EcsDeploymentCircuitBreaker",
        ("AWS::ECS::Service",),
        {
            "DeploymentConfiguration.DeploymentCircuitBreaker.Enable": True,
            "DeploymentConfiguration.DeploymentCircuitBreaker.Rollback": True,
        },
        when=conditions.rolls,
    ),
    Fix("TagsPropagateToChildren", ("AWS::ECS::Service",), {"PropagateTags": "SERVICE"}),
    Fix(
        "TagsPropagateToChildren",
        ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::Neptune::DBCluster"),
        {"CopyTagsToSnapshot": True},
        when=conditions.stands_alone,
    ),
    Fix(
        "DlqRetentionExceedsSource",
        ("AWS::SQS::Queue",),
        {"MessageRetentionPeriod": 1209600},
        note="14 days, in seconds",
        judged=True,
    ),
    *(
        Fix(
            "DatabaseAutomatedBackupRetention",
            types,
            {path: Option("database_backup_days")},
            note="backups beyond the size of the databases cost",
            when=conditions.keeps_backups,
        )
        for types, path in (
            (
                ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster"),
                "BackupRetentionPeriod",
            ),
            (("AWS::Redshift::Cluster",), "AutomatedSnapshotRetentionPeriod"),
        )
    ),
    Fix(
        "DatabaseIamAuthenticationEnabled",
        ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"),
        {"EnableIAMDatabaseAuthentication": True},
        note="passwords go on working",
        when=conditions.takes_iam,
    ),
    Fix(
        "CloudTrailMultiRegionAndValidated",
        ("AWS::CloudTrail::Trail",),
        {"IsMultiRegionTrail": True, "EnableLogFileValidation": True},
        note="the rule also wants a log group and a role to write to it, which are yours to choose",
    ),
    Fix(
        "AutomaticMinorUpgradesOn",
        ("AWS::Neptune::DBInstance",),
        {"AutoMinorVersionUpgrade": True},
        note="in the maintenance window",
    ),
    Fix(
        "AlarmHasAction",
        ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"),
        {"AlarmActions": Option("alarm_topic", in_list=True)},
    ),
    Fix(
        "S3ServerAccessLogging",
        ("AWS::S3::Bucket",),
        {"LoggingConfiguration.DestinationBucketName": Option("log_bucket")},
        note="the log bucket has to let logging.s3.amazonaws.com write; one that the CDK made is told so",
        when=conditions.takes_no_logs,
    ),
)
