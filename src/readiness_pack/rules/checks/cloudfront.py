"""Checks on CloudFront."""

from __future__ import annotations

from ...template import Resource, Undecided, Unknown
from ..outcome import NOT_APPLICABLE, PASS, fail
from ..rule import Rule, Verdicts

_ACL = "DistributionConfig.WebACLId"


def has_waf(rule: Rule, distribution: Resource) -> Verdicts:
    """The distribution names a web ACL, and one that CloudFront can use."""
    if rule["firewall_manager_managed"]:
        return NOT_APPLICABLE
    value = distribution.get(_ACL)
    if value is None or (isinstance(value, str) and not value):
        return fail(_ACL, reason="WebACLId is not set")
    if isinstance(value, Unknown) and value.target is None:
        raise Undecided(value.reason)  # a parameter may be empty
    acl = distribution.assembly.target(value)
    if acl is None or acl.type != "AWS::WAFv2::WebACL":
        return PASS
    scope = acl.get("Scope")
    if scope != "CLOUDFRONT":
        return fail(_ACL, reason=f"web ACL {acl.logical_id} has the scope {scope}, CloudFront takes only CLOUDFRONT")
    if acl.stack.region not in (None, "us-east-1"):
        where = f"web ACL {acl.logical_id} is in {acl.stack.region}"
        return fail(_ACL, reason=f"{where}, CloudFront takes only those in us-east-1")
    return PASS
