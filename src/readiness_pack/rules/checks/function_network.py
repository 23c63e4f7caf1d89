"""The check that a function which works with private data stores is in their VPC."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Text, Undecided, Value
from readiness_pack.template.views import (
    Partial,
    Statement,
    allows,
    covers_action,
    principal_statements,
    references_of,
    trust_statements,
)

_VPC = "VpcConfig.SubnetIds"

# Stores that only listen in a VPC; those that can have a public address too have the property.
_STORES = frozenset(
    {
        "AWS::RDS::DBInstance",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBProxy",
        "AWS::DocDB::DBCluster",
        "AWS::Neptune::DBCluster",
        "AWS::Redshift::Cluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ServerlessCache",
        "AWS::MemoryDB::Cluster",
        "AWS::DAX::Cluster",
    }
)
_ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"
# Connecting with these permissions goes to the address of the store.
_CONNECTING = ("rds-db:", "elasticache:Connect", "neptune-db:")
# With the Data APIs a function works through AWS and needs no way into the VPC:
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.html,
# https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
_DATA_APIS = ("rds-data:ExecuteStatement", "redshift-data:ExecuteStatement")


def in_vpc(rule: Rule, function: Resource) -> Verdicts:
    """A function is in a VPC when it reaches what only a VPC reaches, or always where the parameter says so."""
    if function.managed_by_cdk or _runs_at_the_edge(function):
        return NOT_APPLICABLE
    if function.get(_VPC) is not None and function.list(_VPC):
        return PASS
    if rule["require_lambda_vpc"]:
        return fail(_VPC, reason="is in no VPC")
    for reach in (_by_environment(function), _by_grants(_statements(function))):
        for how in reach:
            return fail(_VPC, reason=f"{how}, but is in no VPC")
    return NOT_APPLICABLE


def _runs_at_the_edge(function: Resource) -> bool:
    """CloudFront runs a function in its own places, where there is no VPC."""
    versions = function.referrers("AWS::Lambda::Version", path="FunctionName")
    if any(version.referrers("AWS::CloudFront::Distribution") for version in versions):
        return True
    role = function.target("Role")
    if role is None:
        return False
    return any(
        principal.service == "edgelambda"
        for statement in trust_statements(role).known
        for principal in (statement.principals or Partial()).known
    )


def _statements(function: Resource) -> Partial[Statement]:
    role = function.target("Role")
    if role is None:
        return Partial(reason=f"the role of {function.logical_id} is not in this app")
    return principal_statements(role)


def _by_environment(function: Resource) -> Iterator[str]:
    """Variables with the address of a store: ``Fn::GetAtt: [Database, Endpoint.Address]``."""
    variables = function.get("Environment.Variables")
    for value in variables.values() if isinstance(variables, dict) else ():
        for reference in _references(value):
            if _is_address(reference) and _is_private(reference.resource):
                yield f"is told the address of {reference.resource.logical_id}"


def _is_address(reference: Reference) -> bool:
    """``Endpoint.Address``, ``PrimaryEndPoint.Address``, ``Endpoint`` of a proxy: addresses, but no ports."""
    attribute = (reference.attribute or "").lower()
    return reference.resource.type in _STORES and "endpoint" in attribute and not attribute.endswith("port")


def _references(value: Value) -> tuple[Reference, ...]:
    if isinstance(value, Reference):
        return (value,)
    return value.references if isinstance(value, Text) else ()


def _by_grants(statements: Partial[Statement]) -> Iterator[str]:
    for statement in statements.known:
        if statement.effect != "Allow":
            continue
        if _connects(statement):
            store = next(iter(_stores_in(statement)), None)
            if store is None or _is_private(store):
                yield f"may connect to {store.logical_id if store else 'databases'} with IAM"
        if covers_action(statement, "secretsmanager:GetSecretValue"):
            yield from _by_secrets(statement, statements)
    if statements.reason is not None:
        raise Undecided(statements.reason)


def _connects(statement: Statement) -> bool:
    actions = statement.actions or ()
    return any(_names_service(action, prefix) for action in actions for prefix in _CONNECTING)


def _names_service(action: Value, prefix: str) -> bool:
    """Whether an action is one of this service; ``*`` says nothing about what is really used."""
    return isinstance(action, str) and action.lower().startswith(prefix.lower())


def _stores_in(statement: Statement) -> list[Resource]:
    found = references_of(list(statement.resources or ()))
    return [resource for resource in found if resource.type in _STORES]


def _by_secrets(statement: Statement, statements: Partial[Statement]) -> Iterator[str]:
    for resource in references_of(list(statement.resources or ())):
        for store in _stores_of_secret(resource):
            if _is_private(store) and not _uses_data_api(statements):
                yield f"may read the credentials of {store.logical_id}"


def _stores_of_secret(resource: Resource) -> list[Resource]:
    """The stores that a secret, or its attachment to one, opens; a store names the secret that RDS manages for it."""
    if resource.type in _STORES:
        return [resource]
    if resource.type == _ATTACHMENT:
        store = resource.target("TargetId")
        return [store] if store is not None and store.type in _STORES else []
    if resource.type != "AWS::SecretsManager::Secret":
        return []
    found = resource.referrers(*_STORES)
    for attachment in resource.referrers(_ATTACHMENT, path="SecretId"):
        found += _stores_of_secret(attachment)
    return found


def _is_private(store: Resource) -> bool:
    if store.type not in ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::Redshift::Cluster"):
        return True
    return not store.flag("PubliclyAccessible", default=False)


def _uses_data_api(statements: Partial[Statement]) -> bool:
    return any(allows(statements.known, action) for action in _DATA_APIS)
