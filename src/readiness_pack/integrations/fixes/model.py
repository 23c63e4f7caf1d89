"""The words of the table: what a fix sets, on which resources, and what a change was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Option:
    """A value that is an argument of ``ReadinessFixes``, such as the days that logs are kept.

    Args:
        name: the argument.
        in_list: whether the property is a list, and the value its one element.
    """

    name: str
    in_list: bool = False


@dataclass(frozen=True)
class Subject:
    """A resource as the template has it, escape hatches included.

    Args:
        logical_id: its logical id.
        resource: the resource as the template has it: ``Type``, ``Properties`` and so on.
        stack: all resources of its stack by logical id.
    """

    logical_id: str
    resource: Mapping[str, Any]
    stack: Mapping[str, Mapping[str, Any]]

    @property
    def type(self) -> str:
        """The resource type."""
        return str(self.resource.get("Type"))

    def get(self, path: str) -> Any:
        """The property at ``path`` (names and dots), ``None`` where there is none or an intrinsic is in the way.

        Example:
            >>> key = {"Type": "AWS::KMS::Key", "Properties": {"KeySpec": "RSA_2048"}}
            >>> Subject("Key", key, {"Key": key}).get("KeySpec")
            'RSA_2048'
        """
        found: Any = self.resource.get("Properties") or {}
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def others(self, type_: str) -> Mapping[str, Mapping[str, Any]]:
        """The properties of every resource of ``type_`` in the stack, by logical id."""
        return {name: one.get("Properties") or {} for name, one in self.stack.items() if one.get("Type") == type_}

    def is_named_by(self, value: Any) -> bool:
        """Whether ``value`` refers to this resource: ``Ref``, ``GetAtt``, also below other functions."""
        match value:
            case {"Ref": name}:
                return bool(name == self.logical_id)
            case {"Fn::GetAtt": [name, *_]}:
                return bool(name == self.logical_id)
            case Mapping():
                return any(map(self.is_named_by, value.values()))
            case list():
                return any(map(self.is_named_by, value))
            case _:
                return False


def _always(_subject: Subject) -> bool:
    return True


@dataclass(frozen=True)
class Statements:
    """Statements that a resource policy gets where it lacks them.

    Args:
        policy_type: the type of the policy resource.
        names: the property by which the policy names its resource.
        in_list: whether that property is a list.
        added: the statements, for the logical id of the resource.
        standing: the statements that a policy that has yet to be made starts with.
    """

    policy_type: str
    names: str
    in_list: bool
    added: Callable[[str], list[dict[str, Any]]]
    standing: Callable[[str], list[dict[str, Any]]] = lambda _logical_id: []

    def policy_of(self, subject: Subject) -> str | None:
        """The logical id of the policy that the stack has for the resource."""
        policies = subject.others(self.policy_type)
        return next((name for name, found in policies.items() if subject.is_named_by(found.get(self.names))), None)

    def naming(self, reference: Any) -> dict[str, Any]:
        """The property of a policy that names its resource."""
        return {self.names: [reference] if self.in_list else reference}


@dataclass(frozen=True)
class Fix:
    """What makes a rule pass on resources of some types.

    Args:
        rule: the rule.
        types: the resource types.
        sets: property path -> value, set where the property is absent. ``List[*]`` is each element, ``List[Key=a]``
            the element with that key, made where there is none; ``@DeletionPolicy`` an attribute of the resource.
        note: what else to know, such as what it costs.
        consent: why it is applied only where the rule is named: what changes for somebody.
        when: whether the fix is meant for a resource; what the rule does not judge is left alone.
        judged: whether it is meant only where the rule fails in the stack, since that hangs on other resources.
        statements: what the policy of the resource gets instead of properties.
        rights: IAM actions that the resource's role needs for it.
        role: the property with that role.
    """

    rule: str
    types: tuple[str, ...]
    sets: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    consent: str = ""
    when: Callable[[Subject], bool] = _always
    judged: bool = False
    statements: Statements | None = None
    rights: tuple[str, ...] = ()
    role: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """The arguments of ``ReadinessFixes`` that it takes its values from."""
        return tuple(dict.fromkeys(value.name for value in self.sets.values() if isinstance(value, Option)))


@dataclass(frozen=True)
class Change:
    """One thing that was set.

    Args:
        rule: the rule that it is for.
        construct_path: the construct.
        logical_id: the resource.
        resource_type: its type.
        property_path: what was set; ``PolicyDocument.Statement`` of its policy where a statement was added.
        value: what it was set to.

    Example:
        >>> str(Change("KmsKeyRotationEnabled", "Shop/Key", "Key", "AWS::KMS::Key", "EnableKeyRotation", True))
        'Shop/Key: EnableKeyRotation set to true (KmsKeyRotationEnabled)'
    """

    rule: str
    construct_path: str
    logical_id: str
    resource_type: str
    property_path: str
    value: Any

    def __str__(self) -> str:
        said = json.dumps(self.value, default=str)
        return f"{self.construct_path}: {self.property_path} set to {said} ({self.rule})"
