"""YAML files that people write, decoded into typed structs; every error names file and line and the nearest match."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from readiness_pack import reading
from readiness_pack.errors import InputError

T = TypeVar("T")
V = TypeVar("V")

_UNKNOWN_FIELD = re.compile(r"unknown field `(.+?)`")
_PLACE = re.compile(r" - at (`key` in )?`(?:key in )?\$(.*?)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


class _Loader(yaml.CSafeLoader):
    """YAML as people mean it: ``on`` and ``no`` are words and dates are text, as in YAML 1.2."""


_TEXT_IN_1_2 = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _TEXT_IN_1_2]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def read(
    path: Path, type_: type[T], *, shown: str | None = None, variants: Mapping[str, type[V]] | None = None
) -> T | V:
    """Decode the YAML file ``path`` as ``type_``.

    Args:
        path: the file.
        type_: a msgspec struct, or any type that msgspec converts to.
        shown: how errors name the file, ``path`` where not given.
        variants: top-level key -> the type that a file with this key is instead.

    Raises:
        InputError: the file cannot be read, is not YAML, or does not fit ``type_``.
    """
    shown = shown or str(path)
    data = reading.read(path, reading.MAX_WRITTEN, shown=shown)
    return parse(text_of(data, shown=shown), type_, shown=shown, variants=variants)


def text_of(data: bytes, *, shown: str) -> str:
    """The text of a file that was read.

    Raises:
        InputError: it is not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("the file is not UTF-8 text", file=shown, line=line) from error


def parse(text: str, type_: type[T], *, shown: str, variants: Mapping[str, type[V]] | None = None) -> T | V:
    """Decode YAML ``text`` as ``type_``; see :func:`read`."""
    root, data = _composed(text, shown)
    wanted: type[T] | type[V] = type_
    if variants and isinstance(data, dict):
        wanted = next((variant for key, variant in variants.items() if key in data), type_)
    try:
        return msgspec.convert(data, wanted)
    except msgspec.ValidationError as error:
        raise _explained(str(error), root, data, wanted, shown) from error


def _composed(text: str, shown: str) -> tuple[Any, Any]:
    """The nodes of ``text``, for places, and the data in them."""
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                raise InputError("the file is empty", file=shown)
            _check(root, shown, set(), loader)
            return root, loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise InputError(f"not valid YAML: {error.problem or error.context}", file=shown, line=line) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError("not valid YAML: a character that it does not allow", file=shown, line=line) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"not valid YAML: {str(error).splitlines()[0]}", file=shown) from error


def line_of(text: str, *steps: str | int) -> int | None:
    """The 1-based line of the value at ``steps`` in YAML ``text``; ``None`` where it is no YAML."""
    try:
        node = _node(yaml.compose(text, Loader=_Loader), steps)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return None if node is None else int(node.start_mark.line) + 1


def line_in(path: Path, *steps: str | int) -> int | None:
    """As :func:`line_of` for a file that was read before; ``None`` where it has gone or changed meanwhile."""
    try:
        return line_of(reading.read(path, reading.MAX_WRITTEN).decode("utf-8-sig"), *steps)
    except (InputError, UnicodeDecodeError):
        return None


def lines_of(text: str, *steps: str | int) -> list[int]:
    r"""The 1-based lines of the entries of the list at ``steps`` in YAML ``text``; none where there is no list.

    Example:
        >>> lines_of("records:\n- a\n\n- b\n", "records")
        [2, 4]
    """
    try:
        node = _node(yaml.compose(text, Loader=_Loader), steps)
    except (yaml.YAMLError, RecursionError, ValueError):
        return []
    return [int(one.start_mark.line) + 1 for one in node.value] if isinstance(node, yaml.SequenceNode) else []


def nearest(word: str, known: list[str] | tuple[str, ...] | set[str]) -> str:
    """`` Did you mean 'x'?`` for the nearest of ``known``, or nothing.

    Example:
        >>> nearest("paramters", ["parameters", "rules"])
        " Did you mean 'parameters'?"
    """
    lowered = {name.lower(): name for name in sorted(known)}
    found = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f" Did you mean '{lowered[found[0]]}'?" if found else ""


MAX_DEPTH = 100
"""How deep maps and lists may be nested."""

_YAML = "tag:yaml.org,2002:"
_TEXT = frozenset({_YAML + "str", _YAML + "value"})  # YAML 1.1 knows "=" as a value of its own


def _check(node: Any, shown: str, seen: set[int], loader: Any, depth: int = 0) -> None:
    """Refuse what YAML can say and these files need not: what hides, repeats or multiplies a value, or is no JSON."""
    line = node.start_mark.line + 1
    if id(node) in seen:
        raise InputError("YAML aliases are not accepted here; write the value out", file=shown, line=line)
    seen.add(id(node))
    if depth > MAX_DEPTH:
        raise InputError(f"nested more than {MAX_DEPTH} levels deep", file=shown, line=line)
    if isinstance(node, yaml.MappingNode):
        _check_tag(node, _YAML + "map", shown)
        keys: set[str] = set()
        for key, value in node.value:
            _check_key(key, keys, shown, loader)
            _check(value, shown, seen, loader, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        _check_tag(node, _YAML + "seq", shown)
        for value in node.value:
            _check(value, shown, seen, loader, depth + 1)
    else:
        _check_scalar(node, shown, loader)


def _check_key(key: Any, keys: set[str], shown: str, loader: Any) -> None:
    line = key.start_mark.line + 1
    if not isinstance(key, yaml.ScalarNode):
        raise InputError("a key must be text", file=shown, line=line)
    if key.tag == _YAML + "merge":
        raise InputError("YAML merge keys (<<) are not accepted here; write the values out", file=shown, line=line)
    _check_scalar(key, shown, loader)
    if key.value in keys:
        raise InputError(f"'{key.value}' is given twice", file=shown, line=line)
    keys.add(key.value)


def _check_scalar(node: Any, shown: str, loader: Any) -> None:
    if node.tag in _TEXT:
        return
    # What a tag says must be what the value looks like: `!!int x` makes PyYAML stumble.
    _check_tag(node, loader.resolve(yaml.ScalarNode, node.value, (True, False)), shown)
    if node.tag == _YAML + "float" and not math.isfinite(loader.construct_yaml_float(node)):
        line = node.start_mark.line + 1
        raise InputError(f"{node.value[:20]} is not a number that can be used", file=shown, line=line)


def _check_tag(node: Any, wanted: str, shown: str) -> None:
    if node.tag != wanted:
        tag = node.tag.replace(_YAML, "!!")
        raise InputError(f"the YAML tag {tag} is not accepted here", file=shown, line=node.start_mark.line + 1)


def _node(node: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        below = None
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            below = node.value[step]
        if below is None:
            return node
        node = below
    return node


def _explained(problem: str, root: Any, data: Any, type_: Any, shown: str) -> InputError:
    """The message of msgspec with the line in the file, the path as users write it, and the nearest known key."""
    steps: list[str | int] = []
    place = _PLACE.search(problem)
    if place:
        problem = problem[: place.start()]
        for key, index in _STEP.findall(place.group(2)):
            if key:
                steps.append(key)
            elif index.isdigit():
                steps.append(int(index))
            else:
                steps += _bad_key(data, type_, steps)
    node = _node(root, tuple(steps))
    unknown = _UNKNOWN_FIELD.search(problem)
    if unknown and isinstance(node, yaml.MappingNode):
        word = unknown.group(1)
        key_node = next((key for key, _ in node.value if key.value == word), node)
        path = _spelled([*steps, word])
        known = _fields(type_, steps)
        return InputError(
            f"{path}: there is no such key.{nearest(word, known)}", file=shown, line=key_node.start_mark.line + 1
        )
    path = _spelled(steps)
    said = (problem[0].lower() + problem[1:]).replace(
        "invalid RFC3339 encoded date", "expected a date such as 2027-03-31"
    )
    return InputError(f"{path}: {said}" if path else said, file=shown, line=node.start_mark.line + 1)


def _spelled(steps: list[str | int]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _bad_key(data: Any, type_: Any, steps: list[str | int]) -> list[str]:
    """The key of the object at ``steps`` whose value does not fit; msgspec does not tell it. Empty if none is found."""
    for step in steps:
        data = data[step]
    info = _info(type_, steps)
    if isinstance(data, dict) and isinstance(info, msgspec.inspect.DictType):
        wanted = info.value_type
        if isinstance(wanted, msgspec.inspect.StructType):
            for key, value in data.items():
                try:
                    msgspec.convert(value, wanted.cls)
                except msgspec.ValidationError:
                    return [key]
    return []


def _fields(type_: Any, steps: list[str | int]) -> list[str]:
    """The keys that are known at ``steps`` of ``type_``."""
    info = _info(type_, steps)
    return [field.encode_name for field in info.fields] if isinstance(info, msgspec.inspect.StructType) else []


def _info(type_: Any, steps: list[str | int]) -> Any:
    """What msgspec knows of the type at ``steps`` of ``type_``."""
    info: Any = msgspec.inspect.type_info(type_)
    for step in [*steps, None]:
        while isinstance(info, msgspec.inspect.UnionType):
            info = next(
                (one for one in info.types if not isinstance(one, msgspec.inspect.NoneType | msgspec.inspect.StrType)),
                info.types[0],
            )
        if step is None:
            break
        if isinstance(info, msgspec.inspect.StructType):
            info = next((field.type for field in info.fields if field.encode_name == step), msgspec.inspect.AnyType())
        elif isinstance(info, msgspec.inspect.ListType):
            info = info.item_type
        elif isinstance(info, msgspec.inspect.DictType):
            info = info.value_type
    return info
