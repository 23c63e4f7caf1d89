"""Checks that logs can be read by machines."""

from __future__ import annotations

import json
import re

from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided

_VERBOSE = ("DEBUG", "TRACE")


def function_logs_json(rule: Rule, function: Resource) -> Verdicts:
    """A function logs JSON, and not at a level meant for development."""
    del rule
    if function.managed_by_cdk:
        return NOT_APPLICABLE
    format_ = function.get("LoggingConfig.LogFormat")
    if format_ is None or format_ != "JSON":
        said = "not set, which means Text" if format_ is None else format_
        return fail("LoggingConfig.LogFormat", detail="format", reason=f"writes plain text (LogFormat is {said})")
    level = function.get("LoggingConfig.ApplicationLogLevel")
    if level is not None and level in _VERBOSE:
        reason = f"writes every detail (ApplicationLogLevel is {level})"
        return fail("LoggingConfig.ApplicationLogLevel", detail="level", reason=reason)
    return PASS


# $context.status, $context.identity.sourceIp, $context.authorizer['claims'] ...
_VARIABLE = re.compile(r"\$(?:context|stageVariables|input)[\w.\[\]'$-]*")


def access_log_is_structured(rule: Rule, stage: Resource) -> Verdicts:
    """The access log is JSON and has the fields that are asked for."""
    settings = "AccessLogSetting" if stage.type == "AWS::ApiGateway::Stage" else "AccessLogSettings"
    path = f"{settings}.Format"
    if stage.get(f"{settings}.DestinationArn") is None:
        return NOT_APPLICABLE
    text = stage.get(path)
    if text is None:
        return fail(path, reason="has no Format")
    text = known_text(text)
    if not _is_json_object(text):
        return fail(path, reason="is not in JSON")
    missing = [field for field in _fields(rule, stage) if not re.search(re.escape(field) + r"(?![\w.])", text)]
    return fail(path, reason=f"lacks {', '.join(missing)}") if missing else PASS


def _fields(rule: Rule, stage: Resource) -> list[str]:
    fields = list(rule["required_fields"])
    if stage.type != "AWS::ApiGatewayV2::Stage" or not _is_web_socket(stage):
        return fields
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html has no responseLatency
    return [field for field in fields if field != "$context.responseLatency"]


def _is_web_socket(stage: Resource) -> bool:
    try:
        api = stage.target("ApiId")
    except Undecided:
        return False
    return api is not None and bool(api.get("ProtocolType", "HTTP") == "WEBSOCKET")


def _is_json_object(text: str) -> bool:
    try:
        # Numbers are written without quotation marks around the variable, which is not JSON before it is filled in.
        return isinstance(json.loads(_VARIABLE.sub("0", text)), dict)
    except ValueError:
        return False
