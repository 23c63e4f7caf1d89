"""The false alarm is the enemy: every finding on CDK's own defaults is true and reviewed, or it is a bug of a rule.

`l2_app.py` builds an app of common L2 constructs. What the rules find in it stands in `expected/`, each place with a
reviewer's reason why it is true. A finding that is not there, or one that is gone, fails; after a look at the template

    python -m tests.false_alarms.update

brings the files up to date and leaves the reasons of what is new to be written.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from readiness_pack.checklist import load
from readiness_pack.findings import Finding
from tests.false_alarms.expectations import Place, place_of, read, section_of, sections, write
from tests.false_alarms.judged import Judged, judge
from tests.false_alarms.update import merged

UPDATE = "python -m tests.false_alarms.update"
SECTIONS = sorted({section_of(item.id) for item in load().items if item.rules})

# What CDK makes for its own purposes: construct paths end or go on with one of these.
HELPERS = (
    "/Custom::VpcRestrictDefaultSGCustomResourceProvider",
    "/Custom::S3AutoDeleteObjectsCustomResourceProvider",
    "/Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C",
    "/RestrictDefaultSecurityGroupCustomResource/Default",
    "/AutoDeleteObjectsCustomResource/Default",
    "/Upload/AwsCliLayer/Resource",
    "/Upload/CustomResource",
    "/Cluster/KubectlReadyBarrier",
)


def test_no_rule_breaks(judged: Judged, judged_in_production: Judged) -> None:
    assert judged.report.errors == []
    assert judged_in_production.report.errors == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_finding_is_reviewed_and_every_reviewed_one_is_found(judged: Judged, section: str) -> None:
    found = Counter(place_of(finding) for finding in judged.findings if section_of(finding.item) == section)
    expected: Counter[Place] = sum((reason.places for reason in read(section)), Counter())

    assert listed(found - expected, judged.findings) == [], f"new; is it true? then: {UPDATE}"
    assert listed(expected - found, []) == [], f"gone; should it be? then: {UPDATE}"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_place_has_one_reason(section: str) -> None:
    reasons = read(section)
    assert [sorted(reason.places)[0].rule for reason in reasons if len(reason.why) < 20] == [], "say why it is true"
    seen = Counter(place for reason in reasons for place in reason.places)
    assert [place for place, times in seen.items() if times > 1] == []


def test_there_is_no_file_that_nobody_reads() -> None:
    assert set(sections()) <= set(SECTIONS)


def test_an_account_and_region_add_no_findings_and_no_doubts(judged: Judged, judged_in_production: Judged) -> None:
    """The rules ask what is declared: where it will be deployed must not raise an alarm, nor hide one."""
    assert {place_of(one) for one in judged_in_production.findings} == {place_of(one) for one in judged.findings}


def test_an_old_project_breaks_no_rule_and_leaves_nothing_open(tmp_path: Path, root: Path, judged: Judged) -> None:
    old = judge(tmp_path / "cdk.out", root, flags=False)
    assert old.report.errors == []
    known = {place_of(one) for one in judged.findings if one.verdict == "unknown"}
    assert {place_of(one) for one in old.findings if one.verdict == "unknown"} <= known


def test_helpers_of_cdk_are_told_apart(judged: Judged) -> None:
    managed = {str(resource.construct_path) for resource in judged.assembly.all_resources if resource.managed_by_cdk}
    assert {path for path in managed if not any(helper in path for helper in HELPERS)} == set()
    assert {helper for helper in HELPERS if not any(helper in path for path in managed)} == set()


def test_the_app_is_worth_judging(judged: Judged) -> None:
    """It has what CDK users build, and gives nearly every rule on a resource type something to look at."""
    types = {resource.type for resource in judged.assembly.all_resources if not resource.managed_by_cdk}
    assert len(types) >= 100
    tallies = judged.report.tallies.values()
    asked = [one for one in tallies if one.passed or one.fail or one.unknown]
    assert len(asked) >= 0.6 * len(tallies)


def test_update_keeps_reasons_and_asks_for_new_ones(tmp_path: Path) -> None:
    old, new = Place("SnsTopicEncrypted", "fail", "Shop/Old"), Place("SnsTopicEncrypted", "fail", "Shop/New")
    gone = Place("SnsTopicEncrypted", "fail", "Shop/Gone")
    open_ = Place("SqsQueueEncrypted", "unknown", "Shop/A: b #c")
    write("SEC", merged(Counter({old: 2, gone: 1, open_: 1}), []), {old: ["Old is not encrypted."]}, tmp_path)
    assert "# Old is not encrypted." in (tmp_path / "SEC.yaml").read_text(encoding="utf-8")
    assert [reason.why for reason in read("SEC", tmp_path)] == ["", ""]

    reviewed = (
        (tmp_path / "SEC.yaml").read_text(encoding="utf-8").replace("why: ''", "why: 'Nobody gave it a key: none.'")
    )
    (tmp_path / "SEC.yaml").write_text(reviewed, encoding="utf-8")
    write("SEC", merged(Counter({old: 2, new: 1, open_: 1}), read("SEC", tmp_path)), {}, tmp_path)
    after = read("SEC", tmp_path)
    assert {reason.why: set(reason.places) for reason in after if open_ not in reason.places} == {
        "Nobody gave it a key: none.": {old},
        "": {new},
    }

    write("SEC", merged(Counter({old: 1, open_: 1}), after), {}, tmp_path)
    assert [(reason.why, reason.places) for reason in read("SEC", tmp_path)] == [
        ("", Counter({old: 1})),
        ("Nobody gave it a key: none.", Counter({open_: 1})),
    ]


def listed(places: Counter[Place], findings: list[Finding]) -> list[str]:
    """``places`` for a person, with what the rule says."""
    messages = {place_of(finding): finding.message for finding in findings}
    return [
        f"{place.rule} ({place.verdict}) at {place.path} x{times}: {messages.get(place, '')}"
        for place, times in sorted(places.items())
    ]
