"""Findings about the app as a whole, which belong to no construct."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from readiness_pack import ReadinessChecks, Rule
from readiness_pack.rules import fail
from tests.integrations.synthesis import new_app, synth

NAME = "AppHasKey"


class AppHasKey(Rule):
    """The app has a key."""

    item = "SEC-ENC-03"
    resource_types = ("app",)
    message = "No stack of the app has a key."
    fix = "kms.Key(self, ...)"

    def check(self, resource: Any) -> Any:
        return None if resource.of_type("AWS::KMS::Key") else fail()


def _checks() -> ReadinessChecks:
    return ReadinessChecks(rules=[AppHasKey])


def test_the_plugin_hands_it_over_without_a_construct(app: cdk.App) -> None:
    cdk.Stack(app, "Empty")
    cdk.Validations.of(app).add_plugins(_checks())
    result = synth(app)

    assert result.places(NAME) == {(NAME, None, None)}
    assert result.handed_over(NAME) == [""]
    assert result.error is not None
    assert "No stack of the app has a key." in result.error


def test_an_aspect_on_the_app_annotates_a_stack(app: cdk.App) -> None:
    cdk.Stack(app, "Empty")
    cdk.Stack(app, "Other")
    cdk.Aspects.of(app).add(_checks())
    result = synth(app)

    assert result.places(NAME) == {(NAME, None, None)}
    assert result.annotated(NAME) == ["Empty"]


def test_where_no_stack_can_show_it_the_synthesis_fails(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    cdk.Stack(stage, "Empty")
    for scope in (app, stage):
        cdk.Aspects.of(scope).add(_checks())
    result = synth(app)

    assert result.error is not None
    assert "No stack of the app has a key. (Readiness::AppHasKey)" in result.error


def test_stages_count_as_parts_of_the_app(app: cdk.App) -> None:
    cdk.Stack(app, "Empty")
    stage = cdk.Stage(app, "Prod")
    kms.Key(cdk.Stack(stage, "Vault"), "Key")
    for scope in (app, stage):
        cdk.Aspects.of(scope).add(_checks())
    result = synth(app)

    assert result.places(NAME) == set()
    assert result.document["notes"] == []


def test_without_the_whole_app_it_is_not_asked_and_that_is_said(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    cdk.Stack(stage, "Empty")
    cdk.Aspects.of(stage).add(_checks())
    result = synth(app)

    assert result.places(NAME) == set()
    (note,) = result.document["notes"]
    assert note.startswith("Rules about the whole app were not asked")
    assert NAME in note


def test_a_plugin_on_a_stage_says_so_too(tmp_path: Any) -> None:
    app = new_app(tmp_path / "cdk.out")
    for name in ("Dev", "Prod"):
        cdk.Stack(cdk.Stage(app, name), "Empty")
    stage = app.node.find_child("Prod")
    cdk.Validations.of(stage).add_plugins(_checks())
    result = synth(app)

    assert result.places(NAME) == set()
    assert NAME in result.document["notes"][0]
