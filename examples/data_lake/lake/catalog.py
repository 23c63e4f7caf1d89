"""The catalogue: encrypted, filled by a crawler, and refined by a nightly job whose failure reaches on-call."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from lake import settings
from lake.alarms import OnCall
from lake.store_stack import LakeStoreStack

DATABASE = "freight"
JOB = "lake-refine"
SCRIPT = "scripts/refine.py"


class Catalog(Construct):
    """The database, the crawler, the job, and the role of both."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        store: LakeStoreStack,
        key: kms.Key,
        log: logs.ILogGroup,
        on_call: OnCall,
    ) -> None:
        super().__init__(scope, construct_id)
        self._encrypt_catalog(key)
        security = self._security_configuration(key)
        self.role = self._role(store, key, log)
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=settings.ACCOUNT,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=DATABASE, location_uri=f"s3://{store.curated.bucket_name}/{DATABASE}/"
            ),
        )
        self._crawler(store, security)
        self._job(store, security, log)
        self._report_failures(on_call)

    def _encrypt_catalog(self, key: kms.Key) -> None:
        settings_type = glue.CfnDataCatalogEncryptionSettings
        settings_type(
            self,
            "Encryption",
            catalog_id=settings.ACCOUNT,
            data_catalog_encryption_settings=settings_type.DataCatalogEncryptionSettingsProperty(
                encryption_at_rest=settings_type.EncryptionAtRestProperty(
                    catalog_encryption_mode="SSE-KMS", sse_aws_kms_key_id=key.key_arn
                ),
                connection_password_encryption=settings_type.ConnectionPasswordEncryptionProperty(
                    return_connection_password_encrypted=True, kms_key_id=key.key_arn
                ),
            ),
        )

    def _security_configuration(self, key: kms.Key) -> glue.CfnSecurityConfiguration:
        kind = glue.CfnSecurityConfiguration
        return kind(
            self,
            "Security",
            name="lake",
            encryption_configuration=kind.EncryptionConfigurationProperty(
                s3_encryptions=[kind.S3EncryptionProperty(s3_encryption_mode="SSE-KMS", kms_key_arn=key.key_arn)],
                cloud_watch_encryption=kind.CloudWatchEncryptionProperty(
                    cloud_watch_encryption_mode="SSE-KMS", kms_key_arn=key.key_arn
                ),
                job_bookmarks_encryption=kind.JobBookmarksEncryptionProperty(
                    job_bookmarks_encryption_mode="CSE-KMS", kms_key_arn=key.key_arn
                ),
            ),
        )

    def _role(self, store: LakeStoreStack, key: kms.Key, log: logs.ILogGroup) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            description="Crawls the raw zone and refines it",
            assumed_by=iam.ServicePrincipal(
                "glue.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": settings.ACCOUNT}}
            ),
        )
        store.raw.grant_read(role)
        store.curated.grant_read_write(role)
        key.grant_encrypt_decrypt(role)
        log.grant_write(role)
        stack = Stack.of(self)
        tables = [
            f"arn:aws:glue:{stack.region}:{stack.account}:{what}"
            for what in ("catalog", f"database/{DATABASE}", f"table/{DATABASE}/*")
        ]
        role.add_to_policy(
            iam.PolicyStatement(
                sid="Catalog",
                actions=[
                    "glue:GetDatabase",
                    "glue:GetTable",
                    "glue:GetTables",
                    "glue:CreateTable",
                    "glue:UpdateTable",
                    "glue:GetPartitions",
                    "glue:BatchGetPartition",
                    "glue:BatchCreatePartition",
                ],
                resources=tables,
            )
        )
        return role

    def _crawler(self, store: LakeStoreStack, security: glue.CfnSecurityConfiguration) -> None:
        glue.CfnCrawler(
            self,
            "Crawler",
            role=self.role.role_arn,
            database_name=self.database.ref,
            crawler_security_configuration=security.ref,
            schedule=glue.CfnCrawler.ScheduleProperty(schedule_expression="cron(0 1 * * ? *)"),
            targets=glue.CfnCrawler.TargetsProperty(
                s3_targets=[glue.CfnCrawler.S3TargetProperty(path=f"s3://{store.raw.bucket_name}/events/")]
            ),
            schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(
                update_behavior="LOG", delete_behavior="LOG"
            ),
            tags=settings.TAGS,
        )

    def _job(self, store: LakeStoreStack, security: glue.CfnSecurityConfiguration, log: logs.ILogGroup) -> None:
        arguments: dict[str, Any] = {
            "--job-bookmark-option": "job-bookmark-enable",
            "--enable-metrics": "true",
            "--enable-observability-metrics": "true",
            "--enable-continuous-cloudwatch-log": "true",
            "--continuous-log-logGroup": log.log_group_name,
            "--source": f"s3://{store.raw.bucket_name}/events/",
            "--target": f"s3://{store.curated.bucket_name}/{DATABASE}/",
        }
        job = glue.CfnJob(
            self,
            "Refine",
            name=JOB,
            role=self.role.role_arn,
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=f"s3://{store.curated.bucket_name}/{SCRIPT}"
            ),
            glue_version="5.0",
            worker_type="G.1X",
            number_of_workers=10,
            timeout=120,
            max_retries=1,
            execution_property=glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=1),
            security_configuration=security.ref,
            default_arguments=arguments,
            tags=settings.TAGS,
        )
        glue.CfnTrigger(
            self,
            "Nightly",
            type="SCHEDULED",
            schedule="cron(0 2 * * ? *)",
            start_on_creation=True,
            actions=[glue.CfnTrigger.ActionProperty(job_name=job.ref)],
            tags=settings.TAGS,
        )

    def _report_failures(self, on_call: OnCall) -> None:
        """Glue tells of a failed job as an event: https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html."""
        events.Rule(
            self,
            "RefineFailed",
            description="The nightly refinement failed",
            event_pattern=events.EventPattern(
                source=["aws.glue"],
                detail_type=["Glue Job State Change"],
                detail={"jobName": [JOB], "state": ["FAILED", "TIMEOUT", "ERROR"]},
            ),
            targets=[targets.SnsTopic(on_call.topic)],
        )
