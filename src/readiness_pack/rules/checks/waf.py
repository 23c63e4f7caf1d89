"""Checks on web ACLs in front of what the internet can reach."""

from __future__ import annotations

from readiness_pack.rules.checks.apigateway import is_private_api
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views.naming import references_of
from readiness_pack.template.views.relations import related

_STAGE = "AWS::ApiGateway::Stage"
_ASSOCIATIONS = ("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation")
# The services in the ARNs of what a web ACL is associated with.
_SERVICES = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ":elasticloadbalancing:",
    _STAGE: ":apigateway:",
    "AWS::AppSync::GraphQLApi": ":appsync:",
    "AWS::Cognito::UserPool": ":cognito-idp:",
}


def entry_point_has_waf(rule: Rule, resource: Resource) -> Verdicts:
    """An entry point that the internet reaches has a web ACL associated with it, in whatever stack."""
    if rule["firewall_manager_managed"] or rule.facts.get("firewall_manager"):
        return NOT_APPLICABLE
    entry = _entry(resource)
    if entry is None:
        return NOT_APPLICABLE
    if related(resource, "waf_association") or _by_stage_arn(resource):
        return PASS
    if resource.type == _STAGE and resource.target("RestApiId") is None:
        raise Undecided(f"whether API {resource.get('RestApiId')} is a private one is not in this app")
    for association in resource.assembly.of_type(*_ASSOCIATIONS):
        _check_doubt(resource, association.get("ResourceArn"))
    return fail(entry=entry)


def _check_doubt(resource: Resource, arn: Value) -> None:
    """Raises where an association may be about ``resource``, since only the deployment tells what it is about."""
    if isinstance(arn, Unknown) and arn.target is None:
        arn.undecided()
    if not isinstance(arn, Text) or _SERVICES[resource.type] not in str(arn):
        return
    for part in arn.parts:
        if isinstance(part, Unknown) and part.kind != "pseudo" and part.target is None:
            arn.undecided()


def _entry(resource: Resource) -> str | None:
    """What kind of public entry point ``resource`` is, ``None`` where it is none."""
    match resource.type:
        case "AWS::ElasticLoadBalancingV2::LoadBalancer":
            application = resource.get("Type", "application") == "application"
            public = application and resource.get("Scheme", "internet-facing") == "internet-facing"
            return "internet-facing load balancer" if public else None
        case "AWS::ApiGateway::Stage":
            api = resource.target("RestApiId")
            return None if api is not None and is_private_api(api) else "stage of a REST API"
        case "AWS::AppSync::GraphQLApi":
            return None if resource.get("Visibility", "GLOBAL") == "PRIVATE" else "GraphQL API"
        case _:
            return None if _serves_machines_only(resource) else "user pool"


def _serves_machines_only(pool: Resource) -> bool:
    clients = pool.referrers("AWS::Cognito::UserPoolClient", path="UserPoolId")
    return bool(clients) and all(client.list("AllowedOAuthFlows") == ["client_credentials"] for client in clients)


def _by_stage_arn(resource: Resource) -> bool:
    """A REST stage is named by an ARN of its API and its name: ``.../restapis/<api>/stages/<stage>``."""
    if resource.type != _STAGE:
        return False
    api, stage_name = resource.target("RestApiId"), resource.get("StageName")
    named_stage = isinstance(stage_name, str | Text) or (
        isinstance(stage_name, Unknown) and stage_name.name is not None
    )
    for association in resource.assembly.of_type(*_ASSOCIATIONS):
        arn = association.get("ResourceArn")
        named = references_of(arn)
        if resource in named:
            return True
        by_api = api is not None and api in named and isinstance(arn, Text) and named_stage
        if by_api and str(arn).endswith(f"/stages/{stage_name}"):  # a parameter is spelled alike in both
            return True
    return False
