"""Merged policies of principals and on resources."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Undecided, Unknown
from readiness_pack.template.views import (
    attached_managed_policy_names,
    boundary_statements,
    policy_statements,
    principal_policies,
    principal_statements,
    resource_policies,
    resource_statements,
    service_name,
    statements_in,
    trust_statements,
)
from tests.views.building import PROD, app, apps, att, get, in_each_world, ref, when


def document(action: Any = "s3:GetObject", **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*", **more}]}


def actions(statements: Any) -> list[Any]:
    return sorted(str(action) for statement in statements for action in statement.actions or ())


# Spellings ---------------------------------------------------------------------------------------------------------


SOURCE = get(app({"P": ("AWS::IAM::Policy", {})}), "P")


def one(**statement: Any) -> Any:
    (found,) = statements_in({"Statement": statement}, SOURCE, "PolicyDocument")
    return found


def test_single_values_and_lists_are_the_same() -> None:
    single, several = one(Action="a:B", Resource="r"), one(Action=["a:B"], Resource=["r"])
    assert single.actions == several.actions == ("a:B",)
    assert single.resources == several.resources == ("r",)
    assert single.not_actions is None


@pytest.mark.parametrize("spelling", ["*", {"AWS": "*"}, {"AWS": ["*"]}, ["*"]])
def test_everyone(spelling: Any) -> None:
    if spelling == ["*"]:
        with pytest.raises(Undecided):
            bool(one(Principal=spelling).principals)  # IAM takes no list here
        return
    (principal,) = one(Principal=spelling).principals
    assert principal.kind == "*"
    assert principal.is_everyone()


def test_kinds_of_principals() -> None:
    found = one(Principal={"AWS": ["111111111111", "arn:aws:iam::222222222222:root"], "Service": "sns.amazonaws.com"})
    assert [(principal.kind, principal.account, principal.service) for principal in found.principals] == [
        ("AWS", "111111111111", None),
        ("AWS", "222222222222", None),
        ("Service", None, "sns"),
    ]


def test_the_own_account_from_pseudo_parameters() -> None:
    root = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    role = ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {"Statement": {"Principal": {"AWS": root}}}})
    (statement,) = trust_statements(get(app({"R": role}), "R"))
    (principal,) = list(statement.principals or [])
    assert isinstance(principal.account, Unknown)
    assert principal.account.name == "AWS::AccountId"
    assert not principal.is_everyone()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("logs.amazonaws.com", "logs"),
        ("logs.eu-west-1.amazonaws.com", "logs"),
        ("delivery.logs.amazonaws.com", "delivery.logs"),
        ("ec2.amazonaws.com.cn", "ec2"),
        ("s3.us-gov-west-1.amazonaws.com", "s3"),
        (Unknown("?", name="S"), None),
    ],
)
def test_service_names(value: Any, name: str | None) -> None:
    assert service_name(value) == name


def test_condition_keys_are_compared_in_lower_case() -> None:
    found = one(Condition={"ForAnyValue:StringLike": {"AWS:PrincipalOrgID": ["o-1", "o-2"]}})
    (condition,) = found.conditions
    assert (condition.key, condition.values, condition.base_operator) == (
        "aws:principalorgid",
        ("o-1", "o-2"),
        "stringlike",
    )
    assert found.conditions_on("aws:PrincipalOrgId") == [condition]


def test_documents_as_text() -> None:
    policy = (
        "AWS::SQS::QueuePolicy",
        {
            "Queues": [ref("Q")],
            "PolicyDocument": {
                "Fn::Sub": '{"Statement": {"Effect": "Allow", "Principal": "*", "Resource": "${Q.Arn}"}}'
            },
        },
    )
    (statement,) = resource_statements(get(app({"Q": ("AWS::SQS::Queue", {}), "P": policy}), "Q"))
    assert (statement.resources or ())[0].resource.logical_id == "Q"


def test_unknown_documents_leave_the_rest() -> None:
    role = {"Policies": [{"PolicyDocument": ref("Doc")}, {"PolicyDocument": document()}]}
    found = principal_statements(get(app({"R": ("AWS::IAM::Role", role)}, Parameters={"Doc": {"Type": "String"}}), "R"))
    assert [statement.actions for statement in found.known] == [("s3:GetObject",)]
    assert found.reason == "parameter Doc has no default"


def test_statement_paths() -> None:
    role = {"Policies": [{"PolicyDocument": document()}]}
    (statement,) = principal_statements(get(app({"R": ("AWS::IAM::Role", role)}), "R"))
    assert statement.path == "Policies[0].PolicyDocument.Statement[0]"
    assert get(app({"R": ("AWS::IAM::Role", role)}), "R").get(statement.path)["Action"] == "s3:GetObject"


# Principals --------------------------------------------------------------------------------------------------------


def test_every_way_to_attach_a_policy_to_a_role() -> None:
    assembly = app(
        {
            "R": (
                "AWS::IAM::Role",
                {
                    "Policies": [{"PolicyDocument": document("a:inline")}],
                    "ManagedPolicyArns": [ref("Named"), "arn:aws:iam::aws:policy/ReadOnlyAccess"],
                },
            ),
            "Attached": ("AWS::IAM::Policy", {"Roles": [ref("R")], "PolicyDocument": document("a:attached")}),
            "Own": ("AWS::IAM::RolePolicy", {"RoleName": ref("R"), "PolicyDocument": document("a:own")}),
            "Managed": ("AWS::IAM::ManagedPolicy", {"Roles": [ref("R")], "PolicyDocument": document("a:managed")}),
            "Named": ("AWS::IAM::ManagedPolicy", {"PolicyDocument": document("a:named")}),
            "Other": ("AWS::IAM::ManagedPolicy", {"PolicyDocument": document("a:other")}),
        }
    )
    role = get(assembly, "R")
    assert actions(principal_statements(role)) == ["a:attached", "a:inline", "a:managed", "a:named", "a:own"]
    assert attached_managed_policy_names(role) == ["ReadOnlyAccess"]


def test_users_have_the_policies_of_their_groups() -> None:
    assembly = app(
        {
            "U": ("AWS::IAM::User", {"Groups": [ref("G")]}),
            "G": ("AWS::IAM::Group", {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/job-function/Billing"]}),
            "H": ("AWS::IAM::Group", {"Policies": [{"PolicyDocument": document("a:h")}]}),
            "In": ("AWS::IAM::UserToGroupAddition", {"GroupName": ref("H"), "Users": [ref("U")]}),
            "P": ("AWS::IAM::GroupPolicy", {"GroupName": ref("G"), "PolicyDocument": document("a:g")}),
            "Q": ("AWS::IAM::UserPolicy", {"UserName": ref("U"), "PolicyDocument": document("a:u")}),
        }
    )
    assert actions(principal_statements(get(assembly, "U"))) == ["a:g", "a:h", "a:u"]
    assert attached_managed_policy_names(get(assembly, "U")) == ["Billing"]
    assert actions(principal_statements(get(assembly, "G"))) == ["a:g"]


def test_a_policy_in_another_stack_by_literal_name() -> None:
    assembly = apps(
        Iam={"Resources": {"R": ("AWS::IAM::Role", {"RoleName": "orders"})}},
        More={"Resources": {"P": ("AWS::IAM::Policy", {"Roles": ["orders"], "PolicyDocument": document("a:b")})}},
    )
    assert actions(principal_statements(get(assembly, "R"))) == ["a:b"]


def test_a_customer_policy_from_elsewhere_leaves_the_union_open() -> None:
    role = ("AWS::IAM::Role", {"ManagedPolicyArns": ["arn:aws:iam::111111111111:policy/team"]})
    found = principal_statements(get(app({"R": role}), "R"))
    assert found.known == []
    assert found.reason == "the policy arn:aws:iam::111111111111:policy/team is not in this app"


def test_an_unknown_managed_policy_may_have_any_name() -> None:
    role = ("AWS::IAM::Role", {"ManagedPolicyArns": [ref("Arn"), "arn:aws:iam::aws:policy/PowerUserAccess"]})
    names = attached_managed_policy_names(get(app({"R": role}, Parameters={"Arn": {"Type": "String"}}), "R"))
    assert "PowerUserAccess" in names
    with pytest.raises(Undecided, match="parameter Arn"):
        assert "AdministratorAccess" in names


def test_conditional_attachments() -> None:
    policy = ("AWS::IAM::Policy", {"Roles": [when("IsProd", ref("R"), ref("S"))], "PolicyDocument": document("a:b")})
    assembly = app({"R": ("AWS::IAM::Role", {}), "S": ("AWS::IAM::Role", {}), "P": policy}, **PROD)
    role = get(assembly, "R")
    assert in_each_world(assembly, lambda: actions(principal_statements(role))) == {"True": ["a:b"], "False": []}


def test_attachments_by_a_parameter_with_allowed_values() -> None:
    policy = ("AWS::IAM::Policy", {"Roles": [ref("Who")], "PolicyDocument": document("a:b")})
    roles = {name: ("AWS::IAM::Role", {"RoleName": name}) for name in ("one", "two")}
    who = {"Who": {"Type": "String", "AllowedValues": ["one", "two"]}}
    assembly = app({**roles, "P": policy}, Parameters=who)
    role = get(assembly, "one")
    assert in_each_world(assembly, lambda: actions(principal_statements(role))) == {"one": ["a:b"], "two": []}


def test_conditions_of_other_principals_are_not_read() -> None:
    other = {"Type": "AWS::IAM::Policy", "Condition": "IsProd", "Properties": {"Roles": [ref("S")]}}
    assembly = app({"R": ("AWS::IAM::Role", {}), "S": ("AWS::IAM::Role", {}), "P": other}, **PROD)
    assert in_each_world(assembly, lambda: principal_policies(get(assembly, "R"))) == {"": []}


def test_permission_boundaries_are_apart() -> None:
    assembly = app(
        {
            "R": ("AWS::IAM::Role", {"PermissionsBoundary": ref("B")}),
            "B": ("AWS::IAM::ManagedPolicy", {"PolicyDocument": document("a:limit")}),
            "S": ("AWS::IAM::Role", {"PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}),
        }
    )
    assert principal_statements(get(assembly, "R")) == []
    limit = boundary_statements(get(assembly, "R"))
    assert limit is not None
    assert actions(limit) == ["a:limit"]
    outside = boundary_statements(get(assembly, "S"))
    assert outside is not None
    assert outside.reason
    assert boundary_statements(get(assembly, "B")) is None


# Resources ---------------------------------------------------------------------------------------------------------


RESOURCE_POLICIES: dict[str, tuple[tuple[str, dict[str, Any]], tuple[str, dict[str, Any]] | None]] = {
    "bucket": (("AWS::S3::Bucket", {}), ("AWS::S3::BucketPolicy", {"Bucket": ref("X"), "PolicyDocument": document()})),
    "queue": (("AWS::SQS::Queue", {}), ("AWS::SQS::QueuePolicy", {"Queues": [ref("X")], "PolicyDocument": document()})),
    "inline queue": (
        ("AWS::SQS::Queue", {}),
        ("AWS::SQS::QueueInlinePolicy", {"Queue": ref("X"), "PolicyDocument": document()}),
    ),
    "topic": (("AWS::SNS::Topic", {}), ("AWS::SNS::TopicPolicy", {"Topics": [ref("X")], "PolicyDocument": document()})),
    "inline topic": (
        ("AWS::SNS::Topic", {}),
        ("AWS::SNS::TopicInlinePolicy", {"TopicArn": ref("X"), "PolicyDocument": document()}),
    ),
    "key": (("AWS::KMS::Key", {"KeyPolicy": document()}), None),
    "secret": (
        ("AWS::SecretsManager::Secret", {}),
        ("AWS::SecretsManager::ResourcePolicy", {"SecretId": ref("X"), "ResourcePolicy": document()}),
    ),
    "repository": (("AWS::ECR::Repository", {"RepositoryPolicyText": document()}), None),
    "file system": (("AWS::EFS::FileSystem", {"FileSystemPolicy": document()}), None),
    "domain": (("AWS::OpenSearchService::Domain", {"AccessPolicies": document()}), None),
    "api": (("AWS::ApiGateway::RestApi", {"Policy": document()}), None),
    "vault": (("AWS::Backup::BackupVault", {"AccessPolicy": document()}), None),
    "table": (("AWS::DynamoDB::Table", {"ResourcePolicy": {"PolicyDocument": document()}}), None),
    "global table": (
        ("AWS::DynamoDB::GlobalTable", {"Replicas": [{"ResourcePolicy": {"PolicyDocument": document()}}]}),
        None,
    ),
    "stream": (
        ("AWS::Kinesis::Stream", {}),
        ("AWS::Kinesis::ResourcePolicy", {"ResourceArn": att("X"), "ResourcePolicy": document()}),
    ),
    "bus": (
        ("AWS::Events::EventBus", {}),
        (
            "AWS::Events::EventBusPolicy",
            {"EventBusName": ref("X"), "Statement": {"Effect": "Allow", "Action": "s3:GetObject"}},
        ),
    ),
    "endpoint": (("AWS::EC2::VPCEndpoint", {"PolicyDocument": document()}), None),
}


@pytest.mark.parametrize("kind", RESOURCE_POLICIES)
def test_policies_on_every_kind_of_resource(kind: str) -> None:
    resource, policy = RESOURCE_POLICIES[kind]
    assembly = app({"X": resource, **({"P": policy} if policy else {}), "Y": (resource[0], {})})
    assert actions(resource_statements(get(assembly, "X"))) == ["s3:GetObject"]
    assert resource_statements(get(assembly, "Y")) == []
    holder = get(assembly, "P" if policy else "X")
    assert actions(policy_statements(holder)) == ["s3:GetObject"]


def test_two_policies_on_one_topic_are_told_apart() -> None:
    policy = ("AWS::SNS::TopicPolicy", {"Topics": [ref("X")], "PolicyDocument": document()})
    assembly = app({"X": ("AWS::SNS::Topic", {}), "P": policy, "Q": policy})
    assert [one.source.logical_id for one in resource_policies(get(assembly, "X"))] == ["P", "Q"]


def test_a_bucket_policy_in_another_stack() -> None:
    assembly = apps(
        Data={
            "Resources": {"B": ("AWS::S3::Bucket", {})},
            "Outputs": {"Name": {"Value": ref("B"), "Export": {"Name": "bucket"}}},
        },
        App={
            "Resources": {
                "P": (
                    "AWS::S3::BucketPolicy",
                    {"Bucket": {"Fn::ImportValue": "bucket"}, "PolicyDocument": document("s3:PutObject")},
                )
            }
        },
    )
    assert actions(resource_statements(get(assembly, "B"))) == ["s3:PutObject"]


def test_lambda_permissions_as_statements() -> None:
    assembly = app(
        {
            "F": ("AWS::Lambda::Function", {}),
            "A": ("AWS::Lambda::Alias", {"FunctionName": ref("F"), "Name": "live"}),
            "ByRule": (
                "AWS::Lambda::Permission",
                {
                    "FunctionName": att("F"),
                    "Action": "lambda:InvokeFunction",
                    "Principal": "events.amazonaws.com",
                    "SourceArn": "arn:aws:events:eu-west-1:111111111111:rule/r",
                },
            ),
            "ByAccount": (
                "AWS::Lambda::Permission",
                {"FunctionName": ref("A"), "Action": "lambda:InvokeFunction", "Principal": "222222222222"},
            ),
            "ByAnyone": (
                "AWS::Lambda::Permission",
                {
                    "FunctionName": ref("F"),
                    "Action": "lambda:InvokeFunctionUrl",
                    "Principal": "*",
                    "FunctionUrlAuthType": "NONE",
                },
            ),
        }
    )
    found: dict[str, Any] = {
        statement.source.logical_id: statement for statement in resource_statements(get(assembly, "F"))
    }
    assert found["ByRule"].principals[0].service == "events"
    assert found["ByRule"].conditions[0].key == "aws:sourcearn"
    assert found["ByAccount"].principals[0].account == "222222222222"
    assert found["ByAnyone"].principals[0].is_everyone()
    assert found["ByAnyone"].conditions[0].values == ("NONE",)
    assert [one.source.logical_id for one in resource_statements(get(assembly, "A"))] == ["ByAccount"]


def test_event_bus_policies_in_their_older_form() -> None:
    policy = {
        "EventBusName": ref("B"),
        "Action": "events:PutEvents",
        "Principal": "*",
        "Condition": {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"},
    }
    assembly = app({"B": ("AWS::Events::EventBus", {}), "P": ("AWS::Events::EventBusPolicy", policy)})
    (statement,) = resource_statements(get(assembly, "B"))
    assert [principal.is_everyone() for principal in statement.principals or ()] == [True]
    assert [condition.key for condition in statement.conditions] == ["aws:principalorgid"]


def test_conditional_statements() -> None:
    statements = [when("IsProd", {"Effect": "Deny", "Action": "s3:*", "Principal": "*"})]
    policy = ("AWS::S3::BucketPolicy", {"Bucket": ref("B"), "PolicyDocument": {"Statement": statements}})
    assembly = app({"B": ("AWS::S3::Bucket", {}), "P": policy}, **PROD)
    bucket = get(assembly, "B")
    effects = in_each_world(assembly, lambda: [one.effect for one in resource_statements(bucket)])
    assert effects == {"True": ["Deny"], "False": []}
