"""Checks on what web ACLs do, and on what they tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readiness_pack.rules.checks.attachments import attached_or_may_be
from readiness_pack.rules.checks.known import HOLE, spelled
from readiness_pack.rules.outcome import PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views import Partial, holds_for_any, named_resource, references_of

_MANAGED = "Statement.ManagedRuleGroupStatement"
_OWN_GROUP = "Statement.RuleGroupReferenceStatement.Arn"
_RATE = "Statement.RateBasedStatement"


# What they do --------------------------------------------------------------------------------------------------------


def managed_and_rate_rules(rule: Rule, acl: Resource) -> Verdicts:
    """A web ACL has the rule groups that are required, stops floods, and does not merely count."""
    paths = _rules_of(acl)
    if paths.reason is None and not paths.known:
        return fail("Rules", detail="rules", reason="has no rules")
    found = list(_counting(acl, paths.known))
    doubts: list[str] = []
    for question in (_missing_groups, _no_rate_limit):
        try:
            outcome = question(rule, acl, paths)
        except Undecided as undecided:
            doubts.append(undecided.reason)
            continue
        if outcome is not None:
            found.append(outcome)
    if not found and doubts:
        return unknown(doubts[0], "Rules")
    return found or PASS


def _rules_of(holder: Resource) -> Partial[str]:
    """The paths of the rules of a web ACL or rule group; incomplete where some are not known."""
    found: Partial[str] = Partial()
    for path, value in holder.each("Rules[*]"):
        if isinstance(value, dict):
            found.append(path)
        else:
            found.lacking(value.reason if isinstance(value, Unknown | Text) else f"{path} is no rule")
    return found


def _counting(acl: Resource, paths: list[str]) -> Iterator[Outcome]:
    """Rule groups that are told to count whatever their rules say."""
    for path in paths:
        if acl.get(f"{path}.OverrideAction.Count") is not None:
            name = acl.get(f"{path}.Name")
            reason = f"only counts what rule {name} finds (its OverrideAction is Count)"
            yield fail(f"{path}.OverrideAction", detail=f"count {name}", reason=reason)


def _missing_groups(rule: Rule, acl: Resource, paths: Partial[str]) -> Outcome | None:
    missing = [name for name in rule["required_managed_groups"] if not _has_group(acl, paths, name)]
    if not missing:
        return None
    return fail("Rules", detail="groups", reason=f"has no rule for {' and '.join(missing)}")


def _has_group(acl: Resource, paths: Partial[str], name: str) -> bool:
    def is_it(path: str) -> bool:
        given = acl.get(f"{path}.{_MANAGED}.Name")
        return given is not None and bool(given == name and acl.get(f"{path}.{_MANAGED}.VendorName", "AWS") == "AWS")

    return holds_for_any(paths, is_it)


def _no_rate_limit(rule: Rule, acl: Resource, paths: Partial[str]) -> Outcome | None:
    most = rule["max_rate"]
    if holds_for_any(paths, lambda path: _limits_rate(acl, path, most) or _group_limits_rate(acl, path, most)):
        return None
    reason = f"has no rate-based rule that stops an address at {most} requests in five minutes, or less"
    return fail("Rules", detail="rate", reason=reason)


def _limits_rate(holder: Resource, path: str, most: float) -> bool:
    limit = holder.number(f"{path}.{_RATE}.Limit")
    if (
        limit is None
        or holder.get(f"{path}.Action.Count") is not None
        or holder.get(f"{path}.Action.Allow") is not None
    ):
        return False
    window = holder.number(f"{path}.{_RATE}.EvaluationWindowSec", default=300) or 300
    return limit * 300 / window <= most


def _group_limits_rate(acl: Resource, path: str, most: float) -> bool:
    """Whether a rule group of one's own has such a rule."""
    arn = acl.get(f"{path}.{_OWN_GROUP}")
    if arn is None:
        return False
    group = named_resource(acl.assembly, arn)
    if group is None:
        raise Undecided(f"rule group {arn} is not in this app")
    return holds_for_any(_rules_of(group), lambda one: _limits_rate(group, one, most))


# What they tell ------------------------------------------------------------------------------------------------------

_CONFIGURATION = "AWS::WAFv2::LoggingConfiguration"
_PREFIX = "aws-waf-logs-"
_NAMES = {
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
}
_NAME_IN_ARN = re.compile(r"(?::log-group:|:deliverystream/|:s3:::)(.*)")


def logging_and_metrics(rule: Rule, acl: Resource) -> Verdicts:
    """A web ACL logs requests to a place that WAF can write to, and publishes metrics."""
    del rule
    found: list[Outcome] = []
    doubt: str | None = None
    for question in (_metrics, _logging):
        try:
            outcome = question(acl)
        except Undecided as undecided:
            doubt = doubt or undecided.reason
            continue
        if outcome is not None:
            found.append(outcome)
    if not found and doubt is not None:
        return unknown(doubt)
    return found or PASS


def _metrics(acl: Resource) -> Outcome | None:
    path = "VisibilityConfig.CloudWatchMetricsEnabled"
    if acl.flag(path, default=False):
        return None
    said = "not set" if acl.get(path) is None else "false"
    return fail(path, detail="metrics", reason=f"publishes no metrics (CloudWatchMetricsEnabled is {said})")


def _logging(acl: Resource) -> Outcome | None:
    configurations = attached_or_may_be(acl, _CONFIGURATION, "ResourceArn")
    if not configurations:
        return fail(detail="logging", reason="logs nothing; there is no LoggingConfiguration for it")
    for configuration in configurations.known:
        for _, value in configuration.each("LogDestinationConfigs[*]"):
            problem = _destination_problem(configuration, value)
            if problem is not None:
                return fail(detail="logging", reason=problem)
    return None


def _destination_problem(configuration: Resource, value: Value) -> str | None:
    """WAF only takes destinations with a certain beginning of their name.

    https://docs.aws.amazon.com/waf/latest/developerguide/logging-destinations.html
    """
    target = named_resource(configuration.assembly, value) or next(iter(references_of(value)), None)
    if target is not None and target.type in _NAMES:
        name = target.text(_NAMES[target.type])
        if name is None:
            return f"logs to {target.logical_id}, whose name is made up and so does not begin with {_PREFIX}"
        return None if name.startswith(_PREFIX) else f"logs to {name}, whose name does not begin with {_PREFIX}"
    found = _NAME_IN_ARN.search(spelled(value))
    if found is None or found[1].startswith(HOLE):
        raise Undecided(f"the name of {value} is not known")
    return None if found[1].startswith(_PREFIX) else f"logs to {found[1]}, whose name does not begin with {_PREFIX}"
