"""What runs: customers, the API, the queue behind it, the confirmation, and what the company hears of it."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from bookings import settings
from bookings.alarms import OnCall
from bookings.api import BookingApi
from bookings.dashboard import bookings_dashboard
from bookings.firewall import Firewall
from bookings.fulfilment import WORKER_TIMEOUT, Fulfilment
from bookings.identity import Customers
from bookings.keys import customer_key
from bookings.notifications import Notifications
from bookings.probe import Probe
from bookings.queues import work_queue
from bookings.store import BookingStore
from bookings.workflow import Confirmation

# What the ticket office needs for one message; it is another team's program.
TICKET_OFFICE_TIMEOUT = cdk.Duration.minutes(1)


class BookingsServiceStack(cdk.Stack):
    """Owns everything that a booking passes through."""

    def __init__(self, scope: Construct, construct_id: str, *, on_call: OnCall) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        key = customer_key(
            self,
            "Key",
            alias="alias/bookings",
            services=("sns.amazonaws.com", "events.amazonaws.com", "sqs.amazonaws.com", "scheduler.amazonaws.com"),
        )
        customers = Customers(self, "Customers")
        store = BookingStore(self, "Store", key=key, on_call=on_call)
        requests = work_queue(self, "Requests", key=key, on_call=on_call, consumer_timeout=WORKER_TIMEOUT)
        tickets = work_queue(self, "Tickets", key=key, on_call=on_call, consumer_timeout=TICKET_OFFICE_TIMEOUT)
        bus = events.EventBus(self, "Bus", kms_key=key, description="What happens to bookings")
        confirmation = Confirmation(self, "Confirmation", table=store.table, bus=bus, key=key, on_call=on_call)
        fulfilment = Fulfilment(
            self,
            "Fulfilment",
            requests=requests,
            machine=confirmation.machine,
            table=store.table,
            key=key,
            on_call=on_call,
        )
        notifications = Notifications(self, "Notifications", bus=bus, tickets=tickets, key=key, on_call=on_call)
        api = BookingApi(self, "BookingApi", customers=customers, requests=requests, key=key, on_call=on_call)
        firewall = Firewall(self, "Firewall", key=key)
        firewall.protect("ApiProtection", api.stage.stage_arn)
        firewall.protect("SignInProtection", customers.pool.user_pool_arn)
        Probe(self, "Probe", url=api.api.url_for_path("/bookings"), key=key, on_call=on_call)
        self._watch_bookings(confirmation, on_call)
        self._save_query(api, fulfilment, confirmation)
        queues: list[sqs.IQueue] = [requests, tickets, notifications.undelivered, fulfilment.undone]
        bookings_dashboard(
            self, "Dashboard", api=api, fulfilment=fulfilment, confirmation=confirmation, store=store, queues=queues
        )

    def _watch_bookings(self, confirmation: Confirmation, on_call: OnCall) -> None:
        """The number that the business lives by: a quarter of an hour without a confirmed booking is an incident."""
        confirmed = confirmation.machine.metric_succeeded(period=cdk.Duration.minutes(15))
        on_call.alarm(
            self,
            "NoBookings",
            confirmed,
            what="Nobody's booking was confirmed for a quarter of an hour.",
            below=True,
            missing_is_bad=True,
        )

    def _save_query(self, api: BookingApi, fulfilment: Fulfilment, confirmation: Confirmation) -> None:
        """The query that an incident starts with."""
        parts = (api.function, fulfilment.worker, fulfilment.sweep, confirmation.charge)
        logs.QueryDefinition(
            self,
            "ErrorsByFunction",
            query_definition_name="bookings/errors-by-function",
            query_string=logs.QueryString(
                fields=["@timestamp", "@log", "message"],
                filter_statements=["level in ['ERROR', 'CRITICAL']"],
                sort="@timestamp desc",
                limit=100,
            ),
            log_groups=[part.function.log_group for part in parts],
        )
