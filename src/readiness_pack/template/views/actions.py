"""What statements allow: matching of actions, resources and conditions, three-valued.

Every question here answers ``True`` or ``False`` where the template decides it and raises :class:`Undecided` otherwise.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable

from readiness_pack.template.resource import Resource
from readiness_pack.template.values import Reference, Text, Unknown, Value
from readiness_pack.template.views.partial import Partial, holds_for_any
from readiness_pack.template.views.patterns import any_covers, covered_parts, covers, resource_covers
from readiness_pack.template.views.statements import Condition, Principal, Statement

# Keys that tie a statement to known requesters or sources. S3 names those that keep a bucket policy from being public
# (https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PublicAccessBlockConfiguration.html); the others are the
# global keys about who asks and from where
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html) and those of KMS, S3, EFS
# and Lambda that do the same for one service. kms:ViaService is none: everybody can use S3,
# with an account of their own.
SCOPING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "aws:vpcsourceip",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "elasticfilesystem:accesspointarn",
        "elasticfilesystem:accessedviamounttarget",
        "lambda:eventsourcetoken",
    }
)
"""Condition keys, in lower case, that limit who may use a statement."""

_LIMITING = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress", "bool"}
)
_WITH_WILDCARDS = frozenset({"stringlike", "arnlike", "arnequals"})

# Shorter prefixes than these hold so many addresses that they limit nobody.
_WIDEST = {4: 8, 6: 32}


# Actions and resources ---------------------------------------------------------------------------------------------


def covers_action(statement: Statement, action: str) -> bool:
    """Whether ``statement`` is about ``action`` (``s3:GetObject``, or a pattern of which all must be covered).

    Example:
        >>> from readiness_pack.template import Assembly
        >>> from readiness_pack.template.views import statements_in
        >>> source = Assembly.from_template({"Resources": {"P": {"Type": "AWS::IAM::Policy"}}}).all_resources[0]
        >>> document = {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}
        >>> one = statements_in(document, source, "")[0]
        >>> covers_action(one, "s3:GetObject"), covers_action(one, "iam:PassRole")
        (True, False)
    """
    if statement.actions is not None:
        if statement.spelled_out and isinstance(action, str):
            return any_covers(statement.actions, action)
        return holds_for_any(statement.actions, lambda pattern: covers(pattern, action))
    if statement.not_actions is not None:
        return not holds_for_any(statement.not_actions, lambda one: covers(one, action) or covers(action, one))
    return False


def covers_resource(statement: Statement, resource: Resource | Value) -> bool:
    """Whether ``statement`` is about ``resource``: a resource of the app, or an ARN as far as it is known.

    A statement about parts of a resource (``${Bucket.Arn}/*``) is about the resource. One without ``Resource`` (a trust
    policy) is about the resource that it stands on.
    """
    if statement.resources is not None:
        return holds_for_any(statement.resources, lambda pattern: resource_covers(pattern, resource))
    if statement.not_resources is not None:
        return not holds_for_any(statement.not_resources, lambda pattern: resource_covers(pattern, resource))
    return True


def _covers_whole(statement: Statement, resource: Resource | Value) -> bool:
    """Whether ``statement`` is about all of ``resource``, itself or what it holds; about everything without one."""
    if resource is None:
        return covers_resource(statement, "*")
    target = resource.resource if isinstance(resource, Reference) else resource
    if not isinstance(target, Resource):
        return covers_resource(statement, resource)
    if statement.resources is not None:
        return holds_for_any(statement.resources, lambda one: bool(covered_parts(one, target) - {"some"}))
    if statement.not_resources is not None:
        return not holds_for_any(statement.not_resources, lambda one: resource_covers(one, target))
    return True


def allows(
    statements: Iterable[Statement],
    action: str,
    resource: Resource | Value = None,
    *,
    admits: Callable[[Statement], bool] | None = None,
) -> bool:
    """Whether ``statements`` together allow ``action``.

    A statement that allows under conditions allows; one that denies under conditions does not deny.

    Args:
        statements: merged statements of a principal or on a resource.
        action: ``kms:Decrypt``, or a pattern of which all must be allowed.
        resource: the resource or ARN on which; any where not given.
        admits: which statements apply, by principal or condition, e.g. ``lambda one: admits_service(one, "sns")``.

    Raises:
        Undecided: it hangs on something that the template does not tell.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> from readiness_pack.template.views import statements_in
        >>> source = Assembly.from_template({"Resources": {"P": {"Type": "AWS::IAM::Policy"}}}).all_resources[0]
        >>> found = statements_in({"Statement": [
        ...     {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        ...     {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}]}, source, "")
        >>> allows(found, "s3:GetObject"), allows(found, "s3:DeleteObject"), allows(found, "sqs:SendMessage")
        (True, False, False)
    """
    found = statements if isinstance(statements, list) else list(statements)

    def applies(statement: Statement) -> bool:
        return (admits is None or admits(statement)) and covers_action(statement, action)

    def allowing(statement: Statement) -> bool:
        return statement.is_allow and applies(statement) and (resource is None or covers_resource(statement, resource))

    def denying(statement: Statement) -> bool:
        always = statement.is_deny and not statement.conditions
        return always and applies(statement) and _covers_whole(statement, resource)

    return holds_for_any(found, allowing) and not holds_for_any(found, denying)


# Principals and conditions -----------------------------------------------------------------------------------------


def admits_service(statement: Statement, service: str) -> bool:
    """Whether ``statement`` is about the service ``service`` (``cloudwatch``, ``cloudwatch.amazonaws.com``).

    Example:
        >>> from readiness_pack.template import Assembly
        >>> from readiness_pack.template.views import statements_in
        >>> source = Assembly.from_template({"Resources": {"K": {"Type": "AWS::KMS::Key"}}}).all_resources[0]
        >>> one = statements_in({"Statement": {"Effect": "Allow", "Action": "kms:*",
        ...     "Principal": {"Service": "logs.eu-west-1.amazonaws.com"}}}, source, "")[0]
        >>> admits_service(one, "logs"), admits_service(one, "sns.amazonaws.com")
        (True, False)
    """
    name = service.removesuffix(".amazonaws.com")

    def is_it(one: Principal) -> bool:
        if one.kind == "Service":
            if isinstance(one.value, Unknown):
                one.value.undecided()
            return one.service == name
        # Everyone includes services, unless the statement is limited to other requesters.
        return one.is_everyone()

    return _about(statement, is_it)


def admits(statement: Statement, resource: Resource) -> bool:
    """Whether ``statement`` names ``resource`` (a role or user of the app) or everyone as its principal."""

    def is_it(one: Principal) -> bool:
        return one.is_everyone() or (one.kind == "AWS" and resource_covers(one.value, resource))

    return _about(statement, is_it)


def _about(statement: Statement, is_it: Callable[[Principal], bool]) -> bool:
    if statement.principals is not None:
        return holds_for_any(statement.principals, is_it)
    if statement.not_principals is not None:
        return not holds_for_any(statement.not_principals, is_it)
    return True


def scoping_conditions(statement: Statement) -> Partial[Condition]:
    """The conditions that limit ``statement`` to known requesters or sources.

    Such a condition has a key of :data:`SCOPING_KEYS`, an operator that a request without the key does not pass, and
    values that leave something out.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> from readiness_pack.template.views import statements_in
        >>> source = Assembly.from_template({"Resources": {"T": {"Type": "AWS::SNS::TopicPolicy"}}}).all_resources[0]
        >>> one = statements_in({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish",
        ...     "Resource": "*", "Condition": {"StringEquals": {"AWS:SourceAccount": "111111111111"}}}}, source, "")[0]
        >>> [condition.key for condition in scoping_conditions(one)]
        ['aws:sourceaccount']
    """
    return statement.conditions.those(_is_scoping)


def _is_scoping(condition: Condition) -> bool:
    key = condition.key
    known = key in SCOPING_KEYS or key.startswith(("aws:principaltag/", "cognito-identity", "saml:", "token.actions"))
    if not known or condition.passes_without_key or condition.base_operator not in _LIMITING:
        return False
    if not condition.values:
        return False
    return not holds_for_any(condition.values, lambda value: _leaves_nothing_out(condition, value))


def _leaves_nothing_out(condition: Condition, value: Value) -> bool:
    if condition.base_operator == "ipaddress":
        return _is_wide(value)
    if condition.base_operator == "bool":
        return str(value).lower() != "true"
    if condition.base_operator not in _WITH_WILDCARDS:
        return False
    if isinstance(value, Unknown) and value.kind in ("pseudo", "attribute"):
        return False
    if isinstance(value, str):
        return (
            not value.strip("*?:") or value in ("arn:*", "arn:aws:*", "arn:aws*") or _names_nobody(condition.key, value)
        )
    return bool(value == "*")


_ORGANISATIONS = ("aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid")


def _names_nobody(key: str, pattern: str) -> bool:
    """Whether a pattern with wildcards leaves open whose account or organisation it is about."""
    if key in _ORGANISATIONS:
        return pattern.rstrip("*?") in ("o", "o-")
    if not pattern.startswith("arn:"):
        return False
    fields = pattern.split(":", 5)
    account = fields[4] if len(fields) > 4 else "*"
    if key == "aws:principalarn":
        return bool({"*", "?"} & set(account))
    # Of a source that has no account in its ARN, such as a bucket, the name is what counts.
    return key == "aws:sourcearn" and len(fields) == 6 and not "".join(fields[3:]).strip("*?/:")


def _is_wide(value: Value) -> bool:
    if not isinstance(value, str):
        if isinstance(value, Unknown | Text):
            value.undecided()
        return False
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen < _WIDEST[network.version]


def is_public(statement: Statement) -> bool:
    """Whether ``statement`` lets everyone in: it allows, for ``*`` or all but some, and nothing limits who may ask.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> from readiness_pack.template.views import statements_in
        >>> source = Assembly.from_template({"Resources": {"B": {"Type": "AWS::S3::BucketPolicy"}}}).all_resources[0]
        >>> one = statements_in({"Statement": {"Effect": "Allow", "Principal": {"AWS": ["*"]},
        ...     "Action": "s3:GetObject", "Resource": "*"}}, source, "")[0]
        >>> is_public(one)
        True
    """
    if not statement.is_allow:
        return False
    if statement.principals is not None:
        if not holds_for_any(statement.principals, Principal.is_everyone):
            return False
    elif statement.not_principals is None:
        return False
    return not scoping_conditions(statement)
