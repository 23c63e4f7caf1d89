"""Checks on where data is, how long it stays and which services handle it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from readiness_pack.data import hipaa_eligibility, tables
from readiness_pack.rules.checks.data_classes import tag_of
from readiness_pack.rules.checks.known import HOLE, known_object, known_text, spelled
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Stack, Undecided, Unknown, Value
from readiness_pack.template.views.partial import holds_for_any

# Regions -------------------------------------------------------------------------------------------------------------

# Type -> properties that name regions to which its data is copied.
_REGIONS: dict[str, tuple[str, ...]] = {
    "AWS::DynamoDB::GlobalTable": ("Replicas[*].Region", "GlobalTableWitnesses[*].Region"),
    "AWS::ECR::ReplicationConfiguration": ("ReplicationConfiguration.Rules[*].Destinations[*].Region",),
    "AWS::EFS::FileSystem": ("ReplicationConfiguration.Destinations[*].Region",),
    "AWS::RDS::DBInstance": ("AutomaticBackupReplicationRegion",),
    "AWS::Redshift::Cluster": ("DestinationRegion",),
    "AWS::RedshiftServerless::Namespace": ("SnapshotCopyConfigurations[*].DestinationRegion",),
    "AWS::SecretsManager::Secret": ("ReplicaRegions[*].Region",),
}
# Type -> properties that name a resource to which its data is copied.
_DESTINATIONS: dict[str, tuple[str, ...]] = {
    "AWS::Backup::BackupPlan": ("BackupPlan.BackupPlanRule[*].CopyActions[*].DestinationBackupVaultArn",),
    "AWS::S3::Bucket": ("ReplicationConfiguration.Rules[*].Destination.Bucket",),
}

# What must be in us-east-1 for CloudFront, wherever the system is, and what comes with it:
# https://docs.aws.amazon.com/acm/latest/userguide/acm-regions.html
# https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html
_GLOBAL_REGION = "us-east-1"
_GLOBAL_TYPES = ("AWS::CertificateManager::Certificate", "AWS::CloudFront::Distribution", "AWS::WAFv2::WebACL")
_BESIDE_GLOBAL = (
    "AWS::CDK::",
    "AWS::CertificateManager::",
    "AWS::CloudFormation::",
    "AWS::CloudFront::",
    "AWS::CloudWatch::",
    "AWS::IAM::",
    "AWS::Lambda::",
    "AWS::Logs::",
    "AWS::Route53::",
    "AWS::SNS::",
    "AWS::SSM::",
    "AWS::WAFv2::",
    "Custom::",
)


def stays_in_regions(rule: Rule, subject: Assembly | Resource) -> Verdicts:
    """Stacks, replicas and copies are in the regions that are allowed."""
    allowed = rule["allowed_regions"]
    if not allowed:
        return NOT_APPLICABLE
    if isinstance(subject, Assembly):
        return _stacks(allowed, subject)
    found: list[Outcome] = []
    copies = 0
    for path, region in _copies(subject):
        copies += 1
        try:
            place = region()
        except Undecided as undecided:
            found.append(unknown(undecided.reason, path))
            continue
        if place not in allowed:
            message = "{logical_id} copies data to {region}, which is not one of {regions}."
            found.append(fail(path, detail=place, message=message, region=place, regions=", ".join(allowed)))
    return found or (PASS if copies else NOT_APPLICABLE)


def _stacks(allowed: list[str], assembly: Assembly) -> Verdicts:
    found: list[Outcome] = []
    for stack in assembly.stacks:
        if stack.parent is not None:
            continue  # a nested stack is where its parent is
        region = stack.pseudo("AWS::Region")
        if isinstance(region, Unknown):
            found.append(unknown(f"stack {stack.name} names no region", detail=stack.name))
        elif region not in allowed and not _serves_the_edge(stack, region):
            found.append(fail(detail=stack.name, stack=stack.name, region=region, regions=", ".join(allowed)))
    return found or PASS


def _serves_the_edge(stack: Stack, region: str) -> bool:
    """Whether a stack in us-east-1 only holds what CloudFront wants there."""
    if region != _GLOBAL_REGION:
        return False
    types = {resource.type for resource in stack.resources.values()}
    return bool(types.intersection(_GLOBAL_TYPES)) and all(type_.startswith(_BESIDE_GLOBAL) for type_ in types)


def _copies(resource: Resource) -> Iterator[tuple[str, Callable[[], str]]]:
    """Every copy of the data of ``resource``: the property that makes it, and how to find out where it goes."""
    for path in _REGIONS.get(resource.type, ()):
        for concrete, value in resource.each(path):
            if value is not None:
                yield concrete, lambda value=value: known_text(value)  # type: ignore[misc]
    for path in _DESTINATIONS.get(resource.type, ()):
        for concrete, value in resource.each(path):
            if value is not None and resource.get(f"{concrete.partition('.Destination')[0]}.Status") != "Disabled":
                yield concrete, lambda value=value: _region_of(resource, value)  # type: ignore[misc]


def _region_of(resource: Resource, value: Value) -> str:
    target = resource.assembly.target(value)
    if target is not None:
        return known_text(target.stack.pseudo("AWS::Region"))
    pieces = spelled(value).split(":")
    if len(pieces) < 6 or not pieces[3] or HOLE in pieces[3]:
        raise Undecided(f"the region of {value} is not known")
    return pieces[3]


# Personal data -------------------------------------------------------------------------------------------------------

_NO = ("", "false", "no", "none", "0")


def personal_data_expires(rule: Rule, store: Resource) -> Verdicts:
    """A store of personal data forgets."""
    marked = tag_of(store, rule["personal_data_tag"])
    if marked is None or any(known_text(marked).lower() == word for word in _NO):
        return NOT_APPLICABLE
    kept = tag_of(store, rule["retention_tag"])
    if kept is not None and known_text(kept).lower() == "indefinite":
        return NOT_APPLICABLE
    return _bucket_expires(store) if store.type == "AWS::S3::Bucket" else _table_expires(store)


def _table_expires(table: Resource) -> Verdicts:
    path = "TimeToLiveSpecification"
    if table.flag(f"{path}.Enabled", default=False):
        return PASS
    return fail(path, reason="time to live is not enabled")


def _bucket_expires(bucket: Resource) -> Verdicts:
    rules = bucket.each("LifecycleConfiguration.Rules[*]")

    def some_rule(*actions: str) -> bool:
        return holds_for_any(rules, lambda entry: _has_action(bucket, *entry, actions))

    if not some_rule("ExpirationInDays", "ExpirationDate"):
        return fail("LifecycleConfiguration", detail="current", reason="no lifecycle rule expires its objects")
    versioned = bucket.get("VersioningConfiguration.Status")
    if versioned is None or versioned != "Enabled":
        return PASS
    if some_rule("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays"):
        return PASS
    reason = "it keeps versions, and no lifecycle rule expires noncurrent ones"
    return fail("LifecycleConfiguration", detail="noncurrent", reason=reason)


def _has_action(bucket: Resource, path: str, rule: Value, actions: tuple[str, ...]) -> bool:
    known_object(rule)
    return bucket.get(f"{path}.Status") == "Enabled" and any(bucket.get(f"{path}.{one}") is not None for one in actions)


# Health data ---------------------------------------------------------------------------------------------------------


def service_is_hipaa_eligible(rule: Rule, resource: Resource) -> Verdicts:
    """Health data is only handled by services that AWS lists as eligible."""
    if not rule["hipaa_in_scope"]:
        return NOT_APPLICABLE
    match hipaa_eligibility(resource.type):
        case "eligible":
            return PASS
        case "no_data":
            return NOT_APPLICABLE
    namespace = resource.type.split("::")[1]
    if namespace in rule["also_eligible"]:
        return PASS
    date = next(table.as_of for table in tables() if table.name == "hipaa_eligible")
    return fail(service=namespace, date=date.isoformat())
