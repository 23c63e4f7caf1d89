"""Values as plain data: what is not known, or is something else, ends as undecided."""

from __future__ import annotations

from typing import Any

from readiness_pack.template import Text, Undecided, Value, is_known
from readiness_pack.template.values import quoted

HOLE = "?"
"""Stands for a part of an ARN that is not known; no ARN has one."""


def known_text(value: Value) -> str:
    """The text that ``value`` is; numbers and booleans are spelled as CloudFormation does.

    Raises:
        Undecided: it is not known, or is no text.

    Example:
        >>> known_text("Enabled"), known_text(True), known_text(5)
        ('Enabled', 'true', '5')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if not is_known(value):
        value.undecided()
    raise Undecided(f"{quoted(value)} is not a text")


def known_object(value: Value) -> dict[str, Any]:
    """The object that ``value`` is.

    Raises:
        Undecided: it is not known, or is no object.
    """
    if isinstance(value, dict):
        return value
    if not is_known(value):
        value.undecided()
    raise Undecided(f"{quoted(value)} is not an object")


def spelled(value: Value) -> str:
    """The text of an ARN with :data:`HOLE` for what is not known; empty where nothing is.

    Example:
        >>> from readiness_pack.template import Unknown
        >>> spelled(Text(("arn:aws:s3:::", Unknown("not known", name="AWS::Region"), "-logs")))
        'arn:aws:s3:::?-logs'
    """
    if isinstance(value, Text):
        return "".join(part if isinstance(part, str) else HOLE for part in value.parts)
    return value if isinstance(value, str) else ""
