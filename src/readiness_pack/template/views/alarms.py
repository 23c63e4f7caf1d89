"""Alarms by what they watch: namespace, metric and the resource behind a dimension.

An alarm may watch a metric itself, use it in a metric-math expression or an anomaly band, or select it with a Metrics
Insights query; :class:`MetricAlarm` is one metric of one alarm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from readiness_pack.template.names import NAME_PROPERTIES
from readiness_pack.template.resource import Resource
from readiness_pack.template.values import Text, Undecided, Unknown, Value, is_known
from readiness_pack.template.views.alarm_metrics import MetricAlarm, metrics_of
from readiness_pack.template.views.metric_dimensions import misnamed
from readiness_pack.template.views.naming import mentions, references_of
from readiness_pack.template.views.partial import Partial, holds_for_all, once_an_app

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly

_ALARM = "AWS::CloudWatch::Alarm"

# Types whose metrics carry a name that is a property, where names.NAME_PROPERTIES does not say so (names that do not
# identify a resource elsewhere): the dimension's value is that property's.
_NAMED_IN_METRICS = {
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::ApplicationSignals::ServiceLevelObjective": "Name",
    "AWS::CodeBuild::Project": "Name",
    "AWS::DAX::Cluster": "ClusterName",
    "AWS::DocDB::DBCluster": "DBClusterIdentifier",
    "AWS::ElastiCache::CacheCluster": "ClusterName",
    "AWS::ElastiCache::ServerlessCache": "ServerlessCacheName",
    "AWS::MSK::Cluster": "ClusterName",
    "AWS::Neptune::DBCluster": "DBClusterIdentifier",
    "AWS::NetworkFirewall::Firewall": "FirewallName",
    "AWS::Synthetics::Canary": "Name",
}


def alarms_on(
    namespace: str, metrics: str | Iterable[str], target: Resource | Assembly, dimension: str | None = None
) -> Partial[MetricAlarm]:
    """The alarms on metrics of a resource, or of the account.

    Args:
        namespace: e.g. ``AWS/SQS``.
        metrics: one metric name, or several of which any counts.
        target: the resource that a dimension's value must refer to: by reference, by its literal name, or by the same
            expression as its name; an assembly for metrics that need not belong to a resource.
        dimension: the dimension that must refer to it; any where not given.

    Returns:
        The alarms' metrics; incomplete where an alarm may be on the target, so that ``any(...)`` over it and ``if not
        alarms`` raise :class:`Undecided` only where it matters.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Failed": {"Type": "AWS::SQS::Queue"},
        ...     "Any": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        ...         "Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Threshold": 1,
        ...         "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        ...         "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["Failed", "QueueName"]}}]}}}})
        >>> found = alarms_on("AWS/SQS", "ApproximateNumberOfMessagesVisible", app.of_type("AWS::SQS::Queue")[0])
        >>> any(alarm.fires_at_or_below(1) for alarm in found)
        True
    """
    wanted = {metrics} if isinstance(metrics, str) else set(metrics)
    assembly, resource = (target.assembly, target) if isinstance(target, Resource) else (target, None)
    index = once_an_app(assembly, "alarms", lambda: _index(assembly))
    found: Partial[MetricAlarm] = Partial()
    for alarm in index.candidates(namespace, wanted, resource):
        _include(alarm, namespace, wanted, resource, dimension, found)
    return found


def _include(
    alarm: Resource,
    namespace: str,
    metrics: set[str],
    resource: Resource | None,
    dimension: str | None,
    found: Partial[MetricAlarm],
) -> None:
    if not alarm.exists():
        return
    members = metrics_of(alarm)
    found.lacking(members.reason)
    for member in members.known:
        # Each may be undecided, and either may still rule the alarm out.
        asked: list[Callable[[], bool]] = [partial(_is_on, member, namespace, metrics)]
        if resource is not None:
            asked.append(partial(concerns, member, resource, dimension))
        try:
            if holds_for_all(asked, lambda question: question()):
                found.append(member)
        except Undecided as undecided:
            found.lacking(undecided.reason)


def _is_on(member: MetricAlarm, namespace: str, metrics: set[str]) -> bool:
    return bool(member.namespace == namespace) and any(bool(member.metric == metric) for metric in metrics)


def concerns(member: MetricAlarm, resource: Resource, dimension: str | None = None) -> bool:
    """Whether a dimension of ``member`` refers to ``resource``.

    Args:
        member: a metric of an alarm.
        resource: what it should be about.
        dimension: the dimension to look at; any where not given.

    Raises:
        Undecided: a dimension's value is not known, so that it may.
    """
    if member.query is not None:
        if dimension is not None and dimension not in member.query.dimensions:
            return False
        if member.query.filtered:
            raise Undecided(f"the query of {member.resource.logical_id} selects by conditions that are not evaluated")
        return True
    doubt: Undecided | None = None
    for name, value in member.dimensions.items():
        if dimension is not None and name != dimension:
            continue
        if misnamed(member.namespace, name, value) is not None:
            continue
        try:
            if _refers(value, member.resource, resource):
                return True
        except Undecided as undecided:
            doubt = doubt or undecided
    if doubt is not None and not _is_about_another(member, resource):
        raise doubt
    return False


def _is_about_another(member: MetricAlarm, resource: Resource) -> bool:
    """Whether a dimension refers to another resource of the same type, so that what the others hold does not matter."""
    return any(other.type == resource.type for value in member.dimensions.values() for other in references_of(value))


def _refers(value: Value, alarm: Resource, resource: Resource) -> bool:
    if mentions(value, resource):
        return True
    own = _own_name(resource)
    if isinstance(value, str):
        # The members of a replication group are called after it: orders-001.
        is_member = resource.type == "AWS::ElastiCache::ReplicationGroup" and value[:-4] == own
        return isinstance(own, str) and (value == own or is_member)
    spelling = _spelling(value) if alarm.stack is resource.stack else None
    if spelling is not None and own is not None and spelling == _spelling(own):
        return True
    if isinstance(value, Unknown) and value.target is None and value.kind != "pseudo":
        # A parameter or an import may hold the name of anything, also of a resource of this app.
        raise Undecided(value.reason)
    if isinstance(value, Text) and not references_of(value) and isinstance(own, str) and value.could_be(own):
        value.undecided()
    return False


def _own_name(resource: Resource) -> Value:
    if resource.literal_name is not None and resource.type not in _NAMED_IN_METRICS:
        return resource.literal_name
    path = _NAMED_IN_METRICS.get(resource.type) or NAME_PROPERTIES.get(resource.type)
    own = None if path is None else resource.get(path)
    if own is None and resource.type == "AWS::ApiGateway::RestApi":
        return resource.get("Body.info.title")  # an API takes its name from its definition
    return own


def _spelling(value: Value) -> str | None:
    """A partly known value in a form that is equal for equal expressions of one template."""
    parts = value.parts if isinstance(value, Text) else (value,)
    if any(isinstance(part, Unknown) and part.name is None for part in parts) or all(is_known(part) for part in parts):
        return None
    return "".join(str(part) for part in parts)


def _names(resource: Resource) -> tuple[str, ...]:
    """The texts by which a dimension may name ``resource``, in whatever world."""
    assembly = resource.assembly

    def every() -> tuple[str, ...]:
        values = assembly.alternatives(lambda: _own_name(resource))
        return tuple(dict.fromkeys(value for _, value in values if isinstance(value, str)))

    return once_an_app(assembly, ("names in metrics", resource), every)


# The index ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Bucket:
    """The alarms on one metric, by what their dimensions hold."""

    every: dict[Resource, None] = field(default_factory=dict)
    by_target: dict[Resource, dict[Resource, None]] = field(default_factory=lambda: defaultdict(dict))
    by_text: dict[str, dict[Resource, None]] = field(default_factory=lambda: defaultdict(dict))
    open: dict[Resource, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Index:
    """Which alarms may be on which metric of which resource, in whatever world."""

    buckets: dict[tuple[str, str], _Bucket] = field(default_factory=lambda: defaultdict(_Bucket))
    open: dict[Resource, None] = field(default_factory=dict)

    def candidates(self, namespace: str, metrics: set[str], resource: Resource | None) -> list[Resource]:
        """The alarms that may be on one of ``metrics`` of ``resource``, or of anything."""
        found: dict[Resource, None] = {}
        for metric in sorted(metrics):
            bucket = self.buckets.get((namespace, metric))
            if bucket is None:
                continue
            if resource is None:
                found |= bucket.every
                continue
            found |= bucket.by_target.get(resource, {})
            for name in _names(resource):
                found |= bucket.by_text.get(name, {})
            found |= bucket.open
        return list(found | self.open)

    def add(self, alarm: Resource) -> None:
        members = alarm.assembly.alternatives(lambda: metrics_of(alarm))
        if not members:
            self.open[alarm] = None
        for _, found in members:
            if found.reason is not None:
                self.open[alarm] = None
            for member in found.known:
                self._file(alarm, member)

    def _file(self, alarm: Resource, member: MetricAlarm) -> None:
        if not isinstance(member.namespace, str) or not isinstance(member.metric, str):
            self.open[alarm] = None
            return
        bucket = self.buckets[member.namespace, member.metric]
        bucket.every[alarm] = None
        if member.query is not None:
            bucket.open[alarm] = None
        for value in member.dimensions.values():
            targets = references_of(value)
            for target in targets:
                bucket.by_target[target][alarm] = None
            if isinstance(value, str):
                bucket.by_text[value][alarm] = None
                bucket.by_text[value[:-4]][alarm] = None
                named = alarm.assembly.graph.named(value)
                if named is not None:
                    bucket.by_target[named][alarm] = None
            elif not targets and getattr(value, "kind", "") != "pseudo":
                bucket.open[alarm] = None


def _index(assembly: Assembly) -> _Index:
    index = _Index()
    for alarm in assembly.by_type.get(_ALARM, ()):
        index.add(alarm)
    return index
