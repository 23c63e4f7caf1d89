"""Waivers in code: like CDK's acknowledgement, with an owner, a ticket and an end."""

from __future__ import annotations

import datetime

from constructs import IConstruct

from readiness_pack.rules import Rule
from readiness_pack.template.records import WAIVER


def waive(
    construct: IConstruct,
    rule: type[Rule] | str,
    *,
    reason: str,
    owner: str | None = None,
    ticket: str | None = None,
    expires: datetime.date | str | None = None,
) -> None:
    """Accept the findings of ``rule`` on ``construct`` and what is below it, as a waiver in readiness.yaml does.

    Args:
        construct: the scope; the App for everything.
        rule: a rule class, or the name of a rule, an item id or a glob of either.
        reason: why it is acceptable.
        owner: who answers for it.
        ticket: where it is tracked.
        expires: the last day on which it counts, as a date or ``YYYY-MM-DD``.

    Raises:
        ValueError: ``expires`` is no date.

    A name that no rule has, and a reason that is too short, fail the synthesis and say so.

    Example:
        >>> import aws_cdk as cdk
        >>> from readiness_pack import waive
        >>> from readiness_pack.rules import KmsKeyRotationEnabled
        >>> app = cdk.App()
        >>> waive(app, KmsKeyRotationEnabled, reason="Keys are rotated by hand", owner="Ana", expires="2027-03-31")
    """
    end = _date(expires) if isinstance(expires, str) else expires
    given = {
        "rule": rule if isinstance(rule, str) else rule.name,
        "reason": reason,
        "owner": owner,
        "ticket": ticket,
        "expires": end.isoformat() if end else None,
    }
    construct.node.add_metadata(WAIVER, {name: value for name, value in given.items() if value is not None})


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"expires: {text!r} is no date; write YYYY-MM-DD") from error
