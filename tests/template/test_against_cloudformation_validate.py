"""Our values beside those of AWS's own engine, cloudformation-validate's TemplateModel.

Where it says CONCRETE, we say the same value; where CONDITIONAL or ENUM, the same set of values. It works with pseudo
parameters of its own choice (us-east-1, account 123456789012), which we are told to assume.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cloudformation_validate import TemplateContent, TemplateModel

from readiness_pack.template import Assembly, Assume, Resource, Stack, conditions, is_known

ASSUME = Assume(
    parameters={
        "AWS::Region": "us-east-1",
        "AWS::AccountId": "123456789012",
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackName": "teststack",
    }
)

DIFFERENCES = {
    "zones": "Fn::GetAZs: it lists zones of us-east-1; which ones an account has, only AWS knows.",
    "own condition": "It gives values that a resource has only where its own Condition does not hold.",
    "decided condition": "It gives both branches of a condition that the template decides, such as comparing two texts.",
    "worlds": "It combines branches that exclude each other; ours share the parameter that they compare.",
    "numbers": "It gives the values of a Number parameter as text; so does CloudFormation, to which both are the same.",
}
"""Where the two may differ, and why."""

Place = tuple[str | int, ...]


def kind(value: Any) -> str:
    """The variant of one of their enumerations."""
    return type(value).__name__.rsplit(".", 1)[-1]


def concrete(value: Any) -> Any:
    """A JsonValue as Python data."""
    match kind(value):
        case "NULL":
            return None
        case "ARRAY":
            return [concrete(item) for item in value.items]
        case "OBJECT":
            return {key: concrete(part) for key, part in value.entries.items()}
        case _:
            return value.value


def possible(value: Any, assigned: dict[str, bool]) -> list[Any]:
    """What a resolved value of theirs may be when the conditions are as ``assigned``. Raises :class:`LookupError`."""
    match kind(value):
        case "CONCRETE":
            return [concrete(value.value)]
        case "CONDITIONAL":
            return possible(value.if_true if assigned[value.condition] else value.if_false, assigned)
        case "ENUM_VALUE":
            return [one for variant in value.variants for one in possible(variant, assigned)]
        case "LIST_VALUE":
            sides = [possible(item, assigned) for item in value.items]
            return [[part for part in row if part is not None] for row in bounded(sides)]
        case "MAP":
            sides = [possible(entry.value, assigned) for entry in value.entries]
            keys = [entry.key for entry in value.entries]
            return [
                {key: part for key, part in zip(keys, row, strict=True) if part is not None} for row in bounded(sides)
            ]
        case other:
            raise LookupError(other)


def bounded(sides: list[list[Any]]) -> list[tuple[Any, ...]]:
    rows = 1
    for side in sides:
        rows *= len(side)
    if rows > 200:
        raise LookupError("too many combinations")
    return list(itertools.product(*sides))


def conditions_in(value: Any) -> set[str]:
    match kind(value):
        case "CONDITIONAL":
            return {value.condition} | conditions_in(value.if_true) | conditions_in(value.if_false)
        case "LIST_VALUE":
            return {name for item in value.items for name in conditions_in(item)}
        case "MAP":
            return {name for entry in value.entries for name in conditions_in(entry.value)}
        case "ENUM_VALUE":
            return {name for item in value.variants for name in conditions_in(item)}
        case _:
            return set()


def leaves(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """The largest parts of a property that they know wholly."""
    try:
        for row in itertools.product((True, False), repeat=len(conditions_in(value))):
            possible(value, dict(zip(sorted(conditions_in(value)), row, strict=True)))
        yield place, value
    except LookupError:
        match kind(value):
            case "MAP":
                for entry in value.entries:
                    if "[" not in entry.key and "." not in entry.key:
                        yield from leaves(entry.value, (*place, entry.key))
            case "LIST_VALUE" if not any(kind(item) in ("CONDITIONAL", "CONCRETE") for item in value.items):
                for number, item in enumerate(value.items):
                    yield from leaves(item, (*place, number))
            case _:
                pass


def spelled(place: Place) -> str:
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def frozen(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def ours(resource: Resource, path: str) -> set[str] | None:
    """What we say in each world in which the resource exists; ``None`` where something is not known."""

    def read() -> Any:
        return resource.get(path) if resource.exists() else ...

    found = [value for _, value in resource.assembly.alternatives(read)]
    if any(not wholly_known(value) for value in found if value is not ...):
        return None
    return {frozen(value) for value in found if value is not ...}


def wholly_known(value: Any) -> bool:
    if isinstance(value, dict):
        return all(wholly_known(part) for part in value.values())
    if isinstance(value, list):
        return all(wholly_known(part) for part in value)
    return is_known(value)


def without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_none(part) for key, part in value.items() if part is not None}
    return [without_none(part) for part in value if part is not None] if isinstance(value, list) else value


def mismatches(template: dict[str, Any], seen: Counter[str]) -> Iterator[str]:
    """Every part on which we differ without a reason of :data:`DIFFERENCES`."""
    stack = Assembly.from_template(template, assume=ASSUME).stacks[0]
    for logical_id, theirs in TemplateModel(TemplateContent(json.dumps(template))).resources().items():
        resource = stack.resources.get(logical_id)
        if resource is None:
            yield f"{logical_id} is missing"
            continue
        for name, value in theirs.properties.items():
            if "." in name or "[" in name:
                continue
            for place, leaf in leaves(value, (name,)):
                problem = differs(resource, place, leaf, stack, seen)
                if problem:
                    yield f"{logical_id}.{spelled(place)}: {problem}"


def differs(resource: Resource, place: Place, leaf: Any, stack: Stack, seen: Counter[str]) -> str | None:
    names = sorted(conditions_in(leaf))
    theirs: set[str] = set()
    for row in itertools.product((True, False), repeat=len(names)):
        theirs |= {frozen(without_none(one)) for one in possible(leaf, dict(zip(names, row, strict=True)))}
    mine = ours(resource, spelled(place))
    seen[kind(leaf)] += 1
    if mine == theirs:
        return None
    reason = explanation(resource, mine, theirs, names, stack)
    if reason is not None:
        seen[reason] += 1
        return None
    return f"theirs {sorted(theirs)}, ours {sorted(mine) if mine is not None else resource.get(spelled(place))!r}"


def explanation(
    resource: Resource, mine: set[str] | None, theirs: set[str], names: list[str], stack: Stack
) -> str | None:
    """The entry of :data:`DIFFERENCES` that says why we differ."""
    if mine is None:
        return "zones" if "Fn::GetAZs" in json.dumps(resource.raw) else None
    if {value.strip('"') for value in mine} == {value.strip('"') for value in theirs}:
        return "numbers"
    if not mine < theirs:
        return None
    if "Condition" in resource.raw:
        return "own condition"
    if len(names) > 1:
        return "worlds"
    return "decided condition" if names and decided(names[0], stack) else None


def decided(condition: str, stack: Stack) -> bool:
    """Whether our model leaves a condition no choice."""
    return len(stack.assembly.alternatives(lambda: conditions.holds(condition, stack))) == 1


def test_the_guard_registry_resolves_alike(shared: Path) -> None:
    cases = (shared / "corpus" / "guard-registry" / "cases.jsonl").read_text().splitlines()
    templates = {json.dumps(json.loads(line)["template"], sort_keys=True) for line in cases}
    seen: Counter[str] = Counter()
    problems = [
        problem
        for template in sorted(templates)
        if has_resources(decoded := json.loads(template))
        for problem in mismatches(decoded, seen)
    ]
    assert problems == []
    assert seen["CONCRETE"] > 3000
    assert set(seen) - {"CONCRETE", "CONDITIONAL", "ENUM_VALUE", "LIST_VALUE", "MAP"} <= set(DIFFERENCES)


def has_resources(template: dict[str, Any]) -> bool:
    resources = template.get("Resources")
    return isinstance(resources, dict) and bool(resources) and all(isinstance(raw, dict) for raw in resources.values())


PARAMETERS = {
    "Env": {"Type": "String", "AllowedValues": ["dev", "prod"], "Default": "dev"},
    "Size": {"Type": "Number", "AllowedValues": [1, 2, 3], "Default": 2},
    "Name": {"Type": "String", "Default": "orders"},
    "Open": {"Type": "String"},
    "Zones": {"Type": "CommaDelimitedList", "Default": "a, b"},
}
CONDITIONS = {
    "IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
    "IsDev": {"Fn::Equals": [{"Ref": "Env"}, "dev"]},
    "IsOpen": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Open"}, ""]}]},
    "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsOpen"}]},
    "Never": {"Fn::Equals": ["a", "b"]},
}
MAPPINGS = {
    "Regions": {"us-east-1": {"Ami": "ami-1", "Sizes": ["s", "m"]}, "eu-west-1": {"Ami": "ami-2", "Sizes": ["l"]}},
    "Envs": {"dev": {"Days": 1}, "prod": {"Days": 30}},
}
NOTHING = {"Ref": "AWS::NoValue"}

VALUES: dict[str, Any] = {
    "plain": {"a": [1, True, "x", {"b": 1.5}]},
    "default": {"Ref": "Name"},
    "allowed values": {"Ref": "Env"},
    "allowed numbers": {"Ref": "Size"},
    "list": {"Ref": "Zones"},
    "pseudo": [{"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"}, {"Ref": "AWS::Partition"}],
    "if": {"Fn::If": ["IsProd", 1, 2]},
    "nested if": {"Fn::If": ["IsProd", {"Fn::If": ["IsOpen", 1, 2]}, 3]},
    "if under the same condition": {"Fn::If": ["IsProd", {"Fn::If": ["IsProd", 1, 2]}, 3]},
    "if under the opposite condition": {"Fn::If": ["IsProd", {"Fn::If": ["IsDev", 1, 2]}, 3]},
    "if under both": {"Fn::If": ["Both", {"Fn::If": ["IsProd", 1, 2]}, 3]},
    "if never": {"Fn::If": ["Never", 1, 2]},
    "if nothing": {"a": {"Fn::If": ["IsProd", 1, NOTHING]}, "b": 2},
    "if in list": [{"Fn::If": ["IsProd", 1, NOTHING]}, 2],
    "two ifs": [{"Fn::If": ["IsProd", 1, 2]}, {"Fn::If": ["IsOpen", 3, 4]}],
    "the same if twice": [{"Fn::If": ["IsProd", 1, 2]}, {"Fn::If": ["IsProd", 3, 4]}],
    "join": {"Fn::Join": ["-", [{"Ref": "Name"}, "x", {"Ref": "AWS::Region"}]]},
    "join of allowed values": {"Fn::Join": ["-", [{"Ref": "Env"}, "x"]]},
    "join of a list": {"Fn::Join": ["/", {"Ref": "Zones"}]},
    "sub": {"Fn::Sub": "${Name}-${AWS::Region}-${!Literal}"},
    "sub with variables": {"Fn::Sub": ["${A}-${Name}", {"A": {"Ref": "Env"}}]},
    "select": {"Fn::Select": [1, ["a", "b"]]},
    "select with text": {"Fn::Select": ["0", {"Ref": "Zones"}]},
    "split": {"Fn::Split": ["/", "a/b/c"]},
    "select of split": {"Fn::Select": [2, {"Fn::Split": ["/", "a/b/c"]}]},
    "map": {"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Ami"]},
    "map of list": {"Fn::FindInMap": ["Regions", "eu-west-1", "Sizes"]},
    "map by allowed values": {"Fn::FindInMap": ["Envs", {"Ref": "Env"}, "Days"]},
    "base64": {"Fn::Base64": "text"},
    "base64 of sub": {"Fn::Base64": {"Fn::Sub": "${Name}"}},
    "cidr": {"Fn::Cidr": ["10.0.0.0/16", 3, 8]},
    "cidr by default": {"Fn::Cidr": ["192.168.0.0/24", 6, 5]},
    "zones": {"Fn::GetAZs": ""},
    "length": {"Fn::Length": {"Ref": "Zones"}},
    "json": {"Fn::ToJsonString": {"a": [1, "x"], "b": {"Ref": "Name"}}},
    "condition functions": {"Fn::If": ["Both", "both", "not both"]},
}


@pytest.mark.parametrize("own_condition", [None, "IsProd", "Both"])
@pytest.mark.parametrize("name", VALUES)
def test_every_intrinsic_resolves_alike(name: str, own_condition: str | None) -> None:
    resource = {"Type": "AWS::SNS::Topic", "Properties": {"Value": VALUES[name]}}
    if own_condition:
        resource["Condition"] = own_condition
    sections = {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Mappings": MAPPINGS}
    template = {"Transform": "AWS::LanguageExtensions", **sections, "Resources": {"Topic": resource}}
    seen: Counter[str] = Counter()
    assert list(mismatches(template, seen)) == []
    if name == "select with text":  # an index that is text is unknown to it; CloudFormation takes it
        assert ours(Assembly.from_template(template).all_resources[0], "Value") == {'"a"'}
    else:
        assert seen.total() > 0, "nothing was compared"


@pytest.mark.parametrize("app", ["shop", "helpers"])
def test_cdk_apps_resolve_alike(app: str, request: pytest.FixtureRequest) -> None:
    out: Path = request.getfixturevalue(f"{app}_out")
    seen: Counter[str] = Counter()
    for file in sorted(out.rglob("*.template.json")):
        assert list(mismatches(json.loads(file.read_text()), seen)) == [], file.name
    assert seen["CONCRETE"] > 40


def test_the_unready_example_resolves_alike(example_out: Path) -> None:
    seen: Counter[str] = Counter()
    for file in sorted(example_out.rglob("*.template.json")):
        assert list(mismatches(json.loads(file.read_text()), seen)) == [], file.name
    assert seen["CONCRETE"] > 100
