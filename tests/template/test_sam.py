"""AWS SAM: our translation beside that of SAM's own translator, and what nobody can say.

The oracle is the package aws-sam-translator, the code that the transform itself runs.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from readiness_pack.template import Assembly, Assume, Reference, Resource, Text, Unknown
from readiness_pack.template.source import Source
from tests.template.conftest import Write

TEMPLATES = sorted((Path(__file__).parent / "sam").glob("*.yaml"))

ASSUME = Assume(
    parameters={
        "AWS::Region": "eu-west-1",
        "AWS::AccountId": "111111111111",
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackName": "shop",
    }
)
MANAGED_POLICIES = {
    "AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "AmazonSQSFullAccess": "arn:aws:iam::aws:policy/AmazonSQSFullAccess",
    "AmazonS3ReadOnlyAccess": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
}


@cache
def apps(path: Path) -> tuple[Assembly, Assembly]:
    """The template as we read it, and as SAM's translator hands it to CloudFormation."""
    ours = Assembly.load(path, ASSUME)
    session = boto3.Session(region_name="eu-west-1")
    template = Source(path).decode()
    translated = Translator(MANAGED_POLICIES, Parser(), boto_session=session).translate(template, {})
    return ours, Assembly.from_template(json.loads(json.dumps(translated, default=dict)), assume=ASSUME)


def names(ours: Assembly, theirs: Assembly) -> dict[str, str]:
    """SAM's logical id -> ours: without the hash of the content, and domain names after their API."""
    found: dict[str, str] = {}
    for logical_id, resource in theirs.stacks[0].resources.items():
        bare = re.sub(r"[0-9a-f]{10}\Z", "", logical_id)
        if resource.type.endswith("::DomainName"):
            (bare,) = [mine.logical_id for mine in ours.by_type.get(resource.type, ())]
        found[logical_id] = logical_id if logical_id in ours.stacks[0].resources else bare
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_the_same_resources_are_made_under_the_same_logical_ids(path: Path) -> None:
    ours, theirs = apps(path)
    renamed = {names(ours, theirs)[name]: one for name, one in theirs.stacks[0].resources.items()}
    unsaid = {name.split(".")[-1] for name, _, _ in ours.stacks[0].untranslated}
    if "Route53" in unsaid:
        renamed = {name: one for name, one in renamed.items() if one.type != "AWS::Route53::RecordSetGroup"}
    mine = ours.stacks[0].resources
    assert {name: one.type for name, one in mine.items()} == {name: one.type for name, one in renamed.items()}
    for attribute in ("Condition", "DeletionPolicy", "DependsOn", "UpdatePolicy", "UpdateReplacePolicy"):
        for name, one in renamed.items():
            if attribute == "Condition" and ours.stacks[0].resources[name].raw.get("Condition", "").endswith(
                "ApiCondition"
            ):
                continue  # the same alternatives under a name of SAM's
            assert mine[name].raw.get(attribute) == one.raw.get(attribute), (name, attribute)


UNSAID = {
    "events": {
        "FnRole.Policies.PolicyDocument": "only SAM's policy template DynamoDBCrudPolicy says what is allowed",
        "MRole.Policies.PolicyDocument": "only SAM's policy template LambdaInvokePolicy says what is allowed",
    },
    "settings": {
        "Api.Body": "SAM writes the definition of the API from its events and authorizers",
        "FnRole.Policies.PolicyDocument": "SAM writes what an event of type",
        "H.Body": "SAM writes the definition of the API from its events and authorizers",
        "ServerlessRestApi.Body.paths./m.post": "SAM writes the integration",
    },
    "globals": {
        "ServerlessHttpApi.Body": "SAM writes the definition of the API from its events and authorizers",
        "ServerlessRestApi.Body": "SAM writes the definition of the API from its events and authorizers",
    },
}
"""What is unknown here although SAM says it, with the reason; nothing else may be."""

DIFFERENT = {
    "Description",  # of a deployment: a hash
    "Parameters",  # of an API: endpointConfigurationTypes, which only its import reads
    "tags",  # in the body of an HTTP API
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_their_properties_are_the_same(path: Path) -> None:
    ours, theirs = apps(path)
    renamed = names(ours, theirs)
    unsaid: dict[str, str] = {}
    for name, resource in theirs.stacks[0].resources.items():
        mine = ours.stacks[0].resources.get(renamed[name])
        if mine is not None:
            expected, found = plain(resource.get(), renamed), plain(mine.get(), {})
            compare(expected, found, mine.logical_id, unsaid)
    assert set(unsaid) == set(UNSAID[path.stem])
    for place, why in unsaid.items():
        assert why.startswith(UNSAID[path.stem][place]), place


def plain(value: Any, renamed: dict[str, str]) -> Any:
    """A resolved value as data that can be compared over two apps; what is unknown stays."""
    if isinstance(value, dict):
        kept = {key: plain(part, renamed) for key, part in value.items() if key not in DIFFERENT}
        if "Statement" in kept:
            kept.pop("Version", None)  # SAM leaves it out of the policies that it writes
        return kept
    if isinstance(value, list):
        return [plain(part, renamed) for part in value]
    if isinstance(value, Reference):
        resource: Resource = value.resource
        return f"${{{renamed.get(resource.logical_id, resource.logical_id)}.{value.attribute}}}"
    if isinstance(value, Text):
        return "".join(part if isinstance(part, str) else str(plain(part, renamed)) for part in value.parts)
    return value


def compare(expected: Any, found: Any, place: str, unsaid: dict[str, str]) -> None:
    if isinstance(found, Unknown):
        if not isinstance(expected, Unknown):
            unsaid[place] = found.reason
        return
    if place.endswith(".DefinitionString"):
        expected, found = json.loads(expected), json.loads(found)
    if place.endswith((".Policies", ".ManagedPolicyArns")) and isinstance(expected, list):
        expected, found = sorted(expected or [], key=name_of), sorted(found or [], key=name_of)
    if place.endswith(".Action") and isinstance(found, str):
        expected, found = expected.lower(), found.lower()
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in {**expected, **found}:
            if expected.get(key) in (None, []) and found.get(key) in (None, []):
                continue
            compare(expected.get(key), found.get(key), f"{place}.{key}", unsaid)
    elif isinstance(expected, list) and isinstance(found, list) and not place.endswith(".paths"):
        if any(isinstance(part, dict) and "PolicyName" in part for part in (*expected, *found)):
            theirs, mine = ({part["PolicyName"]: part for part in side} for side in (expected, found))
            for name in set(theirs) & set(mine):
                compare(theirs[name], mine[name], place, unsaid)
            extra = {
                name for name in mine if name not in theirs and not isinstance(mine[name]["PolicyDocument"], Unknown)
            }
            assert not extra, place
            for name in set(mine) - set(theirs):
                unsaid[f"{place}.PolicyDocument"] = mine[name]["PolicyDocument"].reason
            left = set(theirs) - set(mine)
            assert not left or f"{place}.PolicyDocument" in unsaid, (place, left)
            return
        assert len(expected) == len(found), (place, expected, found)
        for one, other in zip(expected, found, strict=True):
            compare(one, other, place, unsaid)
    else:
        assert expected == found, place


def name_of(policy: Any) -> str:
    return str(policy.get("PolicyName")) if isinstance(policy, dict) else str(policy)


def test_references_to_what_sam_makes_are_followed() -> None:
    ours, _ = apps(TEMPLATES[[path.stem for path in TEMPLATES].index("globals")])
    stack = ours.stacks[0]
    alarm = stack.resources["Alarm"]
    targets = [alarm.target(f"Dimensions[{number}].Value") for number in (2, 3, 4)]
    assert [target and target.logical_id for target in targets] == [
        "WriterVersion",
        "WriterAliaslive",
        "ServerlessRestApiProdStage",
    ]
    assert stack.outputs["Alias"]["Value"] == {"Fn::Sub": "alias ${WriterAliaslive}"}
    assert stack.resources["InlineRole"] in stack.resources["Inline"].targets()


def test_the_implicit_api_exists_if_one_of_its_functions_does() -> None:
    ours, _ = apps(TEMPLATES[[path.stem for path in TEMPLATES].index("globals")])
    condition = ours.stacks[0].resources["ServerlessRestApi"].raw["Condition"]
    assert ours.stacks[0].conditions[condition] == {"Fn::Or": [{"Condition": "One"}, {"Condition": "Two"}]}


def test_resources_that_sam_alone_can_say_are_kept_with_the_reason() -> None:
    connector = {"Type": "AWS::Serverless::Connector", "Properties": {}}
    graphql = {"Type": "AWS::Serverless::GraphQLApi"}
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"C": connector, "G": graphql}}
    stack = Assembly.from_template(template).stacks[0]
    assert stack.resources == {}
    assert stack.untranslated == [
        ("C", "AWS::Serverless::Connector", "only SAM says which resources AWS::Serverless::Connector makes"),
        ("G", "AWS::Serverless::GraphQLApi", "only SAM says which resources AWS::Serverless::GraphQLApi makes"),
    ]


def test_code_that_is_not_packaged_yet_is_unknown_and_nothing_else() -> None:
    properties = {"CodeUri": "./src", "Handler": "a.b", "Timeout": 3}
    function = translated({"F": {"Type": "AWS::Serverless::Function", "Properties": properties}})["F"]
    code = function.get("Code.S3Bucket")
    assert isinstance(code, Unknown)
    assert code.reason == "./src is uploaded when the template is packaged"
    assert function.get("Timeout") == 3


def translated(resources: dict[str, Any]) -> dict[str, Resource]:
    return (
        Assembly.from_template({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}).stacks[0].resources
    )


def test_without_the_transform_nothing_is_translated() -> None:
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Timeout": 3}}
    app = Assembly.from_template({"Resources": {"F": function}})
    assert [resource.type for resource in app.all_resources] == ["AWS::Serverless::Function"]


def test_the_place_of_what_sam_makes_is_the_resource_it_comes_from(write: Write) -> None:
    text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Timeout: 3\n"
    path = write("t.yaml", text)
    resources = Assembly.load(path).stacks[0].resources
    assert resources["FRole"].location() == (str(path), 3)
    assert resources["F"].location("Timeout") == (str(path), 6)


NONSENSE: list[Any] = [None, "text", 7, [], [1], {}, {"Fn::If": ["C", {}, {}]}, {"a": {"b": None}}]


@pytest.mark.parametrize("wrong", NONSENSE, ids=str)
def test_wrong_types_anywhere_do_no_harm(wrong: Any) -> None:
    for path in TEMPLATES:
        template = Source(path).decode()
        for logical_id, raw in template["Resources"].items():
            for name in raw.get("Properties", {}):
                changed = json.loads(json.dumps(template))
                changed["Resources"][logical_id]["Properties"][name] = wrong
                for event in (
                    (changed["Resources"][logical_id]["Properties"].get("Events") or {}) if name != "Events" else ()
                ):
                    changed["Resources"][logical_id]["Properties"]["Events"][event]["Properties"] = wrong
                app = Assembly.from_template(changed)
                for resource in app.all_resources:
                    app.alternatives(resource.get)
