"""cdk-nag in the same gate: what both find is reported once, what only cdk-nag finds is kept, decisions count for both."""

from __future__ import annotations

import json
import re
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import jsii
import jsonschema
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from packaging.version import Version

from readiness_pack import Assembly, InputError, ReadinessChecks, ReadinessError, evaluate
from readiness_pack.integrations.cdk_nag import calls, known_as, packs, run
from readiness_pack.peers import cdk_nag_names
from readiness_pack.report.json_report import render
from tests.conftest import ROOT
from tests.integrations.synthesis import Result, crossings, new_app, only, synth

NAG = ("AwsSolutions",)
PORT = "RDSNonDefaultPort"  # AwsSolutions-RDS11, which no rule of ours repeats
KEYS = "KmsKeyRotationEnabled"  # AwsSolutions-KMS5


def fill(app: cdk.App) -> cdk.Stack:
    """A key that both tools find fault with, and a database on the default port, which only cdk-nag minds."""
    stack = cdk.Stack(app, "Shop")
    kms.Key(stack, "Key")
    rds.CfnDBInstance(
        stack, "Database", db_instance_class="db.m6g.large", engine="postgres", allocated_storage="20", port="5432"
    )
    return stack


def by_plugin(app: cdk.App, **settings: Any) -> Result:
    cdk.Validations.of(app).add_plugins(ReadinessChecks(cdk_nag=NAG, **settings))
    return synth(app)


def found(result: Result, rule: str) -> list[dict[str, Any]]:
    return [finding for finding in result.findings if finding["rule"] == rule]


# One report -----------------------------------------------------------------------------------------------------------


def test_what_both_find_is_reported_once_in_our_words(app: cdk.App) -> None:
    fill(app)
    result = by_plugin(app)

    (finding,) = found(result, KEYS)
    assert finding["peers"] == ["cdk-nag AwsSolutions-KMS5"]
    assert finding["item"] == "SEC-ENC-03"
    assert finding["message"].endswith("Also found by cdk-nag AwsSolutions-KMS5.")
    assert finding["fix"]
    assert "KMSBackingKeyRotationEnabled" not in {f["rule"] for f in result.findings}
    assert result.handed_over(KEYS) == ["Shop/Key/Resource"], "once in CDK's output"


def test_what_only_cdk_nag_finds_is_kept_and_fails(app: cdk.App, tmp_path: Path) -> None:
    only(tmp_path)
    (tmp_path / "readiness.yaml").write_text(f'severity: {{"*": "off", {PORT}: error}}')
    fill(app)
    result = by_plugin(app)

    (finding,) = found(result, PORT)
    assert finding["peers"] == ["cdk-nag AwsSolutions-RDS11"]
    assert (finding["item"], finding["severity"], finding["counts"]) == ("OTHER", "error", True)
    assert finding["stack"] == "Shop"
    assert finding["logical_id"] == "Database"
    assert "default endpoint port (cdk-nag AwsSolutions-RDS11)." in finding["message"]
    assert result.handed_over(PORT) == ["Shop/Database"]
    assert result.error is not None
    assert "Readiness::RDSNonDefaultPort" in result.error


def test_every_place_of_cdk_nag_is_in_the_report_or_in_a_note(app: cdk.App) -> None:
    """Nothing that cdk-nag says gets lost, and CDK is told of no finding twice."""
    stack = fill(app)
    bucket = s3.Bucket(stack, "Bucket")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(iam.PolicyStatement(actions=["s3:*"], resources=["*"]))
    bucket.grant_read(role)
    result = by_plugin(app)

    said = {(one["id"], one["construct_path"]) for one in result.document["recorded"]["peers"]}
    assert len(said) >= 8
    notes = " ".join(result.document["notes"])
    for id_, path in said:
        known = {
            re.sub(r"\[.*", "", peer.removeprefix("cdk-nag "), flags=re.DOTALL)
            for f in result.findings
            if f["construct_path"] == path
            for peer in f["peers"]
        }
        assert id_ in known or (id_ in notes and path in notes), (id_, path)
    handed = [
        (violation["ruleName"], violation["description"], construct["constructPath"])
        for report in result.plugin_reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    ]
    assert len(handed) == len(set(handed))


def test_a_finding_of_several_packs_is_one(app: cdk.App) -> None:
    fill(app)
    cdk.Validations.of(app).add_plugins(ReadinessChecks(cdk_nag=["AwsSolutions", "HIPAA.Security", "NIST.800.53.R5"]))
    result = synth(app)

    (finding,) = found(result, KEYS)
    assert finding["peers"] == ["cdk-nag AwsSolutions-KMS5", "cdk-nag NIST.800.53.R5-KMSBackingKeyRotationEnabled"]
    fingerprints = [f["fingerprint"] for f in result.findings]
    assert len(fingerprints) == len(set(fingerprints))
    assert result.document["recorded"]["packs"] == ["AwsSolutions", "HIPAA.Security", "NIST.800.53.R5"]


def test_several_findings_of_one_rule_on_one_resource_stay_apart(app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text('severity: {"*": "off", IAMNoManagedPolicies: error}')
    role = iam.Role(cdk.Stack(app, "Shop"), "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    for name in ("ReadOnlyAccess", "AmazonS3FullAccess"):
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(name))
    findings = found(by_plugin(app), "IAMNoManagedPolicies")

    assert len({finding["fingerprint"] for finding in findings}) == 2
    assert all("cdk-nag AwsSolutions-IAM4[Policy::arn:" in finding["message"] for finding in findings)


def test_fingerprints_hang_on_neither_pack_nor_door(tmp_path: Path) -> None:
    known: set[str] = set()
    for number, names in enumerate((["HIPAA.Security"], ["NIST.800.53.R5", "HIPAA.Security"])):
        app = new_app(tmp_path / f"{number}.out")
        iam.CfnPolicy(
            cdk.Stack(app, "Shop"), "Inline", policy_name="inline", policy_document={"Statement": []}, roles=["role"]
        )
        cdk.Validations.of(app).add_plugins(ReadinessChecks(cdk_nag=names))
        known |= {finding["fingerprint"] for finding in found(synth(app), "IAMNoInlinePolicy")}
    assert len(known) == 1


def test_an_answer_that_cdk_nag_cannot_give_is_unknown(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop")
    port = cdk.CfnParameter(stack, "Port")
    rds.CfnDBInstance(stack, "Database", engine="postgres", port=port.value_as_string)
    result = by_plugin(app)

    (finding,) = found(result, PORT)
    assert finding["verdict"] == "unknown"
    assert finding["counts"] is False


def test_what_satisfies_our_rule_is_a_note(app: cdk.App, tmp_path: Path) -> None:
    """A rotation by property override is in the template, where we see it, and not in the class that cdk-nag asks."""
    key = kms.CfnKey(cdk.Stack(app, "Shop"), "Key", key_policy={"Version": "2012-10-17", "Statement": []})
    key.add_property_override("EnableKeyRotation", True)
    result = by_plugin(app)

    assert found(result, KEYS) == []
    text = f"cdk-nag AwsSolutions-KMS5 finds fault with 1 place where {KEYS} has no finding: Shop/Key"
    assert text in result.document["notes"]


# Doors ----------------------------------------------------------------------------------------------------------------


def test_the_doors_agree(tmp_path: Path) -> None:
    documents: list[dict[str, Any]] = []
    for door in ("plugin", "aspect"):
        app = new_app(tmp_path / f"{door}.out")
        fill(app)
        checks = ReadinessChecks(cdk_nag=NAG)
        if door == "plugin":
            cdk.Validations.of(app).add_plugins(checks)
        else:
            cdk.Aspects.of(app).add(checks)
        result = synth(app)
        if door == "plugin":
            assert (result.outdir / "readiness-report.json").read_bytes() == render(
                evaluate(Assembly.load("plugin.out"))
            ), "readiness check cdk.out shows the same afterwards"
        else:
            assert result.annotated(PORT) == ["Shop/Database"]
            assert result.annotated(KEYS) == ["Shop/Key/Resource"]
        documents.append(result.document)

    def words(document: dict[str, Any]) -> set[tuple[str, ...]]:
        return {(f["fingerprint"], f["rule"], f["message"], f["severity"]) for f in document["findings"]}

    assert words(documents[0]) == words(documents[1])
    assert documents[0]["items"] == documents[1]["items"]
    assert documents[0]["notes"] == documents[1]["notes"]


def test_an_aspect_of_a_stack_speaks_of_that_stack_alone(app: cdk.App) -> None:
    stack = fill(app)
    kms.Key(cdk.Stack(app, "Elsewhere"), "Key")
    cdk.Aspects.of(stack).add(ReadinessChecks(cdk_nag=NAG))
    result = synth(app)

    assert {f["stack"] for f in result.findings if f["peers"]} == {"Shop"}


def test_stages_and_nested_stacks_are_reached(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    nested = cdk.NestedStack(cdk.Stack(stage, "Shop"), "Inner")
    kms.Key(nested, "Key")
    result = by_plugin(app)

    (finding,) = found(result, KEYS)
    assert finding["construct_path"] == "Prod/Shop/Inner/Key/Resource"
    assert finding["peers"] == ["cdk-nag AwsSolutions-KMS5"]


def test_a_plugin_on_a_stage_speaks_of_that_stage_and_two_say_nothing_twice(app: cdk.App) -> None:
    fill(app)
    stage = cdk.Stage(app, "Prod")
    kms.Key(cdk.Stack(stage, "Shop"), "Key")
    cdk.Validations.of(stage).add_plugins(ReadinessChecks(cdk_nag=NAG))
    assert {f["stack"] for f in synth(app).findings if f["peers"]} == {"Prod/Shop"}

    cdk.Validations.of(app).add_plugins(ReadinessChecks(cdk_nag=NAG))
    result = synth(app, force=True)
    assert {f["stack"] for f in result.findings if f["peers"]} == {"Prod/Shop", "Shop"}
    assert sorted(result.handed_over(KEYS)) == ["Prod/Shop/Key/Resource", "Shop/Key/Resource"]
    peers = [json.dumps(one) for one in result.document["recorded"]["peers"]]
    assert len(peers) == len(set(peers))


def test_findings_about_a_template_that_has_changed_since_are_left_out(app: cdk.App) -> None:
    fill(app)
    outdir = by_plugin(app).outdir
    template = outdir / "Shop.template.json"
    template.write_text(template.read_text().replace("5432", "6432"))
    report = evaluate(Assembly.load(outdir))

    assert not [finding for finding in report.findings if finding.peers]
    assert [note for note in report.notes if "of cdk-nag were left out: the templates have changed since" in note]


def test_the_next_synthesis_without_it_forgets_cdk_nag(tmp_path: Path) -> None:
    app = new_app(tmp_path / "cdk.out")
    fill(app)
    assert by_plugin(app).document["recorded"]["peers"]
    app = new_app(tmp_path / "cdk.out")
    fill(app)
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    result = synth(app)
    assert result.document["recorded"]["peers"] == []
    assert not [finding for finding in result.findings if finding["peers"]]


def test_what_is_written_fits_the_schemas(app: cdk.App, shared: Path) -> None:
    fill(app)
    document = by_plugin(app).document
    for schema in (ROOT / "docs" / "schemas" / "check.schema.json", shared / "contract" / "check.schema.json"):
        jsonschema.Draft202012Validator(json.loads(schema.read_text())).validate(document)


# Decisions ------------------------------------------------------------------------------------------------------------


def acknowledge(scope: cdk.Stack, id_: str) -> None:
    cdk.Validations.of(scope).acknowledge(cdk.Acknowledgment(id=id_, reason="accepted until the migration"))


@pytest.mark.parametrize("id_", ["AwsSolutions-KMS5", f"Readiness::{KEYS}", "Readiness::AwsSolutions-KMS5"])
def test_either_id_acknowledges_what_both_find(app: cdk.App, tmp_path: Path, id_: str) -> None:
    only(tmp_path, KEYS)
    acknowledge(fill(app), id_)
    result = by_plugin(app)

    assert result.error is None or KEYS not in result.error
    (finding,) = found(result, KEYS)
    assert finding["decision"]["state"] == "acknowledged"
    assert finding["decision"]["reason"] == "accepted until the migration"


@pytest.mark.parametrize("id_", [f"Readiness::{PORT}", "Readiness::AwsSolutions-RDS11"])
def test_what_only_cdk_nag_finds_is_acknowledged_by_either_id(app: cdk.App, tmp_path: Path, id_: str) -> None:
    (tmp_path / "readiness.yaml").write_text(f'severity: {{"*": "off", {PORT}: error}}')
    acknowledge(fill(app), id_)
    result = by_plugin(app)

    assert result.error is None
    (finding,) = found(result, PORT)
    assert finding["decision"]["state"] == "acknowledged"


def test_what_cdk_nag_itself_acknowledges_it_does_not_report(app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text(f'severity: {{"*": "off", {PORT}: error}}')
    acknowledge(fill(app), "AwsSolutions-RDS11")
    result = by_plugin(app)

    assert result.error is None
    if Version(version("cdk-nag")) >= Version("3.0.2"):
        assert found(result, PORT) == []
    else:  # it looks for another spelling of the id than CDK writes since 2.262.1
        (finding,) = found(result, PORT)
        assert (finding["decision"]["state"], finding["counts"]) == ("acknowledged", False)
        assert finding["decision"]["reason"] == "accepted until the migration"


@pytest.mark.parametrize("rule", ["AwsSolutions-RDS11", PORT, "AwsSolutions-RDS*", "OTHER"])
def test_waivers_name_either_id(app: cdk.App, tmp_path: Path, rule: str) -> None:
    (tmp_path / "readiness.yaml").write_text(
        f'severity: {{"*": "off", {PORT}: error}}\n'
        f'waivers: [{{rule: "{rule}", resource: Database, reason: "moved in the spring", expires: 2999-01-01}}]'
    )
    fill(app)
    result = by_plugin(app)

    assert result.error is None
    (finding,) = found(result, PORT)
    assert (finding["decision"]["state"], finding["decision"]["expires"]) == ("waived", "2999-01-01")


def test_a_suppression_in_metadata_counts(app: cdk.App) -> None:
    database = fill(app).node.find_child("Database")
    assert isinstance(database, cdk.CfnResource)
    database.add_metadata("cdk_nag", {"rules_to_suppress": [{"id": "AwsSolutions-RDS11", "reason": "as in version 2"}]})
    (finding,) = found(by_plugin(app), PORT)
    assert (finding["decision"]["state"], finding["decision"]["reason"]) == ("acknowledged", "as in version 2")


def test_a_waiver_of_one_detail_leaves_the_others(app: cdk.App, tmp_path: Path) -> None:
    id_ = "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/ReadOnlyAccess]"
    (tmp_path / "readiness.yaml").write_text(f'waivers: [{{rule: "{id_}", reason: read only on purpose}}]')
    role = iam.Role(cdk.Stack(app, "Shop"), "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    for name in ("ReadOnlyAccess", "AmazonS3FullAccess"):
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(name))
    states = {f["peers"][0]: f["decision"]["state"] for f in found(by_plugin(app), "IAMNoManagedPolicies")}
    assert sorted(states.values()) == ["open", "waived"]
    assert states[f"cdk-nag {id_}"] == "waived"


def test_a_waiver_of_what_is_found_no_more_is_unused_and_no_error(app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text(
        "waivers: [{rule: AwsSolutions-EMR2, reason: the old cluster had no logs}]"
    )
    fill(app)
    result = by_plugin(app)

    assert [decision["rule"] for decision in result.document["unused_decisions"]] == ["AwsSolutions-EMR2"]


def test_turned_off_under_either_id(app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text(
        "severity: {AwsSolutions-RDS11: off, AwsSolutions-KMS5: off}".replace("off", '"off"')
    )
    fill(app)
    result = by_plugin(app)

    assert found(result, PORT) == []
    assert found(result, KEYS) == []


def test_a_locked_finding_of_cdk_nag_stands_firm(app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text("locked: [AwsSolutions-RDS11]\nfail_on: error")
    acknowledge(fill(app), f"Readiness::{PORT}")
    result = by_plugin(app)

    (finding,) = found(result, PORT)
    assert finding["decision"]["state"] == "open"
    (bypassed,) = found(result, "LockedRulesStandFirm")
    assert bypassed["peers"] == []


# Packs ----------------------------------------------------------------------------------------------------------------


def test_every_pack_that_comes_with_cdk_nag_has_a_name() -> None:
    offered = {
        name
        for name, made in vars(cdk_nag).items()
        if isinstance(made, type) and issubclass(made, cdk_nag.NagPack) and name.endswith("Checks")
    }
    assert {known_as(name) for name in cdk_nag_names.PACKS} == offered


def test_an_unknown_pack_is_an_error_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"has no pack 'AwsSolution'\. Did you mean 'AwsSolutions'\? It has: AwsSol"):
        ReadinessChecks(cdk_nag=["AwsSolution"])
    with pytest.raises(TypeError, match="expected the name of a pack or a NagPack, not 7"):
        ReadinessChecks(cdk_nag=[7])  # type: ignore[list-item]


def test_one_name_is_a_list_of_one_and_none_imports_nothing() -> None:
    assert ReadinessChecks(cdk_nag="Serverless")._settings.packs.sources == ("ServerlessChecks",)
    assert ReadinessChecks(cdk_nag=["Serverless", "ServerlessChecks"])._settings.packs.sources == ("ServerlessChecks",)
    assert ReadinessChecks(cdk_nag=[])._settings.packs.sources == ()


@jsii.implements(cdk.IAspect)
class _Nothing:
    def visit(self, node: Any) -> None:
        """Nothing."""


class HousePack(cdk_nag.NagPack):
    """A pack of one's own, in Python."""

    def __init__(self) -> None:
        super().__init__()
        self._pack_name = "House"

    @property
    def name(self) -> str:
        return "House"

    def _check_resource(self, node: cdk.CfnResource) -> None:
        if node.cfn_resource_type == "AWS::KMS::Key":
            raise RuntimeError("the house is on fire")


def test_a_pack_of_ones_own_runs_and_one_that_breaks_says_so(app: cdk.App) -> None:
    fill(app)
    names, findings = run([cdk_nag.AwsSolutionsChecks(verbose=True)], app)
    assert names == ["AwsSolutions"]
    assert any("Port obfuscation" in finding.message for finding in findings), "settings of the pack count"
    with pytest.raises(ReadinessError, match=r"cdk-nag's HousePack broke: .*the house is on fire"):
        run([HousePack()], app)


def test_a_pack_that_breaks_fails_the_synthesis_in_one_line(app: cdk.App) -> None:
    fill(app)
    cdk.Validations.of(app).add_plugins(ReadinessChecks(cdk_nag=[HousePack()]))
    result = synth(app)

    assert result.error is not None
    (report,) = result.plugin_reports
    assert "the house is on fire" in json.dumps(report)
    assert not (result.outdir / "readiness-report.json").exists()


def test_names_of_rules_are_those_of_the_installed_cdk_nag() -> None:
    """What AwsSolutions calls S1 is called by its rule in all packs; the table must know every one of them."""
    (archive,) = Path(cdk_nag.__file__).parent.joinpath("_jsii").glob("cdk-nag@*.jsii.tgz")
    with tarfile.open(archive) as tar:
        members = [member for member in tar if re.fullmatch(r"package/lib/packs/[\w-]+\.js", member.name)]
        texts = {member.name: opened.read().decode() for member in members if (opened := tar.extractfile(member))}
    aws_solutions = texts["package/lib/packs/aws-solutions.js"]
    pairs = re.findall(r"ruleSuffixOverride: '(\w+)'.*?rule: \w+\.(\w+),", aws_solutions, re.DOTALL)
    assert len(pairs) > 100
    assert dict(pairs) == cdk_nag_names._AWS_SOLUTIONS
    assert {name for text in texts.values() for name in re.findall(r"rule: \w+\.(\w+),", text)} == cdk_nag_names.RULES
    assert {name for text in texts.values() for name in re.findall(r"packName = '([^']+)'", text)} == {
        *cdk_nag_names.PACKS
    }


# Cost -----------------------------------------------------------------------------------------------------------------


def test_a_pack_costs_a_handful_of_calls_whatever_it_finds(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop")
    for number in range(40):
        s3.Bucket(stack, f"Bucket{number}")
    pack = cdk_nag.AwsSolutionsChecks()
    assert crossings(lambda: calls.report(pack, app)) <= 6


def test_the_long_way_reads_the_same(app: cdk.App, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a jsii that keeps no way to the unread answer."""
    fill(app)
    _, quick = run(["AwsSolutionsChecks"], app)
    monkeypatch.setattr("jsii.invoke", lambda *arguments: jsii.kernel.invoke(*arguments))
    _, slow = run(["AwsSolutionsChecks"], app)
    assert quick
    assert quick == slow


def test_the_packs_are_found_by_name_without_punctuation() -> None:
    assert packs._plain("HIPAA.Security") == packs._plain("HIPAASecurityChecks")
