"""Checks that containers keep to themselves: no privileges on the host, no root where it is the host's, no address."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_object, known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Value

Container = tuple[str, Value]

_DEFINITIONS = "ContainerDefinitions[*]"
_FLAG = "Privileged"
# Where a job definition of Batch holds containers, and where those say that they are privileged.
_NODES = "NodeProperties.NodeRangeProperties[*]"
_POD_FLAG = "SecurityContext.Privileged"
_BATCH = {
    "ContainerProperties": _FLAG,
    "EcsProperties.TaskProperties[*].Containers[*]": _FLAG,
    "EksProperties.PodProperties.Containers[*]": _POD_FLAG,
    "EksProperties.PodProperties.InitContainers[*]": _POD_FLAG,
    f"{_NODES}.Container": _FLAG,
    f"{_NODES}.EcsProperties.TaskProperties[*].Containers[*]": _FLAG,
    f"{_NODES}.EksProperties.PodProperties.Containers[*]": _POD_FLAG,
    f"{_NODES}.EksProperties.PodProperties.InitContainers[*]": _POD_FLAG,
}


def not_privileged(rule: Rule, resource: Resource) -> Verdicts:
    """No container has the rights of the host; none writes to its own root file system."""
    del rule
    found = list(_problems(resource))
    failures = [outcome for outcome in found if outcome.verdict == "fail"]
    return failures or found or PASS


def _problems(resource: Resource) -> Iterator[Outcome]:
    if resource.type == "AWS::Batch::JobDefinition":
        for path, flag in _BATCH.items():
            listed = [one for one in resource.each(path) if one[1] is not None]
            yield from judged(listed, lambda one, flag=flag: _privileged(resource, one, flag))  # type: ignore[misc]
        return
    containers = resource.each(_DEFINITIONS)
    yield from judged(containers, lambda one: _privileged(resource, one))
    yield from judged([resource], _pid_mode)
    yield from judged(containers, lambda one: _root_on_host(resource, one))
    yield from judged([containers], lambda all_of_them: _writable(resource, all_of_them))


def _name(container: Container) -> str:
    return str(known_object(container[1]).get("Name", "container"))


def _privileged(resource: Resource, container: Container, flag: str = _FLAG) -> Outcome | None:
    path, value = container
    known_object(value)
    if not resource.flag(f"{path}.{flag}", default=False):
        return None
    name = _name(container)
    return fail(f"{path}.{flag}", detail=f"privileged {name}", reason=f"container {name} is privileged")


def _pid_mode(task: Resource) -> Outcome | None:
    if task.get("PidMode", "task") != "host":
        return None
    return fail("PidMode", detail="pid", reason="it shares the processes of the host (PidMode is host)")


def _root_on_host(task: Resource, container: Container) -> Outcome | None:
    path, value = container
    user = known_object(value).get("User")
    # Without a user the image decides, and that is root unless it says otherwise.
    if user is not None and known_text(user).split(":")[0] not in ("root", "0"):
        return None
    if task.get("NetworkMode", "bridge") != "host":
        return None
    if task.flag(f"{path}.{_FLAG}", default=False):
        return None  # told already: a privileged container is root on all of the host
    said = "User is not set" if user is None else f"User is {user}"
    name = _name(container)
    return fail(
        f"{path}.User", detail=f"root {name}", reason=f"container {name} is root in the network of the host ({said})"
    )


def _writable(task: Resource, containers: list[Container]) -> Outcome | None:
    if task.text("RuntimePlatform.OperatingSystemFamily", "LINUX").startswith("WINDOWS"):
        return None  # has no read-only root file system
    path = "ReadonlyRootFilesystem"
    found = [one for one in containers if not _is_read_only(task, one)]
    if not found:
        return None
    names = " and ".join(_name(one) for one in found)
    reason = f"{path} is not true for {names}"
    return fail(f"{found[0][0]}.{path}", detail="writable", severity="warning", reason=reason)


def _is_read_only(task: Resource, container: Container) -> bool:
    known_object(container[1])
    return bool(task.flag(f"{container[0]}.ReadonlyRootFilesystem", default=False))


# Addresses -----------------------------------------------------------------------------------------------------------

# Where what runs or starts tasks says in which network: https://docs.aws.amazon.com/AWSCloudFormation/latest/
# TemplateReference/aws-properties-ecs-service-awsvpcconfiguration.html and the like of the other types.
_NETWORKS = {
    "AWS::ECS::Service": "NetworkConfiguration.AwsvpcConfiguration",
    "AWS::ECS::TaskSet": "NetworkConfiguration.AwsVpcConfiguration",
    "AWS::Events::Rule": "Targets[*].EcsParameters.NetworkConfiguration.AwsVpcConfiguration",
    "AWS::Pipes::Pipe": "TargetParameters.EcsTaskParameters.NetworkConfiguration.AwsvpcConfiguration",
    "AWS::Scheduler::Schedule": "Target.EcsParameters.NetworkConfiguration.AwsvpcConfiguration",
}


def no_public_ip(rule: Rule, resource: Resource) -> Verdicts:
    """Tasks get no public address, whoever starts them."""
    del rule
    network = _NETWORKS[resource.type]
    starter, _, _ = network.partition(".NetworkConfiguration")
    if starter != network and all(value is None for _, value in resource.each(starter)):
        return NOT_APPLICABLE

    def judge(one: Container) -> Outcome | None:
        path, value = one
        if value is None or value == "DISABLED":
            return None
        element = path.partition("]")[0] + "].Id" if "[" in path else None
        detail = str(resource.get(element)) if element is not None else None
        return fail(path, detail=detail, setting=path, value=value)

    return judged(resource.each(f"{network}.AssignPublicIp"), judge) or PASS
