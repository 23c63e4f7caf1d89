"""Checks on policies of buckets, queues, topics, functions ...: whom they let in."""

from __future__ import annotations

from collections.abc import Callable

from readiness_pack.rules.checks.accounts import foreign_account
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.fences import fenced
from readiness_pack.rules.checks.iam_grants import statement_label
from readiness_pack.rules.comparisons import why_unknown
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Unknown
from readiness_pack.template.views.actions import scoping_conditions
from readiness_pack.template.views.partial import Partial, holds_for_all, holds_for_any
from readiness_pack.template.views.policies import policy_statements
from readiness_pack.template.views.statements import Condition, Principal, Statement

_OF_SECRETS, _BLOCK = "AWS::SecretsManager::ResourcePolicy", "BlockPublicPolicy"
_OF_FUNCTION = "AWS::Lambda::Permission"
_PERMISSIONS = (_OF_FUNCTION, "AWS::Lambda::LayerVersionPermission")
_ORGANISATION_KEYS = ("aws:principalorgid", "aws:sourceorgid")


def no_public_principal(rule: Rule, resource: Resource) -> Verdicts:
    """Nobody is let in but the app's own accounts and those that are trusted."""
    # Only what is in the VPC reaches a domain or access point there, whatever its policy says:
    # https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html
    if resource.get("VPCOptions.SubnetIds") is not None or _is_vpc_access_point(resource):
        return NOT_APPLICABLE
    statements = policy_statements(resource)
    if statements.reason is None and not statements.known:
        return NOT_APPLICABLE
    found = judged(statements, lambda one: _everybody(rule, one, statements)) + _foreigners(rule, statements)
    failed = [outcome for outcome in found if outcome.verdict == "fail"]
    # A policy that only denies cannot open anything.
    if resource.type == _OF_SECRETS and not resource.flag(_BLOCK, default=False) and _allows(statements):
        message = "Nothing keeps {logical_id} from opening its secret to everybody: BlockPublicPolicy is not true."
        failed.append(fail(_BLOCK, detail=_BLOCK, severity="warning", message=message))
    return failed or found[:1] or PASS


def _allows(statements: Partial[Statement]) -> bool:
    return holds_for_any(statements, lambda one: one.is_allow)


def _is_vpc_access_point(resource: Resource) -> bool:
    return resource.type == "AWS::S3::AccessPoint" and resource.get("VpcConfiguration.VpcId") is not None


def _everybody(rule: Rule, statement: Statement, statements: Partial[Statement]) -> Outcome | None:
    tests: tuple[Callable[[], bool], ...] = (
        lambda: statement.is_allow,
        lambda: statement.not_principals is not None or holds_for_any(statement.principals or (), _is_open),
        lambda: not _limits(rule, statement),
        lambda: not fenced(statement, statements),
    )
    return _said(statement, "everybody", "everybody") if holds_for_all(tests, lambda test: test()) else None


def _is_open(principal: Principal) -> bool:
    """Everyone; an ARN with a wildcard for the account is taken to mean that."""
    value = principal.value
    if isinstance(value, str) and value.startswith("arn:"):
        return "*" in "".join(value.split(":")[4:5])
    return principal.is_everyone()


def _foreigners(rule: Rule, statements: Partial[Statement]) -> list[Outcome]:
    pairs: Partial[tuple[Statement, Principal]] = Partial(reason=statements.reason)
    for statement in statements.known:
        if statement.principals is not None:
            pairs.lacking(statement.principals.reason)
            pairs.extend((statement, principal) for principal in statement.principals.known)

    def judge(pair: tuple[Statement, Principal]) -> Outcome | None:
        statement, principal = pair
        if not statement.is_allow or principal.kind != "AWS":
            return None
        account = foreign_account(principal, statement.source, rule["trusted_account_ids"])
        if account is None or _limits(rule, statement):
            return None
        return _said(statement, account, f"the account {account}, which is not among trusted_account_ids,")

    return judged(pairs, judge)


def _limits(rule: Rule, statement: Statement) -> Partial[Condition]:
    """The conditions that keep strangers out; one on the organisation does only if it is the right one."""
    organisation = rule["org_id"]

    def keeps_out(condition: Condition) -> bool:
        if organisation is None or condition.key not in _ORGANISATION_KEYS:
            return True
        return holds_for_all(condition.values, lambda value: bool(value == organisation))

    return scoping_conditions(statement).those(keeps_out)


def _said(statement: Statement, detail: str, whom: str) -> Outcome:
    actions = statement.actions or ()
    what = ", ".join(str(action) for action in actions[:3]) if actions else "do nearly everything"
    more = f" and {len(actions) - 3} more" if len(actions) > 3 else ""
    label = "" if statement.source.type in _PERMISSIONS else f" ({statement_label(statement)})"
    path = statement.path or "Principal"
    return fail(path, detail=f"{statement.sid or ''}{detail}", whom=whom, actions=what + more, statement=label)


# Services ------------------------------------------------------------------------------------------------------------

_SOURCES = frozenset(
    {
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "lambda:eventsourcetoken",
    }
)
# Services that cannot be asked for a source, by type of policy. EventBridge sends none to topics, and AWS Backup is not
# documented to: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
# https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html
# A target group is created after the permission for its function, so that the permission cannot name it:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
_WITHOUT_SOURCE: dict[str, frozenset[str]] = {
    _OF_FUNCTION: frozenset({"elasticloadbalancing"}),
    "AWS::SNS::TopicPolicy": frozenset({"backup", "events"}),
    "AWS::SQS::QueuePolicy": frozenset(),
}


def service_grants_have_source(rule: Rule, resource: Resource) -> Verdicts:
    """A service is let in on behalf of a named source or account only."""
    del rule
    statements = policy_statements(resource)
    excepted = _WITHOUT_SOURCE[resource.type]
    pairs: Partial[tuple[Statement, Principal]] = Partial(reason=statements.reason)
    for statement in statements.known:
        if statement.principals is not None:
            pairs.lacking(statement.principals.reason)
            pairs.extend((statement, one) for one in statement.principals.known if _may_be_service(one))
    if not pairs.known and pairs.reason is None:
        return NOT_APPLICABLE

    def judge(pair: tuple[Statement, Principal]) -> Outcome | None:
        statement, principal = pair
        if not statement.is_allow or principal.service in excepted:
            return None
        name = str(principal.value)
        if resource.type == _OF_FUNCTION and principal.service == "s3":
            return _bucket_of_account(statement, name)
        if not holds_for_any(scoping_conditions(statement), lambda one: one.key in _SOURCES):
            if principal.service is None and (excepted or principal.kind != "Service"):
                raise Undecided(why_unknown(principal.value))
            where = statement.path or "SourceArn"
            return fail(where, detail=f"{statement.sid or ''}{name}", service=name, lacks="SourceArn or SourceAccount")
        return None

    found = judged(pairs, judge)
    allowing = any(statement.is_allow and principal.service not in excepted for statement, principal in pairs.known)
    return found or (PASS if allowing else NOT_APPLICABLE)


def _may_be_service(principal: Principal) -> bool:
    value = principal.value
    of_nobody = isinstance(value, Unknown) and value.kind not in ("attribute", "pseudo")
    return principal.kind == "Service" or (principal.kind == "AWS" and of_nobody)


def _bucket_of_account(statement: Statement, name: str) -> Outcome | None:
    """The ARN of a bucket names no account: who owns the bucket later could call the function.

    https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    """
    if holds_for_any(statement.conditions, lambda one: one.key in _SOURCES - {"aws:sourcearn"}):
        return None
    lacks = "SourceAccount, and the ARN of a bucket names no account"
    return fail("SourceAccount", detail=name, service=name, lacks=lacks)
