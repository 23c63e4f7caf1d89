"""Checks on EC2 instances and launch templates."""

from __future__ import annotations

from ...template import Resource, Undecided
from ...template.views.tags import tags
from ..outcome import NOT_APPLICABLE, PASS, fail
from ..rule import Rule, Verdicts

_PUBLIC = "AssociatePublicIpAddress"


def no_public_ip(rule: Rule, resource: Resource) -> Verdicts:
    """No network interface asks for a public address, and no subnet gives one by itself."""
    if tags(resource).get("Role") in rule["exempt_roles"]:
        return NOT_APPLICABLE
    if resource.type == "AWS::AutoScaling::LaunchConfiguration":
        return _launch_configuration(resource)
    template = resource.type == "AWS::EC2::LaunchTemplate"
    interfaces = "LaunchTemplateData.NetworkInterfaces[*]" if template else "NetworkInterfaces[*]"
    silent: list[str] = []
    for path, interface in resource.each(interfaces):
        asked = resource.flag(f"{path}.{_PUBLIC}") if isinstance(interface, dict) else bool(interface)
        if asked:
            return fail(f"{path}.{_PUBLIC}", detail="interface", reason=f"{_PUBLIC} is true")
        if asked is None:
            silent.append(f"{path}.SubnetId")
    if template or not (silent or resource.get("NetworkInterfaces") is None):
        return PASS  # a launch template that says nothing leaves it to who launches
    return _by_subnet(resource, silent or ["SubnetId"])


def _launch_configuration(configuration: Resource) -> Verdicts:
    asked = configuration.flag(_PUBLIC)
    if asked:
        return fail(_PUBLIC, detail="interface", reason=f"{_PUBLIC} is true")
    groups = configuration.referrers("AWS::AutoScaling::AutoScalingGroup", path="LaunchConfigurationName")
    # Unless told, instances get a public address in default subnets and none in others.
    if asked is False or (groups and all(group.get("VPCZoneIdentifier") is not None for group in groups)):
        return PASS
    reason = f"{_PUBLIC} is not set, and the default subnet gives public addresses"
    return fail(_PUBLIC, detail="interface", reason=reason)


def _by_subnet(instance: Resource, paths: list[str]) -> Verdicts:
    for path in paths:
        value = instance.get(path)
        if value is None:
            # https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html: default subnets give public addresses
            reason = "no SubnetId means the default subnet, which gives public addresses"
            return fail(path, detail="subnet", reason=reason)
        subnet = instance.assembly.target(value)
        if subnet is None:
            raise Undecided(f"whether subnet {value} gives public addresses is not in this app")
        if subnet.flag("MapPublicIpOnLaunch"):
            reason = f"subnet {subnet.logical_id} gives one to every instance (MapPublicIpOnLaunch is true)"
            return fail(path, detail="subnet", reason=reason)
    return PASS


def judged_by_instance(template: Resource) -> bool:
    """Whether only instances of the app use a launch template: what they say themselves counts, and they are judged.

    CDK makes such a template for the one property that an instance cannot have itself (``require_imdsv2``).
    """
    users = template.referrers()
    return bool(users) and all(user.type == "AWS::EC2::Instance" for user in users)
