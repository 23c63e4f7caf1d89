"""annotate(): what an Aspect does, without being shown every construct."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct, RootConstruct

from readiness_pack import ReadinessChecks
from tests.integrations.synthesis import Result, crossings, new_app, only, synth

KEYS = "KmsKeyRotationEnabled"


def _key(scope: Construct, name: str = "Vault") -> str:
    kms.Key(cdk.Stack(scope, name), "Key")
    return f"{scope.node.path}/{name}/Key/Resource".removeprefix("/")


def test_stages_and_nested_stacks_are_judged_by_one_call(by_annotate: Result) -> None:
    annotated = by_annotate.annotated(KEYS)

    assert "Shop/Outer/Inner/InnerKey/Resource" in annotated
    assert "Prod/Eu/Shop/Outer/Inner/InnerKey/Resource" in annotated
    assert by_annotate.annotated("StageNotJudged") == []


def test_what_is_made_afterwards_is_judged(app: cdk.App) -> None:
    """Resources, stacks, Stages, and Stages in Stages; as late as the call is early."""
    ReadinessChecks().annotate(app)
    prod = cdk.Stage(app, "Prod")
    expected = [_key(scope) for scope in (app, prod, cdk.Stage(prod, "Eu"), cdk.Stage(Construct(app, "Group"), "Test"))]
    result = synth(app)

    assert sorted(result.annotated(KEYS)) == sorted(expected)
    assert sorted(result.paths(KEYS)) == sorted(expected)
    assert result.error is None


def test_a_stage_made_in_one_that_was_there(app: cdk.App) -> None:
    prod = cdk.Stage(app, "Prod")
    expected = [_key(prod)]
    ReadinessChecks().annotate(app)
    expected.append(_key(cdk.Stage(prod, "Eu")))
    result = synth(app)

    assert sorted(result.annotated(KEYS)) == sorted(expected)
    assert sorted(result.paths(KEYS)) == sorted(expected)


def test_a_late_stage_that_an_aspect_judges_is_judged_once(app: cdk.App) -> None:
    checks = ReadinessChecks()
    checks.annotate(app)
    prod = cdk.Stage(app, "Prod")
    path = _key(prod)
    cdk.Aspects.of(prod).add(ReadinessChecks())
    result = synth(app)

    assert result.annotated(KEYS) == [path]
    assert result.paths(KEYS) == [path]


@pytest.mark.parametrize("below", ["Stage", "Stack", "Construct"])
def test_it_judges_the_scope_alone(app: cdk.App, below: str) -> None:
    kms.Key(cdk.Stack(app, "Outside"), "Key")
    stage = cdk.Stage(app, "Prod")
    stack = cdk.Stack(stage, "Shop")
    part = Construct(stack, "Part")
    for scope in (stack, part):
        kms.Key(scope, "Key")
    ReadinessChecks().annotate({"Stage": stage, "Stack": stack, "Construct": part}[below])
    result = synth(app)

    inside = ["Prod/Shop/Part/Key/Resource"]
    expected = inside if below == "Construct" else ["Prod/Shop/Key/Resource", *inside]
    assert sorted(result.annotated(KEYS)) == expected


def test_a_stage_outside_of_the_scope_is_left_alone(app: cdk.App) -> None:
    shop = cdk.Stack(app, "Shop")
    kms.Key(shop, "Key")
    ReadinessChecks().annotate(shop)
    _key(cdk.Stage(app, "Prod"))

    assert synth(app).annotated(KEYS) == ["Shop/Key/Resource"]


@pytest.mark.parametrize("same_object", [True, False])
@pytest.mark.parametrize("annotate_first", [True, False])
def test_with_an_aspect_and_a_plugin_nothing_is_said_twice(
    app: cdk.App, same_object: bool, annotate_first: bool
) -> None:
    stage = cdk.Stage(app, "Prod")
    expected = [_key(stage), _key(app)]
    checks = ReadinessChecks()

    def again() -> ReadinessChecks:
        return checks if same_object else ReadinessChecks()

    def by_aspect() -> None:
        for scope in (app, stage):
            cdk.Aspects.of(scope).add(again())

    doors: list[Callable[[], None]] = [lambda: again().annotate(app), lambda: again().annotate(app), by_aspect]
    for add in doors if annotate_first else reversed(doors):
        add()
    cdk.Validations.of(app).add_plugins(again())
    result = synth(app)

    assert sorted(result.annotated(KEYS)) == expected
    assert sorted(result.paths(KEYS)) == expected
    assert result.handed_over(KEYS) == []
    assert result.error is not None, "the plugin fails python alone, too"
    assert "are annotated on their constructs" in result.error


def test_unit_tests_find_the_annotations(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Vault")
    kms.Key(stack, "Key")
    ReadinessChecks().annotate(stack)

    assertions.Annotations.from_stack(stack).has_error(
        "/Vault/Key/Resource", assertions.Match.string_like_regexp(f"Readiness::{KEYS}")
    )


def test_a_second_synthesis_is_judged_anew(app: cdk.App) -> None:
    ReadinessChecks().annotate(app)
    keys = [kms.Key(cdk.Stack(scope, "Vault"), "Key") for scope in (app, cdk.Stage(app, "Prod"))]
    assert len(synth(app).paths(KEYS)) == 2
    for key in keys:
        resource = key.node.default_child
        assert isinstance(resource, kms.CfnKey)
        resource.enable_key_rotation = True
        resource.rotation_period_in_days = 365

    assert synth(app, force=True).paths(KEYS) == []


def test_a_construct_in_no_app_cannot_be_judged() -> None:
    root = RootConstruct("Loose")
    ReadinessChecks().annotate(root)

    with pytest.raises(RuntimeError, match="in no App or Stage"):
        root.node.validate()


def test_no_call_into_javascript_for_each_construct(tmp_path: Path) -> None:
    """The number of messages hangs on stacks and findings, not on constructs."""
    only(tmp_path, "SqsQueueEncryptedAtRest")

    def messages(queues: int) -> int:
        app = new_app(tmp_path / f"{queues}.out")
        stack = cdk.Stack(app, "Shop")
        for number in range(queues):
            sqs.CfnQueue(stack, f"Queue{number}", sqs_managed_sse_enabled=True)
        ReadinessChecks().annotate(app)
        return crossings(lambda: synth(app))

    assert messages(50) == messages(2)
