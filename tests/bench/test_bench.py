"""`make bench`: figures, ratios, the page; that everything that is measured runs. How long it takes is never asserted."""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

import pytest

from readiness_pack import Assembly
from tools.bench import __main__ as bench
from tools.bench import app, judging, page
from tools.bench.plan import SECTIONS, Plan, Sizes
from tools.bench.running import BenchError, Case, Sample, Series, interleaved, python, run
from tools.bench.table import Figure, Row, markdown, text

SMALL = Sizes(runs=1, large=40, small=40, stacks=1, template=60, templates=2)


def series(*seconds: float, memory: int = 0) -> Series:
    return Series([Sample(one, one, memory, b"") for one in seconds])


def figure(value: float) -> Figure:
    return Figure(value, value, value)


def test_what_is_added_is_told_between_medians_with_the_spread_of_the_rounds() -> None:
    added = Figure.added(series(3.0, 9.0, 4.0), series(1.0, 2.0, 1.5))

    assert (added.value, added.low, added.high) == (2.5, 2.0, 7.0)


def test_memory_is_told_in_megabytes() -> None:
    assert str(Figure.of_memory(series(1, 1, memory=47_000_000))) == "47 MB (47-47)"


@pytest.mark.parametrize(
    ("ours", "theirs", "limit", "at_least", "ratio", "reached"),
    [
        (1.0, 10.0, 0.15, False, 0.1, True),
        (2.0, 10.0, 0.15, False, 0.2, False),
        (1.5, 10.0, 0.15, False, 0.15, True),
        (10.0, 20.0, 1.7, True, 2.0, True),
        (10.0, 15.0, 1.7, True, 1.5, False),
        (1.0, 0.0, 0.15, False, None, False),
        (1.0, -0.2, 0.15, False, None, False),
        (1.0, 2.0, None, False, 0.5, None),
    ],
)
def test_ratio_and_verdict(
    ours: float, theirs: float, limit: float | None, at_least: bool, ratio: float | None, reached: bool | None
) -> None:
    row = Row("work", figure(ours), "peer", figure(theirs), limit, at_least)

    assert row.ratio == (None if ratio is None else pytest.approx(ratio))
    assert row.reached is reached


def test_the_table_says_what_is_not_reached() -> None:
    rows = [Row("slow", figure(9), "peer", figure(10), 0.15), Row("apart", figure(0.0312))]

    assert markdown(rows).splitlines() == [
        "| work | readiness-pack | against | takes | ratio | to reach |  |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| slow | 9.00 s (9.00-9.00) | peer | 10.00 s (10.00-10.00) | 0.90 | ≤ 0.15 | **not reached** |",
        "| apart | 31 ms (31-31) |  |  |  |  |  |",
    ]
    assert "not reached" in text(rows)
    assert "**" not in text(rows)


def test_the_page_keeps_what_people_wrote(tmp_path: Path) -> None:
    file = tmp_path / "speed.md"
    file.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n", encoding="utf-8")
    part = page.section(
        [Row("work", figure(1), "peer", figure(10), 0.15), Row("work", figure(5), "peer", figure(10), 0.15)],
        runs=5,
        minutes=12.3,
        versions={"Python": "3.11"},
        machine="a machine",
        day=datetime.date(2026, 11, 25),
    )
    for _ in range(2):
        page.write(part, file)
    written = file.read_text(encoding="utf-8")

    assert written.startswith(f"before\n{page.BEGIN}\n")
    assert written.endswith(f"{page.END}\nafter\n")
    assert "old" not in written
    assert "2026-11-25" in written
    assert "a machine" in written
    assert "1 of 2 goals are reached" in written
    assert "Versions: Python 3.11." in written


def test_a_page_without_a_place_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "speed.md"
    file.write_text("nothing\n", encoding="utf-8")

    with pytest.raises(ValueError, match="has no lines"):
        page.write("part", file)


def test_the_page_of_this_checkout_has_a_place() -> None:
    written = page.PAGE.read_text(encoding="utf-8")

    assert written.count(page.BEGIN) == written.count(page.END) == 1


def test_the_machine_is_described() -> None:
    assert "cores" in page.machine()


def test_a_run_that_fails_is_told_with_its_words() -> None:
    command = (sys.executable, "-c", "import sys; sys.exit('no such thing')")

    with pytest.raises(BenchError, match="no such thing"):
        run(Case("broken", command))
    assert run(Case("expected", command, codes=(1,))).printed == b""


def test_cases_take_turns() -> None:
    said: list[str] = []
    cases = [Case(name, (sys.executable, "-c", "print('x' * 100000)")) for name in ("a", "b")]
    found = interleaved(cases, 2, said.append)

    assert said == ["1/2 a", "1/2 b", "2/2 b", "2/2 a"]
    assert [len(found[name].samples) for name in "ab"] == [2, 2]
    assert all(sample.seconds > 0 and sample.memory > 0 for sample in found["a"].samples)


def test_judging_is_measured(tmp_path: Path) -> None:
    template = tmp_path / "template.json"
    template.write_text('{"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}}', encoding="utf-8")
    measured = judging.measured(template, 2)

    assert measured["resources"] == 1
    assert [len(measured[name]) for name in ("decode", "read", "judge")] == [2, 2, 2]


@pytest.mark.parametrize("kind", ["clean", "some", "dirty"])
def test_apps_have_the_size_that_was_asked_for(tmp_path: Path, kind: str) -> None:
    options = argparse.Namespace(resources=150, stacks=2, kind=kind, door="none")
    measured = app.measure(options, str(tmp_path / "cdk.out"))
    templates = (tmp_path / "cdk.out").glob("*.template.json")

    assert sum(len(Assembly.load(template).all_resources) for template in templates) == 150
    assert measured["failed"] is False
    assert measured["findings"] is None


@pytest.mark.slow
def test_starting_loads_no_cdk_and_little_else() -> None:
    rows = Plan(SMALL, Path("unused"), lambda _what: None).starting()

    remarks = {row.work: row.remark for row in rows}
    assert remarks["`readiness --version`"].endswith("modules: click; no CDK")
    assert remarks["`import readiness_pack`, after `aws_cdk`"] == "loads 1 modules; no CDK"


def test_every_goal_for_the_doors_has_a_row_with_its_cases(tmp_path: Path) -> None:
    made = Plan(Sizes(runs=2), tmp_path, lambda _what: None)
    seconds = {"none": 10.0, "plugin": 10.1, "annotations": 10.4, "aspect": 14.0, "idle-aspect": 13.0}
    seconds |= {"nag1": 11.0, "nag6": 12.0}
    found = {
        case.name: Series([Sample(seconds[case.name.split()[1]], 1, 1, b'{"findings": 7}')] * 2)
        for case in made.door_cases()
    }
    rows = made.door_rows(found)

    limits = [row.limit for row in rows]
    assert limits == [0.15, 0.06, 0.30, 0.12, 0.15, 0.07, 4.2, 4.4, 0.5, 0.5, None, None]
    assert [round(row.ratio, 2) for row in rows[:2] if row.ratio is not None] == [0.1, 0.05]
    assert "7 findings" in rows[0].work


@pytest.mark.slow
@pytest.mark.parametrize("door", ["plugin", "annotations", "aspect", "nag1"])
def test_every_door_is_measured_in_a_process_of_its_own(door: str) -> None:
    words = ("--resources", 40, "--kind", "dirty", "--door", door)
    sample = run(Case(door, python("tools.bench.app", *words), counts="synth"))

    assert sample.seconds == sample.said["synth"]
    assert (sample.said["findings"] is None) == (door == "nag1")
    assert sample.said["failed"] is (door in ("plugin", "nag1"))


@pytest.mark.slow
def test_many_templates_are_measured_and_compared(tmp_path: Path) -> None:
    (row,) = Plan(SMALL, tmp_path, lambda _what: None).many()

    assert row.limit == 1.7
    assert row.theirs is not None


def test_what_stops_is_told_and_the_page_stays(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stops(_plan: Plan) -> list[Row]:
        raise BenchError("cfn-lint ended with 1")

    def fine(_plan: Plan) -> list[Row]:
        return [Row("work", figure(1))]

    monkeypatch.setattr(bench, "SECTIONS", {"stops": stops, "fine": fine})
    monkeypatch.setattr(page, "write", lambda _part: pytest.fail("half a table is none"))

    assert bench.main([]) == 1
    said = capsys.readouterr()
    assert "work" in said.out
    assert "stops stopped: cfn-lint ended with 1" in said.err


def test_the_command_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--only", "nothing"])

    said = capsys.readouterr().err
    assert all(name in said for name in SECTIONS)
