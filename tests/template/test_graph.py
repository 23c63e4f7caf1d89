"""Who refers to whom: every way in which templates name a resource."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Assembly, Undecided

QUEUE_ARN = "arn:aws:sqs:eu-west-1:111111111111:orders"


def build(properties: Any, **more: Any) -> Assembly:
    """An app with a few targets and one resource, ``S``, that may refer to them."""
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}},
        "Other": {"Type": "AWS::SQS::Queue"},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "files"}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "worker"}},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "db"}},
        "Key": {"Type": "AWS::KMS::Key"},
        "Alias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": "alias/orders", "TargetKeyId": {"Ref": "Key"}},
        },
        "S": {"Type": "AWS::SNS::Subscription", "Properties": properties, **more},
    }
    sections = {
        "Parameters": {"Env": {"Type": "String", "AllowedValues": ["a", "b"]}, "Name": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "Name"}, "x"]}},
    }
    return Assembly.from_template({**sections, "Resources": resources})


def targets(app: Assembly, path: str | None = None) -> list[str]:
    source = app.stacks[0].resources["S"]
    found = {edge.target.logical_id for _, edges in app.alternatives(lambda: source.edges_out(path)) for edge in edges}
    return sorted(found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Queue"}, ["Queue"]),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, ["Queue"]),
        ({"Fn::GetAtt": "Queue.Arn"}, ["Queue"]),
        ({"Fn::Sub": "${Queue.Arn}/x"}, ["Queue"]),
        ({"Fn::Sub": ["${A}-${Bucket}", {"A": {"Ref": "Queue"}}]}, ["Bucket", "Queue"]),
        ({"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "Bucket"}, "/*"]]}, ["Bucket"]),
        ({"Fn::Join": ["", ["arn:aws:s3:::", "files", "/*"]]}, ["Bucket"]),
        ({"Fn::Select": [0, [{"Ref": "Queue"}, {"Ref": "Other"}]]}, ["Other", "Queue"]),
        ({"Fn::If": ["C", {"Ref": "Queue"}, {"Ref": "Other"}]}, ["Other", "Queue"]),
        ({"Fn::ToJsonString": {"a": [{"Ref": "Queue"}]}}, ["Queue"]),
        ({"Fn::Base64": {"Fn::Sub": "${Queue}"}}, ["Queue"]),
        ([{"a": [{"Ref": "Queue"}]}], ["Queue"]),
        (QUEUE_ARN, ["Queue"]),
        ("orders", ["Queue"]),
        ("arn:aws:s3:::files", ["Bucket"]),
        ("arn:aws:s3:::files/prefix/*", ["Bucket"]),
        ("arn:aws:iam::111111111111:role/worker", ["Role"]),
        ("arn:aws:iam::111111111111:role/path/worker", ["Role"]),
        ("arn:aws:kms:eu-west-1:111111111111:alias/orders", ["Alias"]),
        ("arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf", ["Secret"]),
        ({"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:orders"}, ["Queue"]),
        ("{{resolve:secretsmanager:db:SecretString:password}}", ["Secret"]),
        ({"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password}}"}, ["Secret"]),
        ("arn:aws:sqs:eu-west-1:111111111111:others", []),
        ("arn:aws:sns:eu-west-1:111111111111:orders", []),
        ({"Ref": "AWS::Region"}, []),
        ({"Ref": "Nobody"}, []),
        ({"Fn::GetAtt": ["Nobody", "Arn"]}, []),
        ({"Fn::GetAtt": 5}, []),
    ],
    ids=str,
)
def test_every_way_to_name_a_resource_is_an_edge(value: Any, expected: list[str]) -> None:
    assert targets(build({"Endpoint": value}), None) == expected


def test_edges_are_filed_by_path_type_and_attribute() -> None:
    app = build(
        {"List": [{"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}, {"Arn": {"Ref": "Other"}}], "Name": {"Ref": "Queue"}}
    )
    queue = app.stacks[0].resources["Queue"]
    edges = {edge.path: edge.attribute for edge in queue.edges_in("AWS::SNS::Subscription")}
    assert edges == {"List[*].Arn": "Arn", "Name": None}
    assert [one.logical_id for one in queue.referrers("AWS::SNS::Subscription", path="List[*].Arn")] == ["S"]
    assert queue.referrers("AWS::SNS::Topic") == []
    assert queue.referrers(path="Nowhere") == []
    assert [one.logical_id for one in queue.referrers()] == ["S"]
    assert [one.logical_id for one in app.stacks[0].resources["S"].targets("AWS::SQS::Queue", path="List[*].Arn")] == [
        *("Queue", "Other"),
    ]


@pytest.mark.parametrize("depends", ["Queue", ["Queue"], ["Queue", "Nobody", 5]])
def test_depends_on_is_an_edge(depends: Any) -> None:
    assert targets(build({}, DependsOn=depends), "@DependsOn") == ["Queue"]


def test_an_edge_exists_only_in_its_branch() -> None:
    app = build({"Endpoint": {"Fn::If": ["C", {"Ref": "Queue"}, {"Ref": "Other"}]}})
    resources = app.stacks[0].resources
    found = app.alternatives(lambda: (bool(resources["Queue"].referrers()), bool(resources["Other"].referrers())))
    assert sorted(pair for _, pair in found) == [(False, True), (True, False)]


def test_an_edge_exists_only_with_its_source() -> None:
    app = build({"Endpoint": {"Ref": "Queue"}}, Condition="C")
    found = app.alternatives(lambda: len(app.stacks[0].resources["Queue"].referrers()))
    assert sorted(count for _, count in found) == [0, 1]


def test_target_says_what_it_cannot_know() -> None:
    app = build({"A": {"Ref": "Queue"}, "B": {"Ref": "Name"}, "C": "arn:aws:sqs:eu-west-1:111111111111:x"})
    source = app.stacks[0].resources["S"]
    assert source.target("A") is app.stacks[0].resources["Queue"]
    assert source.target("C") is None
    assert source.target("None") is None
    with pytest.raises(Undecided, match="parameter Name has no default"):
        source.target("B")


def test_part_of_an_arn_with_more_text_stands_for_its_resource() -> None:
    """As CDK names the function of an event source that is an alias."""
    part = {"Fn::Select": [5, {"Fn::Split": [":", {"Fn::GetAtt": ["Queue", "Arn"]}]}]}
    app = build({"Endpoint": {"Fn::Join": ["", [part, ":live"]]}, "Two": {"Fn::Join": ["", [part, {"Ref": "Other"}]]}})
    source = app.stacks[0].resources["S"]
    assert source.target("Endpoint") is app.stacks[0].resources["Queue"]
    assert source.target("Two") is None, "which of two resources is meant is not certain"


def test_a_name_that_two_resources_have_names_neither() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}
    topic = {"Type": "AWS::SNS::Subscription", "Properties": {"Endpoint": QUEUE_ARN}}
    app = Assembly.from_template({"Resources": {"One": queue, "Two": queue, "S": topic}})
    assert app.stacks[0].resources["S"].target("Endpoint") is None


def test_a_resource_that_names_itself_refers_to_nobody() -> None:
    policy = {"Statement": [{"Resource": QUEUE_ARN}]}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders", "RedriveAllowPolicy": policy}}
    app = Assembly.from_template({"Resources": {"Q": queue}})
    assert app.all_resources[0].referrers() == []


def test_values_that_pass_each_other_on_do_not_multiply() -> None:
    """Each reader hands on what two others give: 2 ** 40 paths, if every one were walked."""
    resources: dict[str, Any] = {}
    for number in range(40):
        value = {"Fn::Join": ["", [{"Fn::GetAtt": [f"R{number + 1}", f"/v{number + 1}"]}] * 2]}
        resources[f"W{number}"] = {
            "Type": "Custom::CrossRegionExportWriter",
            "Properties": {"WriterProps": {"exports": {f"/v{number}": value}}},
        }
        resources[f"R{number}"] = {"Type": "Custom::CrossRegionExportReader", "Properties": {}}
    resources["R40"] = {"Type": "Custom::CrossRegionExportReader", "Properties": {}}
    resources["Queue"] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetAtt": ["R0", "/v0"]}}}
    app = Assembly.from_template({"Resources": resources})
    assert app.graph is not None
    app.stacks[0].resources["Queue"].get("QueueName")
