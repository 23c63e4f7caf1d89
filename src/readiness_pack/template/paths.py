"""Property paths: ``RedrivePolicy.maxReceiveCount``, ``Rules[*].Status``, ``Tags[0].Key``, ``@DeletionPolicy``."""

from __future__ import annotations

import re
from functools import lru_cache

Step = str | int
"""A key, an index, or ``"*"`` for every element of a list."""

_STEP = re.compile(r"([^.\[\]]+)|\[(\*|\d+)\]")


@lru_cache(maxsize=8192)
def parse(path: str) -> tuple[Step, ...]:
    """The steps of ``path``.

    Example:
        >>> parse("Rules[*].Status"), parse("Tags[0].Key")
        (('Rules', '*', 'Status'), ('Tags', 0, 'Key'))
    """
    steps: list[Step] = []
    for key, index in _STEP.findall(path):
        if key:
            steps.append(key)
        else:
            steps.append("*" if index == "*" else int(index))
    return tuple(steps)


def pointer(path: str) -> str:
    """``path`` as findings give it: ``Properties/RedrivePolicy/maxReceiveCount``; attributes stand beside Properties.

    Example:
        >>> pointer("Tags[0].Key"), pointer("@DeletionPolicy")
        ('Properties/Tags/0/Key', 'DeletionPolicy')
    """
    steps = parse(path)
    if steps and str(steps[0]).startswith("@"):
        return "/".join([str(steps[0])[1:], *map(str, steps[1:])])
    return "/".join(["Properties", *map(str, steps)])


@lru_cache(maxsize=8192)
def any_index(path: str) -> str:
    """``path`` with every index made ``[*]``, as the graph files references."""
    return re.sub(r"\[\d+\]", "[*]", path)
