"""What we rely on that the CDK and jsii do not promise: names with an underscore, texts of errors, ways to call.

As in test_cdk_contract.py, each test bears the name of what it is about. Where one fails, look at who uses it in
src/readiness_pack/integrations, and whether a public way has come.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from aws_cdk.cx_api import CloudAssemblyBuilder
from constructs import IConstruct, IMixin

from readiness_pack.integrations.cdk.live import Session
from tests.integrations.synthesis import synth


def test_synthesize_template_of_a_synthesizer_writes_one_stack_and_registers_nothing(
    app: cdk.App, tmp_path: Path
) -> None:
    """``integrations/cdk/live.py`` and ``fixes/reading.py`` read stacks so before CDK has written them."""
    stack = cdk.Stack(app, "Vault")
    kms.Key(stack, "Key")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    session = cast("cdk.ISynthesisSession", Session(CloudAssemblyBuilder(str(folder)), str(folder)))
    synthesizer = cdk.BootstraplessSynthesizer()
    synthesizer.bind(stack)
    synthesizer._synthesize_template(session)

    written = json.loads((folder / stack.template_file).read_bytes())
    assert [one["Type"] for one in written["Resources"].values()] == ["AWS::KMS::Key"]
    assert synth(app).error is None, "the stack is synthesized as if nothing had been"


def test_a_cloud_assembly_builder_of_ones_own_writes_what_synthesizers_add(app: cdk.App, tmp_path: Path) -> None:
    stack = cdk.Stack(app, "Vault")
    folder = tmp_path / "elsewhere"
    builder = CloudAssemblyBuilder(str(folder))
    synthesizer = cdk.BootstraplessSynthesizer()
    synthesizer.bind(stack)
    synthesizer.synthesize(cast("cdk.ISynthesisSession", Session(builder, str(folder))))
    builder.build_assembly()

    assert "Vault" in json.loads((folder / "manifest.json").read_bytes())["artifacts"]


def test_cfn_properties_are_those_of_the_construct_without_overrides(app: cdk.App) -> None:
    """``fixes/reading.py`` and ``fixes/guard.py`` tell by them what the user set afterwards."""
    stack = cdk.Stack(app, "Vault")
    key = kms.CfnKey(stack, "Key", key_policy={}, enable_key_rotation=False)
    key.add_property_override("EnableKeyRotation", True)
    held = stack.resolve(key._cfn_properties)

    assert held["enableKeyRotation"] is False
    assert stack.resolve(key._render_properties(held))["EnableKeyRotation"] is False


def test_mixins_are_applied_from_a_python_frame_named_apply_or_with(app: cdk.App) -> None:
    """``fixes/reading.py`` tells by that frame when one call ends and another begins."""
    import sys

    frames: list[tuple[str, str]] = []

    @jsii.implements(IMixin)
    class Looks:
        def supports(self, construct: IConstruct) -> bool:
            return isinstance(construct, kms.CfnKey)

        def apply_to(self, construct: IConstruct) -> None:
            frame: Any = sys._getframe()
            while frame is not None:
                frames.append((str(frame.f_globals.get("__name__")).split(".")[0], frame.f_code.co_name))
                frame = frame.f_back

    stack = cdk.Stack(app, "Vault")
    key = kms.CfnKey(stack, "Key", key_policy={})
    cdk.Mixins.of(stack).apply(Looks())
    assert ("aws_cdk", "apply") in frames
    frames.clear()
    key.with_(Looks())
    assert any(name == "with_" and module in ("aws_cdk", "constructs") for module, name in frames)


def test_l1_classes_of_the_cdk_know_their_type_and_live_in_aws_cdk(app: cdk.App) -> None:
    key = kms.CfnKey(cdk.Stack(app, "Vault"), "Key", key_policy={})

    assert key.cfn_resource_type == "AWS::KMS::Key"
    assert type(key).__module__.startswith("aws_cdk")


def test_a_dependency_can_be_added_by_one_of_two_names(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Vault")
    first, second = (sqs.CfnQueue(stack, name) for name in ("First", "Second"))
    add = getattr(first, "add_resource_dependency", None) or first.add_dependency
    add(second)
    written = json.loads((synth(app).outdir / "Vault.template.json").read_bytes())

    assert written["Resources"]["First"]["DependsOn"] == ["Second"]


def test_errors_of_javascript_are_the_cause_of_a_runtime_error(app: cdk.App) -> None:
    """``integrations/cdk/aspect.py`` tells complaints of CDK from mistakes of ours by it."""
    stack = cdk.Stack(app, "Vault")
    with pytest.raises(RuntimeError) as raised:
        cdk.Stack(app, "Vault")
    assert isinstance(raised.value.__cause__, jsii.errors.JavaScriptError)
    assert stack.node.path == "Vault"


def test_jsii_keeps_a_way_to_an_answer_that_is_not_read(app: cdk.App) -> None:
    """``integrations/cdk_nag/calls.py`` copies a report in one crossing; without it, it takes the long way."""
    unread = getattr(getattr(jsii.invoke, "__func__", None), "__wrapped__", None)

    assert unread is not None, "cdk-nag's reports are read with a call for each field: slower, not wrong"
    stack = cdk.Stack(app, "Vault")
    assert unread(jsii.kernel, stack, "toString", []) == stack.to_string()


def test_annotations_may_be_part_of_the_validation_report(tmp_path: Path) -> None:
    """``integrations/cdk/aspect.py`` asks this context key; a CDK that does not know it shows annotations as before."""
    context = {"@aws-cdk/core:annotationsInValidationReport": True}
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), context=context, analytics_reporting=False)
    cdk.Validations.of(cdk.Stack(app, "Vault")).add_error("Ours::Rule", "text")
    result = synth(app)

    in_report = [one for one in result.outdir.glob("*validation-report.json") if "Ours::Rule" in one.read_text("utf-8")]
    assert in_report or [one.text for one in result.annotations] == ["text (Ours::Rule)"]
