"""Checks that what holds data is backed up, often and long enough, and that backups restore."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from readiness_pack.rules.checks.availability import is_cluster_member
from readiness_pack.rules.checks.backup_selections import PLAN, RULES, coverage_problem, selections, selects
from readiness_pack.rules.checks.candidates import nearest_miss
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import tagged, unless_tagged
from readiness_pack.rules.checks.schedules import longest_gap
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided, Value
from readiness_pack.template.views import holds_for_any
from readiness_pack.template.views.relations import related

# Coverage --------------------------------------------------------------------------------------------------------

_REPLICA_OF = ("SourceDBInstanceIdentifier", "SourceDBClusterIdentifier", "ReplicationSourceIdentifier")
_UNRECORDED = ("content=logs", "content=assets", "content=scratch")


def covers_store(rule: Rule, store: Resource) -> Verdicts:
    """A backup plan with a rule selects the store, and may back it up."""
    if not _is_worth_a_backup(store):
        return NOT_APPLICABLE
    return unless_tagged(store, rule["exempt_tag"], lambda: _covered(rule, store))


def _covered(rule: Rule, store: Resource) -> Verdicts:
    if _by_organisation(rule, store):
        return NOT_APPLICABLE
    if store.type == "AWS::EFS::FileSystem" and store.get("BackupPolicy.Status") == "ENABLED":
        return PASS  # EFS makes a plan of its own for it
    if rule["accept_automatic_backups"] and _backs_up_itself(store):
        return PASS
    problem = coverage_problem(store)
    return PASS if problem is None else fail(reason=problem)


_FSX_KINDS = ("LustreConfiguration", "OntapConfiguration", "OpenZFSConfiguration", "WindowsConfiguration")


def _backs_up_itself(store: Resource) -> bool:
    """Whether the service keeps automatic backups; of file systems where that is stated."""
    if store.type == "AWS::FSx::FileSystem":
        return any((store.number(f"{kind}.AutomaticBackupRetentionDays") or 0) > 0 for kind in _FSX_KINDS)
    if store.type not in _RETENTION:
        return False
    path, default = _RETENTION[store.type]
    return (store.number(path, default=default) or 0) > 0


def _is_worth_a_backup(store: Resource) -> bool:
    """Whether a store holds data of its own that a backup can hold."""
    if store.type == "AWS::RDS::DBInstance" and is_cluster_member(store):
        return False
    if any(store.get(path) is not None for path in _REPLICA_OF):
        return False
    if store.type != "AWS::S3::Bucket":
        return True
    # AWS Backup takes versioned buckets only; that a bucket is not is a finding of its own.
    if store.get("VersioningConfiguration.Status") != "Enabled" or related(store, "log_destination"):
        return False
    return not holds_for_any(_UNRECORDED, lambda tag: tagged(store, tag))


def _by_organisation(rule: Rule, store: Resource) -> bool:
    """Whether a backup policy of the organisation covers the store: all, or those with the tags that it selects by."""
    fact = rule.facts.get("org_backup_policy")
    if fact is True:
        return True
    wanted = dict(rule["org_backup_policy_tags"])
    if isinstance(fact, dict):
        wanted |= fact
    named = [fact] if isinstance(fact, str) else []
    return holds_for_any([*named, *(f"{key}={value}" for key, value in wanted.items())], lambda tag: tagged(store, tag))


# Plans and vaults ------------------------------------------------------------------------------------------------

# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
_DEFAULT_SCHEDULE = "cron(0 5 ? * * *)"
_COLD_DAYS = 90


def plan_meets_targets(rule: Rule, plan: Resource) -> Verdicts:
    """The best rule of a plan runs often enough, the best one keeps long enough, and all can be carried out."""
    paths = [path for path, _ in plan.each(f"{RULES}[*]")]
    if not paths:
        return fail("BackupPlan.BackupPlanRule", detail="rules", reason="has no rule and so never runs")
    hours, days = rule["rpo_hours"], rule["min_backup_retention_days"]
    questions: list[Callable[[], Outcome | None]] = [
        lambda: _often(plan, paths, hours),
        lambda: _long(plan, paths, days),
        *(partial(_cold, plan, lifecycle) for lifecycle in _lifecycles(plan, paths)),
    ]
    return judged(questions, lambda question: question()) or PASS


def best_gap(plan: Resource) -> float:
    """The longest time between two backups of the rule of ``plan`` that runs most often, in hours."""
    gaps = [_gap(plan, path) for path, _ in plan.each(f"{RULES}[*]")]
    return min(gaps, default=math.inf)


def _gap(plan: Resource, path: str) -> float:
    if plan.flag(f"{path}.EnableContinuousBackup", default=False):
        return 0.0
    return longest_gap(plan.get(f"{path}.ScheduleExpression", _DEFAULT_SCHEDULE))


def _often(plan: Resource, paths: list[str], hours: float) -> Outcome | None:
    def problem(path: str) -> str | None:
        gap = _gap(plan, path)
        return None if gap <= hours else f"runs only {_every(gap)}, so more than {_span(hours)} of work can be lost"

    missed = nearest_miss(paths, problem)
    return None if missed is None else fail(f"{paths[0]}.ScheduleExpression", detail="rpo", reason=missed)


def _long(plan: Resource, paths: list[str], days: float) -> Outcome | None:
    def problem(path: str) -> str | None:
        kept = _lasting(plan.number(f"{path}.Lifecycle.DeleteAfterDays"))
        return None if kept >= days else f"keeps backups for {_days(kept)}, fewer than {days}"

    missed = nearest_miss(paths, problem)
    return None if missed is None else fail(f"{paths[0]}.Lifecycle.DeleteAfterDays", detail="retention", reason=missed)


def _lifecycles(plan: Resource, paths: list[str]) -> list[str]:
    copies = [copy for path in paths for copy, _ in plan.each(f"{path}.CopyActions[*]")]
    return [f"{path}.Lifecycle" for path in (*paths, *copies)]


def _cold(plan: Resource, lifecycle: str) -> Outcome | None:
    """Backups stay in cold storage for 90 days at least; a shorter life is turned down."""
    cold = plan.number(f"{lifecycle}.MoveToColdStorageAfterDays")
    kept = _lasting(plan.number(f"{lifecycle}.DeleteAfterDays"))
    if cold is None or cold < 0 or kept >= cold + _COLD_DAYS:
        return None
    reason = (
        f"moves backups to cold storage after {_days(cold)} and deletes them after {_days(kept)}, not 90 days later"
    )
    return fail(f"{lifecycle}.DeleteAfterDays", detail="cold", reason=reason)


def _lasting(days: float | None) -> float:
    """For how many days something is kept: for ever where nothing, or -1, is given."""
    return math.inf if days is None or days < 0 else days


def _days(number: float) -> str:
    return "1 day" if number == 1 else f"{number:g} days"


def _every(hours: float) -> str:
    return "once" if math.isinf(hours) else f"every {_span(hours)}"


def _span(hours: float) -> str:
    return _days(hours / 24) if hours > 48 else f"{hours:g} hours"


def vault_locked(rule: Rule, vault: Resource) -> Verdicts:
    """Backups in a vault can be deleted neither before their time nor together with the stack."""
    del rule
    found: list[Outcome] = []
    doubt: Undecided | None = None
    if vault.get("LockConfiguration") is None:
        found.append(
            fail("LockConfiguration", detail="lock", reason="can be deleted before their time (no LockConfiguration)")
        )
    try:
        if vault.get("@DeletionPolicy", "Delete") == "Delete":
            found.append(fail("@DeletionPolicy", detail="stack", reason="go with the stack (DeletionPolicy is Delete)"))
    except Undecided as undecided:
        doubt = undecided
    return found or (unknown(doubt.reason, "@DeletionPolicy") if doubt is not None else PASS)


# Restores --------------------------------------------------------------------------------------------------------

# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreTestingSelectionForCreate.html
_TESTED_AS = {
    "AWS::DocDB::DBCluster": "DocumentDB",
    "AWS::DynamoDB::GlobalTable": "DynamoDB",
    "AWS::DynamoDB::Table": "DynamoDB",
    "AWS::EC2::Instance": "EC2",
    "AWS::EC2::Volume": "EBS",
    "AWS::EFS::FileSystem": "EFS",
    "AWS::FSx::FileSystem": "FSx",
    "AWS::Neptune::DBCluster": "Neptune",
    "AWS::RDS::DBCluster": "Aurora",
    "AWS::RDS::DBInstance": "RDS",
    "AWS::S3::Bucket": "S3",
}


def restore_testing(rule: Rule, assembly: Assembly) -> Verdicts:
    """Restores are tested on a schedule, for each kind of resource that a plan of the app backs up."""
    del rule
    if not assembly.of_type(PLAN):
        return NOT_APPLICABLE
    if not assembly.of_type("AWS::Backup::RestoreTestingPlan"):
        return fail(reason="no restore testing plan is in the app")
    tested = [one.get("ProtectedResourceType") for one in assembly.of_type("AWS::Backup::RestoreTestingSelection")]
    if not tested:
        return fail(reason="no selection says what the restore testing plan restores")
    wanted, doubt = _protected(assembly)
    missing = [kind for kind in wanted if not holds_for_any(tested, lambda one: bool(one == kind))]  # noqa: B023
    if missing:
        return fail(reason=f"no restore testing selection is for {', '.join(missing)}")
    return PASS if doubt is None else unknown(doubt)


def _protected(assembly: Assembly) -> tuple[list[str], str | None]:
    """The kinds of resources that selections of the app select for certain, and why there may be more."""
    kinds: set[str] = set()
    doubt: str | None = None
    for type_, kind in _TESTED_AS.items():
        for store in assembly.of_type(type_):
            actual = "RDS" if kind == "Aurora" and store.get("DBClusterInstanceClass") is not None else kind
            if actual in kinds or (type_ == "AWS::RDS::DBInstance" and is_cluster_member(store)):
                continue
            try:
                if holds_for_any(selections(assembly), lambda selection: selects(selection, store)):  # noqa: B023
                    kinds.add(actual)
            except Undecided as undecided:
                doubt = doubt or undecided.reason
    return sorted(kinds), doubt


# What databases keep themselves ----------------------------------------------------------------------------------

_RETENTION: dict[str, tuple[str, int]] = {
    "AWS::DocDB::DBCluster": ("BackupRetentionPeriod", 1),
    "AWS::ElastiCache::ReplicationGroup": ("SnapshotRetentionLimit", 0),
    "AWS::Neptune::DBCluster": ("BackupRetentionPeriod", 1),
    "AWS::RDS::DBCluster": ("BackupRetentionPeriod", 1),
    "AWS::RDS::DBInstance": ("BackupRetentionPeriod", 1),
    "AWS::Redshift::Cluster": ("AutomatedSnapshotRetentionPeriod", 1),
}


def automated_retention(rule: Rule, database: Resource) -> Verdicts:
    """A database keeps its automated backups for some days."""
    if database.type == "AWS::RDS::DBInstance" and is_cluster_member(database):
        return NOT_APPLICABLE
    judged_replica = rule["check_read_replicas"] and database.type == "AWS::RDS::DBInstance"
    if not judged_replica and any(database.get(path) is not None for path in _REPLICA_OF):
        return NOT_APPLICABLE
    if database.get("ClusterScalabilityType", "standard") == "limitless":
        return NOT_APPLICABLE  # Aurora Limitless keeps none
    days = rule["min_db_backup_days"]
    return unless_tagged(database, rule["ephemeral_tag"], lambda: _kept(database, days))


def _kept(database: Resource, wanted: float) -> Verdicts:
    path, default = _RETENTION[database.type]
    days = database.number(path, default=default)
    if days is None or days >= wanted:
        return PASS
    said = f"{path} is {days}" if database.get(path) is not None else f"{path} is not set and so {default}"
    return fail(path, kept="off" if days == 0 else f"kept for {_days(days)} only, not {wanted}", said=said)


def point_in_time_recovery(rule: Rule, table: Resource) -> Verdicts:
    """A table, or each replica of a global one, can be restored to any second."""
    del rule
    flag = "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"
    if table.type == "AWS::DynamoDB::Table":
        return PASS if table.flag(flag, default=False) else fail(flag, where="")

    def judge(replica: tuple[str, Value]) -> Outcome | None:
        path = replica[0]
        if table.flag(f"{path}.{flag}", default=False):
            return None
        region = table.get(f"{path}.Region")
        return fail(f"{path}.{flag}", detail=str(region), where=f" in {region}")

    return judged(table.each("Replicas[*]"), judge) or PASS
