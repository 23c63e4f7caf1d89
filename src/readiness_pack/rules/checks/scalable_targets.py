"""What Application Auto Scaling scales: the scalable targets of a resource and what moves them.

A target names its resource by text: ``service/<cluster>/<service>``, ``table/<table>/index/<index>``,
``endpoint/<endpoint>/variant/<variant>``, ``cluster:<cluster>``
(https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from readiness_pack.template import Assembly, Reference, Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views import Partial, named_resource
from readiness_pack.template.views.partial import once_an_app

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"

# How a target spells a resource of each type; {} stands for its name, which may be followed by "/...".
_SPELLING = {
    "AWS::DynamoDB::Table": "table/{}",
    "AWS::ECS::Service": "/{}",
    "AWS::RDS::DBCluster": "cluster:{}",
    "AWS::SageMaker::Endpoint": "endpoint/{}",
}


def scalable_targets(
    resource: Resource, dimension: str, name: str | None = None, suffix: str = ""
) -> Partial[Resource]:
    """The scalable targets that move ``dimension`` of ``resource``.

    Args:
        resource: a service, table or endpoint.
        dimension: e.g. ``ecs:service:DesiredCount``.
        name: the resource's literal name, where the template model does not know its type's name property.
        suffix: what must follow the resource in the target's ``ResourceId``: ``/index/by-date``.

    Returns:
        The targets; incomplete where one may be about the resource.
    """
    found: Partial[Resource] = Partial()
    own = name or resource.literal_name
    written = _written_out(resource.assembly)
    named = written.by_name.get(own, []) if own is not None else []
    for target in dict.fromkeys([*resource.referrers(TARGET, path="ResourceId"), *named, *written.open]):
        if not target.exists():
            continue
        try:
            if target.get("ScalableDimension") == dimension and _is_about(
                target.get("ResourceId"), resource, own, suffix
            ):
                found.append(target)
        except Undecided as undecided:
            found.lacking(undecided.reason)
    return found


def scaling_policies(target: Resource) -> list[Resource]:
    """The policies of a scalable target, named by reference or by the same ``ResourceId`` and dimension."""
    found = dict.fromkeys(target.referrers(POLICY, path="ScalingTargetId"))
    own = (_spelled(target.get("ResourceId")), _spelled(target.get("ScalableDimension")))
    for policy in _policies_by_text(target.assembly):
        if policy.exists() and (_spelled(policy.get("ResourceId")), _spelled(policy.get("ScalableDimension"))) == own:
            found[policy] = None
    return list(found)


def _is_about(value: Value, resource: Resource, name: str | None, suffix: str) -> bool:
    if isinstance(value, Unknown):
        if value.target is None:
            value.undecided()
        return value.target is resource and not suffix
    if isinstance(value, Text):
        for number, part in enumerate(value.parts):
            if isinstance(part, Reference) and part.resource is resource:
                rest = "".join(str(piece) for piece in value.parts[number + 1 :])
                return rest == suffix
        if any(reference.resource.type == resource.type for reference in value.references):
            return False
    if name is None:
        # CloudFormation will choose the name, which is none that people write.
        if isinstance(value, Text) and any(isinstance(part, Unknown) for part in value.parts):
            value.undecided()
        return False
    spelled = _SPELLING[resource.type].format(name) + suffix
    cluster = _cluster_name(resource)
    if cluster is not None and isinstance(value, str):
        return value == f"service/{cluster}/{name}"
    if isinstance(value, Text) and spelled.startswith("/"):
        return value.endswith(spelled)
    return bool(value.endswith(spelled)) if spelled.startswith("/") else bool(value == spelled)


def _cluster_name(service: Resource) -> str | None:
    """The name of the cluster of an ECS service; ``None`` where it is not known, or for another type."""
    if service.type != "AWS::ECS::Service":
        return None
    cluster = service.get("Cluster", "default")
    target = named_resource(service.assembly, cluster)
    if target is not None:
        return target.literal_name
    return cluster.rsplit("/", 1)[-1] if isinstance(cluster, str) else None


def _spelled(value: Value) -> object:
    """Something that is equal for equal expressions; never equal for what is not known at all."""
    return object() if value is None or (isinstance(value, Unknown) and value.name is None) else str(value)


@dataclass(slots=True)
class _Written:
    """Targets whose ``ResourceId`` is text, by each name in it, and those of which parts are not known."""

    by_name: dict[str, list[Resource]] = field(default_factory=lambda: defaultdict(list))
    open: list[Resource] = field(default_factory=list)

    def add(self, target: Resource) -> None:
        values = [value for _, value in target.assembly.alternatives(lambda: target.get("ResourceId"))]
        for value in values:
            if isinstance(value, str):
                for name in dict.fromkeys(re.split("[/:]", value)):
                    self.by_name[name].append(target)
        if not values or any(isinstance(value, Unknown) or _is_open(value) for value in values):
            self.open.append(target)


def _is_open(value: Value) -> bool:
    """Whether the text refers to nothing that can be scaled."""
    return isinstance(value, Text) and not any(one.resource.type in _SPELLING for one in value.references)


def _written_out(assembly: Assembly) -> _Written:
    def index() -> _Written:
        written = _Written()
        for target in assembly.by_type.get(TARGET, ()):
            written.add(target)
        return written

    return once_an_app(assembly, "scalable targets by text", index)


def _policies_by_text(assembly: Assembly) -> list[Resource]:
    def index() -> list[Resource]:
        return [policy for policy in assembly.by_type.get(POLICY, ()) if policy.raw_at("ScalingTargetId") is None]

    return once_an_app(assembly, "scaling policies by text", index)
