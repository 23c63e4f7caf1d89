"""A rule that is renamed goes on to count under its old name, wherever people wrote that, and says so."""

from __future__ import annotations

import json
import textwrap
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import readiness_pack.rules
from readiness_pack import Assembly, Report, evaluate
from readiness_pack.checklist import Checklist, load
from readiness_pack.cli.explain import page
from readiness_pack.config import Config, ProfileSpec, WaiverSpec
from readiness_pack.decisions import baseline
from readiness_pack.errors import InputError
from readiness_pack.rules import Rule
from readiness_pack.rules.rule_set import RuleSet, rule_set

TODAY = date(2026, 11, 25)
TEMPLATE = {"Resources": {"Orders": {"Type": "AWS::SQS::Queue"}, "Other": {"Type": "AWS::SQS::Queue"}}}
NOTE = "OrdersAreNamed is an old name of QueueIsNamed; it still counts, write the new one."


def rules(folder: Path, name: str, aliases: str = "[]") -> RuleSet:
    folder.mkdir(exist_ok=True)
    text = f"""\
    extends: OPS-DEP-01
    rules:
      - name: {name}
        aliases: {aliases}
        severity: error
        resource: AWS::SQS::Queue
        require: {{QueueName: present}}
        message: The queue {{logical_id}} has no name.
        examples: [{{pass: {{Properties: {{QueueName: a}}}}}}, {{fail: {{Properties: {{}}}}}}]
    """
    (folder / "rules.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
    return rule_set([str(folder)])


@pytest.fixture
def old(tmp_path: Path) -> RuleSet:
    return rules(tmp_path / "old", "OrdersAreNamed")


@pytest.fixture
def new(tmp_path: Path) -> RuleSet:
    return rules(tmp_path / "new", "QueueIsNamed", "[OrdersAreNamed]")


def judged(found: RuleSet, name: str = "QueueIsNamed", template: dict[str, Any] = TEMPLATE, **settings: Any) -> Report:
    app = Assembly.from_template(template)
    return evaluate(app, [found.classes[name]], Config(**settings), checklist=found.checklist, today=TODAY)


@pytest.mark.parametrize("pattern", ["OrdersAreNamed", "Readiness::OrdersAreNamed", "OrdersAre*"])
def test_a_waiver_of_the_old_name_counts_and_says_so(new: RuleSet, pattern: str) -> None:
    report = judged(new, waivers=[WaiverSpec(pattern, "They are named by hand", expires=date(2027, 6, 1))])

    assert {finding.decision.state for finding in report.findings if finding.rule == "QueueIsNamed"} == {"waived"}
    assert NOTE in report.notes
    assert report.unused_decisions == []


def test_the_new_name_needs_no_word(new: RuleSet) -> None:
    report = judged(new, waivers=[WaiverSpec("QueueIsNamed", "They are named by hand")])
    assert not [note for note in report.notes if "old name" in note]
    report = judged(new, waivers=[WaiverSpec("*Named", "They are named by hand")])
    assert not [note for note in report.notes if "old name" in note], "the glob means the new name as well"


def test_the_old_name_counts_in_severities_profiles_and_locks(new: RuleSet) -> None:
    assert "QueueIsNamed" not in {one.rule for one in judged(new, severity={"OrdersAreNamed": "off"}).findings}
    lowered = judged(new, severity={"OrdersAreNamed": "info"})
    assert {one.severity for one in lowered.findings if one.rule == "QueueIsNamed"} == {"info"}
    assert NOTE in lowered.notes
    ours = judged(new, profile="ours", custom_profiles={"ours": ProfileSpec(severity={"OrdersAreNamed": "warning"})})
    assert {one.severity for one in ours.findings if one.rule == "QueueIsNamed"} == {"warning"}
    locked = judged(new, locked=["OrdersAreNamed"], waivers=[WaiverSpec("QueueIsNamed", "They are named by hand")])
    assert "LockedRulesStandFirm" in {finding.rule for finding in locked.findings}


def test_an_acknowledgement_of_the_old_name_counts(new: RuleSet, tmp_path: Path) -> None:
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    artifact = {
        "type": "aws:cloudformation:stack",
        "displayName": "Shop",
        "properties": {"templateFile": "Shop.template.json"},
        "metadata": {
            "/Shop/Orders": [
                {"type": "aws:cdk:logicalId", "data": "Orders"},
                {"type": "aws:cdk:acknowledged-rules", "data": {"Readiness::OrdersAreNamed": "Named by hand, really"}},
            ]
        },
    }
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"Shop": artifact}}))
    (folder / "Shop.template.json").write_text(json.dumps(TEMPLATE), encoding="utf-8")
    report = evaluate(
        Assembly.load(folder), [new.classes["QueueIsNamed"]], Config(), checklist=new.checklist, today=TODAY
    )

    states = {one.logical_id: one.decision.state for one in report.findings if one.rule == "QueueIsNamed"}
    assert states == {"Orders": "acknowledged", "Other": "open"}
    assert NOTE in report.notes


def test_a_baseline_of_the_old_name_counts_and_is_written_anew(old: RuleSet, new: RuleSet, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    baseline.record(file, judged(old, "OrdersAreNamed").findings)
    report = judged(new, baseline=str(file))

    assert {finding.decision.state for finding in report.findings} == {"baselined"}
    assert "2 findings are in the baseline under old names of rules" in " ".join(report.notes)

    again = judged(new)
    assert baseline.record(file, again.findings, former=again.former) == (2, 0)
    report = judged(new, baseline=str(file))
    assert {finding.decision.state for finding in report.findings} == {"baselined"}
    assert "old names" not in " ".join(report.notes)


def test_an_alias_lets_no_new_finding_into_a_baseline(old: RuleSet, new: RuleSet, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    baseline.record(
        file, judged(old, "OrdersAreNamed", {"Resources": {"Orders": {"Type": "AWS::SQS::Queue"}}}).findings
    )
    again = judged(new)

    assert {one.logical_id for one in judged(new, baseline=str(file)).findings if one.decision.state == "open"} == {
        "Other"
    }
    with pytest.raises(InputError, match="would grow by 1 findings, the first is QueueIsNamed at"):
        baseline.record(file, again.findings, former=again.former)


def test_a_name_that_nothing_had_is_an_error_with_the_nearest_old_one(new: RuleSet) -> None:
    with pytest.raises(InputError, match="Did you mean 'OrdersAreNamed'"):
        judged(new, waivers=[WaiverSpec("OrderAreNamed", "They are named by hand")])


@pytest.mark.parametrize(
    ("name", "aliases", "problem"),
    [
        ("QueueIsNamed", "[KmsKeyRotationEnabled]", "another rule has or had the name KmsKeyRotationEnabled"),
        ("QueueIsNamed", "[queue-named]", "'queue-named' is not CamelCase"),
        ("QueueIsNamed", "[QueueIsNamed]", "'QueueIsNamed' is there already"),
        ("QueueIsNamed", "[OldName, OldName]", "'OldName' is there already"),
    ],
)
def test_an_old_name_belongs_to_one_rule(tmp_path: Path, name: str, aliases: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as raised:
        rules(tmp_path / "rules", name, aliases)
    assert raised.value.line is not None


def test_a_new_rule_cannot_take_an_old_name(new: RuleSet, tmp_path: Path) -> None:
    rules(tmp_path / "more", "OrdersAreNamed")
    with pytest.raises(InputError, match="OrdersAreNamed is an old name of QueueIsNamed"):
        rule_set([str(tmp_path / "new"), str(tmp_path / "more")])


def test_an_override_of_the_old_name_is_told_the_new_one(new: RuleSet, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "changes.yaml").write_text("overrides: {OrdersAreNamed: {severity: info}}", encoding="utf-8")
    with pytest.raises(InputError, match="OrdersAreNamed is called QueueIsNamed now"):
        rule_set([str(tmp_path / "new"), str(more)])


def test_a_variant_of_a_class_does_not_inherit_old_names(new: RuleSet) -> None:
    original: Any = new.classes["QueueIsNamed"]
    variant: Any = type("StricterName", (original,), {})
    replacement: Any = type("Replacement", (original,), {"overrides": "QueueIsNamed"})

    assert (original.aliases, variant.aliases) == (("OrdersAreNamed",), ())
    assert replacement.aliases == ("OrdersAreNamed",)
    assert Rule.aliases == ()


def test_explain_knows_the_old_name(new: RuleSet) -> None:
    said = page("OrdersAreNamed", new.checklist)
    assert said.startswith("> OrdersAreNamed is an old name of QueueIsNamed.")
    assert "has no name" in said


def test_an_import_of_the_old_name_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    class Renamed(Checklist):
        aliases = {"KeysRotate": "KmsKeyRotationEnabled"}

    monkeypatch.setattr(readiness_pack.rules, "load", lambda: Renamed((), {}))
    with pytest.warns(DeprecationWarning, match="KeysRotate is called KmsKeyRotationEnabled now"):
        found = readiness_pack.rules.KeysRotate  # type: ignore[attr-defined]
    assert found is readiness_pack.rules.KmsKeyRotationEnabled


def test_old_names_of_ours_belong_to_one_rule_each() -> None:
    checklist = load()
    named = [old for item in checklist.items for rule in item.rules for old in rule.aliases]
    assert len(named) == len(set(named))
    assert not set(named) & checklist.rules.keys()
