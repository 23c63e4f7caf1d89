"""annotate() under the real CDK CLI: what fails, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cdk.reports import failures, report
from tests.integrations.synthesis import only
from tools.cdk_cli import run, synth

pytestmark = pytest.mark.slow

APP = """
import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from readiness_pack import ReadinessChecks

app = cdk.App()
kms.Key(cdk.Stack(app, "Good"), "Key", enable_key_rotation=True, rotation_period=cdk.Duration.days(365))
kms.Key(cdk.NestedStack(cdk.Stack(cdk.Stage(app, "Prod"), "Shop"), "Inner"), "Key")
ReadinessChecks().annotate(app)
app.synth()
"""


def test_annotations_fail_cdk_synth_for_the_stacks_that_are_selected(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / "cdk.json").write_text('{"app": "python app.py"}', encoding="utf-8")
    only(tmp_path, "KmsKeyRotationEnabled")
    every = synth(tmp_path, "**", output=tmp_path / "cdk.out")
    good = synth(tmp_path, "Good", output=tmp_path / "good.out")
    alone = run(["python", "app.py"], cwd=tmp_path, extra={"CDK_OUTDIR": str(tmp_path / "alone.out")})

    assert every.returncode == 1, every.stdout
    assert "Prod/Shop/Inner/Key/Resource" in every.stdout
    assert "Readiness::KmsKeyRotationEnabled" in every.stdout
    assert "Traceback" not in every.stdout
    assert good.returncode == 0, good.stdout
    assert alone.returncode == 0, alone.stdout
    for folder in ("cdk.out", "good.out", "alone.out"):
        (finding,) = failures(report(tmp_path / folder))
        assert finding["construct_path"] == "Prod/Shop/Inner/Key/Resource"
