"""Checks on VPC endpoints: which are missing, and what they let through."""

from __future__ import annotations

from dataclasses import dataclass, field

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import spelled
from readiness_pack.rules.checks.network_users import action_prefix, calls, kinds_of_subnets, workloads_in
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Undecided, Unknown
from readiness_pack.template.views import (
    Statement,
    holds_for_any,
    is_public,
    resource_statements,
    subnet_kind,
    subnets_in,
)
from readiness_pack.template.views.network import route_table_of

_ENDPOINT = "AWS::EC2::VPCEndpoint"
_TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


def _endpoints(vpc: Resource, service: str) -> list[Resource]:
    """The endpoints of ``vpc`` for ``service`` (``s3``, ``ecr.dkr``)."""
    return [one for one in vpc.referrers(_ENDPOINT, path="VpcId") if _is_for(one, service)]


def _is_for(endpoint: Resource, service: str) -> bool:
    name = endpoint.text("ServiceName")
    return name is not None and bool(name.endswith(f".{service}"))


def _type_of(endpoint: Resource) -> object:
    return endpoint.get("VpcEndpointType", "Gateway")


# Gateway endpoints ---------------------------------------------------------------------------------------------------


def gateway_endpoints(rule: Rule, vpc: Resource) -> Verdicts:
    """S3, and DynamoDB where there are tables, is reached without leaving the network of AWS, from every subnet."""
    del rule
    subnets = subnets_in(vpc)
    if not subnets:
        return NOT_APPLICABLE
    services = ["s3"]
    if any(table.exists() for table in vpc.assembly.of_type(*_TABLES)):
        services.append("dynamodb")
    return judged(services, lambda service: _gateway(vpc, service, subnets)) or PASS


def _gateway(vpc: Resource, service: str, subnets: list[Resource]) -> Outcome | None:
    name = {"s3": "S3", "dynamodb": "DynamoDB"}[service]
    found = _endpoints(vpc, service)
    if holds_for_any(found, lambda one: _type_of(one) == "Interface"):
        return None
    if not found:
        return fail(detail=service, reason=f"has no gateway endpoint for {name}")
    missing = [table for table in _private_tables(subnets) if not _routes(found, table)]
    if not missing:
        return None
    names = " and ".join(table.logical_id for table in missing)
    return fail(detail=service, reason=f"has an endpoint for {name} that is not in {names}")


def _private_tables(subnets: list[Resource]) -> list[Resource]:
    """The route tables of subnets without a way in from the internet; the main one cannot be named in a template."""
    tables: dict[Resource, None] = {}
    for subnet in subnets:
        table = route_table_of(subnet) if subnet_kind(subnet) != "public" else None
        if table is not None:
            tables[table] = None
    return list(tables)


def _routes(endpoints: list[Resource], table: Resource) -> bool:
    return holds_for_any(endpoints, lambda one: _is_in(one, table))


def _is_in(endpoint: Resource, table: Resource) -> bool:
    values = [value for _, value in endpoint.each("RouteTableIds[*]")]
    if any(isinstance(value, Reference) and value.resource is table for value in values):
        return True
    for value in values:
        if isinstance(value, Unknown):
            value.undecided()
    return False


# Interface endpoints -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Callers:
    """Who calls a service from a VPC.

    Args:
        names: the logical ids of the callers.
        stuck: whether one of them has no other way out.
    """

    names: list[str] = field(default_factory=list)
    stuck: bool = False


def interface_endpoints(rule: Rule, vpc: Resource) -> Verdicts:
    """The services that workloads in private subnets call have an interface endpoint in their VPC."""
    if rule.facts.get("central_vpc_endpoints"):
        return NOT_APPLICABLE
    workloads = workloads_in(vpc)
    if not workloads:
        return NOT_APPLICABLE
    callers, doubt = _callers(rule["endpoint_services"], workloads)
    found = judged(callers, lambda service: _interface(vpc, service, callers[service]))
    if doubt is not None and not found:
        raise doubt
    return found or PASS


def _callers(services: list[str], workloads: list[Resource]) -> tuple[dict[str, _Callers], Undecided | None]:
    callers: dict[str, _Callers] = {}
    doubt: Undecided | None = None
    for workload in workloads:
        try:
            kinds = kinds_of_subnets(workload)
        except Undecided as undecided:
            doubt = doubt or undecided
            continue
        if kinds == {"public"}:
            continue
        called = calls(workload)
        if called.reason is not None:
            doubt = doubt or Undecided(called.reason)
        for service in services:
            if action_prefix(service) in called.known:
                entry = callers.setdefault(service, _Callers())
                entry.names.append(workload.logical_id)
                entry.stuck = entry.stuck or "isolated" in kinds
    return callers, doubt


def _interface(vpc: Resource, service: str, callers: _Callers) -> Outcome | None:
    endpoints = [one for one in _endpoints(vpc, service) if _type_of(one) == "Interface"]
    # Without a private DNS name, programs go on calling the public address. It is off unless set:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html
    if holds_for_any(endpoints, lambda one: bool(one.flag("PrivateDnsEnabled", default=False))):
        return None
    names = callers.names
    who = " and ".join(names) if len(names) < 4 else f"{', '.join(names[:2])} and {len(names) - 2} others"
    what = f"an endpoint for {service} without private DNS" if endpoints else f"no interface endpoint for {service}"
    way = ", and there is no other way out of their subnets" if callers.stuck else ""
    severity = "error" if callers.stuck else None
    return fail(detail=service, severity=severity, reason=f"has {what}, which {who} may call{way}")  # type: ignore[arg-type]


# Policies ------------------------------------------------------------------------------------------------------------

# Keys that limit which resources a statement is about, whoever asks:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html
_PERIMETER = frozenset({"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"})


def endpoint_policy(rule: Rule, endpoint: Resource) -> Verdicts:
    """The policy of an endpoint limits who may reach what through it."""
    if _type_of(endpoint) not in ("Gateway", "Interface") or not _takes_policy(rule, endpoint):
        return NOT_APPLICABLE
    if endpoint.get("PolicyDocument") is None:
        return fail(
            "PolicyDocument", detail="absent", reason="has no policy, so AWS attaches one that allows everything"
        )
    statements = resource_statements(endpoint)
    if holds_for_any(statements, lambda one: one.is_deny) or not holds_for_any(statements, _allows_everything):
        return PASS
    return fail("PolicyDocument", detail="open", reason="has a policy that lets everybody do everything")


def _takes_policy(rule: Rule, endpoint: Resource) -> bool:
    """Endpoints of services that are not AWS's own take no policy."""
    name = endpoint.text("ServiceName")
    if name is None:
        return False
    text = spelled(name)
    if not text:
        raise Undecided(f"the service {name} is not known")
    if ".vpce." in text or not text.startswith(("com.amazonaws.", "aws.", "cn.com.amazonaws.")):
        return False
    return not holds_for_any(rule["services_without_policy"], lambda service: bool(name.endswith(f".{service}")))


def _allows_everything(statement: Statement) -> bool:
    if not is_public(statement) or statement.actions is None or statement.resources is None:
        return False
    if any(condition.key in _PERIMETER for condition in statement.conditions.known):
        return False
    every_action = holds_for_any(
        statement.actions, lambda one: one == "*" or (isinstance(one, str) and one.endswith(":*"))
    )
    return every_action and holds_for_any(statement.resources, lambda one: bool(one == "*"))
