"""What reports of vulnerabilities share: which items they are for, and what an open critical is.

SUC-TEC-04 asks for zero open criticals across images, dependencies and hosts. A scanner's report may answer that; an
audit of dependencies alone cannot, but one critical that it finds is enough to say no.
"""

from __future__ import annotations

import datetime

from readiness_pack.evidence.tools.outcome import Figure, Outcome, counted

SCANNING, NO_CRITICALS = "TST-CQL-02", "SUC-TEC-04"

CRITICAL = 9.0
"""From this score on a vulnerability is critical: CVSS v3.1, section 5; GitHub code scanning reads it the same way."""


def outcome(
    tool: str,
    covers: str,
    critical: int,
    others: int,
    *,
    unrated: int = 0,
    closed: int = 0,
    everything: bool = False,
    date: datetime.date | None = None,
) -> Outcome:
    """What an audit or a scan says.

    Args:
        tool: which tool wrote it.
        covers: what was looked at, in words.
        critical: open criticals.
        others: other open vulnerabilities with a rating.
        unrated: open vulnerabilities that nobody rated: each may be critical.
        closed: those that somebody explained or accepted.
        everything: whether it is a scanner whose report can show that there is none.
        date: of when it is.
    """
    parts = [f"{critical:,} open critical", f"{others:,} other"]
    if unrated:
        parts.append(f"{unrated:,} open without a rating, which may be critical")
    if closed:
        parts.append(f"{closed:,} closed")
    certain = not unrated or critical > 0
    return Outcome(
        tool=tool,
        statement=f"{', '.join(parts)} ({covers}).",
        items=(SCANNING, NO_CRITICALS) if everything or critical else (SCANNING,),
        passed=not critical and not unrated,
        date=date,
        figures=(criticals(critical),) if certain else (),
    )


def criticals(number: int) -> Figure:
    """The figure that SUC-TEC-04 asks for."""
    return Figure("open_critical_vulnerabilities", number, "count")


def looked_at(number: int, skipped: int = 0) -> str:
    """How many dependencies were looked at, in words.

    Example:
        >>> looked_at(12, 1)
        '12 dependencies, 1 not looked at'
    """
    text = counted(number, "dependency", "dependencies")
    return f"{text}, {skipped:,} not looked at" if skipped else text
