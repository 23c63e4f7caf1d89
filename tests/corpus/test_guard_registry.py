"""The labelled cases of the AWS Guard Rules Registry, against our rules for the same controls (``peers.guard``).

A case agrees when one of our rules fails where the registry says FAIL, and none fails where it says PASS. Our rules often
hold several of the registry's: guard_mapping.yaml says which properties a rule of the registry is ``about`` and which of
their values it ``says`` something of (only such findings count), and which ``parameters`` make ours ask the same. Each case on which we keep another verdict is in
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
MAPPING = Path(__file__).with_name("guard_mapping.yaml")
DISAGREEMENTS = Path(__file__).with_name("guard_disagreements.yaml")
MAPPED = 182
"""Rules of the registry that have a counterpart here, of 224; raise it when there are more, never lower it."""

WITHOUT_CASES = {
    "ACM_CERTIFICATE_EXPIRATION_CHECK",
    "ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK",
    "ALB_WAF_ENABLED",
    "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK",
    "CLOUDFRONT_ASSOCIATED_WITH_WAF",
    "DYNAMODB_AUTOSCALING_ENABLED",
    "DYNAMODB_IN_BACKUP_PLAN",
    "DYNAMODB_RESOURCES_PROTECTED_BY_BACKUP_PLAN",
    "KMS_CMK_NOT_SCHEDULED_FOR_DELETION",
    "RDS_LOGGING_ENABLED",
    "WAFV2_LOGGING_ENABLED",
}
"""Identifiers of AWS Config's rules, by which the registry names its own, for which the corpus has no case."""

pytestmark = pytest.mark.skipif(not CASES.is_file(), reason="the corpus ../shared/corpus/guard-registry is not here")


@cache
def cases() -> dict[str, list[dict[str, Any]]]:
    """The cases by rule of the registry; SKIP is about Guard's own suppressions and empty templates."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in CASES.read_text("utf-8").splitlines():
        case = json.loads(line)
        found[case["rule"]] += [case] if case["expected"] != "SKIP" else []
    return found


@cache
def peers() -> dict[str, list[type[Rule]]]:
    found: dict[str, list[type[Rule]]] = defaultdict(list)
    for rule in built_in().values():
        for name in rule.peers.get("guard", ()):
            found[name].append(rule)
    return found


@cache
def mapped() -> list[str]:
    return sorted(set(peers()) & set(cases()))


@cache
def mapping() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(MAPPING.read_text("utf-8"))
    return found


def verdict(case: dict[str, Any]) -> str:
    rules, entry = peers()[case["rule"]], mapping().get(case["rule"], {})
    report = evaluate(Assembly.from_template(case["template"]), rules, Config(parameters=entry.get("parameters", {})))
    assert not report.errors, report.errors
    about, says = re.compile(entry.get("about", "")), re.compile(entry.get("says", ""))
    failed = [
        finding
        for finding in report.findings
        if finding.verdict == "fail"
        and about.search((finding.property_path or "").replace("/", "."))
        and says.search(finding.message)
    ]
    return "FAIL" if failed else "PASS"


def listed_disagreements() -> dict[tuple[str, str, str], str]:
    entries = yaml.safe_load(DISAGREEMENTS.read_text("utf-8")) or []
    found = {(entry["rule"], entry["test"], entry["registry"]): entry["reason"] for entry in entries}
    assert len(found) == len(entries), "a disagreement is listed twice"
    return found


def test_every_rule_with_a_counterpart_is_one_of_the_registry() -> None:
    assert sorted(set(peers()) - set(cases()) - WITHOUT_CASES) == [], "the registry has no rule of that name"


def test_the_number_of_mapped_rules_does_not_fall() -> None:
    assert len(mapped()) >= MAPPED


def test_the_mapping_is_about_rules_that_have_a_counterpart() -> None:
    assert set(mapping()) <= set(mapped())


def test_what_a_rule_is_about_and_its_parameters_are_known() -> None:
    for name, entry in mapping().items():
        assert set(entry) <= {"about", "says", "parameters"}, name
        known = {parameter for rule in peers()[name] for parameter in rule.parameter_specs}
        assert set(entry.get("parameters", ())) <= known, name


def test_we_agree_with_the_registry() -> None:
    total, differ = 0, []
    for name in mapped():
        assert cases()[name], f"{name} has no case but SKIP"
        for case in cases()[name]:
            total += 1
            if verdict(case) != case["expected"]:
                differ.append((name, case["test"], case["expected"]))
    listed = listed_disagreements()
    assert set(differ) - set(listed) == set(), "new disagreements: mend the rule, or list them with the reason"
    assert set(listed) - set(differ) == set(), "listed disagreements that are none any more"
    assert all(len(reason) > 20 for reason in listed.values())
    assert 1 - len(differ) / total >= 0.97, f"{len(differ)} of {total} cases differ"
