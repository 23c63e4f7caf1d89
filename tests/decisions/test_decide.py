"""Profiles, waivers, acknowledgements, locks and the baseline: each promise of the configuration."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, Config, InputError, evaluate
from readiness_pack.config import ProfileSpec, WaiverSpec, load
from readiness_pack.decisions import baseline
from readiness_pack.findings import Finding, Report

TODAY = date(2026, 6, 1)
ACTIONS = "IamNoServiceWildcardActions"
RESOURCES = "IamNoWildcardResourceForResourceLevelActions"
RULES = ("KmsKeyRotationEnabled", "EventTargetsHaveDeadLetterQueue", ACTIONS, RESOURCES)
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}, "Metadata": {"aws:cdk:path": "Shop/Orders/Key/Resource"}},
        "KeyTwo": {
            "Type": "AWS::KMS::Key",
            "Properties": {},
            "Metadata": {"aws:cdk:path": "Shop/OrdersArchive/Key/Resource"},
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"Targets": [{"Id": "T", "Arn": "arn:aws:lambda:eu-west-1:111111111111:function:f"}]},
            "Metadata": {"aws:cdk:path": "Shop/Rule/Resource"},
        },
    }
}


def run(config: Config, *, template: dict[str, Any] | None = None, **attributes: Any) -> Report:
    from readiness_pack.rules import built_in

    assembly = Assembly.from_templates({"Shop": template or TEMPLATE})
    for name, value in attributes.items():
        setattr(assembly, name, value)
    return evaluate(assembly, [built_in()[name] for name in RULES], config, today=TODAY)


def rotation(report: Report) -> dict[str | None, Finding]:
    return {finding.logical_id: finding for finding in report.findings if finding.rule == "KmsKeyRotationEnabled"}


def waiver(**fields: Any) -> Config:
    return Config(
        waivers=[WaiverSpec(**{"rule": "KmsKeyRotationEnabled", "reason": "rotated by hand each quarter", **fields})]
    )


# Profiles ---------------------------------------------------------------------------------------------------------------


def test_standard_keeps_what_matters_most_an_error_and_never_fails_for_warnings() -> None:
    report = run(Config())
    assert rotation(report)["Key"].severity == "error"
    assert {f.severity for f in report.findings if f.rule == "EventTargetsHaveDeadLetterQueue"} == {"warning"}
    assert run(Config(severity={"KmsKeyRotationEnabled": "warning"})).exit_code == 0


def test_certified_fails_for_warnings() -> None:
    config = Config(profile="certified", severity={"KmsKeyRotationEnabled": "off"})
    assert run(config).exit_code == 1


def test_a_severity_may_be_set_by_item_and_by_glob_and_off_drops_the_rule() -> None:
    assert rotation(run(Config(severity={"SEC-ENC-03": "info"})))["Key"].severity == "info"
    assert rotation(run(Config(severity={"Kms*": "off"}))) == {}


def test_the_profile_follows_the_environment_of_the_stack() -> None:
    relaxed = {"relaxed": ProfileSpec(severity={"KmsKeyRotationEnabled": "info"})}
    environments = {"dev": ["Sh*"], "prod": ["Other"]}
    config = Config(custom_profiles=relaxed, profiles={"dev": "relaxed"}, environments=environments)
    finding = rotation(run(config))["Key"]
    assert (finding.severity, finding.environment, finding.counts) == ("info", "dev", False)


def test_what_matches_no_environment_is_production() -> None:
    config = Config(profiles={"prod": "strict"}, environments={"dev": ["Elsewhere"]})
    finding = rotation(run(config))["Key"]
    assert (finding.environment, finding.counts) == ("prod", True)


# Waivers -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "waived"),
    [
        ({}, {"Key", "KeyTwo"}),
        ({"resource": "Key"}, {"Key"}),
        ({"resource": "Shop/Orders/*"}, {"Key"}),
        ({"resource": "Shop/Orders*"}, {"Key", "KeyTwo"}),
        ({"rule": "SEC-ENC-03", "resource": "Key*"}, {"Key", "KeyTwo"}),
        ({"rule": "Kms*", "resource": "Nothing"}, set()),
    ],
)
def test_a_waiver_covers_what_it_names(fields: dict[str, str], waived: set[str]) -> None:
    report = run(waiver(**fields))
    assert {name for name, finding in rotation(report).items() if finding.decision.state == "waived"} == waived
    assert bool(report.unused_decisions) is not bool(waived)
    assert report.exit_code == (0 if waived == {"Key", "KeyTwo"} else 1)


def test_a_waived_finding_stays_in_the_report_with_who_and_why() -> None:
    config = waiver(owner="Ana", ticket="OPS-1", expires=TODAY + timedelta(days=90))
    decision = rotation(run(config))["Key"].decision
    assert (decision.reason, decision.owner, decision.ticket, decision.expires) == (
        "rotated by hand each quarter",
        "Ana",
        "OPS-1",
        "2026-08-30",
    )


def test_an_expired_waiver_fails_again_and_says_whose_it_was() -> None:
    report = run(waiver(owner="Ana", expires=TODAY - timedelta(days=1)))
    finding = rotation(report)["Key"]
    assert (finding.decision.state, finding.decision.owner, finding.counts) == ("expired", "Ana", True)
    assert report.exit_code == 1


@pytest.mark.parametrize(("days", "warned"), [(0, True), (30, True), (31, False)])
def test_a_waiver_that_ends_soon_is_a_warning(days: int, warned: bool) -> None:
    report = run(waiver(owner="Ana", expires=TODAY + timedelta(days=days)))
    ending = [finding for finding in report.findings if finding.rule == "WaiversAreCurrent"]
    assert [finding.severity for finding in ending] == (["warning"] if warned else [])
    assert report.exit_code == 0


def test_waivers_list_what_they_matched() -> None:
    (decision,) = run(waiver(resource="Key")).decisions
    assert decision["matches"] == [{"rule": "KmsKeyRotationEnabled", "place": "Shop/Orders/Key/Resource"}]


# Mistakes ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("waivers:\n- rule: KmsKeyRotationEnable\n  reason: because we can\n", ":2: waivers[0].rule: no rule or item is called 'KmsKeyRotationEnable'. Did you mean 'KmsKeyRotationEnabled'?"),
        ("waivers:\n- rule: KmsKeyRotationEnabled\n  reason: no\n", ":3: waivers[0].reason: shorter than 10 characters"),
        ("locked:\n- Nothing*\n", ":2: locked[0]: no rule or item matches 'Nothing*'"),
        ("profile: strickt\n", ":1: profile: there is no profile 'strickt'. Did you mean 'strict'?"),
        ("facts:\n  guardduty: {owner: Ana, date: 2026-01-01, until: 2027-01-01, value: 'false'}\n", ":2: facts.guardduty.value: write true or false, not 'false'"),
        ("severity:\n  SEC-ENC-3: error\n", ":2: severity.SEC-ENC-3: no rule or item is called 'SEC-ENC-3'. Did you mean 'SEC-ENC-03'?"),
        ("profiles: {prd: strict}\n", ":1: profiles.prd: there is no such environment. Did you mean 'prod'?"),
        ("waiver: []\n", ":1: waiver: there is no such key. Did you mean 'waivers'?"),
        ("waivers:\n- rule: A\n  reason: long enough\n  expire: 2026-01-01\n", ":4: waivers[0].expire: there is no such key. Did you mean 'expires'?"),
        ("parameters:\n  max_rotation_day: 9\n", ":2: parameters.max_rotation_day: no rule has such a parameter. Did you mean 'max_rotation_days'?"),
        ("facts:\n  orgtrail: {value: true, owner: Ana, date: 2026-01-01, until: 2027-01-01}\n", ":2: facts.orgtrail: no rule asks for such a fact. Did you mean 'org_trail'?"),
        ("fail_on: errors\n", ":1: fail_on: invalid enum value 'errors'"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_file_line_and_nearest_match(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "readiness.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as raised:
        run(load(file))
    assert str(raised.value).startswith(f"{file}{said}")


# Acknowledgements ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "id_", "covered"),
    [
        ("Shop/Orders", "Readiness::KmsKeyRotationEnabled", {"Key"}),
        ("Shop", "Readiness::SEC-ENC-03", {"Key", "KeyTwo"}),
        ("Shop/Orders/Key/Resource", "Readiness::Kms*", {"Key"}),
        ("", "Readiness::*", {"Key", "KeyTwo"}),
        ("Shop/Order", "Readiness::KmsKeyRotationEnabled", set()),
        ("Shop", "AwsSolutions-KMS5", {"Key", "KeyTwo"}),
        ("Shop", "AwsSolutions-KMS5[detail]", set()),
        ("Shop", "AwsSolutions-S1", set()),
        ("Shop/Orders", "KmsKeyRotationEnabled", {"Key"}),
        ("Shop/Orders", "SEC-ENC-03", {"Key"}),
    ],
)
def test_an_acknowledgement_counts_at_its_scope_and_below(scope: str, id_: str, covered: set[str]) -> None:
    report = run(Config(), acknowledgements=[(scope, {id_: "known and watched"})])
    states = {name for name, finding in rotation(report).items() if finding.decision.state == "acknowledged"}
    assert states == covered
    assert all(rotation(report)[name].decision.reason == "known and watched" for name in covered)


def test_a_mistyped_acknowledgement_is_an_error_that_names_the_nearest_rule() -> None:
    with pytest.raises(InputError, match="Did you mean 'KmsKeyRotationEnabled'"):
        run(Config(), acknowledgements=[("Shop", {"Readiness::KmsRotationEnabled": "typo"})])


def test_a_prefix_in_another_case_is_an_error_and_not_nothing() -> None:
    with pytest.raises(InputError, match="is spelled Readiness::KmsKeyRotationEnabled"):
        run(Config(), acknowledgements=[("Shop", {"readiness::KmsKeyRotationEnabled": "typo"})])


def test_a_waiver_in_code_has_owner_and_end() -> None:
    data = {"rule": "KmsKeyRotationEnabled", "reason": "rotated by hand", "owner": "Ana", "expires": "2026-05-31"}
    report = run(Config(), waivers=[("Shop/Orders", data)])
    assert rotation(report)["Key"].decision.state == "expired"
    assert rotation(report)["KeyTwo"].decision.state == "open"


def test_suppressions_of_cdk_nag_and_checkov_are_honoured_and_reported_as_such() -> None:
    template = {"Resources": {name: dict(resource) for name, resource in TEMPLATE["Resources"].items()}}
    template["Resources"]["Key"]["Metadata"] = {
        "cdk_nag": {"rules_to_suppress": [{"id": "AwsSolutions-KMS5", "reason": "legacy"}]}
    }
    template["Resources"]["KeyTwo"]["Metadata"] = {"checkov": {"skip": [{"id": "CKV_AWS_7", "comment": "external"}]}}
    found = rotation(run(Config(), template=template))
    assert [
        (found[name].decision.state, found[name].decision.source, found[name].decision.reason)
        for name in ("Key", "KeyTwo")
    ] == [
        ("acknowledged", "cdk-nag AwsSolutions-KMS5 in Metadata", "legacy"),
        ("acknowledged", "checkov CKV_AWS_7 in Metadata", "external"),
    ]


@pytest.mark.parametrize(
    ("details", "accepted"),
    [
        (["Action::s3:*"], {(ACTIONS, "s3:*")}),
        (["Resource::*"], {(RESOURCES, "dynamodb:*")}),
        (["Resource::arn:aws:s3:::b/*"], set()),
        (["Action::s3"], set()),
        (["Action::s3:*", "Action::dynamodb:*"], {(ACTIONS, "s3:*"), (ACTIONS, "dynamodb:*")}),
        ([{"regex": "/.*/"}], set()),
        ([], set()),
        (None, {(ACTIONS, "s3:*"), (ACTIONS, "dynamodb:*"), (RESOURCES, "dynamodb:*")}),
    ],
)
@pytest.mark.parametrize("where", ["metadata", "acknowledgement", "waiver"])
def test_a_detail_of_cdk_nag_accepts_nothing_beside_it(
    where: str, details: Any, accepted: set[tuple[str, str]]
) -> None:
    statements = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"},
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
    ]
    policy = {"Type": "AWS::IAM::Policy", "Properties": {"Roles": ["r"], "PolicyDocument": {"Statement": statements}}}
    config, decided = Config(), {}
    ids = ["AwsSolutions-IAM5"] if details is None else [f"AwsSolutions-IAM5[{one}]" for one in details]
    if where == "metadata":
        entry = {"id": "AwsSolutions-IAM5", "reason": "on purpose", "appliesTo": details}
        policy["Metadata"] = {"cdk_nag": {"rules_to_suppress": [entry]}}
    elif where == "waiver":
        config = Config(waivers=[WaiverSpec(id_, "it has to be so") for id_ in ids])
    else:
        decided = {"acknowledgements": [("", dict.fromkeys(ids, "on purpose"))]}
    report = run(config, template={"Resources": {"Policy": policy}}, **decided)
    found = {
        (f.rule, action): f.decision.state
        for f in report.findings
        for action in ("s3:*", "dynamodb:*")
        if f.rule in (ACTIONS, RESOURCES) and f" allows {action}" in f.message
    }
    assert len(found) == 3
    assert {key for key, state in found.items() if state != "open"} == accepted


@pytest.mark.parametrize("pattern", ["SEC-ENC-0[3]", "KmsKeyRotationEnable[d]"])
def test_brackets_of_a_glob_are_no_detail(pattern: str) -> None:
    report = run(Config(waivers=[WaiverSpec(pattern, "rotated by hand")]))
    assert {finding.decision.state for finding in rotation(report).values()} == {"waived"}


def test_what_no_rule_can_see_can_be_accepted_too() -> None:
    template = {"Transform": "AWS::SecretsManager-2024-09-16", **TEMPLATE}
    config = Config(waivers=[WaiverSpec("TemplateIsFullyJudged", "the macro adds a rotation function only")])
    (finding,) = [f for f in run(config, template=template).findings if f.rule == "TemplateIsFullyJudged"]
    assert finding.decision.state == "waived"


# Locks and baseline ------------------------------------------------------------------------------------------------------------


def test_a_locked_rule_cannot_be_waived_and_trying_is_a_finding() -> None:
    config = Config(locked=["SEC-ENC-03"], waivers=waiver(resource="Key").waivers)
    report = run(config)
    assert {finding.decision.state for finding in rotation(report).values()} == {"open"}
    (attempt,) = [finding for finding in report.findings if finding.rule == "LockedRulesStandFirm"]
    assert attempt.counts
    assert "KmsKeyRotationEnabled is locked" in attempt.message


def test_known_findings_do_not_count_and_new_ones_do(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    only_one = {"Resources": {"Key": TEMPLATE["Resources"]["Key"]}}
    assert baseline.record(file, run(Config(), template=only_one).findings) == (1, 0)
    report = run(Config(baseline=str(file)))
    assert {name: finding.decision.state for name, finding in rotation(report).items()} == {
        "Key": "baselined",
        "KeyTwo": "open",
    }
    (listed,) = report.decisions
    assert (listed["origin"], listed["source"], len(listed["matches"])) == ("baseline", str(file), 1)
    assert run(Config(baseline=str(file)), template=only_one).exit_code == 0


def test_the_baseline_only_shrinks_unless_told(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    findings = run(Config()).findings
    baseline.record(file, findings)
    assert baseline.record(file, findings[1:]) == (2, 1)
    with pytest.raises(InputError, match="would grow by 1 findings"):
        baseline.record(file, findings)
    assert baseline.record(file, findings, allow_growth=True) == (3, 0)


def test_a_file_that_is_no_baseline_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text("{ precious")
    with pytest.raises(InputError, match="is not a baseline"):
        baseline.record(file, run(Config()).findings)
    assert file.read_text() == "{ precious"
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")) == ["baseline.json"]


def test_a_locked_rule_cannot_be_baselined(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    baseline.record(file, run(Config()).findings)
    report = run(Config(baseline=str(file), locked=["KmsKeyRotationEnabled"]))
    assert {finding.decision.state for finding in rotation(report).values()} == {"open"}
    assert sum(finding.rule == "LockedRulesStandFirm" for finding in report.findings) == 2
