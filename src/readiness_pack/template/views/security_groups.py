"""The rules of a security group, inline or as resources of their own, in one form."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from readiness_pack.template.graph import assembly_target
from readiness_pack.template.values import Text, Undecided, Unknown, Value, is_known
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.partial import Partial, holds_for_any, once_a_world
from readiness_pack.template.views.ports import port_number
from readiness_pack.template.views.relations import related

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource

Direction = Literal["ingress", "egress"]

_INLINE = {"ingress": "SecurityGroupIngress", "egress": "SecurityGroupEgress"}
_SEPARATE = {"ingress": "AWS::EC2::SecurityGroupIngress", "egress": "AWS::EC2::SecurityGroupEgress"}
_PEER = {
    "ingress": ("SourceSecurityGroupId", "SourceSecurityGroupName", "SourcePrefixListId"),
    "egress": ("DestinationSecurityGroupId", "", "DestinationPrefixListId"),
}
# Names that EC2 takes for protocol numbers, which IANA assigns:
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}
_ALL_PORTS = (0, 65535)


@dataclass(frozen=True, slots=True, eq=False)
class GroupRule:
    """One rule of a security group.

    Args:
        direction: ``ingress`` or ``egress``.
        protocol: ``tcp``, ``udp``, ``icmp``, ``icmpv6``, ``-1`` for all, or a protocol number.
        from_port: first port, or the ICMP type.
        to_port: last port, or the ICMP code.
        cidr: the IPv4 or IPv6 range let in or out; ``None`` where it is a prefix list or group.
        prefix_list: the prefix list.
        group: the other security group, as a value: a reference, an id ...
        description: as written.
        source: the resource in whose declaration the rule stands.
        path: the property, for findings: ``SecurityGroupIngress[0]``; ``""`` for a resource of its own.
    """

    direction: Direction
    protocol: Value
    from_port: Value
    to_port: Value
    cidr: Value
    prefix_list: Value
    group: Value
    description: Value
    source: Resource
    path: str

    @property
    def peer(self) -> Resource | None:
        """The other security group, where it is one of the app."""
        return assembly_target(self.source.assembly.graph, self.group)

    @property
    def cidr_path(self) -> str:
        """The property that holds the range, for findings."""
        name = "CidrIpv6" if isinstance(self.cidr, str) and ":" in self.cidr else "CidrIp"
        return f"{self.path}.{name}" if self.path else name

    def is_all_traffic(self) -> bool:
        """Whether the rule is about every protocol. Raises :class:`Undecided`."""
        return bool(self.protocol == "-1")

    def ports(self) -> tuple[int, int] | None:
        """First and last port; all of them for every protocol; ``None`` for protocols without ports.

        Raises:
            Undecided: protocol or ports are not known.

        Example:
            >>> from readiness_pack.template import Assembly
            >>> app = Assembly.from_template({"Resources": {"G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
            ...     "SecurityGroupIngress": [{"IpProtocol": "6", "FromPort": 22, "ToPort": "22"}]}}}})
            >>> ingress_rules(app.of_type("AWS::EC2::SecurityGroup")[0])[0].ports()
            (22, 22)
        """
        if self.is_all_traffic():
            return _ALL_PORTS
        if self.protocol not in ("tcp", "udp"):
            return None
        first, last = port_number(self.from_port), port_number(self.to_port)
        if first is None or first == -1:
            return _ALL_PORTS
        return first, first if last is None else last

    def admits_port(self, port: int) -> bool:
        """Whether the rule lets TCP or UDP traffic on ``port`` through. Raises :class:`Undecided`."""
        ports = self.ports()
        return ports is not None and ports[0] <= port <= ports[1]

    def port_span(self) -> int:
        """How many ports the rule lets through; 0 for protocols without ports. Raises :class:`Undecided`."""
        ports = self.ports()
        return 0 if ports is None else ports[1] - ports[0] + 1

    def is_from_world(self) -> bool:
        """Whether the rule is about every address. Raises :class:`Undecided`."""
        return self.cidr is not None and is_world(self.cidr)


# Addresses ---------------------------------------------------------------------------------------------------------


def is_world(cidr: Value) -> bool:
    """Whether ``cidr`` holds every address: ``0.0.0.0/0``, ``::/0`` and other spellings of them.

    Raises:
        Undecided: it is not known.

    Example:
        >>> is_world("0.0.0.0/0"), is_world("0::/0"), is_world("10.0.0.0/8")
        (True, True, False)
    """
    return prefix_length(cidr) == 0


def prefix_length(cidr: Value) -> int | None:
    """The prefix length of an IPv4 or IPv6 range; ``None`` where it is no range.

    Raises:
        Undecided: it is not known.

    Example:
        >>> prefix_length("10.0.0.0/8"), prefix_length("pl-1")
        (8, None)
    """
    if isinstance(cidr, Text):
        # The length is what matters, and it may be known when the address is not.
        tail = cidr.suffix.rsplit("/", 1)
        if len(tail) == 2 and tail[1].isdigit():
            return int(tail[1])
    if not is_known(cidr):
        if isinstance(cidr, Unknown | Text):
            cidr.undecided()
        raise Undecided(f"the range {cidr} is only known after deployment")
    try:
        return ipaddress.ip_network(cidr, strict=False).prefixlen if isinstance(cidr, str) else None
    except ValueError:
        return None


# Rules -------------------------------------------------------------------------------------------------------------


def ingress_rules(group: Resource) -> Partial[GroupRule]:
    """What ``group`` lets in.

    Args:
        group: an ``AWS::EC2::SecurityGroup``.

    Returns:
        Its inline rules, then those of ``AWS::EC2::SecurityGroupIngress`` resources anywhere in the app; incomplete
        where the list, or an element of it, is not known.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Group": {"Type": "AWS::EC2::SecurityGroup"},
        ...     "Ssh": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"GroupId": {"Ref": "Group"},
        ...         "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}}}})
        >>> [(rule.source.logical_id, rule.is_from_world()) for rule in ingress_rules(app.all_resources[0])]
        [('Ssh', True)]
    """
    return _rules(group, "ingress")


def egress_rules(group: Resource) -> Partial[GroupRule]:
    """What ``group`` lets out, as :func:`ingress_rules`; see :func:`has_default_egress` for a group without any."""
    return _rules(group, "egress")


def has_default_egress(group: Resource) -> bool:
    """Whether ``group`` names no egress rule at all, so that EC2 lets everything out.

    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html)

    Raises:
        Undecided: the rules are not known.
    """
    return not egress_rules(group)


def _rules(group: Resource, direction: Direction) -> Partial[GroupRule]:
    return once_a_world(group.assembly, ("group rules", group, direction), lambda: _collected(group, direction))


def _collected(group: Resource, direction: Direction) -> Partial[GroupRule]:
    found: Partial[GroupRule] = Partial()
    for path, entry in group.each(f"{_INLINE[direction]}[*]"):
        if isinstance(entry, dict):
            found.extend(_made(entry, direction, group, path))
        elif entry is not None:
            found.lacking(entry.reason if isinstance(entry, Unknown | Text) else f"{path} is no rule")
    for rule in separate_rules(group, direction):
        entry = rule.get()
        if isinstance(entry, dict):
            found.extend(_made(entry, direction, rule, ""))
        else:
            found.lacking(f"the properties of {rule.logical_id} are not known")
    return found


def separate_rules(group: Resource, direction: Direction) -> list[Resource]:
    """The ``AWS::EC2::SecurityGroupIngress`` or ``...Egress`` resources that add rules to ``group``."""
    return attached(group, _SEPARATE[direction], "GroupId")


def rules_of(resource: Resource) -> Partial[GroupRule]:
    """The rules that stand in ``resource`` itself: a security group (both directions, inline ones only), or a rule.

    For findings that belong where the rule is written, each rule once.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Ssh": {
        ...     "Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
        ...         "GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}}}})
        >>> rules_of(app.all_resources[0])[0].admits_port(22)
        True
    """
    for direction, type_ in _SEPARATE.items():
        if resource.type == type_:
            entry = resource.get()
            if isinstance(entry, dict):
                return Partial(_made(entry, direction, resource, ""))  # type: ignore[arg-type]
            return Partial(reason=f"the properties of {resource.logical_id} are not known")
    found = Partial(rule for rule in ingress_rules(resource).known if rule.source is resource)
    found.lacking(ingress_rules(resource).reason)
    found.extend(rule for rule in egress_rules(resource).known if rule.source is resource)
    found.lacking(egress_rules(resource).reason)
    return found


def _made(entry: dict[str, Value], direction: Direction, source: Resource, path: str) -> Iterator[GroupRule]:
    """One rule for each peer: a declaration should name exactly one."""
    by_id, by_name, by_list = _PEER[direction]
    group = entry.get(by_id) if entry.get(by_id) is not None else entry.get(by_name)
    peers: list[tuple[Value, Value, Value]] = [
        (entry[name], None, None) for name in ("CidrIp", "CidrIpv6") if name in entry
    ]
    if entry.get(by_list) is not None:
        peers.append((None, entry[by_list], None))
    if group is not None:
        peers.append((None, None, group))
    for cidr, prefix_list, other in peers or [(None, None, None)]:
        yield GroupRule(
            direction,
            _protocol(entry.get("IpProtocol")),
            entry.get("FromPort"),
            entry.get("ToPort"),
            cidr,
            prefix_list,
            other,
            entry.get("Description"),
            source,
            path,
        )


def _protocol(value: Value) -> Value:
    if isinstance(value, str | int):
        text = str(value).lower()
        return _PROTOCOLS.get(text, text)
    return value


# Who uses a group --------------------------------------------------------------------------------------------------


def users_of_group(group: Resource, *types: str) -> list[Resource]:
    """The resources that are in ``group``: load balancers, instances, functions, databases ...

    Args:
        group: an ``AWS::EC2::SecurityGroup``.
        types: which types count; all where none is named.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Group": {"Type": "AWS::EC2::SecurityGroup"},
        ...     "Lb": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {
        ...         "SecurityGroups": [{"Fn::GetAtt": ["Group", "GroupId"]}]}}}})
        >>> users_of_group(app.all_resources[0])
        [<AWS::ElasticLoadBalancingV2::LoadBalancer Template/Lb>]
    """
    return [user for user in related(group, "security_group") if not types or user.type in types]


def is_member(resource: Resource, group: Resource) -> bool:
    """Whether ``resource`` is in ``group``."""
    return holds_for_any(users_of_group(group), lambda user: user is resource)
