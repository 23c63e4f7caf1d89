"""What changed between two digests, in sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from readiness_pack.evidence.digest import Digest

_NAMED = 4
"""How many parts of one kind a sentence names; the others it counts."""

How = Literal["changed", "new", "gone"]
_KINDS = {
    "rule": "rules",
    "item": "items",
    "setting": "settings",
    "waiver": "waivers",
    "acknowledgement": "acknowledgements",
    "record": "records",
    "fact": "facts",
    "report": "reports",
}


class _Part(NamedTuple):
    """One part that is not the same any more.

    Args:
        name: its name in words.
        how: what became of it.
    """

    name: str
    how: How

    @property
    def kind(self) -> str:
        """The first word of its name."""
        return self.name.split(" ", 1)[0]

    @property
    def rest(self) -> str:
        """Its name without the kind."""
        return self.name.partition(" ")[2]


def changes(before: Digest, now: Digest) -> list[str]:
    """What is different in ``now``, the app first.

    Args:
        before: the digest that something was bound to.
        now: the digest of today.

    Returns:
        A sentence for each stack, and for each kind of change in rules, decisions and evidence; none where the digests
        are the same.

    Example:
        >>> from readiness_pack.evidence.digest import Digest
        >>> before = Digest.of({"stack Orders": "1", "stack Orders, resource Queue": "2", "rule TlsOnly": "3"})
        >>> now = Digest.of({"stack Orders": "1", "stack Orders, resource Queue": "x", "stack Pay": "4"})
        >>> changes(before, now)
        ['stack Orders changed: resource Queue', 'stack Pay is new', 'rule TlsOnly is gone']
    """
    parts = _parts(before.parts, now.parts)
    return [
        *_of_stacks([part for part in parts if part.kind == "stack"], before, now),
        *_of_version([part for part in parts if part.kind == "readiness-pack"]),
        *_of_others([part for part in parts if part.kind not in ("stack", "readiness-pack")]),
    ]


def first(sentences: Sequence[str], count: int = 5) -> list[str]:
    """The first ``count`` sentences, and how many more there are.

    Example:
        >>> first(["rule A changed", "rule B changed", "rule C changed"], 2)
        ['rule A changed', 'and 2 further changes']
    """
    if len(sentences) <= count:
        return list(sentences)
    return [*sentences[: count - 1], f"and {len(sentences) - count + 1} further changes"]


def _parts(before: dict[str, str], now: dict[str, str]) -> list[_Part]:
    return [
        _Part(name, "new" if name not in before else "gone" if name not in now else "changed")
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]


def _of_stacks(parts: list[_Part], before: Digest, now: Digest) -> list[str]:
    """A sentence a stack; of one that is new or gone, its resources are not named."""
    of_stack: dict[str, list[_Part]] = defaultdict(list)
    stacks = _stacks({*before.parts, *now.parts})
    for part in parts:
        of_stack[_stack_of(part.name, stacks)].append(part)
    sentences = []
    for stack, changed in sorted(of_stack.items()):
        if stack not in before.parts:
            sentences.append(f"{stack} is new")
        elif stack not in now.parts:
            sentences.append(f"{stack} is gone")
        else:
            told = [_inside(part, stack) for part in changed]
            sentences.append(f"{stack} changed: {_listed(told)}")
    return sentences


def _stacks(names: set[str]) -> set[str]:
    """The parts that are a stack and not a part of one; a template's file name may have a comma."""
    found: set[str] = set()
    for name in sorted(name for name in names if name.startswith("stack ")):
        if _stack_of(name, found) not in found:
            found.add(name)
    return found


def _stack_of(name: str, stacks: set[str]) -> str:
    """The stack that a part belongs to."""
    head = name
    while head not in stacks and ", " in head:
        head = head.rpartition(", ")[0]
    return head


def _inside(part: _Part, stack: str) -> str:
    inner = part.name[len(stack) :].removeprefix(", ") or "its description, environment or tags"
    return inner if part.how == "changed" else f"{inner} is {part.how}"


def _of_version(parts: list[_Part]) -> list[str]:
    old = [part.rest for part in parts if part.how == "gone"]
    new = [part.rest for part in parts if part.how == "new"]
    return [f"readiness-pack is {', '.join(new)} now, it was {', '.join(old)}"] if old or new else []


def _of_others(parts: list[_Part]) -> list[str]:
    replaced, rest = _replaced(parts)
    grouped: dict[tuple[str, How], list[str]] = defaultdict(list)
    for part in rest:
        grouped[part.kind, part.how].append(part.rest)
    order = list(_KINDS)
    keys = sorted(grouped, key=lambda key: (order.index(key[0]) if key[0] in order else -1, key[1]))
    return [*(_sentence(kind, how, grouped[kind, how]) for kind, how in keys), *replaced]


def _sentence(kind: str, how: How, names: list[str]) -> str:
    many = len(names) > 1
    subject = f"{_KINDS.get(kind, kind)} {_listed(names)}" if many else f"{kind} {names[0]}".rstrip()
    return f"{subject} changed" if how == "changed" else f"{subject} {'are' if many else 'is'} {how}"


def _replaced(parts: list[_Part]) -> tuple[list[str], list[_Part]]:
    """Records whose place another one of the same item took, and the parts that are left."""
    by_item: dict[str, list[_Part]] = defaultdict(list)
    for part in parts:
        if part.kind == "record":
            by_item[part.rest.split(" ", 1)[0]].append(part)
    sentences, done = [], set()
    for found in by_item.values():
        if sorted(part.how for part in found) == ["gone", "new"]:
            old, new = sorted(found, key=lambda part: part.how)
            sentences.append(f"{old.name} was replaced by that of {new.rest.rpartition(' ')[2]}")
            done.update(found)
    return sentences, [part for part in parts if part not in done]


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    if len(found) <= _NAMED + 1:
        return ", ".join(found)
    return f"{', '.join(found[:_NAMED])} and {len(found) - _NAMED} more"
