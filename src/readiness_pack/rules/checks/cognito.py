"""Checks on Cognito user pools: how users prove who they are."""

from __future__ import annotations

from collections.abc import Callable

from readiness_pack.rules.checks.exemptions import tagged
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.partial import holds_for_all

_MFA, _FACTORS = "MfaConfiguration", "EnabledMfas"


def user_pool_mfa(rule: Rule, pool: Resource) -> Verdicts:
    """Users show a second factor, and it need not be a text message."""
    outcome = _second_factor(rule, pool)
    if outcome.verdict != "fail":
        return outcome
    tests: tuple[Callable[[], bool], ...] = (lambda: tagged(pool, rule["machine_tag"]), lambda: _only_machines(pool))
    return NOT_APPLICABLE if holds_for_all(tests, lambda test: test()) else outcome


def _second_factor(rule: Rule, pool: Resource) -> Outcome:
    # Absent means OFF: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
    mode = known_text(pool.get(_MFA, "OFF"))
    if mode == "OPTIONAL" and not rule["accept_optional"]:
        reason = "a second factor is optional (MfaConfiguration is OPTIONAL)"
        return fail(_MFA, detail="mode", severity="warning", reason=reason)
    if mode not in ("ON", "OPTIONAL"):
        said = "not set" if pool.get(_MFA) is None else mode
        return fail(_MFA, detail="mode", reason=f"no second factor is asked for (MfaConfiguration is {said})")
    factors = [known_text(factor) for _, factor in pool.each(f"{_FACTORS}[*]")]
    if factors and set(factors) == {"SMS_MFA"}:
        return fail(_FACTORS, detail="sms", reason="text messages are its only second factor")
    return PASS


def _only_machines(pool: Resource) -> bool:
    """Whether every client of the pool is a program with credentials of its own, and there is one."""
    clients = attached(pool, "AWS::Cognito::UserPoolClient", "UserPoolId")
    flows = [[value for _, value in client.each("AllowedOAuthFlows[*]")] for client in clients]
    return bool(flows) and all(one and all(bool(flow == "client_credentials") for flow in one) for one in flows)


_POLICY = "Policies.PasswordPolicy"
_CLASSES = ("RequireLowercase", "RequireUppercase", "RequireNumbers", "RequireSymbols")
# What a pool without a policy asks for: https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
_DEFAULT_LENGTH = 8


def password_policy_strong(rule: Rule, pool: Resource) -> Verdicts:
    """Passwords are long and of mixed characters."""
    found: list[Outcome] = []
    for judge in (_long, _mixed):
        try:
            found += judge(rule, pool)
        except Undecided as undecided:
            found.append(unknown(undecided.reason, _POLICY))
    return [outcome for outcome in found if outcome.verdict == "fail"] or found[:1] or PASS


def _long(rule: Rule, pool: Resource) -> list[Outcome]:
    path = f"{_POLICY}.MinimumLength"
    length = pool.number(path, default=_DEFAULT_LENGTH) or _DEFAULT_LENGTH
    least = rule["min_password_length"]
    if length >= least:
        return []
    by_default = " (the default)" if pool.get(path) is None else ""
    return [fail(path, detail="length", reason=f"{length} characters are enough{by_default}, {least} are wanted")]


def _mixed(rule: Rule, pool: Resource) -> list[Outcome]:
    del rule
    # What a policy leaves out is asked for: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cognito.PasswordPolicy.html
    off = [name for name in _CLASSES if not pool.flag(f"{_POLICY}.{name}", default=True)]
    if not off:
        return []
    reason = f"it does not ask for {' and '.join(name.removeprefix('Require').lower() for name in off)}"
    return [fail(f"{_POLICY}.{off[0]}", detail="characters", reason=reason)]
