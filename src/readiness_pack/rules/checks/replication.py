"""Checks that critical data is in a second region, and that replication copies all of it."""

from __future__ import annotations

from collections.abc import Callable

from readiness_pack.rules.checks.availability import is_cluster_member
from readiness_pack.rules.checks.backup_selections import PLAN, RULES, covering_plans
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import tagged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views import (
    admits,
    allows,
    holds_for_any,
    key_use,
    named_resource,
    principal_statements,
    resource_statements,
)

# A second region -------------------------------------------------------------------------------------------------


def second_region(rule: Rule, store: Resource) -> Verdicts:
    """What must outlive a region is copied to another, by itself or by its backups."""
    if store.type == "AWS::RDS::DBInstance" and is_cluster_member(store):
        return NOT_APPLICABLE
    every_bucket = rule["replicate_all_buckets"] and store.type == "AWS::S3::Bucket"
    if not every_bucket and not tagged(store, f"{rule['dr_tag']}=cross-region"):
        return NOT_APPLICABLE
    ways = (_replicates, _is_backed_up_elsewhere)
    if holds_for_any(ways, lambda way: way(store)):
        return PASS
    why = "as every bucket" if every_bucket else f"tag {rule['dr_tag']}=cross-region"
    return fail(None, missing=_MISSING[store.type], why=why)


_MISSING = {
    PLAN: "no copy action to a vault in another region",
    "AWS::DynamoDB::GlobalTable": "no second replica region, and no backup copied to another region",
    "AWS::DynamoDB::Table": "no backup copied to another region, and a table of this type has no replicas",
    "AWS::ECR::Repository": "no replication rule of the registry to another region",
    "AWS::EFS::FileSystem": "no replication to another region, and no backup copied there",
    "AWS::RDS::DBCluster": "no global cluster, and no backup copied to another region",
    "AWS::RDS::DBInstance": "no automated backups replicated to another region, and no backup copied there",
    "AWS::S3::Bucket": "no enabled replication rule to a bucket in another region, and no backup copied there",
}


def _replicates(store: Resource) -> bool:
    match store.type:
        case "AWS::S3::Bucket":
            return holds_for_any(_enabled_rules(store), lambda path: _leads_elsewhere(store, path))
        case "AWS::DynamoDB::GlobalTable":
            regions = {str(value) for _, value in store.each("Replicas[*].Region")}
            return len(regions) > 1
        case "AWS::RDS::DBCluster":
            return store.get("GlobalClusterIdentifier") is not None
        case "AWS::RDS::DBInstance":
            return store.get("AutomaticBackupReplicationRegion") is not None
        case "AWS::EFS::FileSystem":
            return bool(store.each("ReplicationConfiguration.Destinations[*].Region"))
        case "AWS::ECR::Repository":
            return _registry_replicates(store)
        case _:
            return False


def _enabled_rules(bucket: Resource) -> list[str]:
    paths = [path for path, _ in bucket.each("ReplicationConfiguration.Rules[*]")]
    return [path for path in paths if bucket.get(f"{path}.Status") == "Enabled"]


def _leads_elsewhere(bucket: Resource, path: str) -> bool:
    """Whether a replication rule leads to another region; a bucket from outside the app counts as one there."""
    target = named_resource(bucket.assembly, bucket.get(f"{path}.Destination.Bucket"))
    return target is None or _is_elsewhere(bucket, target)


def _is_elsewhere(one: Resource, other: Resource) -> bool:
    return one.stack is not other.stack and _is_other_region(one, other.stack.pseudo("AWS::Region"))


def _begins(name: str, start: Value) -> bool:
    if not isinstance(start, str):
        raise Undecided("a filter of the registry is not known")
    return name.startswith(start)


def _registry_replicates(repository: Resource) -> bool:
    name = repository.literal_name

    def covers(configuration: Resource, path: str) -> bool:
        filters = [value for _, value in configuration.each(f"{path}.RepositoryFilters[*].Filter")]
        if filters and name is None:
            raise Undecided(f"the name of {repository.logical_id} is only known after deployment")
        if filters and not holds_for_any(filters, lambda start: _begins(str(name), start)):
            return False
        destinations = [value for _, value in configuration.each(f"{path}.Destinations[*].Region")]
        return holds_for_any(destinations, lambda region: _is_other_region(repository, region))

    rules = [
        (configuration, path)
        for configuration in repository.assembly.of_type("AWS::ECR::ReplicationConfiguration")
        for path, _ in configuration.each("ReplicationConfiguration.Rules[*]")
    ]
    return holds_for_any(rules, lambda rule: covers(*rule))


# Copies of backups -----------------------------------------------------------------------------------------------


def _is_backed_up_elsewhere(store: Resource) -> bool:
    if store.type == "AWS::ECR::Repository":
        return False
    plans = [store] if store.type == PLAN else covering_plans(store)
    return holds_for_any(plans, _copies_elsewhere)


def _copies_elsewhere(plan: Resource) -> bool:
    paths = [path for path, _ in plan.each(f"{RULES}[*].CopyActions[*]")]
    return holds_for_any(paths, lambda path: _is_vault_elsewhere(plan, plan.get(f"{path}.DestinationBackupVaultArn")))


def _is_vault_elsewhere(plan: Resource, value: Value) -> bool:
    vault = named_resource(plan.assembly, value)
    if vault is not None:
        return _is_elsewhere(plan, vault)
    if isinstance(value, Unknown):
        value.undecided()
    # Parts that are not known hold no colons, so the region stays in its place.
    pieces = "".join(part if isinstance(part, str) else "${}" for part in _parts(value)).split(":")
    if len(pieces) < 6 or "${" in pieces[3]:
        raise Undecided(f"the region of vault {value} is not known")
    return _is_other_region(plan, pieces[3])


def _parts(value: Value) -> tuple[Value, ...]:
    return value.parts if isinstance(value, Text) else (value,)


def _is_other_region(resource: Resource, region: Value) -> bool:
    own = resource.stack.pseudo("AWS::Region")
    if isinstance(region, Unknown) or isinstance(own, Unknown):
        raise Undecided(f"in which region {resource.logical_id} or its copy will be is not known")
    return bool(region != own)


# Whole copies ----------------------------------------------------------------------------------------------------

_ALGORITHM = "BucketEncryption.ServerSideEncryptionConfiguration[*].ServerSideEncryptionByDefault.SSEAlgorithm"
_KEY = "BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID"
_KMS = "SourceSelectionCriteria.SseKmsEncryptedObjects.Status"


def replication_complete(rule: Rule, bucket: Resource) -> Verdicts:
    """Both buckets are versioned, and encrypted objects are copied, too, with the keys that this needs."""
    del rule
    if bucket.get("ReplicationConfiguration") is None:
        return NOT_APPLICABLE
    paths = _enabled_rules(bucket)
    if not paths:
        return NOT_APPLICABLE
    found = judged([bucket], lambda one: _unversioned(one, "source"))
    for question in (_target_unversioned, _kms_left_out, _grants_missing):
        found += judged(paths, lambda path: question(bucket, path))  # noqa: B023
    failed = [outcome for outcome in found if outcome.verdict == "fail"]
    return failed or found or PASS


def _unversioned(bucket: Resource, which: str) -> Outcome | None:
    if bucket.get("VersioningConfiguration.Status") == "Enabled":
        return None
    reason = f"its {which} bucket {bucket.logical_id} is not versioned, and S3 replicates versioned buckets only"
    return fail(
        "VersioningConfiguration.Status" if which == "source" else None, detail=f"{which} versions", reason=reason
    )


def _target_unversioned(bucket: Resource, path: str) -> Outcome | None:
    target = named_resource(bucket.assembly, bucket.get(f"{path}.Destination.Bucket"))
    return None if target is None or target.type != "AWS::S3::Bucket" else _unversioned(target, "destination")


def _is_kms(bucket: Resource) -> bool:
    return holds_for_any(bucket.each(_ALGORITHM), lambda one: bool(one[1] == "aws:kms" or one[1] == "aws:kms:dsse"))


def _kms_left_out(bucket: Resource, path: str) -> Outcome | None:
    if not _is_kms(bucket) or bucket.get(f"{path}.{_KMS}") == "Enabled":
        return None
    reason = "objects encrypted with KMS are skipped (SseKmsEncryptedObjects is not Enabled)"
    return fail(f"{path}.{_KMS}", detail="kms", reason=reason)


def _grants_missing(bucket: Resource, path: str) -> Outcome | None:
    """Where encrypted objects are copied: the role may decrypt what it reads and encrypt what it writes."""
    if bucket.get(f"{path}.{_KMS}") != "Enabled":
        return None
    role = named_resource(bucket.assembly, bucket.get("ReplicationConfiguration.Role"))
    if role is None or role.type != "AWS::IAM::Role":
        return None
    uses = (("kms:Decrypt", _KEY), ("kms:Encrypt", f"{path}.Destination.EncryptionConfiguration.ReplicaKmsKeyID"))
    for action, where in uses:
        use = key_use(bucket, where)
        if use is not None and use.key is not None and not _may(role, action, use.key):
            reason = (
                f"role {role.logical_id} may not {action} with key {use.key.logical_id}, which encrypted objects need"
            )
            return fail("ReplicationConfiguration.Role", detail=action, reason=reason)
    return None


def _may(role: Resource, action: str, key: Resource) -> bool:
    ways: tuple[Callable[[], bool], ...] = (
        lambda: allows(principal_statements(role), action, key),
        lambda: allows(resource_statements(key), action, admits=lambda statement: admits(statement, role)),
    )
    return holds_for_any(ways, lambda way: way())
