"""Values that go from stack to stack."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Assembly, Stack, Unknown

EU = {"region": "eu-west-1", "account": "111111111111"}
US = {"region": "us-east-1", "account": "111111111111"}


def app_of(*stacks: tuple[str, dict[str, Any], dict[str, Any]]) -> Assembly:
    """An app of (name, template, what the stack is known by)."""
    assembly = Assembly()
    for name, template, known in stacks:
        assembly.stacks.append(Stack(name, template, assembly, **{"stack_name": name, **known}))
    return assembly.completed()


def offering(value: Any, name: Any = "queue", **more: Any) -> dict[str, Any]:
    output = {"Value": value, "Export": {"Name": name}, **more}
    return {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"Out": output}}


def reading(value: Any) -> dict[str, Any]:
    return {"Resources": {"S": {"Type": "AWS::SNS::Subscription", "Properties": {"Endpoint": value}}}}


def read(app: Assembly, stack: str = "Reader") -> Any:
    found = next(one for one in app.stacks if one.name == stack)
    return found.resources["S"].get("Endpoint")


def reason(value: Any) -> str:
    assert isinstance(value, Unknown)
    return value.reason


IMPORT = reading({"Fn::ImportValue": "queue"})


def test_an_import_is_what_the_other_stack_exports() -> None:
    app = app_of(("Data", offering({"Fn::GetAtt": ["Queue", "Arn"]}), {}), ("Reader", IMPORT, {}))
    subscription, queue = app.of_type("AWS::SNS::Subscription")[0], app.of_type("AWS::SQS::Queue")[0]
    assert subscription.target("Endpoint") is queue
    assert queue.referrers("AWS::SNS::Subscription", path="Endpoint") == [subscription]
    plain = app_of(("Data", offering("text"), {}), ("Reader", IMPORT, {}))
    assert read(plain) == "text"


def test_names_may_be_composed() -> None:
    exported = {"Fn::Sub": "${AWS::StackName}-queue"}
    app = app_of(("Data", offering("x", exported), {}), ("Reader", reading({"Fn::ImportValue": "Data-queue"}), {}))
    assert read(app) == "x"


def test_the_same_unknown_parameter_in_both_names_is_taken_for_the_same() -> None:
    named = {"Fn::Sub": "${Env}-queue"}
    parameters = {"Parameters": {"Env": {"Type": "String"}}}
    app = app_of(
        ("Data", {**offering("x", named), **parameters}, {}),
        ("Reader", {**reading({"Fn::ImportValue": named}), **parameters}, {}),
    )
    assert read(app) == "x"


def test_the_name_of_an_unknown_stack_is_not() -> None:
    named = {"Fn::Sub": "${AWS::StackName}-queue"}
    unnamed = {"stack_name": None}
    app = app_of(("Data", offering("x", named), unnamed), ("Reader", reading({"Fn::ImportValue": named}), unnamed))
    assert reason(read(app)) == "export ${AWS::StackName}-queue is not in this app"


def test_the_export_of_the_readers_own_region_counts() -> None:
    app = app_of(
        ("DataEu", offering("eu"), EU), ("DataUs", offering("us"), US), ("Reader", IMPORT, US), ("Else", IMPORT, {**EU})
    )
    assert read(app) == "us"
    assert read(app, "Else") == "eu"


def test_the_export_of_the_readers_own_stage_counts() -> None:
    app = app_of(
        ("Dev/Data", offering("dev"), {"stage": "Dev"}),
        ("Prod/Data", offering("prod"), {"stage": "Prod"}),
        ("Reader", IMPORT, {"stage": "Prod"}),
    )
    assert read(app) == "prod"


def test_an_export_that_several_give_is_unknown() -> None:
    app = app_of(("One", offering("1"), {}), ("Two", offering("2"), {}), ("Reader", IMPORT, {}))
    assert reason(read(app)) == "several stacks of this app give export queue"
    far = app_of(("One", offering("1"), EU), ("Reader", IMPORT, US))
    assert reason(read(far)) == "export queue is not given where it is read"


def test_exports_that_hang_on_exports_end() -> None:
    looping = offering({"Fn::ImportValue": "queue"})
    assert reason(read(app_of(("Data", looping, {}), ("Reader", IMPORT, {})))) == "export queue refers to itself"
    named = offering("x", {"Fn::ImportValue": "queue"})
    assert reason(read(app_of(("Data", named, {}), ("Reader", IMPORT, {})))) == "export queue is not in this app"


def parameter(value: Any, name: str = "/arn") -> dict[str, Any]:
    return {"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Value": value}}}}


@pytest.mark.parametrize(
    "template",
    [
        reading("{{resolve:ssm:/arn}}"),
        {
            **reading({"Ref": "Arn"}),
            "Parameters": {"Arn": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/arn"}},
        },
    ],
)
def test_ssm_parameters_of_the_app_hand_their_value_on(template: dict[str, Any]) -> None:
    assert read(app_of(("Data", parameter("x"), EU), ("Reader", template, EU))) == "x"
    assert isinstance(read(app_of(("Data", parameter("x"), US), ("Reader", template, EU))), Unknown)
    both = app_of(("Us", parameter("us"), US), ("Eu", parameter("eu"), EU), ("Reader", template, EU))
    assert read(both) == "eu"


def test_ssm_parameters_that_hold_each_other_end() -> None:
    app = app_of(
        ("One", parameter("{{resolve:ssm:/two}}", "/one"), {}),
        ("Two", parameter("{{resolve:ssm:/one}}", "/two"), {}),
        ("Reader", reading("{{resolve:ssm:/one}}"), {}),
    )
    assert reason(read(app)) == "SSM parameter /one refers to itself"
    own = {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Fn::GetAtt": ["P", "Value"]}}}}
    assert (
        reason(Assembly.from_template({"Resources": own}).all_resources[0].get("Value"))
        == "SSM parameter P refers to itself"
    )


def test_values_that_double_end() -> None:
    stacks: list[Any] = [
        (f"S{number}", parameter(f"{{{{resolve:ssm:/{number + 1}}}}}" * 2, f"/{number}"), {}) for number in range(30)
    ]
    app = app_of(*stacks, ("Last", parameter("x" * 100, "/30"), {}), ("Reader", reading("{{resolve:ssm:/0}}"), {}))
    assert read(app).reason == "it is longer than any value that CloudFormation passes on"


def test_long_chains_end() -> None:
    stacks: list[Any] = [
        (f"S{number}", parameter(f"{{{{resolve:ssm:/{number + 1}}}}}", f"/{number}"), {}) for number in range(2000)
    ]
    app = app_of(*stacks, ("Reader", reading("{{resolve:ssm:/0}}"), {}))
    assert reason(read(app)) == "a chain of more than 40 references"


def test_chains_of_absurd_depth_end() -> None:
    def deep(value: Any) -> Any:
        for _ in range(30):
            value = {"Fn::Join": ["", [value]]}
        return value

    stacks: list[Any] = [
        (f"S{number}", parameter(deep({"Fn::Sub": f"{{{{resolve:ssm:/{number + 1}}}}}"}), f"/{number}"), {})
        for number in range(35)
    ]
    app = app_of(*stacks, ("Last", parameter("x", "/35"), {}), ("Reader", reading("{{resolve:ssm:/0}}"), {}))
    assert reason(read(app)).endswith("is nested too deep")


def output_of(**more: Any) -> dict[str, Any]:
    return reading({"Fn::GetStackOutput": {"StackName": "Data", "OutputName": "Out", **more}})


def test_outputs_of_other_stacks_need_no_export() -> None:
    app = app_of(("Data", offering({"Fn::GetAtt": ["Queue", "Arn"]}), EU), ("Reader", output_of(), EU))
    assert app.of_type("AWS::SNS::Subscription")[0].target("Endpoint") is app.of_type("AWS::SQS::Queue")[0]
    far = app_of(("Data", offering("us"), US), ("Reader", output_of(Region="us-east-1"), EU))
    assert read(far) == "us"
    assert reason(read(app_of(("Data", offering("us"), US), ("Reader", output_of(), EU)))) == (
        "output Out of stack Data is not in this app"
    )


def nested(parameters: dict[str, Any], child: dict[str, Any], parent: dict[str, Any] | None = None) -> Assembly:
    """A parent with one nested stack."""
    resource = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": parameters}}
    template = {"Resources": {"Nested": resource, "Queue": {"Type": "AWS::SQS::Queue"}}}
    template["Resources"].update((parent or {}).get("Resources", {}))
    template.update({name: section for name, section in (parent or {}).items() if name != "Resources"})
    assembly = Assembly()
    above = Stack("Parent", template, assembly)
    below = Stack("Reader", child, assembly, parent=above.resources["Nested"])
    assembly.stacks += [above, below]
    return assembly.completed()


STRING = {"Parameters": {"P": {"Type": "String", "Default": "default"}}}


def test_parameters_of_nested_stacks_are_what_the_parent_gives() -> None:
    child = {**reading({"Ref": "P"}), **STRING}
    assert read(nested({"P": "given"}, child)) == "given"
    assert read(nested({}, child)) == "default"
    app = nested({"P": {"Fn::GetAtt": ["Queue", "Arn"]}}, child)
    subscription, queue = app.of_type("AWS::SNS::Subscription")[0], app.of_type("AWS::SQS::Queue")[0]
    assert subscription.target("Endpoint") is queue
    assert queue.referrers("AWS::SNS::Subscription", path="Endpoint") == [subscription]
    listed = {**reading({"Fn::Select": [1, {"Ref": "P"}]}), "Parameters": {"P": {"Type": "CommaDelimitedList"}}}
    assert read(nested({"P": {"Fn::Join": [",", ["a", "b"]]}}, listed)) == "b"


def test_conditions_of_nested_stacks_follow_what_the_parent_gives() -> None:
    child = {
        **reading({"Fn::If": ["C", "yes", "no"]}),
        **STRING,
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "prod"]}},
    }
    assert read(nested({"P": "prod"}, child)) == "yes"
    assert read(nested({"P": "dev"}, child)) == "no"
    parent = {"Parameters": {"Env": {"Type": "String"}}, "Conditions": {"C": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}}}
    app = nested({"P": {"Ref": "Env"}}, child, parent)
    above, below = app.stacks
    both = app.alternatives(lambda: (above.resources["Nested"].exists(), below.resources["S"].get("Endpoint")))
    assert {value for _, (_, value) in both} == {"yes", "no"}


def test_outputs_of_nested_stacks_reach_the_parent() -> None:
    child = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"Arn": {"Value": {"Ref": "Topic"}}}}
    parent = reading({"Fn::GetAtt": ["Nested", "Outputs.Arn"]})
    app = nested({}, child, parent)
    assert app.of_type("AWS::SNS::Subscription")[0].target("Endpoint") is app.of_type("AWS::SNS::Topic")[0]
    assert reason(read(nested({}, {"Resources": {}}, parent), "Parent")) == "output Arn of Nested is not in this app"


def test_a_nested_stack_that_is_given_its_own_output_ends() -> None:
    child = {"Resources": {}, **STRING, "Outputs": {"Out": {"Value": {"Ref": "P"}}}}
    given = {"P": {"Fn::GetAtt": ["Nested", "Outputs.Out"]}}
    app = nested(given, child, reading({"Fn::GetAtt": ["Nested", "Outputs.Out"]}))
    assert "refers to itself" in reason(read(app, "Parent"))
    assert app.graph is not None
