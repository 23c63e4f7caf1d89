"""What a dashboard shows."""

from __future__ import annotations

import json
from typing import Any

from readiness_pack.template.views import dashboard_metrics, dashboard_widgets, shown_on
from tests.views.building import app, get


def dashboard(body: Any, **more: Any) -> Any:
    resources = {
        "D": ("AWS::CloudWatch::Dashboard", {"DashboardBody": body}),
        "Q": ("AWS::SQS::Queue", {}),
        "R": ("AWS::SQS::Queue", {"QueueName": "orders"}),
    }
    return get(app(resources, **more), "D")


def drawn(*metrics: Any) -> str:
    return json.dumps({"widgets": [{"type": "metric", "properties": {"metrics": list(metrics)}}]})


def test_shorthand_is_written_out() -> None:
    found = dashboard_metrics(
        dashboard(
            drawn(
                ["AWS/EC2", "CPUUtilization", "InstanceId", "i-1", {"stat": "p99"}],
                [".", "NetworkIn", ".", "."],
                ["...", "i-2"],
                [{"expression": "m1 + m2"}],
                ["AWS/SQS", "Sent"],
            )
        )
    )
    assert [(one.namespace, one.metric, dict(one.dimensions)) for one in found] == [
        ("AWS/EC2", "CPUUtilization", {"InstanceId": "i-1"}),
        ("AWS/EC2", "NetworkIn", {"InstanceId": "i-1"}),
        ("AWS/EC2", "NetworkIn", {"InstanceId": "i-2"}),
        ("AWS/SQS", "Sent", {}),
    ]


def test_resources_by_reference_and_by_name() -> None:
    text = drawn(["AWS/SQS", "Sent", "QueueName", "${Q.QueueName}"], ["...", "orders"])
    assert [one.logical_id for one in shown_on(dashboard({"Fn::Sub": text}))] == ["Q", "R"]


def test_a_body_that_is_no_json() -> None:
    assert dashboard_widgets(dashboard("{widgets: []}")).reason == "the text is not JSON"


def test_an_unknown_body() -> None:
    found = dashboard_metrics(dashboard({"Ref": "Body"}, Parameters={"Body": {"Type": "String"}}))
    assert found.known == []
    assert found.reason == "parameter Body has no default"
