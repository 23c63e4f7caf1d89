"""Paths: a template, a folder of templates, what is neither."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from readiness_pack.errors import InputError
from readiness_pack.template import Assembly, Assume
from tests.template.conftest import Write

QUEUE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}


LOG_GROUP = """\
Parameters: {Days: {Type: Number}}
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: !Ref Days
    DeletionPolicy: Retain
"""


def message(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        Assembly.load(path)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "stack"),
    [
        ("shop.template.json", "shop"),
        ("shop.yaml", "shop"),
        ("shop.prod.yml", "shop"),
        ("shop", "shop"),
        (".x.json", ".x.json"),
    ],
)
def test_a_template_gives_its_stack_the_file_name_up_to_the_first_dot(write: Write, name: str, stack: str) -> None:
    app = Assembly.load(write(name, QUEUE))
    assert [(one.name, one.template_file) for one in app.stacks] == [(stack, name)]
    assert app.stacks[0].parent is None
    assert app.stacks[0].account is None
    assert app.stacks[0].stage == ""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("- a\n", ":1:1: is not a CloudFormation template: expected an object, found a list"),
        ("text\n", ":1:1: is not a CloudFormation template: expected an object, found text"),
        ("Outputs: {}\n", ":1:1: is not a CloudFormation template: it has no Resources"),
        ("Outputs: {}\nResources: [a]\n", ":2:1: Resources: expected a map of resources, found a list"),
        ("Resources:\n", ":1:1: Resources: expected a map of resources, found nothing"),
        ("Resources:\n  A: text\n", ":2:3: Resources.A: expected an object with a Type, found text"),
        (
            "Resources:\n  A: {Properties: {}}\n",
            ":2:3: Resources.A.Type: expected the name of a resource type, there is none",
        ),
        (
            "Resources:\n  A:\n    Type: [X]\n",
            ":3:5: Resources.A.Type: expected the name of a resource type, found a list",
        ),
    ],
)
def test_what_is_no_template_is_refused_with_its_place(write: Write, content: str, problem: str) -> None:
    path = write("t.yaml", content)
    assert message(path) == f"{path}{problem}"


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert message(tmp_path / "none.json") == f"{tmp_path / 'none.json'}: cannot be read: No such file or directory"
    assert "cannot be read" in message(Path("\0"))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert message(tmp_path) == f"{tmp_path}: holds neither a cdk.out nor a template"
    (tmp_path / "README.md").write_text("x")
    assert "holds neither" in message(tmp_path)


def test_a_folder_is_one_app(write: Write, tmp_path: Path) -> None:
    write(
        "a.yaml",
        "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  T: {Value: !Ref Topic, Export: {Name: topic}}\n",
    )
    write(
        "b.json",
        {
            "Resources": {
                "S": {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": {"Fn::ImportValue": "topic"}}}
            }
        },
    )
    write("c.template", QUEUE)
    app = Assembly.load(tmp_path)
    assert [stack.name for stack in app.stacks] == ["a", "b", "c"]
    subscription = app.of_type("AWS::SNS::Subscription")[0]
    assert subscription.target("TopicArn") is app.of_type("AWS::SNS::Topic")[0]


def test_what_is_clearly_no_template_is_skipped_and_said_so(write: Write, tmp_path: Path) -> None:
    write("queue.json", QUEUE)
    write("package.json", {"name": "x"})
    write("list.yaml", "- a\n- b\n")
    write("broken.json", "{")
    write("mkdocs.yml", "x: !!python/name:a.b\n")
    write(".hidden.yaml", "Resources: 1")
    write("node_modules/dep/t.yaml", "Resources: 1")
    (tmp_path / "notes.txt").write_text("Resources: 1")
    app = Assembly.load(tmp_path)
    assert [stack.name for stack in app.stacks] == ["queue"]
    assert [name for name, _ in app.skipped] == ["broken.json", "list.yaml", "mkdocs.yml", "package.json"]
    assert dict(app.skipped)["package.json"] == "it has no Resources"


@pytest.mark.parametrize(
    "content", ["Resources: [", "Resources:\n  A: !Foo x\n", '{"Resources": {"A": {}}}', "Resources: text\n"]
)
def test_a_broken_template_among_others_is_not_skipped(write: Write, tmp_path: Path, content: str) -> None:
    write("queue.json", QUEUE)
    broken = write("broken.yaml", content)
    assert message(tmp_path).startswith(f"{broken}:")


def test_stacks_of_the_same_file_name_are_told_apart(write: Write, tmp_path: Path) -> None:
    for name in ("network/main.yaml", "data/main.yaml", "shop.yaml"):
        write(name, "Resources: {}")
    assert [stack.name for stack in Assembly.load(tmp_path).stacks] == ["shop", "data/main", "network/main"]
    write("shop.json", QUEUE)
    assert {stack.name for stack in Assembly.load(tmp_path).stacks} == {
        "shop.json",
        "shop.yaml",
        "data/main.yaml",
        "network/main.yaml",
    }


def parent(url: object, **more: object) -> dict[str, Any]:
    return {"Resources": {"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, **more}}}}


@pytest.mark.parametrize(
    "url",
    [
        "child.yaml",
        "./child.yaml",
        "https://s3.amazonaws.com/bucket/prefix/child.yaml",
        "https://bucket.s3.amazonaws.com/child.yaml?versionId=1",
        {"Fn::Sub": "https://${Bucket}.s3.amazonaws.com/child.yaml"},
        {"Fn::Join": ["/", ["https://s3.amazonaws.com", {"Ref": "Bucket"}, "child.yaml"]]},
    ],
)
def test_nested_stacks_of_a_folder_find_their_parents(write: Write, tmp_path: Path, url: object) -> None:
    write("app.json", parent(url, Parameters={"Days": "7"}))
    write("child.yaml", LOG_GROUP)
    app = Assembly.load(tmp_path)
    assert [(stack.name, stack.parent and stack.parent.logical_id) for stack in app.stacks] == [
        ("app", None),
        ("child", "Nested"),
    ]
    assert app.of_type("AWS::Logs::LogGroup")[0].number("RetentionInDays") == 7


def test_a_template_that_is_nested_twice_makes_two_stacks(write: Write, tmp_path: Path) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.yaml"}}
    write("app.json", {"Resources": {"One": nested, "Two": nested}})
    write("child.yaml", "Resources:\n  T: {Type: AWS::SNS::Topic}\n")
    app = Assembly.load(tmp_path)
    assert [stack.name for stack in app.stacks] == ["app", "app/One", "app/Two"]
    assert len(app.of_type("AWS::SNS::Topic")) == 2


def test_templates_that_nest_each_other_end(write: Write, tmp_path: Path) -> None:
    write("a.json", parent("b.json"))
    write("b.json", parent("a.json"))
    assert [stack.name for stack in Assembly.load(tmp_path).stacks] == ["a", "b"]
    for number in range(14):  # each nests the next one twice: 2 ** 14 stacks, if nobody stopped it
        child = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"c{number + 1}.json"}}
        write(f"c{number}.json", {"Resources": {"X": child, "Y": child}})
    write("c14.json", QUEUE)
    with pytest.raises(InputError, match="5,000 stacks"):
        Assembly.load(tmp_path)


def test_assume_reaches_the_app(write: Write) -> None:
    path = write("t.yaml", LOG_GROUP)
    app = Assembly.load(path, Assume(parameters={"Days": 30}))
    assert app.of_type("AWS::Logs::LogGroup")[0].get("RetentionInDays") == 30


def test_location_is_the_line_of_the_property_in_the_file_as_given(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("t.yaml", LOG_GROUP)
    monkeypatch.chdir(path.parent)
    group = Assembly.load("t.yaml").all_resources[0]
    assert group.location() == ("t.yaml", 3)
    assert group.location("RetentionInDays") == ("t.yaml", 6)
    assert group.location("KmsKeyId") == ("t.yaml", 5)
    assert group.location("@DeletionPolicy") == ("t.yaml", 7)
    assert group.location("@UpdateReplacePolicy") == ("t.yaml", 3)


def test_a_template_given_as_data_has_no_location() -> None:
    assert Assembly.from_template(QUEUE).all_resources[0].location("QueueName") is None


def test_named_pipes_in_a_folder_are_passed_over(write: Write, tmp_path: Path) -> None:
    write("queue.json", QUEUE)
    os.mkfifo(tmp_path / "pipe.yaml")
    assert len(Assembly.load(tmp_path).stacks) == 1
