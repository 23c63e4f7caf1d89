"""``readiness diff``: what a change brings, for pull requests."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from readiness_pack.cli.run import CONFIG, RULES, Run
from readiness_pack.findings import Finding
from readiness_pack.report.text import clean


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--format", "format_", type=click.Choice(["console", "json"]), default="console", help="How the result is written."
)
@CONFIG
@RULES
def command(old: str, new: str, format_: str, config_file: Path | None, folders: tuple[str, ...]) -> int:
    """Compare the findings of two assemblies; exits with 1 when NEW has failing ones that OLD has not.

    Example: readiness diff main/cdk.out cdk.out
    """
    run = Run(config_file, folders)
    before, after = run.judge(old), run.judge(new)
    known = {finding.fingerprint for finding in before.open}
    still = {finding.fingerprint for finding in after.open}
    new_ones = [finding for finding in after.open if finding.fingerprint not in known]
    fixed = [finding for finding in before.open if finding.fingerprint not in still]
    if format_ == "json":
        import msgspec

        document = {"new": new_ones, "fixed": fixed, "unchanged": len(known & still)}
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
    else:
        _show(new_ones, fixed, len(known & still))
    if before.errors or after.errors:
        return 3
    return 1 if any(finding.counts for finding in new_ones) else 0


def _show(new: list[Finding], fixed: list[Finding], unchanged: int) -> None:
    for sign, findings in (("+", new), ("-", fixed)):
        for finding in findings:
            click.echo(clean(f"{sign} {finding.severity} {finding.rule} {finding.place}: {finding.message}"))
    click.echo(f"{len(new)} new, {len(fixed)} fixed, {unchanged} unchanged")
