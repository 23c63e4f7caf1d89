"""Ids of other tools, and the names of findings that they stand for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final

from readiness_pack.peers import cdk_nag_names
from readiness_pack.peers.cdk_nag_names import PACKS, RULES
from readiness_pack.rules import Rule

CDK_NAG: Final = "cdk-nag"
CHECKOV: Final = "checkov"

_KEYS = ((CDK_NAG, ("cdk_nag", "cdk_nag_ids")), (CHECKOV, ("checkov",)))
_CHECKOV_ID = re.compile(r"CKV2?(_[A-Z0-9]+_[0-9*?]+|[A-Z]+[0-9]+)")


class PeerIds:
    """Which findings an id of another tool stands for: those of our rules about the same control, and its own.

    Args:
        rules: the rules of the run by name.
        packs: names of packs of cdk-nag that ran, beyond those that come with it.

    Example:
        >>> from readiness_pack.rules import built_in
        >>> ids = PeerIds(built_in())
        >>> sorted(ids.of("AwsSolutions-KMS5")), sorted(ids.of("CKV_AWS_7"))
        (['KmsKeyRotationEnabled'], ['KmsKeyRotationEnabled'])
    """

    def __init__(self, rules: Mapping[str, type[Rule]], packs: Iterable[str] = ()) -> None:
        self._rules: dict[tuple[str, str], set[str]] = defaultdict(set)
        for name, rule in rules.items():
            for tool, keys in _KEYS:
                for key in keys:
                    for peer in rule.peers.get(key, ()):
                        self._rules[tool, peer].add(name)
        self._own: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._packs = (*PACKS, *packs)

    def add(self, tool: str, id_: str, name: str) -> None:
        """Say that ``id_`` was found in this run, and stands for findings called ``name``."""
        self._own[tool, id_].add(name)

    def rules(self, tool: str, id_: str) -> frozenset[str]:
        """Our rules for ``id_``; ids of findings (``AwsSolutions-IAM5[Resource::*]``) count as their rule's."""
        bare = without_detail(id_)
        for candidate in (bare, bare.rsplit("::", 1)[-1], re.sub(r"^[A-Za-z0-9.]+-", "", bare)):
            names = self._rules.get((tool, candidate))
            if names:
                return frozenset(names)
        return frozenset()

    def of(self, id_: str, *tools: str) -> frozenset[str]:
        """Names of the findings that ``id_``, or a glob of ids, stands for with ``tools``, all where not given."""
        found: set[str] = set()
        bare = without_detail(id_)
        for tool, _ in _KEYS:
            if not tools or tool in tools:
                found |= self.rules(tool, id_) | self._own.get((tool, bare.rsplit("::", 1)[-1]), set())
        if any(sign in bare for sign in "*?") and self.is_foreign(bare):  # a glob of our names means our names alone
            for (tool, known), names in [*self._rules.items(), *self._own.items()]:
                if (not tools or tool in tools) and fnmatchcase(known, bare):
                    found |= names
        return frozenset(found)

    def is_foreign(self, id_: str) -> bool:
        """Whether ``id_`` is one of another tool, or a name made from one, whether or not it was found in this run."""
        pack, dash, suffix = without_detail(id_).partition("-")
        if dash:
            return bool(suffix) and pack in self._packs
        return id_.removeprefix("CdkNag") in RULES or _CHECKOV_ID.fullmatch(id_) is not None


def without_detail(id_: str) -> str:
    """An id of cdk-nag without the part that tells the findings of one rule on one resource apart.

    Example:
        >>> without_detail("AwsSolutions-IAM5[Resource::*]")
        'AwsSolutions-IAM5'
    """
    return re.sub(r"\[.*\]$", "", id_, flags=re.DOTALL)


def names_of(text: str) -> tuple[str, list[str]] | None:
    """The tool that has a control called ``text``, or reports it under that name here, and its names for it.

    Example:
        >>> names_of("AwsSolutions-RDS11"), names_of("CKVAWS117"), names_of("Kms")
        (('cdk-nag', ['RDSNonDefaultPort', 'AwsSolutions-RDS11']), ('checkov', ['CKV_AWS_117']), None)
    """
    bare = without_detail(text)
    names = cdk_nag_names.names_of(bare.removeprefix("CdkNag"))
    if names:
        return CDK_NAG, names
    spelled = re.fullmatch(r"(CKV2?)_?([A-Z]+)_?([0-9]+)", bare)
    return (CHECKOV, ["_".join(spelled.groups())]) if spelled else None


def name_of(tool: str, rule: str, taken: Iterable[str]) -> str:
    """The name under which findings of another tool's rule are reported: its own name, letters and digits only.

    Args:
        tool: the tool.
        rule: its name of the rule.
        taken: names of our rules, which are not given twice.

    Example:
        >>> name_of("cdk-nag", "S3BucketSSLRequestsOnly", ()), name_of("checkov", "CKV_AWS_18", ())
        ('S3BucketSSLRequestsOnly', 'CKVAWS18')
    """
    name = re.sub(r"[^A-Za-z0-9]", "", rule)
    if len(name) > 1 and "A" <= name[0] <= "Z" and name not in taken:
        return name
    return f"{'CdkNag' if tool == CDK_NAG else 'Checkov'}{name[:1].upper()}{name[1:]}"
