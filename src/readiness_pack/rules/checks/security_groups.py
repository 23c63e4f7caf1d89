"""Checks on what security groups let in."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable
from typing import Any

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.load_balanced import serves_clients
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Undecided, Unknown, Value
from readiness_pack.template.views import (
    GroupRule,
    Partial,
    egress_rules,
    holds_for_any,
    ingress_rules,
    prefix_length,
    rules_of,
    users_of_group,
)

_GROUP = "AWS::EC2::SecurityGroup"

PORT_NAMES = {
    20: "FTP",
    21: "FTP",
    22: "SSH",
    23: "Telnet",
    25: "SMTP",
    80: "HTTP",
    110: "POP3",
    135: "RPC",
    143: "IMAP",
    443: "HTTPS",
    445: "SMB",
    1433: "SQL Server",
    1434: "SQL Server",
    3306: "MySQL",
    3389: "RDP",
    4333: "mSQL",
    5432: "PostgreSQL",
    5500: "VNC",
    5601: "Kibana",
    6379: "Redis",
    9200: "OpenSearch",
    9300: "OpenSearch",
    11211: "Memcached",
    27017: "MongoDB",
}
"""What usually listens on a port, for messages."""


# What a rule says ----------------------------------------------------------------------------------------------------


def rules_in(resource: Resource, direction: str = "ingress") -> Partial[GroupRule]:
    """The rules of one direction that are written in ``resource``: a security group, or a rule of its own."""
    if resource.type != _GROUP:
        return rules_of(resource)
    rules = ingress_rules(resource) if direction == "ingress" else egress_rules(resource)
    return Partial((rule for rule in rules.known if rule.source is resource), rules.reason)


def group_of(resource: Resource) -> Resource | None:
    """The group that the rules in ``resource`` belong to; ``None`` where it is not in the app."""
    if resource.type == _GROUP:
        return resource
    group = resource.target("GroupId")
    return group if group is not None and group.type == _GROUP else None


def name_of(resource: Resource) -> str:
    """How messages call the group that the rules in ``resource`` belong to."""
    if resource.type == _GROUP:
        return resource.logical_id
    value = resource.get("GroupId")
    if isinstance(value, Reference):
        group = value.resource
        return group.logical_id if group.type == _GROUP else f"{value.attribute} of {group.logical_id}"
    return str(value if value is not None else resource.get("GroupName"))


def is_wide(cidr: Value, max_prefix: int) -> bool:
    """Whether a range holds so many addresses that it limits nobody.

    Args:
        cidr: the range, as far as it is known; ``None`` for a rule about a group or prefix list.
        max_prefix: shorter prefixes than this are wide, unless all the addresses are private ones.

    Raises:
        Undecided: the range is not known.
    """
    if cidr is None or is_of_vpc(cidr):
        return False
    length = prefix_length(cidr)
    if length is None or length >= max_prefix:
        return False
    return not (isinstance(cidr, str) and ":" in cidr and _is_unique_local(cidr))


def _is_from_wide(entry: GroupRule, max_prefix: int) -> bool:
    """Whether a rule is about a wide range, or a prefix list of the app that holds one."""
    if entry.prefix_list is None:
        return is_wide(entry.cidr, max_prefix)
    named = entry.source.assembly.target(entry.prefix_list) if isinstance(entry.prefix_list, Reference) else None
    if named is None or named.type != "AWS::EC2::PrefixList":
        return False
    return holds_for_any(named.each("Entries[*].Cidr"), lambda one: is_wide(one[1], max_prefix))


def _is_unique_local(cidr: str) -> bool:
    return ipaddress.IPv6Network(cidr, strict=False).subnet_of(ipaddress.IPv6Network("fc00::/7"))


def is_of_vpc(cidr: Value) -> bool:
    """Whether a range is that of a VPC or subnet of the app: never more than a /16."""
    if isinstance(cidr, Unknown):  # one of a list that only the deployment gives
        return cidr.kind == "attribute" and "CidrBlocks}" in (cidr.name or "")
    return isinstance(cidr, Reference) and "Cidr" in (cidr.attribute or "")


def named_port(port: int) -> str:
    """``22 (SSH)``, or the number alone."""
    return f"{port} ({PORT_NAMES[port]})" if port in PORT_NAMES else str(port)


def reached(rule: GroupRule) -> str:
    """What a rule lets one reach: ``port 22 (SSH)``, ``ports 8000 to 8100``, ``every port``."""
    ports = rule.ports()
    if ports is None:
        return f"protocol {rule.protocol}"
    if ports[1] - ports[0] >= 65534:
        return "every port"
    return f"port {named_port(ports[0])}" if ports[0] == ports[1] else f"ports {ports[0]} to {ports[1]}"


def found_in(rule: GroupRule, detail: str = "", **fields: Any) -> Outcome:
    """A failure of one rule of a group; ``detail`` tells it from others of the group."""
    source = rule.cidr if rule.cidr is not None else rule.prefix_list if rule.prefix_list is not None else rule.group
    path = rule.cidr_path if rule.cidr is not None else rule.path or "IpProtocol"
    what = reached(rule)
    label = f"{source} {rule.protocol} {what}{detail}"
    return fail(path, detail=label, group=name_of(rule.source), source=str(source), reached=what, **fields)


# Ingress -------------------------------------------------------------------------------------------------------------


def no_world_ingress(rule: Rule, resource: Resource) -> Verdicts:
    """Only load balancers, and what must let their clients in, are open to everybody, on public ports."""
    public_ports = rule["public_ports"]

    def judge(entry: GroupRule) -> Outcome | None:
        harmless: tuple[Callable[[], bool], ...] = (
            lambda: not _is_from_wide(entry, rule["max_prefix"]),
            lambda: entry.protocol in ("icmp", "icmpv6"),  # has no ports; path MTU discovery needs it
            lambda: _serves(entry, public_ports),
        )
        if holds_for_any(harmless, _call):
            return None
        ports = entry.ports()
        public = ports is not None and _within(ports, public_ports)
        return found_in(entry, reason=", and no load balancer uses the group" if public else "")

    return judged(rules_in(resource), judge) or PASS


def _call(question: Callable[[], bool]) -> bool:
    return question()


def _within(ports: tuple[int, int], public_ports: Collection[int]) -> bool:
    return all(port in public_ports for port in range(ports[0], ports[1] + 1))


def _serves(entry: GroupRule, public_ports: list[int]) -> bool:
    ports = entry.ports()
    if ports is None or entry.is_all_traffic():
        return False
    group = group_of(entry.source)
    if group is not None:
        return serves_clients(group, ports, public_ports)
    if entry.source.type != _GROUP and entry.source.target("GroupId") is not None:
        return False  # the default group of a VPC
    if _within(ports, public_ports):
        raise Undecided(f"security group {name_of(entry.source)} is not in this app, so who uses it is not known")
    return False


def admin_ports_closed(rule: Rule, resource: Resource) -> Verdicts:
    """Nobody reaches the ports of administration and of data stores from everywhere."""
    if resource.type == "AWS::EKS::Nodegroup":
        return _node_group(resource)
    risky = sorted(rule["high_risk_ports"])

    def judge(entry: GroupRule) -> Outcome | None:
        harmless: tuple[Callable[[], bool], ...] = (
            lambda: not _is_from_wide(entry, rule["max_prefix"]),
            lambda: not _admitted(entry, risky),
        )
        if holds_for_any(harmless, _call):
            return None
        ports = _admitted(entry, risky)
        named = ", ".join(named_port(port) for port in ports[:3]) + (" and others" if len(ports) > 3 else "")
        plural = "port" if len(ports) == 1 else "ports"
        return found_in(entry, place=f"Security group {name_of(resource)}", ports=f"{plural} {named}")

    return judged(rules_in(resource), judge) or PASS


def _admitted(entry: GroupRule, ports: Iterable[int]) -> list[int]:
    return [port for port in ports if entry.admits_port(port)]


def _node_group(nodes: Resource) -> Verdicts:
    path = "RemoteAccess"
    if nodes.get(f"{path}.Ec2SshKey") is None:
        return NOT_APPLICABLE
    if nodes.list(f"{path}.SourceSecurityGroups"):
        return PASS
    place = f"Node group {nodes.logical_id}"
    return fail(f"{path}.SourceSecurityGroups", detail="nodes", place=place, source="0.0.0.0/0", ports="port 22 (SSH)")


def no_all_protocols(rule: Rule, resource: Resource) -> Verdicts:
    """No rule lets in every protocol, or more ports than one service needs; within the group itself it may."""

    def judge(entry: GroupRule) -> Outcome | None:
        narrow: tuple[Callable[[], bool], ...] = (
            lambda: entry.port_span() <= rule["max_port_span"],
            lambda: _is_from_itself(entry),
        )
        return None if holds_for_any(narrow, _call) else found_in(entry)

    return judged(rules_in(resource), judge) or PASS


def _is_from_itself(entry: GroupRule) -> bool:
    if entry.group is None:
        return False
    group = group_of(entry.source)
    if group is not None:
        return entry.peer is group
    value = entry.source.get("GroupId")
    return value is not None and bool(entry.group == value)


# Databases -----------------------------------------------------------------------------------------------------------

_DATA_STORES = (
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::Redshift::Cluster",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::DocDB::DBCluster",
    "AWS::Neptune::DBCluster",
    "AWS::MemoryDB::Cluster",
    "AWS::DAX::Cluster",
)


def database_ingress(rule: Rule, resource: Resource) -> Verdicts:
    """Data stores are reached from named groups, not from whatever has an address in a range."""
    group = group_of(resource)
    stores = users_of_group(group, *_DATA_STORES) if group is not None else []
    if group is not None and not stores:
        return NOT_APPLICABLE
    allowed = rule["allowed_admin_cidrs"]

    def judge(entry: GroupRule) -> Outcome | None:
        if entry.cidr is None or (not is_of_vpc(entry.cidr) and entry.cidr in allowed):
            return None
        if group is None:
            raise Undecided(f"security group {name_of(resource)} is not in this app, so who uses it is not known")
        return found_in(entry, store=stores[0].logical_id)

    return judged(rules_in(resource), judge) or PASS
