"""Checks on network ACLs: what they let in, and whether their entries take effect."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.checks.security_groups import named_port
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Undecided, Value, is_known
from readiness_pack.template.views import is_world, subnet_kind

_ENTRY = "AWS::EC2::NetworkAclEntry"
_ALL = -1
_TCP, _UDP = 6, 17
_ICMP = (1, 58)
_ALL_PORTS = (0, 65535)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a network ACL; each question raises :class:`Undecided` where the answer is not known."""

    resource: Resource

    @property
    def number(self) -> float | int | None:
        """Its place: lower numbers are asked first."""
        return self.resource.number("RuleNumber")

    @property
    def allows(self) -> bool:
        """Whether it allows; else it denies."""
        return known_text(self.resource.get("RuleAction", "")).lower() == "allow"

    @property
    def egress(self) -> bool:
        """Whether it is about what leaves the subnet."""
        return bool(self.resource.flag("Egress", default=False))

    @property
    def protocol(self) -> float | int | None:
        """The number of the protocol; -1 for all."""
        return self.resource.number("Protocol")

    @property
    def range(self) -> tuple[str, Value]:
        """The property that holds the range of addresses, and the range."""
        path = "Ipv6CidrBlock" if self.resource.get("CidrBlock") is None else "CidrBlock"
        return path, self.resource.get(path)

    def ports(self) -> tuple[float | int, float | int] | None:
        """First and last port; ``None`` for protocols without ports."""
        if self.protocol == _ALL:
            return _ALL_PORTS
        if self.protocol not in (_TCP, _UDP):
            return None
        first, last = self.resource.number("PortRange.From"), self.resource.number("PortRange.To")
        return _ALL_PORTS if first is None or last is None else (first, last)

    def is_from_world(self) -> bool:
        """Whether it is about every address."""
        return is_world(self.range[1])


def entries_beside(entry: Resource) -> list[Entry]:
    """The other entries of the same network ACL."""
    try:
        acl = entry.target("NetworkAclId")
    except Undecided:
        acl = None  # a parameter, which other entries of the template may name too
    if acl is not None:
        found: Iterable[Resource] = acl.referrers(_ENTRY, path="NetworkAclId")
    else:
        # An ACL from outside the app: entries that name it alike.
        found = [one for one in entry.assembly.of_type(_ENTRY) if one.exists() and _same_acl(one, entry)]
    return [Entry(one) for one in found if one is not entry]


def _same_acl(one: Resource, other: Resource) -> bool:
    ids = one.get("NetworkAclId"), other.get("NetworkAclId")
    return str(ids[0]) == str(ids[1]) and (is_known(ids[0]) or one.stack is other.stack)


# What they let in ----------------------------------------------------------------------------------------------------


def no_admin_ingress(rule: Rule, resource: Resource) -> Verdicts:
    """The ports of administration are not let in from everywhere, or an earlier entry denies them."""
    entry = Entry(resource)
    if not entry.allows or entry.egress:
        return NOT_APPLICABLE
    ports = entry.ports()
    wanted = [port for port in rule["admin_ports"] if ports is not None and ports[0] <= port <= ports[1]]
    if not wanted or not entry.is_from_world():
        return PASS
    denied = {port for port in wanted if _is_denied_before(port, entry)}
    left = [port for port in wanted if port not in denied]
    if not left:
        return PASS
    path, cidr = entry.range
    reached = " and ".join(named_port(port) for port in left)
    return fail(path, number=entry.number, cidr=cidr, reached=f"{'ports' if len(left) > 1 else 'port'} {reached}")


def _is_denied_before(port: int, entry: Entry) -> bool:
    return any(
        not other.egress and not other.allows and _comes_before(other, entry) and _holds(other, port, entry)
        for other in entries_beside(entry.resource)
    )


def _comes_before(one: Entry, other: Entry) -> bool:
    first, second = one.number, other.number
    return first is not None and second is not None and first < second


def _holds(denial: Entry, port: int, entry: Entry) -> bool:
    ports = denial.ports()
    same_protocol = denial.protocol in (_ALL, _TCP) or denial.protocol == entry.protocol
    if ports is None or not same_protocol or not ports[0] <= port <= ports[1]:
        return False
    return denial.range[0] == entry.range[0] and denial.is_from_world()


# Whether they take effect --------------------------------------------------------------------------------------------


def rules_effective(rule: Rule, resource: Resource) -> Verdicts:
    """No denial comes after an entry that already allows the same; no number is given twice."""
    del rule
    entry = Entry(resource)

    def judge(other: Entry) -> Outcome | None:
        if other.egress != entry.egress or other.number is None:
            return None
        name = other.resource.logical_id
        if other.number == entry.number:
            return fail("RuleNumber", detail=f"number {name}", reason=f"has the same number as {name}")
        if entry.allows or not other.allows or not _comes_before(other, entry) or not _covers(other, entry):
            return None
        reason = f"denies nothing: {name} (number {other.number}) comes before it and allows the same"
        return fail("RuleNumber", detail=f"shadow {name}", reason=reason)

    return judged(entries_beside(resource), judge) or PASS


def _covers(allowing: Entry, denying: Entry) -> bool:
    """Whether everything that ``denying`` is about is allowed by ``allowing``."""
    if allowing.protocol not in (_ALL, denying.protocol):
        return False
    if allowing.protocol != _ALL and not _covers_ports(allowing, denying):
        return False
    return _covers_range(allowing.range, denying.range)


def _covers_ports(allowing: Entry, denying: Entry) -> bool:
    if allowing.protocol in _ICMP:
        for path in ("Icmp.Type", "Icmp.Code"):
            mine, other = allowing.resource.number(path, default=-1), denying.resource.number(path, default=-1)
            if mine not in (-1, other):
                return False
        return True
    mine_, other_ = allowing.ports(), denying.ports()
    return mine_ is None or other_ is None or (mine_[0] <= other_[0] and other_[1] <= mine_[1])


def _covers_range(outer: tuple[str, Value], inner: tuple[str, Value]) -> bool:
    if outer[0] != inner[0] or outer[1] is None:
        return False
    if isinstance(outer[1], Reference) and isinstance(inner[1], Reference) and outer[1] == inner[1]:
        return True
    if is_world(outer[1]):
        return True
    networks = [_network(value) for value in (outer[1], inner[1])]
    return networks[0].version == networks[1].version and networks[1].subnet_of(networks[0])  # type: ignore[arg-type]


def _network(value: Value) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    if isinstance(value, Reference):
        raise Undecided(f"the range {value} is only known after deployment")
    try:
        return ipaddress.ip_network(known_text(value), strict=False)
    except ValueError:
        raise Undecided(f"{value} is no range of addresses") from None


# Which subnets have one ----------------------------------------------------------------------------------------------


def isolated_subnet_has_acl(rule: Rule, subnet: Resource) -> Verdicts:
    """A subnet that only its VPC reaches has a network ACL of its own."""
    del rule
    if subnet.referrers("AWS::EC2::SubnetNetworkAclAssociation", path="SubnetId"):
        return PASS
    if subnet_kind(subnet) != "isolated":
        return NOT_APPLICABLE
    return fail()
