"""Whether a value suits a parameter: it is of the kind of the default."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from readiness_pack.rules.rule import Rule
from readiness_pack.typed_yaml import nearest

_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}


def parameter_problem(name: str, value: Any, rules: Iterable[type[Rule]]) -> str | None:
    """What is wrong with a parameter that somebody sets for ``rules``, ``None`` where nothing is."""
    specs = {rule.name: rule.parameter_specs for rule in rules}
    users = {rule: found[name] for rule, found in specs.items() if name in found}
    if not users:
        known = {known for found in specs.values() for known in found}
        return f"no rule has such a parameter.{nearest(name, known)}"
    for rule, spec in users.items():
        problem = mismatch(spec.default, value)
        if problem:
            return f"{problem} ({rule})"
    return None


def mismatch(default: Any, value: Any) -> str | None:
    """What is wrong with ``value`` for a parameter with ``default``, ``None`` where nothing is.

    A parameter without a default takes anything; a list takes elements of the kinds that its default holds.

    Example:
        >>> mismatch(365, "long")
        "a number is expected, as its default 365, not 'long'"
        >>> mismatch(365, 30.5) is None
        True
        >>> mismatch(["Owner"], [1])
        "a list of texts is expected, as its default ['Owner'], not [1]"
    """
    if default is None or _suits(default, value):
        return None
    kind = _kind(default)
    if isinstance(default, list) and default and isinstance(value, list):
        kind = "a list of texts" if all(isinstance(one, str) for one in default) else "a list of the same kind"
    return f"{kind} is expected, as its default {default!r}, not {value!r}"


def _suits(default: Any, value: Any) -> bool:
    if isinstance(default, list | tuple):
        kinds = {_kind(one) for one in default}
        return isinstance(value, list | tuple) and (not kinds or all(_kind(one) in kinds for one in value))
    return _kind(default) == _kind(value)


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), type(value).__name__)
