"""Checks that a template can be deployed a second time: in another account, another region, beside itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from readiness_pack.rules.checks.accounts import OF_AWS
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource
from readiness_pack.template.names import NAME_PROPERTIES
from readiness_pack.template.views.partial import once_an_app

# Accounts and regions ------------------------------------------------------------------------------------------------

# In an ARN, or in a piece of one: ":iam::111111111111:role/deploy".
_ACCOUNT = re.compile(r"(?<=:)\d{12}(?=:)")
_REGION = re.compile(
    r"(?<![A-Za-z0-9-])((?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(?:-gov|-isob?|-isof|-isoe|-de)?"
    r"-(?:central|east|north|northeast|northwest|south|southeast|southwest|west)-\d)(?=[a-z]?(?![A-Za-z0-9]))"
)
_MAY_HOLD = re.compile(r"\d{12}|-\d")

# Texts that are read by people or interpreters, and properties that exist to name a region or an account.
_FREE_TEXT = frozenset(("Comment", "Description", "ZipFile", "AlarmDescription", "GroupDescription"))
_CHOSEN = re.compile(r"(?:Region|Regions|RegionName|RegionNames|AccountId|AccountIds|Accounts)$")
# Layers, images and models belong to whoever publishes them, in an account of theirs.
_PUBLISHED = re.compile(r":layer:|:foundation-model/|:image/|:inspector|:rulespackage/")
_GLOBAL_REGION = "us-east-1"
_GLOBAL = re.compile(r"^AWS::(?:CloudFront|WAFv2|Route53|Shield|Budgets|CE|CUR|BCMDataExports)::")


def no_fixed_places(rule: Rule, resource: Resource) -> Verdicts:
    """No property names an account or a region that is not one of the app's own.

    What stands in the template is looked at, whatever the conditions: a literal in any branch ties it to one place.
    """
    found: dict[str, str] = {}
    seen = False
    texts: list[tuple[_Where, str]] = []
    _collect(resource.properties, None, texts)
    for where, text in texts:
        path = _spelled(where)
        for kind, value in _places(text, path):
            seen = True
            if value not in found and not _is_fine(rule, resource, kind, value, text):
                found[value] = path.partition("()")[0]
    if not seen:
        return NOT_APPLICABLE
    return [fail(path, detail=value, value=value, kind=_kind(value)) for value, path in found.items()] or PASS


def _kind(value: str) -> str:
    return "account" if value.isdigit() else "region"


_Where = tuple["_Where", str | int] | None
"""A place in a resource: the one around it, and the key or number in that; spelled out only where it matters."""


def _collect(value: Any, where: _Where, found: list[tuple[_Where, str]]) -> None:
    """Every text below ``value`` that may hold an account or a region."""
    if isinstance(value, str):
        if _MAY_HOLD.search(value):
            found.append((where, value))
    elif isinstance(value, dict):
        for key, part in value.items():
            if key in _FREE_TEXT:
                continue
            if isinstance(part, str):  # without a call: most values are texts that hold nothing
                if _MAY_HOLD.search(part):
                    found.append(((where, key), part))
            elif part.__class__ is not bool:
                _collect(part, (where, key), found)
    elif isinstance(value, list):
        argument = where is not None and _is_function(where[1])
        for number, part in enumerate(value):
            _collect(part, where if argument else (where, number), found)


def _is_function(key: str | int) -> bool:
    return isinstance(key, str) and (key == "Ref" or key.startswith("Fn::"))


def _spelled(where: _Where) -> str:
    """``Tags[0].Value``; what stands in an intrinsic function has ``()`` after the path of the function."""
    if where is None:
        return ""
    around, key = _spelled(where[0]), where[1]
    if _is_function(key):
        return f"{around}()"
    return f"{around}[{key}]" if isinstance(key, int) else f"{around}.{key}" if around else key


def _places(text: str, path: str) -> Iterator[tuple[str, str]]:
    for match in _ACCOUNT.finditer(text):
        yield "account", match[0]
    key = re.split(r"[.\[(]", path.rstrip("]()0123456789["))[-1]
    if _CHOSEN.search(key):
        return
    for match in _REGION.finditer(text):
        yield "region", match[1]


def _is_fine(rule: Rule, resource: Resource, kind: str, value: str, text: str) -> bool:
    if value in _own_places(resource):
        return True
    if kind == "account":
        listed = {str(account) for account in rule["allowed_accounts"]}
        return value in listed or value in OF_AWS or _PUBLISHED.search(text) is not None
    return value == _GLOBAL_REGION and (_GLOBAL.match(resource.type) is not None or ":acm:" in text)


def _own_places(resource: Resource) -> frozenset[str]:
    """Accounts and regions for which stacks of the app are made: CDK writes those as literals by itself."""
    assembly = resource.assembly
    return once_an_app(
        assembly,
        "portability: own places",
        lambda: frozenset(place for stack in assembly.stacks for place in (stack.account, stack.region) if place),
    )


# Names ---------------------------------------------------------------------------------------------------------------

# Types that the template model does not know by name.
_NAMES = {
    "AWS::ApiGateway::ApiKey": "Name",
    "AWS::CodeDeploy::DeploymentConfig": "DeploymentConfigName",
    "AWS::CodeDeploy::DeploymentGroup": "DeploymentGroupName",
    "AWS::EC2::SecurityGroup": "GroupName",
    "AWS::Elasticsearch::Domain": "DomainName",
}
_WORDS = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")


def no_fixed_name(rule: Rule, resource: Resource) -> Verdicts:
    """The physical name leaves room for a second one: of another environment, or of a replacement."""
    path = _NAMES.get(resource.type) or NAME_PROPERTIES[resource.type]
    written = resource.raw_at(path)
    if written is None:
        return NOT_APPLICABLE
    if isinstance(written, dict) and "Fn::If" not in written:
        return PASS  # put together at deployment
    name = resource.get(path)
    if not isinstance(name, str):
        return PASS  # absent, or put together, in this branch
    if any(fnmatchcase(name, pattern) for pattern in rule["allowed_fixed_names"]):
        return NOT_APPLICABLE
    return PASS if _has_room(rule, resource, name) else fail(path, name=name)


def _has_room(rule: Rule, resource: Resource, name: str) -> bool:
    """Whether a name holds the environment, the stack, the account or the region."""
    words = {word.lower() for word in _WORDS.split(name)}
    if words & {token.lower() for token in rule["environment_names"]}:
        return True
    stack = resource.stack
    own = (stack.stack_name, stack.stage.rpartition("/")[2], stack.account, stack.region)
    lowered = name.lower()
    return any(part and part.lower() in lowered for part in own) or re.search(r"(?<!\d)\d{12}(?!\d)", name) is not None
