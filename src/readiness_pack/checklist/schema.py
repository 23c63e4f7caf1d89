"""The JSON Schema of rule files, for editors."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from readiness_pack.checklist.spec import ExtensionSpec, GroupSpec, ItemSpec, OverridesSpec

_ARGUMENT = re.compile(r"^ {4,}(\w+): (.+(?:\n {12,}.+)*)", re.MULTILINE)


def schema() -> dict[str, Any]:
    """What a rule file may hold: an item, several ``items``, rules that ``extend`` an item, or ``overrides``.

    Example:
        >>> sorted(schema()["$defs"]["GroupSpec"]["properties"])
        ['items']
    """
    kinds, parts = msgspec.json.schema_components(
        [ItemSpec, GroupSpec, ExtensionSpec, OverridesSpec], ref_template="#/$defs/{name}"
    )
    for part in parts.values():
        _explain(part)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "a rule file of readiness-pack",
        "anyOf": list(kinds),
        "$defs": parts,
    }


def _explain(part: dict[str, Any]) -> None:
    """Put what the docstring says of each key where editors show it; the rest is the description of the whole."""
    text = part.get("description", "")
    part["description"] = " ".join(text.partition("Args:")[0].split())
    for name, said in _ARGUMENT.findall(text):
        key = name.rstrip("_")
        if key in part.get("properties", {}):
            part["properties"][key]["description"] = " ".join(said.split())


__all__ = ["schema"]
