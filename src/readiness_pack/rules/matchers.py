"""The words of ``unless`` and ``require``, compiled once per rule into closures.

Every word is three-valued: it holds, it fails (:class:`Miss`), or it cannot be decided (:class:`Maybe`).
docs/rule-format.md shows each with an example.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from readiness_pack.rules.answers import (
    NO,
    Answer,
    Maybe,
    Miss,
    Question,
    all_of,
    any_of,
    every,
    located,
    negated,
    some,
)
from readiness_pack.rules.comparisons import BadRule, absent, equals, matches, number_that, one_of, present, why_unknown
from readiness_pack.template import Reference, Resource, Text, Unknown, Value
from readiness_pack.template.paths import parse
from readiness_pack.template.views import RELATIONS, related
from readiness_pack.typed_yaml import nearest


def condition(spec: Any, parameters: Mapping[str, Any], where: str = "require") -> Question:
    """Compile a condition: an object of property paths (all must hold), or a list of conditions (all must hold)."""
    if isinstance(spec, list):
        return all_of([condition(part, parameters, f"{where}[{number}]") for number, part in enumerate(spec)])
    if not isinstance(spec, dict) or not spec:
        raise BadRule(f"{where}: an object of property paths is expected, not {spec!r}")
    return all_of([_entry(key, value, parameters, f"{where}.{key}") for key, value in spec.items()])


def any_condition(spec: Any, parameters: Mapping[str, Any], where: str = "unless") -> Question:
    """Compile ``unless``: as :func:`condition`, but of a list one is enough."""
    if isinstance(spec, list):
        return any_of([condition(part, parameters, f"{where}[{number}]") for number, part in enumerate(spec)])
    return condition(spec, parameters, where)


def _entry(key: str, spec: Any, parameters: Mapping[str, Any], where: str) -> Question:
    if key in ("all_of", "any_of"):
        if not isinstance(spec, list) or not spec:
            raise BadRule(f"{where}: a list of conditions is expected")
        parts = [condition(part, parameters, f"{where}[{number}]") for number, part in enumerate(spec)]
        return all_of(parts) if key == "all_of" else any_of(parts)
    if key == "not":
        return negated(condition(spec, parameters, where))
    if key == "referred_by":
        return _referred_by(spec, parameters, where)
    if key == "parameter":
        return _parameter(spec, parameters, where)
    return _property(key, matcher(spec, parameters, where))


def _property(path: str, match: Question) -> Question:
    if not parse(path):
        raise BadRule(f"{path!r} is not a property path")
    if "[*]" not in path:

        def one(subject: Any) -> Answer:
            return located(match(subject.get(path)), path, None)

        return one

    def each(subject: Any) -> Answer:
        return every(located(match(value), concrete, value) for concrete, value in subject.each(path))

    return each


def _parameter(spec: Any, parameters: Mapping[str, Any], where: str) -> Question:
    """``parameter: {name: value}``: a rule parameter has this value; lets ``unless`` switch a rule off."""
    if not isinstance(spec, dict):
        raise BadRule(f"{where}: an object of parameter names is expected")
    for name in spec:
        if name not in parameters:
            raise BadRule(f"{where}: the rule has no parameter {name}.{nearest(name, list(parameters))}")
    answer: Answer = True if all(parameters[name] == value for name, value in spec.items()) else NO
    return lambda _: answer


def _referred_by(spec: Any, parameters: Mapping[str, Any], where: str) -> Question:
    if isinstance(spec, str):
        if spec not in RELATIONS:
            known = ", ".join(sorted(RELATIONS))
            raise BadRule(f"{where}: there is no relation '{spec}'.{nearest(spec, list(RELATIONS))} Known are {known}")
        return lambda subject: True if isinstance(subject, Resource) and related(subject, spec) else NO
    if not (isinstance(spec, dict) and {"type"} <= set(spec) <= {"type", "path", "where"}):
        raise BadRule(f"{where}: the name of a relation or {{type, path, where}} is expected")
    types = tuple(spec["type"]) if isinstance(spec["type"], list) else (spec["type"],)
    path = spec.get("path")
    inner = condition(spec["where"], parameters, f"{where}.where") if "where" in spec else None

    def check(subject: Any) -> Answer:
        if not isinstance(subject, Resource):
            return NO
        sources = subject.referrers(*types, path=path)
        return some(True if inner is None else inner(source) for source in sources)

    return check


def matcher(spec: Any, parameters: Mapping[str, Any], where: str = "require") -> Question:
    """Compile what is said of one value: a literal means equals, ``{operator: argument}`` says the rest."""
    spec = _parameterised(spec, parameters, where)
    if spec == "absent" or spec is None:
        return absent
    if spec == "present":
        return present
    if isinstance(spec, str | bool | int | float):
        return equals(spec)
    if isinstance(spec, list):
        raise BadRule(f"{where}: a list is no value to compare with; write {{in: [...]}} or {{any: ...}}")
    parts = [_operator(name, argument, parameters, f"{where}.{name}") for name, argument in spec.items()]
    if not parts:
        raise BadRule(f"{where}: an operator is expected")
    return all_of(parts)


def _parameterised(spec: Any, parameters: Mapping[str, Any], where: str) -> Any:
    if isinstance(spec, str) and spec.startswith("$"):
        if spec[1:] not in parameters:
            raise BadRule(f"{where}: the rule has no parameter {spec[1:]}.{nearest(spec[1:], list(parameters))}")
        return parameters[spec[1:]]
    if isinstance(spec, list):
        return [_parameterised(part, parameters, where) for part in spec]
    return spec


def _operator(name: str, argument: Any, parameters: Mapping[str, Any], where: str) -> Question:
    argument = _parameterised(argument, parameters, where)
    match name:
        case "in":
            return one_of(_listed(argument, where))
        case "not_in":
            return negated(one_of(_listed(argument, where)))
        case "min":
            return number_that(lambda number: number >= argument, argument, where)
        case "max":
            return number_that(lambda number: number <= argument, argument, where)
        case "between":
            low, high = _pair(argument, where)
            return number_that(lambda number: low <= number <= high, low, where)
        case "matches":
            return matches(argument, where)
        case "present" | "absent":
            wanted = (name == "present") == bool(argument)
            return present if wanted else absent
        case "each":
            return _elements(argument, parameters, where, every)
        case "any":
            return _elements(argument, parameters, where, some)
        case "none":
            return negated(_elements(argument, parameters, where, some))
        case "not":
            return negated(matcher(argument, parameters, where))
        case "all_of" | "any_of":
            parts = [
                matcher(part, parameters, f"{where}[{number}]") for number, part in enumerate(_listed(argument, where))
            ]
            return all_of(parts) if name == "all_of" else any_of(parts)
        case "refers_to":
            return _refers_to(argument, parameters, where)
        case _:
            raise BadRule(f"{where}: '{name}' is not an operator.{nearest(name, list(OPERATORS))}")


def _listed(argument: Any, where: str) -> list[Any]:
    if not isinstance(argument, list) or not argument:
        raise BadRule(f"{where}: a list is expected")
    return argument


def _pair(argument: Any, where: str) -> tuple[float, float]:
    if not isinstance(argument, list) or len(argument) != 2:
        raise BadRule(f"{where}: [lowest, highest] is expected")
    return argument[0], argument[1]


class _Object:
    """An element of a list as a subject: paths are read below it."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value

    def get(self, path: str = "", default: Any = None) -> Value:
        value = self.value
        for step in parse(path):
            if isinstance(value, Text | Reference | Unknown):
                return Unknown(why_unknown(value))
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and step < len(value) else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
            if value is None:
                return default
        return value

    def each(self, path: str) -> list[tuple[str, Value]]:
        head, _, rest = path.partition("[*]")
        value = self.get(head)
        if isinstance(value, Text | Reference | Unknown):
            return [(head, value if isinstance(value, Unknown) else Unknown(why_unknown(value)))]
        elements = value if isinstance(value, list) else [] if value is None else [value]
        found: list[tuple[str, Value]] = []
        rest = rest.removeprefix(".")
        for number, element in enumerate(elements):
            below = f"{head}[{number}]"
            if "[*]" in rest:
                found += [(f"{below}.{inner}", one) for inner, one in _Object(element).each(rest)]
            else:
                found.append((f"{below}.{rest}" if rest else below, _Object(element).get(rest) if rest else element))
        return found


def _elements(argument: Any, parameters: Mapping[str, Any], where: str, combine: Callable[[Any], Answer]) -> Question:
    """``each``, ``any`` and ``none``: of objects by their properties, of plain values by a matcher."""
    ask_value: Question
    if isinstance(argument, dict) and not set(argument) & OPERATORS:
        ask = condition(argument, parameters, where)
        ask_value = lambda element: ask(_Object(element))  # noqa: E731
    else:
        ask_value = matcher(argument, parameters, where)

    def check(value: Value) -> Answer:
        if value is None:
            return combine(())
        if isinstance(value, Text | Reference | Unknown):
            return Maybe(why_unknown(value))
        elements = value if isinstance(value, list) else [value]
        return combine(located(ask_value(element), f"[{number}]", element) for number, element in enumerate(elements))

    return check


def _refers_to(argument: Any, parameters: Mapping[str, Any], where: str) -> Question:
    inner: Question | None = None
    if isinstance(argument, dict) and {"type"} <= set(argument) <= {"type", "where"}:
        inner = condition(argument["where"], parameters, f"{where}.where") if "where" in argument else None
        argument = argument["type"]
    types = [argument] if isinstance(argument, str) else argument
    if not isinstance(types, list) or not all(isinstance(type_, str) for type_ in types):
        raise BadRule(f"{where}: a resource type, a list of them or {{type, where}} is expected")

    def check(value: Value) -> Answer:
        if value is None:
            return NO
        target = _target(value)
        if target is None:
            return Maybe(why_unknown(value) if isinstance(value, Unknown | Text) else f"{value} is not in this app")
        if target.type not in types:
            return Miss(None, value)
        return True if inner is None else inner(target)

    return check


def _target(value: Value) -> Resource | None:
    if isinstance(value, Reference):
        return value.resource
    if isinstance(value, Text):
        found = {reference.resource for reference in value.references}
        return found.pop() if len(found) == 1 else None
    return value.target if isinstance(value, Unknown) else None


OPERATORS = frozenset(
    (
        "in", "not_in", "min", "max", "between", "matches", "present", "absent", "each", "any", "none", "not", "all_of",
        "any_of", "refers_to",
    )
)  # fmt: skip
