"""A resource of the app, and the questions that rules ask of it."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar

from readiness_pack.template import conditions, names
from readiness_pack.template.intrinsics import is_intrinsic, resolve, unwrap, unwritten
from readiness_pack.template.paths import Step, parse
from readiness_pack.template.values import (
    Reference,
    Undecided,
    Unknown,
    Value,
    as_flag,
    as_list,
    as_number,
    as_string,
    is_known,
)

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly
    from readiness_pack.template.graph import Edge
    from readiness_pack.template.stack import Stack
    from readiness_pack.template.worlds import World

T = TypeVar("T")


class Resource:
    """One resource as the template declares it, read in the world at hand.

    Args:
        logical_id: its key under ``Resources``.
        raw: the declaration: ``Type``, ``Properties``, ``Condition``, ``DeletionPolicy``, ``Metadata`` ...
        stack: where it is declared.
        construct_path: ``Stack/Orders/Resource`` where CDK recorded it, else ``None``.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Key": {"Type": "AWS::KMS::Key",
        ...     "Properties": {"EnableKeyRotation": "true"}}}})
        >>> key = app.of_type("AWS::KMS::Key")[0]
        >>> key.flag("EnableKeyRotation"), key.get("Description")
        (True, None)
    """

    __slots__ = (
        "_literal_name",
        "construct_path",
        "intrinsic_keys",
        "logical_id",
        "managed_by_cdk",
        "properties",
        "raw",
        "stack",
        "type",
    )

    def __init__(self, logical_id: str, raw: dict[str, Any], stack: Stack, construct_path: str | None = None) -> None:
        self.logical_id = logical_id
        self.type: str = raw["Type"]
        self.raw = raw
        properties = raw.get("Properties")
        self.properties: Any = {} if properties is None else properties
        self.stack = stack
        self.construct_path = construct_path
        self.managed_by_cdk = False
        # Keys of Properties that hold an intrinsic somewhere; the others are read without resolving.
        self.intrinsic_keys: frozenset[str] | None = None
        self._literal_name: str | bool | None = False

    def __repr__(self) -> str:
        return f"<{self.type} {self.stack.name}/{self.logical_id}>"

    @property
    def assembly(self) -> Assembly:
        """The app that it belongs to."""
        return self.stack.assembly

    def exists(self) -> bool:
        """Whether the resource's own ``Condition`` lets it be created in the world at hand."""
        name = self.raw.get("Condition")
        return True if not isinstance(name, str) else conditions.holds(name, self.stack)

    # Values ------------------------------------------------------------------------------------------------------

    def get(self, path: str = "", default: Any = None) -> Value:
        """The resolved value at ``path``.

        Args:
            path: a property path without ``[*]``; ``@DeletionPolicy`` reads an attribute of the resource; ``""`` reads
                all properties.
            default: what an absent property gives.

        Returns:
            Plain data, ``None``, :class:`Reference`, :class:`Text` or :class:`Unknown`; lists and objects are resolved
            to their depths.
        """
        value = self._at(parse(path))
        return default if value is None else value

    def _at(self, steps: tuple[Step, ...]) -> Value:
        value: Any = self.properties
        key = steps
        if steps and str(steps[0]).startswith("@"):
            value, steps = self.raw.get(str(steps[0])[1:]), steps[1:]
        elif steps and self.intrinsic_keys is not None and steps[0] not in self.intrinsic_keys:
            return _walk_plain(value, steps)
        return self._once(key, lambda: _walk(value, steps, self.stack))

    def _once(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """What ``work_out`` gives, worked out once a world: many rules read the same properties.

        As in `once_a_world` of the views: what was found with fewer assumptions holds here as well.
        """
        assembly = self.stack.assembly
        world: World | None = assembly.world
        while world is not None:
            found = world.values.get((self, key))
            if found is not None:
                assembly.consulted += found[1]
                return found[0]  # type: ignore[no-any-return]
            world = world.parent
        before, loops = len(assembly.consulted), assembly.loops_met
        value = work_out()
        if assembly.loops_met == loops:  # else it lacks what is under way at the moment
            assembly.world.values[(self, key)] = (value, assembly.consulted[before:])
        return value

    def each(self, path: str) -> builtins.list[tuple[str, Value]]:
        """Every value that a path with ``[*]`` names, with its concrete path: ``[("Rules[0].Status", "Enabled")]``.

        An absent list has no elements; a list that is not known gives its own path and the :class:`Unknown`.
        """
        return list(
            self._once(path, lambda: [(_spell(steps), value) for steps, value in _expand((), parse(path), self)])
        )

    def flag(self, path: str, default: bool | None = None) -> bool | None:
        """A boolean property (``"true"`` counts), ``default`` where absent. Raises :class:`Undecided`."""
        value = as_flag(self.get(path))
        return default if value is None else value

    def number(self, path: str, default: float | None = None) -> float | int | None:
        """A number property (``"30"`` counts), ``default`` where absent. Raises :class:`Undecided`."""
        value = as_number(self.get(path))
        return default if value is None else value

    def text(self, path: str, default: str | None = None) -> Value:
        """A property that is text; one that is open as :meth:`get` gives it. Raises :class:`Undecided` for no text."""
        value = as_string(self.get(path))
        return default if value is None else value

    def list(self, path: str) -> builtins.list[Value]:
        """A list property; a single value counts as a list of one, absent as none. Raises :class:`Undecided`."""
        return as_list(self.get(path))

    def raw_at(self, path: str) -> Any:
        """What is written at ``path``, intrinsics untouched (``Fn::If`` is not entered); ``None`` where absent."""
        steps = parse(path)
        if steps and str(steps[0]).startswith("@"):
            return _plain(self.raw.get(str(steps[0])[1:]), steps[1:])
        return _plain(self.properties, steps)

    @property
    def literal_name(self) -> str | None:
        """The physical name, where the template gives it: literally, or by functions of what it knows itself."""
        if self._literal_name is False:
            path = names.NAME_PROPERTIES.get(self.type)
            value = self.raw_at(path) if path else None
            self._literal_name = None  # for whoever asks while it is worked out
            if path is not None and isinstance(value, dict):
                value = self._same_in_every_world(path)
            self._literal_name = value if isinstance(value, str) else None
        return self._literal_name  # type: ignore[return-value]

    def _same_in_every_world(self, path: str) -> Value:
        """The value at ``path`` if it does not hang on a condition; ``None`` otherwise."""
        assembly = self.assembly
        consulted = list(assembly.consulted)
        found = assembly.alternatives(lambda: self.get(path), assembly.root)
        assembly.consulted[:] = consulted
        return found[0][1] if len(found) == 1 else None

    def forget_name(self) -> None:
        """To be called when other values are assumed: the name may hang on them."""
        self._literal_name = False

    def attribute(self, name: str) -> Value:
        """What ``Fn::GetAtt`` gives: a nested stack's output, a value handed over between regions, else a reference."""
        if self.type == "AWS::CloudFormation::Stack" and name.startswith("Outputs."):
            return self.assembly.hand_overs.nested_output(self, name.removeprefix("Outputs."))
        if self.type == "Custom::CrossRegionExportReader":
            value = self.assembly.hand_overs.ssm_value(name, self.stack)
            if value is not None:
                return value
        if self.type == "AWS::SSM::Parameter" and name == "Value":
            return self.assembly.hand_overs.parameter_value(self)
        return Reference(self, name)

    def location(self, path: str = "") -> tuple[str, int] | None:
        """File and line to look at: the user's own code where CDK recorded it, else the template.

        Args:
            path: a property path; its line in a template, or that of the nearest property around it.

        Returns:
            ``None`` for templates that are given as data.
        """
        stack = self.stack
        if stack.metadata is not None and self.construct_path is not None:
            line = stack.metadata.user_line(self.construct_path)
            if line is not None:
                return line
        if stack.source is None:
            return None
        origin = stack.origins.get(self.logical_id)
        position = stack.source.position(origin or ("Resources", self.logical_id, *_written(path)))
        return (stack.source.display, position[0]) if position is not None else None

    # The graph -----------------------------------------------------------------------------------------------------

    def target(self, path: str) -> Resource | None:
        """The resource of this app that the value at ``path`` refers to, ``None`` where absent or outside the app.

        Raises:
            Undecided: the value is not known, so that it may or may not be a resource of the app.
        """
        return self.assembly.target(self.get(path))

    def edges_in(self, *types: str, path: str | None = None) -> builtins.list[Edge]:
        """References to this resource, from resources of ``types`` (any where none is named), through ``path``."""
        return self.assembly.graph.edges_in(self, types, path)

    def referrers(self, *types: str, path: str | None = None) -> builtins.list[Resource]:
        """The resources that refer to this one, as in :meth:`edges_in`; each is listed once, in template order."""
        return list(dict.fromkeys(edge.source for edge in self.edges_in(*types, path=path)))

    def edges_out(self, path: str | None = None) -> builtins.list[Edge]:
        """References from this resource to others, through property ``path`` where given."""
        return self.assembly.graph.edges_out(self, path)

    def targets(self, *types: str, path: str | None = None) -> builtins.list[Resource]:
        """The resources that this one refers to, of ``types`` (all where none is named)."""
        found = dict.fromkeys(edge.target for edge in self.edges_out(path))
        return [resource for resource in found if not types or resource.type in types]


def _written(path: str) -> tuple[Step, ...]:
    """The steps of ``path`` below the resource's logical id."""
    steps = parse(path)
    if not steps:
        return ()
    if str(steps[0]).startswith("@"):
        return (str(steps[0])[1:], *steps[1:])
    return ("Properties", *steps)


def _plain(value: Any, steps: tuple[Step, ...]) -> Any:
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def _walk_plain(value: Any, steps: tuple[Step, ...]) -> Value:
    """What :func:`_walk` gives for a value that holds nothing to resolve."""
    for number, step in enumerate(steps):
        if value is None:
            return None
        if isinstance(step, int):
            elements = value if isinstance(value, list) else [value]
            value = elements[step] if step < len(elements) else None
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return _no_object(steps[:number])
    return value


def _no_object(steps: tuple[Step, ...]) -> Unknown:
    return Unknown(f"{_spell(steps) or 'Properties'} is not an object", kind="malformed")


def _walk(value: Any, steps: tuple[Step, ...], stack: Stack) -> Value:
    """Follow ``steps``, resolving only what stands in the way; the last value is resolved wholly."""
    for number, step in enumerate(steps):
        value = unwrap(value, stack)
        if value is None:
            return None
        if isinstance(step, int):
            value = _elements(value, stack)
            if not isinstance(value, list):
                return value
            value = value[step] if step < len(value) else None
        elif isinstance(value, dict):
            if step not in value:
                return unwritten(value)
            value = value[step]
        elif is_known(value):
            return _no_object(steps[:number])
        else:
            return (
                value
                if isinstance(value, Unknown)
                else Unknown(f"{value} is only known after deployment", kind="attribute")
            )
    return resolve(value, stack)


def _elements(value: Any, stack: Stack) -> Any:
    """A list as written with absent elements left out; a single value as a list of one; what is not known as it is."""
    value = unwrap(value, stack)
    if value is None:
        return []
    if isinstance(value, list):
        if not any(is_intrinsic(part) for part in value):
            return [part for part in value if part is not None]
        return [part for part in (unwrap(part, stack) for part in value) if part is not None]
    if is_known(value):
        return [value]
    return (
        value
        if isinstance(value, Unknown)
        else Unknown(f"the list {value} is only known after deployment", kind="attribute")
    )


def _expand(
    done: tuple[Step, ...], steps: tuple[Step, ...], resource: Resource
) -> list[tuple[tuple[Step, ...], Value]]:
    if "*" not in steps:
        return [(done + steps, resource._at(done + steps))]
    star = steps.index("*")
    head, rest = done + steps[:star], steps[star + 1 :]
    found: list[tuple[tuple[Step, ...], Value]] = []
    value = resource.properties
    if head and str(head[0]).startswith("@"):
        value, plain_head = resource.raw.get(str(head[0])[1:]), head[1:]
    else:
        plain_head = head
    for step in plain_head:
        value = unwrap(value, resource.stack)
        if isinstance(step, int):
            value = _elements(value, resource.stack)
            value = value[step] if isinstance(value, list) and step < len(value) else value
        elif isinstance(value, dict):
            value = value.get(step)
        if value is None:
            return []
        if isinstance(value, Unknown | Reference):
            break
    elements = _elements(value, resource.stack)
    if not isinstance(elements, list):
        return [(head, elements)]
    for number in range(len(elements)):
        found += _expand((*head, number), rest, resource)
    return found


def _spell(steps: tuple[Step, ...]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


__all__ = ["Resource", "Undecided"]
