"""Why a rule has no fix: a sentence, and the rules that it holds for. Each rule of ours is here or in the table."""

from __future__ import annotations

from functools import cache

_REASONS: dict[str, str] = {
    "it needs a KMS key that you choose, and whoever uses the data needs rights to that key": """
        S3BucketEncryptedWithCustomerKey SqsQueueEncrypted SnsTopicEncrypted DynamoDbTableCustomerKey
        KinesisStreamEncrypted FirehoseEncrypted SecretCustomerKey LogGroupCustomerKey BackupVaultCustomerKey
        CloudTrailCustomerKey BuildArtifactsCustomerKey GlueSecurityConfigurationComplete BedrockResourcesCustomerKey
        EventBusCustomerKey StepFunctionsCustomerKey LambdaEnvironmentCustomerKey EksSecretsEnvelopeEncrypted
        OpenSearchServerlessEncryptionPolicyCustomerKey S3VectorBucketCustomerKey SageMakerStorageCustomerKey
        SensitiveStoreHasStrictProtections
    """,
    "CloudFormation would replace the resource, or what runs on it": """
        DaxClusterEncrypted RdsStorageEncrypted GraphAndDocumentStorageEncrypted ElastiCacheEncryptedAtRest
        OpenSearchEncryptedAtRest RedshiftEncryptedAtRest EfsFileSystemEncrypted EbsVolumesEncrypted
        EcrRepositoryCustomerKey ApiCacheEncrypted DmsStorageCustomerKey MskClusterEncrypted
        EfsMountsEncryptedInTransit SageMakerInterContainerEncryption MultiRegionKeyForReplicatedData OpenSearchInVpc
        DmsAndBrokerNotPublic SageMakerNetworkIsolated AgentRuntimeInVpc OtherStatefulServicesMultiAz
        SearchAndStreamingMultiAz NoFixedPhysicalNamesOnReplaceable
    """,
    "clients have to change with it: their addresses, certificates or credentials": """
        LoadBalancerListenerUsesTls LoadBalancerBackendEncrypted ClassicLoadBalancerNotUsed CloudFrontOriginTls
        ApiIntegrationUsesHttps DatabaseForcesTls ElastiCacheEncryptedInTransit DmsEndpointUsesTls
        CertificateFromManagedIssuer CacheRequiresAuthentication CognitoUserPoolMfa ApiRequiresAuthorization
        ApiValidatesRequests ApiCorsNotOpen CloudFrontS3OriginUsesOac MskNotPublic EksEndpointNotPublic
        PublicWebContentBehindCloudFront LambdaUsesRdsProxy
    """,
    "it fails where the app itself says otherwise, and what the app says is never overridden": """
        CloudFrontViewerHttpsOnly EcsTaskNoPublicIp SubnetNoAutoPublicIp EndpointServiceRequiresAcceptance
        CognitoIdentityPoolNoGuests
    """,
    "who may do what is your design; rights taken away or given by a tool would break it": """
        KmsKeyPolicyNotPublic KmsKeyAdminAndUseSeparated KmsKeyPolicyAdmitsUsingService IamNoAdministratorStatements
        IamNoServiceWildcardActions IamNoWildcardResourceForResourceLevelActions IamNoPrivilegeEscalationPath
        IamNoAllowWithNotActionNotResource IamNoCredentialExposureActions ResourcePolicyNoPublicPrincipal
        ServicePrincipalGrantsHaveSource AiAgentRuntimeRoleScoped ExecutionRoleNotShared TrustPolicyNotBroad
        RolePermissionsBoundaryPresent NoCrossEnvironmentTrust InlinePolicyAvoided HumanAssumableRoleRequiresMfa
        PermissionSetSessionBounded NoLongLivedAccessKeys NoIamUsersForWorkloads OidcTrustPinsSubject
        EksPodsUseWorkloadIdentity ComputeHasOwnRole VpcEndpointPolicyRestricts IamPolicyGrammarValid
        AlarmTopicPublishableByCloudWatch DlqWritableBySender DlqSameTypeAndPermitted LogDestinationCanReceiveDelivery
        ApiGatewayAccountLogRole
    """,
    "the secret has to move to another place, and the code has to read it there": """
        DatabaseMasterPasswordFromSecret OtherPlaintextCredentialProperties LambdaEnvironmentHoldsNoSecrets
        ContainerSecretsUseSecretsField CodeBuildEnvironmentHoldsNoSecrets UserDataHoldsNoSecrets
        SsmParameterHoldsNoPlaintextSecret TemplateParametersNoEcho SecretRotationScheduled
        CodeBuildSourceCredentialsNotEmbedded AppConfigSecretsByReference
    """,
    "it needs a name, a tag or a text that only you know": """
        KmsAliasForEveryKey DataStoresCarryClassificationTag RequiredTagsPresent SecurityGroupRulesDescribed
        AlarmHasDescriptionAndRunbook SuppressionsJustifiedAndCurrent CheckovSkipsJustified NoPlaceholderContacts
        ApiDocumentationVersionPublished
    """,
    "which data is sensitive, and what is done about it, is your decision": """
        LogGroupMasksSensitiveData BedrockGuardrailFiltersSensitiveData PersonalDataHasExpiry OnlyHipaaEligibleServices
        ResourcesStayInAllowedRegions SensitiveDataEventsLogged LogArchiveBucketImmutable
    """,
    "how the network is laid out is your design": """
        DatabaseSubnetsArePrivate Ec2InstanceNoPublicIp RedshiftPrivate LambdaInVpcWhenReachingPrivateData
        CodeBuildInVpc VpcBlockPublicAccessConsidered SecurityGroupNoWorldIngress SecurityGroupAdminPortsClosed
        SecurityGroupEgressRestricted DatabaseIngressOnlyFromSecurityGroups DefaultSecurityGroupClosed
        SecurityGroupNoAllProtocols NetworkAclNoUnrestrictedAdminIngress NetworkAclRulesEffective
        IsolatedSubnetsHaveCustomNacl GatewayEndpointsForS3AndDynamoDb InterfaceEndpointsForUsedServices
        ComputeSpansZones NatGatewayPerZone
    """,
    "it needs a web ACL, and which requests are turned down is your decision": """
        CloudFrontHasWaf PublicEntryPointHasWaf WafHasManagedAndRateRules
    """,
    "it needs a place for the logs and the right to write there, or costs by the size of the logs": """
        VpcFlowLogsEnabled WafLoggingAndMetrics LoadBalancerAccessLogs ApiAccessLogging CloudFrontAccessLogs
        DatabaseLogExports OpenSearchAuditLogs RedshiftAuditLogging MskBrokerLogs ContainersShipLogs
        LambdaLogGroupManaged StepFunctionsLogging AppSyncLogging CacheAndBrokerLogsDelivered CodeBuildLogsEnabled
        BedrockInvocationEvidenceTrail ApiAccessLogStructured DatabaseInsightsEnabled
    """,
    "what to measure, from which value on and whom to tell is your decision": """
        BusinessMetricsAreAlarmed AlarmActionReachesSubscriber CriticalAlarmsEscalate AlarmMissingDataDeliberate
        AlarmMuteRulesExpire CompositeAlarmSuppressesNoise AvailabilitySloDeclared SloBurnRateAlarmed
        SyntheticCanaryProbesPublicEndpoint ApiP95LatencyAlarm AlarmThresholdsReachable AnomalyDetectorForKeyMetrics
        LogAnomalyDetectorAttached ErrorMetricFilterAlarmed SavedLogQueriesPresent CisSecurityMetricFilters
        OperationalDashboardCoversKeyResources DataStoreHealthAlarms DynamoDbThrottleAlarm DatabaseConnectionsAlarm
        LoadBalancerHealthAlarms TargetGroupHealthCheckTuned BackupFailuresAlarmed EveryDlqHasDepthAlarm
        LambdaErrorAndThrottleAlarms ApiServerErrorAlarm WorkflowAndEventFailureAlarms QueueAndStreamLagAlarms
        EcsServiceHealthAlarms CertificateExpiryAlarm RollbackOnDeploymentAlarm
    """,
    "it is a matter of the account or the organisation, not of one resource": """
        MacieSessionEnabled AccessAnalyzerDeclared AuditTrailExistsForAccount ThreatAndConfigRecordersDeclared
        SecurityFindingsRouted ConformancePackOrRulesDeclared BudgetWithNotifications CostAnomalyMonitorSubscribed
        CostExportDeclared
    """,
    "how much capacity is worth its money is your decision": """
        EcsServiceAutoscaled AutoScalingGroupHasPolicyAndHeadroom DynamoDbCapacityScales SageMakerEndpointScaled
        ConcurrencyLimitsDeliberate KinesisOnDemandOrScaled PredictiveOrScheduledScalingPresent CachingLayerPresent
        DatabaseStorageModernAndAutoscaling InstanceTypesAreCurrentGeneration LambdaMemoryAndTimeoutExplicit
        ApiThrottlingConfigured SpotCapacityForInterruptibleWork ScalingHeadroomMeetsGrowthFactor
    """,
    "what is recovered, from where and how fast is your decision, and costs": """
        Route53FailoverHealthChecked CloudFrontOriginFailover FaultInjectionExperimentDeclared
        BackupPlanCoversEveryStatefulResource BackupPlanMeetsRpoAndRetention BackupVaultLocked RestoreTestingScheduled
        CriticalDataReplicatedAcrossRegions ReplicationRuleComplete ResiliencyPolicyDeclared AutomationRunbooksValid
    """,
    "it needs a queue or a destination for what fails, and somebody who looks into it": """
        SqsQueueHasDeadLetterQueue EventTargetsHaveDeadLetterQueue LambdaAsyncFailureCaptured
        StreamMappingFailureCaptured
    """,
    "it changes how the software behaves": """
        ContainerNotPrivileged ContainerTracingSidecarOrSignals IntegrationTimeoutsOrdered
        StepFunctionTasksRetryAndCatch QueueVisibilityExceedsFunctionTimeout EventRetryPolicyBounded
        LambdaRuntimeSupported EngineVersionsSupported AppConfigProfileValidated NoHardcodedAccountsOrRegions
        NoOrphanedResourcesInApp
    """,
    "how changes reach production is your decision": """
        PipelineAutomatedEndToEnd EcsDeploymentStrategySafe LambdaAliasTrafficShifted AsgUpdatePolicyRolling
        EnvironmentsHaveSameShape PipelineApprovalBeforeProduction AppConfigDeploysGradually PackEnabledOnEveryStack
    """,
    "a stack does not tell whether nobody thought of it or somebody switched it off": """
        StackTerminationProtection
    """,
    "people arrange it": """
        OnCallRotationDeclared EngagementPlanMeetsResponseTarget
    """,
}

OF_YOURS = "it is not one of the rules that ship with readiness-pack"
"""Said of rules of an organisation's own."""


def reason_for(rule: str) -> str:
    """Why ``rule`` has no fix.

    Args:
        rule: the name of a rule that has none.

    Example:
        >>> reason_for("StackTerminationProtection")
        'a stack does not tell whether nobody thought of it or somebody switched it off'
    """
    return reasons().get(rule, OF_YOURS)


@cache
def reasons() -> dict[str, str]:
    """Rule -> why it has no fix.

    Raises:
        ValueError: a rule has two reasons.
    """
    found: dict[str, str] = {}
    for reason, names in _REASONS.items():
        for name in names.split():
            if name in found:
                raise ValueError(f"{name} has two reasons")
            found[name] = reason
    return found
