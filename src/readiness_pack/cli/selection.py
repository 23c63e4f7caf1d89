"""The filters of ``readiness rules``, and the names that a shell completes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import click

from readiness_pack.typed_yaml import nearest

if TYPE_CHECKING:
    from readiness_pack.rules import Rule
    from readiness_pack.rules.rule_set import RuleSet


@dataclass(frozen=True)
class Filter:
    """One way to select rules.

    Args:
        option: the name of the option.
        help: its help.
        values: what a rule of a rule set offers for it.
    """

    option: str
    help: str
    values: Callable[[type[Rule], RuleSet], Iterable[str]]

    def select(self, rules: RuleSet, wanted: Iterable[str]) -> set[str]:
        """The names of the rules that offer any of ``wanted``; case does not matter, and globs are fine.

        Raises:
            UsageError: no rule at all offers a value; the nearest one is named.
        """
        offers = {
            name: {value.casefold() for value in self.values(made, rules)} for name, made in rules.classes.items()
        }
        found: set[str] = set()
        for value in wanted:
            matching = {name for name, offered in offers.items() if _offered(value.casefold(), offered)}
            if not matching:
                known = {value for made in rules.classes.values() for value in self.values(made, rules)}
                raise click.UsageError(f"no rule has --{self.option} '{value}'.{nearest(value, known)}")
            found |= matching
        return found


def _offered(pattern: str, offered: set[str]) -> bool:
    return pattern in offered or any(fnmatchcase(value, pattern) for value in offered)


def frameworks_of(rule: type[Rule], rules: RuleSet) -> Iterable[str]:
    """The names of frameworks, of their controls, and both: ``soc2``, ``SOC 2``, ``CC6.1``, ``soc2:CC6.1``."""
    from readiness_pack.catalogue import FRAMEWORKS

    for name, controls in rules.frameworks_of(rule.name).items():
        yield from (name, FRAMEWORKS.get(name, name), *controls, *(f"{name}:{control}" for control in controls))


def peers_of(rule: type[Rule], _rules: RuleSet) -> Iterable[str]:
    """The names that other tools have for the control."""
    return [peer for peers in rule.peers.values() for peer in peers]


FILTERS = (
    Filter("item", "Rules of this checklist item, such as SEC-ENC-03 or SEC-*.", lambda rule, _: [rule.item]),
    Filter(
        "type", "Rules that look at this resource type, such as AWS::S3::Bucket.", lambda rule, _: rule.resource_types
    ),
    Filter("framework", "Rules for a framework or a control of it, such as soc2 or soc2:CC6.1.", frameworks_of),
    Filter("peer", "Rules for the control of another tool, such as AwsSolutions-S1 or CKV_AWS_18.", peers_of),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of :data:`FILTERS`; each may be repeated, and then any of its values will do."""
    for one in reversed(FILTERS):
        option = click.option(
            f"--{one.option}", f"wanted_{one.option}", multiple=True, help=one.help, shell_complete=_completion(one)
        )
        command = option(command)
    return command


def selected(rules: RuleSet, wanted: Mapping[str, tuple[str, ...]]) -> RuleSet:
    """The rules that pass every filter, with the items that they belong to; all of them where nothing is filtered.

    Args:
        rules: the rules to choose from.
        wanted: option -> values.
    """
    classes = rules.classes
    for one in FILTERS:
        if wanted[one.option]:
            chosen = one.select(rules, wanted[one.option])
            classes = {name: made for name, made in classes.items() if name in chosen}
    if not any(wanted.values()):
        return rules
    items = {made.item for made in classes.values()}
    kept = tuple(item for item in rules.checklist.items if item.id in items)
    return replace(rules, classes=classes, checklist=replace(rules.checklist, items=kept))


def complete_name(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Names of rules and ids of items, for the shell."""
    from readiness_pack.checklist import load

    checklist = load()
    return _starting([*checklist.by_id, *checklist.rules], incomplete)


def _completion(one: Filter) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        from readiness_pack.rules.rule_set import rule_set

        ours = rule_set()
        return _starting(sorted({v for made in ours.classes.values() for v in one.values(made, ours)}), incomplete)

    return complete


def _starting(names: Iterable[str], start: str) -> list[str]:
    return [name for name in names if name.casefold().startswith(start.casefold())]
