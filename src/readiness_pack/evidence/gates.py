"""Gates: what the checklist asks before, at and after a deployment, as sets of items."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

CERTIFICATION_RECORD = "CRT-REC-*"
"""The fields of the certificate: certifying makes them, so they never stand in its way."""


class Gate(NamedTuple):
    """A moment at which the checklist is judged.

    Args:
        about: what the gate stands for.
        items: globs of the items that it asks, besides those of the gates before it.
    """

    about: str
    items: tuple[str, ...]


GATES: dict[str, Gate] = {
    # Everything that can be shown before anything runs in production: the system itself, its tests, its people, and of
    # the success criteria the three that a test environment and scanners can show.
    "pre-deployment": Gate(
        "everything that can be shown before the system runs in production",
        (
            *("SEC-*", "MON-*", "PRF-*", "REL-*", "CST-*", "OPS-*", "TST-*"),
            "DEP-PRE-*",
            *("SUC-TEC-03", "SUC-TEC-04", "SUC-TEC-05"),
            "SUP-*",
        ),
    ),
    # The teams sign what passed the first gate, "before production deployment" in the words of the checklist.
    "deployment": Gate("also the deployment itself is prepared, and all teams have signed", ("DEP-RUN-*", "CRT-SGN-*")),
    # What only operation shows; items of an organisation's own belong here, too, so that this gate asks everything.
    "post-deployment": Gate("also what only operation shows, and the success criteria", ("*",)),
}
"""The gates in the order of time."""


def asked_by(gate: str, ids: Iterable[str]) -> tuple[str, ...]:
    """The items of ``ids`` that ``gate`` asks, those of the gates before it included.

    Args:
        gate: name of the gate.
        ids: ids of items in checklist order.

    Raises:
        KeyError: there is no such gate.

    Example:
        >>> asked_by("pre-deployment", ["SEC-ENC-01", "DEP-PST-01", "CRT-REC-01"])
        ('SEC-ENC-01',)
        >>> asked_by("post-deployment", ["SEC-ENC-01", "DEP-PST-01", "CRT-REC-01"])
        ('SEC-ENC-01', 'DEP-PST-01')
    """
    names = list(GATES)
    globs = [glob for name in names[: names.index(gate) + 1] for glob in GATES[name].items] if gate in GATES else None
    if globs is None:
        raise KeyError(gate)
    return tuple(id_ for id_ in all_of(ids) if any(fnmatchcase(id_, glob) for glob in globs))


def all_of(ids: Iterable[str]) -> tuple[str, ...]:
    """The items of ``ids`` that readiness as a whole hangs on: all but the fields of the certificate."""
    return tuple(id_ for id_ in ids if not fnmatchcase(id_, CERTIFICATION_RECORD))
