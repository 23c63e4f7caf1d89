"""Security group rules, inline and separate."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Text, Undecided, Unknown
from readiness_pack.template.views import (
    egress_rules,
    has_default_egress,
    ingress_rules,
    is_world,
    prefix_length,
    rules_of,
    users_of_group,
)
from tests.views.building import PROD, app, apps, att, get, in_each_world, ref, when

SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}


def group(*rules: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    return "AWS::EC2::SecurityGroup", {"GroupDescription": "g", "SecurityGroupIngress": list(rules), **more}


def ingress(*rules: Any, **sections: Any) -> Any:
    return ingress_rules(get(app({"G": group(*rules)}, **sections), "G"))


@pytest.mark.parametrize(
    ("rule", "ports", "protocol"),
    [
        (SSH, (22, 22), "tcp"),
        ({**SSH, "IpProtocol": 6, "FromPort": "20", "ToPort": "30"}, (20, 30), "tcp"),
        ({**SSH, "IpProtocol": "UDP"}, (22, 22), "udp"),
        ({**SSH, "IpProtocol": "17"}, (22, 22), "udp"),
        ({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}, (0, 65535), "-1"),
        ({"IpProtocol": -1, "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}, (0, 65535), "-1"),
        ({"IpProtocol": "tcp", "FromPort": -1, "ToPort": -1, "CidrIp": "0.0.0.0/0"}, (0, 65535), "tcp"),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "CidrIp": "0.0.0.0/0"}, None, "icmp"),
        ({"IpProtocol": "58", "CidrIpv6": "::/0"}, None, "icmpv6"),
        ({"IpProtocol": "50", "CidrIp": "0.0.0.0/0"}, None, "50"),
    ],
)
def test_protocols_and_ports(rule: dict[str, Any], ports: Any, protocol: str) -> None:
    (found,) = ingress(rule)
    assert found.ports() == ports
    assert found.protocol == protocol
    assert found.admits_port(22) is (ports is not None)
    assert found.port_span() == (0 if ports is None else ports[1] - ports[0] + 1)


def test_every_peer() -> None:
    tcp = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    assembly = app(
        {
            "G": group(
                {**tcp, "CidrIp": "10.0.0.0/8", "Description": "office"},
                {**tcp, "CidrIpv6": "::/0"},
                {**tcp, "SourcePrefixListId": "pl-0123"},
                {**tcp, "SourceSecurityGroupId": att("H", "GroupId")},
                {**tcp, "CidrIp": "10.0.0.0/8", "CidrIpv6": "fd00::/8"},
            ),
            "H": group(),
        }
    )
    found = ingress_rules(get(assembly, "G"))
    assert [rule.cidr for rule in found] == ["10.0.0.0/8", "::/0", None, None, "10.0.0.0/8", "fd00::/8"]
    assert found[0].description == "office"
    assert [rule.is_from_world() for rule in found] == [False, True, False, False, False, False]
    assert found[2].prefix_list == "pl-0123"
    assert found[3].peer is get(assembly, "H")
    assert [rule.path for rule in found][-2:] == ["SecurityGroupIngress[4]"] * 2
    assert found[1].cidr_path == "SecurityGroupIngress[1].CidrIpv6"


def test_a_single_rule_that_is_not_a_list() -> None:
    resource = ("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": SSH})
    assert len(ingress_rules(get(app({"G": resource}), "G"))) == 1


def test_separate_rules_also_in_other_stacks() -> None:
    assembly = apps(
        Net={
            "Resources": {
                "G": group(SSH),
                "R": ("AWS::EC2::SecurityGroupIngress", {**SSH, "FromPort": 80, "GroupId": att("G", "GroupId")}),
                "E": ("AWS::EC2::SecurityGroupEgress", {**SSH, "GroupId": ref("G")}),
            },
            "Outputs": {"G": {"Value": att("G", "GroupId"), "Export": {"Name": "group"}}},
        },
        App={"Resources": {"S": ("AWS::EC2::SecurityGroupIngress", {**SSH, "GroupId": {"Fn::ImportValue": "group"}})}},
    )
    found = ingress_rules(get(assembly, "G"))
    assert [(rule.source.logical_id, rule.path) for rule in found] == [
        ("G", "SecurityGroupIngress[0]"),
        ("R", ""),
        ("S", ""),
    ]
    assert [rule.source.logical_id for rule in egress_rules(get(assembly, "G"))] == ["E"]
    assert found[1].cidr_path == "CidrIp"
    # Each rule is reported once, where it stands.
    assert [rule.source.logical_id for rule in rules_of(get(assembly, "G"))] == ["G"]
    assert [rule.direction for rule in rules_of(get(assembly, "E"))] == ["egress"]


def test_default_egress() -> None:
    assert has_default_egress(get(app({"G": group()}), "G"))
    assert not has_default_egress(get(app({"G": group(SecurityGroupEgress=[SSH])}), "G"))
    separate = {"G": group(), "E": ("AWS::EC2::SecurityGroupEgress", {**SSH, "GroupId": ref("G")})}
    assert not has_default_egress(get(app(separate), "G"))
    unknown = app({"G": group(SecurityGroupEgress=ref("R"))}, Parameters={"R": {"Type": "String"}})
    with pytest.raises(Undecided):
        has_default_egress(get(unknown, "G"))


def test_conditional_rules() -> None:
    assembly = app({"G": group(when("IsProd", {**SSH, "CidrIp": "10.0.0.0/8"}, SSH))}, **PROD)
    found = in_each_world(assembly, lambda: [rule.is_from_world() for rule in ingress_rules(get(assembly, "G"))])
    assert found == {"True": [False], "False": [True]}


def test_unknown_parts() -> None:
    parameters = {"Parameters": {"Cidr": {"Type": "String"}, "Port": {"Type": "Number"}}}
    (rule,) = ingress({**SSH, "CidrIp": ref("Cidr"), "FromPort": ref("Port")}, **parameters)
    with pytest.raises(Undecided, match="parameter Cidr"):
        rule.is_from_world()
    with pytest.raises(Undecided, match="parameter Port"):
        rule.admits_port(22)


@pytest.mark.parametrize(
    ("kind", "properties", "port"),
    [
        ("AWS::RDS::DBInstance", {"Engine": "mysql"}, 3306),
        ("AWS::RDS::DBInstance", {"Engine": "sqlserver-ex", "Port": "14330"}, 14330),
        ("AWS::RDS::DBCluster", {"Engine": "aurora-postgresql"}, 5432),
        ("AWS::Neptune::DBCluster", {}, 8182),
        ("AWS::Redshift::Cluster", {"Port": 5440}, 5440),
    ],
)
def test_ports_of_databases(kind: str, properties: dict[str, Any], port: int) -> None:
    rule = {**SSH, "FromPort": att("Db", "Endpoint.Port"), "ToPort": att("Db", "Endpoint.Port")}
    assembly = app({"G": group(rule), "Db": (kind, properties)})
    assert ingress_rules(get(assembly, "G"))[0].ports() == (port, port)


def test_an_unknown_port_of_a_database() -> None:
    rule = {**SSH, "FromPort": att("Db", "Endpoint.Port"), "ToPort": att("Db", "Endpoint.Port")}
    assembly = app({"G": group(rule), "Db": ("AWS::Redshift::Cluster", {})})
    with pytest.raises(Undecided):
        ingress_rules(get(assembly, "G"))[0].ports()


@pytest.mark.parametrize(
    ("cidr", "length"),
    [
        ("0.0.0.0/0", 0),
        ("::/0", 0),
        ("0:0::/0", 0),
        ("10.1.2.3/8", 8),
        ("10.0.0.1", 32),
        ("nonsense", None),
        (None, None),
    ],
)
def test_prefix_lengths(cidr: Any, length: int | None) -> None:
    assert prefix_length(cidr) == length


def test_partly_known_ranges() -> None:
    assert prefix_length(Text((Unknown("open", name="Ip"), "/32"))) == 32
    assert not is_world(Text((Unknown("open", name="Ip"), "/32")))
    with pytest.raises(Undecided):
        is_world(Text(("10.0.0.0/", Unknown("open", name="Length"))))


def test_users() -> None:
    assembly = app(
        {
            "G": group(),
            "H": group({**SSH, "SourceSecurityGroupId": att("G", "GroupId")}),
            "Lb": ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"SecurityGroups": [att("G", "GroupId")]}),
            "Db": ("AWS::RDS::DBInstance", {"VPCSecurityGroups": [att("G", "GroupId")]}),
            "I": ("AWS::EC2::Instance", {"NetworkInterfaces": [{"GroupSet": [ref("G")]}]}),
            "F": ("AWS::Lambda::Function", {"VpcConfig": {"SecurityGroupIds": [ref("G")]}}),
        }
    )
    assert [user.logical_id for user in users_of_group(get(assembly, "G"))] == ["Lb", "Db", "I", "F"]
    assert [user.logical_id for user in users_of_group(get(assembly, "G"), "AWS::RDS::DBInstance")] == ["Db"]
