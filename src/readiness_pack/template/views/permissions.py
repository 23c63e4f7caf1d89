"""Statements that CloudFormation does not write as policy documents: Lambda permissions and event bus policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness_pack.template.values import Reference, Text, Unknown
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.partial import Partial
from readiness_pack.template.views.statements import Condition, Statement, principal, statements_in

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource


def lambda_permissions(function: Resource) -> list[Resource]:
    """The ``AWS::Lambda::Permission`` resources on a function, its aliases and versions; or on an alias or version."""
    named = [function]
    if function.type.endswith("::Function"):
        for type_ in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            named += attached(function, type_, "FunctionName")
    found = dict.fromkeys(
        permission for one in named for permission in attached(one, "AWS::Lambda::Permission", "FunctionName")
    )
    return list(found)


# Property of AWS::Lambda::Permission -> the condition that Lambda makes of it:
# https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
_PERMISSION_CONDITIONS = (
    ("SourceArn", "ArnLike", "aws:sourcearn"),
    ("SourceAccount", "StringEquals", "aws:sourceaccount"),
    ("PrincipalOrgID", "StringEquals", "aws:principalorgid"),
    ("OrganizationId", "StringEquals", "aws:principalorgid"),
    ("EventSourceToken", "StringEquals", "lambda:eventsourcetoken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:functionurlauthtype"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:invokedviafunctionurl"),
)


def permission_statement(permission: Resource) -> Statement:
    """What an ``AWS::Lambda::Permission``, or one of a layer version, allows, as a statement."""
    conditions = Partial(
        Condition(operator, key, (value,))
        for name, operator, key in _PERMISSION_CONDITIONS
        if (value := permission.get(name)) is not None
    )
    value = permission.get("Principal")
    is_service = isinstance(value, str | Text) and "amazonaws" in str(value)
    is_service = is_service or (isinstance(value, Text) and not str(value).startswith("arn:") and "." in value.prefix)
    return Statement(
        effect="Allow",
        actions=(permission.get("Action"),),
        not_actions=None,
        resources=(permission.get("FunctionName", permission.get("LayerVersionArn")),),
        not_resources=None,
        principals=Partial([principal("Service" if is_service else "AWS", value)]),
        not_principals=None,
        conditions=conditions,
        sid=None,
        source=permission,
        path="",
    )


def bus_statements(policy: Resource) -> Partial[Statement]:
    """What an ``AWS::Events::EventBusPolicy`` says, in its ``Statement`` or in its older properties."""
    statement = policy.get("Statement")
    if statement is not None:
        return statements_in({"Statement": statement}, policy, "")
    value = policy.get("Principal")
    condition = policy.get("Condition")
    conditions: Partial[Condition] = Partial()
    if isinstance(condition, dict):
        operator, key = str(condition.get("Type")), str(condition.get("Key")).lower()
        conditions.append(Condition(operator, key, (condition.get("Value"),)))
    elif isinstance(condition, Reference | Unknown | Text):
        conditions.lacking(f"the condition of {policy.logical_id} is not known")
    return Partial(
        [
            Statement(
                effect="Allow",
                actions=(policy.get("Action"),),
                not_actions=None,
                resources=(policy.get("EventBusName"),),
                not_resources=None,
                principals=Partial([principal("AWS", value)]),
                not_principals=None,
                conditions=conditions,
                sid=policy.get("StatementId"),
                source=policy,
                path="",
            )
        ]
    )
