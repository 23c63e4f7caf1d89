"""Checks that databases take no connection without TLS."""

from __future__ import annotations

import re
from dataclasses import dataclass

from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value, is_known
from readiness_pack.template.views import json_document

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Switch:
    """The parameter by which an engine refuses plain connections.

    Args:
        parameter: its name.
        default_since: the first version whose default parameter group switches it on; ``None`` where none does.
        unclear_since: the first version whose default is not taken for granted here.
    """

    parameter: str
    default_since: Version | None = None
    unclear_since: Version | None = None


# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-ssl-connections.require-ssl.html
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mariadb-ssl-connections.require-ssl.html
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/SQLServer.Concepts.General.SSL.Using.html
# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Security.SSL.html (Aurora MySQL)
_SWITCHES = {
    "postgres": _Switch("rds.force_ssl", (15,)),
    "aurora-postgresql": _Switch("rds.force_ssl", unclear_since=(17,)),
    "sqlserver": _Switch("rds.force_ssl"),
    "mysql": _Switch("require_secure_transport", (9, 7)),
    "mariadb": _Switch("require_secure_transport", (11, 8)),
    "aurora-mysql": _Switch("require_secure_transport", (8, 4)),
    "aurora": _Switch("require_secure_transport"),
}
_ON = ("1", "on", "true")


def forces_tls(rule: Rule, database: Resource) -> Verdicts:
    """The parameter group of a database refuses connections without TLS."""
    del rule
    match database.type:
        case "AWS::DocDB::DBClusterParameterGroup":
            return _documentdb(database)
        case "AWS::Redshift::Cluster":
            return _redshift(database)
        case "AWS::RDS::DBInstance" if database.get("DBClusterIdentifier") is not None:
            return NOT_APPLICABLE
        case _:
            return _rds(database)


def _documentdb(group: Resource) -> Verdicts:
    tls = _parameter(group, "tls")
    if tls is None or tls != "disabled":
        return PASS
    return fail("Parameters", reason="parameter tls is disabled")


# RDS -----------------------------------------------------------------------------------------------------------------


def _rds(database: Resource) -> Verdicts:
    engine = engine_of(database)
    family = "sqlserver" if engine.startswith("sqlserver-") else engine
    switch = _SWITCHES.get(family)
    if switch is None:
        return NOT_APPLICABLE
    path = "DBClusterParameterGroupName" if database.type == "AWS::RDS::DBCluster" else "DBParameterGroupName"
    name = database.get(path)
    if name is None:
        return _by_default(switch, _own_or_of_source(database, "EngineVersion"), path, "the default parameter group")
    if isinstance(name, str) and name.startswith("default."):
        return _by_default(switch, name, path, f"parameter group {name}")
    group = database.assembly.target(name)
    if group is None:
        raise Undecided(f"parameter group {name} is not in this app")
    value = _parameter(group, switch.parameter)
    if value is None:
        return _by_default(switch, group.get("Family"), path, f"parameter group {group.logical_id}", switch.parameter)
    if str(value).lower() in _ON:
        return PASS
    return fail(path, reason=f"{switch.parameter} is {value} in parameter group {group.logical_id}")


def _by_default(switch: _Switch, version: Value, path: str, where: str, unset: str | None = None) -> Verdicts:
    since = switch.default_since or switch.unclear_since
    if since is not None:
        given = _version(version)
        if given >= since[: len(given)] and switch.default_since is not None:
            return PASS
        if given >= since[: len(given)]:
            raise Undecided(f"{switch.parameter} is not set, and its default differs between versions")
    said = f"leaves {switch.parameter} off" if unset is None else f"does not set {unset}"
    return fail(path, reason=f"{where} {said}")


def _version(text: Value) -> Version:
    """``(16, 4)`` for ``16.4``, ``(8, 0)`` for ``8.0.mysql_aurora.3.08.0``, ``(15,)`` for the family ``postgres15``."""
    if text is None:
        raise Undecided("EngineVersion is not set, and the default parameters hang on it")
    if not is_known(text):
        text.undecided()
    match = re.search(r"(\d+)(?:\.(\d+))?", str(text))
    if match is None:
        raise Undecided(f"{text!r} is no version")
    return tuple(int(part) for part in match.groups() if part is not None)


def engine_of(database: Resource) -> str:
    """The engine of an RDS instance or cluster, that of its source where it is a replica.

    Raises:
        Undecided: nothing in the app tells it.
    """
    engine = _own_or_of_source(database, "Engine")
    if engine is None:
        raise Undecided("its engine is that of a snapshot or source outside this app")
    if not is_known(engine):
        engine.undecided()
    return str(engine).lower()


def _own_or_of_source(database: Resource, path: str) -> Value:
    """A property that a replica takes from its source where it does not state it."""
    seen: set[Resource] = set()
    one: Resource | None = database
    while one is not None and one not in seen:
        seen.add(one)
        value = one.get(path)
        if value is not None:
            return value
        sources = ("SourceDBInstanceIdentifier", "SourceDBClusterIdentifier", "DBClusterIdentifier")
        source = next((name for name in sources if one.get(name) is not None), None)
        one = one.target(source) if source is not None else None
    return None


def _parameter(group: Resource, name: str) -> Value:
    """The value of a parameter of an RDS or DocumentDB parameter group, ``None`` where it is not set."""
    parameters = json_document(group.get("Parameters"))
    if parameters is None:
        return None
    if not isinstance(parameters, dict):
        raise Undecided(f"the parameters of {group.logical_id} are not known")
    value = parameters.get(name)
    if value is not None and not is_known(value):
        value.undecided()
    return value


# Engines whose users IAM can stand for; RDS clusters that are not of Aurora (Multi-AZ) do not take the property.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.RDS_Fea_Regions_DB-eng.Feature.IamDatabaseAuthentication.html
_IAM_ENGINES = ("postgres", "mysql", "mariadb")


def iam_authentication(rule: Rule, database: Resource) -> Verdicts:
    """Clients may log on with tokens of their roles instead of passwords."""
    del rule
    path = "IamAuthEnabled" if database.type == "AWS::Neptune::DBCluster" else "EnableIAMDatabaseAuthentication"
    if database.flag(path, default=False):
        return PASS
    if database.type == "AWS::RDS::DBInstance":
        if database.get("DBClusterIdentifier") is not None or engine_of(database) not in _IAM_ENGINES:
            return NOT_APPLICABLE
    elif database.type == "AWS::RDS::DBCluster" and not engine_of(database).startswith("aurora"):
        return NOT_APPLICABLE
    return fail(path, value=database.get(path))


# Redshift ------------------------------------------------------------------------------------------------------------

# Since January 2025 default parameters are those of the family redshift-2.0, which require TLS:
# https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-parameter-groups.html
_OLD_FAMILY = "redshift-1.0"


def _redshift(cluster: Resource) -> Verdicts:
    path = "ClusterParameterGroupName"
    name = cluster.get(path)
    if name is None:
        return PASS
    if isinstance(name, str) and name.startswith("default."):
        return fail(path, reason=f"parameter group {name} leaves require_ssl off") if _OLD_FAMILY in name else PASS
    group = cluster.assembly.target(name)
    if group is None:
        raise Undecided(f"parameter group {name} is not in this app")
    for parameter, value in group.each("Parameters[*].ParameterName"):
        if value == "require_ssl":
            on = group.flag(parameter.replace("ParameterName", "ParameterValue"), default=False)
            return PASS if on else fail(path, reason=f"require_ssl is false in parameter group {group.logical_id}")
    if group.get("ParameterGroupFamily") == _OLD_FAMILY:
        return fail(path, reason=f"parameter group {group.logical_id} does not set require_ssl")
    return PASS
