"""Log groups: encrypted, kept for a year, outliving their stack, masking personal data, errors alarmed."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from lake.alarms import OnCall

NAMESPACE = "Lake"


def log_group(scope: Construct, construct_id: str, *, key: kms.IKey, name: str | None = None) -> logs.LogGroup:
    """A log group for access logs."""
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
    scope: Construct, construct_id: str, *, key: kms.Key, on_call: OnCall, name: str | None = None
) -> logs.LogGroup:
    """A log group of a program: on-call is paged when it writes errors, and CloudWatch looks for unusual lines."""
    group = log_group(scope, construct_id, key=key, name=name)
    metric = logs.MetricFilter(
        group,
        "Errors",
        log_group=group,
        filter_pattern=logs.FilterPattern.any_term("ERROR", "CRITICAL"),
        metric_namespace=NAMESPACE,
        metric_name=f"{scope.node.id}Errors",
        metric_value="1",
        default_value=0,
    ).metric(statistic=cloudwatch.Stats.SUM, period=Duration.minutes(5))
    on_call.alarm(group, "ErrorsLogged", metric, what="The program logs errors.", threshold=5)
    logs.CfnLogAnomalyDetector(
        group,
        "Unusual",
        log_group_arn_list=[group.log_group_arn],
        evaluation_frequency="FIFTEEN_MIN",
        anomaly_visibility_time=21,
        kms_key_id=key.key_arn,
    )
    return group
