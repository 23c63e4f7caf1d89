"""The functions that compute a value from values: selecting, splitting, mappings, addresses, encodings."""

from __future__ import annotations

import base64
import ipaddress
import json
from typing import TYPE_CHECKING, Any

from readiness_pack.template import conditions, intrinsics
from readiness_pack.template.values import (
    MAX_TEXT,
    Reference,
    Text,
    Undecided,
    Unknown,
    Value,
    as_number,
    is_known,
    join_text,
    malformed,
    too_long,
)

if TYPE_CHECKING:
    from readiness_pack.template.stack import Stack


def select(argument: Any, stack: Stack) -> Value:
    """``Fn::Select``: an element of a list, also of one of which only that element is known."""
    if not (isinstance(argument, list) and len(argument) == 2):
        return malformed("Fn::Select")
    index, pieces = intrinsics.resolve(argument[0], stack), intrinsics.resolve(argument[1], stack)
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
        return malformed("Fn::Select")
    if not isinstance(pieces, list) or not isinstance(number, int) or not 0 <= number < len(pieces):
        return malformed("Fn::Select")
    return pieces[number]


def split(argument: Any, stack: Stack) -> Value:
    """``Fn::Split``: the parts of a text, as far as its unknown pieces cannot hold the delimiter."""
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) and argument[0]):
        return malformed("Fn::Split")
    text = intrinsics.resolve(argument[1], stack)
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
        return malformed("Fn::Split")
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


def find_in_map(argument: Any, stack: Stack) -> Value:
    """``Fn::FindInMap``: with an unknown key, what all entries agree on."""
    if not (isinstance(argument, list) and 3 <= len(argument) <= 4):
        return malformed("Fn::FindInMap")
    default = (
        argument[3].get("DefaultValue", _NO_DEFAULT)
        if len(argument) == 4 and isinstance(argument[3], dict)
        else _NO_DEFAULT
    )
    keys = [intrinsics.resolve(part, stack) for part in argument[:3]]
    if any(key is None or isinstance(key, dict | list) for key in keys):
        return malformed("Fn::FindInMap")
    level: Any = stack.mappings
    for depth, key in enumerate(keys):
        if not is_known(key):
            agreed = _agreeing(level, keys[depth:], key)
            if default is _NO_DEFAULT or isinstance(agreed, Unknown) or agreed == intrinsics.resolve(default, stack):
                return intrinsics.resolve(agreed, stack)
            return Unknown(why_unknown(key), kind="map")
        level = level.get(conditions.as_text(key)) if isinstance(level, dict) else None
        if level is None:
            if default is not _NO_DEFAULT:
                return intrinsics.resolve(default, stack)
            return Unknown(
                f"mapping {keys[0]} has no {' > '.join(map(str, keys[1 : depth + 1])) or 'such name'}", kind="map"
            )
    return intrinsics.resolve(level, stack)


_NO_DEFAULT = object()


def why_unknown(unknown: Value) -> str:
    """Why a value is not known."""
    return unknown.reason if isinstance(unknown, Unknown | Text) else f"{unknown} is only known after deployment"


def _agreeing(level: Any, keys: list[Value], unknown_key: Value) -> Value:
    """What a mapping gives when a key is unknown: the value on which all entries agree."""
    reason = why_unknown(unknown_key)
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


def get_azs(argument: Any, stack: Stack) -> Value:
    """``Fn::GetAZs``: never known, but its elements keep apart."""
    region = intrinsics.resolve(argument, stack)
    if region is None or (isinstance(region, str) and not region):
        region = stack.pseudo("AWS::Region")
    if isinstance(region, dict | list | int | float):
        return malformed("Fn::GetAZs")
    return Unknown(
        f"the availability zones of {region} are only known after deployment",
        kind="pseudo",
        name=f"Fn::GetAZs({region})",
    )


def cidr(argument: Any, stack: Stack) -> Value:
    """``Fn::Cidr``: the address blocks, where the network is known."""
    if not (isinstance(argument, list) and 2 <= len(argument) <= 3):
        return malformed("Fn::Cidr")
    block, count, bits = (intrinsics.resolve(part, stack) for part in [*argument, 8][:3])
    for part in (block, count, bits):
        if not is_known(part):
            return Unknown(f"{part} is only known after deployment", kind="attribute")
    try:
        network = ipaddress.ip_network(str(block), strict=False)
        prefix = network.max_prefixlen - int(str(bits))
        wanted = int(str(count))
        if not 1 <= wanted <= 256:
            return malformed("Fn::Cidr")
        subnets = network.subnets(new_prefix=prefix)
        return [str(subnet) for subnet, _ in zip(subnets, range(wanted), strict=False)]
    except (ValueError, TypeError):
        return malformed("Fn::Cidr")


def to_base64(argument: Any, stack: Stack) -> Value:
    """``Fn::Base64``: the encoded text."""
    text = intrinsics.resolve(argument, stack)
    if isinstance(text, str):
        if len(text) > MAX_TEXT:
            return too_long()
        return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    return malformed("Fn::Base64") if is_known(text) else Unknown(why_unknown(text), kind="attribute")


def length(argument: Any, stack: Stack) -> Value:
    """``Fn::Length``: how many elements a list has."""
    pieces = intrinsics.resolve(argument, stack)
    if isinstance(pieces, list):
        return len(pieces)
    return malformed("Fn::Length") if is_known(pieces) else Unknown(why_unknown(pieces), kind="attribute")


def to_json_string(argument: Any, stack: Stack) -> Value:
    """``Fn::ToJsonString``: the JSON text, unknown values left open in it."""
    return join_text(_json_pieces(intrinsics.resolve(argument, stack)))


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
