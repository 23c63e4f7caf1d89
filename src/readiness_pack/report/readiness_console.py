"""A readiness report for the meeting that decides: sections, who has to do what, levels, signatures, verdict last."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from readiness_pack.evidence.readiness import Readiness
from readiness_pack.findings import ItemResult
from readiness_pack.report.console import STATUS_COLOURS, Page, for_file
from readiness_pack.report.readiness_view import by_team, counted, scope, verdict, with_status
from readiness_pack.report.text import clean, count, shortened

_FAINT = "bright_black"
_IN_SHORT = 5
"""How many items of a team are told in full."""

_ITEM = 12  # columns of an item's id
_STATUS = 10  # columns of a status
_DATE = 12  # columns of a day


def write(readiness: Readiness) -> bytes:
    """The report as plain text, for a file."""
    text = StringIO()
    render(readiness, for_file(text), verbose=True)
    return text.getvalue().encode()


def render(readiness: Readiness, console: Console, *, verbose: bool = False) -> None:
    """Write the report.

    Args:
        readiness: what to say.
        console: where to.
        verbose: give the reason of every item that is missing.
    """
    page = Page(console)
    _sections(page, readiness)
    _missing(page, readiness, verbose)
    _listed(page, "Ends soon", with_status(readiness, "expiring"), verbose)
    _listed(page, "Accepted for a while", with_status(readiness, "waived"), verbose)
    _levels(page, readiness)
    _signatures(page, readiness)
    _notes(page, readiness)
    line(readiness, console)


def line(readiness: Readiness, console: Console) -> None:
    """Write the verdict alone."""
    style = "bold green" if readiness.exit_code == 0 else "bold red"
    console.print(Text(clean(verdict(readiness)), style=style), soft_wrap=True, highlight=False)


def _sections(page: Page, readiness: Readiness) -> None:
    asked = f"  what {scope(readiness)} asks, on {readiness.today}"
    page.heading("Readiness", (asked, _FAINT))
    width = max(len(clean(section.name)) for section in readiness.sections) if readiness.sections else 0
    for section in readiness.sections:
        mark, style = ("ready", "green") if section.ready else ("not ready", "red")
        page.line((f"{mark:<9}", style), f"  {clean(section.name):<{width}}", (f"  {counted(section)}", _FAINT))
    page.line()


def _missing(page: Page, readiness: Readiness, verbose: bool) -> None:
    for team, items in by_team(readiness).items():
        page.heading(clean(team), (f"  {count(len(items), 'item')} to do", _FAINT))
        told = items if verbose else items[:_IN_SHORT]
        for item in told:
            status = (f"{item.status:<{_STATUS}}", STATUS_COLOURS[item.status])
            page.line((f"{item.item:<{_ITEM}}", "bold"), status, clean(item.title))
            page.text(clean(item.why), indent=_ITEM)
        _rest(page, [item.item for item in items[len(told) :]])
        page.line()


def _listed(page: Page, heading: str, items: Sequence[ItemResult], verbose: bool) -> None:
    """What is ready for now: the day on which it ends, and whose it is."""
    if not items:
        return
    page.heading(heading, (f"  {count(len(items), 'item')}", _FAINT))
    told = items if verbose else items[:_IN_SHORT]
    for item in told:
        ends = item.expires.isoformat() if item.expires else "no end"
        owner = f", {clean(item.owner)}" if item.owner else ""
        until = (f"{ends:<{_DATE}}", STATUS_COLOURS[item.status])
        page.line((f"{item.id:<{_ITEM}}", "bold"), until, clean(item.title), owner)
        page.text(clean(item.why), indent=_ITEM)
    _rest(page, [item.id for item in items[len(told) :]])
    page.line()


def _rest(page: Page, names: Sequence[str]) -> None:
    if names:
        text = f"and {count(len(names), 'more item')}: {clean(', '.join(names))} (--verbose says why)"
        page.text(text, _FAINT, indent=_ITEM)


def _levels(page: Page, readiness: Readiness) -> None:
    page.heading("Levels")
    width = max(len(clean(level.name)) for level in readiness.levels)
    following = readiness.next_level
    for level in readiness.levels:
        state = "reached" if level.reached else f"{len(level.missing)} of {level.asked} items missing"
        about = f": {level.about}" if level.about else ""
        style = "green" if level.reached else ""
        page.text(clean(f"{state}{about}"), style, indent=width + 2, head=(clean(level.name), "bold"))
        if level is following:
            text = shortened(", ".join(level.missing), 4 * (page.width - width - 2))
            page.text(clean(text), _FAINT, indent=width + 2)
    page.line()


def _signatures(page: Page, readiness: Readiness) -> None:
    page.heading("Sign-offs")
    width = max((len(clean(signoff.team)) for signoff in readiness.signoffs), default=0)
    for signoff in readiness.signoffs:
        style = "green" if signoff.state == "signed" else "yellow"
        page.text(clean(signoff.why), indent=width + 2, head=(clean(signoff.team), style))
    page.line()
    page.text(clean(readiness.certificate.why), indent=0)
    if readiness.next_review:
        page.line(f"The first thing that counts ends on {readiness.next_review}.")
    page.line((f"Digest {readiness.digest.value}", _FAINT))
    page.line()


def _notes(page: Page, readiness: Readiness) -> None:
    report = readiness.report
    for problem in readiness.problems:
        page.text(clean(str(problem)), "yellow", indent=0)
    for unused in report.unused_decisions:
        page.text(clean(f"note: {unused['source'] or unused['origin']} matches nothing"), _FAINT, indent=0)
    for note in report.notes:
        page.text(f"note: {clean(note)}", _FAINT, indent=0)
    for error in report.errors:
        where = f" on {error.stack}/{error.logical_id}" if error.logical_id else ""
        text = f"tool error: {error.rule or 'readiness'}{where}: {error.message}"
        page.text(clean(text), "bold red", indent=0)
    if readiness.problems or report.unused_decisions or report.notes or report.errors:
        page.line()
