"""Checks that Spot capacity is used where work may be interrupted, and so that it stays available."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_object, known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Undecided, Value
from readiness_pack.template.views.partial import holds_for_all, holds_for_any
from readiness_pack.template.views.tags import tags

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_MIXED = "MixedInstancesPolicy"
_DISTRIBUTION = f"{_MIXED}.InstancesDistribution"
_YES = ("true", "yes", "1")


@dataclass(frozen=True, slots=True)
class _Compute:
    """What a type of resource says of Spot; each question may raise :class:`Undecided`."""

    path: str
    uses: Callable[[Resource], bool]
    only: Callable[[Resource], bool]
    weakness: Callable[[Resource], str | None]


def spot_fits_work(rule: Rule, resource: Resource) -> Verdicts:
    """Work that may be interrupted runs on Spot; Spot is spread over types; other work does not hang on it."""
    marked = tags(resource).get(rule["interruptible_tag"])
    interruptible = marked is not None and known_text(marked).lower() in _YES
    compute = _KINDS[resource.type]
    if not compute.uses(resource):
        if not interruptible:
            return NOT_APPLICABLE
        return fail(compute.path, detail="unused", reason="may be interrupted and uses no Spot capacity")
    questions: tuple[Callable[[], Outcome | None], ...] = (
        lambda: _weak(compute, resource),
        lambda: None if interruptible else _alone(rule, compute, resource),
    )
    return judged(questions, lambda question: question()) or PASS


def _weak(compute: _Compute, resource: Resource) -> Outcome | None:
    weakness = compute.weakness(resource)
    return None if weakness is None else fail(compute.path, detail="weak", reason=weakness)


def _alone(rule: Rule, compute: _Compute, resource: Resource) -> Outcome | None:
    if not compute.only(resource):
        return None
    reason = (
        f"has nothing but Spot capacity, and no tag {rule['interruptible_tag']}=true says that it may be interrupted"
    )
    return fail(compute.path, detail="alone", reason=reason)


# Auto Scaling groups -------------------------------------------------------------------------------------------------


def _group_uses(group: Resource) -> bool:
    if group.get(_MIXED) is not None:
        return _on_demand_percentage(group) < 100
    template = group.target("LaunchTemplate.LaunchTemplateId") or group.target("LaunchTemplate.LaunchTemplateName")
    if template is not None:
        market = template.get("LaunchTemplateData.InstanceMarketOptions.MarketType")
        return market is not None and bool(market == "spot")
    configuration = group.target("LaunchConfigurationName")
    return configuration is not None and configuration.get("SpotPrice") is not None


def _on_demand_percentage(group: Resource) -> float:
    return group.number(f"{_DISTRIBUTION}.OnDemandPercentageAboveBaseCapacity", default=100) or 0


def _group_only(group: Resource) -> bool:
    if group.get(_MIXED) is None:
        return True  # a launch template or configuration that asks for Spot gets nothing else
    base = group.number(f"{_DISTRIBUTION}.OnDemandBaseCapacity", default=0)
    return base == 0 and _on_demand_percentage(group) == 0


def _group_weakness(group: Resource) -> str | None:
    if group.get(_MIXED) is None:
        return "asks for Spot capacity of one instance type"
    path = f"{_MIXED}.LaunchTemplate.Overrides"
    overrides = [known_object(override) for _, override in group.each(f"{path}[*]")]
    by_requirements = any(override.get("InstanceRequirements") is not None for override in overrides)
    if not by_requirements and len({known_text(override.get("InstanceType")) for override in overrides}) < 2:
        return "asks for Spot capacity of one instance type"
    strategy = group.get(f"{_DISTRIBUTION}.SpotAllocationStrategy")
    if strategy is None or strategy == "lowest-price":
        said = "lowest-price" if strategy is not None else "not set and so lowest-price"
        return f"takes the cheapest Spot capacity and not what is likely to stay (SpotAllocationStrategy is {said})"
    return None


# AWS Batch -----------------------------------------------------------------------------------------------------------

_RESOURCES = "ComputeResources"


def _batch_uses(environment: Resource) -> bool:
    kind = environment.get(f"{_RESOURCES}.Type")
    return kind is not None and known_text(kind) in ("SPOT", "FARGATE_SPOT")


def _batch_weakness(environment: Resource) -> str | None:
    if environment.get(f"{_RESOURCES}.Type") == "FARGATE_SPOT":
        return None
    types = [known_text(value) for _, value in environment.each(f"{_RESOURCES}.InstanceTypes[*]")]
    # "optimal" and families without a size stand for several types.
    if len(types) == 1 and "." in types[0]:
        return f"asks for Spot capacity of one instance type ({types[0]})"
    strategy = environment.get(f"{_RESOURCES}.AllocationStrategy")
    if strategy is None or strategy == "BEST_FIT":
        said = "BEST_FIT" if strategy is not None else "not set and so BEST_FIT"
        return f"takes the cheapest Spot capacity and not what is likely to stay (AllocationStrategy is {said})"
    return None


# Amazon EKS ----------------------------------------------------------------------------------------------------------


def _nodes_use(group: Resource) -> bool:
    kind = group.get("CapacityType")
    return kind is not None and bool(kind == "SPOT")


def _nodes_weakness(group: Resource) -> str | None:
    if group.get("LaunchTemplate") is not None and group.get("InstanceTypes") is None:
        return "asks for Spot capacity of one instance type"
    types = group.list("InstanceTypes")
    return "asks for Spot capacity of one instance type" if len(types) < 2 else None


def _nodes_only(group: Resource) -> bool:
    """Whether every node group of the cluster is on Spot, as far as the app has them."""
    cluster = group.target("ClusterName")
    groups = cluster.referrers(group.type, path="ClusterName") if cluster is not None else [group]
    return holds_for_all(groups, _nodes_use)


# Amazon ECS ----------------------------------------------------------------------------------------------------------

_STRATEGY = "CapacityProviderStrategy"
_DEFAULT = "DefaultCapacityProviderStrategy"
_ASSOCIATIONS = "AWS::ECS::ClusterCapacityProviderAssociations"


def _providers(service: Resource) -> list[Value]:
    """The capacity providers of a service, its cluster's where it names neither a strategy nor a launch type."""
    own = [value for _, value in service.each(f"{_STRATEGY}[*].CapacityProvider")]
    if own or service.get("LaunchType") is not None:
        return own
    cluster = service.target("Cluster")
    if cluster is None:
        return []
    found = [value for _, value in cluster.each(f"{_DEFAULT}[*].CapacityProvider")]
    for association in cluster.referrers(_ASSOCIATIONS, path="Cluster"):
        found += [value for _, value in association.each(f"{_DEFAULT}[*].CapacityProvider")]
    return found


def _is_spot(provider: Value, service: Resource) -> bool:
    if isinstance(provider, Reference):
        provided = provider.resource.target("AutoScalingGroupProvider.AutoScalingGroupArn")
        if provided is None or provided.type != _GROUP:
            raise Undecided(f"what capacity provider {provider} offers is not in this app")
        return _group_uses(provided)
    name = known_text(provider)
    target = service.assembly.target(provider) if not name.startswith("FARGATE") else None
    return name == "FARGATE_SPOT" if target is None else _is_spot(Reference(target), service)


def _service_uses(service: Resource) -> bool:
    return holds_for_any(_providers(service), lambda provider: _is_spot(provider, service))


def _service_only(service: Resource) -> bool:
    return holds_for_all(_providers(service), lambda provider: _is_spot(provider, service))


_KINDS = {
    _GROUP: _Compute(_MIXED, _group_uses, _group_only, _group_weakness),
    # Jobs are retried; what runs in a queue is not a service.
    "AWS::Batch::ComputeEnvironment": _Compute(f"{_RESOURCES}.Type", _batch_uses, lambda _: False, _batch_weakness),
    "AWS::ECS::Service": _Compute(_STRATEGY, _service_uses, _service_only, lambda _: None),
    "AWS::EKS::Nodegroup": _Compute("CapacityType", _nodes_use, _nodes_only, _nodes_weakness),
}
