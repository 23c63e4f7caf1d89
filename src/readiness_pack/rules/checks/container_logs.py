"""Checks that what containers print is kept."""

from __future__ import annotations

from readiness_pack.rules.checks.known import known_object
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value

# Where the container definitions of a type stand, and whether the service logs without being told.
_CONTAINERS: dict[str, tuple[tuple[str, ...], bool]] = {
    "AWS::ECS::TaskDefinition": (("ContainerDefinitions[*]",), False),
    # https://docs.aws.amazon.com/batch/latest/userguide/using_awslogs.html: jobs use awslogs unless told otherwise
    "AWS::Batch::JobDefinition": (
        (
            "ContainerProperties",
            "EcsProperties.TaskProperties[*].Containers[*]",
            "NodeProperties.NodeRangeProperties[*].Container",
            "NodeProperties.NodeRangeProperties[*].EcsProperties.TaskProperties[*].Containers[*]",
        ),
        True,
    ),
}


def containers_ship_logs(rule: Rule, definition: Resource) -> Verdicts:
    """Every container sends its output to a log driver that is accepted."""
    paths, logs_by_itself = _CONTAINERS[definition.type]
    containers = [one for path in paths for one in definition.each(path) if one[1] is not None]
    if not containers:
        return NOT_APPLICABLE
    found: list[Outcome] = []
    for path, container in containers:
        try:
            outcome = _container(rule, definition, path, container, logs_by_itself)
        except Undecided as undecided:
            outcome = unknown(undecided.reason, path)
        found += [outcome] if outcome is not None else []
    return found or PASS


def _container(rule: Rule, definition: Resource, path: str, container: Value, logs_by_itself: bool) -> Outcome | None:
    driver = definition.get(f"{path}.LogConfiguration.LogDriver")
    if driver is None and logs_by_itself:
        return None
    name = str(known_object(container).get("Name") or definition.logical_id)
    if driver is None:
        return fail(f"{path}.LogConfiguration", detail=name, container=name, reason="it has no LogConfiguration")
    if driver in rule["allowed_drivers"]:
        return None
    return fail(f"{path}.LogConfiguration.LogDriver", detail=name, container=name, reason=f"its LogDriver is {driver}")
