"""Lists that the template decides only in part."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Undecided, Unknown
from readiness_pack.template.views import Partial, holds_for_all, holds_for_any
from readiness_pack.template.views.partial import once_a_world, once_an_app
from tests.views.building import PROD, app, get, in_each_world, when


def test_what_is_known_outweighs_what_is_not() -> None:
    found = Partial([1, 2], "more to come")
    assert any(number == 2 for number in found)
    assert not all(number == 2 for number in found)
    assert bool(found)
    assert 1 in found


def test_what_hangs_on_the_rest_is_undecided() -> None:
    found: Partial[int] = Partial([], "more to come")
    for question in (
        lambda: any(number == 2 for number in found),
        lambda: all(number == 2 for number in found),
        lambda: bool(found),
        lambda: len(found),
        lambda: list(found),
        lambda: [*found],
        lambda: sorted(found),
        lambda: 3 in found,
        lambda: found == [],
    ):
        with pytest.raises(Undecided, match="more to come"):
            question()


def test_complete_lists_are_lists() -> None:
    found = Partial([3, 1])
    assert found == [3, 1]
    assert len(found) == 2
    assert not Partial()
    assert 7 not in found


def test_including_keeps_the_doubts() -> None:
    found = Partial([1])
    found.include(Partial([2], "the first reason"))
    found.include(Partial([3], "the second reason"))
    found.include([4])
    assert found.known == [1, 2, 3, 4]
    assert found.reason == "the first reason"


def test_those_doubts_what_cannot_be_decided() -> None:
    found = Partial[Any]([1, Unknown("who knows"), 5]).those(lambda number: number > 3)
    assert found.known == [5]
    assert found.reason == "who knows"


def test_questions_about_all_elements_take_the_certain_answer() -> None:
    values = [Unknown("who knows"), 5]
    assert holds_for_any(values, lambda value: value == 5)
    assert not holds_for_all(values, lambda value: value == 6)
    with pytest.raises(Undecided, match="who knows"):
        holds_for_any(values, lambda value: value == 6)
    with pytest.raises(Undecided, match="who knows"):
        holds_for_all(values, lambda value: value == 5)


def test_a_world_remembers_what_it_consulted() -> None:
    assembly = app({"Q": ("AWS::SQS::Queue", {"QueueName": when("IsProd", "a", "b")})}, **PROD)
    queue = get(assembly, "Q")
    calls = []

    def read() -> str:
        calls.append(1)
        return str(queue.get("QueueName"))

    def ask() -> tuple[str, list[str]]:
        assembly.consulted.clear()
        first = once_a_world(assembly, "name", read)
        assembly.consulted.clear()
        assert once_a_world(assembly, "name", read) == first
        return first, [name for _, name, _ in assembly.consulted]

    assert in_each_world(assembly, ask) == {"True": ("a", ["IsProd"]), "False": ("b", ["IsProd"])}
    assert len(calls) == 3  # once in the world where it is undecided, once in each of the others


def test_an_index_does_not_depend_on_the_world_in_which_it_is_first_asked_for() -> None:
    assembly = app({"Q": ("AWS::SQS::Queue", {"QueueName": when("IsProd", "a", "b")})}, **PROD)
    queue = get(assembly, "Q")

    def names() -> list[str]:
        return [name for _, name in assembly.alternatives(lambda: queue.get("QueueName"))]

    def ask() -> tuple[str, list[str]]:
        return queue.get("QueueName"), once_an_app(assembly, "names", names)

    assert in_each_world(assembly, ask) == {"True": ("a", ["a", "b"]), "False": ("b", ["a", "b"])}
