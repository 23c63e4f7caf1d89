"""What tags say of the data in a resource: how sensitive it is, whether it is personal."""

from __future__ import annotations

from readiness_pack.rules.checks.known import known_object, known_text
from readiness_pack.rules.rule import Rule
from readiness_pack.template import Resource, Value
from readiness_pack.template.views.tags import tags

_GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"


def tag_of(resource: Resource, key: str) -> Value:
    """The value of a tag, ``None`` where it is absent. A global table is tagged through its replicas."""
    if resource.type == _GLOBAL_TABLE:
        doubt: Value = None
        for _, entry in resource.each("Replicas[*].Tags[*]"):
            if not isinstance(entry, dict):
                doubt = entry
            elif entry.get("Key") == key:
                return entry.get("Value")
        if doubt is not None:
            known_object(doubt)
    return tags(resource).get(key)


def is_sensitive(rule: Rule, resource: Resource) -> bool:
    """Whether the tag ``classification_tag`` names one of ``sensitive_classes``, both parameters of ``rule``."""
    value = tag_of(resource, rule["classification_tag"])
    return value is not None and known_text(value).lower() in {one.lower() for one in rule["sensitive_classes"]}
