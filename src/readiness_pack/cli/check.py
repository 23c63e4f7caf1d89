"""``readiness check``: judge what was synthesized."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from readiness_pack import files
from readiness_pack.cli.run import CONFIG, RULES, Run
from readiness_pack.findings import Report

FORMATS = ["console", "json"]


@click.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="console", help="How the report is written.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this file.")
@CONFIG
@RULES
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), help="The lowest severity that fails.")
@click.option("--baseline", type=click.Path(dir_okay=False, path_type=Path), help="Known findings do not count.")
@click.option("--jobs", type=click.IntRange(1), default=1, help="How many processes judge several PATHs.")
@click.option("--verbose", is_flag=True, help="List every place.")
def command(
    paths: tuple[str, ...],
    format_: str,
    output: Path | None,
    config_file: Path | None,
    folders: tuple[Path, ...],
    fail_on: str | None,
    baseline: Path | None,
    jobs: int,
    verbose: bool,
) -> int:
    """Judge each PATH: a cdk.out folder, a folder of templates (together one app) or a template.

    Exits with 0 when nothing counts, 1 with findings, 2 when the input cannot be read, 3 when a rule breaks.

    Example: readiness check cdk.out --format json
    """
    given = {"fail_on": fail_on, "baseline": str(baseline.absolute()) if baseline else None}
    overrides = tuple((name, value) for name, value in given.items() if value is not None)
    report = Run(config_file, folders, overrides).judge_all(paths, jobs)
    _write(report, format_, output, verbose)
    return report.exit_code


def _write(report: Report, format_: str, output: Path | None, verbose: bool) -> None:
    if format_ == "json":
        from readiness_pack.report.json_report import render as render_json

        data = render_json(report)
    else:
        data = _console(report, verbose) if output else b""
    if output:
        files.write(output, data)
    elif data:
        sys.stdout.buffer.write(data)
    else:
        from rich.console import Console

        from readiness_pack.report.console import render as render_console

        render_console(report, Console(), verbose=verbose)


def _console(report: Report, verbose: bool) -> bytes:
    """The console report as plain text, for a file."""
    from io import StringIO

    from rich.console import Console

    from readiness_pack.report.console import render as render_console

    text = StringIO()
    render_console(report, Console(file=text, width=100), verbose=verbose)
    return text.getvalue().encode()
