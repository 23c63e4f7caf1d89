"""Checks on who is told: real addresses, and plans that go on when nobody answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readiness_pack.rules.checks.alarm_audience import engages_somebody, host_of
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.placeholders import is_fictional_number
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Text, Unknown, Value, as_number

# Addresses -----------------------------------------------------------------------------------------------------------

# Where the types keep addresses, and the property beside each that says what it is.
_ADDRESSES: dict[str, tuple[tuple[str, str], ...]] = {
    "AWS::SNS::Subscription": (("Endpoint", "Protocol"),),
    "AWS::SNS::Topic": (("Subscription[*].Endpoint", "Protocol"),),
    "AWS::Budgets::Budget": (("NotificationsWithSubscribers[*].Subscribers[*].Address", "SubscriptionType"),),
    "AWS::Budgets::BudgetsAction": (("Subscribers[*].Address", "Type"),),
    "AWS::CE::AnomalySubscription": (("Subscribers[*].Address", "Type"),),
    "AWS::NotificationsContacts::EmailContact": (("EmailAddress", ""),),
    "AWS::SSMContacts::ContactChannel": (("ChannelAddress", "ChannelType"),),
}
_TO_FILL_IN = re.compile(r"XXX|\bxxx+\b|<[^<>]+>|\b(?i:todo|tbd|fixme|change[-_]?me|replace[-_]?me)\b")
# Kinds of endpoints that are resources and not addresses.
_RESOURCES = ("application", "firehose", "lambda", "sqs", "SNS")


def no_placeholder(rule: Rule, resource: Resource) -> Verdicts:
    """Each address is one at which somebody can be reached."""
    addresses = list(_addresses(resource))
    if not addresses:
        return NOT_APPLICABLE
    return judged(addresses, lambda one: _address(rule, *one)) or PASS


def _addresses(resource: Resource) -> Iterator[tuple[str, Value]]:
    """The addresses of people, with their paths; resources that are told instead are left out."""
    for path, beside in _ADDRESSES[resource.type]:
        for place, value in resource.each(path):
            if value is None or isinstance(value, Reference) or (isinstance(value, Unknown) and value.target):
                continue
            if isinstance(value, str | Text) and str(value).startswith("arn:"):
                continue
            kind = resource.get(_sibling(place, beside)) if beside else None
            if not (isinstance(kind, str) and kind in _RESOURCES):
                yield place, value


def _sibling(path: str, name: str) -> str:
    parent, _, _ = path.rpartition(".")
    return f"{parent}.{name}" if parent else name


def _address(rule: Rule, path: str, value: Value) -> Outcome | None:
    address = known_text(value)
    reason = _placeholder(rule, address)
    return fail(path, detail=address, address=address, reason=reason) if reason is not None else None


def _placeholder(rule: Rule, address: str) -> str | None:
    if _TO_FILL_IN.search(address):
        return "which is to be filled in"
    if is_fictional_number(address):
        return "a number that is reserved for fiction"
    url = "://" in address
    host = host_of(address) if url else address.rpartition("@")[2] if "@" in address else ""
    for domain in rule["placeholder_domains"]:
        if _is_in(host, domain):
            return f"and {domain} is a placeholder"
    team = rule["team_domains"]
    if team and host and not url and not any(_is_in(host, domain) for domain in team):
        return f"which is at none of the team's domains ({', '.join(team)})"
    return None


def _is_in(host: str, domain: str) -> bool:
    return host.lower() == domain.lower() or host.lower().endswith(f".{domain.lower()}")


# Engagement ----------------------------------------------------------------------------------------------------------


def plan_meets_target(rule: Rule, resource: Resource) -> Verdicts:
    """An incident calls somebody, and somebody else when no answer comes in time."""
    if rule["on_call_source"] == "external":
        return NOT_APPLICABLE
    if resource.type == "AWS::SSMIncidents::ResponsePlan":
        if engages_somebody(resource):
            return PASS
        return fail("Engagements", detail="engagements", reason="engages nobody: it has no Engagements")
    return _stages(rule, resource)


def _stages(rule: Rule, plan: Resource) -> Verdicts:
    """Stages of a Plan, or of a Contact that holds its plan itself."""
    path, kind, rotations = "Stages", None, plan.get("RotationIds")
    if plan.type == "AWS::SSMContacts::Contact":
        path, kind, rotations = "Plan", plan.get("Type"), None
    else:
        contact = plan.target("ContactId")
        kind = contact.get("Type") if contact is not None else None
    stages = plan.list(path)
    if kind == "ONCALL_SCHEDULE" or rotations is not None or (not stages and path == "Plan"):
        return NOT_APPLICABLE
    found: list[Outcome] = []
    # The plan of one person only says by which channels that person is called; the next in line is another's plan.
    if kind != "PERSONAL" and len(stages) < rule["min_stages"]:
        reason = f"ends after {len(stages)} stage{'s' if len(stages) != 1 else ''}, fewer than {rule['min_stages']}"
        found.append(fail(path, detail="stages", reason=reason))
    minutes = as_number(plan.get(f"{path}[0].DurationInMinutes")) if stages else None
    if minutes is not None and minutes > rule["max_ack_minutes"]:
        reason = f"waits {minutes} minutes before its next stage, more than {rule['max_ack_minutes']}"
        found.append(fail(f"{path}[0].DurationInMinutes", detail="wait", reason=reason))
    return found or PASS
