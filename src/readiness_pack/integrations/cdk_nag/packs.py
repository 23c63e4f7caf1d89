"""Finds the packs of the installed cdk-nag, runs them, and reads what they say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version

import cdk_nag
import msgspec
from cdk_nag import NagPack
from constructs import IConstruct
from jsii.errors import JSIIError

from readiness_pack.errors import InputError, ReadinessError
from readiness_pack.integrations.cdk_nag import calls
from readiness_pack.peers.cdk_nag_names import PACKS, PAGE, rule_of
from readiness_pack.peers.ids import CDK_NAG
from readiness_pack.template.records import PeerFinding
from readiness_pack.typed_yaml import nearest

PackSource = str | NagPack
"""A pack by its name in cdk-nag (``AwsSolutions``, ``HIPAA.Security``), or a pack: one of yours, or with settings."""

_ENDING = "Checks"
_BROKE = "Rule threw an error during validation."  # how the description begins, by nag-pack.js of cdk-nag
_DETAIL = re.compile(r"^(.*?)\[(.*)\]$", re.DOTALL)


class _Resource(msgspec.Struct):
    constructPath: str = ""  # noqa: N815


class _Violation(msgspec.Struct):
    ruleName: object  # noqa: N815  a finding that names an unresolved value is no text
    description: object = ""
    severity: str | None = None
    violatingResources: list[_Resource] = []  # noqa: N815


class _Report(msgspec.Struct):
    violations: list[_Violation] = []


def known_as(source: PackSource) -> str | NagPack:
    """The source as it is kept: names in one spelling, so that the same packs are recognised; packs as they are.

    Raises:
        InputError: the installed cdk-nag has no such pack; the nearest name is given.
        TypeError: it is neither a name nor a pack.

    Example:
        >>> known_as("HIPAA.Security"), known_as("HIPAASecurityChecks")
        ('HIPAASecurityChecks', 'HIPAASecurityChecks')
    """
    if isinstance(source, NagPack):
        return source
    if not isinstance(source, str):
        raise TypeError(f"cdk_nag: expected the name of a pack or a NagPack, not {source!r}")
    found = _classes().get(_plain(source))
    if found is None:
        names = {name for name in PACKS if _plain(name) in _classes()} or set(_classes())
        text = f"cdk_nag: cdk-nag {version('cdk-nag')} has no pack '{source}'.{nearest(source, names)}"
        raise InputError(f"{text} It has: {', '.join(sorted(names))}")
    return found.__name__


def run(packs: Iterable[str | NagPack], scope: IConstruct) -> tuple[list[str], list[PeerFinding]]:
    """What ``packs`` find at and below ``scope``, Stages included. What is acknowledged there, cdk-nag leaves out.

    Args:
        packs: names as :func:`known_as` gives them, or packs.
        scope: the App, or any construct.

    Returns:
        The names of the packs, and their findings.

    Raises:
        ReadinessError: a pack broke.
    """
    names: list[str] = []
    found: list[PeerFinding] = []
    for source in packs:
        pack = _made(source) if isinstance(source, str) else source
        try:
            name = pack.read_pack_name
            report = msgspec.convert(calls.report(pack, scope), _Report)
        except (JSIIError, RuntimeError, msgspec.ValidationError) as error:
            shown = source if isinstance(source, str) else type(source).__name__
            raise ReadinessError(f"cdk-nag's {shown} broke: {' '.join(str(error).split())}") from error
        if name not in names:
            names.append(name)
        found += _findings(name, report)
    return names, found


def _findings(pack: str, report: _Report) -> Iterator[PeerFinding]:
    for violation in report.violations:
        full = violation.ruleName if isinstance(violation.ruleName, str) else str(violation.ruleName)
        split = _DETAIL.match(full)
        id_, detail = (split[1], split[2]) if split else (full, None)
        message = str(violation.description)
        for resource in violation.violatingResources:
            yield PeerFinding(
                CDK_NAG,
                id_,
                rule_of(id_) if pack in PACKS else id_.removeprefix(f"{pack}-"),
                message,
                severity="warning" if violation.severity == "warning" else "error",
                verdict="unknown" if message.startswith(_BROKE) else "fail",
                detail=detail,
                construct_path=resource.constructPath,
                source=PAGE if pack in PACKS else None,
            )


@cache
def _classes() -> dict[str, type[NagPack]]:
    """The packs that the installed cdk-nag offers, by name without punctuation."""
    return {
        _plain(name): made
        for name, made in vars(cdk_nag).items()
        if name.endswith(_ENDING) and isinstance(made, type) and issubclass(made, NagPack)
    }


@cache
def _made(name: str) -> NagPack:
    made: NagPack = getattr(cdk_nag, name)()
    return made


def _plain(name: str) -> str:
    """``HIPAA.Security`` and ``HIPAASecurityChecks`` are the same pack."""
    return re.sub(r"[^a-z0-9]", "", name.removesuffix(_ENDING).lower())
