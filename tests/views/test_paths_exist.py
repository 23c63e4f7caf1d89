"""Every property path in the tables of views exists in the CloudFormation schemas."""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from readiness_pack.template.names import NAME_PROPERTIES
from readiness_pack.template.paths import parse
from readiness_pack.template.views import RELATIONS
from readiness_pack.template.views.alarms import _NAMED_IN_METRICS
from readiness_pack.template.views.network import _SUBNET_GROUPS
from readiness_pack.template.views.policies import DOCUMENTS
from readiness_pack.template.views.policy_sources import OWN_POLICIES, SEPARATE_POLICIES

SCHEMAS = Path(str(import_module("cfnlint.data.schemas").__file__)).parent

# Types and parts that the schemas describe as plain JSON, or not at all.
FREE = {
    "AWS::ECS::TaskDefinition": ("ContainerDefinitions[*].LogConfiguration.Options",),
    "AWS::SQS::Queue": ("RedrivePolicy",),
    "AWS::SNS::Subscription": ("RedrivePolicy",),
    "AWS::NetworkFirewall::LoggingConfiguration": ("LoggingConfiguration.LogDestinationConfigs[*].LogDestination",),
}


@cache
def regions() -> dict[str, str]:
    found: dict[str, str] = json.loads((SCHEMAS / "providers" / "us-east-1.json").read_text())
    return found


@cache
def schema(type_: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / "resources" / f"{regions()[type_]}.json").read_text())
    return found


def exists(type_: str, path: str) -> bool:
    if any(path.startswith(free) for free in FREE.get(type_, ())):
        return True
    nodes = [schema(type_)]
    for step in parse(path):
        nodes = [below for node in nodes for below in children(schema(type_), node, str(step))]
        if not nodes:
            return False
    return True


def children(whole: dict[str, Any], node: dict[str, Any], step: str, depth: int = 0) -> list[dict[str, Any]]:
    if depth > 10:
        return []
    if "$ref" in node:
        target: Any = whole
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return children(whole, target, step, depth + 1)
    found = [
        below
        for key in ("oneOf", "anyOf", "allOf")
        for option in node.get(key, ())
        for below in children(whole, option, step, depth + 1)
    ]
    if step == "*":
        return [*found, node["items"]] if isinstance(node.get("items"), dict) else found
    below = node.get("properties", {}).get(step)
    patterns = [one for one in node.get("patternProperties", {}).values() if isinstance(one, dict)]
    return found + ([below] if isinstance(below, dict) else patterns)


TABLES = {
    **{f"relation {name}": pairs for name, pairs in RELATIONS.items()},
    "own policies": [(type_, path) for type_, paths in OWN_POLICIES.items() for path in paths],
    "separate policies": [
        pair
        for entries in SEPARATE_POLICIES.values()
        for type_, target, document in entries
        for pair in ((type_, target), (type_, document))
    ],
    "policy documents": [(type_, path) for type_, paths in DOCUMENTS.items() for path in paths],
    "subnet groups": list(_SUBNET_GROUPS.items()),
    "names in metrics": list(_NAMED_IN_METRICS.items()),
    "names": list(NAME_PROPERTIES.items()),
}


@pytest.mark.parametrize("table", TABLES)
def test_paths_exist(table: str) -> None:
    pairs = [(type_, path) for type_, path in TABLES[table] if not type_.startswith("Custom::")]
    assert [(type_, path) for type_, path in pairs if type_ not in regions() or not exists(type_, path)] == []


def test_the_check_can_fail() -> None:
    assert not exists("AWS::SQS::Queue", "RedrivePolicies.deadLetterTargetArn")
    assert not exists("AWS::Events::Rule", "Targets[*].DeadLetterConfig.Queue")
