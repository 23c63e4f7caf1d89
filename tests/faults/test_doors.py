"""The CDK doors and unit tests: a gate that is open, broken or has nothing to judge is never a green synthesis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from readiness_pack import ReadinessChecks
from readiness_pack.integrations.cdk import aspect, plugin
from readiness_pack.testing import assert_ready
from tests.faults.support import TEMPLATE, cli_of
from tests.integrations.synthesis import Result, new_app, synth

ALL = 'waivers: [{rule: "*", reason: nobody has looked at any of it}]\n'
OFF = 'severity: {"*": off}\n'


def by_plugin(app: cdk.App) -> Result:
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    return synth(app)


def by_aspect(app: cdk.App) -> Result:
    cdk.Aspects.of(app).add(ReadinessChecks())
    return synth(app)


def failed(result: Result) -> str:
    """What tells that the synthesis failed: what was raised, or the errors that the CDK CLI fails for."""
    errors = [one.text for one in result.annotations if one.level == "error"] if result.error is None else []
    return result.error or "\n".join(errors)


Door = Callable[[cdk.App], Result]
both_doors = pytest.mark.parametrize("door", [by_plugin, by_aspect])


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> cdk.App:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CDK_OUTDIR", raising=False)
    app = new_app(tmp_path / "cdk.out")
    kms.CfnKey(cdk.Stack(app, "Orders"), "Key", key_policy={})
    return app


@both_doors
@pytest.mark.parametrize("settings", [ALL, OFF], ids=["all waived", "all off"])
def test_an_open_gate_fails_the_synthesis(app: cdk.App, tmp_path: Path, door: Door, settings: str) -> None:
    (tmp_path / "readiness.yaml").write_text(settings)
    assert "GateIsInForce" in failed(door(app))


@both_doors
def test_an_acknowledgement_of_all_on_the_app_fails_the_synthesis(app: cdk.App, door: Door) -> None:
    everything = cdk.Acknowledgment(id="Readiness::*", reason="nobody has looked at any of it")
    cdk.Validations.of(app).acknowledge(everything)
    assert "GateIsInForce" in failed(door(app))


@both_doors
def test_what_nobody_foresaw_fails_the_synthesis(app: cdk.App, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("division by zero")

    for module in (plugin, aspect):
        monkeypatch.setattr(module, "evaluate", breaks)
    result = door(app)
    assert "readiness-pack itself failed: ZeroDivisionError: division by zero" in failed(result)
    assert not (result.outdir / "readiness-report.json").exists()


def test_a_plugin_that_ran_on_nothing_leaves_no_report_that_looks_green(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """CDK asks no plugin about an App without stacks, which deploys nothing; whoever judges its output hears of it."""
    monkeypatch.chdir(tmp_path)
    outdir = tmp_path / "cdk.out"
    outdir.mkdir()
    (outdir / "readiness-report.json").write_text('{"findings": []}')
    monkeypatch.setenv("CDK_OUTDIR", str(outdir))
    result = by_plugin(new_app(outdir))
    assert not (result.outdir / "readiness-report.json").exists()
    code, _, err = cli_of(capsysbinary)("check", "cdk.out")
    assert (code, err) == (2, "readiness: cdk.out/manifest.json: holds no stack\n")


def test_a_stack_without_resources_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = new_app(tmp_path / "cdk.out")
    cdk.Stack(app, "Empty", synthesizer=cdk.LegacyStackSynthesizer())
    result = by_plugin(app)
    assert [one["message"] for one in result.findings if one["rule"] == "GateIsInForce"] == [
        "There is no resource at all, so nothing was judged."
    ]


@pytest.mark.parametrize("settings", [ALL, OFF], ids=["all waived", "all off"])
@pytest.mark.parametrize("rules", [None, "KmsKeyRotationEnabled"])
def test_a_unit_test_does_not_pass_by_settings_that_open_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str, rules: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "readiness.yaml").write_text(settings)
    with pytest.raises(AssertionError, match="GateIsInForce"):
        assert_ready(TEMPLATE, rules=rules)
