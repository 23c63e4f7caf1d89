"""``readiness baseline``: record today's findings, so that only new ones fail."""

from __future__ import annotations

from pathlib import Path

import click

from readiness_pack.cli.run import CONFIG, RULES, Run
from readiness_pack.decisions import baseline


@click.command("baseline")
@click.argument("path")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("readiness-baseline.json"),
    show_default=True,
)
@click.option("--allow-growth", is_flag=True, help="Take in findings that the file does not have.")
@CONFIG
@RULES
def command(path: str, output: Path, allow_growth: bool, config_file: Path | None, folders: tuple[Path, ...]) -> int:
    """Record the violations of PATH as known; an existing file can only shrink.

    Example: readiness baseline cdk.out --output readiness-baseline.json
    """
    report = Run(config_file, folders, (("baseline", None),)).judge(path)
    count, gone = baseline.record(output, report.findings, allow_growth=allow_growth)
    less = f", {gone} fewer than before" if gone else ""
    click.echo(f"{output}: {count} known findings{less}", err=True)
    return 0
