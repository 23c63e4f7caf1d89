"""Which resource a value names, and what the ARN of a resource looks like."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from readiness_pack.template import names
from readiness_pack.template.graph import assembly_target
from readiness_pack.template.values import Reference, Text, Unknown, Value, join_text

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly
    from readiness_pack.template.resource import Resource

# ARNs without a region, and those without an account either:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
_NO_REGION = ("iam", "s3")
_NO_ACCOUNT = ("s3",)


def named_resource(assembly: Assembly, value: Value) -> Resource | None:
    """The resource of the app that ``value`` names, ``None`` where it is none of them or not certain; never raises.

    Args:
        assembly: the app.
        value: a reference, a name, an ARN or the URL of a queue, as far as it is known.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Q": {
        ...     "Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}}})
        >>> named_resource(app, "https://sqs.eu-west-1.amazonaws.com/111111111111/orders")
        <AWS::SQS::Queue Template/Q>
    """
    if isinstance(value, str) and value.startswith("https://sqs."):
        return assembly.graph.named(value.rsplit("/", 1)[-1], ("AWS::SQS::Queue",))
    return assembly_target(assembly.graph, value)


def mentions(value: Value, resource: Resource) -> bool:
    """Whether ``value`` refers to ``resource`` or names it, wholly or as a part: ``${Table.Arn}/index/*``.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"T": {"Type": "AWS::DynamoDB::Table"}}})
        >>> table = app.of_type("AWS::DynamoDB::Table")[0]
        >>> mentions(Text((Reference(table, "Arn"), "/index/*")), table)
        True
    """
    if isinstance(value, list):
        return any(mentions(part, resource) for part in value)
    if isinstance(value, Text) and resource in references_of(value):
        return True
    if isinstance(value, str) and resource.literal_name is not None and value == resource.literal_name:
        return True
    return named_resource(resource.assembly, value) is resource


def attached(resource: Resource, type_: str, path: str) -> list[Resource]:
    """The resources of ``type_`` whose property ``path`` names ``resource`` in the world at hand.

    Args:
        resource: what is named.
        type_: e.g. ``AWS::S3::BucketPolicy``.
        path: the property, with ``[*]`` for lists.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Bucket": {"Type": "AWS::S3::Bucket"},
        ...     "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Bucket"}}}}})
        >>> attached(app.of_type("AWS::S3::Bucket")[0], "AWS::S3::BucketPolicy", "Bucket")
        [<AWS::S3::BucketPolicy Template/Policy>]
    """
    found = [
        source
        for source in resource.referrers(type_, path=path)
        if any(mentions(value, resource) for _, value in source.each(path))
    ]
    if path.endswith("[*]"):
        # CloudFormation accepts a single value for a list.
        whole = path.removesuffix("[*]")
        found += [one for one in resource.referrers(type_, path=whole) if mentions(one.get(whole), resource)]
    return list(dict.fromkeys(found))


@cache
def _arn_parts() -> dict[str, tuple[str, str]]:
    """Resource type -> service and resource prefix of its ARNs."""
    found: dict[str, tuple[str, str]] = {}
    for (service, prefix), types in names._ARN_TYPES.items():
        for type_ in types:
            found.setdefault(type_, (service, prefix))
    return found


_COLON_TYPES = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::Backup::BackupVault",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
        "AWS::SecretsManager::Secret",
        "AWS::StepFunctions::StateMachine",
    }
)


def arn_service(type_: str) -> str | None:
    """The service in the ARNs of a resource type; ``None`` where it is not known here.

    Example:
        >>> arn_service("AWS::StepFunctions::StateMachine")
        'states'
    """
    parts = _arn_parts().get(type_)
    return parts[0] if parts else None


@cache
def services() -> dict[str, frozenset[str]]:
    """The services whose ARNs are known here -> the families of types that have such ARNs (``AWS::RDS::...``: ``RDS``).

    Example:
        >>> sorted(services()["rds"])
        ['DocDB', 'Neptune', 'RDS']
    """
    found: dict[str, set[str]] = defaultdict(set)
    for (service, _), types in names._ARN_TYPES.items():
        found[service] |= {type_.split("::")[1] for type_ in types}
    # Databases that share the management API of RDS, and the older name of OpenSearch.
    found["rds"] |= {"Neptune", "DocDB"}
    found["es"] |= {"Elasticsearch"}
    return {service: frozenset(families) for service, families in found.items()}


def arn_of(resource: Resource) -> Value:
    """The ARN of ``resource`` as far as it is known before deployment.

    A name that CloudFormation will choose, and an account or region that the stack does not name, stay open.

    Returns:
        Text, partly known text, or :class:`Unknown` for types whose ARN format is not known here.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
        >>> str(arn_of(app.of_type("AWS::SQS::Queue")[0]))
        'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Q}'
    """
    parts = _arn_parts().get(resource.type)
    if parts is None:
        return Unknown(f"the ARN of {resource.logical_id} is only known after deployment", kind="attribute")
    service, prefix = parts
    stack = resource.stack
    path = names.NAME_PROPERTIES[resource.type]
    name = resource.get(path)
    if not isinstance(name, str | Text | Unknown):
        name = Reference(resource)
    separator = "" if not prefix else ":" if resource.type in _COLON_TYPES else "/"
    if isinstance(name, str) and prefix == "alias":
        name = name.removeprefix("alias/")
    if isinstance(name, str) and resource.type == "AWS::SSM::Parameter":
        name = name.removeprefix("/")
    pieces: list[Value] = ["arn:", stack.pseudo("AWS::Partition"), f":{service}:"]
    pieces += [] if service in _NO_REGION else [stack.pseudo("AWS::Region")]
    pieces += [":"] if service in _NO_ACCOUNT else [":", stack.pseudo("AWS::AccountId")]
    pieces += [":", prefix, separator, name]
    if resource.type == "AWS::SecretsManager::Secret":
        pieces += ["-", Unknown("an ARN of Secrets Manager ends with six characters of its own", kind="attribute")]
    return join_text(pieces)


def references_of(value: Value) -> list[Resource]:
    """Every resource that ``value`` refers to at any depth, each once, in order.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})
        >>> references_of({"a": [Reference(app.of_type("AWS::SNS::Topic")[0])]})
        [<AWS::SNS::Topic Template/T>]
    """
    found: dict[Resource, None] = defaultdict()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Reference):
            found[one.resource] = None
        elif isinstance(one, Text):
            waiting += reversed(one.parts)
        elif isinstance(one, Unknown) and one.target is not None:
            found[one.target] = None
        elif isinstance(one, list):
            waiting += reversed(one)
        elif isinstance(one, dict):
            waiting += reversed(one.values())
    return list(found)
