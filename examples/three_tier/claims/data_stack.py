"""What the system keeps: claims in Aurora, sessions in a cache, and the backups of the claims."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from claims import settings
from claims.alarms import OnCall
from claims.backups import Backups
from claims.cache import SessionCache
from claims.database import ClaimsDatabase
from claims.keys import customer_key


class ClaimsDataStack(cdk.Stack):
    """Owns the data stores; everything in it is confidential."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, on_call: OnCall) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        self.key = customer_key(self, "Key", alias="alias/claims-data")
        self.database = ClaimsDatabase(self, "Database", vpc=vpc, key=self.key, on_call=on_call)
        self.sessions = SessionCache(self, "Sessions", vpc=vpc, key=self.key, on_call=on_call)
        Backups(self, "Backups", key=self.key, on_call=on_call, cluster=self.database.cluster)
        cdk.Tags.of(self).add("DataClassification", "confidential")
