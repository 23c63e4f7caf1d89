"""Port numbers that a template takes from a database: ``Fn::GetAtt: [Database, Endpoint.Port]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness_pack.template.values import Reference, Value, as_number

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource

# The property that sets the port.
_PROPERTIES = {
    "AWS::DocDB::DBCluster": "Port",
    "AWS::ElastiCache::CacheCluster": "Port",
    "AWS::ElastiCache::ReplicationGroup": "Port",
    "AWS::MemoryDB::Cluster": "Port",
    "AWS::Neptune::DBCluster": "DBPort",
    "AWS::RDS::DBCluster": "Port",
    "AWS::RDS::DBInstance": "Port",
    "AWS::Redshift::Cluster": "Port",
}

# The port of an engine where the property is absent, by the beginning of the engine's name:
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html,
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
_BY_ENGINE = {
    "aurora-mysql": 3306,
    "aurora-postgresql": 5432,
    "db2": 50000,
    "mariadb": 3306,
    "mysql": 3306,
    "oracle": 1521,
    "postgres": 5432,
    "sqlserver": 1433,
}
# https://docs.aws.amazon.com/neptune/latest/apiref/API_CreateDBCluster.html
_NEPTUNE = 8182


def port_number(value: Value) -> int | None:
    """The port that ``value`` is, also where it is the port attribute of a database of the app; ``None`` where absent.

    Raises:
        Undecided: it is not known.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> database = Assembly.from_template({"Resources": {"Db": {
        ...     "Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres"}}}}).all_resources[0]
        >>> port_number("443"), port_number(Reference(database, "Endpoint.Port"))
        (443, 5432)
    """
    if isinstance(value, Reference) and value.attribute is not None and value.attribute.split(".")[-1] == "Port":
        port = _port_of(value.resource)
        if port is not None:
            return port
    number = as_number(value)
    return None if number is None else int(number)


def _port_of(database: Resource) -> int | None:
    path = _PROPERTIES.get(database.type)
    port = database.number(path) if path else None
    if port is not None:
        return int(port)
    if database.type == "AWS::Neptune::DBCluster":
        return _NEPTUNE
    if database.type == "AWS::RDS::DBInstance" and database.get("DBClusterIdentifier") is not None:
        cluster = database.target("DBClusterIdentifier")
        return None if cluster is None else _port_of(cluster)
    engine = database.text("Engine") if database.type.startswith("AWS::RDS::") else None
    return next((port for start, port in _BY_ENGINE.items() if engine is not None and engine.startswith(start)), None)
