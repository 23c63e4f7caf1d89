"""What the OpenAPI document of an API says about who may call its operations.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from readiness_pack.rules.checks.known import known_object
from readiness_pack.template import Resource, Undecided, Unknown, Value, as_list
from readiness_pack.template.views import json_document

_ANY = "x-amazon-apigateway-any-method"
_VERBS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", _ANY})
_AUTHORIZERS = ("x-amazon-apigateway-authorizer", "x-amazon-apigateway-authtype")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an API.

    Args:
        verb: ``GET`` ...; ``ANY`` for all of them.
        path: as the document spells it.
        data: what the document says about it.
        document: the document.
    """

    verb: str
    path: str
    data: Value
    document: dict[str, Any]


def operations(api: Resource) -> Iterator[Operation]:
    """The operations in the property ``Body`` of ``api``.

    Raises:
        Undecided: the document is not known.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {
        ...     "Body": {"openapi": "3.0.1", "paths": {"/orders": {"get": {}}}}}}}})
        >>> [(one.verb, one.path) for one in operations(app.all_resources[0])]
        [('GET', '/orders')]
    """
    document = known_object(json_document(api.get("Body")))
    for path, item in known_object(document.get("paths") or {}).items():
        for verb, data in known_object(item).items():
            if verb.lower() in _VERBS:
                yield Operation("ANY" if verb.lower() == _ANY else verb.upper(), path, data, document)


def why_open(operation: Operation) -> str | None:
    """Why anybody may call ``operation``; ``None`` where something looks at the caller first.

    Raises:
        Undecided: the document does not tell.
    """
    data = known_object(operation.data or {})
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-auth.html
    kind = known_object(data.get("x-amazon-apigateway-auth") or {}).get("type")
    if isinstance(kind, Unknown):
        kind.undecided()
    if kind is not None and str(kind).upper() != "NONE":
        return None
    security = data.get("security")
    if security is None:
        if operation.document.get("security"):
            # REST APIs did not take that over: https://github.com/amazon-archives/aws-apigateway-importer/issues/204
            raise Undecided("only the OpenAPI document as a whole names a security scheme, and not this operation")
        return "its OpenAPI document names no security scheme for it"
    names = [name for requirement in as_list(security) for name in known_object(requirement)]
    schemes = [scheme for name in names if (scheme := _scheme(operation.document, name)) is not None]
    if any(scheme.get(key) is not None for scheme in schemes for key in _AUTHORIZERS):
        return None
    if any(scheme.get("type") == "apiKey" for scheme in schemes):
        return "its OpenAPI document asks for an API key, which is no authorization"
    return "its OpenAPI document names no authorizer for it"


def _scheme(document: dict[str, Any], name: str) -> dict[str, Any] | None:
    if name == "NONE":  # what SAM writes for operations without an authorizer
        return None
    components = known_object(document.get("components") or {})
    schemes = known_object(components.get("securitySchemes") or document.get("securityDefinitions") or {})
    if name not in schemes:
        raise Undecided(f"the security scheme {name} is not in the OpenAPI document")
    return known_object(schemes[name])
