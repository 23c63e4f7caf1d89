"""Checks on S3."""

from __future__ import annotations

from readiness_pack.rules.outcome import PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource

_BLOCK = "PublicAccessBlockConfiguration"
_SWITCHES = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
# The canned ACLs that grant to everybody or to every AWS account:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
_PUBLIC_ACLS = ("PublicRead", "PublicReadWrite", "AuthenticatedRead")


def public_access_blocked(rule: Rule, resource: Resource) -> Verdicts:
    """All four switches are on and no canned ACL opens the bucket."""
    acl = resource.get("AccessControl")
    if acl is not None and acl in _PUBLIC_ACLS:
        return fail("AccessControl", detail="acl", reason=f"AccessControl is {acl}")
    if resource.get(_BLOCK) is None:
        # Access points have all four switches on unless they are told otherwise:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html
        if rule["accept_service_default"] or resource.type == "AWS::S3::AccessPoint":
            return PASS
        return fail(_BLOCK, detail="block", reason=f"it has no {_BLOCK}")
    off = [name for name in _SWITCHES if not resource.flag(f"{_BLOCK}.{name}", default=False)]
    if not off:
        return PASS
    value = resource.get(f"{_BLOCK}.{off[0]}")
    state = f"{off[0]} is {'not set' if value is None else 'false'}"
    more = f", and {', '.join(off[1:])} {'is' if len(off) == 2 else 'are'} not true either" if len(off) > 1 else ""
    return fail(f"{_BLOCK}.{off[0]}", detail="block", reason=state + more)
