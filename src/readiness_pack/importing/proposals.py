"""Which of our items and rules fit an item of another checklist. Nothing is taken over before a person says so."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from readiness_pack.checklist import Checklist, ItemSpec, RuleSpec
from readiness_pack.importing.meaning import Meanings, joined

LEAST = 0.3
"""What fits less is not proposed."""
LIMIT = 3
"""Rules that are proposed for one item."""
SAME = 0.8
"""An item of ours that fits this well is the same in other words: rules that it does not use are not proposed."""


@dataclass(frozen=True)
class Proposal:
    """One of our items or rules.

    Args:
        score: how well it fits, from 0 to 1.
        kind: whether it is an item or a rule.
        name: id of the item, or name of the rule.
        item: id of the item, of a rule's the one that it belongs to.
        title: the title of that item.
    """

    score: float
    kind: Literal["item", "rule"]
    name: str
    item: str
    title: str


class Proposer:
    """Finds what fits.

    Args:
        checklist: the items and rules to choose from.

    Example:
        >>> from readiness_pack.checklist import load
        >>> [found.name for found in Proposer(load()).proposals("KMS keys rotate every year")][:2]
        ['SEC-ENC-03', 'KmsKeyRotationEnabled']
    """

    def __init__(self, checklist: Checklist) -> None:
        self.checklist = checklist
        self._items = Meanings({item.id: f"{item.title} {item.statement}" for item in checklist.items})
        self._rules = Meanings({name: own_words(spec) for name, (_, spec) in checklist.rules.items()})
        self._users: dict[str, list[str]] = defaultdict(list)  # rule -> the items that it decides
        for item in checklist.items:
            for name in (*(rule.name for rule in item.rules), *item.reuses):
                self._users[name].append(item.id)

    def proposals(self, text: str) -> list[Proposal]:
        """What fits ``text``: at most one item, then at most :data:`LIMIT` rules, the best first."""
        items = dict(self._items.nearest(text, len(self.checklist.items)))
        found = [self._item(name, score) for name, score in items.items() if score >= LEAST][:1]
        allowed = self._rules_of(found[0].item) if found and found[0].score >= SAME else None
        ranked = sorted(self._scored(text, items), key=lambda entry: (-entry[1], entry[0]))
        rules = [entry for entry in ranked if entry[1] >= LEAST and (allowed is None or entry[0] in allowed)]
        return found + [self._rule(name, score) for name, score in rules[:LIMIT]]

    def rules_of(self, item: ItemSpec) -> list[str]:
        """All rules that decide ``item``."""
        return [*(rule.name for rule in item.rules), *item.reuses]

    def _rules_of(self, item: str) -> set[str]:
        return set(self.rules_of(self.checklist.by_id[item]))

    def _scored(self, text: str, items: dict[str, float]) -> list[tuple[str, float]]:
        rules = dict(self._rules.nearest(text, len(self.checklist.rules)))
        found: list[tuple[str, float]] = []
        for name in self.checklist.rules:
            own = rules.get(name, 0.0)
            by_item = max((items.get(item, 0.0) for item in self._users[name]), default=0.0)
            # The words of the item that it decides say what it is for; its own tell it from the item's other rules.
            found.append((name, round(max(own, 0.9 * by_item + 0.1 * own), 4)))
        return found

    def _item(self, name: str, score: float) -> Proposal:
        return Proposal(round(score, 4), "item", name, name, self.checklist.by_id[name].title)

    def _rule(self, name: str, score: float) -> Proposal:
        item, _ = self.checklist.rules[name]
        return Proposal(score, "rule", name, item.id, item.title)


def own_words(rule: RuleSpec) -> str:
    """What a rule says of itself."""
    return joined([(rule.name, 2), (rule.why or "", 1), (rule.message, 1)])
