"""Worlds: which branches are assumed while a rule looks at the app.

A rule is written as if every value were plain. When it meets a value that depends on an undecided condition or on a
parameter with several allowed values, the resolver raises :class:`Fork`; :func:`explore` then runs the rule
again once for each alternative, under the assumptions made so far. Correlated conditions stay consistent, since they
share the atoms (``parameter Env equals "prod"``) that a :class:`World` holds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly

T = TypeVar("T")
Key = tuple[Hashable, ...]

MAX_WORLDS = 256
"""How many combinations of branches one rule may need on one resource before the answer is ``unknown``."""

# Partitions that an app without a region is not assumed to be deployed to: CDK guards features with conditions on their
# regions, and those branches say nothing about what most apps deploy.
FOREIGN_REGIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-")


@dataclass(frozen=True, slots=True)
class Choice:
    """One undecided question.

    Args:
        kind: ``condition`` (every alternative counts) or ``parameter`` (the first option is the default, if
            ``has_default``).
        key: the symbol asked about; with an option it forms the fact that a :class:`World` records.
        options: the alternatives, as (fact key, fact value) pairs.
        about: how a message names it, e.g. ``parameter Env``.
        has_default: the first option is what CloudFormation uses when nothing is given.
    """

    kind: Literal["condition", "parameter"]
    options: tuple[tuple[Key, Any], ...]
    about: str
    has_default: bool = False


class Fork(BaseException):
    """Raised by the resolver at a :class:`Choice`. Not an ``Exception``: a rule must not swallow it."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        super().__init__(choice.about)


class TooManyWorlds(Exception):
    """More than :data:`MAX_WORLDS` combinations."""


@dataclass(slots=True)
class World:
    """Facts assumed together.

    Their keys are ``("value", symbol)``, ``("equals", symbol, literal)`` and ``("opaque", text)``.
    """

    facts: dict[Key, Any] = field(default_factory=dict)
    conditions: dict[tuple[int, str], bool] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict)
    values: dict[Any, Any] = field(default_factory=dict)
    children: dict[tuple[Key, Any], World] = field(default_factory=dict)
    parent: World | None = None

    def assuming(self, key: Key, value: Any) -> World:
        """The world with one more fact; the same object each time, so that what it has worked out is kept."""
        child = self.children.get((key, value))
        if child is None:
            facts = {**self.facts, key: value}
            if key[0] == "equals" and value is True:
                facts[("value", key[1])] = key[2]
            child = self.children[(key, value)] = World(facts, parent=self)
        return child

    def excluded(self, symbol: Hashable) -> set[str]:
        """Values that ``symbol`` is assumed not to have."""
        return {
            str(key[2])
            for key, value in self.facts.items()
            if key[0] == "equals" and key[1] == symbol and value is False
        }

    @property
    def is_foreign(self) -> bool:
        """Whether this world supposes a region of another partition for an app that names no region."""
        region = self.facts.get(("value", ("pseudo", "AWS::Region")))
        return isinstance(region, str) and region.startswith(FOREIGN_REGIONS)


@dataclass(slots=True)
class Branch:
    """What became of one choice: ``(label, result)`` for each alternative that is possible."""

    choice: Choice
    results: list[tuple[str, Any]]


def explore(
    assembly: Assembly, judge: Callable[[], T], *, combine: Callable[[Choice, list[tuple[Any, T]]], T], impossible: T
) -> T:
    """Run ``judge`` in every world that matters and combine what it says.

    Args:
        assembly: the app whose values ``judge`` reads.
        judge: a pure function of the app; called once where nothing is undecided.
        combine: makes one result of a choice's ``(option value, result)`` pairs.
        impossible: the result of a world that cannot be, such as one in which no alternative is left.

    Raises:
        TooManyWorlds: see :data:`MAX_WORLDS`.
    """
    left = MAX_WORLDS

    def run(world: World) -> T:
        nonlocal left
        left -= 1
        if left < 0:
            raise TooManyWorlds
        if world.is_foreign:
            return impossible
        with entered(assembly, world):
            try:
                return judge()
            except Fork as fork:
                choice = fork.choice
        results = [(value, run(world.assuming(key, value))) for key, value in choice.options]
        possible = [(value, result) for value, result in results if result is not impossible]
        return combine(choice, possible) if possible else impossible

    return run(assembly.world)


@contextmanager
def entered(assembly: Assembly, world: World) -> Iterator[None]:
    """Read the app's values under the assumptions of ``world``."""
    before = assembly.world
    assembly.world = world
    try:
        yield
    finally:
        assembly.world = before
