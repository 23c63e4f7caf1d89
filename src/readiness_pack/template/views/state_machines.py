"""The states of a Step Functions state machine, those inside Parallel and Map states included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from readiness_pack.template.values import Text, Unknown, Value, is_known
from readiness_pack.template.views.documents import json_document, substituted
from readiness_pack.template.views.partial import Partial, once_a_world

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource

_MAX_DEPTH = 32


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """One state.

    Args:
        name: its name.
        definition: what the definition says of it: ``Type``, ``Resource``, ``Retry``, ``Catch`` ...
        path: where it stands in the definition: ``States.Charge``, ``States.All.Branches[0].States.Charge``.
        within: the Parallel and Map states that it stands in, outermost first.
    """

    name: str
    definition: dict[str, Any]
    path: str
    within: tuple[State, ...]

    @property
    def type(self) -> Value:
        """``Task``, ``Choice``, ``Map`` ..."""
        return self.definition.get("Type")


def state_machine_definition(state_machine: Resource) -> Value:
    """The Amazon States Language definition of an ``AWS::StepFunctions::StateMachine``, substitutions made.

    Returns:
        The data as :func:`~readiness_pack.template.views.documents.json_document` gives it; :class:`Unknown` where it
        stands in a file on S3.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"M": {
        ...     "Type": "AWS::StepFunctions::StateMachine", "Properties": {
        ...         "DefinitionString": '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${Pause}}}}',
        ...         "DefinitionSubstitutions": {"Pause": 5}}}}})
        >>> state_machine_definition(app.of_type("AWS::StepFunctions::StateMachine")[0])["States"]["A"]["Seconds"]
        5
    """
    assembly = state_machine.assembly
    return once_a_world(assembly, ("state machine", state_machine), lambda: _definition(state_machine))


def _definition(state_machine: Resource) -> Value:
    substitutions = state_machine.get("DefinitionSubstitutions")
    if not isinstance(substitutions, dict):
        substitutions = {}
    text = state_machine.get("DefinitionString")
    if text is not None:
        return json_document(substituted(text, substitutions))
    definition = state_machine.get("Definition")
    if definition is not None:
        return substituted(definition, substitutions) if is_known(definition) else definition
    if state_machine.get("DefinitionS3Location") is not None or state_machine.get("DefinitionUri") is not None:
        return Unknown(f"the definition of {state_machine.logical_id} is a file of its own", kind="other")
    return None


def states_of(state_machine: Resource) -> Partial[State]:
    """Every state of a state machine, in the order of the definition.

    Args:
        state_machine: an ``AWS::StepFunctions::StateMachine``.

    Returns:
        The states; incomplete where the definition, or a part of it, is not known.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"M": {
        ...     "Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": {"States": {
        ...         "All": {"Type": "Map", "ItemProcessor": {"States": {"One": {"Type": "Task"}}}}}}}}}})
        >>> [(state.name, len(state.within)) for state in states_of(app.all_resources[0])]
        [('All', 0), ('One', 1)]
    """
    found: Partial[State] = Partial()
    _collect(state_machine_definition(state_machine), "", (), found)
    return found


def _collect(machine: Value, path: str, within: tuple[State, ...], found: Partial[State]) -> None:
    if machine is None or len(within) > _MAX_DEPTH:
        return
    states = machine.get("States") if isinstance(machine, dict) else machine
    if states is None:
        return
    if not isinstance(states, dict):
        found.lacking(states.reason if isinstance(states, Unknown | Text) else "the definition is not known")
        return
    for name, definition in states.items():
        here = f"{path}States.{name}"
        if not isinstance(definition, dict):
            found.lacking(f"state {name} is not known")
            continue
        state = State(name, definition, here, within)
        found.append(state)
        for inner, inside in _inner(definition, here):
            _collect(inside, f"{inner}.", (*within, state), found)


def _inner(definition: dict[str, Any], path: str) -> Iterator[tuple[str, Value]]:
    """The machines inside a state: branches of a Parallel state, the processor of a Map state."""
    branches = definition.get("Branches")
    for number, branch in enumerate(branches if isinstance(branches, list) else ()):
        yield f"{path}.Branches[{number}]", branch
    # Iterator is the older name of ItemProcessor:
    # https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html
    for key in ("ItemProcessor", "Iterator"):
        if key in definition:
            yield f"{path}.{key}", definition[key]
