"""Who may ask what: a workgroup with limits, and the permissions of Lake Formation."""

from __future__ import annotations

from aws_cdk import CfnTag
from aws_cdk import aws_athena as athena
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct

from lake import settings
from lake.catalog import DATABASE, Catalog
from lake.store_stack import LakeStoreStack

BYTES_A_QUERY = 200 * 1024**3


class Queries(Construct):
    """The workgroup of the analysts, and their rights on the curated tables."""

    def __init__(
        self, scope: Construct, construct_id: str, *, store: LakeStoreStack, catalog: Catalog, key: kms.Key
    ) -> None:
        super().__init__(scope, construct_id)
        self._workgroup(store, key)
        self._permissions(store, catalog)

    def _workgroup(self, store: LakeStoreStack, key: kms.Key) -> None:
        group = athena.CfnWorkGroup
        group(
            self,
            "Analysts",
            name="analysts",
            description="Questions on the curated zone",
            work_group_configuration=group.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                requester_pays_enabled=False,
                bytes_scanned_cutoff_per_query=BYTES_A_QUERY,
                result_configuration=group.ResultConfigurationProperty(
                    output_location=f"s3://{store.results.bucket_name}/analysts/",
                    expected_bucket_owner=settings.ACCOUNT,
                    encryption_configuration=group.EncryptionConfigurationProperty(
                        encryption_option="SSE_KMS", kms_key=key.key_arn
                    ),
                ),
            ),
            tags=[CfnTag(key=name, value=value) for name, value in settings.TAGS.items()],
        )

    def _permissions(self, store: LakeStoreStack, catalog: Catalog) -> None:
        """Nobody has rights by IAM alone: without default permissions, Lake Formation decides."""
        administrators = lakeformation.CfnDataLakeSettings(
            self,
            "Settings",
            admins=[
                lakeformation.CfnDataLakeSettings.DataLakePrincipalProperty(
                    data_lake_principal_identifier=settings.ADMINISTRATORS
                )
            ],
            create_database_default_permissions=[],
            create_table_default_permissions=[],
        )
        access = iam.Role(
            self,
            "Access",
            description="Lends access to the curated zone to whom Lake Formation lets in",
            assumed_by=iam.ServicePrincipal(
                "lakeformation.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": settings.ACCOUNT}}
            ),
        )
        store.curated.grant_read(access, f"{DATABASE}/*")
        location = lakeformation.CfnResource(
            self,
            "Location",
            resource_arn=f"{store.curated.bucket_arn}/{DATABASE}",
            use_service_linked_role=False,
            role_arn=access.role_arn,
        )
        location.add_resource_dependency(administrators)
        rights = lakeformation.CfnPrincipalPermissions
        select = rights(
            self,
            "AnalystsMaySelect",
            principal=rights.DataLakePrincipalProperty(data_lake_principal_identifier=settings.ANALYSTS),
            permissions=["SELECT", "DESCRIBE"],
            permissions_with_grant_option=[],
            resource=rights.ResourceProperty(
                table=rights.TableResourceProperty(
                    catalog_id=settings.ACCOUNT, database_name=catalog.database.ref, table_wildcard={}
                )
            ),
        )
        select.add_resource_dependency(location)
