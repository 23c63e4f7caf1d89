"""The whole system: which stacks there are, and what hangs on which."""

from __future__ import annotations

import aws_cdk as cdk

from claims import settings
from claims.data_stack import ClaimsDataStack
from claims.network_stack import ClaimsNetworkStack
from claims.portal_stack import ClaimsPortalStack
from claims.watch_stack import ClaimsWatchStack


def build(app: cdk.App) -> None:
    """Add the stacks of the claims portal to ``app``."""
    watch = ClaimsWatchStack(app, "ClaimsWatch")
    network = ClaimsNetworkStack(app, "ClaimsNetwork")
    data = ClaimsDataStack(app, "ClaimsData", vpc=network.vpc, on_call=watch.on_call)
    ClaimsPortalStack(app, "ClaimsPortal", vpc=network.vpc, data=data, on_call=watch.on_call)
    for name, value in settings.TAGS.items():
        cdk.Tags.of(app).add(name, value)
