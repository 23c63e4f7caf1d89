"""The web shop: static files behind CloudFront, in the one region where CloudFront's companions live."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_accessanalyzer as accessanalyzer
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from orders import settings
from orders.alarms import ALARM_SOURCES, OnCall
from orders.buckets import access_log_bucket, private_bucket
from orders.firewall import Firewall
from orders.keys import customer_key
from orders.probe import Probe


class OrdersStorefrontStack(cdk.Stack):
    """Owns the distribution, its web ACL, its certificate, and an on-call topic for its alarms."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=settings.EDGE_ENV, termination_protection=True)
        key = customer_key(
            self,
            "Key",
            alias="orders/storefront",
            description="The storefront's files, logs and alarms",
            services=ALARM_SOURCES,
        )
        on_call = OnCall(self, "OnCall", key=key)
        access_logs = access_log_bucket(self, "AccessLogs", cloudfront=True)
        firewall = Firewall(self, "Firewall", key=key, edge=True)
        distribution = self._distribution(key, access_logs, firewall.acl.attr_arn, on_call)
        self._alarms(distribution, on_call)
        self._dashboard(distribution)
        # Access Analyzer looks at one region only.
        accessanalyzer.CfnAnalyzer(self, "ExternalAccess", type="ACCOUNT")
        Probe(
            self,
            "Probe",
            url=f"https://{settings.DOMAIN}/",
            key=key,
            access_logs=access_logs,
            on_call=on_call,
        )

    def _distribution(
        self, key: kms.IKey, access_logs: s3.IBucket, web_acl_arn: str, on_call: OnCall
    ) -> cloudfront.Distribution:
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=settings.HOSTED_ZONE_ID, zone_name=settings.DOMAIN
        )
        certificate = acm.Certificate(
            self, "Certificate", domain_name=settings.DOMAIN, validation=acm.CertificateValidation.from_dns(zone)
        )
        on_call.watch_expiry(certificate)
        files = private_bucket(self, "Files", key=key, access_logs=access_logs, content="assets")
        # The distribution does not exist yet when its key is made, so the key admits those of this account.
        cdk.Annotations.of(self).acknowledge_warning(
            "@aws-cdk/aws-cloudfront-origins:wildcardKeyPolicyForOac", "One distribution in the account; same owner"
        )
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment="The web shop",
            domain_names=[settings.DOMAIN],
            certificate=certificate,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            ssl_support_method=cloudfront.SSLMethod.SNI,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            default_root_object="index.html",
            web_acl_id=web_acl_arn,
            enable_logging=True,
            log_bucket=access_logs,
            log_file_prefix="cloudfront/",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(files),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                response_headers_policy=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
                compress=True,
            ),
        )
        route53.ARecord(
            self,
            "Name",
            zone=zone,
            target=route53.RecordTarget.from_alias(route53_targets.CloudFrontTarget(distribution)),
        )
        return distribution

    def _alarms(self, distribution: cloudfront.Distribution, on_call: OnCall) -> None:
        on_call.alarm(
            self,
            "Errors",
            distribution.metric5xx_error_rate(period=cdk.Duration.minutes(1), statistic=cloudwatch.Stats.AVERAGE),
            what="The storefront answers with errors.",
            threshold=1,
            periods=5,
        )

    def _dashboard(self, distribution: cloudfront.Distribution) -> None:
        """CloudFront's metrics are in this region only, and so is the page that shows them."""
        minute = cdk.Duration.minutes(1)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name="orders-storefront",
            widgets=[
                [
                    cloudwatch.GraphWidget(
                        title="Storefront",
                        left=[distribution.metric_requests(period=minute)],
                        right=[
                            distribution.metric4xx_error_rate(period=minute),
                            distribution.metric5xx_error_rate(period=minute),
                        ],
                    )
                ]
            ],
        )
