"""The project that `cdk init` makes, with nothing added but the plugin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cdk.reports import failures, report
from tools.cdk_cli import run, synth

pytestmark = pytest.mark.slow

PLUGIN = "cdk.Validations.of(app).add_plugins(ReadinessChecks())"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What `cdk init sample-app --language python` makes: a queue that listens to a topic."""
    folder = tmp_path / "hello"
    folder.mkdir()
    done = run(["cdk", "init", "sample-app", "--language", "python", "--generate-only", "--no-notices"], cwd=folder)
    assert done.returncode == 0, done.stdout
    return folder


def test_a_fresh_sample_app_passes_without_the_plugin(project: Path, tmp_path: Path) -> None:
    """What fails below, fails for the plugin."""
    done = synth(project, output=tmp_path / "cdk.out")

    assert done.returncode == 0, done.stdout


def test_a_fresh_sample_app_fails_for_what_it_lacks(project: Path, tmp_path: Path) -> None:
    app = project / "app.py"
    before = app.read_text(encoding="utf-8")
    after = before.replace("app.synth()", f"{PLUGIN}\n\napp.synth()")
    assert after != before
    app.write_text(f"from readiness_pack import ReadinessChecks\n{after}", encoding="utf-8")

    done = synth(project, output=tmp_path / "cdk.out")

    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stdout
    content = report(tmp_path / "cdk.out")
    assert content["errors"] == []
    found = {(finding["rule"], finding["resource_type"]) for finding in failures(content)}
    assert found >= {
        ("SqsQueueHasDeadLetterQueue", "AWS::SQS::Queue"),
        ("EventTargetsHaveDeadLetterQueue", "AWS::SNS::Subscription"),
        ("RequiredTagsPresent", "AWS::SQS::Queue"),
        ("RequiredTagsPresent", "AWS::SNS::Topic"),
    }
    assert not {rule for rule, _ in found} & {"EveryDlqHasDepthAlarm", "KmsKeyRotationEnabled"}
    assert "Readiness::SqsQueueHasDeadLetterQueue" in done.stdout
    assert "HelloStack/HelloQueue" in done.stdout
    assert "dead_letter_queue=" in done.stdout
