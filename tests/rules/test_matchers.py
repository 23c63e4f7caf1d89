"""The rule language: each word, in its three values."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.rules.answers import Maybe, Miss
from readiness_pack.rules.comparisons import BadRule
from readiness_pack.rules.matchers import any_condition, condition, matcher
from readiness_pack.template import Assembly, Reference, Resource, Text, Unknown

UNKNOWN = Unknown("parameter P has no default")


def said(answer: Any) -> str:
    return "holds" if answer is True else "fails" if isinstance(answer, Miss) else "unknown"


@pytest.mark.parametrize(
    ("spec", "value", "expected"),
    [
        (True, True, "holds"),
        (True, "true", "holds"),
        (True, "True", "holds"),
        (True, "yes", "fails"),
        (True, False, "fails"),
        (True, None, "fails"),
        (True, UNKNOWN, "unknown"),
        (30, "30", "holds"),
        (30, 30.0, "holds"),
        (30, "many", "fails"),
        (30, True, "fails"),
        ("ENABLED", "ENABLED", "holds"),
        ("ENABLED", "enabled", "fails"),
        ("true", True, "holds"),
        ("30", 30, "holds"),
        ("ENABLED", UNKNOWN, "unknown"),
        ("ENABLED", Text(("arn:", UNKNOWN)), "fails"),
        ("arn:x", Text(("arn:", UNKNOWN)), "unknown"),
        ("absent", None, "holds"),
        ("absent", "x", "fails"),
        ("absent", UNKNOWN, "unknown"),
        ("present", UNKNOWN, "holds"),
        ("present", None, "fails"),
        ({"present": False}, None, "holds"),
        ({"in": ["a", "b"]}, "b", "holds"),
        ({"in": ["a", "b"]}, "c", "fails"),
        ({"in": ["absent", "b"]}, None, "holds"),
        ({"not_in": ["a"]}, "b", "holds"),
        ({"not_in": ["absent", "a"]}, None, "fails"),
        ({"not_in": ["a"]}, UNKNOWN, "unknown"),
        ({"min": 7}, "7", "holds"),
        ({"min": 7}, 6, "fails"),
        ({"min": 7}, None, "fails"),
        ({"max": 7}, 8, "fails"),
        ({"max": 7}, UNKNOWN, "unknown"),
        ({"between": [2, 10]}, 10, "holds"),
        ({"between": [2, 10]}, 11, "fails"),
        ({"matches": "^alias/"}, "alias/aws/s3", "holds"),
        ({"matches": "^alias/"}, "key", "fails"),
        ({"matches": "^alias/"}, UNKNOWN, "unknown"),
        ({"each": "a"}, ["a", "a"], "holds"),
        ({"each": "a"}, ["a", "b"], "fails"),
        ({"each": "a"}, ["a", UNKNOWN], "unknown"),
        ({"each": "a"}, ["b", UNKNOWN], "fails"),
        ({"each": "a"}, None, "holds"),
        ({"any": "a"}, ["b", "a"], "holds"),
        ({"any": "a"}, ["b", UNKNOWN], "unknown"),
        ({"any": "a"}, ["a", UNKNOWN], "holds"),
        ({"any": "a"}, None, "fails"),
        ({"none": "a"}, ["b"], "holds"),
        ({"none": "a"}, ["b", "a"], "fails"),
        ({"any": {"Status": "Enabled"}}, [{"Status": "Disabled"}, {"Status": "Enabled"}], "holds"),
        ({"each": {"A.B": 1}}, [{"A": {"B": 1}}, {"A": {}}], "fails"),
        ({"any": {"Status": "Enabled"}}, UNKNOWN, "unknown"),
        ({"not": "a"}, "b", "holds"),
        ({"not": "a"}, UNKNOWN, "unknown"),
        ({"any_of": ["absent", {"max": 3}]}, None, "holds"),
        ({"any_of": ["absent", {"max": 3}]}, 4, "fails"),
        ({"all_of": [{"min": 1}, {"max": 3}]}, 2, "holds"),
        ("$limit", 5, "holds"),
        ({"max": "$limit"}, 6, "fails"),
    ],
)
def test_matcher(spec: Any, value: Any, expected: str) -> None:
    assert said(matcher(spec, {"limit": 5})(value)) == expected


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"A": {"equal": 1}}, "'equal' is not an operator"),
        ({"A": "$nothing"}, "no parameter nothing"),
        ({"A": [1, 2]}, "a list is no value"),
        ({"A": {"min": "three"}}, "a number is expected"),
        ({"A": {"matches": "("}}, "not a regular expression"),
        ({"referred_by": "nobody"}, "there is no relation 'nobody'"),
        ("A", "an object of property paths is expected"),
        ({"any_of": {}}, "a list of conditions is expected"),
    ],
)
def test_what_is_no_rule_says_so(spec: Any, problem: str) -> None:
    with pytest.raises(BadRule, match=problem.replace("(", "\\(")):
        condition(spec, {})


def one(properties: dict[str, Any], type_: str = "AWS::S3::Bucket", **template: Any) -> Resource:
    resources = {"Subject": {"Type": type_, "Properties": properties}, **template.pop("more", {})}
    return Assembly.from_template({"Resources": resources, **template}).stacks[0].resources["Subject"]


def test_a_path_with_every_element_names_the_one_at_fault() -> None:
    answer = condition({"Rules[*].Status": "Enabled"}, {})(one({"Rules": [{"Status": "Enabled"}, {"Status": "Off"}]}))
    assert answer == Miss("Rules[1].Status", "Off")


def test_a_list_without_elements_has_none_to_object_to() -> None:
    assert condition({"Rules[*].Status": "Enabled"}, {})(one({})) is True


def test_one_of_several_reasons_not_to_apply_is_enough() -> None:
    asked = any_condition([{"A": 1}, {"B": 2}], {})
    assert said(asked(one({"B": 2}))) == "holds"
    assert said(asked(one({"B": 3}))) == "fails"
    assert said(asked(one({"B": {"Ref": "Nowhere"}}))) == "unknown"


def test_attributes_of_the_resource_are_paths() -> None:
    resource = Assembly.from_template(
        {"Resources": {"T": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Retain"}}}
    ).all_resources[0]
    assert condition({"@DeletionPolicy": "Retain"}, {})(resource) is True


def test_refers_to_a_type_and_asks_the_target() -> None:
    more = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}},
        "Topic": {"Type": "AWS::SNS::Topic"},
    }
    to_key = one({"K": {"Fn::GetAtt": ["Key", "Arn"]}}, more=more)
    to_topic = one({"K": {"Ref": "Topic"}}, more=more)
    outside = one({"K": "arn:aws:kms:eu-west-1:111111111111:key/1"}, more=more)
    rotated = condition({"K": {"refers_to": {"type": "AWS::KMS::Key", "where": {"EnableKeyRotation": True}}}}, {})
    assert [said(rotated(resource)) for resource in (to_key, to_topic, outside)] == ["holds", "fails", "unknown"]


def test_referred_by_a_type_through_a_path_where_something_holds() -> None:
    log = {"Type": "AWS::EC2::FlowLog", "Properties": {"ResourceId": {"Ref": "Subject"}, "TrafficType": "REJECT"}}
    vpc = one({}, "AWS::EC2::VPC", more={"Log": log})
    spec = {"type": "AWS::EC2::FlowLog", "path": "ResourceId"}
    assert said(condition({"referred_by": spec}, {})(vpc)) == "holds"
    assert said(condition({"referred_by": {**spec, "where": {"TrafficType": "ALL"}}}, {})(vpc)) == "fails"
    assert said(condition({"referred_by": {**spec, "path": "Other"}}, {})(vpc)) == "fails"


def test_a_relation_by_name() -> None:
    user = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Subject", "Arn"]}}},
    }
    assert said(condition({"referred_by": "dead_letter"}, {})(one({}, "AWS::SQS::Queue", more={"Fn": user}))) == "holds"
    assert said(condition({"referred_by": "dead_letter"}, {})(one({}, "AWS::SQS::Queue"))) == "fails"


def test_a_reference_where_a_flag_belongs_is_not_known() -> None:
    bucket = one({})
    assert isinstance(matcher(True, {})(Reference(bucket, "Arn")), Maybe)
