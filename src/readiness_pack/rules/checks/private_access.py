"""Checks that what belongs into a VPC is in one and gets no public address."""

from __future__ import annotations

from collections.abc import Callable

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import tagged
from readiness_pack.rules.checks.security_groups import is_wide
from readiness_pack.rules.outcome import PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Value
from readiness_pack.template.views import holds_for_all, holds_for_any

Question = Callable[[Resource], Outcome | None]

_PUBLIC = "PubliclyAccessible"


def _all_of(resource: Resource, *questions: Question) -> Verdicts:
    return judged(questions, lambda question: question(resource)) or PASS


def _said(resource: Resource, path: str) -> str:
    """``RootAccess is Enabled``, or that it is not set."""
    value = resource.get(path)
    return f"{path} is {'not set' if value is None else str(value).lower() if isinstance(value, bool) else value}"


# Data stores and brokers ---------------------------------------------------------------------------------------------

# Whether a service gives a public address when the property is absent:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dms-replicationinstance.html,
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dms-instanceprofile.html,
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-amazonmq-broker.html,
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-redshift-cluster.html
_PUBLIC_BY_DEFAULT = {
    "AWS::DMS::ReplicationInstance": True,
    "AWS::DMS::InstanceProfile": True,
    "AWS::AmazonMQ::Broker": False,
    "AWS::Redshift::Cluster": False,
    "AWS::RedshiftServerless::Workgroup": False,
}


def no_public_address(rule: Rule, resource: Resource) -> Verdicts:
    """``PubliclyAccessible`` is false, by itself or by the default of the service."""
    del rule
    return _public(resource) or PASS


def _public(resource: Resource) -> Outcome | None:
    said = resource.flag(_PUBLIC)
    if said is False or (said is None and not _PUBLIC_BY_DEFAULT[resource.type]):
        return None
    more = "" if said else ", and the default is true"
    return fail(_PUBLIC, detail="public", reason=f"gets a public address ({_said(resource, _PUBLIC)}{more})")


def redshift_private(rule: Rule, resource: Resource) -> Verdicts:
    """A warehouse has no public address, lives in subnets of one's own, and loads and unloads through the VPC."""
    del rule
    if resource.type == "AWS::Redshift::Cluster":
        return _all_of(resource, _public, _routing, _subnet_group)
    return _all_of(resource, _public, _routing)


def _routing(resource: Resource) -> Outcome | None:
    path = "EnhancedVpcRouting"
    if resource.flag(path, default=False):
        return None
    return fail(path, detail="routing", reason=f"copies and unloads data over the internet ({_said(resource, path)})")


def _subnet_group(cluster: Resource) -> Outcome | None:
    path = "ClusterSubnetGroupName"
    if cluster.get(path) is not None:
        return None
    return fail(path, detail="subnets", reason=f"is in no VPC of your own ({path} is not set)")


_AUTHENTICATION = "ClientAuthentication"
_WAYS_TO_AUTHENTICATE = ("Sasl.Iam.Enabled", "Sasl.Scram.Enabled", "Tls.Enabled")


def msk_private(rule: Rule, cluster: Resource) -> Verdicts:
    """The brokers have no public address and ask who is there."""
    del rule
    return _all_of(cluster, _brokers_public, _brokers_open)


def _brokers_public(cluster: Resource) -> Outcome | None:
    path = "BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type"
    if cluster.get(path, "DISABLED") == "DISABLED":
        return None
    reason = f"has brokers with public addresses (PublicAccess.Type is {cluster.get(path)})"
    return fail(path, detail="public", reason=reason)


def _brokers_open(cluster: Resource) -> Outcome | None:
    path = f"{_AUTHENTICATION}.Unauthenticated.Enabled"
    if cluster.flag(path, default=False):
        reason = "takes clients that do not authenticate (Unauthenticated.Enabled is true)"
        return fail(path, detail="authentication", reason=reason)
    if holds_for_any(_WAYS_TO_AUTHENTICATE, lambda way: bool(cluster.flag(f"{_AUTHENTICATION}.{way}"))):
        return None
    # AWS calls it unauthenticated access when none of the three ways is on.
    reason = f"takes clients that do not authenticate ({_AUTHENTICATION} turns on neither SASL nor TLS)"
    return fail(_AUTHENTICATION, detail="authentication", reason=reason)


# EKS -----------------------------------------------------------------------------------------------------------------

_EVERYWHERE = "0.0.0.0/0"
# The custom resource by which the older constructs of CDK make a cluster takes the settings as the API spells them.
_ENDPOINTS = {
    "AWS::EKS::Cluster": ("ResourcesVpcConfig.EndpointPublicAccess", "ResourcesVpcConfig.PublicAccessCidrs"),
    "Custom::AWSCDK-EKS-Cluster": (
        "Config.resourcesVpcConfig.endpointPublicAccess",
        "Config.resourcesVpcConfig.publicAccessCidrs",
    ),
}


def _limits_nobody(cidr: Value) -> bool:
    """Whether a range is that of everybody, or of half of the world, of which two are enough."""
    return is_wide(cidr, 8)


def eks_endpoint_not_public(rule: Rule, cluster: Resource) -> Verdicts:
    """The API server of a cluster is not reachable from everywhere."""
    del rule
    access, cidrs = _ENDPOINTS[cluster.type]
    listed = [value for _, value in cluster.each(f"{cidrs}[*]") if value is not None]
    conditions: tuple[Callable[[], bool], ...] = (
        lambda: bool(cluster.flag(access, default=True)),
        lambda: holds_for_any(listed or [_EVERYWHERE], _limits_nobody),
    )
    if not holds_for_all(conditions, lambda condition: condition()):
        return PASS
    if not listed:
        name = cidrs.split(".")[-1]
        said = f"{_said(cluster, access).split('.')[-1]} and {name} is not set"
        return fail(access, reason=f"from everywhere ({said})")
    return fail(
        cidrs, reason=f"from {next(value for value in listed if isinstance(value, str) and _limits_nobody(value))}"
    )


# SageMaker -----------------------------------------------------------------------------------------------------------


def sagemaker_isolated(rule: Rule, resource: Resource) -> Verdicts:
    """Notebooks, models and domains of SageMaker have no way to the internet but the one through the VPC."""
    del rule
    if resource.type == "AWS::SageMaker::NotebookInstance":
        return _all_of(resource, _notebook_internet, _notebook_subnet, _notebook_root)
    return _all_of(resource, _model if resource.type == "AWS::SageMaker::Model" else _domain)


def _notebook_internet(notebook: Resource) -> Outcome | None:
    path = "DirectInternetAccess"
    if notebook.get(path, "Enabled") == "Disabled":
        return None
    return fail(path, detail="internet", reason=f"reaches the internet past the VPC ({_said(notebook, path)})")


def _notebook_subnet(notebook: Resource) -> Outcome | None:
    if notebook.get("SubnetId") is not None:
        return None
    return fail("SubnetId", detail="subnet", reason="is in no VPC of your own (SubnetId is not set)")


def _notebook_root(notebook: Resource) -> Outcome | None:
    path = "RootAccess"
    if notebook.get(path, "Enabled") == "Disabled":
        return None
    return fail(path, detail="root", reason=f"makes its users root ({_said(notebook, path)})")


def _model(model: Resource) -> Outcome | None:
    path = "EnableNetworkIsolation"
    if model.get("VpcConfig.Subnets") is not None or model.flag(path, default=False):
        return None
    return fail(path, reason=f"reaches the internet ({_said(model, path)}, and it has no VpcConfig)")


def _domain(domain: Resource) -> Outcome | None:
    path = "AppNetworkAccessType"
    if domain.get(path, "PublicInternetOnly") == "VpcOnly":
        return None
    return fail(path, reason=f"reaches the internet past the VPC ({_said(domain, path)})")


# CodeBuild -----------------------------------------------------------------------------------------------------------


def codebuild_in_vpc(rule: Rule, project: Resource) -> Verdicts:
    """A build that reaches private resources runs in the VPC, and only builds of images are privileged."""
    return _all_of(project, lambda one: _build_network(rule, one), lambda one: _privileged(rule, one))


def _build_network(rule: Rule, project: Resource) -> Outcome | None:
    path = "VpcConfig.VpcId"
    if project.get(path) is not None:
        return None
    if rule["require_codebuild_vpc"]:
        return fail(path, detail="vpc", reason="runs in no VPC of your own")
    if tagged(project, rule["private_tag"]):
        return fail(
            path, detail="vpc", reason=f"runs in no VPC of your own, though it has the tag {rule['private_tag']}"
        )
    name = project.text("Name")
    words = rule["private_words"]
    if name is not None and holds_for_any(words, lambda word: word in name.lower()):
        return fail(path, detail="vpc", reason=f"runs in no VPC of your own, though its name is {name}")
    return None


def _privileged(rule: Rule, project: Resource) -> Outcome | None:
    path = "Environment.PrivilegedMode"
    if not project.flag(path, default=False):
        return None
    spec = project.text("Source.BuildSpec")
    if spec is None or (isinstance(spec, str) and len(spec.split()) < 2):
        # The name of a file in the source, buildspec.yml where there is none.
        return unknown(
            f"whether {spec or 'buildspec.yml'} builds an image is not in the template", path, detail="privileged"
        )
    commands = rule["docker_commands"]
    if holds_for_any(commands, lambda command: command in spec):
        return None
    reason = f"is privileged, but its build spec calls none of {', '.join(commands)}"
    return fail(path, detail="privileged", reason=reason)
