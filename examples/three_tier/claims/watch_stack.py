"""What watches: the on-call topic, and the budget."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from claims import settings
from claims.alarms import ALARM_SOURCES, OnCall
from claims.costs import Costs
from claims.keys import customer_key


class ClaimsWatchStack(cdk.Stack):
    """Owns the way to the on-call engineer."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        key = customer_key(self, "Key", alias="alias/claims-watch", services=ALARM_SOURCES)
        self.on_call = OnCall(self, "OnCall", key=key)
        Costs(self, "Costs", topic=self.on_call.topic)
