"""Keys that stand twice in one map.

CloudFormation does not say which of the two counts, so neither is taken: a value that is given twice becomes unknown
("Properties.X is given twice"). Two equal values are no question.
"""

from __future__ import annotations

from typing import Any

from readiness_pack.template.markers import is_unknown, unknown


class Twice(list[Any]):
    """The values of one key, as the decoders leave them until :func:`settled` knows their path."""

    @classmethod
    def of(cls, known: Any, another: Any) -> Twice:
        """``known`` and ``another`` value of the same key; flat, however often the key stands there."""
        if isinstance(known, Twice):
            known.append(another)
            return known
        return cls([known, another])


def settled(template: Any) -> Any:
    """``template`` with every :class:`Twice` replaced.

    A section that is given twice is merged. A resource keeps its type if both agree on it, so that it is seen and its
    properties are unknown; otherwise it becomes the marker itself.

    Example:
        >>> settled({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"Enabled": Twice([True, False])}}}})
        {'Resources': {'Key': {'Type': 'AWS::KMS::Key', 'Properties': {'Enabled': \
{'Fn::ReadinessUnknown': 'Properties.Enabled is given twice'}}}}}
    """
    template = _merged(template) if isinstance(template, Twice) else template
    if not isinstance(template, dict):
        return _settled(template, "")
    sections = {name: _merged(section) if isinstance(section, Twice) else section for name, section in template.items()}
    resources = sections.get("Resources")
    found = {name: _settled(section, name) for name, section in sections.items() if name != "Resources"}
    if not isinstance(resources, dict):
        return {**found, "Resources": _settled(resources, "Resources")} if "Resources" in sections else found
    settled_resources = {logical_id: _resource(logical_id, raw) for logical_id, raw in resources.items()}
    return {name: settled_resources if name == "Resources" else found[name] for name in sections}


def _merged(twice: Twice) -> Any:
    """One section out of two: entries that stand in both are given twice."""
    values = _flat(twice)
    if not all(isinstance(value, dict) for value in values):
        return twice
    merged: dict[str, Any] = {}
    for value in values:
        for key, part in value.items():
            merged[key] = Twice.of(merged[key], part) if key in merged else part
    return merged


def _flat(twice: Twice) -> list[Any]:
    return [value for part in twice for value in (_flat(part) if isinstance(part, Twice) else [part])]


def _resource(logical_id: str, raw: Any) -> Any:
    if isinstance(raw, Twice):
        bodies = [_settled(value, "") for value in _flat(raw)]
        if all(body == bodies[0] for body in bodies):
            return bodies[0]
        types = {str(body.get("Type")) if isinstance(body, dict) else "" for body in bodies}
        if len(types) == 1 and isinstance(bodies[0], dict) and isinstance(bodies[0].get("Type"), str):
            return {"Type": bodies[0]["Type"], "Properties": _twice(logical_id)}
        return _twice(logical_id)
    settled_resource = _settled(raw, "")
    if isinstance(settled_resource, dict) and is_unknown(settled_resource.get("Type")):
        return _twice(f"{logical_id}.Type")
    return settled_resource


def _twice(path: str) -> dict[str, Any]:
    return unknown(f"{path} is given twice")


def _settled(value: Any, path: str) -> Any:
    if isinstance(value, Twice):
        values = [_settled(part, path) for part in _flat(value)]
        return values[0] if all(part == values[0] for part in values) else _twice(path)
    if isinstance(value, dict):
        return {key: _settled(part, f"{path}.{key}" if path else key) for key, part in value.items()}
    if isinstance(value, list):
        return [_settled(part, f"{path}[{number}]") for number, part in enumerate(value)]
    return value
