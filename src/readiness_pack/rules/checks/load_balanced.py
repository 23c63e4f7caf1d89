"""Which security groups stand at a load balancer, or behind one that passes the addresses of clients on."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from readiness_pack.template import Assembly, Resource, Undecided
from readiness_pack.template.intrinsics import resolve
from readiness_pack.template.views import Partial, holds_for_any, references_of, users_of_group
from readiness_pack.template.views.partial import once_an_app

BALANCERS = (
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ECS::Gateway",
)
"""Types that take requests from outside; of a gateway of ECS it is the load balancer that it shares."""

_GROUP_TYPES = ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
_SCALING_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
_LISTENERS = ("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule")
# Global Accelerator keeps the addresses of clients, also in front of internal load balancers and of instances:
# https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.html
_ACCELERATOR = "AWS::GlobalAccelerator::EndpointGroup"


def serves_clients(group: Resource, ports: tuple[int, int], public_ports: Collection[int]) -> bool:
    """Whether clients from anywhere must be let in through ``group`` on ``ports``, for a load balancer to work.

    Either a load balancer is in the group and the ports are public ones, or the group is that of targets of a network
    load balancer that faces the internet on a public port and has no security groups itself, so that only those of its
    targets can let clients in
    (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html).

    Raises:
        Undecided: who uses the group, or what is in front of its users, is not in the app.
    """
    span = range(ports[0], ports[1] + 1)
    if len(span) > _MOST:
        return False
    if all(port in public_ports for port in span) and _is_public_place(group):
        return True
    behind = _ports_behind(group, public_ports)
    if behind.reason is None and not set(span) <= set(behind.known):
        if all(port in public_ports for port in span):
            _check_handed_out(group)
        return False
    return all(port in behind for port in span)


_MOST = 1000  # no load balancer has so many listeners


def _is_public_place(group: Resource) -> bool:
    if users_of_group(group, *BALANCERS):
        return True
    return any(member.referrers(_ACCELERATOR) for member in _members(group))


def _members(group: Resource) -> list[Resource]:
    """What is in the group; an Auto Scaling group stands beside its launch template or configuration."""
    users = users_of_group(group)
    return [*users, *(scaling for user in users for scaling in user.referrers(_SCALING_GROUP))]


def only_at_balancers(group: Resource) -> bool:
    """Whether nothing but load balancers is in the group."""
    users = users_of_group(group)
    return bool(users) and all(user.type in BALANCERS for user in users)


# Behind a network load balancer --------------------------------------------------------------------------------------


def _ports_behind(group: Resource, public_ports: Collection[int]) -> Partial[int]:
    """The ports on which members are targets of such a load balancer."""
    found: Partial[int] = Partial()
    for member in _members(group):
        try:
            for target_group, port in _registrations(member):
                if _is_in_front(target_group, public_ports):
                    found.extend(one for one in (port, target_group.number("Port")) if one is not None)  # type: ignore[misc]
        except Undecided as undecided:
            found.lacking(undecided.reason)
    return found


def _registrations(member: Resource) -> Iterator[tuple[Resource, float | int | None]]:
    """The target groups in which ``member`` is, and the port it names itself."""
    if member.type == "AWS::ECS::Service":
        for path, _ in member.each("LoadBalancers[*]"):
            yield _named(member, f"{path}.TargetGroupArn"), member.number(f"{path}.ContainerPort")
    elif member.type == _SCALING_GROUP:
        for path, _ in member.each("TargetGroupARNs[*]"):
            yield _named(member, path), None
    else:
        for group in member.referrers(_TARGET_GROUP, path="Targets[*].Id"):
            for path, _ in group.each("Targets[*]"):
                if group.target(f"{path}.Id") is member:
                    yield group, group.number(f"{path}.Port")


def _named(member: Resource, path: str) -> Resource:
    target = member.target(path)
    if target is None:
        raise Undecided(f"target group {member.get(path)} is not in this app")
    return target


def _is_in_front(target_group: Resource, public_ports: Collection[int]) -> bool:
    """Whether a network load balancer without security groups sends to the target group from a public port."""
    return holds_for_any(target_group.referrers(*_LISTENERS), lambda one: _passes_on(one, public_ports))


def _passes_on(listener: Resource, public_ports: Collection[int]) -> bool:
    if listener.type != _LISTENERS[0] or listener.number("Port") not in public_ports:
        return False  # only application load balancers have rules
    balancer = listener.target("LoadBalancerArn")
    if balancer is None:
        raise Undecided(f"the load balancer of {listener.logical_id} is not in this app")
    return (
        balancer.get("Type", "application") == "network"
        and balancer.get("SecurityGroups") is None
        and bool(balancer.get("Scheme", "internet-facing") == "internet-facing")
    )


# Handed out ----------------------------------------------------------------------------------------------------------


def _check_handed_out(group: Resource) -> None:
    """A group that nothing of the app uses, but that others are given, may stand at a load balancer of theirs."""
    if users_of_group(group):
        return
    others = [one for one in group.referrers() if one.type not in _GROUP_TYPES]
    if others:
        raise Undecided(f"what {others[0].logical_id} does with {group.logical_id} is not in the template")
    if group in _in_outputs(group.assembly):
        raise Undecided(f"{group.logical_id} is an output, and who uses it is not in this app")


def _in_outputs(assembly: Assembly) -> frozenset[Resource]:
    def collected() -> frozenset[Resource]:
        values = [
            resolve(output.get("Value"), stack)
            for stack in assembly.stacks
            for output in stack.outputs.values()
            if isinstance(output, dict)
        ]
        return frozenset(references_of(values))

    return once_an_app(assembly, "resources in outputs", collected)
