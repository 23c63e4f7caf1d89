"""What identity policies grant in effect: on how much, under which conditions, and what a boundary or a Deny leaves.

The subject of these questions is what a finding is attached to: a principal with its inline policies, or a resource
that is a policy.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from readiness_pack.template import Reference, Resource, Text, Unknown, Value
from readiness_pack.template.views.actions import covers_action
from readiness_pack.template.views.naming import named_resource
from readiness_pack.template.views.partial import Partial, holds_for_all, holds_for_any, once_a_world
from readiness_pack.template.views.policies import (
    aws_managed_policy_name,
    boundary_statements,
    principal_statements,
)
from readiness_pack.template.views.statements import Condition, Statement, statements_in

PRINCIPALS = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
ADMINISTRATORS = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
"""The policies of AWS that let their holders do nearly everything, or give themselves the right to."""

_MANAGED = "AWS::IAM::ManagedPolicy"
_HOLDERS: dict[str, tuple[str, ...]] = {
    "AWS::IAM::Policy": ("Roles[*]", "Users[*]", "Groups[*]"),
    _MANAGED: ("Roles[*]", "Users[*]", "Groups[*]"),
    "AWS::IAM::RolePolicy": ("RoleName",),
    "AWS::IAM::UserPolicy": ("UserName",),
    "AWS::IAM::GroupPolicy": ("GroupName",),
}

Reach = Callable[[Value], bool]


# Subjects ----------------------------------------------------------------------------------------------------------


def granted(subject: Resource) -> Partial[Statement]:
    """The statements that stand in ``subject`` as permissions; trust policies are none.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> document = {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
        >>> app = Assembly.from_template({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
        ...     "Policies": [{"PolicyName": "Read", "PolicyDocument": document}]}}}})
        >>> [statement.path for statement in granted(app.all_resources[0])]
        ['Policies[0].PolicyDocument.Statement']
    """
    return once_a_world(subject.assembly, ("granted", subject), lambda: _granted(subject))


def _granted(subject: Resource) -> Partial[Statement]:
    found: Partial[Statement] = Partial()
    where = "Policies[*].PolicyDocument" if subject.type in PRINCIPALS else "PolicyDocument"
    for path, document in subject.each(where):
        found.include(statements_in(document, subject, path))
    return found


def holders(policy: Resource) -> list[Resource]:
    """The roles, users and groups of the app that have ``policy``."""
    named = [named_resource(policy.assembly, value) for path in _HOLDERS[policy.type] for _, value in policy.each(path)]
    found = dict.fromkeys(one for one in named if one is not None and one.type in PRINCIPALS)
    if policy.type == _MANAGED:
        found |= dict.fromkeys(policy.referrers(*PRINCIPALS, path="ManagedPolicyArns[*]"))
    return list(found)


def subjects_of(subject: Resource) -> list[Resource]:
    """The principals that have the statements of ``subject``: itself, or the holders of the policy in the app."""
    return [subject] if subject.type in PRINCIPALS else holders(subject)


def grants_nothing(subject: Resource) -> bool:
    """Whether ``subject`` is a managed policy that the app only uses as a permissions boundary."""
    return (
        subject.type == _MANAGED
        and bool(subject.referrers("AWS::IAM::Role", "AWS::IAM::User", path="PermissionsBoundary"))
        and not holders(subject)
    )


def named_like(resource: Resource, patterns: list[str]) -> bool:
    """Whether the logical id, or the name as far as it is known, matches one of ``patterns``."""
    path = {"AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName", "AWS::IAM::Group": "GroupName"}[resource.type]
    name = resource.get(path)
    # What is not known of a name can be whatever a wildcard stands for.
    spelled = _spelled(name).replace(_HOLE, "?") if name is not None else ""
    return any(fnmatchcase(one, pattern) for one in (resource.logical_id, spelled) for pattern in patterns if one)


def statement_label(statement: Statement) -> str:
    """How messages name ``statement``."""
    return f"statement {statement.sid}" if isinstance(statement.sid, str) else "a statement without Sid"


# Reach -------------------------------------------------------------------------------------------------------------

_HOLE = "\0"
_SEPARATORS = frozenset("*?:/")
# Kinds of resources whose ARNs name them; elsewhere the first part may be the name of a bucket or queue.
_KINDS = re.compile(r"(?:role|user|group|policy|secret|parameter|key|function|federated-user|dbuser)[:/](.+)", re.I)


def is_everything(pattern: Value) -> bool:
    """Whether an element of ``Resource`` is everything, or everything of a service.

    Raises:
        Undecided: a value that is not known may be ``*``.

    Example:
        >>> is_everything("*"), is_everything("arn:aws:s3:::*"), is_everything("arn:aws:s3:::logs/*")
        (True, True, False)
    """
    pieces = _pieces(pattern)
    return (len(pieces) == 1 and _is_wild(pieces[0])) or _rest_is_wild(pieces)


def is_any_of_kind(pattern: Value) -> bool:
    """Whether an element of ``Resource`` is everything, or every role, secret, key ... there is.

    Example:
        >>> is_any_of_kind("arn:aws:iam::111111111111:role/*"), is_any_of_kind("arn:aws:iam::111111111111:role/app-*")
        (True, False)
    """
    if is_everything(pattern):
        return True
    pieces = _pieces(pattern)
    kind = _KINDS.fullmatch(pieces[5]) if len(pieces) == 6 else None
    return kind is not None and _is_wild(kind[1])


def reaches(statement: Statement, reach: Reach) -> bool:
    """Whether one of the resources of ``statement`` is as much as ``reach`` says; all but some always are."""
    if statement.resources is not None:
        return holds_for_any(statement.resources, reach)
    return statement.not_resources is not None


def _spelled(value: Value) -> str:
    parts = value.parts if isinstance(value, Text) else (value,)
    return "".join(part if isinstance(part, str) else _HOLE for part in parts)


def _pieces(pattern: Value) -> list[str]:
    if isinstance(pattern, Unknown):
        if pattern.kind not in ("attribute", "pseudo") and pattern.target is None:
            pattern.undecided()
        return []
    return [] if isinstance(pattern, Reference) else _spelled(pattern).split(":", 5)


def _is_wild(piece: str) -> bool:
    return "*" in piece and set(piece) <= _SEPARATORS


def _rest_is_wild(pieces: list[str]) -> bool:
    """Whether an ARN says nothing beyond its service: ``arn:aws:s3:::*``, ``arn:*``."""
    if len(pieces) < 2 or not (pieces[0] == "arn" or _is_wild(pieces[0])) or not _is_wild(pieces[-1]):
        return False
    return all(not piece or _is_wild(piece) for piece in pieces[3:])


# Conditions --------------------------------------------------------------------------------------------------------

# Keys about who asks, from where and when, and about the account that everything belongs to: they leave what may be
# done as wide as it is. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_CONTEXT = (
    *("aws:assumedroot", "aws:currenttime", "aws:ec2instancesource", "aws:epochtime", "aws:federatedprovider"),
    *("aws:multifactorauth", "aws:principal", "aws:referer", "aws:requestedregion", "aws:resourceaccount"),
    *("aws:resourceorg", "aws:securetransport", "aws:source", "aws:tokenissuetime", "aws:useragent", "aws:userid"),
    *("aws:username", "aws:vpc", "ec2:region", "ec2:sourceinstancearn", "lambda:sourcefunctionarn", "sts:"),
)
_POSITIVE = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "binaryequals"}
    | {f"numeric{how}" for how in ("equals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals")}
)
_WITH_WILDCARDS = frozenset({"stringlike", "arnequals", "arnlike"})


def narrowing_conditions(statement: Statement) -> Partial[Condition]:
    """The conditions that limit what ``statement`` is about: a tag of the resource, the service a role is passed to.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> source = Assembly.from_template({"Resources": {"P": {"Type": "AWS::IAM::Policy"}}}).all_resources[0]
        >>> conditions = {"StringEquals": {"aws:ResourceTag/team": "shop", "aws:RequestedRegion": "eu-west-1"}}
        >>> document = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": conditions}}
        >>> [condition.key for condition in narrowing_conditions(statements_in(document, source, "")[0])]
        ['aws:resourcetag/team']
    """
    return statement.conditions.those(_narrows)


def _narrows(condition: Condition) -> bool:
    key = condition.key
    if key.startswith(_CONTEXT):
        return False
    operator = condition.base_operator
    if operator == "null":
        return holds_for_any(condition.values, lambda value: str(value).lower() == "false")
    # DynamoDB sends the keys of every item that is asked for, so that all of them have to match:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    if condition.passes_without_key and not key.startswith("dynamodb:"):
        return False
    if operator == "bool":
        return holds_for_any(condition.values, lambda value: str(value).lower() == "true")
    if operator not in _POSITIVE or not condition.values:
        return False
    return operator not in _WITH_WILDCARDS or not holds_for_any(condition.values, is_everything)


# What is left --------------------------------------------------------------------------------------------------------


def allows_widely(statement: Statement, action: str, reach: Reach = is_everything) -> bool:
    """Whether ``statement`` allows ``action`` as far as ``reach`` says, with no condition that narrows it."""
    if statement.spelled_out and not covers_action(statement, action):
        return False  # most are about other actions
    tests: tuple[Callable[[], bool], ...] = (
        lambda: statement.is_allow,
        lambda: covers_action(statement, action),
        lambda: reaches(statement, reach),
        lambda: not narrowing_conditions(statement),
    )
    # One that certainly fails decides, whatever is not known of the others.
    return holds_for_all(tests, lambda test: test())


def makes_administrator(statement: Statement) -> bool:
    """Whether ``statement`` allows every action on everything."""
    return allows_widely(statement, "*:*")


def takes_effect(subject: Resource, action: str, reach: Reach = is_everything) -> bool:
    """Whether ``action``, which ``subject`` allows widely, is left to somebody who has its statements.

    A Deny without conditions takes it away, and so does a permissions boundary that does not allow as much. Of policies
    that are not in the app no Deny is supposed.

    Raises:
        Undecided: the boundary is not in the app.
    """
    principals = subjects_of(subject)
    if not principals:
        return not _denied(granted(subject).known, action, reach)
    return holds_for_any(
        principals,
        lambda one: not _denied(principal_statements(one).known, action, reach) and _in_boundary(one, action, reach),
    )


def _denied(statements: list[Statement], action: str, reach: Reach) -> bool:
    return holds_for_any(
        statements,
        lambda one: one.is_deny and not one.conditions and covers_action(one, action) and reaches(one, reach),
    )


def _in_boundary(principal: Resource, action: str, reach: Reach) -> bool:
    boundary = boundary_statements(principal)
    if boundary is None:
        return True
    if aws_managed_policy_name(principal.get("PermissionsBoundary")) == "AdministratorAccess":
        return True
    allowed = holds_for_any(boundary, lambda one: allows_widely(one, action, reach))
    return allowed and not _denied(boundary.known, action, reach)
