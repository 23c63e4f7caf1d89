"""Log groups: encrypted, kept for a year, outliving their stack, masking personal data, errors and oddities noticed."""

from __future__ import annotations

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from orders.alarms import OnCall


def log_group(scope: Construct, construct_id: str, *, key: kms.IKey, name: str | None = None) -> logs.LogGroup:
    """A log group for audit and access logs."""
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        encryption_key=key,
        retention=logs.RetentionDays.ONE_YEAR,
        removal_policy=RemovalPolicy.RETAIN,
        data_protection_policy=logs.DataProtectionPolicy(
            identifiers=[logs.DataIdentifier.EMAILADDRESS, logs.DataIdentifier.CREDITCARDNUMBER]
        ),
    )


def application_log_group(
    scope: Construct, construct_id: str, *, key: kms.IKey, on_call: OnCall, name: str | None = None
) -> logs.LogGroup:
    """A log group of a program: on-call is paged when it writes more than a few errors in five minutes."""
    group = log_group(scope, construct_id, key=key, name=name)
    metric_name = f"{scope.node.id}{construct_id}Errors"
    logs.MetricFilter(
        group,
        "Errors",
        log_group=group,
        filter_pattern=logs.FilterPattern.any_term("ERROR", "CRITICAL"),
        metric_namespace="Orders",
        metric_name=metric_name,
        metric_value="1",
        default_value=0,
    )
    _detect_anomalies(group)
    metric = cloudwatch.Metric(namespace="Orders", metric_name=metric_name, statistic="Sum", period=Duration.minutes(5))
    on_call.alarm(group, "ErrorsLogged", metric, what="The program logs errors.", threshold=5)
    return group


def _detect_anomalies(group: logs.LogGroup) -> None:
    """Learn which messages are usual. The detector takes the ARN without the ``:*`` that ``log_group_arn`` ends with.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogAnomalyDetector.html
    """
    arn = Stack.of(group).format_arn(
        service="logs",
        resource="log-group",
        resource_name=group.log_group_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    logs.CfnLogAnomalyDetector(
        group, "Anomalies", log_group_arn_list=[arn], evaluation_frequency="FIFTEEN_MIN", anomaly_visibility_time=30
    )
