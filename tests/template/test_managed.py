"""What CDK makes by itself is recognised, and nothing of the user's is taken for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from readiness_pack.template import Assembly, managed


@pytest.fixture(scope="module")
def app(helpers_out: Path) -> Assembly:
    return Assembly.load(helpers_out)


def test_every_function_is_either_the_users_or_marked(app: Assembly) -> None:
    users = {
        re.sub(r"[0-9A-F]{8}\Z", "", function.logical_id)
        for function in app.of_type("AWS::Lambda::Function")
        if not function.managed_by_cdk
    }
    expected = {"Provider", "Handler", "LogRetentionChecker", "Framework", "OnEvent", "Retained"}
    assert users == {
        *expected,
        "CustomTheirsCustomResourceProviderHandler",
        "SingletonLambda00000000111122223333444444444444",
    }


@pytest.mark.parametrize("type_", ["AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::IAM::Policy"])
def test_roles_policies_and_log_groups_go_with_their_functions(app: Assembly, type_: str) -> None:
    users = {resource.logical_id[:-8] for resource in app.of_type(type_) if not resource.managed_by_cdk}
    functions = {
        function.logical_id[:-8] for function in app.of_type("AWS::Lambda::Function") if not function.managed_by_cdk
    }
    assert users <= {
        *(f"{function}{suffix}" for function in functions for suffix in ("ServiceRole", "LogGroup")),
        "CustomTheirsCustomResourceProviderRole",
        "ProviderServiceRoleDefaultPolicy",
    }


def test_what_the_user_declares_is_not_marked(app: Assembly) -> None:
    for type_ in (
        "AWS::S3::Bucket",
        "AWS::DynamoDB::Table",
        "AWS::ECR::Repository",
        "AWS::EC2::VPC",
        "Custom::Mine",
        "Custom::AWS",
    ):
        assert [resource.managed_by_cdk for resource in app.of_type(type_)] == [False], type_


def test_whole_provider_stacks_and_metadata_are_marked(app: Assembly) -> None:
    replicas = next(stack for stack in app.stacks if "ReplicaProvider" in stack.name)
    assert replicas.name == "Own/@aws-cdk--aws-dynamodb.ReplicaProvider"
    assert all(resource.managed_by_cdk for resource in replicas.resources.values())
    assert replicas.parent is not None
    assert replicas.parent.managed_by_cdk
    assert all(resource.managed_by_cdk for resource in app.of_type("AWS::CDK::Metadata"))


def test_logical_ids_tell_the_same_where_no_path_is_known(app: Assembly, helpers_out: Path) -> None:
    marked = {(resource.stack.name, resource.logical_id) for resource in app.all_resources if resource.managed_by_cdk}
    blind = Assembly.load(helpers_out)
    for resource in blind.all_resources:
        resource.construct_path = None
    managed.mark(blind)
    found = {(resource.stack.name, resource.logical_id) for resource in blind.all_resources if resource.managed_by_cdk}
    assert found <= marked
    # The layer of a bucket deployment and a policy for the replicas have ids that any user could have.
    assert {re.sub(r"[0-9A-F]{8}\Z", "", logical_id) for _, logical_id in marked - found} <= {
        "DeploymentAwsCliLayer",
        *(logical_id[:-8] for _, logical_id in marked if "SourceTableAttachedManagedPolicy" in logical_id),
    }


@pytest.mark.parametrize(
    "logical_id", ["Provider", "Handler", "FrameworkOnEvent", "LogRetention", "MyframeworkonEvent", "AWS679f53"]
)
def test_names_that_only_look_like_cdks_are_the_users(logical_id: str) -> None:
    app = Assembly.from_template({"Resources": {logical_id: {"Type": "AWS::Lambda::Function"}}})
    assert not app.all_resources[0].managed_by_cdk


def test_the_barrier_of_an_eks_v2_cluster_is_marked() -> None:
    def at(path: str, type_: str) -> dict[str, object]:
        return {"Type": type_, "Metadata": {"aws:cdk:path": path}}

    app = Assembly.from_template(
        {
            "Resources": {
                "Cluster": at("Shop/Cluster/Resource", "AWS::EKS::Cluster"),
                "Barrier": at("Shop/Cluster/KubectlReadyBarrier", "AWS::SSM::Parameter"),
                "Own": at("Shop/Other/KubectlReadyBarrier", "AWS::SSM::Parameter"),
            }
        }
    )
    assert [one.logical_id for one in app.all_resources if one.managed_by_cdk] == ["Barrier"]
