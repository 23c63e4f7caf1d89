"""``readiness report``: is this system ready, who says so, and until when."""

from __future__ import annotations

import datetime
import sys
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from readiness_pack import files
from readiness_pack.cli.peers import CHECKOV, all_used, read_all
from readiness_pack.cli.run import CONFIG, DATE, EVIDENCE, RULES, STAGE, Run, kept_in

if TYPE_CHECKING:
    from readiness_pack.cli.run import Assessed
    from readiness_pack.evidence.readiness import Readiness

FORMATS = {
    "console": "readiness_console",
    "json": "readiness_json",
    "markdown": "readiness_markdown",
    "html": "readiness_html",
    "csv": "readiness_csv",
}
"""Format -> the module of :mod:`readiness_pack.report` with ``write(readiness) -> bytes``; a page needs more."""

GATES = ("pre-deployment", "deployment", "post-deployment")

_EXAMPLES = """\b
Examples:
  readiness report cdk.out
  readiness report cdk.out --gate pre-deployment
  readiness report cdk.out --format json --output readiness.json
  readiness report cdk.out --format html --output readiness.html
"""


@click.command("report", epilog=_EXAMPLES)
@click.argument("path")
@click.option("--gate", type=click.Choice(GATES), help="Judge what the checklist asks at this moment; else all of it.")
@click.option("--stage", default=STAGE, show_default=True, help="Where it is to run; sign-offs must be for it.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    default="console",
    show_default=True,
    help="How the report is written.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this file.")
@CONFIG
@RULES
@EVIDENCE
@DATE
@CHECKOV
@click.option("--verbose", is_flag=True, help="console: say of every item why it is not ready.")
@click.option("--quiet", is_flag=True, help="console: the verdict alone.")
def command(
    path: str,
    gate: str | None,
    stage: str,
    format_: str,
    output: Path | None,
    config_file: Path | None,
    folders: tuple[str, ...],
    evidence: Path | None,
    today: datetime.date | None,
    checkov: tuple[Path, ...],
    verbose: bool,
    quiet: bool,
) -> int:
    """Say whether the system in PATH is ready: items, records, sign-offs, levels.

    An item is ready when it is met, attested, expiring, waived or not applicable; a section when all its items are; the
    whole when all sections are.

    Exits with 0 when it is ready (for the gate, where one is given), 1 when it is not, 2 when the input cannot be read,
    3 when a rule breaks.
    """
    taken = read_all(checkov)
    assessed = Run(config_file, folders, kept_in(evidence), today=today, checkov=taken).assessed(path, gate, stage)
    all_used(taken, assessed.readiness.report)
    if format_ == "console":
        _tell(assessed.readiness, output, verbose, quiet)
    else:
        data = _rendered(assessed, path, format_)
        if output:
            files.write(output, data)
        else:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
    return assessed.readiness.exit_code


def _rendered(assessed: Assessed, path: str, format_: str) -> bytes:
    module = import_module(f"readiness_pack.report.{FORMATS[format_]}")
    more = (assessed.rules, assessed.config, (path,)) if format_ == "html" else ()
    data: bytes = module.write(assessed.readiness, *more)
    return data


def _tell(readiness: Readiness, output: Path | None, verbose: bool, quiet: bool) -> None:
    from readiness_pack.report.console import for_file, for_terminal
    from readiness_pack.report.readiness_console import line, render

    text = StringIO()
    console = for_file(text) if output else for_terminal()
    if quiet:
        line(readiness, console)
    else:
        render(readiness, console, verbose=verbose)
    if output:
        files.write(output, text.getvalue().encode())
