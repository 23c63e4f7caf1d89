"""Checks on RDS."""

from __future__ import annotations

from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, is_known
from readiness_pack.template.views.network import subnet_kind, subnets_of

_CLUSTER = "AWS::RDS::DBCluster"
_GROUP, _PUBLIC = "DBSubnetGroupName", "PubliclyAccessible"


def not_publicly_accessible(rule: Rule, database: Resource) -> Verdicts:
    """PubliclyAccessible is false; left out it is judged by the routes of the subnet group."""
    del rule
    public = database.flag(_PUBLIC)
    if public is None and database.type == _CLUSTER and _is_aurora(database):
        return NOT_APPLICABLE  # its instances have the addresses
    called = "Database cluster" if database.type == _CLUSTER else "Database instance"
    if public:
        return fail(_PUBLIC, called=called, reason="gets a public address (PubliclyAccessible is true)")
    if public is False:
        return PASS
    unsaid = "does not say whether it gets a public address"
    try:
        kinds = {subnet_kind(subnet) for subnet in _group_subnets(database)}
    except Undecided:
        kinds = set()
    if kinds and "public" not in kinds:
        reason = f"{unsaid} (no subnet of its group routes to an internet gateway)"
        return fail(_PUBLIC, severity="warning", called=called, reason=reason)
    why = "its subnets route to an internet gateway, so it does" if kinds else "the default depends on its subnets"
    return fail(_PUBLIC, called=called, reason=f"{unsaid}; {why}")


def _is_aurora(cluster: Resource) -> bool:
    """Only Multi-AZ clusters, which are not of Aurora, have addresses of their own."""
    engine = cluster.get("Engine")
    if not is_known(engine):
        engine.undecided()
    return engine is None or str(engine).lower().startswith(("aurora", "neptune", "docdb"))


def _group_subnets(database: Resource) -> list[Resource]:
    group = database.target(_GROUP)
    if group is None and database.get(_GROUP) is None and database.get("DBClusterIdentifier") is not None:
        cluster = database.target("DBClusterIdentifier")  # an instance of a cluster lives in the subnets of that
        group = cluster.target(_GROUP) if cluster is not None else None
    return list(subnets_of(group)) if group is not None else []
