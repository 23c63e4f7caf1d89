"""Applies the fixes to one resource, and keeps account of what was set and what could not be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from aws_cdk import Annotations, CfnResource, Stack
from aws_cdk.aws_logs import LogGroup
from aws_cdk.aws_s3 import IBucket

from readiness_pack.integrations.cdk.fixes.guard import Again, guard_of
from readiness_pack.integrations.cdk.fixes.policies import (
    STATEMENTS,
    extended,
    find,
    grow,
    make_policy,
    may_grow,
    statements_of,
)
from readiness_pack.integrations.cdk.fixes.reading import Reading, own_properties
from readiness_pack.integrations.cdk.fixes.writing import foreign, grant, write
from readiness_pack.integrations.fixes import Change, Fix, Plan, Subject, plan
from readiness_pack.integrations.fixes.model import Statements

_ELSEWHERE = "a list there refers to another stack, which CDK prepares only later"


@dataclass
class Setting:
    """What the user asked for, and what came of it.

    Args:
        fixes: the fixes to apply.
        options: the values that fixes take.
        log_bucket: the bucket that takes access logs.
        annotate: whether changes are shown on constructs.
        changes: what was set.
        left: what could not be set, with the reason.
    """

    fixes: tuple[Fix, ...]
    options: Mapping[str, Any]
    log_bucket: IBucket | str | None
    annotate: bool
    changes: list[Change] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    log_bucket_told: bool = False

    def take_back(self, resource: CfnResource, path: str) -> None:
        """The user set ``path`` after all."""
        where = resource.node.path
        self.changes[:] = [
            one for one in self.changes if one.construct_path != where or not _covers(path, one.property_path)
        ]
        if self.annotate:
            Annotations.of(resource).add_info(f"ReadinessFixes leaves {path} as it was set afterwards")


def _covers(written: str, property_path: str) -> bool:
    return property_path == written or property_path.startswith((f"{written}.", f"{written}["))


@dataclass
class Application:
    """The fixes on one resource.

    Args:
        setting: what the user asked for.
        resource: the construct.
        stack: its stack.
        reading: the stack as it is.
        subject: the resource as it is.
    """

    setting: Setting
    resource: CfnResource
    stack: Stack
    reading: Reading
    subject: Subject

    @cached_property
    def where(self) -> str:
        """The path of the construct."""
        return self.resource.node.path

    def run(self) -> None:
        """Set what is absent, and say so."""
        changes = [*self._set_properties(), *self._add_statements()]
        self.setting.changes += changes
        if changes and self.setting.annotate:
            said = [str(one).removeprefix(f"{one.construct_path}: ") for one in changes]
            Annotations.of(self.resource).add_info(f"ReadinessFixes: {'; '.join(said)}")

    def _set_properties(self) -> list[Change]:
        fixes = [fix for fix in self.setting.fixes if fix.statements is None and self._is_meant(fix)]
        fixes = self._without_taken_away(fixes, self._plan(fixes))
        made = self._without_refused(fixes, self._plan(fixes))
        writes = {path: value for path, value in made.writes.items() if not path.startswith("@")}
        if "LoggingConfiguration.DestinationBucketName" in writes:
            self._tell_log_bucket()
        write(self.resource, made.writes)
        if writes:
            self._watch(self.resource, self.subject.logical_id, writes, lambda own: self._again(made, own))
        return [self._change(fix, path, value) for fix, path, value in made.set]

    def _without_taken_away(self, fixes: list[Fix], made: Plan) -> list[Fix]:
        """The fixes without those for what is absent since the user, or an L2 for the user, took it away."""
        paths = {path.partition("[")[0] for _, path, _ in made.set if not path.startswith("@")}
        absent = {path for path in paths if self.subject.get(path) is None}
        if not absent:
            return fixes
        own = replace(self.subject, resource={"Properties": own_properties(self.resource, self.stack)})
        deleted = {path for path in absent if own.get(path) is not None}  # by a deletion override
        if isinstance(self.resource.node.scope, LogGroup):
            deleted.add("RetentionInDays")  # an L2 that has none was told to keep events for ever
        return [fix for fix in fixes if deleted.isdisjoint(path.partition("[")[0] for path in fix.sets)]

    def _without_refused(self, fixes: list[Fix], made: Plan) -> Plan:
        """The plan without what the role or references to other stacks stand in the way of."""
        refused: list[Fix] = []
        traced = [fix for fix, _, _ in made.set if fix.rights]
        problem = self._grant(traced[0]) if traced else None
        if problem:
            self._leave(traced, problem)
            refused += [fix for fix in fixes if fix.rights]
        if any(foreign(value, self.reading.known) for value in made.writes.values() if isinstance(value, list)):
            listed = [fix for fix, path, _ in made.set if "[" in path]
            self._leave(listed, _ELSEWHERE)
            refused += listed
        return self._plan([fix for fix in fixes if fix not in refused]) if refused else made

    def _grant(self, fix: Fix) -> str | None:
        return grant(self.resource, self.subject, self.subject.get(fix.role), fix.rights)

    def _again(self, made: Plan, own: dict[str, Any]) -> dict[str, Any]:
        """What the fixes that set something would make of the properties ``own``."""
        subject = replace(self.subject, resource={**self.subject.resource, "Properties": own})
        fixes = [replace(fix, when=lambda _: True) for fix in {id(fix): fix for fix, _, _ in made.set}.values()]
        properties: dict[str, Any] = plan(subject, fixes, self.setting.options).resource["Properties"]
        return properties

    def _watch(self, resource: CfnResource, logical_id: str, writes: dict[str, Any], again: Again) -> None:
        """See to it that what the user sets later stands."""
        written = guard_of(self.stack).of(resource, logical_id)
        written.writes.update(writes)
        written.again.append(again)
        if self.setting.take_back not in written.taken_back:
            written.taken_back.append(self.setting.take_back)

    def _plan(self, fixes: list[Fix]) -> Plan:
        return plan(self.subject, fixes, self.setting.options)

    def _is_meant(self, fix: Fix) -> bool:
        """Whether the rule fails, where that hangs on other resources; the log bucket does not log into itself."""
        if self.subject.type not in fix.types:
            return False
        if fix.judged and not self.reading.fails(fix.rule, self.subject.logical_id):
            return False
        bucket = self.setting.options["log_bucket"]
        if "log_bucket" not in fix.options or not bucket:
            return True
        return bool(self.stack.resolve(bucket) != {"Ref": self.subject.logical_id})

    def _add_statements(self) -> list[Change]:
        fixes = [fix for fix in self.setting.fixes if fix.statements is not None and self._is_meant(fix)]
        if not fixes:
            return []
        added = {fix.rule: fix.statements.added(self.subject.logical_id) for fix in fixes if fix.statements}
        every = [one for of_rule in added.values() for one in of_rule]
        kind = next(fix.statements for fix in fixes if fix.statements)
        problem = self._extend_policy(kind, every)
        if problem:
            self._leave(fixes, problem)
            return []
        return [self._change(fix, STATEMENTS, one) for fix in fixes for one in added[fix.rule]]

    def _extend_policy(self, kind: Statements, added: list[dict[str, Any]]) -> str | None:
        """Give the policy ``added``; why that cannot be done, ``None`` where it was."""
        policy_id = kind.policy_of(self.subject)
        policy = find(self.stack, policy_id) if policy_id else None
        if policy_id is None and "Condition" in self.subject.resource and may_grow(self.resource):
            return "it has a Condition, which the policy that its construct would make has not"
        if grow(self.resource, self.subject, kind, policy, policy_id is None, added):
            return None
        if policy_id is None:
            make_policy(self.resource, self.stack, self.subject, kind, added)
            return None
        statements = statements_of(self.reading.resources[policy_id].get("Properties") or {})
        if policy is None or statements is None:
            return f"its policy {policy_id} is not a list of statements in a resource of this app"
        if foreign(statements, self.reading.known):
            return _ELSEWHERE
        properties = extended(self.reading.resources[policy_id]["Properties"], added)
        writes = {STATEMENTS: statements_of(properties)}
        write(policy, writes)
        self.reading.resources[policy_id]["Properties"] = properties  # another queue may have the same policy
        self._watch(policy, policy_id, writes, lambda own: extended(own, added))
        return None

    def _tell_log_bucket(self) -> None:
        """Let S3 write logs into the bucket, as CDK does for ``server_access_logs_bucket``; once."""
        grows = getattr(self.setting.log_bucket, "add_to_resource_policy", None)
        if grows is None or self.setting.log_bucket_told:
            return
        from aws_cdk import Aws
        from aws_cdk.aws_iam import PolicyStatement, ServicePrincipal

        self.setting.log_bucket_told = True
        grows(
            PolicyStatement(
                principals=[ServicePrincipal("logging.s3.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.setting.log_bucket.arn_for_objects("*")],  # type: ignore[union-attr]  # it grows
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )

    def _change(self, fix: Fix, path: str, value: Any) -> Change:
        shown = self.stack.resolve(value) if fix.options else value
        return Change(fix.rule, self.where, self.subject.logical_id, self.subject.type, path, shown)

    def _leave(self, fixes: Iterable[Fix], problem: str) -> None:
        named = ", ".join(dict.fromkeys(fix.rule for fix in fixes))
        self.setting.left.append(f"{self.where}: not fixed for {named}, since {problem}")
        if self.setting.annotate:
            Annotations.of(self.resource).add_warning(f"ReadinessFixes: not fixed for {named}, since {problem}")
