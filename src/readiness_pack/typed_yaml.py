"""YAML files that people write, decoded into typed structs; every error names file and line and the nearest match."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from readiness_pack.errors import InputError

T = TypeVar("T")

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


def read(path: Path, type_: type[T], *, shown: str | None = None) -> T:
    """Decode the YAML file ``path`` as ``type_``.

    Args:
        path: the file.
        type_: a msgspec struct, or any type that msgspec converts to.
        shown: how errors name the file, ``path`` where not given.

    Raises:
        InputError: the file cannot be read, is not YAML, or does not fit ``type_``.
    """
    shown = shown or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("the file is not UTF-8 text", file=shown) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=shown) from error
    return parse(text, type_, shown=shown)


def parse(text: str, type_: type[T], *, shown: str) -> T:
    """Decode YAML ``text`` as ``type_``; see :func:`read`."""
    try:
        root = yaml.compose(text, Loader=_Loader)
        if root is None:
            raise InputError("the file is empty", file=shown)
        _check(root, shown, set())
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  the loader is a safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise InputError(f"not valid YAML: {error.problem or error.context}", file=shown, line=line) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"not valid YAML: {str(error).splitlines()[0]}", file=shown) from error
    try:
        return msgspec.convert(data, type_)
    except msgspec.ValidationError as error:
        raise _explained(str(error), root, type_, shown) from error


def line_of(text: str, *steps: str | int) -> int | None:
    """The 1-based line of the value at ``steps`` in YAML ``text``."""
    root = yaml.compose(text, Loader=_Loader)
    node = _node(root, steps)
    return None if node is None else int(node.start_mark.line) + 1


def nearest(word: str, known: list[str] | tuple[str, ...] | set[str]) -> str:
    """`` Did you mean 'x'?`` for the nearest of ``known``, or nothing.

    Example:
        >>> nearest("paramters", ["parameters", "rules"])
        " Did you mean 'parameters'?"
    """
    lowered = {name.lower(): name for name in sorted(known)}
    found = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f" Did you mean '{lowered[found[0]]}'?" if found else ""


def _check(node: Any, shown: str, seen: set[int], depth: int = 0) -> None:
    if id(node) in seen:
        raise InputError(
            "YAML aliases are not accepted here; write the value out", file=shown, line=node.start_mark.line + 1
        )
    seen.add(id(node))
    if depth > 100:
        raise InputError("nested more than 100 levels deep", file=shown, line=node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if key.value in keys:
                raise InputError(f"'{key.value}' is given twice", file=shown, line=key.start_mark.line + 1)
            keys.add(key.value)
            _check(value, shown, seen, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _check(value, shown, seen, depth + 1)


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


def _explained(problem: str, root: Any, type_: Any, shown: str) -> InputError:
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
    said = problem[0].lower() + problem[1:]
    return InputError(f"{path}: {said}" if path else said, file=shown, line=node.start_mark.line + 1)


def _spelled(steps: list[str | int]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _fields(type_: Any, steps: list[str | int]) -> list[str]:
    """The keys that are known at ``steps`` of ``type_``."""
    info = msgspec.inspect.type_info(type_)
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
    return [field.encode_name for field in info.fields] if isinstance(info, msgspec.inspect.StructType) else []
