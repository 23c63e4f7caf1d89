"""``readiness explain``: a rule or an item in full, as the catalogue has it."""

from __future__ import annotations

import sys

import click

from readiness_pack.catalogue import item_page, rule_page
from readiness_pack.checklist import load
from readiness_pack.typed_yaml import nearest


@click.command("explain")
@click.argument("name")
def command(name: str) -> int:
    """Explain the rule NAME, or the checklist item with that id.

    Example: readiness explain KmsKeyRotationEnabled
    """
    checklist = load()
    wanted = name.removeprefix("Readiness::")
    if wanted in checklist.rules:
        text = rule_page(*checklist.rules[wanted])
    elif wanted.upper() in checklist.by_id:
        text = item_page(checklist.by_id[wanted.upper()], checklist)
    else:
        known = [*checklist.rules, *checklist.by_id]
        raise click.UsageError(f"there is no rule or item '{name}'.{nearest(name, known)}")
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        click.echo(text, nl=False)
    return 0
