"""Reports of other tools on a command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from readiness_pack.findings import Report

if TYPE_CHECKING:
    from readiness_pack.integrations.checkov import CheckovReport


CHECKOV = click.option(
    "--with-checkov",
    "checkov",
    multiple=True,
    metavar="REPORT.json",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Take over what checkov found in the same templates (checkov -o json); may be repeated.",
)


def read_all(files: tuple[Path, ...]) -> tuple[CheckovReport, ...]:
    """The reports in ``files``, each once.

    Raises:
        InputError: one is no report of checkov.
    """
    if not files:
        return ()
    from readiness_pack.integrations.checkov import read

    return tuple(read(file) for file in dict.fromkeys(files))


def all_used(reports: tuple[CheckovReport, ...], report: Report) -> None:
    """Make sure that each of ``reports`` says something of what ``report`` is about; the rest is a note there.

    Raises:
        InputError: one is about other templates.
    """
    notes = [one.left_out(report.peer_reports.get(one.file, frozenset())) for one in reports]
    report.notes += [note for note in notes if note]
