"""``readiness baseline``: record today's findings, so that only new ones fail."""

from __future__ import annotations

from pathlib import Path

import click

from readiness_pack.cli.peers import CHECKOV, all_used, read_all
from readiness_pack.cli.run import CONFIG, RULES, Run
from readiness_pack.decisions import baseline
from readiness_pack.report.text import clean


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
@CHECKOV
def command(
    path: str,
    output: Path,
    allow_growth: bool,
    config_file: Path | None,
    folders: tuple[str, ...],
    checkov: tuple[Path, ...],
) -> int:
    """Record the violations of PATH as known; an existing file can only shrink.

    Exits with 3 where a rule broke: nothing is written then.

    Example: readiness baseline cdk.out --output readiness-baseline.json
    """
    taken = read_all(checkov)
    report = Run(config_file, folders, (("baseline", None),), checkov=taken).judge(path)
    all_used(taken, report)
    if report.errors:
        # What a broken rule would have found would be missing from the file, and the file cannot grow again.
        first = report.errors[0]
        text = f"readiness: {output} is left as it is, since {first.rule or 'a rule'} broke: {first.message}"
        click.echo(clean(text), err=True)
        return 3
    count, gone = baseline.record(output, report.findings, allow_growth=allow_growth, former=report.former)
    less = f", {gone} fewer than before" if gone else ""
    click.echo(f"{output}: {count} known findings{less}", err=True)
    return 0
