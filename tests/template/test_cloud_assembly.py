"""cdk.out folders: real ones, old ones, damaged ones."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readiness_pack.errors import InputError
from readiness_pack.template import Assembly, Resource
from readiness_pack.template.metadata import user_frame
from tests.template import apps


def one(app: Assembly, type_: str, stack: str) -> Resource:
    (found,) = [resource for resource in app.of_type(type_) if resource.stack.name == stack]
    return found


def test_stacks_have_their_construct_paths_environments_and_stages(shop: Assembly) -> None:
    stacks = {stack.name: stack for stack in shop.stacks}
    assert set(stacks) == {
        *("Prod/Eu/Shop", "Prod/Eu/Shop/Outer", "Prod/Eu/Shop/Outer/Inner", "Dev", "Dev/Outer", "Dev/Outer/Inner"),
        *("Data", "Worker", "Edge", "Site", "Producer", "Consumer", "Included"),
    }
    deepest = stacks["Prod/Eu/Shop/Outer/Inner"]
    assert (deepest.account, deepest.region, deepest.stage) == ("111111111111", "eu-west-1", "Prod/Eu")
    assert (stacks["Dev"].account, stacks["Dev"].region, stacks["Dev"].stage) == (None, None, "")
    assert stacks["Data"].stack_name == "orders-data"
    assert stacks["Prod/Eu/Shop"].stack_name == "Prod-Eu-Shop"
    assert deepest.stack_name is None
    assert deepest.parent is not None
    assert deepest.parent.stack is stacks["Prod/Eu/Shop/Outer"]
    assert stacks["Dev"].template_file == "Dev.template.json"
    assert str(stacks["Prod/Eu/Shop"].template_file).startswith("assembly-Prod/assembly-Prod-Eu/")


def test_resources_have_construct_paths_also_where_logical_ids_repeat(shop: Assembly) -> None:
    paths = {resource.construct_path for resource in shop.all_resources}
    assert None not in paths
    assert {"Dev/Outer/Inner/Orders/Resource", "Prod/Eu/Shop/Outer/Inner/Orders/Resource", "Data/Plain"} <= paths
    assert one(shop, "AWS::SQS::Queue", "Dev").construct_path == "Dev/DeadLetters/Resource"
    assert one(shop, "AWS::SQS::Queue", "Included").construct_path == "Included/Include/Legacy"


def test_the_line_of_the_users_code_is_found(shop: Assembly) -> None:
    file, line = one(shop, "AWS::S3::Bucket", "Dev/Outer/Inner").location("BucketName") or ("", 0)
    source = Path(apps.__file__)
    assert Path(file).resolve() == source
    assert "aws_s3.Bucket(self" in source.read_text().splitlines()[line - 1]


def test_without_recorded_lines_the_template_is_the_place(helpers_out: Path) -> None:
    table = Assembly.load(helpers_out).of_type("AWS::DynamoDB::Table")[0]
    file, line = table.location("KeySchema") or ("", 0)
    assert file == str(helpers_out / "Own.template.json")
    assert '"KeySchema"' in Path(file).read_text().splitlines()[line - 1]


def test_acknowledged_rules_and_other_files_are_kept(shop: Assembly, shop_out: Path) -> None:
    assert shop.acknowledgements == [("Data/Key", {"Readiness::KmsKeyRotationEnabled": "by contract"})]
    assert shop.files["tree.json"] == shop_out / "tree.json"
    assert {"manifest.json", "assembly-Prod/assembly-Prod-Eu/manifest.json", "validation-report.json"} <= set(
        shop.files
    )


@pytest.mark.parametrize("top", ["Dev", "Prod/Eu/Shop"])
def test_dead_letter_queue_two_stacks_above_is_found(shop: Assembly, top: str) -> None:
    orders = one(shop, "AWS::SQS::Queue", f"{top}/Outer/Inner")
    above = one(shop, "AWS::SQS::Queue", top)
    assert orders.target("RedrivePolicy.deadLetterTargetArn") is above
    assert orders in above.referrers("AWS::SQS::Queue", path="RedrivePolicy.deadLetterTargetArn")


def test_outputs_of_nested_stacks_reach_the_policy_above(shop: Assembly) -> None:
    policy = one(shop, "AWS::IAM::ManagedPolicy", "Dev")
    topic, bucket = one(shop, "AWS::SNS::Topic", "Dev/Outer"), one(shop, "AWS::S3::Bucket", "Dev/Outer/Inner")
    assert shop.target(policy.get("PolicyDocument.Statement[0].Resource")) is topic
    assert shop.target(policy.get("PolicyDocument.Statement[1].Resource")) is bucket
    assert {topic, bucket} <= set(policy.targets())


def test_references_to_other_stacks_go_through_exports(shop: Assembly) -> None:
    orders = one(shop, "AWS::SQS::Queue", "Worker")
    assert orders.target("RedrivePolicy.deadLetterTargetArn") is one(shop, "AWS::SQS::Queue", "Data")
    assert (
        orders.target("KmsMasterKeyId")
        is shop.stacks[[s.name for s in shop.stacks].index("Data")].resources["Key961B73FD"]
    )
    policy = one(shop, "AWS::S3::BucketPolicy", "Worker")
    assert policy in one(shop, "AWS::S3::Bucket", "Data").referrers("AWS::S3::BucketPolicy", path="Bucket")


def test_references_to_other_regions_go_through_cdks_custom_resources(shop: Assembly) -> None:
    distribution = one(shop, "AWS::CloudFront::Distribution", "Site")
    certificate = one(shop, "AWS::CertificateManager::Certificate", "Edge")
    path = "DistributionConfig.ViewerCertificate.AcmCertificateArn"
    assert distribution.target(path) is certificate
    assert distribution in certificate.referrers(path=path)


def test_weak_references_go_through_outputs(shop: Assembly) -> None:
    orders = one(shop, "AWS::SQS::Queue", "Consumer")
    queue = one(shop, "AWS::SQS::Queue", "Producer")
    assert orders.target("RedrivePolicy.deadLetterTargetArn") is queue
    assert orders in queue.referrers("AWS::SQS::Queue", path="RedrivePolicy.deadLetterTargetArn")


def test_overrides_and_plain_resources_are_in_the_template(shop: Assembly) -> None:
    assert one(shop, "AWS::S3::Bucket", "Data").get("VersioningConfiguration.Status") == "Suspended"
    plain = next(key for key in shop.of_type("AWS::KMS::Key") if key.logical_id == "Plain")
    assert plain.flag("EnableKeyRotation") is False
    assert one(shop, "AWS::SQS::Queue", "Included").literal_name == "legacy"


def test_a_nested_assembly_may_be_given_alone(shop_out: Path) -> None:
    app = Assembly.load(shop_out / "assembly-Prod")
    assert [stack.name for stack in app.stacks] == ["Prod/Eu/Shop", "Prod/Eu/Shop/Outer", "Prod/Eu/Shop/Outer/Inner"]


# Other versions of CDK ------------------------------------------------------------------------------------------------


@pytest.fixture
def out(shop_out: Path, tmp_path: Path) -> Path:
    """A copy of the shop's cdk.out that a test may change."""
    return Path(shutil.copytree(shop_out, tmp_path / "cdk.out"))


def change(file: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(file.read_text())
    edit(content)
    file.write_text(json.dumps(content))


def names_and_paths(app: Assembly) -> list[tuple[str, str | None]]:
    return [(resource.stack.name, resource.construct_path) for resource in app.all_resources]


def test_tags_of_a_stack_are_read(out: Path) -> None:
    def tag(manifest: dict[str, Any]) -> None:
        manifest["artifacts"]["Data"]["properties"]["tags"] = {"team": "orders", "tier": 1}

    change(out / "manifest.json", tag)
    stacks = {stack.stack_name: stack for stack in Assembly.load(str(out)).stacks}
    assert stacks["orders-data"].tags == {"team": "orders", "tier": "1"}
    assert [name for name, stack in stacks.items() if stack.tags] == ["orders-data"]


def test_metadata_inside_the_manifest_is_read_as_well(out: Path, shop: Assembly) -> None:
    def inline(manifest: dict[str, Any]) -> None:
        for artifact in manifest["artifacts"].values():
            file = artifact.pop("additionalMetadataFile", None)
            if file:
                artifact["metadata"] = json.loads((out / file).read_text())

    change(out / "manifest.json", inline)
    app = Assembly.load(out)
    assert names_and_paths(app) == names_and_paths(shop)
    assert app.acknowledgements == shop.acknowledgements


def _without_template_files(metadata: dict[str, Any]) -> None:
    for entries in metadata.values():
        entries[:] = [entry for entry in entries if entry["type"] != "aws:cdk:templateFile"]


def test_nested_stacks_are_found_by_the_assets_where_metadata_names_no_file(out: Path, shop: Assembly) -> None:
    for file in out.rglob("*.metadata.json"):
        change(file, _without_template_files)
    assert names_and_paths(Assembly.load(out)) == names_and_paths(shop)


def test_nested_stacks_are_found_by_the_asset_path_of_the_resource(out: Path, shop: Assembly) -> None:
    """As the CDK CLI has it written into templates."""

    def name_asset(template: dict[str, Any], file: str) -> None:
        nested = next(raw for raw in template["Resources"].values() if raw["Type"] == "AWS::CloudFormation::Stack")
        nested["Metadata"] = {"aws:asset:path": file, "aws:asset:property": "TemplateURL"}
        nested["Properties"]["TemplateURL"] = {"Ref": "AWS::NoValue"}

    change(out / "Dev.metadata.json", _without_template_files)
    change(out / "Dev.template.json", lambda template: name_asset(template, next(out.glob("DevOuter6*")).name))
    assert names_and_paths(Assembly.load(out)) == names_and_paths(shop)


def test_without_any_metadata_stacks_are_still_nested(out: Path) -> None:
    def forget(manifest: dict[str, Any]) -> None:
        for artifact in manifest["artifacts"].values():
            artifact.pop("additionalMetadataFile", None)
            if artifact["type"] == "aws:cloudformation:stack":
                del artifact["displayName"]

    change(out / "manifest.json", forget)
    app = Assembly.load(out)
    nested = next(
        stack for stack in app.stacks if stack.template_file and stack.template_file.startswith("DevOuterInner")
    )
    assert nested.name.startswith("Dev/OuterNestedStack")
    assert nested.parent is not None
    assert one(app, "AWS::SQS::Queue", nested.name).target("RedrivePolicy.deadLetterTargetArn") is one(
        app, "AWS::SQS::Queue", "Dev"
    )


def test_construct_paths_in_the_template_count_first(out: Path) -> None:
    def name(template: dict[str, Any]) -> None:
        template["Resources"]["Plain"]["Metadata"] = {"aws:cdk:path": "Data/Elsewhere"}

    change(out / "Data.template.json", name)
    assert "Data/Elsewhere" in {resource.construct_path for resource in Assembly.load(out).all_resources}


def test_an_empty_stack_is_a_stack(out: Path) -> None:
    change(out / "Included.template.json", lambda template: template.pop("Resources"))
    included = next(stack for stack in Assembly.load(out).stacks if stack.name == "Included")
    assert included.resources == {}


# Damage ---------------------------------------------------------------------------------------------------------------


def message(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        Assembly.load(path)
    return str(refused.value)


def point(out: Path, **properties: str) -> None:
    change(out / "manifest.json", lambda manifest: manifest["artifacts"]["Data"]["properties"].update(properties))


@pytest.mark.parametrize("name", ["../outside.json", "/etc/passwd", "assembly-Prod/../../outside.json"])
def test_files_outside_of_the_folder_are_refused(out: Path, name: str) -> None:
    (out.parent / "outside.json").write_text('{"Resources": {}}')
    point(out, templateFile=name)
    assert message(out) == f"{out / 'manifest.json'}: names {name!r}, which lies outside of {out}"


def test_links_that_lead_outside_are_refused(out: Path) -> None:
    (out.parent / "outside.json").write_text('{"Resources": {}}')
    (out / "Data.template.json").unlink()
    (out / "Data.template.json").symlink_to(out.parent / "outside.json")
    assert "lies outside" in message(out)
    shutil.rmtree(out / "assembly-Prod")
    (out / "assembly-Prod").symlink_to(out.parent)
    assert "lies outside" in message(out)


def test_a_link_to_the_folder_itself_is_followed(out: Path, shop: Assembly) -> None:
    (out.parent / "link").symlink_to(out)
    assert names_and_paths(Assembly.load(out.parent / "link")) == names_and_paths(shop)


@pytest.mark.parametrize(
    "file", ["Data.template.json", "Data.metadata.json", "DevOuterInnerB0FE67DA.nested.template.json"]
)
def test_files_that_vanished_are_named(out: Path, file: str) -> None:
    (out / file).unlink()
    assert message(out) == f"{out / 'manifest.json'}: names {file!r}, which is not there"


def test_a_stage_that_vanished_is_named(out: Path) -> None:
    shutil.rmtree(out / "assembly-Prod" / "assembly-Prod-Eu")
    assert message(out) == f"{out / 'assembly-Prod' / 'manifest.json'}: names 'assembly-Prod-Eu', which is not there"


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        ("Data.template.json", "{", ":1:2: is not JSON: expecting property name enclosed in double quotes"),
        ("Data.template.json", "[]", ":1:1: is not a CloudFormation template: expected an object, found a list"),
        ("Data.template.json", '{"Resources": {\n"A": {}}}', ":2:1: Resources.A.Type: expected the name of a resource"),
        ("Data.metadata.json", "[]", ": is not what CDK writes: Expected `object`, got `array`"),
        ("Data.metadata.json", "{,", ":1:2: is not JSON: expecting property name enclosed in double quotes"),
        (
            "manifest.json",
            '{"version": "1", "artifacts": []}',
            ": is not what CDK writes: Expected `object`, got `array`",
        ),
        ("manifest.json", '{"version": "1", "artifacts": {}}', ": holds no stack"),
        (
            "manifest.json",
            '{"version": "1", "artifacts": {"A": {"type": "aws:cloudformation:stack"}}}',
            ": artifacts.A names no templateFile",
        ),
    ],
)
def test_damaged_files_are_refused_with_their_place(out: Path, file: str, content: str, problem: str) -> None:
    (out / file).write_text(content)
    assert message(out).startswith(f"{out / file}{problem}")


def test_an_assembly_that_holds_itself_ends(out: Path) -> None:
    here = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}
    change(out / "manifest.json", lambda manifest: manifest["artifacts"].update({"assembly-Self": here}))
    assert "is named as the assembly of more than one Stage" in message(out)


def test_a_template_that_nests_itself_ends(out: Path) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "Data.template.json"}}
    change(out / "Data.template.json", lambda template: template["Resources"].update({"Self": nested}))
    assert message(out).endswith("Data.template.json: nested stacks are more than 32 deep in each other")


def test_a_folder_whose_manifest_is_of_something_else_is_a_folder_of_templates(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "a web app", "version": "1"}')
    (tmp_path / "queue.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}")
    app = Assembly.load(tmp_path)
    assert [stack.name for stack in app.stacks] == ["queue"]
    assert [name for name, _ in app.skipped] == ["manifest.json"]


@pytest.mark.parametrize(
    ("frame", "place"),
    [
        ("__init__ (/srv/shop/stack.py:17)", ("/srv/shop/stack.py", 17)),
        ("<module> (C:\\shop\\app.py:3)", ("C:\\shop\\app.py", 3)),
        ("new Shop (/srv/shop/stack.ts:17:5)", ("/srv/shop/stack.ts", 17)),
        ("Object.<anonymous> (/srv/my (old) shop/bin/app.ts:4:1)", ("/srv/my (old) shop/bin/app.ts", 4)),
        ("/srv/shop/stack.py:17", ("/srv/shop/stack.py", 17)),
        ("...jsii runtime, node internals...", None),
        ("(no user code in 10 frames, use --stack-trace-limit to capture more)", None),
        ("new Queue (/app/node_modules/aws-cdk-lib/aws-sqs/lib/queue.js:1:2)", None),
        ("helper (/venv/lib/python3.12/site-packages/lib/construct.py:9)", None),
        ("Module._compile (node:internal/modules/cjs/loader:1105:14)", None),
        ("", None),
    ],
)
def test_frames_of_the_user_are_told_from_others(frame: str, place: tuple[str, int] | None) -> None:
    assert user_frame(frame) == place
