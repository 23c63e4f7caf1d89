"""The conditions of a template: decided where the template decides, else a choice between what is possible."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from readiness_pack.template.markers import UNKNOWN
from readiness_pack.template.values import Reference, Text, Undecided, Unknown
from readiness_pack.template.worlds import Choice, Fork, Key

if TYPE_CHECKING:
    from readiness_pack.template.stack import Stack

MISSING = object()


def holds(name: str, stack: Stack) -> bool:
    """Whether condition ``name`` of ``stack`` is true in the world at hand.

    Raises:
        Fork: both is possible.
        Undecided: the condition is not declared, or refers to itself.
    """
    assembly = stack.assembly
    world = assembly.world
    key = (id(stack), name)
    known = world.conditions.get(key)
    if known is None:
        known = assembly.assume.conditions.get(name)
        if known is None:
            known = _declared(name, stack)
        world.conditions[key] = known
    assembly.consulted.append((stack, name, known))
    return known


def _declared(name: str, stack: Stack) -> bool:
    expression = stack.conditions.get(name, MISSING)
    if expression is MISSING:
        raise Undecided(f"condition {name} is not declared")
    with stack.assembly.guarded(("condition", id(stack), name), f"condition {name} refers to itself") as loop:
        if loop is not None:
            raise Undecided(loop.reason)
        try:
            return truth(expression, stack)
        except RecursionError:
            raise Undecided(f"condition {name} is nested too deep") from None


def truth(expression: Any, stack: Stack) -> bool:
    """The truth of a condition expression in the world at hand. Raises what :func:`holds` raises."""
    if isinstance(expression, bool):
        return expression
    if isinstance(expression, str) and expression.lower() in ("true", "false"):
        return expression.lower() == "true"
    if not isinstance(expression, dict) or len(expression) != 1:
        raise Undecided("a condition is not an object with one function")
    ((name, argument),) = expression.items()
    if name == "Condition" and isinstance(argument, str):
        return holds(argument, stack)
    if name == UNKNOWN:
        raise Undecided(str(argument))
    if not isinstance(argument, list):
        raise Undecided(f"{name} without a list of conditions")
    match name:
        case "Fn::And":
            return not _any(argument, False, stack)
        case "Fn::Or":
            return _any(argument, True, stack)
        case "Fn::Not" if len(argument) == 1:
            return not truth(argument[0], stack)
        case "Fn::Equals" if len(argument) == 2:
            return _equal(argument[0], argument[1], stack)
        case _:
            return _opaque(expression, stack)


def _any(parts: list[Any], wanted: bool, stack: Stack) -> bool:
    """Whether one of ``parts`` is ``wanted``: a part that cannot be decided matters only if no other one is."""
    undecided: Undecided | None = None
    for part in parts:
        try:
            if truth(part, stack) is wanted:
                return True
        except Undecided as error:
            undecided = undecided or error
    if undecided is not None:
        raise undecided
    return False


def implied(expression: Any, wanted: bool, stack: Stack, seen: frozenset[str] = frozenset()) -> dict[Key, Any]:
    """The facts that must hold when ``expression`` is ``wanted``; used for conditions that the user assumes.

    Only what follows for certain: both sides of a true ``Fn::And``, the comparison of a true ``Fn::Equals``.
    """
    if not isinstance(expression, dict) or len(expression) != 1:
        return {}
    ((name, argument),) = expression.items()
    if name == "Condition" and isinstance(argument, str) and argument not in seen:
        return implied(stack.conditions.get(argument), wanted, stack, seen | {argument})
    if not isinstance(argument, list):
        return {}
    if name == "Fn::Not" and len(argument) == 1:
        return implied(argument[0], not wanted, stack, seen)
    if (name == "Fn::And" and wanted) or (name == "Fn::Or" and not wanted):
        return {key: value for part in argument for key, value in implied(part, wanted, stack, seen).items()}
    if name == "Fn::Equals" and len(argument) == 2:
        left, right = _side(argument[0], stack), _side(argument[1], stack)
        if isinstance(left, tuple) and isinstance(right, str):
            return _fact(left, right, wanted)
        if isinstance(right, tuple) and isinstance(left, str):
            return _fact(right, left, wanted)
    return {}


def _fact(symbol: Key, literal: str, wanted: bool) -> dict[Key, Any]:
    return {("equals", symbol, literal): wanted, **({("value", symbol): literal} if wanted else {})}


def as_text(value: Any) -> str:
    """A scalar as ``Fn::Equals`` compares it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _side(expression: Any, stack: Stack) -> Any:
    """A side of ``Fn::Equals``: its text, the symbol it stands for (a tuple), or whatever it resolves to."""
    if isinstance(expression, str | int | float | bool):
        return as_text(expression)
    if isinstance(expression, dict) and set(expression) == {"Ref"} and isinstance(expression["Ref"], str):
        symbol = stack.symbol(expression["Ref"])
        if symbol is not None:
            return symbol
    value = stack.resolve_for_condition(expression)
    if isinstance(value, str | int | float | bool):
        return as_text(value)
    return value


def _equal(left_expression: Any, right_expression: Any, stack: Stack) -> bool:
    left, right = _side(left_expression, stack), _side(right_expression, stack)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, tuple) and left == right:
        return True
    if isinstance(left, tuple) and isinstance(right, str):
        return _atom(left, right, stack)
    if isinstance(right, tuple) and isinstance(left, str):
        return _atom(right, left, stack)
    if not isinstance(left, tuple | Unknown) and not isinstance(right, tuple | Unknown):
        try:
            return bool(left == right) if isinstance(left, Text | Reference) else bool(right == left)
        except Undecided:
            pass
    return _opaque({"Fn::Equals": [left_expression, right_expression]}, stack)


def _atom(symbol: Key, literal: str, stack: Stack) -> bool:
    world = stack.assembly.world
    value = world.facts.get(("value", symbol), MISSING)
    if value is not MISSING:
        return as_text(value) == literal
    known = world.facts.get(("equals", symbol, literal))
    if known is not None:
        return bool(known)
    allowed = stack.assembly.allowed_values(symbol)
    if allowed is not None:
        left = allowed - world.excluded(symbol)
        if literal not in left:
            return False
        if left == {literal}:
            return True
    raise _fork(("equals", symbol, literal), f"{symbol[-1]} = {literal}")


def _opaque(expression: Any, stack: Stack) -> bool:
    """A comparison that nothing in the template decides: either way is possible, the same way everywhere."""
    key: Key = ("opaque", id(stack), json.dumps(expression, sort_keys=True, default=str))
    known = stack.assembly.world.facts.get(key)
    if known is None:
        raise _fork(key, "a condition that only the deployment decides")
    return bool(known)


def _fork(key: Key, about: str) -> Fork:
    return Fork(Choice("condition", ((key, True), (key, False)), about))
