"""``ReadinessChecks(evidence="prod")``: records that are missing or have ended are findings at the app."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns

from readiness_pack import Assembly, Config, ReadinessChecks, evaluate
from readiness_pack.config import WaiverSpec
from readiness_pack.config import load as load_config
from readiness_pack.errors import InputError
from readiness_pack.evidence.at_synth import NAMES, with_records
from readiness_pack.findings import Finding
from readiness_pack.rules.rule_set import rule_set
from tests.integrations.synthesis import only, synth

ITEM = "REL-DRC-04"
TODAY = datetime.date.today()
RULES = rule_set([])


def add_stack(app: cdk.App, name: str = "Shop") -> cdk.Stack:
    stack = cdk.Stack(app, name)
    sns.Topic(stack, "Topic")
    return stack


def ask(folder: Path, more: str = "") -> None:
    """Ask for nothing but the record of one item."""
    only(folder, ITEM, "KmsKeyRotationEnabled", more=more)  # one that has nothing to say here: not all may be off


def record(folder: Path, date: datetime.date, **other: Any) -> None:
    lines = [f"item: {ITEM}", "statement: Restored in 43 minutes", "owner: Operations", f"date: {date}"]
    lines += [f"{key}: {value}" for key, value in other.items()]
    (folder / "evidence").mkdir(exist_ok=True)
    text = "records:\n  - {" + ", ".join(lines) + "}\n"
    (folder / "evidence" / "records.yaml").write_text(text, encoding="utf-8")


def test_it_is_off_by_default(app: cdk.App, tmp_path: Path) -> None:
    ask(tmp_path)
    add_stack(app)
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    result = synth(app)

    assert result.error is None
    assert result.findings == []


def test_the_plugin_fails_for_a_missing_record(app: cdk.App, tmp_path: Path) -> None:
    ask(tmp_path)
    add_stack(app)
    cdk.Validations.of(app).add_plugins(ReadinessChecks(evidence="prod"))
    result = synth(app)

    assert result.error is not None
    assert "Readiness::EvidenceRecorded" in result.error
    assert "DR Testing (REL-DRC-04): No record yet; Operations keeps it" in result.error
    assert "readiness evidence init" in result.error
    (finding,) = result.findings
    assert (finding["rule"], finding["item"], finding["severity"]) == ("EvidenceRecorded", ITEM, "error")
    assert (finding["stack"], finding["logical_id"], finding["construct_path"]) == (None, None, "")


def test_a_record_is_enough(app: cdk.App, tmp_path: Path) -> None:
    ask(tmp_path)
    record(tmp_path, TODAY)
    add_stack(app)
    cdk.Validations.of(app).add_plugins(ReadinessChecks(evidence="prod"))
    result = synth(app)

    assert result.error is None
    (item,) = [item for item in result.document["items"] if item["id"] == ITEM]
    assert item["status"] == "attested"


def test_the_aspect_annotates_a_record_that_has_ended(app: cdk.App, tmp_path: Path) -> None:
    ask(tmp_path)
    record(tmp_path, TODAY - datetime.timedelta(days=300))
    add_stack(app)
    cdk.Aspects.of(app).add(ReadinessChecks(evidence="prod"))
    result = synth(app)

    (annotation,) = [one for one in result.annotations if one.rule == "EvidenceCurrent"]
    assert (annotation.path, annotation.level) == ("Shop", "error")
    assert "Operations has to renew it" in annotation.text


def test_an_aspect_below_the_app_says_that_it_asks_for_none(app: cdk.App, tmp_path: Path) -> None:
    ask(tmp_path)
    cdk.Aspects.of(add_stack(app)).add(ReadinessChecks(evidence="prod"))
    result = synth(app)

    assert result.findings == []
    assert any("Records were not asked for" in note for note in result.document["notes"])


def test_an_unknown_environment_fails_with_the_nearest(app: cdk.App, tmp_path: Path) -> None:
    ask(tmp_path, "environments:\n  staging: [Stage-*]")
    add_stack(app)
    cdk.Validations.of(app).add_plugins(ReadinessChecks(evidence="stagging"))
    result = synth(app)

    assert result.error is not None
    assert not (result.outdir / "readiness-report.json").exists()


def test_what_is_no_name_is_refused() -> None:
    with pytest.raises(TypeError, match=r'evidence: expected the name of an environment, such as "prod", not True'):
        ReadinessChecks(evidence=True)  # type: ignore[arg-type]


# Which records -------------------------------------------------------------------------------------------------------


def asked(folder: Path, environment: str = "prod", **settings: Any) -> list[Finding]:
    """What is found for records in an app of one stack called Shop."""
    app = Assembly.from_templates({"Shop": {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}})
    (folder / "readiness.yaml").write_text("profile: standard\n", encoding="utf-8")
    config = load_config(folder / "readiness.yaml")
    config = Config(**{name: settings.get(name, getattr(config, name)) for name in Config.__struct_fields__})
    report = with_records(evaluate(app, config=config), app, RULES, config, environment)
    return [finding for finding in report.findings if finding.rule in NAMES.values()]


def test_every_item_that_needs_a_record_is_one_finding(tmp_path: Path) -> None:
    found = asked(tmp_path)
    items = [finding.item for finding in found]

    assert len(items) == len(set(items)) == len({finding.fingerprint for finding in found})
    assert {"REL-DRC-04", "TST-AUT-01", "SUP-CON-04"} <= set(items)
    assert not any(item.startswith("CRT-") for item in items)
    assert all(finding.counts and finding.severity == "error" for finding in found)


def test_an_app_without_a_stack_of_the_environment_is_asked_for_none(tmp_path: Path) -> None:
    assert asked(tmp_path, environments={"dev": ["Shop"]}) == []
    assert asked(tmp_path, environments={"dev": ["Other"]}) != []
    assert {finding.environment for finding in asked(tmp_path, "dev", environments={"dev": ["Shop"]})} == {"dev"}


def test_an_environment_must_be_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no environment 'prd'"):
        asked(tmp_path, "prd")


def test_a_missed_target_is_named(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    text = f"{{item: TST-AUT-01, statement: Coverage, owner: QA, date: {TODAY}, value: 71, unit: percent}}"
    (tmp_path / "evidence" / "qa.yaml").write_text(f"records:\n  - {text}\n", encoding="utf-8")

    (finding,) = [finding for finding in asked(tmp_path) if finding.item == "TST-AUT-01"]

    assert finding.rule == "EvidenceReachesTarget"
    assert "71" in finding.message


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["error"]),
        ({"severity": {"REL-DRC-*": "warning"}}, ["warning"]),
        ({"severity": {"REL-DRC-04": "off"}}, []),
        ({"severity": {"*": "off"}}, []),
        ({"severity": {"*": "off", "REL-DRC-04": "error"}}, ["error"]),
        ({"waivers": [WaiverSpec(ITEM, "In the spring", "*", "Ana", None, TODAY)]}, []),
        ({"waivers": [WaiverSpec(ITEM, "In the spring", "*", "Ana", None, TODAY - datetime.timedelta(1))]}, ["error"]),
    ],
)
def test_settings_and_waivers_of_the_item_count(tmp_path: Path, settings: Any, expected: list[str]) -> None:
    found = [finding for finding in asked(tmp_path, **settings) if finding.item == ITEM]

    assert [finding.severity for finding in found] == expected
    assert [finding.counts for finding in found] == [severity == "error" for severity in expected]


def test_nothing_fails_where_nothing_is_to_fail(tmp_path: Path) -> None:
    assert not any(finding.counts for finding in asked(tmp_path, fail_on="never"))
