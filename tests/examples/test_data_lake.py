"""The data lake example is ready as it stands, and each thing that is broken in it is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.support import (
    Case,
    Data,
    Draft,
    Example,
    by_name,
    for_service,
    open_findings,
    synthesized_once,
    with_sid,
)

TOPIC = "LakeWatch/OnCall/Topic"
SUBSCRIPTION = f"{TOPIC}/lake-oncall@freight.example"
KEY = "LakeStore/Key"
RAW = "LakeStore/Raw"
CURATED = "LakeStore/Curated"
RESULTS = "LakeStore/Results"
LOGS = "LakeStore/AccessLogs"
ARCHIVE = "LakeStore/Trail/Archive"
TRAIL = "LakeStore/Trail/Trail"
BACKUPS = "LakeStore/Backups"
STREAM = "LakeIngest/Events"
DELIVERY = "LakeIngest/Delivery"
CATALOG = "LakeAnalytics/Catalog"
WORKGROUP = "LakeAnalytics/Queries/Analysts"


def about_tls(statement: Data) -> bool:
    return "Bool" in statement.get("Condition", {})


def about_tls_version(statement: Data) -> bool:
    return "NumericLessThan" in statement.get("Condition", {})


def fixed_size_unwatched(app: Draft) -> None:
    app.put(STREAM, "StreamModeDetails.StreamMode", "PROVISIONED")
    app.add(STREAM, "ShardCount", 1)
    app.drop_resource("LakeIngest/Throttled")


# From the bucket to its policy, its key, its log.
ZONES = [
    Case(
        "zone without policy",
        lambda app: app.drop_resource(f"{RAW}/Policy"),
        (
            f"S3BucketPolicyDeniesInsecureTransport @ {RAW}",
            f"S3BucketPolicyRequiresMinimumTls @ {RAW}",
            f"SensitiveStoreHasStrictProtections @ {RAW}",
        ),
    ),
    Case(
        "policy without TLS",
        lambda app: app.drop_statements(f"{RAW}/Policy", about_tls),
        (
            f"S3BucketPolicyDeniesInsecureTransport @ {RAW}",
            f"SensitiveStoreHasStrictProtections @ {RAW}",
        ),
    ),
    Case(
        "policy of another bucket",
        lambda app: app.put(f"{RAW}/Policy", "Bucket", "freight-elsewhere"),
        (
            f"S3BucketPolicyDeniesInsecureTransport @ {RAW}",
            f"S3BucketPolicyRequiresMinimumTls @ {RAW}",
            f"SensitiveStoreHasStrictProtections @ {RAW}",
        ),
    ),
    Case(
        "old TLS let in",
        lambda app: app.drop_statements(f"{RAW}/Policy", about_tls_version),
        (f"S3BucketPolicyRequiresMinimumTls @ {RAW}",),
    ),
    Case(
        "zone in plain sight",
        lambda app: app.drop(RAW, "PublicAccessBlockConfiguration"),
        (
            f"S3PublicAccessBlocked @ {RAW}",
            f"SensitiveStoreHasStrictProtections @ {RAW}",
        ),
    ),
    Case(
        "zone with the key of S3",
        lambda app: app.drop(RAW, "BucketEncryption"),
        (
            f"S3BucketEncryptedWithCustomerKey @ {RAW}",
            f"SensitiveStoreHasStrictProtections @ {RAW}",
        ),
    ),
    Case(
        "zone without versions",
        lambda app: app.drop(CURATED, "VersioningConfiguration"),
        (f"S3VersioningEnabled @ {CURATED}",),
    ),
    Case(
        "zone kept for ever",
        lambda app: app.drop(RESULTS, "LifecycleConfiguration"),
        (f"S3LifecycleConfigured @ {RESULTS}",),
    ),
    Case(
        "no access log", lambda app: app.drop(RESULTS, "LoggingConfiguration"), (f"S3ServerAccessLogging @ {RESULTS}",)
    ),
    Case(
        "bucket closed to the access log",
        lambda app: app.drop_statements(f"{LOGS}/Policy", for_service("logging.s3.amazonaws.com")),
        (
            f"LogDestinationCanReceiveDelivery @ {LOGS}",
            f"LogDestinationCanReceiveDelivery @ {LOGS}",
            f"LogDestinationCanReceiveDelivery @ {LOGS}",
            f"LogDestinationCanReceiveDelivery @ {LOGS}",
        ),
    ),
    Case(
        "zone goes with its stack",
        lambda app: app.resource(RAW).update(DeletionPolicy="Delete"),
        (f"StatefulResourceSurvivesStackDeletion @ {RAW}",),
    ),
    Case(
        "key never rotated", lambda app: app.put(KEY, "EnableKeyRotation", False), (f"KmsKeyRotationEnabled @ {KEY}",)
    ),
]
# From the object to the record of who read it.
AUDIT = [
    Case(
        "no data events",
        lambda app: app.drop(TRAIL, "EventSelectors"),
        (
            f"SensitiveDataEventsLogged @ {CURATED}",
            f"SensitiveDataEventsLogged @ {RAW}",
        ),
    ),
    Case(
        "data events of one zone",
        lambda app: app.drop(TRAIL, "EventSelectors.0.DataResources.0.Values.0"),
        (f"SensitiveDataEventsLogged @ {RAW}",),
    ),
    Case(
        "trail off",
        lambda app: app.put(TRAIL, "IsLogging", False),
        (
            "AuditTrailExistsForAccount @ the app",
            f"CloudTrailMultiRegionAndValidated @ {TRAIL}",
        ),
    ),
    Case(
        "trail of one region",
        lambda app: app.put(TRAIL, "IsMultiRegionTrail", False),
        (f"CloudTrailMultiRegionAndValidated @ {TRAIL}",),
    ),
    Case(
        "files not validated",
        lambda app: app.put(TRAIL, "EnableLogFileValidation", False),
        (f"CloudTrailMultiRegionAndValidated @ {TRAIL}",),
    ),
    Case(
        "archive may be changed",
        lambda app: app.drop(ARCHIVE, "ObjectLockConfiguration", "ObjectLockEnabled"),
        (f"LogArchiveBucketImmutable @ {ARCHIVE}",),
    ),
    Case(
        "archive closed to the trail",
        lambda app: app.drop_statements(f"{ARCHIVE}/Policy", for_service("cloudtrail.amazonaws.com")),
        (f"LogDestinationCanReceiveDelivery @ {ARCHIVE}",),
    ),
    Case(
        "key closed to the trail",
        lambda app: app.drop_statements(KEY, for_service("cloudtrail.amazonaws.com"), "KeyPolicy"),
        (f"KmsKeyPolicyAdmitsUsingService @ {KEY}",),
    ),
    Case("no Macie", lambda app: app.drop_resource("LakeWatch/Macie"), ("MacieSessionEnabled @ the app",)),
]
# From the plan to the zone.
RECOVERY = [
    Case(
        "one zone not selected",
        lambda app: app.drop(f"{BACKUPS}/Plan/Zones", "BackupSelection.Resources.1"),
        (f"BackupPlanCoversEveryStatefulResource @ {CURATED}",),
    ),
    Case(
        "selection with a role that cannot",
        lambda app: app.drop(f"{BACKUPS}/Role", "ManagedPolicyArns.2"),
        (
            f"BackupPlanCoversEveryStatefulResource @ {CURATED}",
            f"BackupPlanCoversEveryStatefulResource @ {RAW}",
        ),
    ),
    Case(
        "vault unlocked",
        lambda app: app.drop(f"{BACKUPS}/Vault", "LockConfiguration"),
        (f"BackupVaultLocked @ {BACKUPS}/Vault",),
    ),
    Case(
        "restore never tried",
        lambda app: app.drop_resource(f"{BACKUPS}/TrialRestoreOfZones"),
        ("RestoreTestingScheduled @ the app",),
    ),
    Case(
        "failed backup unwatched",
        lambda app: app.drop_resource(f"{BACKUPS}/Failed"),
        (f"BackupFailuresAlarmed @ {BACKUPS}/Vault",),
    ),
]
# From the producer to the raw zone.
INGEST = [
    Case(
        "stream in plain text",
        lambda app: app.drop(STREAM, "StreamEncryption"),
        (f"KinesisStreamEncrypted @ {STREAM}",),
    ),
    Case("stream of fixed size", fixed_size_unwatched, (f"KinesisOnDemandOrScaled @ {STREAM}",)),
    Case("lag unwatched", lambda app: app.drop_resource("LakeIngest/Lag"), (f"QueueAndStreamLagAlarms @ {STREAM}",)),
    Case(
        "log kept for ever",
        lambda app: app.drop("LakeIngest/DeliveryLog", "RetentionInDays"),
        (f"LogGroupRetentionSet @ {DELIVERY}Log",),
    ),
]
# Catalogue and queries.
ANALYTICS = [
    Case(
        "job without security configuration",
        lambda app: app.drop(f"{CATALOG}/Refine", "SecurityConfiguration"),
        (f"GlueSecurityConfigurationComplete @ {CATALOG}/Refine",),
    ),
    Case(
        "crawler without security configuration",
        lambda app: app.drop(f"{CATALOG}/Crawler", "CrawlerSecurityConfiguration"),
        (f"GlueSecurityConfigurationComplete @ {CATALOG}/Crawler",),
    ),
    Case(
        "bookmarks in plain text",
        lambda app: app.put(
            f"{CATALOG}/Security",
            "EncryptionConfiguration.JobBookmarksEncryption.JobBookmarksEncryptionMode",
            "DISABLED",
        ),
        (
            f"GlueSecurityConfigurationComplete @ {CATALOG}/Crawler",
            f"GlueSecurityConfigurationComplete @ {CATALOG}/Refine",
            f"GlueSecurityConfigurationComplete @ {CATALOG}/Security",
        ),
    ),
    Case(
        "catalogue in plain text",
        lambda app: app.reword(f"{CATALOG}/Encryption", "SSE-KMS", "DISABLED"),
        (f"GlueCatalogEncrypted @ {CATALOG}/Encryption",),
    ),
    Case(
        "analysts choose the encryption",
        lambda app: app.put(WORKGROUP, "WorkGroupConfiguration.EnforceWorkGroupConfiguration", False),
        (f"AthenaWorkgroupEnforcesEncryption @ {WORKGROUP}",),
    ),
    Case(
        "role of the job may do all",
        lambda app: app.put(f"{CATALOG}/Role/DefaultPolicy", "PolicyDocument.Statement.0.Action", "s3:*"),
        (f"IamNoServiceWildcardActions @ {CATALOG}/Role/DefaultPolicy",),
    ),
]
# From the alarm to the person.
PAGING = [
    Case(
        "alarm without action",
        lambda app: app.drop("LakeIngest/Lag", "AlarmActions", "OKActions"),
        (
            "AlarmHasAction @ LakeIngest/Lag",
            f"QueueAndStreamLagAlarms @ {STREAM}",
        ),
    ),
    Case(
        "topic policy without CloudWatch",
        lambda app: app.drop_statements(f"{TOPIC}/Policy", with_sid("PublishCloudwatch")),
        (f"AlarmTopicPublishableByCloudWatch @ {TOPIC}",),
    ),
    Case(
        "topic policy without events",
        lambda app: app.drop_statements(f"{TOPIC}/Policy", for_service("events.amazonaws.com")),
        (f"AlarmTopicPublishableByCloudWatch @ {TOPIC}",),
    ),
    Case(
        "topic key without CloudWatch",
        lambda app: app.drop_statements("LakeWatch/Key", for_service("cloudwatch.amazonaws.com"), "KeyPolicy"),
        (f"AlarmTopicPublishableByCloudWatch @ {TOPIC}",),
    ),
    Case(
        "topic without subscription",
        lambda app: app.drop_resource(SUBSCRIPTION),
        (
            "AlarmActionReachesSubscriber @ LakeAnalytics/JobLog/ErrorsLogged",
            f"AlarmActionReachesSubscriber @ {DELIVERY}Log/ErrorsLogged",
            "AlarmActionReachesSubscriber @ LakeIngest/Lag",
            "AlarmActionReachesSubscriber @ LakeIngest/Stale",
            "AlarmActionReachesSubscriber @ LakeIngest/Throttled",
            f"AlarmActionReachesSubscriber @ {BACKUPS}/Failed",
            f"BackupFailuresAlarmed @ {BACKUPS}/Vault",
        ),
    ),
]
CASES = ZONES + AUDIT + RECOVERY + INGEST + ANALYTICS + PAGING


@pytest.fixture(scope="session")
def example(examples_folder: Path) -> Example:
    return Example("data_lake", synthesized_once("data_lake", "lake", examples_folder))


def test_it_is_ready(example: Example) -> None:
    assert open_findings(example.report) == []
    assert example.report.exit_code == 0
    assert example.report.unused_decisions == []


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_what_is_broken_is_found(example: Example, case: Case, tmp_path: Path) -> None:
    change = example.change(case.edit, tmp_path)

    assert change.appeared == sorted(case.appear)
    assert change.gone == []
