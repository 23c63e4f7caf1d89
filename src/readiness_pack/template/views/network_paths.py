"""The properties by which CloudFormation lets a resource name a subnet or a security group.

Taken from the CloudFormation resource schemas that cfn-lint ships (us-east-1): the text properties whose names say so.
Each table maps a property path to the types that have it, written without the leading ``AWS::``.
"""

from __future__ import annotations

SUBNET_PATHS: dict[str, str] = {
    "ApplicationConfiguration.VpcConfigurations[*].SubnetIds[*]": "KinesisAnalyticsV2::Application",
    "BrokerNodeGroupInfo.ClientSubnets[*]": "MSK::Cluster",
    "CidrOptions.SubnetIds[*]": "EC2::VerifiedAccessEndpoint",
    "ComputeConfiguration.Ec2Configuration.VpcConfiguration.Subnets[*]": "BedrockAgentCore::CapacityProvider",
    "ComputeResources.ManagedInstancesProvider.InstanceLaunchTemplate.NetworkConfiguration.Subnets[*]": (
        "Batch::ComputeEnvironment"
    ),
    "ComputeResources.Subnets[*]": "Batch::ComputeEnvironment",
    "Configuration.HostSharedAlb.NetworkConfiguration.Subnets[*]": "ECS::Gateway",
    "Configuration.Vpc.SubnetId": "MediaConnect::RouterNetworkInterface",
    "Configuration.VpcEgressConfiguration.SubnetIds[*]": "Lambda::NetworkConnector",
    "ConnectionConfiguration.ServiceManaged.SubnetIds[*]": "DevOpsAgent::PrivateConnection",
    "ConnectionInput.PhysicalConnectionRequirements.SubnetId": "Glue::Connection",
    "DataSecurityConfig.VpcConfig.Subnets[*]": "Comprehend::Flywheel",
    "DataSourceConfiguration.ConfluenceConfiguration.VpcConfiguration.SubnetIds[*]": "Kendra::DataSource",
    "DataSourceConfiguration.DatabaseConfiguration.VpcConfiguration.SubnetIds[*]": "Kendra::DataSource",
    "DataSourceConfiguration.SharePointConfiguration.VpcConfiguration.SubnetIds[*]": "Kendra::DataSource",
    "EndpointDetails.SubnetIds[*]": "Transfer::Server",
    "EndpointDetails.Vpc.SubnetIds[*]": "Transfer::WebApp",
    "EndpointDetails[*].SecurityDetails.SubnetIds[*]": "GroundStation::DataflowEndpointGroup",
    "Environment.AgentCoreRuntimeEnvironment.NetworkConfiguration.NetworkModeConfig.Subnets[*]": (
        "BedrockAgentCore::Harness"
    ),
    "FleetVpcConfig.Subnets[*]": "CodeBuild::Fleet",
    "HostedRotationLambda.VpcSubnetIds": "SecretsManager::RotationSchedule",
    "InstanceGroups[*].OverrideVpcConfig.Subnets[*]": "SageMaker::Cluster",
    "Instances.Ec2SubnetId": "EMR::Cluster",
    "Instances.Ec2SubnetIds[*]": "EMR::Cluster",
    "IpAddresses[*].SubnetId": "Route53Resolver::ResolverEndpoint",
    "KafkaCluster.ApacheKafkaCluster.Vpc.Subnets[*]": "KafkaConnect::Connector",
    "KafkaClusters[*].VpcConfig.SubnetIds[*]": "MSK::Replicator",
    "LaunchTemplateConfigs[*].Overrides[*].NetworkInterfaces[*].SubnetId": "EC2::EC2Fleet",
    "LaunchTemplateConfigs[*].Overrides[*].SubnetId": "EC2::EC2Fleet",
    "LaunchTemplateData.NetworkInterfaces[*].SubnetId": "EC2::LaunchTemplate",
    "LoadBalancerOptions.SubnetIds[*]": "EC2::VerifiedAccessEndpoint",
    "ManagedInstance.NetworkInterfaces[*].SubnetId": "WorkspacesInstances::WorkspaceInstance",
    "ManagedInstance.SubnetId": "WorkspacesInstances::WorkspaceInstance",
    "ManagedInstancesProvider.InstanceLaunchTemplate.NetworkConfiguration.Subnets[*]": "ECS::CapacityProvider",
    "MonitoringScheduleConfig.MonitoringJobDefinition.NetworkConfig.VpcConfig.Subnets[*]": (
        "SageMaker::MonitoringSchedule"
    ),
    "NetworkConfig.VpcConfig.Subnets[*]": (
        "SageMaker::DataQualityJobDefinition SageMaker::ModelBiasJobDefinition "
        "SageMaker::ModelExplainabilityJobDefinition SageMaker::ModelQualityJobDefinition "
        "SageMaker::ProcessingJob"
    ),
    "NetworkConfiguration.AwsVpcConfiguration.Subnets[*]": "ECS::TaskSet",
    "NetworkConfiguration.AwsvpcConfiguration.Subnets[*]": "ECS::Service",
    "NetworkConfiguration.SubnetIds[*]": "EMRServerless::Application MWAA::Environment MWAAServerless::Workflow",
    "NetworkConfiguration.Subnets[*]": "ECS::ExpressGatewayService",
    "NetworkInterfaces[*].SubnetId": "EC2::Instance QuickSight::VPCConnection",
    "Networking.SubnetIds[*]": "PCS::Cluster",
    "OntapConfiguration.PreferredSubnetId": "FSx::FileSystem",
    "OpenZFSConfiguration.PreferredSubnetId": "FSx::FileSystem",
    "PrivateEndpoint.ManagedVpcResource.SubnetIds[*]": "BedrockAgentCore::GatewayTarget",
    "Props.GlueProperties.GlueConnectionInput.PhysicalConnectionRequirements.SubnetId": "DataZone::Connection",
    "RdsOptions.SubnetIds[*]": "EC2::VerifiedAccessEndpoint",
    "Replicas[*].VpcConfig.SubnetIds[*]": "Synthetics::Canary",
    "ResourcesVpcConfig.SubnetIds[*]": "EKS::Cluster",
    "RestrictedInstanceGroups[*].OverrideVpcConfig.Subnets[*]": "SageMaker::Cluster",
    "RunConfigurations.VpcConfig.SubnetIds[*]": "Omics::Configuration",
    "Source.EksConfiguration.SubnetIds[*]": "APS::Scraper",
    "Source.VpcConfiguration.SubnetIds[*]": "APS::Scraper",
    "SourceParameters.SelfManagedKafkaParameters.Vpc.Subnets[*]": "Pipes::Pipe",
    "SpotFleetRequestConfigData.LaunchSpecifications[*].NetworkInterfaces[*].SubnetId": "EC2::SpotFleet",
    "SpotFleetRequestConfigData.LaunchSpecifications[*].SubnetId": "EC2::SpotFleet",
    "SpotFleetRequestConfigData.LaunchTemplateConfigs[*].Overrides[*].SubnetId": "EC2::SpotFleet",
    "StagingAreaSubnetId": "DRS::ReplicationConfigurationTemplate",
    "SubnetId": (
        "Cloud9::EnvironmentEC2 EC2::ClientVpnTargetNetworkAssociation EC2::Instance "
        "EC2::InstanceConnectEndpoint EC2::NatGateway EC2::NetworkInterface EFS::MountTarget "
        "Glue::DevEndpoint ImageBuilder::InfrastructureConfiguration MediaConnect::FlowVpcInterface "
        "S3Files::MountTarget S3Outposts::Endpoint SageMaker::NotebookInstance"
    ),
    "SubnetIds[*]": (
        "AmazonMQ::Broker ApiGatewayV2::VpcLink CloudHSM::Cluster DAX::SubnetGroup "
        "DMS::ReplicationSubnetGroup Deadline::LicenseEndpoint DocDB::DBSubnetGroup DocDBElastic::Cluster "
        "DocDBElastic::ClusterSnapshot EC2::VPCEndpoint EMR::Studio ElastiCache::ServerlessCache "
        "ElastiCache::SubnetGroup FSx::FileCache FSx::FileSystem M2::Environment MemoryDB::SubnetGroup "
        "Neptune::DBSubnetGroup NeptuneGraph::PrivateGraphEndpoint OpenSearchServerless::VpcEndpoint "
        "PCS::ComputeNodeGroup QuickSight::VPCConnection RDS::DBSubnetGroup Redshift::ClusterSubnetGroup "
        "RedshiftServerless::Workgroup SageMaker::Domain VpcLattice::ResourceGateway WorkSpaces::Directory "
        "WorkSpacesWeb::NetworkSettings"
    ),
    "SubnetMapping.SubnetId": "NetworkFirewall::VpcEndpointAssociation",
    "SubnetMappings[*].SubnetId": "ElasticLoadBalancingV2::LoadBalancer NetworkFirewall::Firewall",
    "Subnets[*]": (
        "AppRunner::VpcConnector EKS::FargateProfile EKS::Nodegroup ElasticLoadBalancing::LoadBalancer "
        "ElasticLoadBalancingV2::LoadBalancer"
    ),
    "Target.EcsParameters.NetworkConfiguration.AwsvpcConfiguration.Subnets[*]": "Scheduler::Schedule",
    "TargetParameters.EcsTaskParameters.NetworkConfiguration.AwsvpcConfiguration.Subnets[*]": "Pipes::Pipe",
    "Targets[*].EcsParameters.NetworkConfiguration.AwsVpcConfiguration.Subnets[*]": "Events::Rule",
    "VPCConfig.SubnetIds[*]": "Synthetics::Canary",
    "VPCOptions.SubnetIds[*]": "Elasticsearch::Domain OpenSearchService::Domain",
    "VPCZoneIdentifier[*]": "AutoScaling::AutoScalingGroup",
    "Vpc.SubnetIds[*]": "MediaLive::Channel MediaLive::Input",
    "VpcConfig.SubnetIds[*]": (
        "AppStream::AppBlockBuilder AppStream::Fleet AppStream::ImageBuilder Lambda::CapacityProvider Lambda::Function"
    ),
    "VpcConfig.Subnets[*]": (
        "CodeBuild::Project Comprehend::DocumentClassifier Comprehend::EntityRecognizer SageMaker::Cluster "
        "SageMaker::EndpointConfig SageMaker::Model"
    ),
    "VpcConfigs[*].SubnetIds[*]": "MSK::ServerlessCluster",
    "VpcConfiguration.SubnetIds[*]": "CodeConnections::Host Grafana::Workspace QBusiness::DataSource",
    "VpcEndpoint.NetworkInterfaces[*].SubnetId": "Redshift::EndpointAccess",
    "VpcEndpoint.SubnetMappings[*].SubnetId": "NetworkFirewall::Firewall",
    "VpcEndpoints[*].VpcOptions.SubnetIds[*]": "OSIS::Pipeline",
    "VpcInterfaces[*].SubnetId": "MediaConnect::Flow",
    "VpcOptions.SubnetIds[*]": "OSIS::Pipeline",
    "VpcProperties.SubnetIds[*]": "IoT::TopicRuleDestination",
    "VpcSettings.SubnetIds[*]": "DirectoryService::MicrosoftAD DirectoryService::SimpleAD",
    "VpcSubnetIds[*]": (
        "RDS::DBProxy RDS::DBProxyEndpoint Timestream::InfluxDBBackup Timestream::InfluxDBCluster "
        "Timestream::InfluxDBInstance"
    ),
    "WindowsConfiguration.PreferredSubnetId": "FSx::FileSystem",
    "WorkforceVpcConfig.Subnets[*]": "SageMaker::Workforce",
}
"""Where a resource names a subnet."""

SECURITY_GROUP_PATHS: dict[str, str] = {
    "ApplicationConfiguration.VpcConfigurations[*].SecurityGroupIds[*]": "KinesisAnalyticsV2::Application",
    "AwsResources.Vpcs[*].SecurityGroupArns[*]": "SecurityAgent::AgentSpace",
    "BrokerNodeGroupInfo.SecurityGroups[*]": "MSK::Cluster",
    "ChannelSecurityGroups[*]": "MediaLive::Channel",
    "ComputeConfig.VpcSecurityGroupIds[*]": "DMS::ReplicationConfig",
    "ComputeConfiguration.Ec2Configuration.VpcConfiguration.SecurityGroups[*]": "BedrockAgentCore::CapacityProvider",
    "ComputeResources.ManagedInstancesProvider.InstanceLaunchTemplate.NetworkConfiguration.SecurityGroups[*]": (
        "Batch::ComputeEnvironment"
    ),
    "ComputeResources.SecurityGroupIds[*]": "Batch::ComputeEnvironment",
    "Configuration.HostSharedAlb.NetworkConfiguration.InboundSecurityGroup": "ECS::Gateway",
    "Configuration.Vpc.SecurityGroupIds[*]": "MediaConnect::RouterNetworkInterface",
    "Configuration.VpcEgressConfiguration.SecurityGroupIds[*]": "Lambda::NetworkConnector",
    "ConnectionConfiguration.ServiceManaged.SecurityGroupIds[*]": "DevOpsAgent::PrivateConnection",
    "DataSecurityConfig.VpcConfig.SecurityGroupIds[*]": "Comprehend::Flywheel",
    "DataSourceConfiguration.ConfluenceConfiguration.VpcConfiguration.SecurityGroupIds[*]": "Kendra::DataSource",
    "DataSourceConfiguration.DatabaseConfiguration.VpcConfiguration.SecurityGroupIds[*]": "Kendra::DataSource",
    "DataSourceConfiguration.SharePointConfiguration.VpcConfiguration.SecurityGroupIds[*]": "Kendra::DataSource",
    "DefaultSpaceSettings.SecurityGroups[*]": "SageMaker::Domain",
    "DefaultUserSettings.SecurityGroups[*]": "SageMaker::Domain",
    "DomainSettings.SecurityGroupIds[*]": "SageMaker::Domain",
    "Ec2Config.SecurityGroupArns[*]": "DataSync::LocationEFS",
    "EndpointDetails.SecurityGroupIds[*]": "Transfer::Server",
    "EndpointDetails.Vpc.SecurityGroupIds[*]": "Transfer::WebApp",
    "EndpointDetails[*].SecurityDetails.SecurityGroupIds[*]": "GroundStation::DataflowEndpointGroup",
    "EngineSecurityGroupId": "EMR::Studio",
    "Environment.AgentCoreRuntimeEnvironment.NetworkConfiguration.NetworkModeConfig.SecurityGroups[*]": (
        "BedrockAgentCore::Harness"
    ),
    "Environment.DockerServer.SecurityGroupIds[*]": "CodeBuild::Project",
    "FleetVpcConfig.SecurityGroupIds[*]": "CodeBuild::Fleet",
    "HostedRotationLambda.VpcSecurityGroupIds": "SecretsManager::RotationSchedule",
    "InputSecurityGroups[*]": "MediaLive::Input",
    "InstanceGroups[*].OverrideVpcConfig.SecurityGroupIds[*]": "SageMaker::Cluster",
    "Instances.AdditionalMasterSecurityGroups[*]": "EMR::Cluster",
    "Instances.AdditionalSlaveSecurityGroups[*]": "EMR::Cluster",
    "Instances.EmrManagedMasterSecurityGroup": "EMR::Cluster",
    "Instances.EmrManagedSlaveSecurityGroup": "EMR::Cluster",
    "Instances.ServiceAccessSecurityGroup": "EMR::Cluster",
    "KafkaCluster.ApacheKafkaCluster.Vpc.SecurityGroups[*]": "KafkaConnect::Connector",
    "KafkaClusters[*].VpcConfig.SecurityGroupIds[*]": "MSK::Replicator",
    "LaunchTemplateData.SecurityGroupIds[*]": "EC2::LaunchTemplate",
    "LaunchTemplateData.SecurityGroups[*]": "EC2::LaunchTemplate",
    "ManagedInstancesProvider.InstanceLaunchTemplate.NetworkConfiguration.SecurityGroups[*]": "ECS::CapacityProvider",
    "MonitoringScheduleConfig.MonitoringJobDefinition.NetworkConfig.VpcConfig.SecurityGroupIds[*]": (
        "SageMaker::MonitoringSchedule"
    ),
    "NetworkConfig.VpcConfig.SecurityGroupIds[*]": (
        "SageMaker::DataQualityJobDefinition SageMaker::ModelBiasJobDefinition "
        "SageMaker::ModelExplainabilityJobDefinition SageMaker::ModelQualityJobDefinition "
        "SageMaker::ProcessingJob"
    ),
    "NetworkConfiguration.AwsVpcConfiguration.SecurityGroups[*]": "ECS::TaskSet",
    "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups[*]": "ECS::Service",
    "NetworkConfiguration.SecurityGroupIds[*]": "EMRServerless::Application MWAA::Environment MWAAServerless::Workflow",
    "NetworkConfiguration.SecurityGroups[*]": "ECS::ExpressGatewayService",
    "Networking.SecurityGroupIds[*]": "PCS::Cluster",
    "PrivateEndpoint.ManagedVpcResource.SecurityGroupIds[*]": "BedrockAgentCore::GatewayTarget",
    "Replicas[*].VpcConfig.SecurityGroupIds[*]": "Synthetics::Canary",
    "ResourcesVpcConfig.SecurityGroupIds[*]": "EKS::Cluster",
    "RestrictedInstanceGroups[*].OverrideVpcConfig.SecurityGroupIds[*]": "SageMaker::Cluster",
    "RunConfigurations.VpcConfig.SecurityGroupIds[*]": "Omics::Configuration",
    "SecurityGroup": "CloudHSM::Cluster EMRContainers::Endpoint",
    "SecurityGroupArns[*]": (
        "DataSync::Agent DataSync::LocationFSxLustre DataSync::LocationFSxONTAP DataSync::LocationFSxOpenZFS "
        "DataSync::LocationFSxWindows"
    ),
    "SecurityGroupId": "S3Outposts::Endpoint",
    "SecurityGroupIds[*]": (
        "ApiGatewayV2::VpcLink DAX::Cluster Deadline::LicenseEndpoint EC2::ClientVpnEndpoint EC2::Instance "
        "EC2::InstanceConnectEndpoint EC2::VPCEndpoint EC2::VerifiedAccessEndpoint "
        "ElastiCache::ReplicationGroup ElastiCache::ServerlessCache FSx::FileCache FSx::FileSystem "
        "Glue::DevEndpoint ImageBuilder::InfrastructureConfiguration M2::Environment "
        "MediaConnect::FlowVpcInterface MemoryDB::Cluster NeptuneGraph::PrivateGraphEndpoint "
        "OpenSearchServerless::VpcEndpoint QuickSight::VPCConnection RedshiftServerless::Workgroup "
        "Route53Resolver::ResolverEndpoint SageMaker::NotebookInstance VpcLattice::ResourceGateway "
        "VpcLattice::ServiceNetworkVpcAssociation WorkSpacesWeb::NetworkSettings"
    ),
    "SecurityGroups[*]": (
        "AmazonMQ::Broker AppRunner::VpcConnector AutoScaling::LaunchConfiguration EC2::Instance "
        "EFS::MountTarget ElasticLoadBalancing::LoadBalancer ElasticLoadBalancingV2::LoadBalancer "
        "MediaLive::Input S3Files::MountTarget"
    ),
    "Source.EksConfiguration.SecurityGroupIds[*]": "APS::Scraper",
    "Source.VpcConfiguration.SecurityGroupIds[*]": "APS::Scraper",
    "SourceParameters.SelfManagedKafkaParameters.Vpc.SecurityGroup[*]": "Pipes::Pipe",
    "SpotFleetRequestConfigData.LaunchSpecifications[*].SecurityGroups[*]": "EC2::SpotFleet",
    "Target.EcsParameters.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups[*]": "Scheduler::Schedule",
    "TargetParameters.EcsTaskParameters.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups[*]": "Pipes::Pipe",
    "Targets[*].EcsParameters.NetworkConfiguration.AwsVpcConfiguration.SecurityGroups[*]": "Events::Rule",
    "UserSettings.SecurityGroups[*]": "SageMaker::UserProfile",
    "VPCConfig.SecurityGroupIds[*]": "Synthetics::Canary",
    "VPCOptions.SecurityGroupIds[*]": "Elasticsearch::Domain OpenSearchService::Domain",
    "VPCSecurityGroups[*]": "RDS::DBInstance",
    "Vpc.SecurityGroupIds[*]": "MediaLive::Channel MediaLive::Input",
    "VpcConfig.SecurityGroupArns[*]": "SecurityAgent::Pentest",
    "VpcConfig.SecurityGroupIds[*]": (
        "AppStream::AppBlockBuilder AppStream::Fleet AppStream::ImageBuilder CodeBuild::Project "
        "Comprehend::DocumentClassifier Comprehend::EntityRecognizer Lambda::CapacityProvider "
        "Lambda::Function SageMaker::Cluster SageMaker::EndpointConfig SageMaker::Model"
    ),
    "VpcConfigs[*].SecurityGroups[*]": "MSK::ServerlessCluster",
    "VpcConfiguration.SecurityGroupIds[*]": "CodeConnections::Host Grafana::Workspace QBusiness::DataSource",
    "VpcEndpoints[*].VpcOptions.SecurityGroupIds[*]": "OSIS::Pipeline",
    "VpcInformation.SecurityGroupIds[*]": "PCAConnectorAD::Connector",
    "VpcInterfaces[*].SecurityGroupIds[*]": "MediaConnect::Flow",
    "VpcOptions.SecurityGroupIds[*]": "OSIS::Pipeline",
    "VpcProperties.SecurityGroups[*]": "IoT::TopicRuleDestination",
    "VpcSecurityGroupIds[*]": (
        "DMS::ReplicationInstance DocDB::DBCluster DocDBElastic::Cluster DocDBElastic::ClusterSnapshot "
        "ElastiCache::CacheCluster Neptune::DBCluster RDS::DBCluster RDS::DBProxy RDS::DBProxyEndpoint "
        "Redshift::Cluster Redshift::EndpointAccess Timestream::InfluxDBBackup Timestream::InfluxDBCluster "
        "Timestream::InfluxDBInstance"
    ),
    "VpcSecurityGroups[*]": "DMS::InstanceProfile Redshift::EndpointAccess",
    "VpcSecurityGroups[*].VpcSecurityGroupId": "Redshift::EndpointAccess",
    "WorkforceVpcConfig.SecurityGroupIds[*]": "SageMaker::Workforce",
    "WorkspaceCreationProperties.CustomSecurityGroupId": "WorkSpaces::Directory",
    "WorkspaceSecurityGroupId": "EMR::Studio WorkSpaces::Directory",
}
"""Where a resource names a security group."""
