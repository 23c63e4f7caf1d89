"""Checks on EC2 instances and launch templates."""

from __future__ import annotations

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.network import subnets_of
from readiness_pack.template.views.tags import tags

_PUBLIC = "AssociatePublicIpAddress"
_TEMPLATE = "AWS::EC2::LaunchTemplate"
_OF_TEMPLATE = "LaunchTemplateData.NetworkInterfaces[*]"
# What launches instances from a template into the subnets that it names itself.
_LAUNCHERS = ("AWS::AutoScaling::AutoScalingGroup", "AWS::EKS::Nodegroup")


def no_public_ip(rule: Rule, resource: Resource) -> Verdicts:
    """No network interface asks for a public address, no subnet gives one by itself, and no Elastic IP is attached."""
    if tags(resource).get("Role") in rule["exempt_roles"]:
        return NOT_APPLICABLE
    if resource.type == "AWS::AutoScaling::LaunchConfiguration":
        return _launch_configuration(resource)
    if resource.type == _TEMPLATE:
        asked, silent = _interfaces(resource, _OF_TEMPLATE)
        by_launcher = silent is None or bool(silent)
        return asked or (_by_launchers(resource) if by_launcher else PASS)
    asked, silent = _interfaces(resource, "NetworkInterfaces[*]")
    return asked or _elastic_ip(resource) or _by_place(resource, silent)


def _interfaces(resource: Resource, path: str) -> tuple[Outcome | None, list[str] | None]:
    """The interface that asks for a public address, and the subnets of those that leave it to their subnet.

    The second is ``None`` where no interfaces are named. One that exists already gets an address only by an Elastic IP:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html
    """
    silent: list[str] = []
    interfaces = resource.each(path)
    for place, interface in interfaces:
        asked = resource.flag(f"{place}.{_PUBLIC}") if isinstance(interface, dict) else bool(interface)
        if asked:
            return fail(f"{place}.{_PUBLIC}", detail="interface", reason=f"{_PUBLIC} is true"), None
        if asked is None and resource.get(f"{place}.NetworkInterfaceId") is None:
            silent.append(f"{place}.SubnetId")
    return None, silent if interfaces else None


def _elastic_ip(instance: Resource) -> Outcome | None:
    """An Elastic IP address of the app that is associated with the instance or one of its interfaces."""
    found = attached(instance, "AWS::EC2::EIP", "InstanceId")
    found += attached(instance, "AWS::EC2::EIPAssociation", "InstanceId")
    for path, _ in instance.each("NetworkInterfaces[*].NetworkInterfaceId"):
        interface = instance.target(path)
        if interface is not None:
            found += attached(interface, "AWS::EC2::EIPAssociation", "NetworkInterfaceId")
    if not found:
        return None
    return fail(detail="elastic", reason=f"{found[0].logical_id} gives it an Elastic IP address")


def _by_place(instance: Resource, silent: list[str] | None) -> Verdicts:
    if silent is not None:
        return _by_subnet(instance, silent) if silent else PASS
    names = ("LaunchTemplate.LaunchTemplateId", "LaunchTemplate.LaunchTemplateName")
    named = next((path for path in names if instance.get(path) is not None), None)
    if named is None or instance.get("SubnetId") is not None:
        return _by_subnet(instance, ["SubnetId"])
    template = instance.target(named)
    if template is None:
        raise Undecided(f"launch template {instance.get(named)} is not in this app")
    asked, silent = _interfaces(template, _OF_TEMPLATE)
    if asked is not None:
        return fail("LaunchTemplate", detail="template", reason=f"launch template {template.logical_id} asks for one")
    return _by_subnet(template, silent) if silent or silent is None else PASS


def _by_launchers(template: Resource) -> Verdicts:
    """A launch template that says nothing leaves it to the subnets that are launched into."""

    def judge(launcher: Resource) -> Outcome | None:
        subnets = subnets_of(launcher)
        for subnet in subnets.known:
            if subnet.flag("MapPublicIpOnLaunch"):
                where = f"subnet {subnet.logical_id}, into which {launcher.logical_id} launches,"
                reason = f"{where} gives one to every instance (MapPublicIpOnLaunch is true)"
                return fail(detail=f"subnet {launcher.logical_id}", reason=reason)
        if subnets.reason is not None:
            raise Undecided(f"whether the subnets of {launcher.logical_id} give one: {subnets.reason}")
        return None

    return judged(template.referrers(*_LAUNCHERS), judge) or PASS


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


def _by_subnet(resource: Resource, paths: list[str] | None) -> Verdicts:
    """What the subnets give that ``resource`` names, an instance or the template that says all about it."""
    for path in paths or ["SubnetId"]:
        value = resource.get(path)
        if value is None:
            # https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html: default subnets give public addresses
            reason = "no SubnetId means the default subnet, which gives public addresses"
            return fail(path, detail="subnet", reason=reason)
        subnet = resource.assembly.target(value)
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
