"""What a data store should report: log types it can export, metrics that need an alarm."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from readiness_pack.data._tables import Content, load


class LogSwitch(msgspec.Struct, frozen=True):
    """A parameter without which an exported log stays empty.

    Args:
        parameter: its name in the (cluster) parameter group.
        inactive: the values, besides absence, that leave the log empty.
    """

    parameter: str
    inactive: tuple[str, ...]


class DatabaseLogs(msgspec.Struct, frozen=True):
    """The log types of an engine.

    Args:
        exportable: what ``EnableCloudwatchLogsExports`` accepts.
        required: what a production database should export by default.
        switches: by log type, the parameter that must be set beside the export.
    """

    exportable: tuple[str, ...]
    required: tuple[str, ...]
    switches: dict[str, LogSwitch]


class StoreMetric(msgspec.Struct, frozen=True):
    """A metric that tells of trouble.

    Args:
        name: in CloudWatch.
        bad: the side of a threshold on which trouble lies.
        required: whether every store should have an alarm on it.
        readers: whether it is only meant where the cluster has more than one instance.
    """

    name: str
    bad: Literal["above", "below"]
    required: bool = True
    readers: bool = False


class StoreMetrics(msgspec.Struct, frozen=True):
    """The metrics of a kind of data store.

    Args:
        namespace: in CloudWatch.
        dimensions: the names under which an alarm may address the store.
        metrics: required ones and helpful ones.
    """

    namespace: str
    dimensions: tuple[str, ...]
    metrics: tuple[StoreMetric, ...]


class _Logs(Content, frozen=True):
    entries: dict[str, DatabaseLogs]


class _Metrics(Content, frozen=True):
    entries: dict[str, StoreMetrics]


def database_logs(engine: str) -> DatabaseLogs | None:
    """The log types of ``engine``, as in the ``Engine`` property; ``None`` where the table does not know it.

    ``docdb`` and ``neptune`` stand for clusters of DocumentDB and Neptune. The editions of Oracle, SQL Server and Db2
    (``oracle-ee``, ``sqlserver-se``, ``custom-sqlserver-se``, ``db2-ae``) count as one engine each.

    Example:
        >>> database_logs("aurora-postgresql").required
        ('postgresql',)
        >>> "error" in database_logs("sqlserver-se").exportable
        True
    """
    known = _logs()
    family = engine.removeprefix("custom-").partition("-")[0]
    return known.get(engine) or (known.get(family) if family in {"db2", "oracle", "sqlserver"} else None)


def store_metrics(resource_type: str, engine: str | None = None) -> StoreMetrics | None:
    """The metrics of ``resource_type``; ``None`` where the table does not know the type.

    Args:
        resource_type: such as ``AWS::RDS::DBCluster``.
        engine: the ``Engine`` property, where the type has one.

    Example:
        >>> [metric.name for metric in store_metrics("AWS::DAX::Cluster").metrics if metric.required]
        ['CPUUtilization']
    """
    known = _metrics()
    family = str(engine or "").partition("-")[0]
    return known.get(f"{resource_type} {family}") or known.get(resource_type)


def metered_stores() -> frozenset[str]:
    """The resource types that :func:`store_metrics` knows."""
    return frozenset(key.partition(" ")[0] for key in _metrics())


@cache
def _logs() -> dict[str, DatabaseLogs]:
    return load("database_logs", _Logs).entries


@cache
def _metrics() -> dict[str, StoreMetrics]:
    return load("database_metrics", _Metrics).entries
