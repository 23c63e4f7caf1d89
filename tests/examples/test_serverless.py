"""The serverless example is ready as it stands, and each thing that is broken in it is found, and nothing else."""

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

SERVICE = "BookingsService"
TOPIC = "BookingsWatch/OnCall/Topic"
SUBSCRIPTION = f"{TOPIC}/bookings-oncall@seats.example"
API = f"{SERVICE}/BookingApi"
STAGE = f"{API}/Api/DeploymentStage.v1"
METHOD = f"{API}/Api/Default/bookings/POST"
STORE = f"{SERVICE}/Store"
QUEUE = f"{SERVICE}/Requests"
DEAD_LETTERS = f"{SERVICE}/RequestsDeadLetters"
WORKER = f"{SERVICE}/Fulfilment/Worker"
SWEEP = f"{SERVICE}/Fulfilment/Sweep"
MAPPING = f"{WORKER}/Live/SqsEventSource:BookingsServiceRequests4FB956CE"
TICKETS = f"{SERVICE}/Tickets/BookingsServiceNotificationsConfirmedBA16A7E2"
UNDELIVERED = f"{SERVICE}/Notifications/Undelivered"

# From the alarm to the person.
PAGING = [
    Case(
        "alarm without action",
        lambda app: app.drop(f"{API}/Errors", "AlarmActions", "OKActions"),
        (
            f"AlarmHasAction @ {API}/Errors",
            f"ApiServerErrorAlarm @ {STAGE}",
        ),
    ),
    Case(
        "composite without action",
        lambda app: app.drop(f"{WORKER}/Unhealthy", "AlarmActions", "OKActions"),
        (
            f"AlarmHasAction @ {WORKER}/Unhealthy",
            f"LambdaErrorAndThrottleAlarms @ {WORKER}/Function",
            f"LambdaErrorAndThrottleAlarms @ {WORKER}/Function",
        ),
    ),
    Case(
        "alarm muted",
        lambda app: app.add(f"{API}/Errors", "ActionsEnabled", False),
        (
            f"AlarmHasAction @ {API}/Errors",
            f"ApiServerErrorAlarm @ {STAGE}",
        ),
    ),
    Case(
        "topic policy without CloudWatch",
        lambda app: app.drop_statements(f"{TOPIC}/Policy", with_sid("PublishCloudwatch")),
        (f"AlarmTopicPublishableByCloudWatch @ {TOPIC}",),
    ),
    Case(
        "topic key without CloudWatch",
        lambda app: app.drop_statements("BookingsWatch/Key", for_service("cloudwatch.amazonaws.com"), "KeyPolicy"),
        (f"AlarmTopicPublishableByCloudWatch @ {TOPIC}",),
    ),
    Case(
        "topic without subscription",
        lambda app: app.drop_resource(SUBSCRIPTION),
        (
            f"AlarmActionReachesSubscriber @ {API}/AvailabilityBurn",
            f"AlarmActionReachesSubscriber @ {API}/Errors",
            f"AlarmActionReachesSubscriber @ {API}/Place/Log/ErrorsLogged",
            f"AlarmActionReachesSubscriber @ {API}/Place/Unhealthy",
            f"AlarmActionReachesSubscriber @ {API}/Slow",
            f"AlarmActionReachesSubscriber @ {API}/UnusualTraffic",
            f"AlarmActionReachesSubscriber @ {SERVICE}/Confirmation/Charge/Log/ErrorsLogged",
            f"AlarmActionReachesSubscriber @ {SERVICE}/Confirmation/Charge/Unhealthy",
            f"AlarmActionReachesSubscriber @ {SERVICE}/Confirmation/Failed",
            f"AlarmActionReachesSubscriber @ {SERVICE}/Confirmation/Log/ErrorsLogged",
            f"AlarmActionReachesSubscriber @ {SERVICE}/Confirmation/TimedOut",
            f"AlarmActionReachesSubscriber @ {SWEEP}/Log/ErrorsLogged",
            f"AlarmActionReachesSubscriber @ {SWEEP}/Unhealthy",
            f"AlarmActionReachesSubscriber @ {SERVICE}/Fulfilment/UndoneSweeps/NotEmpty",
            f"AlarmActionReachesSubscriber @ {WORKER}/Log/ErrorsLogged",
            f"AlarmActionReachesSubscriber @ {WORKER}/Unhealthy",
            f"AlarmActionReachesSubscriber @ {SERVICE}/NoBookings",
            f"AlarmActionReachesSubscriber @ {UNDELIVERED}/NotEmpty",
            f"AlarmActionReachesSubscriber @ {SERVICE}/Probe/Unreachable",
            f"AlarmActionReachesSubscriber @ {QUEUE}/Lag",
            f"AlarmActionReachesSubscriber @ {DEAD_LETTERS}/NotEmpty",
            f"AlarmActionReachesSubscriber @ {STORE}/BackupFailed",
            f"AlarmActionReachesSubscriber @ {STORE}/Throttled",
            f"AlarmActionReachesSubscriber @ {SERVICE}/Tickets/Lag",
            f"AlarmActionReachesSubscriber @ {SERVICE}/TicketsDeadLetters/NotEmpty",
            f"BackupFailuresAlarmed @ {STORE}/Vault",
        ),
    ),
]
# From the queue to the alarm on what it could not deliver.
QUEUES = [
    Case(
        "queue without dead-letter queue",
        lambda app: app.drop(QUEUE, "RedrivePolicy"),
        (
            f"QueueAndStreamLagAlarms @ {DEAD_LETTERS}",
            f"SqsQueueHasDeadLetterQueue @ {QUEUE}",
            f"SqsQueueHasDeadLetterQueue @ {DEAD_LETTERS}",
        ),
    ),
    Case(
        "message thrown out at once",
        lambda app: app.put(QUEUE, "RedrivePolicy.maxReceiveCount", 1),
        (f"SqsQueueHasDeadLetterQueue @ {QUEUE}",),
    ),
    Case(
        "dead letters kept shorter",
        lambda app: app.put(DEAD_LETTERS, "MessageRetentionPeriod", 86400),
        (
            f"DlqRetentionExceedsSource @ {DEAD_LETTERS}",
            f"DlqRetentionExceedsSource @ {DEAD_LETTERS}",
        ),
    ),
    Case(
        "dead letters unwatched",
        lambda app: app.drop_resource(f"{DEAD_LETTERS}/NotEmpty"),
        (f"EveryDlqHasDepthAlarm @ {DEAD_LETTERS}",),
    ),
    Case(
        "dead letters in plain text",
        lambda app: app.drop(DEAD_LETTERS, "KmsMasterKeyId"),
        (f"SqsQueueEncrypted @ {DEAD_LETTERS}",),
    ),
    Case(
        "queue without TLS",
        lambda app: app.drop_resource(f"{QUEUE}/Policy"),
        (f"SqsQueuePolicyDeniesInsecureTransport @ {QUEUE}",),
    ),
    Case(
        "whole batch repeated",
        lambda app: app.drop(MAPPING, "FunctionResponseTypes"),
        (f"StreamMappingFailureCaptured @ {MAPPING}",),
    ),
    Case(
        "consumer slower than visibility",
        lambda app: app.put(QUEUE, "VisibilityTimeout", 20),
        (f"QueueVisibilityExceedsFunctionTimeout @ {MAPPING}",),
    ),
]
# Events that nobody took.
EVENTS = [
    Case(
        "subscription without dead-letter queue",
        lambda app: app.drop(TICKETS, "RedrivePolicy"),
        (f"EventTargetsHaveDeadLetterQueue @ {TICKETS}",),
    ),
    Case(
        "dead-letter queue closed to the rule",
        lambda app: app.drop_statements(f"{UNDELIVERED}/Policy", for_service("events.amazonaws.com")),
        (f"DlqWritableBySender @ {SERVICE}/Notifications/WhenConfirmed",),
    ),
    Case(
        "key closed to the rule",
        lambda app: app.drop_statements(f"{SERVICE}/Key", for_service("events.amazonaws.com"), "KeyPolicy"),
        (
            f"DlqWritableBySender @ {SERVICE}/Notifications/WhenConfirmed",
            f"KmsKeyPolicyAdmitsUsingService @ {SERVICE}/Key",
        ),
    ),
    Case(
        "schedule without dead-letter queue",
        lambda app: app.drop(f"{SERVICE}/Fulfilment/Nightly", "Target.DeadLetterConfig"),
        (f"EventTargetsHaveDeadLetterQueue @ {SERVICE}/Fulfilment/Nightly",),
    ),
    Case(
        "failed sweep forgotten",
        lambda app: app.drop(f"{SWEEP}/Live/EventInvokeConfig", "DestinationConfig"),
        (f"LambdaAsyncFailureCaptured @ {SWEEP}/Function",),
    ),
]
# From the caller to the function.
ENTRY = [
    Case(
        "no authorizer",
        lambda app: app.put(METHOD, "AuthorizationType", "NONE"),
        (f"ApiRequiresAuthorization @ {METHOD}",),
    ),
    Case(
        "API without web ACL",
        lambda app: app.drop_resource(f"{SERVICE}/Firewall/ApiProtection"),
        (f"PublicEntryPointHasWaf @ {STAGE}",),
    ),
    Case(
        "sign-in without web ACL",
        lambda app: app.drop_resource(f"{SERVICE}/Firewall/SignInProtection"),
        (f"PublicEntryPointHasWaf @ {SERVICE}/Customers/Pool",),
    ),
    Case("no access log", lambda app: app.drop(STAGE, "AccessLogSetting"), (f"ApiAccessLogging @ {STAGE}",)),
    Case(
        "no throttling",
        lambda app: app.drop(STAGE, "MethodSettings"),
        (
            f"ApiAccessLogging @ {STAGE}",
            f"ApiThrottlingConfigured @ {STAGE}",
        ),
    ),
    Case("no trace", lambda app: app.put(STAGE, "TracingEnabled", False), (f"ApiAndWorkflowTracing @ {STAGE}",)),
    Case("slowness unwatched", lambda app: app.drop_resource(f"{API}/Slow"), (f"ApiP95LatencyAlarm @ {STAGE}",)),
    Case(
        "no objective",
        lambda app: app.drop_resource(f"{API}/Availability", f"{API}/AvailabilityBurn"),
        ("AvailabilitySloDeclared @ the app",),
    ),
    Case(
        "budget burn unwatched",
        lambda app: app.drop_resource(f"{API}/AvailabilityBurn"),
        (f"SloBurnRateAlarmed @ {API}/Availability",),
    ),
    Case(
        "probe stopped",
        lambda app: app.drop_resource(f"{SERVICE}/Probe/Canary", f"{SERVICE}/Probe/Unreachable"),
        ("SyntheticCanaryProbesPublicEndpoint @ the app",),
    ),
]
# From the plan to the table.
BACKUPS = [
    Case(
        "table not selected",
        lambda app: app.drop_resource(f"{STORE}/Plan/Bookings"),
        (f"BackupPlanCoversEveryStatefulResource @ {STORE}/Table",),
    ),
    Case(
        "no continuous backup",
        lambda app: app.drop(STORE + "/Table", "PointInTimeRecoverySpecification"),
        (f"DynamoDbPointInTimeRecovery @ {STORE}/Table",),
    ),
    Case(
        "backups once a week",
        lambda app: app.put(f"{STORE}/Plan", "BackupPlan.BackupPlanRule.0.ScheduleExpression", "cron(0 1 ? * SUN *)"),
        (f"BackupPlanMeetsRpoAndRetention @ {STORE}/Plan",),
    ),
    Case(
        "vault unlocked",
        lambda app: app.drop(f"{STORE}/Vault", "LockConfiguration"),
        (f"BackupVaultLocked @ {STORE}/Vault",),
    ),
    Case(
        "restore never tried",
        lambda app: app.drop_resource(f"{STORE}/TrialRestoreOfTable"),
        ("RestoreTestingScheduled @ the app",),
    ),
    Case(
        "failed backup unwatched",
        lambda app: app.drop_resource(f"{STORE}/BackupFailed"),
        (f"BackupFailuresAlarmed @ {STORE}/Vault",),
    ),
    Case(
        "table may be deleted",
        lambda app: app.put(f"{STORE}/Table", "DeletionProtectionEnabled", False),
        (f"DeletionProtectionEnabled @ {STORE}/Table",),
    ),
    Case(
        "table without key",
        lambda app: app.drop(f"{STORE}/Table", "SSESpecification"),
        (f"DynamoDbTableCustomerKey @ {STORE}/Table",),
    ),
    Case(
        "throttling unwatched",
        lambda app: app.drop_resource(f"{STORE}/Throttled"),
        (f"DynamoDbThrottleAlarm @ {STORE}/Table",),
    ),
]
# What runs.
PROGRAMS = [
    Case(
        "task without Catch",
        lambda app: app.reword(f"{SERVICE}/Confirmation/Machine", '"Catch":', '"Caught":'),
        (
            f"StepFunctionTasksRetryAndCatch @ {SERVICE}/Confirmation/Machine",
            f"StepFunctionTasksRetryAndCatch @ {SERVICE}/Confirmation/Machine",
            f"StepFunctionTasksRetryAndCatch @ {SERVICE}/Confirmation/Machine",
            f"StepFunctionTasksRetryAndCatch @ {SERVICE}/Confirmation/Machine",
            f"StepFunctionTasksRetryAndCatch @ {SERVICE}/Confirmation/Machine",
        ),
    ),
    Case(
        "workflow not logged",
        lambda app: app.drop(f"{SERVICE}/Confirmation/Machine", "LoggingConfiguration"),
        (f"StepFunctionsLogging @ {SERVICE}/Confirmation/Machine",),
    ),
    Case(
        "function not traced",
        lambda app: app.drop(f"{WORKER}/Function", "TracingConfig"),
        (f"LambdaTracingActive @ {WORKER}/Function",),
    ),
    Case(
        "log kept for ever",
        lambda app: app.drop(f"{WORKER}/Log", "RetentionInDays"),
        (f"LogGroupRetentionSet @ {WORKER}/Log",),
    ),
    Case(
        "errors in the log unwatched",
        lambda app: app.drop_resource(f"{WORKER}/Log/ErrorsLogged"),
        (f"ErrorMetricFilterAlarmed @ {WORKER}/Log",),
    ),
    Case(
        "deployment without rollback",
        lambda app: app.drop(f"{WORKER}/Deployment", "AutoRollbackConfiguration"),
        (f"RollbackOnDeploymentAlarm @ {WORKER}/Deployment",),
    ),
    Case(
        "all traffic at once",
        lambda app: app.put(f"{WORKER}/Deployment", "DeploymentConfigName", "CodeDeployDefault.LambdaAllAtOnce"),
        (f"LambdaAliasTrafficShifted @ {WORKER}/Live",),
    ),
    Case(
        "nobody told of cost",
        lambda app: app.drop("BookingsWatch/Costs/Monthly", "NotificationsWithSubscribers"),
        ("BudgetWithNotifications @ BookingsWatch/Costs/Monthly",),
    ),
    Case(
        "no bookings, no alarm",
        lambda app: app.drop_resource(f"{SERVICE}/NoBookings"),
        ("BusinessMetricsAreAlarmed @ the app",),
    ),
]
CASES = PAGING + QUEUES + EVENTS + ENTRY + BACKUPS + PROGRAMS


@pytest.fixture(scope="session")
def example(examples_folder: Path) -> Example:
    return Example("serverless", synthesized_once("serverless", "bookings", examples_folder))


def test_it_is_ready(example: Example) -> None:
    assert open_findings(example.report) == []
    assert example.report.exit_code == 0
    assert example.report.unused_decisions == []


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_what_is_broken_is_found(example: Example, case: Case, tmp_path: Path) -> None:
    change = example.change(case.edit, tmp_path)

    assert change.appeared == sorted(case.appear)
    assert change.gone == []
