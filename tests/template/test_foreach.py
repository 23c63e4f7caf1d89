"""Loops are written out, or stay visible."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Assembly, Assume, Unknown
from tests.template.conftest import Write

LANGUAGE = "AWS::LanguageExtensions"


def load(resources: dict[str, Any], assume: Assume | None = None, **sections: Any) -> Assembly:
    return Assembly.from_template({"Transform": LANGUAGE, "Resources": resources, **sections}, assume=assume)


def topics(collection: Any) -> dict[str, Any]:
    body = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Join": [".", [{"Ref": "Name"}, "fifo"]]}}}
    return {"Fn::ForEach::Topics": ["Name", collection, {"Topic${Name}": body}]}


def names(app: Assembly) -> list[Any]:
    return [topic.get("TopicName") for topic in app.of_type("AWS::SNS::Topic")]


def test_a_literal_list_is_written_out() -> None:
    app = load(topics(["Success", "Failure"]))
    assert list(app.stacks[0].resources) == ["TopicSuccess", "TopicFailure"]
    assert names(app) == ["Success.fifo", "Failure.fifo"]


PARAMETER = {"Names": {"Type": "CommaDelimitedList", "Default": "a, b"}}


def test_a_parameter_gives_its_default_or_what_is_assumed() -> None:
    assert names(load(topics({"Ref": "Names"}), Parameters=PARAMETER)) == ["a.fifo", "b.fifo"]
    assumed = load(topics({"Ref": "Names"}), Assume(parameters={"Names": "x"}), Parameters=PARAMETER)
    assert names(assumed) == ["x.fifo"]
    listed = load(topics({"Ref": "Names"}), Assume(parameters={"Names": ["y", "z"]}), Parameters=PARAMETER)
    assert names(listed) == ["y.fifo", "z.fifo"]


def test_a_mapping_gives_the_collection_too() -> None:
    mappings = {"Env": {"prod": {"Names": ["a", "b"]}}}
    assert names(load(topics({"Fn::FindInMap": ["Env", "prod", "Names"]}), Mappings=mappings)) == ["a.fifo", "b.fifo"]


def test_letters_and_digits_alone_go_where_only_they_may() -> None:
    body = {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"CidrBlock": "${Cidr}", "Tags": [{"Key": "n", "Value": "net-&{Cidr}"}]},
    }
    app = load({"Fn::ForEach::Nets": ["Cidr", ["10.0.0.0/24", "10.0.1.0/24"], {"Net&{Cidr}": body}]})
    assert list(app.stacks[0].resources) == ["Net1000024", "Net1001024"]
    assert app.all_resources[1].get("CidrBlock") == "10.0.1.0/24"
    assert app.all_resources[1].get("Tags[0].Value") == "net-1001024"


def test_loops_may_be_nested() -> None:
    body = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "${Env}-${Name}"}}
    inner = {"Fn::ForEach::Names": ["Name", ["a", "b"], {"Topic${Env}${Name}": body}]}
    app = load({"Fn::ForEach::Envs": ["Env", ["x", "y"], inner]})
    assert names(app) == ["x-a", "x-b", "y-a", "y-b"]


def test_properties_conditions_and_outputs_take_loops() -> None:
    resources = {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Condition": "Isprod",
            "Properties": {
                "QueueName": "q",
                "Fn::ForEach::Limits": ["Name", ["DelaySeconds", "VisibilityTimeout"], {"${Name}": 30}],
            },
        }
    }
    conditions = {"Fn::ForEach::Envs": ["Env", ["prod", "dev"], {"Is${Env}": {"Fn::Equals": ["${Env}", "prod"]}}]}
    outputs = {
        "Fn::ForEach::Outs": [
            "Out",
            ["Arn", "QueueUrl"],
            {"Queue${Out}": {"Value": {"Fn::GetAtt": ["Queue", "${Out}"]}}},
        ]
    }
    app = load(resources, Conditions=conditions, Outputs=outputs)
    queue = app.of_type("AWS::SQS::Queue")[0]
    assert (queue.get("DelaySeconds"), queue.get("VisibilityTimeout"), queue.get("QueueName")) == (30, 30, "q")
    assert app.stacks[0].conditions["Isdev"] == {"Fn::Equals": ["dev", "prod"]}
    assert app.stacks[0].outputs["QueueArn"]["Value"] == {"Fn::GetAtt": ["Queue", "Arn"]}


@pytest.mark.parametrize(
    ("collection", "reason"),
    [
        ({"Ref": "None"}, "nothing in this template is called None"),
        ({"Ref": "Open"}, "parameter Open has no default"),
        ({"Fn::GetAtt": ["A", "B"]}, "its collection uses Fn::GetAtt"),
        ("a", "its collection is not a list"),
        ([{"a": 1}], "its collection holds something that is no text"),
        (["x", {"Ref": "Open"}], "parameter Open has no default"),
        ("{{resolve:ssm:names}}", "its collection uses a dynamic reference"),
    ],
)
def test_what_is_not_known_stays_visible(collection: Any, reason: str) -> None:
    app = load(topics(collection), Parameters={"Open": {"Type": "CommaDelimitedList"}})
    assert app.stacks[0].unexpanded == [f"Resources.Fn::ForEach::Topics: {reason}"]
    assert app.all_resources == ()


@pytest.mark.parametrize("loop", [[], "x", ["Name", ["a"]], ["Name", ["a"], []], [1, ["a"], {}], {"a": 1}])
def test_loops_of_the_wrong_form_stay_visible(loop: Any) -> None:
    app = load({"Fn::ForEach::Odd": loop})
    assert app.stacks[0].unexpanded == ["Resources.Fn::ForEach::Odd: it is not [identifier, collection, output]"]


def test_a_loop_among_properties_that_is_not_known_leaves_the_others_known() -> None:
    properties = {"QueueName": "q", "Fn::ForEach::Limits": ["Name", {"Ref": "Open"}, {"${Name}": 30}]}
    app = load(
        {"Queue": {"Type": "AWS::SQS::Queue", "Properties": properties}},
        Parameters={"Open": {"Type": "CommaDelimitedList"}},
    )
    queue = app.all_resources[0]
    assert queue.get("QueueName") == "q"
    delay = queue.get("DelaySeconds")
    assert isinstance(delay, Unknown)
    assert delay.reason == "Fn::ForEach::Limits could not be written out: parameter Open has no default"
    assert app.graph is not None
    assert isinstance(queue.get("DelaySeconds"), Unknown), "the same once references are known"


def test_loops_need_the_language_extensions(write: Write) -> None:
    reason = f"Resources.Fn::ForEach::Topics: loops need Transform: {LANGUAGE}"
    app = Assembly.from_template({"Resources": topics(["a"])})
    assert app.stacks[0].unexpanded == [reason]
    assert Assembly.load(write("t.json", {"Resources": topics(["a"])})).stacks[0].unexpanded == [reason]


def test_loops_that_multiply_end() -> None:
    loop: dict[str, Any] = {"T${A}${B}": {"Type": "AWS::SNS::Topic"}}
    for level in range(20):
        loop = {f"Fn::ForEach::L{level}": [f"I{level}", ["a", "b", "c", "d"], loop]}
    app = load(loop)
    assert app.stacks[0].unexpanded == ["Resources.Fn::ForEach::L19: all loops together make more than 5000 entries"]


def test_the_place_of_what_a_loop_made_is_the_loop(write: Write) -> None:
    path = write(
        "t.yaml",
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - [a, b]\n"
        "    - Topic${Name}: {Type: AWS::SNS::Topic}\n",
    )
    app = Assembly.load(path)
    assert [topic.location("TopicName") for topic in app.all_resources] == [(str(path), 3)] * 2


def test_other_macros_are_named() -> None:
    include = {"Name": "AWS::Include", "Parameters": {"Location": "s3://a/b"}}
    template = {
        "Transform": ["Mine", include],
        "Resources": {"Fn::Transform": {"Name": "Theirs"}, "T": {"Type": "AWS::SNS::Topic"}},
    }
    stack = Assembly.from_template(template).stacks[0]
    assert stack.macros == ["Mine", "AWS::Include", "Theirs"]
    assert stack.unexpanded == ["Resources.Fn::Transform: only Theirs says which resources it makes"]
    assert list(stack.resources) == ["T"]
