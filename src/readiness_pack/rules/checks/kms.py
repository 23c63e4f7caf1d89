"""Checks on KMS keys and their policies."""

from __future__ import annotations

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.outcome import PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Unknown
from readiness_pack.template.views import (
    Partial,
    Principal,
    Statement,
    covers_action,
    holds_for_any,
    is_public,
    resource_statements,
)


def key_policy_not_public(rule: Rule, key: Resource) -> Verdicts:
    """No statement of the key policy lets everybody in."""
    del rule

    def judge(statement: Statement) -> Outcome | None:
        if not is_public(statement):
            return None
        label = statement.sid if isinstance(statement.sid, str) else None
        return fail(
            statement.path,
            detail=label or _actions(statement),
            actions=_actions(statement),
            statement=f"statement {label}" if label else "a statement without Sid",
        )

    return judged(resource_statements(key), judge) or PASS


def _actions(statement: Statement) -> str:
    if statement.actions is not None:
        return ", ".join(str(action) for action in statement.actions)
    return "do anything but " + ", ".join(str(action) for action in statement.not_actions or ())


# Who may change the policy of a key or destroy it administers it; who may decrypt uses it.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
_ADMINISTRATION = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")
_USE = "kms:Decrypt"
_GRANTS = "kms:CreateGrant"


def admin_and_use_separated(rule: Rule, key: Resource) -> Verdicts:
    """Nobody but the account itself may both administer a key and decrypt with it."""
    del rule
    statements = resource_statements(key)
    names: dict[str, Principal] = {}
    for statement in statements.known:
        for principal in (statement.principals or Partial()).known:
            if principal.kind == "AWS" and principal.account is None:
                names.setdefault(str(principal.value), principal)

    def judge(name: str) -> Outcome | None:
        value = names[name].value
        how = _does_both(statements.those(lambda one: one.is_allow and _names(one, {name})))
        if how is None:
            doubtful = {other for other, principal in names.items() if _is_open(principal)}
            if doubtful and _does_both(statements.those(lambda one: one.is_allow and _names(one, {name, *doubtful}))):
                raise Undecided(f"{', '.join(sorted(doubtful))} may be {name}")
            return None
        if _is_open(names[name]):
            raise Undecided(value.reason)  # it may be the account itself
        return fail("KeyPolicy", detail=name, principal=name, how=how)

    found = judged(names, judge)
    if not found and statements.reason is not None:
        raise Undecided(statements.reason)
    return found or PASS


def _is_open(principal: Principal) -> bool:
    """Whether only the deployment says who the principal is."""
    return isinstance(principal.value, Unknown) and principal.value.kind != "pseudo"


def _names(statement: Statement, names: set[str]) -> bool:
    return any(str(principal.value) in names for principal in (statement.principals or Partial()).known)


def _does_both(statements: Partial[Statement]) -> str | None:
    """The action by which whoever ``statements`` are about administers, where they may also decrypt."""
    how = _administers(statements)
    if how is None or not holds_for_any(statements, lambda one: covers_action(one, _USE)):
        return None
    return how


def _administers(statements: Partial[Statement]) -> str | None:
    """The action by which a principal administers, ``None`` where it does not."""
    for action in _ADMINISTRATION:
        if holds_for_any(statements, lambda one, action=action: covers_action(one, action)):  # type: ignore[misc]
            return action
    # A grant under a condition, such as kms:GrantIsForAWSResource, is how services are given a key.
    if holds_for_any(statements, lambda one: covers_action(one, _GRANTS) and not one.conditions):
        return _GRANTS
    return None
