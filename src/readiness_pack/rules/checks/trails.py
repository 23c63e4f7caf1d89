"""Checks on CloudTrail: what the trails and event data stores of the app record."""

from __future__ import annotations

from typing import Any

from readiness_pack.rules.checks.data_classes import is_sensitive
from readiness_pack.rules.checks.known import known_object, spelled
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided, Unknown, Value, as_list
from readiness_pack.template.views.naming import mentions
from readiness_pack.template.views.partial import holds_for_all, holds_for_any

TRAIL, STORE = "AWS::CloudTrail::Trail", "AWS::CloudTrail::EventDataStore"

_SWITCHES = (
    ("IsLogging", "it does not log"),
    ("IsMultiRegionTrail", "it records one region only"),
    ("EnableLogFileValidation", "nobody can tell whether its files were changed"),
)
_LOG_GROUP = ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")


def trail_is_complete(rule: Rule, trail: Resource) -> Verdicts:
    """The trail logs, in all regions, with digests, and to CloudWatch Logs as well."""
    del rule
    found: list[Outcome] = []
    for path, reason in _SWITCHES:
        try:
            if not trail.flag(path, default=False):
                value = "not set" if trail.get(path) is None else "false"
                found.append(fail(path, detail=path, reason=f"{reason} ({path} is {value})"))
        except Undecided as undecided:
            found.append(unknown(undecided.reason, path, detail=path))
    missing = [path for path in _LOG_GROUP if trail.get(path) is None]
    if missing:
        reason = f"its events do not reach CloudWatch Logs ({' and '.join(missing)} not set)"
        found.append(fail(missing[0], detail="CloudWatchLogs", reason=reason))
    return found or PASS


def is_recording(trail: Resource) -> bool:
    """Whether a trail logs, or an event data store takes events in."""
    path = "IsLogging" if trail.type == TRAIL else "IngestionEnabled"
    return trail.flag(path, default=True) is not False


def recording(assembly: Assembly) -> bool:
    """Whether a trail or an event data store of the app records."""
    return holds_for_any(assembly.of_type(TRAIL, STORE), is_recording)


# Data events ---------------------------------------------------------------------------------------------------------

# Resource type -> the type that selectors call it, and the service of its ARNs.
_SELECTED: dict[str, tuple[str, str]] = {
    "AWS::DynamoDB::GlobalTable": ("AWS::DynamoDB::Table", "dynamodb"),
    "AWS::DynamoDB::Table": ("AWS::DynamoDB::Table", "dynamodb"),
    "AWS::Lambda::Function": ("AWS::Lambda::Function", "lambda"),
    "AWS::S3::Bucket": ("AWS::S3::Object", "s3"),
}


def sensitive_data_events(rule: Rule, resource: Resource) -> Verdicts:
    """Who reads and writes what is classified as sensitive is recorded."""
    if not is_sensitive(rule, resource) or not recording(resource.assembly):
        return NOT_APPLICABLE
    if records_data_events(resource):
        return PASS
    return fail(selector=_SELECTED[resource.type][0])


def records_data_events(resource: Resource) -> bool:
    """Whether a trail or event data store of the app records the data events of ``resource``."""
    recorders = resource.assembly.of_type(TRAIL, STORE)
    return holds_for_any(recorders, lambda trail: is_recording(trail) and _selects(trail, resource))


def _selects(trail: Resource, resource: Resource) -> bool:
    selectors = [value for _, value in trail.each("AdvancedEventSelectors[*]")]
    if holds_for_any(selectors, lambda one: _advanced(one, resource)):
        return True
    wanted = [value for _, value in trail.each("EventSelectors[*].DataResources[*]")]
    return holds_for_any(wanted, lambda one: _basic(one, resource))


def _basic(selector: Any, resource: Resource) -> bool:
    selector = known_object(selector)
    if selector.get("Type") != _SELECTED[resource.type][0]:
        return False
    return holds_for_any(as_list(selector.get("Values")), lambda value: _covers(value, resource))


def _advanced(selector: Any, resource: Resource) -> bool:
    selector = known_object(selector)
    fields = as_list(selector.get("FieldSelectors"))
    says = {field: _field(fields, field) for field in ("eventCategory", "resources.type", "resources.ARN")}
    if says["eventCategory"] is None or says["resources.type"] is None:
        return False
    wanted = {"eventCategory": "Data", "resources.type": _SELECTED[resource.type][0]}
    for field, text in wanted.items():
        values = as_list((says[field] or {}).get("Equals"))
        if not holds_for_any(values, lambda value: value == text):  # noqa: B023
            return False
    return says["resources.ARN"] is None or _arn_admits(says["resources.ARN"], resource)


def _field(fields: list[Value], name: str) -> dict[str, Any] | None:
    for field in fields:
        if known_object(field).get("Field") == name:
            return known_object(field)
    return None


def _arn_admits(field: dict[str, Any], resource: Resource) -> bool:
    wanted = [value for key in ("Equals", "StartsWith", "EndsWith") for value in as_list(field.get(key))]
    unwanted = [value for key in ("NotEquals", "NotStartsWith", "NotEndsWith") for value in as_list(field.get(key))]
    if not holds_for_all(unwanted, lambda value: not _covers(value, resource)):
        return False
    return not wanted or holds_for_any(wanted, lambda value: _covers(value, resource))


def _covers(value: Value, resource: Resource) -> bool:
    """Whether a selector's value is about ``resource``: its ARN, a part of it, or all ARNs of the service."""
    if isinstance(value, Unknown):
        value.undecided()
    # arn:aws:s3, arn:aws:s3:::, arn:aws:lambda ... stand for everything of the service
    pieces = spelled(value).rstrip(":").split(":")
    if len(pieces) == 3 and pieces[2] == _SELECTED[resource.type][1]:
        return True
    return mentions(value, resource)
