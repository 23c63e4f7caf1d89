"""What the parts of the SAM translation share: the growing template, and the pieces that many resources have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from readiness_pack.template.markers import unknown

_ATTRIBUTES = ("Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "Metadata")
_PASSED_ON = ("Condition", "DeletionPolicy", "UpdateReplacePolicy")
_S3 = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)")

NO_VALUE = {"Ref": "AWS::NoValue"}


@dataclass(slots=True)
class Macro:
    """A resource of SAM's as it is written.

    Args:
        logical_id: its key under ``Resources``.
        type: ``AWS::Serverless::...``.
        raw: the declaration.
        properties: its properties, ``Globals`` merged in.
    """

    logical_id: str
    type: str
    raw: dict[str, Any]
    properties: dict[str, Any]

    @property
    def condition(self) -> str | None:
        """The name of its ``Condition``."""
        condition = self.raw.get("Condition")
        return condition if isinstance(condition, str) else None

    @property
    def events(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Name -> (type, properties) of each event that is written as one."""
        events = self.properties.get("Events")
        found: dict[str, tuple[str, dict[str, Any]]] = {}
        for name, event in events.items() if isinstance(events, dict) else ():
            if isinstance(event, dict) and isinstance(event.get("Type"), str):
                properties = event.get("Properties")
                found[name] = (event["Type"], properties if isinstance(properties, dict) else {})
        return found


@dataclass(slots=True)
class Translation:
    """The template that SAM would hand to CloudFormation.

    Args:
        template: sections as they will be; ``Resources`` grows.
        untranslated: (logical id, type, reason) of what cannot be said.
        origins: logical id -> logical id of the SAM resource behind it.
        renamed: ``Function.Alias`` and the like -> the logical id that SAM puts in their place.
        notifications: (bucket, permission, configurations) that buckets of the template get once all are there.
        triggers: (user pool, trigger -> target) likewise.
    """

    template: dict[str, Any]
    untranslated: list[tuple[str, str, str]] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    notifications: list[tuple[str, str, list[Any]]] = field(default_factory=list)
    triggers: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def resources(self) -> dict[str, Any]:
        """The section that grows."""
        resources: dict[str, Any] = self.template["Resources"]
        return resources

    def base(self, macro: Macro, type_: str, properties: dict[str, Any], **more: Any) -> None:
        """Put the resource that ``macro`` itself becomes, with the attributes that are written on it."""
        kept = {name: macro.raw[name] for name in _ATTRIBUTES if name in macro.raw}
        self.resources[macro.logical_id] = {"Type": type_, **more, **kept, "Properties": properties}
        self.origins[macro.logical_id] = macro.logical_id

    def add(self, macro: Macro, logical_id: str, type_: str, properties: dict[str, Any], **more: Any) -> str:
        """Put a resource that ``macro`` brings along, under the same condition; one that is written there stays."""
        if logical_id not in self.resources:
            passed = {name: macro.raw[name] for name in _PASSED_ON if name in macro.raw}
            self.resources[logical_id] = {"Type": type_, **passed, **more, "Properties": properties}
            self.origins[logical_id] = macro.logical_id
        return logical_id

    def cannot_say(self, macro: Macro, what: str, reason: str) -> None:
        """Note that ``what`` of ``macro`` makes resources of which nothing can be said."""
        self.untranslated.append((f"{macro.logical_id}.{what}" if what else macro.logical_id, macro.type, reason))


def ref(logical_id: str) -> dict[str, Any]:
    """A ``Ref``."""
    return {"Ref": logical_id}


def arn(logical_id: str) -> dict[str, Any]:
    """The ARN of a resource."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def taken(properties: dict[str, Any], *names: str, **renamed: str) -> dict[str, Any]:
    """The properties that SAM passes on: ``names`` as they are, ``Old=New`` under another name."""
    found = {name: properties[name] for name in names if name in properties}
    found.update({new: properties[old] for old, new in renamed.items() if old in properties})
    return found


def is_intrinsic(value: Any) -> bool:
    """Whether ``value`` is a function of CloudFormation's."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    name = str(next(iter(value)))
    return name == "Ref" or name.startswith("Fn::")


def tags(properties: dict[str, Any], created_by: str | None) -> list[Any]:
    """SAM's map of tags as the list that CloudFormation takes."""
    found: list[Any] = [{"Key": created_by, "Value": "SAM"}] if created_by else []
    given = properties.get("Tags")
    if isinstance(given, dict) and not is_intrinsic(given):
        return [*found, *({"Key": key, "Value": value} for key, value in given.items())]
    return found if given is None else [*found, unknown("SAM takes Tags as a map")]


def location(value: Any, bucket: str, key: str, version: str) -> dict[str, Any]:
    """Where an artifact lies: ``s3://bucket/key`` or a map; a local path becomes known only when it is packaged."""
    if isinstance(value, str) and (match := _S3.fullmatch(value)):
        return {bucket: match["bucket"], key: match["key"]}
    if isinstance(value, dict) and not is_intrinsic(value):
        found = {bucket: value.get("Bucket"), key: value.get("Key"), version: value.get("Version")}
        return {name: part for name, part in found.items() if part is not None}
    return unknown(f"{value if isinstance(value, str) else 'the artifact'} is uploaded when the template is packaged")


def trust(service: str) -> dict[str, Any]:
    """The trust policy of a role for ``service``."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": [service]}}],
    }


def allow(name: str, action: str, resource: Any) -> dict[str, Any]:
    """An inline policy with one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def queue_policy(queue: str, principal: Any, source: Any) -> dict[str, Any]:
    """Properties of the policy that lets ``source`` send to ``queue``."""
    statement = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Principal": principal,
        "Resource": arn(queue),
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "Queues": [ref(queue)]}


# Managed policies that SAM takes by name and that do not lie at the root:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
_JOB_FUNCTIONS = frozenset(
    (
        *("Billing", "DatabaseAdministrator", "DataScientist", "NetworkAdministrator", "SupportUser"),
        *("SystemAdministrator", "ViewOnlyAccess"),
    )
)


def managed_policy(name: str) -> Any:
    """The ARN of a managed policy that is given by name or ARN."""
    if name.startswith("arn:"):
        return name
    folder = ""
    if name.startswith(("AWSLambda", "AWSCodeDeployRole")) and ("Role" in name):
        folder = "service-role/"
    elif name in _JOB_FUNCTIONS:
        folder = "job-function/"
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{folder}{name}"}


@dataclass(slots=True)
class Policies:
    """``Policies`` of a function or a state machine, as a role takes them."""

    managed: list[Any] = field(default_factory=list)
    inline: list[Any] = field(default_factory=list)


def policies(macro: Macro) -> Policies:
    """What ``Policies`` gives the role.

    A policy template of SAM's is an inline policy of which only the name is known here.
    """
    found = Policies()
    given = macro.properties.get("Policies")
    for number, entry in enumerate(given if isinstance(given, list) else [] if given is None else [given]):
        kind, value = _policy(entry, f"{macro.logical_id}RolePolicy{number}")
        (found.managed if kind == "managed" else found.inline).append(value)
    return found


def _policy(entry: Any, name: str) -> tuple[str, Any]:
    if isinstance(entry, str):
        return "managed", managed_policy(entry)
    if not isinstance(entry, dict):
        return "inline", unknown("an entry of Policies is neither a policy nor a name")
    if "Statement" in entry:
        return "inline", {"PolicyName": name, "PolicyDocument": entry}
    if set(entry) == {"Fn::If"} and isinstance(entry["Fn::If"], list) and len(entry["Fn::If"]) == 3:
        condition, *branches = entry["Fn::If"]
        sides = [("none", NO_VALUE) if branch == NO_VALUE else _policy(branch, name) for branch in branches]
        kinds = {kind for kind, _ in sides if kind != "none"}
        if len(kinds) == 1:
            return kinds.pop(), {"Fn::If": [condition, *(value for _, value in sides)]}
        return "inline", unknown("Policies mixes kinds of policies under a condition")
    if is_intrinsic(entry):
        return "managed", entry
    template = next(iter(entry), "")
    why = f"only SAM's policy template {template} says what is allowed"
    return "inline", {"PolicyName": name, "PolicyDocument": unknown(why)}


def _unique(values: list[Any]) -> list[Any]:
    return [value for number, value in enumerate(values) if value not in values[:number]]


def role(macro: Macro, service: str, managed: Iterable[Any], more: Iterable[Any], tag: str | None) -> dict[str, Any]:
    """Properties of the role that SAM makes for a function or a state machine that is given none."""
    given = policies(macro)
    properties: dict[str, Any] = {
        "AssumeRolePolicyDocument": macro.properties.get("AssumeRolePolicyDocument", trust(service)),
        "ManagedPolicyArns": _unique([*managed, *given.managed]),
        "Policies": [*more, *given.inline],
        "Tags": tags(macro.properties, tag),
        **taken(macro.properties, "PermissionsBoundary", RolePath="Path"),
    }
    return {name: value for name, value in properties.items() if value != []}
