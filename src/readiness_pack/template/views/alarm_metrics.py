"""The metrics that a CloudWatch alarm watches, whichever of its spellings it uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from readiness_pack.template.values import Text, Undecided, Unknown, Value, is_known
from readiness_pack.template.views.metric_units import SECONDS, TimeUnit, time_unit
from readiness_pack.template.views.partial import Partial, once_a_world

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource

_UPWARD = {"GreaterThanOrEqualToThreshold": True, "GreaterThanThreshold": False}
_ID = re.compile(r"\b[a-z]\w*\b")
_FILL = re.compile(r"\bFILL\s*\(\s*([\w()]+)\s*,[^)]*\)")
_ADDING_UP = re.compile(r"(?:SUM|MAX|METRICS\(\)|[a-z]\w*|[\s+,()\[\]])*")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
_QUERY = re.compile(
    r"\s*SELECT\s+(?P<function>AVG|COUNT|MAX|MIN|SUM)\s*\(\s*\"?(?P<metric>[^\")]+?)\"?\s*\)\s+FROM\s+"
    r"(?:SCHEMA\s*\(\s*\"?(?P<schema>[^\",)]+)\"?(?P<dimensions>[^)]*)\)|\"(?P<namespace>[^\"]+)\")(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_STATISTICS = {"AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum"}


@dataclass(frozen=True, slots=True, eq=False)
class MetricAlarm:
    """One metric of one alarm.

    Args:
        resource: the ``AWS::CloudWatch::Alarm``.
        path: where the metric stands in it: ``""`` for the alarm itself, or ``Metrics[1].MetricStat``.
        namespace: e.g. ``AWS/SQS``.
        metric: the metric's name.
        dimensions: dimension name -> value.
        statistic: ``Average``, ``Sum``, ``Maximum``, ``p95`` ..., however it is spelled.
        period: in seconds.
        expression: the metric-math expression whose result is compared with the threshold; ``None`` where it is this
            metric itself, or an expression that only adds up or fills in metrics.
        unit: the ``Unit`` that the alarm asks for; ``None`` where it takes any.
        query: the ``WHERE`` part and dimension names of a Metrics Insights query; ``None`` for any other metric.
    """

    resource: Resource
    path: str
    namespace: Value
    metric: Value
    dimensions: Mapping[str, Value]
    statistic: Value
    period: Value
    expression: Value = None
    unit: Value = None
    query: Query | None = None

    @property
    def threshold(self) -> float | int | None:
        """The fixed threshold in the metric's own unit; ``None`` where an anomaly band takes its place."""
        return self.resource.number("Threshold")

    @property
    def comparison(self) -> Value:
        """The ``ComparisonOperator``."""
        return self.resource.get("ComparisonOperator")

    @property
    def evaluation_periods(self) -> float | int | None:
        """How many periods are looked at."""
        return self.resource.number("EvaluationPeriods")

    @property
    def datapoints(self) -> float | int | None:
        """How many of them must breach the threshold; all of them where ``DatapointsToAlarm`` is absent."""
        return self.resource.number("DatapointsToAlarm", self.evaluation_periods)

    @property
    def treat_missing(self) -> Value:
        """What missing data counts as; ``missing`` where absent."""
        return self.resource.get("TreatMissingData", "missing")

    @property
    def is_anomaly_band(self) -> bool:
        """Whether the threshold is a band that CloudWatch learns."""
        return self.resource.get("ThresholdMetricId") is not None

    @property
    def percentile(self) -> float | None:
        """95.0 for ``p95``, ``None`` for other statistics. Raises :class:`Undecided` where it is not known."""
        if not is_known(self.statistic):
            self.statistic.undecided()
        match = re.fullmatch(r"[pP](\d+(?:\.\d+)?)", str(self.statistic))
        return float(match[1]) if match else None

    def threshold_in(self, unit: TimeUnit) -> float | None:
        """The threshold of a time metric converted to ``unit``.

        Args:
            unit: ``Seconds``, ``Milliseconds`` or ``Microseconds``.

        Raises:
            Undecided: the metric's own unit, the threshold, or what the expression makes of it is not known.

        Example:
            >>> from readiness_pack.template import Assembly
            >>> app = Assembly.from_template({"Resources": {"Slow": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
            ...     "Namespace": "AWS/ApplicationELB", "MetricName": "TargetResponseTime", "Threshold": 0.2}}}})
            >>> metrics_of(app.of_type("AWS::CloudWatch::Alarm")[0])[0].threshold_in("Milliseconds")
            200.0
        """
        if self.expression is not None:
            raise Undecided(f"what the expression of {self.resource.logical_id} makes of {self.metric} is not known")
        for part in (self.namespace, self.metric, self.unit):
            if not is_known(part):
                part.undecided()
        own = time_unit(str(self.namespace), str(self.metric)) or (self.unit if self.unit in SECONDS else None)
        if own is None:
            raise Undecided(f"the unit of {self.metric} is not known")
        threshold = self.threshold
        # Rounded, so that 0.2 s is 200 ms and not 200.00000000000003 ms.
        return None if threshold is None else round(threshold * SECONDS[own] / SECONDS[unit], 9)

    def fires_at_or_below(self, value: float) -> bool:
        """Whether the alarm goes off by the time its metric has risen to ``value``.

        An alarm on a falling metric never does. ``> 0`` and ``>= 1`` both fire at 1.

        Raises:
            Undecided: the threshold or operator is not known, or an expression or anomaly band stands between.

        Example:
            >>> from readiness_pack.template import Assembly
            >>> app = Assembly.from_template({"Resources": {"Any": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
            ...     "Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Threshold": 0,
            ...     "ComparisonOperator": "GreaterThanThreshold"}}}})
            >>> alarm = metrics_of(app.of_type("AWS::CloudWatch::Alarm")[0])[0]
            >>> alarm.fires_at_or_below(1), alarm.fires_at_or_below(0)
            (True, False)
        """
        comparison = self.comparison
        if comparison is None:
            return False
        if not is_known(comparison):
            comparison.undecided()
        inclusive = _UPWARD.get(str(comparison))
        if self.is_anomaly_band:
            raise Undecided(f"the band of {self.resource.logical_id} is learnt after deployment")
        if inclusive is None:
            return False
        if self.expression is not None:
            raise Undecided(f"what the expression of {self.resource.logical_id} makes of {self.metric} is not known")
        threshold = self.threshold
        if threshold is None:
            return False
        return threshold <= value if inclusive else threshold < value


@dataclass(frozen=True, slots=True)
class Query:
    """What a Metrics Insights query selects by: the dimensions of its schema, and whether it filters them."""

    dimensions: tuple[str, ...]
    filtered: bool


def metrics_of(alarm: Resource) -> Partial[MetricAlarm]:
    """The metrics that ``alarm`` watches.

    Args:
        alarm: an ``AWS::CloudWatch::Alarm``.

    Returns:
        One entry a metric: the alarm's own, or those that its expression uses; incomplete where some are not known.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Rate": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        ...     "Metrics": [{"Id": "rate", "Expression": "errors / calls"},
        ...         {"Id": "errors", "ReturnData": False, "MetricStat": {"Stat": "Sum", "Period": 60,
        ...             "Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors"}}},
        ...         {"Id": "calls", "ReturnData": False, "MetricStat": {"Stat": "Sum", "Period": 60,
        ...             "Metric": {"Namespace": "AWS/Lambda", "MetricName": "Invocations"}}}]}}}})
        >>> [(one.metric, one.expression) for one in metrics_of(app.of_type("AWS::CloudWatch::Alarm")[0])]
        [('Errors', 'errors / calls'), ('Invocations', 'errors / calls')]
    """
    return once_a_world(alarm.assembly, ("metrics of", alarm), lambda: _metrics(alarm))


def _metrics(alarm: Resource) -> Partial[MetricAlarm]:
    found: Partial[MetricAlarm] = Partial()
    if alarm.get("MetricName") is not None:
        statistic = alarm.get("Statistic")
        found.append(
            MetricAlarm(
                alarm,
                "",
                alarm.get("Namespace"),
                alarm.get("MetricName"),
                _dimensions(alarm.get("Dimensions"), found),
                alarm.get("ExtendedStatistic") if statistic is None else statistic,
                alarm.get("Period"),
                unit=alarm.get("Unit"),
            )
        )
    queries = _Queries(alarm, found)
    queries.read()
    return found


@dataclass(slots=True)
class _Queries:
    """The ``Metrics`` of an alarm."""

    alarm: Resource
    found: Partial[MetricAlarm]
    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)

    def read(self) -> None:
        entries: list[tuple[str, dict[str, Any]]] = []
        for path, entry in self.alarm.each("Metrics[*]"):
            if isinstance(entry, dict):
                entries.append((path, entry))
                if isinstance(entry.get("Id"), str):
                    self.by_id[entry["Id"]] = entry
            elif entry is not None:
                self.found.lacking(entry.reason if isinstance(entry, Unknown) else f"{entry} is no metric")
        returned = [entry for _, entry in entries if _is_returned(entry)]
        for path, entry in entries:
            expression = self._compared(entry, returned)
            if expression is not _UNUSED:
                self._read(path, entry, expression)

    def _compared(self, entry: dict[str, Any], returned: list[dict[str, Any]]) -> Value:
        """The expression through which ``entry`` meets the threshold; ``None`` directly, ``_UNUSED`` not at all."""
        if _is_returned(entry) or not returned:
            return None
        for result in returned:
            expression = result.get("Expression")
            used, transparent = self._uses(expression, entry.get("Id"), frozenset())
            if used:
                return None if transparent else expression
        return _UNUSED

    def _uses(self, expression: Value, wanted: Any, seen: frozenset[str]) -> tuple[bool, bool]:
        """Whether ``expression`` uses metric ``wanted``, and whether it only adds up or fills in."""
        if not isinstance(expression, str):
            return expression is not None, False
        bare = _FILL.sub(r"\1", expression)
        transparent = _ADDING_UP.fullmatch(bare) is not None
        used = "METRICS(" in bare
        for name in _ID.findall(bare):
            if name == wanted:
                used = True
            elif name not in seen and "Expression" in self.by_id.get(name, {}):
                inner_used, inner = self._uses(self.by_id[name]["Expression"], wanted, seen | {name})
                if inner_used:
                    used, transparent = True, transparent and inner
        return used, transparent

    def _read(self, path: str, entry: dict[str, Any], expression: Value) -> None:
        stat = entry.get("MetricStat")
        if isinstance(stat, dict):
            metric = stat.get("Metric")
            if isinstance(metric, dict):
                self.found.append(
                    MetricAlarm(
                        self.alarm,
                        f"{path}.MetricStat",
                        metric.get("Namespace"),
                        metric.get("MetricName"),
                        _dimensions(metric.get("Dimensions"), self.found),
                        stat.get("Stat"),
                        stat.get("Period"),
                        expression,
                        stat.get("Unit"),
                    )
                )
                return
            stat = metric
        if stat is not None:
            self.found.lacking(stat.reason if isinstance(stat, Unknown | Text) else f"{stat} is no metric")
        query = entry.get("Expression")
        match = _QUERY.fullmatch(query) if isinstance(query, str) else None
        if match is not None:
            self._query(path, entry, match, expression)

    def _query(self, path: str, entry: dict[str, Any], match: re.Match[str], expression: Value) -> None:
        names = tuple(name.strip(' "') for name in (match["dimensions"] or "").split(",") if name.strip())
        filtered = re.search(r"\bWHERE\b", match["rest"], re.IGNORECASE) is not None
        self.found.append(
            MetricAlarm(
                self.alarm,
                path,
                match["schema"] or match["namespace"],
                match["metric"],
                {},
                _STATISTICS[match["function"].upper()],
                entry.get("Period"),
                expression,
                query=Query(names, filtered),
            )
        )


_UNUSED = object()


def _is_returned(entry: dict[str, Any]) -> bool:
    """Whether the alarm compares this entry with its threshold; ``ReturnData`` is true where absent."""
    value = entry.get("ReturnData", True)
    return not (value is False or (isinstance(value, str) and value.lower() == "false"))


def _dimensions(value: Value, found: Partial[MetricAlarm]) -> dict[str, Value]:
    dimensions: dict[str, Value] = {}
    if value is None:
        return dimensions
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict) and isinstance(entry.get("Name"), str):
            dimensions[entry["Name"]] = entry.get("Value")
        else:
            found.lacking(entry.reason if isinstance(entry, Unknown) else f"the dimension {entry} is not known")
    return dimensions
