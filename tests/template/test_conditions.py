"""Conditions: branches that count, branches that cannot be, what the user assumes."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Assembly, Assume, Undecided, Unknown, conditions

IS_PROD = {"Fn::Equals": [{"Ref": "Env"}, "prod"]}
IS_DEV = {"Fn::Equals": ["dev", {"Ref": "Env"}]}
ENV = {"Type": "String", "AllowedValues": ["dev", "prod"], "Default": "dev"}
ANY = {"Type": "String"}


def values(
    expression: Any,
    declared: dict[str, Any],
    parameter: dict[str, Any] = ANY,
    own: str | None = None,
    assume: Assume | None = None,
) -> set[Any]:
    """Everything that ``expression`` may be on a resource with Condition ``own``."""
    resource = {"Type": "AWS::SNS::Topic", "Properties": {"V": expression}, **({"Condition": own} if own else {})}
    sections = {"Parameters": {"Env": parameter, "Other": ANY}, "Conditions": declared, "Resources": {"T": resource}}
    app = Assembly.from_template(sections, assume=assume)
    topic = app.all_resources[0]
    found = app.alternatives(lambda: topic.get("V") if topic.exists() else None)
    return {value.reason if isinstance(value, Unknown) else value for _, value in found if value is not None}


def branch(condition: str, then: Any = "then", other: Any = "else") -> dict[str, Any]:
    return {"Fn::If": [condition, then, other]}


def test_both_branches_count() -> None:
    assert values(branch("IsProd"), {"IsProd": IS_PROD}) == {"then", "else"}


def test_a_resource_sees_only_the_branch_of_its_own_condition() -> None:
    assert values(branch("IsProd"), {"IsProd": IS_PROD}, own="IsProd") == {"then"}
    both = {"Fn::And": [{"Condition": "IsProd"}, {"Fn::Equals": [{"Ref": "Other"}, "x"]}]}
    assert values(branch("IsProd"), {"IsProd": IS_PROD, "Both": both}, own="Both") == {"then"}
    assert values(branch("Both"), {"IsProd": IS_PROD, "Both": both}, own="IsProd") == {"then", "else"}


def test_nested_branches_stay_consistent() -> None:
    nested = branch("IsProd", branch("IsProd", 1, 2), branch("IsProd", 3, 4))
    assert values(nested, {"IsProd": IS_PROD}) == {1, 4}


def test_conditions_that_exclude_each_other_do() -> None:
    declared = {"IsProd": IS_PROD, "IsDev": IS_DEV}
    assert values(branch("IsProd", branch("IsDev", 1, 2), 3), declared) == {2, 3}
    neither = branch("IsProd", 1, branch("IsDev", 2, 3))
    assert values(neither, declared) == {1, 2, 3}
    assert values(neither, declared, ENV) == {1, 2}, "there is no third value"


def test_a_condition_binds_the_parameter_that_it_compares() -> None:
    named = branch("IsProd", {"Ref": "Env"}, {"Fn::Sub": "not ${Env}"})
    assert values(named, {"IsProd": IS_PROD}, ENV) == {"prod", "not dev"}
    outside = {**ENV, "AllowedValues": ["dev", "test"]}
    assert values(branch("IsProd"), {"IsProd": IS_PROD}, outside) == {"else"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Fn::Equals": ["a", "a"]}, {"then"}),
        ({"Fn::Equals": ["a", "b"]}, {"else"}),
        ({"Fn::Equals": [1, "1"]}, {"then"}),
        ({"Fn::Equals": [True, "true"]}, {"then"}),
        ({"Fn::Equals": [{"Ref": "Env"}, {"Ref": "Env"}]}, {"then"}),
        ({"Fn::Equals": [{"Ref": "Env"}, {"Ref": "Other"}]}, {"then", "else"}),
        ({"Fn::Equals": [{"Fn::Sub": "x-${Env}"}, "y"]}, {"else"}),
        ({"Fn::Equals": [{"Fn::Sub": "x-${Env}"}, "x-prod"]}, {"then", "else"}),
        ({"Fn::Not": [{"Fn::Equals": ["a", "a"]}]}, {"else"}),
        ({"Fn::And": [{"Fn::Equals": ["a", "a"]}, IS_PROD]}, {"then", "else"}),
        ({"Fn::And": [{"Fn::Equals": ["a", "b"]}, {"Condition": "Undeclared"}]}, {"else"}),
        ({"Fn::And": [{"Condition": "Undeclared"}, {"Fn::Equals": ["a", "b"]}]}, {"else"}),
        ({"Fn::Or": [{"Condition": "Undeclared"}, {"Fn::Equals": ["a", "a"]}]}, {"then"}),
        ({"Fn::Or": [IS_PROD, {"Fn::Not": [IS_PROD]}]}, {"then"}),
        ({"Fn::And": [IS_PROD, {"Fn::Not": [IS_PROD]}]}, {"else"}),
        (True, {"then"}),
        ("false", {"else"}),
        ({"Condition": "Undeclared"}, {"condition Undeclared is not declared"}),
        ({"Condition": "C"}, {"condition C refers to itself"}),
        ({"Fn::And": "x"}, {"Fn::And without a list of conditions"}),
        ("nonsense", {"a condition is not an object with one function"}),
    ],
    # The same in every worker: the order of a set is not.
    ids=lambda given: str(sorted(given)) if isinstance(given, set) else str(given),
)
def test_condition_functions(expression: Any, expected: set[str]) -> None:
    assert values(branch("C"), {"C": expression}) == expected


def test_conditions_that_refer_to_each_other_are_undecided() -> None:
    declared = {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Not": [{"Condition": "A"}]}}
    assert values(branch("A"), declared) == {"condition A refers to itself"}
    chain = {f"C{number}": {"Condition": f"C{number + 1}"} for number in range(1000)}
    assert values(branch("C0"), {**chain, "C1000": IS_PROD}) == {"a chain of more than 40 references"}


def test_conditions_of_absurd_depth_are_undecided() -> None:
    declared: dict[str, Any] = {"C30": IS_PROD}
    for number in range(30):
        expression: Any = {"Condition": f"C{number + 1}"}
        for _ in range(80):
            expression = {"Fn::Not": [expression]}
        declared[f"C{number}"] = expression
    (reason,) = values(branch("C0"), declared)
    assert reason.endswith("is nested too deep")


@pytest.mark.parametrize(("wanted", "expected"), [(True, {"prod"}), (False, {"other"})])
def test_what_is_assumed_holds_and_so_does_what_follows(wanted: bool, expected: set[str]) -> None:
    assume = Assume(conditions={"IsProd": wanted})
    declared = {"IsProd": {"Fn::And": [IS_PROD, IS_PROD]}, "Same": IS_PROD}
    assert values(branch("IsProd", {"Ref": "Env"}, "other"), declared, ENV, assume=assume) == expected
    if wanted:
        assert values(branch("Same"), declared, ENV, assume=assume) == {"then"}


def test_assumed_parameters_decide_conditions() -> None:
    assume = Assume(parameters={"Env": "prod"})
    assert values(branch("IsProd", {"Ref": "Env"}), {"IsProd": IS_PROD}, ENV, assume=assume) == {"prod"}


def test_a_parameter_is_not_a_value_that_a_condition_excludes() -> None:
    assert values(branch("IsProd", "prod", {"Ref": "Env"}), {"IsProd": IS_PROD}, ENV) == {"prod", "dev"}
    no_default = branch("IsDev", "dev", {"Ref": "Env"})
    only_dev = {"Type": "String", "Default": "dev"}
    assert values(no_default, {"IsDev": IS_DEV}, only_dev) == {"dev", "parameter Env is not dev"}


def test_existence_follows_the_condition() -> None:
    template = {
        "Parameters": {"Env": ENV},
        "Conditions": {"IsProd": IS_PROD},
        "Resources": {"T": {"Type": "AWS::SNS::Topic", "Condition": "IsProd"}, "U": {"Type": "AWS::SNS::Topic"}},
    }
    app = Assembly.from_template(template)
    counts = sorted(len(found) for _, found in app.alternatives(lambda: app.of_type("AWS::SNS::Topic")))
    assert counts == [1, 2]
    with pytest.raises(Undecided, match="condition Undeclared is not declared"):
        conditions.holds("Undeclared", app.stacks[0])
