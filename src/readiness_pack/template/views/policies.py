"""Merged policies: everything that a principal may do, and everything that is said about a resource.

:func:`principal_statements` merges what is written in, attached to and inherited by a role, user or group, wherever in
the app it stands; :func:`resource_statements` merges the policies on a bucket, queue, topic, key, function ...
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from readiness_pack.template.graph import assembly_target
from readiness_pack.template.values import Text, Unknown, Value
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.partial import Partial, once_a_world
from readiness_pack.template.views.permissions import bus_statements, lambda_permissions, permission_statement
from readiness_pack.template.views.policy_sources import OWN_POLICIES, SEPARATE_POLICIES
from readiness_pack.template.views.statements import Statement, statements_in

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource


@dataclass(frozen=True, slots=True)
class PolicySource:
    """Where a policy stands.

    Args:
        source: the resource in whose declaration it stands.
        path: the property.
    """

    source: Resource
    path: str


# Principals --------------------------------------------------------------------------------------------------------

# Principal type -> policy resources that name it: (type, path of the name). Inline policies are its own ``Policies``.
_ATTACHED: dict[str, tuple[tuple[str, str], ...]] = {
    "AWS::IAM::Role": (
        ("AWS::IAM::Policy", "Roles[*]"),
        ("AWS::IAM::RolePolicy", "RoleName"),
        ("AWS::IAM::ManagedPolicy", "Roles[*]"),
    ),
    "AWS::IAM::User": (
        ("AWS::IAM::Policy", "Users[*]"),
        ("AWS::IAM::UserPolicy", "UserName"),
        ("AWS::IAM::ManagedPolicy", "Users[*]"),
    ),
    "AWS::IAM::Group": (
        ("AWS::IAM::Policy", "Groups[*]"),
        ("AWS::IAM::GroupPolicy", "GroupName"),
        ("AWS::IAM::ManagedPolicy", "Groups[*]"),
    ),
}


def principal_policies(resource: Resource) -> list[PolicySource]:
    """The policies of a role, user or group that stand in the app, each once.

    Inline, in resources that attach themselves to it, in managed policies that it names, and in those of its groups.

    Args:
        resource: an ``AWS::IAM::Role``, ``AWS::IAM::User`` or ``AWS::IAM::Group``.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Role": {"Type": "AWS::IAM::Role"},
        ...     "More": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Role"}]}}}})
        >>> principal_policies(app.of_type("AWS::IAM::Role")[0])
        [PolicySource(source=<AWS::IAM::Policy Template/More>, path='PolicyDocument')]
    """
    found: dict[PolicySource, None] = {}
    for path, _ in resource.each("Policies[*].PolicyDocument"):
        found[PolicySource(resource, path)] = None
    for type_, path in _ATTACHED.get(resource.type, ()):
        for policy in attached(resource, type_, path):
            found[PolicySource(policy, "PolicyDocument")] = None
    for _, value in resource.each("ManagedPolicyArns[*]"):
        policy_ = assembly_target(resource.assembly.graph, value)
        if policy_ is not None and policy_.type == "AWS::IAM::ManagedPolicy":
            found[PolicySource(policy_, "PolicyDocument")] = None
    for group in groups_of(resource):
        found |= dict.fromkeys(principal_policies(group))
    return list(found)


def groups_of(user: Resource) -> list[Resource]:
    """The groups of the app that ``user`` is a member of.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Admins": {"Type": "AWS::IAM::Group"}, "Ann": {"Type": "AWS::IAM::User"},
        ...     "In": {"Type": "AWS::IAM::UserToGroupAddition", "Properties": {
        ...         "GroupName": {"Ref": "Admins"}, "Users": [{"Ref": "Ann"}]}}}})
        >>> groups_of(app.of_type("AWS::IAM::User")[0])
        [<AWS::IAM::Group Template/Admins>]
    """
    if user.type != "AWS::IAM::User":
        return []
    graph = user.assembly.graph
    values = [value for _, value in user.each("Groups[*]")]
    values += [addition.get("GroupName") for addition in attached(user, "AWS::IAM::UserToGroupAddition", "Users[*]")]
    found = dict.fromkeys(assembly_target(graph, value) for value in values)
    return [group for group in found if group is not None and group.type == "AWS::IAM::Group"]


def principal_statements(resource: Resource) -> Partial[Statement]:
    """Everything that the policies of a role, user or group say, merged; its permissions boundary is apart.

    Args:
        resource: an ``AWS::IAM::Role``, ``AWS::IAM::User`` or ``AWS::IAM::Group``.

    Returns:
        The statements; incomplete where a customer-managed policy from outside the app is attached. Policies that AWS
        manages are not part of it: see :func:`attached_managed_policy_names`.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> document = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
        >>> app = Assembly.from_template({"Resources": {
        ...     "Role": {"Type": "AWS::IAM::Role"},
        ...     "More": {"Type": "AWS::IAM::Policy", "Properties": {
        ...         "Roles": [{"Ref": "Role"}], "PolicyDocument": document}}}})
        >>> [statement.actions for statement in principal_statements(app.of_type("AWS::IAM::Role")[0])]
        [('s3:GetObject',)]
    """
    return once_a_world(resource.assembly, ("principal statements", resource), lambda: _principal(resource))


def _principal(resource: Resource) -> Partial[Statement]:
    found = _merged(principal_policies(resource))
    for one in (resource, *groups_of(resource)):
        for _, value in one.each("ManagedPolicyArns[*]"):
            if aws_managed_policy_name(value) is None and assembly_target(resource.assembly.graph, value) is None:
                found.lacking(value.reason if isinstance(value, Unknown) else f"the policy {value} is not in this app")
    return found


def _merged(policies: list[PolicySource]) -> Partial[Statement]:
    found: Partial[Statement] = Partial()
    for policy in policies:
        found.include(statements_in(policy.source.get(policy.path), policy.source, policy.path))
    return found


def attached_managed_policy_names(resource: Resource) -> Partial[str]:
    """The names of the policies that AWS manages and that are attached to a role, user or group.

    Args:
        resource: the principal, or an ``AWS::SSO::PermissionSet``.

    Returns:
        ``["AdministratorAccess", "AWSLambdaBasicExecutionRole"]``: without ``service-role/`` and other paths;
        incomplete where an attached ARN is not known.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
        ...     "ManagedPolicyArns": [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"}]}}}})
        >>> attached_managed_policy_names(app.of_type("AWS::IAM::Role")[0])
        ['AdministratorAccess']
    """
    found: Partial[str] = Partial()
    for one in (resource, *groups_of(resource)):
        for path in ("ManagedPolicyArns[*]", "ManagedPolicies[*]"):
            for _, value in one.each(path):
                name = aws_managed_policy_name(value)
                if name is not None:
                    found.append(name)
                elif isinstance(value, Unknown) and value.target is None:
                    found.lacking(value.reason)
    return found


def aws_managed_policy_name(value: Value) -> str | None:
    """The name in the ARN of a policy that AWS manages, without its path; ``None`` for anything else.

    Example:
        >>> aws_managed_policy_name("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
        'AWSLambdaBasicExecutionRole'
    """
    text = value.suffix if isinstance(value, Text) else value
    if not isinstance(text, str) or ":iam::aws:policy/" not in text:
        return None
    return text.rsplit("/", 1)[-1]


def boundary_statements(resource: Resource) -> Partial[Statement] | None:
    """What the permissions boundary of a role or user says; ``None`` where it has none.

    Returns:
        The statements; none of them, and incomplete, where the boundary is not a policy of the app.
    """
    value = resource.get("PermissionsBoundary")
    if value is None:
        return None
    policy = assembly_target(resource.assembly.graph, value)
    if policy is None or policy.type != "AWS::IAM::ManagedPolicy":
        reason = value.reason if isinstance(value, Unknown) else f"the boundary {value} is not in this app"
        return Partial(reason=reason)
    return statements_in(policy.get("PolicyDocument"), policy, "PolicyDocument")


def trust_statements(role: Resource) -> Partial[Statement]:
    """Who may assume ``role``.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
        ...     "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        ...         "Principal": {"Service": "lambda.amazonaws.com"}}]}}}}})
        >>> [principal.service for principal in trust_statements(app.of_type("AWS::IAM::Role")[0])[0].principals]
        ['lambda']
    """
    path = "AssumeRolePolicyDocument"
    return statements_in(role.get(path), role, path)


# Resources ---------------------------------------------------------------------------------------------------------


_INVOKED = ("AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::Lambda::Version")


def resource_policies(resource: Resource) -> list[PolicySource]:
    """The policies on a resource: its own property, and resources of the app that put one on it, in template order.

    Lambda permissions are not among them, being statements rather than policies.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Bucket": {"Type": "AWS::S3::Bucket"},
        ...     "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Bucket"}}}}})
        >>> resource_policies(app.of_type("AWS::S3::Bucket")[0])
        [PolicySource(source=<AWS::S3::BucketPolicy Template/Policy>, path='PolicyDocument')]
    """
    found = [
        PolicySource(resource, concrete)
        for path in OWN_POLICIES.get(resource.type, ())
        for concrete, value in resource.each(path)
        if value is not None
    ]
    for type_, target_path, document in SEPARATE_POLICIES.get(resource.type, ()):
        found += [PolicySource(policy, document) for policy in attached(resource, type_, target_path)]
    return found


def resource_statements(resource: Resource) -> Partial[Statement]:
    """Everything that the policies on a resource say, merged.

    Args:
        resource: a bucket, queue, topic, key, secret, repository, file system, domain, API, event bus, vault, stream,
            table, function ...

    Returns:
        The statements; incomplete where a policy is not known. A function's permissions, also those on its aliases and
        versions, are statements with the conditions that ``SourceArn`` and its like stand for.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Function": {"Type": "AWS::Lambda::Function"},
        ...     "May": {"Type": "AWS::Lambda::Permission", "Properties": {
        ...         "FunctionName": {"Ref": "Function"}, "Action": "lambda:InvokeFunction",
        ...         "Principal": "s3.amazonaws.com", "SourceAccount": "111111111111"}}}})
        >>> statement = resource_statements(app.of_type("AWS::Lambda::Function")[0])[0]
        >>> statement.principals[0].service, statement.conditions[0].key
        ('s3', 'aws:sourceaccount')
    """
    return once_a_world(resource.assembly, ("resource statements", resource), lambda: _resource(resource))


def _resource(resource: Resource) -> Partial[Statement]:
    found = _merged(resource_policies(resource))
    if resource.type in _INVOKED:
        for permission in lambda_permissions(resource):
            found.append(permission_statement(permission))
    if resource.type == "AWS::Events::EventBus":
        for policy in attached(resource, "AWS::Events::EventBusPolicy", "EventBusName"):
            found.include(bus_statements(policy))
    return found


# Policy resource type -> the properties that hold its documents.
DOCUMENTS: dict[str, tuple[str, ...]] = {
    "AWS::IAM::Role": ("AssumeRolePolicyDocument", "Policies[*].PolicyDocument"),
    "AWS::IAM::User": ("Policies[*].PolicyDocument",),
    "AWS::IAM::Group": ("Policies[*].PolicyDocument",),
    "AWS::ECR::RegistryPolicy": ("PolicyText",),
    "AWS::SSO::PermissionSet": ("InlinePolicy",),
    **{type_: ("PolicyDocument",) for pairs in _ATTACHED.values() for type_, _ in pairs},
    **{type_: (document,) for entries in SEPARATE_POLICIES.values() for type_, _, document in entries},
}


def policy_statements(policy: Resource) -> Partial[Statement]:
    """The statements that stand in ``policy`` itself, whatever they are about.

    Args:
        policy: a resource of any type that :func:`resource_statements` or :func:`principal_statements` read.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {
        ...     "Queues": ["https://sqs.eu-west-1.amazonaws.com/1/q"],
        ...     "PolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*"}]}}}}})
        >>> policy_statements(app.of_type("AWS::SQS::QueuePolicy")[0])[0].principals[0].kind
        '*'
    """
    return once_a_world(policy.assembly, ("statements in", policy), lambda: _written(policy))


def _written(policy: Resource) -> Partial[Statement]:
    if policy.type in ("AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission"):
        return Partial([permission_statement(policy)])
    if policy.type == "AWS::Events::EventBusPolicy":
        return bus_statements(policy)
    paths = [*OWN_POLICIES.get(policy.type, ()), *DOCUMENTS.get(policy.type, ())]
    return _merged([PolicySource(policy, path) for one in paths for path, _ in policy.each(one)])
