"""Naming rules: a rule name, an item id or a glob of either, with or without the ``Readiness::`` prefix of CDK.

The ids of other tools (``AwsSolutions-S1``, ``CKV_AWS_18``) name the rules for the same control.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from readiness_pack.peers import PeerIds
from readiness_pack.rules import Rule
from readiness_pack.typed_yaml import nearest

PREFIX = "Readiness::"


class Selector:
    """Finds the rules that a name stands for.

    Args:
        rules: the rules of the run.
        items: ids of the checklist's items, those without rules included.
        also: further names that findings may have -> item, such as what the engine itself says.
        peers: what ids of other tools stand for.

    Example:
        >>> from readiness_pack.rules import KmsKeyRotationEnabled
        >>> selector = Selector([KmsKeyRotationEnabled], ["SEC-ENC-03"])
        >>> selector.names("SEC-ENC-03"), selector.names("Readiness::Kms*"), selector.names("S3*")
        (frozenset({'KmsKeyRotationEnabled'}), frozenset({'KmsKeyRotationEnabled'}), frozenset())
        >>> selector.problem("KmsKeyRotation")
        "no rule or item is called 'KmsKeyRotation'. Did you mean 'KmsKeyRotationEnabled'?"
    """

    def __init__(
        self,
        rules: Iterable[type[Rule]],
        items: Iterable[str] = (),
        also: Mapping[str, str] | None = None,
        peers: PeerIds | None = None,
    ) -> None:
        self._peers = peers or PeerIds({})
        rules = tuple(rules)
        self._items = {**{rule.name: rule.item for rule in rules}, **(also or {})}
        self._aliases = {old: rule.name for rule in rules for old in rule.aliases if old not in self._items}
        self._known = {*self._items, *self._items.values(), *items}
        self._found: dict[str, frozenset[str]] = {}
        self._old: dict[str, str] = {}

    def is_name(self, text: str) -> bool:
        """Whether ``text`` is the name of a rule or an item, without prefix or glob."""
        return text in self._known or text in self._aliases

    @property
    def notes(self) -> list[str]:
        """A sentence for each old name of a rule that was asked for."""
        return [f"{old} is an old name of {new}; it still counts, write the new one." for old, new in self._old.items()]

    def names(self, pattern: str) -> frozenset[str]:
        """Names of the rules that ``pattern`` stands for."""
        pattern = pattern.removeprefix(PREFIX)
        found = self._found.get(pattern)
        if found is None:
            found = frozenset(
                name for name, item in self._items.items() if fnmatchcase(name, pattern) or fnmatchcase(item, pattern)
            ) | self._peers.of(pattern)
            old = {alias: name for alias, name in self._aliases.items() if fnmatchcase(alias, pattern)}
            self._old |= {alias: name for alias, name in old.items() if name not in found}
            found |= frozenset(old.values())
            self._found[pattern] = found
        return found

    def problem(self, pattern: str) -> str | None:
        """What is wrong with ``pattern``: a name that nothing has, a glob that matches nothing; else ``None``."""
        bare = pattern.removeprefix(PREFIX)
        if bare in self._known or self.names(bare) or self._peers.is_foreign(bare):
            return None
        if any(sign in bare for sign in "*?["):
            if any(fnmatchcase(name, bare) for name in self._known):
                return None  # an item without rules: a waiver of it is about its record
            return f"no rule or item matches '{bare}'"
        return f"no rule or item is called '{bare}'.{nearest(bare, self._known | self._aliases.keys())}"
