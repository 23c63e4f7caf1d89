"""Checks on what people rely on in an incident: runbooks, rotas, and the targets of recovery."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from readiness_pack.rules.checks.audit import deploys_nothing
from readiness_pack.rules.checks.backup import best_gap
from readiness_pack.rules.checks.backup_selections import PLAN
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import tagged
from readiness_pack.rules.checks.known import known_object, known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Text, Undecided, Value
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.partial import holds_for_any

# Automation runbooks -------------------------------------------------------------------------------------------------

_DOCUMENT = "AWS::SSM::Document"
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::LogAlarm")
# Steps after which something is gone: https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html
_DESTRUCTIVE_ACTIONS = ("aws:deleteImage", "aws:deleteStack")
_DESTRUCTIVE_CALLS = ("delete", "terminate", "stop", "reboot", "deregister", "disable", "remove", "purge", "restore")
_DESTRUCTIVE_STATES = ("stopped", "terminated")


def automation_valid(rule: Rule, subject: Assembly | Resource) -> Verdicts:
    """A runbook acts in a role of its own and says what happens when a step that destroys something fails."""
    if isinstance(subject, Assembly):
        return _runbook_exists(rule, subject)
    kind = subject.get("DocumentType")
    if kind is None or known_text(kind) != "Automation":
        return NOT_APPLICABLE
    content = _content(subject)
    steps = content.get("mainSteps")
    questions: list[Callable[[], Outcome | None]] = [lambda: _role(subject, content)]
    questions += [
        lambda step=step: _step(subject, known_object(step))  # type: ignore[misc]
        for step in (steps if isinstance(steps, list) else ())
    ]
    return judged(questions, lambda question: question()) or PASS


def _runbook_exists(rule: Rule, assembly: Assembly) -> Verdicts:
    wanted = f"{rule['severity_tag']}={rule['critical_severity']}"
    if not holds_for_any(assembly.of_type(*_ALARMS), lambda alarm: tagged(alarm, wanted)):
        return NOT_APPLICABLE
    documents = assembly.of_type(_DOCUMENT)
    if holds_for_any(documents, lambda one: bool(one.get("DocumentType") == "Automation")):
        return PASS
    return fail(subject="The app", reason=f"has alarms tagged {wanted} and no Automation runbook that helps with one")


def _content(document: Resource) -> dict[str, Any]:
    """The content of a document, which may be an object, or text in JSON or YAML."""
    value = document.get("Content")
    if isinstance(value, str) and known_text(document.get("DocumentFormat", "JSON")) == "YAML":
        try:
            return known_object(yaml.safe_load(value))
        except yaml.YAMLError as error:
            raise Undecided("the content is not YAML") from error
    if isinstance(value, Text) and known_text(document.get("DocumentFormat", "JSON")) == "YAML":
        value.undecided()
    return known_object(json_document(value))


def _role(document: Resource, content: dict[str, Any]) -> Outcome | None:
    if content.get("assumeRole"):
        return None
    reason = "acts with the rights of whoever starts it (it has no assumeRole)"
    return fail("Content", detail="assumeRole", subject=document.logical_id, reason=reason)


def _step(document: Resource, step: dict[str, Any]) -> Outcome | None:
    if not _destroys(step) or step.get("onFailure") is not None or step.get("isEnd") is not None:
        return None
    name = str(step.get("name", "?"))
    reason = f"does not say what happens when step {name}, which destroys something, fails (no onFailure)"
    return fail("Content", detail=name, subject=document.logical_id, reason=reason)


def _destroys(step: dict[str, Any]) -> bool:
    action = known_text(step.get("action", ""))
    inputs = step.get("inputs")
    inputs = inputs if isinstance(inputs, dict) else {}
    if action == "aws:executeAwsApi":
        return known_text(inputs.get("Api", inputs.get("api", ""))).lower().startswith(_DESTRUCTIVE_CALLS)
    if action == "aws:changeInstanceState":
        return str(inputs.get("DesiredState")).lower() in _DESTRUCTIVE_STATES
    return action in _DESTRUCTIVE_ACTIONS


# Rotas ---------------------------------------------------------------------------------------------------------------

_ROTATION = "AWS::SSMContacts::Rotation"
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_WEEK = 7 * 24 * 60


def on_call_rotation(rule: Rule, subject: Assembly | Resource) -> Verdicts:
    """Several engineers take turns, so that somebody is on call at every hour of the week."""
    if rule["on_call_source"] != "incident_manager":
        return NOT_APPLICABLE
    if isinstance(subject, Assembly):
        if deploys_nothing(subject):
            return NOT_APPLICABLE
        return PASS if subject.of_type(_ROTATION) else fail(subject="The app", reason="declares no on-call rotation")
    return judged((_contacts, _coverage), lambda question: question(rule, subject)) or PASS


def _contacts(rule: Rule, rotation: Resource) -> Outcome | None:
    contacts, least = len(rotation.list("ContactIds")), rule["min_engineers"]
    if contacts >= least:
        return None
    reason = f"has {contacts} contact{'' if contacts == 1 else 's'}, fewer than {least}"
    return fail("ContactIds", detail="contacts", subject=rotation.logical_id, reason=reason)


def _coverage(rule: Rule, rotation: Resource) -> Outcome | None:
    del rule
    path = "Recurrence.ShiftCoverages"
    together = _schedule_of(rotation)
    if any(not one.list(path) for one in together):
        return None  # without coverages a shift lasts until the next one begins
    gap = _first_gap(sorted(shift for one in together for shift in _shifts(one, path)))
    if gap is None:
        return None
    if len({known_text(one.get("TimeZoneId")) for one in together}) > 1:
        raise Undecided("the rotations of its schedule are in several time zones")
    reason = f"leaves nobody on call from {_spelled(gap)} on"
    return fail(path, detail="coverage", subject=rotation.logical_id, reason=reason)


def _schedule_of(rotation: Resource) -> list[Resource]:
    """The rotation, and those that share an on-call schedule with it: they may follow the sun."""
    schedules = rotation.referrers("AWS::SSMContacts::Contact", "AWS::SSMContacts::Plan")
    return list(dict.fromkeys([rotation, *(one for schedule in schedules for one in schedule.targets(_ROTATION))]))


def _shifts(rotation: Resource, path: str) -> Iterator[tuple[int, int]]:
    """Start and end of every shift, in minutes of the week; one that ends before it begins ends on the next day."""
    for entry, _ in rotation.each(f"{path}[*]"):
        weekday = known_text(rotation.get(f"{entry}.DayOfWeek"))
        if weekday.upper() not in _DAYS:
            raise Undecided(f"{weekday} is no day of the week")
        day = _DAYS.index(weekday.upper()) * 24 * 60
        for times, _ in rotation.each(f"{entry}.CoverageTimes[*]"):
            start = _minutes(rotation.get(f"{times}.StartTime"))
            end = _minutes(rotation.get(f"{times}.EndTime"))
            end = end + 24 * 60 if end <= start else end
            yield day + start, day + end
            if day + end > _WEEK:
                yield 0, day + end - _WEEK


_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


def _minutes(value: Value) -> int:
    match = _CLOCK.fullmatch(known_text(value))
    if match is None:
        raise Undecided(f"{value} is no time of the day")
    return int(match[1]) * 60 + int(match[2])


def _first_gap(shifts: list[tuple[int, int]]) -> int | None:
    """Where nobody is on call for more than a minute: ``23:59`` is how many write the end of a day."""
    covered = 0
    for start, end in [*shifts, (_WEEK, _WEEK)]:
        if start > covered + 1:
            return covered
        covered = max(covered, end)
    return None


def _spelled(minute: int) -> str:
    return f"{_DAYS[minute // (24 * 60)]} {minute // 60 % 24:02}:{minute % 60:02}"


# Targets of recovery -------------------------------------------------------------------------------------------------

_POLICY, _APP = "AWS::ResilienceHub::ResiliencyPolicy", "AWS::ResilienceHub::App"
_DISRUPTIONS = ("AZ", "Hardware", "Region", "Software")


def resiliency_policy(rule: Rule, subject: Assembly | Resource) -> Verdicts:
    """Targets of recovery are declared, assessed every day, and no tighter than backups can meet."""
    if rule["rto_rpo_source"] != "resilience_hub":
        return NOT_APPLICABLE
    if isinstance(subject, Assembly):
        if deploys_nothing(subject):
            return NOT_APPLICABLE
        if subject.of_type(_POLICY):
            return PASS
        return fail(
            subject="The app", reason="declares no resiliency policy, though Resilience Hub is where its targets are"
        )
    questions: list[Callable[[], Outcome | None]] = [lambda: _assessed(subject)]
    questions += [lambda kind=kind: _achievable(subject, kind) for kind in _DISRUPTIONS]  # type: ignore[misc]
    return judged(questions, lambda question: question()) or PASS


def _assessed(policy: Resource) -> Outcome | None:
    apps = policy.referrers(_APP, path="ResiliencyPolicyArn")
    if holds_for_any(apps, lambda app: bool(app.get("AppAssessmentSchedule", "Disabled") == "Daily")):
        return None
    if not apps:
        return fail(
            "Policy",
            detail="app",
            subject=policy.logical_id,
            reason="is the policy of no application, so nothing is assessed by it",
        )
    reason = f"is not assessed every day (AppAssessmentSchedule of {apps[0].logical_id} is not Daily)"
    return fail("Policy", detail="schedule", subject=policy.logical_id, reason=reason)


def _achievable(policy: Resource, kind: str) -> Outcome | None:
    """Backups are what brings data back after an error of software; replicas serve against the rest."""
    path = f"Policy.{kind}.RpoInSecs"
    plans = policy.assembly.of_type(PLAN)
    seconds = policy.number(path)
    if kind != "Software" or seconds is None or not plans:
        return None
    best = min(best_gap(plan) for plan in plans)
    if best * 3600 <= seconds:
        return None
    reason = f"promises to lose at most {seconds / 3600:g} hours, while the best backup plan runs every {best:g} hours"
    return fail(path, detail=kind, subject=policy.logical_id, reason=reason)
