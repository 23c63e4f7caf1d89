"""The Aspect door: when it judges, what it judges, and where it says so."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import assertions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IConstruct

from readiness_pack import ReadinessChecks
from tests.integrations.apps import add_alarm, rotated_key
from tests.integrations.synthesis import (
    INTRUDER,
    KEEP_FILES,
    LETS_NO_PLUGIN_REPLACE_FILES,
    Result,
    new_app,
    synth,
)

KEYS = "KmsKeyRotationEnabled"
QUEUES = "SqsQueueHasDeadLetterQueue"
IN_REPORT = "@aws-cdk/core:annotationsInValidationReport"


@jsii.implements(cdk.IAspect)
class SetRotation:
    """Somebody else's Aspect: changes every key."""

    def __init__(self, value: bool) -> None:
        self.value = value

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, kms.CfnKey):
            node.enable_key_rotation = self.value
            node.rotation_period_in_days = 365


def test_constructs_are_annotated_with_the_rule_and_its_fix(app: cdk.App) -> None:
    kms.Key(cdk.Stack(app, "Vault"), "Key")
    cdk.Aspects.of(app).add(ReadinessChecks())
    result = synth(app)

    assert result.error is None, "annotations fail under the CDK CLI only"
    (annotation,) = [annotation for annotation in result.annotations if annotation.rule == KEYS]
    assert (annotation.path, annotation.level) == ("Vault/Key/Resource", "error")
    assert "enable_key_rotation=True" in annotation.text
    assert annotation.text.endswith(f"(Readiness::{KEYS})")


def test_cdk_finds_them_with_assertions(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Vault")
    kms.Key(stack, "Key")
    cdk.Aspects.of(app).add(ReadinessChecks())

    assertions.Annotations.from_stack(stack).has_error(
        "/Vault/Key/Resource", assertions.Match.string_like_regexp(f"Readiness::{KEYS}")
    )


@pytest.mark.parametrize("with_metadata", [True, False])
def test_annotations_land_with_and_without_path_metadata(tmp_path: Path, with_metadata: bool) -> None:
    app = cdk.App(
        outdir=str(tmp_path / "cdk.out"),
        analytics_reporting=False,
        context={"aws:cdk:enable-path-metadata": with_metadata},
    )
    stack = cdk.Stack(app, "Vault")
    kms.Key(cdk.NestedStack(cdk.NestedStack(stack, "Outer"), "Inner"), "Key")
    kms.CfnKey(stack, "Renamed", enable_key_rotation=False).override_logical_id("Another")
    cdk.Aspects.of(app).add(ReadinessChecks())
    result = synth(app)

    assert sorted(result.annotated(KEYS)) == ["Vault/Outer/Inner/Key/Resource", "Vault/Renamed"]
    template = (result.outdir / "Vault.template.json").read_text(encoding="utf-8")
    assert ("aws:cdk:path" in template) is with_metadata


@pytest.mark.parametrize("first", [True, False], ids=["added before", "added after"])
@pytest.mark.parametrize("priority", [10, 500, 2000])
@pytest.mark.parametrize("rotates", [True, False])
def test_aspects_of_every_priority_have_run(app: cdk.App, first: bool, priority: int, rotates: bool) -> None:
    stack = cdk.Stack(app, "Vault")
    (kms.Key if rotates else rotated_key)(stack, "Key")
    if first:
        cdk.Aspects.of(stack).add(SetRotation(rotates), priority=priority)
    cdk.Aspects.of(app).add(ReadinessChecks())
    if not first:
        cdk.Aspects.of(stack).add(SetRotation(rotates), priority=priority)
    result = synth(app)

    assert result.annotated(KEYS) == ([] if rotates else ["Vault/Key/Resource"])


def test_constructs_that_other_aspects_make_are_judged(app: cdk.App) -> None:
    @jsii.implements(cdk.IAspect)
    class AddKey:
        def visit(self, node: IConstruct) -> None:
            if isinstance(node, cdk.Stack) and node.node.try_find_child("Late") is None:
                kms.Key(node, "Late")

    cdk.Stack(app, "Vault")
    cdk.Aspects.of(app).add(ReadinessChecks(), priority=1)
    cdk.Aspects.of(app).add(AddKey(), priority=2000)

    assert synth(app).annotated(KEYS) == ["Vault/Late/Resource"]


def test_overrides_plain_resources_and_included_templates_are_seen(by_aspect: Result) -> None:
    annotated = by_aspect.annotated(KEYS)

    assert {"Shop/Overridden/Resource", "Shop/Plain", "Shop/Included/IncludedKey"} <= set(annotated)


def test_stages_are_judged_by_their_own_aspect(by_aspect: Result) -> None:
    assert "Prod/Eu/Shop/Outer/Inner/InnerKey/Resource" in by_aspect.annotated(KEYS)
    assert by_aspect.annotated("StageNotJudged") == []
    assert by_aspect.error is None


@pytest.mark.parametrize("scope", ["key", "stack", "construct", "stage", "app"])
def test_what_is_acknowledged_is_not_annotated(app: cdk.App, scope: str) -> None:
    stage = cdk.Stage(app, "Prod")
    construct = Construct(stage, "Group")
    stack = cdk.Stack(construct, "Vault")
    key = kms.Key(stack, "Key")
    where = {"key": key, "stack": stack, "construct": construct, "stage": stage, "app": app}[scope]
    acknowledgment = cdk.Acknowledgment(id=f"Readiness::{KEYS}", reason="This key is rotated by hand.")
    cdk.Validations.of(where).acknowledge(acknowledgment)
    cdk.Aspects.of(stage).add(ReadinessChecks())
    result = synth(app)

    assert result.annotated(KEYS) == []
    assert {f["decision"]["state"] for f in result.findings if f["rule"] == KEYS} == {"acknowledged"}


# Scopes --------------------------------------------------------------------------------------------------------------


def test_it_judges_the_scope_and_sees_partners_outside(app: cdk.App) -> None:
    partner = cdk.Stack(app, "Partner")
    dlq = sqs.Queue(partner, "Dlq")
    add_alarm(partner, "Alarm", dlq)
    sqs.Queue(partner, "Unjudged")
    stack = cdk.Stack(app, "Shop")
    sqs.Queue(stack, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dlq, max_receive_count=3))
    sqs.Queue(stack, "Lost")
    cdk.Aspects.of(stack).add(ReadinessChecks())
    result = synth(app)

    assert result.annotated(QUEUES) == ["Shop/Lost/Resource"]
    assert {finding["stack"] for finding in result.findings} == {"Shop"}


def test_it_judges_below_a_construct(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop")
    for name in ("Inside", "InsideToo", "Outside"):
        part = Construct(stack, name)
        kms.Key(part, "Key")
        if name != "Outside":
            cdk.Aspects.of(part).add(ReadinessChecks())
    result = synth(app)

    assert sorted(result.annotated(KEYS)) == ["Shop/Inside/Key/Resource", "Shop/InsideToo/Key/Resource"]
    assert result.document["summary"]["resources"] == 2


def test_one_object_on_several_scopes(app: cdk.App) -> None:
    checks = ReadinessChecks()
    for name in ("A", "B", "C"):
        stack = cdk.Stack(app, name)
        kms.Key(stack, "Key")
        if name != "C":
            cdk.Aspects.of(stack).add(checks)
    result = synth(app)

    assert sorted(result.annotated(KEYS)) == ["A/Key/Resource", "B/Key/Resource"]
    assert sorted(result.paths(KEYS)) == ["A/Key/Resource", "B/Key/Resource"]


@pytest.mark.parametrize("same_object", [True, False])
def test_scopes_in_scopes_report_once(app: cdk.App, same_object: bool) -> None:
    checks = ReadinessChecks()
    stack = cdk.Stack(app, "Vault")
    key = kms.Key(stack, "Key")
    for scope in (app, stack, key, app):
        cdk.Aspects.of(scope).add(checks if same_object else ReadinessChecks())
    result = synth(app)

    assert result.annotated(KEYS) == ["Vault/Key/Resource"]
    assert result.paths(KEYS) == ["Vault/Key/Resource"]
    assert result.document["summary"]["resources"] == 1


def test_aspects_of_different_settings_add_up(app: cdk.App, tmp_path: Path) -> None:
    """What one reports as a warning, the other may fail for."""
    lenient = tmp_path / "lenient.yaml"
    lenient.write_text("fail_on: never\n", encoding="utf-8")
    kms.Key(cdk.Stack(app, "Vault"), "Key")
    cdk.Aspects.of(app).add(ReadinessChecks(config=lenient))
    cdk.Aspects.of(app).add(ReadinessChecks())
    result = synth(app)

    assert result.annotated(KEYS, "warning") == ["Vault/Key/Resource"]
    assert result.annotated(KEYS, "error") == ["Vault/Key/Resource"]
    assert result.paths(KEYS) == ["Vault/Key/Resource"]


# Stages --------------------------------------------------------------------------------------------------------------


def test_a_stage_that_is_left_out_is_an_error(app: cdk.App) -> None:
    kms.Key(cdk.Stack(cdk.Stage(app, "Prod"), "Vault"), "Key")
    cdk.Stack(app, "Own")
    cdk.Aspects.of(app).add(ReadinessChecks())
    result = synth(app)

    (annotation,) = [annotation for annotation in result.annotations if annotation.rule == "StageNotJudged"]
    assert (annotation.path, annotation.level) == ("Own", "error")
    assert "Stage Prod (1 stack)" in annotation.text
    assert "cdk.Aspects.of(stage).add(ReadinessChecks())" in annotation.text
    assert "cdk.Validations.of(app).add_plugins(ReadinessChecks())" in annotation.text


def test_a_stage_in_a_stage_that_is_left_out_is_an_error(app: cdk.App) -> None:
    outer = cdk.Stage(app, "Prod")
    cdk.Stack(outer, "Vault")
    cdk.Stack(cdk.Stage(outer, "Eu"), "Vault")
    cdk.Aspects.of(outer).add(ReadinessChecks())
    result = synth(app)

    (annotation,) = [annotation for annotation in result.annotations if annotation.rule == "StageNotJudged"]
    assert annotation.path == "Prod/Vault"
    assert "Stage Prod/Eu " in annotation.text


def test_where_no_stack_can_show_it_the_synthesis_fails(app: cdk.App) -> None:
    """An App of Stages alone: CDK shows annotations of stacks, and there are none that could carry it."""
    cdk.Stack(cdk.Stage(app, "Prod"), "Vault")
    cdk.Aspects.of(app).add(ReadinessChecks())
    result = synth(app)

    assert result.error is not None
    assert "Stage Prod (1 stack) was not judged" in result.error


def test_with_annotations_in_the_report_the_stage_shows_it(tmp_path: Path) -> None:
    app = cdk.App(
        outdir=str(tmp_path / "cdk.out"),
        analytics_reporting=False,
        context={IN_REPORT: True},
    )
    cdk.Stack(cdk.Stage(app, "Prod"), "Vault")
    cdk.Aspects.of(app).add(ReadinessChecks())
    result = synth(app)

    assert result.error is not None
    assert "Readiness::StageNotJudged" in result.error
    assert result.error.count("was not judged") == 1


def test_with_annotations_in_the_report_python_alone_fails(tmp_path: Path) -> None:
    app = cdk.App(
        outdir=str(tmp_path / "cdk.out"),
        analytics_reporting=False,
        context={IN_REPORT: True},
    )
    kms.Key(cdk.Stack(app, "Vault"), "Key")
    cdk.Aspects.of(app).add(ReadinessChecks())
    result = synth(app)

    assert result.error is not None
    assert f"Readiness::{KEYS}" in result.error


def test_a_stage_without_stacks_of_its_own_needs_no_aspect(app: cdk.App) -> None:
    outer = cdk.Stage(app, "Prod")
    inner = cdk.Stage(outer, "Eu")
    kms.Key(cdk.Stack(inner, "Vault"), "Key")
    cdk.Stack(app, "Own")
    cdk.Aspects.of(app).add(ReadinessChecks())
    cdk.Aspects.of(inner).add(ReadinessChecks())
    result = synth(app)

    assert result.annotated("StageNotJudged") == []
    assert result.annotated(KEYS) == ["Prod/Eu/Vault/Key/Resource"]


# With the plugin, and again ------------------------------------------------------------------------------------------


def test_with_the_plugin_nothing_is_said_twice(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    kms.Key(cdk.Stack(stage, "Vault"), "Key")
    kms.Key(cdk.Stack(app, "Own"), "Key")
    for scope in (app, stage):
        cdk.Aspects.of(scope).add(ReadinessChecks())
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    result = synth(app)

    assert sorted(result.annotated(KEYS)) == ["Own/Key/Resource", "Prod/Vault/Key/Resource"]
    assert result.handed_over(KEYS) == []
    assert result.error is not None, "the plugin fails python alone, too"
    assert "are annotated on their constructs" in result.error
    assert sorted(result.paths(KEYS)) == ["Own/Key/Resource", "Prod/Vault/Key/Resource"]


def test_with_a_stricter_plugin_its_findings_are_handed_over(app: cdk.App, tmp_path: Path) -> None:
    lenient = tmp_path / "lenient.yaml"
    lenient.write_text("fail_on: never\n", encoding="utf-8")
    kms.Key(cdk.Stack(app, "Vault"), "Key")
    cdk.Aspects.of(app).add(ReadinessChecks(config=lenient))
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    result = synth(app)

    assert result.annotated(KEYS, "warning") == ["Vault/Key/Resource"]
    assert result.error is not None
    if LETS_NO_PLUGIN_REPLACE_FILES:
        assert INTRUDER in result.error, "it fails all the same, and says less"
    else:
        assert result.handed_over(KEYS) == ["Vault/Key/Resource"]


def test_with_the_plugin_what_the_aspect_does_not_see_is_handed_over(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Vault")
    kms.Key(stack, "Key")
    kms.Key(cdk.Stack(app, "Other"), "Key")
    cdk.Aspects.of(stack).add(ReadinessChecks())
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    result = synth(app)

    assert result.annotated(KEYS) == ["Vault/Key/Resource"]
    assert result.error is not None
    if LETS_NO_PLUGIN_REPLACE_FILES:
        assert INTRUDER in result.error, "it fails all the same, and says less"
    else:
        assert result.handed_over(KEYS) == ["Other/Key/Resource"]


@pytest.mark.parametrize("everywhere", [True, False])
def test_with_the_plugin_where_plugins_may_replace_no_file(tmp_path: Path, everywhere: bool) -> None:
    """Aspects that see what the plugin sees leave a report that fits; otherwise CDK refuses to go on."""
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False, **KEEP_FILES)
    stage = cdk.Stage(app, "Prod")
    for scope in (stage, app):
        kms.Key(cdk.Stack(scope, "Vault"), "Key")
    for scope in (app, stage) if everywhere else (stage,):
        cdk.Aspects.of(scope).add(ReadinessChecks())
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    result = synth(app)

    assert result.error is not None
    assert ("are annotated on their constructs" in result.error) is everywhere
    assert (INTRUDER in result.error) is not everywhere
    assert sorted(result.paths(KEYS)) == ["Prod/Vault/Key/Resource", "Vault/Key/Resource"]


def test_a_second_synthesis_is_judged_anew(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    keys = [kms.Key(cdk.Stack(scope, "Vault"), "Key") for scope in (app, stage)]
    for scope in (app, stage):
        cdk.Aspects.of(scope).add(ReadinessChecks())
    assert len(synth(app).paths(KEYS)) == 2
    for key in keys:
        resource = key.node.default_child
        assert isinstance(resource, kms.CfnKey)
        resource.enable_key_rotation = True
        resource.rotation_period_in_days = 365

    assert synth(app, force=True).paths(KEYS) == []


# Bounds, and what stands in the way ----------------------------------------------------------------------------------


def test_every_stack_has_its_own_places(app: cdk.App) -> None:
    """`cdk deploy B` looks at B's annotations only, so those of A must not use up what may be shown."""
    for name, number in (("A", 12), ("B", 1)):
        stack = cdk.Stack(app, name)
        nested = cdk.NestedStack(stack, "Inner")
        for index in range(number):
            kms.Key(nested if index % 2 else stack, f"Key{index}")
    cdk.Aspects.of(app).add(ReadinessChecks())
    result = synth(app)

    annotated = result.annotated(KEYS)
    assert sum(path.startswith("A/") for path in annotated) == 10
    assert annotated.count("B/Key0/Resource") == 1
    assert "(and 2 more places: cdk.out/readiness-report.json)" in " ".join(a.text for a in result.annotations)
    assert len(result.paths(KEYS)) == 13


def test_stacks_may_have_synthesizers_of_their_own(app: cdk.App) -> None:
    for name, synthesizer in (
        ("Legacy", cdk.LegacyStackSynthesizer()),
        ("Bare", cdk.BootstraplessSynthesizer()),
        ("Cli", cdk.CliCredentialsStackSynthesizer()),
    ):
        kms.Key(cdk.Stack(app, name, synthesizer=synthesizer), "Key")
    cdk.Aspects.of(app).add(ReadinessChecks())

    assert sorted(synth(app).annotated(KEYS)) == ["Bare/Key/Resource", "Cli/Key/Resource", "Legacy/Key/Resource"]


def test_the_templates_are_the_same_with_and_without_it(tmp_path: Path) -> None:
    def templates(name: str, aspect: bool) -> dict[str, object]:
        app = new_app(tmp_path / name)
        stack = cdk.Stack(app, "Shop", tags={"Team": "orders"})
        dlq = sqs.Queue(cdk.Stack(app, "Queues"), "Dlq")
        kms.Key(cdk.NestedStack(stack, "Inner"), "Key")
        sqs.Queue(stack, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dlq, max_receive_count=3))
        if aspect:
            cdk.Aspects.of(app).add(ReadinessChecks())
        outdir = synth(app).outdir
        return {file.name: json.loads(file.read_bytes()) for file in outdir.glob("*.template.json")}

    assert templates("without", aspect=False) == templates("with", aspect=True)


def test_complaints_of_cdk_stay_as_they_are(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Vault")
    for _ in range(2):
        kms.CfnKey(stack, f"Key{_}").override_logical_id("Same")
    cdk.Aspects.of(app).add(ReadinessChecks())
    result = synth(app)

    assert result.error is not None
    assert "Same" in result.error
    assert "readiness-pack" not in result.error


def test_nothing_is_left_in_the_temporary_folder(app: cdk.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    kms.Key(cdk.Stack(app, "Vault"), "Key")
    cdk.Aspects.of(app).add(ReadinessChecks())
    synth(app)

    assert list(folder.iterdir()) == []
