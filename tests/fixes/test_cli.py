"""``readiness fixes``."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from readiness_pack.checklist import load
from readiness_pack.cli.main import cli
from readiness_pack.integrations.fixes import FIXES


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["fixes", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def listed(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("--format", "json", *arguments))["fixes"]
    return found


def test_every_rule_is_listed_once() -> None:
    assert [one["rule"] for one in listed()] == list(load().rules)


def test_a_fix_or_a_reason() -> None:
    for one in listed():
        assert bool(one["sets"]) != bool(one["why_not"]), one
        assert (one["applies"] == "never") == bool(one["why_not"])
        assert (one["applies"] == "when named") == bool(one["consent"])


def test_a_fix_in_full() -> None:
    (one,) = listed("--rule", "KmsKeyRotationEnabled")
    assert one == {
        "rule": "KmsKeyRotationEnabled",
        "item": "SEC-ENC-03",
        "applies": "always",
        "sets": [{"types": ["AWS::KMS::Key"], "path": "EnableKeyRotation", "value": True}],
        "arguments": [],
        "consent": None,
        "notes": ["the first and the second rotation add a dollar a month to a key"],
        "left_alone": [],
        "why_not": None,
    }


def test_types_that_are_left_alone() -> None:
    (one,) = listed("--rule", "DeletionProtectionEnabled")
    assert one["left_alone"] == ["AWS::EC2::Instance"]
    assert listed("--rule", "SqsQueuePolicyDeniesInsecureTransport")[0]["left_alone"] == []
    assert "not for AWS::EC2::Instance" in " ".join(run("--rule", "DeletionProtectionEnabled").split())


def test_arguments() -> None:
    (one,) = listed("--rule", "S3ServerAccessLogging")
    assert (one["applies"], one["arguments"]) == ("with an argument", ["log_bucket"])
    (one,) = listed("--rule", "LogGroupRetentionSet")
    assert (one["applies"], one["arguments"]) == ("always", ["log_retention_days"])


def test_items_and_globs() -> None:
    assert [one["item"] for one in listed("--rule", "SEC-ENC-03")].count("SEC-ENC-03") == len(
        listed("--rule", "sec-enc-03")
    )
    assert {one["rule"] for one in listed("--rule", "Kms*", "--rule", "SnsTopicEncrypted")} >= {
        "KmsKeyRotationEnabled",
        "SnsTopicEncrypted",
    }


def test_console() -> None:
    text = run()
    fixable = {fix.rule for fix in FIXES}
    named = {fix.rule for fix in FIXES if fix.consent}
    assert f"{len(fixable)} of {len(load().rules)} rules have a fix, {len(named)} of those" in text
    assert "EnableKeyRotation = true" in run("--rule", "KmsKeyRotationEnabled")
    assert "people arrange it" in run("--rule", "OnCallRotationDeclared")


def test_fixes_come_first_and_the_other_rules_by_their_reason() -> None:
    text = " ".join(run().split())
    at = {one["rule"]: text.index(f"{one['rule']} " if one["sets"] else one["rule"]) for one in listed()}
    by_kind: dict[str, list[int]] = {}
    for one in listed():
        by_kind.setdefault(one["applies"], []).append(at[one["rule"]])
    kinds = ["always", "with an argument", "when named", "never"]
    assert sorted(by_kind) == sorted(kinds)
    for earlier, later in itertools.pairwise(kinds):
        assert max(by_kind[earlier]) < min(by_kind[later])
    for reason in {one["why_not"] for one in listed() if one["why_not"]}:
        assert text.count(f"No fix, since {reason}:") == 1
    for one in listed():
        assert text.count(f" {one['rule']}") >= 1


def test_a_name_that_means_nothing() -> None:
    result = CliRunner().invoke(cli, ["fixes", "--rule", "KmsKeyRotation"])
    assert result.exit_code == 2
    assert "there is no rule or item 'KmsKeyRotation'. Did you mean 'KmsKeyRotationEnabled'?" in result.output


def test_an_organisations_rule(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "extends: SEC-ENC-03\nrules:\n- name: OurKeysNamed\n  severity: error\n  resource: AWS::KMS::Key\n"
        "  require: {Description: present}\n  message: '{logical_id} says nothing'\n"
    )
    (one,) = listed("--rules", str(tmp_path), "--rule", "OurKeysNamed")
    assert one["why_not"] == "it is not one of the rules that ship with readiness-pack"


@pytest.mark.slow
def test_the_cdk_is_not_loaded() -> None:
    code = (
        "import sys; from readiness_pack.cli.main import cli\n"
        "try: cli(['fixes', '--format', 'json'])\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'aws_cdk', 'jsii'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
