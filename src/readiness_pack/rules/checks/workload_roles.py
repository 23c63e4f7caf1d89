"""Checks on the roles with which instances, tasks, pods and agents act."""

from __future__ import annotations

from collections.abc import Iterable

from readiness_pack.rules.checks.ec2 import judged_by_instance
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import unless_tagged
from readiness_pack.rules.checks.iam_grants import allows_widely, statement_label
from readiness_pack.rules.checks.iam_trust import Pair, trusted
from readiness_pack.rules.checks.known import known_text, spelled
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided
from readiness_pack.template.views.actions import scoping_conditions
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.partial import holds_for_any
from readiness_pack.template.views.policies import (
    attached_managed_policy_names,
    principal_statements,
    trust_statements,
)
from readiness_pack.template.views.statements import Statement

# Instances and tasks -------------------------------------------------------------------------------------------------

_TEMPLATE_PROFILE = "LaunchTemplateData.IamInstanceProfile"


def compute_has_own_role(rule: Rule, resource: Resource) -> Verdicts:
    """What runs has a role to act with, so that nobody puts keys into it."""
    if resource.type == "AWS::EC2::LaunchTemplate" and (_chosen_elsewhere(resource) or judged_by_instance(resource)):
        return NOT_APPLICABLE
    judges = {"AWS::EC2::Instance": _instance, "AWS::EC2::LaunchTemplate": _launch_template}
    return unless_tagged(resource, rule["exempt_tag"], lambda: judges.get(resource.type, _task)(resource))


def _instance(instance: Resource) -> Verdicts:
    if instance.get("IamInstanceProfile") is not None:
        return PASS
    for path in ("LaunchTemplate.LaunchTemplateId", "LaunchTemplate.LaunchTemplateName"):
        if instance.get(path) is not None:
            template = instance.target(path)
            if template is None:
                return unknown("its launch template is not in this app", path)
            if template.get(_TEMPLATE_PROFILE) is not None:
                return PASS
    return fail("IamInstanceProfile", subject="Instance", lacks="instance profile")


def _chosen_elsewhere(template: Resource) -> bool:
    """Whether EKS or Batch give the instances their profile; node groups do not take one from a template.

    https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
    """
    return bool(template.referrers("AWS::EKS::Nodegroup", "AWS::Batch::ComputeEnvironment"))


def _launch_template(template: Resource) -> Verdicts:
    if template.get(_TEMPLATE_PROFILE) is not None:
        return PASS
    return fail(_TEMPLATE_PROFILE, subject="Launch template", lacks="instance profile")


def _task(task: Resource) -> Verdicts:
    return PASS if task.get("TaskRoleArn") is not None else fail("TaskRoleArn", subject="Task", lacks="task role")


# Pods ----------------------------------------------------------------------------------------------------------------

_PROVIDERS = ("AWS::IAM::OIDCProvider", "Custom::AWSCDKOpenIdConnectProvider")
# Services that nodes themselves need: https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
_NODE_SERVICES = frozenset(
    ("autoscaling", "cloudwatch", "ec2", "ec2messages", "ecr", "eks", "eks-auth", "logs", "ssm", "ssmmessages")
)


def pods_use_workload_identity(rule: Rule, cluster: Resource) -> Verdicts:
    """Pods act with roles of their own, and nodes have no rights that pods would borrow."""
    found: list[Outcome] = []
    if not _has_identities(cluster):
        found.append(fail(detail="identity"))
    for group in attached(cluster, "AWS::EKS::Nodegroup", "ClusterName"):
        found += _node_role(rule, group)
    return [outcome for outcome in found if outcome.verdict == "fail"] or found[:1] or PASS


def _has_identities(cluster: Resource) -> bool:
    if attached(cluster, "AWS::EKS::PodIdentityAssociation", "ClusterName"):
        return True
    if cluster.referrers(*_PROVIDERS, path="Url"):
        return True
    providers = cluster.assembly.of_type(*_PROVIDERS)
    return any("oidc.eks." in spelled(provider.get("Url")) for provider in providers)


def _node_role(rule: Rule, group: Resource) -> list[Outcome]:
    try:
        role = group.target("NodeRole")
    except Undecided as undecided:
        return [unknown(undecided.reason, detail=group.logical_id)]
    if role is None:
        return [unknown(f"the role of node group {group.logical_id} is not in this app", detail=group.logical_id)]
    names = attached_managed_policy_names(role)
    message = "Every pod on node group {group} can use what its role {role} allows beyond a node's needs: {extra}."

    def extra(what: str) -> Outcome:
        detail = f"{group.logical_id} {what}"
        return fail(detail=detail, message=message, group=group.logical_id, role=role.logical_id, extra=what)

    found = judged(names, lambda name: None if name in rule["node_policies"] else extra(name))
    found += judged(principal_statements(role), lambda one: extra(_beyond(one)) if _beyond(one) else None)
    return found


def _beyond(statement: Statement) -> str:
    """The actions of a statement that have nothing to do with running a node."""
    if not statement.is_allow:
        return ""
    if statement.actions is None:
        return "all but some actions"
    actions = [known_text(action) for action in statement.actions]
    return ", ".join(one for one in actions if one.partition(":")[0].lower() not in _NODE_SERVICES)


# Agents --------------------------------------------------------------------------------------------------------------

_ROLE_PATHS = {"AWS::BedrockAgentCore::Runtime": "RoleArn", "AWS::Bedrock::Agent": "AgentResourceRoleArn"}
_INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
_SOURCES = ("aws:sourceaccount", "aws:sourcearn")


def agent_role_scoped(rule: Rule, agent: Resource) -> Verdicts:
    """An agent may use the models it is meant to use, and its role serves no other account's agents."""
    path = _ROLE_PATHS[agent.type]
    found: list[Outcome] = []
    if rule["require_jwt"] and agent.type.endswith("::Runtime") and agent.get("AuthorizerConfiguration") is None:
        reason = "it has no AuthorizerConfiguration, so that callers need no token"
        found.append(fail("AuthorizerConfiguration", detail="authorizer", reason=reason))
    if agent.get(path) is not None:
        try:
            role = agent.target(path)
            found += [unknown("its role is not in this app", path)] if role is None else _role(role, path)
        except Undecided as undecided:
            found.append(unknown(undecided.reason, path))
    elif not found:
        return NOT_APPLICABLE
    return [outcome for outcome in found if outcome.verdict == "fail"] or found[:1] or PASS


def _role(role: Resource, path: str) -> list[Outcome]:
    def invokes_any(statement: Statement) -> Outcome | None:
        if not holds_for_any(_INVOKE, lambda action: allows_widely(statement, action)):
            return None
        reason = f"{statement_label(statement)} of its role {role.logical_id} allows it to invoke every model"
        return fail(path, detail="models", reason=reason)

    def trusts_any(element: Pair) -> Outcome | None:
        statement, _ = element
        if not statement.is_allow or holds_for_any(scoping_conditions(statement), lambda one: one.key in _SOURCES):
            return None
        reason = f"its role {role.logical_id} trusts Bedrock on behalf of any account (no aws:SourceAccount)"
        return fail(path, detail="trust", reason=reason)

    services = trusted(trust_statements(role)).those(lambda pair: _is_bedrock(pair[1].service))
    return [*_first(judged(principal_statements(role), invokes_any)), *_first(judged(services, trusts_any))]


def _is_bedrock(service: str | None) -> bool:
    return service in ("bedrock", "bedrock-agentcore")


def _first(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """One of several findings that say the same."""
    return list(outcomes)[:1]
