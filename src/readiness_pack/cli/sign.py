"""``readiness sign``: a team agrees to what is judged, by name."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from readiness_pack.cli.run import CONFIG, DATE, EVIDENCE, RULES, STAGE, Run, from_here, kept_in

if TYPE_CHECKING:
    from readiness_pack.evidence.readiness import Readiness

_EXAMPLES = """\b
Examples:
  readiness sign cdk.out --team security --by "Ana Silva" --role "Security lead"
  readiness sign cdk.out --team qa --by "Bo Lind" --stage prod --commit 1f0c2d4
"""


@click.command("sign", epilog=_EXAMPLES)
@click.argument("path", type=click.Path())
@click.option("--team", required=True, help="security, operations, platform, qa or business.")
@click.option("--by", "name", required=True, metavar="NAME", help="The person who signs.")
@click.option("--role", help="What that person is.")
@click.option("--commit", help="The version of the code; else the one that git has checked out.")
@click.option("--stage", default=STAGE, show_default=True, help="Where it is to run.")
@click.option("--statement", help="What the signature says; else the words of the checklist.")
@DATE
@EVIDENCE
@CONFIG
@RULES
def command(
    path: str,
    team: str,
    name: str,
    role: str | None,
    commit: str | None,
    stage: str,
    statement: str | None,
    today: datetime.date | None,
    evidence: Path | None,
    config_file: Path | None,
    folders: tuple[str, ...],
) -> int:
    """Sign what is judged in PATH for a team: the templates, the rules, the decisions and the evidence.

    The sign-off is a file of its own beside the records. It counts until one of these changes; the report then says
    which change it was.
    """
    from readiness_pack.errors import InputError
    from readiness_pack.evidence.placeholders import placeholder
    from readiness_pack.evidence.signoffs import sign, team_named
    from readiness_pack.report.text import clean

    sign_of = placeholder(name)
    if sign_of is not None:
        raise InputError(f"--by: {sign_of}; give the name of the person who signs")
    if today is not None and today > datetime.date.today():
        raise InputError(f"--date: {today} is still to come")
    run = Run(config_file, folders, kept_in(evidence), today=today)
    # Before anything is judged: a name that is misspelled is told at once.
    team = team_named(team, run.rules(run.config(path)).checklist)
    readiness, recorded, rules, config = run.assessed(path, stage=stage)
    folder = recorded.folder or config.folder / config.evidence
    home = config.folder if config.source else Path(path).absolute().parent
    noon = datetime.time(12, tzinfo=datetime.UTC)
    file = sign(
        folder,
        team=team,
        name=name,
        role=role,
        commit=commit or commit_of(home, [folder, Path(path)]),
        stage=stage,
        statement=statement,
        digest=readiness.digest,
        now=datetime.datetime.combine(today, noon) if today else datetime.datetime.now(datetime.UTC),
        checklist=rules.checklist,
    )
    for line in _summary(readiness, team, len(recorded.records) + len(recorded.reports)):
        click.echo(clean(line))
    click.echo(clean(f"{name} signed for {team}: {from_here(file)}"))
    return 0


def _summary(readiness: Readiness, team: str, records: int) -> list[str]:
    """What was in front of the signer."""
    from readiness_pack.report.text import count

    report = readiness.report
    judged = (
        f"{count(report.stacks, 'stack')} with {count(report.resources, 'resource')}",
        count(len(report.tallies), "rule"),
        count(len(report.decisions), "decision"),
        count(records, "record"),
    )
    lines = [f"Signed is {readiness.digest.value}:", f"  {', '.join(judged)}"]
    if report.errors:
        lines.append(f"  {count(len(report.errors), 'rule')} broke, so what they would have found is not known")
    missing = [one for one in readiness.missing if not one.item.startswith("CRT-SGN-")]
    if missing:
        owners = Counter(one.owner or "decided by rules" for one in missing)
        told = ", ".join(f"{owner} {number}" for owner, number in owners.most_common())
        number = count(len(missing), "item is", "items are")
        lines.append(f"  {number} not ready, with or without this signature: {told}")
        lines += [f"    {one.item} {one.title}: {one.why}" for one in missing if (one.owner or "").lower() == team]
    else:
        lines.append("  all items but the sign-offs are ready")
    return lines


def commit_of(folder: Path, apart_from: list[Path]) -> str | None:
    """The commit that git has checked out in ``folder``, with ``-dirty`` where files differ from it.

    Args:
        folder: somewhere in the repository.
        apart_from: files and folders below these may differ: signing itself writes evidence, and cdk.out is made anew.

    Returns:
        ``None`` where there is no git, or no repository.
    """
    head = _git(folder, "rev-parse", "HEAD")
    top = _git(folder, "rev-parse", "--show-toplevel")
    changed = _git(folder, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    if not head or not top or changed is None:
        return None
    root, apart = Path(top.strip()), [path.resolve() for path in apart_from]
    files = [(root / entry[3:]).resolve() for entry in changed.split("\0") if entry]
    dirty = any(not any(file.is_relative_to(path) for path in apart) for file in files)
    return f"{head.strip()}-dirty" if dirty else head.strip()


def _git(folder: Path, *arguments: str) -> str | None:
    import shutil
    import subprocess

    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  fixed arguments
            [git, "-C", str(folder), *arguments], capture_output=True, encoding="utf-8", errors="replace", timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
