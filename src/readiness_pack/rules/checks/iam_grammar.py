"""Checks on the grammar of IAM policies: what IAM refuses, or takes for something else than was meant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from readiness_pack.data import tables
from readiness_pack.data.iam import iam_actions, iam_services
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.iam_grants import statement_label
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Reference, Resource, Text, Unknown, Value, is_known
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.statements import Statement, statements_in

_ROLE, _TRUST = "AWS::IAM::Role", "AssumeRolePolicyDocument"
_VERSION = "2012-10-17"

# Characters, white space not counted: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_MANAGED_POLICY = 6144
_INLINE = {"Roles": 10240, "Groups": 5120, "Users": 2048}

# What Ref gives of these is a name, an id or a URL; a policy needs the ARN.
_NO_ARN = frozenset(
    f"AWS::{type_}"
    for type_ in (
        *("DynamoDB::Table", "ECR::Repository", "IAM::Role", "IAM::User", "KMS::Key", "Kinesis::Stream"),
        *("Lambda::Function", "Logs::LogGroup", "RDS::DBInstance", "S3::Bucket", "SQS::Queue"),
    )
)


@dataclass(frozen=True, slots=True)
class _Document:
    """A policy document; ``name`` is that of the inline policy, ``""`` where the resource has one only."""

    name: str
    path: str
    data: Value
    is_trust: bool = False


def policy_grammar(rule: Rule, resource: Resource) -> Verdicts:
    """Every policy of the resource says what IAM understands, and fits in."""
    documents = list(_documents(resource))
    found: list[Outcome] = []
    for document in documents:
        if not isinstance(document.data, dict):
            reason = document.data.reason if isinstance(document.data, Unknown) else "the policy is not an object"
            found.append(unknown(reason, document.path))
            continue
        found += judged([document], _version)
        statements = statements_in(document.data, resource, document.path)
        found += judged(statements, lambda one, document=document: _no_resource(document, one))  # type: ignore[misc]
        pairs = [(one, action) for one in statements.known for action in one.actions or one.not_actions or ()]
        found += judged(pairs, lambda pair: _action(*pair))
        resources = [(one, arn) for one in statements.known for arn in one.resources or one.not_resources or ()]
        found += judged(resources, lambda pair: _arn(*pair))
    found += _sizes(rule, resource, documents)
    failed = {(outcome.detail): outcome for outcome in reversed(found) if outcome.verdict == "fail"}
    return list(failed.values())[::-1] or found[:1] or PASS


def _documents(resource: Resource) -> Iterator[_Document]:
    if resource.type != _ROLE:
        yield _Document("", "PolicyDocument", json_document(resource.get("PolicyDocument")))
        return
    if resource.get(_TRUST) is not None:
        yield _Document("trust", _TRUST, json_document(resource.get(_TRUST)), is_trust=True)
    for path, policy in resource.each("Policies[*]"):
        if isinstance(policy, dict):
            data = json_document(policy.get("PolicyDocument"))
            yield _Document(str(policy.get("PolicyName")), f"{path}.PolicyDocument", data)
        else:
            yield _Document("", path, policy)


def _called(document: _Document) -> str:
    if document.is_trust:
        return "its trust policy"
    return f"its policy {document.name}" if document.name else "it"


def _version(document: _Document) -> Outcome | None:
    version = document.data.get("Version")
    if version is not None and bool(version == _VERSION):
        return None
    said = "has no Version" if version is None else f"has the Version {version}"
    reason = f"{_called(document)} {said}, so that policy variables are not replaced"
    return fail(f"{document.path}.Version", detail=f"version {document.name}", reason=reason)


def _no_resource(document: _Document, statement: Statement) -> Outcome | None:
    if document.is_trust or statement.resources is not None or statement.not_resources is not None:
        return None
    reason = f"{statement_label(statement)} has neither Resource nor NotResource"
    return fail(statement.path, detail=f"resource {statement.sid or document.name}", reason=reason)


# Actions -------------------------------------------------------------------------------------------------------------


def _action(statement: Statement, action: Value) -> Outcome | None:
    pattern = known_text(action)
    if pattern == "*":
        return None
    service, colon, _ = pattern.partition(":")
    if not colon:
        problem = f"{pattern} has no service in front"
    elif not set(service) & {"*", "?"} and service.lower() not in iam_services():
        problem = f"no service has the prefix {service}{_as_of()}"
    elif not iam_actions(pattern):
        problem = f"there is no action {pattern}{_as_of()}"
    else:
        return None
    reason = f"{problem} ({statement_label(statement)})"
    return fail(statement.path, detail=f"action {pattern.lower()}", reason=reason)


def _as_of() -> str:
    """New actions come every week: messages say how old the table is."""
    date = next(table.as_of for table in tables() if table.name == "iam_actions")
    return f" as of {date.isoformat()}"


# Resources -----------------------------------------------------------------------------------------------------------


def _arn(statement: Statement, resource: Value) -> Outcome | None:
    problem = _malformed(resource)
    if problem is None:
        return None
    reason = f"{problem} ({statement_label(statement)})"
    return fail(statement.path, detail=f"arn {resource}", reason=reason)


def _malformed(value: Value) -> str | None:
    """What is wrong with an element of ``Resource``, as far as it is known."""
    first = value.parts[0] if isinstance(value, Text) else value
    if isinstance(first, Reference):
        if first.attribute is None and first.resource.type in _NO_ARN:
            return f"the resource {value} is not an ARN: Ref of {first.resource.type} gives none"
        return None
    if isinstance(value, Unknown):
        # What comes from elsewhere is taken to be an ARN.
        return None
    if isinstance(value, Text):
        start = value.prefix
        return None if not start or start.startswith("arn:") or set(start) <= {"*", "?"} else _is_no_arn(value)
    text = known_text(value)
    if set(text) <= {"*", "?"} and text:
        return None
    if not re.match(r"arn:|\*", text):
        return _is_no_arn(text)
    return None if len(text.split(":")) >= 6 else f"the ARN {text} lacks parts"


def _is_no_arn(value: Value) -> str:
    return f"the resource {value} is neither an ARN nor *"


# Size ----------------------------------------------------------------------------------------------------------------


def _sizes(rule: Rule, resource: Resource, documents: list[_Document]) -> Iterator[Outcome]:
    """Policies that are too long even before what is not known of them is filled in."""
    inline = 0
    for document in documents:
        size = _size(document.data)
        if document.is_trust:
            yield from _too_long(document.path, "trust", "its trust policy", size, rule["max_trust_policy"])
        elif resource.type == "AWS::IAM::ManagedPolicy":
            yield from _too_long(document.path, "policy", "it", size, _MANAGED_POLICY)
        else:
            inline += size
    if resource.type == _ROLE:
        others = attached(resource, "AWS::IAM::Policy", "Roles[*]")
        others += attached(resource, "AWS::IAM::RolePolicy", "RoleName")
        inline += sum(_size(json_document(other.get("PolicyDocument"))) for other in others)
        yield from _too_long("Policies", "inline", "its inline policies together", inline, _INLINE["Roles"])
    elif resource.type == "AWS::IAM::Policy":
        for path in ("Users", "Groups"):
            if resource.get(path):
                holders = f"it, being inline in {path.lower()},"
                yield from _too_long("PolicyDocument", path, holders, inline, _INLINE[path])


def _too_long(path: str, detail: str, subject: str, size: int, most: int) -> Iterator[Outcome]:
    if size > most:
        verb = "have" if subject.endswith("together") else "has"
        reason = f"{subject} {verb} at least {size} characters, {most} is the most"
        yield fail(path, detail=f"size {detail}", reason=reason)


def _size(data: Value) -> int:
    if not isinstance(data, dict):
        return 0
    return len(re.sub(r"\s", "", json.dumps(_plain(data), separators=(",", ":"))))


def _plain(value: Value) -> Any:
    """The data with nothing for what is not known."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, Text):
        return "".join(part for part in value.parts if isinstance(part, str))
    return value if is_known(value) else ""
