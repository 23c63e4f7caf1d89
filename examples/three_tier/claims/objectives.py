"""The service level objective of the portal, and the alarm that sees its error budget burn."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_applicationsignals as signals
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from claims import settings
from claims.alarms import OnCall

_Slo = signals.CfnServiceLevelObjective

NAME = "claims-portal-availability"
# At this rate, two per cent of the budget of thirty days is gone in one hour.
FAST_BURN_WINDOW_MINUTES = 60
FAST_BURN_RATE = 14.4


def availability_objective(
    scope: Construct, construct_id: str, *, load_balancer: elbv2.ApplicationLoadBalancer, on_call: OnCall
) -> None:
    """Of all requests of a month, all but one in a thousand are answered."""
    _Slo(
        scope,
        construct_id,
        name=NAME,
        description="Requests to the portal that are answered without a server error",
        sli=_Slo.SliProperty(
            comparison_operator="GreaterThanOrEqualTo",
            metric_threshold=settings.MIN_AVAILABILITY_PERCENT,
            sli_metric=_Slo.SliMetricProperty(
                period_seconds=60,
                metric_data_queries=[
                    _query("requests", "RequestCount", load_balancer),
                    _query("errors", "HTTPCode_Target_5XX_Count", load_balancer),
                    _Slo.MetricDataQueryProperty(
                        id="availability", expression="100 * (1 - FILL(errors, 0) / requests)", return_data=True
                    ),
                ],
            ),
        ),
        goal=_Slo.GoalProperty(
            attainment_goal=settings.MIN_AVAILABILITY_PERCENT,
            warning_threshold=50,
            interval=_Slo.IntervalProperty(
                rolling_interval=_Slo.RollingIntervalProperty(duration=30, duration_unit="DAY")
            ),
        ),
        burn_rate_configurations=[
            _Slo.BurnRateConfigurationProperty(look_back_window_minutes=FAST_BURN_WINDOW_MINUTES)
        ],
    )
    on_call.alarm(
        scope,
        f"{construct_id}Burn",
        cloudwatch.Metric(
            namespace="AWS/ApplicationSignals",
            metric_name="BurnRate",
            dimensions_map={"SloName": NAME, "BurnRateWindowMinutes": str(FAST_BURN_WINDOW_MINUTES)},
            statistic=cloudwatch.Stats.MAXIMUM,
            period=Duration.minutes(1),
        ),
        what="The portal uses up its error budget.",
        threshold=FAST_BURN_RATE,
        periods=2,
    )


def _query(
    query_id: str, metric_name: str, load_balancer: elbv2.ApplicationLoadBalancer
) -> signals.CfnServiceLevelObjective.MetricDataQueryProperty:
    return _Slo.MetricDataQueryProperty(
        id=query_id,
        return_data=False,
        metric_stat=_Slo.MetricStatProperty(
            period=60,
            stat="Sum",
            metric=_Slo.MetricProperty(
                namespace="AWS/ApplicationELB",
                metric_name=metric_name,
                dimensions=[
                    _Slo.DimensionProperty(name="LoadBalancer", value=load_balancer.load_balancer_full_name),
                ],
            ),
        ),
    )
