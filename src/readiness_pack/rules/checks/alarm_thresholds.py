"""Checks on thresholds: whether an alarm can go off at all, and in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from readiness_pack.rules.checks.alarms import only_moves_machines
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.function_sources import function_behind
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, as_number
from readiness_pack.template.views.alarm_metrics import MetricAlarm, metrics_of
from readiness_pack.template.views.metric_dimensions import misnamed
from readiness_pack.template.views.naming import named_resource

# Metrics that never leave 0 to 100, each as its service's CloudWatch page describes it. ECS is left out, since a
# service may use more than it reserved.
_PERCENT: dict[str, frozenset[str]] = {
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
    "AWS/EC2": frozenset({"CPUUtilization", "EBSByteBalance%", "EBSIOBalance%"}),
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
    "AWS/RDS": frozenset({"CPUUtilization", "ACUUtilization", "BurstBalance", "EBSByteBalance%", "EBSIOBalance%"}),
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
    "AWS/ElastiCache": frozenset({"CPUUtilization", "EngineCPUUtilization", "DatabaseMemoryUsagePercentage"}),
    # https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html
    "AWS/ES": frozenset({"CPUUtilization", "JVMMemoryPressure", "MasterCPUUtilization", "MasterJVMMemoryPressure"}),
    # https://docs.aws.amazon.com/efs/latest/ug/efs-metrics.html
    "AWS/EFS": frozenset({"PercentIOLimit"}),
    # https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html
    "AWS/Kafka": frozenset({"KafkaDataLogsDiskUsed", "RootDiskUsed", "CpuUser", "CpuSystem", "CpuIdle"}),
    # https://docs.aws.amazon.com/redshift/latest/mgmt/metrics-listing.html
    "AWS/Redshift": frozenset({"CPUUtilization", "PercentageDiskSpaceUsed"}),
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
    "AWS/CloudFront": frozenset({"5xxErrorRate", "4xxErrorRate", "TotalErrorRate", "CacheHitRate"}),
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_metrics.html
    "CloudWatchSynthetics": frozenset({"SuccessPercent"}),
    # https://docs.aws.amazon.com/documentdb/latest/developerguide/cloud_watch.html
    "AWS/DocDB": frozenset({"CPUUtilization", "BufferCacheHitRatio", "IndexBufferCacheHitRatio"}),
    # https://docs.aws.amazon.com/neptune/latest/userguide/cw-metrics.html
    "AWS/Neptune": frozenset({"CPUUtilization", "BufferCacheHitRatio"}),
}
# Statistics that stay within the range of the metric; a sum does not.
_WITHIN_RANGE = ("Average", "Maximum", "Minimum")

# Published once in hours or days, so that no alarm on them can be quick.
_SLOW_NAMESPACES = frozenset({"AWS/Billing", "AWS/CertificateManager", "AWS/TrustedAdvisor"})
_SLOW_METRICS = frozenset({("AWS/S3", "BucketSizeBytes"), ("AWS/S3", "NumberOfObjects"), ("AWS/EFS", "StorageBytes")})

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
_DEFAULT_TIMEOUT = 3
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
_DEFAULT_RETENTION = 345600


def is_reachable(rule: Rule, alarm: Resource) -> Verdicts:
    """The threshold lies where the metric can go, and is noticed soon enough."""
    metrics = metrics_of(alarm)
    if metrics.reason is None and not metrics.known:
        return NOT_APPLICABLE
    found = [*_misnamed(metrics.known), *judged(metrics, _out_of_reach)]
    slow = judged([alarm], lambda one: _too_slow(rule, one))
    outcomes = found + slow
    failures = [outcome for outcome in outcomes if outcome.verdict == "fail"]
    return failures or outcomes[:1] or PASS


# Reach ---------------------------------------------------------------------------------------------------------------


def _misnamed(metrics: Iterable[MetricAlarm]) -> Iterator[Outcome]:
    """Dimensions with a value that no metric has, so that the alarm never has data."""
    for metric in metrics:
        for dimension, value in metric.dimensions.items():
            wrong = misnamed(metric.namespace, dimension, value)
            if wrong is not None:
                carried = f"{wrong[1]} of {wrong[0].logical_id}"
                reason = f"never has data: its dimension {dimension} is {value}, and metrics carry {carried}"
                path = f"{metric.path}.Metric.Dimensions" if metric.path else "Dimensions"
                yield fail(path, detail=dimension, reason=reason)


def _out_of_reach(metric: MetricAlarm) -> Outcome | None:
    """Why the metric never meets the threshold; what an expression makes of it is not judged."""
    if metric.expression is not None or metric.is_anomaly_band or metric.metric is None:
        return None
    namespace, name = known_text(metric.namespace), known_text(metric.metric)
    if name in _PERCENT.get(namespace, ()):
        return _beyond_percent(metric)
    if (namespace, name) == ("AWS/Lambda", "Duration"):
        function = function_behind(_target(metric, "FunctionName"))
        if function is None:
            return None
        timeout = function.number("Timeout", _DEFAULT_TIMEOUT)
        return _beyond(metric, float(timeout or 0) * 1000, f"ms, and {function.logical_id} ends after {timeout} s")
    if (namespace, name) == ("AWS/SQS", "ApproximateAgeOfOldestMessage"):
        queue = _target(metric, "QueueName")
        if queue is None:
            return None
        retention = queue.number("MessageRetentionPeriod", _DEFAULT_RETENTION)
        return _beyond(metric, float(retention or 0), f"s, and {queue.logical_id} drops messages after {retention} s")
    return None


def _target(metric: MetricAlarm, dimension: str) -> Resource | None:
    """What a metric is about, ``None`` for a metric about all of them. Raises where it is not in the app."""
    value = metric.dimensions.get(dimension)
    if value is None:
        return None
    target = named_resource(metric.resource.assembly, value)
    if target is None:
        raise Undecided(f"{dimension} {value} is not in this app")
    return target


def _beyond_percent(metric: MetricAlarm) -> Outcome | None:
    if metric.statistic not in _WITHIN_RANGE and metric.percentile is None:
        return None
    comparison, threshold = metric.comparison, metric.threshold
    if threshold is None:
        return None
    never = (
        (comparison == "GreaterThanThreshold" and threshold >= 100)
        or (comparison == "GreaterThanOrEqualToThreshold" and threshold > 100)
        or (comparison == "LessThanThreshold" and threshold <= 0)
        or (comparison == "LessThanOrEqualToThreshold" and threshold < 0)
    )
    return _never(f"is {comparison} {threshold}, and {metric.metric} stays within 0 and 100") if never else None


def _beyond(metric: MetricAlarm, most: float, why: str) -> Outcome | None:
    """A rising metric that cannot get past ``most``."""
    threshold = metric.threshold
    if threshold is None or threshold <= most:
        return None
    if metric.comparison not in ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold"):
        return None
    return _never(f"is {threshold} {why}")


def _never(reason: str) -> Outcome:
    return fail("Threshold", detail="reach", reason=f"never goes off: its threshold {reason}")


# Time ----------------------------------------------------------------------------------------------------------------


def minutes_to_detect(metric: MetricAlarm) -> float | None:
    """How long a metric must be bad until the alarm goes off, in minutes; ``None`` where the period is not given."""
    period, datapoints = as_number(metric.period), metric.datapoints
    return None if period is None or datapoints is None else period * datapoints / 60


def _is_slow(metric: MetricAlarm) -> bool:
    namespace, name = metric.namespace, metric.metric
    if not isinstance(namespace, str) or not isinstance(name, str):
        return False
    return namespace in _SLOW_NAMESPACES or (namespace, name) in _SLOW_METRICS


def _too_slow(rule: Rule, alarm: Resource) -> Outcome | None:
    most = rule["max_detection_minutes"]
    for metric in metrics_of(alarm).known:
        if _is_slow(metric):
            return None
        minutes = minutes_to_detect(metric)
        if minutes is None or minutes <= most:
            continue
        if only_moves_machines(alarm):
            return None
        reason = f"goes off only after {minutes:g} minutes of trouble, more than {most}"
        return fail("EvaluationPeriods", detail="time", reason=reason)
    return None
