"""Resolving intrinsics, as far as the template alone decides.

:func:`resolve` gives the whole value in the world at hand; :func:`unwrap` only its outermost layer, so that a look at
one property does not make choices about its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from readiness_pack.template import conditions, functions
from readiness_pack.template.markers import UNKNOWN
from readiness_pack.template.values import (
    Reference,
    Text,
    Undecided,
    Unknown,
    Value,
    as_flag,
    join_text,
    malformed,
)

if TYPE_CHECKING:
    from readiness_pack.template.stack import Stack

Intrinsic = Callable[[Any, "Stack"], Value]

_DYNAMIC = re.compile(r"\{\{resolve:([a-z-]+):(.*?)\}\}", re.DOTALL)
_SUB = re.compile(r"\$\{(!?)([^}]*)\}")


def resolve(value: Any, stack: Stack) -> Value:
    """The whole of ``value`` with every intrinsic resolved; absent parts (``AWS::NoValue``) are left out."""
    if isinstance(value, str):
        return dynamic(value, stack) if "{{resolve:" in value else value
    if isinstance(value, dict):
        if len(value) == 1:
            ((name, argument),) = value.items()
            function = INTRINSICS.get(name)
            if function is not None:
                return function(argument, stack)
            if name.startswith("Fn::"):
                return Unknown(f"{name} is not an intrinsic that is understood", kind="malformed")
        else:
            rest = unwritten(value)
            if rest is not None:
                return rest
        resolved = {key: resolve(part, stack) for key, part in value.items()}
        return {key: part for key, part in resolved.items() if part is not None}
    if isinstance(value, list):
        return [part for part in (resolve(part, stack) for part in value) if part is not None]
    return value


def unwrap(value: Any, stack: Stack) -> Any:
    """``value`` without its outermost intrinsic: ``Fn::If`` gives its branch as written, others their result."""
    while isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Fn::If":
            try:
                value = _branch(argument, stack)
            except Undecided as undecided:
                return Unknown(undecided.reason, kind="malformed")
        elif name in INTRINSICS or name.startswith("Fn::"):
            return resolve(value, stack)
        else:
            break
    return value


def unwritten(value: dict[str, Any]) -> Unknown | None:
    """Why ``value`` may have keys besides those that are written in it; ``None`` where it has not."""
    if "Fn::Transform" in value:
        transform = value["Fn::Transform"]
        name = transform.get("Name") if isinstance(transform, dict) else transform
        return Unknown(f"only the macro {name if isinstance(name, str) else 'Fn::Transform'} decides this")
    return Unknown(str(value[UNKNOWN])) if UNKNOWN in value else None


def is_intrinsic(value: Any) -> bool:
    """Whether ``value`` is an object that CloudFormation replaces by something else."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    name = next(iter(value))
    return name in INTRINSICS or name.startswith("Fn::")


def _ref(name: Any, stack: Stack) -> Value:
    if not isinstance(name, str):
        return malformed("Ref")
    if name == "AWS::NoValue":
        return None
    resource = stack.resources.get(name)
    if resource is not None:
        return Reference(resource)
    if name.startswith("AWS::"):
        return stack.pseudo(name)
    return stack.parameter(name)


def _get_att(argument: Any, stack: Stack) -> Value:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
        return malformed("Fn::GetAtt")
    attribute = resolve(argument[1], stack)
    if not isinstance(attribute, str):
        return Unknown("the attribute of Fn::GetAtt is not known", kind="malformed")
    resource = stack.resources.get(argument[0])
    if resource is None:
        return Unknown(f"nothing in this template is called {argument[0]}", kind="malformed")
    return resource.attribute(attribute)


def _sub(argument: Any, stack: Stack) -> Value:
    template, variables = argument, {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
        template, variables = argument
    if not isinstance(template, str):
        return malformed("Fn::Sub")
    parts: list[Value] = []
    values: dict[str, Value] = {}  # each is worked out once, however often it is named
    end = 0
    for match in _SUB.finditer(template):
        parts.append(template[end : match.start()])
        end = match.end()
        literal, name = match.groups()
        name = name.strip()
        if literal:
            parts.append("${" + match.group(2) + "}")
            continue
        if name not in values:
            values[name] = _variable(name, variables, stack)
        parts.append(values[name])
    parts.append(template[end:])
    return _dynamic_text(join_text(parts), stack)


def _variable(name: str, variables: dict[str, Any], stack: Stack) -> Value:
    """What ``${name}`` stands for in the text of ``Fn::Sub``."""
    if name in variables:
        return resolve(variables[name], stack)
    return _get_att(name, stack) if "." in name else _ref(name, stack)


def _joinable(pieces: Value) -> Unknown | None:
    if isinstance(pieces, Unknown):
        return Unknown(pieces.reason, kind=pieces.kind)
    if isinstance(pieces, Reference | Text):
        return Unknown(f"the list {pieces} is only known after deployment", kind="attribute", name=str(pieces))
    return None


def _join(argument: Any, stack: Stack) -> Value:
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
        return malformed("Fn::Join")
    pieces = resolve(argument[1], stack)
    unknown = _joinable(pieces)
    if unknown is not None:
        return unknown
    if not isinstance(pieces, list):
        return malformed("Fn::Join")
    parts: list[Value] = []
    for number, piece in enumerate(pieces):
        if number:
            parts.append(argument[0])
        parts.append(piece)
    return _dynamic_text(join_text(parts), stack)


def _dynamic_text(text: Value, stack: Stack) -> Value:
    if isinstance(text, str) and "{{resolve:" in text:
        return dynamic(text, stack)
    if isinstance(text, Text) and text.prefix.startswith("{{resolve:") and text.suffix.endswith("}}"):
        target = text.references[0].resource if text.references else None
        return Unknown(f"{text} is read at deployment", kind="dynamic", name=str(text)[2:-2], target=target)
    return text


def dynamic(text: str, stack: Stack) -> Value:
    """Text that holds ``{{resolve:...}}``: an SSM parameter of this app gives its value, anything else is unknown."""
    parts: list[Value] = []
    end = 0
    for match in _DYNAMIC.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        service, body = match.groups()
        parts.append(_read_dynamic(service, body, stack))
    parts.append(text[end:])
    return join_text(parts)


def _read_dynamic(service: str, body: str, stack: Stack) -> Value:
    if service == "ssm":
        value = stack.assembly.hand_overs.ssm_value(body.split(":")[0], stack)
        if value is not None:
            return value
    target = stack.assembly.graph.named(body.split(":SecretString")[0]) if service == "secretsmanager" else None
    return Unknown(
        f"{{{{resolve:{service}:{body}}}}} is read at deployment",
        kind="dynamic",
        name=f"resolve:{service}:{body}",
        target=target,
    )


def _branch(argument: Any, stack: Stack) -> Any:
    if not (isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str)):
        raise Undecided("Fn::If is not [condition, then, else]")
    return argument[1] if conditions.holds(argument[0], stack) else argument[2]


def _if(argument: Any, stack: Stack) -> Value:
    try:
        branch = _branch(argument, stack)
    except Undecided as undecided:
        return Unknown(undecided.reason, kind="malformed")
    return resolve(branch, stack)


def _import_value(argument: Any, stack: Stack) -> Value:
    name = resolve(argument, stack)
    if name is None or isinstance(name, dict | list):
        return malformed("Fn::ImportValue")
    return stack.assembly.hand_overs.exported(name, stack)


def _get_stack_output(argument: Any, stack: Stack) -> Value:
    """An output of another stack, exported or not.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
    """
    if not isinstance(argument, dict) or not {"StackName", "OutputName"} <= set(argument):
        return malformed("Fn::GetStackOutput")
    name, output = (resolve(argument[key], stack) for key in ("StackName", "OutputName"))
    region = resolve(argument.get("Region"), stack)
    if isinstance(name, str) and isinstance(output, str):
        return stack.assembly.hand_overs.stack_output(name, output, region if isinstance(region, str) else stack.region)
    if any(part is None or isinstance(part, dict | list) for part in (name, output)):
        return malformed("Fn::GetStackOutput")
    return Unknown(f"output {output} of stack {name} is not in this app", kind="import", name=f"{name}.{output}")


def _transform(argument: Any, stack: Stack) -> Value:
    del stack
    return unwritten({"Fn::Transform": argument})


def _unknown(reason: Any, stack: Stack) -> Value:
    del stack
    return Unknown(str(reason))


def _condition(name: Callable[[Any], dict[str, Any]]) -> Intrinsic:
    def function(argument: Any, stack: Stack) -> Value:
        try:
            return conditions.truth(name(argument), stack)
        except Undecided as undecided:
            return Unknown(undecided.reason, kind="malformed")

    return function


INTRINSICS: dict[str, Intrinsic] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::If": _if,
    "Fn::Select": functions.select,
    "Fn::Split": functions.split,
    "Fn::FindInMap": functions.find_in_map,
    "Fn::ImportValue": _import_value,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::GetAZs": functions.get_azs,
    "Fn::Cidr": functions.cidr,
    "Fn::Base64": functions.to_base64,
    "Fn::Length": functions.length,
    "Fn::ToJsonString": functions.to_json_string,
    "Fn::Transform": _transform,
    UNKNOWN: _unknown,
    **{
        name: _condition(lambda argument, name=name: {name: argument})  # type: ignore[misc]
        for name in ("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals")
    },
}

__all__ = ["INTRINSICS", "as_flag", "dynamic", "is_intrinsic", "resolve", "unwrap", "unwritten"]
