"""Checks that what APIs, load balancers and buckets take from browsers and clients is looked at first."""

from __future__ import annotations

from readiness_pack.rules.checks.data_classes import tag_of
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.checks.load_balancing import attribute, is_on
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value
from readiness_pack.template.views import holds_for_any

# Requests ------------------------------------------------------------------------------------------------------------

_CHECKS = ("ValidateRequestBody", "ValidateRequestParameters")


def requests_validated(rule: Rule, method: Resource) -> Verdicts:
    """API Gateway checks body or parameters before it calls what is behind a method."""
    del rule
    if not _has_a_shape(method):
        return NOT_APPLICABLE
    path = "RequestValidatorId"
    name = f"{method.get('HttpMethod')} of {method.logical_id}"
    if method.get(path) is None:
        return fail(path, method=name, reason="RequestValidatorId is not set")
    validator = method.target(path)
    if validator is None:
        raise Undecided(f"request validator {method.get(path)} is not in this app")
    if holds_for_any(_CHECKS, lambda check: bool(validator.flag(check, default=False))):
        return PASS
    return fail(path, method=name, reason=f"validator {validator.logical_id} checks neither body nor parameters")


def _has_a_shape(method: Resource) -> bool:
    """Whether there is something to check against: proxies pass on whatever comes, mocks nothing at all."""
    if method.get("HttpMethod") in ("OPTIONS", "ANY") or method.get("Integration.Type", "") == "MOCK":
        return False
    resource = method.target("ResourceId")
    if resource is None or resource.type != "AWS::ApiGateway::Resource":
        return True
    return not known_text(resource.get("PathPart", "")).endswith("+}")


# Load balancers ------------------------------------------------------------------------------------------------------

_ATTRIBUTES = "LoadBalancerAttributes"
_DROP = "routing.http.drop_invalid_header_fields.enabled"
_DESYNC = "routing.http.desync_mitigation_mode"


def balancer_attributes(rule: Rule, balancer: Resource) -> Verdicts:
    """An application load balancer drops headers that are none, and does not let suspicious requests pass."""
    del rule
    if balancer.get("Type", "application") != "application":
        return NOT_APPLICABLE
    return judged((_invalid_headers, _suspicious), lambda question: question(balancer)) or PASS


def _invalid_headers(balancer: Resource) -> Outcome | None:
    value = attribute(balancer, _ATTRIBUTES, _DROP)
    if is_on(value):
        return None
    said = "not set" if value is None else value
    return fail(_ATTRIBUTES, detail="headers", reason=f"passes invalid headers on ({_DROP} is {said})")


def _suspicious(balancer: Resource) -> Outcome | None:
    value = attribute(balancer, _ATTRIBUTES, _DESYNC)
    if value is None or value != "monitor":
        return None
    return fail(_ATTRIBUTES, detail="desync", reason=f"passes suspicious requests on ({_DESYNC} is monitor)")


# Browsers ------------------------------------------------------------------------------------------------------------

_ORIGINS = {
    "AWS::Lambda::Url": "Cors.AllowOrigins[*]",
    "AWS::ApiGatewayV2::Api": "CorsConfiguration.AllowOrigins[*]",
    "AWS::S3::Bucket": "CorsConfiguration.CorsRules[*].AllowedOrigins[*]",
}


def cors_not_open(rule: Rule, resource: Resource) -> Verdicts:
    """Pages of any site may not call with the rights of whoever looks at them, nor read data that are not public."""
    origins = resource.each(_ORIGINS[resource.type])
    if not origins:
        return NOT_APPLICABLE
    open_ = [path for path, value in origins if _is_known_wildcard(value)]
    if not open_ and not holds_for_any(origins, lambda one: _is_wildcard(one[1])):
        return PASS
    why = _why_it_matters(rule, resource)
    if why is None:
        return PASS
    return fail(open_[0], reason=why)


def _is_wildcard(value: Value) -> bool:
    return value is not None and bool(value in ("*", "http://*", "https://*"))


def _is_known_wildcard(value: Value) -> bool:
    return isinstance(value, str) and _is_wildcard(value)


def _why_it_matters(rule: Rule, resource: Resource) -> str | None:
    """Why it matters that any site may call; ``None`` where it does not."""
    match resource.type:
        case "AWS::Lambda::Url":
            if resource.get("AuthType") == "AWS_IAM":
                return "its callers are authorized (AuthType is AWS_IAM)"
            return _credentials(resource, "Cors.AllowCredentials")
        case "AWS::ApiGatewayV2::Api":
            routes = resource.referrers("AWS::ApiGatewayV2::Route", path="ApiId")
            if holds_for_any(routes, lambda route: bool(route.get("AuthorizationType", "NONE") != "NONE")):
                return "callers of its routes are authorized"
            return _credentials(resource, "CorsConfiguration.AllowCredentials")
        case _:
            value = tag_of(resource, rule["classification_tag"])
            if value is None or known_text(value).lower() in {one.lower() for one in rule["public_classes"]}:
                return None
            return f"its tag {rule['classification_tag']} is {known_text(value)}"


def _credentials(resource: Resource, path: str) -> str | None:
    return "browsers send credentials along (AllowCredentials is true)" if resource.flag(path, default=False) else None
