"""Where CloudFormation keeps resource policies: in a property of the resource, or in a resource of their own.

Types and properties are those of the CloudFormation resource schemas that cfn-lint ships (us-east-1).
"""

from __future__ import annotations

OWN_POLICIES: dict[str, tuple[str, ...]] = {
    "AWS::ApiGateway::DomainNameV2": ("Policy",),
    "AWS::ApiGateway::RestApi": ("Policy",),
    "AWS::Backup::BackupVault": ("AccessPolicy",),
    "AWS::Backup::LogicallyAirGappedBackupVault": ("AccessPolicy",),
    "AWS::CodeArtifact::Domain": ("PermissionsPolicyDocument",),
    "AWS::CodeArtifact::Repository": ("PermissionsPolicyDocument",),
    "AWS::DynamoDB::GlobalTable": (
        "Replicas[*].ResourcePolicy.PolicyDocument",
        "Replicas[*].ReplicaStreamSpecification.ResourcePolicy.PolicyDocument",
    ),
    "AWS::DynamoDB::Table": ("ResourcePolicy.PolicyDocument", "StreamSpecification.ResourcePolicy.PolicyDocument"),
    "AWS::EC2::VPCEndpoint": ("PolicyDocument",),
    "AWS::ECR::PublicRepository": ("RepositoryPolicyText",),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
    "AWS::EFS::FileSystem": ("FileSystemPolicy",),
    "AWS::Elasticsearch::Domain": ("AccessPolicies",),
    "AWS::Events::EventBus": ("Policy",),
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::KMS::ReplicaKey": ("KeyPolicy",),
    "AWS::Logs::DeliveryDestination": ("DeliveryDestinationPolicy.DeliveryDestinationPolicy",),
    "AWS::Logs::Destination": ("DestinationPolicy",),
    "AWS::Logs::LogGroup": ("ResourcePolicyDocument",),
    "AWS::OSIS::Pipeline": ("ResourcePolicy.Policy",),
    "AWS::Oam::Sink": ("Policy",),
    "AWS::OpenSearchService::Domain": ("AccessPolicies",),
    "AWS::Redshift::Cluster": ("NamespaceResourcePolicy",),
    "AWS::RedshiftServerless::Namespace": ("NamespaceResourcePolicy",),
    "AWS::S3::AccessPoint": ("Policy",),
    "AWS::S3Express::AccessPoint": ("Policy",),
    "AWS::S3Outposts::AccessPoint": ("Policy",),
    "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupPolicy",),
}
"""Resource type -> its properties that hold a policy about it."""

SEPARATE_POLICIES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "AWS::Bedrock::KnowledgeBase": (("AWS::Bedrock::KnowledgeBasePolicy", "KnowledgeBaseId", "PolicyDocument"),),
    "AWS::CloudTrail::EventDataStore": (("AWS::CloudTrail::ResourcePolicy", "ResourceArn", "ResourcePolicy"),),
    "AWS::CloudTrail::Channel": (("AWS::CloudTrail::ResourcePolicy", "ResourceArn", "ResourcePolicy"),),
    "AWS::EventSchemas::Registry": (("AWS::EventSchemas::RegistryPolicy", "RegistryName", "Policy"),),
    "AWS::Kinesis::Stream": (("AWS::Kinesis::ResourcePolicy", "ResourceArn", "ResourcePolicy"),),
    "AWS::Kinesis::StreamConsumer": (("AWS::Kinesis::ResourcePolicy", "ResourceArn", "ResourcePolicy"),),
    "AWS::Lambda::Function": (("AWS::Lambda::ResourcePolicy", "ResourceArn", "PolicyDocument"),),
    "AWS::MSK::Cluster": (("AWS::MSK::ClusterPolicy", "ClusterArn", "Policy"),),
    "AWS::MSK::ServerlessCluster": (("AWS::MSK::ClusterPolicy", "ClusterArn", "Policy"),),
    "AWS::S3::Bucket": (("AWS::S3::BucketPolicy", "Bucket", "PolicyDocument"),),
    "AWS::S3::MultiRegionAccessPoint": (("AWS::S3::MultiRegionAccessPointPolicy", "MrapName", "Policy"),),
    "AWS::S3Express::DirectoryBucket": (("AWS::S3Express::BucketPolicy", "Bucket", "PolicyDocument"),),
    "AWS::S3ObjectLambda::AccessPoint": (
        ("AWS::S3ObjectLambda::AccessPointPolicy", "ObjectLambdaAccessPoint", "PolicyDocument"),
    ),
    "AWS::S3Outposts::Bucket": (("AWS::S3Outposts::BucketPolicy", "Bucket", "PolicyDocument"),),
    "AWS::S3Tables::TableBucket": (("AWS::S3Tables::TableBucketPolicy", "TableBucketARN", "ResourcePolicy"),),
    "AWS::SNS::Topic": (
        ("AWS::SNS::TopicPolicy", "Topics[*]", "PolicyDocument"),
        ("AWS::SNS::TopicInlinePolicy", "TopicArn", "PolicyDocument"),
    ),
    "AWS::SQS::Queue": (
        ("AWS::SQS::QueuePolicy", "Queues[*]", "PolicyDocument"),
        ("AWS::SQS::QueueInlinePolicy", "Queue", "PolicyDocument"),
    ),
    "AWS::SecretsManager::Secret": (("AWS::SecretsManager::ResourcePolicy", "SecretId", "ResourcePolicy"),),
    "AWS::VpcLattice::Service": (
        ("AWS::VpcLattice::AuthPolicy", "ResourceIdentifier", "Policy"),
        ("AWS::VpcLattice::ResourcePolicy", "ResourceArn", "Policy"),
    ),
    "AWS::VpcLattice::ServiceNetwork": (
        ("AWS::VpcLattice::AuthPolicy", "ResourceIdentifier", "Policy"),
        ("AWS::VpcLattice::ResourcePolicy", "ResourceArn", "Policy"),
    ),
}
"""Resource type -> (policy resource type, its property that names the resource, its property with the document)."""
