"""``readiness check``: judge what was synthesized."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from readiness_pack import files
from readiness_pack.cli.peers import CHECKOV, all_used, read_all
from readiness_pack.cli.progress import Progress
from readiness_pack.cli.run import CONFIG, RULES, Run

if TYPE_CHECKING:
    from rich.console import Console

    from readiness_pack.report.view import View


class Format(NamedTuple):
    """How a format is written: a module of :mod:`readiness_pack.report` with ``write(view) -> bytes``.

    Args:
        module: its name; it is imported when the format is asked for.
        suffix: how files of this format end, where an ending tells it.
        passes: whether it also shows what passes.
        in_parts: whether the module also has ``parts(view) -> Iterator[bytes]``, for reports larger than memory.
    """

    module: str
    suffix: str
    passes: bool = False
    in_parts: bool = False


FORMATS = {
    "console": Format("console", ".txt"),
    "json": Format("json_report", ".json", in_parts=True),
    "sarif": Format("sarif", ".sarif"),
    "junit": Format("junit", ".xml", passes=True),
    "markdown": Format("markdown", ".md"),
    "csv": Format("csv_report", ".csv", in_parts=True),
    "github": Format("github", ""),
    "html": Format("html", ".html"),
}


def _suffixes(_: click.Context, parameter: click.Parameter, values: tuple[Path, ...]) -> dict[Path, str]:
    """Each file with the format that its ending stands for."""
    by_suffix = {format_.suffix: name for name, format_ in FORMATS.items() if format_.suffix}
    for value in values:
        if value.suffix not in by_suffix:
            text = f"'{value}' does not end like a format: {', '.join(by_suffix)}."
            raise click.BadParameter(text, param=parameter)
    return {value: by_suffix[value.suffix] for value in values}


_EXAMPLES = """\b
Examples:
  readiness check cdk.out
  readiness check cdk.out --format sarif --output readiness.sarif
  readiness check cdk.out --report readiness.sarif --report readiness.xml
  readiness check cdk.out --with-checkov checkov.json
"""


@click.command("check", epilog=_EXAMPLES)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path())
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    default="console",
    show_default=True,
    help="How the report is written.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this file.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    callback=_suffixes,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write this file, in the format of its ending, such as .sarif, .xml (JUnit), .md; may be repeated.",
)
@CONFIG
@RULES
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), help="The lowest severity that fails.")
@click.option("--baseline", type=click.Path(dir_okay=False, path_type=Path), help="Known findings do not count.")
@CHECKOV
@click.option("--jobs", type=click.IntRange(1), default=1, help="How many processes judge several PATHs.")
@click.option("--passes", is_flag=True, help="csv: also a row for each resource that passes (junit always has them).")
@click.option("--verbose", is_flag=True, help="console: list every place, and what is only counted otherwise.")
@click.option("--quiet", is_flag=True, help="console: the verdict alone.")
def command(
    paths: tuple[str, ...],
    format_: str,
    output: Path | None,
    reports: dict[Path, str],
    config_file: Path | None,
    folders: tuple[str, ...],
    fail_on: str | None,
    baseline: Path | None,
    checkov: tuple[Path, ...],
    jobs: int,
    passes: bool,
    verbose: bool,
    quiet: bool,
) -> int:
    """Judge each PATH: a cdk.out folder, a folder of templates (together one app) or a template.

    What to do first is ranked: what fails the run, then by severity, the rules that matter most, what is at risk
    (reachable from outside, permissions, other security, reliability, the rest), and how many places it closes.

    Exits with 0 when nothing counts, 1 with findings, 2 when the input cannot be read, 3 when a rule breaks.
    """
    given = {"fail_on": fail_on, "baseline": str(baseline.absolute()) if baseline else None}
    overrides = tuple((name, value) for name, value in given.items() if value is not None)
    keep_passes = passes or any(FORMATS[name].passes for name in (format_, *reports.values()))
    taken = read_all(checkov)
    run = Run(config_file, folders, overrides, keep_passes, checkov=taken)
    with Progress(len(paths)) as progress:
        report = run.judge_all(paths, jobs, progress)
    all_used(taken, report)
    from readiness_pack.report.view import View

    view = View(report, run.all_rules(paths), paths)
    for file, name in reports.items():
        files.write(file, _rendered(view, name, run))
    _write(view, format_, run, output, verbose, quiet)
    return report.exit_code


def _rendered(view: View, format_: str, run: Run) -> Iterable[bytes]:
    if format_ == "html" and len(view.paths) == 1 and run.keeps_evidence(view.paths[0]):
        from readiness_pack.report import readiness_html

        readiness, _, rules, config = run.assessed(view.paths[0])
        return [readiness_html.of_findings(view.report, readiness, rules, config, view.paths)]
    module = import_module(f"readiness_pack.report.{FORMATS[format_].module}")
    parts: Iterable[bytes] = module.parts(view) if FORMATS[format_].in_parts else [module.write(view)]
    return parts


def _write(view: View, format_: str, run: Run, output: Path | None, verbose: bool, quiet: bool) -> None:
    if format_ != "console":
        data = _rendered(view, format_, run)
        if output:
            files.write(output, data)
        else:
            sys.stdout.buffer.writelines(data)
            sys.stdout.buffer.flush()
        return
    from io import StringIO

    from readiness_pack.report.console import for_file, for_terminal, render, verdict

    text = StringIO()
    console: Console = for_file(text) if output else for_terminal()
    if quiet:
        verdict(view, console)
    else:
        render(view, console, verbose=verbose)
    if output:
        files.write(output, text.getvalue().encode())
