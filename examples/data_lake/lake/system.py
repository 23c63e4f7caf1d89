"""The whole system: which stacks there are, and what hangs on which."""

from __future__ import annotations

import aws_cdk as cdk

from lake import settings
from lake.analytics_stack import LakeAnalyticsStack
from lake.ingest_stack import LakeIngestStack
from lake.store_stack import LakeStoreStack
from lake.watch_stack import LakeWatchStack


def build(app: cdk.App) -> None:
    """Add the stacks of the data lake to ``app``."""
    watch = LakeWatchStack(app, "LakeWatch")
    store = LakeStoreStack(app, "LakeStore", on_call=watch.on_call)
    ingest = LakeIngestStack(app, "LakeIngest", store=store, on_call=watch.on_call)
    LakeAnalyticsStack(app, "LakeAnalytics", store=store, ingest=ingest, on_call=watch.on_call)
    for name, value in settings.TAGS.items():
        cdk.Tags.of(app).add(name, value)
