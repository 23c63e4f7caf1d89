"""One page that shows the state of everything a customer depends on."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from orders.data_stack import OrdersDataStack
from orders.fulfilment import Fulfilment
from orders.partner_api import PartnerApi
from orders.service import OrderService

PERIOD = Duration.minutes(1)


class OrdersDashboard(Construct):
    """The dashboard that the runbooks start from."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: OrderService,
        api: PartnerApi,
        fulfilment: Fulfilment,
        data: OrdersDataStack,
    ) -> None:
        super().__init__(scope, construct_id)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name="orders",
            widgets=[
                self._entry_points(service, api),
                self._workers(service, api, fulfilment),
                self._stores(data, fulfilment),
            ],
        )

    def _entry_points(self, service: OrderService, api: PartnerApi) -> list[cloudwatch.IWidget]:
        p95 = cloudwatch.Stats.percentile(95)
        balancer = service.load_balancer.metrics
        return [
            cloudwatch.GraphWidget(
                title="Order service",
                left=[balancer.request_count(period=PERIOD)],
                right=[
                    balancer.target_response_time(period=PERIOD, statistic=p95),
                    balancer.http_code_target(elbv2.HttpCodeTarget.TARGET_5XX_COUNT, period=PERIOD),
                ],
            ),
            cloudwatch.GraphWidget(
                title="Partner API",
                left=[api.stage.metric_count(period=PERIOD)],
                right=[
                    api.stage.metric_latency(period=PERIOD, statistic=p95),
                    api.stage.metric_server_error(period=PERIOD),
                ],
            ),
        ]

    def _workers(self, service: OrderService, api: PartnerApi, fulfilment: Fulfilment) -> list[cloudwatch.IWidget]:
        functions = [api.function.function, fulfilment.function.function]
        return [
            cloudwatch.GraphWidget(
                title="Tasks",
                left=[
                    service.service.metric_cpu_utilization(period=PERIOD),
                    service.service.metric_memory_utilization(period=PERIOD),
                ],
            ),
            cloudwatch.GraphWidget(
                title="Functions",
                left=[function.metric_invocations(period=PERIOD) for function in functions],
                right=[function.metric_errors(period=PERIOD) for function in functions],
            ),
        ]

    def _stores(self, data: OrdersDataStack, fulfilment: Fulfilment) -> list[cloudwatch.IWidget]:
        queues = [fulfilment.orders, fulfilment.shipments]
        dead_letters = [fulfilment.undelivered, *(q.dead_letter_queue.queue for q in queues if q.dead_letter_queue)]
        return [
            cloudwatch.GraphWidget(
                title="Database and search",
                left=[
                    data.database.instance.metric_cpu_utilization(period=PERIOD),
                    data.search.domain.metric_cpu_utilization(period=PERIOD),
                ],
                right=[data.database.instance.metric_database_connections(period=PERIOD)],
            ),
            cloudwatch.GraphWidget(
                title="Queues",
                left=[queue.metric_approximate_number_of_messages_visible(period=PERIOD) for queue in queues],
                right=[queue.metric_approximate_age_of_oldest_message(period=PERIOD) for queue in queues],
            ),
            cloudwatch.GraphWidget(
                title="Dead letters",
                left=[queue.metric_approximate_number_of_messages_visible(period=PERIOD) for queue in dead_letters],
            ),
        ]
