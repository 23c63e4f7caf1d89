"""Every fix is Python that the installed aws-cdk-lib knows: modules, classes, members and keywords exist."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from importlib import import_module
from typing import Any

import aws_cdk
import pytest

from readiness_pack.checklist import load

ALIASES = {
    "acm": "aws_certificatemanager",
    "apigwv2": "aws_apigatewayv2",
    "authorizers": "aws_apigatewayv2_authorizers",
    "cw_actions": "aws_cloudwatch_actions",
    "destinations": "aws_lambda_destinations",
    "elb": "aws_elasticloadbalancing",
    "elbv2": "aws_elasticloadbalancingv2",
    "event_sources": "aws_lambda_event_sources",
    "firehose": "aws_kinesisfirehose",
    "integrations": "aws_apigatewayv2_integrations",
    "lambda_": "aws_lambda",
    "opensearch": "aws_opensearchservice",
    "origins": "aws_cloudfront_origins",
    "pipelines": "pipelines",
    "scheduler_targets": "aws_scheduler_targets",
    "sfn": "aws_stepfunctions",
    "subs": "aws_sns_subscriptions",
    "targets": "aws_events_targets",
    "tasks": "aws_stepfunctions_tasks",
}
# Where the methods that fixes call on the user's own objects may come from, beside the modules that fixes name.
COMMON = [
    "apigateway",
    "applicationautoscaling",
    "autoscaling",
    "backup",
    "cloudfront",
    "cloudwatch",
    "cognito",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "efs",
    "eks",
    "events",
    "iam",
    "kms",
    "lambda_",
    "logs",
    "rds",
    "route53",
    "s3",
    "secretsmanager",
    "sfn",
    "sns",
    "sqs",
    "synthetics",
    "wafv2",
    "elbv2",
    "codedeploy",
    "codebuild",
    "codepipeline",
]
FIXES = [(name, spec.fix) for name, (_, spec) in load().rules.items() if spec.fix]


def module_of(alias: str) -> Any:
    """The module behind an alias as CDK's documentation writes it, ``None`` for a name of the user's."""
    for name in (ALIASES.get(alias), f"aws_{alias}"):
        if name is not None:
            try:
                return import_module(f"aws_cdk.{name}")
            except ModuleNotFoundError:
                continue
    return None


@cache
def methods() -> dict[str, list[Any]]:
    """Method name -> the methods of that name in the modules that fixes mention."""
    modules = [aws_cdk, *(module_of(alias) for alias in COMMON)]
    for _, fix in FIXES:
        for node in ast.walk(ast.parse(fix)):
            if isinstance(node, ast.Name):
                module = module_of(node.id)
                if module is not None and module not in modules:
                    modules.append(module)
    found: dict[str, list[Any]] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type):
                for name, member in inspect.getmembers(value):
                    if not name.startswith("_"):
                        found.setdefault(name, []).append(member)
    return found


def accepted(target: Any) -> set[str] | None:
    """The keywords that a class or function takes, ``None`` where it takes any."""
    function = vars(target).get("__init__", target) if isinstance(target, type) else target
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return {parameter.name for parameter in parameters}


def resolved(node: ast.expr) -> Any:
    """The object of the library that an expression names; ``None`` for what the user has."""
    if isinstance(node, ast.Name):
        if hasattr(aws_cdk, node.id) and node.id[0].isupper():
            return getattr(aws_cdk, node.id)
        return module_of(node.id)
    if isinstance(node, ast.Attribute):
        owner = resolved(node.value)
        if owner is None:
            return None
        assert hasattr(owner, node.attr), f"{ast.unparse(node)} does not exist"
        found = getattr(owner, node.attr)
        return found if isinstance(owner, type) or inspect.ismodule(owner) else None
    return None


def check(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            resolved(node)
        if not isinstance(node, ast.Call):
            continue
        keywords = {keyword.arg for keyword in node.keywords if keyword.arg}
        target = resolved(node.func)
        if target is not None:
            known = accepted(target)
            assert known is None or keywords <= known, f"{ast.unparse(node.func)} has no {sorted(keywords - known)}"
        elif isinstance(node.func, ast.Attribute):
            candidates = methods().get(node.func.attr, [])
            assert candidates, f"no method is called {node.func.attr}"
            known_sets = [accepted(member) for member in candidates if callable(member)]
            assert any(known is None or keywords <= known for known in known_sets), (
                f"no method {node.func.attr} takes {sorted(keywords)}"
            )
        else:
            assert isinstance(node.func, ast.Name)
            assert hasattr(aws_cdk, node.func.id), f"{node.func.id} does not exist"


@pytest.mark.parametrize(("name", "fix"), FIXES, ids=[name for name, _ in FIXES])
def test_fix_exists_in_the_library(name: str, fix: str) -> None:
    check(ast.parse(fix))


@pytest.mark.parametrize(
    "wrong",
    [
        's3.Bucket(self, "B", encrypted=True)',
        "s3.Buckett(self)",
        "s3.BucketEncryption.NONE_SUCH",
        "vpc.add_flow_logs()",
        "vpc.add_flow_log('x', traffic='all')",
        "Tag.of(app)",
        "s3.Bucket.from_nowhere()",
    ],
)
def test_what_does_not_exist_is_found(wrong: str) -> None:
    with pytest.raises(AssertionError):
        check(ast.parse(wrong))


def test_a_fix_that_is_no_python_is_found() -> None:
    with pytest.raises(SyntaxError):
        check(ast.parse("s3.Bucket(...) with TLS"))
