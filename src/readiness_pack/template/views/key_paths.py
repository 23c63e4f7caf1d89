"""The properties by which CloudFormation lets a resource name a KMS key.

Taken from the CloudFormation resource schemas that cfn-lint ships (us-east-1): the text properties whose names say so.
Each table maps a property path to the types that have it, written without the leading ``AWS::``.
"""

from __future__ import annotations

KEY_PATHS: dict[str, str] = {
    "Action.ExportRevisionToS3.Encryption.KmsKeyArn": "DataExchange::EventAction",
    "AdminPasswordSecretKmsKeyId": "RedshiftServerless::Namespace",
    "ArtifactConfig.S3Encryption.KmsKeyArn": "Synthetics::Canary",
    "AsyncInferenceConfig.OutputConfig.KmsKeyId": "SageMaker::EndpointConfig",
    "AutomaticBackupReplicationKmsKeyId": "RDS::DBInstance",
    "BlockDeviceMappings[*].Ebs.KmsKeyId": "EC2::Instance ImageBuilder::ImageRecipe",
    "BotLocales[*].SlotTypes[*].ExternalSourceSetting.GrammarSlotTypeSetting.Source.KmsKeyArn": "Lex::Bot",
    "BucketEncryption.ServerSideEncryptionConfiguration[*].ServerSideEncryptionByDefault.KMSMasterKeyID": (
        "S3::Bucket S3Express::DirectoryBucket"
    ),
    "CatalogProperties.DataLakeAccessProperties.KmsKey": "Glue::Catalog",
    "CmkSecretConfig.KmsKeyArn": (
        "DataSync::LocationAzureBlob DataSync::LocationFSxWindows DataSync::LocationHDFS "
        "DataSync::LocationObjectStorage DataSync::LocationSMB"
    ),
    "Code.SourceKMSKeyArn": "Lambda::Function",
    "ComputeConfig.KmsKeyId": "DMS::ReplicationConfig",
    "ComputeConfiguration.Ec2Configuration.LaunchTemplateSource.LaunchParameters.EphemeralVolumes[*].Ebs.KmsKeyId": (
        "BedrockAgentCore::CapacityProvider"
    ),
    "ComputeConfiguration.Ec2Configuration.RootVolume.KmsKeyId": "BedrockAgentCore::CapacityProvider",
    "ComputeConfiguration.Ec2Configuration.Volumes[*].EbsConfiguration.KmsKeyId": "BedrockAgentCore::CapacityProvider",
    "Configuration.ExecuteCommandConfiguration.KmsKeyId": "ECS::Cluster",
    "Configuration.ManagedStorageConfiguration.FargateEphemeralStorageKmsKeyId": "ECS::Cluster",
    "Configuration.ManagedStorageConfiguration.KmsKeyId": "ECS::Cluster",
    "Configuration.PartnerEventsConfiguration.PartnerBusKmsKeyIdentifier": "EventsV2::EventSource",
    "ConnectionInput.AuthenticationConfiguration.KmsKeyArn": "Glue::Connection",
    "ConversationLogSettings.AudioLogSettings[*].Destination.S3Bucket.KmsKeyArn": "Lex::BotAlias",
    "CustomerEncryptionKeyArn": (
        "Bedrock::Agent Bedrock::Flow Bedrock::FlowVersion Bedrock::Prompt Bedrock::PromptVersion "
        "Bedrock::RetrievalInstruction"
    ),
    "DataCaptureConfig.KmsKeyId": "SageMaker::EndpointConfig",
    "DataCatalogEncryptionSettings.ConnectionPasswordEncryption.KmsKeyId": "Glue::DataCatalogEncryptionSettings",
    "DataCatalogEncryptionSettings.EncryptionAtRest.SseAwsKmsKeyId": "Glue::DataCatalogEncryptionSettings",
    "DataOutputConfiguration.KmsKeyId": "LookoutEquipment::InferenceScheduler",
    "DataQualityJobOutputConfig.KmsKeyId": "SageMaker::DataQualityJobDefinition",
    "DataStorageConfig.KmsKey": "SageMaker::InferenceExperiment",
    "DefaultEncryptionKey": "CustomerProfiles::Domain",
    "DefaultKmsKeyId": "SecurityAgent::Application",
    "DefaultUserSettings.SharingSettings.S3KmsKeyId": "SageMaker::Domain",
    "DestinationProperties.KmsKeyArn": "GuardDuty::PublishingDestination",
    "Distributions[*].AmiDistributionConfiguration.KmsKeyId": "ImageBuilder::DistributionConfiguration",
    "DurableConfig.KMSKeyArn": "Lambda::Function",
    "EbsEncryptionKeyArn": "DRS::ReplicationConfigurationTemplate",
    "Encryption.KmsKeyArn": "ObservabilityAdmin::S3TableIntegration",
    "EncryptionAtRestOptions.KmsKeyArn": "OSIS::Pipeline",
    "EncryptionAtRestOptions.KmsKeyId": "Elasticsearch::Domain OpenSearchService::Domain",
    "EncryptionConfig.KmsKeyArn": "OpenSearchServerless::Collection",
    "EncryptionConfig.KmsKeyId": "AIOps::InvestigationGroup",
    "EncryptionConfiguration.CloudWatchEncryption.KmsKeyArn": "Glue::SecurityConfiguration",
    "EncryptionConfiguration.JobBookmarksEncryption.KmsKeyArn": "Glue::SecurityConfiguration",
    "EncryptionConfiguration.KMSKeyArn": "S3Tables::TableBucket",
    "EncryptionConfiguration.KmsKey": "AppRunner::Service",
    "EncryptionConfiguration.KmsKeyArn": (
        "AgentRegistry::Registry MSK::Channel S3Vectors::Index S3Vectors::VectorBucket"
    ),
    "EncryptionConfiguration.KmsKeyId": (
        "Bedrock::DataAutomationLibrary MWAAServerless::Workflow QBusiness::Application "
        "SecurityLake::DataLake StepFunctions::Activity StepFunctions::StateMachine"
    ),
    "EncryptionConfiguration.KmsKeyIdentifier": "EventsV2::EventBus",
    "EncryptionConfiguration.S3Encryptions[*].KmsKeyArn": "Glue::SecurityConfiguration",
    "EncryptionDetails.KmsKeyArn": "DSQL::Cluster",
    "EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId": "MSK::Cluster",
    "EncryptionKey": (
        "CodeArtifact::Domain CodeBuild::Project CustomerProfiles::ObjectType Proton::EnvironmentTemplate "
        "Proton::ServiceTemplate"
    ),
    "EncryptionKeyArn": (
        "Backup::BackupVault Backup::LogicallyAirGappedBackupVault Bedrock::Session "
        "BedrockAgentCore::PolicyEngine CodeStarConnections::RepositoryLink DataBrew::Job EMR::Step"
    ),
    "EncryptionKmsKeyId": "EC2::EnclaveCertificateIamRoleAssociation",
    "EncryptionOptions.KmsKeyId": "AmazonMQ::Broker",
    "ExportConfig.S3Destination.EncryptionKey": "CodeBuild::ReportGroup",
    "FlowDefinition.KmsArn": "CustomerProfiles::Integration",
    "HostedRotationLambda.KmsKeyArn": "SecretsManager::RotationSchedule",
    "HostedRotationLambda.MasterSecretKmsKeyArn": "SecretsManager::RotationSchedule",
    "HostedRotationLambda.SuperuserSecretKmsKeyArn": "SecretsManager::RotationSchedule",
    "ImportTask.ImportOptions.Neptune.S3ExportKmsKeyId": "NeptuneGraph::Graph",
    "IngressPointConfiguration.TlsAuthConfiguration.TrustStore.KmsKeyArn": "SES::MailManagerIngressPoint",
    "InstanceConfiguration.BlockDeviceMappings[*].Ebs.KmsKeyId": "ImageBuilder::ContainerRecipe",
    "InstanceGroups[*].InstanceStorageConfigs[*].EbsVolumeConfig.VolumeKmsKeyId": "SageMaker::Cluster",
    "JobResources.ClusterConfig.VolumeKmsKeyId": (
        "SageMaker::DataQualityJobDefinition SageMaker::ModelBiasJobDefinition "
        "SageMaker::ModelExplainabilityJobDefinition SageMaker::ModelQualityJobDefinition"
    ),
    "KMSArn": "AppFlow::ConnectorProfile AppFlow::Flow",
    "KMSKey": "StorageGateway::NFSFileShare StorageGateway::SMBFileShare StorageGateway::Tape StorageGateway::Volume",
    "KMSKeyArn": "SSM::ResourceDataSync",
    "KMSKeyId": "CloudTrail::Trail RDS::CustomDBEngineVersion RDS::Integration Redshift::Integration",
    "KmsAccessRoleArn": "IoT::EncryptionConfiguration",
    "KmsEncryptionKey": "DSQL::Cluster",
    "KmsKey": "AppIntegrations::DataIntegration QLDB::Ledger SageMaker::InferenceExperiment Transfer::HostKey",
    "KmsKeyArn": (
        "APS::Workspace AppConfig::ConfigurationProfile BackupGateway::Hypervisor Bedrock::Guardrail "
        "BedrockAgentCore::ConfigurationBundle BedrockAgentCore::Dataset BedrockAgentCore::Evaluator "
        "BedrockAgentCore::Gateway CleanRooms::IdMappingTable CleanRooms::IntermediateTable "
        "CleanRoomsML::ConfiguredModelAlgorithm DMS::InstanceProfile Deadline::Farm DevOpsAgent::AgentSpace "
        "DevOpsAgent::Service IoT::EncryptionConfiguration Lambda::CapacityProvider "
        "Lambda::EventSourceMapping Lambda::Function Lambda::WebFunctionRevision "
        "OpenSearchServerless::Collection OpenSearchService::Application Personalize::DatasetGroup "
        "SES::MailManagerArchive Scheduler::Schedule SecurityHub::ConnectorV2 Synthetics::Canary "
        "WorkSpacesThinClient::Environment"
    ),
    "KmsKeyId": (
        "Bedrock::Blueprint Bedrock::DataAutomationProject CloudTrail::EventDataStore CodeCommit::Repository "
        "DMS::Endpoint DMS::ReplicationInstance DocDB::DBCluster DocDBElastic::Cluster "
        "DocDBElastic::ClusterSnapshot EC2::Volume EFS::FileSystem EVS::Environment "
        "ElastiCache::ReplicationGroup ElastiCache::ServerlessCache ElastiCache::ServerlessCacheSnapshot "
        "ElastiCache::Snapshot FSx::FileCache FSx::FileSystem FinSpace::Environment Glue::Integration "
        "HealthLake::DataTransformationProfile ImageBuilder::Component ImageBuilder::ContainerRecipe "
        "ImageBuilder::Workflow IoTSiteWise::Workspace KinesisVideo::Stream Location::GeofenceCollection "
        "Location::Tracker Logs::LogAnomalyDetector Logs::LogGroup M2::Application M2::Environment "
        "MemoryDB::Cluster MemoryDB::Snapshot Neptune::DBCluster RDS::ClusterSnapshot RDS::DBCluster "
        "RDS::DBInstance RDS::DBSnapshot Redshift::Cluster Redshift::Snapshot Redshift::SnapshotCopyGrant "
        "RedshiftServerless::Namespace Rekognition::StreamProcessor ResilienceHubV2::Policy "
        "ResilienceHubV2::Service ResilienceHubV2::System S3Files::FileSystem SageMaker::Domain "
        "SageMaker::EndpointConfig SageMaker::NotebookInstance SageMaker::PartnerApp SecretsManager::Secret "
        "SecurityAgent::AgentSpace SecurityAgent::Integration SecurityAgent::SecurityRequirementPack "
        "Timestream::Database Timestream::InfluxDBBackup WorkspacesInstances::Volume"
    ),
    "KmsKeyIdentifier": (
        "AppConfig::ConfigurationProfile AppConfig::Deployment DataZone::Domain Events::Archive "
        "Events::Connection Events::EventBus NeptuneGraph::Graph NeptuneGraph::GraphSnapshot Pipes::Pipe"
    ),
    "KmsMasterKeyId": "SNS::Topic SQS::Queue",
    "KnowledgeBaseConfiguration.ManagedKnowledgeBaseConfiguration.ServerSideEncryptionConfiguration.KmsKeyArn": (
        "Bedrock::KnowledgeBase"
    ),
    "LambdaConfig.KMSKeyID": "Cognito::UserPool Cognito::UserPoolRegionalConfigurationAttachment",
    "LaunchTemplateConfigs[*].Overrides[*].BlockDeviceMappings[*].Ebs.KmsKeyId": "EC2::EC2Fleet",
    "LaunchTemplateData.BlockDeviceMappings[*].Ebs.KmsKeyId": "EC2::LaunchTemplate",
    "LogEncryptionKmsKeyId": "EMR::Cluster",
    "MagneticStoreWriteProperties.MagneticStoreRejectedDataLocation.S3Configuration.KmsKeyId": "Timestream::Table",
    "ManagedInstance.BlockDeviceMappings[*].Ebs.KmsKeyId": "WorkspacesInstances::WorkspaceInstance",
    "MasterPasswordSecretKmsKeyId": "Redshift::Cluster",
    "MasterUserSecret.KmsKeyId": "RDS::DBCluster RDS::DBInstance",
    "MasterUserSecretKmsKeyId": "DocDB::DBCluster",
    "Memory.ManagedMemoryConfiguration.EncryptionKeyArn": "BedrockAgentCore::Harness",
    "MetadataConfiguration.AnnotationTableConfiguration.EncryptionConfiguration.KmsKeyArn": "S3::Bucket",
    "MetadataConfiguration.InventoryTableConfiguration.EncryptionConfiguration.KmsKeyArn": "S3::Bucket",
    "MetadataConfiguration.JournalTableConfiguration.EncryptionConfiguration.KmsKeyArn": "S3::Bucket",
    "MetricsOutputConfig.S3DataDestination.KmsKeyArn": "Personalize::MetricAttribution",
    "ModelBiasJobOutputConfig.KmsKeyId": "SageMaker::ModelBiasJobDefinition",
    "ModelExplainabilityJobOutputConfig.KmsKeyId": "SageMaker::ModelExplainabilityJobDefinition",
    "ModelKmsKeyId": "Comprehend::EntityRecognizer",
    "ModelQualityJobOutputConfig.KmsKeyId": "SageMaker::ModelQualityJobDefinition",
    "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringOutputConfig.KmsKeyId": "SageMaker::MonitoringSchedule",
    "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig.VolumeKmsKeyId": (
        "SageMaker::MonitoringSchedule"
    ),
    "Namespace.AdminPasswordSecretKmsKeyId": "RedshiftServerless::Namespace",
    "Namespace.KmsKeyId": "RedshiftServerless::Namespace",
    "OutputConfig.KmsKeyId": "SageMaker::DeviceFleet",
    "ParametersEncryptionKey": "MGN::LaunchConfigurationTemplate",
    "PerformanceInsightsKMSKeyId": "RDS::DBInstance",
    "PerformanceInsightsKmsKeyId": "RDS::DBCluster",
    "PolicyDetails.Actions[*].CrossRegionCopy[*].EncryptionConfiguration.CmkArn": "DLM::LifecyclePolicy",
    "PolicyDetails.Schedules[*].CrossRegionCopyRules[*].CmkArn": "DLM::LifecyclePolicy",
    "ProcessingInputs[*].DatasetDefinition.AthenaDatasetDefinition.KmsKeyId": "SageMaker::ProcessingJob",
    "ProcessingInputs[*].DatasetDefinition.RedshiftDatasetDefinition.KmsKeyId": "SageMaker::ProcessingJob",
    "ProcessingOutputConfig.KmsKeyId": "SageMaker::ProcessingJob",
    "ProcessingResources.ClusterConfig.VolumeKmsKeyId": "SageMaker::ProcessingJob",
    "ProductionVariants[*].CoreDumpConfig.KmsKeyId": "SageMaker::EndpointConfig",
    "Props.GlueProperties.GlueConnectionInput.AuthenticationConfiguration.KmsKeyArn": "DataZone::Connection",
    "Protocol.SMB.CmkSecretConfig.KmsKeyArn": "DataSync::LocationFSxONTAP",
    "RedshiftSettings.ServerSideEncryptionKmsKeyId": "DMS::Endpoint",
    "Regions[*].RegionConfiguration.SseKmsKeyId": "SSMIncidents::ReplicationSet",
    "ReplicaRegions[*].KmsKeyId": "SecretsManager::Secret",
    "Replicas[*].KmsKeyArn": "Synthetics::Canary",
    "Replicas[*].SSESpecification.KMSMasterKeyId": "DynamoDB::GlobalTable",
    "ReplicationConfiguration.Destinations[*].KmsKeyId": "EFS::FileSystem",
    "ReplicationConfiguration.Rules[*].Destination.EncryptionConfiguration.ReplicaKmsKeyID": "S3::Bucket",
    "RestrictedInstanceGroups[*].InstanceStorageConfigs[*].EbsVolumeConfig.VolumeKmsKeyId": "SageMaker::Cluster",
    "Rule.Actions[*].S3Action.KmsKeyArn": "SES::ReceiptRule",
    "Rules[*].Actions[*].WriteToS3.S3SseKmsKeyId": "SES::MailManagerRuleSet",
    "S3Destination.KMSKeyArn": "SSM::ResourceDataSync",
    "S3KmsKeyArn": "Config::DeliveryChannel",
    "S3Settings.ServerSideEncryptionKmsKeyId": "DMS::Endpoint",
    "SQKmsKeyId": "Timestream::ScheduledQuery",
    "SSESpecification.KMSMasterKeyId": "DynamoDB::Table",
    "SecurityConfig.KmsKeyId": "SageMaker::ModelCard SageMaker::ModelPackage",
    "ServerSideEncryptionConfiguration.KmsKeyArn": "Bedrock::DataSource",
    "ServerSideEncryptionConfiguration.KmsKeyId": "VoiceID::Domain Wisdom::Assistant Wisdom::KnowledgeBase",
    "ServerSideKmsKeyId": "LookoutEquipment::InferenceScheduler",
    "ServiceConnectConfiguration.Services[*].Tls.KmsKey": "ECS::Service",
    "ShadowProductionVariants[*].CoreDumpConfig.KmsKeyId": "SageMaker::EndpointConfig",
    "SigningKeyInfo.KmsKey": "SupportAuthZ::SupportPermit",
    "Snapshot.KmsKeyId": "RedshiftServerless::Snapshot",
    "SnapshotCopyConfigurations[*].DestinationKmsKeyId": "RedshiftServerless::Namespace",
    "SseConfiguration.KmsEncryptionConfig.KmsKeyId": "HealthLake::FHIRDatastore",
    "SseSpecification.KmsKeyArn": (
        "EC2::VerifiedAccessEndpoint EC2::VerifiedAccessGroup EC2::VerifiedAccessTrustProvider"
    ),
    "StreamsKmsKey.KmsAliasArn": "GroundStation::MissionProfile",
    "StreamsKmsKey.KmsKeyArn": "GroundStation::MissionProfile",
    "TargetProcessingProperties.KmsArn": "Glue::IntegrationResourceProperty",
    "TestBotAliasSettings.ConversationLogSettings.AudioLogSettings[*].Destination.S3Bucket.KmsKeyArn": "Lex::Bot",
    "TransformEncryption.MLUserDataEncryption.KmsKeyId": "Glue::MLTransform",
    "UserSettings.SharingSettings.S3KmsKeyId": "SageMaker::UserProfile",
    "ValidationSpecification.ValidationProfiles[*].TransformJobDefinition.TransformOutput.KmsKeyId": (
        "SageMaker::ModelPackage"
    ),
    "ValidationSpecification.ValidationProfiles[*].TransformJobDefinition.TransformResources.VolumeKmsKeyId": (
        "SageMaker::ModelPackage"
    ),
    "VolumeConfigurations[*].ManagedEBSVolume.KmsKeyId": "ECS::Service",
    "VolumeEncryptionKey": "WorkSpaces::Workspace",
    "VolumeKmsKeyId": "Comprehend::EntityRecognizer",
    "WorkGroupConfiguration.MonitoringConfiguration.ManagedLoggingConfiguration.KmsKey": "Athena::WorkGroup",
    "WorkGroupConfiguration.MonitoringConfiguration.S3LoggingConfiguration.KmsKey": "Athena::WorkGroup",
    "WorkGroupConfigurationUpdates.MonitoringConfiguration.ManagedLoggingConfiguration.KmsKey": "Athena::WorkGroup",
    "WorkGroupConfigurationUpdates.MonitoringConfiguration.S3LoggingConfiguration.KmsKey": "Athena::WorkGroup",
}
"""Where a resource names a KMS key or alias."""

FIREHOSE_DESTINATIONS: tuple[str, ...] = (
    "AmazonOpenSearchServerlessDestinationConfiguration.S3Configuration",
    "AmazonopensearchserviceDestinationConfiguration.S3Configuration",
    "ElasticsearchDestinationConfiguration.S3Configuration",
    "ExtendedS3DestinationConfiguration",
    "ExtendedS3DestinationConfiguration.S3BackupConfiguration",
    "HttpEndpointDestinationConfiguration.S3Configuration",
    "IcebergDestinationConfiguration.S3Configuration",
    "RedshiftDestinationConfiguration.S3BackupConfiguration",
    "RedshiftDestinationConfiguration.S3Configuration",
    "S3DestinationConfiguration",
    "SnowflakeDestinationConfiguration.S3Configuration",
    "SplunkDestinationConfiguration.S3Configuration",
)
"""The S3 parts of a Firehose stream; each has ``EncryptionConfiguration`` and ``BucketARN``."""
