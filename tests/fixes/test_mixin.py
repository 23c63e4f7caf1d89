"""``ReadinessFixes`` on constructs: what it sets, what it leaves, what it tells."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import IConstruct

from readiness_pack import Assembly, ReadinessFixes, evaluate
from readiness_pack.errors import InputError
from readiness_pack.integrations.fixes import FIXES
from readiness_pack.rules import built_in
from tests.fixes.cases import CASES, SUBJECT

CONSENTED = [fix.rule for fix in FIXES if fix.consent]


@pytest.fixture
def app() -> cdk.App:
    return cdk.App(context={"@aws-cdk/core:validateAgainstDefaultRules": False})


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Shop")


def apply(scope: IConstruct, **arguments: Any) -> ReadinessFixes:
    fixes = ReadinessFixes(**arguments)
    cdk.Mixins.of(scope).apply(fixes)
    return fixes


def template(stack: cdk.Stack) -> dict[str, Any]:
    root = stack.node.root
    assert isinstance(root, cdk.App)
    found: dict[str, Any] = root.synth(force=True).get_stack_artifact(stack.artifact_id).template
    return found


def properties(stack: cdk.Stack, logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = template(stack)["Resources"][logical_id].get("Properties", {})
    return found


def fails(rule: str, written: dict[str, Any]) -> list[str | None]:
    report = evaluate(Assembly.from_template(written), [built_in()[rule]])
    return [one.logical_id for one in report.findings]


# Every fix -------------------------------------------------------------------------------------------------------------


def test_every_rule_passes_afterwards(app: cdk.App) -> None:
    """Each case in a stack of its own, as plain resources, in one app."""
    stacks: dict[str, cdk.Stack] = {}
    for number, case in enumerate(CASES):
        stack = stacks[str(case)] = cdk.Stack(app, f"Case{number}")
        for logical_id, resource in case.resources.items():
            made = cdk.CfnResource(stack, logical_id, type=resource["Type"], properties=resource.get("Properties", {}))
            made.override_logical_id(logical_id)
    fixes = apply(app, also=CONSENTED, alarm_topic="arn:aws:sns:eu-west-1:111122223333:ops", log_bucket="logs")
    assembly = app.synth()
    for case in CASES:
        written = assembly.get_stack_artifact(stacks[str(case)].artifact_id).template
        assert SUBJECT not in fails(case.rule, written), case
    assert {change.rule for change in fixes.changes} >= {case.rule for case in CASES} - {"TraceHopChainUnbroken"}
    assert fixes.left == ()


# What it is applied to -------------------------------------------------------------------------------------------------


def test_l1_l2_and_plain_resources(stack: cdk.Stack) -> None:
    kms.CfnKey(stack, "L1")
    kms.Key(stack, "L2")
    cdk.CfnResource(stack, "Plain", type="AWS::KMS::Key")
    apply(stack)
    resources = template(stack)["Resources"]
    keys = [one for one in resources.values() if one["Type"] == "AWS::KMS::Key"]
    assert [key["Properties"]["EnableKeyRotation"] for key in keys] == [True] * 3
    assert fails("KmsKeyRotationEnabled", template(stack)) == []


def test_one_construct_only(stack: cdk.Stack) -> None:
    key, other = kms.Key(stack, "Key"), kms.Key(stack, "Other")
    apply(key)
    assert "EnableKeyRotation" in properties(stack, stack.get_logical_id(_l1(key)))
    assert "EnableKeyRotation" not in properties(stack, stack.get_logical_id(_l1(other)))


def test_with_on_a_construct(stack: cdk.Stack) -> None:
    kms.CfnKey(stack, "Key").with_(ReadinessFixes())
    assert properties(stack, "Key")["EnableKeyRotation"] is True


def test_a_stage_and_nested_stacks(app: cdk.App) -> None:
    stage = cdk.Stage(app, "Prod")
    outer = cdk.Stack(stage, "Shop")
    nested = cdk.NestedStack(outer, "Orders")
    kms.CfnKey(outer, "Key")
    kms.CfnKey(nested, "Inner")
    fixes = apply(app)
    assert {change.construct_path for change in fixes.changes} == {"Prod/Shop/Key", "Prod/Shop/Orders/Inner"}
    app.synth()


def _l1(construct: IConstruct) -> cdk.CfnResource:
    child = construct.node.default_child
    assert isinstance(child, cdk.CfnResource)
    return child


# What the user says ----------------------------------------------------------------------------------------------------


def test_explicit_values_stand(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Rotate", default="false")
    kms.CfnKey(stack, "False", enable_key_rotation=False)
    kms.CfnKey(stack, "Token", enable_key_rotation=cdk.Token.as_any(parameter.value_as_string))
    cdk.CfnResource(stack, "Plain", type="AWS::KMS::Key", properties={"EnableKeyRotation": False})
    kms.CfnKey(stack, "Typed").add_property_override("EnableKeyRotation", False)
    cdk.CfnResource(stack, "Untyped", type="AWS::KMS::Key").add_property_override("EnableKeyRotation", False)
    fixes = apply(stack)
    assert not [change for change in fixes.changes if change.property_path == "EnableKeyRotation"]
    assert properties(stack, "Token")["EnableKeyRotation"] == {"Ref": "Rotate"}
    for name in ("False", "Plain", "Typed", "Untyped"):
        assert properties(stack, name)["EnableKeyRotation"] is False


def test_what_the_user_took_away_stays_away(stack: cdk.Stack) -> None:
    logs.LogGroup(stack, "ForEver", retention=logs.RetentionDays.INFINITE)
    emptied = logs.LogGroup(stack, "Emptied", retention=logs.RetentionDays.ONE_WEEK)
    plain = logs.CfnLogGroup(stack, "Plain", retention_in_days=7)
    for group in (emptied.node.default_child, plain):
        assert isinstance(group, cdk.CfnResource)
        group.add_property_deletion_override("RetentionInDays")
    logs.CfnLogGroup(stack, "Nobody")
    key = kms.Key(stack, "Key", enable_key_rotation=True).node.default_child
    assert isinstance(key, cdk.CfnResource)
    key.add_property_deletion_override("EnableKeyRotation")
    fixes = apply(stack)
    set_ = [change.construct_path for change in fixes.changes if change.property_path == "RetentionInDays"]
    assert set_ == ["Shop/Nobody"]
    assert not any(change.property_path == "EnableKeyRotation" for change in fixes.changes)
    groups = [r for r in template(stack)["Resources"].values() if r["Type"] == "AWS::Logs::LogGroup"]
    assert [group.get("Properties", {}).get("RetentionInDays") for group in groups] == [None, None, None, 365]


def test_a_part_of_an_object_is_filled_up(stack: cdk.Stack) -> None:
    block = s3.CfnBucket.PublicAccessBlockConfigurationProperty(block_public_acls=False)
    s3.CfnBucket(stack, "Bucket", public_access_block_configuration=block)
    apply(stack)
    assert properties(stack, "Bucket")["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": False,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }


def test_removal_policies_stand(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Scratch", removal_policy=cdk.RemovalPolicy.DESTROY)
    later = s3.CfnBucket(stack, "Later")
    apply(stack)
    later.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    buckets = [one for one in template(stack)["Resources"].values() if one["Type"] == "AWS::S3::Bucket"]
    assert [bucket["DeletionPolicy"] for bucket in buckets] == ["Delete", "Delete"]


def test_a_later_value_stands(stack: cdk.Stack) -> None:
    typed, overridden = kms.CfnKey(stack, "Typed"), kms.CfnKey(stack, "Overridden")
    both = kms.CfnKey(stack, "Both")
    fixes = apply(stack)
    typed.enable_key_rotation = False
    overridden.add_property_override("EnableKeyRotation", False)
    both.enable_key_rotation = True
    both.add_property_override("EnableKeyRotation", False)
    for _ in range(2):  # a second synthesis comes to the same
        for name in ("Typed", "Overridden", "Both"):
            assert properties(stack, name)["EnableKeyRotation"] is False, name
    rotated = [one.logical_id for one in fixes.changes if one.property_path == "EnableKeyRotation"]
    assert rotated == ["Overridden", "Both"]


def test_what_an_l2_adds_later_to_a_list_stays(stack: cdk.Stack) -> None:
    balancer = elbv2.ApplicationLoadBalancer(stack, "Balancer", vpc=ec2.Vpc(stack, "Vpc"))
    apply(stack, only=["AlbHardeningAttributes"])
    apply(stack, only=["DeletionProtectionEnabled"])  # off already, explicitly: the L2 writes it
    balancer.set_attribute("idle_timeout.timeout_seconds", "99")
    attributes = properties(stack, stack.get_logical_id(_l1(balancer)))["LoadBalancerAttributes"]
    assert {one["Key"]: one["Value"] for one in attributes} == {
        "deletion_protection.enabled": "false",
        "idle_timeout.timeout_seconds": "99",
        "routing.http.drop_invalid_header_fields.enabled": "true",
    }


def test_two_mixins_write_to_one_list(stack: cdk.Stack) -> None:
    balancer = elbv2.CfnLoadBalancer(stack, "Balancer")
    apply(stack, only=["AlbHardeningAttributes"])
    apply(stack, only=["DeletionProtectionEnabled"])
    balancer.load_balancer_attributes = [
        elbv2.CfnLoadBalancer.LoadBalancerAttributeProperty(key="idle_timeout.timeout_seconds", value="99")
    ]
    attributes = properties(stack, "Balancer")["LoadBalancerAttributes"]
    assert {one["Key"]: one["Value"] for one in attributes} == {
        "deletion_protection.enabled": "true",
        "idle_timeout.timeout_seconds": "99",
        "routing.http.drop_invalid_header_fields.enabled": "true",
    }


def test_replicas_of_an_l2_table(stack: cdk.Stack) -> None:
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    dynamodb.TableV2(stack, "Table", partition_key=key)
    apply(stack)
    assert fails("DynamoDbPointInTimeRecovery", template(stack)) == []
    assert fails("DeletionProtectionEnabled", template(stack)) == []


def test_a_second_time_changes_nothing(stack: cdk.Stack) -> None:
    bucket, queue = s3.Bucket(stack, "Bucket"), sqs.CfnQueue(stack, "Queue")
    fixes = apply(stack)
    before = template(stack)
    count = len(fixes.changes)
    cdk.Mixins.of(stack).apply(fixes)
    assert len(fixes.changes) == count
    assert apply(stack).changes == ()
    assert template(stack) == before
    del bucket, queue


# Policies --------------------------------------------------------------------------------------------------------------

TLS = (
    "S3BucketPolicyDeniesInsecureTransport",
    "S3BucketPolicyRequiresMinimumTls",
    "SqsQueuePolicyDeniesInsecureTransport",
    "SnsTopicDeniesInsecurePublish",
)


def assert_tls(stack: cdk.Stack) -> dict[str, Any]:
    written = template(stack)
    for rule in TLS:
        assert fails(rule, written) == [], rule
    resources: dict[str, Any] = written["Resources"]
    return resources


def test_policies_of_l1_and_l2(stack: cdk.Stack) -> None:
    s3.CfnBucket(stack, "CfnBucket")
    sqs.CfnQueue(stack, "CfnQueue")
    sns.CfnTopic(stack, "CfnTopic")
    s3.Bucket(stack, "Bucket")
    sqs.Queue(stack, "Queue")
    sns.Topic(stack, "Topic")
    apply(stack, only=TLS)
    assert_tls(stack)


def test_what_is_granted_later_goes_into_the_same_policy(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket")
    apply(stack)
    bucket.grant_read(iam.AccountPrincipal("222222222222"))
    policies = [one for one in assert_tls(stack).values() if one["Type"] == "AWS::S3::BucketPolicy"]
    assert len(policies) == 1
    assert len(policies[0]["Properties"]["PolicyDocument"]["Statement"]) == 3


def test_statements_are_added_to_a_policy_that_is_there(stack: cdk.Stack) -> None:
    bucket = s3.CfnBucket(stack, "Bucket")
    document = iam.PolicyDocument()
    s3.CfnBucketPolicy(stack, "Policy", bucket=bucket.ref, policy_document=document)
    document.add_statements(_reading(bucket))
    apply(stack)
    document.add_statements(_reading(bucket, "s3:ListBucket"))
    statements = assert_tls(stack)["Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert [one["Action"] for one in statements] == ["s3:GetObject", "s3:ListBucket", "s3:*", "s3:*"]


def _reading(bucket: s3.CfnBucket, action: str = "s3:GetObject") -> iam.PolicyStatement:
    principal = iam.AccountPrincipal("222222222222")
    return iam.PolicyStatement(principals=[principal], actions=[action], resources=[bucket.attr_arn])


def test_queues_share_a_policy(stack: cdk.Stack) -> None:
    queues = [sqs.CfnQueue(stack, f"Queue{number}") for number in range(2)]
    sqs.CfnQueuePolicy(stack, "Policy", queues=[queue.ref for queue in queues], policy_document={"Statement": []})
    apply(stack)
    statements = assert_tls(stack)["Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert [one["Resource"] for one in statements] == [{"Fn::GetAtt": [f"Queue{number}", "Arn"]} for number in range(2)]


def test_a_policy_of_the_users_own_beside_an_l2(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket")
    s3.CfnBucketPolicy(stack, "Own", bucket=bucket.bucket_name, policy_document={"Statement": []})
    apply(stack)
    policies = [one for one in assert_tls(stack).values() if one["Type"] == "AWS::S3::BucketPolicy"]
    assert len(policies) == 1


def test_a_policy_that_is_a_function_is_left(stack: cdk.Stack) -> None:
    bucket = s3.CfnBucket(stack, "Bucket")
    parameter = cdk.CfnParameter(stack, "Document")
    s3.CfnBucketPolicy(stack, "Policy", bucket=bucket.ref, policy_document=cdk.Token.as_any(parameter.value_as_string))
    fixes = apply(stack)
    assert properties(stack, "Policy")["PolicyDocument"] == {"Ref": "Document"}
    assert fixes.left == ()  # nobody can tell whether it lacks anything


def test_a_first_topic_policy_takes_nobodys_rights(stack: cdk.Stack) -> None:
    sns.CfnTopic(stack, "Topic")
    apply(stack)
    statements = properties(stack, "TopicTlsPolicy")["PolicyDocument"]["Statement"]
    assert [one["Effect"] for one in statements] == ["Allow", "Deny"]
    assert statements[0]["Condition"] == {"StringEquals": {"AWS:SourceOwner": {"Ref": "AWS::AccountId"}}}


def test_conditions(stack: cdk.Stack) -> None:
    condition = cdk.CfnCondition(stack, "IsProd", expression=cdk.Fn.condition_equals(cdk.Aws.REGION, "eu-west-1"))
    bucket = s3.CfnBucket(stack, "Bucket")
    bucket.cfn_options.condition = condition
    _l1(s3.Bucket(stack, "L2")).cfn_options.condition = condition
    fixes = apply(stack, only=TLS)
    policies = [one for one in template(stack)["Resources"].values() if one["Type"] == "AWS::S3::BucketPolicy"]
    assert [policy["Condition"] for policy in policies] == ["IsProd"]
    assert [text for text in fixes.left if "Shop/L2/Resource: not fixed for" in text and "Condition" in text]


# Rights ----------------------------------------------------------------------------------------------------------------


def _function(stack: cdk.Stack, name: str, role: str) -> lambda_.CfnFunction:
    code = lambda_.CfnFunction.CodeProperty(zip_file="x")
    return lambda_.CfnFunction(stack, name, code=code, role=role, handler="index.handler", runtime="python3.13")


def test_a_traced_function_may_send_traces(stack: cdk.Stack) -> None:
    code = lambda_.Code.from_inline("x")
    lambda_.Function(stack, "L2", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", code=code)
    role = iam.CfnRole(stack, "Role", assume_role_policy_document={"Statement": []})
    _function(stack, "L1", role.attr_arn)
    apply(stack)
    resources = template(stack)["Resources"]
    policies = [one for one in resources.values() if one["Type"] == "AWS::IAM::Policy"]
    for policy in policies:
        assert "xray:PutTraceSegments" in str(policy["Properties"]["PolicyDocument"])
    assert len(policies) == 2
    assert resources["L1"]["DependsOn"] == ["L1TracingPolicy"]
    assert resources["L1"]["Properties"]["TracingConfig"] == {"Mode": "Active"}


def test_a_function_whose_role_is_elsewhere_is_left(stack: cdk.Stack) -> None:
    _function(stack, "Function", "arn:aws:iam::111122223333:role/service")
    fixes = apply(stack)
    assert "TracingConfig" not in properties(stack, "Function")
    assert len(fixes.left) == 1
    assert "its role is not in its stack" in fixes.left[0]


def test_a_state_machine(stack: cdk.Stack) -> None:
    body = sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "Pass"))
    sfn.StateMachine(stack, "Flow", definition_body=body)
    apply(stack)
    assert fails("ApiAndWorkflowTracing", template(stack)) == []
    assert "xray:GetSamplingRules" in str(template(stack))


def test_what_cdk_makes_by_itself_is_left(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Bucket", auto_delete_objects=True, removal_policy=cdk.RemovalPolicy.DESTROY)
    apply(stack)
    functions = [one for one in template(stack)["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    assert ["TracingConfig" in one["Properties"] for one in functions] == [False]


# Arguments -------------------------------------------------------------------------------------------------------------


def test_log_bucket(stack: cdk.Stack) -> None:
    logs, bucket = s3.Bucket(stack, "Logs"), s3.CfnBucket(stack, "Bucket")
    fixes = apply(stack, log_bucket=logs)
    logs_id = stack.get_logical_id(_l1(logs))
    assert properties(stack, "Bucket")["LoggingConfiguration"] == {"DestinationBucketName": {"Ref": logs_id}}
    assert "LoggingConfiguration" not in properties(stack, logs_id)
    assert "logging.s3.amazonaws.com" in str(template(stack))
    assert [one.value for one in fixes.changes if one.rule == "S3ServerAccessLogging"] == [{"Ref": logs_id}]
    del bucket


def test_a_log_bucket_in_another_stack(app: cdk.App, stack: cdk.Stack) -> None:
    logs = s3.Bucket(cdk.Stack(app, "Central"), "Logs")
    s3.CfnBucket(stack, "Bucket")
    apply(stack, log_bucket=logs)
    assert "Fn::ImportValue" in str(properties(stack, "Bucket")["LoggingConfiguration"])


def test_alarm_topic(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Ops")
    cdk.aws_cloudwatch.CfnAlarm(stack, "Alarm", comparison_operator="GreaterThanThreshold", evaluation_periods=1)
    apply(stack)
    assert "AlarmActions" not in properties(stack, "Alarm")
    apply(stack, alarm_topic=topic)
    assert properties(stack, "Alarm")["AlarmActions"] == [{"Ref": stack.get_logical_id(_l1(topic))}]


def test_days(stack: cdk.Stack) -> None:
    cdk.aws_logs.CfnLogGroup(stack, "Group")
    apply(stack, log_retention_days=731)
    assert properties(stack, "Group")["RetentionInDays"] == 731


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"log_retention_days": 366}, "log_retention_days: 366 is none of 1, 3, 5"),
        ({"log_retention_days": None}, "log_retention_days: None is none of"),
        ({"database_backup_days": 0}, "database_backup_days: 0 is not between 1 and 35"),
        ({"database_backup_days": "7"}, "database_backup_days: '7' is not between"),
        ({"only": ["KmsKeyRotationEnable"]}, "only: there is no rule or item 'KmsKeyRotationEnable'. Did you mean"),
        ({"without": ["Nothing*"]}, "without: there is no rule or item 'Nothing*'"),
        ({"also": ["StackTerminationProtection"]}, "also: 'StackTerminationProtection' has no fix: a stack does not"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        ReadinessFixes(**arguments)


def test_one_name_as_text(stack: cdk.Stack) -> None:
    kms.CfnKey(stack, "Key")
    assert {one.rule for one in apply(stack, only="KmsKeyRotationEnabled").changes} == {"KmsKeyRotationEnabled"}


# What it tells ---------------------------------------------------------------------------------------------------------


def _said(app: cdk.App) -> list[str]:
    return [str(message.entry.data) for stack in app.synth(force=True).stacks for message in stack.messages]


def test_changes_are_shown_on_constructs(app: cdk.App, stack: cdk.Stack) -> None:
    kms.CfnKey(stack, "Key")
    apply(stack, only=["KmsKeyRotationEnabled"])
    said = [text for text in _said(app) if "ReadinessFixes" in text]
    assert said == ["ReadinessFixes: EnableKeyRotation set to true (KmsKeyRotationEnabled)"]


def test_annotations_can_be_left_out(app: cdk.App, stack: cdk.Stack) -> None:
    kms.CfnKey(stack, "Key")
    _function(stack, "Function", "arn:aws:iam::111122223333:role/service")
    apply(stack, annotate=False)
    assert not [text for text in _said(app) if "ReadinessFixes" in text]


def test_an_app_that_is_not_complete(stack: cdk.Stack) -> None:
    kms.CfnKey(stack, "Key")

    @jsii.implements(cdk.IStableStringProducer)
    class NotYet:
        def produce(self) -> str:
            raise ValueError("name it first")

    cdk.CfnOutput(stack, "Name", value=cdk.Lazy.string(NotYet()))
    with pytest.raises(RuntimeError, match="cannot read stack Shop; apply it when the app is complete"):
        apply(stack)


def test_as_an_aspect(stack: cdk.Stack) -> None:
    cdk.Aspects.of(stack).add(cdk.Shims.as_aspect(ReadinessFixes()))
    kms.CfnKey(stack, "Key")
    assert properties(stack, "Key")["EnableKeyRotation"] is True
