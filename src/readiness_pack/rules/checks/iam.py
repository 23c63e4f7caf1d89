"""Checks on the statements of identity policies: how much each of them allows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from readiness_pack.data.iam import IamAction, iam_actions
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.iam_grants import (
    ADMINISTRATORS,
    PRINCIPALS,
    allows_widely,
    granted,
    grants_nothing,
    is_any_of_kind,
    is_everything,
    makes_administrator,
    named_like,
    narrowing_conditions,
    reaches,
    statement_label,
    subjects_of,
    takes_effect,
)
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.checks.wording import listed
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Text, Unknown, Value
from readiness_pack.template.views.partial import Partial, holds_for_all, holds_for_any
from readiness_pack.template.views.policies import aws_managed_policy_name, policy_statements, trust_statements
from readiness_pack.template.views.statements import Statement

T = TypeVar("T")


def _judged(elements: Partial[T], judge: Callable[[T], Outcome | None]) -> Verdicts:
    """What is wrong with ``elements``; not applicable where there are none."""
    if elements.reason is None and not elements.known:
        return NOT_APPLICABLE
    found = judged(elements, judge)
    # One pattern in several statements is one finding.
    return list({(outcome.verdict, outcome.detail): outcome for outcome in reversed(found)}.values())[::-1] or PASS


# Administrators ----------------------------------------------------------------------------------------------------


def no_administrator_statements(rule: Rule, subject: Resource) -> Verdicts:
    """Nobody is made an administrator, by a statement or by a policy of AWS."""
    allowed, principals = rule["allowed_admin_roles"], subjects_of(subject)
    if grants_nothing(subject) or (principals and all(named_like(one, allowed) for one in principals)):
        return NOT_APPLICABLE

    def judge(element: Statement | tuple[str, Value]) -> Outcome | None:
        if isinstance(element, Statement):
            return _administrator(subject, element)
        path, policy = element
        name = aws_managed_policy_name(policy)
        if name is None or name not in ADMINISTRATORS:
            if not isinstance(policy, Reference) and name is None:
                _known_policy(policy)
            return None
        return fail(path, detail=name, reason=f"{name} is attached")

    elements: Partial[Statement | tuple[str, Value]] = Partial()
    elements.include(granted(subject))
    if subject.type in PRINCIPALS:
        elements.include(subject.each("ManagedPolicyArns[*]"))
    return _judged(elements, judge)


def _administrator(subject: Resource, statement: Statement) -> Outcome | None:
    if not makes_administrator(statement) or not takes_effect(subject, "*:*"):
        return None
    reason = f"{statement_label(statement)} allows every action on every resource"
    return fail(statement.path, detail=str(statement.sid or "*"), reason=reason)


def _known_policy(policy: Value) -> None:
    """Raise where a policy that is attached may be one of those of AWS."""
    if isinstance(policy, Text):
        is_some_arn = policy.prefix.startswith("arn:") or policy.references
        if ":iam::aws:policy/" in str(policy) or not is_some_arn:
            policy.undecided()
    elif isinstance(policy, Unknown) and policy.target is None:
        policy.undecided()


# Wildcards in actions ------------------------------------------------------------------------------------------------

_CHANGES = ("Write", "Permissions management")
# The channels of the SSM agent; a policy for an instance needs all of them and cannot limit any:
# https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html
_CHANNELS = ("ec2messages:*", "ssmmessages:*")


def no_service_wildcard_actions(rule: Rule, subject: Resource) -> Verdicts:
    """No action stands for a whole service, and no prefix for changes that nobody thought of."""
    if subject.managed_by_cdk or grants_nothing(subject):
        return NOT_APPLICABLE

    def judge(pair: tuple[Statement, Value]) -> Outcome | None:
        statement, action = pair
        pattern = known_text(action)
        if not statement.is_allow or not {"*", "?"} & set(pattern):
            return None
        covered = _wholly(pattern) or _changes(statement, pattern)
        if pattern.lower() in _CHANNELS:
            return None
        if covered is None or _is_excepted(rule["wildcard_ok_services"], statement, pattern):
            return None
        if not takes_effect(subject, pattern if ":" in pattern else "*:*"):
            return None
        label = statement_label(statement)
        return fail(statement.path, detail=pattern.lower(), action=pattern, covered=covered, statement=label)

    statements = granted(subject)
    pairs = [(statement, action) for statement in statements.known for action in statement.actions or ()]
    return _judged(Partial(pairs, statements.reason), judge)


def _wholly(pattern: str) -> str | None:
    service, separator, name = pattern.partition(":")
    if "*" not in pattern or set(name if separator else service) - {"*", "?"}:
        return None
    return f"everything that {service} can do" if separator and set(service) - {"*", "?"} else "every action of AWS"


def _changes(statement: Statement, pattern: str) -> str | None:
    """Which changes a prefix covers, where that is too much.

    ``s3:DeleteObject*`` on named objects, as the grants of the CDK write it, says what it does. Changes of permissions
    never hide behind a prefix, other changes only where the resources are named.
    """
    changes = _changing(pattern)
    if not changes:
        return None
    permissions = [action for action in changes if action.level == "Permissions management"]
    if not permissions and not reaches(statement, is_everything):
        return None
    return listed([str(action) for action in permissions or changes])


@lru_cache(maxsize=4096)
def _changing(pattern: str) -> tuple[IamAction, ...]:
    return tuple(action for action in iam_actions(pattern) if action.level in _CHANGES)


def _is_excepted(services: list[str], statement: Statement, pattern: str) -> bool:
    """Whether the whole service is accepted, being for one resource."""
    if pattern.partition(":")[0].lower() not in services or reaches(statement, is_everything):
        return False
    bases = {str(resource).removesuffix("*").rstrip(":/") for resource in statement.resources or ()}
    return len(bases) == 1


# Wildcards in resources ----------------------------------------------------------------------------------------------

# What can be limited by name, and is needed before there is anything to name: network interfaces of functions, builds
# and tasks in a VPC, the managed instance that an SSM agent will be.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
# https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSSMManagedInstanceCore.html
_UNNAMED = frozenset(
    name.lower()
    for name in (
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:UnassignPrivateIpAddresses",
        "ssm:UpdateInstanceInformation",
    )
)


def no_wildcard_resource(rule: Rule, subject: Resource) -> Verdicts:
    """Where an action can be granted on some resources only, it is not granted on all of them."""
    del rule
    if subject.managed_by_cdk or grants_nothing(subject):
        return NOT_APPLICABLE

    def judge(statement: Statement) -> Outcome | None:
        wide = Partial(statement.actions or ()).those(_takes_resource)
        tests: tuple[Callable[[], bool], ...] = (
            lambda: statement.is_allow,
            lambda: bool(wide),
            lambda: reaches(statement, is_everything) and statement.resources is not None,
            lambda: not narrowing_conditions(statement),
        )
        if not holds_for_all(tests, lambda test: test()):
            return None
        left = [known_text(one) for one in wide.known if not _is_text_message(subject, one)]
        left = [one for one in left if takes_effect(subject, one if ":" in one else "*:*")]
        if not left:
            return None
        detail = str(statement.sid or ",".join(sorted(one.lower() for one in left)))
        return fail(statement.path, detail=detail, actions=listed(left), statement=statement_label(statement))

    return _judged(granted(subject), judge)


def _is_text_message(subject: Resource, action: str) -> bool:
    """Whether it is for a user pool to send text messages: a phone number has no ARN.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-sms-settings.html
    """
    principals = subjects_of(subject)
    return (
        action.lower() == "sns:publish"
        and bool(principals)
        and all(one.type == "AWS::IAM::Role" and _serves(one, "cognito-idp") for one in principals)
    )


def _serves(role: Resource, service: str) -> bool:
    services = [one.service for statement in trust_statements(role).known for one in (statement.principals or ())]
    return bool(services) and all(one == service for one in services)


def _takes_resource(action: Value) -> bool:
    return _can_be_limited(known_text(action).lower())


@lru_cache(maxsize=4096)
def _can_be_limited(pattern: str) -> bool:
    if _wholly(pattern) is not None and pattern[0] in "*?":
        return True  # spares looking at all the actions there are
    return any(_has_resource_of_its_own(action) for action in iam_actions(pattern))


def _has_resource_of_its_own(action: IamAction) -> bool:
    describes = action.level == "List" and action.name.startswith("Describe")
    return action.resource == "supported" and not describes and str(action).lower() not in _UNNAMED


# Turned around -------------------------------------------------------------------------------------------------------


def no_allow_of_all_but(rule: Rule, subject: Resource) -> Verdicts:
    """No statement allows all but some."""
    del rule
    if grants_nothing(subject):
        return NOT_APPLICABLE

    def judge(statement: Statement) -> Outcome | None:
        parts = {
            "NotAction": statement.not_actions,
            "NotResource": statement.not_resources,
            "NotPrincipal": statement.not_principals,
        }
        used = [name for name, value in parts.items() if value is not None]
        if not used or not statement.is_allow:
            return None
        detail = f"{statement.sid or ''}{'+'.join(used)}"
        label = statement_label(statement)
        return fail(f"{statement.path}.{used[0]}", detail=detail, element=" and ".join(used), statement=label)

    return _judged(policy_statements(subject), judge)


# Credentials ---------------------------------------------------------------------------------------------------------

# Actions that hand out secrets, or credentials of others, and the actions by which a ciphertext becomes one.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_CREDENTIALS: dict[str, tuple[str, ...]] = {
    "secretsmanager": ("GetSecretValue",),
    "ssm": ("GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory"),
    "kms": ("Decrypt",),
    "sts": ("GetFederationToken",),
    "iam": ("CreateAccessKey", "CreateServiceSpecificCredential", "ResetServiceSpecificCredential"),
    "redshift": ("GetClusterCredentials", "GetClusterCredentialsWithIAM"),
    "redshift-serverless": ("GetCredentials",),
}


def no_credential_exposure(rule: Rule, subject: Resource) -> Verdicts:
    """Nobody may read every secret, decrypt with every key or make credentials for everybody."""
    del rule
    if grants_nothing(subject):
        return NOT_APPLICABLE
    statements = granted(subject)
    # Administrators, and statements that allow all but some, are the business of other rules.
    statements = statements.those(lambda one: one.actions is not None and not makes_administrator(one))
    if statements.reason is None and not statements.known:
        return NOT_APPLICABLE if not granted(subject).known else PASS

    def judge(service: str) -> Outcome | None:
        actions = [f"{service}:{name}" for name in _CREDENTIALS[service]]
        wide = Partial(actions).those(lambda action: _widely(statements, action))
        wide = wide.those(lambda action: takes_effect(subject, action, is_any_of_kind))
        if not wide:
            return None
        first = statements.those(lambda one: allows_widely(one, wide.known[0], is_any_of_kind)).known[0]
        return fail(first.path, detail=service, actions=listed(wide.known, 4))

    return judged(_CREDENTIALS, judge) or PASS


def _widely(statements: Partial[Statement], action: str) -> bool:
    return holds_for_any(statements, lambda one: allows_widely(one, action, is_any_of_kind))
