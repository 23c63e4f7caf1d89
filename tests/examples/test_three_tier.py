"""The three-tier example is ready as it stands, and each thing that is broken in it is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.support import (
    Case,
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

# From the trouble to the person.
PAGING = [
    Case("alarm without action", lambda app: app.drop(f"{INGRESS}/Slow", "AlarmActions", "OKActions"), ()),
    Case("composite without action", lambda app: app.drop(f"{DATABASE}/Unwell", "AlarmActions", "OKActions"), ()),
    Case(
        "alarm left out of the composite",
        lambda app: app.drop_resource(f"{DATABASE}/Unwell"),
        (),
    ),
    Case(
        "topic policy without CloudWatch",
        lambda app: app.drop_statements(f"{TOPIC}/Policy", with_sid("PublishCloudwatch")),
        (),
    ),
    Case(
        "topic key without CloudWatch",
        lambda app: app.drop_statements("ClaimsWatch/Key", for_service("cloudwatch.amazonaws.com"), "KeyPolicy"),
        (),
    ),
    Case(
        "topic policy without budgets",
        lambda app: app.drop_statements(f"{TOPIC}/Policy", with_sid("PublishBudgets")),
        (),
    ),
    Case("topic without subscription", lambda app: app.drop_resource(SUBSCRIPTION), ()),
]
# From the plan to the database.
RECOVERY = [
    Case("database not selected", lambda app: app.drop_resource(f"{BACKUPS}/Plan/Database"), ()),
    Case(
        "backups kept a week",
        lambda app: app.put(f"{BACKUPS}/Plan", "BackupPlan.BackupPlanRule.0.Lifecycle.DeleteAfterDays", 7),
        (),
    ),
    Case("vault unlocked", lambda app: app.drop(f"{BACKUPS}/Vault", "LockConfiguration"), ()),
    Case("vault with the key of AWS", lambda app: app.drop(f"{BACKUPS}/Vault", "EncryptionKeyArn"), ()),
    Case("restore never tried", lambda app: app.drop_resource(f"{BACKUPS}/TrialRestoreOfDatabase"), ()),
    Case("failed backup unwatched", lambda app: app.drop_resource(f"{BACKUPS}/Failed"), ()),
    Case("automatic backups for a day", lambda app: app.put(CLUSTER, "BackupRetentionPeriod", 1), ()),
    Case("cluster may be deleted", lambda app: app.put(CLUSTER, "DeletionProtection", False), ()),
    Case("no reader", lambda app: app.drop_resource(f"{CLUSTER}/Reader"), ()),
    Case("cache without failover", lambda app: app.put(CACHE, "AutomaticFailoverEnabled", False), ()),
    Case("cache in one zone", lambda app: app.put(CACHE, "MultiAZEnabled", False), ()),
]
# From the secret to its rotation, and who may log on.
SECRETS = [
    Case("password never rotated", lambda app: app.drop_resource(f"{SECRET}/Attachment/Rotation"), ()),
    Case(
        "password rotated once a year",
        lambda app: app.put(f"{SECRET}/Attachment/Rotation", "RotationRules.ScheduleExpression", "rate(365 days)"),
        (),
    ),
    Case("secret with the key of AWS", lambda app: app.drop(SECRET, "KmsKeyId"), ()),
    Case("passwords only", lambda app: app.put(CLUSTER, "EnableIAMDatabaseAuthentication", False), ()),
    Case("cache open to all", lambda app: app.drop(CACHE, "UserGroupIds"), ()),
]
# Encryption, at rest and on the way.
ENCRYPTION = [
    Case("database in plain text", lambda app: app.put(CLUSTER, "StorageEncrypted", False), ()),
    Case("TLS left to the client", lambda app: app.reword(f"{DATABASE}/Parameters", "1", "0"), ()),
    Case("cache in plain text", lambda app: app.put(CACHE, "AtRestEncryptionEnabled", False), ()),
    Case("cache without TLS", lambda app: app.put(CACHE, "TransitEncryptionMode", "preferred"), ()),
    Case("TLS of yesterday", lambda app: app.put(f"{BALANCER}/Https", "SslPolicy", "ELBSecurityPolicy-2016-08"), ()),
    Case("key never rotated", lambda app: app.put("ClaimsData/Key", "EnableKeyRotation", False), ()),
    Case("bucket without TLS", lambda app: app.drop_resource("ClaimsPortal/Probe/Artifacts/Policy"), ()),
]
# From the internet to the task.
ENTRY = [
    Case("no web ACL", lambda app: app.drop_resource("ClaimsPortal/Firewall/PortalProtection"), ()),
    Case(
        "no access log",
        lambda app: app.drop_elements(
            BALANCER, "LoadBalancerAttributes", lambda one: one["Key"].startswith("access_logs")
        ),
        (),
    ),
    Case(
        "bucket closed to the access log",
        lambda app: app.drop_statements(
            "ClaimsPortal/AccessLogs/Policy", lambda statement: statement["Action"] == "s3:PutObject"
        ),
        (),
    ),
    Case(
        "tasks with public addresses",
        lambda app: app.put(SERVICE, "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp", "ENABLED"),
        (),
    ),
    Case(
        "database open to the world",
        lambda app: app.put(
            f"{PORTAL}/Group/ClaimsDataDatabaseGroupEC274442:{{IndirectPort}} to", "CidrIp", "0.0.0.0/0"
        ),
        (),
    ),
    Case("no flow log", lambda app: app.drop_resource(f"{NETWORK}/FlowLog/FlowLog"), ()),
    Case("slowness unwatched", lambda app: app.drop_resource(f"{INGRESS}/Slow"), ()),
    Case("unhealthy tasks unwatched", lambda app: app.drop_resource(f"{INGRESS}/BlueUnhealthy"), ()),
    Case("certificate unwatched", lambda app: app.drop_resource(f"{INGRESS}/CertificateExpires"), ()),
    Case("budget burn unwatched", lambda app: app.drop_resource("ClaimsPortal/AvailabilityBurn"), ()),
]
# From the release to the customer.
SERVING = [
    Case("rollback without alarm", lambda app: app.drop(SERVICE, "DeploymentConfiguration.Alarms"), ()),
    Case("rolling update", lambda app: app.put(SERVICE, "DeploymentConfiguration.Strategy", "ROLLING"), ()),
    Case(
        "tasks in one zone",
        lambda app: app.drop(SERVICE, *(["NetworkConfiguration.AwsvpcConfiguration.Subnets.0"] * 2)),
        (),
    ),
    Case(
        "scaling without policy",
        lambda app: app.drop_resource(
            f"{PORTAL}/Service/TaskCount/Target/Cpu", f"{PORTAL}/Service/TaskCount/Target/Memory"
        ),
        (),
    ),
    Case("no container insights", lambda app: app.put(f"{PORTAL}/Cluster", "ClusterSettings.0.Value", "disabled"), ()),
    Case("images kept for ever", lambda app: app.drop(f"{PORTAL}/Repository", "LifecyclePolicy"), ()),
    Case(
        "tasks share one role",
        lambda app: app.put(
            f"{PORTAL}/Task", "ExecutionRoleArn", app.resource(f"{PORTAL}/Task")["Properties"]["TaskRoleArn"]
        ),
        (),
    ),
    Case(
        "container without log", lambda app: app.drop(f"{PORTAL}/Task", "ContainerDefinitions.0.LogConfiguration"), ()
    ),
    Case("database logs stay inside", lambda app: app.drop(CLUSTER, "EnableCloudwatchLogsExports"), ()),
    Case("database CPU unwatched", lambda app: app.reword(f"{DATABASE}/Cpu", "CPUUtilization", "Queries"), ()),
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
