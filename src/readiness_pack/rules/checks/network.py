"""Checks on VPCs and subnets."""

from __future__ import annotations

from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided
from readiness_pack.template.views.network import subnet_kind, subnets_in, subnets_of
from readiness_pack.template.views.partial import holds_for_all
from readiness_pack.template.views.relations import related


def database_subnets_are_private(rule: Rule, group: Resource) -> Verdicts:
    """No subnet of the group routes to an internet gateway."""
    del rule
    subnets = subnets_of(group)
    found: list[Outcome] = []
    for subnet in subnets.known:
        try:
            if subnet_kind(subnet) == "public":
                found.append(fail("SubnetIds", detail=subnet.logical_id, subnet=subnet.logical_id))
        except Undecided as undecided:
            subnets.lacking(undecided.reason)
    if not found and subnets.reason is not None:
        return unknown(subnets.reason, "SubnetIds")
    return found or PASS


def flow_logs_enabled(rule: Rule, vpc: Resource) -> Verdicts:
    """A flow log of the VPC, or one of each of its subnets, records the traffic."""
    wanted = ("ALL",) if rule["traffic_type"] == "ALL" else ("ALL", "REJECT")
    logs = related(vpc, "flow_log")
    if any(_records(log, wanted) for log in logs):
        return PASS
    subnets = subnets_in(vpc)
    if subnets and all(any(_records(log, wanted) for log in related(subnet, "flow_log")) for subnet in subnets):
        return PASS
    if logs:
        return fail(reason=f"flow log {logs[0].logical_id} records {logs[0].get('TrafficType')} only")
    return fail(reason="there is no flow log for it")


def _records(log: Resource, wanted: tuple[str, ...]) -> bool:
    # Flow logs of transit gateways record everything and have no TrafficType; those of a VPC must have one.
    return log.get("TrafficType", "ALL") in wanted


_OPTIONS = "AWS::EC2::VPCBlockPublicAccessOptions"
_MODE = "InternetGatewayBlockMode"


def block_public_access(rule: Rule, resource: Resource) -> Verdicts:
    """The switch against internet gateways is on, where it is declared and where nothing needs them."""
    if resource.type == _OPTIONS:
        if resource.get(_MODE, "off") != "off":
            return PASS
        subject = f"Block Public Access ({resource.logical_id})"
        return fail(_MODE, subject=subject, reason=f"does not block anything ({_MODE} is off)")
    if rule.facts.get("vpc_block_public_access"):
        return NOT_APPLICABLE
    assembly = resource.assembly
    vpcs = [vpc for vpc in assembly.of_type("AWS::EC2::VPC") if vpc.exists()]
    if not subnets_in(resource) or not holds_for_all(vpcs, _has_no_way_out):
        return NOT_APPLICABLE
    if any(option.exists() for option in assembly.of_type(_OPTIONS)):
        return PASS
    reason = "has no way out, like every VPC of the app, and nothing says that Block Public Access keeps it so"
    return fail(subject=f"VPC {resource.logical_id}", reason=reason)


def _has_no_way_out(vpc: Resource) -> bool:
    return holds_for_all(subnets_in(vpc), lambda subnet: subnet_kind(subnet) == "isolated")
