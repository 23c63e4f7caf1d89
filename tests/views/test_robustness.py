"""Whatever a template holds, views answer or say that they cannot: nothing else is raised, nothing hangs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness_pack.template import Assembly, Resource, Undecided
from readiness_pack.template import views as v
from readiness_pack.template.worlds import explore
from tests.views.building import app, get

NAMES = ("A", "B", "Missing", "AWS::Region", "AWS::NoValue", "P")
leaves = (
    st.none() | st.booleans() | st.integers(-5, 70000) | st.sampled_from(["*", "A", "arn:aws:s3:::A", "", "0.0.0.0/0"])
)
references = st.sampled_from(NAMES).map(lambda name: {"Ref": name}) | st.sampled_from(NAMES).map(
    lambda name: {"Fn::GetAtt": [name, "Arn"]}
)


def functions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner).map(lambda pair: {"Fn::If": ["C", *pair]})
        | inner.map(lambda value: {"Fn::Join": ["", value]})
        | inner.map(lambda value: {"Fn::Sub": value})
        | inner.map(lambda value: {"Fn::Split": ["/", value]})
    )


values = st.recursive(leaves | references, functions, max_leaves=6)


def objects(*keys: str) -> st.SearchStrategy[Any]:
    """Objects with some of ``keys``, and now and then something else instead."""
    return st.dictionaries(st.sampled_from(keys), values, max_size=len(keys)) | values


statement = objects("Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition", "Sid")
document = st.fixed_dictionaries({"Statement": st.lists(statement, max_size=3) | statement}) | values
entry = objects("Key", "Value")
metric = st.fixed_dictionaries({"Id": leaves, "ReturnData": leaves, "Expression": values}) | st.fixed_dictionaries(
    {"Id": leaves, "MetricStat": st.fixed_dictionaries({"Metric": objects("Namespace", "MetricName", "Dimensions")})}
)
rule = objects("IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourcePrefixListId")


def policies(resource: Resource) -> None:
    for statements in (
        v.principal_statements(resource),
        v.resource_statements(resource),
        v.policy_statements(resource),
    ):
        for one in statements.known:
            for ask in (
                lambda one: v.is_public(one),
                lambda one: v.covers_action(one, "s3:GetObject"),
                lambda one: v.covers_resource(one, resource),
                lambda one: v.admits_service(one, "sns"),
                lambda one: list(v.scoping_conditions(one)),
                lambda one: [principal.account for principal in one.principals or ()],
            ):
                tried(ask, one)
        tried(v.allows, statements, "s3:GetObject", resource)


def tried(ask: Callable[..., Any], *arguments: Any) -> None:
    with suppress(Undecided):
        ask(*arguments)


def alarms(resource: Resource) -> None:
    for one in v.metrics_of(resource).known:
        for ask in (
            lambda one: one.fires_at_or_below(1),
            lambda one: one.threshold_in("Seconds"),
            lambda one: one.percentile,
            lambda one: one.datapoints,
            lambda one: v.concerns(one, resource),
        ):
            tried(ask, one)
    tried(v.alarm_actions, resource)
    tried(lambda: list(v.alarms_on("A", "A", resource)))


def groups(resource: Resource) -> None:
    for one in [*v.ingress_rules(resource).known, *v.egress_rules(resource).known]:
        for ask in (
            lambda one: one.ports(),
            lambda one: one.is_from_world(),
            lambda one: one.peer,
            lambda one: one.cidr_path,
        ):
            tried(ask, one)
    v.users_of_group(resource)


def networks(resource: Resource) -> None:
    for ask in (v.subnet_kind, v.routes_of, v.vpc_of, v.nat_gateways_of, v.availability_zone):
        tried(ask, resource)
    tried(lambda: v.spans_zones(v.subnets_of(resource), 2))


def texts(resource: Resource) -> None:
    v.states_of(resource)
    v.dashboard_metrics(resource)
    v.shown_on(resource)


def dead_letters(resource: Resource) -> None:
    v.is_dead_letter_queue(resource)
    tried(v.dead_letter_queue_of, resource)
    v.redrive_allow_policy(resource)


def tag_views(resource: Resource) -> None:
    view = v.tags(resource)
    tried(lambda: view.get("A"))
    tried(lambda: dict(view))


CASES: dict[str, tuple[str, st.SearchStrategy[Any], Callable[[Resource], None]]] = {
    "role": (
        "AWS::IAM::Role",
        st.fixed_dictionaries({"Policies": st.lists(st.fixed_dictionaries({"PolicyDocument": document}), max_size=2)}),
        policies,
    ),
    "key": ("AWS::KMS::Key", st.fixed_dictionaries({"KeyPolicy": document}), policies),
    "permission": ("AWS::Lambda::Permission", objects("FunctionName", "Principal", "Action", "SourceArn"), policies),
    "bus policy": (
        "AWS::Events::EventBusPolicy",
        objects("Statement", "Principal", "Condition", "EventBusName"),
        policies,
    ),
    "alarm": (
        "AWS::CloudWatch::Alarm",
        objects(
            "Namespace", "MetricName", "Dimensions", "Threshold", "ComparisonOperator", "AlarmActions", "Statistic"
        ),
        alarms,
    ),
    "metrics": (
        "AWS::CloudWatch::Alarm",
        st.fixed_dictionaries({"Metrics": st.lists(metric | values, max_size=3)}),
        alarms,
    ),
    "composite": ("AWS::CloudWatch::CompositeAlarm", objects("AlarmRule", "AlarmActions", "ActionsEnabled"), alarms),
    "group": (
        "AWS::EC2::SecurityGroup",
        st.fixed_dictionaries(
            {"SecurityGroupIngress": st.lists(rule, max_size=2) | rule, "SecurityGroupEgress": values}
        ),
        groups,
    ),
    "subnet": ("AWS::EC2::Subnet", objects("VpcId", "AvailabilityZone"), networks),
    "route": ("AWS::EC2::Route", objects("RouteTableId", "GatewayId", "DestinationCidrBlock"), networks),
    "function": ("AWS::Lambda::Function", st.fixed_dictionaries({"VpcConfig": objects("SubnetIds")}), networks),
    "machine": (
        "AWS::StepFunctions::StateMachine",
        objects("Definition", "DefinitionString", "DefinitionSubstitutions"),
        texts,
    ),
    "dashboard": ("AWS::CloudWatch::Dashboard", objects("DashboardBody"), texts),
    "queue": ("AWS::SQS::Queue", objects("RedrivePolicy", "RedriveAllowPolicy", "QueueName"), dead_letters),
    "topic": ("AWS::SNS::Topic", st.fixed_dictionaries({"Tags": st.lists(entry, max_size=3) | entry}), tag_views),
    "parameter": ("AWS::SSM::Parameter", st.fixed_dictionaries({"Tags": entry}), tag_views),
}


def judged(assembly: Assembly, resource: Resource, ask: Callable[[Resource], None]) -> None:
    def once() -> str:
        try:
            ask(resource)
        except Undecided:
            return "undecided"
        return "answered"

    assert explore(assembly, once, combine=lambda _, results: results[0][1], impossible="impossible")


@pytest.mark.fuzz
@pytest.mark.parametrize("case", CASES)
def test_any_properties(case: str) -> None:
    type_, strategy, ask = CASES[case]

    @settings(max_examples=60)
    @given(strategy, values)
    def check(properties: Any, other: Any) -> None:
        assembly = app(
            {"A": (type_, properties), "B": ("AWS::S3::Bucket", {"BucketName": other})},
            Parameters={"P": {"Type": "String"}, "Q": {"Type": "String"}},
            Conditions={"C": {"Fn::Equals": [{"Ref": "Q"}, "x"]}},
        )
        judged(assembly, get(assembly, "A"), ask)

    check()
