"""``readiness migrate cdk-nag``: suppressions of another tool as waivers of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import yaml

from readiness_pack.cli.run import CONFIG, Run


@click.command("migrate")
@click.argument("tool", type=click.Choice(["cdk-nag", "checkov"]))
@click.argument("path")
@CONFIG
def command(tool: str, path: str, config_file: Path | None) -> int:
    """Print the suppressions of TOOL in PATH as waivers for readiness.yaml.

    Example: readiness migrate cdk-nag cdk.out
    """
    report = Run(config_file).judge(path)
    waivers: list[dict[str, Any]] = []
    for decision in report.decisions:
        if decision["origin"] != tool:
            continue
        for match in decision["matches"]:
            reason = f"{decision['reason'] or 'no reason was given'} (from {tool} {decision['rule']})"
            entry = {"rule": match["rule"], "resource": match["place"], "reason": reason}
            if entry not in waivers:
                waivers.append(entry)
    if waivers:
        click.echo(yaml.safe_dump({"waivers": waivers}, sort_keys=False, allow_unicode=True, width=120), nl=False)
    click.echo(f"{len(waivers)} waivers; add owner and expires to each", err=True)
    return 0
