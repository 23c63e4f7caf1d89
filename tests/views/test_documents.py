"""JSON documents: objects, text and pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness_pack.template import Reference, Text, Unknown
from readiness_pack.template.views import json_document, state_machine_definition, states_of, substituted
from tests.views.building import app, att, get, ref

QUEUE = get(app({"Q": ("AWS::SQS::Queue", {})}), "Q")


def test_objects_and_absent_documents_pass_through() -> None:
    document = {"Statement": [Reference(QUEUE)]}
    assert json_document(document) is document
    assert json_document(None) is None


def test_text_is_decoded() -> None:
    assert json_document('{"a": [1, true, null]}') == {"a": [1, True, None]}


def test_holes_keep_their_place() -> None:
    arn = Reference(QUEUE, "Arn")
    number = Unknown("parameter Days has no default", name="Days")
    data = json_document(Text(('{"arn": "', arn, '", "parts": "x/', arn, '/y", "days": ', number, "}")))
    assert data["arn"] is arn
    assert isinstance(data["parts"], Text)
    assert data["parts"].parts == ("x/", arn, "/y")
    assert data["days"] is number


def test_quotes_and_backslashes_do_not_confuse_where_a_hole_stands() -> None:
    hole = Unknown("open", name="Hole")
    data = json_document(Text(('{"a": "say \\"', hole, '\\" \\\\", "b": ', hole, "}")))
    assert str(data["a"]) == 'say "${Hole}" \\'
    assert data["b"] is hole


def test_a_key_with_a_hole_is_spelled() -> None:
    assert json_document(Text(('{"', Reference(QUEUE), ':sub": 1}'))) == {"${Q}:sub": 1}


@pytest.mark.parametrize("value", ["no json", Text(("{", Reference(QUEUE))), "[" * 100_000, 17])
def test_what_is_no_json_is_unknown(value: Any) -> None:
    assert isinstance(json_document(value), Unknown)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_comes_through(data: Any) -> None:
    text = json.dumps(data)
    if "\\u0000" not in text:
        assert json_document(text) == data


@given(st.text(), st.text())
def test_a_hole_inside_any_string_stays_inside_it(before: str, after: str) -> None:
    hole = Unknown("open", name="Hole")
    pieces = ('{"key": ' + json.dumps(before)[:-1], hole, json.dumps(after)[1:] + "}")
    value = json_document(Text(pieces))["key"]
    assert str(value) == f"{before}${{Hole}}{after}" or "\0" in before + after


def test_substitutions_reach_any_depth() -> None:
    arn = Reference(QUEUE, "Arn")
    data = substituted({"a": ["${Queue}", "x-${Queue}-${Other}"]}, {"Queue": arn})
    assert data["a"][0] is arn
    assert str(data["a"][1]) == "x-${Q.Arn}-${Other}"


def machine(**properties: Any) -> Any:
    resources = {"F": ("AWS::Lambda::Function", {}), "M": ("AWS::StepFunctions::StateMachine", properties)}
    return get(app(resources), "M")


def test_definitions_as_text_with_references() -> None:
    text = {"Fn::Join": ["", ['{"States": {"A": {"Type": "Task", "Resource": "', att("F"), '"}}}']]}
    definition = state_machine_definition(machine(DefinitionString=text))
    assert definition["States"]["A"]["Resource"].resource.logical_id == "F"


def test_definitions_with_substitutions_outside_quotes() -> None:
    found = machine(DefinitionString='{"States": {"A": {"Seconds": ${n}}}}', DefinitionSubstitutions={"n": "7"})
    assert state_machine_definition(found)["States"]["A"]["Seconds"] == 7


def test_definitions_on_s3_are_unknown() -> None:
    found = machine(DefinitionS3Location={"Bucket": "b", "Key": "k"})
    assert isinstance(state_machine_definition(found), Unknown)
    assert states_of(found).reason == "the definition of M is a file of its own"


def test_states_inside_states() -> None:
    branch = {"States": {"Inner": {"Type": "Task", "Resource": ref("F")}}}
    found = states_of(
        machine(
            Definition={
                "States": {
                    "Both": {"Type": "Parallel", "Branches": [branch, branch]},
                    "Each": {"Type": "Map", "Iterator": branch},
                }
            }
        )
    )
    assert [state.path for state in found] == [
        "States.Both",
        "States.Both.Branches[0].States.Inner",
        "States.Both.Branches[1].States.Inner",
        "States.Each",
        "States.Each.Iterator.States.Inner",
    ]
    assert [outer.name for outer in found[1].within] == ["Both"]
    assert found[1].type == "Task"
