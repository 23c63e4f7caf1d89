"""A readiness report as Markdown, for the ticket of a release or the summary of a CI job.

It never has more than :data:`~readiness_pack.report.markdown.LIMIT` bytes; what people wrote is never markup.
"""

from __future__ import annotations

from collections.abc import Iterator

from readiness_pack.evidence.readiness import Readiness
from readiness_pack.findings import Status
from readiness_pack.report.markdown import LIMIT, MARK, escaped
from readiness_pack.report.readiness_view import by_team, counted, scope, verdict, with_status
from readiness_pack.report.text import clean, count, shortened

_WHY = 300  # characters of a reason
_FOR_NOW: dict[str, Status] = {"Ends soon": "expiring", "Accepted for a while": "waived"}
_LEFT_OUT = "\nThere is more: `readiness report --format json` has all of it.\n"


def write(readiness: Readiness) -> bytes:
    """The report; whole blocks are left out where it would be too long, and the end says so."""
    room = LIMIT - len(_LEFT_OUT.encode())
    kept: list[str] = []
    for block in _blocks(readiness):
        size = len(block.encode()) + 2
        if size > room:
            return ("\n\n".join(kept) + "\n" + _LEFT_OUT).encode()
        room -= size
        kept.append(block)
    return ("\n\n".join(kept) + "\n").encode()


def _blocks(readiness: Readiness) -> Iterator[str]:
    sign = "✅" if readiness.exit_code == 0 else "❌"
    yield f"{MARK}\n## {sign} {escaped(verdict(readiness))}"
    yield _sections(readiness)
    for team, items in by_team(readiness).items():
        yield f"### {escaped(clean(team))}: {count(len(items), 'item')} to do"
        for item in items:
            why = escaped(shortened(clean(item.why), _WHY))
            yield f"- **{escaped(item.item)}** {escaped(clean(item.title))}, *{item.status}*: {why}"
    for heading, status in _FOR_NOW.items():
        ending = with_status(readiness, status)
        if ending:
            yield f"### {heading}: {count(len(ending), 'item')}"
        for one in ending:
            why = escaped(shortened(clean(one.why), _WHY))
            yield f"- **{escaped(one.id)}** {escaped(clean(one.title))}, until {one.expires or 'somebody looks'}: {why}"
    yield _levels(readiness)
    yield _signatures(readiness)


def _sections(readiness: Readiness) -> str:
    lines = [f"What {scope(readiness)} asks, on {readiness.today}:", "", "| section | ready | items |", "|---|---|---|"]
    for section in readiness.sections:
        ready = "yes" if section.ready else "no"
        lines.append(f"| {escaped(clean(section.name))} | {ready} | {counted(section)} |")
    return "\n".join(lines)


def _levels(readiness: Readiness) -> str:
    lines = ["### Levels", "", "| level | | missing |", "|---|---|---|"]
    for level in readiness.levels:
        state = "reached" if level.reached else f"{len(level.missing)} of {level.asked} items missing"
        missing = shortened(", ".join(level.missing), _WHY)
        lines.append(f"| {escaped(clean(level.name))} | {state} | {escaped(clean(missing))} |")
    return "\n".join(lines)


def _signatures(readiness: Readiness) -> str:
    lines = ["### Sign-offs", "", "| team | state | |", "|---|---|---|"]
    for signoff in readiness.signoffs:
        why = escaped(shortened(clean(signoff.why), _WHY))
        lines.append(f"| {escaped(clean(signoff.team))} | {signoff.state} | {why} |")
    lines += ["", escaped(clean(readiness.certificate.why))]
    if readiness.next_review:
        lines += ["", f"The first thing that counts ends on {readiness.next_review}."]
    return "\n".join([*lines, "", f"<sub>Digest {readiness.digest.value}</sub>"])
