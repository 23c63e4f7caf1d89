"""What was synthesized: assembly, stacks, resources, values in three states and one graph of references."""

from .assembly import Assembly, Assume
from .graph import Edge
from .resource import Resource
from .stack import Stack
from .values import Reference, Text, Undecided, Unknown, Value, as_flag, as_list, as_number, is_known

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
