"""What lets a failure through on purpose or by mistake: it is seen, and where it could hide a failure, it fails."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, Config, InputError, Report, evaluate
from readiness_pack.config import FactSpec, ProfileSpec, WaiverSpec
from readiness_pack.decisions import gate
from readiness_pack.findings import Finding
from readiness_pack.rules import built_in
from readiness_pack.template.records import PeerFinding
from tests.faults.support import SECTIONS, SOON, TEMPLATE, TODAY, WITNESS, Cli, accepted, signed


def run(settings: Config | None = None, template: dict[str, Any] | None = None, **attributes: Any) -> Report:
    assembly = Assembly.from_templates({"Shop": TEMPLATE if template is None else template})
    for name, value in attributes.items():
        setattr(assembly, name, value)
    return evaluate(assembly, None, settings or Config(), today=TODAY)


def opened(report: Report) -> list[Finding]:
    """What is said of the gate itself."""
    return [finding for finding in report.findings if finding.rule == gate.RULE]


def waiver(rule: str, resource: str = "*", **other: Any) -> WaiverSpec:
    return WaiverSpec(rule, "nobody has looked at any of it", resource, "Ana", **other)


# A waiver that matches all -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["*", "**", "?*", "*-*", "[A-Z]*", "Readiness::*", "*[a-z]*"])
@pytest.mark.parametrize("resource", ["*", "**", "?*"])
def test_a_waiver_that_matches_all_fails(rule: str, resource: str) -> None:
    report = run(Config(waivers=[waiver(rule, resource)]))
    (found,) = opened(report)
    assert found.message == (
        f"The decision by Ana to accept {rule} for {resource} (configuration waivers[0]) accepts also what nobody has "
        "looked at yet; name rules or resources."
    )
    assert (found.severity, found.counts, found.decision.state) == ("error", True, "open")
    assert report.exit_code == 1
    assert next(item.status for item in report.items if item.id == gate.ITEM) == "not met"


@pytest.mark.parametrize(
    "one",
    [
        waiver("SEC-*"),
        waiver(WITNESS),
        waiver("*", "Key"),
        waiver("*", "Shop/*/Role"),
        waiver("*Encrypted"),
        waiver("*", expires=TODAY - datetime.timedelta(1)),
    ],
    ids=lambda one: f"{one.rule} {one.resource} {one.expires}",
)
def test_a_waiver_that_names_something_is_a_decision(one: WaiverSpec) -> None:
    assert opened(run(Config(waivers=[one]))) == []


def test_a_waiver_of_all_in_code_and_an_acknowledgement_of_all_on_the_app() -> None:
    data = {"rule": "*", "reason": "nobody has looked at any of it"}
    (found,) = opened(run(waivers=[("", data)]))
    assert "accept * for the app (waive() on the app)" in found.message
    reason = {"Readiness::*": "nobody has looked at any of it"}
    (found,) = opened(run(acknowledgements=[("", reason)]))
    assert "accept Readiness::* for the app (acknowledgement on the app)" in found.message
    assert opened(run(acknowledgements=[("Shop/Orders", reason)])) == []


def test_an_acknowledgement_on_the_app_of_one_rule_is_listed() -> None:
    report = run(acknowledgements=[("", {f"Readiness::{WITNESS}": "the key is made anew each month"})])
    (decision,) = [one for one in report.decisions if one["matches"]]
    assert (decision["resource"], decision["state"], len(decision["matches"])) == ("", "acknowledged", 1)
    locked = run(Config(locked=[WITNESS]), acknowledgements=[("", {f"Readiness::{WITNESS}": "made anew each month"})])
    assert {"LockedRulesStandFirm", WITNESS} <= {one.rule for one in locked.failing}


def test_nobody_waives_the_gate_itself() -> None:
    everything = [waiver("*"), *(waiver(f"{section}-*") for section in SECTIONS)]
    report = run(Config(waivers=everything, severity={"*": "info"}))
    assert [one.rule for one in report.failing] == [gate.RULE]


def test_with_few_rules_a_glob_may_mean_them_all() -> None:
    assembly = Assembly.from_template(TEMPLATE)
    report = evaluate(assembly, [built_in()[WITNESS]], Config(waivers=[waiver("Kms*")]), today=TODAY)
    assert report.findings
    assert opened(report) == []


# Rules that are off --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        Config(severity={"*": "off"}),
        Config(severity={f"{section}-*": "off" for section in SECTIONS}),
        Config(profile="none", custom_profiles={"none": ProfileSpec("strict", {"*": "off"})}),
        Config(
            environments={"dev": ["*"]},
            profiles={"dev": "none"},
            custom_profiles={"none": ProfileSpec("strict", {"*": "off"})},
        ),
    ],
    ids=["all", "section by section", "a profile", "a profile of the one environment"],
)
def test_where_every_rule_is_off_the_run_fails(settings: Config) -> None:
    report = run(settings)
    (found,) = opened(report)
    assert found.message == f"The configuration turns off all {len(built_in())} rules of the run, so nothing is judged."
    assert report.exit_code == 1


def test_one_rule_that_is_on_is_enough_and_the_others_are_counted() -> None:
    report = run(Config(severity={"*": "off", WITNESS: "error"}))
    assert opened(report) == []
    assert [one.rule for one in report.failing] == [WITNESS]
    all_ = len(built_in())
    assert f"{all_ - 1} of {all_} rules are off, by the configuration" in report.notes


def test_what_only_another_tool_finds_may_be_left_on_alone() -> None:
    assembly = Assembly.from_templates({"Shop": TEMPLATE})
    assembly.peer_findings = [
        PeerFinding("checkov", "CKV_AWS_999", "CKV_AWS_999", "It is not so.", "error", stack="Shop", logical_id="Key")
    ]
    report = evaluate(assembly, None, Config(severity={"*": "off", "CKV_AWS_999": "error"}), today=TODAY)
    assert [one.rule for one in report.failing] == ["CKVAWS999"]


def test_rules_that_are_off_in_one_of_several_environments_are_told() -> None:
    settings = Config(
        environments={"dev": ["Dev*"]},
        profiles={"dev": "none"},
        custom_profiles={"none": ProfileSpec("strict", {"*": "off"})},
    )
    report = evaluate(Assembly.from_templates({"Dev": TEMPLATE, "Prod": TEMPLATE}), None, settings, today=TODAY)
    assert opened(report) == []
    assert {one.stack for one in report.failing} <= {"Prod", None}
    all_ = len(built_in())
    assert f"{all_} of {all_} rules are off in dev, by the configuration" in report.notes


# What fails the run --------------------------------------------------------------------------------------------------


def test_fail_on_never_is_told_in_every_profile() -> None:
    for profile in ("standard", "strict", "certified"):
        report = run(Config(profile=profile, fail_on="never"))
        assert report.exit_code == 0
        assert "no finding fails the run: fail_on is never" in report.notes
    report = run(Config(fail_on="never", waivers=[waiver("*")]))
    assert report.exit_code == 0
    assert len(opened(report)) == 1  # seen, although the user said that nothing fails


def test_fail_on_never_certifies_nothing(here: Path, cli: Cli) -> None:
    (here / "readiness.yaml").write_text("fail_on: never\n")
    code, out, _ = cli("check", "app")
    assert (code, "note: no finding fails the run: fail_on is never" in out) == (0, True)
    assert cli("report", "app").code == 1
    assert cli("certify", "app", "--by", "Cai Berg").code == 1


def test_a_glob_that_makes_everything_a_test_stack_is_told() -> None:
    settings = Config(environments={"dev": ["*"]}, profiles={"prod": "certified", "dev": "standard"})
    note = "no stack was judged as prod: the environments of the configuration make all of them dev"
    assert note in run(settings).notes
    both = evaluate(
        Assembly.from_templates({"Dev": TEMPLATE, "Shop": TEMPLATE}), None, Config(environments={"dev": ["Dev"]})
    )
    assert not any("was judged as" in one for one in both.notes)
    assert not any("was judged as" in one for one in run().notes)


# What lasts too long -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "told"), [(731, False), (732, True)])
def test_what_lasts_longer_than_two_years_is_told(days: int, told: bool) -> None:
    end = TODAY + datetime.timedelta(days)
    fact = FactSpec(True, "Security", TODAY, end)
    notes = run(Config(waivers=[waiver(WITNESS, expires=end)], facts={"guardduty": fact})).notes
    assert (f"the waiver of {WITNESS} for * lasts until {end}" in notes) is told
    assert (f"the fact guardduty of Security counts until {end}" in notes) is told


def test_a_record_is_never_dated_ahead(here: Path, cli: Cli) -> None:
    later = TODAY + datetime.timedelta(40)
    for text in (
        f"{{item: REL-DRC-04, statement: Restored it all, owner: Operations, date: {later}}}",
        f"{{fact: guardduty, owner: Security, date: {later}, valid_until: 9999-12-31}}",
        f"{{item: REL-DRC-04, statement: Restored it all, owner: Ops, date: {TODAY}, valid_until: 9999-12-31}}",
    ):
        (here / "evidence" / "records.yaml").write_text(f"records:\n  - {text}\n")
        for command in ("report", "evidence"):
            code, _, err = cli(*(("evidence", "check") if command == "evidence" else ("report", "app")))
            assert (code, err.count("\n")) == (2, 1), err
            assert "records.yaml:2: " in err


# Rules and baselines -------------------------------------------------------------------------------------------------

OVERRIDE = f"overrides:\n  {WITNESS}:\n    severity: info\n"


def test_rules_that_weaken_ours_are_told(here: Path, cli: Cli) -> None:
    (here / "readiness.yaml").unlink()
    (here / "mine").mkdir()
    (here / "mine" / "a.yaml").write_text(OVERRIDE)
    out = cli("check", "app", "--rules", "mine").out
    assert f"note: {WITNESS} is overridden by mine/a.yaml (severity)" in out
    document = json.loads(cli("check", "app", "--rules", "mine", "--format", "json").out)
    assert any(WITNESS in note for note in document["notes"])


@pytest.mark.parametrize("kind", ["empty", "only hidden", "missing", "a file"])
def test_a_folder_without_rules_is_an_error(here: Path, cli: Cli, kind: str) -> None:
    folder = here / "mine"
    if kind == "a file":
        folder.write_text("id: ORG-1\n")
    elif kind != "missing":
        folder.mkdir()
        (folder / ".a.yaml").write_text("id: ORG-1\n") if kind == "only hidden" else None
    for arguments in (("check", "app", "--rules", "./mine"), ("check", "app")):
        (here / "readiness.yaml").write_text("" if "--rules" in arguments else "rules: [./mine]\n")
        if "--rules" in arguments:
            (here / "readiness.yaml").unlink()
        code, out, err = cli(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1), err
        assert "mine" in err


def test_a_baseline_of_everything_is_no_readiness(here: Path, cli: Cli) -> None:
    (here / "readiness.yaml").write_text("profile: standard\n")
    assert cli("baseline", "app").code == 0
    (here / "readiness.yaml").write_text("profile: standard\nbaseline: readiness-baseline.json\n")
    code, out, _ = cli("check", "app")
    known = len(json.loads((here / "readiness-baseline.json").read_text())["findings"])
    assert code == 0
    assert f"{known} accepted ({known} baselined)" in out
    assert "NOT READY" in cli("report", "app").out
    assert cli("certify", "app", "--by", "Cai Berg").code == 1
    (here / "app" / "More.json").write_text(json.dumps(TEMPLATE))
    assert cli("check", "app").code == 1
    code, _, err = cli("baseline", "app")
    assert (code, "would grow by" in err) == (2, True)


# Nothing to judge ----------------------------------------------------------------------------------------------------


def test_no_resource_at_all_is_told_and_certifies_nothing(here: Path, cli: Cli) -> None:
    (here / "app" / "Orders.json").write_text('{"Resources": {}}')
    code, out, _ = cli("check", "app")
    assert code == 0  # a project begins so, and CDK deploys no such stack
    assert "PASS: 0 errors, 1 warning, 0 unknown (0 resources in 1 stack" in out
    assert "GateIsInForce" in cli("check", "app", "--verbose").out
    (here / "readiness.yaml").write_text(accepted(profile="certified"))
    assert cli("check", "app").code == 1
    signed(cli)
    code, out, _ = cli("certify", "app", "--by", "Cai Berg")
    assert (code, gate.ITEM in out) == (1, True)


@pytest.mark.parametrize("content", [None, "just a note\n", "Resources:\n"])
def test_no_template_at_all_is_an_error(here: Path, cli: Cli, content: str | None) -> None:
    (here / "app" / "Orders.json").unlink()
    if content is not None:
        (here / "app" / "notes.yaml").write_text(content)
    code, out, err = cli("check", "app")
    assert (code, out, err.count("\n")) == (2, "", 1), err


def test_an_unknown_type_and_a_nested_template_elsewhere_are_open_answers(here: Path, cli: Cli) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://b.s3.amazonaws.com/x.json"}}
    resources = {"Odd": {"Type": "AWS::SQS::Queu"}, "Nested": nested, **TEMPLATE["Resources"]}
    report = run(template={"Resources": resources})
    found = {one.logical_id: one.message for one in report.findings if one.rule == "TemplateIsFullyJudged"}
    assert found == {
        "Odd": "No rule knows the type AWS::SQS::Queu of Odd: a slip, or newer than our tables.",
        "Nested": "The template of the nested stack Nested is no part of what was judged.",
    }
    strict = run(Config(on_unknown="fail", fail_on="warning"), {"Resources": {"Nested": nested}})
    assert "TemplateIsFullyJudged" in {one.rule for one in strict.failing}
    (here / "app" / "Orders.json").write_text(json.dumps({"Resources": {"Nested": nested}}))
    (here / "app" / "x.json").write_text(json.dumps(TEMPLATE))
    (here / "readiness.yaml").unlink()
    assert "no part of what was judged" not in cli("check", "app", "--verbose").out


# Signatures and certificates -----------------------------------------------------------------------------------------


def test_one_person_for_all_teams_is_told(here: Path, cli: Cli) -> None:
    signed(cli, name="Ana  Silva")
    note = "Ana Silva signed for 5 teams: security, operations, platform, qa, business"
    assert f"note: {note}" in cli("report", "app").out
    code, out, _ = cli("certify", "app", "--by", "Cai Berg")
    assert (code, f"Note: {note}." in out) == (0, True)
    (here / "readiness.yaml").write_text(accepted(certifier="not a signer"))
    signed(cli, name="ana silva")
    assert cli("certify", "app", "--by", "ANA SILVA").code == 1


def test_five_people_are_not_told(here: Path, cli: Cli) -> None:
    signed(cli)
    assert "signed for" not in cli("certify", "app", "--by", "Cai Berg").out.replace("also signed for", "")


def _another_app(here: Path) -> None:
    other = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}, **TEMPLATE["Resources"]}}
    (here / "app" / "Orders.json").write_text(json.dumps(other))


def _another_name(here: Path) -> None:
    (here / "app" / "Orders.json").rename(here / "app" / "Bookings.json")


def _weaker_settings(here: Path) -> None:
    (here / "readiness.yaml").write_text(accepted(fail_on="never"))


@pytest.mark.parametrize("change", [_another_app, _another_name, _weaker_settings])
def test_a_certificate_of_another_app_does_not_hold(here: Path, cli: Cli, change: Callable[[Path], None]) -> None:
    signed(cli)
    assert cli("certify", "app", "--by", "Cai Berg").code == 0
    assert cli("verify", "evidence", "app").code == 0
    change(here)
    code, out, _ = cli("verify", "evidence", "app")
    assert (code, out.startswith("STALE: ")) == (1, True), out


def test_the_settings_have_no_end_in_the_past(here: Path, cli: Cli) -> None:
    """The project of these tests is in force: what it accepts ends, and is named."""
    out = cli("check", "app", "--verbose").out
    assert str(SOON) in out
    assert gate.RULE not in out


def test_an_unknown_name_is_never_passed_over(here: Path, cli: Cli) -> None:
    for settings in (
        "severity: {KmsKeyRotation: off}",
        "locked: [KmsKeyRotation]",
        "waivers: [{rule: KmsKeyRotation, reason: made anew each month}]",
        "profile: strickt",
        "profiles: {dev: strict}",
        "evidence: nowhere",
        "baseline: nowhere.json",
    ):
        (here / "readiness.yaml").write_text(f"{settings}\n")
        code, out, err = cli("check", "app")
        assert (code, out, err.count("\n")) == (2, "", 1), err


def test_errors_are_input_errors() -> None:
    with pytest.raises(InputError):
        run(Config(locked=["NoSuchRule"]))
