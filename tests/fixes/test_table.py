"""Each fix makes its rule pass, takes nothing back that the user said, and replaces no resource."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from readiness_pack import Assembly, evaluate
from readiness_pack.checklist import load
from readiness_pack.integrations.fixes import FIXES, Fix, Option, Subject, plan, reason_for
from readiness_pack.integrations.fixes.planning import steps
from readiness_pack.integrations.fixes.policies import BUCKET_TLS
from readiness_pack.integrations.fixes.reasons import OF_YOURS, reasons
from readiness_pack.integrations.fixes.table import SAFE
from tests.fixes.cases import CASES, OPTIONS, SUBJECT, Case, fails

EACH = pytest.mark.parametrize("case", CASES, ids=str)


def named(value: Any) -> str:
    """The id of a parameter; that of a fix has no address in it, which differs from worker to worker."""
    return value.rule if isinstance(value, Fix) else str(value)


SETTING = [(fix, type_) for fix in FIXES for type_ in fix.types if fix.statements is None]


def fixed(case: Case, resources: dict[str, dict[str, Any]], others: tuple[Fix, ...] = ()) -> dict[str, dict[str, Any]]:
    """The template once the fixes of the case's rule, and ``others``, have been applied to its resource."""
    made = copy.deepcopy(resources)
    subject = Subject(SUBJECT, made[SUBJECT], made)
    fixes = [fix for fix in FIXES if (fix.rule == case.rule or fix in others) and subject.type in fix.types]
    kinds = [fix.statements for fix in fixes if fix.statements]
    if kinds:
        statements = [*kinds[0].standing(SUBJECT), *(one for kind in kinds for one in kind.added(SUBJECT))]
        document = {"Version": "2012-10-17", "Statement": statements}
        properties = {**kinds[0].naming({"Ref": SUBJECT}), "PolicyDocument": document}
        made["Policy"] = {"Type": kinds[0].policy_type, "Properties": properties}
    for fix in fixes:
        if fix.rights:
            statement = {"Effect": "Allow", "Action": list(fix.rights), "Resource": "*"}
            properties = {"Roles": [{"Ref": "Role"}], "PolicyDocument": {"Statement": [statement]}}
            made["Rights"] = {"Type": "AWS::IAM::Policy", "Properties": properties}
    fixes = [fix for fix in fixes if not fix.judged or fix.rule == case.rule]
    made[SUBJECT] = plan(subject, fixes, OPTIONS).resource
    return made


@EACH
def test_a_rule_that_fails_passes_afterwards(case: Case) -> None:
    assert fails(case.rule, case.resources), "the case has to fail first"
    assert not fails(case.rule, fixed(case, case.resources))


# Rules that apply only to what the fix brings about.
FOLLOWING = {
    "AlarmHasAction": "AlarmActionReachesSubscriber",  # there is a topic now, and who subscribes to it is the question
    "S3VersioningEnabled": "BackupPlanCoversEveryStatefulResource",  # AWS Backup takes buckets with versions only
}


@EACH
def test_no_other_rule_fails_for_it(case: Case) -> None:
    def failing(resources: dict[str, Any]) -> set[str]:
        findings = evaluate(Assembly.from_template({"Resources": resources})).findings
        return {one.rule for one in findings if one.verdict == "fail" and one.logical_id == SUBJECT}

    more = failing(fixed(case, case.resources, SAFE)) - failing(case.resources)
    assert more <= {FOLLOWING.get(case.rule)}


@EACH
def test_a_second_time_changes_nothing(case: Case) -> None:
    once = fixed(case, case.resources)
    again = plan(Subject(SUBJECT, once[SUBJECT], once), [fix for fix in FIXES if fix.rule == case.rule], OPTIONS)
    assert again.writes == {}
    assert again.resource == once[SUBJECT]


# What the user says ----------------------------------------------------------------------------------------------------

THEIRS = [False, 0, "theirs", {"Ref": "Parameter"}, {"Fn::If": ["IsProd", True, {"Ref": "AWS::NoValue"}]}]


def with_value(case: Case, path: str, value: Any) -> dict[str, dict[str, Any]]:
    """The template of ``case`` where the user has said ``value`` at ``path`` of the table."""
    resources = copy.deepcopy(case.resources)
    holder: Any = resources[SUBJECT] if path.startswith("@") else resources[SUBJECT]["Properties"]
    if path.startswith("@"):
        holder[path[1:]] = value
        return resources
    *way, last = steps(path)
    for step in way:
        if step.key:
            holder = holder.setdefault(step.name, [])
            holder.append({step.key: step.wanted})
            holder = holder[-1]
        else:
            holder = holder.setdefault(step.name, {})
            holder = holder[0] if step.each else holder
    holder[last.name] = value
    return resources


@pytest.mark.parametrize(
    ("fix", "type_", "path"), [(fix, type_, path) for fix, type_ in SETTING for path in fix.sets], ids=named
)
@pytest.mark.parametrize("value", THEIRS, ids=str)
def test_what_the_user_says_stands(fix: Fix, type_: str, path: str, value: Any) -> None:
    resources = with_value(Case(fix.rule, type_), path, value)
    made = plan(Subject(SUBJECT, resources[SUBJECT], resources), [fix], OPTIONS)
    assert path not in [set_ for _, set_, _ in made.set]


@pytest.mark.parametrize(
    ("fix", "type_", "path"),
    [(fix, type_, path) for fix, type_ in SETTING for path in fix.sets if len(steps(path)) > 1],
    ids=named,
)
def test_a_function_on_the_way_stands(fix: Fix, type_: str, path: str) -> None:
    resources = copy.deepcopy(Case(fix.rule, type_).resources)
    resources[SUBJECT]["Properties"][steps(path)[0].name] = {"Ref": "Parameter"}
    made = plan(Subject(SUBJECT, resources[SUBJECT], resources), [fix], OPTIONS)
    assert resources[SUBJECT]["Properties"][steps(path)[0].name] == made.resource["Properties"][steps(path)[0].name]


# What CloudFormation says ----------------------------------------------------------------------------------------------


# The schemas list as conditional what the reference says may interrupt, and never replaces:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-neptune-dbinstance.html
INTERRUPTING = {
    "AWS::RDS::DBInstance": {"/properties/BackupRetentionPeriod", "/properties/MultiAZ"},
    "AWS::Neptune::DBInstance": {"/properties/AutoMinorVersionUpgrade"},
}


@pytest.mark.parametrize(("fix", "type_"), SETTING, ids=named)
def test_properties_exist_and_replace_nothing(fix: Fix, type_: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema
    conditional = set(schema.get("conditionalCreateOnlyProperties", ())) - INTERRUPTING.get(type_, set())
    replacing = {*schema.get("createOnlyProperties", ()), *conditional}
    for path in fix.sets:
        if path.startswith("@"):
            continue
        pointer, found = "/properties", schema
        for step in steps(path):
            found = found["properties"][step.name]
            pointer += f"/{step.name}"
            assert pointer not in replacing, pointer
            if step.is_list:
                found = resolved(found, schema)["items"]
                pointer += "/*"
            found = resolved(found, schema)


def resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = schema
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


# The table as a whole --------------------------------------------------------------------------------------------------


def test_every_rule_has_a_fix_or_a_reason() -> None:
    fixed_rules = {fix.rule for fix in FIXES}
    assert fixed_rules.isdisjoint(reasons())
    assert fixed_rules | set(reasons()) == set(load().rules)
    assert len(fixed_rules) >= 50


def test_types_are_those_of_the_rule() -> None:
    for fix in FIXES:
        assert set(fix.types) <= set(load().rules[fix.rule][1].resource_types), fix.rule


def test_what_is_noticed_is_said_of_all_types_or_none() -> None:
    by_rule: dict[str, set[bool]] = {}
    for fix in FIXES:
        by_rule.setdefault(fix.rule, set()).add(bool(fix.consent))
    assert all(len(said) == 1 for said in by_rule.values())


def test_a_type_has_one_fix_a_rule() -> None:
    pairs = [(fix.rule, type_) for fix in FIXES for type_ in fix.types]
    assert len(pairs) == len(set(pairs))


def test_an_organisations_rule_has_no_fix_of_ours() -> None:
    assert reason_for("OurOwnRule") == OF_YOURS


def test_without_a_value_an_option_sets_nothing() -> None:
    for fix, type_ in SETTING:
        if any(isinstance(value, Option) for value in fix.sets.values()):
            resources = Case(fix.rule, type_).resources
            assert plan(Subject(SUBJECT, resources[SUBJECT], resources), [fix], {}).writes == {}


# Which resources -------------------------------------------------------------------------------------------------------

_BUCKET = {"Ref": SUBJECT}


def _open_to(principal: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject"}
    properties = {"Bucket": _BUCKET, "PolicyDocument": {"Statement": statement}}
    return {"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}}


@pytest.mark.parametrize(
    ("rule", "resource", "beside"),
    [
        ("KmsKeyRotationEnabled", {"Type": "AWS::KMS::Key", "Properties": {"KeySpec": "RSA_2048"}}, {}),
        ("KmsKeyRotationEnabled", {"Type": "AWS::KMS::Key", "Properties": {"Origin": "EXTERNAL"}}, {}),
        ("S3PublicAccessBlocked", {"Type": "AWS::S3::Bucket", "Properties": {"WebsiteConfiguration": {}}}, {}),
        ("S3PublicAccessBlocked", {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}, {}),
        (
            "S3PublicAccessBlocked",
            {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "AuthenticatedRead"}},
            {},
        ),
        *(
            ("S3PublicAccessBlocked", {"Type": "AWS::S3::Bucket"}, _open_to(principal))
            for principal in ("*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": ["arn:aws:iam::111122223333:root", "*"]})
        ),
        ("DeletionProtectionEnabled", {"Type": "AWS::RDS::DBInstance", "DeletionPolicy": "Delete"}, {}),
        (
            "DeletionProtectionEnabled",
            {"Type": "AWS::RDS::DBInstance", "Properties": {"DBClusterIdentifier": "orders"}},
            {},
        ),
        (
            "DatabaseAutomatedBackupRetention",
            {"Type": "AWS::RDS::DBInstance", "Properties": {"SourceDBInstanceIdentifier": "orders"}},
            {},
        ),
        ("DatabaseIamAuthenticationEnabled", {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "mariadb"}}, {}),
        ("LogGroupRetentionSet", {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupClass": "DELIVERY"}}, {}),
        (
            "EcsDeploymentCircuitBreaker",
            {"Type": "AWS::ECS::Service", "Properties": {"DeploymentController": {"Type": "CODE_DEPLOY"}}},
            {},
        ),
        (
            "AlbHardeningAttributes",
            {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Type": "network"}},
            {},
        ),
        (
            "S3ServerAccessLogging",
            {"Type": "AWS::S3::Bucket"},
            {
                "Other": {
                    "Type": "AWS::S3::Bucket",
                    "Properties": {"LoggingConfiguration": {"DestinationBucketName": _BUCKET}},
                }
            },
        ),
    ],
)
def test_left_alone_where_it_is_not_meant(rule: str, resource: dict[str, Any], beside: dict[str, Any]) -> None:
    fixes = [fix for fix in FIXES if fix.rule == rule]
    assert plan(Subject(SUBJECT, resource, {SUBJECT: resource, **beside}), fixes, OPTIONS).writes == {}


def test_a_policy_is_found_by_what_it_names() -> None:
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Other"}, "PolicyDocument": {}}}
    bucket: dict[str, Any] = {"Type": "AWS::S3::Bucket"}
    stack: dict[str, dict[str, Any]] = {"Bucket": bucket, "Other": bucket, "Policy": policy}
    assert BUCKET_TLS.policy_of(Subject("Bucket", bucket, stack)) is None
    assert BUCKET_TLS.policy_of(Subject("Other", bucket, stack)) == "Policy"
