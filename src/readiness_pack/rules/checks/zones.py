"""How many availability zones a resource certainly spans."""

from __future__ import annotations

from readiness_pack.template import Reference, Resource, Undecided, Unknown, Value, is_known
from readiness_pack.template.views import spans_zones, subnets_of

_ALL_ZONES = "Fn::GetAZs("


def subnets_problem(resource: Resource, paths: tuple[str, ...], minimum: int) -> str | None:
    """What keeps the subnets that ``resource`` names from lying in ``minimum`` zones.

    Subnets of the app count by their zones; those from outside by their ids, each in a zone of its own.

    Args:
        resource: a service, function, load balancer ...
        paths: its properties of subnet ids, with ``[*]``.
        minimum: how many zones it must span.

    Returns:
        ``None`` where they do, or where it names no subnet.

    Raises:
        Undecided: they may or may not.
    """
    values = [value for path in paths for _, value in resource.each(path) if value is not None]
    if not values:
        return None
    distinct = {str(value): value for value in values}
    doubt = next((value for value in distinct.values() if _is_open(value)), None)
    if doubt is None and len(distinct) < minimum:
        return f"it names {_counted(len(distinct), 'subnet')} only"
    inside = [found for path in paths for found in subnets_of(resource, path).known]
    outside = sum(1 for value in distinct.values() if isinstance(value, str) and not _is_inside(resource, value))
    needed = minimum - outside
    if needed <= 0 or spans_zones(list(dict.fromkeys(inside)), needed):
        return None
    if doubt is not None:
        raise Undecided(doubt.reason if isinstance(doubt, Unknown) else f"{doubt} is only known after deployment")
    names = ", ".join(sorted(subnet.logical_id for subnet in inside))
    return f"its subnets ({names}) lie in fewer than {minimum} availability zones"


def zones_problem(resource: Resource, path: str, minimum: int) -> str | None:
    """As :func:`subnets_problem`, for a list of availability zones; ``Fn::GetAZs`` is all of a region's."""
    value = resource.get(path)
    if value is None:
        return None
    if isinstance(value, Unknown):
        if value.name is not None and value.name.startswith(_ALL_ZONES) and "[" not in value.name:
            return None
        value.undecided()
    zones = {str(zone): zone for zone in (value if isinstance(value, list) else [value])}
    # Elements of Fn::GetAZs with different numbers are different zones.
    certain = [name for name, zone in zones.items() if is_known(zone) or name.startswith("${" + _ALL_ZONES)]
    if len(certain) >= minimum:
        return None
    for name, zone in zones.items():
        if name not in certain and isinstance(zone, Unknown):
            zone.undecided()
    return f"it names {_counted(len(zones), 'availability zone')} only"


def _is_open(value: Value) -> bool:
    """Whether the value may stand for any number of subnets of any zone."""
    if isinstance(value, Reference):
        return value.resource.type != "AWS::EC2::Subnet"
    return not is_known(value) and getattr(value, "target", None) is None


def _is_inside(resource: Resource, subnet_id: str) -> bool:
    return resource.assembly.graph.named(subnet_id) is not None


def _counted(number: int, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {noun}s"
