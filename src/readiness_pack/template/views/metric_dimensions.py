"""What metrics call the resources that they are about, which is not always what ``Ref`` gives.

A dimension that holds the URL of a queue, or the ARN of a load balancer, is one that no metric has: CloudFormation
creates the alarm, and it never has data.
"""

from __future__ import annotations

from typing import NamedTuple

from readiness_pack.template.resource import Resource
from readiness_pack.template.values import Reference, Value


class Named(NamedTuple):
    """How the metrics of a type of resource name it.

    Args:
        right: the attribute that they carry; ``Ref``, or a property where no function gives it.
        wrong: attributes that people write in its place; ``None`` stands for ``Ref``.
    """

    right: str
    wrong: frozenset[str | None]


def _named(right: str, *wrong: str | None) -> Named:
    return Named(right, frozenset(wrong))


# Each after "Return values" of the type's page in the CloudFormation template reference, and the dimensions that the
# service's own page on its metrics lists, e.g.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html and
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
_NAMED: dict[str, Named] = {
    "AWS::ApiGateway::RestApi": _named("Name", None, "RestApiId", "RootResourceId"),
    "AWS::AppSync::GraphQLApi": _named("ApiId", None, "Arn"),
    "AWS::CloudFront::Distribution": _named("Ref", "DomainName"),
    "AWS::DynamoDB::Table": _named("Ref", "Arn", "StreamArn"),
    "AWS::ECS::Cluster": _named("Ref", "Arn"),
    "AWS::ECS::Service": _named("Name", None, "ServiceArn"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _named(
        "LoadBalancerFullName", None, "DNSName", "LoadBalancerArn", "LoadBalancerName"
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _named(
        "TargetGroupFullName", None, "TargetGroupArn", "TargetGroupName"
    ),
    "AWS::Kinesis::Stream": _named("Ref", "Arn"),
    "AWS::Lambda::Function": _named("Ref", "Arn"),
    "AWS::MSK::Cluster": _named("ClusterName", None, "Arn"),
    "AWS::RDS::DBCluster": _named("Ref", "DBClusterArn", "DBClusterResourceId", "Endpoint.Address"),
    "AWS::RDS::DBInstance": _named("Ref", "DBInstanceArn", "DbiResourceId", "Endpoint.Address"),
    "AWS::SNS::Topic": _named("TopicName", None, "TopicArn"),
    "AWS::SQS::Queue": _named("QueueName", None, "Arn", "QueueUrl"),
}
_NAMESPACES = ("AWS/", "ECS/ContainerInsights")


def misnamed(namespace: Value, dimension: str, value: Value) -> tuple[Resource, str] | None:
    """The resource that a dimension refers to by something that its metrics do not carry, and what they carry.

    Args:
        namespace: of the metric; in one of the user's own a dimension may hold anything.
        dimension: its name; those called ``...Arn`` hold ARNs.
        value: its value.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> queue = Assembly.from_template({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}).all_resources[0]
        >>> misnamed("AWS/SQS", "QueueName", Reference(queue))
        (<AWS::SQS::Queue Template/Q>, 'QueueName')
        >>> misnamed("AWS/SQS", "QueueName", Reference(queue, "QueueName"))
    """
    if not isinstance(value, Reference) or dimension.endswith("Arn"):
        return None
    if not isinstance(namespace, str) or not namespace.startswith(_NAMESPACES):
        return None
    named = _NAMED.get(value.resource.type)
    return (value.resource, named.right) if named is not None and value.attribute in named.wrong else None
