"""What watches: the on-call topic, and the budget."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from bookings import settings
from bookings.alarms import ALARM_SOURCES, OnCall
from bookings.costs import Costs
from bookings.keys import customer_key


class BookingsWatchStack(cdk.Stack):
    """Owns the way to the on-call engineer."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        key = customer_key(self, "Key", alias="alias/bookings-watch", services=ALARM_SOURCES)
        self.on_call = OnCall(self, "OnCall", key=key)
        Costs(self, "Costs", topic=self.on_call.topic)
