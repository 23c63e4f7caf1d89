"""Checks that programs on an instance get its credentials with a session token only (IMDSv2)."""

from __future__ import annotations

from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided

_NOTEBOOK_PATH = "InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion"
_OPTIONS = {
    "AWS::EC2::Instance": "MetadataOptions",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.MetadataOptions",
    "AWS::AutoScaling::LaunchConfiguration": "MetadataOptions",
}


def imds_v2_required(rule: Rule, resource: Resource) -> Verdicts:
    """Version 2 of the metadata service is required, or the service is off."""
    if rule.facts.get("imdsv2_required"):
        return NOT_APPLICABLE
    if resource.type == "AWS::SageMaker::NotebookInstance":
        version = resource.number(_NOTEBOOK_PATH)
        if version == 2:
            return PASS
        said = "not set" if version is None else version
        return fail(_NOTEBOOK_PATH, reason=f"MinimumInstanceMetadataServiceVersion is {said}")
    path = f"{_OPTIONS[resource.type]}.HttpTokens"
    if _is_off(resource):
        return PASS
    tokens = resource.get(path)
    template = _launch_template(resource) if tokens is None else None
    if template is not None:
        if _is_off(template):
            return PASS
        tokens = template.get(f"{_OPTIONS[template.type]}.HttpTokens")
    if tokens is not None and tokens == "required":
        return PASS
    where = f" in launch template {template.logical_id}" if template is not None else ""
    return fail(path, reason=f"HttpTokens is {'not set' if tokens is None else tokens}{where}")


def _is_off(resource: Resource) -> bool:
    return bool(resource.get(f"{_OPTIONS[resource.type]}.HttpEndpoint", "enabled") == "disabled")


def _launch_template(instance: Resource) -> Resource | None:
    """The launch template that an instance starts from; ``None`` where it starts from none."""
    for path in ("LaunchTemplate.LaunchTemplateId", "LaunchTemplate.LaunchTemplateName"):
        value = instance.get(path)
        if value is None:
            continue
        target = instance.assembly.target(value) or _named(instance, value)
        if target is None or target.type != "AWS::EC2::LaunchTemplate":
            raise Undecided(f"launch template {value} is not in this app")
        return target
    return None


def _named(instance: Resource, name: object) -> Resource | None:
    """CDK names the template of an instance literally, and takes only its version from the resource."""
    for edge in instance.edges_out("LaunchTemplate.Version"):
        target = edge.target
        if target.type == "AWS::EC2::LaunchTemplate" and target.get("LaunchTemplateName") == name:
            return target
    return None
