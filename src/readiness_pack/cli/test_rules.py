"""``readiness test-rules``: run the examples of rules, which are their tests."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click
import yaml
from msgspec.structs import replace

from readiness_pack.checklist import Checklist, Example, RulePlace, RuleSpec, load
from readiness_pack.config import find, rules_in_force
from readiness_pack.errors import InputError
from readiness_pack.example_runs import run_example
from readiness_pack.report.text import clean, count, json_bytes
from readiness_pack.rules import Rule
from readiness_pack.rules.sources import Source, place_of, resolve

Kind = Literal["differs", "broke", "unreadable", "untested"]

_EXIT: dict[Kind, int] = {"broke": 3, "unreadable": 2, "differs": 1, "untested": 1}
"""What each kind of problem makes of the exit code; the first one here that occurs counts."""

_WIDTH = 160

_EXAMPLES = """\b
Examples:
  readiness test-rules my_rules
  readiness test-rules acme_readiness.checks
  readiness test-rules my_rules --format json
"""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a rule or one of its examples.

    Args:
        rule: the name of the rule.
        kind: what it is.
        place: ``file:line``.
        text: what is wrong, the rule first.
        details: label and text of what helps to mend it.
    """

    rule: str
    kind: Kind
    place: str
    text: str
    details: tuple[tuple[str, str], ...] = ()


@click.command("test-rules", epilog=_EXAMPLES)
@click.argument("names", metavar="RULES...", nargs=-1, required=True)
@click.option(
    "--format", "format_", type=click.Choice(["console", "json"]), default="console", help="How the result is written."
)
def command(names: tuple[str, ...], format_: str) -> int:
    """Run every example of RULES: folders of rule files, modules, or installed packages of rules.

    An example that gives another verdict than it states, or a message without the words that it states, is shown with
    its place, and so is a rule that has no failing example: nothing shows that it finds anything.

    Exits with 0 when all is well, 1 when something differs, 2 when something cannot be read, 3 when a rule breaks.
    """
    config = find(Path.cwd())
    sources = [resolve(name) for name in names]
    rules = rules_in_force(replace(config, packages="named"), sources)
    asked = list(dict.fromkeys(name for source in sources for name in _names(source)))
    problems: list[Problem] = []
    examples = 0
    for name in asked:
        examples += len(rules.checklist.rules[name][1].examples)
        problems += _problems(rules.classes[name], rules.checklist)
    if format_ == "json":
        sys.stdout.buffer.write(json_bytes(_document(asked, examples, problems)))
    else:
        for problem in problems:
            _show(problem)
        click.echo(_summary(len(asked), examples, problems))
    kinds = {problem.kind for problem in problems}
    return next((code for kind, code in _EXIT.items() if kind in kinds), 0)


def _names(source: Source) -> Iterator[str]:
    """The rules that a source adds or overrides, in its order."""
    for folder in source.folders:
        content = load(folder.resolve())
        yield from content.rules
        for _, extension in content.extensions:
            yield from (rule.name for rule in extension.rules)
        for _, overrides in content.overrides:
            yield from overrides.overrides
    yield from (made.name for made in source.classes)


def _problems(made: type[Rule], checklist: Checklist) -> Iterator[Problem]:
    _, spec = checklist.rules[made.name]
    file = checklist.file_of(made.name)
    for number, example in enumerate(spec.examples):
        problem = _tried(made, spec, example)
        if problem:
            kind, text, details = problem
            title = f" ({example.title})" if example.title else ""
            place = _place(made, file, "examples", number)
            yield Problem(made.name, kind, place, f"{made.name}, example {number + 1}{title}: {text}", details)
    verdicts = {example.verdict for example in spec.examples}
    if "fail" not in verdicts:
        text = "has no failing example, so nothing shows that it finds anything"
        yield Problem(made.name, "untested", _place(made, file), f"{made.name}: {text}")


def _tried(made: type[Rule], spec: RuleSpec, example: Example) -> tuple[Kind, str, tuple[tuple[str, str], ...]] | None:
    """What is wrong with an example, ``None`` where it holds."""
    try:
        result = run_example(made, spec, example)
    except InputError as error:
        return "unreadable", str(error), ()
    if result.problem is None:
        return None
    details = [("judged", _flow(example.subject)), *(("said", message) for message in result.messages)]
    if result.broke:
        return "broke", result.problem, tuple(details)
    wrong = result.got != result.wanted
    text = f"gives {result.got} instead of {result.wanted}" if wrong else result.problem
    return "differs", text, tuple(details)


def _flow(subject: Any) -> str:
    text = yaml.safe_dump(subject, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True).strip()
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _place(made: type[Rule], file: Path | None, *steps: str | int) -> str:
    line: int | None
    shown: str | None
    if file is None:
        shown, line = place_of(made)
    else:
        shown, line = str(file), RulePlace(file, made.name).line(*steps)
    here = Path.cwd()
    if shown is not None and Path(shown).is_relative_to(here):
        shown = str(Path(shown).relative_to(here))
    return ":".join(str(part) for part in (shown or made.__module__, line) if part is not None)


def _show(problem: Problem) -> None:
    click.echo(clean(f"{problem.place}: {problem.text}"))
    for label, text in problem.details:
        click.echo(f"    {label}: {clean(text)}")


def _document(rules: list[str], examples: int, problems: list[Problem]) -> dict[str, Any]:
    shown = [
        {
            "rule": problem.rule,
            "kind": problem.kind,
            "place": problem.place,
            "problem": problem.text,
            "details": [{"what": label, "text": text} for label, text in problem.details],
        }
        for problem in problems
    ]
    return {"schema_version": 1, "rules": rules, "examples": examples, "problems": shown}


def _summary(rules: int, examples: int, problems: list[Problem]) -> str:
    kinds = Counter(problem.kind for problem in problems)
    bad = kinds["differs"] + kinds["broke"] + kinds["unreadable"]
    good = examples - bad
    parts = [f"{good:,} of {count(examples, 'example')} {'holds' if good == 1 else 'hold'}"]
    if kinds["broke"]:
        parts.append(f"{count(kinds['broke'], 'example')} broke the rule")
    if kinds["unreadable"]:
        parts.append(f"{count(kinds['unreadable'], 'example')} cannot be read")
    if kinds["untested"]:
        parts.append(f"{count(kinds['untested'], 'rule')} without a failing example")
    return f"{'PASS' if not problems else 'FAIL'}: {count(rules, 'rule')}, {', '.join(parts)}"
