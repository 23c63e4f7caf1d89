"""Every value in every example of every rule, replaced by values of other kinds: no rule may break over any of them.

``python -m tools.fuzz.swaps`` tries them all (some 800,000, ten minutes); the tests try a part.
"""

from __future__ import annotations

import copy
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from readiness_pack.checklist import Example, RuleSpec, load
from readiness_pack.config import Config
from readiness_pack.example_runs import templates_of
from readiness_pack.rules import ANY, APP, Rule, built_in
from readiness_pack.template import Assembly
from readiness_pack.verdicts import judge
from tools.fuzz.mutate import Path, paths, value_at

KINDS: tuple[Any, ...] = (
    *({"a": 1}, [{"b": 2}], 7, "x", [], {}, True, [["y"]], -3, "", "*", None, 1.5),
    *(
        {"Ref": "AWS::NoValue"},
        {"Ref": "Missing"},
        {"Fn::GetAtt": ["Subject", "Arn"]},
        {"Fn::Sub": "a${AWS::StackName}b"},
    ),
)
"""What is put in place of a value."""


@dataclass(frozen=True)
class Swap:
    """One example with one value replaced.

    Args:
        rule: the rule whose example it is.
        example: the example.
        path: where the value stands in its templates.
        value: what is put there.
    """

    rule: type[Rule]
    spec: RuleSpec
    example: Example
    path: Path
    value: Any

    def run(self) -> None:
        """Ask the rule; whatever it raises is a bug."""
        templates = copy.deepcopy(templates_of(self.spec, self.example))
        value_at(templates, self.path[:-1])[self.path[-1]] = self.value
        given = {"parameters": self.example.parameters, "assume": self.example.assume}
        config = msgspec.convert(given, Config)
        assembly = Assembly.from_templates(templates, assume=config.assumptions)
        _ = assembly.graph
        made = self.rule(config.parameters, self.example.facts)
        if APP in made.resource_types:
            judge(made, assembly)
        for resource in assembly.all_resources:
            if resource.type in made.resource_types or ANY in made.resource_types:
                judge(made, resource)


def swaps(kinds: tuple[Any, ...] = KINDS) -> Iterator[Swap]:
    """Every swap; the same order each time."""
    classes = built_in()
    for name, (_, spec) in load().rules.items():
        for example in spec.examples:
            templates = templates_of(spec, example)
            for path in paths(templates):
                # Stacks and the template itself are always objects.
                for value in kinds if len(path) > 1 else ():
                    yield Swap(classes[name], spec, example, path, value)


def main() -> int:
    """Try all; returns 1 where a rule broke."""
    found: dict[str, str] = {}
    tried = 0
    for swap in swaps():
        tried += 1
        try:
            swap.run()
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            text = f"{type(error).__name__}: {error}; {swap.rule.name} with {swap.value!r} at {swap.path}"
            found.setdefault(f"{frame.filename}:{frame.lineno}", text)
    print(*(f"{place}: {text}" for place, text in found.items()), f"{tried:,} tried, {len(found)} broke", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
