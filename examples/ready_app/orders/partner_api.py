"""The partner API: signed requests, validated bodies, throttled, logged, and held to its service level."""

from __future__ import annotations

import json

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from constructs import Construct

from orders import settings
from orders.alarms import OnCall
from orders.functions import OrderFunction
from orders.logs import log_group
from orders.objectives import availability_objective

FUNCTION_TIMEOUT = Duration.seconds(10)
INTEGRATION_TIMEOUT = Duration.seconds(15)
DOCUMENTATION_VERSION = "2026-03"

CODE = """\
def handler(event, context):
    return {"statusCode": 202, "body": "{}"}
"""

ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "caller": "$context.identity.userArn",
    "ip": "$context.identity.sourceIp",
    "requestTime": "$context.requestTime",
    "method": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "error": "$context.error.message",
}


class PartnerApi(Construct):
    """The REST API and the function behind it."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, on_call: OnCall) -> None:
        super().__init__(scope, construct_id)
        self.function = OrderFunction(self, "PlaceOrder", code=CODE, timeout=FUNCTION_TIMEOUT, key=key, on_call=on_call)
        self.api = self._api(key)
        self.stage = self.api.deployment_stage
        self._methods()
        self._documentation()
        self.customers_affected = self._alarms(on_call)
        availability_objective(self, "Availability", api=self.api, stage=self.stage, on_call=on_call)

    def _api(self, key: kms.IKey) -> apigateway.RestApi:
        return apigateway.RestApi(
            self,
            "Api",
            description="Partners place and follow orders",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=True,
            default_method_options=apigateway.MethodOptions(authorization_type=apigateway.AuthorizationType.IAM),
            deploy_options=apigateway.StageOptions(
                stage_name="v1",
                access_log_destination=apigateway.LogGroupLogDestination(log_group(self, "AccessLog", key=key)),
                access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG_FIELDS)),
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                data_trace_enabled=False,
                metrics_enabled=True,
                tracing_enabled=True,
                throttling_rate_limit=200,
                throttling_burst_limit=400,
                documentation_version=DOCUMENTATION_VERSION,
            ),
        )

    def _methods(self) -> None:
        order = self.api.add_model(
            "Order",
            content_type="application/json",
            schema=apigateway.JsonSchema(
                schema=apigateway.JsonSchemaVersion.DRAFT4,
                type=apigateway.JsonSchemaType.OBJECT,
                required=["items"],
                properties={"items": apigateway.JsonSchema(type=apigateway.JsonSchemaType.ARRAY, min_items=1)},
            ),
        )
        validator = self.api.add_request_validator(
            "Validate", validate_request_body=True, validate_request_parameters=True
        )
        integration = apigateway.LambdaIntegration(self.function.live, timeout=INTEGRATION_TIMEOUT)
        orders = self.api.root.add_resource("orders")
        orders.add_method("POST", integration, request_models={"application/json": order}, request_validator=validator)
        orders.add_resource("{order}").add_method(
            "GET",
            integration,
            request_parameters={"method.request.path.order": True},
            request_validator=validator,
        )

    def _documentation(self) -> None:
        version = apigateway.CfnDocumentationVersion(
            self, "Documentation", rest_api_id=self.api.rest_api_id, documentation_version=DOCUMENTATION_VERSION
        )
        self.stage.node.add_dependency(version)

    def _alarms(self, on_call: OnCall) -> list[cloudwatch.IAlarm]:
        minute = Duration.minutes(1)
        errors = on_call.alarm(
            self,
            "Errors",
            self.stage.metric_server_error(period=minute, statistic=cloudwatch.Stats.SUM),
            what="The partner API answers with errors.",
            threshold=5,
            periods=3,
        )
        slow = on_call.alarm(
            self,
            "Slow",
            self.stage.metric_latency(period=minute, statistic=cloudwatch.Stats.percentile(95)),
            what="One partner in twenty waits for the API.",
            threshold=settings.MAX_P95_MILLISECONDS,
            periods=5,
        )
        return [errors, slow]
