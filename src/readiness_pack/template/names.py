"""Physical names: which property gives a resource its name, and what an ARN of it looks like.

Only types that other resources name literally, by name or ARN. Property names are those of the CloudFormation schemas
(``primaryIdentifier``/name property of each type); ARN forms are those of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re

NAME_PROPERTIES: dict[str, str] = {
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
    "AWS::Backup::BackupVault": "BackupVaultName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::CloudWatch::LogAlarm": "AlarmName",
    "AWS::Cognito::UserPool": "UserPoolName",
    "AWS::DocDB::DBCluster": "DBClusterIdentifier",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ECS::Service": "ServiceName",
    "AWS::ECS::TaskDefinition": "Family",
    "AWS::EKS::Cluster": "Name",
    "AWS::ElastiCache::ReplicationGroup": "ReplicationGroupId",
    "AWS::ElastiCache::SubnetGroup": "CacheSubnetGroupName",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Name",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Glue::SecurityConfiguration": "Name",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Neptune::DBCluster": "DBClusterIdentifier",
    "AWS::OpenSearchService::Domain": "DomainName",
    "AWS::RDS::DBCluster": "DBClusterIdentifier",
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::RDS::DBSubnetGroup": "DBSubnetGroupName",
    "AWS::RDS::DBParameterGroup": "DBParameterGroupName",
    "AWS::RDS::DBClusterParameterGroup": "DBClusterParameterGroupName",
    "AWS::Redshift::Cluster": "ClusterIdentifier",
    "AWS::Redshift::ClusterSubnetGroup": "ClusterSubnetGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "AWS::WAFv2::WebACL": "Name",
}

# ARN service and resource prefix -> types; "" stands for ARNs whose resource part is the bare name.
_ARN_TYPES: dict[tuple[str, str], tuple[str, ...]] = {
    ("backup", "backup-vault"): ("AWS::Backup::BackupVault",),
    ("cloudwatch", "alarm"): ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::LogAlarm"),
    ("dynamodb", "table"): ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"),
    ("ecr", "repository"): ("AWS::ECR::Repository",),
    ("ecs", "cluster"): ("AWS::ECS::Cluster",),
    ("ecs", "service"): ("AWS::ECS::Service",),
    ("ecs", "task-definition"): ("AWS::ECS::TaskDefinition",),
    ("eks", "cluster"): ("AWS::EKS::Cluster",),
    ("elasticache", "replicationgroup"): ("AWS::ElastiCache::ReplicationGroup",),
    ("es", "domain"): ("AWS::OpenSearchService::Domain",),
    ("events", "event-bus"): ("AWS::Events::EventBus",),
    ("events", "rule"): ("AWS::Events::Rule",),
    ("firehose", "deliverystream"): ("AWS::KinesisFirehose::DeliveryStream",),
    ("iam", "group"): ("AWS::IAM::Group",),
    ("iam", "instance-profile"): ("AWS::IAM::InstanceProfile",),
    ("iam", "policy"): ("AWS::IAM::ManagedPolicy",),
    ("iam", "role"): ("AWS::IAM::Role",),
    ("iam", "user"): ("AWS::IAM::User",),
    ("kinesis", "stream"): ("AWS::Kinesis::Stream",),
    ("kms", "alias"): ("AWS::KMS::Alias",),
    ("lambda", "function"): ("AWS::Lambda::Function",),
    ("logs", "log-group"): ("AWS::Logs::LogGroup",),
    ("rds", "cluster"): ("AWS::RDS::DBCluster",),
    ("rds", "db"): ("AWS::RDS::DBInstance",),
    ("redshift", "cluster"): ("AWS::Redshift::Cluster",),
    ("s3", ""): ("AWS::S3::Bucket",),
    ("secretsmanager", "secret"): ("AWS::SecretsManager::Secret",),
    ("sns", ""): ("AWS::SNS::Topic",),
    ("sqs", ""): ("AWS::SQS::Queue",),
    ("ssm", "parameter"): ("AWS::SSM::Parameter",),
    ("states", "stateMachine"): ("AWS::StepFunctions::StateMachine",),
}

_SEPARATOR = re.compile(r"[:/]")


def arn_candidates(arn: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which types an ARN may name, and under which names, most specific first.

    Example:
        >>> arn_candidates("arn:aws:sqs:eu-west-1:111111111111:orders")
        (('AWS::SQS::Queue',), ('orders',))
    """
    pieces = arn.split(":", 5)
    if len(pieces) != 6 or pieces[0] != "arn":
        return (), ()
    service, rest = pieces[2], pieces[5]
    types = _ARN_TYPES.get((service, ""))
    if types:
        return types, tuple(dict.fromkeys((rest, rest.split("/")[0], rest.split(":")[0])))
    head = _SEPARATOR.split(rest, maxsplit=1)
    types = _ARN_TYPES.get((service, head[0]))
    if not types or len(head) != 2:
        return (), ()
    name = head[1]
    options = [name, name.removesuffix(":*"), name.split(":")[0], name.rsplit("/", 1)[-1], name.split("/")[0]]
    if service == "kms":
        options.insert(0, f"alias/{name}")
    if service == "ssm":
        options.insert(0, f"/{name}")
    if service == "secretsmanager":
        # Secrets Manager appends a hyphen and six characters to the name.
        options.append(re.sub(r"-[A-Za-z0-9]{6}$", "", name))
    return types, tuple(dict.fromkeys(options))
