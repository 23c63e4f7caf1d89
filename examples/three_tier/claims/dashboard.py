"""One page that shows the state of everything a customer depends on."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from claims.data_stack import ClaimsDataStack
from claims.portal import Portal

PERIOD = Duration.minutes(1)


def claims_dashboard(
    scope: Construct, construct_id: str, *, portal: Portal, data: ClaimsDataStack
) -> cloudwatch.Dashboard:
    """The dashboard that the runbooks start from."""
    balancer = portal.ingress.load_balancer.metrics
    return cloudwatch.Dashboard(
        scope,
        construct_id,
        dashboard_name="claims",
        widgets=[
            [
                cloudwatch.GraphWidget(
                    title="Portal",
                    left=[balancer.request_count(period=PERIOD)],
                    right=[
                        balancer.target_response_time(period=PERIOD, statistic=cloudwatch.Stats.percentile(95)),
                        balancer.http_code_target(elbv2.HttpCodeTarget.TARGET_5XX_COUNT, period=PERIOD),
                    ],
                ),
                cloudwatch.GraphWidget(
                    title="Tasks",
                    left=[
                        portal.service.metric_cpu_utilization(period=PERIOD),
                        portal.service.metric_memory_utilization(period=PERIOD),
                    ],
                ),
            ],
            [
                cloudwatch.GraphWidget(
                    title="Database",
                    left=[data.database.cluster.metric_cpu_utilization(period=PERIOD)],
                    right=[data.database.cluster.metric_database_connections(period=PERIOD)],
                ),
                cloudwatch.GraphWidget(
                    title="Sessions",
                    left=[
                        cloudwatch.Metric(
                            namespace="AWS/ElastiCache",
                            metric_name="DatabaseMemoryUsagePercentage",
                            dimensions_map={"CacheClusterId": data.sessions.first_node},
                            period=PERIOD,
                        )
                    ],
                ),
            ],
        ],
    )
