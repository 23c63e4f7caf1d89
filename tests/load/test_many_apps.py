"""Many apps in one run: bounded memory, and every document the same as if all findings had been in memory."""

from __future__ import annotations

import json
import pickle
import tempfile
import weakref
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from readiness_pack import Assembly, InputError, Report, evaluate, items
from readiness_pack.checklist import load
from readiness_pack.cli.check import FORMATS
from readiness_pack.cli.run import Run
from readiness_pack.findings import SEVERITIES, Decision, Finding, Location, Tally
from readiness_pack.gathered import Gathered
from readiness_pack.report.text import json_bytes, json_parts
from readiness_pack.report.view import View

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KINDS = ("AWS::KMS::Key", "AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::SNS::Topic")


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    """Of five apps; their findings have all severities, and one somebody accepted."""
    found = []
    for number in range(5):
        resources = {f"R{number}x{one}": {"Type": KINDS[(number + one) % 4]} for one in range(4)}
        app = Assembly.from_template({"Resources": resources}, name=f"App{number}")
        found.append(evaluate(app, keep_passes=True))
    first = found[0].findings[0]
    decided = replace(first, decision=Decision("waived", "by hand", "Ana", None, "2999-01-01"), counts=False)
    found[0].findings = [decided, *found[0].findings[1:]]
    return found


def finding(number: int = 0, **changed: Any) -> Finding:
    made = Finding(
        rule="KmsKeyRotationEnabled",
        item="SEC-ENC-03",
        severity=SEVERITIES[number % 3],
        verdict="fail",
        message=f"number {number}",
        fix=None,
        stack="Shop",
        template="Shop.json",
        logical_id=f"Key{number}",
        resource_type="AWS::KMS::Key",
        construct_path=None,
        property_path=None,
        location=Location("Shop.json", number + 1),
        fingerprint=f"{number:020}",
        managed_by_cdk=False,
    )
    return replace(made, **changed)


@pytest.mark.parametrize("in_memory", [0, 1, 7, 1000])
def test_gathered_findings_are_those_that_were_added_worst_first(in_memory: int) -> None:
    added = [finding(number, peers=("cdk-nag X",) if number % 2 else ()) for number in range(1300)]
    gathered = Gathered(in_memory)
    gathered.add(added[:3])
    gathered.add(added[3:])
    expected = sorted(added, key=lambda one: SEVERITIES.index(one.severity))
    assert len(gathered) == 1300
    assert list(gathered) == list(gathered) == expected
    assert [*zip(gathered, gathered, strict=True)] == [*zip(expected, expected, strict=True)]
    assert gathered[0] == expected[0]
    assert gathered[-1] == expected[-1]
    assert gathered[3:700:7] == expected[3:700:7]
    assert gathered[:5000] == expected
    assert gathered[::-1] == expected[::-1]
    with pytest.raises(IndexError):
        gathered[1300]
    assert pickle.loads(pickle.dumps(gathered)) == expected


def test_gathered_findings_without_any() -> None:
    assert (len(Gathered()), list(Gathered()), Gathered()[:5], bool(Gathered())) == (0, [], [], False)


def test_a_file_name_that_is_no_utf8_survives() -> None:
    odd = finding(template="caf\udce9.json", location=Location("caf\udce9.json", 1))
    gathered = Gathered(0)
    gathered.add([odd, finding(3)])
    assert list(gathered) == [odd, finding(3)]


def test_no_room_for_findings_is_an_error_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(InputError, match=r"TMPDIR\) cannot hold the findings: No space left on device"):
        Gathered(0).add([finding()])


@pytest.mark.parametrize("in_memory", [0, 1000])
def test_together_is_what_the_reports_have(
    reports: list[Report], in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "Gathered", lambda: Gathered(in_memory))
    merged = items.together(iter(reports), load())
    every = [one for report in reports for one in report.findings]
    assert list(merged.findings) == sorted(every, key=lambda one: SEVERITIES.index(one.severity))
    assert (merged.resources, merged.stacks) == (20, 5)
    tally: Counter[str] = Counter()
    for report in reports:
        tally.update({name: one.fail for name, one in report.tallies.items()})
    assert {name: one.fail for name, one in merged.tallies.items()} == dict(tally)
    assert merged.passes == [one for report in reports for one in report.passes]
    in_lists = replace(merged, findings=list(merged.findings))
    assert merged.items == items.item_results(load(), in_lists)
    assert merged.exit_code == in_lists.exit_code == 1
    assert merged.former == {key: value for report in reports for key, value in report.former.items()}
    assert reports[0].tallies["KmsKeyRotationEnabled"] != Tally()  # nothing was changed in what was merged
    assert reports[0].tallies["KmsKeyRotationEnabled"] != merged.tallies["KmsKeyRotationEnabled"]


@pytest.mark.parametrize("format_", [name for name in FORMATS if name != "console"])
def test_documents_do_not_tell_where_findings_waited(
    reports: list[Report], format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module(f"readiness_pack.report.{FORMATS[format_].module}")
    write = partial(module.write, generated=NOON) if format_ == "html" else module.write
    monkeypatch.setattr(items, "Gathered", lambda: Gathered(0))
    waiting = View(items.together(reports, load()))
    in_lists = View(replace(waiting.report, findings=list(waiting.report.findings)))
    assert write(waiting) == write(in_lists)
    if FORMATS[format_].in_parts:
        parts = list(module.parts(waiting))
        assert b"".join(parts) == module.write(in_lists)
        assert len(parts) > 1


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"a": [], "b": {}, "c": None, "d": "x\ny", "e": ()},
        {"a": list(range(1201)), "b": [[], {}, [1, [2]], {"c": {"d": []}}]},
        {"a": [{"x": "half \ud800"}, {"x": "\x1b[31m\u202e"}], "half \udfff": ["\x7f"], "n": {"y": ["]", "\n]"]}},
        {"a": ["text"], "b": ("t", "u"), "c": [finding(), finding(1)]},
    ],
)
def test_json_in_parts_is_json_as_a_whole(document: dict[str, Any]) -> None:
    assert b"".join(json_parts(document)) == json_bytes(document)


def test_reports_are_let_go_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = []
    for number in range(6):
        file = tmp_path / f"app{number}.json"
        file.write_text(json.dumps({"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}), encoding="utf-8")
        paths.append(str(file))
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    most = 0
    judge = Run.judge

    class Watched(list[Finding]):
        """A list that can be referred to weakly."""

    def watched(self: Run, path: str, watch: Any = None) -> Report:
        nonlocal most
        report = judge(self, path, watch)
        report.findings = Watched(report.findings)
        alive.add(report.findings)
        most = max(most, len(alive))
        return report

    monkeypatch.setattr(Watched, "__hash__", object.__hash__)
    monkeypatch.setattr(Run, "judge", watched)
    merged = Run().judge_all(tuple(paths))
    assert len(merged.findings) >= 6
    assert most <= 3  # the first two are looked at together, to know whether there is more than one


def test_several_jobs_and_a_file_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in "abc":
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}))
    (tmp_path / "d.json").write_text('{"Resources": {"A": {}}}')
    with pytest.raises(InputError, match=r"^d\.json:1"):
        Run().judge_all(("a.json", "b.json", "c.json", "d.json"), jobs=2)


@pytest.fixture
def forty(tmp_path: Path) -> tuple[str, ...]:
    for number in range(40):
        template = {"Resources": {f"R{one}": {"Type": KINDS[(number + one) % 4]} for one in range(number % 5 + 1)}}
        (tmp_path / f"app{number:02}.json").write_text(json.dumps(template), encoding="utf-8")
    return tuple(sorted(str(file) for file in tmp_path.glob("app*.json")))


@pytest.mark.parametrize("format_", ["json", "csv", "sarif", "junit", "markdown", "html", "github"])
def test_output_is_the_same_byte_for_byte_with_two_jobs(forty: tuple[str, ...], format_: str) -> None:
    module = import_module(f"readiness_pack.report.{FORMATS[format_].module}")
    write = partial(module.write, generated=NOON) if format_ == "html" else module.write
    run = Run(keep_passes=FORMATS[format_].passes)
    one, two = (write(View(run.judge_all(forty, jobs), run.all_rules(forty), forty)) for jobs in (1, 2))
    assert one == two
