"""Waivers in code, at every door; and decisions above the stacks, which only the doors can write down."""

from __future__ import annotations

import datetime
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from readiness_pack import Assembly, ReadinessChecks, evaluate, waive
from readiness_pack.rules import KmsKeyRotationEnabled
from tests.integrations.synthesis import Result, only, synth

RULE = "KmsKeyRotationEnabled"
REASON = "This key is rotated by hand."


def by_plugin(app: cdk.App) -> Result:
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    return synth(app)


def by_aspect(app: cdk.App) -> Result:
    cdk.Aspects.of(app).add(ReadinessChecks())
    return synth(app)


def two_keys(app: cdk.App) -> tuple[cdk.Stack, kms.Key, kms.Key]:
    stack = cdk.Stack(app, "Vault")
    return stack, kms.Key(stack, "Key"), kms.Key(stack, "KeyTwo")


@pytest.fixture(params=[by_plugin, by_aspect])
def door(request: pytest.FixtureRequest) -> object:
    return request.param


def states(result: Result) -> dict[str, str]:
    return {f["construct_path"]: f["decision"]["state"] for f in result.findings if f["rule"] == RULE}


def test_a_waiver_counts_for_its_scope_and_never_for_a_sibling(app: cdk.App, tmp_path: Path, door: object) -> None:
    only(tmp_path, RULE)
    _, key, _ = two_keys(app)
    waive(key, KmsKeyRotationEnabled, reason=REASON, owner="Ana", ticket="OPS-1", expires=datetime.date(2999, 1, 1))
    result = door(app)  # type: ignore[operator]
    assert states(result) == {"Vault/Key/Resource": "waived", "Vault/KeyTwo/Resource": "open"}
    waived = next(f["decision"] for f in result.findings if f["decision"]["state"] == "waived")
    assert (waived["owner"], waived["ticket"], waived["expires"], waived["reason"]) == (
        "Ana",
        "OPS-1",
        "2999-01-01",
        REASON,
    )


def test_a_waiver_of_everything_lets_the_app_pass(app: cdk.App, tmp_path: Path) -> None:
    only(tmp_path, RULE)
    two_keys(app)
    waive(app, "SEC-ENC-03", reason=REASON)
    assert by_plugin(app).error is None


def test_an_expired_waiver_fails(app: cdk.App, tmp_path: Path) -> None:
    only(tmp_path, RULE)
    stack, _, _ = two_keys(app)
    waive(stack, RULE, reason=REASON, owner="Ana", expires="2020-01-01")
    result = by_plugin(app)
    assert result.error is not None
    assert set(states(result).values()) == {"expired"}


@pytest.mark.parametrize(
    ("rule", "reason", "said"),
    [
        ("KmsKeyRotation", REASON, "no rule or item is called 'KmsKeyRotation'. Did you mean 'KmsKeyRotationEnabled'?"),
        (RULE, "no", "shorter than 10 characters"),
    ],
)
def test_a_mistake_fails_and_says_where(app: cdk.App, tmp_path: Path, rule: str, reason: str, said: str) -> None:
    only(tmp_path, RULE)
    stack, _, _ = two_keys(app)
    waive(stack, rule, reason=reason)
    result = by_plugin(app)
    assert result.error is not None
    assert f"waive() on Vault: {said}" in result.error or said in result.error


def test_an_end_that_is_no_date_is_an_error_where_it_is_written(app: cdk.App) -> None:
    with pytest.raises(ValueError, match="2027-13-01"):
        waive(app, RULE, reason=REASON, expires="2027-13-01")


def test_the_command_line_reads_waivers_and_what_is_decided_above_the_stacks(app: cdk.App, tmp_path: Path) -> None:
    only(tmp_path, RULE)
    stage = cdk.Stage(app, "Prod")
    inside = cdk.Stack(stage, "Vault")
    kms.Key(inside, "Key")
    _, key, _ = two_keys(app)
    waive(key, RULE, reason=REASON)
    waive(stage, RULE, reason=REASON)
    cdk.Validations.of(app).acknowledge(cdk.Acknowledgment(id=f"Readiness::{RULE}", reason=REASON))
    result = by_plugin(app)
    found = {
        f.construct_path: f.decision.state for f in evaluate(Assembly.load(result.outdir)).findings if f.rule == RULE
    }
    assert found == {
        "Vault/Key/Resource": "waived",
        "Vault/KeyTwo/Resource": "acknowledged",
        "Prod/Vault/Key/Resource": "waived",
    }
    assert states(result) == found


def test_show_all_hands_over_what_does_not_fail(app: cdk.App, tmp_path: Path) -> None:
    only(tmp_path, more="  KmsKeyRotationEnabled: warning\nshow: all")
    two_keys(app)
    result = by_plugin(app)
    assert result.error is None
    assert sorted(result.handed_over(RULE)) == ["Vault/Key/Resource", "Vault/KeyTwo/Resource"]
    assert result.handed_over("NotFailing") == []
