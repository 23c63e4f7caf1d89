"""The plugin door: what CDK is told, and when it fails."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from readiness_pack import ReadinessChecks, __version__
from tests.integrations.apps import rotated_key
from tests.integrations.synthesis import KEEP_FILES, Result, crossings, new_app, only, synth

KEYS = "KmsKeyRotationEnabled"


def _stack_with_keys(app: cdk.App, number: int, construct_id: str = "Vault") -> cdk.Stack:
    stack = cdk.Stack(app, construct_id)
    for index in range(number):
        kms.Key(stack, f"Key{index}")
    return stack


def _add_plugin(app: cdk.App, *scopes: cdk.Stage) -> None:
    for scope in scopes or (app,):
        cdk.Validations.of(scope).add_plugins(ReadinessChecks())


def test_an_app_without_findings_passes(app: cdk.App, tmp_path: Path) -> None:
    only(tmp_path, KEYS)
    rotated_key(cdk.Stack(app, "Vault"), "Key")
    _add_plugin(app)
    result = synth(app)

    assert result.error is None
    assert result.findings == []
    assert result.document["summary"]["exit_code"] == 0


def test_what_fails_is_raised_with_place_fix_and_id(app: cdk.App) -> None:
    _stack_with_keys(app, 1)
    _add_plugin(app)
    result = synth(app)

    assert result.error is not None
    assert "Vault/Key0/Resource" in result.error
    assert "enable_key_rotation=True" in result.error
    assert "Readiness::KmsKeyRotationEnabled" in result.error


def test_name_and_version_arrive_in_javascript(app: cdk.App) -> None:
    """Class attributes would be undefined there, and a plugin without a name crashes CDK's formatter."""
    _stack_with_keys(app, 1)
    _add_plugin(app)
    (report,) = synth(app).plugin_reports

    assert (report["pluginName"], report["pluginVersion"]) == ("Readiness", __version__)


def test_rule_ids_do_not_travel_into_templates(tmp_path: Path) -> None:
    """CDK would put every id into CDKMetadata, so that a new rule changes the template of every stack."""
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=True)
    cdk.Stack(app, "Empty", env=cdk.Environment(region="eu-west-1"))
    plain = ReadinessChecks()
    cdk.Validations.of(app).add_plugins(plain)
    synth(app)

    template = json.loads((tmp_path / "Empty.template.json").read_bytes())
    assert "CDKMetadata" in template["Resources"]
    assert plain.rule_ids is None


def test_a_place_has_its_property_template_and_logical_id(app: cdk.App) -> None:
    _stack_with_keys(app, 1)
    _add_plugin(app)
    result = synth(app)
    violation = next(v for v in result.plugin_reports[0]["violations"] if v["ruleName"] == f"Readiness::{KEYS}")

    (place,) = violation["violatingConstructs"]
    finding = next(finding for finding in result.findings if finding["rule"] == KEYS)
    assert place["constructFqn"] == "aws-cdk-lib.aws_kms.CfnKey"
    assert place["cloudFormationResource"]["templatePath"] == "Vault.template.json"
    assert place["cloudFormationResource"]["logicalId"] == finding["logical_id"]
    assert violation["ruleMetadata"] == {"item": finding["item"], "severity": "error"}


def test_at_most_ten_places_a_rule_are_handed_over(app: cdk.App) -> None:
    _stack_with_keys(app, 13)
    _add_plugin(app)
    result = synth(app)

    assert len(result.handed_over(KEYS)) == 10
    assert len(result.paths(KEYS)) == 13
    assert result.error is not None
    assert "(and 3 more places: cdk.out/readiness-report.json)" in result.error


def test_violations_come_in_the_order_of_the_report(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Vault")
    sqs.Queue(stack, "Orders")
    kms.Key(stack, "Key")
    _add_plugin(app)
    result = synth(app)
    handed_over = [v["ruleName"].removeprefix("Readiness::") for v in result.plugin_reports[0]["violations"]]

    order = list(dict.fromkeys(f["rule"] for f in result.findings if f["severity"] == "error"))
    assert list(dict.fromkeys(rule for rule in handed_over if rule in order)) == order


def test_findings_in_nested_stacks_are_handed_over(by_plugin: Result) -> None:
    """CDK's context lists no nested stacks."""
    assert "Prod/Eu/Shop/Outer/Inner/InnerKey/Resource" in by_plugin.paths(KEYS)
    assert len(by_plugin.handed_over(KEYS)) == 10


def test_one_plugin_object_at_app_and_stage_reports_once(app: cdk.App) -> None:
    """CDK calls it twice, also when it is the same object."""
    checks = ReadinessChecks()
    stage = cdk.Stage(app, "Prod")
    kms.Key(cdk.Stack(stage, "Vault"), "Key")
    kms.Key(cdk.Stack(app, "Own"), "Key")
    cdk.Validations.of(app).add_plugins(checks)
    cdk.Validations.of(stage).add_plugins(checks)
    result = synth(app)

    assert sorted(result.handed_over(KEYS)) == ["Own/Key/Resource", "Prod/Vault/Key/Resource"]
    assert sorted(result.paths(KEYS)) == ["Own/Key/Resource", "Prod/Vault/Key/Resource"]


def test_a_plugin_on_a_stage_judges_that_stage(app: cdk.App) -> None:
    stages = [cdk.Stage(app, name) for name in ("Dev", "Prod")]
    for stage in stages:
        stack = cdk.Stack(stage, "Vault")
        kms.Key(cdk.NestedStack(stack, "Inner"), "Key")
    _add_plugin(app, stages[1])
    result = synth(app)

    assert result.handed_over(KEYS) == ["Prod/Vault/Inner/Key/Resource"]
    assert result.paths(KEYS) == ["Prod/Vault/Inner/Key/Resource"]


def test_plugins_on_two_stages_fill_one_report(app: cdk.App) -> None:
    stages = [cdk.Stage(app, name) for name in ("Dev", "Prod")]
    for stage in stages:
        kms.Key(cdk.Stack(stage, "Vault"), "Key")
    _add_plugin(app, *stages)
    result = synth(app)

    assert sorted(result.paths(KEYS)) == ["Dev/Vault/Key/Resource", "Prod/Vault/Key/Resource"]
    assert result.document["summary"]["resources"] == 2
    item = next(item for item in result.document["items"] if KEYS in item["rules"])
    assert item["why"].startswith("2 ")


def test_plugins_of_different_settings_add_up(app: cdk.App, tmp_path: Path) -> None:
    """What the first one does not fail for, the second one does; the report has what both found."""
    only(tmp_path, KEYS, "SqsQueueHasDeadLetterQueue")
    lenient = tmp_path / "lenient.yaml"
    lenient.write_text("fail_on: never\n", encoding="utf-8")
    stack = _stack_with_keys(app, 1)
    sqs.Queue(stack, "Orders")
    cdk.Validations.of(app).add_plugins(ReadinessChecks(config=lenient), ReadinessChecks())
    result = synth(app)

    assert result.error is not None
    assert result.handed_over(KEYS) == ["Vault/Key0/Resource"]
    assert result.paths(KEYS) == ["Vault/Key0/Resource"]
    assert "RequiredTagsPresent" in {finding["rule"] for finding in result.findings}


def test_other_plugins_may_stand_beside_it(app: cdk.App) -> None:
    @jsii.implements(cdk.IPolicyValidationPlugin)
    class Other:
        @property
        def name(self) -> str:
            return "Other"

        @property
        def version(self) -> str | None:
            return None

        @property
        def rule_ids(self) -> list[str] | None:
            return None

        def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
            assert context.template_paths
            return cdk.PolicyValidationPluginReport(success=True, violations=[])

    _stack_with_keys(app, 1)
    cdk.Validations.of(app).add_plugins(Other(), ReadinessChecks(), Other())
    result = synth(app)

    assert result.handed_over(KEYS) == ["Vault/Key0/Resource"]


@pytest.mark.parametrize("scope", ["key", "stack", "construct", "stage", "app"])
def test_what_is_acknowledged_in_cdk_does_not_fail(app: cdk.App, scope: str, tmp_path: Path) -> None:
    only(tmp_path, KEYS)
    stage = cdk.Stage(app, "Prod")
    construct = Construct(stage, "Group")
    stack = cdk.Stack(construct, "Vault")
    key = kms.Key(stack, "Key")
    where = {"key": key, "stack": stack, "construct": construct, "stage": stage, "app": app}[scope]
    acknowledgment = cdk.Acknowledgment(id=f"Readiness::{KEYS}", reason="This key is rotated by hand.")
    cdk.Validations.of(where).acknowledge(acknowledgment)
    _add_plugin(app)
    result = synth(app)

    assert result.error is None
    assert {f["decision"]["state"] for f in result.findings if f["rule"] == KEYS} == {"acknowledged"}
    (report,) = result.plugin_reports
    assert KEYS in {v["ruleName"].removeprefix("Readiness::") for v in report["suppressedViolations"]}


def test_acknowledged_places_do_not_hide_others(app: cdk.App, tmp_path: Path) -> None:
    only(tmp_path, KEYS)
    """CDK takes acknowledged places out of the ten that it is told, and works success out anew."""
    stack = _stack_with_keys(app, 14)
    for index in range(13):
        key = stack.node.find_child(f"Key{index}")
        acknowledgment = cdk.Acknowledgment(id=f"Readiness::{KEYS}", reason="This key is rotated by hand.")
        cdk.Validations.of(key).acknowledge(acknowledgment)
    _add_plugin(app)
    result = synth(app)

    assert result.error is not None
    assert result.handed_over(KEYS) == ["Vault/Key13/Resource"]


def test_what_counts_although_it_is_acknowledged_fails(app: cdk.App, tmp_path: Path) -> None:
    """A locked rule: CDK knows nothing of it and must not take the finding out."""
    only(tmp_path, KEYS, more=f"locked: [{KEYS}]")
    stack = cdk.Stack(app, "Vault")
    kms.Key(stack, "Key")
    acknowledgment = cdk.Acknowledgment(id=f"Readiness::{KEYS}", reason="This key is rotated by hand.")
    cdk.Validations.of(stack).acknowledge(acknowledgment)
    _add_plugin(app)
    result = synth(app)

    assert result.error is not None
    assert result.handed_over(KEYS) == ["Vault/Key/Resource"]


def test_what_does_not_fail_is_counted_in_one_line(app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text("fail_on: never\n", encoding="utf-8")
    _stack_with_keys(app, 2)
    _add_plugin(app)
    result = synth(app)

    assert result.error is None
    (violation,) = result.plugin_reports[0]["violations"]
    assert violation["ruleName"] == "Readiness::NotFailing"
    assert violation["severity"] == "warning"
    assert violation["description"].startswith("Not failing: ")
    assert "Security " in violation["description"]
    assert violation["description"].endswith("all of them: cdk.out/readiness-report.json")


def test_the_line_about_the_rest_can_be_acknowledged(app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text("fail_on: never\n", encoding="utf-8")
    _stack_with_keys(app, 1)
    acknowledgment = cdk.Acknowledgment(id="Readiness::NotFailing", reason="The report is read elsewhere.")
    cdk.Validations.of(app).acknowledge(acknowledgment)
    _add_plugin(app)
    result = synth(app)

    assert result.error is None
    assert result.plugin_reports[0]["violations"] == []


def test_unknown_alone_does_not_fail(app: cdk.App, tmp_path: Path) -> None:
    only(tmp_path, KEYS)
    stack = cdk.Stack(app, "Vault")
    rotate = cdk.CfnParameter(stack, "Rotate")
    cdk.CfnResource(
        stack,
        "Key",
        type="AWS::KMS::Key",
        properties={"EnableKeyRotation": rotate.value_as_string, "RotationPeriodInDays": 365},
    )
    _add_plugin(app)
    result = synth(app)

    assert {f["verdict"] for f in result.findings if f["rule"] == KEYS} == {"unknown"}
    assert result.error is None
    assert "1 unknown" in json.dumps(result.plugin_reports)


def test_the_beta_way_to_register_works(tmp_path: Path) -> None:
    app = cdk.App(
        outdir=str(tmp_path / "cdk.out"),
        analytics_reporting=False,
        policy_validation_beta1=[ReadinessChecks()],  # type: ignore[list-item]  # differs in names of types only
    )
    _stack_with_keys(app, 1)
    result = synth(app)

    assert result.handed_over(KEYS) == ["Vault/Key0/Resource"]


def test_a_second_synthesis_is_judged_anew(app: cdk.App) -> None:
    stack = _stack_with_keys(app, 1)
    _add_plugin(app)
    assert synth(app).handed_over(KEYS) == ["Vault/Key0/Resource"]
    assert synth(app, force=True).handed_over(KEYS) == ["Vault/Key0/Resource"]
    key = stack.node.find_child("Key0").node.default_child
    assert isinstance(key, cdk.CfnResource)
    key.add_property_override("EnableKeyRotation", True)
    key.add_property_override("RotationPeriodInDays", 365)

    assert synth(app, force=True).handed_over(KEYS) == []


def test_calls_into_javascript_do_not_grow_with_the_app(tmp_path: Path) -> None:
    def count(number: int) -> int:
        app = new_app(tmp_path / f"cdk.out.{number}")
        stack = cdk.Stack(app, "Vault")
        for index in range(number):
            rotated_key(stack, f"Key{index}")
        _add_plugin(app)
        return crossings(lambda: synth(app))

    assert count(40) == count(4) < 25


def test_cdk_may_check_that_plugins_do_not_mutate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the CDK CLI, and in the same process, the old report is gone before CDK takes its snapshot of the folder."""
    outdir = tmp_path / "cdk.out"
    monkeypatch.setenv("CDK_OUTDIR", str(outdir))
    for number in (1, 2):
        app = cdk.App(
            analytics_reporting=False,
            **KEEP_FILES,
        )
        stack = _stack_with_keys(app, number)
        _add_plugin(app)
        result = synth(app)
        assert result.error is not None
        assert "modified" not in result.error
        assert len(result.paths(KEYS)) == number
        kms.Key(stack, "Later")
        result = synth(app, force=True)
        assert result.error is not None
        assert "modified" not in result.error
        assert len(result.paths(KEYS)) == number + 1, "the same process may judge the app again"
