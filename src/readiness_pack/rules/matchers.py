"""The words of ``unless`` and ``require``, compiled once per rule into closures.

Every word is three-valued: it holds, it fails (:class:`Miss`), or it cannot be decided (:class:`Maybe`). docs/rule-format.md
shows each with an example.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ..template import Reference, Resource, Text, Undecided, Unknown, Value, as_flag, as_number
from ..template.paths import parse
from ..template.views import RELATIONS, related


class Subject(Protocol):
    """What conditions are asked of: a resource, or an object inside one."""

    def get(self, path: str = "", default: Any = None) -> Value: ...

    def each(self, path: str) -> list[tuple[str, Value]]: ...


@dataclass(frozen=True, slots=True)
class Miss:
    """It does not hold: ``value`` at ``path`` is not what was wanted."""

    path: str | None = None
    value: Any = None


@dataclass(frozen=True, slots=True)
class Maybe:
    """It cannot be decided, for ``reason``."""

    reason: str
    path: str | None = None


Answer = Literal[True] | Miss | Maybe
Condition = Callable[[Any], Answer]
"""Asked of a :class:`Subject`."""
Matcher = Callable[[Any], Answer]
"""Asked of a value."""

_NO = Miss()


class BadRule(Exception):
    """The specification is not in the rule language; says what and where."""


# Conditions ------------------------------------------------------------------------------------------------------------


def condition(spec: Any, parameters: Mapping[str, Any], where: str = "require") -> Condition:
    """Compile a condition: an object of property paths (all must hold), or a list of conditions (all must hold)."""
    if isinstance(spec, list):
        return all_of([condition(part, parameters, f"{where}[{number}]") for number, part in enumerate(spec)])
    if not isinstance(spec, dict) or not spec:
        raise BadRule(f"{where}: an object of property paths is expected, not {spec!r}")
    return all_of([_entry(key, value, parameters, f"{where}.{key}") for key, value in spec.items()])


def any_condition(spec: Any, parameters: Mapping[str, Any], where: str = "unless") -> Condition:
    """Compile ``unless``: as :func:`condition`, but of a list one is enough."""
    if isinstance(spec, list):
        return any_of([condition(part, parameters, f"{where}[{number}]") for number, part in enumerate(spec)])
    return condition(spec, parameters, where)


def _entry(key: str, spec: Any, parameters: Mapping[str, Any], where: str) -> Condition:
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


def _property(path: str, match: Matcher) -> Condition:
    if not parse(path):
        raise BadRule(f"{path!r} is not a property path")
    if "[*]" not in path:

        def one(subject: Subject) -> Answer:
            return _located(match(subject.get(path)), path, None)

        return one

    def every(subject: Subject) -> Answer:
        return _first_bad(_located(match(value), concrete, value) for concrete, value in subject.each(path))

    return every


def _located(answer: Answer, path: str, value: Any) -> Answer:
    if answer is True:
        return True
    if isinstance(answer, Miss):
        inner = f"{path}{'.' if not answer.path.startswith('[') else ''}{answer.path}" if answer.path else path
        return Miss(inner, answer.value if answer.value is not None else value)
    return answer if answer.path else Maybe(answer.reason, path)


def _first_bad(answers: Any) -> Answer:
    """All must hold: the first miss, else the first that cannot be decided."""
    maybe: Maybe | None = None
    for answer in answers:
        if isinstance(answer, Miss):
            return answer
        if isinstance(answer, Maybe) and maybe is None:
            maybe = answer
    return maybe or True


def all_of(parts: list[Condition]) -> Condition:
    """Every part holds."""
    return parts[0] if len(parts) == 1 else lambda subject: _first_bad(part(subject) for part in parts)


def any_of(parts: list[Condition]) -> Condition:
    """At least one part holds."""

    def check(subject: Any) -> Answer:
        first: Miss = _NO
        maybe: Maybe | None = None
        for part in parts:
            answer = part(subject)
            if answer is True:
                return True
            if isinstance(answer, Maybe):
                maybe = maybe or answer
            elif first is _NO:
                first = answer
        return maybe or first

    return check


def negated(part: Condition) -> Condition:
    """The part does not hold."""

    def check(subject: Any) -> Answer:
        answer = part(subject)
        return _NO if answer is True else True if isinstance(answer, Miss) else answer

    return check


def _parameter(spec: Any, parameters: Mapping[str, Any], where: str) -> Condition:
    """``parameter: {name: value}``: a rule parameter has this value; lets ``unless`` switch a rule off."""
    if not isinstance(spec, dict):
        raise BadRule(f"{where}: an object of parameter names is expected")
    for name in spec:
        if name not in parameters:
            raise BadRule(f"{where}: the rule has no parameter {name}")
    answer: Answer = True if all(parameters[name] == value for name, value in spec.items()) else _NO
    return lambda subject: answer


def _referred_by(spec: Any, parameters: Mapping[str, Any], where: str) -> Condition:
    if isinstance(spec, str):
        if spec not in RELATIONS:
            raise BadRule(f"{where}: there is no relation '{spec}'; known are {', '.join(sorted(RELATIONS))}")
        return lambda subject: True if isinstance(subject, Resource) and related(subject, spec) else _NO
    if not (isinstance(spec, dict) and {"type"} <= set(spec) <= {"type", "path", "where"}):
        raise BadRule(f"{where}: the name of a relation or {{type, path, where}} is expected")
    types = tuple(spec["type"]) if isinstance(spec["type"], list) else (spec["type"],)
    path = spec.get("path")
    inner = condition(spec["where"], parameters, f"{where}.where") if "where" in spec else None

    def check(subject: Any) -> Answer:
        if not isinstance(subject, Resource):
            return _NO
        sources = subject.referrers(*types, path=path)
        return _any(True if inner is None else inner(source) for source in sources)

    return check


# Matchers --------------------------------------------------------------------------------------------------------------


def matcher(spec: Any, parameters: Mapping[str, Any], where: str = "require") -> Matcher:
    """Compile what is said of one value: a literal means equals, ``{operator: argument}`` says the rest."""
    spec = _parameterised(spec, parameters, where)
    if spec == "absent" or spec is None:
        return _absent
    if spec == "present":
        return _present
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
            raise BadRule(f"{where}: the rule has no parameter {spec[1:]}")
        return parameters[spec[1:]]
    if isinstance(spec, list):
        return [_parameterised(part, parameters, where) for part in spec]
    return spec


def _operator(name: str, argument: Any, parameters: Mapping[str, Any], where: str) -> Matcher:
    argument = _parameterised(argument, parameters, where)
    match name:
        case "in":
            return _one_of(_listed(argument, where))
        case "not_in":
            return negated(_one_of(_listed(argument, where)))
        case "min":
            return _number(lambda number: number >= argument, argument, where)
        case "max":
            return _number(lambda number: number <= argument, argument, where)
        case "between":
            low, high = _pair(argument, where)
            return _number(lambda number: low <= number <= high, low, where)
        case "matches":
            return _matches(argument, where)
        case "present" | "absent":
            wanted = (name == "present") == bool(argument)
            return _present if wanted else _absent
        case "each":
            return _elements(argument, parameters, where, _first_bad)
        case "any":
            return _elements(argument, parameters, where, _any)
        case "none":
            return negated(_elements(argument, parameters, where, _any))
        case "not":
            return negated(matcher(argument, parameters, where))
        case "all_of" | "any_of":
            parts = [matcher(part, parameters, f"{where}[{number}]") for number, part in enumerate(_listed(argument, where))]
            return all_of(parts) if name == "all_of" else any_of(parts)
        case "refers_to":
            return _refers_to(argument, parameters, where)
        case _:
            raise BadRule(f"{where}: '{name}' is not an operator")


def _listed(argument: Any, where: str) -> list[Any]:
    if not isinstance(argument, list) or not argument:
        raise BadRule(f"{where}: a list is expected")
    return argument


def _pair(argument: Any, where: str) -> tuple[float, float]:
    if not isinstance(argument, list) or len(argument) != 2:
        raise BadRule(f"{where}: [lowest, highest] is expected")
    return argument[0], argument[1]


def _absent(value: Value) -> Answer:
    return True if value is None else Maybe(value.reason) if isinstance(value, Unknown) else Miss(None, value)


def _present(value: Value) -> Answer:
    # A parameter or an attribute gives some value; only AWS::NoValue is absence, and that is resolved already.
    return True if value is not None else _NO


def equals(literal: str | bool | int | float) -> Matcher:
    """The value is ``literal``, in any spelling that CloudFormation accepts for it (``"true"``, ``"30"``)."""
    if isinstance(literal, bool):
        return _compared(as_flag, literal)
    if isinstance(literal, int | float):
        return _compared(as_number, literal)

    def check(value: Value) -> Answer:
        if value is None:
            return _NO
        if isinstance(value, bool | int | float):
            value = str(value).lower() if isinstance(value, bool) else str(value)
        return _decided(lambda: value == literal, value)

    return check


def _compared(read: Callable[[Value], Any], literal: Any) -> Matcher:
    def check(value: Value) -> Answer:
        if value is None:
            return _NO
        if isinstance(value, Text | Reference | Unknown):
            return Maybe(_reason(value))
        try:
            return True if read(value) == literal else Miss(None, value)
        except Undecided:
            return Miss(None, value)  # known, and no boolean or number at all

    return check


def _reason(value: Value) -> str:
    return value.reason if isinstance(value, Unknown | Text) else f"{value} is only known after deployment"


def _decided(question: Callable[[], bool], value: Value) -> Answer:
    try:
        return True if question() else Miss(None, value)
    except Undecided as undecided:
        return Maybe(undecided.reason)


def _one_of(options: list[Any]) -> Matcher:
    return any_of([_absent if option == "absent" or option is None else equals(option) for option in options])


def _number(holds: Callable[[float], bool], sample: Any, where: str) -> Matcher:
    if isinstance(sample, bool) or not isinstance(sample, int | float):
        raise BadRule(f"{where}: a number is expected")

    def check(value: Value) -> Answer:
        if value is None:
            return _NO
        if isinstance(value, Text | Reference | Unknown):
            return Maybe(_reason(value))
        try:
            number = as_number(value)
        except Undecided:
            return Miss(None, value)
        return True if number is not None and holds(number) else Miss(None, value)

    return check


def _matches(pattern: Any, where: str) -> Matcher:
    try:
        compiled = re.compile(pattern)
    except (re.error, TypeError) as error:
        raise BadRule(f"{where}: not a regular expression: {error}") from error

    def check(value: Value) -> Answer:
        if value is None:
            return _NO
        if isinstance(value, Text | Reference | Unknown):
            return Maybe(_reason(value))
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return True if compiled.search(text) else Miss(None, value)

    return check


class _Object:
    """An element of a list as a subject: paths are read below it."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value

    def get(self, path: str = "", default: Any = None) -> Value:
        value = self.value
        for step in parse(path):
            if isinstance(value, Text | Reference | Unknown):
                return Unknown(_reason(value))
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
            return [(head, value if isinstance(value, Unknown) else Unknown(_reason(value)))]
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


def _elements(argument: Any, parameters: Mapping[str, Any], where: str, combine: Callable[[Any], Answer]) -> Matcher:
    """``each``, ``any`` and ``none``: of objects by their properties, of plain values by a matcher."""
    ask_value: Matcher
    if isinstance(argument, dict) and not set(argument) & _OPERATORS:
        ask = condition(argument, parameters, where)
        ask_value = lambda element: ask(_Object(element))  # noqa: E731
    else:
        ask_value = matcher(argument, parameters, where)

    def check(value: Value) -> Answer:
        if value is None:
            return combine(())
        if isinstance(value, Text | Reference | Unknown):
            return Maybe(_reason(value))
        elements = value if isinstance(value, list) else [value]
        return combine(_located(ask_value(element), f"[{number}]", element) for number, element in enumerate(elements))

    return check


def _any(answers: Any) -> Answer:
    maybe: Maybe | None = None
    for answer in answers:
        if answer is True:
            return True
        if isinstance(answer, Maybe):
            maybe = maybe or answer
    return maybe or _NO


def _refers_to(argument: Any, parameters: Mapping[str, Any], where: str) -> Matcher:
    inner: Condition | None = None
    if isinstance(argument, dict) and {"type"} <= set(argument) <= {"type", "where"}:
        inner = condition(argument["where"], parameters, f"{where}.where") if "where" in argument else None
        argument = argument["type"]
    types = [argument] if isinstance(argument, str) else argument
    if not isinstance(types, list) or not all(isinstance(type_, str) for type_ in types):
        raise BadRule(f"{where}: a resource type, a list of them or {{type, where}} is expected")

    def check(value: Value) -> Answer:
        if value is None:
            return _NO
        target = _target(value)
        if target is None:
            return Maybe(_reason(value) if isinstance(value, Unknown | Text) else f"{value} is not in this app")
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


_OPERATORS = frozenset(
    "in not_in min max between matches present absent each any none not all_of any_of refers_to".split()
)
