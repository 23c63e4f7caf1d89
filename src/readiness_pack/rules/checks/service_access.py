"""Whether an AWS service may use a topic, a queue or a key on behalf of a resource of the app."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from readiness_pack.template import Resource, Undecided, Unknown, Value
from readiness_pack.template.views.actions import admits_service, allows, covers_action, covers_resource
from readiness_pack.template.views.keys import key_use
from readiness_pack.template.views.partial import Partial, holds_for_all, holds_for_any
from readiness_pack.template.views.patterns import resource_covers
from readiness_pack.template.views.policies import resource_statements
from readiness_pack.template.views.statements import Condition, Statement

# Keys that say which principal of an account asks. A service that asks for itself sends none of them:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_CALLER_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:userid",
        "aws:username",
        "kms:calleraccount",
    }
)
_ACCOUNT_KEYS = ("aws:sourceaccount", "aws:sourceowner")
SOURCE_KEYS = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid"})
"""Condition keys that say for which resource a service asks."""

# What writing to an encrypted topic or queue needs of its key:
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")


def service_may(
    statements: Iterable[Statement],
    service: str,
    action: str,
    source: Resource,
    *,
    on: Resource | None = None,
    not_sent: frozenset[str] = frozenset(),
) -> bool:
    """Whether ``statements`` let ``service`` do ``action`` on behalf of ``source``.

    Args:
        statements: what the policies on the resource say.
        service: ``cloudwatch``, ``events`` ...
        action: e.g. ``sns:Publish``.
        source: for whom the service acts: an alarm, a rule, a topic.
        on: the resource that is used; any where not given.
        not_sent: condition keys that the service does not send, so that a statement asking for them never applies.

    Raises:
        Undecided: it hangs on something that the template does not tell.
    """

    def applies(statement: Statement) -> bool:
        return admits_service(statement, service) and holds_for_all(
            statement.conditions, lambda condition: _is_met(condition, source, not_sent)
        )

    found = statements if isinstance(statements, list) else list(statements)
    if not allows(found, action, on, admits=applies):
        return False
    written = found.known if isinstance(found, Partial) else found
    return not any(_turns_down(statement, service, action, source, on) for statement in written)


# Keys that a service which asks for itself does not send, so that Not... operators hold for it. Policies that shut out
# whoever is outside an organisation therefore shut out services, unless they spare them by aws:PrincipalIsAWSService:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_NEVER_SENT = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
    }
)


def _turns_down(statement: Statement, service: str, action: str, source: Resource, on: Resource | None) -> bool:
    """Whether a statement denies under conditions that requests of ``service`` certainly meet."""
    try:
        return (
            statement.is_deny
            and bool(statement.conditions)
            and admits_service(statement, service)
            and covers_action(statement, action)
            and (on is None or covers_resource(statement, on))
            and all(_is_surely_met(condition, source) for condition in statement.conditions)
        )
    except Undecided:
        return False


def _is_surely_met(condition: Condition, source: Resource) -> bool:
    key, operator = condition.key, condition.base_operator
    said = {str(value).lower() for value in condition.values}
    if key == "aws:principalisawsservice":
        return operator == "bool" and said == {"true"}
    if key in _NEVER_SENT:
        return said == {"true"} if operator == "null" else "not" in operator or condition.passes_without_key
    if key in _ACCOUNT_KEYS and "not" in operator:
        return not holds_for_any(condition.values, lambda value: _is_account_of(value, source))
    return False


def _is_met(condition: Condition, source: Resource, not_sent: frozenset[str]) -> bool:
    key = condition.key
    if key in _CALLER_KEYS or key in not_sent:
        return condition.passes_without_key or "not" in condition.base_operator
    if "not" in condition.base_operator:
        return True
    if key == "aws:sourcearn":
        return holds_for_any(condition.values, lambda value: resource_covers(value, source))
    if key in _ACCOUNT_KEYS:
        return holds_for_any(condition.values, lambda value: _is_account_of(value, source))
    if key == "kms:viaservice":
        raise Undecided(f"whether requests for {source.logical_id} come through the service in kms:ViaService")
    return True


def _is_account_of(value: Value, source: Resource) -> bool:
    if isinstance(value, Unknown) and value.name == "AWS::AccountId":
        return True
    return bool(value == source.stack.pseudo("AWS::AccountId"))


def key_excludes(
    resource: Resource, service: str, source: Resource, not_sent: frozenset[str] = frozenset()
) -> str | None:
    """Why the key that encrypts a topic or queue keeps ``service`` from writing; ``None`` where it does not.

    Args:
        resource: the topic or queue.
        service: e.g. ``cloudwatch``.
        source: for whom the service acts.
        not_sent: as for :func:`service_may`.

    Raises:
        Undecided: the key, or its policy, is not in the app.
    """
    path = "KmsMasterKeyId"
    value = resource.get(path)
    if value is None or value == "":
        return None
    use = key_use(resource, path)
    if use is not None and use.owner == "aws":
        return f"{use.value} encrypts it, and the policy of that key cannot be made to admit {service}.amazonaws.com"
    if use is None or use.key is None:
        raise Undecided(f"the policy of key {value} is not in this app")
    statements = resource_statements(use.key)
    if use.key.get("KeyPolicy") is not None and all(
        service_may(statements, service, action, source, not_sent=not_sent) for action in _KEY_ACTIONS
    ):
        return None
    return f"the policy of key {use.key.logical_id} does not let {service}.amazonaws.com use it to write"


def barred(*questions: Callable[[], str | None]) -> str | None:
    """Everything that keeps a service out, as one text; ``None`` where nothing does.

    Args:
        questions: each gives why it is kept out at one point, or ``None``.

    Raises:
        Undecided: nothing keeps it out for certain, and something may.

    Example:
        >>> barred(lambda: "no policy admits it", lambda: None, lambda: "its key does not")
        'no policy admits it, and its key does not'
    """
    found: list[str] = []
    doubt: Undecided | None = None
    for ask in questions:
        try:
            problem = ask()
        except Undecided as undecided:
            doubt = doubt or undecided
            continue
        if problem is not None:
            found.append(problem)
    if not found and doubt is not None:
        raise doubt
    return ", and ".join(found) or None
