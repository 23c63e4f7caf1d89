"""What we rely on in the CDK itself: a new version of it that behaves otherwise must not go unnoticed.

Each test bears the name of what it is about, and uses nothing of readiness-pack: where one fails after an upgrade, it is
the CDK that has changed, and the name says where to look. test_cdk_private_contract.py has what is not even public.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import assertions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IConstruct, IMixin, IValidation

from tests.integrations.apps import add_everything
from tests.integrations.synthesis import Result, synth


@jsii.implements(cdk.IPolicyValidationPlugin)
class Watching:
    """A plugin that notes what it is told."""

    def __init__(self, *violations: cdk.PolicyViolation) -> None:
        self.violations = list(violations)
        self.templates: list[list[str]] = []
        self.manifest: list[bool] = []

    @property
    def name(self) -> str:
        return "Watching"

    @property
    def version(self) -> str | None:
        return None

    @property
    def rule_ids(self) -> list[str] | None:
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        assert isinstance(context.app_construct, cdk.App)
        outdir = Path(context.app_construct.outdir)
        assert all(Path(path).is_absolute() for path in context.template_paths)
        self.templates.append(sorted(os.path.relpath(path, outdir) for path in context.template_paths))
        self.manifest.append((outdir / "manifest.json").exists())
        return cdk.PolicyValidationPluginReport(success=not self.violations, violations=self.violations)


def violation(severity: str, *paths: str) -> cdk.PolicyViolation:
    places = [cdk.PolicyViolatingResource(construct_path=path, locations=[]) for path in paths]
    return cdk.PolicyViolation(
        rule_name="Ours::Rule", description="text", severity=severity, violating_resources=places
    )


def in_metadata(result: Result, stack: str, path: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((result.outdir / f"{stack}.metadata.json").read_bytes())[path]
    return entries


# Plugins -------------------------------------------------------------------------------------------------------------


def test_a_plugin_is_told_of_stages_but_not_of_nested_stacks(app: cdk.App, tmp_path: Path) -> None:
    add_everything(app, tmp_path)
    watching = Watching()
    cdk.Validations.of(app).add_plugins(watching)
    synth(app)

    (told,) = watching.templates
    assert len(told) == 6
    assert {Path(name).parent.name for name in told} == {"", "assembly-Prod", "assembly-Prod-Eu"}
    assert watching.manifest == [True]


def test_the_same_plugin_object_is_called_once_for_each_place(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    cdk.Stack(stage, "Vault")
    watching = Watching()
    for scope in (app, stage):
        cdk.Validations.of(scope).add_plugins(watching)
    synth(app)

    assert len(watching.templates) == 2
    assert watching.templates[0] == watching.templates[1]


def test_a_plugin_that_raises_fails_the_synthesis(app: cdk.App) -> None:
    class Raises(Watching):
        def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
            raise ValueError(f"one line about {len(context.template_paths)} template")

    cdk.Stack(app, "Vault")
    cdk.Validations.of(app).add_plugins(Raises())
    result = synth(app)

    assert result.error is not None
    assert "one line about 1 template" in result.error or "ValidationFailed" in result.error


@pytest.mark.parametrize(("severity", "fails"), [("error", True), ("fatal", True), ("warning", True)])
def test_a_report_without_success_fails_by_an_error_named_validation_failed(
    app: cdk.App, severity: str, fails: bool
) -> None:
    kms.Key(cdk.Stack(app, "Vault"), "Key")
    cdk.Validations.of(app).add_plugins(Watching(violation(severity, "Vault/Key")))
    result = synth(app)

    assert (result.error is not None and "ValidationFailed" in result.error) is fails
    assert (result.outdir / "manifest.json").exists(), "all is written before plugins speak"


@pytest.mark.parametrize(("severity", "fails"), [("error", False), ("fatal", True)])
def test_an_acknowledgement_of_the_exact_id_takes_a_violation_out_unless_it_is_fatal(
    app: cdk.App, severity: str, fails: bool
) -> None:
    key = kms.Key(cdk.Stack(app, "Vault"), "Key")
    cdk.Validations.of(key).acknowledge(cdk.Acknowledgment(id="Ours::Rule", reason="For a test."))
    cdk.Validations.of(app).add_plugins(Watching(violation(severity, "Vault/Key")))
    assert (synth(app).error is not None) is fails


def test_an_acknowledgement_of_one_place_leaves_the_others(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Vault")
    key = kms.Key(stack, "Key")
    kms.Key(stack, "Other")
    cdk.Validations.of(key).acknowledge(cdk.Acknowledgment(id="Ours::Rule", reason="For a test."))
    cdk.Validations.of(app).add_plugins(Watching(violation("error", "Vault/Key", "Vault/Other")))
    assert synth(app).error is not None


def test_acknowledgements_are_kept_under_the_path_of_the_construct(app: cdk.App) -> None:
    key = kms.Key(cdk.Stack(app, "Vault"), "Key")
    cdk.Validations.of(key).acknowledge(cdk.Acknowledgment(id="Readiness::Rule", reason="For a test."))
    result = synth(app)

    assert cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY == "aws:cdk:acknowledged-rules"
    found = [entry["data"] for entry in in_metadata(result, "Vault", "/Vault/Key")]
    assert {"Readiness::Rule": "For a test."} in found


def test_acknowledgements_above_the_stacks_are_read_from_the_node(app: cdk.App) -> None:
    cdk.Validations.of(app).acknowledge(cdk.Acknowledgment(id="Readiness::Rule", reason="For a test."))
    entries = [(entry.type, entry.data) for entry in app.node.metadata]
    assert ("aws:cdk:acknowledged-rules", {"Readiness::Rule": "For a test."}) in entries


# Aspects, validations, mixins ----------------------------------------------------------------------------------------


def test_stages_are_synthesized_before_aspects_of_the_app_run(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    cdk.Stack(stage, "Vault")
    seen: list[str] = []

    @jsii.implements(cdk.IAspect)
    class Visits:
        def visit(self, node: IConstruct) -> None:
            seen.append(node.node.path)
            assert (Path(stage.outdir) / "manifest.json").exists()

    cdk.Aspects.of(app).add(Visits())
    result = synth(app)

    assert result.error is None
    assert "" in seen
    assert not any(path.startswith("Prod") for path in seen)


def test_a_validation_made_by_an_aspect_runs_last_and_may_annotate(app: cdk.App) -> None:
    events: list[str] = []
    stack = cdk.Stack(app, "Vault")

    @jsii.implements(IValidation)
    class Validates:
        def validate(self) -> list[str]:
            events.append("validation")
            cdk.Validations.of(stack).add_error("Ours::Rule", "text")
            cdk.Annotations.of(stack).add_error("without an id")
            return []

    @jsii.implements(cdk.IAspect)
    class Registers:
        def visit(self, node: IConstruct) -> None:
            if isinstance(node, cdk.App):
                node.node.add_validation(Validates())

    @jsii.implements(cdk.IAspect)
    class Late:
        def visit(self, node: IConstruct) -> None:
            if isinstance(node, cdk.Stack):
                events.append("late aspect")

    cdk.Aspects.of(app).add(Registers())
    cdk.Aspects.of(app).add(Late(), priority=2000)
    result = synth(app)

    assert events == ["late aspect", "validation"]
    assert [annotation.text for annotation in result.annotations] == ["text (Ours::Rule)", "without an id"]


def test_validations_run_after_references_between_stacks_are_in_place(app: cdk.App) -> None:
    key = kms.Key(cdk.Stack(app, "Vault"), "Key")
    user = cdk.Stack(app, "User")
    sqs.Queue(user, "Queue", encryption_master_key=key)
    seen: list[int] = []

    @jsii.implements(IValidation)
    class Validates:
        def validate(self) -> list[str]:
            outputs = [one for one in app.node.find_all() if isinstance(one, cdk.CfnOutput)]
            seen.append(len(outputs))
            return []

    app.node.add_validation(Validates())
    result = synth(app)

    assert result.error is None
    assert seen == [1], "the export of the key is there"


def test_annotations_on_constructs_of_nested_stacks_reach_the_metadata(app: cdk.App) -> None:
    """Before, an error on one of them failed nothing: CDK showed it nowhere."""
    key = kms.Key(cdk.NestedStack(cdk.Stack(app, "Vault"), "Inner"), "Key")
    cdk.Validations.of(key).add_error("Ours::Rule", "text")
    result = synth(app)

    assert [(one.path, one.text) for one in result.annotations] == [("Vault/Inner/Key", "text (Ours::Rule)")]


def test_what_a_validation_returns_fails_the_synthesis(app: cdk.App) -> None:
    @jsii.implements(IValidation)
    class Complains:
        def validate(self) -> list[str]:
            return ["our complaint"]

    cdk.Stack(app, "Vault")
    app.node.add_validation(Complains())
    result = synth(app)

    assert result.error is not None
    assert "our complaint" in result.error


def test_validations_that_aspects_register_run_once_for_each_stage(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    cdk.Stack(stage, "Vault")
    ran: list[str] = []

    @jsii.implements(IValidation)
    class Validates:
        def validate(self) -> list[str]:
            ran.append("Prod")
            return []

    stage.node.add_validation(Validates())
    synth(app)

    assert ran == ["Prod"]


def test_mixins_are_asked_what_they_support_and_applied_to_that(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Vault")
    kms.CfnKey(stack, "Key", key_policy={})
    applied: list[str] = []

    @jsii.implements(IMixin)
    class Rotates:
        def supports(self, construct: IConstruct) -> bool:
            return isinstance(construct, kms.CfnKey)

        def apply_to(self, construct: IConstruct) -> None:
            applied.append(construct.node.path)
            assert isinstance(construct, kms.CfnKey)
            construct.add_property_override("EnableKeyRotation", True)

    cdk.Mixins.of(stack).apply(Rotates())

    assert applied == ["Vault/Key"]
    template = assertions.Template.from_stack(stack)
    template.has_resource_properties("AWS::KMS::Key", {"EnableKeyRotation": True})


def test_stages_keep_one_assembly_and_stack_of_finds_it(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    stack = cdk.Stack(stage, "Vault")

    assert cdk.Stage.of(stack) is stage
    assert stage.parent_stage is app
    assert Path(stage.synth().directory) == Path(stage.outdir)


# What is written -----------------------------------------------------------------------------------------------------


def test_the_manifest_names_stacks_by_construct_path_and_stages_by_folder(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    cdk.Stack(stage, "Vault", termination_protection=True)
    cdk.Stack(app, "Shop")
    result = synth(app)

    manifest = json.loads((result.outdir / "manifest.json").read_bytes())
    shop = manifest["artifacts"]["Shop"]
    assert shop["type"] == "aws:cloudformation:stack"
    assert shop["displayName"] == "Shop"
    assert shop["environment"] == "aws://unknown-account/unknown-region"
    assert shop["properties"]["templateFile"] == "Shop.template.json"
    assert not shop["properties"].get("terminationProtection", False)
    assert manifest["artifacts"]["Tree"]["type"] == "cdk:tree"
    below = manifest["artifacts"]["assembly-Prod"]
    assert (below["type"], below["properties"]["directoryName"]) == ("cdk:cloud-assembly", "assembly-Prod")
    assert below["properties"]["displayName"] == "Prod"
    inner = json.loads((result.outdir / "assembly-Prod" / "manifest.json").read_bytes())
    (vault,) = [one for one in inner["artifacts"].values() if one["type"] == "aws:cloudformation:stack"]
    assert vault["displayName"].split(" ")[0] == "Prod/Vault"
    assert vault["properties"]["terminationProtection"] is True


@pytest.mark.parametrize("paths", [True, False])
def test_logical_ids_stand_in_the_metadata_file_with_and_without_path_metadata(tmp_path: Path, paths: bool) -> None:
    context = {"aws:cdk:enable-path-metadata": paths}
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), context=context, analytics_reporting=False)
    stack = cdk.Stack(app, "Vault")
    kms.Key(stack, "Key")
    result = synth(app)

    (logical_id,) = assertions.Template.from_stack(stack).find_resources("AWS::KMS::Key")
    found = in_metadata(result, "Vault", "/Vault/Key/Resource")
    assert (logical_id, "aws:cdk:logicalId") in [(entry["data"], entry["type"]) for entry in found]


def test_nested_stacks_are_recorded_in_the_metadata_of_the_outer_one(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Vault")
    nested = cdk.NestedStack(stack, "Inner")
    kms.Key(nested, "Key")
    result = synth(app)

    entries = in_metadata(result, "Vault", "/Vault/Inner.NestedStack/Inner.NestedStackResource")
    assert any(entry["type"] == "aws:cdk:logicalId" for entry in entries)
    assert in_metadata(result, "Vault", "/Vault/Inner/Key/Resource"), "what is nested stands in the same file"
    assets = json.loads((result.outdir / "Vault.assets.json").read_bytes())["files"]
    assert nested.template_file in {asset["source"]["path"] for asset in assets.values()}


def test_the_tree_names_every_construct_with_its_class(app: cdk.App) -> None:
    kms.Key(cdk.Stack(app, "Vault"), "Key")
    result = synth(app)

    tree = json.loads((result.outdir / "tree.json").read_bytes())["tree"]
    key = tree["children"]["Vault"]["children"]["Key"]["children"]["Resource"]
    assert key["path"] == "Vault/Key/Resource"
    assert key["attributes"]["aws:cdk:cloudformation:type"] == "AWS::KMS::Key"


def test_metadata_of_ones_own_is_kept_under_its_type(app: cdk.App) -> None:
    key = kms.Key(cdk.Stack(app, "Vault"), "Key")
    key.node.add_metadata("readiness:waiver", {"rule": "Rule", "reason": "For a test."})
    result = synth(app)

    found = [(entry["type"], entry["data"]) for entry in in_metadata(result, "Vault", "/Vault/Key")]
    assert ("readiness:waiver", {"rule": "Rule", "reason": "For a test."}) in found


def test_each_synthesis_writes_the_manifest_anew(app: cdk.App) -> None:
    cdk.Stack(app, "Vault")
    stamps = set()
    for _ in range(2):
        status = (synth(app, force=True).outdir / "manifest.json").stat()
        stamps.add((status.st_mtime_ns, status.st_ino))
    assert len(stamps) == 2


def test_no_finding_of_cdk_itself_where_the_environment_says_so(app: cdk.App) -> None:
    """CDK_VALIDATION=false, which tests/conftest.py sets."""
    stack = cdk.Stack(app, "Vault")
    cdk.CfnResource(stack, "Key", type="AWS::KMS::Key", properties={"KeyUsage": "NO_SUCH_USAGE", "NoSuchProperty": 1})
    result = synth(app)

    assert result.error is None
    assert list(result.outdir.glob("*validation-report.json")) == []


def test_the_folder_to_write_to_comes_by_an_environment_variable(tmp_path: Path) -> None:
    code = "import aws_cdk as cdk; app = cdk.App(); cdk.Stack(app, 'Shop'); app.synth()"
    variables = {**os.environ, "CDK_OUTDIR": str(tmp_path / "given")}
    subprocess.run([sys.executable, "-c", code], env=variables, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "given" / "manifest.json").exists()


def test_constructs_are_found_by_id_and_keep_their_identity(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Vault")
    scope = Construct(stack, "Below")

    assert app.node.try_find_child("Vault") is stack
    assert stack.node.try_find_child("nothing") is None
    assert any(one is scope for one in app.node.find_all())
    assert scope.node.root is app
