"""Checks that data are encrypted, and with a key of the customer's where the checklist asks for one."""

from __future__ import annotations

from readiness_pack.rules.checks.encryption_keys import (
    STORES,
    encryption,
    first_failures,
    given,
    key_failures,
    key_problem,
    spelled,
    switched_off,
    text_of,
)
from readiness_pack.rules.checks.exemptions import tagged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided
from readiness_pack.template.views.partial import holds_for_any
from readiness_pack.template.views.relations import related

_OWN = "require_customer_managed_key"


def customer_key(rule: Rule, resource: Resource) -> Verdicts:
    """Encryption is on, with a key of the customer's unless the rule's parameter asks for less."""
    return encryption(resource, STORES[resource.type], rule[_OWN])


# Queues and streams --------------------------------------------------------------------------------------------------


def queue(rule: Rule, queue: Resource) -> Verdicts:
    """A queue without a key encrypts with one of its own, unless that is switched off."""
    store = STORES[queue.type]

    def off() -> list[Outcome]:
        if given(queue.get("KmsMasterKeyId")) or queue.flag("SqsManagedSseEnabled", default=True):
            return []
        return [fail("SqsManagedSseEnabled", reason="SqsManagedSseEnabled is false and it names no key")]

    return first_failures(off, lambda: key_failures(queue, store) if rule[_OWN] else [])


# Since not every region had it, CDK writes this condition around the encryption that streams have by default.
_CDK_REGIONS = "AwsCdkKinesisEncryptedStreamsUnsupportedRegions"


def stream(rule: Rule, stream: Resource) -> Verdicts:
    """As :func:`customer_key`; that CDK leaves encryption out in a region is no failure."""
    written = stream.raw_at("StreamEncryption")
    choice = written.get("Fn::If") if isinstance(written, dict) else None
    if isinstance(choice, list) and _CDK_REGIONS in choice[:1] and stream.get("StreamEncryption") is None:
        return unknown("CDK leaves encryption out in regions where Kinesis has none", "StreamEncryption")
    return customer_key(rule, stream)


def delivery_stream(rule: Rule, stream: Resource) -> Verdicts:
    """A stream that producers write to is encrypted; what comes from another source is encrypted there."""
    if stream.get("DeliveryStreamType", "DirectPut") != "DirectPut":
        return NOT_APPLICABLE
    path = "DeliveryStreamEncryptionConfigurationInput.KeyType"
    if stream.get(path) != "AWS_OWNED_CMK":
        return customer_key(rule, stream)
    reason = "KeyType is AWS_OWNED_CMK, so a key that Firehose owns encrypts it"
    return fail(path, reason=reason) if rule[_OWN] else PASS


# Databases -----------------------------------------------------------------------------------------------------------

# The properties through which a database takes over the encryption of another one or of a backup.
_TAKEN_OVER = {
    "AWS::RDS::DBInstance": (
        "DBSnapshotIdentifier",
        "DBClusterSnapshotIdentifier",
        "SourceDBInstanceIdentifier",
        "SourceDbiResourceId",
        "SourceDBInstanceAutomatedBackupsArn",
        "SourceDBClusterIdentifier",
    ),
    "AWS::RDS::DBCluster": (
        "SnapshotIdentifier",
        "SourceDBClusterIdentifier",
        "SourceDbClusterResourceId",
        "ReplicationSourceIdentifier",
    ),
    "AWS::RDS::GlobalCluster": ("SourceDBClusterIdentifier",),
}
# An instance restored from a snapshot cannot be given a key, whatever the template says.
_NO_OWN_SETTING = ("DBSnapshotIdentifier", "DBClusterSnapshotIdentifier")


def database(rule: Rule, database: Resource) -> Verdicts:
    """An RDS instance or cluster; what is restored or replicated is encrypted like its source."""
    if database.type == "AWS::RDS::DBInstance" and given(database.get("DBClusterIdentifier")):
        return NOT_APPLICABLE  # the storage belongs to the cluster
    source = next((path for path in _TAKEN_OVER[database.type] if given(database.get(path))), None)
    if source is not None:
        encrypted = database.flag("StorageEncrypted")
        own = encrypted and given(database.get("KmsKeyId")) and source not in _NO_OWN_SETTING
        if encrypted is not False and not own:
            return _like_source(database, source)
    if database.type == "AWS::RDS::GlobalCluster":  # its keys are those of the clusters in it
        return encryption(database, STORES["AWS::RDS::DBCluster"], own_key=False)
    return customer_key(rule, database)


def _like_source(database: Resource, path: str) -> Outcome:
    source = database.target(path)
    if source is not None and source.type.startswith("AWS::RDS::"):
        return NOT_APPLICABLE  # the source is judged itself
    return unknown(f"it is encrypted like its source ({path}), which is not in this app", path)


def cache(rule: Rule, cache: Resource) -> Verdicts:
    """A cache; Valkey encrypts unless told otherwise, Redis OSS only when told."""
    store = STORES[cache.type]

    def switched() -> list[Outcome]:
        if not store.switch or cache.get(store.switch) is not None:
            return switched_off(cache, store, rule[_OWN])
        if given(cache.get("GlobalReplicationGroupId")):
            return [unknown("a member of a global datastore is encrypted like the others", store.switch)]
        valkey = text_of(cache.get("Engine", "redis")).lower() == "valkey"
        return [] if valkey else switched_off(cache, store, rule[_OWN])

    return first_failures(switched, lambda: key_failures(cache, store) if rule[_OWN] else [])


def redshift(rule: Rule, cluster: Resource) -> Verdicts:
    """A Redshift cluster; only those made since January 2025 are encrypted where nothing is said."""
    if cluster.type != "AWS::Redshift::Cluster":
        return customer_key(rule, cluster)

    def switched() -> list[Outcome]:
        encrypted = cluster.flag("Encrypted")
        if encrypted is None:
            raise Undecided(
                "Encrypted is not set; clusters made before January 2025 are not encrypted then, later ones are"
            )
        return [] if encrypted else [fail("Encrypted", reason="Encrypted is false")]

    return first_failures(switched, lambda: encryption(cluster, STORES[cluster.type], rule[_OWN]))


# Buckets -------------------------------------------------------------------------------------------------------------


_NOT_STATED = "Bucket {logical_id} does not say how it is encrypted: it has no BucketEncryption."


def bucket(rule: Rule, bucket: Resource) -> Verdicts:
    """A bucket encrypts with a KMS key of the customer's, unless those who write to it can use none."""
    if not rule["require_customer_managed_key"]:
        return PASS if bucket.get("BucketEncryption") is not None else fail("BucketEncryption", message=_NOT_STATED)
    failure = _bucket_failure(bucket)
    if failure is None:
        return PASS
    return NOT_APPLICABLE if tagged(bucket, rule["exempt_tag"]) or _needs_s3_keys(bucket) else failure


def _bucket_failure(bucket: Resource) -> Outcome | None:
    path, reason = "BucketEncryption", "it has no BucketEncryption, so keys that S3 owns (SSE-S3) encrypt it"
    doubt: Undecided | None = None
    for element, _ in bucket.each("BucketEncryption.ServerSideEncryptionConfiguration[*]"):
        default = f"{element}.ServerSideEncryptionByDefault"
        try:
            algorithm = bucket.get(f"{default}.SSEAlgorithm")
            if algorithm not in ("aws:kms", "aws:kms:dsse"):
                path, reason = f"{default}.SSEAlgorithm", f"SSEAlgorithm is {spelled(algorithm)}"
                continue
            problem = key_problem(bucket, f"{default}.KMSMasterKeyID", "alias/aws/s3")
        except Undecided as undecided:
            doubt = doubt or undecided
            continue
        if problem is None:
            return None
        path, reason = f"{default}.KMSMasterKeyID", problem
    if doubt is not None:
        raise doubt
    return fail(path, detail="encryption", reason=reason)


def _needs_s3_keys(bucket: Resource) -> bool:
    """Whether what writes its logs to ``bucket`` can only do so with SSE-S3."""
    destination = "LoggingConfiguration.DestinationBucketName"
    if bucket.get("LoggingConfiguration") is not None and bucket.get(destination) is None:
        return True  # it logs to itself
    return holds_for_any(related(bucket, "log_destination"), _writes_with_s3_keys)


def _writes_with_s3_keys(source: Resource) -> bool:
    """S3 itself and most load balancers; network load balancers can write to buckets that encrypt with KMS."""
    if source.type == "AWS::ElasticLoadBalancingV2::LoadBalancer":
        return bool(source.get("Type", "application") == "application")
    return source.type in ("AWS::S3::Bucket", "AWS::ElasticLoadBalancing::LoadBalancer")
