"""KMS keys behind properties: whose key it is, and which resource of the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from readiness_pack.template.graph import assembly_target
from readiness_pack.template.values import Text, Unknown, Value
from readiness_pack.template.views.relations import RELATIONS, related

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource

Owner = Literal["app", "outside", "aws"]

_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")


@dataclass(frozen=True, slots=True)
class KeyUse:
    """The KMS key that a property names.

    Args:
        owner: ``app`` for a key of the app, ``outside`` for one whose policy is not to be seen (an ARN or id from
            elsewhere), ``aws`` for a key that AWS manages (``alias/aws/...``).
        key: the key, where it is one of the app.
        value: what the property holds.
    """

    owner: Owner
    key: Resource | None
    value: Value


def key_use(resource: Resource, path: str) -> KeyUse | None:
    """The KMS key that ``path`` of ``resource`` names; ``None`` where the property is absent.

    Aliases of the app are followed to their key.

    Raises:
        Undecided: the value is not known, so that it may be a key that AWS manages.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Key": {"Type": "AWS::KMS::Key"},
        ...     "Alias": {"Type": "AWS::KMS::Alias", "Properties": {
        ...         "AliasName": "alias/orders", "TargetKeyId": {"Ref": "Key"}}},
        ...     "Mine": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/orders"}},
        ...     "Theirs": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/aws/sns"}}}})
        >>> [key_use(topic, "KmsMasterKeyId").owner for topic in app.of_type("AWS::SNS::Topic")]
        ['app', 'aws']
    """
    value = resource.get(path)
    if value is None:
        return None
    named = assembly_target(resource.assembly.graph, value)
    if named is None and isinstance(value, str):
        named = resource.assembly.graph.named(value, ("AWS::KMS::Alias",))
    key = _behind(named)
    if key is not None:
        return KeyUse("app", key, value)
    if isinstance(value, Unknown):
        value.undecided()
    text = value.prefix + value.suffix if isinstance(value, Text) else value
    return KeyUse("aws" if isinstance(text, str) and "alias/aws/" in text else "outside", None, value)


def _behind(named: Resource | None) -> Resource | None:
    """The key itself, or the one that an alias of the app stands for."""
    for _ in range(4):  # an alias names a key; more than a few steps is a loop
        if named is None or named.type in _KEYS:
            return named
        if named.type != "AWS::KMS::Alias":
            return None
        named = assembly_target(named.assembly.graph, named.get("TargetKeyId"))
    return None


def key_users(key: Resource) -> list[Resource]:
    """Everything in the app that encrypts with ``key``, directly or by an alias.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Key": {"Type": "AWS::KMS::Key"},
        ...     "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}}}})
        >>> key_users(app.all_resources[0])
        [<AWS::Logs::LogGroup Template/Logs>]
    """
    named = [key, *key.referrers("AWS::KMS::Alias", path="TargetKeyId")]
    return list(dict.fromkeys(user for one in named for user in related(one, "key")))


def key_paths(resource: Resource) -> tuple[str, ...]:
    """The properties by which the type of ``resource`` names KMS keys."""
    return tuple(path for type_, path in RELATIONS["key"] if type_ == resource.type)
