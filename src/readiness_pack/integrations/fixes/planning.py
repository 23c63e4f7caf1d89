"""What to set on a resource: only what is absent. What the template says, also ``false`` or a token, is the user's."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from readiness_pack.integrations.fixes.model import Fix, Option, Subject

_STEP = re.compile(r"(?P<name>@?\w+)(?:\[(?:(?P<each>\*)|(?P<key>\w+)=(?P<wanted>[^\]]+))\])?(?:\.|$)")


@dataclass(frozen=True)
class Step:
    """One step of a property path: a name, and which elements of the list there.

    Args:
        name: the property.
        each: whether every element is meant.
        key: the property of an element that is compared.
        wanted: the value of that property.
    """

    name: str
    each: bool = False
    key: str = ""
    wanted: str = ""

    @property
    def is_list(self) -> bool:
        """Whether the property is a list."""
        return self.each or bool(self.key)


def steps(path: str) -> list[Step]:
    """A path of the table, step by step.

    Example:
        >>> [step.name for step in steps("LoadBalancerAttributes[Key=deletion_protection.enabled].Value")]
        ['LoadBalancerAttributes', 'Value']
    """
    matches = list(_STEP.finditer(path))
    return [Step(m["name"], m["each"] is not None, m["key"] or "", m["wanted"] or "") for m in matches]


@dataclass
class Plan:
    """What is to be set on one resource.

    Args:
        resource: the resource as it will be.
        set: what was absent, in order: the fix, the path of the table, the value.
        writes: what is written, by path: lists as a whole, everything else property by property.
    """

    resource: dict[str, Any]
    set: list[tuple[Fix, str, Any]] = field(default_factory=list)
    writes: dict[str, Any] = field(default_factory=dict)

    def take(self, fix: Fix, path: str, value: Any) -> None:
        """Set ``path`` to ``value`` where it is absent."""
        way = steps(path)
        holder = self.resource if path.startswith("@") else self.resource.setdefault("Properties", {})
        if path.startswith("@"):
            way = [Step(path[1:])]
        if not _put(holder, way, value):
            return
        self.set.append((fix, path, value))
        written = _written(way)
        self.writes["@" + written if path.startswith("@") else written] = _at(holder, written)


def plan(subject: Subject, fixes: Iterable[Fix], options: Mapping[str, Any]) -> Plan:
    """What ``fixes`` set on a resource.

    Args:
        subject: the resource.
        fixes: the fixes to apply; those for other types, and those whose option has no value, are passed over.
        options: the arguments of ``ReadinessFixes`` by name.

    Example:
        >>> from readiness_pack.integrations.fixes.table import FIXES
        >>> key = {"Type": "AWS::KMS::Key", "Properties": {}}
        >>> plan(Subject("Key", key, {"Key": key}), FIXES, {}).writes["EnableKeyRotation"]
        True
    """
    made = Plan(copy.deepcopy(dict(subject.resource)))
    for fix in fixes:
        if subject.type not in fix.types or not fix.when(subject):
            continue
        values = {path: _value(value, options) for path, value in fix.sets.items()}
        if None not in values.values():
            for path, value in values.items():
                made.take(fix, path, copy.deepcopy(value))
    return made


def _value(value: Any, options: Mapping[str, Any]) -> Any:
    if not isinstance(value, Option):
        return value
    given = options.get(value.name)
    return [given] if value.in_list and given is not None else given


def is_intrinsic(value: Any) -> bool:
    """Whether ``value`` is a function of CloudFormation's, so that what it holds is not known before deployment."""
    return isinstance(value, Mapping) and len(value) == 1 and ("Ref" in value or next(iter(value)).startswith("Fn::"))


def _put(holder: dict[str, Any], way: list[Step], value: Any) -> bool:
    """Set what ``way`` leads to where it is absent; whether anything was set."""
    step, rest = way[0], way[1:]
    current = holder.get(step.name)
    if step.is_list:
        return _put_in_list(holder, step, rest, value)
    if not rest:
        if current is None:
            holder[step.name] = value
        return current is None
    if current is None:
        fresh: dict[str, Any] = {}
        if _put(fresh, rest, value):
            holder[step.name] = fresh
            return True
        return False
    return isinstance(current, dict) and not is_intrinsic(current) and _put(current, rest, value)


def _put_in_list(holder: dict[str, Any], step: Step, rest: list[Step], value: Any) -> bool:
    elements = holder.get(step.name)
    if elements is None and step.key:
        elements = []
    if not isinstance(elements, list):
        return False  # absent, or a function: there is no element to look at
    if step.each:
        put = [_put(one, rest, value) for one in elements if isinstance(one, dict) and not is_intrinsic(one)]
        return any(put)
    if any(not isinstance(one, dict) or is_intrinsic(one) or is_intrinsic(one.get(step.key)) for one in elements):
        return False  # the element may be there after all
    found = [one for one in elements if one.get(step.key) == step.wanted]
    if found:
        return _put(found[0], rest, value)
    made = {step.key: step.wanted}
    _put(made, rest, value)
    holder[step.name] = [*elements, made]
    return True


def _written(way: list[Step]) -> str:
    """The path that is written: CloudFormation's lists cannot be written in part."""
    names: list[str] = []
    for step in way:
        names.append(step.name)
        if step.is_list:
            break
    return ".".join(names)


def _at(holder: Mapping[str, Any], path: str) -> Any:
    found: Any = holder
    for name in path.split("."):
        found = found[name]
    return found
