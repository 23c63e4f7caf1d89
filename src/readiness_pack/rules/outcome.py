"""What a rule says of a resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from readiness_pack.checklist import Severity

Verdict = Literal["pass", "fail", "unknown", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer; make it with :data:`PASS`, :data:`NOT_APPLICABLE`, :func:`fail` or :func:`unknown`.

    Args:
        verdict: the answer.
        path: the property it is about, e.g. ``SecurityGroupIngress[0].CidrIp``.
        message: replaces the rule's message.
        reason: why it cannot be decided.
        detail: tells findings of one rule on one resource apart; stable when other things change.
        severity: replaces the rule's severity.
        fields: fill the placeholders of the message.
    """

    verdict: Verdict
    path: str | None = None
    message: str | None = None
    reason: str | None = None
    detail: str | None = None
    severity: Severity | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    when: str | None = None  # the conditions under which it holds; the engine fills it in


PASS = Outcome("pass")
NOT_APPLICABLE = Outcome("not_applicable")


def fail(
    path: str | None = None,
    *,
    message: str | None = None,
    detail: str | None = None,
    severity: Severity | None = None,
    **fields: Any,
) -> Outcome:
    """A violation.

    Args:
        path: the property at fault; findings show it and the source line.
        message: what is wrong, where the rule's own message is not precise enough; may hold placeholders.
        detail: needed where a rule reports several violations on one resource, e.g. the port.
        severity: replaces the rule's severity.
        fields: fill the placeholders of the message.

    Example:
        >>> fail("SecurityGroupIngress[0].CidrIp", detail="22", port="22 (SSH)").verdict
        'fail'
    """
    return Outcome("fail", path, message, None, detail, severity, fields)


def unknown(reason: str, path: str | None = None, *, detail: str | None = None) -> Outcome:
    """It cannot be decided from what was synthesized.

    Args:
        reason: on what it hangs, e.g. ``parameter Retention has no default``.
        path: the property that is not known.
        detail: as in :func:`fail`.
    """
    return Outcome("unknown", path, None, reason, detail)
