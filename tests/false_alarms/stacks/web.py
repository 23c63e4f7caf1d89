"""APIs and who may call them: REST, HTTP, WebSocket, GraphQL; Cognito."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from tests.false_alarms.stacks.databases import DatabasesStack
from tests.false_alarms.stacks.functions import FunctionsStack, function

SCHEMA = Path(__file__).parent / "schema.graphql"


class WebStack(cdk.Stack):
    """Owns what customers call."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment | None,
        functions: FunctionsStack,
        databases: DatabasesStack,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        handler = function(self, "Handler")
        users = cognito.UserPool(self, "Users")
        client = users.add_client("Client")
        users.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix="shop-example"))
        self._rest_api(functions, users)
        self._http_api(handler, users, client)
        self._web_socket_api(handler)
        self._graphql_api(users, databases)

    def _rest_api(self, functions: FunctionsStack, users: cognito.UserPool) -> None:
        api = apigateway.RestApi(
            self,
            "RestApi",
            default_method_options=apigateway.MethodOptions(
                authorizer=apigateway.CognitoUserPoolsAuthorizer(self, "Authorizer", cognito_user_pools=[users])
            ),
            default_cors_preflight_options=apigateway.CorsOptions(allow_origins=["https://shop.example"]),
        )
        api.root.add_resource("orders").add_method("POST", apigateway.LambdaIntegration(functions.handler))

    def _http_api(self, handler: lambda_.IFunction, users: cognito.UserPool, client: cognito.UserPoolClient) -> None:
        api = apigatewayv2.HttpApi(self, "HttpApi")
        api.add_routes(
            path="/orders",
            methods=[apigatewayv2.HttpMethod.GET],
            integration=integrations.HttpLambdaIntegration("Orders", handler),
            authorizer=authorizers.HttpUserPoolAuthorizer("Authorizer", users, user_pool_clients=[client]),
        )

    def _web_socket_api(self, handler: lambda_.IFunction) -> None:
        api = apigatewayv2.WebSocketApi(
            self,
            "SocketApi",
            connect_route_options=apigatewayv2.WebSocketRouteOptions(
                integration=integrations.WebSocketLambdaIntegration("Connect", handler),
                authorizer=authorizers.WebSocketIamAuthorizer(),
            ),
        )
        api.add_route("send", integration=integrations.WebSocketLambdaIntegration("Send", handler))
        apigatewayv2.WebSocketStage(self, "Stage", web_socket_api=api, stage_name="prod", auto_deploy=True)

    def _graphql_api(self, users: cognito.UserPool, databases: DatabasesStack) -> None:
        api = appsync.GraphqlApi(
            self,
            "GraphqlApi",
            name="shop",
            definition=appsync.Definition.from_schema(appsync.SchemaFile(file_path=str(SCHEMA))),
            authorization_config=appsync.AuthorizationConfig(
                default_authorization=appsync.AuthorizationMode(
                    authorization_type=appsync.AuthorizationType.USER_POOL,
                    user_pool_config=appsync.UserPoolConfig(user_pool=users),
                )
            ),
        )
        api.add_dynamo_db_data_source("Orders", databases.table).create_resolver(
            "Order",
            type_name="Query",
            field_name="order",
            request_mapping_template=appsync.MappingTemplate.dynamo_db_get_item("id", "id"),
            response_mapping_template=appsync.MappingTemplate.dynamo_db_result_item(),
        )
