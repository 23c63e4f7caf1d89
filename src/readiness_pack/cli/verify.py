"""``readiness verify``: whether a certificate still holds for the app as it is."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import click

from readiness_pack.cli.run import CONFIG, DATE, EVIDENCE, RULES, Run, kept_in

_EXAMPLES = """\b
Examples:
  readiness verify evidence/certificate.json cdk.out
  readiness verify evidence/certificate.json cdk.out --format json
"""


@click.command("verify", epilog=_EXAMPLES)
@click.argument("certificate", metavar="CERTIFICATE", type=click.Path(path_type=Path))
@click.argument("path", type=click.Path())
@click.option("--format", "format_", type=click.Choice(["console", "json"]), default="console", show_default=True)
@DATE
@EVIDENCE
@CONFIG
@RULES
def command(
    certificate: Path,
    path: str,
    format_: str,
    today: datetime.date | None,
    evidence: Path | None,
    config_file: Path | None,
    folders: tuple[str, ...],
) -> int:
    """Say whether CERTIFICATE (certificate.json, or its folder) still holds for the app in PATH.

    Exits with 0 while it is valid, with 1 when it is stale (which change), expired, or was edited, with 3 when a rule
    broke.
    """
    from readiness_pack.evidence import certificate as certificates
    from readiness_pack.evidence.readiness import why_not
    from readiness_pack.report.text import clean, json_bytes

    file = certificate / certificates.FILE_NAME if certificate.is_dir() else certificate
    gate, stage = certificates.asked_of(file)
    readiness = Run(config_file, folders, kept_in(evidence), today=today).assessed(path, gate, stage).readiness
    lacking = why_not(readiness.missing, readiness.report)
    state = certificates.state_of(file, readiness.digest, readiness.signoffs, readiness.today, lacking)
    if format_ == "json":
        document = {
            "schema_version": 1,
            "state": state.state,
            "why": state.why,
            "changes": state.changes,
            "date": state.date,
            "certified_by": state.certified_by,
            "next_review": state.next_review,
            "digest": readiness.digest.value,
        }
        sys.stdout.buffer.write(json_bytes(document))
        sys.stdout.buffer.flush()
    else:
        click.echo(clean(f"{state.state.upper()}: {state.why}"))
        for change in state.changes if len(state.changes) > 1 else ():
            click.echo(f"  {clean(change)}")
        if state.state == "valid":
            click.echo(
                f"The seal shows that nobody edited {clean(file.name)} unawares; who made it, only a signature shows."
            )
    return 0 if state.state == "valid" else 3 if readiness.report.errors else 1
