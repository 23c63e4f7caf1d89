"""The labelled cases of the AWS Guard Rules Registry, against our rules for the same controls (``peers.guard``).

A case agrees when one of our rules fails where the registry says FAIL, and none fails where it says PASS. Our rules often
hold several of the registry's: guard_mapping.yaml says which properties a rule of the registry is ``about`` (only findings
there count), and which ``parameters`` make ours ask the same. Each case on which we keep another verdict is in
guard_disagreements.yaml with the reason; a new one fails here.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from readiness_pack import Assembly, Config, evaluate
from readiness_pack.rules import Rule, built_in

CASES = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "guard-registry" / "cases.jsonl"
DISAGREEMENTS = Path(__file__).with_name("guard_disagreements.yaml")

MAPPING = Path(__file__).with_name("guard_mapping.yaml")

pytestmark = pytest.mark.skipif(not CASES.is_file(), reason="the corpus ../shared/corpus/guard-registry is not here")


@cache
def cases() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in CASES.read_text("utf-8").splitlines():
        case = json.loads(line)
        if case["expected"] != "SKIP":
            found[case["rule"]].append(case)
    return found


@cache
def peers() -> dict[str, list[type[Rule]]]:
    found: dict[str, list[type[Rule]]] = defaultdict(list)
    for rule in built_in().values():
        for name in rule.peers.get("guard", ()):
            found[name].append(rule)
    return found


@cache
def mapping() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(MAPPING.read_text("utf-8"))
    return found


def verdict(case: dict[str, Any]) -> str:
    rules, entry = peers()[case["rule"]], mapping().get(case["rule"], {})
    report = evaluate(Assembly.from_template(case["template"]), rules, Config(parameters=entry.get("parameters", {})))
    assert not report.errors, report.errors
    about = re.compile(entry.get("about", ""))
    failed = [f for f in report.findings if f.verdict == "fail" and about.search((f.property_path or "").replace("/", "."))]
    return "FAIL" if failed else "PASS"


def expected_disagreements() -> dict[tuple[str, str, str], str]:
    entries = yaml.safe_load(DISAGREEMENTS.read_text("utf-8")) or []
    return {(entry["rule"], entry["test"], entry["registry"]): entry["reason"] for entry in entries}


def test_every_mapped_rule_is_one_of_the_registry() -> None:
    names = {json.loads(line)["rule"] for line in CASES.read_text("utf-8").splitlines()}
    unknown = sorted(set(peers()) - names)
    assert all(name.isupper() for name in unknown)
    assert len(set(peers()) & names) > 100


def test_the_mapping_is_about_rules_that_have_a_counterpart() -> None:
    assert set(mapping()) <= set(peers())


def test_we_agree_with_the_registry() -> None:
    total, found = 0, set()
    for name in sorted(peers()):
        for case in cases().get(name, ()):
            total += 1
            if verdict(case) != case["expected"]:
                found.add((name, case["test"], case["expected"]))
    listed = expected_disagreements()
    assert found - set(listed) == set(), "new disagreements: mend the rule, or list them with the reason"
    assert set(listed) - found == set(), "listed disagreements that are none any more"
    assert all(len(reason) > 20 for reason in listed.values())
    assert 1 - len(found) / total >= 0.97, f"{len(found)} of {total} disagree"
