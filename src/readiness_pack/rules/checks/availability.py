"""Checks that compute, networks and data stores outlive the loss of an availability zone."""

from __future__ import annotations

from readiness_pack.rules.checks.exemptions import unless_tagged
from readiness_pack.rules.checks.scalable_targets import scalable_targets
from readiness_pack.rules.checks.zones import subnets_problem, zones_problem
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Unknown
from readiness_pack.template.views import Partial, holds_for_any, spans_zones

_NO_HA = "ha=none"

# Compute -------------------------------------------------------------------------------------------------------------

_SUBNETS = {
    "AWS::AutoScaling::AutoScalingGroup": "VPCZoneIdentifier[*]",
    "AWS::ECS::Service": "NetworkConfiguration.AwsvpcConfiguration.Subnets[*]",
    "AWS::EKS::Nodegroup": "Subnets[*]",
    "AWS::Lambda::Function": "VpcConfig.SubnetIds[*]",
}


def compute_spans_zones(rule: Rule, resource: Resource) -> Verdicts:
    """What runs in subnets runs in those of several zones."""
    return unless_tagged(resource, _NO_HA, lambda: _compute(resource, rule["min_azs"]))


def _compute(resource: Resource, minimum: int) -> Verdicts:
    path = _SUBNETS[resource.type]
    named = resource.each(path)
    if resource.type == "AWS::AutoScaling::AutoScalingGroup" and not named:
        problem = zones_problem(resource, "AvailabilityZones", minimum)
        path = "AvailabilityZones"
    elif resource.type == "AWS::ECS::Service":
        return _service(resource, path, minimum)
    elif not named:
        return NOT_APPLICABLE  # Lambda outside a VPC runs in several zones by itself
    else:
        problem = subnets_problem(resource, (path,), minimum)
    return PASS if problem is None else fail(path.removesuffix("[*]"), detail="zones", reason=problem)


def _service(service: Resource, path: str, minimum: int) -> Verdicts:
    if service.get("SchedulingStrategy", "REPLICA") == "DAEMON":
        return NOT_APPLICABLE
    found: list[Outcome] = []
    doubt: Undecided | None = None
    named = service.each(path)
    try:
        problem = subnets_problem(service, (path,), minimum)
    except Undecided as undecided:
        problem, doubt = None, undecided
    if problem is not None:
        found.append(fail(path.removesuffix("[*]"), detail="zones", reason=problem))
    balanced = "AvailabilityZoneRebalancing"
    if service.get(balanced) == "DISABLED" and _is_spread(service):
        reason = f"{balanced} is DISABLED, so its tasks stay where they are when a zone comes back"
        found.append(fail(balanced, detail="rebalancing", severity="warning", reason=reason))
    if found:
        return found
    if doubt is not None:
        return unknown(doubt.reason, path.removesuffix("[*]"))
    return PASS if named else NOT_APPLICABLE  # without awsvpc the instances decide


def _is_spread(service: Resource) -> bool:
    """Whether the service spreads its tasks over zones first, as it does without a strategy."""
    strategies = service.each("PlacementStrategies[*]")
    if not strategies:
        return True
    first = strategies[0][0]
    return bool(
        service.get(f"{first}.Type") == "spread" and service.get(f"{first}.Field") == "attribute:ecs.availability-zone"
    )


# Networks ------------------------------------------------------------------------------------------------------------


def nat_gateway_per_zone(rule: Rule, gateway: Resource) -> Verdicts:
    """A NAT gateway of one zone serves the subnets of one zone."""
    del rule
    if gateway.get("AvailabilityMode", "zonal") == "regional":
        return NOT_APPLICABLE
    served = _served(gateway)
    if not served:
        return NOT_APPLICABLE
    if not spans_zones(served, 2):
        return PASS
    names = ", ".join(sorted(subnet.logical_id for subnet in served.known))
    return fail("SubnetId", subnets=names)


def _served(gateway: Resource) -> Partial[Resource]:
    """The subnets whose routes lead to the gateway."""
    found: Partial[Resource] = Partial()
    for route in gateway.referrers("AWS::EC2::Route", path="NatGatewayId"):
        table = route.target("RouteTableId")
        if table is None:
            found.lacking(f"the route table of {route.logical_id} is not in this app")
            continue
        for association in table.referrers("AWS::EC2::SubnetRouteTableAssociation", path="RouteTableId"):
            subnet = association.target("SubnetId")
            if subnet is None:
                found.lacking(f"the subnet of {association.logical_id} is not in this app")
            elif subnet not in found.known:
                found.append(subnet)
    return found


# Caches, search and streaming ----------------------------------------------------------------------------------------


def cache_multi_az(rule: Rule, group: Resource) -> Verdicts:
    """A replica in another zone takes over by itself."""
    del rule
    found: list[Outcome] = []
    doubt: Undecided | None = None
    for path in ("MultiAZEnabled", "AutomaticFailoverEnabled"):
        try:
            if not group.flag(path, default=False):
                said = "not set" if group.get(path) is None else "false"
                found.append(fail(path, detail=path, reason=f"{path} is {said}"))
        except Undecided as undecided:
            doubt = doubt or undecided
    try:
        if not _has_replica(group):
            found.append(fail("NumCacheClusters", detail="replica", reason="it has no replica"))
    except Undecided as undecided:
        doubt = doubt or undecided
    return found or (unknown(doubt.reason) if doubt is not None else PASS)


def _has_replica(group: Resource) -> bool:
    if (group.number("NumCacheClusters", 1) or 1) >= 2 or (group.number("ReplicasPerNodeGroup", 0) or 0) >= 1:
        return True
    shards = group.each("NodeGroupConfiguration[*]")
    return bool(shards) and all((group.number(f"{path}.ReplicaCount", 0) or 0) >= 1 for path, _ in shards)


def search_and_streaming(rule: Rule, resource: Resource) -> Verdicts:
    """A domain has nodes and masters in several zones, a Kafka cluster brokers."""
    if resource.type == "AWS::MSK::Cluster":
        path = "BrokerNodeGroupInfo.ClientSubnets"
        needed = 3 if rule["min_azs"] >= 3 else 2
        problem = subnets_problem(resource, (f"{path}[*]",), needed)
        return PASS if problem is None else fail(path, detail="brokers", reason=problem)
    return _domain(resource)


def _domain(domain: Resource) -> Verdicts:
    legacy = domain.type == "AWS::Elasticsearch::Domain"
    config = "ElasticsearchClusterConfig" if legacy else "ClusterConfig"
    found: list[Outcome] = []
    doubt: Undecided | None = None
    for problem in (_zone_awareness, _data_nodes, _masters):
        try:
            outcome = problem(domain, config)
        except Undecided as undecided:
            doubt = doubt or undecided
            continue
        if outcome is not None:
            found.append(outcome)
    return found or (unknown(doubt.reason, config) if doubt is not None else PASS)


def _zone_awareness(domain: Resource, config: str) -> Outcome | None:
    path = f"{config}.ZoneAwarenessEnabled"
    if domain.flag(path, default=False) or domain.flag(f"{config}.MultiAZWithStandbyEnabled", default=False):
        return None
    return fail(
        path, detail="zones", reason="its nodes are in one availability zone (ZoneAwarenessEnabled is not true)"
    )


def _data_nodes(domain: Resource, config: str) -> Outcome | None:
    count = domain.number(f"{config}.InstanceCount", default=1)
    if count is not None and count >= 3:
        return None
    return fail(
        f"{config}.InstanceCount", detail="data", reason=f"it has fewer than 3 data nodes (InstanceCount is {count})"
    )


def _masters(domain: Resource, config: str) -> Outcome | None:
    path = f"{config}.DedicatedMasterEnabled"
    if not domain.flag(path, default=False):
        return fail(
            path, detail="masters", reason="it has no dedicated master nodes (DedicatedMasterEnabled is not true)"
        )
    count = domain.number(f"{config}.DedicatedMasterCount", default=3)
    if count is None or count >= 3:
        return None
    reason = f"{count} dedicated master nodes have no majority when one fails (DedicatedMasterCount is {count})"
    return fail(f"{config}.DedicatedMasterCount", detail="masters", reason=reason)


# Databases -----------------------------------------------------------------------------------------------------------

_MEMBERS = {
    "AWS::RDS::DBCluster": "AWS::RDS::DBInstance",
    "AWS::DocDB::DBCluster": "AWS::DocDB::DBInstance",
    "AWS::Neptune::DBCluster": "AWS::Neptune::DBInstance",
}


def database_multi_az(rule: Rule, database: Resource) -> Verdicts:
    """An instance has a standby in another zone, a cluster two members or more."""
    return _instance(rule, database) if database.type == "AWS::RDS::DBInstance" else _cluster(database)


_REPLICA_OF = ("SourceDBInstanceIdentifier", "SourceDBClusterIdentifier")


def _instance(rule: Rule, instance: Resource) -> Verdicts:
    is_replica = any(instance.get(path) is not None for path in _REPLICA_OF)
    if is_cluster_member(instance) or (is_replica and not rule["check_read_replicas"]):
        return NOT_APPLICABLE
    if str(instance.get("Engine")).startswith("custom-"):
        return NOT_APPLICABLE  # RDS Custom has standbys of its own kind
    if instance.flag("MultiAZ", default=False):
        return PASS
    said = "not set" if instance.get("MultiAZ") is None else "false"
    return fail("MultiAZ", reason=f"it has no standby in another availability zone (MultiAZ is {said})")


def is_cluster_member(instance: Resource) -> bool:
    """Whether a database instance is one of an Aurora cluster, which is judged in its place."""
    return instance.get("DBClusterIdentifier") is not None or str(instance.get("Engine")).startswith("aurora")


def members_of(cluster: Resource) -> list[Resource]:
    """The instances of a database cluster."""
    return cluster.referrers(_MEMBERS[cluster.type], path="DBClusterIdentifier")


def _cluster(cluster: Resource) -> Verdicts:
    if cluster.type == "AWS::RDS::DBCluster":
        if cluster.get("DBClusterInstanceClass") is not None:
            return PASS  # a Multi-AZ DB cluster has two readable standbys
        if cluster.get("EngineMode", "provisioned") == "serverless":
            return NOT_APPLICABLE  # the first serverless Aurora has no instances
        if cluster.get("ClusterScalabilityType", "standard") == "limitless":
            return NOT_APPLICABLE
    members = members_of(cluster)
    if len(members) < 2 and not (members and _has_scaled_reader(cluster)):
        has = "one member instance" if members else "no member instance in this app"
        return fail(None, reason=f"it has {has}, so nothing takes over in another availability zone")
    zones = [member.get("AvailabilityZone") for member in members]
    # The same element of Fn::GetAZs is the same zone, whichever it is.
    named = all(isinstance(zone, str) or (isinstance(zone, Unknown) and zone.name is not None) for zone in zones)
    if len(zones) > 1 and named and len({str(zone) for zone in zones}) == 1:
        where = zones[0] if isinstance(zones[0], str) else "the same availability zone"
        return fail(None, reason=f"all its member instances are in {where}")
    return PASS


def _has_scaled_reader(cluster: Resource) -> bool:
    """Whether Application Auto Scaling keeps at least one reader beside the members of the template.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html
    """
    if cluster.type != "AWS::RDS::DBCluster":
        return False
    targets = scalable_targets(cluster, "rds:cluster:ReadReplicaCount")
    return holds_for_any(targets, lambda target: (target.number("MinCapacity") or 0) >= 1)


# Everything else -----------------------------------------------------------------------------------------------------


def other_stateful_service(rule: Rule, resource: Resource) -> Verdicts:
    """What keeps state does so in several zones."""
    del rule
    return unless_tagged(resource, _NO_HA, lambda: _other(resource))


def _other(resource: Resource) -> Verdicts:
    match resource.type:
        case "AWS::EFS::FileSystem":
            zone = resource.get("AvailabilityZoneName")
            return PASS if zone is None else fail("AvailabilityZoneName", reason=f"keeps its files in {zone} only")
        case "AWS::Redshift::Cluster":
            if resource.flag("MultiAZ", default=False) or resource.flag("AvailabilityZoneRelocation", default=False):
                return PASS
            return fail(
                "MultiAZ",
                reason="cannot leave its availability zone (MultiAZ and AvailabilityZoneRelocation are not true)",
            )
        case "AWS::DMS::ReplicationInstance":
            if resource.flag("MultiAZ", default=False):
                return PASS
            return fail("MultiAZ", reason="stops replicating with its availability zone (MultiAZ is not true)")
        case "AWS::AmazonMQ::Broker":
            if resource.get("DeploymentMode") != "SINGLE_INSTANCE":
                return PASS
            return fail("DeploymentMode", reason="is a single broker (DeploymentMode is SINGLE_INSTANCE)")
        case _:
            nodes = resource.number("ReplicationFactor")
            if nodes is None or nodes >= 3:
                return PASS
            return fail("ReplicationFactor", reason=f"has fewer than 3 nodes (ReplicationFactor is {nodes})")
