"""Checks on what a principal could make of its permissions: the ways to more rights than it was given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from readiness_pack.rules.checks.iam_grants import (
    PRINCIPALS,
    Reach,
    allows_widely,
    granted,
    grants_nothing,
    holders,
    is_any_of_kind,
    is_everything,
    makes_administrator,
    narrowing_conditions,
    reaches,
    takes_effect,
)
from readiness_pack.rules.checks.wording import listed
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value
from readiness_pack.template.views.actions import allows, covers_action
from readiness_pack.template.views.partial import Partial, holds_for_any
from readiness_pack.template.views.patterns import any_covers, resource_covers
from readiness_pack.template.views.policies import principal_statements
from readiness_pack.template.views.statements import Statement, service_name

# Each of these, on every identity or function, is enough to act with rights of others or to write one's own.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
_ALONE = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "glue:UpdateDevEndpoint",
    "lambda:UpdateFunctionCode",
    "sts:AssumeRole",
)

# Each of these on the principal itself is enough to write its own rights.
_ON_ITSELF = ("iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy")
_SELF = " on itself"

# Service to which a role can be passed -> actions that make the service run something of one's own with it.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
_WITH_ROLE: dict[str, tuple[str, ...]] = {
    "bedrock-agentcore": ("bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:CreateCodeInterpreter"),
    "cloudformation": ("cloudformation:CreateStack", "cloudformation:CreateChangeSet"),
    "codebuild": ("codebuild:CreateProject", "codebuild:UpdateProject"),
    "datapipeline": ("datapipeline:CreatePipeline",),
    "ec2": ("ec2:RunInstances",),
    "ecs-tasks": ("ecs:RunTask", "ecs:CreateService"),
    "glue": ("glue:CreateDevEndpoint", "glue:CreateJob", "glue:UpdateJob"),
    "lambda": ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"),
    "sagemaker": (
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateTrainingJob",
    ),
    "scheduler": ("scheduler:CreateSchedule", "scheduler:UpdateSchedule"),
    "ssm": ("ssm:StartAutomationExecution",),
    "states": ("states:CreateStateMachine", "states:UpdateStateMachine"),
    "tasks.apprunner": ("apprunner:CreateService",),
}
_PASSING = "iam:PassRole"
_PASSED_TO = "iam:passedtoservice"


def no_escalation_path(rule: Rule, subject: Resource) -> Verdicts:
    """All that a principal may do together gives it no way to rights of others."""
    del rule
    is_principal = subject.type in PRINCIPALS
    if grants_nothing(subject) or (not is_principal and holders(subject)):
        return NOT_APPLICABLE  # whoever has the policy is judged with all of its policies
    statements = principal_statements(subject) if is_principal else granted(subject)
    if statements.reason is None and not statements.known:
        return NOT_APPLICABLE
    # What administrators may do is reported as that.
    statements = statements.those(lambda one: _may_lift(one) and not makes_administrator(one))
    found: dict[str, Statement] = {}
    doubt: Undecided | None = None
    for way in _ways(subject, statements):
        if isinstance(way, Undecided):
            doubt = doubt or way
        else:
            found.setdefault(*way)
    if not found:
        return unknown(doubt.reason) if doubt is not None else PASS
    first = next(iter(found.values()))
    where = "" if first.source is subject else f" (by policy {first.source.logical_id})"
    path = first.path if first.source is subject else None
    return fail(path, ways=_said(list(found)), where=where)


def _may_lift(statement: Statement) -> bool:
    """Whether a statement is about anything that is asked for here; most are not, and need no closer look."""
    return statement.actions is None or not statement.spelled_out or _lifts(statement.actions)


@lru_cache(maxsize=4096)
def _lifts(patterns: tuple[str, ...]) -> bool:
    asked = (*_ALONE, *_ON_ITSELF, _PASSING, *(action for actions in _WITH_ROLE.values() for action in actions))
    return any(any_covers(patterns, action) for action in asked)


def _said(ways: list[str]) -> str:
    itself = [way.removesuffix(_SELF) for way in ways if way.endswith(_SELF)]
    others = [way for way in ways if not way.endswith(_SELF)]
    said = [f"{listed(others)} on any role, user or function"] if others else []
    return " and ".join([*said, f"{listed(itself)}{_SELF}"] if itself else said)


def _ways(subject: Resource, statements: Partial[Statement]) -> Iterator[tuple[str, Statement] | Undecided]:
    """What lets ``subject`` rise and the statement that allows it, or why that cannot be decided."""
    for action in (*_ALONE, _PASSING):
        try:
            statement = _wide(statements, action)
            if statement is not None and takes_effect(subject, action, is_any_of_kind):
                yield (f"{action} with any service" if action == _PASSING else action), statement
        except Undecided as undecided:
            yield undecided
    for action in _ON_ITSELF if subject.type in PRINCIPALS else ():
        try:
            statement = _wide(statements, action, lambda one: _is_itself(one, subject))
            if statement is not None and takes_effect(subject, action, lambda one: _is_itself(one, subject)):
                yield f"{action}{_SELF}", statement
        except Undecided as undecided:
            yield undecided
    for service, actions in _WITH_ROLE.items():
        try:
            statement = _passes_any_role(statements, service)
            made = next((one for one in actions if allows(statements, one)), None) if statement is not None else None
            if statement is not None and made is not None and takes_effect(subject, _PASSING, is_any_of_kind):
                yield f"{_PASSING} with {made}", statement
        except Undecided as undecided:
            yield undecided


def _wide(statements: Partial[Statement], action: str, reach: Reach = is_any_of_kind) -> Statement | None:
    """A statement that allows ``action`` on every role, user ... there is, or as far as ``reach`` says."""
    allowing = statements.those(lambda one: allows_widely(one, action, reach))
    return allowing.known[0] if allowing else None


def _is_itself(pattern: Value, principal: Resource) -> bool:
    """Whether an element of ``Resource`` names the principal; a pattern that only may do so does not count."""
    try:
        return not is_any_of_kind(pattern) and resource_covers(pattern, principal)
    except Undecided:
        name = principal.literal_name  # the account does not matter: nobody can do this in another one
        return name is not None and str(pattern).endswith(f"/{name}")


def _passes_any_role(statements: Partial[Statement], service: str) -> Statement | None:
    """A statement by which any role can be passed to ``service``, which it names."""

    def passes(statement: Statement) -> bool:
        if not (statement.is_allow and covers_action(statement, _PASSING) and reaches(statement, is_any_of_kind)):
            return False
        conditions = narrowing_conditions(statement)
        return bool(conditions) and all(
            condition.key == _PASSED_TO and holds_for_any(condition.values, lambda value: _is_service(value, service))
            for condition in conditions
        )

    passing = statements.those(passes)
    return passing.known[0] if passing else None


def _is_service(value: Value, service: str) -> bool:
    if not isinstance(value, str):
        name = service_name(value)
        return name == service if name is not None else bool(value == f"{service}.amazonaws.com")
    return service_name(value) == service or is_everything(value.split(".")[0])
