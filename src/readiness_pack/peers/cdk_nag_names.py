"""The rules of cdk-nag. Its pack AwsSolutions calls them by short ids, the other packs by their names.

From cdk-nag 3.0.2; a test compares them with the cdk-nag that is installed.
https://github.com/cdklabs/cdk-nag/blob/main/RULES.md
"""

from __future__ import annotations

PACKS = ("AwsSolutions", "HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321", "Serverless")
"""The packs that come with cdk-nag; their ids begin so."""

PAGE = "https://github.com/cdklabs/cdk-nag/blob/main/RULES.md"
"""Where cdk-nag explains its rules."""

_AWS_SOLUTIONS = {
    "AEC1": "ElastiCacheClusterInVPC",
    "AEC3": "ElastiCacheRedisClusterEncryption",
    "AEC4": "ElastiCacheRedisClusterMultiAZ",
    "AEC5": "ElastiCacheClusterNonDefaultPort",
    "AEC6": "ElastiCacheRedisClusterRedisAuth",
    "APIG1": "APIGWAccessLogging",
    "APIG2": "APIGWRequestValidation",
    "APIG3": "APIGWAssociatedWithWAF",
    "APIG4": "APIGWAuthorization",
    "APIG6": "APIGWExecutionLoggingEnabled",
    "AS1": "AutoScalingGroupCooldownPeriod",
    "AS2": "AutoScalingGroupHealthCheck",
    "AS3": "AutoScalingGroupScalingNotifications",
    "ASC3": "AppSyncGraphQLRequestLogging",
    "C91": "Cloud9InstanceNoIngressSystemsManager",
    "CB4": "CodeBuildProjectKMSEncryptedArtifacts",
    "CB5": "CodeBuildProjectManagedImages",
    "CFR1": "CloudFrontDistributionGeoRestrictions",
    "CFR2": "CloudFrontDistributionWAFIntegration",
    "CFR3": "CloudFrontDistributionAccessLogging",
    "CFR4": "CloudFrontDistributionHttpsViewerNoOutdatedSSL",
    "CFR5": "CloudFrontDistributionNoOutdatedSSL",
    "CFR6": "CloudFrontDistributionS3OriginAccessIdentity",
    "CFR7": "CloudFrontDistributionS3OriginAccessControl",
    "COG1": "CognitoUserPoolStrongPasswordPolicy",
    "COG2": "CognitoUserPoolMFA",
    "COG4": "CognitoUserPoolAPIGWAuthorizer",
    "COG7": "CognitoUserPoolNoUnauthenticatedLogins",
    "COG8": "CognitoUserPoolPlusTier",
    "DDB3": "DynamoDBPITREnabled",
    "DDB4": "DAXEncrypted",
    "DOC1": "DocumentDBClusterEncryptionAtRest",
    "DOC2": "DocumentDBClusterNonDefaultPort",
    "DOC3": "DocumentDBCredentialsInSecretsManager",
    "DOC4": "DocumentDBClusterBackupRetentionPeriod",
    "DOC5": "DocumentDBClusterLogExports",
    "EB1": "ElasticBeanstalkVPCSpecified",
    "EB3": "ElasticBeanstalkManagedUpdatesEnabled",
    "EB4": "ElasticBeanstalkEC2InstanceLogsToS3",
    "EC23": "EC2RestrictedInbound",
    "EC26": "EC2EBSVolumeEncrypted",
    "EC27": "EC2SecurityGroupDescription",
    "EC28": "EC2InstanceDetailedMonitoringEnabled",
    "EC29": "EC2InstanceTerminationProtection",
    "ECR1": "ECROpenAccess",
    "ECS2": "ECSTaskDefinitionNoEnvironmentVariables",
    "ECS4": "ECSClusterCloudWatchContainerInsights",
    "ECS7": "ECSTaskDefinitionContainerLogging",
    "EFS1": "EFSEncrypted",
    "EKS1": "EKSClusterNoEndpointPublicAccess",
    "EKS2": "EKSClusterControlPlaneLogs",
    "ELB1": "CLBNoInboundHttpHttps",
    "ELB2": "ELBLoggingEnabled",
    "ELB3": "CLBConnectionDraining",
    "ELB4": "ELBCrossZoneLoadBalancingEnabled",
    "ELB5": "ELBTlsHttpsListenersOnly",
    "EMR2": "EMRS3AccessLogging",
    "EMR4": "EMRLocalDiskEncryption",
    "EMR5": "EMREncryptionInTransit",
    "EMR6": "EMRAuthEC2KeyPairOrKerberos",
    "EVB1": "EventBusOpenAccess",
    "GL1": "GlueEncryptedCloudWatchLogs",
    "GL3": "GlueJobBookmarkEncrypted",
    "IAM4": "IAMNoManagedPolicies",
    "IAM5": "IAMNoWildcardPermissions",
    "KDA3": "KinesisDataAnalyticsFlinkCheckpointing",
    "KDF1": "KinesisDataFirehoseSSE",
    "KDS1": "KinesisDataStreamSSE",
    "KDS3": "KinesisDataStreamDefaultKeyWhenSSE",
    "KMS5": "KMSBackingKeyRotationEnabled",
    "L1": "LambdaLatestVersion",
    "LEX4": "LexBotAliasEncryptedConversationLogs",
    "MS1": "MediaStoreContainerAccessLogging",
    "MS3": "MediaStoreContainerSSLRequestsOnly",
    "MS4": "MediaStoreCloudWatchMetricPolicy",
    "MS7": "MediaStoreContainerHasContainerPolicy",
    "MS8": "MediaStoreContainerCORSPolicy",
    "MS10": "MediaStoreContainerLifecyclePolicy",
    "MSK2": "MSKClientToBrokerTLS",
    "MSK3": "MSKBrokerToBrokerTLS",
    "MSK6": "MSKBrokerLogging",
    "N1": "NeptuneClusterMultiAZ",
    "N2": "NeptuneClusterAutomaticMinorVersionUpgrade",
    "N3": "NeptuneClusterBackupRetentionPeriod",
    "N4": "NeptuneClusterEncryptionAtRest",
    "N5": "NeptuneClusterIAMAuth",
    "OS1": "OpenSearchInVPCOnly",
    "OS2": "OpenSearchNodeToNodeEncryption",
    "OS3": "OpenSearchAllowlistedIPs",
    "OS4": "OpenSearchDedicatedMasterNode",
    "OS5": "OpenSearchNoUnsignedOrAnonymousAccess",
    "OS7": "OpenSearchZoneAwareness",
    "OS8": "OpenSearchEncryptedAtRest",
    "OS9": "OpenSearchSlowLogsToCloudWatch",
    "QS1": "QuicksightSSLConnections",
    "RDS2": "RDSStorageEncrypted",
    "RDS3": "RDSMultiAZSupport",
    "RDS6": "AuroraMySQLPostgresIAMAuth",
    "RDS8": "RDSRestrictedInbound",
    "RDS10": "RDSInstanceDeletionProtectionEnabled",
    "RDS11": "RDSNonDefaultPort",
    "RDS13": "RDSInstanceBackupEnabled",
    "RDS14": "AuroraMySQLBacktrack",
    "RDS16": "AuroraMySQLLogging",
    "RS1": "RedshiftRequireTlsSSL",
    "RS2": "RedshiftClusterInVPC",
    "RS3": "RedshiftClusterNonDefaultUsername",
    "RS4": "RedshiftClusterNonDefaultPort",
    "RS5": "RedshiftClusterAuditLogging",
    "RS6": "RedshiftClusterEncryptionAtRest",
    "RS8": "RedshiftClusterPublicAccess",
    "RS9": "RedshiftClusterVersionUpgrade",
    "RS10": "RedshiftBackupEnabled",
    "RS11": "RedshiftClusterUserActivityLogging",
    "S1": "S3BucketLoggingEnabled",
    "S2": "S3BucketLevelPublicAccessProhibited",
    "S5": "S3WebBucketOAIAccess",
    "S10": "S3BucketSSLRequestsOnly",
    "SF1": "StepFunctionStateMachineAllLogsToCloudWatch",
    "SF2": "StepFunctionStateMachineXray",
    "SM1": "SageMakerNotebookInVPC",
    "SM2": "SageMakerNotebookInstanceKMSKeyConfigured",
    "SM3": "SageMakerNotebookNoDirectInternetAccess",
    "SMG4": "SecretsManagerRotationEnabled",
    "SNS3": "SNSTopicSSLPublishOnly",
    "SQS2": "SQSQueueSSE",
    "SQS3": "SQSQueueDLQ",
    "SQS4": "SQSQueueSSLRequestsOnly",
    "TS3": "TimestreamDatabaseCustomerManagedKey",
    "VPC3": "VPCNoNACLs",
    "VPC7": "VPCFlowLogsEnabled",
}


_OTHERS = """
    ALBHttpDropInvalidHeaderEnabled ALBHttpToHttpsRedirection ALBWAFEnabled APIGWCacheEnabledAndEncrypted
    APIGWDefaultThrottling APIGWSSLEnabled APIGWStructuredLogging APIGWXrayEnabled AppSyncTracing
    AutoScalingGroupELBHealthCheckRequired AutoScalingLaunchConfigPublicIpDisabled
    CloudTrailCloudWatchLogsEnabled CloudTrailEncryptionEnabled CloudTrailLogFileValidationEnabled
    CloudWatchAlarmAction CloudWatchLogGroupEncrypted CloudWatchLogGroupRetentionPeriod
    CodeBuildProjectEnvVarAwsCred CodeBuildProjectSourceRepoUrl DMSReplicationNotPublic
    DynamoDBAutoScalingEnabled DynamoDBInBackupPlan EC2EBSInBackupPlan EC2EBSOptimizedInstance EC2IMDSv2Enabled
    EC2InstanceNoPublicIp EC2InstanceProfileAttached EC2InstancesInVPC EC2RestrictedCommonPorts EC2RestrictedSSH
    ECSTaskDefinitionUserForHostMode EFSInBackupPlan ELBACMCertificateRequired ELBDeletionProtectionEnabled
    ELBv2ACMCertificateRequired EMRKerberosEnabled ElastiCacheRedisClusterAutomaticBackup
    ElasticBeanstalkEnhancedHealthReportingEnabled EventBusDLQ IAMGroupHasUsers IAMNoInlinePolicy
    IAMPolicyNoStatementsWithAdminAccess IAMPolicyNoStatementsWithFullAccess IAMUserGroupMembership
    IAMUserNoPolicies LambdaAsyncFailureDestination LambdaConcurrency LambdaDLQ LambdaDefaultMemorySize
    LambdaDefaultTimeout LambdaEventSourceMappingDestination LambdaFunctionPublicAccessProhibited
    LambdaInsideVPC LambdaStarPermissions LambdaTracing OpenSearchErrorLogsToCloudWatch
    RDSAutomaticMinorVersionUpgradeEnabled RDSEnhancedMonitoringEnabled RDSInBackupPlan RDSInstancePublicAccess
    RDSLoggingEnabled RedshiftClusterConfiguration RedshiftClusterMaintenanceSettings
    RedshiftEnhancedVPCRoutingEnabled S3BucketDefaultLockEnabled S3BucketPublicReadProhibited
    S3BucketPublicWriteProhibited S3BucketReplicationEnabled S3BucketVersioningEnabled S3DefaultEncryptionKMS
    SNSEncryptedKMS SNSRedrivePolicy SQSRedrivePolicy SageMakerEndpointConfigurationKMSKeyConfigured
    SecretsManagerUsingKMSKey VPCDefaultSecurityGroupClosed VPCNoUnrestrictedRouteToIGW
    VPCSubnetAutoAssignPublicIpDisabled WAFv2LoggingEnabled
"""

RULES = frozenset(_AWS_SOLUTIONS.values()) | frozenset(_OTHERS.split())
"""The names of the rules in all packs."""


def names_of(id_: str) -> list[str]:
    """The name of the rule behind an id or a name of cdk-nag, and its id in AwsSolutions; empty where there is none.

    Example:
        >>> names_of("RDSNonDefaultPort"), names_of("PCI.DSS.321-RDSNonDefaultPort"), names_of("S3")
        (['RDSNonDefaultPort', 'AwsSolutions-RDS11'], ['RDSNonDefaultPort', 'AwsSolutions-RDS11'], [])
    """
    rule = rule_of(id_)
    if rule not in RULES:
        return []
    return [rule, *(f"AwsSolutions-{short}" for short, name in _AWS_SOLUTIONS.items() if name == rule)]


def rule_of(id_: str) -> str:
    """The name of the rule behind an id of cdk-nag, the same in every pack.

    Args:
        id_: the id, without a detail.

    Example:
        >>> rule_of("AwsSolutions-S10"), rule_of("HIPAA.Security-S3BucketVersioningEnabled")
        ('S3BucketSSLRequestsOnly', 'S3BucketVersioningEnabled')
    """
    pack, _, suffix = id_.partition("-")
    if not suffix:
        return id_
    return _AWS_SOLUTIONS.get(suffix, id_) if pack == "AwsSolutions" else suffix
