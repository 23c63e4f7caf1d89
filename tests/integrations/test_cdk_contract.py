"""What we rely on in the CDK itself: a new version of it that behaves otherwise must not go unnoticed."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import jsii
from aws_cdk import aws_kms as kms
from constructs import IConstruct, IValidation

from tests.integrations.apps import add_everything
from tests.integrations.synthesis import synth


@jsii.implements(cdk.IPolicyValidationPlugin)
class Watching:
    """A plugin that notes what it is told."""

    def __init__(self) -> None:
        self.stacks: list[list[str]] = []
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
        self.stacks.append(sorted(stack.stack_construct_path for stack in context.stack_templates))
        self.manifest.append((Path(context.app_construct.outdir) / "manifest.json").exists())
        return cdk.PolicyValidationPluginReport(success=True, violations=[])


def test_a_plugin_is_told_of_stages_but_not_of_nested_stacks(app: cdk.App, tmp_path: Path) -> None:
    add_everything(app, tmp_path)
    watching = Watching()
    cdk.Validations.of(app).add_plugins(watching)
    synth(app)

    names = [f"{prefix}{name}" for prefix in ("", "Prod/", "Prod/Eu/") for name in ("Queues", "Shop")]
    assert watching.stacks == [sorted(names)]
    assert watching.manifest == [True]


def test_the_same_plugin_object_is_called_once_for_each_place(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    cdk.Stack(stage, "Vault")
    watching = Watching()
    for scope in (app, stage):
        cdk.Validations.of(scope).add_plugins(watching)
    synth(app)

    assert watching.stacks == [["Prod/Vault"], ["Prod/Vault"]]


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


def test_acknowledgements_are_kept_under_the_path_of_the_construct(app: cdk.App) -> None:
    key = kms.Key(cdk.Stack(app, "Vault"), "Key")
    cdk.Validations.of(key).acknowledge(cdk.Acknowledgment(id="Readiness::Rule", reason="For a test."))
    result = synth(app)

    entries = json.loads((result.outdir / "Vault.metadata.json").read_bytes())["/Vault/Key"]
    assert {"Readiness::Rule": "For a test."} in [entry["data"] for entry in entries]


def test_a_plugin_that_raises_fails_the_synthesis(app: cdk.App) -> None:
    class Raises(Watching):
        def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
            raise ValueError(f"one line about {len(context.template_paths)} template")

    cdk.Stack(app, "Vault")
    cdk.Validations.of(app).add_plugins(Raises())
    result = synth(app)

    assert result.error is not None
    assert "one line about 1 template" in result.error
