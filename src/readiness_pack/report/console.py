"""The Report for people at a terminal or reading the log of a build: what to do first, the rest, the verdict last."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from io import StringIO
from itertools import chain
from textwrap import wrap
from typing import IO

from rich.console import Console
from rich.text import Text

from readiness_pack.checklist import Severity
from readiness_pack.findings import Finding
from readiness_pack.report.text import clean, clean_lines, count, shortened
from readiness_pack.report.view import STATUSES, Group, Place, Section, View, decision_text

PLACES = 3
"""How many places of a rule are listed among what to do first."""

PLAIN_WIDTH = 120
"""Columns where nobody tells them: files and the logs of builds."""

_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
STATUS_COLOURS = {
    "met": "green",
    "attested": "green",
    "expiring": "yellow",
    "waived": "cyan",
    "not met": "red",
    "expired": "red",
    "missing": "yellow",
    "unknown": "magenta",
    "not applicable": "bright_black",
}
_FAINT = "bright_black"
_INDENT = 4
_LABELLED = _INDENT + 5  # where the text after a label such as "fix" starts
_BAR = 24


def write(view: View) -> bytes:
    """The report of ``view`` as plain text, for a file."""
    text = StringIO()
    render(view, for_file(text))
    return text.getvalue().encode()


def for_file(file: IO[str]) -> Console:
    """A console that writes plain text to ``file``."""
    return Console(file=file, width=PLAIN_WIDTH, color_system=None, force_terminal=False)


def for_terminal() -> Console:
    """A console on stdout: with colours on a terminal, plain elsewhere and where NO_COLOR is set."""
    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PLAIN_WIDTH
    if os.environ.get("NO_COLOR"):
        return Console(width=wide, color_system=None, force_terminal=False)
    return Console(width=wide)


def render(view: View, console: Console, *, verbose: bool = False) -> None:
    """Write the report.

    Args:
        view: what was found.
        console: where to; its width and colours are those of the report.
        verbose: list every place, and warnings, open answers and decisions one by one.
    """
    page = Page(console)
    _first(page, view, verbose)
    _later(page, view, verbose)
    _lesser(page, view, verbose)
    _unknown(page, view, verbose)
    _apart(page, view, verbose)
    _checklist(page, view)
    _notes(page, view)
    verdict(view, console)


def verdict(view: View, console: Console) -> None:
    """Write the last line alone; it always agrees with the exit code."""
    style = "bold green" if view.report.exit_code == 0 else "bold red"
    console.print(Text(clean(view.verdict), style=style), soft_wrap=True, highlight=False)


class Page:
    """Lines of a console, broken by us: rich pads lines with blanks and breaks words in the middle."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.width = max(40, console.width)
        self.plain_ascii = console.options.ascii_only

    def line(self, *parts: str | tuple[str, str]) -> None:
        """One line of (text, style) as it is."""
        text = Text.assemble(*parts)
        text.rstrip()
        self._console.print(text, soft_wrap=True, highlight=False)

    def heading(self, text: str, *parts: tuple[str, str]) -> None:
        """The heading of a part, with a remark, and a blank line."""
        self.line((text, "bold underline"), *parts)
        self.line()

    def text(self, text: str, style: str = "", *, indent: int = _INDENT, head: tuple[str, str] = ("", "")) -> None:
        """Words, broken at blanks, each line behind ``indent`` columns; ``head`` is in those of the first."""
        lines = wrap(text, self.width - indent, break_long_words=False, break_on_hyphens=False)
        self.lines(lines or [""], style, indent=indent, head=head)

    def lines(self, lines: Iterable[str], style: str, *, indent: int, head: tuple[str, str]) -> None:
        """Lines that are broken already, likewise."""
        for number, line in enumerate(lines):
            self.line((f"{head[0] if number == 0 else '':<{indent}}", head[1]), (line, style))

    def code(self, text: str, label: str) -> None:
        """Source code; a line that is too long is broken after a comma or a bracket."""
        broken = (part for line in clean_lines(text) for part in _broken(line, self.width - _INDENT - 5))
        self.lines(broken, "", indent=_LABELLED, head=(_label(label), "green"))


def _label(word: str) -> str:
    return f"{'':{_INDENT}}{word:5}"


def _broken(line: str, width: int) -> list[str]:
    found = [""]
    for part in re.findall(r".*?(?:, |[(\[](?=.)|$)", line):
        if found[-1].strip() and len((found[-1] + part).rstrip()) > width:
            found[-1] = found[-1].rstrip()
            found.append("    ")
        found[-1] += part
    return found


# What to do first, and the other errors ------------------------------------------------------------------------------


def _first(page: Page, view: View, verbose: bool) -> None:
    if not view.first:
        return
    page.heading("Do these first")
    for number, group in enumerate(view.first, 1):
        _rule(page, group, f"{number:>2}. ", None if verbose else PLACES)
        page.line()


def _rule(page: Page, group: Group, mark: str, most: int | None) -> None:
    about, colour = group.about, _COLOURS[group.severity]
    where = f"{about.item}, {count(len(group.places), 'place')}"
    page.line(
        (mark.ljust(_INDENT), _FAINT),
        (about.name, f"bold {colour}"),
        ("  ", ""),
        (f"{group.severity}, {where}", _FAINT),
    )
    if about.why:
        why = clean(about.why) if most is None else shortened(clean(about.why), page.width - _INDENT - 5)
        page.text(why, indent=_LABELLED, head=(_label("why"), _FAINT))
    _places(page, group, most)
    if group.fix:
        page.code(group.fix, "fix")


def _places(page: Page, group: Group, most: int | None) -> None:
    """Each place with what is wrong there; only the first of several has its message unless all are listed."""
    for number, place in enumerate(group.places[:most]):
        _place(page, place, "at" if number == 0 else "")
        if number == 0 or most is None:
            for message in place.messages[:most]:
                page.text(shortened(message, 400) if most else message, indent=_LABELLED + 2)
    hidden = len(group.places) - len(group.places[:most])
    if hidden:
        page.text(f"and {hidden:,} more", _FAINT, indent=_LABELLED)


def _place(page: Page, place: Place, label: str) -> None:
    head = _label(label)
    if len(head) + len(place.name) + len(place.source) + 2 <= page.width:
        page.line((head, _FAINT), (place.name, "bold"), (f"  {place.source}".rstrip(), _FAINT))
        return
    page.line((head, _FAINT), (place.name, "bold"))
    if place.source:
        page.line((" " * (len(head) + 2), ""), (place.source, _FAINT))


def _later(page: Page, view: View, verbose: bool) -> None:
    if not view.later:
        return
    total = sum(len(group.places) for group in view.later)
    where = f"  {count(len(view.later), 'rule')}, {count(total, 'place')}"
    page.heading("Then these", (where, _FAINT))
    for group in view.later:
        if verbose:
            _rule(page, group, "-", None)
            page.line()
        else:
            _in_short(page, group)
    if not verbose:
        page.line()


def _in_short(page: Page, group: Group) -> None:
    """A rule in two lines: the first place, on a line of its own where there is no room, and as much of the fix."""
    place = group.places[0].name
    more = f" and {len(group.places) - 1:,} more" if len(group.places) > 1 else ""
    about = group.about
    head = (("  - ", _FAINT), (about.name, _COLOURS[group.severity]), (f"  {about.item}", _FAINT))
    if _INDENT + len(about.name) + len(about.item) + len(place) + len(more) + 4 <= page.width:
        page.line(*head, f"  {place}", (more, _FAINT))
    else:
        page.line(*head)
        page.line((_label("at"), _FAINT), place, (more, _FAINT))
    if group.fix:
        fix = shortened(" ".join(clean_lines(group.fix)), page.width - _INDENT - 5)
        page.line((_label("fix"), "green"), (fix, _FAINT))


# What does not fail the run ------------------------------------------------------------------------------------------


def _lesser(page: Page, view: View, verbose: bool) -> None:
    if verbose and view.lesser:
        page.heading("Warnings and information")
        for group in view.lesser:
            _rule(page, group, "-", None)
            page.line()
        return
    labels: list[tuple[Severity, str, str]] = [("warning", "warning", "warnings"), ("info", "info", "info")]
    for severity, one, many in labels:
        sections = view.by_section(view.lesser, severity)
        if sections:
            head = count(sum(sections.values()), one, many)
            parts = ", ".join(f"{_short(name)} {number:,}" for name, number in sections.items())
            page.text(parts, indent=len(head) + 2, head=(head, _COLOURS[severity]))
    if view.lesser:
        page.text("--verbose lists them", _FAINT, indent=0)
        page.line()


def _short(section: str) -> str:
    return clean(section).removesuffix(" Checklist")


def _unknown(page: Page, view: View, verbose: bool) -> None:
    if not view.unknown:
        return
    findings = list(chain.from_iterable(group.findings for group in view.unknown))
    failing = sum(finding.counts for finding in findings)
    note = (
        f"  the templates do not decide; {failing:,} of them fail the run"
        if failing
        else "  the templates do not decide"
    )
    page.line((f"{len(findings):,} unknown", "magenta"), (note, _FAINT))
    shown = findings if verbose else findings[:PLACES]
    for finding in shown:
        page.text(clean(finding.message) if verbose else shortened(clean(finding.message), 240))
    if len(shown) < len(findings):
        page.text(f"and {len(findings) - len(shown):,} more", _FAINT)
    page.line()


def _apart(page: Page, view: View, verbose: bool) -> None:
    """What people decided, and what CDK makes for itself: counted, and listed on demand."""
    for finding in view.ended:
        text = f"counts again: {finding.rule} at {finding.place}, {decision_text(finding.decision)}"
        page.text(shortened(clean(text), 240), "yellow", indent=0)
    rows: list[tuple[str, list[Finding]]] = [
        ("accepted", view.decided),
        ("on resources that CDK makes for itself", view.managed),
    ]
    for label, findings in rows:
        if not findings:
            continue
        by_state: dict[str, int] = {}
        for finding in findings:
            by_state[finding.decision.state] = by_state.get(finding.decision.state, 0) + 1
        states = ", ".join(f"{number:,} {state}" for state, number in by_state.items())
        note = f" ({states})" if label == "accepted" else ", which do not count"
        page.line((f"{len(findings):,} {label}{note}", _FAINT))
        for finding in findings if verbose else ():
            decision = "" if finding.decision.state == "open" else f"  {decision_text(finding.decision)}"
            page.text(f"{finding.rule}  {clean(finding.place)}{decision}", _FAINT)
    unused = len(view.report.unused_decisions)
    if unused:
        text = f"{count(unused, 'decision')} {'matches' if unused == 1 else 'match'} nothing"
        page.line((f"{text}; `readiness decisions` lists them", "yellow"))
    if view.ended or unused or any(findings for _, findings in rows):
        page.line()


# The checklist -------------------------------------------------------------------------------------------------------


def _checklist(page: Page, view: View) -> None:
    statuses = [status for status in STATUSES if any(section.statuses[status] for section in view.sections)]
    if not statuses:
        return
    columns = {status: {"not applicable": "n/a"}.get(status, status) for status in statuses}
    figures = sum(len(label) + 2 for label in columns.values())
    bar = min(_BAR, max(8, page.width - figures - 36))
    names = min(max(len(_short(section.name)) for section in view.sections), page.width - figures - bar - 3)
    head = "".join(f"  {label}" for label in columns.values())
    page.line((f"{'Checklist':<{names}}  {'':{bar}}", "bold"), (head, _FAINT))
    for section in view.sections:
        cells = [
            (f"  {section.statuses[status] or '':>{len(label)}}", STATUS_COLOURS[status])
            for status, label in columns.items()
        ]
        page.line(f"{shortened(_short(section.name), names):<{names}}  ", *_bar(section, bar, page.plain_ascii), *cells)
    legend = ("#", "x", "?") if page.plain_ascii else ("█", "▒", "░")
    page.line((f"{legend[0]} met  {legend[1]} not met  {legend[2]} record missing or unknown", _FAINT))
    page.line()


def _bar(section: Section, width: int, plain: bool) -> list[tuple[str, str]]:
    """A bar of the items of the section by status; what does not apply is left blank."""
    glyphs = dict(zip(STATUSES, "####xx??." if plain else "████▒▒░░ ", strict=True))
    bar, done, drawn = [], 0, 0
    for status in STATUSES:
        done += section.statuses[status]
        end = round(done * width / section.items)
        bar.append((glyphs[status] * (end - drawn), STATUS_COLOURS[status]))
        drawn = end
    return bar


def _notes(page: Page, view: View) -> None:
    report = view.report
    for note in [*report.notes, *filter(None, [view.source_note])]:
        page.text(f"note: {clean(note)}", _FAINT, indent=0)
    for error in report.errors:
        where = f" on {error.stack}/{error.logical_id}" if error.logical_id else ""
        text = f"tool error: {error.rule or 'readiness'}{where}: {error.message}"
        page.text(clean(text), "bold red", indent=0)
    if report.notes or view.source_note or report.errors:
        page.line()
