"""Checks on what watches the account: trails, recorders, detectors, and where their findings go."""

from __future__ import annotations

from readiness_pack.rules.checks.known import known_object
from readiness_pack.rules.checks.trails import recording
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided, Value, as_list
from readiness_pack.template.views.actions import admits_service, allows
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.partial import holds_for_any
from readiness_pack.template.views.policies import resource_statements
from readiness_pack.template.views.relations import related


def deploys_nothing(assembly: Assembly) -> bool:
    """Whether the app has no resource that does anything."""
    return all(type_ == "AWS::CDK::Metadata" for type_ in assembly.by_type)


def audit_trail_exists(rule: Rule, assembly: Assembly) -> Verdicts:
    """Somebody records the calls to the account: the app itself, or the organisation by a stated fact."""
    if rule.facts.get("org_trail") or deploys_nothing(assembly):
        return NOT_APPLICABLE
    return PASS if recording(assembly) else fail()


# Recorders and detectors ---------------------------------------------------------------------------------------------

# Fact -> what messages call the service, and the types that show that it is on.
_SERVICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "guardduty": ("GuardDuty", ("AWS::GuardDuty::Detector",)),
    "config_recorder": ("AWS Config", ("AWS::Config::ConfigurationRecorder",)),
    "security_hub": ("Security Hub", ("AWS::SecurityHub::Hub", "AWS::SecurityHub::HubV2")),
}


def recorders_declared(rule: Rule, assembly: Assembly) -> Verdicts:
    """GuardDuty, AWS Config and Security Hub are on: by a resource of the app, or by a stated fact."""
    if deploys_nothing(assembly):
        return NOT_APPLICABLE
    found: list[Outcome] = []
    asked = 0
    for fact, (service, types) in _SERVICES.items():
        if rule.facts.get(fact):
            continue
        asked += 1
        try:
            if not holds_for_any(assembly.of_type(*types), _is_enabled):
                found.append(fail(detail=fact, service=service, fact=fact))
        except Undecided as undecided:
            found.append(unknown(undecided.reason, detail=fact))
    return found or (PASS if asked else NOT_APPLICABLE)


def _is_enabled(resource: Resource) -> bool:
    return resource.type != "AWS::GuardDuty::Detector" or bool(resource.flag("Enable", default=False))


_CONFORMANCE = (
    "AWS::Config::ConformancePack",
    "AWS::Config::OrganizationConformancePack",
    "AWS::Config::ConfigRule",
    "AWS::Config::OrganizationConfigRule",
)


def conformance_declared(rule: Rule, assembly: Assembly) -> Verdicts:
    """AWS Config judges what is deployed, by rules of the app or by a stated fact."""
    if rule.facts.get("config_conformance_packs") or deploys_nothing(assembly):
        return NOT_APPLICABLE
    return PASS if assembly.of_type(*_CONFORMANCE) else fail()


# Findings ------------------------------------------------------------------------------------------------------------

_FINDINGS = ("aws.securityhub", "aws.guardduty")
_CHANNELS = ("AWS::Chatbot::SlackChannelConfiguration", "AWS::Chatbot::MicrosoftTeamsChannelConfiguration")


def findings_routed(rule: Rule, assembly: Assembly) -> Verdicts:
    """Findings of Security Hub or GuardDuty reach somebody."""
    if rule.facts.get("finding_routing") or deploys_nothing(assembly):
        return NOT_APPLICABLE
    problems: list[str] = []
    doubt: str | None = None
    for events in assembly.of_type("AWS::Events::Rule"):
        try:
            if not _matches_findings(events):
                continue
            broken = _why_unheard(events)
        except Undecided as undecided:
            doubt = doubt or undecided.reason
            continue
        if broken is None:
            return PASS
        problems.append(broken)
    if doubt is not None:
        return unknown(doubt)
    return fail(reason=problems[0] if problems else "no enabled event rule matches them")


def _matches_findings(events: Resource) -> bool:
    if events.get("State", "ENABLED") == "DISABLED":
        return False
    pattern = json_document(events.get("EventPattern"))
    if pattern is None:
        return False
    sources = as_list(known_object(pattern).get("source"))
    return holds_for_any(sources, _is_finding_source)


def _is_finding_source(source: Value) -> bool:
    if isinstance(source, dict):
        # {"prefix": "aws.g"} and {"wildcard": "aws.*"} are the ways to match several sources
        text = source.get("prefix") or str(source.get("wildcard") or "-").partition("*")[0]
        return any(name.startswith(text) for name in _FINDINGS)
    return any(bool(source == name) for name in _FINDINGS)


def _why_unheard(events: Resource) -> str | None:
    """Why nobody hears of what ``events`` matches, ``None`` where somebody does."""
    problems: list[str] = []

    def hears(target: tuple[str, Value]) -> bool:
        topic = events.assembly.target(target[1])
        broken = _topic_problem(topic) if topic is not None and topic.type == "AWS::SNS::Topic" else None
        if topic is not None and broken is not None:
            problems.append(f"rule {events.logical_id} sends them to topic {topic.logical_id}, {broken}")
        return broken is None

    if holds_for_any(events.each("Targets[*].Arn"), hears):
        return None
    return problems[0] if problems else f"rule {events.logical_id} has no target"


def _topic_problem(topic: Resource) -> str | None:
    subscribers = related(topic, "subscription") or topic.list("Subscription")
    if not subscribers and not topic.referrers(*_CHANNELS, path="SnsTopicArns[*]"):
        return "to which nobody subscribes"
    if not allows(resource_statements(topic), "sns:Publish", topic, admits=lambda one: admits_service(one, "events")):
        return "whose policy does not let events.amazonaws.com publish"
    return None
