"""What every rendering of a readiness report says: the verdict, and what is missing, team by team."""

from __future__ import annotations

from collections import Counter
from datetime import date

from readiness_pack.evidence.readiness import Missing, Readiness, Section, beside_items
from readiness_pack.findings import ItemResult, Status
from readiness_pack.report.text import clean, count
from readiness_pack.report.view import STATUSES

CODE = "The app's code"
"""Who has to act where rules alone decide an item: no team keeps a record of it."""


WORST: tuple[Status, ...] = ("not met", "expired", "unknown", "missing")
"""What an item that is not ready can be, worst first."""


def by_team(readiness: Readiness) -> dict[str, list[Missing]]:
    """What is missing by the team that has to act, the team with most of it first, and the worst first."""
    found: dict[str, list[Missing]] = {}
    for missing in sorted(readiness.missing, key=lambda one: WORST.index(one.status)):
        found.setdefault(missing.owner or CODE, []).append(missing)
    return dict(sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0])))


def with_status(readiness: Readiness, status: Status) -> list[ItemResult]:
    """The items that are asked and have ``status``, those that end first before the others."""
    asked = set(readiness.asked)
    found = [item for item in readiness.items if item.status == status and item.id in asked]
    return sorted(found, key=lambda item: item.expires or date.max)


def counted(section: Section) -> str:
    """How many items of a section have which status, best first.

    Example:
        >>> counted(Section("Security", False, 5, {"missing": 2, "met": 3}, ["SEC-IAM-01", "SEC-IAM-02"]))
        '3 met, 2 missing'
    """
    return ", ".join(f"{section.counts[status]} {status}" for status in STATUSES if status in section.counts)


def scope(readiness: Readiness) -> str:
    """What is judged: ``the pre-deployment gate``, or ``production``, or another stage."""
    stage = "production" if readiness.stage in (None, "prod") else clean(readiness.stage)
    if readiness.gate is None:
        return stage
    return f"the {readiness.gate} gate{'' if stage == 'production' else f' of {stage}'}"


def verdict(readiness: Readiness) -> str:
    """The answer in one line; it always agrees with the exit code."""
    asked, missing = len(readiness.asked), len(readiness.missing)
    if readiness.report.errors:
        errors = count(len(readiness.report.errors), "error")
        return f"BROKEN: {errors} of rules or input, so that nothing is certain"
    if readiness.ready:
        review = f"; look again by {readiness.next_review}" if readiness.next_review else ""
        return f"READY for {scope(readiness)}: all {asked} items are ready{review}"
    if not missing:
        return f"NOT READY for {scope(readiness)}: {clean('; '.join(beside_items(readiness.report)))}"
    teams = Counter(item.owner or CODE for item in readiness.missing)
    who = ", ".join(f"{team} {number}" for team, number in sorted(teams.items(), key=lambda one: (-one[1], one[0])))
    are = "items is" if missing == 1 else "items are"
    return f"NOT READY for {scope(readiness)}: {missing} of {asked} {are} not ready ({who})"
