"""What every rendering shares: groups, their rank, counts, the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from readiness_pack import Assembly, evaluate
from readiness_pack.checklist import load
from readiness_pack.findings import Decision, Finding, Location
from readiness_pack.items import together
from readiness_pack.report.places import Places
from readiness_pack.report.view import FIRST, SOURCE_NOTE, View, decision_text
from readiness_pack.template import Resource
from tests.report import building
from tests.report.building import finding, view


def test_what_fails_comes_first_then_risk_then_the_number_of_places() -> None:
    seen = view(
        [
            finding(3),  # reliability, core
            *(
                finding(number, severity="error", counts=True) for number in (1, 7, 13)
            ),  # encryption, not core, 3 places
            finding(0),  # network, core
            finding(2, severity="error", counts=False),  # encryption, an error that does not fail the run
        ]
    )
    assert [group.about.name for group in seen.errors] == [
        "DatabaseNotPublic", "QueuesHaveDeadLetterQueues", "KeysRotate", "BucketsEncrypted",
    ]  # fmt: skip


def test_more_places_come_first_among_equals() -> None:
    network = [finding(0, rule=name, item="SEC-NET-09", fingerprint=name + str(n), logical_id=f"L{n}", construct_path=f"S/L{n}")
               for name, places in (("Few", 1), ("Many", 3)) for n in range(places)]  # fmt: skip
    assert [group.about.name for group in view(network).errors] == ["Many", "Few"]


def test_ones_own_resources_come_before_those_of_cdk() -> None:
    seen = view(
        [finding(0, rule="A", managed_by_cdk=True), finding(0, rule="B", fingerprint="b")], on_cdk_managed="fail"
    )
    assert [group.about.name for group in seen.errors] == ["B", "A"]


def test_at_most_ten_rules_are_first_and_none_is_lost() -> None:
    findings = [finding(0, rule=f"Rule{number}", fingerprint=f"{number}") for number in range(25)]
    seen = view(findings)
    assert len(seen.first) == FIRST == 10
    assert len(seen.later) == 15
    assert {group.about.name for group in seen.first + seen.later} == {found.rule for found in findings}


def test_one_resource_is_one_place_with_all_that_is_wrong() -> None:
    twice = [finding(0, message=text, fingerprint=text) for text in ("One.", "Two.", "One.")]
    (group,) = view(twice).errors
    (place,) = group.places
    assert place.messages == ["One.", "Two."]


def test_every_open_finding_is_in_exactly_one_part() -> None:
    seen = building.everything()
    parts = [found.fingerprint for group in [*seen.errors, *seen.lesser, *seen.unknown] for found in group.findings]
    parts += [found.fingerprint for found in [*seen.decided, *seen.managed]]
    assert sorted(parts) == sorted(found.fingerprint for found in seen.report.findings)


@pytest.mark.parametrize(
    ("findings", "errors", "verdict"),
    [
        ([], 0, "PASS: 0 errors, 0 warnings, 0 unknown (28 resources in 1 stack, 6 rules)"),
        ([finding(0)], 0, "NOT READY: 1 error, 0 warnings, 0 unknown (28 resources in 1 stack, 6 rules)"),
        (
            [finding(0, counts=False)],
            0,
            "PASS: 1 error, 0 warnings, 0 unknown; none of them fails the run (28 resources in 1 stack, 6 rules)",
        ),
        (
            [finding(1, counts=True), finding(2)],
            0,
            "NOT READY: 0 errors, 2 warnings, 0 unknown; 1 of them fails the run (28 resources in 1 stack, 6 rules)",
        ),
        ([], 2, "BROKEN: 2 tool errors; 0 errors, 0 warnings, 0 unknown (28 resources in 1 stack, 6 rules)"),
    ],
)
def test_the_verdict_says_what_the_exit_code_says(findings: list[Finding], errors: int, verdict: str) -> None:
    seen = view(findings, errors=building.BROKEN * errors)
    assert seen.verdict == verdict
    assert {"PASS": 0, "NOT READY": 1, "BROKEN": 3}[seen.headline] == seen.report.exit_code


def test_how_to_get_lines_of_the_users_code_is_said_only_where_it_helps() -> None:
    assert view([finding(0)]).source_note == SOURCE_NOTE
    assert view([finding(0), finding(1, location=Location("/home/ana/shop/app.py", 4))]).source_note is None
    assert view([finding(0, construct_path=None)]).source_note is None  # plain CloudFormation: there is no such code
    assert view([]).source_note is None


def test_a_decision_in_words() -> None:
    assert decision_text(Decision("baselined")) == "baselined"
    ended = Decision("expired", "for a while", "Bo", None, "2026-01-31")
    assert decision_text(ended) == "accepted by Bo until 2026-01-31 and no longer: for a while"


def test_passes_are_kept_on_demand_and_agree_with_the_tallies() -> None:
    template = {
        "Resources": {
            "Good": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}},
            "Bad": {"Type": "AWS::KMS::Key", "Properties": {}},
        }
    }
    assert evaluate(Assembly.from_template(template)).passes == []
    kept = evaluate(Assembly.from_template(template), keep_passes=True)
    assert [one.logical_id for one in kept.passes if one.rule == "KmsKeyRotationEnabled"] == ["Good"]
    for name, tally in kept.tallies.items():
        assert sum(one.rule == name for one in kept.passes) <= tally.passed
    twice = together([kept, kept], load())
    assert len(twice.passes) == 2 * len(kept.passes)


def test_watch_sees_every_resource() -> None:
    assembly = Assembly.from_template(
        {"Resources": {"A": {"Type": "AWS::SNS::Topic"}, "B": {"Type": "AWS::SQS::Queue"}}}
    )
    seen: list[str] = []

    def watch(subjects: Sequence[Resource]) -> Iterator[Resource]:
        for subject in subjects:
            seen.append(subject.logical_id)
            yield subject

    evaluate(assembly, watch=watch)
    assert sorted(seen) == ["A", "B"]


def test_files_are_named_from_the_root_of_the_repository(folder: Path) -> None:
    (folder / ".git").mkdir()
    infra = folder / "infra"
    (infra / "cdk.out").mkdir(parents=True)
    (infra / "cdk.out" / "Shop.template.json").write_text("{}")
    (infra / "app.py").write_text("")
    places = Places(("cdk.out",), infra)
    assert places.of(finding(0)) == ("infra/cdk.out/Shop.template.json", 10)
    assert places.of(finding(0, location=Location("app.py", 0))) == ("infra/app.py", 1)
    assert places.of(finding(0, location=Location(str(infra / "app.py"), 7))) == ("infra/app.py", 7)
    assert places.of(finding(0, location=Location("/usr/lib/x.py", 7))) == ("/usr/lib/x.py", 7)
    assert places.of(finding(0, location=None)) == ("infra/cdk.out", 1)
    (infra / "cdk.out" / "manifest.json").write_text("{}")
    assert places.of(finding(0, location=None)) == ("infra/cdk.out/manifest.json", 1)
    (infra / "cdk.json").write_text("{}")
    assert places.of(finding(0, location=None)) == ("infra/cdk.json", 1)
    assert Places((), infra).of(finding(0, location=None)) is None
    assert Places(("infra/cdk.out",), folder).of(finding(0, location=Location("app.py", 3))) == ("infra/app.py", 3)


def test_sources_are_named_from_the_working_directory(folder: Path) -> None:
    seen = view([finding(0, location=Location(str(folder / "shop" / "app.py"), 4)), finding(6)])
    assert [place.source for place in seen.errors[0].places] == ["shop/app.py:4", "cdk.out/Shop.template.json:16"]


def test_lines_of_the_users_code_come_before_lines_of_templates() -> None:
    seen = view([finding(0), finding(6, location=Location("/shop/app.py", 4))])
    assert [place.source for place in seen.errors[0].places] == ["/shop/app.py:4", "cdk.out/Shop.template.json:10"]


def test_rules_of_other_folders_and_of_the_engine_are_shown_too() -> None:
    seen = View(building.report([finding(0, rule="LockedRulesStandFirm", item="TST-INF-01"), finding(1, rule="Mine")]))
    assert {group.about.name: bool(group.about.why) for group in [*seen.errors, *seen.lesser]} == {
        "LockedRulesStandFirm": True, "Mine": False,
    }  # fmt: skip
    assert seen.page("Mine") == ""
    assert "KmsKeyRotationEnabled" in seen.page("KmsKeyRotationEnabled")
