"""What the CloudFormation schemas say of resource types: which exist, their attributes, where they take tags."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from readiness_pack.data._tables import Content, load

TagShape = Literal["list", "map"]


class Tagging(msgspec.Struct, frozen=True):
    """Where a resource type takes its own tags.

    Args:
        path: of the property, such as ``Tags``, ``FileSystemTags`` or ``TagSpecifications[*].Tags``.
        shape: ``list`` of objects with ``Key`` and ``Value`` (and perhaps more), or ``map`` of key to value.
        declared: whether the schema's tagging metadata says that the type can be tagged. Where it is false the property
            exists all the same: old schemas have no such metadata.
    """

    path: str
    shape: TagShape
    declared: bool


class _Tagging(Content, frozen=True):
    entries: dict[str, Tagging | None]


class _Types(Content, frozen=True):
    entries: dict[str, str]


def tagging(resource_type: str) -> Tagging | None:
    """Where ``resource_type`` takes tags, ``None`` where it takes none or is unknown.

    Example:
        >>> tagging("AWS::SSM::Parameter").shape
        'map'
        >>> tagging("AWS::IAM::Policy") is None
        True
    """
    return _tagging().get(resource_type)


def is_taggable(resource_type: str) -> bool:
    """Whether a template can tag resources of ``resource_type``."""
    return tagging(resource_type) is not None


def known_types() -> frozenset[str]:
    """Every resource type of AWS and SAM that the table knows."""
    return frozenset(_types())


def is_known_type(resource_type: str) -> bool:
    """Whether ``resource_type`` exists. What AWS does not define (custom resources, modules) counts as known.

    Example:
        >>> is_known_type("AWS::SQS::Queue"), is_known_type("AWS::SQS::Queu"), is_known_type("Custom::AWS")
        (True, False, True)
    """
    return not resource_type.startswith("AWS::") or resource_type.endswith("::MODULE") or resource_type in _types()


def attributes(resource_type: str) -> tuple[str, ...] | None:
    """The attributes that Fn::GetAtt can read from ``resource_type``, ``None`` where the type is unknown.

    A name that ends in ``*`` stands for all names that begin so.

    Example:
        >>> attributes("AWS::KMS::Key")
        ('Arn', 'KeyId')
    """
    names = _types().get(resource_type)
    return None if names is None else tuple(names.split())


def has_attribute(resource_type: str, attribute: str) -> bool | None:
    """Whether Fn::GetAtt can read ``attribute`` from ``resource_type``, ``None`` where the type is unknown.

    Example:
        >>> has_attribute("AWS::CloudFormation::Stack", "Outputs.Url"), has_attribute("AWS::KMS::Key", "Name")
        (True, False)
    """
    names = attributes(resource_type)
    if names is None:
        return None
    return any(attribute.startswith(name[:-1]) if name.endswith("*") else attribute == name for name in names)


@cache
def _tagging() -> dict[str, Tagging | None]:
    return load("tagging", _Tagging).entries


@cache
def _types() -> dict[str, str]:
    return load("types", _Types).entries
