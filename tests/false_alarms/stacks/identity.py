"""IAM: roles for services, for people and for GitHub, and a policy."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

GITHUB = "token.actions.githubusercontent.com"


class IdentityStack(cdk.Stack):
    """Owns roles that belong to no workload."""

    def __init__(self, scope: Construct, construct_id: str, *, env: cdk.Environment | None) -> None:
        super().__init__(scope, construct_id, env=env)
        provider = iam.OidcProviderNative(
            self, "GitHub", url=f"https://{GITHUB}", client_ids=["sts.amazonaws.com"], thumbprints=[]
        )
        iam.Role(
            self,
            "Deployer",
            assumed_by=iam.WebIdentityPrincipal(
                provider.open_id_connect_provider_arn,
                {
                    "StringEquals": {
                        f"{GITHUB}:aud": "sts.amazonaws.com",
                        f"{GITHUB}:sub": "repo:shop/shop:environment:production",
                    }
                },
            ),
        )
        readers = iam.Group(self, "Readers")
        iam.ManagedPolicy(
            self,
            "ReadOrders",
            groups=[readers],
            statements=[
                iam.PolicyStatement(
                    actions=["dynamodb:GetItem", "dynamodb:Query"],
                    resources=[self.format_arn(service="dynamodb", resource="table", resource_name="orders")],
                )
            ],
        )
