"""What a CloudWatch dashboard shows.

The body is the JSON of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from readiness_pack.template.values import Text, Unknown, Value
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.naming import named_resource, references_of
from readiness_pack.template.views.partial import Partial, once_a_world

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource


@dataclass(frozen=True, slots=True, eq=False)
class DashboardMetric:
    """A metric on a dashboard.

    Args:
        namespace: e.g. ``AWS/SQS``.
        metric: its name.
        dimensions: dimension name -> value.
    """

    namespace: Value
    metric: Value
    dimensions: Mapping[str, Value]


def dashboard_widgets(dashboard: Resource) -> Partial[dict[str, Any]]:
    """The widgets of an ``AWS::CloudWatch::Dashboard``; incomplete where the body is not known.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"D": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {
        ...     "DashboardBody": '{"widgets": [{"type": "text", "properties": {"markdown": "# Orders"}}]}'}}}})
        >>> [widget["type"] for widget in dashboard_widgets(app.all_resources[0])]
        ['text']
    """
    assembly = dashboard.assembly
    body = once_a_world(assembly, ("dashboard", dashboard), lambda: json_document(dashboard.get("DashboardBody")))
    found: Partial[dict[str, Any]] = Partial()
    widgets = body.get("widgets") if isinstance(body, dict) else body
    for widget in widgets if isinstance(widgets, list) else [widgets]:
        if isinstance(widget, dict):
            found.append(widget)
        elif widget is not None:
            found.lacking(widget.reason if isinstance(widget, Unknown | Text) else "the dashboard's body is not known")
    return found


def dashboard_metrics(dashboard: Resource) -> Partial[DashboardMetric]:
    """The metrics that the widgets of ``dashboard`` draw, with ``.`` and ``...`` written out.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"D": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {
        ...     "DashboardBody": '{"widgets": [{"type": "metric", "properties": {"metrics": ['
        ...         '["AWS/SQS", "NumberOfMessagesSent", "QueueName", "orders"], ["...", "failed"]]}}]}'}}}})
        >>> [(one.metric, one.dimensions) for one in dashboard_metrics(app.all_resources[0])]
        [('NumberOfMessagesSent', {'QueueName': 'orders'}), ('NumberOfMessagesSent', {'QueueName': 'failed'})]
    """
    widgets = dashboard_widgets(dashboard)
    found: Partial[DashboardMetric] = Partial(reason=widgets.reason)
    for widget in widgets.known:
        properties = widget.get("properties")
        metrics = properties.get("metrics") if isinstance(properties, dict) else None
        before: list[Value] = []
        for entry in metrics if isinstance(metrics, list) else ():
            if not isinstance(entry, list):
                found.lacking(entry.reason if isinstance(entry, Unknown) else "a metric of the dashboard is not known")
                continue
            before = _written_out([part for part in entry if not isinstance(part, dict)], before)
            if len(before) >= 2:
                names, values = before[2::2], before[3::2]
                found.append(DashboardMetric(before[0], before[1], dict(zip(map(str, names), values, strict=False))))
    return found


def _written_out(entry: list[Value], before: list[Value]) -> list[Value]:
    if entry and isinstance(entry[0], str) and entry[0] == "...":
        rest = entry[1:]
        entry = [*before[: max(len(before) - len(rest), 0)], *rest]
    return [
        before[number] if isinstance(part, str) and part == "." and number < len(before) else part
        for number, part in enumerate(entry)
    ]


def shown_on(dashboard: Resource) -> list[Resource]:
    """The resources of the app that ``dashboard`` is about: by reference, or by a literal name as a dimension's value.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}},
        ...     "D": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": {"Fn::Sub":
        ...         '{"widgets": [{"properties": {"metrics": [["AWS/SQS", "Sent", "QueueName", "orders"]]}}]}'}}}}})
        >>> shown_on(app.of_type("AWS::CloudWatch::Dashboard")[0])
        [<AWS::SQS::Queue Template/Q>]
    """
    found = dict.fromkeys(references_of(dashboard_widgets(dashboard).known))
    for metric in dashboard_metrics(dashboard).known:
        for value in metric.dimensions.values():
            named = named_resource(dashboard.assembly, value)
            if named is not None:
                found[named] = None
    return list(found)
