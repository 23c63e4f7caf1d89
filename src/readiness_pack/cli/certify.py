"""``readiness certify``: the certificate, or the list of what is missing."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from readiness_pack.cli.peers import CHECKOV, all_used, read_all
from readiness_pack.cli.run import CONFIG, DATE, EVIDENCE, RULES, STAGE, Run, from_here, kept_in

_EXAMPLES = """\b
Examples:
  readiness certify cdk.out --by "Cai Berg" --role "Head of Engineering"
  readiness certify cdk.out --by "Cai Berg" --gate deployment --output release/
"""


@click.command("certify", epilog=_EXAMPLES)
@click.argument("path", type=click.Path())
@click.option("--by", "name", required=True, metavar="NAME", help="The person who certifies.")
@click.option("--role", help="What that person is.")
@click.option("--system", metavar="NAME", help="What the system is called; else as the folder of the app.")
@click.option("--stage", default=STAGE, show_default=True, help="Where it is to run; teams must have signed for it.")
@click.option("--gate", help="Certify what is asked at this gate; else the whole checklist.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Write here; else to the evidence.")
@DATE
@EVIDENCE
@CONFIG
@RULES
@CHECKOV
def command(
    path: str,
    name: str,
    role: str | None,
    system: str | None,
    stage: str,
    gate: str | None,
    output: Path | None,
    today: datetime.date | None,
    evidence: Path | None,
    config_file: Path | None,
    folders: tuple[str, ...],
    checkov: tuple[Path, ...],
) -> int:
    """Certify that PATH is ready: certificate.json, a page for people, and an in-toto statement that can be signed.

    Exits with 1 and the list of what is missing, by team, where it is not ready, and with 3 where a rule broke; nothing
    is written then.
    """
    from readiness_pack.errors import InputError
    from readiness_pack.evidence import certificate as certificates
    from readiness_pack.evidence import intoto
    from readiness_pack.evidence.certifying import by_team, certify
    from readiness_pack.evidence.readiness import signed_for_several
    from readiness_pack.report import certificate_page
    from readiness_pack.report.text import clean, count

    taken = read_all(checkov)
    if today is not None and today > datetime.date.today():
        raise InputError(f"--date: {today} is still to come")
    run = Run(config_file, folders, kept_in(evidence), today=today, checkov=taken)
    readiness, recorded, _, config = run.assessed(path, gate, stage)
    all_used(taken, readiness.report)
    made = certify(
        readiness,
        recorded,
        config,
        certified_by=name,
        role=role,
        subject=system or _name_of(Path(path).absolute()),
        stage=stage,
    )
    if isinstance(made, list):
        for team, lacking in by_team(made).items():
            click.echo(clean(f"{team}:"))
            for one in lacking:
                click.echo(f"  {clean(str(one))}")
        click.echo(f"Not certified: {count(len(made), 'thing is', 'things are')} missing.")
        return readiness.exit_code or 1
    folder = output or recorded.folder or config.folder / config.evidence
    beside = {certificates.PAGE: certificate_page.write(made), certificates.STATEMENT: intoto.write(made)}
    for file in certificates.write(folder, made, beside):
        click.echo(clean(str(from_here(file))))
    signers = [signoff.team for signoff in made.signoffs if signoff.name.casefold() == made.certified_by.casefold()]
    if signers:
        click.echo(clean(f"Note: {made.certified_by} also signed for {', '.join(signers)}."))
    for note in signed_for_several(readiness.signoffs):
        click.echo(clean(f"Note: {note}."))
    click.echo(
        clean(f"{made.certified_by} certified {made.subject} on {made.date}; next review on {made.next_review}.")
    )
    return 0


def _name_of(path: Path) -> str:
    """What people call the app: every app has a cdk.out, so that says nothing."""
    return (path.parent.name if path.name == "cdk.out" else path.name) or "app"
