"""Who invokes a Lambda function, and how."""

from __future__ import annotations

from readiness_pack.template import Resource, Undecided
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.partial import Partial
from readiness_pack.template.views.permissions import lambda_permissions
from readiness_pack.template.views.relations import related
from readiness_pack.template.views.statements import service_name

_MAPPING = "AWS::Lambda::EventSourceMapping"
# Services that hand events to Lambda's own queue instead of waiting for an answer:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
_ASYNCHRONOUS = frozenset(
    {
        "cloudformation",
        "codecommit",
        "codepipeline",
        "config",
        "events",
        "iot",
        "logs",
        "s3",
        "scheduler",
        "ses",
        "sns",
    }
)
# Of the relation event_source: what it delivers, it delivers asynchronously. Mappings and pipes wait.
_WAITING = (_MAPPING, "AWS::Pipes::Pipe")


def qualified(function: Resource) -> list[Resource]:
    """The function with its aliases and versions."""
    return [
        function,
        *attached(function, "AWS::Lambda::Alias", "FunctionName"),
        *attached(function, "AWS::Lambda::Version", "FunctionName"),
    ]


def mappings_of(function: Resource) -> list[Resource]:
    """The event source mappings that poll for the function, its aliases and versions."""
    named = qualified(function)
    return list(dict.fromkeys(one for name in named for one in name.referrers(_MAPPING, path="FunctionName")))


def asynchronous_sources(function: Resource) -> Partial[str]:
    """What invokes the function without waiting for it, as messages name it; incomplete where something may."""
    found: Partial[str] = Partial()
    for named in qualified(function):
        found.extend(asynchronous_callers(named))
    for permission in lambda_permissions(function):
        try:
            if permission.get("Principal") in _SPELLED:
                found.append(f"{service_name(permission.get('Principal'))}.amazonaws.com")
        except Undecided as undecided:
            found.lacking(undecided.reason)
    return found


def asynchronous_callers(named: Resource) -> list[str]:
    """The resources of the app that invoke a function, or one alias or version of it, without waiting for it."""
    return [
        f"{source.type.split('::')[-1]} {source.logical_id}"
        for source in related(named, "event_source")
        if source.type not in _WAITING
    ]


_SPELLED = [f"{service}.amazonaws.com" for service in sorted(_ASYNCHRONOUS)]


def function_behind(resource: Resource | None) -> Resource | None:
    """The function itself, where ``resource`` is one of its aliases or versions."""
    for _ in range(3):
        if resource is None or resource.type not in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            return resource
        resource = resource.target("FunctionName")
    return None
