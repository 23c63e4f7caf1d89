"""What a credential looks like, and where a value that should be one comes from.

Shared by the checks on secrets. Values are told apart by what the template shows: text that stands in it, parameters,
references to Secrets Manager.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from readiness_pack.redaction import SHAPES, is_random
from readiness_pack.rules.rule import Rule
from readiness_pack.template import Reference, Resource, Text, Undecided, Unknown, Value

_SECRETS_MANAGER = "resolve:secretsmanager:"
_COPIED = "gets a value of Secrets Manager at deployment, which then stands in the configuration in plain text"

# Shapes --------------------------------------------------------------------------------------------------------------


def shape_of(text: str, min_entropy: float) -> str | None:
    """What kind of credential ``text`` holds, ``None`` where it holds none.

    Args:
        text: known text.
        min_entropy: how many bits a character of a random token has at least.

    Example:
        >>> shape_of("postgres://shop:hunter2@db.shop.test/orders", 3.5), shape_of("https://shop.test", 3.5)
        ('a password in a URL', None)
    """
    found = next((kind for kind, pattern in SHAPES if pattern.search(text)), None)
    return found or ("a random token" if is_random(text, min_entropy) else None)


# Names ---------------------------------------------------------------------------------------------------------------

# Text that is no secret whatever the name says: switches, numbers, ARNs, addresses, paths.
_HARMLESS = re.compile(
    r"|true|false|none|null|yes|no|[\d.,:-]+|arn:.*|[a-z][a-z0-9+.-]*://\S*|\.?/\S*|[\w.-]+(?:/[\w.-]+)+|\{\{resolve:ssm:.*",
    re.IGNORECASE,
)


# Ends of names that say where a secret is, or how it is used, rather than what it is.
_POINTER = re.compile(
    r"(?:age|algorithm|arn|audience|bucket|count|day|duration|enabled|endpoint|expiration|expires|expiry|file|header|hour"
    r"|host|id|issuer|length|lifetime|limit|minute|mode|name|param|parameter|path|policy|port|prefix|provider|queue|ref"
    r"|region|required|rotation|second|size|source|store|table|timeout|topic|ttl|type|uri|url|version)s?$",
    re.IGNORECASE,
)
_NO_SECRETS = re.compile(r"(?i)public|tokeni[sz]|^parameters_secrets_extension")


def names_secret(rule: Rule, name: str) -> bool:
    """Whether ``name`` says that its value is a secret, and not where one is or how long it lives.

    Args:
        rule: its parameter ``secret_name_pattern`` decides.
        name: of a variable or parameter.
    """
    if not re.search(rule["secret_name_pattern"], name):
        return False
    return not _POINTER.search(name) and not _NO_SECRETS.search(name)


def is_harmless(text: str) -> bool:
    """Whether known text is certainly no secret, whatever it is called.

    Example:
        >>> is_harmless("3600"), is_harmless("/shop/db/password"), is_harmless("hunter2")
        (True, True, False)
    """
    return _HARMLESS.fullmatch(text.strip()) is not None


def problem_with(rule: Rule, resource: Resource, name: str, value: Value) -> str | None:
    """Why ``value`` should not stand in plain text under ``name``; never quotes it.

    Args:
        rule: has the parameters ``secret_name_pattern`` and ``min_entropy``.
        resource: in whose declaration it stands.
        name: of the variable or parameter.
        value: its value.

    Raises:
        Undecided: the name says that it is a secret, and the template does not tell what it will be.
    """
    secret = names_secret(rule, name)
    match value:
        case str():
            shape = shape_of(value, rule["min_entropy"])
            if shape is not None:
                return f"holds {shape}"
            return "has its value written in the template" if secret and not is_harmless(value) else None
        case Unknown():
            return _unknown(rule, resource, secret, value)
        case Reference():
            return _reference(rule, secret, value)
        case Text():
            return _text(rule, resource, secret, value)
        case _:
            return None


def _unknown(rule: Rule, resource: Resource, secret: bool, value: Unknown) -> str | None:
    origin = origin_of(resource, value)
    if origin == "secretsmanager" and (secret or _reads_secret(rule, value.name or "")):
        return _COPIED
    if origin == "ssm-secure":
        return "gets a SecureString parameter at deployment, which then stands in the configuration in plain text"
    if origin == "no-echo":
        return f"gets parameter {value.name}, which is secret (NoEcho), and shows it in the configuration"
    if secret and value.kind != "pseudo" and origin != "secretsmanager":
        raise Undecided(value.reason)
    return None


def _reads_secret(rule: Rule, dynamic: str) -> bool:
    """Whether a dynamic reference reads a secret key of a secret, or all of it."""
    key = re.search(r":SecretString:([^:}]*)", dynamic)
    return key is None or not key[1] or re.search(rule["secret_name_pattern"], key[1]) is not None


# Attributes that are secrets, by type.
_SECRET_ATTRIBUTES = {
    ("AWS::IAM::AccessKey", "SecretAccessKey"),
    ("AWS::Cognito::UserPoolClient", "ClientSecret"),
}


def _reference(rule: Rule, secret: bool, value: Reference) -> str | None:
    type_, attribute = value.resource.type, value.attribute
    if (type_, attribute) in _SECRET_ATTRIBUTES:
        return f"gets the {attribute} of {value.resource.logical_id} and shows it in the configuration"
    if type_.startswith("Custom::") or type_ == "AWS::CloudFormation::CustomResource":
        # What a custom resource returns is named by its author: UserPoolClient.ClientSecret.
        if attribute is not None and names_secret(rule, attribute):
            return f"gets {attribute} of {value.resource.logical_id} and shows it in the configuration"
        if secret:
            value.undecided()
    return None  # other references are names, ids and ARNs


def _text(rule: Rule, resource: Resource, secret: bool, value: Text) -> str | None:
    spelled = str(value)
    if _SECRETS_MANAGER in spelled and (secret or _reads_secret(rule, spelled)):
        return _COPIED
    for part in value.parts:
        if isinstance(part, str):
            shape = next((kind for kind, pattern in SHAPES if pattern.search(part)), None)
            if shape is not None:
                return f"holds {shape}"
        elif isinstance(part, Unknown):
            problem = _unknown(rule, resource, secret, part)
            if problem is not None:
                return problem
        else:
            problem = _reference(rule, secret, part)
            if problem is not None:
                return problem
    return None


# Origins -------------------------------------------------------------------------------------------------------------

Origin = Literal["secretsmanager", "ssm", "ssm-secure", "no-echo", "parameter", "other"]

_DYNAMIC: dict[str, Origin] = {"secretsmanager": "secretsmanager", "ssm": "ssm", "ssm-secure": "ssm-secure"}


def origin_of(resource: Resource, value: Unknown) -> Origin:
    """Where a value that only the deployment knows comes from.

    Returns:
        ``no-echo`` for a parameter that is kept out of sight, ``parameter`` for any other parameter.
    """
    if value.kind == "dynamic" and value.name is not None:
        return _DYNAMIC.get(value.name.removeprefix("resolve:").split(":")[0], "other")
    if value.kind == "parameter" and value.name is not None:
        spec = parameter_spec(resource, value.name)
        return "no-echo" if spec is not None and is_no_echo(spec) else "parameter"
    return "other"


def parameter_spec(resource: Resource, name: str) -> dict[str, Any] | None:
    """The declaration of a template parameter, in the stack of ``resource`` or one that it is nested in."""
    stack = resource.stack
    while True:
        spec = stack.parameters.get(name)
        if isinstance(spec, dict):
            return spec
        if stack.parent is None:
            return None
        stack = stack.parent.stack


def is_no_echo(spec: dict[str, Any]) -> bool:
    """Whether a parameter's value is kept out of the console, events and descriptions of the stack."""
    return str(spec.get("NoEcho", False)).lower() == "true"
