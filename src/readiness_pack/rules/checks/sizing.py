"""Checks that sizes, types and time limits are chosen, not left over."""

from __future__ import annotations

import re

from readiness_pack.data import ComputeService, instance_family
from readiness_pack.rules.checks.availability import is_cluster_member
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Unknown
from readiness_pack.template.views.tags import tags

# Instance types ------------------------------------------------------------------------------------------------------

_INSTANCE_TYPES: dict[str, tuple[str, ComputeService]] = {
    "AWS::EC2::Instance": ("InstanceType", "ec2"),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData.InstanceType", "ec2"),
    "AWS::RDS::DBInstance": ("DBInstanceClass", "rds"),
    "AWS::ElastiCache::ReplicationGroup": ("CacheNodeType", "elasticache"),
    "AWS::OpenSearchService::Domain": ("ClusterConfig.InstanceType", "opensearch"),
}
_BURSTABLE = re.compile(r"(db\.|cache\.)?t\d")


def current_generation(rule: Rule, resource: Resource) -> Verdicts:
    """The instance type is of a current family, and that of a database is not a burstable one."""
    path, service = _INSTANCE_TYPES[resource.type]
    type_ = resource.get(path)
    if type_ is None:
        if resource.type != "AWS::EC2::Instance" or resource.get("LaunchTemplate") is not None:
            return NOT_APPLICABLE
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
        return fail(path, detail="family", reason="is an m1.small, since InstanceType is not set")
    if isinstance(type_, Unknown | Text):
        type_.undecided()
    family = str(type_).removesuffix(".search").rpartition(".")[0]
    old = instance_family(str(type_), service)
    if family in rule["deprecated_families"] or old is not None:
        instead = f", {' or '.join(old.successors)} took its place" if old is not None and old.successors else ""
        return fail(path, detail="family", reason=f"is a {type_}, of a family that is not current{instead}")
    if service != "ec2" and _BURSTABLE.match(family):
        reason = f"is a {type_}, whose speed lasts only as long as its CPU credits"
        return fail(path, detail="burstable", reason=reason)
    return PASS


# Functions -----------------------------------------------------------------------------------------------------------

_LONGEST = 900


def lambda_limits(rule: Rule, function: Resource) -> Verdicts:
    """Memory, time limit and, where asked for, architecture of a function are chosen."""
    if function.managed_by_cdk:
        return NOT_APPLICABLE
    questions = (_memory_and_timeout, _longest, _architecture)
    return judged(questions, lambda question: question(rule, function)) or PASS


def _memory_and_timeout(rule: Rule, function: Resource) -> Outcome | None:
    del rule
    defaults = {"MemorySize": "128 MB", "Timeout": "3 seconds"}
    absent = [f"{path} is not set and so {default}" for path, default in defaults.items() if function.get(path) is None]
    return fail("MemorySize", detail="absent", reason=" and ".join(absent)) if absent else None


def _longest(rule: Rule, function: Resource) -> Outcome | None:
    del rule
    seconds = function.number("Timeout")
    if seconds is None or seconds < _LONGEST or tags(function).get("timeout-reason") is not None:
        return None
    return fail("Timeout", detail="longest", reason=f"Timeout is {seconds}, the longest there is, and no tag says why")


def _architecture(rule: Rule, function: Resource) -> Outcome | None:
    if not rule["prefer_arm"]:
        return None
    path = "Architectures"
    if not function.list(path):
        return fail(path, detail="arm", reason="Architectures is not set and so x86_64")
    if "arm64" in function.list(path):
        return None
    return fail(path, detail="arm", reason=f"Architectures is {function.list(path)[0]}, not arm64")


# Time limits in a row ------------------------------------------------------------------------------------------------

_METHOD = "AWS::ApiGateway::Method"
_INTEGRATION = "AWS::ApiGatewayV2::Integration"
_ALIASES = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
_URI = {_METHOD: "Integration.Uri", _INTEGRATION: "IntegrationUri"}
_LIMIT = {_METHOD: "Integration.TimeoutInMillis", _INTEGRATION: "TimeoutInMillis"}


def timeouts_ordered(rule: Rule, resource: Resource) -> Verdicts:
    """A function behind an API is done, or stopped, before the API gives up.

    The finding is on the function where the API waits as long as it does by default, else on the method or integration
    that sets a limit of its own.
    """
    del rule
    if resource.type == "AWS::Lambda::Function":
        return _function(resource)
    limit = resource.number(_LIMIT[resource.type])
    function = _invoked(resource)
    if limit is None or function is None or not _waits(resource):
        return NOT_APPLICABLE
    return _compared(function, resource, limit, _LIMIT[resource.type]) or PASS


def _function(function: Resource) -> Verdicts:
    callers = [
        caller
        for one in (function, *function.referrers(*_ALIASES, path="FunctionName"))
        for type_, path in _URI.items()
        for caller in one.referrers(type_, path=path)
    ]
    waiting = [caller for caller in callers if caller.get(_LIMIT[caller.type]) is None and _waits(caller)]
    if not waiting:
        return NOT_APPLICABLE
    first = min(waiting, key=_default_limit)
    return _compared(function, first, _default_limit(first), "Timeout") or PASS


def _compared(function: Resource, caller: Resource, limit: float, path: str) -> Outcome | None:
    seconds = function.number("Timeout", default=3) or 0
    if seconds * 1000 <= limit:
        return None
    wait = f"{limit / 1000:g}"
    return fail(path, function=function.logical_id, seconds=seconds, caller=caller.logical_id, wait=wait)


def _invoked(caller: Resource) -> Resource | None:
    """The function of the app that a method or integration calls, also through an alias."""
    for edge in caller.edges_out(_URI[caller.type]):
        if edge.target.type == "AWS::Lambda::Function":
            return edge.target
        if edge.target.type in _ALIASES:
            return edge.target.target("FunctionName")
    return None


def _waits(caller: Resource) -> bool:
    """Whether the API waits for the whole answer: not where it streams it, nor where it only starts the function."""
    if caller.type != _METHOD:
        return True
    if caller.get("Integration.ResponseTransferMode", "BUFFERED") == "STREAM":
        return False
    parameters = caller.get("Integration.RequestParameters")
    kind = parameters.get("integration.request.header.X-Amz-Invocation-Type") if isinstance(parameters, dict) else None
    return not (kind is not None and kind == "'Event'")


def _default_limit(caller: Resource) -> int:
    if caller.type == _METHOD:
        return 29_000
    api = caller.target("ApiId")
    return 29_000 if api is not None and api.get("ProtocolType") == "WEBSOCKET" else 30_000


# Storage -------------------------------------------------------------------------------------------------------------

_OLD_STORAGE = ("gp2", "standard", "io1")


def database_storage(rule: Rule, resource: Resource) -> Verdicts:
    """Storage is of a current kind, and that of a database grows by itself."""
    del rule
    if resource.type == "AWS::EC2::Volume":
        return _storage_type(resource, "VolumeType", "gp2") or PASS
    if is_cluster_member(resource):
        return NOT_APPLICABLE
    questions = (_database_storage_type, _storage_growth)
    return judged(questions, lambda question: question(resource)) or PASS


def _database_storage_type(instance: Resource) -> Outcome | None:
    return _storage_type(instance, "StorageType", "io1" if instance.get("Iops") is not None else "gp3")


def _storage_type(resource: Resource, path: str, default: str) -> Outcome | None:
    kind = resource.get(path, default)
    if kind not in _OLD_STORAGE:
        return None
    said = f"{path} is {kind}" if resource.get(path) is not None else f"{path} is not set and so {kind}"
    return fail(path, detail="type", reason=f"has storage of an earlier kind ({said})")


def _storage_growth(instance: Resource) -> Outcome | None:
    if instance.get("MaxAllocatedStorage") is not None or str(instance.get("Engine")).startswith("custom-"):
        return None
    reason = "stops when its storage is full, since it does not grow (MaxAllocatedStorage is not set)"
    return fail("MaxAllocatedStorage", detail="growth", reason=reason)
