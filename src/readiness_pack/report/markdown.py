"""The Report as Markdown, for a comment on a pull request and the summary of a CI job.

It never has more than :data:`LIMIT` bytes: GitHub refuses longer comments. Text of templates is escaped so that it is
neither markup nor a mention, a reference to an issue or a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from readiness_pack.report.text import clean, clean_lines, count, shortened
from readiness_pack.report.view import STATUSES, USUAL, Group, Place, View, decision_text

LIMIT = 60_000
"""Bytes; a comment on GitHub may have 65,536 characters."""

MARK = "<!-- readiness-pack -->"
"""The first line: a job can find its earlier comment by it and replace it."""

_PLACES = 20  # of a rule, in the folded details
_RESERVE = 2_000  # bytes for the lines that say what was left out, and the end

_SIGNS = {
    "PASS": "✅ Nothing fails",
    "NOT READY": "❌ Not ready for production",
    "BROKEN": "💥 The check itself failed",
}


def write(view: View) -> bytes:
    """The report of ``view``."""
    page = _Paper(LIMIT - _RESERVE)
    page.add(_head(view))
    page.add(_errors_of_the_tool(view))
    page.add(_first(view))
    for title, blocks, joint in _folded(view):
        page.fold(title, blocks, joint)
    return page.end(_end(view))


class _Paper:
    """Markdown of limited length: whole blocks are added as long as there is room."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._blocks: list[str] = []
        self._left_out: list[str] = []

    def _fits(self, text: str) -> bool:
        return len(text.encode()) + 2 <= self._room

    def add(self, block: str) -> bool:
        """Add a block, if there is room for it."""
        if not block:
            return True
        if not self._fits(block):
            return False
        self._room -= len(block.encode()) + 2
        self._blocks.append(block)
        return True

    def fold(self, title: str, blocks: Iterable[str], joint: str = "\n\n") -> None:
        """Add a folded part: as many of its blocks as there is room for, and how many there are more."""
        head, tail = f"<details><summary>{title}</summary>", "</details>"
        room = self._room - len((head + tail).encode()) - 60
        taken: list[str] = []
        more = 0
        for block in blocks:
            room -= len(block.encode()) + len(joint)
            if room < 0:
                more += 1
            else:
                taken.append(block)
        if not taken:
            self._left_out.append(title)
            return
        rest = f"*and {more:,} more*" if more else ""
        self.add("\n\n".join(filter(None, [head, joint.join(taken), rest, tail])))

    def end(self, text: str) -> bytes:
        """The page."""
        left_out = f"Left out for their length: {', '.join(self._left_out)}." if self._left_out else ""
        return ("\n\n".join(filter(None, [*self._blocks, left_out, text])) + "\n").encode()


# Parts ---------------------------------------------------------------------------------------------------------------


def _head(view: View) -> str:
    lines = [MARK, f"## {_SIGNS[view.headline]}", "", f"**{view.found}** · {view.judged}"]
    if view.has_baseline:
        known = sum(finding.decision.state == "baselined" for finding in view.decided)
        new = sum(len(group.findings) for group in [*view.errors, *view.lesser])
        lines += ["", f"{new:,} new, {known:,} known from the baseline."]
    return "\n".join(lines)


def _errors_of_the_tool(view: View) -> str:
    errors = view.report.errors
    lines = [
        f"- {code(error.rule or 'readiness')}: {escaped(shortened(clean(error.message), 300))}" for error in errors[:10]
    ]
    return "\n".join([*lines, *([f"- and {len(errors) - 10:,} more"] if len(errors) > 10 else [])])


def _first(view: View) -> str:
    if not view.first:
        return ""
    title = "New since the baseline: do these first" if view.has_baseline else "Do these first"
    lines = [f"### {title}", "", "| | rule | what is wrong | where |", "|--:|---|---|---|"]
    for number, group in enumerate(view.first, 1):
        more = len(group.places) - 1
        where = _where(group.places[0]) + (f"<br>and {more:,} more" if more else "")
        what = escaped(shortened(group.places[0].messages[0], 300))
        lines.append(
            f"| {number} | **{escaped(group.about.name)}**<br>{escaped(group.about.item)} | {what} | {where} |"
        )
    return "\n".join(lines)


def _folded(view: View) -> Iterator[tuple[str, Iterable[str], str]]:
    """The folded parts, what matters most first."""
    if view.first:
        yield "Fixes and places", (_rule(group) for group in view.first), "\n\n"
    if view.later:
        yield f"{count(len(view.later), 'more rule')} with errors", (_rule(group) for group in view.later), "\n\n"
    for severity, one, many in (("warning", "warning", "warnings"), ("info", "info", "info")):
        groups = [group for group in view.lesser if group.severity == severity]
        if groups:
            total = sum(len(group.findings) for group in groups)
            yield count(total, one, many), _in_short(groups), "\n"
    if view.unknown:
        findings = [finding for group in view.unknown for finding in group.findings]
        lines = [f"- {escaped(shortened(clean(finding.message), 300))}" for finding in findings]
        yield f"{len(findings):,} unknown: the templates do not decide", lines, "\n"
    if view.sections:
        yield "Checklist", [_checklist(view)], "\n"
    accepted = [finding for finding in view.decided if finding.decision.state != "baselined"]
    if accepted:
        lines = [
            f"- {code(finding.rule)} {code(shortened(clean(finding.place), 200))}: "
            f"{escaped(shortened(decision_text(finding.decision), 300))}"
            for finding in accepted
        ]
        yield f"{len(accepted):,} accepted", lines, "\n"


def _rule(group: Group) -> str:
    about = group.about
    lines = [f"**{escaped(about.name)}** · {escaped(about.item)} · {count(len(group.places), 'place')}", ""]
    if about.why:
        lines += [escaped(shortened(clean(about.why), 600)), ""]
    for place in group.places[:_PLACES]:
        said = "; ".join(escaped(shortened(message, 300)) for message in place.messages[:5])
        lines.append(f"- {_where(place)}: {said}")
    if len(group.places) > _PLACES:
        lines.append(f"- and {len(group.places) - _PLACES:,} more")
    return "\n".join([*lines, *(["", *_fenced(group.fix)] if group.fix else [])])


def _in_short(groups: list[Group]) -> list[str]:
    return [
        f"- {code(group.about.name)} {escaped(group.about.item)}, {count(len(group.places), 'place')}: "
        f"{_where(group.places[0])}" + (f" and {len(group.places) - 1:,} more" if len(group.places) > 1 else "")
        for group in groups
    ]


def _checklist(view: View) -> str:
    shown = [one for one in STATUSES if one in USUAL or any(section.statuses[one] for section in view.sections)]
    lines = [f"| section | {' | '.join(shown)} |", f"|---|{'--:|' * len(shown)}"]
    for section in view.sections:
        cells = " | ".join(str(section.statuses[status] or "") for status in shown)
        lines.append(f"| {escaped(section.name)} | {cells} |")
    return "\n".join(lines)


def _end(view: View) -> str:
    unused = len(view.report.unused_decisions)
    notes = [*view.report.notes[:5], *filter(None, [view.source_note])]
    if unused:
        notes.append(f"{count(unused, 'decision')} {'matches' if unused == 1 else 'match'} nothing.")
    lines = [f"<sub>{escaped(shortened(clean(note), 200))}</sub>" for note in notes]
    return "\n".join([*lines, "<sub>`readiness explain RULE` tells more about a rule.</sub>"])


# Text ----------------------------------------------------------------------------------------------------------------

_MARKUP = re.compile(r"[\\`*_\[\]#|~$<>&]|^[-+=]|(?<=^\d)[.)]")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_LINKS = re.compile(r"(?P<mention>@)|(?P<scheme>\b(?:https?|ftp|mailto|xmpp))(?=:)|(?P<www>\bwww)(?=\.)", re.IGNORECASE)
_NOTHING = "&#8203;"  # a space without width: GitHub sees no mention, reference or address across it


def escaped(text: str) -> str:
    r"""Clean text that Markdown shows as it is, also in the cell of a table.

    Example:
        >>> escaped("see @ana, <b> | #12")
        'see @&#8203;ana, &lt;b&gt; \\| \\#&#8203;12'
    """
    marked = _MARKUP.sub(lambda found: _ENTITIES.get(found[0]) or f"\\{found[0]}", clean(text))
    linked = _LINKS.sub(lambda found: found[0] + _NOTHING, marked)
    # #12 and GH-12 are issues to GitHub.
    return re.sub(r"(\\#|\bGH-)(?=\d)", rf"\1{_NOTHING}", linked)


def code(text: str) -> str:
    """Clean text as a code span: nothing in it is a mention or markup, also in the cell of a table."""
    return f"`{clean(text).replace('`', chr(39)).replace('|', '¦') or ' '}`"


def _where(place: Place) -> str:
    source = f" {code(shortened(place.source, 200))}" if place.source else ""
    return code(shortened(place.name, 200)) + source


def _fenced(text: str) -> list[str]:
    lines = clean_lines(shortened(text, 2_000))
    longest = max((len(found) for line in lines for found in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}python", *lines, fence]
