"""``readiness import``: a checklist of one's own becomes items, and existing rules are proposed for them."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from readiness_pack import files
from readiness_pack.cli.run import RULES
from readiness_pack.errors import InputError
from readiness_pack.report.text import clean, count, json_bytes

if TYPE_CHECKING:
    from readiness_pack.importing import Entry, Plan

_EXAMPLES = """\b
Examples:
  readiness import CHECKLIST.md
  readiness import CHECKLIST.md --output checklist
  readiness import CHECKLIST.md --output checklist --accept 0.8
  readiness check cdk.out --rules checklist
"""


@click.command("import", epilog=_EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="The folder to write; without it nothing is written.")
@click.option(
    "--accept",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SCORE",
    help="Take over proposals of at least this score, for items that name no rules yet.",
)
@click.option("--prefix", help="What new ids begin with; else the first letters of the checklist's title.")
@click.option("--encoding", help="The file's encoding; else UTF-8, or what its byte order mark says.")
@click.option("--replace", is_flag=True, help="Write into a folder that holds another checklist.")
@RULES
@click.option(
    "--format", "format_", type=click.Choice(["console", "json"]), default="console", help="How the result is shown."
)
def command(
    file: Path, output: Path | None, accept: float | None, prefix: str | None, encoding: str | None, replace: bool,
    folders: tuple[str, ...], format_: str,
) -> int:  # fmt: skip
    """Turn the Markdown checklist FILE into items, one YAML file for each group of them.

    Ids stay when FILE is imported again, whatever changed in it, and so does what people wrote into the files. Rules
    that fit an item are proposed with a score; --accept, or `reuses:` in the files, takes them over.
    """
    from readiness_pack.importing import folder, markdown, source
    from readiness_pack.importing.plan import plan as planned
    from readiness_pack.rules.rule_set import rule_set

    text = source.read(file, encoding)
    document = markdown.parse(text.text, file)
    checklist = rule_set(list(folders)).checklist
    if output is not None:
        _make(output)
    with ExitStack() as held:
        if output is not None:
            held.enter_context(files.locked(output / "import"))
        known = folder.read(output)
        found = planned(document, file, known, checklist, prefix=_checked(prefix), accept=accept, replace=replace)
        changed = found.write() if output is not None else []
    notes = [*_notes(text, document), *found.notes]
    if format_ == "json":
        sys.stdout.buffer.write(json_bytes(_document(file, found, changed, notes)))
    else:
        _show(found, changed, notes, output)
    return 0


def _make(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror or error}", file=output) from error


def _checked(prefix: str | None) -> str | None:
    if prefix is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,9}", prefix):
        raise click.UsageError(f"--prefix: '{prefix}' is no word of up to 10 letters and digits")
    return prefix.upper() if prefix else None


def _notes(text: Any, document: Any) -> list[str]:
    from readiness_pack.importing.markdown import lines_of

    notes: list[str] = []
    if text.repaired:
        notes.append(f"damaged characters were repaired: {lines_of(text.repaired)}")
    if text.lost:
        notes.append(f"characters were lost before the file was written and stay as they are: {lines_of(text.lost)}")
    if document.left_out:
        notes.append(f"not taken for items (no box, no bold title, no words): {lines_of(document.left_out)}")
    return notes


def _show(found: Plan, changed: list[Path], notes: list[str], output: Path | None) -> None:
    from rich.table import Table
    from rich.text import Text

    from readiness_pack.report.console import for_terminal

    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="bright_black")
    for heading in ("item", "", "title", "fits", "best proposal"):
        table.add_column(heading, no_wrap=heading != "title", overflow="fold")
    for entry in found.entries:
        score, name = _best(entry)
        cells = (entry.id, "" if entry.state == "same" else entry.state, entry.bullet.title, score, name)
        table.add_row(*(Text(clean(cell)) for cell in cells))
    for kept in found.newly_gone:
        table.add_row(*(Text(clean(cell)) for cell in (kept.item.id, "gone", kept.item.title, "", "")))
    for_terminal().print(table)
    for line in [*notes, *_summary(found, changed, output)]:
        click.echo(clean(line), err=True)


def _best(entry: Entry) -> tuple[str, str]:
    if entry.accepted:
        return "", f"relies on {count(len(entry.accepted), 'rule')}"
    rules = [proposal for proposal in entry.proposals if proposal.kind == "rule"]
    best = next(iter(rules or entry.proposals), None)
    return ("", "a record decides it") if best is None else (f"{best.score:.2f}", best.name)


def _summary(found: Plan, changed: list[Path], output: Path | None) -> list[str]:
    states = [entry.state for entry in found.entries]
    parts = [f"{states.count(state)} {state}" for state in ("new", "changed", "moved", "back") if state in states]
    groups = {(entry.bullet.section, entry.bullet.group) for entry in found.entries}
    lines = [
        f"{count(len(states), 'item')} in {count(len(groups), 'group')}{': ' if parts else ''}{', '.join(parts)}; "
        f"{sum(bool(entry.accepted) for entry in found.entries)} relying on rules, "
        f"{sum(bool(entry.proposals) and not entry.accepted for entry in found.entries)} with proposals"
    ]
    if found.newly_gone:
        names = ", ".join(kept.item.id for kept in found.newly_gone[:10])
        where = f"kept in {output / '.gone.yaml'}" if output else "would be kept aside"
        lines.append(f"{count(len(found.newly_gone), 'item')} gone from the checklist, {where}: {names}")
    if output is None:
        lines.append("nothing was written; --output DIR says where to")
    else:
        lines.append(f"{count(len(changed), 'file')} of {output} changed")
    return lines


def _document(file: Path, found: Plan, changed: list[Path], notes: list[str]) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "file": str(file),
        "items": [_described(entry) for entry in found.entries],
        "gone": [{"id": kept.item.id, "title": kept.item.title, "now": not kept.gone} for kept in found.gone],
        "changed_files": [str(path) for path in changed],
        "notes": notes,
    }


def _described(entry: Entry) -> dict[str, Any]:
    bullet, match = entry.bullet, entry.match
    return {
        "id": entry.id,
        "section": bullet.section,
        "group": bullet.group,
        "title": bullet.title,
        "statement": bullet.statement,
        "line": bullet.line,
        "state": entry.state,
        "found_by": {"what": match.by, "score": match.score} if match else None,
        "proposals": [
            {"score": one.score, "kind": one.kind, "name": one.name, "item": one.item} for one in entry.proposals
        ],
        "reuses": list(entry.accepted),
    }
