"""Answers that the template decides only in part.

A list of statements, rules or alarms may be complete but for an element that only the deployment decides. Views give
such a list as a :class:`Partial`: what is found counts, and only an answer that hangs on the rest is undecided. So
``any(...)``, ``all(...)`` and ``if not found`` over it say what can be said and raise :class:`Undecided` otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from readiness_pack.template.values import Undecided
from readiness_pack.template.worlds import entered

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly
    from readiness_pack.template.worlds import World

T = TypeVar("T")


class Partial(list[T]):
    """A list that may lack elements.

    Args:
        items: the elements that are certain.
        reason: why there may be more; ``None`` where the list is complete.

    Example:
        >>> found = Partial([1, 2], "parameter More has no default")
        >>> any(number > 1 for number in found)
        True
        >>> any(number > 2 for number in found)
        Traceback (most recent call last):
        readiness_pack.template.values.Undecided: parameter More has no default
        >>> found.known
        [1, 2]
    """

    __slots__ = ("reason",)

    def __init__(self, items: Iterable[T] = (), reason: str | None = None) -> None:
        super().__init__(items)
        self.reason = reason

    @property
    def known(self) -> list[T]:
        """The elements that are certain, whatever else there may be."""
        return list(super().__iter__())

    def __iter__(self) -> Iterator[T]:
        yield from super().__iter__()
        if self.reason is not None:
            raise Undecided(self.reason)

    def __bool__(self) -> bool:
        if super().__len__():
            return True
        if self.reason is not None:
            raise Undecided(self.reason)
        return False

    def __len__(self) -> int:
        if self.reason is not None:
            raise Undecided(self.reason)
        return super().__len__()

    def __eq__(self, other: object) -> bool:
        if self.reason is not None:
            raise Undecided(self.reason)
        return super().__eq__(other)

    __hash__ = None

    def __contains__(self, item: object) -> bool:
        return holds_for_any(self, lambda one: one == item)

    def lacking(self, reason: str | None) -> None:
        """Note that there may be more elements, for ``reason``; the first reason stays."""
        self.reason = self.reason or reason

    def include(self, more: Iterable[T]) -> None:
        """Add the elements of another list, and its doubts."""
        if isinstance(more, Partial):
            self.lacking(more.reason)
            more = more.known
        self.extend(more)

    def those(self, keep: Callable[[T], bool]) -> Partial[T]:
        """The elements for which ``keep`` holds; one for which it cannot be decided makes the result incomplete.

        Example:
            >>> Partial([1, 2, 3]).those(lambda number: number > 1)
            [2, 3]
        """
        found: Partial[T] = Partial(reason=self.reason)
        for item in self.known:
            try:
                if keep(item):
                    found.append(item)
            except Undecided as undecided:
                found.lacking(undecided.reason)
        return found


def holds_for_any(items: Iterable[T], predicate: Callable[[T], bool]) -> bool:
    """Whether ``predicate`` holds for an element: one that certainly does outweighs those that are not decided.

    Raises:
        Undecided: it holds for none for certain, and for one it may.

    Example:
        >>> from readiness_pack.template import Unknown
        >>> holds_for_any([Unknown("not known"), 5], lambda number: number > 3)
        True
    """
    doubt: Undecided | None = None
    iterator = iter(items)
    while True:
        try:
            item = next(iterator)
        except StopIteration:
            break
        except Undecided as undecided:
            doubt = doubt or undecided
            break
        try:
            if predicate(item):
                return True
        except Undecided as undecided:
            doubt = doubt or undecided
    if doubt is not None:
        raise doubt
    return False


def holds_for_all(items: Iterable[T], predicate: Callable[[T], bool]) -> bool:
    """Whether ``predicate`` holds for every element: one for which it certainly does not outweighs those not decided.

    Raises:
        Undecided: it fails for none for certain, and for one it may.

    Example:
        >>> from readiness_pack.template import Unknown
        >>> holds_for_all([Unknown("not known"), 2], lambda number: number > 3)
        False
    """
    return not holds_for_any(items, lambda item: not predicate(item))


def once_a_world(assembly: Assembly, key: Hashable, work_out: Callable[[], T]) -> T:
    """What ``work_out`` gives in the world at hand, worked out once.

    What was found in a world with fewer assumptions holds in this one as well: nothing was left to choose there. The
    conditions that were consulted then are noted again, since messages name them.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {}})
        >>> once_a_world(app, "answer", lambda: 42)
        42
    """
    world: World | None = assembly.world
    while world is not None:
        found = world.memo.get(key)
        if found is not None:
            value, consulted = found
            assembly.consulted += consulted
            return value  # type: ignore[no-any-return]
        world = world.parent
    before = len(assembly.consulted)
    value = work_out()
    assembly.world.memo[key] = (value, assembly.consulted[before:])
    return value


def once_an_app(assembly: Assembly, key: Hashable, work_out: Callable[[], T]) -> T:
    """What ``work_out`` gives, whatever the world, worked out once; for indices of what may refer to what.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {}})
        >>> once_an_app(app, "types", lambda: sorted(app.by_type))
        []
    """
    if key not in assembly.views:
        root, consulted = assembly.world, list(assembly.consulted)
        while root.parent is not None:
            root = root.parent
        # What is assumed at the moment must not narrow an index that stays.
        with entered(assembly, root):
            assembly.views[key] = work_out()
        assembly.consulted[:] = consulted
    return assembly.views[key]  # type: ignore[no-any-return]
