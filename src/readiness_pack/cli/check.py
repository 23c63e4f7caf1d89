"""``readiness check``: judge what was synthesized."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from msgspec.structs import replace

from ..config import Config, find, load
from ..engine import evaluate
from ..findings import Report
from ..items import together
from ..template import Assembly
from ..rules.rule_set import RuleSet, rule_set


@click.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--format", "format_", type=click.Choice(["console", "json"]), default="console", help="How the report is written.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this file.")
@click.option("--config", "config_file", type=click.Path(dir_okay=False, path_type=Path), help="Settings; else readiness.yaml here or beside PATH.")
@click.option("--rules", "folders", multiple=True, type=click.Path(path_type=Path), help="A further folder of rule files.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), help="The lowest severity that fails.")
@click.option("--jobs", type=click.IntRange(1), default=1, help="How many processes judge several PATHs.")
@click.option("--verbose", is_flag=True, help="List every place.")
def command(
    paths: tuple[str, ...],
    format_: str,
    output: Path | None,
    config_file: Path | None,
    folders: tuple[Path, ...],
    fail_on: str | None,
    jobs: int,
    verbose: bool,
) -> int:
    """Judge each PATH: a cdk.out folder, a folder of templates (together one app) or a template.

    Exits with 0 when nothing counts, 1 with findings, 2 when the input cannot be read, 3 when a rule breaks.

    Example: readiness check cdk.out --format json
    """
    judge = partial(_check, config_file=config_file, folders=folders, fail_on=fail_on)
    report = together(_all(judge, paths, jobs))
    _write(report, format_, output, verbose)
    return report.exit_code


def _all(judge: Callable[[str], Report], paths: tuple[str, ...], jobs: int) -> list[Report]:
    if jobs == 1 or len(paths) == 1:
        return [judge(path) for path in paths]
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(min(jobs, len(paths))) as pool:
        return list(pool.map(judge, paths, chunksize=max(1, len(paths) // (jobs * 4))))


def _check(path: str, config_file: Path | None, folders: tuple[Path, ...], fail_on: str | None) -> Report:
    config = load(config_file) if config_file else find(Path.cwd(), Path(path).absolute().parent)
    if fail_on:
        config = replace(config, fail_on=fail_on)
    rules = _rules(config, folders)
    assembly = Assembly.load(path, config.assumptions)
    return evaluate(assembly, rules.classes.values(), config, checklist=rules.checklist)


def _rules(config: Config, folders: tuple[Path, ...]) -> RuleSet:
    base = Path(config.source).parent if config.source else Path()
    return rule_set([*(base / folder for folder in config.rules), *folders])


def _write(report: Report, format_: str, output: Path | None, verbose: bool) -> None:
    if format_ == "json":
        from ..report.json_report import render as render_json

        data = render_json(report)
        if output:
            output.write_bytes(data)
        else:
            sys.stdout.buffer.write(data)
        return
    from rich.console import Console

    from ..report.console import render as render_console

    if output:
        with output.open("w", encoding="utf-8") as file:
            render_console(report, Console(file=file, width=100), verbose=verbose)
    else:
        render_console(report, Console(), verbose=verbose)
