"""Verdicts over conditions and parameters, errors of rules, fingerprints, what counts."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from readiness_pack import Assembly, Config, evaluate
from readiness_pack.checklist import ParameterSpec
from readiness_pack.config import AssumeSpec
from readiness_pack.findings import Finding
from readiness_pack.rules import NOT_APPLICABLE, PASS, Rule, fail, unknown
from readiness_pack.template import Resource

ENV = {"Parameters": {"Env": {"Type": "String"}}, "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}}}


class DelayIsShort(Rule):
    """A rule for these tests: DelaySeconds must not exceed a parameter."""

    item = "OPS-DEP-01"
    resource_types = ("AWS::SQS::Queue",)
    message = "{logical_id} waits {value} seconds."
    parameter_specs = {"limit": ParameterSpec(30, "seconds")}
    require: ClassVar[Any] = {"DelaySeconds": {"any_of": ["absent", {"max": "$limit"}]}}


def judge(template: dict[str, Any], *rules: type[Rule], config: Config | None = None) -> list[Finding]:
    report = evaluate(Assembly.from_template(template), rules or [DelayIsShort], config)
    assert not report.errors
    return list(report.findings)


def queue(delay: Any, **template: Any) -> dict[str, Any]:
    return {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": delay}}}, **template}


def test_a_failure_in_any_branch_is_a_failure_that_names_the_condition() -> None:
    (finding,) = judge(queue({"Fn::If": ["IsProd", 5, 90]}, **ENV))
    assert (finding.verdict, finding.message) == ("fail", "Queue waits 90 seconds, when IsProd is false.")
    assert finding.property_path == "Properties/DelaySeconds"


def test_what_fails_in_every_branch_names_no_condition() -> None:
    findings = judge(queue({"Fn::If": ["IsProd", 90, 90]}, **ENV))
    assert [finding.message for finding in findings] == ["Queue waits 90 seconds."]


def test_a_resource_sees_only_the_branch_of_its_own_condition() -> None:
    template = queue({"Fn::If": ["IsProd", 5, 90]}, **ENV)
    template["Resources"]["Queue"]["Condition"] = "IsProd"
    assert judge(template) == []


def test_mutually_exclusive_conditions_do_not_meet() -> None:
    conditions = {"IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}, "IsDev": {"Fn::Equals": [{"Ref": "Env"}, "dev"]}}
    never = {"Fn::If": ["IsProd", {"Fn::If": ["IsDev", 90, 5]}, 5]}
    assert judge(queue(never, Parameters=ENV["Parameters"], Conditions=conditions)) == []


def test_a_parameter_without_default_is_unknown() -> None:
    (finding,) = judge(queue({"Ref": "Delay"}, Parameters={"Delay": {"Type": "Number"}}))
    assert finding.verdict == "unknown"
    assert "parameter Delay has no default" in finding.message


def test_the_default_decides() -> None:
    assert judge(queue({"Ref": "Delay"}, Parameters={"Delay": {"Type": "Number", "Default": 5}})) == []
    (finding,) = judge(queue({"Ref": "Delay"}, Parameters={"Delay": {"Type": "Number", "Default": 90}}))
    assert finding.verdict == "fail"


def test_a_failing_allowed_value_beside_a_passing_default_is_unknown_and_named() -> None:
    (finding,) = judge(
        queue({"Ref": "Delay"}, Parameters={"Delay": {"Type": "Number", "Default": 5, "AllowedValues": [5, 90]}})
    )
    assert finding.verdict == "unknown"
    assert "parameter Delay may also be 90" in finding.message


@pytest.mark.parametrize(("allowed", "verdict"), [([5, 6], None), ([90, 91], "fail"), ([5, 90], "unknown")])
def test_allowed_values_without_default_must_agree(allowed: list[int], verdict: str | None) -> None:
    findings = judge(queue({"Ref": "Delay"}, Parameters={"Delay": {"Type": "Number", "AllowedValues": allowed}}))
    assert [finding.verdict for finding in findings] == ([verdict] if verdict else [])


def test_assumptions_fix_parameters_and_conditions() -> None:
    template = queue({"Fn::If": ["IsProd", 5, 90]}, **ENV)
    assert judge(template, config=Config(assume=AssumeSpec(conditions={"IsProd": True}))) == []
    assert judge(template, config=Config(assume=AssumeSpec(parameters={"Env": "prod"}))) == []
    (finding,) = judge(template, config=Config(assume=AssumeSpec(parameters={"Env": "dev"})))
    assert finding.message == "Queue waits 90 seconds."


def test_an_assumed_condition_fixes_the_parameter_behind_it() -> None:
    template = queue({"Fn::FindInMap": ["Delays", {"Ref": "Env"}, "Seconds"]}, **ENV)
    template["Mappings"] = {"Delays": {"prod": {"Seconds": 5}, "dev": {"Seconds": 90}}}
    assert judge(template)[0].verdict == "unknown"
    assert judge(template, config=Config(assume=AssumeSpec(conditions={"IsProd": True}))) == []


def test_the_region_of_another_partition_is_not_supposed() -> None:
    conditions = {"China": {"Fn::Equals": [{"Ref": "AWS::Region"}, "cn-north-1"]}}
    assert judge(queue({"Fn::If": ["China", 90, 5]}, Conditions=conditions)) == []
    conditions = {"Ireland": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    assert judge(queue({"Fn::If": ["Ireland", 90, 5]}, Conditions=conditions))[0].verdict == "fail"


def test_too_many_combinations_are_unknown_not_endless() -> None:
    names = [f"C{number}" for number in range(20)]
    template = queue(5, Parameters={name: {"Type": "String"} for name in names})
    template["Conditions"] = {name: {"Fn::Equals": [{"Ref": name}, "x"]} for name in names}
    template["Resources"]["Queue"]["Properties"]["Tags"] = [
        {"Fn::If": [name, {"Key": name}, {"Ref": "AWS::NoValue"}]} for name in names
    ]

    class TagsAreFew(DelayIsShort):
        require = {"Tags": {"each": {"Key": "x"}}}

    (finding,) = judge(template, TagsAreFew)
    assert finding.verdict == "unknown"
    assert "too many combinations" in finding.message


def test_a_rule_that_breaks_is_a_tool_error_and_the_others_go_on() -> None:
    class Broken(DelayIsShort):
        def check(self, resource: Resource) -> None:
            raise KeyError("oops")

    report = evaluate(Assembly.from_template(queue(5)), [Broken, DelayIsShort])
    (error,) = report.errors
    assert (error.rule, error.logical_id) == ("Broken", "Queue")
    assert error.message.startswith("KeyError: ")
    assert "test_engine.py:" in error.message
    assert report.tallies["DelayIsShort"].passed == 1
    assert report.exit_code == 3


def test_a_check_may_report_several_places_and_details_keep_them_apart() -> None:
    class TwoPorts(DelayIsShort):
        require = None

        def check(self, resource: Resource) -> Any:
            return [
                fail("A[0]", detail="22", value=22),
                fail("A[1]", detail="3389", value=3389),
                unknown("reasons", "B"),
            ]

    findings = judge(queue(5), TwoPorts)
    assert [(finding.verdict, finding.property_path) for finding in findings] == [
        ("fail", "Properties/A/0"),
        ("fail", "Properties/A/1"),
        ("unknown", "Properties/B"),
    ]
    assert len({finding.fingerprint for finding in findings}) == 3


def test_fingerprints_survive_reordering_and_what_is_unrelated() -> None:
    more = {"Other": {"Type": "AWS::SQS::Queue"}}
    first = judge(queue(90))
    second = judge({"Resources": {**more, **queue(90)["Resources"]}})
    assert [finding.fingerprint for finding in first] == [finding.fingerprint for finding in second]


def test_unless_that_cannot_be_decided_never_hides_a_pass_and_never_makes_a_failure() -> None:
    class ForFifo(DelayIsShort):
        unless = {"FifoQueue": True}

    parameters = {"Fifo": {"Type": "String"}}
    template = queue(90, Parameters=parameters)
    template["Resources"]["Queue"]["Properties"]["FifoQueue"] = {"Ref": "Fifo"}
    assert [finding.verdict for finding in judge(template, ForFifo)] == ["unknown"]
    template["Resources"]["Queue"]["Properties"]["DelaySeconds"] = 1
    assert judge(template, ForFifo) == []


@pytest.mark.parametrize(
    ("fail_on", "severity", "code"),
    [
        ("error", "error", 1),
        ("error", "warning", 0),
        ("warning", "warning", 1),
        ("never", "error", 0),
        ("warning", "info", 0),
    ],
)
def test_what_counts(fail_on: Any, severity: Any, code: int) -> None:
    made = type("Rated", (DelayIsShort,), {"severity": severity})
    assert evaluate(Assembly.from_template(queue(90)), [made], Config(fail_on=fail_on)).exit_code == code


@pytest.mark.parametrize(("on_unknown", "code"), [("warn", 0), ("fail", 1), ("ignore", 0)])
def test_open_answers_fail_only_when_asked(on_unknown: Any, code: int) -> None:
    template = queue({"Ref": "Delay"}, Parameters={"Delay": {"Type": "Number"}})
    assert evaluate(Assembly.from_template(template), [DelayIsShort], Config(on_unknown=on_unknown)).exit_code == code


def test_parameters_come_from_the_configuration() -> None:
    assert judge(queue(90), config=Config(parameters={"limit": 120})) == []


def test_a_rule_about_the_app_reports_once() -> None:
    class HasTopic(Rule):
        item = "OPS-DEP-01"
        resource_types = ("app",)
        message = "The app has no topic."

        def check(self, resource: Assembly) -> Any:
            return PASS if resource.of_type("AWS::SNS::Topic") else fail()

    (finding,) = judge(queue(5), HasTopic)
    assert (finding.stack, finding.logical_id, finding.resource_type, finding.construct_path) == (None, None, None, "")
    assert finding.message == "The app has no topic."


def test_what_a_rule_says_twice_is_one_finding() -> None:
    class Twice(Rule):
        item = "OPS-DEP-01"
        resource_types = ("AWS::SQS::Queue", "*", "AWS::SQS::Queue")
        message = "{logical_id} waits."

        def check(self, resource: Resource) -> Any:
            return [fail("DelaySeconds"), fail("DelaySeconds"), fail("DelaySeconds", detail="2")]

    report = evaluate(Assembly.from_template(queue(5)), [Twice])
    assert len({finding.fingerprint for finding in report.findings}) == len(report.findings) == 2
    assert report.tallies["Twice"].fail == 2


def test_not_applicable_is_counted_apart() -> None:
    class Never(DelayIsShort):
        require = None

        def check(self, resource: Resource) -> Any:
            return NOT_APPLICABLE

    report = evaluate(Assembly.from_template(queue(5)), [Never])
    tally = report.tallies["Never"]
    assert (tally.passed, tally.fail, tally.unknown, tally.not_applicable) == (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ({"Transform": "Mine", "Resources": {"T": {"Type": "AWS::SNS::Topic"}}}, "Macro Mine changes the template"),
        ({"Resources": {"T": {"Type": "AWS::SNS::Topik"}}}, "No rule knows the type AWS::SNS::Topik of T"),
        (
            {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"A": {"Type": "AWS::Serverless::GraphQLApi", "Properties": {"Name": "x"}}}},
            "What A becomes cannot be said",
        ),
        (
            {"Resources": {"Fn::ForEach::Queues": ["Name", {"Ref": "Names"}, {"Q${Name}": {"Type": "AWS::SQS::Queue"}}]}, "Parameters": {"Names": {"Type": "CommaDelimitedList"}}, "Transform": "AWS::LanguageExtensions"},
            "could not be written out",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_an_open_answer(template: dict[str, Any], said: str) -> None:
    findings = judge(template)
    assert any(said in finding.message and finding.verdict == "unknown" for finding in findings), findings
    report = evaluate(Assembly.from_template(template), [DelayIsShort], Config(on_unknown="fail", profile="certified"))
    assert report.exit_code == 1


@pytest.mark.parametrize(
    "type_", ["Custom::Thing", "AWS::CloudFormation::CustomResource", "Datadog::Monitors::Monitor", "AWS::SNS::Topic"]
)
def test_types_of_others_are_no_blind_spot(type_: str) -> None:
    assert judge({"Resources": {"T": {"Type": type_}}}) == []
