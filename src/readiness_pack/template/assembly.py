"""The app: all stacks together, and what is known about them as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from readiness_pack.errors import InputError
from readiness_pack.template import conditions, managed
from readiness_pack.template.conditions import as_text
from readiness_pack.template.graph import Graph, assembly_target
from readiness_pack.template.hand_overs import HandOvers
from readiness_pack.template.records import PeerFinding, Records
from readiness_pack.template.resource import Resource
from readiness_pack.template.stack import Stack
from readiness_pack.template.values import Reference, Text, Undecided, Unknown, Value
from readiness_pack.template.worlds import MAX_WORLDS, Fork, Key, World, entered

T = TypeVar("T")

MAX_STACKS = 5_000
"""How many stacks an app may have: templates that nest each other twice multiply without end."""

MAX_RESOURCES = 1_000_000
"""How many resources all stacks of an app may have together."""

MAX_CHAIN = 40
"""How many references (exports, parameters, conditions) may follow each other; longer chains are not followed."""


@dataclass(frozen=True, slots=True)
class Assume:
    """What the user says about the deployment (``assume:`` in readiness.yaml).

    Args:
        parameters: template parameter or pseudo parameter name -> value, in every stack that declares it.
        conditions: condition name -> whether it is true, in every stack that declares it.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)


class Assembly:
    """Every stack of an app: a ``cdk.out`` folder, a folder of templates or one template.

    Args:
        assume: parameters and conditions that are taken as given.

    Example:
        >>> app = Assembly.from_template({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
        >>> [resource.logical_id for resource in app.of_type("AWS::SNS::Topic")]
        ['Topic']
    """

    def __init__(self, assume: Assume | None = None) -> None:
        self.assume = assume or Assume()
        self.stacks: list[Stack] = []
        self.path: str | None = None
        # Whether CDK is synthesizing it right now and asks us; what earlier runs left in the folder is then no news.
        self.in_synthesis = False
        # Other files of a cdk.out folder, by their path in it: manifests, tree.json, CDK's validation report.
        self.files: dict[str, Path] = {}
        # Files of a folder of templates that are none, each with the reason.
        self.skipped: list[tuple[str, str]] = []
        # Rules that the user acknowledged in CDK: (construct path, {rule id: reason}).
        self.acknowledgements: list[tuple[str, dict[str, str]]] = []
        # Waivers that the user wrote in code: (construct path, what `waive` recorded).
        self.waivers: list[tuple[str, dict[str, Any]]] = []
        # What other tools say of its resources.
        self.peer_findings: list[PeerFinding] = []
        # The part of these three that CDK writes down nowhere: decisions above the stacks, and what cdk-nag found.
        self.records_above = Records()
        self.root = World()  # where nothing is assumed but what the user says
        self.world = self.root
        self.consulted: list[tuple[Stack, str, bool]] = []
        self.views: dict[Any, Any] = {}  # indices that views build, whatever the world
        self._in_progress: set[Any] = set()
        self._resources = 0  # of all stacks, to keep within the limit
        self.loops_met = 0  # how often a step was refused because it was already under way

    @classmethod
    def load(cls, path: str | PathLike[str], assume: Assume | None = None) -> Assembly:
        """Read ``path``: a ``cdk.out`` folder, a folder of templates (together one app), or a template.

        Raises:
            InputError: it is not there, or is not what CloudFormation accepts.
        """
        from readiness_pack.template.loading import load  # the readers know this class

        return load(path, assume)

    @classmethod
    def from_template(
        cls, template: dict[str, Any], *, name: str = "Template", assume: Assume | None = None
    ) -> Assembly:
        """An app of one template given as data."""
        return cls.from_templates({name: template}, assume=assume)

    @classmethod
    def from_templates(cls, templates: Mapping[str, dict[str, Any]], *, assume: Assume | None = None) -> Assembly:
        """An app of several templates given as data, by stack name."""
        assembly = cls(assume)
        for name, template in templates.items():
            assembly.stacks.append(Stack(name, template, assembly, stack_name=name))
        return assembly.completed()

    def add(self, stack: Stack) -> None:
        """Add a stack that was read.

        Raises:
            InputError: the app has more than :data:`MAX_STACKS` stacks or :data:`MAX_RESOURCES` resources.
        """
        self.stacks.append(stack)
        self._resources += len(stack.resources)
        if len(self.stacks) > MAX_STACKS or self._resources > MAX_RESOURCES:
            most = f"{MAX_STACKS:,} stacks and {MAX_RESOURCES:,} resources"
            raise InputError(f"an app may have {most}; nested stacks count each time", file=self.path)

    def take_as_given(self, assume: Assume) -> None:
        """Read the app under ``assume`` from now on; loops (``Fn::ForEach``) over a parameter stay as they are."""
        if assume == self.assume:
            return
        self.assume = assume
        self.views.clear()
        for name in ("graph", "hand_overs"):
            self.__dict__.pop(name, None)
        for resource in self.all_resources:
            resource.forget_name()
        self.completed()

    def record_above(self, records: Records) -> None:
        """Take ``records`` as what CDK writes down nowhere, in place of what was known of it."""
        self.peer_findings[: len(self.records_above.peers)] = records.peers
        for known, old, new in (
            (self.acknowledgements, self.records_above.acknowledgements, records.acknowledgements),
            (self.waivers, self.records_above.waivers, records.waivers),
        ):
            known[:] = [entry for entry in known if entry not in old] + new
        self.records_above = records

    def completed(self) -> Assembly:
        """To be called once all stacks are there: nested stacks find their parents, assumptions take effect."""
        facts: dict[Key, Any] = {}
        for stack in self.stacks:
            for name, wanted in self.assume.conditions.items():
                if name in stack.conditions:
                    facts.update(conditions.implied(stack.conditions[name], wanted, stack))
        self.root = self.world = World(facts)
        managed.mark(self)
        return self

    # Resources -------------------------------------------------------------------------------------------------------

    @cached_property
    def all_resources(self) -> tuple[Resource, ...]:
        """Every resource of every stack, whatever its condition."""
        return tuple(resource for stack in self.stacks for resource in stack.resources.values())

    @cached_property
    def by_type(self) -> dict[str, list[Resource]]:
        """All resources by type, whatever their condition."""
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.all_resources:
            found[resource.type].append(resource)
        return dict(found)

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of ``types`` that exist in the world at hand."""
        return [resource for type_ in types for resource in self.by_type.get(type_, ()) if resource.exists()]

    # The graph -------------------------------------------------------------------------------------------------------

    @cached_property
    def graph(self) -> Graph:
        """Who refers to whom, whatever the world at hand."""
        with entered(self, self.root):
            graph = Graph(self)
        self.root.values.clear()  # what was read on the way may lack what the graph tells
        return graph

    def target(self, value: Value) -> Resource | None:
        """The resource of this app that ``value`` names.

        Returns:
            ``None`` for an absent value, or one that is certainly none of the app's.

        Raises:
            Undecided: ``value`` is not known.
        """
        found = assembly_target(self.graph, value)
        if found is None and isinstance(value, Unknown):
            raise Undecided(value.reason)
        return found

    # Values that cross stacks ----------------------------------------------------------------------------------------

    @cached_property
    def children(self) -> dict[Resource, Stack]:
        """The nested stacks, by the resource that makes them."""
        return {stack.parent: stack for stack in self.stacks if stack.parent is not None}

    @cached_property
    def hand_overs(self) -> HandOvers:
        """The values that go from stack to stack."""
        return HandOvers(self)

    # Worlds ----------------------------------------------------------------------------------------------------------

    @contextmanager
    def guarded(self, key: Any, loop: str) -> Iterator[Unknown | None]:
        """Protect a step that follows references: gives :class:`Unknown` when it is already under way."""
        if key in self._in_progress or len(self._in_progress) >= MAX_CHAIN:
            self.loops_met += 1
            yield Unknown(
                loop if key in self._in_progress else f"a chain of more than {MAX_CHAIN} references", kind="loop"
            )
            return
        self._in_progress.add(key)
        try:
            yield None
        finally:
            self._in_progress.discard(key)

    def allowed_values(self, symbol: Key) -> frozenset[str] | None:
        """The texts that the parameter behind ``symbol`` may have, ``None`` where it may have any."""
        if symbol[0] != "parameter":
            return None
        stack = self._stacks_by_id.get(symbol[1])
        spec = stack.parameters.get(str(symbol[2])) if stack is not None else None
        allowed = spec.get("AllowedValues") if isinstance(spec, dict) else None
        return frozenset(as_text(value) for value in allowed) if isinstance(allowed, list) and allowed else None

    @cached_property
    def _stacks_by_id(self) -> dict[Any, Stack]:
        return {id(stack): stack for stack in self.stacks}

    def alternatives(self, read: Callable[[], T], world: World | None = None) -> list[tuple[World, T]]:
        """What ``read`` gives in each world that it distinguishes.

        Args:
            read: reads values of the app.
            world: where to start; the world at hand where not given.

        Example:
            >>> app = Assembly.from_template({
            ...     "Parameters": {"Env": {"Type": "String", "AllowedValues": ["dev", "prod"]}},
            ...     "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Env"}}}}})
            >>> topic = app.of_type("AWS::SNS::Topic")[0]
            >>> [value for _, value in app.alternatives(lambda: topic.get("TopicName"))]
            ['dev', 'prod']
        """
        found: list[tuple[World, T]] = []
        waiting = [world or self.world]
        while waiting and len(found) + len(waiting) <= MAX_WORLDS:
            world = waiting.pop()
            with entered(self, world):
                try:
                    found.append((world, read()))
                except Fork as fork:
                    waiting += [world.assuming(key, value) for key, value in reversed(fork.choice.options)]
                except Undecided:
                    continue
        return found


__all__ = ["Assembly", "Assume", "Reference", "Text"]
