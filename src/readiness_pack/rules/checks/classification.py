"""Checks on how sensitive data is labelled and what follows from the label."""

from __future__ import annotations

from readiness_pack.rules.checks.data_classes import is_sensitive, tag_of
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.generator import built_in
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided, Unknown
from readiness_pack.template.views import holds_for_any, related, tags


def carries_classification(rule: Rule, store: Resource) -> Verdicts:
    """A data store says by a tag what class of data it holds."""
    tag, classes = rule["classification_tag"], rule["allowed_classes"]
    value = tag_of(store, tag)
    path = tags(store).path or "Tags"
    if value is None:
        return fail(path, reason=f"has no tag {tag}")
    text = known_text(value)
    if text.lower() in {one.lower() for one in classes}:
        return PASS
    return fail(path, reason=f"has the class {text or '(empty)'}, not one of {', '.join(classes)}")


def strictly_protected(rule: Rule, store: Resource) -> Verdicts:
    """What holds sensitive data satisfies every control on encryption, transport and public access."""
    if not is_sensitive(rule, store):
        return NOT_APPLICABLE
    known = built_in()
    names = [name for name in rule["protections"] if store.type in known[name].resource_types]

    def judge(name: str) -> Outcome | None:
        # The rule itself decides, whatever severity or waiver the organisation gave its findings.
        control = known[name](rule.parameters, rule.facts)
        outcomes = control.judge(store)
        failures = [outcome for outcome in outcomes if outcome.verdict == "fail"]
        if failures:
            return fail(failures[0].path, detail=name, control=name)
        doubt = next((outcome.reason for outcome in outcomes if outcome.verdict == "unknown"), None)
        if doubt is not None:
            raise Undecided(doubt)
        return None

    return judged(names, judge) or PASS


# Logs --------------------------------------------------------------------------------------------------------------

_UNSUPPORTED = ("INFREQUENT_ACCESS", "DELIVERY")


def log_group_masks(rule: Rule, group: Resource) -> Verdicts:
    """The logs of a workload that handles sensitive data have it masked."""
    if group.get("LogGroupClass", "STANDARD") in _UNSUPPORTED:
        return NOT_APPLICABLE
    if not _logs_sensitive_data(rule, group):
        return NOT_APPLICABLE
    if group.get("DataProtectionPolicy") is not None or rule.facts.get("log_data_protection"):
        return PASS
    policies = group.assembly.of_type("AWS::Logs::AccountPolicy")
    if holds_for_any(policies, lambda policy: bool(policy.get("PolicyType") == "DATA_PROTECTION_POLICY")):
        return PASS
    return fail("DataProtectionPolicy")


def _logs_sensitive_data(rule: Rule, group: Resource) -> bool:
    """Whether the log group, or something that logs to it, is tagged with a sensitive class."""
    doubt: Undecided | None = None
    for one in [group, *related(group, "log_destination")]:
        try:
            if is_sensitive(rule, one):
                return True
        except Undecided as undecided:
            doubt = doubt or undecided
    if doubt is not None:
        raise doubt
    return False


# Models ------------------------------------------------------------------------------------------------------------


def guardrail_filters(rule: Rule, resource: Resource) -> Verdicts:
    """An agent answers behind a guardrail, and a guardrail filters sensitive data or harmful content."""
    del rule
    if resource.type == "AWS::Bedrock::Guardrail":
        return _guardrail(resource)
    path = "GuardrailConfiguration.GuardrailIdentifier"
    value = resource.get(path)
    if value is None:
        return fail("GuardrailConfiguration", reason="answers without a guardrail")
    guardrail = resource.assembly.target(value)
    if guardrail is None:
        raise Undecided(f"guardrail {value} is not in this app")
    return PASS  # what is wrong with the guardrail itself is said of it


def _guardrail(guardrail: Resource) -> Verdicts:
    doubt: str | None = None
    for path in (
        "SensitiveInformationPolicyConfig.PiiEntitiesConfig",
        "SensitiveInformationPolicyConfig.RegexesConfig",
        "ContentPolicyConfig.FiltersConfig",
    ):
        value = guardrail.get(path)
        if isinstance(value, Unknown):
            doubt = doubt or value.reason
        elif value:
            return PASS
    if doubt is not None:
        return unknown(doubt)
    return fail(reason="filters neither sensitive information nor harmful content")


# Macie -------------------------------------------------------------------------------------------------------------


def macie_watches(rule: Rule, app: Assembly) -> Verdicts:
    """Where buckets hold sensitive data, Macie looks for what should not be there."""
    sensitive: list[Resource] = []
    doubt: Undecided | None = None
    for bucket in app.of_type("AWS::S3::Bucket"):
        try:
            if is_sensitive(rule, bucket):
                sensitive.append(bucket)
        except Undecided as undecided:
            doubt = doubt or undecided
    if not sensitive:
        if doubt is not None:
            raise doubt
        return NOT_APPLICABLE
    if rule.facts.get("macie_enabled"):
        return PASS
    sessions = app.of_type("AWS::Macie::Session")
    if holds_for_any(sessions, lambda session: bool(session.get("Status", "ENABLED") == "ENABLED")):
        return PASS
    names = ", ".join(sorted(bucket.logical_id for bucket in sensitive))
    paused = "Macie is paused" if sessions else "no Macie session is declared"
    return fail(buckets=names, reason=paused)
