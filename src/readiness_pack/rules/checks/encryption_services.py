"""Checks on what encrypts in a way of its own: volumes, caches, builds, analytics, machine learning, functions."""

from __future__ import annotations

import re

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.encryption_keys import (
    STORES,
    Store,
    encryption,
    first_failures,
    given,
    key_failures,
    key_problem,
    spelled,
    text_of,
    why_not_read,
)
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value, is_known
from readiness_pack.template.views.partial import holds_for_any
from readiness_pack.template.views.tags import tags

_OWN = "require_customer_managed_key"

# Volumes -------------------------------------------------------------------------------------------------------------

_DEVICES = {
    "AWS::AutoScaling::LaunchConfiguration": "BlockDeviceMappings[*]",
    "AWS::EC2::Instance": "BlockDeviceMappings[*]",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.BlockDeviceMappings[*]",
}


def volumes(rule: Rule, resource: Resource) -> Verdicts:
    """Every volume that the template describes is encrypted; copies are encrypted like what they are copied from."""
    if rule["account_ebs_encryption_by_default"] or rule.facts.get("ebs_encryption_by_default"):
        return NOT_APPLICABLE
    if resource.type == "AWS::EC2::Volume":
        return _volume(rule, resource, "", "")
    outcomes = [_device(rule, resource, path, mapping) for path, mapping in resource.each(_DEVICES[resource.type])]
    return [outcome for outcome in outcomes if outcome is not NOT_APPLICABLE] or NOT_APPLICABLE


def _device(rule: Rule, resource: Resource, path: str, mapping: Value) -> Outcome:
    if not isinstance(mapping, dict):
        return unknown(why_not_read(mapping), path)
    name = str(mapping.get("DeviceName"))
    try:
        if "Ebs" not in mapping or mapping.get("NoDevice") not in (None, False, "false"):
            return NOT_APPLICABLE
        return _volume(rule, resource, f"{path}.Ebs.", name)
    except Undecided as undecided:
        return unknown(undecided.reason, f"{path}.Ebs.Encrypted", detail=name)


_NO_KEY = "A volume of {logical_id} is not encrypted with a key of its own: {of}KmsKeyId is not set."


def _volume(rule: Rule, resource: Resource, prefix: str, device: str) -> Outcome:
    path = f"{prefix}Encrypted"
    of = f"device {device}: " if device else ""
    encrypted = resource.flag(path)
    if encrypted:
        key = f"{prefix}KmsKeyId"
        if not rule["require_volume_key"] or resource.get(key) is not None:
            return PASS
        return fail(key, detail=device or None, message=_NO_KEY, of=of)
    if given(resource.get(f"{prefix}SnapshotId")) or (not prefix and given(resource.get("SourceVolumeId"))):
        return NOT_APPLICABLE
    return fail(path, detail=device or None, reason=f"{of}Encrypted is {spelled(encrypted)}")


# Caches of APIs ------------------------------------------------------------------------------------------------------


def api_cache(rule: Rule, resource: Resource) -> Verdicts:
    """What an API caches is encrypted."""
    del rule
    if resource.type == "AWS::AppSync::ApiCache":
        # AppSync encrypts every cache by now and has deprecated the properties; what says no is still wrong.
        return _each_is_not(False, resource, ["AtRestEncryptionEnabled", "TransitEncryptionEnabled"]) or PASS
    if not resource.flag("CacheClusterEnabled", default=False):
        return NOT_APPLICABLE
    outcomes = [_method(resource, path, setting) for path, setting in resource.each("MethodSettings[*]")]
    return [outcome for outcome in outcomes if outcome is not NOT_APPLICABLE] or NOT_APPLICABLE


def _method(stage: Resource, path: str, setting: Value) -> Outcome:
    if not isinstance(setting, dict):
        return unknown(why_not_read(setting), path)
    method = f"{setting.get('HttpMethod')} {setting.get('ResourcePath')}"
    try:
        if not stage.flag(f"{path}.CachingEnabled", default=False):
            return NOT_APPLICABLE
        encrypted = stage.flag(f"{path}.CacheDataEncrypted")
    except Undecided as undecided:
        return unknown(undecided.reason, path, detail=method)
    reason = f"CacheDataEncrypted is {spelled(encrypted)} for {method}"
    return PASS if encrypted else fail(f"{path}.CacheDataEncrypted", detail=method, reason=reason)


def _each_is_not(state: bool, resource: Resource, paths: list[str]) -> list[Outcome]:
    """A failure for each of ``paths`` that is ``state``."""

    def judge(path: str) -> Outcome | None:
        return fail(path, reason=f"{path} is {spelled(state)}") if resource.flag(path) is state else None

    return judged(paths, judge)


# Builds --------------------------------------------------------------------------------------------------------------


def build(rule: Rule, resource: Resource) -> Verdicts:
    """What builds and pipelines hand on is encrypted, with a key of the customer's."""
    if resource.type == "AWS::CodePipeline::Pipeline":
        several = resource.get("ArtifactStores") is not None
        path = "ArtifactStores[*].ArtifactStore.EncryptionKey.Id" if several else "ArtifactStore.EncryptionKey.Id"
        return encryption(resource, Store((path,), "alias/aws/s3"), rule[_OWN])
    return first_failures(
        lambda: _each_is_not(True, resource, _switches_off(resource)),
        lambda: key_failures(resource, STORES[resource.type]) if rule[_OWN] else [],
    )


def _switches_off(project: Resource) -> list[str]:
    """The properties by which a project writes without encryption."""
    paths = ["Artifacts.EncryptionDisabled"]
    paths += [path for path, _ in project.each("SecondaryArtifacts[*].EncryptionDisabled")]
    logs = project.get("LogsConfig.S3Logs.Status")
    return paths if isinstance(logs, str) and logs == "DISABLED" else [*paths, "LogsConfig.S3Logs.EncryptionDisabled"]


# Containers ----------------------------------------------------------------------------------------------------------

# CDK's first EKS module makes clusters by a custom resource that takes the words of the EKS API.
_EKS = {
    "AWS::EKS::Cluster": ("EncryptionConfig", "Provider.KeyArn", "Resources", "Version"),
    "Custom::AWSCDK-EKS-Cluster": ("Config.encryptionConfig", "provider.keyArn", "resources", "Config.version"),
}
# From this version on EKS encrypts all API data with a key that it owns:
# https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html
_ENVELOPE_BY_DEFAULT = (1, 28)


def cluster_secrets(rule: Rule, cluster: Resource) -> Verdicts:
    """The secrets of a Kubernetes cluster are encrypted with a key of the customer's."""
    config, key, resources, version = _EKS[cluster.type]
    path, reason = config, f"no entry of {config} covers secrets, so a key that EKS owns encrypts them"
    doubt: Undecided | None = None
    for entry, _ in cluster.each(f"{config}[*]"):
        try:
            if not holds_for_any(cluster.list(f"{entry}.{resources}"), lambda covered: covered == "secrets"):
                continue
            problem = key_problem(cluster, f"{entry}.{key}", "a key that EKS owns")
        except Undecided as undecided:
            doubt = doubt or undecided
            continue
        if problem is None:
            return PASS
        path, reason = f"{entry}.{key}", problem
    if doubt is not None:
        raise doubt
    if not rule[_OWN] and _version(cluster.get(version)) >= _ENVELOPE_BY_DEFAULT:
        return PASS
    return fail(path, detail="secrets", reason=reason)


def _version(value: Value) -> tuple[int, ...]:
    """The Kubernetes version; what names none gets the newest."""
    if value is None:
        return (99,)
    if not is_known(value):
        value.undecided()
    return tuple(int(part) for part in re.findall(r"\d+", str(value)))


# Analytics -----------------------------------------------------------------------------------------------------------

_GLUE_CONFIGURATION = "AWS::Glue::SecurityConfiguration"
_GLUE_PARTS = {
    "S3Encryptions[*].S3EncryptionMode": ("data in S3", ("SSE-KMS", "SSE-S3")),
    "CloudWatchEncryption.CloudWatchEncryptionMode": ("logs", ("SSE-KMS",)),
    "JobBookmarksEncryption.JobBookmarksEncryptionMode": ("job bookmarks", ("CSE-KMS",)),
}


def glue(rule: Rule, resource: Resource) -> Verdicts:
    """A security configuration covers everything, and jobs and crawlers name such a one."""
    del rule
    if resource.type == _GLUE_CONFIGURATION:
        return _gaps(resource) or PASS
    path = "SecurityConfiguration" if resource.type == "AWS::Glue::Job" else "CrawlerSecurityConfiguration"
    name = resource.get(path)
    if not given(name):
        return fail(path, reason=f"it names no {path}")
    graph = resource.assembly.graph
    named = graph.named(name, (_GLUE_CONFIGURATION,)) if isinstance(name, str) else resource.target(path)
    if named is None or named.type != _GLUE_CONFIGURATION:
        return unknown(f"security configuration {name} is not in this app", path)
    gaps = _gaps(named)
    if any(gap.verdict == "unknown" for gap in gaps):
        return [unknown(f"{named.logical_id}: {gap.reason}", path) for gap in gaps]
    left = f"security configuration {named.logical_id} does not encrypt {' and '.join(str(gap.detail) for gap in gaps)}"
    return fail(path, reason=left) if gaps else PASS


def _gaps(configuration: Resource) -> list[Outcome]:
    """A failure for every part that a security configuration leaves unencrypted."""

    def judge(part: str) -> Outcome | None:
        what, modes = _GLUE_PARTS[part]
        found = configuration.each(f"EncryptionConfiguration.{part}")
        if not found:
            name = part.split("[")[0]
            return fail(f"EncryptionConfiguration.{name}", detail=what, reason=f"{what}: {name} is not set")
        for path, mode in found:
            if mode not in modes:
                return fail(path, detail=what, reason=f"{what}: {path.rpartition('.')[2]} is {spelled(mode)}")
        return None

    return judged(_GLUE_PARTS, judge)


def work_group(rule: Rule, group: Resource) -> Verdicts:
    """Query results are encrypted, and who queries cannot decide otherwise."""
    del rule
    config = "WorkGroupConfiguration"

    def results() -> Outcome | None:
        if group.flag(f"{config}.ManagedQueryResultsConfiguration.Enabled", default=False):
            return None  # Athena keeps them itself, encrypted
        path = f"{config}.ResultConfiguration.EncryptionConfiguration.EncryptionOption"
        return None if given(group.get(path)) else fail(path, detail="results", reason="EncryptionOption is not set")

    def enforced() -> Outcome | None:
        path = f"{config}.EnforceWorkGroupConfiguration"
        flag = group.flag(path)
        reason = f"EnforceWorkGroupConfiguration is {spelled(flag)}"
        return None if flag else fail(path, detail="enforced", reason=reason)

    return judged((results, enforced), lambda ask: ask()) or PASS


# Machine learning ----------------------------------------------------------------------------------------------------

_VARIANTS = ("ProductionVariants", "ShadowProductionVariants")
# In instance types a "d" after the generation means a local NVMe disk:
# https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
_LOCAL_DISK = re.compile(r"^[a-z]+\d+[a-z]*d[a-z]*$")


def sagemaker(rule: Rule, resource: Resource) -> Verdicts:
    """The volumes behind SageMaker are encrypted with a key of the customer's, where SageMaker takes one."""
    if resource.type != "AWS::SageMaker::EndpointConfig":
        return encryption(resource, STORES[resource.type], rule[_OWN])
    outcomes = encryption(resource, STORES[resource.type], rule[_OWN])
    if outcomes[0].verdict == "fail" and not _takes_key(resource, rule["local_storage_families"]):
        return NOT_APPLICABLE
    return outcomes


def _takes_key(endpoint: Resource, families: list[str]) -> bool:
    """Whether there are volumes to encrypt: serverless variants have none, and one local disk rules out a key."""
    paths = [
        f"{variants}[*].{path}" for variants in _VARIANTS for path in ("InstanceType", "InstancePools[*].InstanceType")
    ]
    types = [value for path in paths for _, value in endpoint.each(path) if value is not None]

    def has_local_disk(instance_type: Value) -> bool:
        family = text_of(instance_type).removeprefix("ml.").partition(".")[0]
        return family in families or _LOCAL_DISK.match(family) is not None

    return bool(types) and not holds_for_any(types, has_local_disk)


# Functions and workflows ---------------------------------------------------------------------------------------------


def function_environment(rule: Rule, function: Resource) -> Verdicts:
    """Environment variables are encrypted with a key of the customer's."""
    if function.managed_by_cdk or not function.get("Environment.Variables"):
        return NOT_APPLICABLE
    return encryption(function, STORES[function.type], rule[_OWN])


def state_machine(rule: Rule, machine: Resource) -> Verdicts:
    """A workflow that handles sensitive data encrypts them with a key of the customer's."""
    outcomes = encryption(machine, STORES[machine.type], own_key=True)
    if outcomes == [PASS]:
        return PASS
    label = tags(machine).get(rule["classification_tag"])
    if label is None or text_of(label).lower() not in [name.lower() for name in rule["sensitive_classes"]]:
        return NOT_APPLICABLE
    return outcomes
