"""Subnets by their routes, and where resources live."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Assembly, Undecided
from readiness_pack.template.views import (
    nat_gateways_of,
    route_table_of,
    spans_zones,
    subnet_kind,
    subnets_in,
    subnets_of,
    vpc_of,
)
from tests.views.building import PROD, app, apps, att, get, in_each_world, ref, when

BASE: dict[str, Any] = {
    "Vpc": ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
    "Subnet": ("AWS::EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "10.0.0.0/24"}),
    "Table": ("AWS::EC2::RouteTable", {"VpcId": ref("Vpc")}),
    "In": ("AWS::EC2::SubnetRouteTableAssociation", {"SubnetId": ref("Subnet"), "RouteTableId": ref("Table")}),
    "Internet": ("AWS::EC2::InternetGateway", {}),
    "Vpn": ("AWS::EC2::VPNGateway", {"Type": "ipsec.1"}),
    "Nat": ("AWS::EC2::NatGateway", {"SubnetId": ref("Subnet")}),
}


def route(**properties: Any) -> tuple[str, dict[str, Any]]:
    return "AWS::EC2::Route", {"RouteTableId": ref("Table"), **properties}


def kind_with(*routes: Any, **sections: Any) -> Any:
    assembly = app({**BASE, **{f"Route{number}": one for number, one in enumerate(routes)}}, **sections)
    return subnet_kind(get(assembly, "Subnet"))


V4, V6 = {"DestinationCidrBlock": "0.0.0.0/0"}, {"DestinationIpv6CidrBlock": "::/0"}


@pytest.mark.parametrize(
    ("routes", "kind"),
    [
        ([], "isolated"),
        ([route(**V4, GatewayId=ref("Internet"))], "public"),
        ([route(**V6, GatewayId=ref("Internet"))], "public"),
        ([route(**V4, GatewayId=att("Internet", "InternetGatewayId"))], "public"),
        ([route(**V4, GatewayId="igw-0123")], "public"),
        ([route(DestinationCidrBlock="203.0.113.0/24", GatewayId=ref("Internet"))], "public"),
        ([route(**V4, NatGatewayId=ref("Nat"))], "private"),
        ([route(**V4, NatGatewayId="nat-0123")], "private"),
        ([route(**V6, EgressOnlyInternetGatewayId="eigw-0123")], "private"),
        ([route(**V4, TransitGatewayId="tgw-0123")], "private"),
        ([route(**V4, InstanceId="i-0123")], "private"),
        ([route(**V4, GatewayId=ref("Vpn"))], "private"),
        ([route(DestinationCidrBlock="10.1.0.0/16", TransitGatewayId="tgw-0123")], "isolated"),
        ([route(DestinationCidrBlock="10.1.0.0/16", GatewayId=ref("Vpn"))], "isolated"),
        ([route(DestinationPrefixListId="pl-0123", VpcPeeringConnectionId="pcx-0123")], "isolated"),
        ([route(**V4, NatGatewayId=ref("Nat")), route(**V6, GatewayId=ref("Internet"))], "public"),
    ],
)
def test_kinds(routes: list[Any], kind: str) -> None:
    assert kind_with(*routes) == kind


def test_the_main_route_table_of_a_vpc_of_the_app_leads_nowhere() -> None:
    assembly = app({name: BASE[name] for name in ("Vpc", "Subnet")})
    assert route_table_of(get(assembly, "Subnet")) is None
    assert subnet_kind(get(assembly, "Subnet")) == "isolated"


def test_the_main_route_table_of_another_vpc_is_not_known() -> None:
    assembly = app({"Subnet": ("AWS::EC2::Subnet", {"VpcId": "vpc-0123"})})
    with pytest.raises(Undecided, match="main route table of Subnet"):
        subnet_kind(get(assembly, "Subnet"))


def test_a_route_table_from_elsewhere_is_not_known() -> None:
    association = {"SubnetId": ref("Subnet"), "RouteTableId": "rtb-0123"}
    with pytest.raises(Undecided, match="route table of Subnet"):
        subnet_kind(get(app({**BASE, "In": ("AWS::EC2::SubnetRouteTableAssociation", association)}), "Subnet"))


def test_a_gateway_from_a_parameter_is_not_known() -> None:
    parameter = {"Parameters": {"Gateway": {"Type": "String"}}}
    with pytest.raises(Undecided, match="parameter Gateway"):
        kind_with(route(**V4, GatewayId=ref("Gateway")), **parameter)
    # What is certain outweighs it.
    assert (
        kind_with(route(**V4, GatewayId=ref("Gateway")), route(**V6, GatewayId=ref("Internet")), **parameter)
        == "public"
    )


def test_a_destination_from_a_parameter_is_not_known() -> None:
    parameter = {"Parameters": {"Destination": {"Type": "String"}}}
    with pytest.raises(Undecided, match="parameter Destination"):
        kind_with(route(DestinationCidrBlock=ref("Destination"), NatGatewayId=ref("Nat")), **parameter)


def test_a_conditional_route() -> None:
    kind, properties = route(**V4, GatewayId=ref("Internet"))
    conditional = {"Type": kind, "Properties": properties, "Condition": "IsProd"}
    assembly = app({**BASE, "Out": conditional}, **PROD)
    subnet = get(assembly, "Subnet")
    assert in_each_world(assembly, lambda: subnet_kind(subnet)) == {"True": "public", "False": "isolated"}


def test_a_conditional_route_table() -> None:
    association = {"SubnetId": ref("Subnet"), "RouteTableId": when("IsProd", ref("Table"), ref("Empty"))}
    resources = {
        **BASE,
        "Empty": ("AWS::EC2::RouteTable", {"VpcId": ref("Vpc")}),
        "In": ("AWS::EC2::SubnetRouteTableAssociation", association),
        "Out": route(**V4, GatewayId=ref("Internet")),
    }
    assembly = app(resources, **PROD)
    subnet = get(assembly, "Subnet")
    assert in_each_world(assembly, lambda: subnet_kind(subnet)) == {"True": "public", "False": "isolated"}


def test_routes_in_another_stack() -> None:
    assembly = apps(
        Network={
            "Resources": BASE,
            "Outputs": {
                "T": {"Value": ref("Table"), "Export": {"Name": "table"}},
                "G": {"Value": ref("Internet"), "Export": {"Name": "gateway"}},
            },
        },
        Routes={
            "Resources": {
                "Out": (
                    "AWS::EC2::Route",
                    {
                        "RouteTableId": {"Fn::ImportValue": "table"},
                        "GatewayId": {"Fn::ImportValue": "gateway"},
                        **V4,
                    },
                )
            }
        },
    )
    assert subnet_kind(get(assembly, "Subnet")) == "public"


def test_nat_gateways() -> None:
    assembly = app({**BASE, "Out": route(**V4, NatGatewayId=ref("Nat"))})
    assert nat_gateways_of(get(assembly, "Subnet")) == [get(assembly, "Nat")]


# Where resources live ----------------------------------------------------------------------------------------------


def network(**more: Any) -> Assembly:
    subnets = {name: ("AWS::EC2::Subnet", {"VpcId": ref("Vpc")}) for name in "AB"}
    return app({"Vpc": ("AWS::EC2::VPC", {}), **subnets, **more})


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": [ref("A"), ref("B")]}}),
        ("AWS::ECS::Service", {"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [ref("A"), ref("B")]}}}),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Subnets": [ref("A"), ref("B")]}),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {"SubnetMappings": [{"SubnetId": ref("A")}, {"SubnetId": ref("B")}]},
        ),
        ("AWS::AutoScaling::AutoScalingGroup", {"VPCZoneIdentifier": [ref("A"), ref("B")]}),
        ("AWS::RDS::DBSubnetGroup", {"SubnetIds": [att("A", "SubnetId"), att("B", "SubnetId")]}),
        ("AWS::RDS::DBCluster", {"DBSubnetGroupName": ref("Group")}),
        ("AWS::ElastiCache::ReplicationGroup", {"CacheSubnetGroupName": "cache"}),
        ("AWS::OpenSearchService::Domain", {"VPCOptions": {"SubnetIds": [ref("A"), ref("B")]}}),
    ],
)
def test_subnets_and_vpc_of(kind: str, properties: dict[str, Any]) -> None:
    assembly = network(
        X=(kind, properties),
        Group=("AWS::RDS::DBSubnetGroup", {"SubnetIds": [ref("A"), ref("B")]}),
        Cache=("AWS::ElastiCache::SubnetGroup", {"SubnetIds": [ref("A"), ref("B")], "CacheSubnetGroupName": "cache"}),
    )
    assert subnets_of(get(assembly, "X")) == [get(assembly, "A"), get(assembly, "B")]
    assert vpc_of(get(assembly, "X")) is get(assembly, "Vpc")


def test_subnets_at_a_path() -> None:
    assembly = network(X=("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": [ref("A")]}}))
    assert subnets_of(get(assembly, "X"), "VpcConfig.SubnetIds[*]") == [get(assembly, "A")]


def test_no_subnets() -> None:
    assert subnets_of(get(network(X=("AWS::Lambda::Function", {})), "X")) == []


def test_subnets_from_a_parameter() -> None:
    function = ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": ref("All")}})
    found = subnets_of(get(app({"X": function}, Parameters={"All": {"Type": "List<AWS::EC2::Subnet::Id>"}}), "X"))
    assert found.known == []
    assert found.reason == "parameter All has no default"
    with pytest.raises(Undecided, match="VPC of X"):
        vpc_of(get(app({"X": function}, Parameters={"All": {"Type": "List<AWS::EC2::Subnet::Id>"}}), "X"))


def test_the_subnets_of_a_vpc() -> None:
    assembly = network()
    assert subnets_in(get(assembly, "Vpc")) == [get(assembly, "A"), get(assembly, "B")]


# Availability zones ------------------------------------------------------------------------------------------------


def zones(*written: Any, **sections: Any) -> list[Any]:
    subnets = {
        f"S{number}": ("AWS::EC2::Subnet", {"AvailabilityZone": zone} if zone else {})
        for number, zone in enumerate(written)
    }
    return app(subnets, **sections).of_type("AWS::EC2::Subnet")


def az(number: int) -> dict[str, Any]:
    return {"Fn::Select": [number, {"Fn::GetAZs": ""}]}


def test_zones_by_name_and_number() -> None:
    assert spans_zones(zones("eu-west-1a", "eu-west-1b"), 2)
    assert not spans_zones(zones("eu-west-1a", "eu-west-1a"), 2)
    assert spans_zones(zones(az(0), az(1)), 2)
    assert not spans_zones(zones(az(0), az(0)), 2)
    assert not spans_zones(zones(az(0), az(1)), 3)


def test_a_name_and_a_number_may_be_one_zone() -> None:
    with pytest.raises(Undecided):
        spans_zones(zones("eu-west-1a", az(0)), 2)
    assert spans_zones(zones("eu-west-1a", "eu-west-1b", az(0)), 2)


def test_zones_from_parameters() -> None:
    parameters = {"Parameters": {"One": {"Type": "String"}, "Two": {"Type": "String"}}}
    assert not spans_zones(zones(ref("One"), ref("One"), **parameters), 2)
    with pytest.raises(Undecided):
        spans_zones(zones(ref("One"), ref("Two"), **parameters), 2)
    with pytest.raises(Undecided, match="AWS chooses"):
        spans_zones(zones(None, None), 2)
    assert spans_zones(zones(None), 1)
