"""A small system as CDK's L2 constructs write it, in three stacks."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as cloudwatch_actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as events_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as lambda_destinations
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as sns_subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as stepfunctions_tasks


class Data(cdk.Stack):
    """Stores and queues."""

    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "Data")
        self.key = kms.Key(self, "Key", alias="orders")
        self.bucket = s3.Bucket(self, "Bucket", encryption_key=self.key, enforce_ssl=True)
        self.table = dynamodb.Table(
            self, "Table", partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        )
        self.table.add_global_secondary_index(
            index_name="i", partition_key=dynamodb.Attribute(name="i", type=dynamodb.AttributeType.STRING)
        )
        self.failed = sqs.Queue(self, "Failed")
        self.queue = sqs.Queue(
            self, "Queue", dead_letter_queue=sqs.DeadLetterQueue(queue=self.failed, max_receive_count=3)
        )
        self.topic = sns.Topic(self, "Topic")
        self.topic.add_subscription(sns_subscriptions.SqsSubscription(self.queue))
        cdk.Tags.of(self).add("Owner", "shop")


class Work(cdk.Stack):
    """A network and what runs in it."""

    def __init__(self, app: cdk.App, data: Data) -> None:
        super().__init__(app, "Work")
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Open", subnet_type=ec2.SubnetType.PUBLIC),
                ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
                ec2.SubnetConfiguration(name="Deep", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            ],
        )
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context): return None"),
            vpc=self.vpc,
        )
        data.bucket.grant_read(self.function)
        data.table.grant_read_write_data(self.function)
        data.queue.grant_consume_messages(self.function)
        self.database = rds.DatabaseInstance(
            self,
            "Database",
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16),
            vpc=self.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        )
        self.database.connections.allow_default_port_from(self.function)
        self.balancer = elbv2.ApplicationLoadBalancer(self, "Balancer", vpc=self.vpc, internet_facing=True)
        listener = self.balancer.add_listener("Web", port=80, open=True)
        listener.add_action("Default", action=elbv2.ListenerAction.fixed_response(404))
        self.function.configure_async_invoke(on_failure=lambda_destinations.SqsDestination(data.failed))
        rule = events.Rule(self, "Rule", schedule=events.Schedule.rate(cdk.Duration.hours(1)))
        rule.add_target(events_targets.LambdaFunction(self.function, dead_letter_queue=sqs.Queue(self, "Lost")))
        self.api = apigateway.LambdaRestApi(self, "Api", handler=self.function)
        task = stepfunctions_tasks.LambdaInvoke(self, "Charge", lambda_function=self.function)
        task.add_catch(stepfunctions.Fail(self, "GaveUp"))
        each = stepfunctions.Map(self, "Each").item_processor(stepfunctions.Pass(self, "Inside"))
        definition = stepfunctions.DefinitionBody.from_chainable(task.next(each))
        self.machine = stepfunctions.StateMachine(self, "Machine", definition_body=definition)
        group = iam.Group(
            self, "Group", managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("ReadOnlyAccess")]
        )
        self.user = iam.User(self, "User", groups=[group])
        data.topic.grant_publish(self.user)


class Watch(cdk.Stack):
    """Alarms and a dashboard over both."""

    def __init__(self, app: cdk.App, data: Data, work: Work) -> None:
        super().__init__(app, "Watch")
        topic = sns.Topic(self, "Pager")
        action = cloudwatch_actions.SnsAction(topic)
        depth = data.failed.metric_approximate_number_of_messages_visible().create_alarm(
            self, "Depth", threshold=1, evaluation_periods=1
        )
        depth.add_alarm_action(action)
        rate = cloudwatch.MathExpression(
            expression="errors / invocations",
            using_metrics={"errors": work.function.metric_errors(), "invocations": work.function.metric_invocations()},
        ).create_alarm(self, "Rate", threshold=0.01, evaluation_periods=3)
        latency = work.api.metric_latency(statistic="p95").create_alarm(
            self, "Latency", threshold=200, evaluation_periods=3
        )
        slow = work.balancer.metrics.target_response_time(statistic="p95").create_alarm(
            self, "Slow", threshold=0.2, evaluation_periods=3
        )
        either = cloudwatch.CompositeAlarm(
            self, "Either", alarm_rule=cloudwatch.AlarmRule.any_of(rate, latency, cloudwatch.AlarmRule.not_(slow))
        )
        either.add_alarm_action(action)
        dashboard = cloudwatch.Dashboard(self, "Dashboard")
        dashboard.add_widgets(
            cloudwatch.GraphWidget(left=[work.function.metric_errors(), data.queue.metric_number_of_messages_sent()])
        )


def synthesize(folder: str) -> str:
    """Synthesize the app into ``folder``, and give the assembly's folder back."""
    app = cdk.App(outdir=folder, analytics_reporting=False)
    data = Data(app)
    work = Work(app, data)
    Watch(app, data, work)
    return str(app.synth().directory)
