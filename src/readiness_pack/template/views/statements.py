"""IAM statements in one form, however the policy spells them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from readiness_pack.template.values import Reference, Text, Unknown, Value, as_list
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.partial import Partial

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource

PrincipalKind = Literal["*", "AWS", "Service", "Federated", "CanonicalUser"]

_KINDS: dict[str, PrincipalKind] = {
    "aws": "AWS",
    "service": "Service",
    "federated": "Federated",
    "canonicaluser": "CanonicalUser",
}
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_ROOT_ARN = re.compile(r"arn:[^:]*:iam::([^:]*):root")


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """Whom a statement is about.

    Args:
        kind: ``AWS``, ``Service``, ``Federated``, ``CanonicalUser``; ``*`` for everyone, spelled ``"*"`` or
            ``{"AWS": "*"}`` (the two mean the same:
            https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
        value: the ARN, account, service ..., as far as it is known.
    """

    kind: PrincipalKind
    value: Value

    def is_everyone(self) -> bool:
        """Whether it is anyone at all. Raises :class:`Undecided` where a value that is not known may be ``*``.

        Example:
            >>> Principal("AWS", "arn:aws:iam::111111111111:root").is_everyone()
            False
        """
        if self.kind == "*":
            return True
        if self.kind != "AWS" or (isinstance(self.value, Unknown) and self.value.kind in ("pseudo", "attribute")):
            return False
        return bool(self.value == "*")

    @property
    def service(self) -> str | None:
        """The name of a service principal without region and domain: ``logs``, ``delivery.logs``; ``None`` for others.

        Example:
            >>> url_suffix = Unknown("not known", kind="pseudo", name="AWS::URLSuffix")
            >>> Principal("Service", Text(("logs.eu-west-1.", url_suffix))).service
            'logs'
        """
        return service_name(self.value) if self.kind == "Service" else None

    @property
    def account(self) -> Value:
        """The account, where the principal is a whole account (``111111111111`` or its ``root`` ARN); else ``None``.

        Example:
            >>> Principal("AWS", "arn:aws:iam::111111111111:root").account
            '111111111111'
        """
        value = self.value
        if self.kind != "AWS":
            return None
        if isinstance(value, str):
            match = _ROOT_ARN.fullmatch(value)
            return match[1] if match else value if re.fullmatch(r"\d{12}", value) else None
        if isinstance(value, Unknown) and value.name == "AWS::AccountId":
            return value
        if isinstance(value, Text) and value.suffix == ":root" and isinstance(value.parts[-2], Unknown):
            return value.parts[-2]
        if isinstance(value, Text) and value.suffix.endswith(":root"):
            return value.suffix.removesuffix(":root").rsplit(":", 1)[-1] or None
        return None


def service_name(value: Value) -> str | None:
    """The name in a service principal, without region, partition and domain; ``None`` where it is not known.

    Example:
        >>> service_name("delivery.logs.amazonaws.com"), service_name("states.eu-west-1.amazonaws.com")
        ('delivery.logs', 'states')
    """
    if isinstance(value, Text):
        value = "".join(part if isinstance(part, str) else "*" for part in value.parts)
    if not isinstance(value, str):
        return None
    labels = []
    for label in value.split("."):
        if label in ("*", "amazonaws", "com", "cn", "aws", "api") or _REGION.fullmatch(label):
            break
        labels.append(label)
    return ".".join(labels) or None


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One test of a statement's ``Condition``.

    Args:
        operator: as written: ``StringEquals``, ``ForAnyValue:StringLike``, ``ArnLikeIfExists`` ...
        key: in lower case, as IAM compares them: ``aws:sourcearn``.
        values: what the key is compared with; ``Unknown`` elements where not known.
    """

    operator: str
    key: str
    values: tuple[Value, ...]

    @property
    def base_operator(self) -> str:
        """In lower case, without ``ForAnyValue:``, ``ForAllValues:`` and ``IfExists``.

        Example:
            >>> Condition("ForAnyValue:StringLikeIfExists", "aws:tagkeys", ("a",)).base_operator
            'stringlike'
        """
        return self.operator.split(":")[-1].lower().removesuffix("ifexists")

    @property
    def passes_without_key(self) -> bool:
        """Whether a request that lacks the key meets the condition anyway (``...IfExists``, ``ForAllValues:``)."""
        lowered = self.operator.lower()
        return lowered.endswith("ifexists") or lowered.startswith("forallvalues:")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement of a policy.

    Args:
        effect: ``Allow`` or ``Deny``.
        actions: ``Action``; ``None`` where the statement has ``NotAction`` instead.
        not_actions: ``NotAction``.
        resources: ``Resource``; ``None`` where there is none (trust policies) or ``NotResource`` instead.
        not_resources: ``NotResource``.
        principals: whom it is about; ``None`` in the policy of a principal.
        not_principals: ``NotPrincipal``.
        conditions: all must hold; incomplete where a part is not known.
        sid: ``Sid``.
        source: the resource in whose declaration it stands.
        path: the property, for findings: ``PolicyDocument.Statement[0]``.
        spelled_out: whether its actions are texts that are known, so that they are compared at once.
    """

    effect: Value
    actions: tuple[Value, ...] | None
    not_actions: tuple[Value, ...] | None
    resources: tuple[Value, ...] | None
    not_resources: tuple[Value, ...] | None
    principals: Partial[Principal] | None
    not_principals: Partial[Principal] | None
    conditions: Partial[Condition]
    sid: Value
    source: Resource
    path: str
    spelled_out: bool = False

    @property
    def is_allow(self) -> bool:
        """Whether it allows; raises :class:`Undecided` where the effect is not known."""
        return bool(self.effect == "Allow")

    @property
    def is_deny(self) -> bool:
        """Whether it denies; raises :class:`Undecided` where the effect is not known."""
        return bool(self.effect == "Deny")

    def conditions_on(self, key: str) -> list[Condition]:
        """The conditions on ``key`` (in any case) that are certain."""
        return [condition for condition in self.conditions.known if condition.key == key.lower()]


def statements_in(document: Value, source: Resource, path: str) -> Partial[Statement]:
    """The statements of a policy document.

    Args:
        document: an object, JSON text, or ``None`` for no policy.
        source: the resource that holds it.
        path: the property that holds it.

    Returns:
        The statements; incomplete where some or all are not known.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {
        ...     "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
        ...         "Principal": {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}}}}}}})
        >>> role = app.of_type("AWS::IAM::Role")[0]
        >>> found = statements_in(role.get("AssumeRolePolicyDocument"), role, "AssumeRolePolicyDocument")
        >>> [principal.service for principal in found[0].principals], found[0].path
        (['ec2', 'ecs-tasks'], 'AssumeRolePolicyDocument.Statement')
    """
    data = json_document(document)
    found: Partial[Statement] = Partial()
    if data is None:
        return found
    here = f"{path}.Statement" if path else "Statement"
    written = data.get("Statement") if isinstance(data, dict) else data
    if isinstance(written, list) and isinstance(data, dict):
        for number, part in enumerate(written):
            _add(part, source, f"{here}[{number}]", found)
    else:
        _add(written, source, here, found)
    return found


def _add(part: Value, source: Resource, path: str, found: Partial[Statement]) -> None:
    if isinstance(part, dict):
        found.append(_statement(part, source, path))
    elif part is not None:
        found.lacking(part.reason if isinstance(part, Unknown | Text) else f"{path} is no statement")


def _statement(part: dict[str, Any], source: Resource, path: str) -> Statement:
    actions, not_actions = _values(part.get("Action")), _values(part.get("NotAction"))
    return Statement(
        effect=part.get("Effect"),
        actions=actions,
        not_actions=not_actions,
        resources=_values(part.get("Resource")),
        not_resources=_values(part.get("NotResource")),
        principals=_principals(part.get("Principal")),
        not_principals=_principals(part.get("NotPrincipal")),
        conditions=_conditions(part.get("Condition")),
        sid=part.get("Sid"),
        source=source,
        path=path,
        spelled_out=all(type(action) is str for action in actions or not_actions or ()),
    )


def _values(value: Value) -> tuple[Value, ...] | None:
    if value is None:
        return None
    return tuple(value) if isinstance(value, list) else (value,)


def _principals(value: Value) -> Partial[Principal] | None:
    if value is None:
        return None
    found: Partial[Principal] = Partial()
    if isinstance(value, dict):
        for kind, names in value.items():
            for name in as_list(names) if not isinstance(names, Unknown) else [names]:
                found.append(principal(kind, name))
    elif isinstance(value, str):
        found.append(Principal("*", "*") if value == "*" else principal("AWS", value))
    else:
        found.lacking(value.reason if isinstance(value, Unknown | Text) else f"the principal {value} is not known")
    return found


def principal(kind: str, value: Value) -> Principal:
    """The principal that ``{kind: value}`` stands for.

    Example:
        >>> principal("AWS", "*").kind, principal("Service", "sns.amazonaws.com").kind
        ('*', 'Service')
    """
    known = _KINDS.get(kind.lower(), "AWS")
    if known == "AWS" and isinstance(value, str) and value == "*":
        return Principal("*", "*")
    return Principal(known, value)


def _conditions(value: Value) -> Partial[Condition]:
    found: Partial[Condition] = Partial()
    if value is None:
        return found
    if not isinstance(value, dict):
        found.lacking(value.reason if isinstance(value, Unknown | Text) else "the condition is not an object")
        return found
    for operator, tests in value.items():
        tests = _cfn_json(tests)
        if not isinstance(tests, dict):
            found.lacking(
                tests.reason if isinstance(tests, Unknown | Text) else f"the condition {operator} is not known"
            )
            continue
        for key, values in tests.items():
            listed = tuple(values) if isinstance(values, list) else (values,)
            found.append(Condition(operator, key.lower(), listed))
    return found


def _cfn_json(value: Value) -> Value:
    """The object behind ``CfnJson`` of the CDK, which stands for one whose keys are only known after deployment."""
    if isinstance(value, Reference) and value.resource.type == "Custom::AWSCDKCfnJson":
        return json_document(value.resource.get("Value"))
    return value
