"""What a template must look like before anything else is asked of it."""

from __future__ import annotations

from typing import Any

from readiness_pack.template.markers import UNKNOWN
from readiness_pack.template.source import Source

MAX_RESOURCES = 10_000
"""How many resources a template may have. CloudFormation accepts 500
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html)."""


def checked(value: Any, source: Source, *, resources_required: bool = True) -> dict[str, Any]:
    """``value`` if it is a CloudFormation template.

    Args:
        value: what ``source`` decodes to.
        source: the file, for the place of an error.
        resources_required: CDK writes a stack without resources without the section; a hand-written template has it.

    Raises:
        InputError: it is no object, or ``Resources`` is no map of objects with a ``Type`` that is text.
    """
    if not isinstance(value, dict):
        raise source.error(f"is not a CloudFormation template: expected an object, found {_kind(value)}", (1, 1))
    resources = value.get("Resources")
    if resources is None and ("Resources" not in value) and not resources_required:
        return value
    if not isinstance(resources, dict):
        if "Resources" not in value:
            raise source.error("is not a CloudFormation template: it has no Resources", (1, 1))
        place = source.position(("Resources",))
        raise source.error(f"Resources: expected a map of resources, found {_kind(resources)}", place)
    if len(resources) > MAX_RESOURCES:
        most = f"more than {MAX_RESOURCES:,} are not read, and CloudFormation takes 500"
        problem = f"{len(resources):,} resources; {most}"
        raise source.error(problem, source.position(("Resources",)))
    for logical_id, raw in resources.items():
        if logical_id.startswith("Fn::"):  # loops and included templates are no resources yet
            continue
        if not isinstance(raw, dict):
            place = source.position(("Resources", logical_id))
            raise source.error(f"Resources.{logical_id}: expected an object with a Type, found {_kind(raw)}", place)
        if not isinstance(raw.get("Type"), str) and UNKNOWN not in raw:
            place = source.position(("Resources", logical_id, "Type"))
            problem = f"found {_kind(raw['Type'])}" if "Type" in raw else "there is none"
            raise source.error(f"Resources.{logical_id}.Type: expected the name of a resource type, {problem}", place)
    return value


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"
