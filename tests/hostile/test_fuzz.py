"""What fuzzing found stays fixed, and a little of it runs with every test run; ``make fuzz`` does it for an hour."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.fuzz import targets
from tools.fuzz.mutate import mutated, mutated_bytes
from tools.fuzz.seeds import ASSEMBLY, seeds, trees
from tools.fuzz.swaps import KINDS, Swap, swaps

CASES = sorted(file for file in (Path(__file__).parent / "cases").rglob("*") if file.is_file())


@pytest.mark.parametrize("file", CASES, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_what_was_found_stays_fixed(file: Path) -> None:
    targets.run(file.parent.name, file.read_bytes())


@pytest.mark.parametrize("target", targets.TARGETS)
def test_the_seeds_are_good_input(target: str) -> None:
    for data in islice(seeds(target), 0, None, 50):
        targets.run(target, data)


def test_a_rule_that_breaks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("readiness_pack.rules.checks.kms.deletion_window", breaks, raising=False)
    monkeypatch.setattr("readiness_pack.rules.rule.Rule.check", breaks)
    monkeypatch.setattr("readiness_pack.rules.rule.Rule._required", lambda *_: breaks())
    with pytest.raises(ZeroDivisionError):
        targets.run("tree", json.dumps({"A": targets.SMALL_APP}).encode())


@pytest.mark.fuzz
@settings(max_examples=40)
@given(st.randoms(use_true_random=False))
def test_damaged_templates(random: Random) -> None:
    tree = random.choice(TREES)
    targets.run("tree", json.dumps(mutated(tree, random, TREES)).encode())


@pytest.mark.fuzz
@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_damaged_assemblies(random: Random) -> None:
    targets.run("cloud_assembly", json.dumps(mutated(ASSEMBLY, random, TREES)).encode())


@pytest.mark.fuzz
@pytest.mark.parametrize("target", ["template", "configuration", "rule_files", "baseline_file"])
@settings(max_examples=25)
@given(random=st.randoms(use_true_random=False))
def test_damaged_text(target: str, random: Random) -> None:
    targets.run(target, mutated_bytes(random.choice(SEEDS[target]), random))


def _some() -> list[Swap]:
    every = list(swaps(KINDS[:3]))
    return [every[number] for number in range(0, len(every), 13)]


@pytest.mark.fuzz
def test_no_rule_breaks_over_values_of_other_kinds() -> None:
    broken = []
    for swap in _some():
        try:
            swap.run()
        except Exception as error:
            broken.append(f"{swap.rule.name} with {swap.value!r} at {swap.path}: {error!r}")
    assert broken == []


TREES = trees()
SEEDS = {name: list(islice(seeds(name), 40)) for name in targets.TARGETS}
