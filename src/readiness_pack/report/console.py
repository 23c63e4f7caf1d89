"""The Report for a terminal."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from readiness_pack.findings import Finding, Report
from readiness_pack.report.json_report import summary

PLACES = 5
"""How many places of one rule are listed."""

_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
_STATUS_COLOURS = {
    "met": "green",
    "not met": "red",
    "missing": "yellow",
    "unknown": "magenta",
    "not applicable": "bright_black",
}


def render(report: Report, console: Console, *, verbose: bool = False) -> None:
    """Write the report: what fails by rule with its fix, the checklist by section, and the verdict as the last line.

    Args:
        report: what was found.
        console: where to.
        verbose: list every place, and open answers and findings on CDK's own resources one by one.
    """
    counted = report.open
    failed = [finding for finding in counted if finding.verdict == "fail"]
    for finding_group in _by_rule([f for f in failed if f.severity == "error"]):
        _rule(console, finding_group, verbose)
    others = [f for f in failed if f.severity != "error"]
    if verbose:
        for finding_group in _by_rule(others):
            _rule(console, finding_group, verbose)
    elif others:
        _counts(console, others, report)
    _open_answers(console, [f for f in counted if f.verdict == "unknown"], verbose)
    managed = [f for f in report.findings if f.managed_by_cdk]
    if managed and report.on_cdk_managed == "report":
        console.print(
            Text(
                f"{len(managed)} more on resources that CDK makes for itself; they do not count.", style="bright_black"
            )
        )
    _sections(console, report)
    for note in report.notes:
        console.print(Text(f"note: {note}", style="bright_black"))
    for error in report.errors:
        where = f" on {error.stack}/{error.logical_id}" if error.logical_id else ""
        console.print(Text(f"tool error: {error.rule or 'readiness'}{where}: {error.message}", style="bold red"))
    console.print(verdict(report))


def _by_rule(findings: list[Finding]) -> list[list[Finding]]:
    groups = [list(group) for _, group in groupby(sorted(findings, key=lambda f: f.rule), key=lambda f: f.rule)]
    return sorted(groups, key=lambda group: (-len(group), group[0].rule))


def _rule(console: Console, findings: list[Finding], verbose: bool) -> None:
    first = findings[0]
    count = f"{len(findings)} {'place' if len(findings) == 1 else 'places'}"
    colour = _COLOURS[first.severity]
    console.print(f"[bold {colour}]{first.severity}[/] [bold]{first.rule}[/] [bright_black]{first.item}, {count}[/]")
    shown = findings if verbose else findings[:PLACES]
    for finding in shown:
        location = f"  {finding.location.file}:{finding.location.line}" if finding.location else ""
        console.print(Padding(Text.assemble((finding.place, "bold"), (location, "bright_black")), (0, 0, 0, 2)))
        console.print(Padding(escape(finding.message), (0, 0, 0, 4)))
    if len(findings) > len(shown):
        console.print(Padding(Text(f"and {len(findings) - len(shown)} more", style="bright_black"), (0, 0, 0, 2)))
    if first.fix:
        console.print(Padding(Text.assemble(("fix  ", "green"), first.fix), (0, 0, 0, 2)))
    console.print()


def _counts(console: Console, findings: list[Finding], report: Report) -> None:
    sections = {item.id: item.section for item in report.items}
    counts = Counter((finding.severity, sections.get(finding.item, finding.item)) for finding in findings)
    for severity in ("warning", "info"):
        parts = [f"{section} {number}" for (level, section), number in counts.items() if level == severity]
        if parts:
            total = sum(number for (level, _), number in counts.items() if level == severity)
            label = f"{total} {'warnings' if severity == 'warning' and total != 1 else severity}"
            console.print(
                f"[{_COLOURS[severity]}]{label}[/]  {escape(', '.join(parts))}  [bright_black](--verbose lists them)[/]"
            )
    console.print()


def _open_answers(console: Console, findings: list[Finding], verbose: bool) -> None:
    if not findings:
        return
    console.print(f"[magenta]{len(findings)} unknown[/]  what the templates do not decide")
    for finding in findings if verbose else findings[:PLACES]:
        console.print(Padding(Text.assemble((f"{finding.rule} ", "bold"), finding.message), (0, 0, 0, 2)))
    if not verbose and len(findings) > PLACES:
        console.print(
            Padding(
                Text(f"and {len(findings) - PLACES} more (--verbose lists them)", style="bright_black"), (0, 0, 0, 2)
            )
        )
    console.print()


def _sections(console: Console, report: Report) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="bright_black")
    table.add_column("checklist")
    statuses = [status for status in _STATUS_COLOURS if any(item.status == status for item in report.items)]
    for status in statuses:
        table.add_column(status, justify="right")
    for section, group in groupby(report.items, key=lambda item: item.section):
        counts = Counter(item.status for item in group)
        cells = [
            Text(str(counts[status]) if counts[status] else "", style=_STATUS_COLOURS[status]) for status in statuses
        ]
        table.add_row(section, *cells)
    console.print(table)
    console.print()


def verdict(report: Report) -> Text:
    """The last line; it always agrees with the exit code."""
    figures = summary(report)
    stacks = f"{figures['stacks']} {'stack' if figures['stacks'] == 1 else 'stacks'}"
    judged = f"{figures['resources']} resources in {stacks}, {figures['rules']} rules"
    found = f"{figures['error']} errors, {figures['warning']} warnings, {figures['unknown']} unknown"
    if report.exit_code == 3:
        return Text(f"BROKEN: {len(report.errors)} tool errors; {found} ({judged})", style="bold red")
    if report.exit_code == 1:
        return Text(f"NOT READY: {found} ({judged})", style="bold red")
    return Text(f"PASS: {found} ({judged})", style="bold green")
