"""Resolving intrinsics, as far as the template alone decides.

:func:`resolve` gives the whole value in the world at hand; :func:`unwrap` only its outermost layer, so that a look at
one property does not make choices about its neighbours.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from readiness_pack.template import conditions
from readiness_pack.template.markers import UNKNOWN
from readiness_pack.template.values import (
    Reference,
    Text,
    Undecided,
    Unknown,
    Value,
    as_flag,
    as_number,
    is_known,
    join_text,
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


def _malformed(name: str) -> Unknown:
    return Unknown(f"{name} is written in a way that CloudFormation does not accept", kind="malformed")


def _ref(name: Any, stack: Stack) -> Value:
    if not isinstance(name, str):
        return _malformed("Ref")
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
        return _malformed("Fn::GetAtt")
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
        return _malformed("Fn::Sub")
    parts: list[Value] = []
    end = 0
    for match in _SUB.finditer(template):
        parts.append(template[end : match.start()])
        end = match.end()
        literal, name = match.groups()
        name = name.strip()
        if literal:
            parts.append("${" + match.group(2) + "}")
        elif name in variables:
            parts.append(resolve(variables[name], stack))
        elif "." in name:
            parts.append(_get_att(name, stack))
        else:
            parts.append(_ref(name, stack))
    parts.append(template[end:])
    return _dynamic_text(join_text(parts), stack)


def _joinable(pieces: Value) -> Unknown | None:
    if isinstance(pieces, Unknown):
        return Unknown(pieces.reason, kind=pieces.kind)
    if isinstance(pieces, Reference | Text):
        return Unknown(f"the list {pieces} is only known after deployment", kind="attribute", name=str(pieces))
    return None


def _join(argument: Any, stack: Stack) -> Value:
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
        return _malformed("Fn::Join")
    pieces = resolve(argument[1], stack)
    unknown = _joinable(pieces)
    if unknown is not None:
        return unknown
    if not isinstance(pieces, list):
        return _malformed("Fn::Join")
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


def _select(argument: Any, stack: Stack) -> Value:
    if not (isinstance(argument, list) and len(argument) == 2):
        return _malformed("Fn::Select")
    index, pieces = resolve(argument[0], stack), resolve(argument[1], stack)
    if isinstance(index, Unknown | Text | Reference):
        return Unknown("the index of Fn::Select is not known", kind="other")
    if isinstance(pieces, Unknown):
        name = f"{pieces.name}[{index}]" if pieces.name else None
        return Unknown(pieces.reason, kind=pieces.kind, name=name, target=pieces.target)
    if isinstance(pieces, Text | Reference):
        return Unknown(
            f"an element of {pieces} is only known after deployment", kind="attribute", name=f"{pieces}[{index}]"
        )
    try:
        number = as_number(index)
    except Undecided:
        return _malformed("Fn::Select")
    if not isinstance(pieces, list) or not isinstance(number, int) or not 0 <= number < len(pieces):
        return _malformed("Fn::Select")
    return pieces[number]


def _split(argument: Any, stack: Stack) -> Value:
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) and argument[0]):
        return _malformed("Fn::Split")
    text = resolve(argument[1], stack)
    if isinstance(text, str):
        return text.split(argument[0])
    if isinstance(text, Unknown):
        return text
    if (
        isinstance(text, Text)
        and argument[0] in _LIST_DELIMITERS
        and not any(isinstance(part, Unknown) for part in text.parts)
    ):
        return _split_text(text, argument[0])
    if is_known(text):
        return _malformed("Fn::Split")
    sources = {part.resource for part in (text.references if isinstance(text, Text) else (text,))}
    # A part of one resource's ARN, URL or DNS name still stands for that resource, as full names of load balancers do.
    target = sources.pop() if len(sources) == 1 else None
    return Unknown(
        f"the parts of {text} are only known after deployment", kind="attribute", name=f"{text}", target=target
    )


# Ids, names and ARNs hold none of these, so a list that was joined with one comes apart where it was joined. CDK hands
# lists to other stacks joined with "||".
_LIST_DELIMITERS = (",", "||", "|", ";", "\n")


def _split_text(text: Text, delimiter: str) -> list[Value]:
    pieces: list[list[Value]] = [[]]
    for part in text.parts:
        if isinstance(part, str):
            first, *others = part.split(delimiter)
            pieces[-1].append(first)
            pieces += [[other] for other in others]
        else:
            pieces[-1].append(part)
    return [join_text(piece) for piece in pieces]


def _find_in_map(argument: Any, stack: Stack) -> Value:
    if not (isinstance(argument, list) and 3 <= len(argument) <= 4):
        return _malformed("Fn::FindInMap")
    default = (
        argument[3].get("DefaultValue", _NO_DEFAULT)
        if len(argument) == 4 and isinstance(argument[3], dict)
        else _NO_DEFAULT
    )
    keys = [resolve(part, stack) for part in argument[:3]]
    if any(key is None or isinstance(key, dict | list) for key in keys):
        return _malformed("Fn::FindInMap")
    level: Any = stack.mappings
    for depth, key in enumerate(keys):
        if not is_known(key):
            agreed = _agreeing(level, keys[depth:], key)
            if default is _NO_DEFAULT or isinstance(agreed, Unknown) or agreed == resolve(default, stack):
                return resolve(agreed, stack)
            return Unknown(_why(key), kind="map")
        level = level.get(conditions.as_text(key)) if isinstance(level, dict) else None
        if level is None:
            if default is not _NO_DEFAULT:
                return resolve(default, stack)
            return Unknown(
                f"mapping {keys[0]} has no {' > '.join(map(str, keys[1 : depth + 1])) or 'such name'}", kind="map"
            )
    return resolve(level, stack)


_NO_DEFAULT = object()


def _why(unknown: Value) -> str:
    """Why a value is not known."""
    return unknown.reason if isinstance(unknown, Unknown | Text) else f"{unknown} is only known after deployment"


def _agreeing(level: Any, keys: list[Value], unknown_key: Value) -> Value:
    """What a mapping gives when a key is unknown: the value on which all entries agree."""
    reason = _why(unknown_key)
    levels = [level]
    for key in keys:
        below = []
        for one in levels:
            if not isinstance(one, dict):
                return Unknown(reason, kind="map")
            below += list(one.values()) if not is_known(key) else [one.get(conditions.as_text(key))]
        levels = below
    first = levels[0] if levels else None
    if first is not None and all(one == first for one in levels):
        return first
    return Unknown(reason, kind="map")


def _import_value(argument: Any, stack: Stack) -> Value:
    name = resolve(argument, stack)
    if name is None or isinstance(name, dict | list):
        return _malformed("Fn::ImportValue")
    return stack.assembly.hand_overs.exported(name, stack)


def _get_stack_output(argument: Any, stack: Stack) -> Value:
    """An output of another stack, exported or not.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
    """
    if not isinstance(argument, dict) or not {"StackName", "OutputName"} <= set(argument):
        return _malformed("Fn::GetStackOutput")
    name, output = (resolve(argument[key], stack) for key in ("StackName", "OutputName"))
    region = resolve(argument.get("Region"), stack)
    if isinstance(name, str) and isinstance(output, str):
        return stack.assembly.hand_overs.stack_output(name, output, region if isinstance(region, str) else stack.region)
    if any(part is None or isinstance(part, dict | list) for part in (name, output)):
        return _malformed("Fn::GetStackOutput")
    return Unknown(f"output {output} of stack {name} is not in this app", kind="import", name=f"{name}.{output}")


def _get_azs(argument: Any, stack: Stack) -> Value:
    region = resolve(argument, stack)
    if region is None or (isinstance(region, str) and not region):
        region = stack.pseudo("AWS::Region")
    if isinstance(region, dict | list | int | float):
        return _malformed("Fn::GetAZs")
    return Unknown(
        f"the availability zones of {region} are only known after deployment",
        kind="pseudo",
        name=f"Fn::GetAZs({region})",
    )


def _cidr(argument: Any, stack: Stack) -> Value:
    if not (isinstance(argument, list) and 2 <= len(argument) <= 3):
        return _malformed("Fn::Cidr")
    block, count, bits = (resolve(part, stack) for part in [*argument, 8][:3])
    for part in (block, count, bits):
        if not is_known(part):
            return Unknown(f"{part} is only known after deployment", kind="attribute")
    try:
        network = ipaddress.ip_network(str(block), strict=False)
        prefix = network.max_prefixlen - int(str(bits))
        wanted = int(str(count))
        if not 1 <= wanted <= 256:
            return _malformed("Fn::Cidr")
        subnets = network.subnets(new_prefix=prefix)
        return [str(subnet) for subnet, _ in zip(subnets, range(wanted), strict=False)]
    except (ValueError, TypeError):
        return _malformed("Fn::Cidr")


def _base64(argument: Any, stack: Stack) -> Value:
    text = resolve(argument, stack)
    if isinstance(text, str):
        return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    return _malformed("Fn::Base64") if is_known(text) else Unknown(_why(text), kind="attribute")


def _length(argument: Any, stack: Stack) -> Value:
    pieces = resolve(argument, stack)
    if isinstance(pieces, list):
        return len(pieces)
    return _malformed("Fn::Length") if is_known(pieces) else Unknown(_why(pieces), kind="attribute")


def _to_json_string(argument: Any, stack: Stack) -> Value:
    return join_text(_json_pieces(resolve(argument, stack)))


def _json_pieces(value: Value) -> list[Value]:
    """JSON text in pieces: what is not known stands between them, in quotes, since only text can be joined."""
    if isinstance(value, dict):
        pieces: list[Value] = ["{"]
        for number, (key, part) in enumerate(value.items()):
            pieces += [f"{',' if number else ''}{json.dumps(key)}:", *_json_pieces(part)]
        return [*pieces, "}"]
    if isinstance(value, list):
        pieces = ["["]
        for number, part in enumerate(value):
            pieces += [*([","] if number else []), *_json_pieces(part)]
        return [*pieces, "]"]
    if is_known(value):
        return [json.dumps(value)]
    parts = value.parts if isinstance(value, Text) else (value,)
    return ['"', *(json.dumps(part)[1:-1] if isinstance(part, str) else part for part in parts), '"']


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
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::ImportValue": _import_value,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::GetAZs": _get_azs,
    "Fn::Cidr": _cidr,
    "Fn::Base64": _base64,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Transform": _transform,
    UNKNOWN: _unknown,
    **{
        name: _condition(lambda argument, name=name: {name: argument})  # type: ignore[misc]
        for name in ("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals")
    },
}

__all__ = ["INTRINSICS", "as_flag", "dynamic", "is_intrinsic", "resolve", "unwrap", "unwritten"]
