"""Checks on databases under load: alarms on them, and a pool in front of them."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.data import StoreMetric, store_metrics
from readiness_pack.rules.checks.alarmed import has_alarm
from readiness_pack.rules.checks.availability import is_cluster_member, members_of
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Unknown
from readiness_pack.template.views import users_of_group

# Alarms --------------------------------------------------------------------------------------------------------------

_CLUSTERS = ("AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster")
_LOCAL_DISK = "FreeLocalStorage"
# Metrics that say the same: readers report their own lag, the cluster that of the slowest of them.
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
_AS_GOOD = {"AuroraReplicaLag": ("AuroraReplicaLag", "AuroraReplicaLagMaximum")}


def store_alarms(rule: Rule, store: Resource) -> Verdicts:
    """Each metric by which a data store of this kind shows trouble has an alarm."""
    if store.type == "AWS::RDS::DBInstance" and is_cluster_member(store):
        return NOT_APPLICABLE
    engine = store.text("Engine") if store.type == "AWS::RDS::DBCluster" else None
    if isinstance(engine, Unknown | Text):
        engine.undecided()
    table = store_metrics(store.type, engine)
    if table is None:
        return NOT_APPLICABLE
    members = members_of(store) if store.type in _CLUSTERS else []
    metrics = tuple(metric for metric in table.metrics if metric.name != _LOCAL_DISK or _has_local_disk(store, members))
    wanted = _wanted(rule, store, metrics, bool(len(members) > 1))
    missing: list[str] = []
    doubt: Undecided | None = None
    for metric in wanted:
        try:
            names = _AS_GOOD.get(metric.name, metric.name)
            if not any(has_alarm(one, table.namespace, names, metric.bad) for one in (store, *members)):
                missing.append(metric.name)
        except Undecided as undecided:
            doubt = doubt or undecided
    if missing:
        return fail(metrics=_listed(missing))
    if doubt is not None:
        raise doubt
    return PASS


def _has_local_disk(store: Resource, members: list[Resource]) -> bool:
    """Aurora Serverless v2 reports no FreeLocalStorage.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
    """
    if store.type != "AWS::RDS::DBCluster" or not members:
        return True
    return not all(member.get("DBInstanceClass") == "db.serverless" for member in members)


def _wanted(rule: Rule, store: Resource, metrics: tuple[StoreMetric, ...], has_readers: bool) -> list[StoreMetric]:
    own = rule["required_db_metrics"].get(store.type)
    if own is None:
        return [metric for metric in metrics if metric.required and (has_readers or not metric.readers)]
    known = {metric.name: metric for metric in metrics}
    return [known.get(name) or StoreMetric(name, "above") for name in own]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_THROTTLING = (
    "ThrottledRequests",
    "ReadThrottleEvents",
    "WriteThrottleEvents",
    "SystemErrors",
    *(
        f"{kind}{limit}ThrottleEvents"
        for kind in ("Read", "Write")
        for limit in ("ProvisionedThroughput", "MaxOnDemandThroughput", "KeyRangeThroughput", "AccountLimit")
    ),
)


def throttle_alarm(rule: Rule, table: Resource) -> Verdicts:
    """Somebody is told when requests to a table are throttled or fail."""
    del rule
    return PASS if has_alarm(table, "AWS/DynamoDB", _THROTTLING) else fail()


_PROXY_METRICS = ("DatabaseConnectionsCurrentlySessionPinned", "ClientConnections", "DatabaseConnections")


def connections_alarm(rule: Rule, resource: Resource) -> Verdicts:
    """Somebody is told before the connections of a database or of a proxy are used up."""
    del rule
    if resource.type == "AWS::RDS::DBInstance" and is_cluster_member(resource):
        return NOT_APPLICABLE
    metrics = _PROXY_METRICS if resource.type == "AWS::RDS::DBProxy" else ("DatabaseConnections",)
    if has_alarm(resource, "AWS/RDS", metrics):
        return PASS
    return fail(metrics=" or ".join(metrics))


# Pools ---------------------------------------------------------------------------------------------------------------

_PROXIED = ("aurora", "mysql", "mariadb", "postgres", "sqlserver")
_TARGETS = {"AWS::RDS::DBInstance": "DBInstanceIdentifiers[*]", "AWS::RDS::DBCluster": "DBClusterIdentifiers[*]"}


def functions_use_proxy(rule: Rule, resource: Resource) -> Verdicts:
    """Functions reach a relational database through a proxy, and the proxy takes encrypted connections only."""
    del rule
    if resource.type == "AWS::RDS::DBProxy":
        if resource.flag("RequireTLS", default=False):
            return PASS
        return fail(
            "RequireTLS",
            subject=f"Proxy {resource.logical_id}",
            reason="takes connections without TLS (RequireTLS is not true)",
        )
    if resource.managed_by_cdk:
        return NOT_APPLICABLE
    databases = dict.fromkeys(_reached(resource))
    if not databases:
        return NOT_APPLICABLE
    return judged(databases, lambda database: _direct(resource, database)) or PASS


def _direct(function: Resource, database: Resource) -> Outcome | None:
    if database.referrers("AWS::RDS::DBProxyTargetGroup", path=_TARGETS[database.type]):
        return None
    subject, reason = (
        f"Function {function.logical_id}",
        f"opens connections to {database.logical_id} itself, and no proxy pools them",
    )
    return fail("VpcConfig.SecurityGroupIds", detail=database.logical_id, subject=subject, reason=reason)


def _reached(function: Resource) -> Iterator[Resource]:
    """The relational databases whose security groups let a group of the function in."""
    for edge in function.edges_out("VpcConfig.SecurityGroupIds[*]"):
        for group in _admitting(edge.target):
            for database in users_of_group(group, *_TARGETS):
                if _takes_proxy(database):
                    yield database


def _admitting(group: Resource) -> Iterator[Resource]:
    """The security groups that let members of ``group`` in."""
    yield from group.referrers("AWS::EC2::SecurityGroup", path="SecurityGroupIngress[*].SourceSecurityGroupId")
    for rule in group.referrers("AWS::EC2::SecurityGroupIngress", path="SourceSecurityGroupId"):
        yield from rule.targets("AWS::EC2::SecurityGroup", path="GroupId")


def _takes_proxy(database: Resource) -> bool:
    if database.type == "AWS::RDS::DBCluster" and database.flag("EnableHttpEndpoint", default=False):
        return False  # the Data API pools connections itself
    return str(database.get("Engine")).startswith(_PROXIED)
