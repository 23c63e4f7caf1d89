"""Checks on what security groups let out, on default groups, and on what rules say about themselves."""

from __future__ import annotations

import re

from readiness_pack.checklist import Severity
from readiness_pack.rules.checks.data_classes import tag_of
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_text, spelled
from readiness_pack.rules.checks.load_balanced import only_at_balancers
from readiness_pack.rules.checks.security_groups import group_of, is_of_vpc, name_of, rules_in
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value
from readiness_pack.template.views import GroupRule, has_default_egress, is_world, users_of_group

_GROUP = "AWS::EC2::SecurityGroup"
_EGRESS = "SecurityGroupEgress"


# Egress --------------------------------------------------------------------------------------------------------------


def egress_restricted(rule: Rule, resource: Resource) -> Verdicts:
    """What holds sensitive data may not send it everywhere; of groups without a class it is a hint only."""
    group = group_of(resource)
    if group is not None and only_at_balancers(group):
        return NOT_APPLICABLE  # they send to targets, and whom they serve is in front of them
    classes = _classes(rule, group) if group is not None else set()
    sensitive = bool(classes & {one.lower() for one in rule["restrict_egress_for"]})
    if classes and not sensitive:
        return NOT_APPLICABLE

    def judge(entry: GroupRule) -> Outcome | None:
        if entry.cidr is None or is_of_vpc(entry.cidr) or not is_world(entry.cidr):
            return None
        if not _is_everything(entry) and rule["accept_egress_ports"]:
            return None
        what = "everything" if _is_everything(entry) else f"{entry.protocol} {_ports(entry)}"
        detail = str(entry.cidr) if what == "everything" else f"{entry.cidr} {what}"
        return _egress(entry.cidr_path, detail, resource, sensitive, f"to {entry.cidr}", what)

    found = judged(rules_in(resource, "egress"), judge)
    if not found and resource.type == _GROUP and has_default_egress(resource):
        found = [_egress(_EGRESS, "default", resource, sensitive, "(it names no egress rule, and EC2 then adds one)")]
    return found or PASS


def _egress(path: str, detail: str, resource: Resource, sensitive: bool, how: str, what: str = "everything") -> Outcome:
    severity: Severity | None = None if sensitive else "info"
    return fail(path, detail=detail, severity=severity, group=name_of(resource), what=what, how=how)


def _ports(entry: GroupRule) -> str:
    return str(entry.from_port) if entry.from_port == entry.to_port else f"{entry.from_port}-{entry.to_port}"


def _is_everything(entry: GroupRule) -> bool:
    return entry.port_span() >= 65535


def _classes(rule: Rule, group: Resource) -> set[str]:
    """The classes of the data behind a group: its own tag, and those of what is in it."""
    values = [tag_of(one, rule["classification_tag"]) for one in (group, *users_of_group(group))]
    return {known_text(value).lower() for value in values if value is not None}


# Default groups ------------------------------------------------------------------------------------------------------

_CLOSER = "Custom::VpcRestrictDefaultSG"


def default_group_closed(rule: Rule, vpc: Resource) -> Verdicts:
    """The default group of a VPC, which everything gets that names no group, lets nothing in or out."""
    if rule.facts.get("default_security_group_closed"):
        return NOT_APPLICABLE
    for type_ in ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"):
        for opener in vpc.referrers(type_, path="GroupId"):
            return fail(reason=f"is opened by {opener.logical_id}")
    edges = [edge for edge in vpc.edges_in() if edge.attribute == "DefaultSecurityGroup"]
    if any(edge.source.type == _CLOSER for edge in edges):
        return PASS
    others = [edge.source for edge in edges if _is_custom(edge.source)]
    if others:
        raise Undecided(f"whether {others[0].logical_id} closes the default group is not in the template")
    return fail(reason="keeps the rules that AWS gives it: everything out, and everything in from its members")


def _is_custom(resource: Resource) -> bool:
    return resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource"


# Descriptions --------------------------------------------------------------------------------------------------------

# What CDK writes when it is given no description: "from 0.0.0.0/0:443", "to ALB:{IndirectPort}".
_MADE_UP = re.compile(r"(?:from|to) \S+:(?:\d|ALL |UDP |ICMP|ESP|AH|\{|\?)")


def rules_described(rule: Rule, resource: Resource) -> Verdicts:
    """Every rule of a group says what it is for."""
    del rule
    bare: list[str] = []
    first = ""

    def judge(entry: GroupRule) -> Outcome | None:
        nonlocal first
        if _says_something(entry.description):
            return None
        first = first or (f"{entry.path}.Description" if entry.path else "Description")
        bare.append(_label(entry))
        return None

    doubts = [
        outcome
        for direction in (("ingress", "egress") if resource.type == _GROUP else ("",))
        for outcome in judged(rules_in(resource, direction), judge)
    ]
    if bare:
        return fail(first, detail="rules", group=name_of(resource), rules=", ".join(dict.fromkeys(bare)))
    return doubts or PASS


def _says_something(description: Value) -> bool:
    if description is None:
        return False
    text = spelled(description)
    if not text:
        return bool(known_text(description))
    return _MADE_UP.match(text) is None


def _label(entry: GroupRule) -> str:
    way = "in from" if entry.direction == "ingress" else "out to"
    peer = next((one for one in (entry.cidr, entry.prefix_list, entry.group) if one is not None), "nowhere")
    return f"{way} {peer}"
