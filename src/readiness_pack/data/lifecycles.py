"""Until when AWS supports what runs a workload: Lambda runtimes, engine versions, instance families."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

import msgspec

from readiness_pack.data._tables import Content, load

ComputeService = Literal["ec2", "elasticache", "opensearch", "rds"]


class LambdaRuntime(msgspec.Struct, frozen=True):
    """The end of a Lambda runtime.

    Args:
        deprecated: from this day on the runtime gets no more patches.
        create_blocked: from this day on no function can be created with it.
        update_blocked: from this day on no function that uses it can be updated.
        successor: the newest runtime of the same language, ``None`` where it is that itself.
    """

    deprecated: date | None
    create_blocked: date | None
    update_blocked: date | None
    successor: str | None


class EngineSupport(msgspec.Struct, frozen=True):
    """Until when a version of an engine is supported.

    Args:
        standard: the last day of standard support, ``None`` where AWS has announced none.
        extended: the last day of extended support, which is charged for; ``None`` where none is announced.
        version: the version of the calendar that decided, such as ``8.0`` for 8.0.35.
    """

    standard: date | None
    extended: date | None
    version: str = ""


class InstanceFamily(msgspec.Struct, frozen=True):
    """An instance family that should not be chosen anew.

    Args:
        status: ``previous`` where AWS lists it as previous generation; ``superseded`` where a newer generation of the
            same kind is offered.
        successors: families to take instead.
        family: its name, such as ``m4`` or ``db.m4``.
    """

    status: Literal["previous", "superseded"]
    successors: tuple[str, ...]
    family: str = ""


class _Runtimes(Content, frozen=True):
    entries: dict[str, LambdaRuntime]


class _Engines(Content, frozen=True):
    entries: dict[str, EngineSupport]


class _Families(Content, frozen=True):
    entries: dict[str, InstanceFamily]


def lambda_runtime(runtime: str) -> LambdaRuntime | None:
    """The dates of ``runtime``, such as ``python3.12``; ``None`` where the table does not know it.

    Example:
        >>> lambda_runtime("python3.8").deprecated.isoformat()
        '2024-10-14'
    """
    return _runtimes().get(runtime)


def lambda_runtimes() -> dict[str, LambdaRuntime]:
    """Every runtime that the table knows, by its identifier."""
    return dict(_runtimes())


def engine_support(engine: str, version: str) -> EngineSupport | None:
    """Until when ``version`` of ``engine`` is supported; ``None`` where the table does not know the version.

    Args:
        engine: ``aurora-mysql``, ``aurora-postgresql``, ``docdb``, ``eks``, ``elasticsearch``, ``kafka``, ``mariadb``,
            ``mysql``, ``neptune``, ``opensearch``, ``postgres``, ``redis`` or ``valkey``: the value of the property
            ``Engine`` where the type has one.
        version: as in the template: ``16.4``, ``8.0.mysql_aurora.3.08.0``, ``3.6.0``, ``6.x``, ``OpenSearch_2.11``.

    Example:
        >>> support = engine_support("mysql", "8.0.35")
        >>> support.version, support.standard.isoformat()
        ('8.0', '2026-07-31')
    """
    engine = "aurora-mysql" if engine == "aurora" else engine
    number = version.rpartition("_")[2] if version.startswith(("OpenSearch_", "Elasticsearch_")) else version
    parts = number.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        support = _engines().get(f"{engine} {prefix}")
        if support is not None:
            return msgspec.structs.replace(support, version=prefix)
    return None


def instance_family(instance_type: str, service: ComputeService) -> InstanceFamily | None:
    """What is wrong with the family of ``instance_type``; ``None`` where it counts as current.

    Args:
        instance_type: as in the template: ``m4.large``, ``db.m4.large``, ``cache.m4.large``, ``m4.large.search``.
        service: the service that runs it.

    Example:
        >>> instance_family("m4.large", "ec2").successors
        ('m7i', 'm7g')
        >>> instance_family("m7g.large", "ec2") is None
        True
    """
    name = instance_type.removesuffix(".search").removesuffix(".elasticsearch").rpartition(".")[0]
    family = _families().get(f"{service} {name}")
    return None if family is None else msgspec.structs.replace(family, family=name)


@cache
def _runtimes() -> dict[str, LambdaRuntime]:
    return load("lambda_runtimes", _Runtimes).entries


@cache
def _engines() -> dict[str, EngineSupport]:
    return load("engine_versions", _Engines).entries


@cache
def _families() -> dict[str, InstanceFamily]:
    return load("instance_families", _Families).entries
