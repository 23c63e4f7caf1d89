"""Rules that are written in Python: what must hold of their classes, and what a rule file would say of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, get_args

import msgspec

from readiness_pack.checklist import Example, Frameworks, ParameterSpec, RuleSpec, Severity
from readiness_pack.checklist.validating import RULE_NAME, VERDICTS, fields_of, unknown_type
from readiness_pack.errors import InputError
from readiness_pack.rules.comparisons import BadRule
from readiness_pack.rules.rule import Rule
from readiness_pack.rules.sources import place_of
from readiness_pack.typed_yaml import nearest


def spec_of(made: type[Rule], items: Collection[str]) -> RuleSpec:
    """What a rule file would say of a class, so that reports, items and explanations treat it like the others.

    Args:
        made: the class.
        items: ids of the items that there are.

    Raises:
        InputError: an attribute of the class cannot be meant, with the place of the class.
    """
    problem = _problem(made, items)
    if problem:
        raise error_about(made, problem)
    return RuleSpec(
        name=made.name,
        severity=made.severity,
        resource=list(made.resource_types),
        message=made.message,
        core=made.core,
        fix=made.fix,
        why=made.why,
        source=list(made.sources),
        unless=made.unless,
        require=made.require,
        parameters={
            name: {"default": spec.default, "about": spec.about} for name, spec in made.parameter_specs.items()
        },
        peers=dict(made.peers),
        frameworks=made.frameworks or None,
        examples=_examples(made),
        aliases=list(made.aliases),
    )


def error_about(made: type[Rule], problem: str) -> InputError:
    """An error about a class, with the place where it is defined."""
    file, line = place_of(made)
    return InputError(f"rule {made.name} ({made.__module__}.{made.__qualname__}): {problem}", file=file, line=line)


def _problem(made: Any, items: Collection[str]) -> str | None:
    """What is wrong with the attributes of a class, which may be anything."""
    if not isinstance(made.name, str) or not RULE_NAME.fullmatch(made.name):
        return f"name: {made.name!r} is not CamelCase"
    if made.item not in items:
        near = nearest(made.item, set(items)) if isinstance(made.item, str) else ""
        return f"item: there is no item {made.item!r}.{near}"
    if made.severity not in get_args(Severity):
        return f"severity: {made.severity!r} is none of {', '.join(get_args(Severity))}"
    return (
        _types(made.resource_types)
        or _message(made.message)
        or _words(made)
        or _parameters(made.parameter_specs)
        or _decides(made)
    )


def _types(types: Any) -> str | None:
    if not isinstance(types, tuple | list) or not types or not all(isinstance(type_, str) for type_ in types):
        return f"resource_types: a tuple of resource types is expected, not {types!r}"
    problem = next(filter(None, map(unknown_type, types)), None)
    return f"resource_types: {problem}" if problem else None


def _message(message: Any) -> str | None:
    if not isinstance(message, str) or not message:
        return "message: a text is expected; it says what is wrong with the resource"
    try:
        fields_of(message)
    except ValueError as error:
        return f"message: {error}"
    return None


_WORDS: dict[str, Any] = {
    "core": bool,
    "fix": str | None,
    "why": str | None,
    "sources": tuple[str, ...],
    "account_facts": tuple[str, ...],
    "aliases": tuple[str, ...],
    "peers": dict[str, list[str]],
    "frameworks": Frameworks,
}
"""Attributes that reports and explanations read, with what they must be; a text would count as a list of letters."""


def _words(made: Any) -> str | None:
    for name, type_ in _WORDS.items():
        value = getattr(made, name)
        try:
            msgspec.convert(dict(value) if isinstance(value, Mapping) else value, type_)
        except msgspec.ValidationError as error:
            return f"{name}: {str(error)[0].lower()}{str(error)[1:]}"
    return None


def _parameters(specs: Any) -> str | None:
    for name, spec in specs.items():
        if not isinstance(spec, ParameterSpec):
            return f"parameter_specs[{name!r}]: ParameterSpec(default, about) is expected, not {spec!r}"
        try:
            msgspec.json.encode(spec.default)
        except TypeError:
            return f"parameter_specs[{name!r}]: the default {spec.default!r} is not plain data"
    return None


def _decides(made: type[Rule]) -> str | None:
    inherited = made.check is Rule.check and made.judge is Rule.judge
    if made.require is None and inherited:
        return "a rule needs 'require' or a method 'check'"
    try:
        sample = made()
        sample._unless, sample._require  # noqa: B018  compiling them is the check
    except BadRule as problem:
        return str(problem)
    except Exception as error:
        return f"it cannot be made: {type(error).__name__}: {error}"
    return None


def _examples(made: type[Rule]) -> list[Example]:
    found = []
    for number, example in enumerate(made.examples):
        try:
            one = msgspec.convert(example, Example)
        except msgspec.ValidationError as error:
            raise error_about(made, f"examples[{number}]: {str(error)[0].lower()}{str(error)[1:]}") from error
        if sum(one.given(verdict) is not None for verdict in VERDICTS) != 1:
            raise error_about(made, f"examples[{number}]: needs exactly one of {', '.join(VERDICTS)}")
        found.append(one)
    return found
