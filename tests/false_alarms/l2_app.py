"""An app of common L2 constructs with CDK's defaults, as a careful developer leaves them after reading the docs.

Nothing here is made ready for production: what CDK's defaults lack is what `expected/` lists. What a careful developer
does state is stated: tags, names of columns and keys, the authorizer of an API, a dead-letter queue where a queue or a
function has one in every tutorial. The feature flags are those that `cdk init` writes.
"""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk

from tests.false_alarms.stacks.analytics import AnalyticsStack
from tests.false_alarms.stacks.careful_data import CarefulDataStack
from tests.false_alarms.stacks.careful_watch import CarefulWatchStack
from tests.false_alarms.stacks.careful_work import CarefulWorkStack
from tests.false_alarms.stacks.containers import ContainersStack
from tests.false_alarms.stacks.databases import DatabasesStack
from tests.false_alarms.stacks.delivery import DeliveryStack
from tests.false_alarms.stacks.edge import EdgeStack
from tests.false_alarms.stacks.functions import FunctionsStack
from tests.false_alarms.stacks.identity import IdentityStack
from tests.false_alarms.stacks.messaging import MessagingStack
from tests.false_alarms.stacks.network import NetworkStack
from tests.false_alarms.stacks.observability import ObservabilityStack
from tests.false_alarms.stacks.servers import ServersStack
from tests.false_alarms.stacks.storage import StorageStack
from tests.false_alarms.stacks.web import WebStack

PRODUCTION = cdk.Environment(account="111111111111", region="eu-west-1")

TAGS = {
    "Environment": "prod",
    "Owner": "shop-team",
    "CostCenter": "4711",
    "Project": "shop",
    "DataClassification": "internal",
}


def build(outdir: Path, root: Path, env: cdk.Environment | None = None, *, flags: bool = True) -> cdk.App:
    """The app, not yet synthesized.

    Args:
        outdir: the cdk.out folder that it will write.
        root: the checkout; the feature flags come from an example's cdk.json.
        env: the environment of the stacks; without one they can be deployed anywhere, as `cdk init` leaves them.
            The careful stacks always have one: some constructs ask for it before they do what is asked of them; and
            what belongs to CloudFront is in us-east-1.
        flags: without them CDK writes what it wrote when version 2 came out, as projects of that age still have it.
    """
    context = json.loads((root / "examples/ready_app/cdk.json").read_text(encoding="utf-8"))["context"] if flags else {}
    app = cdk.App(outdir=str(outdir), analytics_reporting=False, context=context)
    network = NetworkStack(app, "Network", env=env)
    storage = StorageStack(app, "Storage", env=env, vpc=network.vpc)
    messaging = MessagingStack(app, "Messaging", env=env, bucket=storage.bucket)
    databases = DatabasesStack(app, "Databases", env=env, vpc=network.vpc)
    functions = FunctionsStack(app, "Functions", env=env, vpc=network.vpc, messaging=messaging, databases=databases)
    WebStack(app, "Web", env=env, functions=functions, databases=databases)
    ContainersStack(app, "Containers", env=env, vpc=network.vpc, storage=storage, messaging=messaging)
    ServersStack(app, "Servers", env=env, vpc=network.vpc)
    EdgeStack(app, "Edge", env=env and cdk.Environment(account=env.account, region="us-east-1"))
    DeliveryStack(app, "Delivery", env=env, storage=storage)
    AnalyticsStack(app, "Analytics", env=env, storage=storage)
    careful = CarefulDataStack(app, "CarefulData", env=PRODUCTION)
    work = CarefulWorkStack(app, "CarefulWork", env=PRODUCTION, vpc=careful.vpc)
    CarefulWatchStack(app, "CarefulWatch", env=PRODUCTION, data=careful, work=work)
    IdentityStack(app, "Identity", env=env)
    ObservabilityStack(app, "Observability", env=env, functions=functions, messaging=messaging)
    for name, value in TAGS.items():
        cdk.Tags.of(app).add(name, value)
    return app
