"""The whole system: which stacks there are, and what hangs on which."""

from __future__ import annotations

import aws_cdk as cdk

from bookings import settings
from bookings.service_stack import BookingsServiceStack
from bookings.watch_stack import BookingsWatchStack


def build(app: cdk.App) -> None:
    """Add the stacks of the booking service to ``app``."""
    watch = BookingsWatchStack(app, "BookingsWatch")
    BookingsServiceStack(app, "BookingsService", on_call=watch.on_call)
    for name, value in settings.TAGS.items():
        cdk.Tags.of(app).add(name, value)
