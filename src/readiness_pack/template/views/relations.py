"""Named relations between resources, for rules that ask who refers to a resource as what.

A relation is a set of (source type, property path): ``dead_letter`` holds every property by which something names its
dead-letter queue. Rule files use the names: ``unless: {referred_by: dead_letter}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from readiness_pack.template.views.dead_letters import DEAD_LETTER_PATHS, users_of_dead_letter_queue
from readiness_pack.template.views.key_paths import FIREHOSE_DESTINATIONS, KEY_PATHS
from readiness_pack.template.views.network_paths import SECURITY_GROUP_PATHS, SUBNET_PATHS

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource

Paths = tuple[tuple[str, str], ...]

_FIREHOSE = "AWS::KinesisFirehose::DeliveryStream"
_NOTIFIER = "Custom::S3BucketNotifications"
_CACHE_LOGS = "LogDeliveryConfigurations[*].DestinationDetails"


def _spelled_out(table: Mapping[str, str]) -> Paths:
    return tuple((f"AWS::{type_}", path) for path, types in table.items() for type_ in types.split())


def _firehose(suffix: str) -> Paths:
    return tuple((_FIREHOSE, f"{destination}.{suffix}") for destination in FIREHOSE_DESTINATIONS)


_WAF = (
    ("AWS::WAFv2::WebACLAssociation", "ResourceArn"),
    ("AWS::WAFRegional::WebACLAssociation", "ResourceArn"),
)

RELATIONS: dict[str, Paths] = {
    "alarm_action": (
        ("AWS::CloudWatch::Alarm", "AlarmActions[*]"),
        ("AWS::CloudWatch::CompositeAlarm", "AlarmActions[*]"),
    ),
    "alias": (("AWS::KMS::Alias", "TargetKeyId"), ("AWS::Lambda::Alias", "FunctionName")),
    "backup": (("AWS::Backup::BackupSelection", "BackupSelection.Resources[*]"),),
    "bucket_policy": (("AWS::S3::BucketPolicy", "Bucket"),),
    "dead_letter": (
        *DEAD_LETTER_PATHS,
        # Text that holds JSON is one property to the graph.
        ("AWS::SQS::Queue", "RedrivePolicy"),
        ("AWS::SNS::Subscription", "RedrivePolicy"),
    ),
    "event_source": (
        ("AWS::Lambda::EventSourceMapping", "FunctionName"),
        ("AWS::Events::Rule", "Targets[*].Arn"),
        ("AWS::Scheduler::Schedule", "Target.Arn"),
        ("AWS::SNS::Subscription", "Endpoint"),
        ("AWS::S3::Bucket", "NotificationConfiguration.LambdaConfigurations[*].Function"),
        ("AWS::S3::Bucket", "NotificationConfiguration.QueueConfigurations[*].Queue"),
        ("AWS::S3::Bucket", "NotificationConfiguration.TopicConfigurations[*].Topic"),
        ("AWS::Logs::SubscriptionFilter", "DestinationArn"),
        ("AWS::Pipes::Pipe", "Target"),
        # How the CDK's L2 buckets notify.
        (_NOTIFIER, "NotificationConfiguration.LambdaFunctionConfigurations[*].LambdaFunctionArn"),
        (_NOTIFIER, "NotificationConfiguration.QueueConfigurations[*].QueueArn"),
        (_NOTIFIER, "NotificationConfiguration.TopicConfigurations[*].TopicArn"),
    ),
    "flow_log": (("AWS::EC2::FlowLog", "ResourceId"),),
    "key": (
        *_spelled_out(KEY_PATHS),
        *_firehose("EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN"),
        (_FIREHOSE, "DeliveryStreamEncryptionConfigurationInput.KeyARN"),
        ("AWS::EKS::Cluster", "EncryptionConfig[*].Provider.KeyArn"),
        ("AWS::ECR::Repository", "EncryptionConfiguration.KmsKey"),
        ("AWS::ECR::RepositoryCreationTemplate", "EncryptionConfiguration.KmsKey"),
        ("AWS::Kinesis::Stream", "StreamEncryption.KeyId"),
        ("AWS::CodePipeline::Pipeline", "ArtifactStore.EncryptionKey.Id"),
        ("AWS::CodePipeline::Pipeline", "ArtifactStores[*].ArtifactStore.EncryptionKey.Id"),
    ),
    "log_destination": (
        ("AWS::S3::Bucket", "LoggingConfiguration.DestinationBucketName"),
        ("AWS::CloudTrail::Trail", "S3BucketName"),
        ("AWS::CloudTrail::Trail", "CloudWatchLogsLogGroupArn"),
        ("AWS::CloudFront::Distribution", "DistributionConfig.Logging.Bucket"),
        ("AWS::CloudFront::StreamingDistribution", "StreamingDistributionConfig.Logging.Bucket"),
        ("AWS::CloudFront::RealtimeLogConfig", "EndPoints[*].KinesisStreamConfig.StreamArn"),
        ("AWS::ElasticLoadBalancing::LoadBalancer", "AccessLoggingPolicy.S3BucketName"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerAttributes[*].Value"),
        ("AWS::EC2::FlowLog", "LogDestination"),
        ("AWS::EC2::FlowLog", "LogGroupName"),
        ("AWS::EC2::ClientVpnEndpoint", "ConnectionLogOptions.CloudwatchLogGroup"),
        ("AWS::WAFv2::LoggingConfiguration", "LogDestinationConfigs[*]"),
        (
            "AWS::NetworkFirewall::LoggingConfiguration",
            "LoggingConfiguration.LogDestinationConfigs[*].LogDestination.logGroup",
        ),
        (
            "AWS::NetworkFirewall::LoggingConfiguration",
            "LoggingConfiguration.LogDestinationConfigs[*].LogDestination.bucketName",
        ),
        ("AWS::ApiGateway::Stage", "AccessLogSetting.DestinationArn"),
        ("AWS::ApiGateway::Deployment", "StageDescription.AccessLogSetting.DestinationArn"),
        ("AWS::ApiGatewayV2::Stage", "AccessLogSettings.DestinationArn"),
        ("AWS::Lambda::Function", "LoggingConfig.LogGroup"),
        ("AWS::ECS::TaskDefinition", "ContainerDefinitions[*].LogConfiguration.Options.awslogs-group"),
        ("AWS::ECS::Cluster", "Configuration.ExecuteCommandConfiguration.LogConfiguration.CloudWatchLogGroupName"),
        ("AWS::ECS::Cluster", "Configuration.ExecuteCommandConfiguration.LogConfiguration.S3BucketName"),
        ("AWS::StepFunctions::StateMachine", "LoggingConfiguration.Destinations[*].CloudWatchLogsLogGroup.LogGroupArn"),
        ("AWS::OpenSearchService::Domain", "LogPublishingOptions.AUDIT_LOGS.CloudWatchLogsLogGroupArn"),
        ("AWS::OpenSearchService::Domain", "LogPublishingOptions.ES_APPLICATION_LOGS.CloudWatchLogsLogGroupArn"),
        ("AWS::OpenSearchService::Domain", "LogPublishingOptions.INDEX_SLOW_LOGS.CloudWatchLogsLogGroupArn"),
        ("AWS::OpenSearchService::Domain", "LogPublishingOptions.SEARCH_SLOW_LOGS.CloudWatchLogsLogGroupArn"),
        ("AWS::ElastiCache::ReplicationGroup", f"{_CACHE_LOGS}.CloudWatchLogsDetails.LogGroup"),
        ("AWS::ElastiCache::CacheCluster", f"{_CACHE_LOGS}.CloudWatchLogsDetails.LogGroup"),
        ("AWS::MSK::Cluster", "LoggingInfo.BrokerLogs.CloudWatchLogs.LogGroup"),
        ("AWS::MSK::Cluster", "LoggingInfo.BrokerLogs.S3.Bucket"),
        ("AWS::Redshift::Cluster", "LoggingProperties.BucketName"),
        ("AWS::CodeBuild::Project", "LogsConfig.CloudWatchLogs.GroupName"),
        ("AWS::CodeBuild::Project", "LogsConfig.S3Logs.Location"),
        ("AWS::Config::DeliveryChannel", "S3BucketName"),
        ("AWS::Route53::HostedZone", "QueryLoggingConfig.CloudWatchLogsLogGroupArn"),
        ("AWS::Route53Resolver::ResolverQueryLoggingConfig", "DestinationArn"),
        ("AWS::Transfer::Server", "StructuredLogDestinations[*]"),
        ("AWS::Pipes::Pipe", "LogConfiguration.CloudwatchLogsLogDestination.LogGroupArn"),
        ("AWS::Logs::DeliveryDestination", "DestinationResourceArn"),
        *_firehose("CloudWatchLoggingOptions.LogGroupName"),
    ),
    "metric_filter": (("AWS::Logs::MetricFilter", "LogGroupName"),),
    "notification": (
        ("AWS::Budgets::Budget", "NotificationsWithSubscribers[*].Subscribers[*].Address"),
        ("AWS::CloudWatch::Alarm", "AlarmActions[*]"),
        ("AWS::CloudWatch::CompositeAlarm", "AlarmActions[*]"),
        ("AWS::CE::AnomalySubscription", "Subscribers[*].Address"),
        ("AWS::Events::Rule", "Targets[*].Arn"),
        ("AWS::Backup::BackupVault", "Notifications.SNSTopicArn"),
        ("AWS::RDS::EventSubscription", "SnsTopicArn"),
        ("AWS::ElastiCache::ReplicationGroup", "NotificationTopicArn"),
        ("AWS::AutoScaling::AutoScalingGroup", "NotificationConfigurations[*].TopicARN"),
        ("AWS::CodeStarNotifications::NotificationRule", "Targets[*].TargetAddress"),
        ("AWS::S3::Bucket", "NotificationConfiguration.TopicConfigurations[*].Topic"),
        (_NOTIFIER, "NotificationConfiguration.TopicConfigurations[*].TopicArn"),
    ),
    "origin": (
        ("AWS::CloudFront::Distribution", "DistributionConfig.Origins[*].DomainName"),
        ("AWS::CloudFront::Distribution", "DistributionConfig.Origins[*].VpcOriginConfig.VpcOriginId"),
    ),
    "redrive": (
        ("AWS::SQS::Queue", "RedrivePolicy.deadLetterTargetArn"),
        ("AWS::SQS::Queue", "RedrivePolicy"),
    ),
    "rotation": (
        ("AWS::SecretsManager::RotationSchedule", "SecretId"),
        ("AWS::SecretsManager::SecretTargetAttachment", "SecretId"),
    ),
    "scaling": (
        ("AWS::ApplicationAutoScaling::ScalableTarget", "ResourceId"),
        ("AWS::AutoScaling::ScalingPolicy", "AutoScalingGroupName"),
        ("AWS::AutoScaling::ScheduledAction", "AutoScalingGroupName"),
    ),
    "security_group": (
        *_spelled_out(SECURITY_GROUP_PATHS),
        ("AWS::EC2::Instance", "NetworkInterfaces[*].GroupSet[*]"),
        ("AWS::EC2::NetworkInterface", "GroupSet[*]"),
        ("AWS::EC2::LaunchTemplate", "LaunchTemplateData.NetworkInterfaces[*].Groups[*]"),
        (_FIREHOSE, "AmazonopensearchserviceDestinationConfiguration.VpcConfiguration.SecurityGroupIds[*]"),
        (_FIREHOSE, "AmazonOpenSearchServerlessDestinationConfiguration.VpcConfiguration.SecurityGroupIds[*]"),
    ),
    "server_access_log": (("AWS::S3::Bucket", "LoggingConfiguration.DestinationBucketName"),),
    "subnet": (
        *_spelled_out(SUBNET_PATHS),
        (_FIREHOSE, "AmazonopensearchserviceDestinationConfiguration.VpcConfiguration.SubnetIds[*]"),
        (_FIREHOSE, "AmazonOpenSearchServerlessDestinationConfiguration.VpcConfiguration.SubnetIds[*]"),
    ),
    "subscription": (("AWS::SNS::Subscription", "TopicArn"),),
    "waf_association": _WAF,
}
"""Relation name -> every (source type, property path) by which a resource of that type stands in it to another."""


def related(resource: Resource, relation: str) -> list[Resource]:
    """The resources that stand in ``relation`` to ``resource``, each once.

    Args:
        resource: what is referred to.
        relation: a name of :data:`RELATIONS`.

    Raises:
        KeyError: there is no such relation.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Key": {"Type": "AWS::KMS::Key"},
        ...     "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": {"Ref": "Key"}}}}})
        >>> related(app.of_type("AWS::KMS::Key")[0], "key")
        [<AWS::SNS::Topic Template/Topic>]
    """
    pairs = frozenset(RELATIONS[relation])
    found = dict.fromkeys(
        edge.source
        for edge in resource.assembly.graph._in.get(resource, ())
        if (edge.source.type, edge.path) in pairs and edge.holds()
    )
    if relation == "dead_letter":
        found |= dict.fromkeys(use.source for use in users_of_dead_letter_queue(resource))
    return list(found)
