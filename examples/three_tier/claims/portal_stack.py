"""What runs: the portal behind its load balancer and web ACL, and the eyes on it."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from claims import settings
from claims.alarms import OnCall
from claims.dashboard import claims_dashboard
from claims.data_stack import ClaimsDataStack
from claims.firewall import Firewall
from claims.keys import customer_key
from claims.objectives import availability_objective
from claims.portal import Portal
from claims.probe import Probe, access_log_bucket


class ClaimsPortalStack(cdk.Stack):
    """Owns everything that serves customers."""

    def __init__(
        self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, data: ClaimsDataStack, on_call: OnCall
    ) -> None:
        super().__init__(scope, construct_id, env=settings.ENV, termination_protection=True)
        key = customer_key(self, "Key", alias="alias/claims-portal")
        access_logs = access_log_bucket(self, "AccessLogs")
        portal = Portal(self, "Portal", vpc=vpc, data=data, key=key, access_logs=access_logs, on_call=on_call)
        availability_objective(self, "Availability", load_balancer=portal.ingress.load_balancer, on_call=on_call)
        Firewall(self, "Firewall", key=key).protect("PortalProtection", portal.ingress.load_balancer.load_balancer_arn)
        Probe(self, "Probe", url=f"{settings.SITE}/healthz", key=key, access_logs=access_logs, on_call=on_call)
        claims_dashboard(self, "Dashboard", portal=portal, data=data)
