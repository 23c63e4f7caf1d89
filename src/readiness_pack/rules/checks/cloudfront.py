"""Checks on CloudFront."""

from __future__ import annotations

import re

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_object, spelled
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views import Statement, holds_for_any, is_public, resource_statements

_ACL = "DistributionConfig.WebACLId"


def has_waf(rule: Rule, distribution: Resource) -> Verdicts:
    """The distribution names a web ACL, and one that CloudFront can use."""
    if rule["firewall_manager_managed"] or rule.facts.get("firewall_manager"):
        return NOT_APPLICABLE
    value = distribution.get(_ACL)
    if value is None or (isinstance(value, str) and not value):
        return fail(_ACL, reason="WebACLId is not set")
    if isinstance(value, Unknown) and value.target is None:
        if _may_be_empty(distribution, value):
            raise Undecided(value.reason)
        return PASS
    if isinstance(value, str | Text) and ":regional/webacl/" in spelled(value):
        return fail(
            _ACL, reason=f"{value} is a regional web ACL, CloudFront takes only those with the scope CLOUDFRONT"
        )
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


def _may_be_empty(distribution: Resource, value: Unknown) -> bool:
    """Whether what only the deployment knows may be no web ACL at all.

    CloudFormation refuses to export an empty value, and Systems Manager to keep one.
    """
    if value.kind in ("import", "dynamic"):
        return False
    parameter = distribution.stack.parameters.get(value.name or "") if value.kind == "parameter" else None
    kind = parameter.get("Type") if isinstance(parameter, dict) else None
    return not (isinstance(kind, str) and kind.startswith("AWS::SSM::Parameter::Value"))


_ORIGINS = "DistributionConfig.Origins[*]"
_OLD_ORIGIN = "DistributionConfig.S3Origin"  # from before there were lists; knows no origin access control
# The REST endpoints of a bucket, by region, dual-stack or not; website endpoints are ordinary web servers.
_S3_HOST = re.compile(r"\.s3[.-](?!website)(?:[a-z0-9?.-]+\.)?(?:amazonaws\.com|\?)(?:\.cn)?\Z|\.s3\.amazonaws\.com\Z")
_SOURCES = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid"})


def s3_origins_use_oac(rule: Rule, distribution: Resource) -> Verdicts:
    """CloudFront signs its requests to buckets, and the buckets answer nobody else for it."""
    paths = [path for path, origin in distribution.each(_ORIGINS) if _is_s3(distribution, path, origin)]
    if distribution.get(_OLD_ORIGIN) is not None:
        identity = f"{_OLD_ORIGIN}.OriginAccessIdentity"
        return _without_control(rule, distribution, _OLD_ORIGIN, identity, "S3Origin") or PASS
    if not paths:
        return NOT_APPLICABLE
    return judged(paths, lambda path: _origin_problem(rule, distribution, path)) or PASS


def _is_s3(distribution: Resource, path: str, origin: Value) -> bool:
    known_object(origin)
    if distribution.get(f"{path}.S3OriginConfig") is not None:
        return True
    domain = distribution.get(f"{path}.DomainName")
    if isinstance(domain, Reference):
        return domain.resource.type == "AWS::S3::Bucket" and (domain.attribute or "").endswith("DomainName")
    return _S3_HOST.search(spelled(domain)) is not None


def _origin_problem(rule: Rule, distribution: Resource, path: str) -> Outcome | None:
    name = distribution.get(f"{path}.Id")
    control = distribution.get(f"{path}.OriginAccessControlId")
    if isinstance(control, Unknown) and control.target is None:
        control.undecided()  # a parameter may be empty
    if control is None or (isinstance(control, str) and not control):
        identity = f"{path}.S3OriginConfig.OriginAccessIdentity"
        return _without_control(rule, distribution, f"{path}.OriginAccessControlId", identity, name)
    target = distribution.assembly.target(control)
    if target is not None and target.get("OriginAccessControlConfig.SigningBehavior", "always") == "never":
        reason = f"signs no request to origin {name} ({target.logical_id} has SigningBehavior never)"
        return fail(f"{path}.OriginAccessControlId", detail=str(name), reason=reason)
    return _bucket_problem(distribution, path, name)


def _without_control(rule: Rule, distribution: Resource, path: str, identity_path: str, name: Value) -> Outcome | None:
    identity = distribution.get(identity_path)
    if identity is not None and identity != "":
        if rule["accept_origin_access_identity"]:
            return None
        reason = f"reads origin {name} with an origin access identity, which OriginAccessControlId replaces"
        return fail(path, detail=str(name), severity="warning", reason=reason)
    return fail(
        path, detail=str(name), reason=f"reads origin {name} as anybody would (OriginAccessControlId is not set)"
    )


def _bucket_problem(distribution: Resource, path: str, name: Value) -> Outcome | None:
    domain = distribution.get(f"{path}.DomainName")
    bucket = distribution.assembly.target(domain)
    if bucket is None:
        raise Undecided(f"the policy of bucket {domain} is not in this app")
    if holds_for_any(resource_statements(bucket), _lets_others_in):
        reason = (
            f"is not the only one to read origin {name}: the policy of {bucket.logical_id} does not name a distribution"
        )
        return fail(f"{path}.DomainName", detail=f"policy {name}", reason=reason)
    return None


def _lets_others_in(statement: Statement) -> bool:
    """Whether a statement is for everybody, or for CloudFront on behalf of whomsoever."""
    if is_public(statement):
        return True
    if not statement.is_allow or statement.principals is None:
        return False
    if not any(principal.service == "cloudfront" for principal in statement.principals.known):
        return False
    return not holds_for_any(statement.conditions, lambda condition: condition.key in _SOURCES)
