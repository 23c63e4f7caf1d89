"""Statements that deny everybody but some: what they leave of a statement that lets everybody in.

``Allow *`` beside a ``Deny`` for every other VPC endpoint or address is how API Gateway's and S3's own examples say who
may come: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
"""

from __future__ import annotations

from collections.abc import Callable

from readiness_pack.template import Value
from readiness_pack.template.views import (
    SCOPING_KEYS,
    Condition,
    Partial,
    Principal,
    Statement,
    covers_action,
    holds_for_all,
    holds_for_any,
    is_world,
    resource_covers,
)

_NEGATIVE = frozenset(
    {"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike", "notipaddress"}
)
# A request that AWS makes itself is nobody's from outside, so that it may be left out of what is denied.
_OF_AWS = ("aws:viaawsservice", "aws:principalisawsservice")


def fenced(statement: Statement, statements: Partial[Statement]) -> bool:
    """Whether one of ``statements`` denies what ``statement`` allows to all but requesters or sources that it names.

    Raises:
        Undecided: the template does not tell.
    """
    return holds_for_any(statements, lambda one: _fences(one, statement))


def _fences(deny: Statement, allow: Statement) -> bool:
    tests: tuple[Callable[[], bool], ...] = (
        lambda: deny.is_deny,
        lambda: deny.principals is not None and holds_for_any(deny.principals, Principal.is_everyone),
        lambda: allow.actions is not None and holds_for_all(allow.actions, lambda one: covers_action(deny, one)),
        lambda: _covers(deny, allow),
        lambda: holds_for_any(deny.conditions, lambda one: not _is_of_aws(one)),
        lambda: holds_for_all(deny.conditions, lambda one: _is_of_aws(one) or _names_who_stays(one)),
    )
    return holds_for_all(tests, lambda test: test())


def _covers(deny: Statement, allow: Statement) -> bool:
    if deny.resources is None or allow.resources is None:
        return deny.not_resources is None and allow.not_resources is None
    return holds_for_all(allow.resources, lambda one: _covered(deny.resources or (), one))


def _covered(patterns: tuple[Value, ...], resource: Value) -> bool:
    # A pattern that is written alike covers it, whatever is not known of both.
    alike = any(str(one) == str(resource) for one in patterns) and "${?}" not in str(resource)
    return alike or holds_for_any(patterns, lambda one: resource_covers(one, resource))


def _is_of_aws(condition: Condition) -> bool:
    return condition.key in _OF_AWS and holds_for_all(condition.values, lambda value: str(value).lower() == "false")


def _names_who_stays(condition: Condition) -> bool:
    """Whether everybody is denied but whom the condition names; a request without the key is denied as well."""
    if condition.base_operator not in _NEGATIVE or condition.key not in SCOPING_KEYS:
        return False
    if condition.operator.lower().startswith(("foranyvalue:", "forallvalues:")) or not condition.values:
        return False
    return not holds_for_any(condition.values, lambda value: _is_all(condition, value))


def _is_all(condition: Condition, value: Value) -> bool:
    if condition.base_operator == "notipaddress":
        return is_world(value)
    return isinstance(value, str) and not value.strip("*?")
