"""Checks that somebody watches the cost: budgets, anomaly monitors, exports, and tags by which it is told apart."""

from __future__ import annotations

from collections.abc import Callable

from readiness_pack.rules.checks.audit import deploys_nothing
from readiness_pack.rules.checks.availability import is_cluster_member
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.checks.service_access import service_may
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided
from readiness_pack.template.views.naming import attached, named_resource
from readiness_pack.template.views.partial import holds_for_any
from readiness_pack.template.views.policies import resource_statements
from readiness_pack.template.views.tags import tags

# Budgets -------------------------------------------------------------------------------------------------------------

_BUDGET = "AWS::Budgets::Budget"
_NOTIFICATIONS = "NotificationsWithSubscribers"


def budget_notifies(rule: Rule, subject: Assembly | Resource) -> Verdicts:
    """The app has a budget for its cost, and it tells somebody in time."""
    if rule.facts.get("payer_budget"):
        return NOT_APPLICABLE
    if isinstance(subject, Assembly):
        if deploys_nothing(subject):
            return NOT_APPLICABLE
        if holds_for_any(subject.of_type(_BUDGET), _is_about_cost):
            return PASS
        return fail(
            subject="The app", reason="declares no budget for its cost, and no fact says that the payer account has one"
        )
    if not _is_about_cost(subject):
        return NOT_APPLICABLE
    paths = [path for path, _ in subject.each(f"{_NOTIFICATIONS}[*]")]
    questions: tuple[Callable[[], Outcome | None], ...] = (
        lambda: _forecast(subject, paths),
        lambda: _early(rule, subject, paths),
        *((lambda path=path: _reaches_nobody(subject, path)) for path in paths),
    )
    return judged(questions, lambda question: question()) or PASS


def _is_about_cost(budget: Resource) -> bool:
    return known_text(budget.get("Budget.BudgetType")) == "COST"


def _forecast(budget: Resource, paths: list[str]) -> Outcome | None:
    if not paths:
        return _about(budget, _NOTIFICATIONS, "none", "notifies nobody")

    def is_forecast(path: str) -> bool:
        return known_text(budget.get(f"{path}.Notification.NotificationType")) == "FORECASTED"

    if holds_for_any(paths, is_forecast):
        return None
    return _about(
        budget, _NOTIFICATIONS, "forecast", "has no notification of a forecast: it tells what is spent already"
    )


def _early(rule: Rule, budget: Resource, paths: list[str]) -> Outcome | None:
    first = rule["first_threshold"]
    if not paths or holds_for_any(paths, lambda path: _percent(budget, path) <= first):
        return None
    lowest = min(_percent(budget, path) for path in paths)
    path = f"{paths[0]}.Notification.Threshold"
    return _about(budget, path, "threshold", f"first notifies at {lowest:g} percent of its limit, later than {first:g}")


def _percent(budget: Resource, path: str) -> float:
    """The threshold of a notification, in percent of the limit."""
    threshold = budget.number(f"{path}.Notification.Threshold", default=100) or 0
    if known_text(budget.get(f"{path}.Notification.ThresholdType", "PERCENTAGE")) == "PERCENTAGE":
        return threshold
    limit = budget.number("Budget.BudgetLimit.Amount")
    if not limit:
        raise Undecided("the threshold is an amount, and the budget has no fixed limit")
    return 100 * threshold / limit


def _reaches_nobody(budget: Resource, path: str) -> Outcome | None:
    if budget.list(f"{path}.Subscribers"):
        return None
    kind = known_text(budget.get(f"{path}.Notification.NotificationType"))
    return _about(
        budget, f"{path}.Subscribers", f"{kind} subscribers", f"has a notification ({kind}) without subscribers"
    )


def _about(resource: Resource, path: str, detail: str, reason: str) -> Outcome:
    return fail(path, detail=detail, subject=resource.logical_id, reason=reason)


# Anomalies -----------------------------------------------------------------------------------------------------------

_MONITOR = "AWS::CE::AnomalyMonitor"
_SUBSCRIPTION = "AWS::CE::AnomalySubscription"
_SERVICE = "costalerts"


def anomaly_monitor_subscribed(rule: Rule, subject: Assembly | Resource) -> Verdicts:
    """Unusual spending is noticed, and somebody is told."""
    if isinstance(subject, Assembly):
        if rule.facts.get("cost_anomaly_monitor") or deploys_nothing(subject):
            return NOT_APPLICABLE
        if subject.of_type(_MONITOR):
            return PASS
        return fail(subject="The app", reason="has no cost anomaly monitor, and no fact says that the account has one")
    subscriptions = attached(subject, _SUBSCRIPTION, "MonitorArnList[*]")
    if not subscriptions:
        return _about(subject, "MonitorName", "subscription", "finds anomalies, and no subscription tells anybody")
    entries = [(one, path) for one in subscriptions for path, _ in one.each("Subscribers[*]")]
    return judged(entries, lambda entry: _subscriber(subject, *entry)) or PASS


def _subscriber(monitor: Resource, subscription: Resource, path: str) -> Outcome | None:
    name = subscription.logical_id
    kind, frequency = known_text(subscription.get(f"{path}.Type")), known_text(subscription.get("Frequency"))
    # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalySubscription.html
    if (kind == "SNS") != (frequency == "IMMEDIATE"):
        reason = f"cannot tell anybody by {kind} and {frequency}, as {name} asks"
        return _about(monitor, "MonitorName", f"{name} frequency", reason)
    topic = named_resource(monitor.assembly, subscription.get(f"{path}.Address")) if kind == "SNS" else None
    if topic is None or service_may(resource_statements(topic), _SERVICE, "sns:Publish", subscription, on=topic):
        return None
    reason = f"tells nobody, since topic {topic.logical_id} does not let {_SERVICE}.amazonaws.com publish"
    return _about(monitor, "MonitorName", f"{name} {topic.logical_id}", reason)


# Exports -------------------------------------------------------------------------------------------------------------

_EXPORT, _REPORT = "AWS::BCMDataExports::Export", "AWS::CUR::ReportDefinition"


def cost_export_declared(rule: Rule, assembly: Assembly) -> Verdicts:
    """Billing data is written where it can be analysed."""
    if rule.facts.get("cost_export") or deploys_nothing(assembly):
        return NOT_APPLICABLE
    if assembly.of_type(_REPORT) or holds_for_any(assembly.of_type(_EXPORT), _exports_cost):
        return PASS
    return fail()


def _exports_cost(export: Resource) -> bool:
    """Whether an export is about cost and usage, and not about recommendations or emissions.

    The tables are those of https://docs.aws.amazon.com/cur/latest/userguide/dataexports-table-dictionary.html.
    """
    query = known_text(export.get("Export.DataQuery.QueryStatement")).upper()
    return "COST_AND_USAGE" in query or "FOCUS_" in query


# Tags that are passed on ---------------------------------------------------------------------------------------------

_COPIES = "CopyTagsToSnapshot"
_ASG, _SERVICE_TYPE = "AWS::AutoScaling::AutoScalingGroup", "AWS::ECS::Service"
_TEMPLATE = "AWS::EC2::LaunchTemplate"
_SPECIFICATIONS = "LaunchTemplateData.TagSpecifications"


def tags_propagate(rule: Rule, resource: Resource) -> Verdicts:
    """What a resource makes has the tags by which its cost is allocated."""
    if resource.type == "AWS::RDS::DBInstance" and is_cluster_member(resource):
        return NOT_APPLICABLE  # the cluster makes the snapshots
    view = tags(resource)
    held = [key for key in rule["required_tags"] if view.get(key) is not None]
    if not held:
        return NOT_APPLICABLE  # RequiredTagsPresent says that they lack
    if resource.type == _ASG:
        return _group(resource, held)
    if resource.type == _TEMPLATE:
        return _template(resource)
    if resource.type == _SERVICE_TYPE:
        value = resource.get("PropagateTags", "NONE")
        if known_text(value) != "NONE":
            return PASS
        return fail("PropagateTags", children="tasks", reason="PropagateTags is not set")
    if resource.flag(_COPIES, default=False):
        return PASS
    value = "not set" if resource.get(_COPIES) is None else "false"
    return fail(_COPIES, children="snapshots", reason=f"{_COPIES} is {value}")


def _group(group: Resource, held: list[str]) -> Verdicts:
    def judge(path: str) -> Outcome | None:
        key = known_text(group.get(f"{path}.Key"))
        if key not in held or group.flag(f"{path}.PropagateAtLaunch", default=False):
            return None
        path = f"{path}.PropagateAtLaunch"
        return fail(path, detail=key, children="instances", reason=f"PropagateAtLaunch of tag {key} is not true")

    return judged([path for path, _ in group.each("Tags[*]")], judge) or PASS


def _template(template: Resource) -> Verdicts:
    kinds = [value for _, value in template.each(f"{_SPECIFICATIONS}[*].ResourceType")]
    missing = [kind for kind in ("instance", "volume") if not holds_for_any(kinds, lambda one: bool(one == kind))]  # noqa: B023
    if not missing:
        return PASS
    children = " and ".join(f"{kind}s" for kind in missing)
    return fail(
        _SPECIFICATIONS, children=children, reason=f"no TagSpecifications are for resource type {' or '.join(missing)}"
    )
