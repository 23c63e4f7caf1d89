"""An order-processing system as it looks before anybody asked whether it is ready for production.

`cdk synth` in this folder fails: readiness-pack judges the synthesized stacks and says what is missing, where, and
which CDK code brings it. `../ready_app` is the same system made ready.

The plugin fails both `cdk synth` and `python app.py`. With `cdk synth -c readiness=aspect` (or READINESS=aspect in the
environment) the same rules run as an Aspect instead and mark the constructs.
"""

from __future__ import annotations

import os

import aws_cdk as cdk

from orders.app_stack import OrdersAppStack
from orders.data_stack import OrdersDataStack
from orders.network_stack import OrdersNetworkStack
from readiness_pack.integrations.cdk import ReadinessChecks


def build(app: cdk.App) -> None:
    """Add the three stacks of the order system to ``app``."""
    network = OrdersNetworkStack(app, "OrdersNetwork")
    data = OrdersDataStack(app, "OrdersData", vpc=network.vpc)
    OrdersAppStack(app, "OrdersApp", vpc=network.vpc, data=data)
    cdk.Tags.of(app).add("Project", "orders")


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
