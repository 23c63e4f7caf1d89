"""Views over what CDK's L2 constructs write, across stacks."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Assembly
from readiness_pack.template.views import (
    admits_service,
    alarm_actions,
    alarms_on,
    allows,
    attached_managed_policy_names,
    dashboard_metrics,
    dead_letter_queue_of,
    egress_rules,
    groups_of,
    ingress_rules,
    is_dead_letter_queue,
    is_public,
    key_use,
    key_users,
    nat_gateways_of,
    principal_statements,
    resource_statements,
    scoping_conditions,
    shown_on,
    spans_zones,
    states_of,
    subnet_kind,
    subnets_of,
    tags,
    trust_statements,
    users_of_dead_letter_queue,
    users_of_group,
    vpc_of,
)
from tests.views.cdk_app import synthesize


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return Assembly.load(synthesize(str(tmp_path_factory.mktemp("views") / "cdk.out")))


@pytest.fixture
def find(assembly: Assembly) -> Any:
    def find(type_: str, path: str) -> Any:
        (found,) = [one for one in assembly.by_type[type_] if (one.construct_path or "").startswith(path)]
        return found

    return find


def test_grants_across_stacks(find: Any) -> None:
    found = principal_statements(find("AWS::IAM::Role", "Work/Function/ServiceRole"))
    bucket, table = find("AWS::S3::Bucket", "Data/Bucket"), find("AWS::DynamoDB::Table", "Data/Table")
    assert allows(found, "s3:GetObject", bucket)
    assert not allows(found, "s3:PutObject", bucket)
    assert not allows(found, "s3:GetObject", find("AWS::SQS::Queue", "Data/Queue"))
    assert allows(found, "dynamodb:PutItem", table)
    assert allows(found, "sqs:DeleteMessage", find("AWS::SQS::Queue", "Data/Queue"))
    assert not allows(found, "sqs:DeleteMessage", find("AWS::SQS::Queue", "Data/Failed"))
    assert allows(found, "kms:Decrypt", find("AWS::KMS::Key", "Data/Key"))
    assert not allows(found, "iam:PassRole")


def test_managed_policies_and_trust(find: Any) -> None:
    role = find("AWS::IAM::Role", "Work/Function/ServiceRole")
    assert sorted(attached_managed_policy_names(role)) == [
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaVPCAccessExecutionRole",
    ]
    (trust,) = trust_statements(role)
    assert [principal.service for principal in trust.principals or ()] == ["lambda"]


def test_users_and_groups(find: Any) -> None:
    user = find("AWS::IAM::User", "Work/User")
    assert groups_of(user) == [find("AWS::IAM::Group", "Work/Group")]
    assert attached_managed_policy_names(user) == ["ReadOnlyAccess"]
    assert allows(principal_statements(user), "sns:Publish", find("AWS::SNS::Topic", "Data/Topic"))


def test_resource_policies(find: Any) -> None:
    (insecure,) = resource_statements(find("AWS::S3::Bucket", "Data/Bucket"))
    assert insecure.is_deny
    assert [condition.key for condition in insecure.conditions] == ["aws:securetransport"]
    (send,) = resource_statements(find("AWS::SQS::Queue", "Data/Queue"))
    assert admits_service(send, "sns")
    assert not is_public(send)
    assert [condition.key for condition in scoping_conditions(send)] == ["aws:sourcearn"]
    (root,) = resource_statements(find("AWS::KMS::Key", "Data/Key"))
    assert [principal.account is not None for principal in root.principals or ()] == [True]


def test_permissions_on_a_function(find: Any) -> None:
    statements = resource_statements(find("AWS::Lambda::Function", "Work/Function"))
    services = {principal.service for statement in statements for principal in statement.principals or ()}
    assert services == {"apigateway", "events"}
    assert all(scoping_conditions(statement) for statement in statements)


def test_keys(find: Any) -> None:
    bucket, key = find("AWS::S3::Bucket", "Data/Bucket"), find("AWS::KMS::Key", "Data/Key")
    path = "BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID"
    use = key_use(bucket, path)
    assert use is not None
    assert [use.key] == [key]
    assert key_users(key) == [bucket]


def test_dead_letters_across_stacks(find: Any) -> None:
    failed = find("AWS::SQS::Queue", "Data/Failed")
    assert is_dead_letter_queue(failed)
    assert [use.source.type for use in users_of_dead_letter_queue(failed)] == [
        "AWS::SQS::Queue",
        "AWS::Lambda::EventInvokeConfig",
    ]
    assert dead_letter_queue_of(find("AWS::Events::Rule", "Work/Rule")) is find("AWS::SQS::Queue", "Work/Lost")


def test_alarms_across_stacks(find: Any) -> None:
    failed, queue = find("AWS::SQS::Queue", "Data/Failed"), find("AWS::SQS::Queue", "Data/Queue")
    (depth,) = alarms_on("AWS/SQS", "ApproximateNumberOfMessagesVisible", failed)
    assert depth.fires_at_or_below(1)
    assert [action.resource for action in alarm_actions(depth.resource)] == [find("AWS::SNS::Topic", "Watch/Pager")]
    assert not alarms_on("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue)


def test_math_expressions_and_composites(find: Any) -> None:
    (errors,) = alarms_on("AWS/Lambda", "Errors", find("AWS::Lambda::Function", "Work/Function"))
    assert errors.expression == "errors / invocations"
    (action,) = alarm_actions(errors.resource)
    assert action.alarm is find("AWS::CloudWatch::CompositeAlarm", "Watch/Either")
    (slow,) = alarms_on(
        "AWS/ApplicationELB", "TargetResponseTime", find("AWS::ElasticLoadBalancingV2::LoadBalancer", "Work")
    )
    assert not alarm_actions(slow.resource)


def test_latency_in_one_unit(find: Any) -> None:
    (api,) = alarms_on("AWS/ApiGateway", "Latency", find("AWS::ApiGateway::RestApi", "Work/Api"))
    (balancer,) = alarms_on(
        "AWS/ApplicationELB", "TargetResponseTime", find("AWS::ElasticLoadBalancingV2::LoadBalancer", "Work")
    )
    assert (api.percentile, balancer.percentile) == (95, 95)
    assert api.threshold_in("Milliseconds") == balancer.threshold_in("Milliseconds") == 200


def test_dashboards(find: Any) -> None:
    dashboard = find("AWS::CloudWatch::Dashboard", "Watch/Dashboard")
    assert {one.metric for one in dashboard_metrics(dashboard)} == {"Errors", "NumberOfMessagesSent"}
    assert set(shown_on(dashboard)) >= {
        find("AWS::Lambda::Function", "Work/Function"),
        find("AWS::SQS::Queue", "Data/Queue"),
    }


def test_subnets_of_the_vpc_construct(assembly: Assembly) -> None:
    kinds = {
        (one.construct_path or "").split("/")[2][:4]: subnet_kind(one) for one in assembly.of_type("AWS::EC2::Subnet")
    }
    assert kinds == {"Open": "public", "Inne": "private", "Deep": "isolated"}


def test_where_resources_live(find: Any) -> None:
    function, database = find("AWS::Lambda::Function", "Work/Function"), find("AWS::RDS::DBInstance", "Work/Database")
    assert {subnet_kind(subnet) for subnet in subnets_of(function)} == {"private"}
    assert {subnet_kind(subnet) for subnet in subnets_of(database)} == {"isolated"}
    assert spans_zones(subnets_of(database), 2)
    assert not spans_zones(subnets_of(database), 3)
    assert vpc_of(function) is vpc_of(database) is find("AWS::EC2::VPC", "Work/Vpc")
    assert [len(nat_gateways_of(subnet)) for subnet in subnets_of(function)] == [1, 1]


def test_connections_between_security_groups(find: Any) -> None:
    database, function = (
        find("AWS::EC2::SecurityGroup", f"Work/{name}/SecurityGroup") for name in ("Database", "Function")
    )
    (rule,) = ingress_rules(database)
    assert [rule.peer] == [function]
    assert rule.ports() == (5432, 5432)
    assert [user.type for user in users_of_group(function)] == ["AWS::Lambda::Function"]
    web = find("AWS::EC2::SecurityGroup", "Work/Balancer")
    assert [rule.is_from_world() and rule.admits_port(80) for rule in ingress_rules(web)] == [True]
    assert [rule.is_from_world() for rule in egress_rules(web)] == [False]


def test_states(find: Any) -> None:
    found = states_of(find("AWS::StepFunctions::StateMachine", "Work/Machine"))
    assert [(state.name, state.type) for state in found] == [
        ("Charge", "Task"),
        ("Each", "Map"),
        ("Inside", "Pass"),
        ("GaveUp", "Fail"),
    ]
    assert "Catch" in found[0].definition


def test_tags_of_a_stack(find: Any) -> None:
    assert tags(find("AWS::SQS::Queue", "Data/Failed")).get("Owner") == "shop"
    assert tags(find("AWS::Lambda::Function", "Work/Function")).get("Owner") is None
