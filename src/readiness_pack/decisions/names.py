"""Naming rules: a rule name, an item id or a glob of either, with or without the ``Readiness::`` prefix of CDK."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from readiness_pack.rules import Rule
from readiness_pack.typed_yaml import nearest

PREFIX = "Readiness::"


class Selector:
    """Finds the rules that a name stands for.

    Args:
        rules: the rules of the run.
        items: ids of the checklist's items, those without rules included.
        also: further names that findings may have -> item, such as what the engine itself says.

    Example:
        >>> from readiness_pack.rules import KmsKeyRotationEnabled
        >>> selector = Selector([KmsKeyRotationEnabled], ["SEC-ENC-03"])
        >>> selector.names("SEC-ENC-03"), selector.names("Readiness::Kms*"), selector.names("S3*")
        (frozenset({'KmsKeyRotationEnabled'}), frozenset({'KmsKeyRotationEnabled'}), frozenset())
        >>> selector.problem("KmsKeyRotation")
        "no rule or item is called 'KmsKeyRotation'. Did you mean 'KmsKeyRotationEnabled'?"
    """

    def __init__(
        self, rules: Iterable[type[Rule]], items: Iterable[str] = (), also: Mapping[str, str] | None = None
    ) -> None:
        self._items = {**{rule.name: rule.item for rule in rules}, **(also or {})}
        self._known = {*self._items, *self._items.values(), *items}
        self._found: dict[str, frozenset[str]] = {}

    def is_name(self, text: str) -> bool:
        """Whether ``text`` is the name of a rule or an item, without prefix or glob."""
        return text in self._known

    def names(self, pattern: str) -> frozenset[str]:
        """Names of the rules that ``pattern`` stands for."""
        pattern = pattern.removeprefix(PREFIX)
        found = self._found.get(pattern)
        if found is None:
            found = frozenset(
                name for name, item in self._items.items() if fnmatchcase(name, pattern) or fnmatchcase(item, pattern)
            )
            self._found[pattern] = found
        return found

    def problem(self, pattern: str) -> str | None:
        """What is wrong with ``pattern``: a name that nothing has, a glob that matches nothing; else ``None``."""
        bare = pattern.removeprefix(PREFIX)
        if bare in self._known or self.names(bare):
            return None
        if any(sign in bare for sign in "*?["):
            return f"no rule or item matches '{bare}'"
        return f"no rule or item is called '{bare}'.{nearest(bare, self._known)}"
