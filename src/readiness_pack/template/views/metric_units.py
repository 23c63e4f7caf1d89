"""In which unit of time AWS services publish their metrics.

The same latency is 0.2 for a load balancer and 200 for an API, so thresholds are comparable only with their unit. Each
entry is the unit that the service's CloudWatch metrics page gives.
"""

from __future__ import annotations

from typing import Literal

TimeUnit = Literal["Seconds", "Milliseconds", "Microseconds"]

SECONDS: dict[TimeUnit, float] = {"Seconds": 1.0, "Milliseconds": 1e-3, "Microseconds": 1e-6}
"""How many seconds one of each is."""

_BY_UNIT: dict[TimeUnit, dict[str, str]] = {
    "Seconds": {
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
        "AWS/ApplicationELB": "TargetResponseTime",
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-cloudwatch-metrics.html
        "AWS/ELB": "Latency",
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
        "AWS/SQS": "ApproximateAgeOfOldestMessage",
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
        "AWS/RDS": "ReadLatency WriteLatency ReplicaLag",
        # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
        "AWS/ElastiCache": "ReplicationLag",
    },
    "Milliseconds": {
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
        "AWS/ApiGateway": "Latency IntegrationLatency",
        # https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html
        "AWS/AppSync": "Latency",
        # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
        "AWS/CloudFront": "OriginLatency",
        # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        "AWS/Lambda": "Duration IteratorAge AsyncEventAge",
        # https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
        "AWS/Kinesis": "GetRecords.IteratorAgeMilliseconds",
        # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
        "AWS/States": "ExecutionTime",
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
        "AWS/DynamoDB": "SuccessfulRequestLatency",
        # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
        "AWS/RDS": (
            "AuroraReplicaLag AuroraReplicaLagMaximum AuroraReplicaLagMinimum CommitLatency DDLLatency DMLLatency "
            "DeleteLatency InsertLatency SelectLatency UpdateLatency"
        ),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_metrics.html
        "CloudWatchSynthetics": "Duration",
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
        "AWS/S3": "FirstByteLatency TotalRequestLatency",
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
        "AWS/Events": "IngestionToInvocationStartLatency",
    },
    "Microseconds": {
        # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
        "AWS/ElastiCache": "SuccessfulReadRequestLatency SuccessfulWriteRequestLatency",
    },
}

_UNITS: dict[tuple[str, str], TimeUnit] = {
    (namespace, metric): unit
    for unit, by_namespace in _BY_UNIT.items()
    for namespace, metrics in by_namespace.items()
    for metric in metrics.split()
}


def time_unit(namespace: str, metric: str) -> TimeUnit | None:
    """The unit in which ``metric`` of ``namespace`` is published; ``None`` where it is no time, or not known here.

    Example:
        >>> time_unit("AWS/ApplicationELB", "TargetResponseTime"), time_unit("AWS/ApiGateway", "Latency")
        ('Seconds', 'Milliseconds')
    """
    return _UNITS.get((namespace, metric))
