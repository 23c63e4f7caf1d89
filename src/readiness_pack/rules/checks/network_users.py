"""What runs in a VPC, and which AWS services it calls from there, by what its roles may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from readiness_pack.template import Resource, Undecided, Value
from readiness_pack.template.views import (
    Partial,
    Statement,
    attached_managed_policy_names,
    dead_letter_targets,
    key_users,
    named_resource,
    principal_statements,
    references_of,
    related,
    subnet_kind,
    subnets_in,
    subnets_of,
)

_FUNCTION = "AWS::Lambda::Function"
_PROFILE = "AWS::IAM::InstanceProfile"
_TASK = "AWS::ECS::TaskDefinition"

# Type of workload -> the properties that name its roles, by the resource that holds them.
_ROLES = {
    _FUNCTION: ("Role",),
    "AWS::CodeBuild::Project": ("ServiceRole",),
}
_RUN_TASKS = (
    "AWS::ECS::Service",
    "AWS::ECS::TaskSet",
    "AWS::Events::Rule",
    "AWS::Scheduler::Schedule",
    "AWS::Pipes::Pipe",
)
_RUN_INSTANCES = ("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup")
_TEMPLATES = ("AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration")

# The prefix of a service's actions, where its endpoint has another name:
# https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
_PREFIXES = {
    "bedrock-runtime": "bedrock",
    "email": "ses",
    "kinesis-firehose": "firehose",
    "kinesis-streams": "kinesis",
    "monitoring": "cloudwatch",
    "ssmmessages": "ssmmessages",
}

# Policies of AWS that are there for workloads in a VPC -> the actions by which they call.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
_MANAGED = {
    "AmazonECSTaskExecutionRolePolicy": ("ecr", "logs"),
    "AmazonEC2ContainerRegistryReadOnly": ("ecr",),
    "AmazonEC2ContainerRegistryPullOnly": ("ecr",),
    "AmazonSSMManagedInstanceCore": ("ssm", "ssmmessages"),
    "CloudWatchAgentServerPolicy": ("cloudwatch", "logs"),
}

# What Lambda does itself with the role of a function, from outside the VPC: writing logs, polling queues.
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html,
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_DONE_BY_LAMBDA = frozenset(
    action.lower()
    for action in (
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
    )
)


def action_prefix(service: str) -> str:
    """The prefix of the actions of the service behind an endpoint.

    Example:
        >>> action_prefix("ecr.dkr"), action_prefix("monitoring"), action_prefix("sqs")
        ('ecr', 'cloudwatch', 'sqs')
    """
    return _PREFIXES.get(service, service.split(".")[0])


def workloads_in(vpc: Resource) -> list[Resource]:
    """Functions, tasks, instances and builds that run in subnets of ``vpc``."""
    wanted = (*_ROLES, *_RUN_TASKS, *_RUN_INSTANCES)
    found = dict.fromkeys(user for subnet in subnets_in(vpc) for user in related(subnet, "subnet"))
    return [one for one in found if one.type in wanted and not one.managed_by_cdk]


def kinds_of_subnets(workload: Resource) -> set[str]:
    """What the subnets of a workload are: ``public``, ``private``, ``isolated``. Raises :class:`Undecided`."""
    return {subnet_kind(subnet) for subnet in subnets_of(workload).known}


def calls(workload: Resource) -> Partial[str]:
    """The prefixes of the services that a workload calls itself; incomplete where a role is not known."""
    found: Partial[str] = Partial()
    for role in _roles(workload, found):
        statements = principal_statements(role)
        found.lacking(statements.reason)
        for statement in statements.known:
            found.extend(_prefixes(workload, statement))
        for name in attached_managed_policy_names(role).known:
            found.extend(_MANAGED.get(name, ()))
    return Partial(dict.fromkeys(found.known), found.reason)


# Roles ---------------------------------------------------------------------------------------------------------------


def _roles(workload: Resource, found: Partial[str]) -> list[Resource]:
    roles: dict[Resource, None] = {}
    for holder, path in _places(workload):
        value = holder.get(path)
        if value is None:
            continue
        role = named_resource(workload.assembly, value)
        if role is None or role.type not in ("AWS::IAM::Role", _PROFILE):
            found.lacking(f"the role {value} of {workload.logical_id} is not in this app")
        elif role.type == _PROFILE:
            roles |= dict.fromkeys(role.targets("AWS::IAM::Role"))
        else:
            roles[role] = None
    return list(roles)


def _places(workload: Resource) -> Iterator[tuple[Resource, str]]:
    """The resources and properties that name roles of ``workload``."""
    for path in _ROLES.get(workload.type, ()):
        yield workload, path
    if workload.type in _RUN_TASKS:
        for task in workload.targets(_TASK):
            yield task, "TaskRoleArn"
            yield task, "ExecutionRoleArn"
    if workload.type in _RUN_INSTANCES:
        for one in (workload, *workload.targets(*_TEMPLATES)):
            if one.type == "AWS::EC2::LaunchTemplate":
                yield one, "LaunchTemplateData.IamInstanceProfile.Arn"
                yield one, "LaunchTemplateData.IamInstanceProfile.Name"
            elif one.type != "AWS::AutoScaling::AutoScalingGroup":
                yield one, "IamInstanceProfile"


# Statements ----------------------------------------------------------------------------------------------------------


def _prefixes(workload: Resource, statement: Statement) -> Iterator[str]:
    try:
        if not statement.is_allow or statement.actions is None:
            return
    except Undecided:
        return
    for action in statement.actions:
        # "*" says nothing about what is really called.
        if isinstance(action, str) and ":" in action and _is_own_call(workload, statement, action.lower()):
            yield action.split(":")[0].lower()


def _is_own_call(workload: Resource, statement: Statement, action: str) -> bool:
    """Whether a workload calls itself; with the same permission a service may call for it."""
    if action.startswith("kms:"):
        return not statement.conditions_on("kms:ViaService") and not _only_used_through_services(statement)
    if workload.type != _FUNCTION:
        return True
    if action in _DONE_BY_LAMBDA:
        return False
    return action not in ("sqs:sendmessage", "sns:publish") or not _is_about_destinations(workload, statement)


def _only_used_through_services(statement: Statement) -> bool:
    """Whether a key encrypts something of the app: then the service that holds it calls KMS."""
    keys = [one for one in references_of(list(statement.resources or ())) if one.type == "AWS::KMS::Key"]
    return bool(keys) and all(key_users(key) for key in keys)


def _is_about_destinations(function: Resource, statement: Statement) -> bool:
    """Whether Lambda sends there for the function: its dead letter queue, and where its results go."""
    values: list[Value] = [value for _, value in dead_letter_targets(function)]
    configs = function.referrers("AWS::Lambda::EventInvokeConfig", path="FunctionName")
    for config in configs:
        values += [config.get(f"DestinationConfig.{end}.Destination") for end in ("OnFailure", "OnSuccess")]
    targets = references_of(values)
    about: Iterable[Resource] = references_of(list(statement.resources or ()))
    return bool(targets) and bool(about) and all(one in targets for one in about)
