"""What runs: the order service, the partner API, fulfilment behind a queue, and the eyes on all of them."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from orders import settings
from orders.alarms import OnCall
from orders.dashboard import OrdersDashboard
from orders.data_stack import OrdersDataStack
from orders.firewall import Firewall
from orders.fulfilment import Fulfilment
from orders.keys import customer_key
from orders.partner_api import PartnerApi
from orders.probe import Probe
from orders.service import OrderService


class OrdersAppStack(cdk.Stack):
    """Owns everything that runs code in the region."""

    def __init__(
        self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, data: OrdersDataStack, on_call: OnCall
    ) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        key = customer_key(
            self,
            "Key",
            alias="orders/app",
            description="Queues, topics, logs and images of the order system",
            services=("sns.amazonaws.com", "events.amazonaws.com", "sqs.amazonaws.com"),
        )
        firewall = Firewall(self, "Firewall", key=key)
        service = OrderService(self, "OrderService", vpc=vpc, data=data, key=key, on_call=on_call)
        fulfilment = Fulfilment(self, "Fulfilment", key=key, on_call=on_call)
        fulfilment.orders.grant_send_messages(service.task_role)
        api = PartnerApi(self, "PartnerApi", key=key, on_call=on_call)
        fulfilment.orders.grant_send_messages(api.function.function)
        firewall.protect("OrderServiceProtection", service.load_balancer.load_balancer_arn)
        firewall.protect("PartnerApiProtection", api.stage.stage_arn)
        probe = Probe(
            self,
            "ServiceProbe",
            url=f"https://{service.host_name}/healthz",
            key=key,
            access_logs=service.access_logs,
            on_call=on_call,
        )
        on_call.customers_affected(self, [*service.customers_affected, *api.customers_affected, probe.unreachable])
        OrdersDashboard(self, "Dashboard", service=service, api=api, fulfilment=fulfilment, data=data)
