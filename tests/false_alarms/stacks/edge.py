"""CloudFront before a bucket, a web ACL, a hosted zone, a certificate."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct


class EdgeStack(cdk.Stack):
    """Owns the web site."""

    def __init__(self, scope: Construct, construct_id: str, *, env: cdk.Environment | None) -> None:
        super().__init__(scope, construct_id, env=env)
        zone = route53.PublicHostedZone(self, "Zone", zone_name="shop.example")
        certificate = acm.Certificate(
            self, "Certificate", domain_name="shop.example", validation=acm.CertificateValidation.from_dns(zone)
        )
        site = s3.Bucket(self, "Site")
        acl = self._web_acl()
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            domain_names=["shop.example"],
            certificate=certificate,
            default_root_object="index.html",
            web_acl_id=acl.attr_arn,
            default_behavior=cloudfront.BehaviorOptions(origin=origins.S3BucketOrigin.with_origin_access_control(site)),
        )
        route53.ARecord(
            self, "Name", zone=zone, target=route53.RecordTarget.from_alias(targets.CloudFrontTarget(distribution))
        )
        deployment.BucketDeployment(
            self,
            "Upload",
            destination_bucket=site,
            distribution=distribution,
            sources=[deployment.Source.data("index.html", "<h1>Shop</h1>")],
        )

    def _web_acl(self) -> wafv2.CfnWebACL:
        return wafv2.CfnWebACL(
            self,
            "WebAcl",
            scope="CLOUDFRONT",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=wafv2.CfnWebACL.VisibilityConfigProperty(
                cloud_watch_metrics_enabled=True, metric_name="shop", sampled_requests_enabled=True
            ),
            rules=[
                wafv2.CfnWebACL.RuleProperty(
                    name="Common",
                    priority=1,
                    override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
                    statement=wafv2.CfnWebACL.StatementProperty(
                        managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                            vendor_name="AWS", name="AWSManagedRulesCommonRuleSet"
                        )
                    ),
                    visibility_config=wafv2.CfnWebACL.VisibilityConfigProperty(
                        cloud_watch_metrics_enabled=True, metric_name="common", sampled_requests_enabled=True
                    ),
                )
            ],
        )
