"""Checks on TLS that policies and properties demand of whoever connects."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from readiness_pack.rules.answers import Maybe
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_object, known_text
from readiness_pack.rules.matchers import condition
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Value, as_number, is_known
from readiness_pack.template.views import (
    Condition,
    Partial,
    PolicySource,
    Principal,
    Statement,
    covered_parts,
    covers_action,
    holds_for_all,
    holds_for_any,
    named_resource,
    resource_policies,
    statements_in,
)


@dataclass(frozen=True, slots=True)
class _Demand:
    """What a statement must deny so that nothing on a type of resource is left open.

    Args:
        action: the action, or all actions, that must be denied.
        parts: which parts of the resource have ARNs of their own.
        replaced: whether a second policy replaces the first, so that every policy must deny.
    """

    action: str
    parts: tuple[str, ...] = ("itself",)
    replaced: bool = False


_DEMANDS = {
    "AWS::S3::Bucket": _Demand("s3:*", ("itself", "contents")),
    "AWS::SQS::Queue": _Demand("sqs:*", replaced=True),
    "AWS::SNS::Topic": _Demand("sns:Publish", replaced=True),
    "AWS::EFS::FileSystem": _Demand("elasticfilesystem:ClientMount"),
}
# Policy type -> the type it is about and the property that names it; judged itself where that is outside the app.
_POLICIES = {
    "AWS::S3::BucketPolicy": ("AWS::S3::Bucket", "Bucket"),
    "AWS::SQS::QueuePolicy": ("AWS::SQS::Queue", "Queues[*]"),
    "AWS::SNS::TopicPolicy": ("AWS::SNS::Topic", "Topics[*]"),
}

Test = Callable[[Condition], bool]


def denies_insecure_transport(rule: Rule, resource: Resource) -> Verdicts:
    """A policy on the resource denies everybody every request that does not come over TLS."""
    del rule
    return _denied(resource, _is_plain, "for aws:SecureTransport false")


def requires_minimum_tls(rule: Rule, resource: Resource) -> Verdicts:
    """A policy on the resource denies everybody every request over an older TLS than ``min_tls``."""
    least = rule["min_tls"]
    what = f"for s3:TlsVersion below {least}"
    return _denied(resource, lambda condition: _is_older(condition, float(least)), what)


def _denied(resource: Resource, test: Test, what: str) -> Verdicts:
    if resource.type in _POLICIES:
        return _by_policy(resource, test, what)
    demand = _DEMANDS[resource.type]
    policies = resource_policies(resource)
    if not policies:
        return fail(detail="none", reason="it has no resource policy")

    def denies(policy: PolicySource) -> bool:
        statements = _statements(policy)

        def denied(part: str) -> bool:
            return holds_for_any(statements, lambda one: _denies(one, test, demand, resource, part))

        return holds_for_all(demand.parts, denied)  # several statements may do it together

    if demand.replaced and len(policies) > 1:

        def weak(policy: PolicySource) -> Outcome | None:
            if denies(policy):
                return None
            name = policy.source.logical_id
            reason = f"of its {len(policies)} policies each replaces the others, and {name} denies nothing {what}"
            return fail(detail=name, reason=reason)

        return judged(policies, weak) or PASS
    if holds_for_any(policies, denies):
        return PASS
    names = " and ".join(policy.source.logical_id for policy in policies if policy.source is not resource)
    return fail(detail="statement", reason=f"{names or 'its policy'} denies nothing {what}")


def _by_policy(policy: Resource, test: Test, what: str) -> Verdicts:
    """A policy on something outside the app; inside, the resource itself is judged with all its policies."""
    type_, path = _POLICIES[policy.type]
    named = [named_resource(policy.assembly, value) for _, value in policy.each(path)]
    if any(one is not None and one.type == type_ for one in named):
        return NOT_APPLICABLE
    demand = _DEMANDS[type_]
    statements = _statements(PolicySource(policy, "PolicyDocument"))
    if holds_for_any(statements, lambda one: _denies(one, test, demand, None, "")):
        return PASS
    return fail("PolicyDocument", detail="statement", reason=f"it is a policy that denies nothing {what}")


def _statements(policy: PolicySource) -> Partial[Statement]:
    return statements_in(policy.source.get(policy.path), policy.source, policy.path)


def _denies(statement: Statement, test: Test, demand: _Demand, resource: Resource | None, part: str) -> bool:
    """Whether ``statement`` denies everybody what ``demand`` says on ``part``, where and only where ``test`` holds."""
    if not statement.is_deny or statement.principals is None or not covers_action(statement, demand.action):
        return False
    if not holds_for_any(statement.principals, Principal.is_everyone):
        return False
    # A second condition would leave open what it does not match.
    conditions = list(statement.conditions)
    return len(conditions) == 1 and test(conditions[0]) and _is_about(statement, demand, resource, part)


def _is_about(statement: Statement, demand: _Demand, resource: Resource | None, part: str) -> bool:
    patterns = statement.resources
    if patterns is None:
        return statement.not_resources is None
    if resource is not None:
        return holds_for_any(patterns, lambda one: part in covered_parts(one, resource))
    if len(demand.parts) == 1:
        return True
    # The bucket is not known here: one pattern for it and one for its objects, or one for both.
    return any(one == "*" for one in patterns) or {_is_open(one) for one in patterns} == {True, False}


def _is_open(pattern: Value) -> bool:
    return isinstance(pattern, str | Text) and pattern.endswith("*")


def _is_plain(condition: Condition) -> bool:
    if condition.key != "aws:securetransport" or condition.base_operator not in ("bool", "stringequals", "stringlike"):
        return False
    return holds_for_all(condition.values, lambda value: _text(value) == "false")


def _is_older(condition: Condition, least: float) -> bool:
    if condition.key != "s3:tlsversion":
        return False
    match condition.base_operator:
        case "numericlessthan":
            return holds_for_all(condition.values, lambda value: _number(value) >= least)
        case "numericlessthanequals":
            return holds_for_all(condition.values, lambda value: _number(value) > least - 0.15)
        case _:
            return False


def _text(value: Value) -> str:
    if not is_known(value):
        value.undecided()
    return str(value).lower()


def _number(value: Value) -> float:
    try:
        return as_number(value) or 0.0
    except Undecided:
        if is_known(value):
            return 0.0
        raise


def efs_mounts(rule: Rule, resource: Resource) -> Verdicts:
    """Tasks mount file systems through TLS, and a file system takes no other mounts."""
    if resource.type == "AWS::EFS::FileSystem":
        return [
            fail("FileSystemPolicy", message=f"{{logical_id}} can be mounted without TLS: {outcome.fields['reason']}.")
            if outcome.verdict == "fail"
            else outcome
            for outcome in _listed(denies_insecure_transport(rule, resource))
        ]
    configuration = "EFSVolumeConfiguration"
    volumes: list[str] = []
    doubts: list[Value] = []
    for path, volume in resource.each("Volumes[*]"):
        if not isinstance(volume, dict):
            doubts.append(volume)
        elif volume.get(configuration) is not None:
            volumes.append(path)

    def judge(path: str) -> Outcome | None:
        place = f"{path}.{configuration}.TransitEncryption"
        if resource.get(place, "DISABLED") == "ENABLED":
            return None
        name = str(resource.get(f"{path}.Name"))
        return fail(place, detail=name, volume=name)

    found = judged(volumes, judge)
    if not found and doubts:
        known_object(doubts[0])
    return found or (PASS if volumes else NOT_APPLICABLE)


def _listed(verdicts: Verdicts) -> list[Outcome]:
    return [verdicts] if isinstance(verdicts, Outcome) else list(verdicts or ())


# Names of security policies tell the least version that they accept: TLS_1_0, SecurityPolicy_TLS13_1_2_PQ_2025_09,
# SecurityPolicy_TLS12_2018_EDGE.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
_LEAST = re.compile(r"TLS1\d_(1_\d)|TLS_(1_\d)|TLS(1\d)")


def custom_domain_tls(rule: Rule, domain: Resource) -> Verdicts:
    """The security policy of a custom domain accepts nothing older than ``min_tls``."""
    if domain.type != "AWS::ApiGatewayV2::DomainName":
        policy = domain.get("SecurityPolicy")
        if policy is None:
            return fail("SecurityPolicy", policy="none stated")
        return _older_policy(rule, "SecurityPolicy", policy) or PASS
    # HTTP and WebSocket APIs know no other policy than TLS_1_2.
    policies = domain.each("DomainNameConfigurations[*].SecurityPolicy")
    stated = [(path, value) for path, value in policies if value is not None]
    return judged(stated, lambda one: _older_policy(rule, *one)) or PASS


def _older_policy(rule: Rule, path: str, policy: Value) -> Outcome | None:
    if not is_known(policy):
        policy.undecided()
    match = _LEAST.search(str(policy))
    if match is None:
        raise Undecided(f"which TLS versions the policy {policy} accepts is not known here")
    least = next(group for group in match.groups() if group is not None).replace("_", "")
    wanted = str(rule["min_tls"]).replace(".", "")
    return None if int(least) >= int(wanted) else fail(path, policy=policy)


def integration_uses_https(rule: Rule, integration: Resource) -> Verdicts:
    """An API calls its HTTP backend over TLS."""
    prefix = "Integration." if integration.type == "AWS::ApiGateway::Method" else ""
    kind, uri = ("Type", "Uri") if prefix else ("IntegrationType", "IntegrationUri")
    type_ = integration.get(prefix + kind)
    if type_ is None or type_ not in ("HTTP", "HTTP_PROXY"):
        return NOT_APPLICABLE
    private = integration.get(f"{prefix}ConnectionType", "INTERNET") == "VPC_LINK"
    if private and not rule["require_backend_tls"]:
        return NOT_APPLICABLE
    value = integration.get(prefix + uri)
    if value is None or not _begins(value, "http://"):
        return PASS
    return fail(prefix + uri, uri=value)


def _begins(value: Value, start: str) -> bool:
    return (value if isinstance(value, Text) else known_text(value)).lower().startswith(start)


def certificate_issued_well(rule: Rule, certificate: Resource) -> Verdicts:
    """A certificate renews itself, names what it is for and has a key of today's length."""
    found: list[Outcome] = []
    if certificate.get("CertificateAuthorityArn") is None:
        method = certificate.get("ValidationMethod", "EMAIL")
        if method == "EMAIL":
            reason = "is validated by email, so that somebody must answer one for every renewal"
            found.append(fail("ValidationMethod", detail="validation", reason=reason))
    if certificate.get("KeyAlgorithm", "RSA_2048") == "RSA_1024":
        found.append(fail("KeyAlgorithm", detail="algorithm", reason="has a key of 1,024 bits (RSA_1024)"))
    if not rule["allow_wildcard"]:
        name = certificate.get("DomainName")
        if name is not None and _begins(name, "*."):
            found.append(fail("DomainName", detail="wildcard", reason=f"stands for every name under a domain ({name})"))
    return found or PASS


# Search domains ------------------------------------------------------------------------------------------------------


_ENDPOINT = "DomainEndpointOptions"
_DOMAIN_SETTINGS = {
    f"{_ENDPOINT}.EnforceHTTPS": True,
    f"{_ENDPOINT}.TLSSecurityPolicy": {"matches": "^Policy-Min-TLS-1-[2-9]"},
    "NodeToNodeEncryptionOptions.Enabled": True,
}
_DOMAIN_QUESTIONS = {path: condition({path: wanted}, {}) for path, wanted in _DOMAIN_SETTINGS.items()}


def search_domain_tls(rule: Rule, domain: Resource) -> Verdicts:
    """Clients and nodes of a search domain speak TLS 1.2 or newer; each setting that says otherwise is a finding."""
    del rule

    def judge(path: str) -> Outcome | None:
        answer = _DOMAIN_QUESTIONS[path](domain)
        if isinstance(answer, Maybe):
            raise Undecided(answer.reason)
        if answer is True:
            return None
        value = domain.get(path)
        said = "not set" if value is None else str(value).lower() if isinstance(value, bool) else value
        return fail(path, detail=path, setting=path, value=said)

    return judged(_DOMAIN_QUESTIONS, judge) or PASS
