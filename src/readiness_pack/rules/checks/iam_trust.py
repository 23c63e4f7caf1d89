"""Checks on trust policies: who may assume a role."""

from __future__ import annotations

from collections.abc import Callable

from readiness_pack.rules.checks.accounts import account_of, foreign_account
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.iam_grants import is_everything, statement_label
from readiness_pack.rules.checks.known import known_text, spelled
from readiness_pack.rules.comparisons import why_unknown
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Undecided, Unknown, Value
from readiness_pack.template.views.actions import scoping_conditions
from readiness_pack.template.views.partial import Partial, holds_for_all, holds_for_any
from readiness_pack.template.views.policies import trust_statements
from readiness_pack.template.views.statements import Condition, Principal, Statement

_TRUST = "AssumeRolePolicyDocument"

Pair = tuple[Statement, Principal]


def trusted(statements: Partial[Statement]) -> Partial[Pair]:
    """Every principal of a trust policy with the statement that names it."""
    found: Partial[Pair] = Partial(reason=statements.reason)
    for statement in statements.known:
        if statement.principals is not None:
            found.lacking(statement.principals.reason)
            found.extend((statement, principal) for principal in statement.principals.known)
    return found


def every(*tests: Callable[[], bool]) -> bool:
    """Whether all ``tests`` hold; one that certainly fails decides."""
    return holds_for_all(tests, lambda test: test())


# Breadth -------------------------------------------------------------------------------------------------------------

# Services that a role for one of them is usually for as well: parts of one service under several names.
_FAMILIES = (
    ("apigateway", "ops.apigateway"),
    ("backup", "restore-testing.backup"),
    ("bedrock", "bedrock-agentcore"),
    ("build.apprunner", "tasks.apprunner"),
    ("codebuild", "codedeploy", "codepipeline"),
    ("ec2", "ssm"),
    ("ecs", "ecs-tasks"),
    ("eks", "eks-fargate-pods", "eks-nodegroup", "pods.eks"),
    ("events", "pipes", "scheduler"),
    ("glue", "lakeformation"),
    ("lambda", "edgelambda", "replicator.lambda"),
    ("logs", "delivery.logs"),
    ("rds", "monitoring.rds"),
    ("redshift", "redshift-serverless"),
)
_FAMILY = {service: family[0] for family in _FAMILIES for service in family}


def trust_not_broad(rule: Rule, role: Resource) -> Verdicts:
    """Nobody may assume the role but those whom it is for."""
    statements = trust_statements(role)
    if statements.reason is None and not statements.known:
        return NOT_APPLICABLE
    found = judged(statements, _wide_action)
    found += judged(statements, _everybody)
    found += judged(trusted(statements), lambda pair: _whole_account(rule, role, *pair))
    found += judged([statements], _several_services)
    return [outcome for outcome in found if outcome.verdict == "fail"] or found[:1] or PASS


def _wide_action(statement: Statement) -> Outcome | None:
    if not statement.is_allow:
        return None
    for action in statement.actions or ():
        name = known_text(action).partition(":")[2] or known_text(action)
        if is_everything(name):
            reason = f"{statement_label(statement)} allows {action}"
            return fail(statement.path, detail=f"action {action}", reason=reason)
    return None


def _everybody(statement: Statement) -> Outcome | None:
    if every(lambda: statement.is_allow, lambda: _names_everyone(statement), lambda: not scoping_conditions(statement)):
        return fail(statement.path, detail="everybody", reason=f"{statement_label(statement)} trusts every AWS account")
    return None


def _names_everyone(statement: Statement) -> bool:
    if statement.principals is None:
        return statement.not_principals is not None
    return holds_for_any(statement.principals, _is_everyone)


def _is_everyone(principal: Principal) -> bool:
    value = principal.value
    if isinstance(value, str) and value.startswith("arn:"):
        return "*" in "".join(value.split(":")[4:5])
    return principal.is_everyone()


def _whole_account(rule: Rule, role: Resource, statement: Statement, principal: Principal) -> Outcome | None:
    """A foreign account whose administrators decide who of it assumes the role."""
    if principal.kind != "AWS" or not _is_account(principal):
        return None
    account: list[str] = []

    def is_foreign() -> bool:
        found = foreign_account(principal, role, rule["trusted_account_ids"])
        account.extend([found] if found is not None else [])
        return found is not None

    if not every(lambda: statement.is_allow, is_foreign, lambda: not _limits_account(statement)):
        return None
    reason = f"{statement_label(statement)} trusts all of account {account[0]}, without ExternalId or organisation"
    return fail(statement.path, detail=account[0], reason=reason)


def _is_account(principal: Principal) -> bool:
    value = principal.value
    if isinstance(value, Unknown) and value.name != "AWS::AccountId" and value.target is None:
        value.undecided()
    return principal.account is not None or (isinstance(value, int) and not isinstance(value, bool))


def _limits_account(statement: Statement) -> bool:
    if scoping_conditions(statement):
        return True
    return holds_for_any(statement.conditions_on("sts:ExternalId"), _is_given)


def _is_given(condition: Condition) -> bool:
    return not condition.passes_without_key and condition.base_operator in ("stringequals", "stringlike")


def _several_services(statements: Partial[Statement]) -> Outcome | None:
    names: dict[str, str] = {}
    doubt: Undecided | None = None
    for statement, principal in trusted(statements).known:
        if principal.kind != "Service" or not statement.is_allow:
            continue
        name = principal.service
        if name is None:
            doubt = Undecided(why_unknown(principal.value))
        else:
            names.setdefault(_FAMILY.get(name, name), name)
    if len(names) > 1:
        services = ", ".join(sorted(names.values()))
        return fail(_TRUST, detail="services", reason=f"it serves several services at once ({services})")
    if doubt is not None and names:
        raise doubt
    return None


# Environments --------------------------------------------------------------------------------------------------------


def no_cross_environment_trust(rule: Rule, role: Resource) -> Verdicts:
    """Production trusts production only, and nothing else is trusted by it."""
    accounts = {str(account): name for name, ids in rule["env_accounts"].items() for account in ids}
    if not accounts:
        return NOT_APPLICABLE
    own = role.stack.pseudo("AWS::AccountId")
    # What is not said to be anything else is production.
    here = accounts.get(own, "prod") if isinstance(own, str) else "prod"

    def is_production(name: str) -> bool:
        return name in rule["production"]

    def judge(pair: Pair) -> Outcome | None:
        statement, principal = pair
        account = account_of(principal)
        if account is None or (isinstance(account, Unknown) and account.name == "AWS::AccountId"):
            return None
        if not isinstance(account, str):
            account.undecided()
        there = accounts.get(account)
        if there is None or is_production(there) == is_production(here) or not statement.is_allow:
            return None
        return fail(statement.path, detail=account, account=account, there=there, here=here)

    pairs = trusted(trust_statements(role))
    if pairs.reason is None and all(principal.kind != "AWS" for _, principal in pairs.known):
        return NOT_APPLICABLE
    return judged(pairs, judge) or PASS


# People --------------------------------------------------------------------------------------------------------------


def human_role_requires_mfa(rule: Rule, role: Resource) -> Verdicts:
    """Who assumes the role as a person has shown a second factor."""
    machines = {str(account) for account in rule["machine_accounts"]}
    if role.referrers("AWS::CodePipeline::Pipeline"):
        return NOT_APPLICABLE  # the role of an action, which the CDK lets all of the account assume
    pairs = trusted(trust_statements(role))
    people = pairs.those(lambda pair: _is_person(pair[1], machines))
    if people.reason is None and not people.known:
        return NOT_APPLICABLE

    def judge(pair: Pair) -> Outcome | None:
        statement, principal = pair
        who = "everybody" if principal.kind == "*" else str(principal.value)
        tests = (lambda: statement.is_allow, lambda: not _asks_for_mfa(statement), lambda: not _is_machine(statement))
        return fail(statement.path, detail=who, who=who) if every(*tests) else None

    return judged(people, judge) or PASS


def _is_person(principal: Principal, machines: set[str]) -> bool:
    """Whether people come this way: a user, or an account whose users may all be allowed to."""
    value = principal.value
    if principal.kind != "AWS":
        return principal.kind == "*"
    if isinstance(value, Reference) or (isinstance(value, Unknown) and value.target is not None):
        target = value.resource if isinstance(value, Reference) else value.target
        return target is not None and target.type == "AWS::IAM::User"
    is_person = ":user/" in spelled(value) and "CloudFront" not in spelled(value)
    if not (is_person or _is_account(principal)):
        return False
    account = account_of(principal)
    return not (isinstance(account, str) and account in machines)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
def _asks_for_mfa(statement: Statement) -> bool:
    def asks(condition: Condition) -> bool:
        if condition.passes_without_key:
            return False
        if condition.key == "aws:multifactorauthpresent" and condition.base_operator in ("bool", "stringequals"):
            return holds_for_all(condition.values, lambda value: str(value).lower() == "true")
        return condition.key == "aws:multifactorauthage" and condition.base_operator.startswith("numericlessthan")

    return holds_for_any(statement.conditions, asks)


def _is_machine(statement: Statement) -> bool:
    """Whether only a third party's service, or roles, get through: both cannot show a second factor."""
    if holds_for_any(statement.conditions_on("sts:ExternalId"), _is_given):
        return True
    return holds_for_any(statement.conditions_on("aws:PrincipalArn"), _only_roles)


def _only_roles(condition: Condition) -> bool:
    compares = condition.base_operator in ("arnequals", "arnlike", "stringequals", "stringlike")
    return compares and not condition.passes_without_key and holds_for_all(condition.values, _is_role)


def _is_role(value: Value) -> bool:
    if isinstance(value, Reference):
        return value.resource.type == "AWS::IAM::Role"
    if isinstance(value, Unknown):
        if value.target is None:
            value.undecided()
        return value.target.type == "AWS::IAM::Role"
    text = spelled(value)
    return ":role/" in text or ":assumed-role/" in text
