"""Checks that data outlives its stack, and that what recovers it is declared."""

from __future__ import annotations

import re
from typing import Any

import yaml

from readiness_pack.rules.checks.availability import is_cluster_member
from readiness_pack.rules.checks.backup import best_gap
from readiness_pack.rules.checks.backup_selections import PLAN
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import tagged
from readiness_pack.rules.checks.load_balancing import attribute, is_on
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views import Partial, json_document

# Deletion --------------------------------------------------------------------------------------------------------

# Where DeletionPolicy is absent, CloudFormation takes a snapshot of these and deletes everything else:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html. A resource
# that is replaced is deleted, whatever its type, where UpdateReplacePolicy is absent:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html
_SNAPSHOT_BY_DEFAULT = ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance")
_DELETED = "its stack is deleted"
_POLICIES = {"@DeletionPolicy": _DELETED, "@UpdateReplacePolicy": "CloudFormation replaces it"}


def survives_stack(rule: Rule, store: Resource) -> Verdicts:
    """A store is kept, or a snapshot of it, when its stack goes or a change replaces it."""
    del rule
    if store.type == "AWS::RDS::DBInstance" and is_cluster_member(store):
        return NOT_APPLICABLE
    emptied = store.type == "AWS::S3::Bucket" and store.referrers("Custom::S3AutoDeleteObjects", path="BucketName")
    found: list[Outcome] = []
    if emptied:
        found.append(fail(None, detail="auto-delete", moment=_DELETED, reason="auto_delete_objects empties it"))
    try:
        deleted = Partial(_POLICIES).those(lambda policy: _is_delete(store, policy))
        if deleted:
            found.append(_gone(store, deleted.known))
    except Undecided as undecided:
        return found or unknown(undecided.reason, "@DeletionPolicy")
    return found or PASS


def _is_delete(store: Resource, policy: str) -> bool:
    kept = policy == "@DeletionPolicy" and store.type in _SNAPSHOT_BY_DEFAULT
    return bool(store.get(policy, "Snapshot" if kept else "Delete") == "Delete")


def _gone(store: Resource, policies: list[str]) -> Outcome:
    moments = " or ".join(_POLICIES[policy] for policy in policies)
    said = [f"{policy[1:]} is {'Delete' if store.get(policy) is not None else 'not set'}" for policy in policies]
    return fail(policies[0], detail="policy", moment=moments, reason=" and ".join(said))


_PROTECTION = {
    "AWS::Cognito::UserPool": "DeletionProtection",
    "AWS::DocDB::DBCluster": "DeletionProtection",
    "AWS::DynamoDB::Table": "DeletionProtectionEnabled",
    "AWS::EC2::Instance": "DisableApiTermination",
    "AWS::Neptune::DBCluster": "DeletionProtection",
    "AWS::RDS::DBCluster": "DeletionProtection",
    "AWS::RDS::DBInstance": "DeletionProtection",
}


def deletion_protection(rule: Rule, resource: Resource) -> Verdicts:
    """A call that deletes the resource is turned down."""
    del rule
    if resource.type == "AWS::RDS::DBInstance" and is_cluster_member(resource):
        return NOT_APPLICABLE
    if resource.type == "AWS::ElasticLoadBalancingV2::LoadBalancer":
        key = "deletion_protection.enabled"
        value = attribute(resource, "LoadBalancerAttributes", key)
        return PASS if is_on(value) else fail("LoadBalancerAttributes", said=_said(key, value))
    if resource.type == "AWS::DynamoDB::GlobalTable":
        paths = [f"{path}.DeletionProtectionEnabled" for path, _ in resource.each("Replicas[*]")]
        return judged(paths, lambda path: _unprotected(resource, path)) or PASS
    return _unprotected(resource, _PROTECTION[resource.type]) or PASS


def _unprotected(resource: Resource, path: str) -> Outcome | None:
    value = resource.get(path)
    on = value == "ACTIVE" if resource.type == "AWS::Cognito::UserPool" else resource.flag(path, default=False)
    return None if on else fail(path, said=_said(path, value), detail=path if "[" in path else None)


def _said(path: str, value: Value) -> str:
    return f"{path} is not set" if value is None else f"{path} is {str(value).lower() if value is not True else value}"


# Runbooks --------------------------------------------------------------------------------------------------------

_DESTRUCTIVE = re.compile(r"(Delete|Terminate|Stop|Reboot|Remove|Purge|Deregister|Detach|Disable|Failover|Revoke)")


def runbooks(rule: Rule, subject: Any) -> Verdicts:
    """An automation runs with a role of its own and says what happens when a step that destroys something fails."""
    if isinstance(subject, Assembly):
        return _critical_without_runbook(rule, subject)
    if subject.get("DocumentType") != "Automation":
        return NOT_APPLICABLE
    content = _content(subject)
    found: list[Outcome] = []
    name = f"Automation {subject.logical_id}"
    if not content.get("assumeRole"):
        reason = "runs with the permissions of whoever starts it (no assumeRole)"
        found.append(fail("Content.assumeRole", detail="role", subject=name, reason=reason))
    steps = content.get("mainSteps") or []
    if isinstance(steps, Unknown | Text):
        return found or unknown(steps.reason, "Content.mainSteps")
    for step in steps:
        if isinstance(step, dict) and _destroys(step) and "onFailure" not in step:
            said = step.get("name")
            reason = f"does not say what happens when step {said} ({_what(step)}) fails"
            found.append(fail("Content.mainSteps", detail=str(said), subject=name, reason=reason))
    return found or PASS


def _content(document: Resource) -> dict[str, Any]:
    content = document.get("Content")
    if isinstance(content, str) and document.get("DocumentFormat", "JSON") == "YAML":
        try:
            content = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe one
        except yaml.YAMLError as error:
            raise Undecided(f"the content of {document.logical_id} is not YAML") from error
    else:
        content = json_document(content)
    if isinstance(content, dict):
        return content
    raise Undecided(content.reason if isinstance(content, Unknown) else f"{document.logical_id} has no content")


def _what(step: dict[str, Any]) -> str:
    inputs = step.get("inputs")
    if isinstance(inputs, dict) and step.get("action") in ("aws:executeAwsApi", "aws:changeInstanceState"):
        return str(inputs.get("Api") or inputs.get("DesiredState"))
    return str(step.get("action"))


def _destroys(step: dict[str, Any]) -> bool:
    if step.get("action") == "aws:changeInstanceState":
        return _what(step) in ("stopped", "terminated")
    return _DESTRUCTIVE.match(_what(step).removeprefix("aws:").capitalize()) is not None


def _critical_without_runbook(rule: Rule, assembly: Assembly) -> Verdicts:
    tag = f"{rule['severity_tag']}=critical"
    types = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    alarms = [alarm for type_ in types for alarm in assembly.by_type.get(type_, ())]
    critical = Partial(alarms).those(lambda alarm: tagged(alarm, tag) and alarm.exists())
    if not critical:
        return NOT_APPLICABLE
    if any(document.get("DocumentType") == "Automation" for document in assembly.of_type("AWS::SSM::Document")):
        return PASS
    names = ", ".join(sorted({alarm.logical_id for alarm in critical.known})[:3])
    return fail(subject="The app", reason=f"has critical alarms ({names}) and no automation document to act on them")


# Objectives ------------------------------------------------------------------------------------------------------

_DISRUPTIONS = ("Software", "Hardware", "AZ", "Region")


def resiliency_policy(rule: Rule, subject: Any) -> Verdicts:
    """Where Resilience Hub holds the objectives, a policy states them, is assessed daily, and backups meet it."""
    if rule["rto_rpo_source"] != "resilience_hub":
        return NOT_APPLICABLE
    if isinstance(subject, Assembly):
        return _assessed(subject)
    wanted = [subject.number(f"Policy.{kind}.RpoInSecs") for kind in _DISRUPTIONS]
    seconds = min((value for value in wanted if value is not None), default=None)
    plans = subject.assembly.of_type(PLAN)
    if seconds is None or not plans:
        return NOT_APPLICABLE

    def judge(plan: Resource) -> Outcome | None:
        gap = best_gap(plan) * 3600
        if gap <= seconds:
            return None
        lost = f"policy {subject.logical_id} allows {seconds} seconds of work to be lost"
        reason = f"{lost}, and plan {plan.logical_id} runs only every {gap:g} seconds"
        return fail("Policy", detail=plan.logical_id, reason=reason)

    return judged(plans, judge) or PASS


def _assessed(assembly: Assembly) -> Verdicts:
    if not assembly.of_type("AWS::ResilienceHub::ResiliencyPolicy"):
        return fail(detail="policy", reason="no resiliency policy states them")
    apps = assembly.of_type("AWS::ResilienceHub::App")
    with_policy = [app for app in apps if app.get("ResiliencyPolicyArn") is not None]
    if not with_policy:
        return fail(detail="app", reason="no Resilience Hub app is held to the policy")
    if any(app.get("AppAssessmentSchedule") == "Daily" for app in with_policy):
        return PASS
    return fail(detail="schedule", reason="no app is assessed daily (AppAssessmentSchedule is not Daily)")
