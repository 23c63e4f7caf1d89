"""Values that go from stack to stack: exports, outputs, nested stacks, SSM parameters, CDK's references to regions."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness_pack.template.conditions import as_text
from readiness_pack.template.intrinsics import resolve
from readiness_pack.template.values import Text, Unknown, Value
from readiness_pack.template.worlds import entered

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly
    from readiness_pack.template.resource import Resource
    from readiness_pack.template.stack import Stack

MAX_TEXT = 64 * 1024
"""How long a value may be that is passed on between stacks: SSM takes 8 KB, an output 4 KB, and doubling must end."""


class Offer(NamedTuple):
    """A value that one stack offers to others.

    Args:
        value: the expression, as written.
        stack: where it stands.
        region: where it can be read; ``None`` where that is not known.
        key: what identifies it.
    """

    value: Any
    stack: Stack
    region: str | None
    key: tuple[Any, ...]


class HandOvers:
    """Follows values from the stack that reads them to the one that offers them.

    The same name may be offered more than once, in each region or by each Stage: the one that is read is in the
    reader's account and region and, if that leaves several, in its Stage.
    """

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly

    # Exports ---------------------------------------------------------------------------------------------------------

    def exported(self, name: Value, reader: Stack) -> Value:
        """What ``Fn::ImportValue`` gives for ``name`` in ``reader``."""
        spelled = _spelled(name)
        offers = self._exports_by_name().get(spelled, []) if spelled is not None else []
        if not offers:
            return Unknown(f"export {name} is not in this app", kind="import", name=str(name))
        return self._chosen(offers, reader, f"export {name}", "import")

    def _exports_by_name(self) -> dict[str, list[Offer]]:
        if "_exports" in self.__dict__:
            return self._exports
        with self._assembly.guarded(("exports",), "the name of an export hangs on an export") as loop:
            if loop is not None:
                return {}
            with entered(self._assembly, self._assembly.root):
                return self._exports

    @cached_property
    def _exports(self) -> dict[str, list[Offer]]:
        found: dict[str, dict[tuple[Any, ...], Offer]] = defaultdict(dict)
        for stack in self._assembly.stacks:
            for output_id, output in stack.outputs.items():
                export = output.get("Export") if isinstance(output, dict) else None
                if not isinstance(export, dict) or "Name" not in export:
                    continue
                offer = Offer(output.get("Value"), stack, stack.region, ("output", id(stack), output_id))
                for _, name in self._assembly.alternatives(lambda: resolve(export["Name"], stack)):  # noqa: B023
                    spelled = _spelled(name)
                    if spelled is not None:
                        found[spelled][offer.key] = offer
        return {name: list(offers.values()) for name, offers in found.items()}

    # SSM -------------------------------------------------------------------------------------------------------------

    def ssm_value(self, name: str, reader: Stack) -> Value:
        """The value of SSM parameter ``name`` as ``reader`` reads it; ``None`` if no stack of this app writes it."""
        offers = self._parameters.get(name)
        return self._chosen(offers, reader, f"SSM parameter {name}", "dynamic") if offers else None

    @cached_property
    def _parameters(self) -> dict[str, list[Offer]]:
        found: dict[str, list[Offer]] = defaultdict(list)
        for parameter in self._assembly.by_type.get("AWS::SSM::Parameter", ()):
            if parameter.literal_name:
                stack = parameter.stack
                offer = Offer(parameter.raw_at("Value"), stack, stack.region, ("value", id(parameter)))
                found[parameter.literal_name].append(offer)
        # CDK hands values to stacks in other regions through parameters that a custom resource writes there.
        for writer in self._assembly.by_type.get("Custom::CrossRegionExportWriter", ()):
            exports, region = writer.raw_at("WriterProps.exports"), writer.raw_at("WriterProps.region")
            for name, value in exports.items() if isinstance(exports, dict) else ():
                there = region if isinstance(region, str) else None
                found[name].append(Offer(value, writer.stack, there, ("written", id(writer), name)))
        return dict(found)

    def parameter_value(self, parameter: Resource) -> Value:
        """The ``Value`` attribute of an ``AWS::SSM::Parameter``."""
        offer = Offer(parameter.raw_at("Value"), parameter.stack, None, ("value", id(parameter)))
        return self._followed(offer, f"SSM parameter {parameter.logical_id}")

    # Outputs ---------------------------------------------------------------------------------------------------------

    def stack_output(self, stack_name: str, output: str, region: str | None) -> Value:
        """What ``Fn::GetStackOutput`` gives: output ``output`` of the stack with that CloudFormation name.

        Args:
            stack_name: the CloudFormation name of the stack.
            output: the logical id of the output.
            region: where the stack is, where that is known: the same stack may be deployed to several regions.
        """
        named = [stack for stack in self._assembly.stacks if stack.stack_name == stack_name]
        here = [stack for stack in named if region is None or stack.region in (None, region)]
        spec = here[0].outputs.get(output) if len(here) == 1 else None
        what = f"output {output} of stack {stack_name}"
        if not isinstance(spec, dict):
            return Unknown(f"{what} is not in this app", kind="import", name=f"{stack_name}.{output}")
        return self._followed(Offer(spec.get("Value"), here[0], None, ("output", id(here[0]), output)), what)

    def nested_output(self, nested: Resource, output: str) -> Value:
        """Output ``output`` of the nested stack that ``nested`` makes."""
        stack = self._assembly.children.get(nested)
        spec = stack.outputs.get(output) if stack is not None else None
        if stack is None or not isinstance(spec, dict):
            why = f"output {output} of {nested.logical_id} is not in this app"
            return Unknown(why, kind="attribute", name=f"{nested.logical_id}.Outputs.{output}")
        return self._followed(Offer(spec.get("Value"), stack, None, ("output", id(stack), output)), f"output {output}")

    # Following -------------------------------------------------------------------------------------------------------

    def behind(self, resource: Resource, attribute: str | None) -> tuple[Any, Stack] | None:
        """The expression behind an attribute that only passes a value on, with the stack in which it stands."""
        if attribute is None:
            return None
        if resource.type == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
            stack = self._assembly.children.get(resource)
            spec = stack.outputs.get(attribute.removeprefix("Outputs.")) if stack is not None else None
            return (spec.get("Value"), stack) if stack is not None and isinstance(spec, dict) else None
        if resource.type == "Custom::CrossRegionExportReader":
            offers = _nearest(self._parameters.get(attribute, []), resource.stack)
            return (offers[0].value, offers[0].stack) if len(offers) == 1 else None
        return None

    def _chosen(self, offers: list[Offer], reader: Stack, what: str, kind: Any) -> Value:
        near = _nearest(offers, reader)
        if len(near) == 1:
            return self._followed(near[0], what)
        why = f"several stacks of this app give {what}" if near else f"{what} is not given where it is read"
        return Unknown(why, kind=kind, name=what)

    def _followed(self, offer: Offer, what: str) -> Value:
        assembly = self._assembly
        memo = assembly.world.memo
        if offer.key in memo:
            return memo[offer.key]
        with assembly.guarded(offer.key, f"{what} refers to itself") as loop:
            if loop is not None:
                return loop
            before = assembly.loops_met
            try:
                value = resolve(offer.value, offer.stack)
            except RecursionError:
                assembly.loops_met += 1  # like a loop: what is too deep hangs on where it was entered
                return Unknown(f"{what} is nested too deep", kind="loop")
            if isinstance(value, str | Text) and _length(value) > MAX_TEXT:
                value = Unknown("it is longer than any value that CloudFormation passes on", kind="malformed")
            if assembly.loops_met == before:  # what a loop gives hangs on where it was entered
                memo[offer.key] = value
            return value


def _nearest(offers: list[Offer], reader: Stack) -> list[Offer]:
    """The offers that ``reader`` may mean: of its account and region, and of its Stage if that decides."""
    near = [
        offer for offer in offers if _agree(offer.region, reader.region) and _agree(offer.stack.account, reader.account)
    ]
    if len(near) > 1:
        exact = [offer for offer in near if (offer.region, offer.stack.account) == (reader.region, reader.account)]
        near = exact or near
    if len(near) > 1:
        near = [offer for offer in near if offer.stack.stage == reader.stage] or near
    return near


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _spelled(name: Value) -> str | None:
    """A name as it is looked up: what is not known in it must be the same parameter; ``None`` if it says nothing."""
    if isinstance(name, Text):
        parts = [_spelled(part) for part in name.parts]
        return None if None in parts else "".join(part for part in parts if part is not None)
    if isinstance(name, Unknown):
        return f"${{{name.name}}}" if name.name and name.name != "AWS::StackName" else None
    return as_text(name) if isinstance(name, str | int | float | bool) else None


def _length(value: str | Text) -> int:
    parts = (value,) if isinstance(value, str) else value.parts
    return sum(len(part) if isinstance(part, str) else 1 for part in parts)
