"""Checks on TLS between viewers, CloudFront and origins."""

from __future__ import annotations

import re

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views import holds_for_any

_CERTIFICATE = "DistributionConfig.ViewerCertificate"
_POLICY = re.compile(r"TLSv1(?:\.(\d))?(?:_(\d{4}))?")


def viewer_minimum_tls(rule: Rule, distribution: Resource) -> Verdicts:
    """Viewers are served by a certificate of one's own, by name, and over nothing older than the wanted policy."""
    found: list[Outcome] = []
    default = _default_certificate(distribution)
    if default is not None:
        reason = "with the default certificate CloudFront accepts TLSv1, whatever else is set"
        found.append(fail(default, detail="certificate", reason=reason))
    method = distribution.get(f"{_CERTIFICATE}.SslSupportMethod")
    # The default certificate needs no method, but one that is given stays wrong once there is another certificate.
    if (default is None or isinstance(method, str)) and (method is None or method != "sni-only"):
        said = "not set" if method is None else method
        found.append(fail(f"{_CERTIFICATE}.SslSupportMethod", detail="sni", reason=f"SslSupportMethod is {said}"))
    if default is not None:
        return found
    policy = distribution.get(f"{_CERTIFICATE}.MinimumProtocolVersion")
    given, wanted = _rank(policy), _rank(rule["min_cloudfront_policy"])
    if given < wanted:
        said = "not set" if policy is None else policy
        found.append(
            fail(
                f"{_CERTIFICATE}.MinimumProtocolVersion",
                detail="policy",
                # Older policies of TLS 1.2 only offer weaker ciphers beside the good ones.
                severity="warning" if given >= (2, 0) else None,
                reason=f"MinimumProtocolVersion is {said}, older than {rule['min_cloudfront_policy']}",
            )
        )
    return found or PASS


def _default_certificate(distribution: Resource) -> str | None:
    """The property to which a distribution owes the certificate of CloudFront; ``None`` where it has one of its own."""
    path = f"{_CERTIFICATE}.CloudFrontDefaultCertificate"
    own = [f"{_CERTIFICATE}.AcmCertificateArn", f"{_CERTIFICATE}.IamCertificateId"]
    if not distribution.flag(path, default=all(distribution.get(one) is None for one in own)):
        return None
    if distribution.get(path) is not None:
        return path
    return _CERTIFICATE if distribution.get(_CERTIFICATE) is None else own[0]


def _rank(policy: Value) -> tuple[int, int]:
    """Minor version of TLS and year of a security policy, which order them; (-1, 0) for SSLv3 and for none."""
    if policy is None or policy == "SSLv3":
        return (-1, 0)
    match = _POLICY.fullmatch(policy) if isinstance(policy, str) else None
    if match is None:
        raise Undecided(f"which TLS versions the security policy {policy} accepts is not known here")
    return (int(match[1] or 0), int(match[2] or 0))


_OLD_PROTOCOLS = ("SSLv3", "TLSv1", "TLSv1.1")
# What CloudFormation fills in where the property is absent, as its resource schema says.
_DEFAULT_PROTOCOLS = ["TLSv1", "SSLv3"]


def origin_tls(rule: Rule, distribution: Resource) -> Verdicts:
    """CloudFront speaks to custom origins over TLS 1.2 only."""
    del rule
    origins = [
        path
        for path, origin in distribution.each("DistributionConfig.Origins[*]")
        if not isinstance(origin, dict) or origin.get("CustomOriginConfig") is not None
    ]
    if not origins:
        return NOT_APPLICABLE
    return judged(origins, lambda path: _origin(distribution, path)) or PASS


def _origin(distribution: Resource, path: str) -> Outcome | None:
    id_ = distribution.get(f"{path}.Id")
    name = str(id_)
    custom = f"{path}.CustomOriginConfig"
    policy = distribution.get(f"{custom}.OriginProtocolPolicy")
    place = f"{custom}.OriginProtocolPolicy"
    if policy == "http-only":
        if _is_website(distribution.get(f"{path}.DomainName")):
            reason = "is the website endpoint of a bucket, which speaks plain HTTP only"
            return fail(place, detail=name, origin=name, reason=reason)
        return fail(place, detail=name, origin=name, reason="is fetched over plain HTTP (http-only)")
    if policy == "match-viewer" and _serves_plain_http(distribution, id_):
        reason = "is fetched as the viewer asks (match-viewer), and a behavior for it allows plain HTTP"
        return fail(place, detail=name, origin=name, reason=reason)
    protocols = distribution.list(f"{custom}.OriginSSLProtocols") or _DEFAULT_PROTOCOLS
    old = [known for known in _OLD_PROTOCOLS if holds_for_any(protocols, lambda one, known=known: one == known)]  # type: ignore[misc]
    if not old:
        return None
    reason = f"may be fetched over {' and '.join(old)}"
    return fail(f"{custom}.OriginSSLProtocols", detail=name, origin=name, reason=reason)


def _is_website(domain: Value) -> bool:
    if isinstance(domain, Unknown):
        return domain.name is not None and "WebsiteURL" in domain.name
    return isinstance(domain, str | Text) and ".s3-website" in str(domain)


def _serves_plain_http(distribution: Resource, origin: Value) -> bool:
    """Whether a behavior that fetches from ``origin``, itself or through a group, lets viewers use plain HTTP."""
    groups = [path for path, _ in distribution.each("DistributionConfig.OriginGroups.Items[*]")]

    def is_member(group: str) -> bool:
        members = [value for _, value in distribution.each(f"{group}.Members.Items[*].OriginId")]
        return holds_for_any(members, lambda member: bool(member == origin))

    def serves(behavior: str) -> bool:
        if distribution.get(f"{behavior}.ViewerProtocolPolicy") != "allow-all":
            return False
        target = distribution.get(f"{behavior}.TargetOriginId")
        fetches = holds_for_any([origin], lambda one: bool(one == target))
        return fetches or holds_for_any(groups, lambda group: _is(distribution, group, target) and is_member(group))

    behaviors = [path for path, _ in distribution.each("DistributionConfig.CacheBehaviors[*]")]
    return holds_for_any(["DistributionConfig.DefaultCacheBehavior", *behaviors], serves)


def _is(distribution: Resource, path: str, target: Value) -> bool:
    return bool(distribution.get(f"{path}.Id") == target)
