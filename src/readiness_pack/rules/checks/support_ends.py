"""Checks that what runs a workload is still supported, and takes its patches by itself."""

from __future__ import annotations

from datetime import date

from readiness_pack.data import engine_support, lambda_runtime, tables
from readiness_pack.rules.checks.availability import is_cluster_member
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided


def _today(rule: Rule) -> date:
    return date.fromisoformat(rule["as_of"]) if rule["as_of"] else rule.today


def _table_date(name: str) -> str:
    return next(table.as_of for table in tables() if table.name == name).isoformat()


# Runtimes ------------------------------------------------------------------------------------------------------------


def runtime_supported(rule: Rule, function: Resource) -> Verdicts:
    """The runtime of a function gets patches, and will for a while."""
    if known_text(function.get("PackageType", "Zip")) == "Image":
        return NOT_APPLICABLE
    value = function.get("Runtime")
    if value is None:
        return NOT_APPLICABLE  # CloudFormation refuses a function of code without one
    name = known_text(value)
    runtime = lambda_runtime(name)
    if runtime is None:
        raise Undecided(f"the table of {_table_date('lambda_runtimes')} does not know runtime {name}")
    end = runtime.deprecated
    if end is None or (end - _today(rule)).days > rule["deprecation_notice_days"]:
        return PASS
    ended = "has been deprecated since" if end <= _today(rule) else "will be deprecated on"
    instead = f"; {runtime.successor} takes its place" if runtime.successor else ""
    if function.managed_by_cdk:
        reason = f"{ended} {end.isoformat()}; it is CDK's own, so upgrade aws-cdk-lib"
        return fail("Runtime", severity="info", runtime=name, reason=reason)
    return fail("Runtime", runtime=name, reason=f"{ended} {end.isoformat()}{instead}")


# Engines -------------------------------------------------------------------------------------------------------------

# Type -> property of the version, and the engine where the type has but one.
_VERSIONS = {
    "AWS::DocDB::DBCluster": ("EngineVersion", "docdb"),
    "AWS::EKS::Cluster": ("Version", "eks"),
    "AWS::ElastiCache::ReplicationGroup": ("EngineVersion", ""),
    "AWS::Elasticsearch::Domain": ("ElasticsearchVersion", "elasticsearch"),
    "AWS::MSK::Cluster": ("KafkaVersion", "kafka"),
    "AWS::Neptune::DBCluster": ("EngineVersion", "neptune"),
    "AWS::OpenSearchService::Domain": ("EngineVersion", "opensearch"),
    "AWS::RDS::DBCluster": ("EngineVersion", ""),
    "AWS::RDS::DBInstance": ("EngineVersion", ""),
}
_KNOWN = (
    *("aurora", "aurora-mysql", "aurora-postgresql", "docdb", "eks", "elasticsearch", "kafka", "mariadb", "mysql"),
    *("neptune", "opensearch", "postgres", "redis", "valkey"),
)


def engine_supported(rule: Rule, resource: Resource) -> Verdicts:
    """The version of an engine is in standard support, and will be for a while."""
    path, only = _VERSIONS[resource.type]
    value = resource.get(path)
    if value is None:
        if resource.type == "AWS::RDS::DBInstance" and is_cluster_member(resource):
            return NOT_APPLICABLE
        return PASS  # the service takes its default, which is a current one
    version = known_text(value)
    engine = only or _engine(resource)
    if version.startswith("Elasticsearch_"):
        engine = "elasticsearch"
    if engine not in _KNOWN:
        return NOT_APPLICABLE
    support = engine_support(engine, version)
    if support is None:
        raise Undecided(f"the table of {_table_date('engine_versions')} does not know {engine} {version}")
    end = support.standard
    if end is None or (end - _today(rule)).days > rule["notice_days"]:
        return PASS
    reason = f"standard support {'ended' if end < _today(rule) else 'ends'} on {end.isoformat()}"
    extended = support.extended
    if extended is not None:
        over = extended < _today(rule)
        reason += f", extended support on {extended.isoformat()}" if over else ", and extended support is charged for"
    return fail(path, engine=engine, version=version, reason=reason)


def _engine(resource: Resource) -> str:
    default = "redis" if resource.type == "AWS::ElastiCache::ReplicationGroup" else None
    value = resource.get("Engine", default)
    return known_text(value).lower() if value is not None else ""


# Patches -------------------------------------------------------------------------------------------------------------

_UPGRADES = {"AWS::Redshift::Cluster": "AllowVersionUpgrade"}
# Where nothing is said, the service patches by itself, but for these.
_WINDOW = "PreferredMaintenanceWindow"
_WINDOWS = {"AWS::AmazonMQ::Broker": "MaintenanceWindowStartTime"}
_NO_WINDOW = "{logical_id} does not say when it may be maintained ({path} is not set)."
_MUST_SAY = ("AWS::Neptune::DBInstance",)


def upgrades_itself(rule: Rule, resource: Resource) -> Verdicts:
    """Patches of the engine are applied in the maintenance window, without anybody."""
    path = _UPGRADES.get(resource.type, "AutoMinorVersionUpgrade")
    if resource.flag(path, default=resource.type not in _MUST_SAY):
        if rule["require_maintenance_window"] and resource.get(_WINDOWS.get(resource.type, _WINDOW)) is None:
            return fail(_WINDOWS.get(resource.type, _WINDOW), detail="window", message=_NO_WINDOW)
        return PASS
    return fail(path, value="not set" if resource.get(path) is None else "false")
