"""The three-tier example is ready as it stands, and each thing that is broken in it is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.support import (
    Case,
    Draft,
    Example,
    by_name,
    for_service,
    open_findings,
    synthesized_once,
    with_sid,
)

TOPIC = "ClaimsWatch/OnCall/Topic"
SUBSCRIPTION = f"{TOPIC}/claims-oncall@insurer.example"
DATABASE = "ClaimsData/Database"
CLUSTER = f"{DATABASE}/Cluster"
SECRET = f"{DATABASE}/Secret"
CACHE = "ClaimsData/Sessions/Cache"
BACKUPS = "ClaimsData/Backups"
PORTAL = "ClaimsPortal/Portal"
INGRESS = f"{PORTAL}/Ingress"
BALANCER = f"{INGRESS}/LoadBalancer"
SERVICE = f"{PORTAL}/Service/Service"
NETWORK = "ClaimsNetwork/Vpc"
# The ingress rule of the database for the tasks, as the CDK names it.
WAY_IN = f"{PORTAL}/Group/ClaimsDataDatabaseGroupEC274442:{{IndirectPort}} to"


def open_to_the_world(app: Draft) -> None:
    """The database takes anybody instead of the tasks."""
    app.drop(WAY_IN, "SourceSecurityGroupId")
    app.add(WAY_IN, "CidrIp", "0.0.0.0/0")


# From the trouble to the person.
PAGING = [
    Case(
        "alarm without action",
        lambda app: app.drop(f"{INGRESS}/Slow", "AlarmActions", "OKActions"),
        (f"AlarmHasAction @ {INGRESS}/Slow",),
    ),
    Case(
        "composite without action",
        lambda app: app.drop(f"{DATABASE}/Unwell", "AlarmActions", "OKActions"),
        (
            f"AlarmHasAction @ {DATABASE}/Connections",
            f"AlarmHasAction @ {DATABASE}/Cpu",
            f"AlarmHasAction @ {DATABASE}/LocalStorage",
            f"AlarmHasAction @ {DATABASE}/Memory",
            f"AlarmHasAction @ {DATABASE}/ReplicaLag",
            f"AlarmHasAction @ {DATABASE}/Unwell",
        ),
    ),
    Case(
        "alarm left out of the composite",
        lambda app: app.drop_resource(f"{DATABASE}/Unwell"),
        (
            f"AlarmHasAction @ {DATABASE}/Connections",
            f"AlarmHasAction @ {DATABASE}/Cpu",
            f"AlarmHasAction @ {DATABASE}/LocalStorage",
            f"AlarmHasAction @ {DATABASE}/Memory",
            f"AlarmHasAction @ {DATABASE}/ReplicaLag",
        ),
    ),
    Case(
        "topic policy without CloudWatch",
        lambda app: app.drop_statements(f"{TOPIC}/Policy", with_sid("PublishCloudwatch")),
        (f"AlarmTopicPublishableByCloudWatch @ {TOPIC}",),
    ),
    Case(
        "topic key without CloudWatch",
        lambda app: app.drop_statements("ClaimsWatch/Key", for_service("cloudwatch.amazonaws.com"), "KeyPolicy"),
        (f"AlarmTopicPublishableByCloudWatch @ {TOPIC}",),
    ),
    Case(
        "topic policy without budgets",
        lambda app: app.drop_statements(f"{TOPIC}/Policy", with_sid("PublishBudgets")),
        (f"AlarmTopicPublishableByCloudWatch @ {TOPIC}",),
    ),
    Case(
        "topic without subscription",
        lambda app: app.drop_resource(SUBSCRIPTION),
        (
            f"AlarmActionReachesSubscriber @ {BACKUPS}/Failed",
            f"AlarmActionReachesSubscriber @ {DATABASE}/Unwell",
            "AlarmActionReachesSubscriber @ ClaimsData/Sessions/Connections",
            "AlarmActionReachesSubscriber @ ClaimsData/Sessions/Cpu",
            "AlarmActionReachesSubscriber @ ClaimsData/Sessions/Evictions",
            "AlarmActionReachesSubscriber @ ClaimsData/Sessions/Memory",
            "AlarmActionReachesSubscriber @ ClaimsPortal/AvailabilityBurn",
            f"AlarmActionReachesSubscriber @ {PORTAL}/CollectorLog/ErrorsLogged",
            f"AlarmActionReachesSubscriber @ {PORTAL}/Cpu",
            f"AlarmActionReachesSubscriber @ {INGRESS}/BalancerErrors",
            f"AlarmActionReachesSubscriber @ {INGRESS}/BlueUnhealthy",
            f"AlarmActionReachesSubscriber @ {INGRESS}/CertificateExpires",
            f"AlarmActionReachesSubscriber @ {INGRESS}/Errors",
            f"AlarmActionReachesSubscriber @ {INGRESS}/GreenUnhealthy",
            f"AlarmActionReachesSubscriber @ {INGRESS}/Slow",
            f"AlarmActionReachesSubscriber @ {INGRESS}/UnusualTraffic",
            f"AlarmActionReachesSubscriber @ {PORTAL}/Log/ErrorsLogged",
            f"AlarmActionReachesSubscriber @ {PORTAL}/Memory",
            "AlarmActionReachesSubscriber @ ClaimsPortal/Probe/Unreachable",
            f"BackupFailuresAlarmed @ {BACKUPS}/Vault",
        ),
    ),
]
# From the plan to the database.
RECOVERY = [
    Case(
        "database not selected",
        lambda app: app.drop_resource(f"{BACKUPS}/Plan/Database"),
        (f"BackupPlanCoversEveryStatefulResource @ {CLUSTER}",),
    ),
    Case(
        "backups kept a week",
        lambda app: app.put(f"{BACKUPS}/Plan", "BackupPlan.BackupPlanRule.0.Lifecycle.DeleteAfterDays", 7),
        (f"BackupPlanMeetsRpoAndRetention @ {BACKUPS}/Plan",),
    ),
    Case(
        "vault unlocked",
        lambda app: app.drop(f"{BACKUPS}/Vault", "LockConfiguration"),
        (f"BackupVaultLocked @ {BACKUPS}/Vault",),
    ),
    Case(
        "vault with the key of AWS",
        lambda app: app.drop(f"{BACKUPS}/Vault", "EncryptionKeyArn"),
        (f"BackupVaultCustomerKey @ {BACKUPS}/Vault",),
    ),
    Case(
        "restore never tried",
        lambda app: app.drop_resource(f"{BACKUPS}/TrialRestoreOfDatabase"),
        ("RestoreTestingScheduled @ the app",),
    ),
    Case(
        "failed backup unwatched",
        lambda app: app.drop_resource(f"{BACKUPS}/Failed"),
        (f"BackupFailuresAlarmed @ {BACKUPS}/Vault",),
    ),
    Case(
        "automatic backups for a day",
        lambda app: app.put(CLUSTER, "BackupRetentionPeriod", 1),
        (f"DatabaseAutomatedBackupRetention @ {CLUSTER}",),
    ),
    Case(
        "cluster may be deleted",
        lambda app: app.put(CLUSTER, "DeletionProtection", False),
        (f"DeletionProtectionEnabled @ {CLUSTER}",),
    ),
    Case("no reader", lambda app: app.drop_resource(f"{CLUSTER}/Reader"), (f"DatabaseMultiAz @ {CLUSTER}",)),
    Case(
        "cache without failover",
        lambda app: app.put(CACHE, "AutomaticFailoverEnabled", False),
        (f"CacheMultiAz @ {CACHE}",),
    ),
    Case("cache in one zone", lambda app: app.put(CACHE, "MultiAZEnabled", False), (f"CacheMultiAz @ {CACHE}",)),
]
# From the secret to its rotation, and who may log on.
SECRETS = [
    Case(
        "password never rotated",
        lambda app: app.drop_resource(f"{SECRET}/Attachment/Rotation"),
        (
            f"NoOrphanedResourcesInApp @ {DATABASE}/RotationGroup",
            f"SecretRotationScheduled @ {SECRET}",
        ),
    ),
    Case(
        "password rotated once a year",
        lambda app: app.put(f"{SECRET}/Attachment/Rotation", "RotationRules.ScheduleExpression", "rate(365 days)"),
        (f"SecretRotationScheduled @ {SECRET}",),
    ),
    Case("secret with the key of AWS", lambda app: app.drop(SECRET, "KmsKeyId"), (f"SecretCustomerKey @ {SECRET}",)),
    Case(
        "passwords only",
        lambda app: app.put(CLUSTER, "EnableIAMDatabaseAuthentication", False),
        (f"DatabaseIamAuthenticationEnabled @ {CLUSTER}",),
    ),
    Case("cache open to all", lambda app: app.drop(CACHE, "UserGroupIds"), (f"CacheRequiresAuthentication @ {CACHE}",)),
]
# Encryption, at rest and on the way.
ENCRYPTION = [
    Case(
        "database in plain text",
        lambda app: app.put(CLUSTER, "StorageEncrypted", False),
        (
            f"RdsStorageEncrypted @ {CLUSTER}",
            f"SensitiveStoreHasStrictProtections @ {CLUSTER}",
        ),
    ),
    Case(
        "TLS left to the client",
        lambda app: app.reword(f"{DATABASE}/Parameters", "1", "0"),
        (
            f"DatabaseForcesTls @ {CLUSTER}",
            f"SensitiveStoreHasStrictProtections @ {CLUSTER}",
        ),
    ),
    Case(
        "cache in plain text",
        lambda app: app.put(CACHE, "AtRestEncryptionEnabled", False),
        (f"ElastiCacheEncryptedAtRest @ {CACHE}",),
    ),
    Case(
        "cache without TLS",
        lambda app: app.put(CACHE, "TransitEncryptionMode", "preferred"),
        (f"ElastiCacheEncryptedInTransit @ {CACHE}",),
    ),
    Case(
        "TLS of yesterday",
        lambda app: app.put(f"{BALANCER}/Https", "SslPolicy", "ELBSecurityPolicy-2016-08"),
        (f"LoadBalancerTlsPolicyModern @ {BALANCER}/Https",),
    ),
    Case(
        "key never rotated",
        lambda app: app.put("ClaimsData/Key", "EnableKeyRotation", False),
        ("KmsKeyRotationEnabled @ ClaimsData/Key",),
    ),
    Case(
        "bucket without TLS",
        lambda app: app.drop_resource("ClaimsPortal/Probe/Artifacts/Policy"),
        (
            "S3BucketPolicyDeniesInsecureTransport @ ClaimsPortal/Probe/Artifacts",
            "S3BucketPolicyRequiresMinimumTls @ ClaimsPortal/Probe/Artifacts",
        ),
    ),
]
# From the internet to the task.
ENTRY = [
    Case(
        "no web ACL",
        lambda app: app.drop_resource("ClaimsPortal/Firewall/PortalProtection"),
        (f"PublicEntryPointHasWaf @ {BALANCER}",),
    ),
    Case(
        "no access log",
        lambda app: app.drop_elements(
            BALANCER, "LoadBalancerAttributes", lambda one: one["Key"].startswith("access_logs")
        ),
        (f"LoadBalancerAccessLogs @ {BALANCER}",),
    ),
    Case(
        "bucket closed to the access log",
        lambda app: app.drop_statements(
            "ClaimsPortal/AccessLogs/Policy", lambda statement: statement["Action"] == "s3:PutObject"
        ),
        (
            "LogDestinationCanReceiveDelivery @ ClaimsPortal/AccessLogs",
            "LogDestinationCanReceiveDelivery @ ClaimsPortal/AccessLogs",
        ),
    ),
    Case(
        "tasks with public addresses",
        lambda app: app.put(SERVICE, "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp", "ENABLED"),
        (f"EcsTaskNoPublicIp @ {SERVICE}",),
    ),
    Case(
        "database open to the world",
        open_to_the_world,
        (
            f"DatabaseIngressOnlyFromSecurityGroups @ {WAY_IN}",
            f"SecurityGroupAdminPortsClosed @ {WAY_IN}",
            f"SecurityGroupNoWorldIngress @ {WAY_IN}",
        ),
    ),
    Case(
        "no flow log", lambda app: app.drop_resource(f"{NETWORK}/FlowLog/FlowLog"), (f"VpcFlowLogsEnabled @ {NETWORK}",)
    ),
    Case("slowness unwatched", lambda app: app.drop_resource(f"{INGRESS}/Slow"), (f"ApiP95LatencyAlarm @ {BALANCER}",)),
    Case(
        "unhealthy tasks unwatched",
        lambda app: app.drop_resource(f"{INGRESS}/BlueUnhealthy"),
        (f"LoadBalancerHealthAlarms @ {INGRESS}/Blue",),
    ),
    Case(
        "certificate unwatched",
        lambda app: app.drop_resource(f"{INGRESS}/CertificateExpires"),
        (f"CertificateExpiryAlarm @ {INGRESS}/Certificate",),
    ),
    Case(
        "budget burn unwatched",
        lambda app: app.drop_resource("ClaimsPortal/AvailabilityBurn"),
        ("SloBurnRateAlarmed @ ClaimsPortal/Availability",),
    ),
]
# From the release to the customer.
SERVING = [
    Case(
        "rollback without alarm",
        lambda app: app.drop(SERVICE, "DeploymentConfiguration.Alarms"),
        (f"RollbackOnDeploymentAlarm @ {SERVICE}",),
    ),
    Case(
        "rolling update",
        lambda app: app.put(SERVICE, "DeploymentConfiguration.Strategy", "ROLLING"),
        (
            f"EcsDeploymentCircuitBreaker @ {SERVICE}",
            f"EcsDeploymentStrategySafe @ {SERVICE}",
        ),
    ),
    Case(
        "tasks in one zone",
        lambda app: app.drop(SERVICE, *(["NetworkConfiguration.AwsvpcConfiguration.Subnets.0"] * 2)),
        (f"ComputeSpansZones @ {SERVICE}",),
    ),
    Case(
        "scaling without policy",
        lambda app: app.drop_resource(
            f"{PORTAL}/Service/TaskCount/Target/Cpu", f"{PORTAL}/Service/TaskCount/Target/Memory"
        ),
        (f"EcsServiceAutoscaled @ {SERVICE}",),
    ),
    Case(
        "no container insights",
        lambda app: app.put(f"{PORTAL}/Cluster", "ClusterSettings.0.Value", "disabled"),
        (f"ContainerInsightsEnabled @ {PORTAL}/Cluster",),
    ),
    Case(
        "images kept for ever",
        lambda app: app.drop(f"{PORTAL}/Repository", "LifecyclePolicy"),
        (f"EcrLifecyclePolicy @ {PORTAL}/Repository",),
    ),
    Case(
        "tasks share one role",
        lambda app: app.put(
            f"{PORTAL}/Task", "ExecutionRoleArn", app.resource(f"{PORTAL}/Task")["Properties"]["TaskRoleArn"]
        ),
        (f"ExecutionRoleNotShared @ {PORTAL}/Task",),
    ),
    Case(
        "container without log",
        lambda app: app.drop(f"{PORTAL}/Task", "ContainerDefinitions.0.LogConfiguration"),
        (f"ContainersShipLogs @ {PORTAL}/Task",),
    ),
    Case(
        "database logs stay inside",
        lambda app: app.drop(CLUSTER, "EnableCloudwatchLogsExports"),
        (f"DatabaseLogExports @ {CLUSTER}",),
    ),
    Case(
        "database CPU unwatched",
        lambda app: app.reword(f"{DATABASE}/Cpu", "CPUUtilization", "Queries"),
        (f"DataStoreHealthAlarms @ {CLUSTER}",),
    ),
]
CASES = PAGING + RECOVERY + SECRETS + ENCRYPTION + ENTRY + SERVING


@pytest.fixture(scope="session")
def example(examples_folder: Path) -> Example:
    return Example("three_tier", synthesized_once("three_tier", "claims", examples_folder))


def test_it_is_ready(example: Example) -> None:
    """Ready but for one answer that the template cannot give: what the macro of the hosted rotation makes."""
    (macro,) = open_findings(example.report)

    assert macro.startswith("TemplateIsFullyJudged @ ClaimsData cannot be decided: Macro AWS::SecretsManager-")
    assert example.report.exit_code == 0
    assert example.report.unused_decisions == []


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_what_is_broken_is_found(example: Example, case: Case, tmp_path: Path) -> None:
    change = example.change(case.edit, tmp_path)

    assert change.appeared == sorted(case.appear)
    assert change.gone == []
