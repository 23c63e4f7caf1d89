"""Checks on identities: users and their keys, roles that are shared, what is allowed to administrators."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase

from readiness_pack.checklist import Severity
from readiness_pack.rules.checks.audit import deploys_nothing
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.iam_grants import named_like
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.checks.wording import listed
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Reference, Resource, Undecided, Unknown, Value
from readiness_pack.template.views.naming import named_resource
from readiness_pack.template.views.partial import holds_for_any, once_an_app
from readiness_pack.template.views.policies import attached_managed_policy_names

_FUNCTION = "AWS::Lambda::Function"
_USER = "AWS::IAM::User"

# Roles ---------------------------------------------------------------------------------------------------------------


def role_not_shared(rule: Rule, resource: Resource) -> Verdicts:
    """A function has a role of its own; a task acts with another role than the one that starts it."""
    if resource.managed_by_cdk:
        return NOT_APPLICABLE
    if resource.type != _FUNCTION:
        return _task_roles(resource)
    if resource.get("Role") is None:
        return NOT_APPLICABLE
    others = [one.logical_id for one in _sharers(resource) if one is not resource]
    if len(others) + 1 <= rule["max_sharers"]:
        return PASS
    names = listed(others)
    message = "Function {logical_id} shares its role {role} with {others}."
    return fail("Role", message=message, role=str(resource.get("Role")), others=names)


def _sharers(function: Resource) -> list[Resource]:
    """The functions that have the role of ``function``, itself among them."""
    written = once_an_app(function.assembly, "functions by role as written", lambda: _by_role(function.assembly))
    alike = [one for one in written[_as_written(function)] if one.exists()]
    if len(alike) > 1:
        return alike
    role = function.target("Role")
    if role is None:
        return [function]
    found = role.referrers(_FUNCTION, path="Role")
    return [one for one in found if one.exists() and not one.managed_by_cdk]


def _by_role(assembly: Assembly) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for function in assembly.of_type(_FUNCTION):
        if not function.managed_by_cdk:
            found.setdefault(_as_written(function), []).append(function)
    return found


def _as_written(function: Resource) -> str:
    """What is the same for two functions only if they have the same role, known or not."""
    raw = function.raw_at("Role")
    return raw if isinstance(raw, str) else f"{function.stack.name} {json.dumps(raw, sort_keys=True)}"


def _task_roles(task: Resource) -> Verdicts:
    acts, starts = task.get("TaskRoleArn"), task.get("ExecutionRoleArn")
    if acts is None or starts is None:
        return NOT_APPLICABLE
    if task.raw_at("TaskRoleArn") != task.raw_at("ExecutionRoleArn"):
        one, other = task.target("TaskRoleArn"), task.target("ExecutionRoleArn")
        if one is not other or (one is None and acts != starts):
            return PASS
    message = "Tasks of {logical_id} act with the role that ECS starts them with ({role})."
    return fail("TaskRoleArn", message=message, role=str(acts))


def boundary_present(rule: Rule, principal: Resource) -> Verdicts:
    """A role or user has a permissions boundary, where that is asked for."""
    if not rule["require_boundary"] or (principal.managed_by_cdk and principal.get("PermissionsBoundary") is None):
        return NOT_APPLICABLE
    return PASS if principal.get("PermissionsBoundary") is not None else fail("PermissionsBoundary")


def no_inline_policies(rule: Rule, principal: Resource) -> Verdicts:
    """Policies of users and groups, and of roles where that is asked for, stand by themselves."""
    is_role = principal.type == "AWS::IAM::Role"
    if is_role and rule["allow_inline_role_policy"]:
        return NOT_APPLICABLE
    written = principal.each("Policies[*]")
    if not written:
        return PASS
    names = []
    for path, policy in written:
        if isinstance(policy, Unknown):
            return unknown(policy.reason, path)
        names.append(str(principal.get(f"{path}.PolicyName")))
    kind = principal.type.split("::")[-1].lower()
    severity: Severity | None = None if is_role else "error"
    return fail("Policies", severity=severity, kind=kind, policies=", ".join(names))


# Users ---------------------------------------------------------------------------------------------------------------


def no_users(rule: Rule, resource: Resource) -> Verdicts:
    """Nobody works as a user: people come through the identity provider, workloads through roles."""
    allowed = rule["allowed_users"]
    if resource.type != _USER:
        return _policy_of_users(allowed, resource)
    if resource.get("LoginProfile") is not None:
        return fail("LoginProfile", detail="password", reason="it signs in with a password of its own")
    if named_like(resource, allowed):
        return PASS
    return fail(detail="user", reason="it is not among allowed_users")


def _policy_of_users(allowed: list[str], policy: Resource) -> Verdicts:
    path = "UserName" if policy.type == "AWS::IAM::UserPolicy" else "Users[*]"
    users = [(where, value) for where, value in policy.each(path) if value is not None]
    # Users of the app are reported themselves.
    outside = [(where, value) for where, value in users if named_resource(policy.assembly, value) is None]
    if not outside:
        return NOT_APPLICABLE

    def judge(user: tuple[str, Value]) -> Outcome | None:
        where, value = user
        if any(fnmatchcase(known_text(value), pattern) for pattern in allowed):
            return None
        name = str(value)
        return fail(where, detail=name, reason=f"it gives permissions to user {name}, which is not among allowed_users")

    return judged(outside, judge) or PASS


def no_access_keys(rule: Rule, key: Resource) -> Verdicts:
    """Nobody has a key that does not expire."""
    allowed = rule["allowed_access_key_users"]
    name = key.get("UserName")
    user = named_resource(key.assembly, name)
    if allowed:
        if user is not None and user.type == _USER:
            is_allowed = named_like(user, allowed)
        else:
            is_allowed = any(fnmatchcase(known_text(name), pattern) for pattern in allowed)
        if is_allowed:
            return PASS
    who = user.logical_id if isinstance(name, Reference) and user is not None else str(name)
    return fail("UserName", user=who)


# Analyzers -----------------------------------------------------------------------------------------------------------

_ANALYZER = "AWS::AccessAnalyzer::Analyzer"
# What analyzers for external access look at, besides roles, which those of any region see:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-resources.html
_ANALYZED = (
    *("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::ECR::Repository", "AWS::EFS::FileSystem"),
    *("AWS::KMS::Key", "AWS::Lambda::Function", "AWS::Lambda::LayerVersion", "AWS::RDS::DBCluster"),
    *("AWS::RDS::DBInstance", "AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket", "AWS::SNS::Topic"),
    *("AWS::SQS::Queue", "AWS::SecretsManager::Secret"),
)
_EXTERNAL, _UNUSED = ("ACCOUNT", "ORGANIZATION"), ("ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS")

Place = tuple[str, str]


def analyzers_declared(rule: Rule, assembly: Assembly) -> Verdicts:
    """IAM Access Analyzer looks for access from outside wherever the app is deployed, and for unused access."""
    if rule.facts.get("access_analyzer") or deploys_nothing(assembly):
        return NOT_APPLICABLE
    analyzers = assembly.of_type(_ANALYZER)
    wanted = dict.fromkeys(_place(one) for one in assembly.of_type(*_ANALYZED) if not one.managed_by_cdk)
    if not wanted and not assembly.of_type("AWS::IAM::Role"):
        return NOT_APPLICABLE
    found: list[Outcome] = []
    for place in wanted or {_nowhere(): None}:
        external = [one for one in analyzers if place == _nowhere() or _place(one) in (place, _nowhere())]
        try:
            if not holds_for_any(external, lambda one: _is_of(one, _EXTERNAL)):
                found.append(_missing(place))
        except Undecided as undecided:
            found.append(unknown(undecided.reason, detail="/".join(place)))
    try:
        if not holds_for_any(analyzers, lambda one: _is_of(one, _UNUSED)):
            message = "No analyzer of the app finds access that nobody uses, and no fact access_analyzer is stated."
            found.append(fail(detail="unused", severity="info", message=message))
    except Undecided as undecided:
        found.append(unknown(undecided.reason, detail="unused"))
    return found or PASS


def _is_of(analyzer: Resource, types: tuple[str, ...]) -> bool:
    return analyzer.exists() and any(bool(analyzer.get("Type") == one) for one in types)


def _nowhere() -> Place:
    return ("", "")


def _place(resource: Resource) -> Place:
    """Account and region of a resource, empty where the stack names none."""
    named = [resource.stack.pseudo(name) for name in ("AWS::AccountId", "AWS::Region")]
    account, region = (one if isinstance(one, str) else "" for one in named)
    return (account, region)


def _missing(place: Place) -> Outcome:
    account, region = place
    where = f" in {region}" if region else ""
    where += f" of account {account}" if account else ""
    return fail(detail="/".join(place), where=where)


# Permission sets -----------------------------------------------------------------------------------------------------

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def permission_set_bounded(rule: Rule, permission_set: Resource) -> Verdicts:
    """Sessions end the same day, and only sets for emergencies make administrators."""
    found: list[Outcome] = []
    path = "SessionDuration"
    value = permission_set.get(path)
    try:
        if value is not None and _seconds(known_text(value)) > _seconds(rule["max_session"]):
            reason = f"its sessions last {value}, longer than {rule['max_session']}"
            found.append(fail(path, detail="session", reason=reason))
    except Undecided as undecided:
        found.append(unknown(undecided.reason, path, detail="session"))
    try:
        if holds_for_any(attached_managed_policy_names(permission_set), lambda name: name == "AdministratorAccess"):
            name = known_text(permission_set.get("Name"))
            if not any(fnmatchcase(name, pattern) for pattern in rule["break_glass_sets"]):
                reason = f"it makes administrators, and {name} is not among break_glass_sets"
                found.append(fail("ManagedPolicies", detail="administrator", reason=reason))
    except Undecided as undecided:
        found.append(unknown(undecided.reason, "ManagedPolicies", detail="administrator"))
    return [outcome for outcome in found if outcome.verdict == "fail"] or found[:1] or PASS


def _seconds(duration: str) -> int:
    """The length of an ISO 8601 duration such as ``PT8H``."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise Undecided(f"{duration} is no duration such as PT8H")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
