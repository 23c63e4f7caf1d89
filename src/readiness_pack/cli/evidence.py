"""``readiness evidence``: start records, and look through them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from readiness_pack.cli.run import CONFIG, DATE, EVIDENCE, RULES, Run, from_here, kept_in
from readiness_pack.report.text import clean, count

if TYPE_CHECKING:
    from readiness_pack.checklist import ItemSpec
    from readiness_pack.config import Config
    from readiness_pack.evidence.records import Evidence
    from readiness_pack.evidence.support import Supported
    from readiness_pack.findings import Status
    from readiness_pack.rules.rule_set import RuleSet

_EXAMPLES = """\b
Examples:
  readiness evidence init
  readiness evidence check --days 60
"""

_INIT = """\b
Examples:
  readiness evidence init
  readiness evidence init cdk.out --output evidence
"""

_CHECK = """\b
Examples:
  readiness evidence check
  readiness evidence check --days 60
"""


@click.group("evidence", epilog=_EXAMPLES)
def command() -> None:
    """Records of what no template shows: start them, and look through them."""


@command.command("init", epilog=_INIT)
@click.argument("path", required=False)
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), help="The folder to write; else as the settings say."
)
@CONFIG
@RULES
@DATE
def init(
    path: str | None,
    output: Path | None,
    config_file: Path | None,
    folders: tuple[str, ...],
    today: datetime.date | None,
) -> int:
    """Write a commented record for each item that lacks one, in a file for each team.

    With PATH, items that need no record there are left out: what is waived or does not apply. What people wrote stays
    as it is, and a second run adds only what is new; a record that has ended gets one to fill in beside it. Nothing
    counts before somebody has filled it in.
    """
    from readiness_pack.errors import InputError
    from readiness_pack.evidence import templates

    run = Run(config_file, folders, kept_in(output), today=today)
    config = run.config(path)
    folder = output or config.folder / config.evidence
    if folder.is_file() or folder.suffix in (".yaml", ".yml"):
        raise InputError("is one file; give --output with a folder", file=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror or error}", file=folder) from error
    lacking = _lacking_in(run, path) if path else _lacking(run, config)
    ended = {item.id for item, status in lacking if status == "expired"}
    written = templates.write(folder, [item for item, _ in lacking], ended)
    for file, ids in written.items():
        click.echo(f"wrote {from_here(file)}: {count(len(ids), 'record')} to fill in", err=True)
    if not written:
        click.echo("nothing to add: every item that lacks a record has one to fill in", err=True)
    return 0


def _lacking_in(run: Run, path: str) -> list[tuple[ItemSpec, Status]]:
    """The items of the app at ``path`` that lack a record, with where they stand."""
    by_id = run.rules(run.config(path)).checklist.by_id
    found = run.readiness(path).items
    return [
        (by_id[item.id], item.status) for item in found if item.status in _UNRECORDED and _by_record(by_id[item.id])
    ]


def _lacking(run: Run, config: Config) -> list[tuple[ItemSpec, Status]]:
    """The items that lack a record, whatever the app is, with where they stand."""
    rules = run.rules(config)
    standing = _standing(run, config, rules)
    found = [(item, standing[item.id].status) for item in rules.checklist.items if item.id in standing]
    return [(item, status) for item, status in found if status in _UNRECORDED]


_UNRECORDED = ("missing", "expired")


def _by_record(item: ItemSpec) -> bool:
    from readiness_pack.evidence.record_checks import MADE_BY

    return item.evidence is not None and not item.id.startswith(tuple(MADE_BY))


def _read(run: Run, config: Config, rules: RuleSet) -> Evidence:
    from readiness_pack.evidence.records import fact_names, read, with_facts

    today, facts = run.today or datetime.date.today(), fact_names(rules.classes.values())
    with_facts(config, today, facts=facts)  # also says where a record contradicts readiness.yaml
    return read(config, rules.checklist, today, facts=facts)


def _standing(run: Run, config: Config, rules: RuleSet, evidence: Evidence | None = None) -> dict[str, Supported]:
    from readiness_pack.evidence.support import supported

    today = run.today or datetime.date.today()
    found = evidence or _read(run, config, rules)
    return {
        item.id: supported(item, found, today, config.expiring_days)
        for item in rules.checklist.items
        if _by_record(item)
    }


@command.command("check", epilog=_CHECK)
@click.option(
    "--days",
    type=click.IntRange(0),
    help="List what ends within so many days; else as expiring_days of the settings says.",
)
@CONFIG
@RULES
@EVIDENCE
@DATE
def check(
    days: int | None,
    config_file: Path | None,
    folders: tuple[str, ...],
    evidence: Path | None,
    today: datetime.date | None,
) -> int:
    """Look through all records: placeholders, files that changed since, what has ended and what ends soon.

    Exits with 0 when every record counts, 1 when one does not or has ended, 2 when a file cannot be read or its author
    cannot have meant it (an unknown item, a date in the future).
    """
    run = Run(config_file, folders, kept_in(evidence), today=today)
    config = run.config()
    rules = run.rules(config)
    found = _read(run, config, rules)
    day = today or datetime.date.today()
    standing = _standing(run, config, rules, found)
    for problem in found.problems:
        click.echo(clean(str(problem)))
    ended = [(item, one) for item, one in standing.items() if one.status == "expired"]
    ahead = config.expiring_days if days is None else days
    ending = [
        (item, one)
        for item, one in standing.items()
        if one.status in ("met", "attested", "expiring", "not applicable")
        and one.expires
        and (one.expires - day).days <= ahead
    ]
    for item, one in sorted(ended + ending, key=lambda entry: (entry[1].expires or day, entry[0])):
        click.echo(clean(f"{item} {one.status if one.status == 'expired' else 'ends'} {one.expires}: {one.why}"))
    facts = [(name, fact) for name, fact in found.facts.items() if (fact.until - day).days <= ahead]
    for name, fact in facts:
        click.echo(clean(f"fact {name} {'expired' if fact.until < day else 'ends'} {fact.until}, {fact.owner}"))
    gone = len(ended) + sum(fact.until < day for _, fact in facts)
    _end(found, len(standing), sum(one.status == "missing" for one in standing.values()), gone, len(ending))
    return 1 if found.problems or gone else 0


def _end(found: Evidence, items: int, missing: int, ended: int, ending: int) -> None:
    parts = [
        count(len(found.records), "record"),
        count(len(found.reports), "tool result"),
        count(len(found.problems), "problem"),
        f"{ended} ended",
        f"{ending} ending soon",
        f"{missing} of {count(items, 'item')} without a record",
    ]
    click.echo(", ".join(parts), err=True)
