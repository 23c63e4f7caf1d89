"""What the system keeps: orders in PostgreSQL, a search index, receipts in S3, and the backups of them."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from orders import settings
from orders.alarms import OnCall
from orders.backups import Backups
from orders.buckets import access_log_bucket, private_bucket
from orders.database import OrdersDatabase
from orders.keys import customer_key
from orders.search import OrdersSearch


class OrdersDataStack(cdk.Stack):
    """Owns the data stores; everything in it is confidential."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, on_call: OnCall) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        self.key = customer_key(
            self,
            "Key",
            alias="orders/data",
            description="Orders, search index, receipts and their backups",
            services=("events.amazonaws.com",),
        )
        self.database = OrdersDatabase(self, "Database", vpc=vpc, key=self.key, on_call=on_call)
        self.search = OrdersSearch(self, "Search", vpc=vpc, key=self.key, on_call=on_call)
        self.receipts = private_bucket(
            self, "Receipts", key=self.key, access_logs=access_log_bucket(self, "AccessLogs")
        )
        Backups(
            self,
            "Backups",
            key=self.key,
            on_call=on_call,
            database=self.database.instance,
            bucket=self.receipts,
        )
        cdk.Tags.of(self).add("DataClassification", "confidential")
