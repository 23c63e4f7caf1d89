"""The service level objective of the booking API, and the alarm that sees its error budget burn."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_applicationsignals as signals
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from bookings import settings
from bookings.alarms import OnCall

_Slo = signals.CfnServiceLevelObjective

NAME = "booking-api-availability"
# At this rate, two per cent of the budget of thirty days is gone in one hour.
FAST_BURN_WINDOW_MINUTES = 60
FAST_BURN_RATE = 14.4


def availability_objective(
    scope: Construct,
    construct_id: str,
    *,
    api: apigateway.RestApi,
    stage: apigateway.Stage,
    on_call: OnCall,
) -> signals.CfnServiceLevelObjective:
    """Of all calls of a month, all but one in a thousand are answered."""
    objective = _Slo(
        scope,
        construct_id,
        name=NAME,
        description="Calls of the booking API that are answered without a server error",
        sli=_Slo.SliProperty(
            comparison_operator="GreaterThanOrEqualTo",
            metric_threshold=settings.MIN_AVAILABILITY_PERCENT,
            sli_metric=_Slo.SliMetricProperty(
                period_seconds=60,
                metric_data_queries=[
                    _query("calls", "Count", api, stage),
                    _query("errors", "5XXError", api, stage),
                    _Slo.MetricDataQueryProperty(
                        id="availability",
                        expression="100 * (1 - FILL(errors, 0) / calls)",
                        return_data=True,
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
        what="The booking API uses up its error budget.",
        threshold=FAST_BURN_RATE,
        periods=2,
    )
    return objective


def _query(
    query_id: str, metric_name: str, api: apigateway.RestApi, stage: apigateway.Stage
) -> signals.CfnServiceLevelObjective.MetricDataQueryProperty:
    return _Slo.MetricDataQueryProperty(
        id=query_id,
        return_data=False,
        metric_stat=_Slo.MetricStatProperty(
            period=60,
            stat="Sum",
            metric=_Slo.MetricProperty(
                namespace="AWS/ApiGateway",
                metric_name=metric_name,
                dimensions=[
                    _Slo.DimensionProperty(name="ApiName", value=api.rest_api_name),
                    _Slo.DimensionProperty(name="Stage", value=stage.stage_name),
                ],
            ),
        ),
    )
