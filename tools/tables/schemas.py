"""Tables from the CloudFormation provider schemas that the cfn-lint package ships: types, tagging, Lambda runtimes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cfnlint  # type: ignore[import-untyped]
from cfnlint.schema import Schema  # type: ignore[import-untyped]

from tools.tables.writing import Table

DATA = Path(cfnlint.__file__).parent / "data"
SCHEMAS = DATA / "schemas"
FIRST_REGION = "us-east-1"
"""Its schemas count; those of other regions and of SAM only for types that it does not have."""


def types() -> Table:
    """Every resource type of any region, with the attributes that Fn::GetAtt can read."""
    entries = {name: " ".join(_attributes(schema)) for name, schema in _schemas().items()}
    about = """Names of the CloudFormation resource types of all regions and of SAM, each with the attributes that
    Fn::GetAtt can read, separated by spaces. `*` stands for any name."""
    return Table("types", about, _source(), _schema_date(), entries)


def tagging() -> Table:
    """Where each resource type takes its tags, `null` where it takes none."""
    entries = {name: _tagging(schema.schema) for name, schema in _schemas().items()}
    about = """Where each CloudFormation resource type takes its own tags: the property path, and whether it is a list
    of objects with Key and Value or a map. `declared` is false where the type has such a property but its tagging
    metadata is absent or denies it. `null`: the type cannot be tagged in a template."""
    return Table("tagging", about, _source(), _schema_date(), entries)


def lambda_runtimes() -> Table:
    """The dates on which Lambda deprecates and blocks each runtime."""
    runtimes: dict[str, dict[str, str | None]] = json.loads(
        (DATA / "AdditionalSpecs" / "LmbdRuntimeLifecycle.json").read_text(encoding="utf-8")
    )
    entries = {
        name: {
            "deprecated": days["deprecated"],
            "create_blocked": days["create-block"],
            "update_blocked": days["update-block"],
            "successor": days["successor"],
        }
        for name, days in runtimes.items()
    }
    about = """Days on which AWS Lambda deprecates each runtime and blocks creating and updating functions that use it,
    as published on https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html. Future days are projections."""
    return Table("lambda_runtimes", about, _source(), _schema_date(), entries)


def _source() -> str:
    return f"cfn-lint {version('cfn-lint')} (PyPI)"


def _schema_date() -> date:
    text = json.loads((SCHEMAS / "version.json").read_text(encoding="utf-8"))["schema_date"]
    return date.fromisoformat(text[:10])


@cache
def _schemas() -> dict[str, Schema]:
    """The schema of each resource type of any region."""
    files: dict[str, str] = {}
    names = sorted(path.stem for path in (SCHEMAS / "providers").glob("*.json"))
    for region in [FIRST_REGION, *(name for name in names if name != FIRST_REGION)]:
        of_region = json.loads((SCHEMAS / "providers" / f"{region}.json").read_text(encoding="utf-8"))
        files = of_region | files
    folder = SCHEMAS / "resources"
    return {
        name: Schema(json.loads((folder / f"{file}.json").read_text(encoding="utf-8")))
        for name, file in sorted(files.items())
    }


def _attributes(schema: Schema) -> Iterator[str]:
    """Attributes in the words of templates. Those of list elements have no name that Fn::GetAtt could use."""
    for pattern in sorted(schema.get_atts):
        # Names that the template gives are patterns there: "Outputs\\..*" is Outputs and any name.
        attribute = re.sub(r"(?<!\\)\.\*", "*", pattern).replace("\\", "")
        if "*" not in attribute[:-1]:
            yield attribute


def _tagging(schema: dict[str, Any]) -> dict[str, Any] | None:
    metadata = schema.get("tagging") or {}
    taggable = metadata.get("taggable", schema.get("taggable", False))
    pointers = [metadata["tagProperty"]] if "tagProperty" in metadata else []
    # Global tables are tagged replica by replica.
    elsewhere = ["/properties/Tags", "/properties/TagSpecifications/*/Tags", "/properties/Replicas/*/Tags"]
    for pointer in [*pointers, *elsewhere]:
        steps = pointer.split("/")[2:]
        node = _follow(schema, steps)
        if node is not None:
            shape, steps = _shape(node, schema, steps)
            path = ".".join(steps).replace(".*", "[*]")
            return {"path": path, "shape": shape, "declared": bool(taggable)}
    return None


def _follow(schema: dict[str, Any], steps: list[str]) -> dict[str, Any] | None:
    """The schema of the property at ``steps``, where ``*`` stands for the elements of a list."""
    node: dict[str, Any] = schema
    for step in steps:
        node = _resolved(node, schema)
        if step == "*":
            node = _resolved(node.get("items", {}), schema)
        elif step in node.get("properties", {}):
            node = node["properties"][step]
        else:
            return None
    return _resolved(node, schema)


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = schema
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _shape(node: dict[str, Any], schema: dict[str, Any], steps: list[str]) -> tuple[str, list[str]]:
    """``list`` or ``map``, with the steps to it."""
    kinds = node.get("type", "object")
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if "array" in kinds:
        names = set(_resolved(node.get("items", {}), schema).get("properties", {}))
        if names and not names >= {"Key", "Value"}:
            raise ValueError(f"{schema['typeName']}: tags are a list of objects with {sorted(names)}")
        return "list", steps
    # CloudFront wraps the list of some types: Tags.Items.
    items = node.get("properties", {}).get("Items")
    return ("list", [*steps, "Items"]) if items is not None else ("map", steps)
