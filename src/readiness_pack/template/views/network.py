"""Networks: what a subnet's routes make of it, and which subnets, VPC and availability zones a resource lives in."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Literal

from readiness_pack.template.values import Reference, Text, Undecided, Unknown, Value, as_string, is_known
from readiness_pack.template.views.partial import Partial, once_a_world
from readiness_pack.template.views.relations import RELATIONS

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource

SubnetKind = Literal["public", "private", "isolated"]

_IPV4_DEFAULT = "0.0.0.0/0"
_IPV6_DEFAULT = "::/0"

# What takes traffic out of a VPC without letting the internet in; the property of AWS::EC2::Route that names it.
_WAYS_OUT = (
    "NatGatewayId",
    "EgressOnlyInternetGatewayId",
    "TransitGatewayId",
    "InstanceId",
    "NetworkInterfaceId",
    "VpcPeeringConnectionId",
    "CarrierGatewayId",
    "LocalGatewayId",
    "CoreNetworkArn",
    "VpcEndpointId",
)

# Types that name a group of subnets instead of the subnets: the property and the type of the group.
_SUBNET_GROUPS: dict[str, str] = {
    "AWS::RDS::DBInstance": "DBSubnetGroupName",
    "AWS::RDS::DBCluster": "DBSubnetGroupName",
    "AWS::DocDB::DBCluster": "DBSubnetGroupName",
    "AWS::Neptune::DBCluster": "DBSubnetGroupName",
    "AWS::Neptune::DBInstance": "DBSubnetGroupName",
    "AWS::ElastiCache::ReplicationGroup": "CacheSubnetGroupName",
    "AWS::ElastiCache::CacheCluster": "CacheSubnetGroupName",
    "AWS::MemoryDB::Cluster": "SubnetGroupName",
    "AWS::DAX::Cluster": "SubnetGroupName",
    "AWS::Redshift::Cluster": "ClusterSubnetGroupName",
    "AWS::DMS::ReplicationInstance": "ReplicationSubnetGroupIdentifier",
}


# Routes ------------------------------------------------------------------------------------------------------------


def subnet_kind(subnet: Resource) -> SubnetKind:
    """What the routes of ``subnet`` make of it.

    ``public``: a route leads to an internet gateway. ``private``: there is none, but another way out for all
    destinations (a NAT gateway or instance, an egress-only or transit gateway, peering ...). ``isolated``: neither. A
    subnet without a route table of its own has the main one of its VPC, which in a VPC of the app holds local routes
    only, since CloudFormation cannot add to it.
    (https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html,
    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html)

    Raises:
        Undecided: it hangs on a route table, gateway or VPC from outside the app.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Vpc": {"Type": "AWS::EC2::VPC"},
        ...     "Gateway": {"Type": "AWS::EC2::InternetGateway"},
        ...     "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}},
        ...     "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
        ...     "In": {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": {
        ...         "SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}}},
        ...     "Out": {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": {"Ref": "Table"},
        ...         "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": {"Ref": "Gateway"}}}}})
        >>> subnet_kind(app.of_type("AWS::EC2::Subnet")[0])
        'public'
    """
    return once_a_world(subnet.assembly, ("subnet kind", subnet), lambda: _kind(subnet))


def _kind(subnet: Resource) -> SubnetKind:
    doubt: Undecided | None = None
    private = False
    for route in routes_of(subnet):
        try:
            way = _way(route)
        except Undecided as undecided:
            doubt = doubt or undecided
            continue
        if way == "public":
            return "public"
        private = private or way == "private"
    if doubt is not None:
        raise doubt
    return "private" if private else "isolated"


def routes_of(subnet: Resource) -> list[Resource]:
    """The ``AWS::EC2::Route`` resources that apply to ``subnet``, beside the local ones that every route table has.

    Raises:
        Undecided: its route table is not in the app.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "vpc-1"}}}})
        >>> routes_of(app.of_type("AWS::EC2::Subnet")[0])
        Traceback (most recent call last):
        readiness_pack.template.values.Undecided: the main route table of Subnet is not in this app
    """
    table = route_table_of(subnet)
    if table is not None:
        return table.referrers("AWS::EC2::Route", path="RouteTableId")
    if _vpc(subnet, "VpcId") is None:
        raise Undecided(f"the main route table of {subnet.logical_id} is not in this app")
    return []


def route_table_of(subnet: Resource) -> Resource | None:
    """The route table that ``subnet`` is associated with; ``None`` where it has the main one of its VPC.

    Raises:
        Undecided: the association names a route table from outside the app.
    """
    for association in subnet.referrers("AWS::EC2::SubnetRouteTableAssociation", path="SubnetId"):
        table = association.target("RouteTableId")
        if table is None:
            raise Undecided(f"the route table of {subnet.logical_id} is not in this app")
        return table
    return None


def _way(route: Resource) -> SubnetKind:
    """``public`` for a way to an internet gateway, ``private`` for another one to everywhere, else ``isolated``."""
    gateway = route.get("GatewayId")
    if gateway is not None and _is_internet_gateway(gateway):
        return "public"
    leads_out = (gateway is not None and gateway != "local") or any(route.get(name) is not None for name in _WAYS_OUT)
    return "private" if leads_out and _is_default(route) else "isolated"


def _is_internet_gateway(gateway: Value) -> bool:
    if isinstance(gateway, Reference):
        return gateway.resource.type == "AWS::EC2::InternetGateway"
    if not is_known(gateway) and not isinstance(gateway, Text):
        gateway.undecided()
    return bool(as_string(gateway).startswith("igw-"))


def _is_default(route: Resource) -> bool:
    """Whether the route takes every destination that no other takes."""
    v4 = route.get("DestinationCidrBlock")
    if v4 is not None:
        return bool(v4 == _IPV4_DEFAULT)
    v6 = route.get("DestinationIpv6CidrBlock")
    return v6 is not None and bool(v6 == _IPV6_DEFAULT)


def nat_gateways_of(subnet: Resource) -> list[Resource]:
    """The NAT gateways of the app that the routes of ``subnet`` lead to.

    Raises:
        Undecided: a route leads to a NAT gateway that the template does not tell.
    """
    found: dict[Resource, None] = {}
    for route in routes_of(subnet):
        gateway = route.target("NatGatewayId")
        if gateway is not None:
            found[gateway] = None
    return list(found)


# Where a resource lives --------------------------------------------------------------------------------------------


@cache
def _subnet_paths(type_: str) -> tuple[str, ...]:
    return tuple(path for source, path in RELATIONS["subnet"] if source == type_)


def subnets_of(resource: Resource, path: str | None = None) -> Partial[Resource]:
    """The subnets in which ``resource`` lives, itself or through its subnet group.

    Args:
        resource: a function, service, load balancer, database, subnet group ...
        path: the property of subnet ids to read, with ``[*]`` for a list; what the type has for them where not given.

    Returns:
        Subnets of the app; incomplete where it names others, or names them in a way that the template does not decide.
        Empty where it names none at all.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "A": {"Type": "AWS::EC2::Subnet"},
        ...     "Group": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"SubnetIds": [{"Ref": "A"}, "subnet-1"]}},
        ...     "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"DBSubnetGroupName": {"Ref": "Group"}}}}})
        >>> found = subnets_of(app.of_type("AWS::RDS::DBInstance")[0])
        >>> found.known, found.reason
        ([<AWS::EC2::Subnet Template/A>], 'subnet-1 is not in this app')
    """
    found: Partial[Resource] = Partial()
    for one in (path,) if path is not None else _subnet_paths(resource.type):
        for _, value in resource.each(one):
            _collect(resource, value, found)
    group_path = _SUBNET_GROUPS.get(resource.type) if path is None else None
    group = resource.get(group_path) if group_path else None
    if group is not None:
        target = _target(resource, group)
        if target is None:
            found.lacking(_outside(group))
        else:
            found.include(subnets_of(target))
    return Partial(dict.fromkeys(found.known), found.reason)


def _collect(resource: Resource, value: Value, found: Partial[Resource]) -> None:
    if value is None:
        return
    if isinstance(value, list):
        for part in value:
            _collect(resource, part, found)
        return
    target = _target(resource, value)
    if target is None:
        found.lacking(_outside(value))
    elif target.type == "AWS::EC2::Subnet":
        found.append(target)
    else:
        found.lacking(f"{value} is only known after deployment")


def _target(resource: Resource, value: Value) -> Resource | None:
    try:
        return resource.assembly.target(value)
    except Undecided:
        return None


def _outside(value: Value) -> str:
    return value.reason if isinstance(value, Unknown) else f"{value} is not in this app"


def vpc_of(resource: Resource) -> Resource:
    """The ``AWS::EC2::VPC`` of a subnet, security group, route table or endpoint, or of what lives in subnets.

    Raises:
        Undecided: it is not in the app, or the resource names neither a VPC nor a subnet of the app.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Vpc": {"Type": "AWS::EC2::VPC"},
        ...     "A": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}},
        ...     "Nat": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": {"Ref": "A"}}}}})
        >>> vpc_of(app.of_type("AWS::EC2::NatGateway")[0])
        <AWS::EC2::VPC Template/Vpc>
    """
    if resource.type == "AWS::EC2::VPC":
        return resource
    for path in ("VpcId", "VPCId"):
        vpc = _vpc(resource, path)
        if vpc is not None:
            return vpc
    if resource.type != "AWS::EC2::Subnet":
        for subnet in subnets_of(resource).known:
            return vpc_of(subnet)
    raise Undecided(f"the VPC of {resource.logical_id} is not in this app")


def _vpc(resource: Resource, path: str) -> Resource | None:
    vpc = _target(resource, resource.get(path))
    return vpc if vpc is not None and vpc.type == "AWS::EC2::VPC" else None


def subnets_in(vpc: Resource) -> list[Resource]:
    """The subnets of the app in ``vpc``.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Vpc": {"Type": "AWS::EC2::VPC"},
        ...     "A": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}}}})
        >>> subnets_in(app.of_type("AWS::EC2::VPC")[0])
        [<AWS::EC2::Subnet Template/A>]
    """
    return vpc.referrers("AWS::EC2::Subnet", path="VpcId")


# Availability zones ------------------------------------------------------------------------------------------------


def availability_zone(subnet: Resource) -> Value:
    """The availability zone of ``subnet`` as far as it is known.

    Returns:
        ``eu-west-1a``, or an :class:`Unknown` named after what chooses it: ``Fn::GetAZs(eu-west-1)[0]``.
    """
    zone = subnet.get("AvailabilityZone")
    if zone is None:
        zone = subnet.get("AvailabilityZoneId")
    if zone is None:
        return Unknown(f"AWS chooses the availability zone of {subnet.logical_id}")
    return zone


def spans_zones(subnets: list[Resource], minimum: int) -> bool:
    """Whether ``subnets`` certainly lie in at least ``minimum`` availability zones.

    ``Fn::Select`` with different indices from ``Fn::GetAZs`` gives different zones; parameters may give any.

    Raises:
        Undecided: it may or may not be so.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> zone = lambda number: {"Fn::Select": [number, {"Fn::GetAZs": ""}]}
        >>> app = Assembly.from_template({"Resources": {
        ...     name: {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": zone(number)}}
        ...     for number, name in enumerate("AB")}})
        >>> spans_zones(app.of_type("AWS::EC2::Subnet"), 2), spans_zones(app.of_type("AWS::EC2::Subnet")[:1], 2)
        (True, False)
    """
    reason = subnets.reason if isinstance(subnets, Partial) else None
    by_source: dict[str, set[str]] = defaultdict(set)
    open_zones: dict[str, str] = {}
    for subnet in subnets.known if isinstance(subnets, Partial) else subnets:
        zone = availability_zone(subnet)
        if isinstance(zone, Unknown) and zone.name is not None and zone.name.startswith("Fn::GetAZs("):
            by_source[zone.name.split("[")[0]].add(zone.name)
        elif isinstance(zone, str):
            by_source[""].add(zone)
        else:
            reasoned = isinstance(zone, Unknown | Text)
            name = str(zone) if not isinstance(zone, Unknown) or zone.name else subnet.logical_id
            open_zones[name] = zone.reason if reasoned else f"{zone} is only known after deployment"
    # Zones by index and zones by name may be the same ones, so only those of one kind certainly differ.
    if max((len(zones) for zones in by_source.values()), default=min(len(open_zones), 1)) >= minimum:
        return True
    if reason is None and sum(len(zones) for zones in by_source.values()) + len(open_zones) < minimum:
        return False
    raise Undecided(reason or next(iter(open_zones.values()), "zones by name and zones by number may be the same"))
