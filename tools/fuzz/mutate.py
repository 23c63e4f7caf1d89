# ruff: noqa: E501  long lines: tables of values read better
"""Mutations of JSON trees that keep them trees: types are swapped, intrinsics put in, parts moved between documents."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

Path = tuple[str | int, ...]

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63, 1e308, -0.0, 0.5, "", " ", "*", "true", "false", "0", "-1", "1e400"),
    *([], {}, [[]], [None], {"": None}, [{}], "AWS::NoValue", "AWS::Region", "arn:", "arn:aws:s3:::", "arn:aws:iam::a:b:c"),
    *("${", "${}", "${A.}", "${!A}", "{{resolve:ssm:x}}", "{{resolve:secretsmanager:a:SecretString:b}}", "{{resolve:"),
    *("0.0.0.0/0", "::/0", "10.0.0.0/99", "999.1.1.1/8", "a\nb", "\u0000", "\u202e", "é" * 300, "a" * 5000, "(" * 200),
    *("rate(5 minutes)", "cron(* * * * ? *)", "P1D", "2012-10-17", "9999-99-99", "http://[", "https://", "://", "[", "]"),
    *("NaN", "Infinity", "1_000", "0x10", "१२", "²", "٣", "-", ".", "/", "::", "s3:*", "s3:Get*", "*:*", "Fn::If", "%s", "{0}"),
    *("{\"Statement\": []}", "{\"a\":", "[1,", "m1", "SUM(METRICS())", "ALARM(x) AND", "ALARM(\"", "AND OR NOT", "$.a[*].b"),
)  # fmt: skip
"""Values that programs stumble over."""


def mutated(document: Any, random: Random, others: list[Any], times: int | None = None) -> Any:
    """A copy of ``document`` with one to eight mutations.

    Args:
        document: data as JSON holds it.
        random: chooses; the same state gives the same result.
        others: documents that parts are taken from.
        times: how many mutations.

    Example:
        >>> mutated({"A": 1}, Random(3), []) == mutated({"A": 1}, Random(3), [])
        True
    """
    document = copy.deepcopy(document)
    for _ in range(times or random.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        places = paths(document)
        path = random.choice(places)
        document = _replaced(
            document, path, random.choice(_MUTATIONS)(value_at(document, path), random, document, others)
        )
        if len(places) > 20_000:
            break
    return document


_GONE = object()


def _odd(_value: Any, random: Random, _document: Any, _others: list[Any]) -> Any:
    return copy.deepcopy(random.choice(ODD))


def _gone(_value: Any, _random: Random, _document: Any, _others: list[Any]) -> Any:
    return _GONE


def _listed(value: Any, random: Random, _document: Any, _others: list[Any]) -> Any:
    return random.choice(([value], [value, value], {"a": value}, [[value]], {"Fn::Nonsense": value}))


def _unwrapped(value: Any, random: Random, _document: Any, _others: list[Any]) -> Any:
    parts = list(value.values()) if isinstance(value, dict) else value
    return copy.deepcopy(random.choice(parts)) if isinstance(parts, list) and parts else value


def _as_text(value: Any, random: Random, _document: Any, _others: list[Any]) -> Any:
    if isinstance(value, str) and value:
        cut = random.randrange(len(value))
        return random.choice(
            (value[:cut], value[cut:], value + value, value.upper(), value[:cut] + "*" + value[cut:], [value])
        )
    if isinstance(value, bool | int | float):
        return random.choice((str(value), -value, value * 1000, value // 7, [value], None))
    return str(value)


def _moved(_value: Any, random: Random, document: Any, _others: list[Any]) -> Any:
    return copy.deepcopy(value_at(document, random.choice(paths(document))))


def _spliced(value: Any, random: Random, _document: Any, others: list[Any]) -> Any:
    """A part of another document; of the same kind where there is one."""
    if not others:
        return value
    other = random.choice(others)
    candidates = [path for path in paths(other) if type(value_at(other, path)) is type(value)] or [()]
    return copy.deepcopy(value_at(other, random.choice(candidates)))


def _renamed(value: Any, random: Random, document: Any, others: list[Any]) -> Any:
    """A map in which a key has the name of another one."""
    if not isinstance(value, dict) or not value:
        return _odd(value, random, document, others)
    old = random.choice(list(value))
    names = [step for path in paths(random.choice([document, *others[:50]])) for step in path if isinstance(step, str)]
    new = random.choice([*names, "Fn::If", "Ref", "Type", "", "Fn::ForEach::X", "Condition", "Fn::Transform"])
    return {new if key == old else key: part for key, part in value.items()}


def _more(value: Any, random: Random, document: Any, others: list[Any]) -> Any:
    """One entry more."""
    part = _spliced(value, random, document, others)
    if isinstance(value, dict):
        return {**value, **part} if isinstance(part, dict) else value
    if isinstance(value, list):
        return [*value, *(part if isinstance(part, list) else [part])]
    return part


def _many(value: Any, random: Random, _document: Any, _others: list[Any]) -> Any:
    if isinstance(value, list) and value:
        return (value * random.choice((2, 10, 60)))[:200]
    for _ in range(random.choice((1, 5, 40))):
        value = random.choice(
            ([value], {"Fn::Sub": value}, {"a": value}, {"Fn::Join": ["", [value]]}, {"Fn::Select": [0, [value]]})
        )
    return value


def _intrinsic(value: Any, random: Random, document: Any, _others: list[Any]) -> Any:
    """``value`` behind an intrinsic, with names that the document knows."""
    names = _names(document)
    name, other = random.choice(names), random.choice(names)
    return copy.deepcopy(
        random.choice(
            [
                {"Ref": name},
                {"Fn::GetAtt": [name, random.choice(("Arn", "Outputs.X", "", "DomainName"))]},
                {"Fn::GetAtt": f"{name}.Arn"},
                {"Fn::If": [random.choice(("IsProd", name, "Missing")), value, {"Ref": "AWS::NoValue"}]},
                {"Fn::If": ["IsProd", {"Ref": other}, value]},
                {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::${{{name}}}-${{{other}.Arn}}/*"},
                {"Fn::Sub": ["${V}x", {"V": value}]},
                {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":", value]]},
                {"Fn::Join": ["", [value, {"Ref": name}]]},
                {"Fn::Select": [random.choice((0, 1, "0", -1, {"Ref": name})), {"Fn::Split": [":", {"Ref": name}]}]},
                {"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "Key"]},
                {"Fn::ImportValue": {"Fn::Sub": f"{name}-export"}},
                {"Fn::GetAZs": {"Ref": name}},
                {"Fn::Cidr": [value, 4, 8]},
                {"Fn::ToJsonString": value},
                {"Fn::Length": value},
                {"Fn::Base64": value},
                {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": value}}},
                {"Fn::Equals": [value, {"Ref": name}]},
                {"Condition": name},
            ]
        )
    )


_MUTATIONS: tuple[Callable[[Any, Random, Any, list[Any]], Any], ...] = (
    *(_odd, _odd, _intrinsic, _intrinsic, _intrinsic, _spliced, _spliced, _more, _more),
    *(_gone, _listed, _unwrapped, _as_text, _moved, _renamed, _many),
)


def _names(document: Any) -> list[str]:
    """Logical ids and parameters of templates, wherever they stand in the document."""
    found = ["AWS::NoValue", "AWS::Region", "AWS::AccountId", "Missing"]
    templates = [document, *document.values()] if isinstance(document, dict) else []
    for template in templates:
        for section in ("Resources", "Parameters", "Conditions", "Mappings") if isinstance(template, dict) else ():
            entries = template.get(section)
            found += list(entries) if isinstance(entries, dict) else []
    return found


def paths(document: Any) -> list[Path]:
    """The path of every value in ``document``, the empty one of itself first."""
    found: list[Path] = []
    waiting: list[tuple[Path, Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        found.append(path)
        if isinstance(value, dict):
            waiting += [((*path, key), part) for key, part in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, number), part) for number, part in enumerate(value)]
    return found


def value_at(document: Any, path: Path) -> Any:
    """The value at ``path``."""
    for step in path:
        document = document[step]
    return document


def _replaced(document: Any, path: Path, value: Any) -> Any:
    if not path:
        return {} if value is _GONE else value
    container = value_at(document, path[:-1])
    if value is _GONE:
        del container[path[-1]]
    else:
        container[path[-1]] = value
    return document


def mutated_bytes(data: bytes, random: Random) -> bytes:
    """A copy of ``data`` with bytes flipped, put in, taken out, doubled or moved.

    Example:
        >>> mutated_bytes(b"abc", Random(1)) == mutated_bytes(b"abc", Random(1))
        True
    """
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        start = random.randrange(len(found) + 1)
        end = min(len(found), start + random.choice((1, 1, 2, 8, 40)))
        match random.randrange(5):
            case 0:
                found[start:end] = bytes(random.randrange(256) for _ in range(end - start))
            case 1:
                found[start:start] = random.choice(_PIECES)
            case 2:
                del found[start:end]
            case 3:
                found[start:start] = found[start:end] * random.choice((1, 2, 30))
            case _:
                target = random.randrange(len(found) + 1)
                found[target:target] = found[start:end]
    return bytes(found)


_PIECES = (
    *(b"\0", b"\xff", b"\xc3\x28", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\r", b"\n", b"\t", b"\x85", b"\xe2\x80\xa8"),
    *(b"&a ", b"*a", b"<<: ", b"!Ref ", b"!Sub ", b"!GetAtt ", b"!!int ", b"!!bool x", b"!!binary ", b"!!python/name:os.system "),
    *(b"!!timestamp 2020", b"!!set ", b"!!omap ", b"? ", b": ", b"- ", b"---\n", b"...\n", b"|\n", b">-\n", b"%YAML 9.9\n", b"#", b"'", b'"'),
    *(b"{", b"}", b"[", b"]", b",", b"[" * 200, b"{a: " * 130, b"1e999", b"-.inf", b".nan", b"0x", b"0b", b"1:60", b"9" * 400),
    *(b"\\u0000", b"\\ud800", b"\\", b"null", b"true", b"no", b"~", b"2020-13-45", b"=", b"@", b"`", b"\xc2\xa0"),
)  # fmt: skip
"""What parsers stumble over."""
