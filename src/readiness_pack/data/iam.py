"""What AWS says of IAM actions: their access level, and whether a policy can name a resource for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Literal

import msgspec

from readiness_pack.data._tables import Content, load

AccessLevel = Literal["List", "Read", "Write", "Permissions management", "Tagging"]
Resource = Literal["none", "optional", "supported"]

_MARKS: dict[str, Resource] = {"*": "none", "?": "optional"}


class IamAction(msgspec.Struct, frozen=True):
    """One action.

    Args:
        service: the prefix, such as ``s3``.
        name: without the prefix, as AWS spells it.
        level: the access level that AWS gives it.
        resource: ``none``: a policy can only grant it on ``*``; ``optional``: it knows one type of resource and can do
            without (``cloudwatch:PutMetricData``); ``supported``: a policy can name its resources.
    """

    service: str
    name: str
    level: AccessLevel
    resource: Resource

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"

    @property
    def takes_resource(self) -> bool:
        """Whether a policy can name a resource for the action."""
        return self.resource != "none"


class _Actions(Content, frozen=True):
    entries: dict[str, dict[str, str]]


@cache
def iam_services() -> frozenset[str]:
    """The service prefixes that the table knows."""
    return frozenset(_table())


def iam_action(action: str) -> IamAction | None:
    """The action called ``action``, such as ``s3:GetObject``, in any case; ``None`` where there is no such action.

    Example:
        >>> iam_action("s3:listallmybuckets").resource
        'none'
        >>> iam_action("s3:GetObjekt") is None
        True
    """
    service, _, name = action.lower().partition(":")
    return service_actions(service).get(name)


@lru_cache(maxsize=4096)
def iam_actions(pattern: str) -> tuple[IamAction, ...]:
    """The actions that ``pattern`` grants, where ``*`` and ``?`` stand for characters as in a policy.

    Example:
        >>> [str(action) for action in iam_actions("kms:Decr*")]
        ['kms:Decrypt']
    """
    service, _, name = pattern.lower().partition(":") if pattern != "*" else ("*", "", "*")
    services = [one for one in _table() if _matches(service, one)] if _is_wild(service) else [service]
    if not _is_wild(name):
        found = (service_actions(one).get(name) for one in services)
        return tuple(action for action in found if action is not None)
    return tuple(action for one in services for lower, action in service_actions(one).items() if _matches(name, lower))


@lru_cache(maxsize=4096)
def service_actions(service: str) -> Mapping[str, IamAction]:
    """The actions of the prefix ``service`` by their names in lower case; empty where the prefix is unknown."""
    actions = {}
    for group, names in _table().get(service, {}).items():
        level = msgspec.convert(group.rstrip("*?"), AccessLevel)
        resource = _MARKS.get(group[-1], "supported")
        for name in names.split():
            actions[name.lower()] = IamAction(service, name, level, resource)
    return dict(sorted(actions.items()))


def _is_wild(text: str) -> bool:
    return "*" in text or "?" in text


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    start, *rest = ("".join("." if char == "?" else re.escape(char) for char in part) for part in pattern.split("*"))
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])  # no going back, which patterns of many stars would take
    return re.compile(start + middle + (f".*{rest[-1]}" if rest else ""))


@cache
def _table() -> dict[str, dict[str, str]]:
    return load("iam_actions", _Actions).entries
