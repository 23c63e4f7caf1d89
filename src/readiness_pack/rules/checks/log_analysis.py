"""Checks that something looks at the logs: metric filters with alarms, log alarms, saved queries."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.rules.checks.attachments import attached_or_may_be
from readiness_pack.rules.checks.known import known_object, known_text
from readiness_pack.rules.checks.log_groups import is_application_log
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Value
from readiness_pack.template.views.alarms import alarms_on
from readiness_pack.template.views.partial import Partial, holds_for_any

_FILTER, _LOG_ALARM = "AWS::Logs::MetricFilter", "AWS::CloudWatch::LogAlarm"


def errors_are_alarmed(rule: Rule, group: Resource) -> Verdicts:
    """Errors in the log of an application become a metric, and the metric an alarm."""
    if not is_application_log(group):
        return NOT_APPLICABLE
    log_alarms = attached_or_may_be(group, _LOG_ALARM, "ScheduledQueryConfiguration.LogGroupIdentifiers[*]")
    filters = _filters_on(group).those(lambda one: _looks_for(one, rule["error_words"]))
    if log_alarms.known or (filters.known and holds_for_any(filters, is_alarmed)):
        return PASS
    if not (log_alarms or filters):
        return fail(detail="filter", reason="no metric filter or log alarm looks for errors in it")
    names = " and ".join(f"{metric}" for one in filters for _, metric in _metrics(one))
    return fail(detail="alarm", reason=f"no alarm watches the metric {names} of its filter {filters[0].logical_id}")


def _filters_on(group: Resource) -> Partial[Resource]:
    return attached_or_may_be(group, _FILTER, "LogGroupName")


def _looks_for(metric_filter: Resource, words: list[str]) -> bool:
    pattern = metric_filter.get("FilterPattern")
    if pattern is None:
        return False
    text = known_text(pattern).lower()
    return holds_for_any(words, lambda word: word.lower() in text)


def is_alarmed(metric_filter: Resource) -> bool:
    """Whether an alarm of the app watches a metric of ``metric_filter``."""
    assembly = metric_filter.assembly

    def watched(metric: tuple[Value, Value]) -> bool:
        namespace, name = metric
        return bool(alarms_on(known_text(namespace), known_text(name), assembly))

    return holds_for_any(_metrics(metric_filter), watched)


def _metrics(metric_filter: Resource) -> Iterator[tuple[Value, Value]]:
    for _, entry in metric_filter.each("MetricTransformations[*]"):
        transformation = known_object(entry)
        yield transformation.get("MetricNamespace"), transformation.get("MetricName")


def queries_are_saved(rule: Rule, assembly: Assembly) -> Verdicts:
    """An app with many logs has queries at hand."""
    groups = [group for group in assembly.of_type("AWS::Logs::LogGroup") if is_application_log(group)]
    if len(groups) <= rule["min_groups"]:
        return NOT_APPLICABLE
    return PASS if assembly.of_type("AWS::Logs::QueryDefinition") else fail(count=len(groups))


# Filters on a trail --------------------------------------------------------------------------------------------------

# What an account should be watched for, with texts of which a filter on CloudTrail events must hold one:
# https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
_TOPICS: dict[str, tuple[str, ...]] = {
    "use of the root user": ("root",),
    "unauthorized calls": ("unauthorizedoperation", "accessdenied"),
    "changes of IAM policies": ("putuserpolicy", "putrolepolicy", "putgrouppolicy", "createpolicy", "attachrolepolicy"),
    "disabling of KMS keys": ("disablekey", "schedulekeydeletion"),
    "changes of security groups": ("authorizesecuritygroupingress", "revokesecuritygroupingress"),
    "changes of the trail": ("stoplogging", "deletetrail", "updatetrail"),
}


def trail_is_watched(rule: Rule, trail: Resource) -> Verdicts:
    """Calls that should never pass unseen are filtered out of the trail's log group and alarmed."""
    if rule.facts.get("security_hub") or rule.facts.get("guardduty"):
        return NOT_APPLICABLE
    if trail.get("CloudWatchLogsLogGroupArn") is None:
        return NOT_APPLICABLE
    group = trail.target("CloudWatchLogsLogGroupArn")
    if group is None:
        return NOT_APPLICABLE  # the group and its filters are another app's
    filters = _filters_on(group)
    missing = [
        topic
        for topic, words in _TOPICS.items()
        if not holds_for_any(filters, lambda one: _looks_for(one, list(words)) and is_alarmed(one))  # noqa: B023
    ]
    return fail("CloudWatchLogsLogGroupArn", missing=", ".join(missing)) if missing else PASS
