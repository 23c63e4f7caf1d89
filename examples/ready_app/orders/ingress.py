"""The way into the order service: a load balancer that speaks modern TLS only, with two target groups to switch."""

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

from orders import settings
from orders.alarms import OnCall
from orders.network_stack import PUBLIC


class Ingress(Construct):
    """The load balancer, its name in DNS, and its alarms."""

    errors_alarm_name = f"orders-{settings.ENVIRONMENT}-service-5xx"

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        tasks: ec2.SecurityGroup,
        port: int,
        access_logs: s3.IBucket,
        on_call: OnCall,
    ) -> None:
        super().__init__(scope, construct_id)
        self.host_name = f"orders.{settings.DOMAIN}"
        self.load_balancer = self._load_balancer(vpc, tasks, port, access_logs)
        self.blue = self._target_group("Blue", vpc, port)
        self.green = self._target_group("Green", vpc, port)
        certificate = self._domain(on_call)
        self.rule = self._listen(certificate)
        self.customers_affected = self._alarms(on_call)

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

    def _load_balancer(
        self, vpc: ec2.IVpc, tasks: ec2.SecurityGroup, port: int, access_logs: s3.IBucket
    ) -> elbv2.ApplicationLoadBalancer:
        group = ec2.SecurityGroup(self, "Group", vpc=vpc, description="Public entry", allow_all_outbound=False)
        for public_port in (80, 443):
            group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(public_port), "Customers")
        tasks.connections.allow_from(group, ec2.Port.tcp(port), "From the load balancer")
        load_balancer = elbv2.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            vpc_subnets=PUBLIC,
            internet_facing=True,
            security_group=group,
            deletion_protection=True,
            drop_invalid_header_fields=True,
            desync_mitigation_mode=elbv2.DesyncMitigationMode.STRICTEST,
        )
        load_balancer.log_access_logs(access_logs, prefix="alb")
        return load_balancer

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

    def _domain(self, on_call: OnCall) -> acm.Certificate:
        """The name of the service in DNS, and the certificate that proves it."""
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=settings.HOSTED_ZONE_ID, zone_name=settings.DOMAIN
        )
        certificate = acm.Certificate(
            self, "Certificate", domain_name=self.host_name, validation=acm.CertificateValidation.from_dns(zone)
        )
        on_call.watch_expiry(certificate)
        route53.ARecord(
            self,
            "Name",
            zone=zone,
            record_name=self.host_name,
            target=route53.RecordTarget.from_alias(route53_targets.LoadBalancerTarget(self.load_balancer)),
        )
        return certificate

    def _listen(self, certificate: acm.Certificate) -> elbv2.ApplicationListenerRule:
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
            conditions=[elbv2.ListenerCondition.host_headers([self.host_name])],
            action=elbv2.ListenerAction.weighted_forward(
                [
                    elbv2.WeightedTargetGroup(target_group=self.blue, weight=100),
                    elbv2.WeightedTargetGroup(target_group=self.green, weight=0),
                ]
            ),
        )

    def _alarms(self, on_call: OnCall) -> list[cloudwatch.IAlarm]:
        """Alarms on causes and on symptoms; those that customers feel are returned."""
        minute = Duration.minutes(1)
        metrics = self.load_balancer.metrics
        felt: list[cloudwatch.IAlarm] = [
            on_call.alarm(
                self,
                "Errors",
                metrics.http_code_target(elbv2.HttpCodeTarget.TARGET_5XX_COUNT, period=minute),
                what="The order service answers with errors.",
                name=self.errors_alarm_name,
                threshold=5,
                periods=3,
            ),
            on_call.alarm(
                self,
                "BalancerErrors",
                metrics.http_code_elb(elbv2.HttpCodeElb.ELB_5XX_COUNT, period=minute),
                what="The load balancer cannot reach the order service.",
                threshold=5,
                periods=3,
            ),
            on_call.alarm(
                self,
                "Slow",
                metrics.target_response_time(period=minute, statistic=cloudwatch.Stats.percentile(95)),
                what="One customer in twenty waits for the order service.",
                # The load balancer measures seconds.
                threshold=settings.MAX_P95_MILLISECONDS / 1000,
                periods=5,
            ),
        ]
        for color, group in (("Blue", self.blue), ("Green", self.green)):
            on_call.alarm(
                self,
                f"{color}Unhealthy",
                group.metrics.unhealthy_host_count(period=minute, statistic=cloudwatch.Stats.MAXIMUM),
                what=f"A {color.lower()} task of the order service fails its health check.",
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
        return felt
