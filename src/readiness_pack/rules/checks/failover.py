"""Checks that traffic finds its way around what has failed."""

from __future__ import annotations

from typing import Any

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import tagged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided, Unknown
from readiness_pack.template.views import Partial, holds_for_any
from readiness_pack.template.views.partial import once_an_app

# DNS -----------------------------------------------------------------------------------------------------------------

_SET = "AWS::Route53::RecordSet"
_GROUP = "AWS::Route53::RecordSetGroup"


def dns_failover(rule: Rule, resource: Resource) -> Verdicts:
    """Records among which Route 53 chooses are chosen by health, and a primary one has a secondary."""
    del rule
    paths = _records(resource)
    chosen = [path for path in paths if _way(resource, path) is not None]
    if not chosen:
        return NOT_APPLICABLE
    found = judged(chosen, lambda path: _unchecked(resource, path))
    primaries = [path for path in chosen if resource.get(f"{path}Failover") == "PRIMARY"]
    found += judged(primaries, lambda path: _alone(resource, path))
    failed = [outcome for outcome in found if outcome.verdict == "fail"]
    return failed or found or PASS


def _records(resource: Resource) -> list[str]:
    """The paths of the records in a record set or a group of them, to put before property names."""
    return [""] if resource.type == _SET else [f"{path}." for path, _ in resource.each("RecordSets[*]")]


def _way(resource: Resource, path: str) -> str | None:
    """By what Route 53 chooses this record: a word for the message; ``None`` where there is no choice."""
    if resource.get(f"{path}Failover") is not None:
        return "PRIMARY failover" if resource.get(f"{path}Failover") == "PRIMARY" else None
    if resource.get(f"{path}Weight") is not None:
        return "weighted"
    return "latency" if resource.get(f"{path}Region") is not None else None


def _unchecked(resource: Resource, path: str) -> Outcome | None:
    if resource.get(f"{path}HealthCheckId") is not None:
        return None
    if resource.flag(f"{path}AliasTarget.EvaluateTargetHealth", default=False):
        return None
    name = _name(resource, path)
    reason = "it has neither a HealthCheckId nor EvaluateTargetHealth"
    return fail(f"{path}HealthCheckId", detail=f"{name} check", kind=_way(resource, path), name=name, reason=reason)


def _alone(resource: Resource, path: str) -> Outcome | None:
    own = _identity(resource, path)
    others = [record for record in _failover_records(resource.assembly) if record.exists()]
    twins = [(other, twin) for other in others for twin in _records(other) if _identity(other, twin) == own]
    if holds_for_any(twins, lambda twin: bool(twin[0].get(f"{twin[1]}Failover") == "SECONDARY")):
        return None
    name = _name(resource, path)
    if "${?}" in "".join(own):
        raise Undecided(f"the name of {resource.logical_id} is not known")
    reason = "no SECONDARY record of the same name and type is in the app"
    return fail(f"{path}Failover", detail=f"{name} twin", kind="PRIMARY failover", name=name, reason=reason)


def _identity(resource: Resource, path: str) -> tuple[str, ...]:
    """What a primary record and its secondary have in common."""
    zones = [value for one in (path, "") if (value := resource.get(f"{one}HostedZoneId")) is not None]
    return _name(resource, path), str(resource.get(f"{path}Type")), str(zones[0]) if zones else ""


def _name(resource: Resource, path: str) -> str:
    """The name of a record as text, without the dot at its end."""
    return str(resource.get(f"{path}Name")).rstrip(".").lower()


def _failover_records(assembly: Assembly) -> list[Resource]:
    def index() -> list[Resource]:
        every = [record for type_ in (_SET, _GROUP) for record in assembly.by_type.get(type_, ())]
        return [record for record in every if "'Failover'" in repr(record.properties)]

    return once_an_app(assembly, "failover records", index)


# Content -------------------------------------------------------------------------------------------------------------


def origin_failover(rule: Rule, distribution: Resource) -> Verdicts:
    """A critical distribution has a second origin to turn to."""
    if not rule["always_origin_failover"] and not tagged(distribution, rule["critical_tag"]):
        return NOT_APPLICABLE
    path = "DistributionConfig.OriginGroups.Items"
    groups = [group for group, _ in distribution.each(f"{path}[*]")]
    # A group that names no members is one that CloudFormation would turn down.
    has_second = lambda group: (distribution.number(f"{group}.Members.Quantity", default=2) or 0) >= 2  # noqa: E731
    return PASS if holds_for_any(groups, has_second) else fail(path)


# Fault injection -----------------------------------------------------------------------------------------------------


def fault_injection(rule: Rule, subject: Any) -> Verdicts:
    """Experiments stop when an alarm goes off and leave a log; a critical workload has one."""
    if isinstance(subject, Assembly):
        return _critical_without_experiment(rule, subject)
    found = judged(subject.each("StopConditions[*]"), lambda condition: _stop_condition(subject, condition[0]))
    if not subject.each("StopConditions[*]"):
        found.append(
            fail("StopConditions", detail="stop", subject=_experiment(subject), reason="has no stop condition")
        )
    if subject.get("LogConfiguration") is None:
        found.append(fail("LogConfiguration", detail="log", subject=_experiment(subject), reason="leaves no log"))
    failed = [outcome for outcome in found if outcome.verdict == "fail"]
    return failed or found or PASS


def _experiment(template: Resource) -> str:
    return f"Experiment {template.logical_id}"


def _stop_condition(template: Resource, path: str) -> Outcome | None:
    source = template.get(f"{path}.Source")
    if source == "none":
        reason = "runs on whatever happens (the Source of its stop condition is none)"
        return fail(f"{path}.Source", detail="stop", subject=_experiment(template), reason=reason)
    value = template.get(f"{path}.Value")
    alarm = template.assembly.target(value)
    if alarm is not None and alarm.type in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
        return None
    if isinstance(value, Unknown):
        value.undecided()
    reason = f"stops by an alarm that is not in the app ({value})" if value is not None else "stops by no alarm"
    return fail(f"{path}.Value", detail="alarm", subject=_experiment(template), reason=reason)


def _critical_without_experiment(rule: Rule, assembly: Assembly) -> Verdicts:
    tag = rule["critical_tag"]
    critical = Partial(assembly.all_resources).those(lambda one: tagged(one, tag) and one.exists())
    if not critical:
        return NOT_APPLICABLE
    if assembly.of_type("AWS::FIS::ExperimentTemplate"):
        return PASS
    names = ", ".join(sorted({one.logical_id for one in critical.known})[:3])
    reason = f"is critical (tag {tag} on {names}), and no experiment shows how it fails"
    return fail(subject="The workload", reason=reason)
