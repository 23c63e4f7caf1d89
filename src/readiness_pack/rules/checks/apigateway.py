"""Checks on API Gateway, AppSync and function URLs."""

from __future__ import annotations

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.openapi import Operation, operations, why_open
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value


def is_private_api(api: Resource) -> bool:
    """Whether a REST API is reached through VPC endpoints only."""
    if api.type != "AWS::ApiGateway::RestApi":
        return False
    types = api.list("EndpointConfiguration.Types")
    return bool(types) and all(type_ == "PRIVATE" for type_ in types)


def requires_authorization(rule: Rule, resource: Resource) -> Verdicts:
    """Whoever calls must prove who they are."""
    match resource.type:
        case "AWS::ApiGateway::Method":
            return _method(rule, resource)
        case "AWS::ApiGatewayV2::Route":
            return _route(rule, resource)
        case "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api":
            return _described(rule, resource)
        case "AWS::Lambda::Url":
            if resource.get("AuthType") != "NONE":
                return PASS
            return fail("AuthType", endpoint=f"Function URL {resource.logical_id}", reason="AuthType is NONE")
        case _:
            if resource.get("AuthenticationType") != "API_KEY":
                return PASS
            reason = "AuthenticationType is API_KEY, and an API key is no authorization"
            return fail("AuthenticationType", endpoint=f"GraphQL API {resource.logical_id}", reason=reason)


def _method(rule: Rule, method: Resource) -> Verdicts:
    verb = method.get("HttpMethod")
    if verb == "OPTIONS":
        return NOT_APPLICABLE
    kind = method.get("AuthorizationType", "NONE")
    if kind != "NONE":
        return PASS
    api = method.target("RestApiId")
    if api is not None and is_private_api(api) and api.get("Policy") is not None:
        return NOT_APPLICABLE
    path = _path(method)
    if path is not None and path in rule["open_paths"]:
        return NOT_APPLICABLE
    key = ", and an API key is no authorization" if method.flag("ApiKeyRequired") else ""
    given = "NONE" if method.get("AuthorizationType") is not None else "not set"
    endpoint = f"{verb} {path or method.logical_id}"
    return fail("AuthorizationType", endpoint=endpoint, reason=f"AuthorizationType is {given}{key}")


def _path(method: Resource) -> str | None:
    """The path of a method, ``None`` where a part of it is not in the app."""
    parts: list[str] = []
    resource = method.target("ResourceId")
    while resource is not None and resource.type == "AWS::ApiGateway::Resource" and len(parts) < 64:
        part = resource.get("PathPart")
        if not isinstance(part, str):
            return None
        parts.append(part)
        resource = resource.target("ParentId")
    if resource is None or resource.type != "AWS::ApiGateway::RestApi":
        return None
    return "/" + "/".join(reversed(parts))


def _route(rule: Rule, route: Resource) -> Verdicts:
    key = route.get("RouteKey")
    api = route.target("ApiId")
    if key != "$connect" and _is_web_socket(api, key):
        return NOT_APPLICABLE  # authorization happens once, when the connection is made
    if route.get("AuthorizationType", "NONE") != "NONE":
        return PASS
    verb, _, path = str(key).partition(" ")
    if verb == "OPTIONS" or path in rule["open_paths"]:
        return NOT_APPLICABLE
    if api is None and key == "$default":
        raise Undecided(f"whether API {route.get('ApiId')} is one for WebSockets is not in this app")
    given = "NONE" if route.get("AuthorizationType") is not None else "not set"
    return fail("AuthorizationType", endpoint=str(key), reason=f"AuthorizationType is {given}")


def _is_web_socket(api: Resource | None, key: Value) -> bool:
    """Whether a route is one of a WebSocket API; those of HTTP APIs name a verb and a path, or are ``$default``."""
    if api is not None:
        return bool(api.get("ProtocolType") == "WEBSOCKET")
    return isinstance(key, str) and " " not in key and key != "$default"


def _described(rule: Rule, api: Resource) -> Verdicts:
    """An API whose routes stand in an OpenAPI document, or that has one route only, which is made along with it."""
    if api.type == "AWS::ApiGatewayV2::Api" and api.get("Target") is not None:
        key = api.get("RouteKey", "$default")
        reason = "the route that Target makes has no authorizer"
        return fail("Target", detail="target", endpoint=f"{key} of {api.logical_id}", reason=reason)
    if api.get("Body") is None:
        if api.get("BodyS3Location") is None:
            return NOT_APPLICABLE  # its methods or routes are resources
        raise Undecided("its OpenAPI document is in S3")
    if is_private_api(api) and api.get("Policy") is not None:
        return NOT_APPLICABLE
    found = [one for one in operations(api) if one.verb != "OPTIONS" and one.path not in rule["open_paths"]]

    def judge(operation: Operation) -> Outcome | None:
        reason = why_open(operation)
        if reason is None:
            return None
        name = f"{operation.verb} {operation.path}"
        return fail("Body", detail=name, endpoint=f"{name} of {api.logical_id}", reason=reason)

    return judged(found, judge) or (PASS if found else NOT_APPLICABLE)
