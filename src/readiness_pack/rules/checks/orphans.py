"""Checks that what the app pays for is used by something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource
from readiness_pack.template.graph import Edge
from readiness_pack.template.views.partial import once_an_app

_GROUP_FAMILY = ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
_FORWARDS = ("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule")
# What looks at a resource, or hands its name on, without using it.
_ONLOOKERS = (
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Backup::BackupSelection",
)
# What carries a name to somebody who cannot be seen here.
_CARRIERS = ("AWS::SSM::Parameter", "AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack")
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")

_MISSING = {
    "AWS::EC2::EIP": "is associated with nothing, and is paid for all the same",
    "AWS::EC2::Volume": "is attached to no instance",
    "AWS::EC2::SecurityGroup": "is the security group of nothing",
    "AWS::EC2::NatGateway": "is the target of no route",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "gets no traffic from any listener",
}


def is_used(rule: Rule, resource: Resource) -> Verdicts:
    """Something of the app uses the resource, or it is handed to somebody outside."""
    del rule
    if resource.type == "AWS::EC2::EIP" and resource.get("InstanceId") is not None:
        return PASS
    edges = [edge for edge in resource.edges_in() if edge.source is not resource]
    if any(_uses(edge, resource.type) for edge in edges):
        return PASS
    if any(_carries(edge) for edge in edges) or resource in _in_outputs(resource.assembly):
        return NOT_APPLICABLE
    return fail(reason=_MISSING[resource.type])


def _uses(edge: Edge, type_: str) -> bool:
    """Whether the reference ``edge`` to a resource of ``type_`` makes use of it."""
    source, path = edge.source.type, edge.path
    if path == "@DependsOn" or source in _ONLOOKERS or _carries(edge):
        return False
    match type_:
        case "AWS::EC2::SecurityGroup":
            return source not in _GROUP_FAMILY
        case "AWS::EC2::NatGateway":
            return source == "AWS::EC2::Route"
        case "AWS::ElasticLoadBalancingV2::TargetGroup":
            # The service and its scaling group fill the target group; the second one of a blue/green deployment gets
            # its traffic from ECS or CodeDeploy.
            is_second = path.startswith("LoadBalancers[*].AdvancedConfiguration.")
            return source in (*_FORWARDS, "AWS::CodeDeploy::DeploymentGroup") or is_second
        case _:
            return True


def _carries(edge: Edge) -> bool:
    return edge.source.type in _CARRIERS or edge.source.type.startswith("Custom::")


def _in_outputs(assembly: Assembly) -> frozenset[Resource]:
    """The resources that outputs of the app's stacks name: somebody outside may use those."""
    return once_an_app(assembly, "orphans: named by outputs", lambda: frozenset(_named_by_outputs(assembly)))


def _named_by_outputs(assembly: Assembly) -> Iterator[Resource]:
    for stack in assembly.stacks:
        for logical_id in _logical_ids(list(stack.outputs.values())):
            if logical_id in stack.resources:
                yield stack.resources[logical_id]


def _logical_ids(written: Any) -> Iterator[str]:
    """What ``Ref``, ``Fn::GetAtt`` and ``Fn::Sub`` name anywhere below ``written``."""
    if isinstance(written, list):
        for part in written:
            yield from _logical_ids(part)
    if not isinstance(written, dict):
        return
    for key, value in written.items():
        if key == "Ref" and isinstance(value, str):
            yield value
        elif key == "Fn::GetAtt":
            first = (
                value.split(".")[0] if isinstance(value, str) else value[0] if isinstance(value, list) and value else ""
            )
            yield str(first)
        elif key == "Fn::Sub":
            text = value[0] if isinstance(value, list) and value else value
            yield from _PLACEHOLDER.findall(text) if isinstance(text, str) else ()
        yield from _logical_ids(value)
