"""What must hold of a rule file beyond its types: names, messages, parameters, and resource types that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

from readiness_pack.checklist.positions import RulePlace, Step
from readiness_pack.checklist.spec import Example, RuleChange, RuleSpec
from readiness_pack.errors import InputError
from readiness_pack.typed_yaml import nearest

VERDICTS = ("pass", "fail", "unknown", "not_applicable")

RULE_NAME = re.compile(r"[A-Z][A-Za-z0-9]+")


def check_rule(rule: RuleSpec, file: Path) -> None:
    """Check a rule of the file ``file``.

    Raises:
        InputError: something in it cannot be meant, with its line.
    """
    place = RulePlace(file, rule.name)
    if not RULE_NAME.fullmatch(rule.name):
        raise place.error(f"name: '{rule.name}' is not CamelCase", "name")
    if rule.require is None and rule.check is None:
        raise place.error("a rule needs 'require' or 'check'")
    check_aliases(rule, place)
    check_types(rule.resource_types, place)
    check_conditions(rule.unless, rule.require, place)
    check_parameters(rule.parameters, place)
    check_message(rule, place)
    check_examples(rule.examples, place)


def check_aliases(rule: RuleSpec, place: RulePlace) -> None:
    """Check that old names are names, each given once, and none the name of today."""
    for number, alias in enumerate(rule.aliases):
        if not RULE_NAME.fullmatch(alias):
            raise place.error(f"aliases[{number}]: '{alias}' is not CamelCase", "aliases", number)
        if alias == rule.name or alias in rule.aliases[:number]:
            raise place.error(f"aliases[{number}]: '{alias}' is there already", "aliases", number)


def check_change(name: str, change: RuleChange, file: Path) -> None:
    """Check what the file ``file`` replaces of the rule ``name``, as far as that can be told without the rule."""
    place = RulePlace(file, name)
    given = change.given
    if not given:
        raise place.error("the override changes nothing; give the keys that are to be replaced")
    if "resource" in given:
        check_types((given["resource"],) if isinstance(given["resource"], str) else tuple(given["resource"]), place)
    check_conditions(given.get("unless"), given.get("require"), place)
    check_parameters(given.get("parameters", {}), place)
    check_examples(given.get("examples", ()), place)


def check_types(types: tuple[str, ...], place: RulePlace) -> None:
    """Check that resource types exist."""
    if not types:
        raise place.error("resource: at least one type is needed", "resource")
    for number, type_ in enumerate(types):
        problem = unknown_type(type_)
        if problem:
            raise place.error(f"resource: {problem}", "resource", number)


def unknown_type(type_: str) -> str | None:
    """What is wrong with a resource type, ``None`` where nothing is; ``app`` and ``*`` are fine."""
    from readiness_pack.data import is_known_type, known_types, tables  # only when rule files are read anew

    if type_ in ("app", "*") or ("::" in type_ and is_known_type(type_)):
        return None
    made = next((table.as_of for table in tables() if table.name == "types"), None)
    known = f" as of {made}" if made else ""
    return f"CloudFormation has no resource type '{type_}'{known}.{nearest(type_, list(known_types()))}"


def check_conditions(unless: Any, require: Any, place: RulePlace) -> None:
    """Check the resource types that conditions name; their words are checked when they are compiled."""
    for key, condition in (("unless", unless), ("require", require)):
        for steps, type_ in _types_in(condition, (key,)):
            problem = unknown_type(type_)
            if problem:
                raise place.error(f"{key}: {problem}", *steps)


def _types_in(condition: Any, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    if not isinstance(condition, dict | list):
        return
    for key, value in condition.items() if isinstance(condition, dict) else enumerate(condition):
        below = (*steps, key)
        if key in ("refers_to", "referred_by"):
            yield from _named_types(value, below, bare=key == "refers_to")
        if isinstance(value, dict | list):
            yield from _types_in(value, below)


def _named_types(value: Any, steps: tuple[Step, ...], *, bare: bool) -> Iterator[tuple[tuple[Step, ...], str]]:
    """The types of ``refers_to: X``, ``refers_to: [X, Y]`` and ``{type: ...}``; a bare ``referred_by`` is none."""
    if isinstance(value, dict):
        yield from _named_types(value.get("type"), (*steps, "type"), bare=True)
    elif bare and isinstance(value, str) and not value.startswith("$"):
        yield steps, value
    elif bare and isinstance(value, list):
        for number, type_ in enumerate(value):
            yield from _named_types(type_, (*steps, number), bare=True)


def check_parameters(parameters: Mapping[str, Any], place: RulePlace) -> None:
    """Check that parameters are documented in the one form there is for it."""
    for name, value in parameters.items():
        if isinstance(value, dict) and "default" in value and set(value) != {"default", "about"}:
            raise place.error(
                f"parameters.{name}: a value, or exactly {{default, about}}, is expected", "parameters", name
            )


def check_message(rule: RuleSpec, place: RulePlace) -> None:
    """Check that something fills every field of the message; what a check in Python fills is seen when it runs."""
    try:
        fields = fields_of(rule.message)
    except ValueError as error:
        raise place.error(f"message: {error}; a brace that is meant as such is doubled", "message") from error
    own = () if rule.resource_types == ("app",) else ("logical_id", "resource_type")
    known = {*own, "value", "path", *rule.parameters}
    for field in fields:
        if rule.check is None and field not in known:
            text = f"message: nothing fills {{{field}}}.{nearest(field, known)}"
            raise place.error(f"{text} Known are {', '.join(sorted(known))}.", "message")


def fields_of(message: str) -> list[str]:
    """The names of the fields of a message.

    Raises:
        ValueError: the braces are not balanced, or a field is more than a name.

    Example:
        >>> fields_of("The queue {logical_id} keeps messages for {days} days.")
        ['logical_id', 'days']
    """
    fields = []
    for _, field, form, conversion in Formatter().parse(message):
        if field is None:
            continue
        if not field.isidentifier() or form or conversion:
            raise ValueError(f"'{{{field}}}' is not the name of a field")
        fields.append(field)
    return fields


def check_examples(examples: list[Example] | tuple[()], place: RulePlace) -> None:
    """Check that every example states one verdict."""
    for number, example in enumerate(examples):
        if sum(example.given(name) is not None for name in VERDICTS) != 1:
            problem = f"examples[{number}]: needs exactly one of {', '.join(VERDICTS)}"
            raise place.error(problem, "examples", number)


def duplicate(what: str, first: Path, second: Path, line: int | None) -> InputError:
    """The error about a name that two files use."""
    return InputError(f"{what} is in {first} already", file=second, line=line)
