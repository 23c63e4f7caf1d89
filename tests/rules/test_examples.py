"""Every example of every rule holds: the examples are the rules' tests."""

from __future__ import annotations

import pytest

from readiness_pack.checklist import Example, load
from readiness_pack.example_runs import run_example
from readiness_pack.rules import built_in

PUBLISHERS = (
    "https://docs.aws.amazon.com/",
    "https://aws.amazon.com/compliance/",
    # The formats that other tools leave behind are theirs to state.
    "https://github.com/cdklabs/cdk-nag",
    "https://www.checkov.io/",
)
CASES = [
    pytest.param(name, example, id=f"{name}-{number}-{example.verdict}")
    for name, (_, spec) in load().rules.items()
    for number, example in enumerate(spec.examples)
]


@pytest.mark.parametrize(("name", "example"), CASES)
def test_example(name: str, example: Example) -> None:
    _, spec = load().rules[name]
    result = run_example(built_in()[name], spec, example)
    assert result.problem is None, f"{name}: {example.title or example.verdict}: {result.problem}"


@pytest.mark.parametrize("name", load().rules)
def test_rule_is_complete(name: str) -> None:
    _, spec = load().rules[name]
    verdicts = {example.verdict for example in spec.examples}
    assert {"pass", "fail"} <= verdicts, "needs a passing and a failing example"
    assert verdicts & {"unknown", "not_applicable"}, "needs an example that is unknown or not applicable"
    assert spec.why, "says why it matters"
    assert spec.fix, "says how to fix it"
    assert spec.message.endswith("."), "the message is a sentence"
    assert spec.sources, "cites the page that its facts come from"
    assert all(source.startswith(PUBLISHERS) for source in spec.sources)
    assert all(parameter.about for parameter in spec.parameter_specs.values()), "parameters are documented"
