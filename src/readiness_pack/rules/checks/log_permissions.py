"""Checks that a service may write the logs that it is told to write."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.rules.checks.known import spelled
from readiness_pack.rules.checks.logging_on import log_outcomes
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Value
from readiness_pack.template.views.actions import admits_service, allows
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.partial import Partial, holds_for_any
from readiness_pack.template.views.statements import Statement, statements_in


def same_place(one: Resource, other: Resource) -> bool:
    """Whether two resources may be in the same account and region: nothing says otherwise."""
    here, there = one.stack, other.stack
    pairs = ((here.account, there.account), (here.region, there.region))
    return all(first is None or second is None or first == second for first, second in pairs)


# API Gateway ---------------------------------------------------------------------------------------------------------


def account_has_log_role(rule: Rule, stage: Resource) -> Verdicts:
    """API Gateway has a role with which it writes logs, in the account and region of the stage."""
    if rule.facts.get("apigw_cloudwatch_role"):
        return NOT_APPLICABLE
    levels = stage.each("MethodSettings[*].LoggingLevel")
    if not holds_for_any(levels, lambda level: level[1] in ("ERROR", "INFO")) and not _logs_access(stage):
        return NOT_APPLICABLE
    accounts = stage.assembly.of_type("AWS::ApiGateway::Account")
    if holds_for_any(accounts, lambda one: same_place(one, stage) and one.get("CloudWatchRoleArn") is not None):
        return PASS
    return fail("MethodSettings")


def _logs_access(stage: Resource) -> bool:
    """Whether access logs go to CloudWatch Logs; to Firehose they go without the role."""
    path = "AccessLogSetting.DestinationArn"
    if stage.get(path) is None:
        return False
    target = stage.target(path)
    if target is not None:
        return target.type == "AWS::Logs::LogGroup"
    return ":logs:" in spelled(stage.get(path))


# OpenSearch ----------------------------------------------------------------------------------------------------------

_OPTIONS = "LogPublishingOptions"
_PUT = "logs:PutLogEvents"


def search_domain_logs(rule: Rule, domain: Resource) -> Verdicts:
    """A domain publishes its audit and error logs, and nothing stands in the way of either."""
    del rule
    found = log_outcomes(domain)
    path = "AdvancedSecurityOptions.Enabled"
    if not domain.flag(path, default=False):
        reason = f"they need fine-grained access control, and {path} is not true"
        found.append(fail(path, detail="access control", log="audit logs", reason=reason))
    for key, name in (("AUDIT_LOGS", "audit logs"), ("ES_APPLICATION_LOGS", "error logs")):
        arn = f"{_OPTIONS}.{key}.CloudWatchLogsLogGroupArn"
        group = domain.target(arn) if domain.flag(f"{_OPTIONS}.{key}.Enabled", default=False) else None
        if group is None or group.type != "AWS::Logs::LogGroup" or _may_write(group, domain):
            continue
        reason = f"no resource policy lets es.amazonaws.com write to log group {group.logical_id}"
        found.append(fail(arn, detail=f"{key} policy", log=name, reason=reason))
    return found or PASS


def _may_write(group: Resource, domain: Resource) -> bool:
    statements: Partial[Statement] = Partial()
    for source, path, document in _policies(group, domain):
        statements.include(statements_in(document, source, path))
    return allows(statements, _PUT, group, admits=lambda one: admits_service(one, "es"))


def _policies(group: Resource, domain: Resource) -> Iterator[tuple[Resource, str, Value]]:
    """The policies under which a service writes to ``group``: its own, and those of the account and region."""
    yield group, "ResourcePolicyDocument", group.get("ResourcePolicyDocument")
    for policy in domain.assembly.of_type("AWS::Logs::ResourcePolicy"):
        if same_place(policy, domain):
            yield policy, "PolicyDocument", policy.get("PolicyDocument")
    for policy in domain.assembly.of_type("Custom::CloudwatchLogResourcePolicy"):
        # How the CDK's domains write it: {"action": "putResourcePolicy", "parameters": {"policyDocument": "..."}}
        call = json_document(policy.get("Create"))
        parameters = call.get("parameters") if isinstance(call, dict) else None
        if isinstance(parameters, dict) and isinstance(parameters.get("policyDocument"), str | Text):
            yield policy, "Create", parameters["policyDocument"]
