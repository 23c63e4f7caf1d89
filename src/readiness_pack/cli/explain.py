"""``readiness explain``: a rule or an item in full, as the catalogue has it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from readiness_pack.catalogue import item_page, rule_page
from readiness_pack.checklist import Checklist
from readiness_pack.cli.run import RULES
from readiness_pack.cli.selection import complete_name
from readiness_pack.config import find, rules_in_force
from readiness_pack.typed_yaml import nearest

_EXAMPLES = """\b
Examples:
  readiness explain KmsKeyRotationEnabled
  readiness explain SEC-ENC-03
  readiness explain AwsSolutions-S1
"""


@click.command("explain", epilog=_EXAMPLES)
@click.argument("name", shell_complete=complete_name)
@RULES
def command(name: str, folders: tuple[str, ...]) -> int:
    """Explain NAME: a rule, a checklist item, or the name that another tool has for a control.

    Shows what is wrong with an example, the fix, parameters, frameworks, and the same control in other tools.
    """
    text = page(name, rules_in_force(find(Path.cwd()), folders).checklist)
    if sys.stdout.isatty():
        from rich.markdown import Markdown

        from readiness_pack.report.console import for_terminal

        for_terminal().print(Markdown(text))
    else:
        click.echo(text, nl=False)
    return 0


def page(name: str, checklist: Checklist) -> str:
    """The page about ``name`` in Markdown.

    Raises:
        UsageError: nothing is called so; the nearest name is given.
    """
    wanted = name.removeprefix("Readiness::")
    if wanted in checklist.rules:
        return rule_page(*checklist.rules[wanted])
    if wanted in checklist.aliases:
        new = checklist.aliases[wanted]
        return f"> {wanted} is an old name of {new}.\n\n{rule_page(*checklist.rules[new])}"
    if wanted.upper() in checklist.by_id:
        return item_page(checklist.by_id[wanted.upper()], checklist)
    own = _own(wanted)
    if own:
        return own
    peers = _peers(checklist)
    if wanted.lower() in peers:
        return "\n".join(rule_page(*checklist.rules[rule]) for rule in peers[wanted.lower()])
    foreign = _foreign(wanted, peers, checklist)
    if foreign:
        return foreign
    known = [*checklist.rules, *checklist.by_id]
    raise click.UsageError(f"there is no rule or item '{name}'.{nearest(name, known)}")


def _own(name: str) -> str | None:
    from readiness_pack.report.view import OWN

    return f"# {name}\n\n{OWN[name]}\n" if name in OWN else None


def _foreign(name: str, peers: dict[str, list[str]], checklist: Checklist) -> str | None:
    """A control of cdk-nag or checkov: our rules for it, or where that tool explains it."""
    from readiness_pack.peers.cdk_nag_names import PAGE
    from readiness_pack.peers.ids import CDK_NAG, names_of

    found = names_of(name)
    if found is None:
        return None
    tool, names = found
    ours = dict.fromkeys(rule for one in names for rule in peers.get(one.lower(), ()))
    if ours:
        return "\n".join(rule_page(*checklist.rules[rule]) for rule in ours)
    text = f"# {names[0]}\n\nA control of {tool} ({', '.join(names)}) that no rule here repeats."
    return f"{text} {tool} explains its rules at <{PAGE}>.\n" if tool == CDK_NAG else f"{text}\n"


def _peers(checklist: Checklist) -> dict[str, list[str]]:
    """The names of other tools in small letters, each with our rules for the same control."""
    found: dict[str, list[str]] = {}
    for name, (_, rule) in checklist.rules.items():
        for peer in {peer.lower() for peers in rule.peers.values() for peer in peers}:
            found.setdefault(peer, []).append(name)
    return found
