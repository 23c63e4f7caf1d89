"""Checks on dashboards."""

from __future__ import annotations

import re
from typing import Any

from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided, Value
from readiness_pack.template.views.dashboards import dashboard_metrics, dashboard_widgets, shown_on
from readiness_pack.template.views.partial import holds_for_any

_DASHBOARD = "AWS::CloudWatch::Dashboard"

KEY_TYPES: dict[str, tuple[str, ...]] = {
    "AWS::ApiGateway::RestApi": ("AWS/ApiGateway",),
    "AWS::ApiGatewayV2::Api": ("AWS/ApiGateway",),
    "AWS::AppSync::GraphQLApi": ("AWS/AppSync",),
    "AWS::CloudFront::Distribution": ("AWS/CloudFront",),
    "AWS::DocDB::DBCluster": ("AWS/DocDB",),
    "AWS::DynamoDB::GlobalTable": ("AWS/DynamoDB",),
    "AWS::DynamoDB::Table": ("AWS/DynamoDB",),
    "AWS::ECS::Service": ("AWS/ECS", "ECS/ContainerInsights"),
    "AWS::ElastiCache::ReplicationGroup": ("AWS/ElastiCache",),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("AWS/ApplicationELB", "AWS/NetworkELB"),
    "AWS::Lambda::Function": ("AWS/Lambda",),
    "AWS::Neptune::DBCluster": ("AWS/Neptune",),
    "AWS::OpenSearchService::Domain": ("AWS/ES",),
    "AWS::RDS::DBCluster": ("AWS/RDS",),
    "AWS::RDS::DBInstance": ("AWS/RDS",),
    "AWS::Redshift::Cluster": ("AWS/Redshift",),
    "AWS::SQS::Queue": ("AWS/SQS",),
}
"""Entry points, functions, services, queues and databases, with the namespaces of their metrics."""

# The dimension by which a metric names a resource where that is not its physical name.
_NAMED_BY = {"AWS::ApiGateway::RestApi": "Name", "AWS::ElastiCache::ReplicationGroup": "ReplicationGroupId"}
# The nodes of a replication group are called after it: orders-001.
_NODE = re.compile(r"-\d{3}$")
_NAMESPACE = re.compile(r"\b(?:AWS|ECS)/\w+")
_SEARCHES = re.compile(r"\bSEARCH\s*\(|\bSELECT\b", re.IGNORECASE)
_LISTED = 5


def key_resources_are_shown(rule: Rule, assembly: Assembly) -> Verdicts:
    """The dashboards of the app together show most of what the system consists of."""
    wanted = [one for one in assembly.of_type(*KEY_TYPES) if _counts(one)]
    if not wanted:
        return NOT_APPLICABLE
    dashboards = assembly.of_type(_DASHBOARD)
    if not dashboards:
        return fail(detail="none", reason=f"the app has no dashboard for its {len(wanted)} key resources")
    shown = _Shown(dashboards)
    unseen = [one for one in wanted if not shown.has(one)]
    least = rule["min_coverage"]
    if len(wanted) - len(unseen) >= least * len(wanted):
        return PASS
    if shown.doubt is not None:
        return unknown(shown.doubt)
    names = ", ".join(one.logical_id for one in unseen[:_LISTED]) + (", ..." if len(unseen) > _LISTED else "")
    seen = f"{len(wanted) - len(unseen)} of {len(wanted)} key resources"
    return fail(detail="coverage", reason=f"its dashboards show {seen} and leave out {names}")


def _counts(resource: Resource) -> bool:
    if resource.managed_by_cdk:
        return False
    member = resource.type == "AWS::RDS::DBInstance" and resource.get("DBClusterIdentifier") is not None
    return not member  # instances of a cluster are seen with it


class _Shown:
    """What dashboards show: resources, names, and everything of a namespace where a widget searches it."""

    def __init__(self, dashboards: list[Resource]) -> None:
        self.resources: set[Resource] = set()
        self.names: set[str] = set()
        self.namespaces: set[str] = set()
        self.doubt: str | None = None
        for dashboard in dashboards:
            self._add(dashboard)

    def _add(self, dashboard: Resource) -> None:
        for resource in shown_on(dashboard):
            self.resources.add(resource)
            if resource.type == "AWS::CloudWatch::Alarm":
                self.resources.update(resource.targets())  # an alarm widget draws what its alarm watches
        metrics = dashboard_metrics(dashboard)
        self.doubt = self.doubt or metrics.reason
        for metric in metrics.known:
            self.names.update(value for value in metric.dimensions.values() if isinstance(value, str))
        for widget in dashboard_widgets(dashboard).known:
            for text in _texts(widget):
                if _SEARCHES.search(text):
                    self.namespaces.update(_NAMESPACE.findall(text))

    def has(self, resource: Resource) -> bool:
        if resource in self.resources or self.namespaces.intersection(KEY_TYPES[resource.type]):
            return True
        path = _NAMED_BY.get(resource.type)
        try:
            return path is not None and self._names(resource.get(path))
        except Undecided as undecided:
            self.doubt = self.doubt or undecided.reason
            return False

    def _names(self, name: Value) -> bool:
        return name is not None and holds_for_any(
            sorted(self.names), lambda one: bool(one == name) or bool(_NODE.sub("", one) == name)
        )


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [] if value is None or isinstance(value, bool | int | float) else [str(value)]
