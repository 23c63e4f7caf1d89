"""The public class: CDK shows it one construct after the other, and it sets what is absent."""

from __future__ import annotations

from collections.abc import Sequence

import jsii
from aws_cdk import CfnResource, Stack
from aws_cdk.aws_s3 import IBucket
from aws_cdk.aws_sns import ITopic
from constructs import IConstruct, IMixin

from readiness_pack.errors import InputError
from readiness_pack.integrations.cdk.fixes.applying import Application, Setting
from readiness_pack.integrations.cdk.fixes.reading import Readings
from readiness_pack.integrations.fixes import Change, Subject, selected
from readiness_pack.rules import built_in

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
_RETENTION = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
_MOST_BACKUP_DAYS = 35


@jsii.implements(IMixin)
class ReadinessFixes:
    """Sets what is safe to set on the resources below a scope, so that rules pass.

    What is absent is set; what the template says is left alone, also ``False``, a token, or an override. It sees what
    is there when it is applied, so apply it last. A value that you set afterwards stands all the same.

    Args:
        only: rules, items or globs of either: nothing but these is applied.
        also: rules whose fix somebody notices or pays for, so that it is applied only where the rule is named.
        without: rules, items or globs that are left out.
        log_retention_days: how long log groups keep events that say nothing about it; a number that CloudWatch takes.
        database_backup_days: how long databases keep automated backups that say nothing about it; 1 to 35.
        alarm_topic: the topic that alarms without an action publish to; none get one where it is not given.
        log_bucket: the bucket that takes the access logs of the others; none are logged where it is not given.
        annotate: whether what was set is shown on each construct, as CDK shows annotations.

    Raises:
        InputError: a name is no rule or item, or has no fix, or a number is out of range.

    Example:
        >>> import aws_cdk as cdk
        >>> from aws_cdk import aws_kms as kms
        >>> from readiness_pack import ReadinessFixes
        >>> stack = cdk.Stack(cdk.App(), "Shop")
        >>> key = kms.CfnKey(stack, "Key")
        >>> fixes = ReadinessFixes(only=["KmsKeyRotationEnabled"])
        >>> _ = cdk.Mixins.of(stack).apply(fixes)
        >>> print(fixes.changes[0])
        Shop/Key: EnableKeyRotation set to true (KmsKeyRotationEnabled)
    """

    def __init__(
        self,
        *,
        only: Sequence[str] | None = None,
        also: Sequence[str] = (),
        without: Sequence[str] = (),
        log_retention_days: int = 365,
        database_backup_days: int = 7,
        alarm_topic: ITopic | str | None = None,
        log_bucket: IBucket | str | None = None,
        annotate: bool = True,
    ) -> None:
        if log_retention_days not in _RETENTION:
            raise InputError(f"log_retention_days: {log_retention_days} is none of {', '.join(map(str, _RETENTION))}")
        if database_backup_days not in range(1, _MOST_BACKUP_DAYS + 1):
            raise InputError(f"database_backup_days: {database_backup_days!r} is not between 1 and {_MOST_BACKUP_DAYS}")
        items = {name: rule.item for name, rule in built_in().items()}
        fixes = selected(
            items, only=None if only is None else _listed(only), also=_listed(also), without=_listed(without)
        )
        options = {
            "log_retention_days": log_retention_days,
            "database_backup_days": database_backup_days,
            "alarm_topic": alarm_topic if isinstance(alarm_topic, str | None) else alarm_topic.topic_arn,
            "log_bucket": log_bucket if isinstance(log_bucket, str | None) else log_bucket.bucket_name,
        }
        self._setting = Setting(fixes, options, log_bucket, annotate)
        self._types = {type_ for fix in fixes for type_ in fix.types}
        self._readings = Readings()
        self._classes: dict[type, str] = {}

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was set, in order."""
        return tuple(self._setting.changes)

    @property
    def left(self) -> tuple[str, ...]:
        """What could not be set although it is absent, each with the reason."""
        return tuple(self._setting.left)

    def supports(self, construct: IConstruct) -> bool:
        """Called by CDK: whether ``construct`` is a resource of a type that has a fix.

        Args:
            construct: any construct of the tree.
        """
        return isinstance(construct, CfnResource) and self._type(construct) in self._types

    def apply_to(self, construct: IConstruct) -> None:
        """Called by CDK: set what is absent on ``construct``.

        Args:
            construct: a resource.

        Raises:
            ReadinessError: the stack cannot be read yet.
        """
        if not isinstance(construct, CfnResource) or not self.supports(construct):
            return
        stack = Stack.of(construct)
        reading = self._readings.of(stack)
        logical_id = str(stack.resolve(construct.logical_id))
        found = reading.resources.get(logical_id)
        if found is not None and logical_id not in reading.managed:  # a resource may decide not to be written
            Application(self._setting, construct, stack, reading, Subject(logical_id, found, reading.resources)).run()

    def _type(self, resource: CfnResource) -> str:
        """The resource type; for CDK's own classes asked of JavaScript once a class, since a question costs."""
        class_ = type(resource)
        if class_ is CfnResource or not class_.__module__.startswith("aws_cdk"):
            return resource.cfn_resource_type
        if class_ not in self._classes:
            self._classes[class_] = resource.cfn_resource_type
        return self._classes[class_]


def _listed(names: Sequence[str]) -> Sequence[str]:
    """The names; one alone may be given as text."""
    return [names] if isinstance(names, str) else names
