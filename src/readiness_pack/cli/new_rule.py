"""``readiness new-rule``: a rule file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from readiness_pack import typed_yaml
from readiness_pack.checklist import ExtensionSpec, RuleSpec, Severity
from readiness_pack.checklist.validating import RULE_NAME, fields_of, unknown_type
from readiness_pack.cli.drafting import FILL_IN, Draft, message_for
from readiness_pack.config import find, rules_in_force
from readiness_pack.errors import InputError
from readiness_pack.rules.rule_set import RuleSet
from readiness_pack.typed_yaml import nearest

_EXAMPLES = """\b
Examples:
  readiness new-rule QueueUsesOurKey --item SEC-ENC-01 --resource AWS::SQS::Queue --require 'KmsMasterKeyId: present'
  readiness new-rule TableIsTagged --item CST-TAG-01 --resource AWS::DynamoDB::Table --output my_rules
"""


@click.command("new-rule", epilog=_EXAMPLES)
@click.argument("name")
@click.option("--item", required=True, help="The checklist item that the rule belongs to, ours or yours.")
@click.option("--resource", "resources", required=True, multiple=True, help="What it judges; may be repeated.")
@click.option(
    "--require", "required", multiple=True, metavar="'PATH: MATCHER'", help="What must hold; may be repeated."
)
@click.option("--unless", "excepted", multiple=True, metavar="'PATH: MATCHER'", help="When the rule does not apply.")
@click.option("--severity", type=click.Choice(["error", "warning", "info"]), default="warning", show_default=True)
@click.option("--message", help="What is wrong with the resource; {logical_id}, {path} and {value} are filled in.")
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), default=Path("my_rules"), show_default=True,
    help="The folder that the rule file is written to.",
)  # fmt: skip
def command(
    name: str,
    item: str,
    resources: tuple[str, ...],
    required: tuple[str, ...],
    excepted: tuple[str, ...],
    severity: Severity,
    message: str | None,
    output: Path,
) -> int:
    """Write a rule NAME (CamelCase: what holds when it passes) with a passing and a failing example.

    With --require the rule works at once, and its examples are found by asking it; without, the file says what to fill
    in. A file that is there is never overwritten.
    """
    target = output / f"{name}.yaml"
    rules = _known(output)
    _check(name, item, resources, rules)
    require = _condition("--require", required)
    spec = RuleSpec(
        name,
        severity,
        resources[0] if len(resources) == 1 else list(resources),
        _message(message or message_for(require)),
        require=require,
        unless=_condition("--unless", excepted),
    )
    draft = Draft(rules.checklist.by_id[item], spec)
    examples = draft.examples
    text = draft.text(examples)
    typed_yaml.parse(text, ExtensionSpec, shown=str(target))  # what is written is always read back
    _write(target, text)
    click.echo(_summary(target, text), err=True)
    return 0


def _known(output: Path) -> RuleSet:
    """The rules and items there are, those of the folder included, if it has any."""
    further = [output] if output.is_dir() and any(output.rglob("*.yaml")) else []
    return rules_in_force(find(Path.cwd()), further)


def _check(name: str, item: str, resources: tuple[str, ...], rules: RuleSet) -> None:
    if not RULE_NAME.fullmatch(name):
        raise click.UsageError(f"NAME: '{name}' is not CamelCase, such as QueueHasName")
    if name in rules.classes:
        raise click.UsageError(f"NAME: there is a rule {name} already; see: readiness explain {name}")
    if item not in rules.checklist.by_id:
        text = f"--item: there is no item '{item}'.{nearest(item, set(rules.checklist.by_id))}"
        raise click.UsageError(f"{text} docs/extending.md shows how to write one of your own.")
    for resource in resources:
        problem = unknown_type(resource)
        if problem:
            raise click.UsageError(f"--resource: {problem}")


def _message(text: str) -> str:
    try:
        fields_of(text)
    except ValueError as error:
        raise click.UsageError(f"--message: {error}") from error
    return text


def _condition(option: str, texts: tuple[str, ...]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for text in texts:
        try:
            part = typed_yaml.parse(text, dict[str, Any], shown=option)
        except InputError as error:
            raise click.UsageError(f"{option}: 'PATH: MATCHER' is expected, not '{text}' ({error.problem})") from error
        twice = next((path for path in part if path in found), None)
        if twice is not None:
            raise click.UsageError(f"{option}: '{twice}' is given twice; write one matcher: {{all_of: [..]}}")
        found |= part
    return found or None


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError("is there already; nothing was written", file=target) from error
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", file=target) from error


def _summary(target: Path, text: str) -> str:
    rest = [line for line in text.splitlines() if FILL_IN in line]
    return (
        f"wrote {target}; {len(rest)} places say {FILL_IN}\n"
        f"test it:  readiness test-rules {target.parent}\n"
        f"use it:   readiness check cdk.out --rules {target.parent}"
    )
