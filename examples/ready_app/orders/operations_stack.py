"""What watches the account: the on-call topic, the audit trail, detectors, recorders and budgets."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from orders import settings
from orders.alarms import ALARM_SOURCES, OnCall
from orders.audit import AuditTrail
from orders.costs import Costs
from orders.detection import Detection
from orders.keys import customer_key


class OrdersOperationsStack(cdk.Stack):
    """Owns what the account needs whatever runs in it, and the way to the on-call engineer."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        self.key = customer_key(
            self,
            "Key",
            alias="orders/operations",
            description="Alarms, audit logs and findings",
            services=(*ALARM_SOURCES, "cloudtrail.amazonaws.com", "config.amazonaws.com"),
        )
        self.on_call = OnCall(self, "OnCall", key=self.key)
        audit = AuditTrail(self, "Audit", key=self.key, on_call=self.on_call)
        Detection(self, "Detection", key=self.key, on_call=self.on_call, access_logs=audit.access_logs)
        Costs(self, "Costs", topic=self.on_call.topic)
