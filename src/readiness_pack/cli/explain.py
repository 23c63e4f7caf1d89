"""``readiness explain``: a rule or an item in full."""

from __future__ import annotations

import click

from ..checklist import ItemSpec
from ..rules import Rule
from ..typed_yaml import nearest
from ..rules.rule_set import rule_set


@click.command("explain")
@click.argument("name")
def command(name: str) -> int:
    """Explain the rule NAME, or the checklist item with that id.

    Example: readiness explain KmsKeyRotationEnabled
    """
    rules = rule_set([])
    wanted = name.removeprefix("Readiness::")
    if wanted in rules.classes:
        click.echo(_rule(rules.classes[wanted]))
    elif wanted.upper() in rules.checklist.by_id:
        item = rules.checklist.by_id[wanted.upper()]
        click.echo(_item(item, [rule for rule in rules.classes.values() if rule.item == item.id]))
    else:
        known = [*rules.classes, *rules.checklist.by_id]
        raise click.UsageError(f"there is no rule or item '{name}'.{nearest(name, known)}")
    return 0


def _rule(rule: type[Rule]) -> str:
    lines = [f"{rule.name} ({rule.severity}, {rule.item})", "", rule.why or rule.message, "", f"Looks at: {', '.join(rule.resource_types)}"]
    lines += [f"Says: {rule.message}"]
    if rule.fix:
        lines += [f"Fix: {rule.fix}"]
    for name, spec in rule.parameter_specs.items():
        lines.append(f"Parameter {name} = {spec.default!r}{': ' + spec.about if spec.about else ''}")
    lines += [f"{framework}: {', '.join(ids)}" for framework, ids in rule.frameworks.items()]
    lines += [f"Same control in {tool}: {', '.join(names)}" for tool, names in rule.peers.items() if names]
    lines += [f"Source: {source}" for source in rule.sources]
    return "\n".join(lines)


def _item(item: ItemSpec, rules: list[type[Rule]]) -> str:
    lines = [f"{item.id} {item.title}", f"{item.section} > {item.group}", "", item.statement, "", f"Decided: {item.disposition}. {item.why}"]
    if item.evidence:
        lines.append(f"Record: {item.evidence.artefact} (kept by {item.evidence.owner}, valid {item.evidence.valid_days} days)")
    lines += [f"Rule {rule.name} ({rule.severity}): {rule.message}" for rule in rules]
    lines += [f"Relies on {name}" for name in item.reuses]
    return "\n".join(lines)
