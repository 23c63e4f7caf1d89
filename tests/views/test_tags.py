"""Tags, whatever their shape."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Undecided
from readiness_pack.template.views import tags
from tests.views.building import PROD, app, apps, get, in_each_world, ref, when

OWNER = {"Key": "Owner", "Value": "shop"}
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "list": ("AWS::SNS::Topic", {"Tags": [OWNER]}),
    "map": ("AWS::SSM::Parameter", {"Tags": {"Owner": "shop"}}),
    "file system": ("AWS::EFS::FileSystem", {"FileSystemTags": [OWNER]}),
    "hosted zone": ("AWS::Route53::HostedZone", {"HostedZoneTags": [OWNER]}),
    "user pool": ("AWS::Cognito::UserPool", {"UserPoolTags": {"Owner": "shop"}}),
    "vault": ("AWS::Backup::BackupVault", {"BackupVaultTags": {"Owner": "shop"}}),
    "launch template": (
        "AWS::EC2::LaunchTemplate",
        {"TagSpecifications": [{"ResourceType": "launch-template", "Tags": [OWNER]}]},
    ),
    "group": ("AWS::AutoScaling::AutoScalingGroup", {"Tags": [{**OWNER, "PropagateAtLaunch": True}]}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape(shape: str) -> None:
    view = tags(get(app({"R": SHAPES[shape]}), "R"))
    assert view.taggable
    assert view.get("Owner") == "shop"
    assert "Owner" in view
    assert view.get("CostCenter") is None
    assert dict(view) == {"Owner": "shop"}


def test_types_that_take_no_tags() -> None:
    view = tags(get(app({"R": ("AWS::IAM::Policy", {"Tags": [OWNER]})}), "R"))
    assert not view.taggable
    assert view.path is None
    assert dict(view) == {}


def test_stack_tags_count_and_own_ones_win() -> None:
    assembly = app({"R": SHAPES["list"], "P": ("AWS::IAM::Policy", {})})
    assembly.stacks[0].tags = {"Owner": "platform", "Stage": "prod"}
    assert dict(tags(get(assembly, "R"))) == {"Owner": "shop", "Stage": "prod"}
    assert dict(tags(get(assembly, "P"))) == {}


def test_tags_of_outer_stacks_reach_nested_ones() -> None:
    assembly = apps(
        Outer={"Resources": {"Nested": ("AWS::CloudFormation::Stack", {"TemplateURL": "Inner.json"})}},
        Inner={"Resources": {"R": ("AWS::SNS::Topic", {})}},
    )
    outer, inner = assembly.stacks
    inner.parent = get(assembly, "Nested")
    outer.tags = {"Owner": "platform"}
    assert tags(get(assembly, "R")).get("Owner") == "platform"


def test_an_unknown_key_makes_absence_undecided() -> None:
    resource = ("AWS::SNS::Topic", {"Tags": [OWNER, {"Key": ref("Name"), "Value": "x"}]})
    view = tags(get(app({"R": resource}, Parameters={"Name": {"Type": "String"}}), "R"))
    assert view.get("Owner") == "shop"
    assert view.known == {"Owner": "shop"}
    for question in (lambda: view.get("CostCenter"), lambda: "CostCenter" in view, lambda: len(view)):
        with pytest.raises(Undecided, match="parameter Name"):
            question()


def test_a_partly_known_key_excludes_others() -> None:
    resource = ("AWS::SNS::Topic", {"Tags": [{"Key": {"Fn::Sub": "team:${Name}"}, "Value": "x"}]})
    view = tags(get(app({"R": resource}, Parameters={"Name": {"Type": "String"}}), "R"))
    assert view.get("Owner") is None
    with pytest.raises(Undecided):
        view.get("team:a")


def test_an_unknown_list() -> None:
    resource = ("AWS::SNS::Topic", {"Tags": ref("All")})
    assembly = app({"R": resource}, Parameters={"All": {"Type": "CommaDelimitedList"}})
    with pytest.raises(Undecided, match="parameter All"):
        tags(get(assembly, "R")).get("Owner")
    assembly.stacks[0].tags = {"Owner": "platform"}
    assert "Owner" in tags(get(assembly, "R"))
    with pytest.raises(Undecided):
        tags(get(assembly, "R")).get("Owner")  # its own list may say otherwise


def test_a_conditional_neighbour_is_not_looked_at() -> None:
    resource = ("AWS::SNS::Topic", {"Tags": [when("IsProd", {"Key": "Backup", "Value": "yes"}), OWNER]})
    assembly = app({"R": resource}, **PROD)
    view = tags(get(assembly, "R"))
    assert in_each_world(assembly, lambda: view.get("Owner")) == {"": "shop"}
    assert in_each_world(assembly, lambda: view.get("Backup")) == {"True": "yes", "False": None}


def test_a_conditional_value() -> None:
    resource = ("AWS::SSM::Parameter", {"Tags": {"Stage": when("IsProd", "prod", "dev")}})
    assembly = app({"R": resource}, **PROD)
    view = tags(get(assembly, "R"))
    assert in_each_world(assembly, lambda: view.get("Stage")) == {"True": "prod", "False": "dev"}


def test_an_unknown_value_is_a_tag_all_the_same() -> None:
    resource = ("AWS::SNS::Topic", {"Tags": [{"Key": "Owner", "Value": ref("Team")}]})
    view = tags(get(app({"R": resource}, Parameters={"Team": {"Type": "String"}}), "R"))
    assert "Owner" in view
    with pytest.raises(Undecided, match="parameter Team"):
        assert view.get("Owner") == "shop"
