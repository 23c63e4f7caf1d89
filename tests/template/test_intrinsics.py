"""Each intrinsic: known, partly known, one of several, unknown with a reason."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from readiness_pack.template import Assembly, Assume, Reference, Text, Undecided, Unknown, as_flag, as_list, as_number
from readiness_pack.template.source import MAX_DEPTH

SECTIONS: dict[str, Any] = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "orders"},
        "Open": {"Type": "String"},
        "Env": {"Type": "String", "AllowedValues": ["dev", "prod"], "Default": "dev"},
        "Size": {"Type": "String", "AllowedValues": ["s", "m"]},
        "Only": {"Type": "String", "AllowedValues": ["one"]},
        "Zones": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Ids": {"Type": "List<AWS::EC2::Subnet::Id>", "Default": "subnet-1,subnet-2"},
        "Ami": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/aws/ami"},
        "Own": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/own/name"},
    },
    "Mappings": {
        "Regions": {
            "eu-west-1": {"Ami": "a", "Same": 1, "List": [1]},
            "us-east-1": {"Ami": "b", "Same": 1, "List": [2]},
        },
    },
}


def value(expression: Any, assume: Assume | None = None) -> Any:
    """What ``expression`` resolves to; where it is one of several, the list of them."""
    resources = {
        "Q": {"Type": "AWS::SQS::Queue"},
        "Named": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "literal"}},
        "OwnParameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/own/name", "Value": "own"}},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "db"}},
        "T": {"Type": "AWS::SNS::Topic", "Properties": {"V": expression}},
    }
    app = Assembly.from_template({**SECTIONS, "Resources": resources}, assume=assume)
    topic = app.stacks[0].resources["T"]
    found = [one for _, one in app.alternatives(lambda: topic.get("V"))]
    return found[0] if len(found) == 1 else found


REGION = Assume(parameters={"AWS::Region": "eu-west-1"})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Ref": "Name"}, "orders"),
        ({"Ref": "Env"}, ["dev", "prod"]),
        ({"Ref": "Size"}, ["s", "m"]),
        ({"Ref": "Only"}, "one"),
        ({"Ref": "Zones"}, ["a", "b"]),
        ({"Ref": "Ids"}, ["subnet-1", "subnet-2"]),
        ({"Ref": "Own"}, "own"),
        ({"Ref": "AWS::NoValue"}, None),
        ({"Ref": "AWS::StackName"}, "Template"),
        ({"Fn::GetAtt": ["OwnParameter", "Value"]}, "own"),
        ("{{resolve:ssm:/own/name}}", "own"),
        ("x-{{resolve:ssm:/own/name:3}}-y", "x-own-y"),
        ({"Fn::Sub": "${Name}!"}, "orders!"),
        ({"Fn::Sub": "${ Name }"}, "orders"),
        ({"Fn::Sub": "${!Name}"}, "${Name}"),
        ({"Fn::Sub": ["${A}-${Name}", {"A": 5}]}, "5-orders"),
        ({"Fn::Sub": ["${Name}", {"Name": True}]}, "true"),
        ({"Fn::Sub": "no variable $ {x}"}, "no variable $ {x}"),
        ({"Fn::Sub": "{{resolve:ssm:/own/${Part}}}"}, "malformed"),
        ({"Fn::Join": ["", ["a", "b"]]}, "ab"),
        ({"Fn::Join": [",", {"Ref": "Zones"}]}, "a,b"),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::NoValue"}, 1]]}, "a-1"),
        ({"Fn::Join": ["", ["{{resolve:ssm:", "/own/name}}"]]}, "own"),
        ({"Fn::Select": [0, ["a", "b"]]}, "a"),
        ({"Fn::Select": ["1", {"Ref": "Zones"}]}, "b"),
        ({"Fn::Split": ["/", "a/b"]}, ["a", "b"]),
        ({"Fn::Length": {"Ref": "Zones"}}, 2),
        ({"Fn::Length": {"Fn::Split": ["/", "a/b/c"]}}, 3),
        ({"Fn::ToJsonString": {"a": [1, True, None, {"Ref": "Name"}]}}, '{"a":[1,true,"orders"]}'),
        ({"Fn::Base64": "x"}, base64.b64encode(b"x").decode()),
        ({"Fn::Base64": {"Fn::Sub": "${Name}"}}, base64.b64encode(b"orders").decode()),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::Cidr": ["10.0.0.0/16", "1"]}, ["10.0.0.0/24"]),
        ({"Fn::Cidr": ["2001:db8::/56", 2, 64]}, ["2001:db8::/64", "2001:db8:0:1::/64"]),
        ({"Fn::FindInMap": ["Regions", "us-east-1", "Ami"]}, "b"),
        ({"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Same"]}, 1),
        ({"Fn::FindInMap": ["Regions", "none", "Ami", {"DefaultValue": {"Ref": "Name"}}]}, "orders"),
        ({"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Same", {"DefaultValue": 1}]}, 1),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
    ],
    ids=str,
)
def test_what_the_template_decides(expression: Any, expected: Any) -> None:
    found = value(expression)
    if expected == "malformed":
        assert isinstance(found, Unknown)
    else:
        assert found == expected


def test_pseudo_parameters_come_from_the_region() -> None:
    assert (
        value({"Fn::Sub": "arn:${AWS::Partition}:s3:::x.${AWS::URLSuffix}"}, REGION) == "arn:aws:s3:::x.amazonaws.com"
    )
    china = Assume(parameters={"AWS::Region": "cn-north-1"})
    assert value([{"Ref": "AWS::Partition"}, {"Ref": "AWS::URLSuffix"}], china) == ["aws-cn", "amazonaws.com.cn"]
    assert value({"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Ami"]}, REGION) == "a"


UNKNOWN = [
    ({"Ref": "Open"}, "parameter Open has no default"),
    ({"Ref": "Nobody"}, "nothing in this template is called Nobody"),
    ({"Ref": "AWS::Region"}, "AWS::Region is not known: the stack names no environment"),
    ({"Ref": "AWS::NotificationARNs"}, "the notification topics are given at deployment"),
    ({"Ref": "Ami"}, "parameter Ami is read from SSM at deployment"),
    ({"Ref": ["Name"]}, "Ref is written in a way that CloudFormation does not accept"),
    ({"Fn::GetAtt": ["Nobody", "Arn"]}, "nothing in this template is called Nobody"),
    ({"Fn::GetAtt": ["Q"]}, "Fn::GetAtt is written in a way that CloudFormation does not accept"),
    ({"Fn::GetAtt": ["Q", {"Ref": "Open"}]}, "the attribute of Fn::GetAtt is not known"),
    ({"Fn::Sub": 5}, "Fn::Sub is written in a way that CloudFormation does not accept"),
    ({"Fn::Sub": ["${A}", {"A": ["x"]}]}, "a list or an object stands where text belongs"),
    ({"Fn::Join": ["-", "text"]}, "Fn::Join is written in a way that CloudFormation does not accept"),
    ({"Fn::Join": [1, []]}, "Fn::Join is written in a way that CloudFormation does not accept"),
    ({"Fn::Join": ["-", {"Fn::GetAtt": ["Q", "List"]}]}, "the list ${Q.List} is only known after deployment"),
    ({"Fn::Join": ["-", {"Ref": "Open"}]}, "parameter Open has no default"),
    ({"Fn::Select": [5, ["a"]]}, "Fn::Select is written in a way that CloudFormation does not accept"),
    ({"Fn::Select": ["x", ["a"]]}, "Fn::Select is written in a way that CloudFormation does not accept"),
    ({"Fn::Select": [{"Ref": "Open"}, ["a"]]}, "the index of Fn::Select is not known"),
    (
        {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
        "the availability zones of ${AWS::Region} are only known after deployment",
    ),
    ({"Fn::Split": ["", "a"]}, "Fn::Split is written in a way that CloudFormation does not accept"),
    ({"Fn::Split": [",", 5]}, "Fn::Split is written in a way that CloudFormation does not accept"),
    ({"Fn::Split": [":", {"Fn::GetAtt": ["Q", "Arn"]}]}, "the parts of ${Q.Arn} are only known after deployment"),
    ({"Fn::Length": "text"}, "Fn::Length is written in a way that CloudFormation does not accept"),
    ({"Fn::Length": {"Ref": "Open"}}, "parameter Open has no default"),
    ({"Fn::Base64": ["x"]}, "Fn::Base64 is written in a way that CloudFormation does not accept"),
    ({"Fn::Base64": {"Fn::Sub": "${Open}-x"}}, "parameter Open has no default"),
    ({"Fn::Cidr": ["nonsense", 2, 8]}, "Fn::Cidr is written in a way that CloudFormation does not accept"),
    ({"Fn::Cidr": ["10.0.0.0/30", 2, 16]}, "Fn::Cidr is written in a way that CloudFormation does not accept"),
    ({"Fn::Cidr": ["10.0.0.0/16", 1000, 8]}, "Fn::Cidr is written in a way that CloudFormation does not accept"),
    ({"Fn::Cidr": [{"Fn::GetAtt": ["Q", "CidrBlock"]}, 2, 8]}, "${Q.CidrBlock} is only known after deployment"),
    ({"Fn::FindInMap": ["Regions", "none", "Ami"]}, "mapping Regions has no none"),
    ({"Fn::FindInMap": ["None", "a", "b"]}, "mapping None has no such name"),
    (
        {"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Ami"]},
        "AWS::Region is not known: the stack names no environment",
    ),
    (
        {"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Same", {"DefaultValue": 2}]},
        "AWS::Region is not known: the stack names no environment",
    ),
    ({"Fn::ImportValue": "other"}, "export other is not in this app"),
    ({"Fn::GetStackOutput": {"StackName": "a", "OutputName": "b"}}, "output b of stack a is not in this app"),
    ({"Fn::If": ["Undeclared", 1, 2]}, "condition Undeclared is not declared"),
    ({"Fn::If": ["Undeclared"]}, "Fn::If is not [condition, then, else]"),
    ({"Fn::Transform": {"Name": "Mine"}}, "only the macro Mine decides this"),
    ({"Fn::Transform": {"Name": "Mine"}, "Other": 1}, "only the macro Mine decides this"),
    ({"Fn::Unheard": 1}, "Fn::Unheard is not an intrinsic that is understood"),
    ("{{resolve:secretsmanager:prod:SecretString:key}}", "{{resolve:secretsmanager:prod:SecretString:key}} is read at"),
    ("{{resolve:ssm-secure:/own/name}}", "{{resolve:ssm-secure:/own/name}} is read at deployment"),
]


@pytest.mark.parametrize(("expression", "reason"), UNKNOWN, ids=str)
def test_what_the_template_does_not_decide_has_a_reason(expression: Any, reason: str) -> None:
    found = value(expression)
    assert isinstance(found, Unknown)
    assert found.reason.startswith(reason)
    with pytest.raises(Undecided) as undecided:
        bool(found == "x")
    assert str(undecided.value).startswith(reason)


def test_references_stand_for_the_resource() -> None:
    found = value({"Fn::GetAtt": ["Q", "Arn"]})
    assert isinstance(found, Reference)
    assert (found.resource.logical_id, found.attribute, str(found)) == ("Q", "Arn", "${Q.Arn}")
    assert value({"Ref": "Named"}) == "literal"
    assert (value({"Ref": "Named"}) == "other") is False
    assert (value({"Ref": "Q"}) == "other") is False, "a generated name is none that people write"
    with pytest.raises(Undecided):
        bool(value({"Fn::GetAtt": ["Q", "Whatever"]}) == "x")


def test_partly_known_text_answers_what_its_known_parts_decide() -> None:
    found = value({"Fn::Sub": "arn:aws:s3:::${Open}/*"})
    assert isinstance(found, Text)
    assert str(found) == "arn:aws:s3:::${Open}/*"
    assert found.startswith("arn:aws:s3")
    assert found.endswith(("/*", "x"))
    assert not found.startswith("arn:aws:sqs")
    assert found != "*"
    assert "s3" in found
    assert found.lower().startswith("arn:")
    assert found.could_be("arn:aws:s3:::bucket/*")
    questions: tuple[Callable[[], object], ...] = (
        lambda: found == "arn:aws:s3:::bucket/*",
        lambda: found.endswith("bucket/*"),
        lambda: "b" in found,
    )
    for question in questions:
        with pytest.raises(Undecided, match="parameter Open has no default"):
            question()


def test_text_of_one_unknown_part_is_that_part() -> None:
    found = value({"Fn::Sub": "${Open}"})
    assert isinstance(found, Unknown)
    assert (found.kind, found.name) == ("parameter", "Open")
    assert isinstance(value({"Fn::Sub": "${Q.Arn}"}), Reference)


def test_json_text_keeps_what_is_not_known_in_its_place() -> None:
    found = value(
        {"Fn::ToJsonString": {"queue": {"Fn::GetAtt": ["Q", "Arn"]}, "text": {"Fn::Sub": 'say "${Open}"'}, "n": 1}}
    )
    assert str(found) == '{"queue":"${Q.Arn}","text":"say \\"${Open}\\"","n":1}'
    assert json.loads(str(found))["text"] == 'say "${Open}"'


def test_lists_that_were_joined_come_apart_again() -> None:
    joined = {"Fn::Join": ["||", [{"Ref": "Q"}, {"Fn::GetAtt": ["Named", "Arn"]}, "x"]]}
    found = value({"Fn::Split": ["||", joined]})
    assert [str(part) for part in found] == ["${Q}", "${Named.Arn}", "x"]
    assert str(value({"Fn::Select": [1, {"Fn::Split": ["||", joined]}]})) == "${Named.Arn}"


def test_secrets_that_are_read_at_deployment_name_their_resource() -> None:
    found = value("{{resolve:secretsmanager:db:SecretString:password}}")
    assert isinstance(found, Unknown)
    assert found.kind == "dynamic"
    assert found.target is not None
    assert found.target.logical_id == "Secret"


def test_only_the_looked_at_property_makes_choices() -> None:
    template = {**SECTIONS, "Resources": {"T": {"Type": "X", "Properties": {"A": {"b": {"Ref": "Env"}, "c": 1}}}}}
    app = Assembly.from_template(template)
    assert len(app.alternatives(lambda: app.all_resources[0].get("A.c"))) == 1
    assert len(app.alternatives(lambda: app.all_resources[0].get("A"))) == 2


@pytest.mark.parametrize(
    ("given", "flag", "number", "listed"),
    [
        (None, None, None, []),
        (True, True, "error", [True]),
        ("true", True, "error", ["true"]),
        ("False ", False, "error", ["False "]),
        ("30", "error", 30, ["30"]),
        ("1.5", "error", 1.5, ["1.5"]),
        (7, "error", 7, [7]),
        ([1], "error", "error", [1]),
        ({}, "error", "error", [{}]),
        (Unknown("why"), "error", "error", "error"),
    ],
    ids=str,
)
def test_text_counts_as_the_boolean_or_number_that_cloudformation_takes_it_for(
    given: Any, flag: Any, number: Any, listed: Any
) -> None:
    for read, expected in ((as_flag, flag), (as_number, number), (as_list, listed)):
        if expected == "error":
            with pytest.raises(Undecided):
                read(given)
        else:
            assert read(given) == expected


def test_paths_name_what_they_find() -> None:
    rules = [{"Status": "Enabled"}, {"Ref": "AWS::NoValue"}, {"Status": {"Ref": "Name"}}]
    template = {
        **SECTIONS,
        "Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"Rules": rules, "One": {"a": 1}}}},
    }
    bucket = Assembly.from_template(template).all_resources[0]
    assert bucket.each("Rules[*].Status") == [("Rules[0].Status", "Enabled"), ("Rules[1].Status", "orders")]
    assert bucket.each("One[*].a") == [("One[0].a", 1)], "a single value counts as a list of one"
    assert bucket.each("None[*].a") == []
    assert (bucket.get("One[0].a"), bucket.get("One[1].a"), bucket.get("Rules[0].None", "default")) == (
        1,
        None,
        "default",
    )


@pytest.mark.parametrize("path", ["Text.deeper", "Text[0].deeper", "List.key"])
def test_values_are_the_same_before_and_after_the_graph_is_built(path: str) -> None:
    resource = {"Type": "X", "Properties": {"Text": "x", "List": [1, 2]}}
    app = Assembly.from_template({"Resources": {"R": resource}})
    before = app.all_resources[0].get(path)
    assert app.graph is not None
    after = app.all_resources[0].get(path)
    assert isinstance(before, Unknown)
    assert isinstance(after, Unknown)
    assert before.reason == after.reason


def _nested(name: str, depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {
            "Fn::Join": {"Fn::Join": ["", [value]]},
            "Fn::Sub": {"Fn::Sub": ["${A}", {"A": value}]},
            "Fn::If": {"Fn::If": ["C", value, value]},
            "Fn::Select": {"Fn::Select": [0, [value]]},
            "Fn::FindInMap": {"Fn::FindInMap": ["M", "none", "none", {"DefaultValue": value}]},
            "Fn::ToJsonString": {"Fn::ToJsonString": {"a": value}},
            "Fn::Base64": {"Fn::Base64": value},
            "object": {"a": [value]},
        }[name]
    return value


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        *(
            ("Fn::Join", 3),
            ("Fn::Sub", 3),
            ("Fn::If", 2),
            ("Fn::Select", 3),
            ("Fn::FindInMap", 3),
            ("Fn::ToJsonString", 2),
        ),
        *(("Fn::Base64", 1), ("object", 2)),
    ],
)
def test_values_as_deep_as_a_file_may_be_are_read(name: str, levels: int) -> None:
    depth = (MAX_DEPTH - 5) // levels
    if name in ("Fn::ToJsonString", "Fn::Base64"):
        depth = 12  # each level doubles what is escaped, or adds a third
    if name == "Fn::If":
        depth = 12  # both branches are written there: twice as much text each level
    resource = {"Type": "X", "Properties": {"V": _nested(name, depth)}}
    template = {"Conditions": {"C": {"Fn::Equals": ["a", "b"]}}, "Resources": {"R": resource}}
    app = Assembly.from_template(template)
    assert not isinstance(app.all_resources[0].get("V"), Unknown)
    assert app.graph is not None
