"""Checks that data which nobody needs any more goes away, or goes where it costs less."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from readiness_pack.rules.checks.backup_selections import attached_instances, coverage_problem
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import tagged, unless_tagged
from readiness_pack.rules.checks.known import known_object, known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Unknown, Value
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.partial import holds_for_any

# Buckets -------------------------------------------------------------------------------------------------------------

_RULES = "LifecycleConfiguration.Rules"
_NONCURRENT = ("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays")


def bucket_lifecycle(rule: Rule, bucket: Resource) -> Verdicts:
    """The objects of a bucket, their old versions and their unfinished uploads have an end."""
    if _is_kept_by_law(bucket):
        return NOT_APPLICABLE
    return unless_tagged(bucket, rule["exempt_tag"], lambda: _bucket(bucket))


def _bucket(bucket: Resource) -> Verdicts:
    if not _has_rule(bucket) and not _is_tiered(bucket):
        return fail(_RULES, detail="none", reason="no lifecycle rule is enabled")
    questions: tuple[Callable[[], Outcome | None], ...] = (lambda: _versions(bucket), lambda: _uploads(bucket))
    return judged(questions, lambda question: question()) or PASS


def _is_kept_by_law(bucket: Resource) -> bool:
    """Whether Object Lock keeps what is in the bucket for a time."""
    if not bucket.flag("ObjectLockEnabled", default=False):
        return False
    return bucket.get("ObjectLockConfiguration.Rule.DefaultRetention") is not None


def _has_rule(bucket: Resource, *actions: str) -> bool:
    """Whether an enabled lifecycle rule has one of ``actions``, or any where none is named."""

    def applies(entry: tuple[str, Value]) -> bool:
        path, rule = entry
        known_object(rule)
        if bucket.get(f"{path}.Status") != "Enabled":
            return False
        return not actions or any(bucket.get(f"{path}.{action}") is not None for action in actions)

    return holds_for_any(bucket.each(f"{_RULES}[*]"), applies)


def _is_tiered(bucket: Resource) -> bool:
    statuses = [value for _, value in bucket.each("IntelligentTieringConfigurations[*].Status")]
    return holds_for_any(statuses, lambda status: bool(status == "Enabled"))


def _versions(bucket: Resource) -> Outcome | None:
    status = bucket.get("VersioningConfiguration.Status")
    if _has_rule(bucket, *_NONCURRENT) or status is None or status != "Enabled":
        return None
    return fail(_RULES, detail="noncurrent", reason="it keeps versions, and no rule expires noncurrent ones")


def _uploads(bucket: Resource) -> Outcome | None:
    if _has_rule(bucket, "AbortIncompleteMultipartUpload"):
        return None
    return fail(_RULES, detail="uploads", reason="no rule aborts multipart uploads that were never completed")


# Images --------------------------------------------------------------------------------------------------------------


def repository_lifecycle(rule: Rule, repository: Resource) -> Verdicts:
    """Images that nobody runs any more leave the repository."""
    del rule
    path = "LifecyclePolicy.LifecyclePolicyText"
    text = repository.get(path)
    if text is None:
        return fail(path, reason="it has no lifecycle policy")
    policy = json_document(text)
    if isinstance(policy, Unknown) and policy.kind != "malformed":
        policy.undecided()
    if not isinstance(policy, dict):
        return fail(path, detail="malformed", reason="its lifecycle policy is no JSON object")
    return PASS if policy.get("rules") else fail(path, detail="empty", reason="its lifecycle policy has no rule")


# Files and snapshots -------------------------------------------------------------------------------------------------

_MANAGER = "AWS::DLM::LifecyclePolicy"
_DETAILS = "PolicyDetails"


def file_and_snapshot_lifecycle(rule: Rule, resource: Resource) -> Verdicts:
    """Files that are not read move to a cheaper class; snapshots of a volume are made and removed by a policy."""
    del rule
    if resource.type == "AWS::EFS::FileSystem":
        return _files(resource)
    policies = resource.assembly.of_type(_MANAGER)
    questions: tuple[Callable[[], bool], ...] = (
        lambda: holds_for_any(policies, lambda policy: _snapshots(policy, resource)),
        lambda: coverage_problem(resource) is None,
    )
    if holds_for_any(questions, lambda question: question()):
        return PASS
    reason = "no Data Lifecycle Manager policy and no backup selection covers it, so nothing removes its snapshots"
    return fail(detail="snapshots", reason=reason)


def _files(system: Resource) -> Verdicts:
    path = "LifecyclePolicies"
    policies = [value for _, value in system.each(f"{path}[*]")]
    moves = ("TransitionToIA", "TransitionToArchive")
    if holds_for_any(policies, lambda policy: any(known_object(policy).get(move) is not None for move in moves)):
        return PASS
    return fail(path, reason="no lifecycle policy moves files that are not read to a cheaper class")


def _snapshots(policy: Resource, volume: Resource) -> bool:
    """Whether a Data Lifecycle Manager policy makes and removes snapshots of ``volume``.

    https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-lifecycle.html
    """
    if policy.get("State") != "ENABLED":
        return False
    is_default = policy.get("DefaultPolicy") is not None or policy.get(f"{_DETAILS}.PolicyLanguage") == "SIMPLIFIED"
    if is_default:
        return _default_covers(policy, volume)
    if policy.get(f"{_DETAILS}.PolicyType", "EBS_SNAPSHOT_MANAGEMENT") != "EBS_SNAPSHOT_MANAGEMENT":
        return False
    kinds = [known_text(value) for _, value in policy.each(f"{_DETAILS}.ResourceTypes[*]")]
    subjects: list[Resource] = [volume] if "VOLUME" in kinds else []
    if "INSTANCE" in kinds:
        subjects += attached_instances(volume)
    return holds_for_any(subjects, lambda one: _has_tag(one, policy, f"{_DETAILS}.TargetTags"))


def _default_covers(policy: Resource, volume: Resource) -> bool:
    """Whether a default policy takes in ``volume``: all volumes but those that it excludes."""
    if policy.get("DefaultPolicy") != "VOLUME" and policy.get(f"{_DETAILS}.ResourceType") != "VOLUME":
        return False
    for exclusions in ("Exclusions", f"{_DETAILS}.Exclusions"):
        types = [value for _, value in policy.each(f"{exclusions}.ExcludeVolumeTypes[*]")]
        if types and holds_for_any(types, lambda type_: bool(type_ == volume.get("VolumeType", "gp2"))):
            return False
        if _has_tag(volume, policy, f"{exclusions}.ExcludeTags"):
            return False
    return True


def _has_tag(resource: Resource, policy: Resource, path: str) -> bool:
    entries: Iterable[str] = [entry for entry, _ in policy.each(f"{path}[*]")]

    def matches(entry: str) -> bool:
        key, value = policy.get(f"{entry}.Key"), policy.get(f"{entry}.Value")
        return tagged(resource, f"{known_text(key)}={known_text(value)}")

    return holds_for_any(entries, matches)
