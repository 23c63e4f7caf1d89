"""The order-processing system of `../unready_app`, made ready for production.

`cdk synth` in this folder passes. The plugin judges the synthesized stacks; with `cdk synth -c readiness=aspect` (or
READINESS=aspect in the environment) the same rules run as an Aspect instead.
"""

from __future__ import annotations

import os

import aws_cdk as cdk

from orders import settings
from orders.app_stack import OrdersAppStack
from orders.data_stack import OrdersDataStack
from orders.network_stack import OrdersNetworkStack
from orders.operations_stack import OrdersOperationsStack
from orders.storefront_stack import OrdersStorefrontStack
from readiness_pack.integrations.cdk import ReadinessChecks


def build(app: cdk.App) -> None:
    """Add the stacks of the order system to ``app``."""
    operations = OrdersOperationsStack(app, "OrdersOperations")
    network = OrdersNetworkStack(app, "OrdersNetwork")
    data = OrdersDataStack(app, "OrdersData", vpc=network.vpc, on_call=operations.on_call)
    OrdersAppStack(app, "OrdersApp", vpc=network.vpc, data=data, on_call=operations.on_call)
    OrdersStorefrontStack(app, "OrdersStorefront")
    for name, value in settings.TAGS.items():
        cdk.Tags.of(app).add(name, value)


def add_readiness_checks(app: cdk.App) -> None:
    """Judge ``app`` by the plugin, or by the Aspect where the context or the environment asks for it."""
    if (app.node.try_get_context("readiness") or os.environ.get("READINESS")) == "aspect":
        cdk.Aspects.of(app).add(ReadinessChecks())
    else:
        cdk.Validations.of(app).add_plugins(ReadinessChecks())


if __name__ == "__main__":
    app = cdk.App()
    build(app)
    add_readiness_checks(app)
    app.synth()
