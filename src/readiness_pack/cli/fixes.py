"""``readiness fixes``: which rules ``ReadinessFixes`` makes pass, and why it leaves the others alone."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from readiness_pack.cli.run import RULES
from readiness_pack.cli.selection import complete_name
from readiness_pack.integrations.fixes import FIXES, Fix, Option, reason_for
from readiness_pack.integrations.fixes.selecting import meant, nobody
from readiness_pack.rules import Rule
from readiness_pack.rules.rule_set import RuleSet, rule_set

_EXAMPLES = """\b
Examples:
  readiness fixes --rule KmsKeyRotationEnabled
  readiness fixes --rule 'SEC-ENC-*' --format json
  readiness fixes
"""


@click.command("fixes", epilog=_EXAMPLES)
@click.option(
    "--rule",
    "names",
    multiple=True,
    shell_complete=complete_name,
    help="A rule, an item or a glob of either; may be repeated.",
)
@click.option(
    "--format", "format_", type=click.Choice(["console", "json"]), default="console", help="How the list is written."
)
@RULES
def command(names: tuple[str, ...], format_: str, folders: tuple[Path, ...]) -> int:
    """List which rules have a fix that ReadinessFixes applies, and why the others have none.

    In an app: Mixins.of(app).apply(ReadinessFixes()). Fixes that somebody notices or pays for are applied only where
    the rule is named: ReadinessFixes(also=["S3VersioningEnabled"]).
    """
    rules = rule_set(list(folders))
    listed = [described(rule) for rule in _chosen(rules, names)]
    if format_ == "json":
        document = {"schema_version": 1, "fixes": listed}
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
        return 0
    _list(listed)
    return 0


def _chosen(rules: RuleSet, names: Iterable[str]) -> list[type[Rule]]:
    items = {name: rule.item for name, rule in rules.classes.items()}
    wanted: set[str] = set()
    for name in names:
        found = meant(name, items)
        if not found:
            raise click.UsageError(nobody(name, items))
        wanted |= found
    return [rule for name, rule in rules.classes.items() if not names or name in wanted]


def described(rule: type[Rule]) -> dict[str, Any]:
    """A rule as the JSON list has it; ``applies`` is ``always``, ``with an argument``, ``when named`` or ``never``."""
    fixes = [fix for fix in FIXES if fix.rule == rule.name]
    fixed = {type_ for fix in fixes for type_ in fix.types}
    fixed |= {fix.statements.policy_type for fix in fixes if fix.statements}
    consent = next((fix.consent for fix in fixes if fix.consent), "")
    options = tuple(dict.fromkeys(option for fix in fixes for option in fix.options))
    return {
        "rule": rule.name,
        "item": rule.item,
        "applies": _applies(fixes, options),
        "sets": [entry for fix in fixes for entry in _sets(fix)],
        "arguments": list(options),
        "consent": consent or None,
        "notes": list(dict.fromkeys(fix.note for fix in fixes if fix.note)),
        "left_alone": [type_ for type_ in rule.resource_types if fixes and type_ not in fixed],
        "why_not": None if fixes else reason_for(rule.name),
    }


def _applies(fixes: list[Fix], options: Iterable[str]) -> str:
    if not fixes:
        return "never"
    if any(fix.consent for fix in fixes):
        return "when named"
    return "with an argument" if set(options) & {"alarm_topic", "log_bucket"} else "always"


def _sets(fix: Fix) -> list[dict[str, Any]]:
    if fix.statements is not None:
        stated = [{"path": "PolicyDocument.Statement", "value": one} for one in fix.statements.added("Resource")]
        return [{"types": [fix.statements.policy_type], **one} for one in stated]
    return [{"types": list(fix.types), "path": path, "value": _shown(value)} for path, value in fix.sets.items()]


def _shown(value: Any) -> Any:
    return f"{{{value.name}}}" if isinstance(value, Option) else value


# The console ---------------------------------------------------------------------------------------------------------

_MARKS = {"always": "yes", "with an argument": "argument", "when named": "when named"}


def _list(listed: list[dict[str, Any]]) -> None:
    """The rules that have a fix, first those that need nothing; then the others by the reason why they have none."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from readiness_pack.report.console import for_terminal

    console = for_terminal()
    applied = list(_MARKS)
    fixed = sorted((one for one in listed if one["applies"] in applied), key=lambda one: applied.index(one["applies"]))
    if fixed:
        table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="bright_black")
        table.add_column("rule", no_wrap=True, overflow="fold")
        table.add_column("fix", no_wrap=True)
        table.add_column("what it sets", overflow="fold")
        for one in fixed:
            table.add_row(Text(one["rule"]), Text(_MARKS[one["applies"]]), Text(_told(one)))
        console.print(table)
    for reason, names in _by_reason(listed).items():
        console.print(Text(f"{chr(10) if fixed else ''}No fix, since {reason}:"))
        console.print(Padding(Text(", ".join(names)), (0, 0, 0, 2)))
    named = sum(one["applies"] == "when named" for one in fixed)
    console.print(f"{len(fixed)} of {len(listed)} rules have a fix, {named} of those where the rule is named")


def _by_reason(listed: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in listed:
        if one["why_not"]:
            found.setdefault(one["why_not"], []).append(one["rule"])
    return found


def _told(one: Mapping[str, Any]) -> str:
    sets = dict.fromkeys(
        f"a statement of {entry['types'][0]}"
        if entry["path"] == "PolicyDocument.Statement"
        else f"{entry['path']} = {_value(entry['value'])}"
        for entry in one["sets"]
    )
    remarks = [*([one["consent"]] if one["consent"] else []), *one["notes"]]
    if one["left_alone"]:
        remarks.append(f"not for {', '.join(one['left_alone'])}")
    return ", ".join(sets) + (f" ({'; '.join(remarks)})" if remarks else "")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
