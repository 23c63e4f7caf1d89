"""What holds for every template, sensible or not."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from readiness_pack.errors import InputError
from readiness_pack.template import Assembly, Assume, Reference, Resource, Text, Unknown
from readiness_pack.template.source import Source
from readiness_pack.template.worlds import MAX_WORLDS, Fork, World, entered
from tests.template import strategies


def worlds(app: Assembly, read: Callable[[], Any]) -> list[Any]:
    """What ``read`` gives in each world; unlike ``Assembly.alternatives`` it lets every exception through."""
    found: list[Any] = []
    waiting: list[World] = [app.world]
    while waiting and len(found) + len(waiting) <= MAX_WORLDS:
        world = waiting.pop()
        with entered(app, world):
            try:
                found.append(read())
            except Fork as fork:
                waiting += [world.assuming(key, value) for key, value in reversed(fork.choice.options)]
    return found


def shown(value: Any) -> Any:
    """A resolved value as data that can be compared over two apps."""
    if isinstance(value, Unknown):
        return f"unknown: {value.reason}"
    if isinstance(value, Reference):
        return f"reference: {value}"
    if isinstance(value, Text):
        return [shown(part) for part in value.parts]
    if isinstance(value, dict):
        return {key: shown(part) for key, part in value.items()}
    return [shown(part) for part in value] if isinstance(value, list) else value


def everything(app: Assembly, logical_ids: set[str] | None = None) -> dict[str, list[str]]:
    """Every value of every resource in every world, order of worlds aside."""
    return {
        f"{resource.stack.name}/{resource.logical_id}": sorted(
            {json.dumps(shown(value), sort_keys=True) for value in worlds(app, resource.get)}
        )
        for resource in app.all_resources
        if logical_ids is None or resource.logical_id in logical_ids
    }


def touch(resource: Resource) -> None:
    """Ask a resource everything that a rule may ask."""
    app = resource.assembly
    for path in ("V", "V[0]", "V.k", "V[0].k.k", "W.Statement", "@Metadata.k", "@DependsOn", "Name"):
        worlds(app, lambda: resource.get(path))  # noqa: B023
        worlds(app, lambda: resource.each(f"{path}[*].k"))  # noqa: B023
    app.alternatives(resource.exists)
    app.alternatives(resource.referrers)
    app.alternatives(resource.edges_out)
    app.alternatives(lambda: resource.target("V"))


@given(strategies.templates)
@settings(max_examples=150)
def test_resolving_never_raises(template: dict[str, Any]) -> None:
    app = Assembly.from_template(template)
    for resource in app.all_resources:
        touch(resource)
    everything(app)


@given(strategies.templates)
@settings(max_examples=80)
def test_resolving_is_deterministic_whatever_was_asked_before(template: dict[str, Any]) -> None:
    fresh = everything(Assembly.from_template(template))
    app = Assembly.from_template(template)
    for resource in reversed(app.all_resources):
        touch(resource)
    assert app.graph is not None
    assert everything(app) == fresh
    assert everything(app) == fresh


def turned(value: Any) -> Any:
    """``value`` with the keys of every map in reverse order."""
    if isinstance(value, dict):
        return {key: turned(part) for key, part in reversed(value.items())}
    return [turned(part) for part in value] if isinstance(value, list) else value


@given(strategies.templates)
@settings(max_examples=80)
def test_the_order_of_keys_does_not_matter(template: dict[str, Any]) -> None:
    assume("Fn::ToJsonString" not in json.dumps(template))  # its text has the keys in the order in which they stand
    assert everything(Assembly.from_template(turned(template))) == everything(Assembly.from_template(template))


@given(strategies.templates, strategies.resources)
@settings(max_examples=80)
def test_an_unrelated_resource_changes_no_value(template: dict[str, Any], more: dict[str, Any]) -> None:
    before = everything(Assembly.from_template(template))
    # A parameter of SSM or a reader of them would be related: what they hold is looked up by name.
    unrelated = {**more, "Type": "AWS::SNS::Topic"}
    resources = {"Unrelated": unrelated, **template["Resources"]}
    app = Assembly.from_template({**template, "Resources": resources})
    assert everything(app, set(template["Resources"])) == before


def written_out(value: Any, condition: str, wanted: bool) -> Any:
    """``value`` with the branch of ``condition`` in place of each ``Fn::If`` on it."""
    if isinstance(value, list):
        return [written_out(part, condition, wanted) for part in value]
    if not isinstance(value, dict):
        return value
    branches = value.get("Fn::If")
    if len(value) == 1 and isinstance(branches, list) and len(branches) == 3 and branches[0] == condition:
        return written_out(branches[1 if wanted else 2], condition, wanted)
    return {key: written_out(part, condition, wanted) for key, part in value.items()}


@given(strategies.templates, st.booleans())
@settings(max_examples=80)
def test_an_assumed_condition_equals_its_branch_written_out(template: dict[str, Any], wanted: bool) -> None:
    template["Conditions"]["X"] = {"Fn::Equals": [{"Ref": "Own"}, "x"]}
    template["Parameters"]["Own"] = {"Type": "String"}
    for raw in template["Resources"].values():
        if raw.get("Condition") == "X":
            del raw["Condition"]
    assumed = Assembly.from_template(template, assume=Assume(conditions={"X": wanted}))
    plain = {**template, "Conditions": {**template["Conditions"], "X": {"Fn::Equals": ["a", "a" if wanted else "b"]}}}
    sections = {name: written_out(plain[name], "X", wanted) for name in ("Resources", "Outputs")}
    assert everything(assumed) == everything(Assembly.from_template({**plain, **sections}))


@given(strategies.templates, strategies.templates)
@settings(max_examples=60)
def test_several_stacks_that_refer_to_each_other_never_raise(one: dict[str, Any], two: dict[str, Any]) -> None:
    app = Assembly.from_templates({"One": one, "Two": two})
    nesting = [resource for resource in app.all_resources if resource.type == "AWS::CloudFormation::Stack"]
    for resource, stack in zip(nesting, reversed(app.stacks), strict=False):
        stack.parent = resource  # also a stack that nests itself, which no folder gives
    for resource in app.all_resources:
        touch(resource)
    everything(app)


# Damaged and generated input -----------------------------------------------------------------------------------------


def load(content: bytes, name: str) -> Assembly | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            return Assembly.load(path)
        except InputError as error:
            message = str(error)
        assert str(path) in message
        assert "\n" not in message
        return None


@pytest.mark.fuzz
@given(strategies.json_data, st.sampled_from(["t.json", "t.yaml", "t.template"]))
@settings(max_examples=150)
def test_any_json_is_a_template_or_a_clear_error(data: Any, name: str) -> None:
    load(json.dumps(data).encode(), name)


@pytest.mark.fuzz
@given(strategies.json_data)
@settings(max_examples=150)
def test_any_resources_are_resources_or_a_clear_error(data: Any) -> None:
    template = {
        "Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"],
        "Resources": data,
        "Globals": data,
    }
    app = load(json.dumps(template).encode(), "t.json")
    for resource in app.all_resources if app else ():
        touch(resource)


@pytest.mark.fuzz
@given(st.binary(max_size=60), st.sampled_from(["t.json", "t.yaml"]))
@settings(max_examples=150)
def test_any_bytes_are_a_clear_error(content: bytes, name: str) -> None:
    assert load(content, name) is None


@pytest.mark.fuzz
@given(st.text(alphabet="a:-[]{}!&*?|>'\"%@`#, \n\t<=~0.1", max_size=40))
@example("!GetAtt")
@example("!If [!Ref]")
@example("a: !GetAtt {b: c}")
@settings(max_examples=300)
def test_any_yaml_decodes_or_is_a_clear_error(text: str) -> None:
    source = Source.from_text(text, "t.yaml")
    refused = None
    try:
        json.dumps(source.decode())
    except InputError as error:
        refused = error
    assert refused is None or refused.line is not None
    source.position(("a", "b", 0))


@pytest.mark.fuzz
@given(strategies.templates, st.data())
@settings(max_examples=60)
def test_damaged_templates_are_read_or_a_clear_error(template: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(template, indent=1)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    app = load(
        (text[:start] + data.draw(st.sampled_from(["", "{", '"', "[", "\0", "é"])) + text[end:]).encode(), "t.json"
    )
    for resource in app.all_resources if app else ():
        touch(resource)


@pytest.mark.fuzz
@given(strategies.templates)
@settings(max_examples=40)
def test_json_and_yaml_of_the_same_template_are_the_same(template: dict[str, Any]) -> None:
    text = json.dumps(template)
    assert Source.from_text(text, "t.json").decode() == Source.from_text(text, "t.yaml").decode() == template
    assert Source.from_text(text, "t.json").decode(machine_made=True) == template
    flow = Source.from_text(f"--- {text}\n", "t.yaml")  # no JSON, so that it is read as YAML
    assert not flow.is_json
    assert flow.decode() == template
