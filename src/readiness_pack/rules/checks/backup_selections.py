"""Which resources of the app a backup plan covers: by ARN, wildcard or tag, minus what its selections leave out.

The semantics are those of https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html and
https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html: a resource is assigned when one
of ``Resources`` names it or one of ``ListOfTags`` is a tag of it (anything, where neither is given), all
``Conditions`` hold, and none of ``NotResources`` names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from readiness_pack.rules.checks.backup_roles import role_problem
from readiness_pack.rules.checks.candidates import nearest_miss
from readiness_pack.template import Assembly, Reference, Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.values import join_text
from readiness_pack.template.views import holds_for_all, holds_for_any, mentions, resource_covers
from readiness_pack.template.views.patterns import glob_covers
from readiness_pack.template.views.tags import tags

SELECTION = "AWS::Backup::BackupSelection"
PLAN = "AWS::Backup::BackupPlan"
RULES = "BackupPlan.BackupPlanRule"
_TAG = "aws:ResourceTag/"

# Type -> service and resource prefix of its ARNs, and the property that names it where one does.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_ARNS: dict[str, tuple[str, str, str | None]] = {
    "AWS::DocDB::DBCluster": ("rds", "cluster:", "DBClusterIdentifier"),
    "AWS::DynamoDB::GlobalTable": ("dynamodb", "table/", "TableName"),
    "AWS::DynamoDB::Table": ("dynamodb", "table/", "TableName"),
    "AWS::EC2::Instance": ("ec2", "instance/", None),
    "AWS::EC2::Volume": ("ec2", "volume/", None),
    "AWS::EFS::FileSystem": ("elasticfilesystem", "file-system/", None),
    "AWS::FSx::FileSystem": ("fsx", "file-system/", None),
    "AWS::Neptune::DBCluster": ("rds", "cluster:", "DBClusterIdentifier"),
    "AWS::RDS::DBCluster": ("rds", "cluster:", "DBClusterIdentifier"),
    "AWS::RDS::DBInstance": ("rds", "db:", "DBInstanceIdentifier"),
    "AWS::Redshift::Cluster": ("redshift", "cluster:", "ClusterIdentifier"),
    "AWS::S3::Bucket": ("s3", "", "BucketName"),
}


def coverage_problem(resource: Resource) -> str | None:
    """What keeps every backup plan of the app from covering ``resource``; ``None`` where one covers it.

    Raises:
        Undecided: one may.
    """
    missed = nearest_miss(selections(resource.assembly), lambda selection: _problem(selection, resource))
    if missed is None or nearest_miss(attached_instances(resource), coverage_problem) is None:
        return None
    return missed or "no backup selection names it by ARN, wildcard or tag"


def covering_plans(resource: Resource) -> list[Resource]:
    """The backup plans of the app that select ``resource``. Raises :class:`Undecided` where none does for certain."""
    plans: dict[Resource, None] = {}
    doubt: Undecided | None = None
    for selection in selections(resource.assembly):
        try:
            if selects(selection, resource):
                plan = selection.target("BackupPlanId")
                if plan is not None:
                    plans[plan] = None
        except Undecided as undecided:
            doubt = doubt or undecided
    if not plans and doubt is not None:
        raise doubt
    return list(plans)


def selections(assembly: Assembly) -> list[Resource]:
    """Every backup selection of the app: a tag or a wildcard may select anything in it."""
    return assembly.of_type(SELECTION)


def attached_instances(volume: Resource) -> list[Resource]:
    """The instances that a volume is attached to: a backup of an instance holds its volumes."""
    if volume.type != "AWS::EC2::Volume":
        return []
    attachments = volume.referrers("AWS::EC2::VolumeAttachment", path="VolumeId")
    return [one for attachment in attachments for one in attachment.targets("AWS::EC2::Instance", path="InstanceId")]


def _problem(selection: Resource, resource: Resource) -> str | None:
    """What is wrong with ``selection`` for ``resource``: ``""`` where it is about something else."""
    if not _assigns(selection, resource):
        return ""
    name = selection.logical_id
    excluded = selection.list("BackupSelection.NotResources")
    if holds_for_any(excluded, lambda pattern: _names(pattern, resource)):
        return f"selection {name} leaves it out (NotResources)"
    plan = selection.target("BackupPlanId")
    if plan is None:
        raise Undecided(f"the plan of selection {name} is not in this app")
    if not plan.each(f"{RULES}[*]"):
        return f"plan {plan.logical_id} of selection {name} has no rule and so never runs"
    problem = role_problem(selection, resource)
    return None if problem is None else f"selection {name} names it, but {problem}"


def selects(selection: Resource, resource: Resource) -> bool:
    """Whether ``selection`` assigns ``resource`` to its plan. Raises :class:`Undecided`."""
    excluded = selection.list("BackupSelection.NotResources")
    return _assigns(selection, resource) and not holds_for_any(excluded, lambda one: _names(one, resource))


def _assigns(selection: Resource, resource: Resource) -> bool:
    """Whether the selection is about ``resource``, but for what it leaves out."""
    patterns = [value for _, value in selection.each("BackupSelection.Resources[*]")]
    wanted = [path for path, _ in selection.each("BackupSelection.ListOfTags[*]")]
    ways: tuple[Callable[[], bool], ...] = (
        lambda: holds_for_any(patterns, lambda pattern: _names(pattern, resource)),
        lambda: holds_for_any(wanted, lambda path: _has_tag(selection, path, resource)),
    )
    if (patterns or wanted) and not holds_for_any(ways, lambda way: way()):
        return False
    conditions = [
        (operator, path)
        for operator in _CONDITIONS
        for path, _ in selection.each(f"BackupSelection.Conditions.{operator}[*]")
    ]
    return holds_for_all(conditions, lambda one: _condition(selection, *one, resource))


# Tags ------------------------------------------------------------------------------------------------------------

_CONDITIONS = ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike")


def _has_tag(selection: Resource, path: str, resource: Resource) -> bool:
    value = _tag_value(selection, path, resource)
    return value is not None and bool(value == selection.get(f"{path}.ConditionValue"))


def _tag_value(selection: Resource, path: str, resource: Resource) -> Value:
    """The value that ``resource`` has for the tag that a condition is about."""
    key = selection.get(f"{path}.ConditionKey")
    if not isinstance(key, str):
        raise Undecided(f"the tag that {selection.logical_id} selects by is not known")
    return tags(resource).get(key.removeprefix(_TAG))


def _condition(selection: Resource, operator: str, path: str, resource: Resource) -> bool:
    value, wanted = _tag_value(selection, path, resource), selection.get(f"{path}.ConditionValue")
    negated = "Not" in operator
    if value is None:
        return negated
    for side in (value, wanted):
        if isinstance(side, Unknown | Text):
            side.undecided()
    holds = glob_covers(str(wanted), str(value)) if operator.endswith("Like") else str(value) == str(wanted)
    return holds is not negated


# Names -----------------------------------------------------------------------------------------------------------


def _names(pattern: Value, resource: Resource) -> bool:
    """Whether an ARN, which may hold wildcards, is that of ``resource``."""
    if isinstance(pattern, Unknown) and pattern.target is None:
        pattern.undecided()
    if mentions(pattern, resource):
        return True
    if isinstance(pattern, Reference) or (isinstance(pattern, Text) and pattern.references):
        return False
    arn = _arn(resource, pattern)
    if arn is None:
        return False
    if resource_covers(pattern, arn):
        return True
    stack = resource.stack.stack_name
    if stack is not None and f"{stack}-".lower() in str(pattern).lower():
        # Names that CloudFormation makes up begin with the name of the stack.
        raise Undecided(f"whether {pattern} is the name of {resource.logical_id} is only known after deployment")
    return False


def _arn(resource: Resource, pattern: Value) -> Value:
    """The ARN of ``resource`` as far as it is known, in the partition that ``pattern`` speaks of."""
    parts = _ARNS.get(resource.type)
    if parts is None:
        return None
    service, prefix, path = parts
    written = re.match(r"arn:([a-z-]+):", pattern) if isinstance(pattern, str) else None
    partition = written[1] if written else resource.stack.pseudo("AWS::Partition")
    name = resource.get(path) if path else None
    if not isinstance(name, str | Text | Unknown):
        name = Reference(resource)
    region, account = resource.stack.pseudo("AWS::Region"), resource.stack.pseudo("AWS::AccountId")
    place = ["", "", ""] if service == "s3" else [region, ":", account]
    middle = ["::"] if service == "s3" else place
    return join_text(["arn:", partition, f":{service}:", *middle, "" if service == "s3" else ":", prefix, name])
