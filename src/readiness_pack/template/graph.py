"""Who refers to whom through which property, over the whole app; built in one pass."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from readiness_pack.template import conditions, names
from readiness_pack.template.intrinsics import INTRINSICS, resolve
from readiness_pack.template.markers import UNKNOWN
from readiness_pack.template.paths import any_index
from readiness_pack.template.values import Reference, Text, Undecided, Unknown, Value
from readiness_pack.template.worlds import Fork

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly
    from readiness_pack.template.resource import Resource
    from readiness_pack.template.stack import Stack

Guards = tuple[tuple["Stack", str, bool], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """``source`` refers to ``target``.

    Args:
        source: the resource in whose declaration the reference stands.
        path: the property, indices as ``[*]``; ``@DependsOn`` for that attribute.
        target: what is referred to.
        attribute: the ``Fn::GetAtt`` attribute; ``None`` for ``Ref``, a literal name or ARN.
        guards: the branches of ``Fn::If`` in which the reference stands.
    """

    source: Resource
    path: str
    target: Resource
    attribute: str | None
    guards: Guards = ()

    def holds(self) -> bool:
        """Whether the reference exists in the world at hand."""
        return (
            all(conditions.holds(name, stack) is wanted for stack, name, wanted in self.guards) and self.source.exists()
        )


class Graph:
    """The references of an app. Ask through :class:`~readiness_pack.template.resource.Resource`."""

    def __init__(self, assembly: Assembly) -> None:
        self._names: dict[str, list[Resource]] = defaultdict(list)
        self._out: dict[Resource, list[Edge]] = defaultdict(list)
        self._in: dict[Resource, list[Edge]] = defaultdict(list)
        self._in_by: dict[tuple[Resource, str, str], list[Edge]] = defaultdict(list)
        self._followed: set[tuple[Any, ...]] = set()
        # While names and edges are read, a {{resolve:secretsmanager:...}} already asks which resource has that name.
        assembly.__dict__["graph"] = self
        for resource in assembly.all_resources:
            if resource.literal_name:
                self._names[resource.literal_name].append(resource)
        for resource in assembly.all_resources:
            self._read(resource)

    # Look-ups --------------------------------------------------------------------------------------------------------

    def edges_in(self, target: Resource, types: tuple[str, ...], path: str | None) -> list[Edge]:
        """References to ``target`` from resources of ``types``, through ``path``; any where none is given."""
        if not types:
            found = self._in.get(target, ())
            edges = [edge for edge in found if path is None or edge.path == path]
        elif path is not None:
            edges = [edge for type_ in types for edge in self._in_by.get((target, type_, path), ())]
        else:
            edges = [edge for edge in self._in.get(target, ()) if edge.source.type in types]
        return [edge for edge in edges if edge.holds()]

    def edges_out(self, source: Resource, path: str | None) -> list[Edge]:
        """References from ``source``, through ``path`` where given."""
        return [edge for edge in self._out.get(source, ()) if (path is None or edge.path == path) and edge.holds()]

    def named(self, text: str, types: tuple[str, ...] = ()) -> Resource | None:
        """The resource that a literal ARN, or a literal name of one of ``types``, names; ``None`` if not certain."""
        if text.startswith("arn:"):
            types, options = names.arn_candidates(text)
        else:
            options = (text,)
        for option in options:
            found = [resource for resource in self._names.get(option, ()) if not types or resource.type in types]
            if len(found) == 1:
                return found[0]
        return None

    # Building --------------------------------------------------------------------------------------------------------

    def _read(self, resource: Resource) -> None:
        self._followed.clear()
        intrinsic: set[str] = set()
        properties = resource.properties
        if isinstance(properties, dict):
            for key, value in properties.items():
                if key in INTRINSICS or key.startswith("Fn::"):
                    intrinsic = set(properties)
                    resource.intrinsic_keys = None
                    self._walk(properties, "", (), resource, resource.stack, 0)
                    break
                if self._walk(value, key, (), resource, resource.stack, 0):
                    intrinsic.add(key)
            else:
                resource.intrinsic_keys = frozenset(intrinsic)
        depends = resource.raw.get("DependsOn")
        for name in [depends] if isinstance(depends, str) else depends if isinstance(depends, list) else ():
            target = resource.stack.resources.get(name) if isinstance(name, str) else None
            if target is not None:
                self._add(Edge(resource, "@DependsOn", target, None))

    def _add(self, edge: Edge) -> None:
        self._out[edge.source].append(edge)
        self._in[edge.target].append(edge)
        self._in_by[edge.target, edge.source.type, edge.path].append(edge)

    def _walk(self, value: Any, path: str, guards: Guards, source: Resource, stack: Stack, hops: int) -> bool:
        """File the references below ``value``; whether anything in it needs resolving."""
        if isinstance(value, str):
            if "{{resolve:" in value:
                self._resolved(value, path, guards, source, stack)
                return True
            self._literal(value, path, guards, source)
            return False
        if isinstance(value, list):
            found = False
            for part in value:
                found = self._walk(part, f"{path}[*]", guards, source, stack, hops) or found
            return found
        if not isinstance(value, dict):
            return value is None
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in INTRINSICS or name.startswith("Fn::"):
                self._intrinsic(name, argument, path, guards, source, stack, hops)
                return True
        found = "Fn::Transform" in value or UNKNOWN in value
        for key, part in value.items():
            kind = type(part)  # most values are such as need neither a call nor their path
            if kind is bool or kind is int:
                continue
            if kind is str and not (part in self._names or "{{resolve:" in part or part.startswith("arn:")):
                continue
            found = self._walk(part, f"{path}.{key}" if path else key, guards, source, stack, hops) or found
        return found

    def _intrinsic(
        self, name: str, argument: Any, path: str, guards: Guards, source: Resource, stack: Stack, hops: int
    ) -> None:
        if hops > 32:  # a chain of parameters and outputs that is longer than any real one, or a loop
            return
        if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str):
            for wanted, branch in ((True, argument[1]), (False, argument[2])):
                self._walk(branch, path, (*guards, (stack, argument[0], wanted)), source, stack, hops)
        elif name == "Ref" and isinstance(argument, str) and argument in stack.resources:
            self._add(Edge(source, any_index(path), stack.resources[argument], None, guards))
        elif name == "Ref":
            self._parameter(argument, path, guards, source, stack, hops)
        elif name == "Fn::GetAtt":
            self._attribute(argument, path, guards, source, stack, hops)
        elif name == "Fn::Sub":
            self._substituted(argument, path, guards, source, stack, hops)
        elif name in ("Fn::Join", "Fn::ImportValue", "Fn::GetStackOutput"):
            self._resolved({name: argument}, path, guards, source, stack)
        else:
            self._walk_arguments(argument, path, guards, source, stack, hops)

    def _walk_arguments(
        self, argument: Any, path: str, guards: Guards, source: Resource, stack: Stack, hops: int
    ) -> None:
        """References inside a function's arguments count for the property in which the function stands."""
        if isinstance(argument, list):
            for part in argument:
                self._walk_arguments(part, path, guards, source, stack, hops)
        elif isinstance(argument, dict):
            self._walk(argument, path, guards, source, stack, hops)

    def _is_followed(self, *step: Any) -> bool:
        """Whether the resource at hand already led through ``step``: values that pass each other on may loop."""
        if step in self._followed:
            return True
        self._followed.add(step)
        return False

    def _parameter(self, name: Any, path: str, guards: Guards, source: Resource, stack: Stack, hops: int) -> None:
        parent = stack.parent
        if parent is not None and isinstance(name, str) and name in stack.parameters:
            given = stack._given(name)
            if isinstance(given, dict) and not self._is_followed(stack, name, path, guards):
                self._walk(given, path, guards, source, parent.stack, hops + 1)
        else:
            self._resolved({"Ref": name}, path, guards, source, stack)

    def _attribute(self, argument: Any, path: str, guards: Guards, source: Resource, stack: Stack, hops: int) -> None:
        pieces = argument.split(".", 1) if isinstance(argument, str) else argument
        if not (isinstance(pieces, list) and len(pieces) == 2 and isinstance(pieces[0], str)):
            return
        target = stack.resources.get(pieces[0])
        if target is None:
            return
        attribute = pieces[1] if isinstance(pieces[1], str) else None
        self._add(Edge(source, any_index(path), target, attribute, guards))
        if self._is_followed(target, attribute, path, guards):
            return
        handed_over = stack.assembly.hand_overs.behind(target, attribute)
        if handed_over is not None:
            expression, origin = handed_over
            self._walk(expression, path, guards, source, origin, hops + 1)

    def _substituted(self, argument: Any, path: str, guards: Guards, source: Resource, stack: Stack, hops: int) -> None:
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
            for part in argument[1].values():
                self._walk(part, path, guards, source, stack, hops)
        self._resolved({"Fn::Sub": argument}, path, guards, source, stack)

    def _resolved(self, value: Any, path: str, guards: Guards, source: Resource, stack: Stack) -> None:
        """References of a value in all its forms: every alternative of a choice is looked at."""
        assembly = stack.assembly
        for guard_facts, resolved in assembly.alternatives(lambda: resolve(value, stack)):
            del guard_facts
            for reference in _references(resolved):
                self._add(Edge(source, any_index(path), reference.resource, reference.attribute, guards))
            target = assembly_target(self, resolved)
            if target is not None and not any(ref.resource is target for ref in _references(resolved)):
                self._add(Edge(source, any_index(path), target, None, guards))

    def _literal(self, text: str, path: str, guards: Guards, source: Resource) -> None:
        if text.startswith("arn:"):
            target = self.named(text)
            if target is not None and target is not source:
                self._add(Edge(source, any_index(path), target, None, guards))
        elif text in self._names:
            for target in self._names[text]:
                if target is not source:
                    self._add(Edge(source, any_index(path), target, None, guards))


def _references(value: Value) -> list[Reference]:
    if isinstance(value, Reference):
        return [value]
    if isinstance(value, Text):
        return list(value.references)
    if isinstance(value, Unknown):
        return [Reference(value.target)] if value.target is not None else []
    if isinstance(value, list):
        return [reference for part in value for reference in _references(part)]
    if isinstance(value, dict):
        return [reference for part in value.values() for reference in _references(part)]
    return []


def assembly_target(graph: Graph, value: Value) -> Resource | None:
    """The one resource that ``value`` names, without raising: ``None`` where it is none of the app's or not certain."""
    if isinstance(value, Reference):
        return value.resource
    if isinstance(value, Unknown):
        return value.target
    if isinstance(value, Text):
        # A part of a resource's ARN stands for it as well: CDK names an alias by a part of its ARN and its own name.
        found = {part.resource for part in value.references}
        found |= {
            part.target
            for part in value.parts
            if isinstance(part, Unknown) and part.kind == "attribute" and part.target
        }
        if len(found) == 1:
            return found.pop()
        # Account, region and partition may be unknown: the name alone decides which resource of the app it is.
        spelled = "".join(part if isinstance(part, str) else "-" for part in value.parts)
        return graph.named(spelled) if not found and spelled.startswith("arn:") else None
    return graph.named(value) if isinstance(value, str) else None


__all__ = ["Edge", "Fork", "Graph", "Undecided", "assembly_target"]
