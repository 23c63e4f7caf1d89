"""``readiness matrix``: what supports each control of a compliance framework, and what is lacking."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Literal

import click

from readiness_pack import files
from readiness_pack.cli.run import CONFIG, DATE, EVIDENCE, RULES, Run, kept_in

_EXAMPLES = """\b
Examples:
  readiness matrix cdk.out --framework soc2
  readiness matrix cdk.out --output matrix.html
  readiness matrix cdk.out --framework gdpr --framework hipaa --output matrix.csv
"""


@click.command("matrix", epilog=_EXAMPLES)
@click.argument("path")
@click.option(
    "--framework",
    "frameworks",
    multiple=True,
    metavar="NAME",
    help="Only this framework, such as soc2 or 'ISO 27001:2022'; may be repeated.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "html"]),
    help="How it is written; else as the ending of --output says, else csv.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@CONFIG
@RULES
@EVIDENCE
@DATE
def command(
    path: str,
    frameworks: tuple[str, ...],
    format_: Literal["csv", "html"] | None,
    output: Path | None,
    config_file: Path | None,
    folders: tuple[str, ...],
    evidence: Path | None,
    today: datetime.date | None,
) -> int:
    """Say for each control which rules and records support it in the system in PATH, and what is lacking.

    It judges nothing: it exits with 0, with 2 when the input cannot be read, with 3 when a rule breaks.
    """
    from readiness_pack.report import matrix

    assessed = Run(config_file, folders, kept_in(evidence), today=today).assessed(path)
    found = matrix.matrices(assessed.readiness, assessed.rules.checklist, frameworks)
    if (format_ or ("html" if output and output.suffix in (".html", ".htm") else "csv")) == "html":
        data = matrix.write_html(assessed.readiness, found, path)
    else:
        data = matrix.write_csv(found)
    if output:
        files.write(output, data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return 3 if assessed.readiness.report.errors else 0
