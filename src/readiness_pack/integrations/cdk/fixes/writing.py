"""Writes what was planned to constructs: property overrides, attributes, rights of roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from aws_cdk import CfnDeletionPolicy, CfnResource, Stack
from constructs import Construct, IConstruct

from readiness_pack.integrations.fixes.model import Subject

_POLICIES = {"Retain": CfnDeletionPolicy.RETAIN, "Snapshot": CfnDeletionPolicy.SNAPSHOT}
VERSION = "2012-10-17"


def write(resource: CfnResource, writes: Mapping[str, Any]) -> None:
    """Set properties and attributes of ``resource``.

    Attributes go where ``apply_removal_policy`` writes, too, so that a later call of that wins.
    """
    for path, value in writes.items():
        if path == "@DeletionPolicy":
            resource.cfn_options.deletion_policy = _POLICIES[value]
        elif path == "@UpdateReplacePolicy":
            resource.cfn_options.update_replace_policy = _POLICIES[value]
        else:
            resource.add_property_override(path, value)


def foreign(value: Any, known: frozenset[str]) -> bool:
    """Whether ``value`` refers to what is not ``known`` in its stack: CDK prepares such references only later."""
    match value:
        case {"Ref": name} if len(value) == 1:
            return not str(name).startswith("AWS::") and name not in known
        case {"Fn::GetAtt": [name, *_]} if len(value) == 1:
            return name not in known
        case dict():
            return any(foreign(one, known) for one in value.values())
        case list():
            return any(foreign(one, known) for one in value)
        case _:
            return False


def free(scope: IConstruct, wanted: str) -> str:
    """``wanted``, or the first id like it that no child of ``scope`` has."""
    taken = {child.node.id for child in scope.node.children}
    numbers = (f"{wanted}{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(name for name in numbers if name not in taken)


def grant(resource: CfnResource, subject: Subject, role: Any, actions: Iterable[str]) -> str | None:
    """Give the role of ``resource`` the right to ``actions``.

    Args:
        resource: the function or state machine.
        subject: the resource in the template.
        role: the property that names its role.
        actions: IAM actions that are granted on every resource, as those of X-Ray are.

    Returns:
        Why that cannot be done, ``None`` where it was.
    """
    from aws_cdk.aws_iam import PolicyStatement

    match role:
        case {"Fn::GetAtt": [role_id, "Arn"]} if subject.stack.get(role_id, {}).get("Type") == "AWS::IAM::Role":
            pass
        case _:
            return "its role is not in its stack and may lack the right to send traces"
    holder = resource.node.scope
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    grows = getattr(holder, "add_to_role_policy", None)
    if grows is not None:
        grows(PolicyStatement.from_json(statement))
        return None
    scope = cast("Construct", holder or Stack.of(resource))
    name = free(scope, f"{resource.node.id}TracingPolicy")
    properties = {
        "PolicyName": f"Tracing-{subject.logical_id}"[:128],
        "PolicyDocument": {"Version": VERSION, "Statement": [statement]},
        "Roles": [{"Ref": role_id}],
    }
    policy = CfnResource(scope, name, type="AWS::IAM::Policy", properties=properties)
    if "Condition" in subject.resource:
        policy.add_override("Condition", subject.resource["Condition"])
    # add_dependency is what there was before add_resource_dependency, and warns where that exists.
    getattr(resource, "add_resource_dependency", resource.add_dependency)(policy)
    return None
