"""Short ways to write apps in tests of views."""

from __future__ import annotations

from typing import Any

from readiness_pack.template import Assembly, Resource
from readiness_pack.template.worlds import explore


def app(resources: dict[str, Any], **sections: Any) -> Assembly:
    """An app of one template; a resource is ``(type, properties)`` or the whole declaration."""
    return Assembly.from_template({"Resources": written(resources), **sections})


def apps(**templates: dict[str, Any]) -> Assembly:
    """An app of several stacks by name."""
    return Assembly.from_templates(
        {name: {**template, "Resources": written(template["Resources"])} for name, template in templates.items()}
    )


def written(resources: dict[str, Any]) -> dict[str, Any]:
    return {
        logical_id: {"Type": one[0], "Properties": one[1]} if isinstance(one, tuple) else one
        for logical_id, one in resources.items()
    }


def get(assembly: Assembly, logical_id: str) -> Resource:
    """The one resource with this logical id."""
    (found,) = [resource for resource in assembly.all_resources if resource.logical_id == logical_id]
    return found


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def when(condition: str, then: Any, otherwise: Any = None) -> dict[str, Any]:
    return {"Fn::If": [condition, then, {"Ref": "AWS::NoValue"} if otherwise is None else otherwise]}


PROD: dict[str, Any] = {
    "Parameters": {"Env": {"Type": "String"}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
}
"""Sections of a template with the condition ``IsProd``, which nothing decides."""


def in_each_world(assembly: Assembly, ask: Any) -> dict[str, Any]:
    """What ``ask()`` gives by what is assumed: ``{"True": ..., "False": ...}``, or ``{"": ...}`` if nothing matters."""
    return explore(
        assembly,
        lambda: {"": ask()},
        combine=lambda _, results: {f"{value}{key}": answer for value, one in results for key, answer in one.items()},
        impossible={},
    )
