"""Templates of a few kilobytes that would fill the memory or take for ever, if nothing limited them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, evaluate
from readiness_pack.errors import InputError
from readiness_pack.template.intrinsics import resolve
from readiness_pack.template.values import Reference, Text, Unknown
from readiness_pack.template.views.patterns import covers, glob_covers

SECONDS = 10


def queue(name: Any) -> dict[str, Any]:
    return {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}}}


def nested(wrap: Callable[[Any], Any], value: Any, times: int) -> Any:
    for _ in range(times):
        value = wrap(value)
    return value


def twice(value: Any) -> dict[str, Any]:
    return {"Fn::Sub": ["${V}${V}", {"V": value}]}


def loops(depth: int) -> dict[str, Any]:
    body: dict[str, Any] = {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"${{I{depth - 1}}}"}}}
    for number in range(depth - 1, -1, -1):
        elements = [f"${{I{number - 1}}}${{I{number - 1}}}"] if number else ["xx"]
        body = {f"Fn::ForEach::L{number}": [f"I{number}", elements, body]}
    return {"Transform": "AWS::LanguageExtensions", "Resources": body}


def parameters(number: int) -> dict[str, Any]:
    def value(at: int) -> Any:
        return {"Fn::Join": ["", [{"Fn::GetAtt": [f"S{at + 1}", "Value"]}] * 2]} if at < number - 1 else "x"

    return {
        "Resources": {
            f"S{at}": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value(at)}}
            for at in range(number)
        }
    }


def conditions(number: int) -> dict[str, Any]:
    found: dict[str, Any] = {f"C{at}": {"Fn::And": [{"Condition": f"C{at + 1}"}] * 2} for at in range(number)}
    found[f"C{number}"] = {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}
    return {"Conditions": found, "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Condition": "C0"}}}


def many_worlds(number: int) -> dict[str, Any]:
    statements = [
        {"Effect": "Allow", "Resource": "*", "Action": {"Fn::If": [f"C{at}", "s3:*", "s3:GetObject"]}}
        for at in range(number)
    ]
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": statements}}
    return {
        "Parameters": {f"P{at}": {"Type": "String"} for at in range(number)},
        "Conditions": {f"C{at}": {"Fn::Equals": [{"Ref": f"P{at}"}, "a"]} for at in range(number)},
        "Resources": {"Policy": {"Type": "AWS::IAM::Policy", "Properties": policy}},
    }


OPEN = {"Parameters": {"P": {"Type": "String"}}}

BOMBS = {
    "text that doubles": queue(nested(twice, "x", 40)),
    "nothing that doubles": queue(nested(twice, "", 40)),
    "what is not known doubles": {**OPEN, **queue(nested(twice, {"Ref": "P"}, 40))},
    "JSON in JSON": queue(nested(lambda value: {"Fn::ToJsonString": {"a": value}}, '"', 40)),
    "base64 of base64": queue(nested(lambda value: {"Fn::Base64": value}, "aaaa", 100)),
    "loops in loops": loops(35),
    "parameters that double": parameters(38),
    "conditions that double": conditions(38),
    "a billion subnets": queue({"Fn::Select": [0, {"Fn::Cidr": ["10.0.0.0/8", 10**9, 2]}]}),
    "combinations of conditions": many_worlds(40),
}


@pytest.mark.parametrize("template", BOMBS.values(), ids=BOMBS)
def test_functions_that_multiply_end(template: dict[str, Any]) -> None:
    started = time.process_time()
    report = evaluate(Assembly.from_template(template))
    assert time.process_time() - started < SECONDS
    assert report.errors == []
    assert max((len(finding.message) for finding in report.findings), default=0) < 2000


def test_what_became_too_long_is_unknown_not_cut() -> None:
    app = Assembly.from_template(queue(nested(twice, "x", 40)))
    value = app.all_resources[0].get("QueueName")
    assert isinstance(value, Unknown | Text)
    assert value.reason == "functions make a text of more than 1,048,576 characters"


def test_a_loop_that_became_too_large_is_said_to_be_left_out() -> None:
    (stack,) = Assembly.from_template(loops(35)).stacks
    assert stack.unexpanded == [
        "Resources.Fn::ForEach::L0: all loops together write more than 5,000,000 values and characters"
    ]
    findings = evaluate(Assembly.from_template(loops(35))).findings
    assert any("5,000,000" in finding.message for finding in findings)


def test_patterns_of_many_stars_are_compared_at_once() -> None:
    started = time.process_time()
    assert not glob_covers("*a" * 400 + "b", "a" * 20_000)
    assert glob_covers("*a" * 400, "a" * 20_000)
    hole = Unknown("parameter P has no default", name="P")
    text = Text(tuple(piece for _ in range(200) for piece in (hole, "a")))
    assert not text.could_be("a" * 5000 + "b")
    assert text.could_be("a" * 5000)
    assert covers("s3:" + "*a" * 200, "s3:" + "a" * 5000)
    assert time.process_time() - started < 5


def test_text_that_is_open_in_places_can_be_what_fits_around_them() -> None:
    hole = Unknown("not known")
    text = Text(("arn:", hole, ":s3:", hole, "/x"))
    assert [text.could_be(one) for one in ("arn:aws:s3:b/x", "arn::s3:/x", "arn:aws:s3:b/y", "arn:s3:/x")] == [
        *(True, True, False, False)
    ]
    assert not Text(("ab", hole, "bc")).could_be("abc")


def test_a_file_that_nests_another_one_twice_and_so_on(tmp_path: Path) -> None:
    for number in range(30):
        child = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"t{number + 1}.json"}}
        (tmp_path / f"t{number}.json").write_text(json.dumps({"Resources": {"A": child, "B": child}}))
    (tmp_path / "t30.json").write_text(json.dumps(queue("x")))
    with pytest.raises(InputError, match=r"may have 5,000 stacks and 1,000,000 resources"):
        Assembly.load(tmp_path)


def test_references_keep_their_meaning() -> None:
    app = Assembly.from_template({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
    value = resolve({"Fn::Sub": "${Q}-${Q}-${Q.Arn}"}, app.stacks[0])
    assert isinstance(value, Text)
    assert str(value) == "${Q}-${Q}-${Q.Arn}"
    assert value.references == (Reference(app.all_resources[0]),) * 2 + (Reference(app.all_resources[0], "Arn"),)
