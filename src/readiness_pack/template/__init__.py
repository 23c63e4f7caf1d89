"""What was synthesized: assembly, stacks, resources, values in three states and one graph of references."""

from readiness_pack.template.assembly import Assembly, Assume
from readiness_pack.template.graph import Edge
from readiness_pack.template.resource import Resource
from readiness_pack.template.stack import Stack
from readiness_pack.template.values import (
    Reference,
    Text,
    Undecided,
    Unknown,
    Value,
    as_flag,
    as_list,
    as_number,
    is_known,
)

__all__ = [
    "Assembly",
    "Assume",
    "Edge",
    "Reference",
    "Resource",
    "Stack",
    "Text",
    "Undecided",
    "Unknown",
    "Value",
    "as_flag",
    "as_list",
    "as_number",
    "is_known",
]
