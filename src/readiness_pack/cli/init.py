"""``readiness init``: a commented readiness.yaml to start from."""

from __future__ import annotations

import json
from pathlib import Path

import click
import msgspec

from readiness_pack import files
from readiness_pack.config import FILE_NAME, schema
from readiness_pack.errors import InputError
from readiness_pack.template import Assembly

SCHEMA_NAME = "readiness.schema.json"

_WORDS = {"dev": ("dev", "test", "sandbox", "qa"), "staging": ("stag", "preprod", "uat"), "prod": ("prod", "live")}


@click.command("init")
@click.argument("path", required=False)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where to write; beside cdk.json.",
)
def command(path: str | None, folder: Path) -> int:
    """Write readiness.yaml and its JSON Schema, from what is found in PATH (cdk.out, if it is there).

    Example: readiness init cdk.out
    """
    target = folder / FILE_NAME
    if target.exists():
        raise InputError("is there already; nothing was written", file=target)
    place = path or ("cdk.out" if Path("cdk.out").is_dir() else None)
    assembly = Assembly.load(place) if place else None
    files.write(folder / SCHEMA_NAME, json.dumps(schema(), indent=1).encode() + b"\n")
    files.write(target, _text(assembly).encode())
    click.echo(f"wrote {target} and {folder / SCHEMA_NAME}", err=True)
    return 0


def _text(assembly: Assembly | None) -> str:
    names = sorted({stack.name for stack in assembly.stacks if stack.parent is None}) if assembly else []
    open_parameters = sorted(
        {
            name
            for stack in (assembly.stacks if assembly and len(names) else ())
            if stack.parent is None
            for name, spec in stack.parameters.items()
            if isinstance(spec, dict) and "Default" not in spec
        }
    )
    return "\n".join(
        [
            f"# yaml-language-server: $schema={SCHEMA_NAME}",
            "# What readiness-pack is told about this app. Every key may be left out; these are the defaults.",
            "",
            "# standard: what matters most are errors. strict: every rule's own severity. certified: warnings fail.",
            "profile: standard",
            "",
            *_environments(names),
            "# What the template leaves open and you know. Everything else that hangs on it is reported as unknown.",
            *_assumptions(open_parameters),
            "",
            "# Parameters of rules, by name; `readiness rules --format json` lists them.",
            "# parameters: {max_rotation_days: 365}",
            "",
            "# Severities by rule, item or glob: error, warning, info, off.",
            "# severity: {RequiredTagsPresent: warning}",
            "",
            "# Findings that are accepted for a while. `readiness decisions cdk.out` lists what each matches.",
            "# waivers:",
            "#   - rule: KmsKeyRotationEnabled",
            "#     resource: Shop/Legacy/*",
            "#     reason: Keys are rotated by hand until the migration ends",
            "#     owner: Platform",
            "#     ticket: OPS-123",
            "#     expires: 2027-03-31",
            "",
            "# Rules that nobody may accept.",
            "# locked: [S3PublicAccessBlocked]",
            "",
            "# The folder of records, sign-offs and the certificate; `readiness evidence init` starts the records.",
            "# evidence: evidence",
            "",
            "# Truths about the account that no template shows; some rules accept them.",
            "# facts:",
            "#   org_trail: {value: true, owner: Security, date: 2026-11-01, until: 2027-11-01}",
            "",
        ]
    )  # fmt: skip


def _assumptions(names: list[str]) -> list[str]:
    if not names:
        return ["# assume: {parameters: {Name: value}, conditions: {IsProd: true}}"]
    return ["# assume:", "#   parameters:", *(f"#     {name}: ..." for name in names)]


def _environments(names: list[str]) -> list[str]:
    found: dict[str, list[str]] = {}
    for name in names:
        for environment, words in _WORDS.items():
            if any(word in name.lower() for word in words):
                found.setdefault(environment, []).append(name)
                break
    lines = ["# Environments by globs of Stage or stack paths; what matches none counts as production."]
    if not found:
        return [*lines, "# environments: {dev: [Dev*], prod: [Prod*]}", "# profiles: {dev: standard, prod: strict}", ""]
    lines.append("environments:")
    lines += [
        f"  {environment}: [{', '.join(msgspec.json.encode(name).decode() for name in stacks)}]"
        for environment, stacks in found.items()
    ]
    return [*lines, "# profiles: {dev: standard, prod: strict}", ""]
