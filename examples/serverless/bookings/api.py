"""The booking API: tokens of Cognito, validated bodies, throttled, logged, behind the web ACL."""

from __future__ import annotations

import json

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from bookings import settings
from bookings.alarms import OnCall
from bookings.functions import BookingFunction
from bookings.identity import SCOPE, Customers
from bookings.logs import log_group
from bookings.objectives import availability_objective

FUNCTION_TIMEOUT = Duration.seconds(10)
INTEGRATION_TIMEOUT = Duration.seconds(15)
DOCUMENTATION_VERSION = "2026-03"

CODE = """\
import json, os
import boto3

queue = boto3.client("sqs")

def handler(event, context):
    queue.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=event["body"])
    return {"statusCode": 202, "body": json.dumps({"request": context.aws_request_id})}
"""

ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "caller": "$context.authorizer.claims.sub",
    "ip": "$context.identity.sourceIp",
    "requestTime": "$context.requestTime",
    "method": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "error": "$context.error.message",
}


class BookingApi(Construct):
    """The REST API and the function behind it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        customers: Customers,
        requests: sqs.IQueue,
        key: kms.Key,
        on_call: OnCall,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = BookingFunction(
            self,
            "Place",
            code=CODE,
            timeout=FUNCTION_TIMEOUT,
            key=key,
            on_call=on_call,
            environment={"QUEUE_URL": requests.queue_url},
        )
        requests.grant_send_messages(self.function.function)
        self.api = self._api(key)
        self.stage = self.api.deployment_stage
        self._methods(customers)
        self._documentation()
        self._alarms(on_call)
        availability_objective(self, "Availability", api=self.api, stage=self.stage, on_call=on_call)

    def _api(self, key: kms.IKey) -> apigateway.RestApi:
        return apigateway.RestApi(
            self,
            "Api",
            description="Customers book and cancel seats",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,
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

    def _methods(self, customers: Customers) -> None:
        authorizer = apigateway.CognitoUserPoolsAuthorizer(self, "Tokens", cognito_user_pools=[customers.pool])
        booking = self.api.add_model(
            "Booking",
            content_type="application/json",
            schema=apigateway.JsonSchema(
                schema=apigateway.JsonSchemaVersion.DRAFT4,
                type=apigateway.JsonSchemaType.OBJECT,
                required=["event", "seat"],
                properties={
                    "event": apigateway.JsonSchema(type=apigateway.JsonSchemaType.STRING, max_length=64),
                    "seat": apigateway.JsonSchema(type=apigateway.JsonSchemaType.STRING, max_length=16),
                },
            ),
        )
        self.api.root.add_resource("bookings").add_method(
            "POST",
            apigateway.LambdaIntegration(self.function.live, timeout=INTEGRATION_TIMEOUT),
            authorizer=authorizer,
            authorization_type=apigateway.AuthorizationType.COGNITO,
            authorization_scopes=[SCOPE],
            request_models={"application/json": booking},
            request_validator=self.api.add_request_validator(
                "Validate", validate_request_body=True, validate_request_parameters=True
            ),
        )

    def _documentation(self) -> None:
        version = apigateway.CfnDocumentationVersion(
            self, "Documentation", rest_api_id=self.api.rest_api_id, documentation_version=DOCUMENTATION_VERSION
        )
        self.stage.node.add_dependency(version)

    def _alarms(self, on_call: OnCall) -> None:
        minute = Duration.minutes(1)
        on_call.alarm(
            self,
            "Errors",
            self.stage.metric_server_error(period=minute, statistic=cloudwatch.Stats.SUM),
            what="The booking API answers with errors.",
            threshold=5,
            periods=3,
        )
        on_call.alarm(
            self,
            "Slow",
            self.stage.metric_latency(period=minute, statistic=cloudwatch.Stats.percentile(95)),
            what="One customer in twenty waits for the API.",
            threshold=settings.MAX_P95_MILLISECONDS,
            periods=5,
        )
        traffic = cloudwatch.AnomalyDetectionAlarm(
            self,
            "UnusualTraffic",
            metric=self.stage.metric_count(period=Duration.minutes(5), statistic=cloudwatch.Stats.SUM),
            alarm_description=f"Traffic is unlike its usual course. {settings.RUNBOOKS}#UnusualTraffic",
            evaluation_periods=3,
            std_devs=3,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_LOWER_OR_GREATER_THAN_UPPER_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        on_call.page(traffic)
