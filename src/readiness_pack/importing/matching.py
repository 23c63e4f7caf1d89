"""Finds again what was imported before: which bullet is which earlier item, though words, order and place changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from readiness_pack.checklist import ItemSpec
from readiness_pack.importing.bullets import Bullet
from readiness_pack.importing.meaning import Meanings

ENOUGH = 0.6
"""How near in meaning a bullet with other words must be to an earlier item to be taken for it."""


@dataclass(frozen=True)
class Match:
    """A bullet that was imported before.

    Args:
        item: number of the earlier item.
        by: how it was found: ``id``, ``title``, ``statement`` or ``meaning``.
        score: 1, or how near the words are in meaning.
    """

    item: int
    by: str
    score: float = 1.0


Key = Callable[[ItemSpec | Bullet], Hashable]


def matches(bullets: Sequence[Bullet], items: Sequence[ItemSpec]) -> dict[int, Match]:
    """Number of a bullet -> the earlier item; each item is given once.

    By the id that the author wrote; by the title (in the same group, then the same section, then anywhere, where the
    title is there once); by the statement; at last by the meaning of the words, the nearest first.

    Args:
        bullets: what the checklist has now.
        items: what was imported before.
    """
    found: dict[int, Match] = {}
    left = dict(enumerate(items))

    def take(number: int, item: int, by: str, score: float = 1.0) -> None:
        found[number] = Match(item, by, score)
        del left[item]

    ids = {item.id: at for at, item in left.items()}
    for number, bullet in enumerate(bullets):
        if bullet.id in ids and ids[bullet.id] in left:
            take(number, ids[bullet.id], "id")
    for by, key in _KEYS:
        for number, item in _same(bullets, left, found, key):
            take(number, item, by)
    for score, number, item in _near(bullets, left, found):
        if number not in found and item in left:
            take(number, item, "meaning", score)
    return found


def _folded(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


_KEYS: tuple[tuple[str, Key], ...] = (
    ("title", lambda one: (one.section, one.group, _folded(one.title), one.statement)),
    ("title", lambda one: (one.section, one.group, _folded(one.title))),
    ("statement", lambda one: (one.section, one.group, _folded(one.statement))),
    ("title", lambda one: (_folded(one.title), _folded(one.statement))),
    ("title", lambda one: (one.section, _folded(one.title))),
    ("title", lambda one: _folded(one.title)),
    ("statement", lambda one: _folded(one.statement)),
)


def _same(
    bullets: Sequence[Bullet], items: dict[int, ItemSpec], found: dict[int, Match], key: Key
) -> list[tuple[int, int]]:
    """Bullets and items that agree in ``key``, where that says clearly which is which."""
    open_ = [number for number in range(len(bullets)) if number not in found]
    here = Counter(key(bullets[number]) for number in open_)
    there = Counter(key(item) for item in items.values())
    by_key = {key(item): at for at, item in items.items()}
    keys = [(number, key(bullets[number])) for number in open_]
    return [(number, by_key[name]) for number, name in keys if here[name] == there.get(name) == 1]


def _near(
    bullets: Sequence[Bullet], items: dict[int, ItemSpec], found: dict[int, Match]
) -> list[tuple[float, int, int]]:
    meanings = Meanings({str(at): f"{item.title} {item.statement}" for at, item in items.items()})
    pairs: list[tuple[float, int, int]] = []
    for number, bullet in enumerate(bullets):
        if number not in found:
            nearest = meanings.nearest(f"{bullet.title} {bullet.statement}")
            pairs += [(score, number, int(at)) for at, score in nearest if score >= ENOUGH]
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))
