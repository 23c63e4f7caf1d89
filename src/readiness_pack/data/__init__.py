"""Facts about AWS that no template states, as small dated tables: read on first use, once a process.

Every table names its source and the day up to which the source knows. ``python -m tools.make_tables`` makes them anew.
"""

from __future__ import annotations

from readiness_pack.data._tables import TableInfo, stale_tables, tables
from readiness_pack.data.hipaa import Eligibility, HipaaService, hipaa_eligibility, hipaa_service
from readiness_pack.data.iam import AccessLevel, IamAction, iam_action, iam_actions, iam_services, service_actions
from readiness_pack.data.lifecycles import (
    ComputeService,
    EngineSupport,
    InstanceFamily,
    LambdaRuntime,
    engine_support,
    instance_family,
    lambda_runtime,
    lambda_runtimes,
)
from readiness_pack.data.schemas import (
    Tagging,
    TagShape,
    attributes,
    has_attribute,
    is_known_type,
    is_taggable,
    known_types,
    tagging,
)
from readiness_pack.data.stores import (
    DatabaseLogs,
    LogSwitch,
    StoreMetric,
    StoreMetrics,
    database_logs,
    metered_stores,
    store_metrics,
)

__all__ = [
    "AccessLevel",
    "ComputeService",
    "DatabaseLogs",
    "Eligibility",
    "EngineSupport",
    "HipaaService",
    "IamAction",
    "InstanceFamily",
    "LambdaRuntime",
    "LogSwitch",
    "StoreMetric",
    "StoreMetrics",
    "TableInfo",
    "TagShape",
    "Tagging",
    "attributes",
    "database_logs",
    "engine_support",
    "has_attribute",
    "hipaa_eligibility",
    "hipaa_service",
    "iam_action",
    "iam_actions",
    "iam_services",
    "instance_family",
    "is_known_type",
    "is_taggable",
    "known_types",
    "lambda_runtime",
    "lambda_runtimes",
    "metered_stores",
    "service_actions",
    "stale_tables",
    "store_metrics",
    "tables",
    "tagging",
]
