"""The way into the portal: a load balancer that speaks modern TLS only, its name in DNS, and its alarms."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from claims import settings
from claims.alarms import OnCall
from claims.network_stack import PUBLIC


class Ingress(Construct):
    """The load balancer, with two target groups to switch between."""

    def __init__(
        self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, port: int, access_logs: s3.IBucket, on_call: OnCall
    ) -> None:
        super().__init__(scope, construct_id)
        self.group = ec2.SecurityGroup(self, "Group", vpc=vpc, description="Public entry", allow_all_outbound=False)
        for public_port in (80, 443):
            self.group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(public_port), "Customers")
        self.load_balancer = elbv2.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            vpc_subnets=PUBLIC,
            internet_facing=True,
            security_group=self.group,
            deletion_protection=True,
            drop_invalid_header_fields=True,
            desync_mitigation_mode=elbv2.DesyncMitigationMode.STRICTEST,
        )
        self.load_balancer.log_access_logs(access_logs, prefix="alb")
        self.blue = self._target_group("Blue", vpc, port)
        self.green = self._target_group("Green", vpc, port)
        self.rule = self._listen(on_call)
        self._alarms(on_call)

    def route_to(self, service: ecs.FargateService, *, container_name: str, port: int) -> None:
        """Send the traffic to ``service``, which switches between blue and green when it is deployed."""
        target = service.load_balancer_target(
            container_name=container_name,
            container_port=port,
            alternate_target=ecs.AlternateTarget(
                "Switch",
                alternate_target_group=self.green,
                production_listener=ecs.ListenerRuleConfiguration.application_listener_rule(self.rule),
            ),
        )
        target.attach_to_application_target_group(self.blue)

    def _target_group(self, color: str, vpc: ec2.IVpc, port: int) -> elbv2.ApplicationTargetGroup:
        return elbv2.ApplicationTargetGroup(
            self,
            color,
            vpc=vpc,
            port=port,
            protocol=elbv2.ApplicationProtocol.HTTP,
            target_type=elbv2.TargetType.IP,
            deregistration_delay=Duration.seconds(30),
            health_check=elbv2.HealthCheck(
                path="/healthz",
                healthy_http_codes="200",
                interval=Duration.seconds(15),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=3,
            ),
        )

    def _listen(self, on_call: OnCall) -> elbv2.ApplicationListenerRule:
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=settings.HOSTED_ZONE_ID, zone_name=settings.DOMAIN
        )
        certificate = acm.Certificate(
            self, "Certificate", domain_name=settings.HOST_NAME, validation=acm.CertificateValidation.from_dns(zone)
        )
        on_call.alarm(
            self,
            "CertificateExpires",
            certificate.metric_days_to_expiry(period=Duration.hours(6)),
            what="The certificate was not renewed and expires within a month.",
            threshold=30,
            below=True,
        )
        route53.ARecord(
            self,
            "Name",
            zone=zone,
            record_name=settings.HOST_NAME,
            target=route53.RecordTarget.from_alias(route53_targets.LoadBalancerTarget(self.load_balancer)),
        )
        self.load_balancer.add_listener(
            "Http",
            port=80,
            open=False,
            default_action=elbv2.ListenerAction.redirect(protocol="HTTPS", port="443", permanent=True),
        )
        listener = self.load_balancer.add_listener(
            "Https",
            port=443,
            open=False,
            certificates=[certificate],
            ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS,
            default_action=elbv2.ListenerAction.fixed_response(404),
        )
        return elbv2.ApplicationListenerRule(
            self,
            "Route",
            listener=listener,
            priority=10,
            conditions=[elbv2.ListenerCondition.host_headers([settings.HOST_NAME])],
            action=elbv2.ListenerAction.weighted_forward(
                [
                    elbv2.WeightedTargetGroup(target_group=self.blue, weight=100),
                    elbv2.WeightedTargetGroup(target_group=self.green, weight=0),
                ]
            ),
        )

    def _alarms(self, on_call: OnCall) -> None:
        minute = Duration.minutes(1)
        metrics = self.load_balancer.metrics
        self.errors = on_call.alarm(
            self,
            "Errors",
            metrics.http_code_target(elbv2.HttpCodeTarget.TARGET_5XX_COUNT, period=minute),
            what="The portal answers with errors.",
            threshold=5,
            periods=3,
        )
        on_call.alarm(
            self,
            "BalancerErrors",
            metrics.http_code_elb(elbv2.HttpCodeElb.ELB_5XX_COUNT, period=minute),
            what="The load balancer cannot reach the portal.",
            threshold=5,
            periods=3,
        )
        on_call.alarm(
            self,
            "Slow",
            metrics.target_response_time(period=minute, statistic=cloudwatch.Stats.percentile(95)),
            what="One customer in twenty waits for the portal.",
            # The load balancer measures seconds.
            threshold=settings.MAX_P95_MILLISECONDS / 1000,
            periods=5,
        )
        for color, group in (("Blue", self.blue), ("Green", self.green)):
            on_call.alarm(
                self,
                f"{color}Unhealthy",
                group.metrics.unhealthy_host_count(period=minute, statistic=cloudwatch.Stats.MAXIMUM),
                what=f"A {color.lower()} task of the portal fails its health check.",
                periods=3,
            )
        traffic = cloudwatch.AnomalyDetectionAlarm(
            self,
            "UnusualTraffic",
            metric=metrics.request_count(period=Duration.minutes(5)),
            alarm_description=f"Traffic is unlike its usual course. {settings.RUNBOOKS}#UnusualTraffic",
            evaluation_periods=3,
            std_devs=3,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_LOWER_OR_GREATER_THAN_UPPER_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        on_call.page(traffic)
