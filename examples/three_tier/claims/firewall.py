"""A web ACL with AWS's core rules and a rate limit, and its log."""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from claims.logs import log_group

MANAGED_GROUPS = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet")
REQUESTS_IN_FIVE_MINUTES = 2000


class Firewall(Construct):
    """A web ACL for load balancers and APIs, or (``edge``, in us-east-1 only) for CloudFront."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, edge: bool = False) -> None:
        super().__init__(scope, construct_id)
        self.acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="CLOUDFRONT" if edge else "REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=self._visibility("all"),
            rules=[
                *(self._managed(group, priority) for priority, group in enumerate(MANAGED_GROUPS)),
                self._rate_limit(priority=len(MANAGED_GROUPS)),
            ],
        )
        # The name of a log group that WAF may write to starts with aws-waf-logs-.
        group = log_group(self, "Log", key=key, name=f"aws-waf-logs-claims-{'edge' if edge else 'regional'}")
        wafv2.CfnLoggingConfiguration(
            self, "Logging", resource_arn=self.acl.attr_arn, log_destination_configs=[group.log_group_arn]
        )

    def protect(self, construct_id: str, resource_arn: str) -> wafv2.CfnWebACLAssociation:
        """Put a load balancer or an API stage behind this web ACL."""
        return wafv2.CfnWebACLAssociation(self, construct_id, resource_arn=resource_arn, web_acl_arn=self.acl.attr_arn)

    def _managed(self, group: str, priority: int) -> wafv2.CfnWebACL.RuleProperty:
        return wafv2.CfnWebACL.RuleProperty(
            name=group,
            priority=priority,
            override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
            statement=wafv2.CfnWebACL.StatementProperty(
                managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                    vendor_name="AWS", name=group
                )
            ),
            visibility_config=self._visibility(group),
        )

    def _rate_limit(self, priority: int) -> wafv2.CfnWebACL.RuleProperty:
        return wafv2.CfnWebACL.RuleProperty(
            name="RateLimit",
            priority=priority,
            action=wafv2.CfnWebACL.RuleActionProperty(block={}),
            statement=wafv2.CfnWebACL.StatementProperty(
                rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                    limit=REQUESTS_IN_FIVE_MINUTES, aggregate_key_type="IP"
                )
            ),
            visibility_config=self._visibility("RateLimit"),
        )

    @staticmethod
    def _visibility(metric: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
        return wafv2.CfnWebACL.VisibilityConfigProperty(
            cloud_watch_metrics_enabled=True, metric_name=f"claims-{metric}", sampled_requests_enabled=True
        )
