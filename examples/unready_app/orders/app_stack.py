"""What runs: the order service, the partner API, fulfilment behind a queue, and the storefront."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as ecs_patterns
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from orders.data_stack import OrdersDataStack


class OrdersAppStack(cdk.Stack):
    """Owns everything that runs code or faces a customer."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, data: OrdersDataStack) -> None:
        super().__init__(scope, construct_id)
        self._order_service(vpc, data)
        fulfilment = self._function("Fulfilment")
        self._fulfilment_queue(fulfilment)
        self._order_events(fulfilment)
        self._partner_api()
        self._storefront()

    def _order_service(self, vpc: ec2.IVpc, data: OrdersDataStack) -> None:
        """The order service: Fargate tasks behind a public load balancer."""
        service = ecs_patterns.ApplicationLoadBalancedFargateService(
            self,
            "OrderService",
            vpc=vpc,
            assign_public_ip=True,
            min_healthy_percent=50,
            task_image_options=ecs_patterns.ApplicationLoadBalancedTaskImageOptions(
                image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/nginx:latest"),
                environment={"SEARCH_ENDPOINT": data.search.domain_endpoint},
            ),
        )
        data.receipts.grant_read_write(service.task_definition.task_role)
        # CDK said so at every synth. Somebody made it stop.
        cdk.Annotations.of(service.service).acknowledge_warning("@aws-cdk/aws-ecs:shouldUseCircuitBreaker", "later")

    def _fulfilment_queue(self, fulfilment: lambda_.Function) -> None:
        """Orders wait in a queue for fulfilment; shipments have a dead-letter queue that nobody watches."""
        orders = sqs.Queue(self, "Orders")
        fulfilment.add_event_source(event_sources.SqsEventSource(orders))
        lost_shipments = sqs.Queue(self, "LostShipments")
        sqs.Queue(
            self,
            "Shipments",
            dead_letter_queue=sqs.DeadLetterQueue(queue=lost_shipments, max_receive_count=3),
        )

    def _order_events(self, fulfilment: lambda_.Function) -> None:
        """Fulfilment starts on order events and every night; other teams listen to a topic."""
        events.Rule(self, "Nightly", schedule=events.Schedule.cron(hour="2", minute="0")).add_target(
            targets.LambdaFunction(fulfilment)
        )
        order_placed = sns.Topic(self, "OrderPlaced")
        order_placed.add_subscription(subscriptions.LambdaSubscription(fulfilment))

    def _partner_api(self) -> None:
        """Partners place orders over a REST API."""
        api = apigateway.LambdaRestApi(
            self, "PartnerApi", handler=self._function("PartnerOrders"), proxy=False, cloud_watch_role=False
        )
        api.root.add_resource("orders").add_method("POST")

    def _storefront(self) -> None:
        """The web shop: static files behind CloudFront."""
        assets = s3.Bucket(
            self,
            "StorefrontAssets",
            block_public_access=s3.BlockPublicAccess(block_public_acls=False, ignore_public_acls=False),
        )
        cloudfront.Distribution(
            self,
            "Storefront",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(assets)
            ),
        )

    def _function(self, construct_id: str) -> lambda_.Function:
        return lambda_.Function(
            self,
            construct_id,
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context):\n    return {'statusCode': 202}\n"),
        )
