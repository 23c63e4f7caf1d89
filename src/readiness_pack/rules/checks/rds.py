"""Checks on RDS."""

from __future__ import annotations

from ...template import Resource, Undecided
from ...template.views.network import subnet_kind, subnets_of
from ..outcome import PASS, fail
from ..rule import Rule, Verdicts


def not_publicly_accessible(rule: Rule, instance: Resource) -> Verdicts:
    """PubliclyAccessible is false; left out it is judged by the routes of the subnet group."""
    del rule
    public = instance.flag("PubliclyAccessible")
    if public:
        return fail("PubliclyAccessible", reason="gets a public address (PubliclyAccessible is true)")
    if public is False:
        return PASS
    unsaid = "does not say whether it gets a public address"
    try:
        kinds = {subnet_kind(subnet) for subnet in _group_subnets(instance)}
    except Undecided:
        kinds = set()
    if kinds and "public" not in kinds:
        reason = f"{unsaid} (no subnet of its group routes to an internet gateway)"
        return fail("PubliclyAccessible", severity="warning", reason=reason)
    why = "its subnets route to an internet gateway, so it does" if kinds else "the default depends on its subnets"
    return fail("PubliclyAccessible", reason=f"{unsaid}; {why}")


def _group_subnets(instance: Resource) -> list[Resource]:
    group = instance.target("DBSubnetGroupName")
    return list(subnets_of(group)) if group is not None else []
