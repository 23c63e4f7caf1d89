"""Takes back what the user sets after the mixin was applied: the later value of the user's stands.

A property override wins over the construct's own property, also over one that is set afterwards. So each stack with
changes gets a validation, which CDK calls when all code has run and references between stacks are in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import CfnResource, Stack
from constructs import IValidation

from readiness_pack.integrations.cdk.fixes.reading import Reading, own_properties, read
from readiness_pack.integrations.cdk.fixes.writing import write

Again = Callable[[dict[str, Any]], dict[str, Any]]
"""From the properties that a construct itself holds to those that the fixes make of them."""


@dataclass
class Written:
    """What was written to a resource, by any number of mixins.

    Args:
        resource: the construct.
        logical_id: its logical id.
        writes: what was written, by path.
        again: what works the fixes out anew, in order.
        taken_back: who is told of a path that the user set after all.
    """

    resource: CfnResource
    logical_id: str
    writes: dict[str, Any] = field(default_factory=dict)
    again: list[Again] = field(default_factory=list)
    taken_back: list[Callable[[CfnResource, str], None]] = field(default_factory=list)

    def anew(self, own: dict[str, Any]) -> dict[str, Any]:
        """What the fixes make of the properties ``own``."""
        for again in self.again:
            own = again(own)
        return own


@jsii.implements(IValidation)
class Guard:
    """The validation of one stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._written: dict[int, Written] = {}

    def of(self, resource: CfnResource, logical_id: str) -> Written:
        """What was written to ``resource``, to be added to."""
        return self._written.setdefault(id(resource), Written(resource, logical_id))

    def validate(self) -> list[str]:
        """Called by CDK before the stack is written; it has no complaints."""
        reading: Reading | None = None
        for written in self._written.values():
            held = {name.casefold() for name, value in written.resource._cfn_properties.items() if value is not None}
            paths = [path for path in written.writes if path.split(".")[0].casefold() in held]
            if paths:
                reading = reading or read(self._stack)
                self._settle(written, paths, reading)
        return []

    def _settle(self, written: Written, paths: list[str], reading: Reading) -> None:
        own = own_properties(written.resource, self._stack)
        anew = written.anew(own)
        shown = reading.resources.get(written.logical_id, {}).get("Properties") or {}
        for path in paths:
            ours, wanted = written.writes[path], _at(anew, path)
            if wanted is None or _at(shown, path) != self._stack.resolve(ours):
                continue  # an override of the user's came after ours
            if wanted != ours:
                write(written.resource, {path: wanted})
                written.writes[path] = wanted
            if wanted == _at(own, path):
                for taken_back in written.taken_back:
                    taken_back(written.resource, path)


_GUARDS: WeakKeyDictionary[Stack, Guard] = WeakKeyDictionary()


def guard_of(stack: Stack) -> Guard:
    """The guard of ``stack``: one, whatever the number of mixins."""
    if stack not in _GUARDS:
        _GUARDS[stack] = Guard(stack)
        stack.node.add_validation(_GUARDS[stack])
    return _GUARDS[stack]


def _at(holder: Any, path: str) -> Any:
    for name in path.split("."):
        holder = holder.get(name) if isinstance(holder, Mapping) else None
    return holder
