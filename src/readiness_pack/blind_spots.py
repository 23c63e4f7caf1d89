"""What no rule can see: macros, loops that cannot be written out, resources of unknown types."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from readiness_pack.data import is_known_type
from readiness_pack.findings import Finding, Location
from readiness_pack.template import Assembly, Resource, Stack

RULE = "TemplateIsFullyJudged"
_NESTING = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")
ITEM = "OPS-DEP-01"  # infrastructure as code: what the code does not say cannot be judged


def blind_spots(assembly: Assembly) -> list[Finding]:
    """An open answer for each part of the app that rules cannot judge."""
    found = [finding for stack in assembly.stacks for finding in _of_stack(stack)]
    found += [_of_nested(resource) for type_ in _NESTING for resource in _elsewhere(assembly, type_)]
    # Types of others (Custom::, AWS::CloudFormation::CustomResource, registry extensions) have no rules of ours.
    unknown = [type_ for type_ in assembly.by_type if type_.startswith("AWS::") and not is_known_type(type_)]
    return found + [_of_resource(resource) for type_ in unknown for resource in assembly.by_type[type_]]


def _of_stack(stack: Stack) -> Iterator[Finding]:
    for name in dict.fromkeys(stack.macros):
        yield _finding(stack, f"Macro {name} changes the template at deployment; it was judged as it is before that.")
    for line in stack.unexpanded:
        yield _finding(stack, f"A part of the template could not be written out, so it was not judged: {line}.")
    for logical_id, type_, reason in stack.untranslated:
        text = f"What {logical_id} becomes cannot be said, so it was not judged: {reason}."
        yield _finding(stack, text, logical_id=logical_id, type_=type_)


def _elsewhere(assembly: Assembly, type_: str) -> list[Resource]:
    """The nested stacks whose templates are no part of the app."""
    return [resource for resource in assembly.by_type.get(type_, ()) if resource not in assembly.children]


def _of_nested(resource: Resource) -> Finding:
    location = resource.location()
    return _finding(
        resource.stack,
        f"The template of the nested stack {resource.logical_id} is no part of what was judged.",
        logical_id=resource.logical_id,
        type_=resource.type,
        construct_path=resource.construct_path,
        location=Location(*location) if location else None,
    )


def _of_resource(resource: Resource) -> Finding:
    location = resource.location()
    return _finding(
        resource.stack,
        f"No rule knows the type {resource.type} of {resource.logical_id}: a slip, or newer than our tables.",
        logical_id=resource.logical_id,
        type_=resource.type,
        construct_path=resource.construct_path,
        location=Location(*location) if location else None,
    )


def _finding(
    stack: Stack,
    message: str,
    *,
    logical_id: str | None = None,
    type_: str | None = None,
    construct_path: str | None = None,
    location: Location | None = None,
) -> Finding:
    key = "\0".join((RULE, stack.name, logical_id or message))
    return Finding(
        rule=RULE,
        item=ITEM,
        severity="warning",
        verdict="unknown",
        message=message,
        fix=None,
        stack=stack.name,
        template=stack.template_file,
        logical_id=logical_id,
        resource_type=type_,
        construct_path=construct_path,
        property_path=None,
        location=location,
        fingerprint=hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:20],
        managed_by_cdk=False,
    )
