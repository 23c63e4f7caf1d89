"""CodeBuild and CodePipeline."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from constructs import Construct

from tests.false_alarms.stacks.storage import StorageStack

CONNECTION = "arn:aws:codeconnections:eu-west-1:111111111111:connection/00000000-0000-4000-8000-000000000000"


class DeliveryStack(cdk.Stack):
    """Owns how code reaches production."""

    def __init__(
        self, scope: Construct, construct_id: str, *, env: cdk.Environment | None, storage: StorageStack
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        source, built = codepipeline.Artifact("Source"), codepipeline.Artifact("Built")
        project = codebuild.PipelineProject(
            self,
            "Build",
            build_spec=codebuild.BuildSpec.from_object(
                {
                    "version": "0.2",
                    "phases": {"build": {"commands": ["make dist"]}},
                    "artifacts": {"files": ["**/*"], "base-directory": "dist"},
                }
            ),
        )
        storage.repository.grant_pull_push(project)
        codepipeline.Pipeline(
            self,
            "Pipeline",
            stages=[
                codepipeline.StageProps(
                    stage_name="Source",
                    actions=[
                        actions.CodeStarConnectionsSourceAction(
                            action_name="GitHub", owner="shop", repo="shop", output=source, connection_arn=CONNECTION
                        )
                    ],
                ),
                codepipeline.StageProps(
                    stage_name="Build",
                    actions=[
                        actions.CodeBuildAction(action_name="Build", input=source, outputs=[built], project=project)
                    ],
                ),
                codepipeline.StageProps(
                    stage_name="Production",
                    actions=[
                        actions.ManualApprovalAction(action_name="Approve", run_order=1),
                        actions.CloudFormationCreateUpdateStackAction(
                            action_name="Deploy",
                            stack_name="shop",
                            admin_permissions=False,
                            template_path=built.at_path("shop.template.json"),
                            run_order=2,
                        ),
                    ],
                ),
            ],
        )
