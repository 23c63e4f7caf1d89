"""``readiness rules``: list the rules."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from readiness_pack.checklist.schema import schema
from readiness_pack.cli.run import RULES
from readiness_pack.cli.selection import filter_options, selected
from readiness_pack.config import find, rules_in_force
from readiness_pack.data import stale_tables
from readiness_pack.rules import Rule
from readiness_pack.rules.rule_set import RuleSet

_EXAMPLES = """\b
Examples:
  readiness rules --type AWS::S3::Bucket
  readiness rules --framework soc2:CC6.1 --item 'SEC-*'
  readiness rules --peer AwsSolutions-S1
  readiness rules --format json
  readiness rules --schema > rule-file.schema.json
"""


@click.command("rules", epilog=_EXAMPLES)
@click.option(
    "--format", "format_", type=click.Choice(["console", "json"]), default="console", help="How the list is written."
)
@click.option("--schema", "wants_schema", is_flag=True, help="Print the JSON Schema of rule files, for editors.")
@filter_options
@RULES
def command(format_: str, wants_schema: bool, folders: tuple[str, ...], **wanted: tuple[str, ...]) -> int:
    """List every rule with its item, severity and what it looks at.

    Filters narrow the list: a rule is listed that passes all of them. Each may be repeated, and then any of its values
    will do; case does not matter, and * stands for anything.
    """
    if wants_schema:
        click.echo(msgspec.json.format(msgspec.json.encode(schema()), indent=1))
        return 0
    filters = {name.removeprefix("wanted_"): values for name, values in wanted.items()}
    rules = selected(rules_in_force(find(Path.cwd()), folders), filters)
    for old in stale_tables(datetime.date.today()):
        click.echo(f"warning: table {old.name} is of {old.made}; a newer release may know more", err=True)
    if format_ == "json":
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(_document(rules)), indent=1) + b"\n")
        return 0
    _list(rules)
    return 0


def _list(rules: RuleSet) -> None:
    from rich.table import Table
    from rich.text import Text

    from readiness_pack.report.console import for_terminal

    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="bright_black")
    for heading in ("rule", "item", "severity", "looks at"):
        table.add_column(heading, no_wrap=heading != "looks at", overflow="fold")
    for rule in rules.classes.values():
        cells = (rule.name, rule.item, rule.severity, ", ".join(rule.resource_types))
        table.add_row(*(Text(cell) for cell in cells))
    console = for_terminal()
    console.print(table)
    number, items = len(rules.classes), len(rules.checklist.items)
    console.print(f"{number} {'rule' if number == 1 else 'rules'} of {items} {'item' if items == 1 else 'items'}")


def described(rule: type[Rule], rules: RuleSet) -> dict[str, Any]:
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
        "frameworks": rules.frameworks_of(rule.name),
        "peers": rule.peers,
        "sources": list(rule.sources),
    }


def _document(rules: RuleSet) -> dict[str, Any]:
    return {
        "rules": [described(rule, rules) for rule in rules.classes.values()],
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
