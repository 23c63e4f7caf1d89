"""What watches: the on-call topic, the audit trail, Macie, and the budget."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_macie as macie
from constructs import Construct

from lake import settings
from lake.alarms import ALARM_SOURCES, OnCall
from lake.costs import Costs
from lake.keys import customer_key


class LakeWatchStack(cdk.Stack):
    """Owns the way to the on-call engineer, and what looks for sensitive data in the wrong place."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        key = customer_key(self, "Key", alias="alias/lake-watch", services=ALARM_SOURCES)
        self.on_call = OnCall(self, "OnCall", key=key)
        Costs(self, "Costs", topic=self.on_call.topic)
        macie.CfnSession(self, "Macie", status="ENABLED", finding_publishing_frequency="FIFTEEN_MINUTES")
