"""Runs the examples of rules: what ``make test`` and ``readiness test-rules`` do."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from readiness_pack.checklist import Example, RuleSpec
from readiness_pack.config import Config
from readiness_pack.engine import evaluate
from readiness_pack.errors import InputError
from readiness_pack.findings import Report
from readiness_pack.rules import Rule
from readiness_pack.template import Assembly
from readiness_pack.verdicts import judge

_ATTRIBUTES = frozenset(
    (
        "Type", "Properties", "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "UpdatePolicy",
        "UpdateReplacePolicy",
    )
)  # fmt: skip
"""What a resource may have: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
and the pages of its attributes."""

_ORDER = ("fail", "unknown", "pass", "not_applicable")


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What an example was to give and what it gave.

    Args:
        wanted: the verdict that the example states.
        got: the verdict of the rule.
        messages: what the rule said.
        problem: what is wrong, ``None`` where the example holds.
        broke: whether the rule raised.
    """

    wanted: str
    got: str
    messages: tuple[str, ...]
    problem: str | None
    broke: bool = False


def run_example(rule: type[Rule], spec: RuleSpec, example: Example) -> ExampleResult:
    """Judge one example of ``rule``.

    Args:
        rule: the class made of ``spec``.
        spec: its specification.
        example: the example.

    Raises:
        InputError: the example cannot be judged: it is no template, or names what is not there.
    """
    report, verdict = _judge(rule, spec, example)
    messages = tuple(finding.message for finding in report.findings)
    problem = None
    if report.errors:
        problem = f"the rule broke: {report.errors[0].message}"
    elif verdict != example.verdict:
        said = f": {'; '.join(messages)}" if messages else ""
        problem = f"gives {verdict} instead of {example.verdict}{said}"
    elif example.says is not None and not any(example.says in message for message in messages):
        problem = f"no message says {example.says!r}: {'; '.join(messages)}"
    elif unfilled := [message for message in messages if "{" in message.replace("${", "")]:
        problem = f"a placeholder of the message is not filled in: {unfilled[0]}"
    return ExampleResult(example.verdict, verdict, messages, problem, broke=bool(report.errors))


def assembly_of(spec: RuleSpec, example: Example, config: Config, folder: Path | None = None) -> Assembly:
    """The app that an example describes.

    Args:
        spec: the rule's specification.
        example: the example.
        config: its settings.
        folder: an empty folder, where ``files`` of the example are written to. With a manifest.json among them, it is
            read as CDK's output, with the example's stacks as ``<name>.template.json``.

    Raises:
        InputError: it is no template, or a file would not be in ``folder``.
    """
    templates = templates_of(spec, example)
    if folder is None:
        return Assembly.from_templates(templates, assume=config.assumptions)
    for name, content in example.files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        if not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise InputError(f"files: '{name}' is not in the folder of the assembly")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    if "manifest.json" in example.files:
        for name, template in templates.items():
            (folder / f"{name}.template.json").write_text(json.dumps(template), encoding="utf-8")
        return Assembly.load(folder, config.assumptions)
    assembly = Assembly.from_templates(templates, assume=config.assumptions)
    assembly.files = {name: folder / name for name in example.files}
    return assembly


def templates_of(spec: RuleSpec, example: Example) -> dict[str, dict[str, Any]]:
    """The templates of an example, by stack name."""
    subject = example.subject
    if "stacks" in subject:
        stacks = subject["stacks"]
        if not isinstance(stacks, dict) or not stacks or not all(isinstance(one, dict) for one in stacks.values()):
            raise InputError(f"{example.verdict}.stacks: templates by the name of their stack are expected")
        return dict(stacks)
    if "Resources" in subject or spec.resource_types[0] in ("app", "*"):
        return {"Template": subject}
    strange = next((key for key in subject if key not in _ATTRIBUTES), None)
    if strange is not None:
        text = f"{example.verdict}: '{strange}' is no attribute of a resource; its properties stand under Properties"
        raise InputError(text)
    return {"Template": {"Resources": {"Subject": {"Type": spec.resource_types[0], **subject}}}}


def _judge(rule: type[Rule], spec: RuleSpec, example: Example) -> tuple[Report, str]:
    given = {"parameters": example.parameters, "assume": example.assume, "facts": _facts(example)}
    try:
        config = msgspec.convert(given, Config)
    except msgspec.ValidationError as error:
        raise InputError(f"{str(error)[0].lower()}{str(error)[1:]}") from error
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="readiness-")) if example.files else None
        assembly = assembly_of(spec, example, config, Path(folder) if folder else None)
        return _judged(rule, assembly, config, example)


def _judged(rule: type[Rule], assembly: Assembly, config: Config, example: Example) -> tuple[Report, str]:
    report = evaluate(assembly, [rule], config)
    if example.on is not None:
        report.findings = [finding for finding in report.findings if finding.logical_id == example.on]
        verdicts = _verdicts_on(rule, assembly, config, example.on)
    else:
        tally = report.tallies[rule.name]
        counts = {
            "fail": tally.fail,
            "unknown": tally.unknown,
            "pass": tally.passed,
            "not_applicable": tally.not_applicable,
        }
        verdicts = {verdict for verdict, count in counts.items() if count}
    return report, next((verdict for verdict in _ORDER if verdict in verdicts), "not_applicable")


def _facts(example: Example) -> dict[str, Any]:
    """Facts of an example are values only; the rest of a fact does not matter there."""
    return {
        name: {"value": value, "owner": "an example", "date": "2000-01-01", "until": "9999-12-31"}
        for name, value in example.facts.items()
    }


def _verdicts_on(rule: type[Rule], assembly: Assembly, config: Config, logical_id: str) -> set[str]:
    made = rule(config.parameters, {name: fact.value for name, fact in config.facts.items()})
    subjects = [resource for resource in assembly.all_resources if resource.logical_id == logical_id]
    if not subjects:
        raise InputError(f"on: the example has no resource '{logical_id}'")
    return {outcome.verdict for resource in subjects for outcome in judge(made, resource)}
