"""The fixes that are applied where their rule is named: they cost money, or somebody notices them."""

from __future__ import annotations

from readiness_pack.integrations.fixes import conditions
from readiness_pack.integrations.fixes.model import Fix

_REFUSED = "clients that cannot do better are turned away"

CONSENTED = (
    Fix(
        "S3VersioningEnabled",
        ("AWS::S3::Bucket",),
        {"VersioningConfiguration.Status": "Enabled"},
        consent="old versions are paid for until a lifecycle rule removes them",
    ),
    Fix(
        "S3LifecycleConfigured",
        ("AWS::S3::Bucket",),
        {
            "LifecycleConfiguration.Rules": [
                {
                    "Id": "readiness",
                    "Status": "Enabled",
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
                }
            ]
        },
        consent="versions that were replaced 90 days ago are deleted, and uploads that nobody finished in 7",
    ),
    Fix(
        "S3BucketKeyEnabledForKms",
        ("AWS::S3::Bucket",),
        {"BucketEncryption.ServerSideEncryptionConfiguration[*].BucketKeyEnabled": True},
        consent="policies that name an object as KMS encryption context no longer match; it becomes the bucket",
    ),
    Fix(
        "ImdsV2Required",
        ("AWS::EC2::LaunchTemplate",),
        {"LaunchTemplateData.MetadataOptions.HttpTokens": "required"},
        consent="software that asks for credentials without a token gets none",
    ),
    Fix(
        "ImagesImmutableAndPinned",
        ("AWS::ECR::Repository",),
        {"ImageTagMutability": "IMMUTABLE"},
        consent="a tag such as latest can be pushed once only",
        note="of tasks and functions the rule wants a digest or a version, which are yours to choose",
    ),
    Fix(
        "EcrLifecyclePolicy",
        ("AWS::ECR::Repository",),
        {
            "LifecyclePolicy.LifecyclePolicyText": (
                '{"rules":[{"rulePriority":1,"description":"untagged images","selection":{"tagStatus":"untagged",'
                '"countType":"sinceImagePushed","countUnit":"days","countNumber":30},"action":{"type":"expire"}}]}'
            )
        },
        consent="images without a tag are deleted after 30 days",
    ),
    Fix(
        "LambdaJsonLogFormat",
        ("AWS::Lambda::Function",),
        {"LoggingConfig.LogFormat": "JSON"},
        consent="metric filters and queries that expect plain text find nothing",
    ),
    Fix(
        "CognitoPasswordPolicyStrong",
        ("AWS::Cognito::UserPool",),
        {
            "Policies.PasswordPolicy.MinimumLength": 12,
            **{
                f"Policies.PasswordPolicy.Require{name}": True
                for name in ("Lowercase", "Numbers", "Symbols", "Uppercase")
            },
        },
        consent="users have to choose passwords of twelve characters of all kinds",
    ),
    Fix(
        "CognitoThreatProtection",
        ("AWS::Cognito::UserPool",),
        {"UserPoolTier": "PLUS", "UserPoolAddOns.AdvancedSecurityMode": "ENFORCED"},
        consent="the plan Plus costs by the user, and risky sign-ins are blocked",
    ),
    Fix(
        "DetailedMonitoringEnabled",
        ("AWS::EC2::Instance",),
        {"Monitoring": True},
        consent="metrics by the minute cost by the instance",
        when=conditions.has_no_template,
    ),
    Fix(
        "DetailedMonitoringEnabled",
        ("AWS::EC2::LaunchTemplate",),
        {"LaunchTemplateData.Monitoring.Enabled": True},
        consent="metrics by the minute cost by the instance",
    ),
    Fix(
        "DetailedMonitoringEnabled",
        ("AWS::AutoScaling::AutoScalingGroup",),
        {"MetricsCollection": [{"Granularity": "1Minute"}]},
        consent="metrics by the minute cost by the instance",
    ),
    Fix(
        "ContainerInsightsEnabled",
        ("AWS::ECS::Cluster",),
        {"ClusterSettings[Name=containerInsights].Value": "enabled"},
        consent="its metrics and logs cost by the task",
    ),
    Fix(
        "MskEnhancedMonitoring",
        ("AWS::MSK::Cluster",),
        {"EnhancedMonitoring": "PER_BROKER"},
        consent="its metrics cost by the broker",
    ),
    Fix(
        "EksControlPlaneLogs",
        ("AWS::EKS::Cluster",),
        {
            "Logging.ClusterLogging.EnabledTypes": [
                {"Type": name} for name in ("api", "audit", "authenticator", "controllerManager", "scheduler")
            ]
        },
        consent="the logs cost by their size",
    ),
    Fix(
        "CloudFrontModernDelivery",
        ("AWS::CloudFront::Distribution",),
        {"DistributionConfig.HttpVersion": "http2and3", "DistributionConfig.DefaultCacheBehavior.Compress": True},
        consent="viewers get HTTP/2, HTTP/3 and compressed content",
        note="where a bucket is served, the rule also wants DefaultRootObject, which is yours to choose",
    ),
    Fix(
        "CloudFrontViewerMinimumTls",
        ("AWS::CloudFront::Distribution",),
        {"DistributionConfig.ViewerCertificate.MinimumProtocolVersion": "TLSv1.2_2021"},
        consent=_REFUSED,
        when=conditions.has_certificate,
    ),
    Fix(
        "ApiCustomDomainTls12",
        ("AWS::ApiGateway::DomainName",),
        {"SecurityPolicy": "TLS_1_2"},
        consent=_REFUSED,
    ),
    Fix(
        "LoadBalancerTlsPolicyModern",
        ("AWS::ElasticLoadBalancingV2::Listener",),
        {"SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        consent=_REFUSED,
        when=conditions.speaks_tls,
    ),
    Fix(
        "OpenSearchHttpsAndNodeToNode",
        ("AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"),
        {
            "DomainEndpointOptions.EnforceHTTPS": True,
            "DomainEndpointOptions.TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07",
            "NodeToNodeEncryptionOptions.Enabled": True,
        },
        consent="clients over plain HTTP are turned away, and the domain moves to new nodes",
    ),
    Fix(
        "RdsNotPubliclyAccessible",
        ("AWS::RDS::DBInstance",),
        {"PubliclyAccessible": False},
        consent="clients outside the VPC lose the way to a database that has a public address",
    ),
    Fix(
        "LoadBalancerSpansZones",
        ("AWS::ElasticLoadBalancingV2::LoadBalancer",),
        {"LoadBalancerAttributes[Key=load_balancing.cross_zone.enabled].Value": "true"},
        consent="traffic between zones costs",
        note="the rule also wants subnets in two zones, which are yours to choose",
        when=conditions.is_network,
    ),
    Fix(
        "AsgUsesLoadBalancerHealth",
        ("AWS::AutoScaling::AutoScalingGroup",),
        {"HealthCheckType": "ELB", "HealthCheckGracePeriod": 300},
        consent="instances that fail the health check of the load balancer are replaced",
        judged=True,
    ),
    Fix(
        "AthenaWorkgroupEnforcesEncryption",
        ("AWS::Athena::WorkGroup",),
        {
            "WorkGroupConfiguration.EnforceWorkGroupConfiguration": True,
            "WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration.EncryptionOption": "SSE_S3",
        },
        consent="what clients say about results no longer counts",
    ),
    Fix(
        "GlueCatalogEncrypted",
        ("AWS::Glue::DataCatalogEncryptionSettings",),
        {
            "DataCatalogEncryptionSettings.EncryptionAtRest.CatalogEncryptionMode": "SSE-KMS",
            "DataCatalogEncryptionSettings.ConnectionPasswordEncryption.ReturnConnectionPasswordEncrypted": True,
        },
        consent="who reads the catalogue needs rights to its KMS key",
    ),
    Fix(
        "FileAndSnapshotLifecycle",
        ("AWS::EFS::FileSystem",),
        {"LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"}]},
        consent="files not read for 30 days cost less to keep and more to read",
    ),
    Fix(
        "DatabaseMultiAz",
        ("AWS::RDS::DBInstance",),
        {"MultiAZ": True},
        consent="the standby costs as much as the instance",
        when=conditions.stands_alone,
    ),
    Fix(
        "CacheMultiAz",
        ("AWS::ElastiCache::ReplicationGroup",),
        {"MultiAZEnabled": True, "AutomaticFailoverEnabled": True},
        consent="traffic between zones costs, and a failover moves the primary",
        when=conditions.has_replicas,
    ),
)
