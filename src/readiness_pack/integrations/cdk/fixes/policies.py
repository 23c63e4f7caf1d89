"""Gives resource policies statements: through the L2 that keeps them, by a new policy, or in an existing one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import CfnResource, Stack, Token
from constructs import Construct

from readiness_pack.integrations.cdk.fixes.writing import VERSION, free
from readiness_pack.integrations.fixes.model import Statements, Subject
from readiness_pack.integrations.fixes.planning import is_intrinsic

STATEMENTS = "PolicyDocument.Statement"


def grow(
    resource: CfnResource,
    subject: Subject,
    kind: Statements,
    policy: CfnResource | None,
    is_first: bool,
    added: list[dict[str, Any]],
) -> bool:
    """Let the L2 around ``resource`` add statements; whether there is one that keeps the policy.

    Args:
        resource: the bucket, queue or topic.
        subject: the resource in the template.
        kind: which kind of policy it is.
        policy: the policy that there is.
        is_first: whether there is none yet.
        added: the statements.
    """
    holder = resource.node.scope
    add = getattr(holder, "add_to_resource_policy", None)
    if add is None or holder is None:
        return False
    if not is_first and (policy is None or not policy.node.path.startswith(f"{holder.node.path}/")):
        return False  # the policy is another construct's; one of the L2's own would take its place in AWS
    from aws_cdk.aws_iam import PolicyStatement

    for statement in [*kind.standing(subject.logical_id), *added] if is_first else added:
        add(PolicyStatement.from_json(_as_text(statement)))
    return True


def may_grow(resource: CfnResource) -> bool:
    """Whether an L2 around ``resource`` makes and keeps its policy."""
    return hasattr(resource.node.scope, "add_to_resource_policy")


def make_policy(
    resource: CfnResource, stack: Stack, subject: Subject, kind: Statements, added: list[dict[str, Any]]
) -> None:
    """Make the first policy of ``resource``, beside it."""
    scope = cast("Construct", resource.node.scope or stack)
    document = {"Version": VERSION, "Statement": [*kind.standing(subject.logical_id), *added]}
    properties = {**kind.naming({"Ref": subject.logical_id}), "PolicyDocument": document}
    policy = CfnResource(
        scope, free(scope, f"{resource.node.id}TlsPolicy"), type=kind.policy_type, properties=properties
    )
    if "Condition" in subject.resource:  # without its resource there must be no policy
        policy.add_override("Condition", subject.resource["Condition"])


def statements_of(properties: Mapping[str, Any]) -> list[Any] | None:
    """The statements of a policy, ``None`` where a function stands for them.

    Example:
        >>> statements_of({"PolicyDocument": {"Statement": {"Effect": "Deny"}}})
        [{'Effect': 'Deny'}]
    """
    document = properties.get("PolicyDocument")
    if not isinstance(document, Mapping) or is_intrinsic(document):
        return None
    statements = document.get("Statement") or []
    if isinstance(statements, Mapping):
        return None if is_intrinsic(statements) else [statements]
    return statements if isinstance(statements, list) else None


def extended(properties: Mapping[str, Any], added: list[dict[str, Any]]) -> dict[str, Any]:
    """The properties of a policy with further statements.

    Example:
        >>> extended({"PolicyDocument": {"Statement": []}}, [{"Effect": "Deny"}])
        {'PolicyDocument': {'Statement': [{'Effect': 'Deny'}]}}
    """
    statements = statements_of(properties)
    if statements is None:
        return dict(properties)
    return {**properties, "PolicyDocument": {**properties["PolicyDocument"], "Statement": [*statements, *added]}}


def find(stack: Stack, logical_id: str) -> CfnResource | None:
    """The resource of ``stack`` with that logical id."""
    found = (one for one in stack.node.find_all() if isinstance(one, CfnResource))
    return next((one for one in found if stack.resolve(one.logical_id) == logical_id), None)


def _as_text(value: Any) -> Any:
    """``value`` with functions of CloudFormation's as tokens, since ``from_json`` takes text only."""
    if is_intrinsic(value):
        return Token.as_string(value)
    if isinstance(value, dict):
        return {name: _as_text(one) for name, one in value.items()}
    return [_as_text(one) for one in value] if isinstance(value, list) else value
