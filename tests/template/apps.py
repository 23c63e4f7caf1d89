"""CDK apps that the tests synthesize: Stages in Stages, nested stacks, references of every kind, CDK's own helpers."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import (
    aws_certificatemanager,
    aws_cloudfront,
    aws_cloudfront_origins,
    aws_dynamodb,
    aws_ec2,
    aws_ecr,
    aws_events,
    aws_events_targets,
    aws_iam,
    aws_kms,
    aws_lambda,
    aws_logs,
    aws_route53,
    aws_s3,
    aws_s3_deployment,
    aws_s3_notifications,
    aws_sns,
    aws_sqs,
    custom_resources,
    triggers,
)
from aws_cdk.cloudformation_include import CfnInclude as IncludedTemplate

IRELAND = cdk.Environment(account="111111111111", region="eu-west-1")
VIRGINIA = cdk.Environment(account="111111111111", region="us-east-1")


class Inner(cdk.NestedStack):
    """A stack nested in a nested stack; its queue sends dead letters to a queue two stacks above."""

    def __init__(self, scope: cdk.Stack, dead_letters: aws_sqs.IQueue) -> None:
        super().__init__(scope, "Inner")
        self.bucket = aws_s3.Bucket(self, "Files")
        redrive = aws_sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=3)
        aws_sqs.Queue(self, "Orders", dead_letter_queue=redrive)


class Outer(cdk.NestedStack):
    """A nested stack that hands one of its values back to its parent."""

    def __init__(self, scope: cdk.Stack, dead_letters: aws_sqs.IQueue) -> None:
        super().__init__(scope, "Outer")
        self.topic = aws_sns.Topic(self, "Topic")
        self.inner = Inner(self, dead_letters)


class Shop(cdk.Stack):
    """A stack with stacks nested in it."""

    def __init__(self, scope: cdk.App | cdk.Stage, id_: str = "Shop", env: cdk.Environment | None = None) -> None:
        super().__init__(scope, id_, env=env)
        self.dead_letters = aws_sqs.Queue(self, "DeadLetters")
        outer = Outer(self, self.dead_letters)
        policy = aws_iam.ManagedPolicy(self, "Publish")
        publish = aws_iam.PolicyStatement(actions=["sns:Publish"], resources=[outer.topic.topic_arn])
        policy.add_statements(publish)
        # A policy of this stack on a bucket of the stack two below it.
        read = aws_iam.PolicyStatement(actions=["s3:GetObject"], resources=[outer.inner.bucket.arn_for_objects("*")])
        policy.add_statements(read)


class Eu(cdk.Stage):
    """A Stage with one stack."""

    def __init__(self, scope: cdk.Stage) -> None:
        super().__init__(scope, "Eu", env=IRELAND)
        Shop(self)


class Prod(cdk.Stage):
    """A Stage in which there is only another Stage."""

    def __init__(self, scope: cdk.App) -> None:
        super().__init__(scope, "Prod")
        Eu(self)


def shop(out: Path) -> None:
    """An app with Stages, two-deep nested stacks, references over stacks and regions, CfnInclude, overrides."""
    app = cdk.App(outdir=str(out), analytics_reporting=False)
    Prod(app)
    Shop(app, "Dev")

    data = cdk.Stack(app, "Data", env=IRELAND, stack_name="orders-data")
    key = aws_kms.Key(data, "Key")
    dead_letters = aws_sqs.Queue(data, "DeadLetters")
    bucket = aws_s3.Bucket(data, "Bucket")
    child = bucket.node.default_child
    assert isinstance(child, cdk.CfnResource)
    child.add_property_override("VersioningConfiguration.Status", "Suspended")
    cdk.CfnResource(data, "Plain", type="AWS::KMS::Key", properties={"EnableKeyRotation": False, "KeyPolicy": {}})
    cdk.Validations.of(key).acknowledge(cdk.Acknowledgment(id="Readiness::KmsKeyRotationEnabled", reason="by contract"))

    worker = cdk.Stack(app, "Worker", env=IRELAND)
    redrive = aws_sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=5)
    aws_sqs.Queue(worker, "Orders", encryption_master_key=key, dead_letter_queue=redrive)
    imported = cdk.CfnResource(worker, "BucketPolicy", type="AWS::S3::BucketPolicy")
    imported.add_property_override("Bucket", bucket.bucket_name)
    imported.add_property_override("PolicyDocument", {"Statement": []})

    edge = cdk.Stack(app, "Edge", env=VIRGINIA, cross_region_references=True)
    certificate = aws_certificatemanager.Certificate(edge, "Certificate", domain_name="example.com")
    site = cdk.Stack(app, "Site", env=IRELAND, cross_region_references=True)
    origin = aws_cloudfront_origins.HttpOrigin("example.com")
    aws_cloudfront.Distribution(
        site,
        "Distribution",
        default_behavior=aws_cloudfront.BehaviorOptions(origin=origin),
        certificate=certificate,
        domain_names=["example.com"],
    )
    _weak(app)
    _included(app, out)
    app.synth()


def _weak(app: cdk.App) -> None:
    """Two stacks between which a value goes by Fn::GetStackOutput, as new projects have it."""
    producer = cdk.Stack(app, "Producer", env=IRELAND)
    consumer = cdk.Stack(app, "Consumer", env=IRELAND)
    consumer.node.set_context("@aws-cdk/core:defaultCrossStackReferences", "weak")
    queue = aws_sqs.Queue(producer, "Queue")
    redrive = aws_sqs.DeadLetterQueue(queue=queue, max_receive_count=5)
    aws_sqs.Queue(consumer, "Orders", dead_letter_queue=redrive)


def _included(app: cdk.App, out: Path) -> None:
    template = {"Resources": {"Legacy": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "legacy"}}}}
    file = out.parent / "legacy.template.json"
    file.write_text(json.dumps(template))
    stack = cdk.Stack(app, "Included", env=IRELAND)
    IncludedTemplate(stack, "Include", template_file=str(file))


def helpers(out: Path) -> None:
    """An app in which CDK makes its own functions, and the user has functions of similar names."""
    flags = {"@aws-cdk/aws-ec2:restrictDefaultSecurityGroup": True, "@aws-cdk/aws-lambda:useCdkManagedLogGroup": True}
    app = cdk.App(outdir=str(out), analytics_reporting=True, context=flags)
    stack = cdk.Stack(app, "Own", env=IRELAND, cross_region_references=True)
    users = {
        id_: _function(stack, id_) for id_ in ("Provider", "Handler", "LogRetentionChecker", "Framework", "OnEvent")
    }

    bucket = aws_s3.Bucket(stack, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True)
    destination = aws_s3_notifications.LambdaDestination(users["Provider"])
    bucket.add_event_notification(aws_s3.EventType.OBJECT_CREATED, destination)
    source = aws_s3_deployment.Source.data("key", "text")
    aws_s3_deployment.BucketDeployment(stack, "Deployment", sources=[source], destination_bucket=bucket)
    _function(stack, "Retained", log_retention=aws_logs.RetentionDays.ONE_WEEK)
    custom_resources.AwsCustomResource(
        stack,
        "Call",
        on_create=custom_resources.AwsSdkCall(
            service="S3", action="listBuckets", physical_resource_id=custom_resources.PhysicalResourceId.of("call")
        ),
        policy=custom_resources.AwsCustomResourcePolicy.from_sdk_calls(resources=["*"]),
    )
    aws_ec2.Vpc(stack, "Vpc", max_azs=1)
    aws_ecr.Repository(stack, "Images", removal_policy=cdk.RemovalPolicy.DESTROY, empty_on_delete=True)
    aws_iam.OpenIdConnectProvider(stack, "Oidc", url="https://example.com")
    provider = custom_resources.Provider(
        stack, "MyProvider", on_event_handler=users["OnEvent"], is_complete_handler=users["Handler"]
    )
    cdk.CustomResource(stack, "Mine", service_token=provider.service_token, resource_type="Custom::Mine")
    partition_key = aws_dynamodb.Attribute(name="id", type=aws_dynamodb.AttributeType.STRING)
    aws_dynamodb.Table(stack, "Table", partition_key=partition_key, replication_regions=["eu-west-2"])
    triggers.Trigger(stack, "Trigger", handler=users["Provider"])
    cdk.CfnJson(stack, "Json", value={"a": "b"})
    call = aws_events_targets.AwsApi(service="S3", action="listBuckets")
    aws_events.Rule(stack, "Rule", schedule=aws_events.Schedule.rate(cdk.Duration.days(1)), targets=[call])
    zone = aws_route53.PublicHostedZone(stack, "Zone", zone_name="example.com")
    address = aws_route53.RecordTarget.from_ip_addresses("192.0.2.1")
    aws_route53.ARecord(stack, "Record", zone=zone, target=address, delete_existing=True)
    # A custom resource whose handler the user wrote, and a singleton of the user's.
    folder = out.parent / "handler"
    folder.mkdir(exist_ok=True)
    (folder / "index.js").write_text("exports.handler = async () => {};")
    cdk.CustomResourceProvider.get_or_create(
        stack, "Custom::Theirs", code_directory=str(folder), runtime=cdk.CustomResourceProviderRuntime.NODEJS_20_X
    )
    aws_lambda.SingletonFunction(
        stack,
        "Singleton",
        uuid="00000000-1111-2222-3333-444444444444",
        runtime=aws_lambda.Runtime.PYTHON_3_12,
        handler="index.handler",
        code=aws_lambda.Code.from_inline("pass"),
    )
    app.synth()


def _function(stack: cdk.Stack, id_: str, log_retention: aws_logs.RetentionDays | None = None) -> aws_lambda.Function:
    return aws_lambda.Function(
        stack,
        id_,
        runtime=aws_lambda.Runtime.PYTHON_3_12,
        handler="index.handler",
        code=aws_lambda.Code.from_inline("pass"),
        log_retention=log_retention,
    )
