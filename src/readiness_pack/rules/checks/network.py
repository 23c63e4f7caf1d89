"""Checks on VPCs and subnets."""

from __future__ import annotations

from ...template import Resource, Undecided
from ...template.views.network import subnet_kind, subnets_in, subnets_of
from ...template.views.relations import related
from ..outcome import PASS, Outcome, fail, unknown
from ..rule import Rule, Verdicts


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
