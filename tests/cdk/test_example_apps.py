"""Both example apps under the real CDK CLI, by every door."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cdk.reports import failures, places, report
from tools.cdk_cli import run, synth

pytestmark = pytest.mark.slow

FIRST_RULES = {
    "ApiRequiresAuthorization",
    "CloudFrontHasWaf",
    "DatabaseSubnetsArePrivate",
    "Ec2InstanceNoPublicIp",
    "EcsTaskNoPublicIp",
    "EventTargetsHaveDeadLetterQueue",
    "EveryDlqHasDepthAlarm",
    "KmsKeyPolicyNotPublic",
    "KmsKeyRotationEnabled",
    "OpenSearchInVpc",
    "PublicEntryPointHasWaf",
    "RdsNotPubliclyAccessible",
    "RequiredTagsPresent",
    "S3PublicAccessBlocked",
    "SqsQueueHasDeadLetterQueue",
    "VpcFlowLogsEnabled",
}
# Warnings do not fail a build by default, so CDK need not print them among its errors.
WARNINGS = {"EventTargetsHaveDeadLetterQueue"}

DOORS = {"plugin": (), "aspect": ("-c", "readiness=aspect")}


@pytest.mark.parametrize("door", DOORS)
def test_cdk_synth_fails_on_the_unready_app_and_says_why(root: Path, tmp_path: Path, door: str) -> None:
    done = synth(root / "examples/unready_app", *DOORS[door], output=tmp_path / "cdk.out")

    assert done.returncode == 1, done.stdout
    for rule in sorted(FIRST_RULES - WARNINGS):
        assert f"Readiness::{rule}" in done.stdout
    assert "enable_key_rotation=True" in done.stdout, "the fix is the CDK Python to write"
    assert "Traceback" not in done.stdout
    content = report(tmp_path / "cdk.out")
    assert content["errors"] == []
    assert {finding["rule"] for finding in failures(content)} >= FIRST_RULES


@pytest.mark.parametrize("door", DOORS)
def test_cdk_synth_passes_on_the_ready_app(root: Path, tmp_path: Path, door: str) -> None:
    done = synth(root / "examples/ready_app", *DOORS[door], output=tmp_path / "cdk.out")

    assert done.returncode == 0, done.stdout
    content = report(tmp_path / "cdk.out")
    assert content["errors"] == []
    assert failures(content) == []
    assert "Readiness::" not in done.stdout


def test_python_alone_fails_by_the_plugin_and_passes_by_the_aspect(root: Path, tmp_path: Path) -> None:
    """Annotations fail a build under the CDK CLI only; a plugin's report fails both."""
    app = root / "examples/unready_app"
    by_plugin = run(["python", "app.py"], cwd=app, extra={"CDK_OUTDIR": str(tmp_path / "plugin")})
    by_aspect = run(
        ["python", "app.py"], cwd=app, extra={"CDK_OUTDIR": str(tmp_path / "aspect"), "READINESS": "aspect"}
    )

    assert by_plugin.returncode not in (0, None), by_plugin.stdout
    assert "KmsKeyRotationEnabled" in by_plugin.stdout
    assert by_aspect.returncode == 0, by_aspect.stdout
    plugin, aspect = report(tmp_path / "plugin"), report(tmp_path / "aspect")
    assert places(failures(plugin)) == places(failures(aspect))


def test_the_command_line_finds_the_same_in_cdk_out(root: Path, tmp_path: Path) -> None:
    cdk_out = tmp_path / "cdk.out"
    synth(root / "examples/unready_app", output=cdk_out)
    by_plugin = report(cdk_out)
    answer = tmp_path / "answer.json"
    done = run(["readiness", "check", str(cdk_out), "--format", "json", "--output", str(answer)], cwd=tmp_path)

    assert done.returncode == 1, done.stdout
    by_command = json_of(answer)
    assert places(by_command["findings"]) == places(by_plugin["findings"])


def test_the_demo_ends_well(root: Path) -> None:
    done = run(["python", "-m", "tools.demo"], cwd=root)

    assert done.returncode == 0, done.stdout
    assert "Failed, as it should" in done.stdout
    assert "Passed, as it should" in done.stdout


def json_of(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
