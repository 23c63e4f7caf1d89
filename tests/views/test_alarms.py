"""Alarms by metric and target, their thresholds and what they do."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Assembly, Undecided
from readiness_pack.template.views import alarm_actions, alarms_on, composites_of, metrics_of, time_unit
from readiness_pack.template.views.alarm_rules import watched_alarms
from tests.views.building import PROD, app, apps, att, get, in_each_world, ref, when

VISIBLE = "ApproximateNumberOfMessagesVisible"


def alarm(dimensions: Any = None, **more: Any) -> tuple[str, dict[str, Any]]:
    return "AWS::CloudWatch::Alarm", {
        "Namespace": "AWS/SQS",
        "MetricName": VISIBLE,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1,
        "Statistic": "Maximum",
        "Period": 60,
        "Dimensions": [{"Name": name, "Value": value} for name, value in (dimensions or {}).items()],
        **more,
    }


def on(assembly: Assembly, target: str = "Q", **more: Any) -> Any:
    return alarms_on("AWS/SQS", VISIBLE, get(assembly, target), **more)


def ids(found: Any) -> list[str]:
    return [one.resource.logical_id for one in found]


QUEUES = {"Q": ("AWS::SQS::Queue", {}), "R": ("AWS::SQS::Queue", {"QueueName": "orders"})}


# Targets -----------------------------------------------------------------------------------------------------------


def test_by_reference_and_by_literal_name() -> None:
    assembly = app(
        {
            **QUEUES,
            "A": alarm({"QueueName": att("Q", "QueueName")}),
            "B": alarm({"QueueName": "orders"}),
            "C": alarm({"QueueName": {"Fn::Sub": "${Q.QueueName}"}}),
            "D": alarm({"QueueName": "others"}),
        }
    )
    assert ids(on(assembly, "Q")) == ["A", "C"]
    assert ids(on(assembly, "R")) == ["B"]


def test_other_metrics_and_namespaces_do_not_count() -> None:
    queue = {"QueueName": att("Q", "QueueName")}
    other = {"A": alarm(queue, MetricName="NumberOfMessagesSent"), "B": alarm(queue, Namespace="Custom")}
    assembly = app({**QUEUES, **other})
    assert not on(assembly)
    assert ids(alarms_on("AWS/SQS", [VISIBLE, "NumberOfMessagesSent"], get(assembly, "Q"))) == ["A"]


def test_the_dimension_may_be_asked_for() -> None:
    assembly = app(
        {
            "C": ("AWS::ECS::Cluster", {}),
            "S": ("AWS::ECS::Service", {}),
            "A": alarm(
                {"ClusterName": ref("C"), "ServiceName": att("S", "Name")}, Namespace="AWS/ECS", MetricName="CPU"
            ),
        }
    )
    assert ids(alarms_on("AWS/ECS", "CPU", get(assembly, "S"))) == ["A"]
    assert ids(alarms_on("AWS/ECS", "CPU", get(assembly, "C"), "ClusterName")) == ["A"]
    assert not alarms_on("AWS/ECS", "CPU", get(assembly, "C"), "ServiceName")


def test_in_another_stack() -> None:
    assembly = apps(
        Data={
            "Resources": QUEUES,
            "Outputs": {"Name": {"Value": att("Q", "QueueName"), "Export": {"Name": "queue"}}},
        },
        Watch={
            "Resources": {"A": alarm({"QueueName": {"Fn::ImportValue": "queue"}}), "B": alarm({"QueueName": "orders"})}
        },
    )
    assert ids(on(assembly, "Q")) == ["A"]
    assert ids(on(assembly, "R")) == ["B"]


def test_an_api_by_its_name() -> None:
    named = {"Fn::Sub": "${Env}-api"}
    assembly = app(
        {
            "One": ("AWS::ApiGateway::RestApi", {"Name": "orders"}),
            "Two": ("AWS::ApiGateway::RestApi", {"Name": named}),
            "A": alarm({"ApiName": "orders"}, Namespace="AWS/ApiGateway", MetricName="5XXError"),
            "B": alarm({"ApiName": named}, Namespace="AWS/ApiGateway", MetricName="5XXError"),
        },
        Parameters={"Env": {"Type": "String"}},
    )
    assert ids(alarms_on("AWS/ApiGateway", "5XXError", get(assembly, "One")).known) == ["A"]
    assert ids(alarms_on("AWS/ApiGateway", "5XXError", get(assembly, "Two"))) == ["B"]


def test_a_load_balancer_by_its_full_name() -> None:
    parts = {"Fn::Split": ["/", ref("Lb")]}
    full = {"Fn::Join": ["/", [{"Fn::Select": [number, parts]} for number in (1, 2, 3)]]}
    lb = {"Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_ELB_5XX_Count"}
    assembly = app(
        {
            "Lb": ("AWS::ElasticLoadBalancingV2::LoadBalancer", {}),
            "A": alarm({"LoadBalancer": att("Lb", "LoadBalancerFullName")}, **lb),
            "B": alarm({"LoadBalancer": full}, **lb),
        }
    )
    assert ids(alarms_on("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", get(assembly, "Lb"))) == ["A", "B"]


def test_the_nodes_of_a_replication_group() -> None:
    cache = {"Namespace": "AWS/ElastiCache", "MetricName": "Evictions"}
    assembly = app(
        {
            "One": ("AWS::ElastiCache::ReplicationGroup", {"ReplicationGroupId": "orders"}),
            "Two": ("AWS::ElastiCache::ReplicationGroup", {}),
            "A": alarm({"CacheClusterId": "orders-001"}, **cache),
            "B": alarm({"CacheClusterId": {"Fn::Sub": "${Two}-001"}}, **cache),
        }
    )
    assert ids(alarms_on("AWS/ElastiCache", "Evictions", get(assembly, "One"))) == ["A"]
    assert ids(alarms_on("AWS/ElastiCache", "Evictions", get(assembly, "Two"))) == ["B"]


def test_metrics_of_the_account() -> None:
    backup = {"Namespace": "AWS/Backup", "MetricName": "NumberOfBackupJobsFailed"}
    assembly = app({"A": alarm(**backup), "B": alarm({"BackupVaultName": "v"}, **backup)})
    assert ids(alarms_on("AWS/Backup", "NumberOfBackupJobsFailed", assembly)) == ["A", "B"]


def test_an_unknown_dimension_may_be_the_target() -> None:
    assembly = app({**QUEUES, "A": alarm({"QueueName": ref("Name")})}, Parameters={"Name": {"Type": "String"}})
    with pytest.raises(Undecided, match="parameter Name"):
        bool(on(assembly))
    certain = app(
        {**QUEUES, "A": alarm({"QueueName": ref("Name")}), "B": alarm({"QueueName": att("Q", "QueueName")})},
        Parameters={"Name": {"Type": "String"}},
    )
    assert on(certain)
    assert any(one.fires_at_or_below(1) for one in on(certain))


def test_an_unknown_dimension_beside_another_target_does_not_matter() -> None:
    other = {"QueueName": att("R", "QueueName"), "Stage": ref("Name"), "Zone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}}
    assembly = app({**QUEUES, "A": alarm(other)}, Parameters={"Name": {"Type": "String"}})
    assert not on(assembly, "Q")
    assert ids(on(assembly, "R")) == ["A"]


def test_an_unknown_metric_may_be_any() -> None:
    assembly = app(
        {**QUEUES, "A": alarm({"QueueName": att("Q", "QueueName")}, MetricName=ref("Name"))},
        Parameters={"Name": {"Type": "String"}},
    )
    with pytest.raises(Undecided, match="parameter Name"):
        bool(on(assembly, "Q"))
    assert not on(assembly, "R")


def test_conditional_alarms_and_dimensions() -> None:
    kind, properties = alarm({"QueueName": att("Q", "QueueName")})
    assembly = app(
        {
            **QUEUES,
            "A": {"Type": kind, "Properties": properties, "Condition": "IsProd"},
            "B": alarm({"QueueName": when("IsProd", "orders", "others")}),
        },
        **PROD,
    )
    assert in_each_world(assembly, lambda: ids(on(assembly, "Q"))) == {"True": ["A"], "False": []}
    assert in_each_world(assembly, lambda: ids(on(assembly, "R"))) == {"True": ["B"], "False": []}


def test_conditions_of_other_alarms_are_not_read() -> None:
    kind, properties = alarm({"QueueName": att("R", "QueueName")})
    other = {"Type": kind, "Properties": properties, "Condition": "IsProd"}
    assembly = app({**QUEUES, "A": alarm({"QueueName": att("Q", "QueueName")}), "B": other}, **PROD)
    assert in_each_world(assembly, lambda: ids(on(assembly, "Q"))) == {"": ["A"]}


# Expressions -------------------------------------------------------------------------------------------------------


def stat(id_: str, queue: Any = None, metric: str = VISIBLE, *, returned: bool = False) -> dict[str, Any]:
    dimensions = [{"Name": "QueueName", "Value": att("Q", "QueueName") if queue is None else queue}]
    return {
        "Id": id_,
        "ReturnData": returned,
        "MetricStat": {
            "Metric": {"Namespace": "AWS/SQS", "MetricName": metric, "Dimensions": dimensions},
            "Period": 300,
            "Stat": "Maximum",
        },
    }


def computed(*metrics: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    return "AWS::CloudWatch::Alarm", {
        "Metrics": list(metrics),
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        **more,
    }


@pytest.mark.parametrize(
    ("expression", "adds_up"),
    [
        ("a", True),
        ("a + b", True),
        ("SUM([a, b])", True),
        ("MAX(METRICS())", True),
        ("FILL(a, 0)", True),
        ("FILL(a, 0) + FILL(b, REPEAT)", True),
        ("a / b", False),
        ("a - b", False),
        ("IF(a > 10, 1, 0)", False),
        ("100 * a", False),
        ("ANOMALY_DETECTION_BAND(a, 2)", False),
    ],
)
def test_members_of_expressions(expression: str, adds_up: bool) -> None:
    assembly = app(
        {**QUEUES, "A": computed({"Id": "e", "Expression": expression}, stat("a"), stat("b", att("R", "QueueName")))}
    )
    (member,) = on(assembly)
    assert member.path == "Metrics[1].MetricStat"
    if adds_up:
        assert member.fires_at_or_below(1)
    else:
        with pytest.raises(Undecided, match="expression of A"):
            member.fires_at_or_below(1)


def test_a_member_that_the_expression_does_not_use_is_not_watched() -> None:
    assembly = app(
        {**QUEUES, "A": computed({"Id": "e", "Expression": "b"}, stat("a"), stat("b", att("R", "QueueName")))}
    )
    assert not on(assembly, "Q")
    assert on(assembly, "R")


def test_expressions_of_expressions() -> None:
    inner = {"Id": "half", "Expression": "a / 2", "ReturnData": False}
    assembly = app({**QUEUES, "A": computed({"Id": "e", "Expression": "half + b"}, inner, stat("a"), stat("b"))})
    halved, whole = on(assembly)
    assert halved.expression == "half + b"
    assert whole.expression is None


def test_a_metric_that_is_returned_itself() -> None:
    assembly = app({**QUEUES, "A": computed(stat("a", returned=True))})
    (member,) = on(assembly)
    assert member.expression is None
    assert (member.statistic, member.period) == ("Maximum", 300)


def test_conditional_members() -> None:
    metrics = [{"Id": "e", "Expression": "a"}, when("IsProd", stat("a"), stat("a", att("R", "QueueName")))]
    assembly = app({**QUEUES, "A": computed(*metrics)}, **PROD)
    assert in_each_world(assembly, lambda: ids(on(assembly, "Q"))) == {"True": ["A"], "False": []}


def test_unknown_members() -> None:
    parameters = {"All": {"Type": "String"}}
    assembly = app({**QUEUES, "A": ("AWS::CloudWatch::Alarm", {"Metrics": ref("All")})}, Parameters=parameters)
    with pytest.raises(Undecided, match="parameter All"):
        bool(on(assembly))


def test_anomaly_bands_are_not_fixed() -> None:
    band = {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(a, 2)"}
    properties = {"ThresholdMetricId": "band", "ComparisonOperator": "GreaterThanUpperThreshold"}
    assembly = app({**QUEUES, "A": computed(band, stat("a", returned=True), **properties)})
    (member,) = on(assembly)
    assert member.is_anomaly_band
    with pytest.raises(Undecided, match="band of A"):
        member.fires_at_or_below(1)


def test_queries_over_all_queues() -> None:
    query = f'SELECT MAX({VISIBLE}) FROM SCHEMA("AWS/SQS", QueueName)'
    every = computed({"Id": "q", "Expression": f"{query} GROUP BY QueueName", "Period": 60})
    some = computed({"Id": "q", "Expression": f"{query} WHERE QueueName != 'x'", "Period": 60})
    assembly = app({**QUEUES, "A": every})
    (member,) = on(assembly)
    assert (member.statistic, member.period, member.fires_at_or_below(1)) == ("Maximum", 60, True)
    assert on(assembly, dimension="QueueName")
    assert not on(assembly, dimension="TopicName")
    with pytest.raises(Undecided, match="query of A"):
        bool(on(app({**QUEUES, "A": some})))


# Thresholds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "threshold", "fires"),
    [
        ("GreaterThanOrEqualToThreshold", 1, True),
        ("GreaterThanOrEqualToThreshold", "1", True),
        ("GreaterThanOrEqualToThreshold", 2, False),
        ("GreaterThanThreshold", 0, True),
        ("GreaterThanThreshold", 1, False),
        ("LessThanThreshold", 1, False),
        ("LessThanOrEqualToThreshold", 5, False),
    ],
)
def test_fires_at_or_below(operator: str, threshold: Any, fires: bool) -> None:
    assembly = app(
        {**QUEUES, "A": alarm({"QueueName": att("Q", "QueueName")}, ComparisonOperator=operator, Threshold=threshold)}
    )
    (one,) = on(assembly)
    assert one.fires_at_or_below(1) is fires


def test_an_unknown_threshold() -> None:
    resources = {**QUEUES, "A": alarm({"QueueName": att("Q", "QueueName")}, Threshold=ref("Depth"))}
    (one,) = on(app(resources, Parameters={"Depth": {"Type": "Number"}}))
    with pytest.raises(Undecided, match="parameter Depth"):
        one.fires_at_or_below(1)


def first_metric(**properties: Any) -> Any:
    return metrics_of(get(app({"A": alarm(**properties)}), "A"))[0]


def test_evaluation_settings_and_their_defaults() -> None:
    plain = first_metric(EvaluationPeriods=3)
    assert (plain.evaluation_periods, plain.datapoints, plain.treat_missing) == (3, 3, "missing")
    chosen = first_metric(EvaluationPeriods=3, DatapointsToAlarm="2", TreatMissingData="breaching")
    assert (chosen.datapoints, chosen.treat_missing) == (2, "breaching")


@pytest.mark.parametrize(("spelling", "percentile"), [("p95", 95.0), ("p99.9", 99.9), ("tm99", None), ("P50", 50.0)])
def test_percentiles(spelling: str, percentile: float | None) -> None:
    one = first_metric(Statistic={"Ref": "AWS::NoValue"}, ExtendedStatistic=spelling)
    assert one.statistic == spelling
    assert one.percentile == percentile


@pytest.mark.parametrize(
    ("namespace", "metric", "threshold", "milliseconds"),
    [
        ("AWS/ApplicationELB", "TargetResponseTime", 0.2, 200),
        ("AWS/ApiGateway", "Latency", 200, 200),
        ("AWS/ApiGateway", "IntegrationLatency", "150", 150),
        ("AWS/AppSync", "Latency", 300, 300),
        ("AWS/ElastiCache", "SuccessfulReadRequestLatency", 500, 0.5),
    ],
)
def test_thresholds_in_one_unit(namespace: str, metric: str, threshold: Any, milliseconds: float) -> None:
    one = first_metric(Namespace=namespace, MetricName=metric, Threshold=threshold)
    assert one.threshold_in("Milliseconds") == milliseconds


def test_units_of_own_metrics() -> None:
    assert first_metric(Namespace="Shop", MetricName="Wait", Unit="Seconds").threshold_in("Milliseconds") == 1000
    with pytest.raises(Undecided, match="unit of Wait"):
        first_metric(Namespace="Shop", MetricName="Wait").threshold_in("Milliseconds")
    assert time_unit("AWS/SQS", VISIBLE) is None


# Actions -----------------------------------------------------------------------------------------------------------


def acting(**properties: Any) -> Any:
    return app({"T": ("AWS::SNS::Topic", {}), "A": alarm(**properties)}, Parameters={"P": {"Type": "String"}})


def test_actions() -> None:
    assembly = acting(AlarmActions=[ref("T"), "arn:aws:swf:eu-west-1:1:action/x"], OKActions=["arn:ok"])
    topic, other = alarm_actions(get(assembly, "A"))
    assert topic.resource is get(assembly, "T")
    assert topic.path == "AlarmActions[0]"
    assert other.resource is None


def test_no_actions() -> None:
    assert not alarm_actions(get(acting(), "A"))
    assert not alarm_actions(get(acting(AlarmActions=[]), "A"))
    assert not alarm_actions(get(acting(AlarmActions=[ref("T")], ActionsEnabled="false"), "A"))


def test_unknown_actions() -> None:
    with pytest.raises(Undecided, match="parameter P"):
        bool(alarm_actions(get(acting(AlarmActions=ref("P")), "A")))
    with pytest.raises(Undecided, match="parameter P"):
        alarm_actions(get(acting(AlarmActions=[ref("T")], ActionsEnabled=ref("P")), "A"))
    # An action of which only the ARN is not known is an action.
    (action,) = alarm_actions(get(acting(AlarmActions=[ref("P")]), "A"))
    assert action.resource is None


def composite(rule: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    return "AWS::CloudWatch::CompositeAlarm", {"AlarmRule": rule, **more}


@pytest.mark.parametrize(
    "rule",
    [
        {"Fn::Sub": 'ALARM("${A.Arn}")'},
        {"Fn::Sub": "ALARM(${A}) OR ALARM(other)"},
        {"Fn::Join": ["", ['(ALARM("', ref("A"), '") AND NOT ALARM("quiet"))']]},
        'ALARM("depth")',
        "ALARM(arn:aws:cloudwatch:eu-west-1:111111111111:alarm:depth)",
        "NOT (NOT ALARM('depth'))",
    ],
)
def test_composite_alarms_act_for_their_members(rule: Any) -> None:
    assembly = app(
        {
            "T": ("AWS::SNS::Topic", {}),
            "A": alarm(AlarmName="depth"),
            "C": composite(rule, AlarmActions=[ref("T")]),
        }
    )
    assert composites_of(get(assembly, "A")) == [get(assembly, "C")]
    (action,) = alarm_actions(get(assembly, "A"))
    assert action.alarm is get(assembly, "C")
    assert not alarm_actions(get(assembly, "A"), composite=False)


@pytest.mark.parametrize(
    "rule", ['NOT ALARM("depth")', 'OK("depth")', 'ALARM("other")', 'NOT (TRUE AND ALARM("depth"))']
)
def test_composite_alarms_that_do_not_fire_for_it(rule: str) -> None:
    assembly = app({"A": alarm(AlarmName="depth"), "C": composite(rule, AlarmActions=["arn:x"])})
    assert not alarm_actions(get(assembly, "A"))


def test_composites_of_composites_and_loops() -> None:
    assembly = app(
        {
            "A": alarm(),
            "C": composite({"Fn::Sub": "ALARM(${A}) OR ALARM(${D})"}),
            "D": composite({"Fn::Sub": "ALARM(${C})"}, AlarmActions=["arn:x"]),
        }
    )
    assert [one.logical_id for one in composites_of(get(assembly, "A"))] == ["C", "D"]
    assert alarm_actions(get(assembly, "A"))


def test_conditional_rules_of_composites() -> None:
    rule = when("IsProd", {"Fn::Sub": "ALARM(${A})"}, {"Fn::Sub": "ALARM(${B})"})
    assembly = app({"A": alarm(), "B": alarm(), "C": composite(rule, AlarmActions=["arn:x"])}, **PROD)
    assert in_each_world(assembly, lambda: bool(alarm_actions(get(assembly, "A")))) == {"True": True, "False": False}


def test_the_language_of_rules() -> None:
    found = watched_alarms('ALARM("a b") OR (OK(b) AND NOT INSUFFICIENT_DATA("c")) AND TRUE')
    assert [(one.alarm, one.state, one.negated) for one in found] == [
        ("a b", "ALARM", False),
        ("b", "OK", False),
        ("c", "INSUFFICIENT_DATA", True),
    ]
    assert watched_alarms(None) == []
    assert watched_alarms("))) nonsense (") == []
