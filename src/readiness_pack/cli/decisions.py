"""``readiness decisions``: everything that people decided, in one list."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from readiness_pack.cli.peers import CHECKOV, all_used, read_all
from readiness_pack.cli.run import CONFIG, RULES, Run
from readiness_pack.report.text import clean


@click.command("decisions")
@click.argument("path")
@click.option(
    "--format", "format_", type=click.Choice(["console", "json"]), default="console", help="How the list is written."
)
@CONFIG
@RULES
@CHECKOV
def command(
    path: str, format_: str, config_file: Path | None, folders: tuple[str, ...], checkov: tuple[Path, ...]
) -> int:
    """List who accepted what in PATH, why, until when, and what it matches.

    Example: readiness decisions cdk.out
    """
    taken = read_all(checkov)
    report = Run(config_file, folders, checkov=taken).judge(path)
    all_used(taken, report)
    if format_ == "json":
        import msgspec

        sys.stdout.buffer.write(
            msgspec.json.format(msgspec.json.encode({"decisions": report.decisions}), indent=1) + b"\n"
        )
        return 3 if report.errors else 0
    _list(report.decisions)
    return 3 if report.errors else 0  # a decision that matches nothing may be about what a broken rule finds


def _list(decisions: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="bright_black")
    for heading in ("what", "where", "state", "until", "who", "why", "matches"):
        table.add_column(heading)
    for decision in decisions:
        who = " ".join(filter(None, (decision["owner"], decision["ticket"])))
        cells = (
            decision["rule"],
            decision["resource"],
            decision["state"],
            decision["expires"],
            who,
            decision["reason"],
        )
        table.add_row(*(Text(clean(cell or "")) for cell in cells), str(len(decision["matches"]) or "nothing"))
    if decisions:
        console.print(table)
    unused = sum(not decision["matches"] for decision in decisions)
    console.print(f"{len(decisions)} decisions, {unused} of them match nothing")
