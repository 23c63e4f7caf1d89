"""Checks on trust in OIDC providers: which of the workloads that a provider vouches for may assume a role."""

from __future__ import annotations

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.iam_trust import Pair, every, trusted
from readiness_pack.rules.checks.known import spelled
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Unknown, Value
from readiness_pack.template.views.actions import covers_action
from readiness_pack.template.views.partial import holds_for_all
from readiness_pack.template.views.policies import trust_statements
from readiness_pack.template.views.statements import Condition, Principal, Statement

_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"

# Providers for people of an app, whose identities it does not know beforehand: the audience is the app.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
_OF_PEOPLE = ("accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com")
# What subjects begin with, before they say whose they are.
_PREFIXES = ("repo:", "project_path:", "system:serviceaccount:", "organization:")
# Those after which the owner stands, up to a slash.
_OWNED = ("repo:", "project_path:")


def oidc_trust_pins_subject(rule: Rule, role: Resource) -> Verdicts:
    """A workload of an OIDC provider assumes the role only if it is the one that is meant."""
    del rule
    pairs = trusted(trust_statements(role)).those(_is_workload)
    if pairs.reason is None and not pairs.known:
        return NOT_APPLICABLE

    def judge(pair: Pair) -> Outcome | None:
        statement, principal = pair
        if not statement.is_allow:
            return None
        provider = _provider(principal)
        audiences = statement.conditions.those(lambda one: one.key.endswith(":aud") and _pins(one))
        subjects = statement.conditions.those(lambda one: one.key.endswith(":sub") and _pins(one))
        if not subjects:
            return fail(statement.path, detail="sub", provider=provider, reason=_why_no_subject(statement))
        if not audiences:
            reason = "no condition names the audience (:aud)"
            return fail(statement.path, detail="aud", provider=provider, reason=reason)
        return None

    return judged(pairs, judge) or PASS


def _is_workload(pair: Pair) -> bool:
    statement, principal = pair
    return principal.kind == "Federated" and every(
        lambda: covers_action(statement, _WEB_IDENTITY),
        lambda: ":saml-provider/" not in spelled(principal.value),
        lambda: all(bool(principal.value != one) for one in _OF_PEOPLE),
    )


def _provider(principal: Principal) -> str:
    return spelled(principal.value).rsplit("oidc-provider/", 1)[-1] or str(principal.value)


def _why_no_subject(statement: Statement) -> str:
    loose = [condition for condition in statement.conditions.known if condition.key.endswith(":sub")]
    if not loose:
        return "no condition names the subject (:sub)"
    return f"the condition on the subject lets any in ({', '.join(str(value) for value in loose[0].values)})"


def _pins(condition: Condition) -> bool:
    operator = condition.base_operator
    if condition.passes_without_key or operator not in ("stringequals", "stringequalsignorecase", "stringlike"):
        return False
    return operator != "stringlike" or holds_for_all(condition.values, _names_somebody)


def _names_somebody(value: Value) -> bool:
    """Whether a pattern begins with a name: ``repo:owner/*`` does, ``repo:*`` does not."""
    if isinstance(value, Unknown):
        value.undecided()
    text = spelled(value)
    for prefix in _PREFIXES:
        if prefix in _OWNED and text.startswith(prefix) and "*" in text.removeprefix(prefix).partition("/")[0]:
            return False  # repo:acme* is also whoever calls themselves acme-evil
        text = text.removeprefix(prefix)
    # What is not known stands for a name; in text that is known, a question mark is a wildcard.
    return not text.startswith("*" if isinstance(value, Text) else ("*", "?"))
