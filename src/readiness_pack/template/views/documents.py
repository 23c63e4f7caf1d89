"""JSON documents inside properties: policies, state machine definitions, dashboard bodies.

They arrive as objects, as text, or as ``Fn::Join`` and ``Fn::Sub`` pieces with references between them. Either way
:func:`json_document` gives plain data in which what is not known stands as a value of the template model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from readiness_pack.template.values import Reference, Text, Unknown, Value, join_text

_HOLE = re.compile("\0(\\d+)\0")
_SUBSTITUTION = re.compile(r"\$\{([^}]*)\}")


def json_document(value: Value) -> Value:
    """The data of a JSON document.

    Args:
        value: a resolved value: an object, JSON text, or partly known JSON text.

    Returns:
        The data. A hole inside a string makes that string a :class:`Text`; one that stands for a whole value is that
        value. ``None`` where absent, :class:`Unknown` where the text is not JSON or not known at all.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Parameters": {"Days": {"Type": "Number"}}, "Resources": {
        ...     "T": {"Type": "AWS::SNS::Topic"},
        ...     "D": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": {"Fn::Join": ["", [
        ...         '{"topic": "arn:', {"Ref": "T"}, '", "days": ', {"Ref": "Days"}, "}"]]}}}}})
        >>> json_document(app.of_type("AWS::CloudWatch::Dashboard")[0].get("DashboardBody"))
        {'topic': Text(arn:${T}), 'days': Unknown('parameter Days has no default')}
    """
    if value is None or isinstance(value, dict | list | Unknown):
        return value
    if isinstance(value, str):
        return _decoded(value, [])
    if isinstance(value, Text):
        text, holes = _with_placeholders(value)
        return _decoded(text, holes)
    if isinstance(value, Reference):
        return Unknown(f"{value} is only known after deployment", kind="attribute", target=value.resource)
    return Unknown(f"{value!r} is no JSON document", kind="malformed")


def _decoded(text: str, holes: list[Value]) -> Value:
    try:
        data = json.loads(text)
        return _filled(data, holes) if holes else data
    except (ValueError, RecursionError):
        return Unknown("the text is not JSON", kind="malformed")


def _with_placeholders(text: Text) -> tuple[str, list[Value]]:
    """JSON in which a marker stands for each hole: inside a string as it is, elsewhere as a string of its own."""
    written: list[str] = []
    holes: list[Value] = []
    in_string = False
    for part in text.parts:
        if isinstance(part, str):
            in_string = _ends_in_string(part, in_string)
            written.append(part)
        else:
            mark = f"\\u0000{len(holes)}\\u0000"
            holes.append(part)
            written.append(mark if in_string else f'"{mark}"')
    return "".join(written), holes


def _ends_in_string(piece: str, in_string: bool) -> bool:
    escaped = False
    for character in piece:
        if escaped:
            escaped = False
        elif character == "\\" and in_string:
            escaped = True
        elif character == '"':
            in_string = not in_string
    return in_string


def _filled(data: Any, holes: list[Value]) -> Value:
    if isinstance(data, dict):
        return {str(_filled(key, holes)): _filled(part, holes) for key, part in data.items()}
    if isinstance(data, list):
        return [_filled(part, holes) for part in data]
    if not isinstance(data, str) or "\0" not in data:
        return data
    pieces = _HOLE.split(data)
    return join_text([holes[int(piece)] if number % 2 else piece for number, piece in enumerate(pieces)])


def substituted(value: Value, substitutions: Mapping[str, Value]) -> Value:
    """``value`` with each ``${name}`` of ``substitutions`` replaced, in strings at any depth.

    Example:
        >>> substituted({"Resource": "${Function}"}, {"Function": "arn:aws:lambda:eu-west-1:111111111111:function:f"})
        {'Resource': 'arn:aws:lambda:eu-west-1:111111111111:function:f'}
    """
    if isinstance(value, dict):
        return {key: substituted(part, substitutions) for key, part in value.items()}
    if isinstance(value, list):
        return [substituted(part, substitutions) for part in value]
    if isinstance(value, Text):
        return join_text([substituted(part, substitutions) for part in value.parts])
    if not isinstance(value, str) or "${" not in value:
        return value
    pieces = _SUBSTITUTION.split(value)
    return join_text(
        [
            piece if number % 2 == 0 else substitutions.get(piece, "${" + piece + "}")
            for number, piece in enumerate(pieces)
        ]
    )
