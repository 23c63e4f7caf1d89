"""What statements allow."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness_pack.template import Reference, Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views import (
    Statement,
    admits,
    admits_service,
    allows,
    covered_parts,
    covers,
    is_public,
    principal_statements,
    resource_covers,
    scoping_conditions,
    statements_in,
)
from readiness_pack.template.views.patterns import glob_covers
from tests.views.building import app, att, get

SOURCE = get(app({"P": ("AWS::IAM::Policy", {})}), "P")


def statements(*written: dict[str, Any]) -> list[Statement]:
    return statements_in({"Statement": list(written)}, SOURCE, "PolicyDocument")


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


# Actions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("*", "s3:GetObject", True),
        ("s3:*", "s3:GetObject", True),
        ("S3:get*", "s3:GetObject", True),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:GetObject", "s3:GetObjectAcl", False),
        ("s3:GetObject", "s3:Get*", False),
        ("s3:*Object", "s3:Put*Object", True),
        ("sqs:*", "s3:GetObject", False),
        ("s3:?", "s3:*", False),
    ],
)
def test_covers(pattern: str, action: str, expected: bool) -> None:
    assert covers(pattern, action) is expected


def test_an_unknown_action_is_undecided() -> None:
    with pytest.raises(Undecided):
        covers(Unknown("open"), "s3:GetObject")
    hole = Text(("s3:", Unknown("open", name="Verb"), "Object"))
    assert not covers(hole, "sqs:SendMessage")
    with pytest.raises(Undecided):
        covers(hole, "s3:GetObject")


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_glob_agrees_with_its_definition(pattern: str, text: str) -> None:
    def matches(left: str, right: str) -> bool:
        if not left:
            return not right
        if left[0] == "*":
            return matches(left[1:], right) or bool(right and matches(left, right[1:]))
        return bool(right) and left[0] in ("?", right[0]) and matches(left[1:], right[1:])

    assert glob_covers(pattern, text) is matches(pattern, text)


@given(st.text("ab*?", max_size=6), st.text("ab*?", max_size=6), st.text("ab", max_size=6))
def test_what_a_covered_pattern_matches_its_cover_matches(outer: str, inner: str, text: str) -> None:
    if glob_covers(outer, inner) and glob_covers(inner, text):
        assert glob_covers(outer, text)


# Allow and deny ----------------------------------------------------------------------------------------------------


def test_deny_outweighs_allow() -> None:
    found = statements(allow("s3:*"), deny("s3:DeleteBucket"))
    assert allows(found, "s3:GetObject")
    assert not allows(found, "s3:DeleteBucket")
    assert not allows(found, "sqs:SendMessage")


def test_a_conditional_deny_does_not_deny() -> None:
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    assert allows(statements(allow("s3:*"), deny("s3:*", Condition=insecure)), "s3:GetObject")


def test_not_action() -> None:
    found = statements({"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"})
    assert allows(found, "s3:GetObject")
    assert not allows(found, "iam:PassRole")
    assert not allows(found, "iam:*")


def test_not_resource() -> None:
    found = statements({"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret/*"})
    assert allows(found, "s3:GetObject", "arn:aws:s3:::open/x")
    assert not allows(found, "s3:GetObject", "arn:aws:s3:::secret/x")


def test_a_deny_elsewhere_does_not_deny_here() -> None:
    found = statements(allow("s3:*"), deny("s3:*", "arn:aws:s3:::secret/*"))
    assert allows(found, "s3:GetObject")
    assert allows(found, "s3:GetObject", "arn:aws:s3:::open/x")
    assert not allows(found, "s3:GetObject", "arn:aws:s3:::secret/x")


def test_a_certain_permission_outweighs_an_unknown_one() -> None:
    assert allows(statements(allow(Unknown("open")), allow("s3:*")), "s3:GetObject")
    with pytest.raises(Undecided):
        allows(statements(allow(Unknown("open")), allow("sqs:*")), "s3:GetObject")


def test_an_unknown_deny_leaves_it_open() -> None:
    with pytest.raises(Undecided):
        allows(
            statements(allow("s3:*"), {"Effect": Unknown("open"), "Action": "s3:*", "Resource": "*"}), "s3:GetObject"
        )


# Resources ---------------------------------------------------------------------------------------------------------


APP = app(
    {
        "Named": ("AWS::S3::Bucket", {"BucketName": "orders"}),
        "Made": ("AWS::S3::Bucket", {}),
        "Prefixed": ("AWS::DynamoDB::Table", {"TableName": {"Fn::Sub": "${Env}-orders"}}),
        "F": ("AWS::Lambda::Function", {}),
        "Pool": ("AWS::Cognito::UserPool", {}),
    },
    Parameters={"Env": {"Type": "String"}},
)
NAMED, MADE, PREFIXED, FUNCTION, POOL = (get(APP, name) for name in ("Named", "Made", "Prefixed", "F", "Pool"))
REGION = Unknown("?", kind="pseudo", name="AWS::Region")
ACCOUNT = Unknown("?", kind="pseudo", name="AWS::AccountId")
PARTITION = Unknown("?", kind="pseudo", name="AWS::Partition")
ENV = Unknown("parameter Env has no default", kind="parameter", name="Env")


@pytest.mark.parametrize(
    ("pattern", "resource", "parts"),
    [
        ("*", MADE, {"itself", "contents"}),
        (Reference(MADE, "Arn"), MADE, {"itself"}),
        (Reference(NAMED, "Arn"), MADE, set()),
        (Text((Reference(MADE, "Arn"), "/*")), MADE, {"contents"}),
        (Text((Reference(MADE, "Arn"), "*")), MADE, {"itself", "contents"}),
        (Text((Reference(MADE, "Arn"), "/private/*")), MADE, {"some"}),
        (Text(("arn:aws:s3:::", Reference(MADE), "/*")), MADE, {"contents"}),
        (Text(("arn:", PARTITION, ":s3:::orders/*")), NAMED, {"contents"}),
        (Text(("arn:", PARTITION, ":s3:::orders")), NAMED, {"itself"}),
        ("arn:aws:s3:::others/*", MADE, set()),
        ("arn:aws:s3:::orders", MADE, set()),
        ("arn:aws:sqs:*:*:*", MADE, set()),
        (
            Text(("arn:aws:logs:", REGION, ":", ACCOUNT, ":log-group:/aws/lambda/", Reference(FUNCTION))),
            FUNCTION,
            set(),
        ),
        ("arn:aws:s3:::x", POOL, set()),
    ],
)
def test_covered_parts(pattern: Value, resource: Resource, parts: set[str]) -> None:
    assert covered_parts(pattern, resource) == parts
    assert resource_covers(pattern, resource) is bool(parts)


@pytest.mark.parametrize(
    ("pattern", "resource"),
    [
        (Unknown("open"), MADE),
        (Text(("arn:aws:dynamodb:", REGION, ":", ACCOUNT, ":table/prod-*")), PREFIXED),
        ("arn:aws:dynamodb:eu-west-1:111111111111:table/prod-orders", PREFIXED),
        ("arn:aws:cognito-idp:eu-west-1:111111111111:userpool/*", POOL),
        (Text(("arn:aws:s3:::", ENV)), NAMED),
        (Text(("arn:aws:dynamodb:", REGION, ":", ACCOUNT, ":table/", ENV, "-users")), PREFIXED),  # Env may hold a slash
    ],
)
def test_undecided_resources(pattern: Value, resource: Resource) -> None:
    with pytest.raises(Undecided):
        covered_parts(pattern, resource)


def test_names_that_cloudformation_makes_begin_with_the_stack() -> None:
    with pytest.raises(Undecided):
        covered_parts("arn:aws:s3:::template-*", MADE)  # the stack is called Template
    assert covered_parts("arn:aws:s3:::other-*", MADE) == set()


def test_the_same_parameter_in_both_is_the_same_value() -> None:
    pattern = Text(("arn:", PARTITION, ":dynamodb:", REGION, ":", ACCOUNT, ":table/", ENV, "-orders"))
    assert covered_parts(pattern, PREFIXED) == {"itself"}


def test_a_deny_on_some_of_the_contents_denies_nothing_as_a_whole() -> None:
    partial = statements(allow("s3:*"), deny("s3:*", Text((Reference(MADE, "Arn"), "/private/*"))))
    assert allows(partial, "s3:GetObject", MADE)
    whole = statements(allow("s3:*"), deny("s3:*", Text((Reference(MADE, "Arn"), "/*"))))
    assert not allows(whole, "s3:GetObject", MADE)


def test_arns_against_arns() -> None:
    assert resource_covers("arn:aws:s3:::orders/*", "arn:aws:s3:::orders/in/*")
    assert not resource_covers("arn:aws:s3:::orders/in/*", "arn:aws:s3:::orders/*")
    assert resource_covers(Text(("arn:", PARTITION, ":s3:::*")), Text(("arn:", PARTITION, ":s3:::x")))


# Principals and conditions -----------------------------------------------------------------------------------------


def on_resource(principal: Any, effect: str = "Allow", **more: Any) -> Statement:
    (found,) = statements({"Effect": effect, "Principal": principal, "Action": "sqs:*", "Resource": "*", **more})
    return found


def test_services() -> None:
    assert admits_service(on_resource({"Service": "events.amazonaws.com"}), "events")
    assert admits_service(on_resource("*"), "events.amazonaws.com")
    assert not admits_service(on_resource({"Service": ["sns.amazonaws.com"]}), "events")
    assert not admits_service(on_resource({"AWS": "111111111111"}), "events")
    with pytest.raises(Undecided):
        admits_service(on_resource({"Service": Unknown("open")}), "events")


def test_roles_as_principals() -> None:
    assembly = app({"R": ("AWS::IAM::Role", {}), "S": ("AWS::IAM::Role", {})})
    role, other = get(assembly, "R"), get(assembly, "S")
    assert admits(on_resource({"AWS": Reference(role, "Arn")}), role)
    assert not admits(on_resource({"AWS": Reference(role, "Arn")}), other)
    assert admits(on_resource("*"), other)


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        (None, True),
        ({"StringEquals": {"aws:SourceAccount": "111111111111"}}, False),
        ({"StringEquals": {"AWS:PrincipalOrgId": "o-1"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::orders"}}, False),
        ({"ArnLike": {"aws:SourceArn": "*"}}, True),
        ({"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::orders", "*"]}}, True),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "111111111111"}}, True),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/r-1/"}}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "111111111111"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
        ({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}, True),
        ({"StringEquals": {"kms:CallerAccount": "111111111111"}}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/*"}}, False),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:orders"}}, False),
        ({"StringEquals": {"s3:prefix": "public/"}}, True),
    ],
)
def test_public(condition: Any, public: bool) -> None:
    statement = on_resource("*", **({"Condition": condition} if condition else {}))
    assert is_public(statement) is public
    assert bool(scoping_conditions(statement)) is not public


def test_statements_that_are_not_public() -> None:
    assert not is_public(on_resource("*", effect="Deny"))
    assert not is_public(on_resource({"AWS": "111111111111"}))
    assert not is_public(on_resource({"Service": "sns.amazonaws.com"}))
    (of_a_principal,) = statements(allow("s3:*"))
    assert not is_public(of_a_principal)


def test_all_but_some_is_public() -> None:
    (found,) = statements(
        {"Effect": "Allow", "NotPrincipal": {"AWS": "111111111111"}, "Action": "sqs:*", "Resource": "*"}
    )
    assert is_public(found)


def test_what_may_be_everyone_is_undecided() -> None:
    with pytest.raises(Undecided):
        is_public(on_resource({"AWS": Unknown("open", kind="parameter", name="Who")}))
    assert not is_public(on_resource({"AWS": ACCOUNT}))
    with pytest.raises(Undecided):
        is_public(on_resource("*", Condition=Unknown("open")))
    arn = {"ArnLike": {"aws:SourceArn": Unknown("open", kind="parameter", name="Arn")}}
    with pytest.raises(Undecided):
        is_public(on_resource("*", Condition=arn))
    assert not is_public(on_resource("*", Condition={"StringEquals": {"aws:PrincipalOrgID": Unknown("open")}}))


def test_a_role_of_the_app_end_to_end() -> None:
    policy = {"Statement": [allow(["s3:GetObject*"], {"Fn::Join": ["", [att("B"), "/*"]]})]}
    assembly = app(
        {
            "B": ("AWS::S3::Bucket", {}),
            "C": ("AWS::S3::Bucket", {}),
            "R": ("AWS::IAM::Role", {"Policies": [{"PolicyDocument": policy}]}),
        }
    )
    found = principal_statements(get(assembly, "R"))
    assert allows(found, "s3:GetObject", get(assembly, "B"))
    assert not allows(found, "s3:GetObject", get(assembly, "C"))
    assert not allows(found, "s3:PutObject", get(assembly, "B"))
