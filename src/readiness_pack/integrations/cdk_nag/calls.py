"""Reads the report of a pack in a handful of calls into JavaScript, whatever its size."""

from __future__ import annotations

from typing import Any

import jsii
from aws_cdk import DefaultTokenResolver, StringConcat, Tokenization
from cdk_nag import NagPack
from constructs import IConstruct


def report(pack: NagPack, scope: IConstruct) -> Any:
    """The report of ``pack`` on ``scope``, as plain data with the names of JavaScript.

    The generated ``validate_scope`` asks for each field of each violation with a call of its own: 2,485 calls for 600
    violations. So the report stays in JavaScript, and CDK's ``Tokenization.resolve`` copies it into plain data, which
    crosses in one piece. A jsii that keeps no way to the unread answer is asked the long way.
    """
    unread = getattr(getattr(jsii.invoke, "__func__", None), "__wrapped__", None)
    if unread is None:
        return _read(pack.validate_scope(scope))
    reference = unread(jsii.kernel, pack, "validateScope", [scope])
    resolver = DefaultTokenResolver(StringConcat())
    return Tokenization.resolve(_Unread(reference), scope=scope, resolver=resolver, preparing=False)


class _Unread:
    """An object in JavaScript, known by its reference alone."""

    __jsii_type__ = "Object"

    def __init__(self, reference: Any) -> None:
        self.__jsii_ref__ = reference


def _read(found: Any) -> dict[str, Any]:
    return {
        "violations": [
            {
                "ruleName": violation.rule_name,
                "description": violation.description,
                "severity": violation.severity,
                "violatingResources": [
                    {"constructPath": resource.construct_path} for resource in violation.violating_resources
                ],
            }
            for violation in found.violations
        ]
    }
