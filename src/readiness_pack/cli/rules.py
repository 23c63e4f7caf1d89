"""``readiness rules``: list the rules."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from readiness_pack.data import stale_tables
from readiness_pack.rules import Rule
from readiness_pack.rules.rule_set import RuleSet, rule_set


@click.command("rules")
@click.option(
    "--format", "format_", type=click.Choice(["console", "json"]), default="console", help="How the list is written."
)
@click.option(
    "--rules", "folders", multiple=True, type=click.Path(path_type=Path), help="A further folder of rule files."
)
def command(format_: str, folders: tuple[Path, ...]) -> int:
    """List every rule with its item, severity and what it looks at.

    Example: readiness rules --format json
    """
    rules = rule_set(list(folders))
    for table in stale_tables(datetime.date.today()):
        click.echo(f"warning: table {table.name} is of {table.made}; a newer release may know more", err=True)
    if format_ == "json":
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(_document(rules)), indent=1) + b"\n")
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="bright_black")
    for heading in ("rule", "item", "severity", "looks at"):
        table.add_column(heading)
    for rule in rules.classes.values():
        table.add_row(rule.name, rule.item, rule.severity, ", ".join(rule.resource_types))
    console = Console()
    console.print(table)
    console.print(f"{len(rules.classes)} rules of {len(rules.checklist.items)} items")
    return 0


def described(rule: type[Rule]) -> dict[str, Any]:
    """A rule as the JSON list gives it."""
    return {
        "name": rule.name,
        "item": rule.item,
        "severity": rule.severity,
        "core": rule.core,
        "resource_types": list(rule.resource_types),
        "summary": rule.why or rule.message,
        "message": rule.message,
        "fix": rule.fix,
        "parameters": {name: spec.default for name, spec in rule.parameter_specs.items()},
        "parameter_docs": {name: spec.about for name, spec in rule.parameter_specs.items()},
        "frameworks": rule.frameworks,
        "peers": rule.peers,
        "sources": list(rule.sources),
    }


def _document(rules: RuleSet) -> dict[str, Any]:
    return {
        "rules": [described(rule) for rule in rules.classes.values()],
        "items": [
            {
                "id": item.id,
                "section": item.section,
                "group": item.group,
                "title": item.title,
                "statement": item.statement,
                "disposition": item.disposition,
                "why": item.why,
                "frameworks": item.frameworks,
                "evidence": item.evidence,
                "rules": [rule.name for rule in rules.classes.values() if rule.item == item.id],
                "reuses": item.reuses,
            }
            for item in rules.checklist.items
        ],
    }
