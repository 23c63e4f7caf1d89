"""Recognising what the CDK itself makes: helper functions of its constructs, with their roles, policies and log groups.

Users cannot configure most of it, so findings on it are reported apart. It is recognised by the construct path that CDK
records, and by the shape of the logical id where no path is known. The ids are those of aws-cdk-lib (``core``,
``custom-resources``, ``aws-lambda``, ``aws-s3-deployment``, ``aws-eks`` and others); each is spelled out, so that a
user's own function called ``Provider`` or ``Handler``, or a user's own ``SingletonFunction``, is never taken for one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly
    from readiness_pack.template.resource import Resource
    from readiness_pack.template.stack import Stack

# Singleton functions carry a fixed UUID in their id.
_SINGLETONS = (
    "679f53fac002430cb0da5b7982bd2287",  # AwsCustomResource
    "aae0aa3c5b4d4f87b02d85b201efdd8a",  # LogRetention
    "050a0587b7544547bf325f094a3db834",  # BucketNotificationsHandler
    "8693BB64968944B69AAFB0CC9EB8756C",  # BucketDeployment
    "b4cf1abd4e4f4bc699441af7ccd9ec37",  # AwsApi of aws-events-targets
    "8a0c93f3dbef4b71ac137aaf2048ce7e",  # CallAwsServiceCrossRegion
    "8693BB64968944B69AAFB0CC9EB8757C",  # EmrContainersStartJobRun
    "224e77f9a32e4b4dac32983477abba16",  # DropSpamReceiptRule
)

# Ids of CustomResourceProvider: a Role and a Handler below each, once a stack.
_PROVIDERS = (
    *("Custom::S3AutoDeleteObjects", "Custom::ECRAutoDeleteImages", "Custom::SyntheticsAutoDeleteUnderlyingResources"),
    *("Custom::VpcRestrictDefaultSG", "Custom::AWSCDKOpenIdConnectProvider", "Custom::CrossAccountZoneDelegation"),
    *("Custom::CrossRegionExportReader", "Custom::CrossRegionExportWriter", "Custom::CrossRegionStringParameterReader"),
    *("Custom::DeleteExistingRecordSet", "Custom::GluePartitionIndex"),
    *("AWSCDK.TriggerCustomResourceProvider", "AWSCDKCfnUtilsProvider"),
)

# Custom resources that only carry out what a property of another construct says.
_TYPES = frozenset(
    (
        *("AWS::CDK::Metadata", "Custom::S3AutoDeleteObjects", "Custom::ECRAutoDeleteImages", "Custom::LogRetention"),
        *("Custom::SyntheticsAutoDeleteUnderlyingResources", "Custom::VpcRestrictDefaultSG", "Custom::AWSCDKCfnJson"),
        *("Custom::CDKBucketDeployment", "Custom::S3BucketNotifications", "Custom::AWSCDKCfnJsonStringify"),
        *("Custom::CrossRegionExportReader", "Custom::CrossRegionExportWriter", "Custom::DeleteExistingRecordSet"),
        *("Custom::CrossRegionStringParameterReader", "Custom::CrossAccountZoneDelegation"),
    )
)


def _alternatives(names: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, names))


_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")
_PROVIDER_IDS = tuple(_ALPHANUMERIC.sub("", name) for name in _PROVIDERS)

_PATH = re.compile(
    rf"(?:{_alternatives(_SINGLETONS)})"
    rf"|/(?:{_alternatives(_PROVIDERS)})CustomResourceProvider/"
    r"|/framework-(?:onEvent|isComplete|onTimeout)/|/waiter-state-machine/"
    r"|/@aws-cdk--aws-[a-z0-9-]+\.\w+Provider(?:\.NestedStack)?/"
    r"|-KubectlProvider\.NestedStack/"
    r"|/Notifications/HandlerPolicy/|/AwsCliLayer/Resource\Z"
    r"|/CDKMetadata/Default\Z"
    r"|/cross-account-zone-delegation-handler-role/"
    r"|/Publish/GetStackOutput(?:Role|Policy)\Z"
    r"|/SourceTableAttachedManagedPolicy-"  # lets the DynamoDB ReplicaProvider at the table
    r"|/Eval[0-9a-f]{32}/",  # EvaluateExpression of aws-stepfunctions-tasks, one a runtime
    re.IGNORECASE,
)

_SUFFIX = r"(?:ServiceRole|ServiceRoleDefaultPolicy|LogGroup|Role|RoleDefaultPolicy)?[0-9A-F]{8}\Z"
_LOGICAL_ID = re.compile(
    rf"(?:{_alternatives(_SINGLETONS)})"
    rf"|\A(?:{_alternatives(_PROVIDER_IDS)})CustomResourceProvider(?:Role|Handler)[0-9A-F]{{8}}\Z"
    rf"|framework(?:onEvent|isComplete|onTimeout){_SUFFIX}|waiterstatemachine{_SUFFIX}"
    r"|\Aawscdkaws\w+ProviderNestedStackawscdkaws\w+NestedStackResource[0-9A-F]{8}\Z"
    r"|NotificationsHandlerPolicy[0-9A-F]{8}\Z"
    r"|\ACDKMetadata\Z|\AEval[0-9a-f]{32}"
)

# The cluster of aws-eks is a custom resource, that of aws-eks-v2 is not; each with the end of its construct path.
_EKS_CLUSTERS = {"Custom::AWSCDK-EKS-Cluster": "Resource/Resource/Default", "AWS::EKS::Cluster": "Resource"}
_EKS_HELPERS = ("Resource/CreationRole/", "KubectlHandlerRole/", "KubectlReadyBarrier")


def mark(assembly: Assembly) -> None:
    """Set ``managed_by_cdk`` on every resource of ``assembly`` that CDK makes by itself.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> role = {"Type": "AWS::IAM::Role"}
        >>> name = "AWS679f53fac002430cb0da5b7982bd2287ServiceRoleC1EA0FF2"
        >>> app = Assembly.from_template({"Resources": {name: role}})
        >>> app.all_resources[0].managed_by_cdk
        True
    """
    for stack in assembly.stacks:  # parents come before the stacks nested in them
        if stack.parent is not None and stack.parent.managed_by_cdk:
            for resource in stack.resources.values():
                resource.managed_by_cdk = True
            continue
        clusters = _eks_clusters(stack)
        policies: list[Resource] = []
        for resource in stack.resources.values():
            resource.managed_by_cdk = _is_managed(resource) or (bool(clusters) and _helps(resource, clusters))
            if resource.type == "AWS::IAM::Policy" and not resource.managed_by_cdk:
                policies.append(resource)
        for policy in policies:
            policy.managed_by_cdk = _is_for_managed_roles(policy, stack)


def _is_managed(resource: Resource) -> bool:
    if resource.type in _TYPES:
        return True
    path = resource.construct_path
    if path is not None:
        return _PATH.search(path) is not None
    return _LOGICAL_ID.search(resource.logical_id) is not None


def _eks_clusters(stack: Stack) -> tuple[str, ...]:
    """Construct paths of the EKS clusters of CDK's constructs: their helpers stand beside the resource."""
    return tuple(
        resource.construct_path.removesuffix(_EKS_CLUSTERS[resource.type])
        for resource in stack.resources.values()
        if resource.type in _EKS_CLUSTERS and resource.construct_path is not None
    )


def _helps(resource: Resource, clusters: tuple[str, ...]) -> bool:
    path = resource.construct_path
    return path is not None and any(
        path.startswith(f"{cluster}{helper}") for cluster in clusters for helper in _EKS_HELPERS
    )


def _is_for_managed_roles(policy: Resource, stack: Stack) -> bool:
    """Whether a policy is attached to nothing but roles of CDK's own functions."""
    roles = policy.raw_at("Roles")
    if not isinstance(roles, list) or not roles or policy.raw_at("Users") or policy.raw_at("Groups"):
        return False
    return all(_is_managed_role(role, stack) for role in roles)


def _is_managed_role(role: Any, stack: Stack) -> bool:
    logical_id = role.get("Ref") if isinstance(role, dict) else None
    target = stack.resources.get(logical_id) if isinstance(logical_id, str) else None
    return target is not None and target.managed_by_cdk
