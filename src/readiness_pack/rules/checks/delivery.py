"""Checks that content is cached and delivered from near its readers."""

from __future__ import annotations

from collections.abc import Callable

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import tagged, unless_tagged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Unknown, Value
from readiness_pack.template.views import holds_for_any
from readiness_pack.template.views.relations import related

_DISTRIBUTION = "AWS::CloudFront::Distribution"
_DEFAULT = "DistributionConfig.DefaultCacheBehavior"
_CACHES = (
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::ElastiCache::CacheCluster",
    "AWS::MemoryDB::Cluster",
    "AWS::DAX::Cluster",
)
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
_CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


# Caches --------------------------------------------------------------------------------------------------------------


def caching_layer(rule: Rule, resource: Resource) -> Verdicts:
    """What is read often is cached somewhere, and a distribution caches at all."""
    read_often = tagged(resource, f"{rule['traffic_tag']}=read-heavy")
    if resource.type == _DISTRIBUTION:
        if _caches(resource) or (read_often and _has_cache(resource.assembly)):
            return PASS
        what = "although much is read through it" if read_often else "so it saves no way"
        return fail(f"{_DEFAULT}.CachePolicyId", reason=f"caches nothing, {what}")
    if not read_often:
        return NOT_APPLICABLE
    if resource.flag("CacheClusterEnabled", default=False) or _has_cache(resource.assembly):
        return PASS
    reason = "is read often, and nothing in the app caches: no stage cache, distribution, ElastiCache or DAX"
    return fail("CacheClusterEnabled", reason=reason)


def _has_cache(assembly: Assembly) -> bool:
    return bool(assembly.of_type(*_CACHES)) or holds_for_any(assembly.of_type(_DISTRIBUTION), _caches)


def _caches(distribution: Resource) -> bool:
    """Whether any behaviour of a distribution caches."""
    behaviours = [_DEFAULT, *(path for path, _ in distribution.each("DistributionConfig.CacheBehaviors[*]"))]
    return holds_for_any(behaviours, lambda path: not _is_disabled(distribution, path))


def _is_disabled(distribution: Resource, path: str) -> bool:
    value = distribution.get(f"{path}.CachePolicyId")
    if value is None:
        return distribution.number(f"{path}.MaxTTL") == 0
    policy = distribution.assembly.target(value)
    if policy is not None and policy.type == "AWS::CloudFront::CachePolicy":
        return policy.number("CachePolicyConfig.MaxTTL") == 0
    return bool(value == _CACHING_DISABLED)


# In front of content -------------------------------------------------------------------------------------------------


def behind_distribution(rule: Rule, resource: Resource) -> Verdicts:
    """A website is an origin of a distribution."""
    del rule
    what = _website(resource)
    if what is None:
        return NOT_APPLICABLE
    return unless_tagged(resource, "cdn=not-required", lambda: PASS if _is_origin(resource) else fail(what=what))


def _website(resource: Resource) -> str | None:
    """What kind of web content a resource serves to the world; ``None`` where none."""
    if resource.type == "AWS::S3::Bucket":
        site = resource.get("WebsiteConfiguration") is not None
        # A bucket that only redirects holds nothing.
        redirects = resource.get("WebsiteConfiguration.RedirectAllRequestsTo") is not None
        return "Website bucket" if site and not redirects else None
    application = resource.get("Type", "application") == "application"
    if not application or resource.get("Scheme", "internet-facing") != "internet-facing":
        return None
    return "Web load balancer" if tagged(resource, "content=web") else None


def _is_origin(resource: Resource) -> bool:
    private = resource.referrers("AWS::CloudFront::VpcOrigin", path="VpcOriginEndpointConfig.Arn")
    if related(resource, "origin") or any(related(one, "origin") for one in private):
        return True
    names = _host_names(resource)
    distributions = resource.assembly.of_type(_DISTRIBUTION)
    origins = [value for one in distributions for _, value in one.each("DistributionConfig.Origins[*].DomainName")]
    return holds_for_any(origins, lambda origin: _is_host(origin, resource, names))


def _host_names(resource: Resource) -> list[str]:
    """Names of the app's DNS that lead to a load balancer."""
    records = resource.referrers("AWS::Route53::RecordSet", path="AliasTarget.DNSName")
    return [str(record.get("Name")).rstrip(".") for record in records]


def _is_host(origin: Value, resource: Resource, names: list[str]) -> bool:
    if isinstance(origin, Unknown) and origin.kind != "attribute":
        origin.undecided()
    if str(origin).rstrip(".") in names:
        return True
    name = resource.literal_name if resource.type == "AWS::S3::Bucket" else None
    return name is not None and str(origin).startswith(f"{name}.s3")


# How it is delivered -------------------------------------------------------------------------------------------------


def modern_delivery(rule: Rule, distribution: Resource) -> Verdicts:
    """A distribution speaks HTTP/2, compresses, and answers at its root."""
    questions: tuple[Callable[[Resource], Outcome | None], ...] = (
        _http_version,
        _compression,
        lambda one: _root(rule, one),
    )
    return judged(questions, lambda question: question(distribution)) or PASS


def _http_version(distribution: Resource) -> Outcome | None:
    path = "DistributionConfig.HttpVersion"
    if distribution.get(path, "http1.1") != "http1.1":
        return None
    said = "is http1.1" if distribution.get(path) is not None else "is not set and so http1.1"
    return fail(path, detail="http", reason=f"speaks HTTP/1.1 only (HttpVersion {said})")


def _compression(distribution: Resource) -> Outcome | None:
    path = f"{_DEFAULT}.Compress"
    # Without caching CloudFront does not compress either.
    if distribution.flag(path, default=False) or _is_disabled(distribution, _DEFAULT):
        return None
    return fail(path, detail="compress", reason="sends content uncompressed (Compress is not true)")


def _root(rule: Rule, distribution: Resource) -> Outcome | None:
    path = "DistributionConfig.DefaultRootObject"
    if distribution.get(path) or not (rule["always_root_object"] or _serves_bucket(distribution)):
        return None
    return fail(
        path, detail="root", reason="shows an error, or a list of files, at its root (DefaultRootObject is not set)"
    )


def _serves_bucket(distribution: Resource) -> bool:
    """Whether the default behaviour serves the objects of a bucket; a website endpoint has index pages itself."""
    wanted = distribution.get(f"{_DEFAULT}.TargetOriginId")
    for path, _ in distribution.each("DistributionConfig.Origins[*]"):
        if distribution.get(f"{path}.Id") == wanted:
            return distribution.get(f"{path}.S3OriginConfig") is not None
    return False
