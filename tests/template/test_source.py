"""A file: what it decodes to, what is refused and where, and where things stand in it."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from readiness_pack.errors import InputError
from readiness_pack.template import Assembly, Unknown
from readiness_pack.template.markers import UNKNOWN
from readiness_pack.template.source import MAX_DEPTH, Source


def decode(text: str, name: str = "template.yaml") -> object:
    return Source.from_text(text, name).decode()


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Key", {"Ref": "Key"}),
        ("!Condition IsProd", {"Condition": "IsProd"}),
        ("!GetAtt Key.Arn", {"Fn::GetAtt": ["Key", "Arn"]}),
        ("!GetAtt Nested.Outputs.Arn", {"Fn::GetAtt": ["Nested", "Outputs.Arn"]}),
        ("!GetAtt [Key, Arn]", {"Fn::GetAtt": ["Key", "Arn"]}),
        ("!Sub 'a-${B}'", {"Fn::Sub": "a-${B}"}),
        ("!Sub ['${A}', {A: !Ref B}]", {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
        ("!If [IsProd, 1, !Ref AWS::NoValue]", {"Fn::If": ["IsProd", 1, {"Ref": "AWS::NoValue"}]}),
        ("!Not [!Equals [a, b]]", {"Fn::Not": [{"Fn::Equals": ["a", "b"]}]}),
        ("!Base64 text", {"Fn::Base64": "text"}),
        ("!Cidr [10.0.0.0/16, 2, 8]", {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}),
        ("!FindInMap [A, B, C]", {"Fn::FindInMap": ["A", "B", "C"]}),
        ("!GetAZs ''", {"Fn::GetAZs": ""}),
        ("!ImportValue name", {"Fn::ImportValue": "name"}),
        ("!Join ['', [a, b]]", {"Fn::Join": ["", ["a", "b"]]}),
        ("!Select [0, !Split [',', a]]", {"Fn::Select": [0, {"Fn::Split": [",", "a"]}]}),
        ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
        ("!ToJsonString {a: 1}", {"Fn::ToJsonString": {"a": 1}}),
        (
            "!GetStackOutput {StackName: a, OutputName: b}",
            {"Fn::GetStackOutput": {"StackName": "a", "OutputName": "b"}},
        ),
    ],
)
def test_short_forms_are_written_out(short: str, long: dict[str, Any]) -> None:
    assert decode(f"value: {short}") == {"value": long}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2012-10-17", "2012-10-17"),
        ("2012-10-17T00:00:00Z", "2012-10-17T00:00:00Z"),
        ("yes", True),
        ("Off", False),
        ("TRUE", True),
        ("'true'", "true"),
        ("y", "y"),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-5", -5),
        ("0x1F", 31),
        ("0123", 83),
        ("012345678901", "012345678901"),
        ("1_000", 1000),
        ("12:30", 750),
        ("1.50", 1.5),
        ("1e3", "1e3"),
        ("1.2.3", "1.2.3"),
        ("10.0.0.0/16", "10.0.0.0/16"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("=", "="),
    ],
)
def test_scalars_are_read_as_yaml_1_1_without_timestamps(written: str, value: object) -> None:
    assert decode(f"value: {written}") == {"value": value}


def test_keys_stay_as_they_are_written() -> None:
    assert decode("on: 1\n012: 2\n'true': 3\n") == {"on": 1, "012": 2, "true": 3}


REFUSED = [
    ("a: !Foo b", "template.yaml:1:4: !Foo: CloudFormation knows no such YAML tag"),
    ("a: !!python/object:os.system b", "template.yaml:1:4: !!python/object:os.system: CloudFormation knows no such"),
    ("a: !!binary aGk=", "template.yaml:1:4: !!binary: CloudFormation knows no such YAML tag"),
    ("a: 1\nb: &x 2", "template.yaml:2:4: &x: CloudFormation does not support YAML anchors"),
    ("a: *x", "template.yaml:1:4: *x: CloudFormation does not support YAML aliases"),
    ("a:\n  <<: {b: 1}", "template.yaml:2:3: <<: CloudFormation does not support YAML merge keys"),
    ("? [a]\n: b", "template.yaml:1:3: a key must be text"),
    ("!Ref a: b", "template.yaml:1:1: !Ref cannot be a key"),
    ("---\na: 1\n---\nb: 1", "template.yaml:3:1: holds more than one YAML document"),
    ("a: [1", "template.yaml:2:1: is not YAML"),
    ("a: b: c", "template.yaml:1:5: is not YAML"),
    ("a: \x07", "template.yaml:1:4: is not YAML: the character #x0007 is not allowed"),
    ("", "template.yaml:1: is empty"),
    ("# nothing\n", "template.yaml:1: is empty"),
    ("a: .inf", "template.yaml:1:4: .inf is not a number in JSON"),
    ("a: " + "9" * 400, "template.yaml:1:4: a number has more than 308 digits"),
    ("[" * 129 + "]" * 129, f"template.yaml:1:129: is nested deeper than {MAX_DEPTH} levels"),
    ("a: !Sub\n- !Join " * 1 + "[" * 127 + "]" * 127, f"is nested deeper than {MAX_DEPTH} levels"),
    ("\ufeffa: 1", "template.yaml:1:1: starts with a byte order mark"),
    ("a: \0", "template.yaml:1:4: holds a NUL character"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_cloudformation_does_not_accept_in_yaml_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        decode(text)
    assert message in str(refused.value)


REFUSED_JSON = [
    ("", "template.json:1:1: is empty"),
    ('{"a": 1,\n b}', "template.json:2:2: is not JSON: expecting property name"),
    ('{"a": "x\n"}', "template.json:1:9: is not JSON: invalid control character"),
    ('{"a": [1, NaN]}', "template.json:1:11: NaN is not a number in JSON"),
    ('{"a": "NaN",\n "b": -Infinity}', "template.json:2:7: -Infinity is not a number in JSON"),
    ('{"a": 1e999}', "template.json:1:7: the number 1e999 is too large"),
    ('{"a":\n' + "1" * 5000 + "}", "template.json:2:1: a number has more than 308 digits"),
    ('{"a":' * 200 + "1" + "}" * 200, f"template.json:1:641: is nested deeper than {MAX_DEPTH} levels"),
    ("[" * 500_000, f"template.json:1:129: is nested deeper than {MAX_DEPTH} levels"),
    ('{"a": "\\ud800"}', "half of a surrogate pair"),
    ('{"a": "x\\u0000"}', "holds a NUL character"),
    ('{"a": 1} x', "template.json:1:10: is not JSON: extra data"),
    ("Resources: {}", "template.json:1:1: is not JSON: expecting value"),
]


@pytest.mark.parametrize("machine_made", [False, True])
@pytest.mark.parametrize(("text", "message"), REFUSED_JSON)
def test_what_is_no_json_is_refused_with_its_place(text: str, message: str, machine_made: bool) -> None:
    with pytest.raises(InputError) as refused:
        Source.from_text(text, "template.json").decode(machine_made=machine_made)
    assert message in str(refused.value)


def test_depth_is_accepted_up_to_the_limit() -> None:
    text = '{"a":' * (MAX_DEPTH - 1) + "{}" + "}" * (MAX_DEPTH - 1)
    for name in ("template.json", "template.yaml"):
        assert isinstance(decode(text, name), dict)
        with pytest.raises(InputError, match="nested deeper"):
            decode(f'{{"a":{text}}}', name)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: \xff\xfe", "t.yaml:1:4: is not UTF-8 text"),
        (b"a: 1\nb: \xc3", "t.yaml:2:4: is not UTF-8 text"),
        ("a: 1".encode("utf-16"), "t.yaml:1:1: is UTF-16; save it as UTF-8"),
    ],
)
def test_other_encodings_are_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(data)
    with pytest.raises(InputError) as refused:
        Source(path, "t.yaml").decode()
    assert str(refused.value) == message


def test_escaped_backslashes_before_u0000_are_no_nul() -> None:
    assert decode('{"a": "\\\\u0000"}', "t.json") == {"a": "\\u0000"}


@pytest.mark.parametrize("name", ["t.template", "t", "t.yaml"])
def test_json_is_recognised_in_files_of_any_name(name: str) -> None:
    assert decode('{\n\t"a": [1]\n}', name) == {"a": [1]}


def test_a_flow_map_in_yaml_is_not_taken_for_json() -> None:
    assert decode("{a: !Ref b}", "t.yml") == {"a": {"Ref": "b"}}


def test_huge_and_strange_files_are_refused_quickly(tmp_path: Path) -> None:
    started = time.monotonic()
    bombs = [
        "- " * 50_000,
        "{a: " * 50_000,
        "? " * 20_000,
        "!Sub " * 20_000,
        '"' + "\\" * 100_001,
        "a: |" + "\n" * 200_000 + "x",
    ]
    for bomb in bombs:
        for name in ("bomb.yaml", "bomb.json"):
            with pytest.raises(InputError):
                decode(bomb + "\0", name)
            with contextlib.suppress(InputError):
                decode(bomb, name)
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(11 * 1024 * 1024)
    with pytest.raises(InputError, match="larger than 10 MB"):
        Source(large)
    assert time.monotonic() - started < 20


TEMPLATE = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Tags:
        - Key: a
          Value: !Sub b
      RedrivePolicy: !If
        - IsProd
        - maxReceiveCount: 3
        - !Ref AWS::NoValue
"""


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ((), None),
        (("Resources",), (1, 1)),
        (("Resources", "Queue"), (2, 3)),
        (("Resources", "Queue", "Properties", "Tags"), (5, 7)),
        (("Resources", "Queue", "Properties", "Tags", 0), (6, 11)),
        (("Resources", "Queue", "Properties", "Tags", 0, "Value"), (7, 11)),
        (("Resources", "Queue", "Properties", "Tags", 1), (5, 7)),
        (("Resources", "Queue", "Properties", "RedrivePolicy", "Fn::If", 1, "maxReceiveCount"), (10, 11)),
        (("Resources", "Queue", "Properties", "RedrivePolicy", "maxReceiveCount"), (8, 7)),
        (("Resources", "Queue", "Properties", "KmsMasterKeyId"), (4, 5)),
        (("Resources", "Other"), (1, 1)),
        (("Outputs", "Url"), None),
    ],
)
def test_yaml_knows_the_place_of_every_property(steps: tuple[str | int, ...], place: tuple[int, int] | None) -> None:
    assert Source.from_text(TEMPLATE, "t.yaml").position(steps) == place


def test_json_knows_the_place_of_every_property() -> None:
    text = json.dumps(
        {"Outputs": {}, "Resources": {"A": {"Type": "X"}, "B": {"Type": "X", "Tags": [{"Key": "a"}]}}}, indent=2
    )
    source = Source.from_text(text, "t.json")
    lines = text.splitlines()
    for steps in [("Resources",), ("Resources", "A"), ("Resources", "B"), ("Resources", "B", "Tags", 0, "Key")]:
        line, column = source.position(steps) or (0, 0)
        assert lines[line - 1][column - 1 :].startswith(f'"{steps[-1]}"')
    assert source.position(("Resources", "B", "Tags", 0)) == (10, 9)
    assert source.position(("Mappings",)) is None


TWICE = """\
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      Description: same
      Description: same
      EnableKeyRotation: true
      EnableKeyRotation: false
      KeyPolicy: {Statement: [], Statement: [{Effect: Allow}]}
  Again: {Type: AWS::SNS::Topic, Properties: {TopicName: a}}
  Again: {Type: AWS::SNS::Topic, Properties: {TopicName: b}}
  Torn: {Type: AWS::SNS::Topic, Type: AWS::SQS::Queue}
Resources:
  Late: {Type: AWS::SQS::Queue}
Conditions:
  IsProd: !Equals [a, a]
  IsProd: !Equals [a, b]
"""


@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_given_twice_is_unknown_and_nothing_is_lost(tmp_path: Path, as_json: bool) -> None:
    path = tmp_path / ("t.json" if as_json else "t.yaml")
    path.write_text(_twice_in_json() if as_json else TWICE)
    stack = Assembly.load(path).stacks[0]
    assert set(stack.resources) == {"Key", "Again", "Late"}
    key = stack.resources["Key"]
    assert key.get("Description") == "same"
    assert _reason(key.get("EnableKeyRotation")) == "Properties.EnableKeyRotation is given twice"
    assert _reason(key.get("KeyPolicy.Statement")) == "Properties.KeyPolicy.Statement is given twice"
    assert _reason(stack.resources["Again"].get("TopicName")) == "Again is given twice"
    assert stack.untranslated == [("Torn", "", "Torn.Type is given twice")]


def test_a_key_may_stand_there_very_often() -> None:
    body = "".join(f"  A: {{Type: X, Properties: {{n: {number}}}}}\n" for number in range(20_000))
    stack = Assembly.from_template(Source.from_text(f"Resources:\n{body}", "t.yaml").decode()).stacks[0]
    assert _reason(stack.resources["A"].get("n")) == "A is given twice"
    pairs = ", ".join(f'"a": {number}' for number in range(20_000))
    value = decode(f'{{"Resources": {{"R": {{"Type": "X", "Properties": {{{pairs}}}}}}}}}', "t.json")
    assert value == {"Resources": {"R": {"Type": "X", "Properties": {"a": {UNKNOWN: "Properties.a is given twice"}}}}}


def _reason(value: object) -> str:
    assert isinstance(value, Unknown)
    return value.reason


def _twice_in_json() -> str:
    return """{
      "Resources": {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {
          "Description": "same", "Description": "same", "EnableKeyRotation": true, "EnableKeyRotation": false,
          "KeyPolicy": {"Statement": [], "Statement": [{"Effect": "Allow"}]}}},
        "Again": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "a"}},
        "Again": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "b"}},
        "Torn": {"Type": "AWS::SNS::Topic", "Type": "AWS::SQS::Queue"}},
      "Resources": {"Late": {"Type": "AWS::SQS::Queue"}},
      "Conditions": {"IsProd": {"Fn::Equals": ["a", "a"]}, "IsProd": {"Fn::Equals": ["a", "b"]}}
    }"""
