"""What is set is what is absent; lists are written as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.integrations.fixes import Change, Fix, Option, Subject, plan
from readiness_pack.integrations.fixes.planning import is_intrinsic, steps


def planned(properties: Any, sets: dict[str, Any], options: dict[str, Any] | None = None) -> Any:
    resource = {"Type": "T", "Properties": properties}
    return plan(Subject("R", resource, {"R": resource}), [Fix("Rule", ("T",), sets)], options or {})


@pytest.mark.parametrize(
    ("properties", "path", "writes"),
    [
        ({}, "A", {"A": 1}),
        ({"A": None}, "A", {"A": 1}),
        ({"A": 0}, "A", {}),
        ({"A": ""}, "A", {}),
        ({}, "A.B.C", {"A.B.C": 1}),
        ({"A": {"B": {"D": 2}}}, "A.B.C", {"A.B.C": 1}),
        ({"A": "text"}, "A.B", {}),
        ({"A": []}, "A.B", {}),
        ({"A": {"Fn::If": ["X", {}, {}]}}, "A.B", {}),
        ({"A": {"Ref": "AWS::NoValue"}}, "A.B", {}),
        ({}, "L[*].A", {}),
        ({"L": []}, "L[*].A", {}),
        ({"L": [{}, {"A": False}, {"Ref": "X"}]}, "L[*].A", {"L": [{"A": 1}, {"A": False}, {"Ref": "X"}]}),
        ({"L": {"Ref": "X"}}, "L[*].A", {}),
        ({}, "L[Key=a.b].V", {"L": [{"Key": "a.b", "V": 1}]}),
        ({"L": [{"Key": "c", "V": 2}]}, "L[Key=a.b].V", {"L": [{"Key": "c", "V": 2}, {"Key": "a.b", "V": 1}]}),
        ({"L": [{"Key": "a.b", "V": 2}]}, "L[Key=a.b].V", {}),
        ({"L": [{"Key": "a.b"}]}, "L[Key=a.b].V", {"L": [{"Key": "a.b", "V": 1}]}),
        ({"L": [{"Key": {"Ref": "X"}, "V": 2}]}, "L[Key=a.b].V", {}),
        ({"L": [{"Fn::If": ["X", {}, {}]}]}, "L[Key=a.b].V", {}),
        ({"L": ["text"]}, "L[Key=a.b].V", {}),
        ({"A": {"L": [{}]}}, "A.L[*].B.C", {"A.L": [{"B": {"C": 1}}]}),
    ],
)
def test_paths(properties: Any, path: str, writes: dict[str, Any]) -> None:
    assert planned(properties, {path: 1}).writes == writes


def test_the_template_is_not_touched() -> None:
    properties: dict[str, Any] = {"L": [{}]}
    planned(properties, {"L[*].A": 1, "B": 2})
    assert properties == {"L": [{}]}


def test_two_values_in_one_list_are_written_together() -> None:
    made = planned({}, {"L[Key=a].V": 1, "L[Key=b].V": 2})
    assert made.writes == {"L": [{"Key": "a", "V": 1}, {"Key": "b", "V": 2}]}


def test_a_value_of_the_table_is_not_shared() -> None:
    value = [{"Type": "api"}]
    first = planned({}, {"L": value})
    first.resource["Properties"]["L"].append("more")
    assert value == [{"Type": "api"}]


def test_attributes_stand_beside_properties() -> None:
    made = planned({}, {"@DeletionPolicy": "Retain"})
    assert made.writes == {"@DeletionPolicy": "Retain"}
    assert made.resource["DeletionPolicy"] == "Retain"


def test_no_properties_at_all() -> None:
    resource = {"Type": "T"}
    assert plan(Subject("R", resource, {"R": resource}), [Fix("Rule", ("T",), {"A": 1})], {}).writes == {"A": 1}


def test_options() -> None:
    assert planned({}, {"A": Option("days")}, {"days": 3}).writes == {"A": 3}
    assert planned({}, {"A": Option("topic", in_list=True)}, {"topic": "arn"}).writes == {"A": ["arn"]}
    assert planned({}, {"A": Option("topic", in_list=True), "B": 1}, {"topic": None}).writes == {}


def test_other_types_are_passed_over() -> None:
    resource = {"Type": "U"}
    assert plan(Subject("R", resource, {"R": resource}), [Fix("Rule", ("T",), {"A": 1})], {}).writes == {}


def test_steps() -> None:
    step = steps("L[Key=a.b].V")[0]
    assert (step.name, step.key, step.wanted, step.each) == ("L", "Key", "a.b", False)
    assert steps("A[*].B")[0].each


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"Ref": "A"}, True), ({"Fn::Sub": "x"}, True), ({"A": 1}, False), ({"Ref": "A", "B": 1}, False), ("Ref", False)],
)
def test_intrinsics(value: Any, expected: bool) -> None:
    assert is_intrinsic(value) is expected


def test_changes_read_well() -> None:
    change = Change("Rule", "Shop/Key", "Key", "AWS::KMS::Key", "Enable", {"Ref": "X"})
    assert str(change) == 'Shop/Key: Enable set to {"Ref": "X"} (Rule)'
