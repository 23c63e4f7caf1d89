"""Whose account a principal is: the app's own, one that is trusted, one of AWS, or somebody else's."""

from __future__ import annotations

import re

from readiness_pack.template import Reference, Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.values import join_text
from readiness_pack.template.views.statements import Principal

# Accounts by which load balancers deliver access logs, by region, as the CDK and
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html name them.
OF_AWS = frozenset(
    (
        *("009996457667", "027434742980", "033677994240", "037604701340", "048591011584", "054676820928"),
        *("076674570225", "091100254016", "098369216593", "114774131450", "121062877647", "127311923021"),
        *("156460612806", "190560391635", "383597477331", "412137745753", "507241528517", "582318560864"),
        *("589379963580", "600734575887", "635631232127", "638102146993", "652711504416", "718504428378"),
        *("740734521339", "754344448648", "770363063475", "783225319266", "797873946194", "897822967062"),
        "985666609251",
    )
)
_ACCOUNT = re.compile(r"\d{12}")


def account_of(principal: Principal) -> Value:
    """The account of an ``AWS`` principal.

    Returns:
        12 digits, what is known of them, or ``None`` for principals that have no account: services, everyone, ids of
        users.

    Example:
        >>> account_of(Principal("AWS", "arn:aws:iam::111111111111:role/deploy"))
        '111111111111'
    """
    if principal.kind != "AWS":
        return None
    value = principal.value
    if isinstance(value, Reference):
        return value.resource.stack.pseudo("AWS::AccountId")
    if isinstance(value, Unknown):
        return value if value.target is None else value.target.stack.pseudo("AWS::AccountId")
    if isinstance(value, Text):
        return _fifth_field(value)
    pieces = str(value).split(":")
    account = pieces[4] if len(pieces) > 4 else pieces[0]
    return account if _ACCOUNT.fullmatch(account) else None


def _fifth_field(arn: Text) -> Value:
    """The part of an ARN that names the account, where other parts may not be known."""
    fields: list[list[Value]] = [[]]
    for part in arn.parts:
        if not isinstance(part, str):
            fields[-1].append(part)
            continue
        first, *others = part.split(":")
        fields[-1].append(first)
        fields += [[other] for other in others]
    if len(fields) > 4:
        return join_text(fields[4])
    return Unknown(arn.reason)


def foreign_account(principal: Principal, resource: Resource, trusted: list[str]) -> str | None:
    """The account of ``principal`` where it is neither the app's own, nor AWS's, nor among ``trusted``.

    Args:
        principal: whom a policy on ``resource`` names.
        resource: a resource of the app.
        trusted: account ids.

    Raises:
        Undecided: the account of the principal, or that of the stack, is not known.
    """
    account = account_of(principal)
    if account is None or _is_own_placeholder(account):
        return None
    if not isinstance(account, str):
        account.undecided()
    if account in {str(one) for one in trusted} or account in OF_AWS or not _ACCOUNT.fullmatch(account):
        return None
    named = [stack.pseudo("AWS::AccountId") for stack in resource.assembly.stacks]
    if account in [one for one in named if isinstance(one, str)]:
        return None
    if not isinstance(resource.stack.pseudo("AWS::AccountId"), str):
        raise Undecided(f"stack {resource.stack.name} names no account, and {account} may be its own")
    return str(account)


def _is_own_placeholder(account: Value) -> bool:
    return isinstance(account, Unknown) and account.name == "AWS::AccountId"
