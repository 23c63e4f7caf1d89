"""What must be seen within minutes in the audit trail: who used the root user, who changed the locks."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from orders.alarms import OnCall

# After the CIS AWS Foundations Benchmark:
# https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
EVENTS = {
    "RootUsed": '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS }',
    "CallsDenied": '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    "PoliciesChanged": (
        "{ ($.eventName = PutRolePolicy) || ($.eventName = AttachRolePolicy) || ($.eventName = DeleteRolePolicy)"
        " || ($.eventName = CreatePolicyVersion) || ($.eventName = PutUserPolicy) || ($.eventName = AttachUserPolicy) }"
    ),
    "KeysDisabled": "{ ($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion) }",
    "SecurityGroupsChanged": (
        "{ ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress)"
        " || ($.eventName = RevokeSecurityGroupIngress) || ($.eventName = DeleteSecurityGroup) }"
    ),
    "TrailChanged": (
        "{ ($.eventName = StopLogging) || ($.eventName = DeleteTrail) || ($.eventName = UpdateTrail)"
        " || ($.eventName = PutEventSelectors) }"
    ),
}
# A few denied calls an hour are usual: somebody tries the console without the rights for a page.
THRESHOLDS = {"CallsDenied": 20}


class SecurityEvents(Construct):
    """A metric and an alarm for each kind of event."""

    def __init__(self, scope: Construct, construct_id: str, *, trail_log: logs.ILogGroup, on_call: OnCall) -> None:
        super().__init__(scope, construct_id)
        for name, pattern in EVENTS.items():
            logs.MetricFilter(
                self,
                f"{name}Filter",
                log_group=trail_log,
                filter_pattern=logs.FilterPattern.literal(pattern),
                metric_namespace="Orders/Audit",
                metric_name=name,
                metric_value="1",
            )
            metric = cloudwatch.Metric(
                namespace="Orders/Audit", metric_name=name, statistic="Sum", period=Duration.minutes(5)
            )
            on_call.alarm(
                self,
                name,
                metric,
                what="The audit trail shows what has to be looked at.",
                threshold=THRESHOLDS.get(name, 1),
            )
