"""Checks on the logs of databases: what they export, and whether their parameters let anything into it."""

from __future__ import annotations

from readiness_pack.data import DatabaseLogs, LogSwitch, database_logs
from readiness_pack.rules.checks.known import known_object, known_text
from readiness_pack.rules.checks.logging_on import log_outcomes
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Undecided, Value
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.partial import holds_for_any

_EXPORTS = "EnableCloudwatchLogsExports"
_ENGINES = {"AWS::DocDB::DBCluster": "docdb", "AWS::Neptune::DBCluster": "neptune"}
_INSTANCE, _CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"
_AUDIT_PLUGIN = "MARIADB_AUDIT_PLUGIN"


def logs_are_exported(rule: Rule, database: Resource) -> Verdicts:
    """The logs that the engine must have are exported, and something is in them."""
    if database.type == _INSTANCE and database.get("DBClusterIdentifier") is not None:
        return NOT_APPLICABLE
    exported = database.list(_EXPORTS)
    try:
        engine = _engine(database)
    except Undecided:
        if exported or database.get("Engine") is not None:
            raise
        return fail(_EXPORTS, detail="exports", reason="it exports no log at all")  # every engine has one to export
    if engine.startswith("custom-"):
        return NOT_APPLICABLE  # RDS Custom does not export logs
    logs = database_logs(engine)
    if logs is None:
        return unknown(f"which logs the engine {engine} has is not known", "Engine")
    missing: list[str] = []
    found: list[Outcome] = []
    for log in rule["required_logs"].get(engine, _required(database, engine, logs)):
        try:
            if not holds_for_any(exported, lambda one: one == log):  # noqa: B023
                missing.append(log)
            else:
                found += _why_empty(database, engine, log, logs)
        except Undecided as undecided:
            found.append(unknown(undecided.reason, _EXPORTS, detail=log))
    if missing:
        names = ", ".join(missing)
        said = f"logs {names} are" if len(missing) > 1 else f"log {names} is"
        found.insert(0, fail(_EXPORTS, detail="exports", reason=f"its {said} not exported"))
    return found or PASS


def _engine(database: Resource) -> str:
    engine = _ENGINES.get(database.type) or database.get("Engine")
    if engine is None:
        raise Undecided("the engine is that of the snapshot or source, which the template does not name")
    name = known_text(engine).lower()
    return "aurora-mysql" if name == "aurora" else name


def _required(database: Resource, engine: str, logs: DatabaseLogs) -> tuple[str, ...]:
    # The audit log of MySQL and MariaDB comes from a plug-in of an option group, and clusters have none.
    if database.type == _CLUSTER and engine in ("mysql", "mariadb"):
        return tuple(log for log in logs.required if log != "audit")
    return logs.required


def _why_empty(database: Resource, engine: str, log: str, logs: DatabaseLogs) -> list[Outcome]:
    """What keeps an exported log empty."""
    switch = logs.switches.get(log)
    if switch is not None and not _is_switched_on(database, switch):
        reason = f"its {log} log stays empty, since no parameter group of it sets {switch.parameter}"
        return [fail(_group_path(database), detail=log, reason=reason)]
    if log == "audit" and engine in ("mysql", "mariadb") and not _has_audit_plugin(database):
        reason = f"its audit log stays empty, since no option group of it adds {_AUDIT_PLUGIN}"
        return [fail("OptionGroupName", detail=log, reason=reason)]
    return []


def _is_switched_on(database: Resource, switch: LogSwitch) -> bool:
    """Whether a parameter group of the database, or of an instance of the cluster, switches the log on."""
    groups = [database]
    if database.type == _CLUSTER:
        groups += database.referrers(_INSTANCE, path="DBClusterIdentifier")

    def is_on(one: Resource) -> bool:
        value = parameter_of(one, _group_path(one), switch.parameter)
        return value is not None and known_text(value).lower() not in {off.lower() for off in switch.inactive}

    return holds_for_any(groups, is_on)


def _group_path(database: Resource) -> str:
    return "DBParameterGroupName" if database.type == _INSTANCE else "DBClusterParameterGroupName"


def _has_audit_plugin(database: Resource) -> bool:
    name = database.get("OptionGroupName")
    if name is None or (isinstance(name, str) and name.startswith("default:")):
        return False
    group = _group(database, name, "AWS::RDS::OptionGroup")
    return holds_for_any(group.each("OptionConfigurations[*].OptionName"), lambda one: one[1] == _AUDIT_PLUGIN)


# Parameter groups ----------------------------------------------------------------------------------------------------

_GROUPS = {
    _INSTANCE: "AWS::RDS::DBParameterGroup",
    _CLUSTER: "AWS::RDS::DBClusterParameterGroup",
    "AWS::DocDB::DBCluster": "AWS::DocDB::DBClusterParameterGroup",
    "AWS::Neptune::DBCluster": "AWS::Neptune::DBClusterParameterGroup",
    "AWS::Redshift::Cluster": "AWS::Redshift::ClusterParameterGroup",
}


def parameter_of(database: Resource, path: str, parameter: str) -> Value:
    """The value of a database parameter; ``None`` where the group leaves it alone, or is a default one.

    Args:
        database: the instance or cluster.
        path: its property that names the parameter group.
        parameter: the name of the parameter.

    Raises:
        Undecided: the group is not in the app.
    """
    name = database.get(path)
    if name is None or (isinstance(name, str) and name.startswith("default.")):
        return None
    parameters = json_document(_group(database, name, _GROUPS[database.type]).get("Parameters"))
    if isinstance(parameters, list):
        entries = [known_object(one) for one in parameters]
        return next((one.get("ParameterValue") for one in entries if one.get("ParameterName") == parameter), None)
    return None if parameters is None else known_object(parameters).get(parameter)


def _group(database: Resource, name: Value, type_: str) -> Resource:
    graph = database.assembly.graph
    group = graph.named(name, (type_,)) if isinstance(name, str) else database.assembly.target(name)
    if group is None or group.type != type_:
        raise Undecided(f"group {name.resource.logical_id if isinstance(name, Reference) else name} is not in this app")
    return group


# Redshift ------------------------------------------------------------------------------------------------------------


def redshift_audit_logs(rule: Rule, warehouse: Resource) -> Verdicts:
    """Connections, users and what they run are logged."""
    del rule
    found = log_outcomes(warehouse)
    if warehouse.type != "AWS::Redshift::Cluster":
        return found or PASS
    path = "ClusterParameterGroupName"
    value = parameter_of(warehouse, path, "enable_user_activity_logging")
    state = "not set" if value is None else known_text(value).lower()
    if state != "true":
        reason = f"its parameter group leaves enable_user_activity_logging off ({state})"
        found.append(fail(path, detail="user activity", log="user activity log", reason=reason))
    return found or PASS
