"""Checks on the way from an alarm to a person: action, topic, key and policies, subscription."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.rules.checks.alarm_audience import (
    ALARM_TYPES,
    engages_somebody,
    host_of,
    is_listed,
    kind_of,
    listeners,
    response_plan,
    unheard,
)
from readiness_pack.rules.checks.candidates import nearest_miss
from readiness_pack.rules.checks.service_access import SOURCE_KEYS, barred, key_excludes, service_may
from readiness_pack.rules.checks.wording import listed
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, is_known
from readiness_pack.template.views.alarm_actions import Action, alarm_actions
from readiness_pack.template.views.naming import attached, mentions
from readiness_pack.template.views.policies import resource_policies, resource_statements
from readiness_pack.template.views.tags import tags

# Reaching a person ---------------------------------------------------------------------------------------------------


def reaches_subscriber(rule: Rule, alarm: Resource) -> Verdicts:
    """At least one of an alarm's actions ends with somebody who reads it."""
    actions = alarm_actions(alarm, composite=False)
    problems: list[tuple[str, str]] = []
    doubt: str | None = actions.reason
    for action in actions.known:
        if action.resource is None and is_listed(action.value, rule["external_alarm_topics"]):
            return NOT_APPLICABLE
    for action in actions.known:
        try:
            problem = _dead_end(rule, action)
        except Undecided as undecided:
            doubt = doubt or undecided.reason
            continue
        if problem is None:
            return PASS
        if problem:
            problems.append((action.path, problem))
    if doubt is not None:
        return unknown(doubt, "AlarmActions")
    return fail(problems[0][0], detail="audience", reason=problems[0][1]) if problems else NOT_APPLICABLE


def _dead_end(rule: Rule, action: Action) -> str | None:
    """Why nobody learns of an action; ``None`` where somebody does, ``""`` where it is not meant for people."""
    match kind_of(action):
        case "machine":
            return ""
        case "topic":
            return _deaf_topic(rule, action)
        case "plan":
            plan = response_plan(action)
            if plan is None or engages_somebody(plan):
                return None
            return f"response plan {plan.logical_id} engages no contact, chat channel or pager"
        case _:
            return None


def _deaf_topic(rule: Rule, action: Action) -> str | None:
    topic = action.resource
    if topic is None:
        raise Undecided(f"topic {action.value} is not in this app, and external_alarm_topics does not list it")
    missed = nearest_miss(listeners(topic), lambda one: unheard(one, topic, rule["allowed_protocols"]))
    return f"nobody subscribes to topic {topic.logical_id}" if missed == "" else missed


# Publishing ----------------------------------------------------------------------------------------------------------

_ACTION_PATHS = ("AlarmActions[*]", "OKActions[*]", "InsufficientDataActions[*]")
# Service -> what makes it publish, by which property.
_PUBLISHERS: dict[str, tuple[tuple[str, str], ...]] = {
    "cloudwatch": tuple((type_, path) for type_ in ALARM_TYPES for path in _ACTION_PATHS),
    "budgets": (
        ("AWS::Budgets::Budget", "NotificationsWithSubscribers[*].Subscribers[*].Address"),
        ("AWS::Budgets::BudgetsAction", "Subscribers[*].Address"),
    ),
    "costalerts": (("AWS::CE::AnomalySubscription", "Subscribers[*].Address"),),
    "events": (("AWS::Events::Rule", "Targets[*].Arn"),),
}
# EventBridge names no source when it asks for the key of a topic, and only CloudWatch is an owner in the sense of the
# default topic policy: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
# https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
_NOT_SENT_TO_KEY = {"events": SOURCE_KEYS}
_NOT_SENT_TO_TOPIC = frozenset({"aws:sourceowner"})


def topic_is_publishable(rule: Rule, topic: Resource) -> Verdicts:
    """Each service that an alarm, budget or rule makes publish to a topic may do so."""
    del rule
    found: list[Outcome] = []
    used = False
    for service, sources in _publishers(topic):
        used = True
        try:
            problem = next((one for source in sources if (one := _shut_out(topic, service, source))), None)
        except Undecided as undecided:
            found.append(unknown(undecided.reason, detail=service))
            continue
        if problem is not None:
            names = listed(sorted({source.logical_id for source in sources}))
            found.append(fail(detail=service, service=f"{service}.amazonaws.com", sources=names, reason=problem))
    if not used:
        return NOT_APPLICABLE
    failures = [outcome for outcome in found if outcome.verdict == "fail"]
    return failures or found or PASS


def _publishers(topic: Resource) -> Iterator[tuple[str, list[Resource]]]:
    for service, places in _PUBLISHERS.items():
        sources = dict.fromkeys(source for type_, path in places for source in attached(topic, type_, path))
        by_itself = [source for source in sources if not _by_role(source, topic)]
        if by_itself:
            yield service, by_itself


def _by_role(source: Resource, topic: Resource) -> bool:
    """Whether an event rule publishes with the permissions of a role instead of its own."""
    if source.type != "AWS::Events::Rule":
        return False
    mine = [path for path, arn in source.each("Targets[*].Arn") if mentions(arn, topic)]
    return bool(mine) and all(source.get(f"{path.removesuffix('.Arn')}.RoleArn") is not None for path in mine)


def _shut_out(topic: Resource, service: str, source: Resource) -> str | None:
    """Why ``service`` cannot publish to ``topic`` for ``source``: because of its key, of its policy, or of both."""
    not_sent = _NOT_SENT_TO_KEY.get(service, frozenset())
    return barred(
        lambda: _policy_excludes(topic, service, source),
        lambda: key_excludes(topic, service, source, not_sent),
    )


def _policy_excludes(topic: Resource, service: str, source: Resource) -> str | None:
    policies = resource_policies(topic)
    if not policies:
        # The default policy admits the account that owns the topic, for which CloudWatch asks, and no other service.
        return None if service == "cloudwatch" else f"no topic policy lets {service}.amazonaws.com publish"
    not_sent = frozenset() if service == "cloudwatch" else _NOT_SENT_TO_TOPIC
    if service_may(resource_statements(topic), service, "sns:Publish", source, on=topic, not_sent=not_sent):
        return None
    name = policies[0].source.logical_id
    return f"topic policy {name} takes the place of the default one and does not let {service}.amazonaws.com publish"


# Escalation ----------------------------------------------------------------------------------------------------------


def is_critical(resource: Resource, tag: str, level: str) -> bool:
    """Whether the tag ``tag`` says that a resource is critical, in any case."""
    value = tags(resource).get(tag)
    if value is not None and not is_known(value):
        value.undecided()
    return value is not None and str(value).lower() == level.lower()


def critical_alarm_escalates(rule: Rule, alarm: Resource) -> Verdicts:
    """A critical alarm reaches a pager or opens an incident."""
    if not is_critical(alarm, rule["severity_tag"], rule["critical_severity"]):
        return NOT_APPLICABLE
    missed = nearest_miss(alarm_actions(alarm), lambda action: _does_not_page(rule, action))
    if missed is None:
        return PASS
    return fail("AlarmActions", detail="escalation", reason=missed or "it has no action")


def _does_not_page(rule: Rule, action: Action) -> str | None:
    match kind_of(action):
        case "plan":
            return None
        case "function":
            raise Undecided(f"whether function {action.value} pages somebody is in its code")
        case "topic":
            return _topic_does_not_page(rule, action)
        case _:
            return f"its action {action.value} pages nobody"


def _topic_does_not_page(rule: Rule, action: Action) -> str | None:
    topic = action.resource
    if topic is None:
        raise Undecided(f"topic {action.value} is not in this app")
    domains = rule["pager_domains"]

    def missed(protocol: object, endpoint: object) -> str | None:
        if protocol in ("http", "https") and _is_at(endpoint, domains):
            return None
        if protocol in ("lambda", "sqs"):
            raise Undecided(f"whether what reads topic {topic.logical_id} pages somebody is in its code")
        return f"topic {topic.logical_id} is read by {protocol} and not by a pager"

    found = nearest_miss(listeners(topic), lambda one: missed(one.protocol, one.endpoint))
    return f"nobody subscribes to topic {topic.logical_id}" if found == "" else found


def _is_at(endpoint: object, domains: list[str]) -> bool:
    if not isinstance(endpoint, str):
        prefix = getattr(endpoint, "prefix", "")
        if not (isinstance(prefix, str) and prefix.count("/") > 2):
            raise Undecided(f"the endpoint {endpoint} is not known")
        endpoint = prefix
    host = host_of(endpoint)
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
