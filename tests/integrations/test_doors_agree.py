"""Plugin, Aspect, annotate() and the assembly folder give the same findings."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk

from readiness_pack import Assembly, ReadinessChecks, evaluate
from readiness_pack.report.json_report import render
from tests.integrations.apps import add_everything
from tests.integrations.synthesis import Place, Result, new_app, synth


def _evaluated(outdir: Path) -> set[Place]:
    report = evaluate(Assembly.load(outdir))
    assert report.errors == []
    return {(finding.rule, finding.stack, finding.logical_id) for finding in report.findings}


def test_plugin_and_assembly_folder_agree(by_plugin: Result) -> None:
    assert by_plugin.places() == _evaluated(by_plugin.outdir)


def test_aspect_and_assembly_folder_agree(by_aspect: Result) -> None:
    assert by_aspect.places() == _evaluated(by_aspect.outdir)


def _words(result: Result) -> set[tuple[object, ...]]:
    return {
        (f["fingerprint"], f["rule"], f["severity"], f["message"], f["construct_path"], f["template"])
        for f in result.findings
    }


def test_plugin_and_aspect_agree_in_every_word(by_plugin: Result, by_aspect: Result) -> None:
    assert _words(by_plugin) == _words(by_aspect)
    assert by_plugin.document["summary"] == by_aspect.document["summary"]
    assert by_plugin.document["items"] == by_aspect.document["items"]


def test_with_and_without_an_aspect_the_same_is_annotated(by_aspect: Result, by_annotate: Result) -> None:
    assert by_annotate.annotations == by_aspect.annotations
    assert _words(by_annotate) == _words(by_aspect)
    assert by_annotate.document["summary"] == by_aspect.document["summary"]
    assert by_annotate.document["items"] == by_aspect.document["items"]
    assert by_annotate.error is None


def test_the_app_shows_what_it_is_meant_to_show(by_plugin: Result) -> None:
    """Without this the tests above could agree on nothing."""
    for prefix in ("", "Prod/", "Prod/Eu/"):
        keys = {path for path in by_plugin.paths("KmsKeyRotationEnabled") if path.startswith(f"{prefix}Shop/")}
        assert keys == {
            f"{prefix}Shop/Overridden/Resource",
            f"{prefix}Shop/Plain",
            f"{prefix}Shop/Included/IncludedKey",
            f"{prefix}Shop/Outer/OuterKey/Resource",
            f"{prefix}Shop/Outer/Inner/InnerKey/Resource",
        }
        queues = {path for path in by_plugin.paths("SqsQueueHasDeadLetterQueue") if path.startswith(f"{prefix}Shop/")}
        assert queues == {f"{prefix}Shop/Lost/Resource"}, "the dead letter queue in the other stack counts"
        alarms = [path for path in by_plugin.paths("EveryDlqHasDepthAlarm") if path.startswith(f"{prefix}Queues/")]
        assert alarms == []


def test_the_plugin_writes_what_the_command_writes(by_plugin: Result) -> None:
    assert (by_plugin.outdir / "readiness-report.json").read_bytes() == render(
        evaluate(Assembly.load(by_plugin.outdir))
    )


def test_every_finding_is_annotated_or_counted_on_an_annotation(by_aspect: Result) -> None:
    errors = {f["construct_path"] for f in by_aspect.findings if f["rule"] == "KmsKeyRotationEnabled"}

    assert set(by_aspect.annotated("KmsKeyRotationEnabled")) == errors


def test_what_stands_in_the_way_of_an_aspect_changes_nothing(tmp_path: Path, by_aspect: Result) -> None:
    """With path metadata in the templates, and with Aspects of other people around ours, the findings are the same."""
    app = new_app(tmp_path / "cdk.out", aws__cdk__enable_path_metadata=True)
    app.node.set_context("aws:cdk:enable-path-metadata", True)
    for scope in (app, *add_everything(app, tmp_path)):
        cdk.Tags.of(scope).add("Unrelated", "tag")
        cdk.Aspects.of(scope).add(ReadinessChecks())
    result = synth(app)

    rules = ("KmsKeyRotationEnabled", "SqsQueueHasDeadLetterQueue", "EveryDlqHasDepthAlarm")
    assert result.places(*rules) == by_aspect.places(*rules)
    assert "aws:cdk:path" in (result.outdir / "Shop.template.json").read_text(encoding="utf-8")
