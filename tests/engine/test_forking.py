"""Work in copies of this process: the same findings, in the same order, whatever becomes of the copies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, evaluate, forking, judging
from readiness_pack.findings import Report
from readiness_pack.forking import Apart, processes
from readiness_pack.report.json_report import render
from readiness_pack.rules import Rule, Verdicts, fail


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Says how many processes share the work, however small it is."""

    def share(number: int) -> None:
        monkeypatch.setattr(judging, "processes", lambda items, each: min(number, items) or each)

    return share


def app(number: int = 9, path: bool = True) -> Assembly:
    """Queues, keys and a topic; the paths of all are the same where ``path`` is false."""
    resources: dict[str, Any] = {}
    for index in range(number):
        kind = ("AWS::SQS::Queue", "AWS::KMS::Key", "AWS::SNS::Topic")[index % 3]
        place = f"Shop/Thing{index}/Resource" if path else "Shop/Thing/Resource"
        resources[f"Thing{index}"] = {"Type": kind, "Properties": {}, "Metadata": {"aws:cdk:path": place}}
    return Assembly.from_template({"Resources": resources})


class Broken(Rule):
    """Raises for one resource."""

    name = "Broken"
    item = "SEC-ENC-03"
    resource_types = ("AWS::KMS::Key",)

    def check(self, resource: Any) -> Verdicts:
        if resource.logical_id == "Thing7":
            raise ValueError("cannot read it")
        return fail()


class EndsTheProcess(Rule):
    """Ends every copy in the middle of its work, and never the process that asked."""

    name = "EndsTheProcess"
    item = "SEC-ENC-03"
    resource_types = ("AWS::KMS::Key",)
    asked_by = os.getpid()

    def check(self, resource: Any) -> Verdicts:
        if os.getpid() != self.asked_by:
            os.kill(os.getpid(), signal.SIGKILL)
        return fail(message=f"{resource.logical_id} is a key")


def descriptors() -> int:
    """How many files this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


def words(report: Report) -> bytes:
    return render(report)


@pytest.mark.parametrize("number", [2, 3, 4, 9])
@pytest.mark.parametrize("path", [True, False])
def test_the_report_is_the_same_byte_for_byte(shared: Callable[[int], None], number: int, path: bool) -> None:
    alone = words(evaluate(app(path=path), keep_passes=True))
    shared(number)
    together = evaluate(app(path=path), keep_passes=True)

    assert words(together) == alone
    assert together.findings, "otherwise both could be empty"


def test_passes_tallies_and_broken_rules_come_back(shared: Callable[[int], None]) -> None:
    alone = evaluate(app(), [Broken], keep_passes=True)
    shared(3)
    together = evaluate(app(), [Broken], keep_passes=True)

    assert together.errors == alone.errors
    assert len(together.errors) == 1
    assert together.tallies == alone.tallies
    assert together.passes == alone.passes
    assert [f.fingerprint for f in together.findings] == [f.fingerprint for f in alone.findings]


def test_what_a_copy_leaves_undone_is_done_here(shared: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EndsTheProcess, "asked_by", os.getpid())
    shared(3)
    report = evaluate(app(), [EndsTheProcess])

    assert [f.message for f in report.findings] == [f"Thing{number} is a key" for number in (1, 4, 7)]
    assert report.tallies["EndsTheProcess"].fail == 3


def test_a_system_without_processes_to_give(shared: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError("no process left")

    alone = words(evaluate(app()))
    monkeypatch.setattr(forking, "_copy", refuse)
    shared(3)
    before = descriptors()

    assert words(evaluate(app())) == alone
    assert descriptors() == before


def test_no_process_and_no_descriptor_is_left(shared: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def copy() -> int:
        pid = os.fork()
        made.append(pid)
        return pid

    monkeypatch.setattr(forking, "_copy", copy)
    shared(3)
    before = descriptors()
    evaluate(app())

    assert descriptors() == before
    assert len(made) == 2
    for pid in made:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def test_one_that_hangs_is_given_up() -> None:
    def hang() -> bytes:
        time.sleep(60)
        return b"never"

    helper = Apart(hang)
    started = time.monotonic()

    assert helper.result(0.05) is None
    assert time.monotonic() - started < 30
    helper.end()  # a second time does no harm


def test_more_than_a_pipe_holds_comes_back() -> None:
    helper = Apart(lambda: b"x" * (5 << 20))

    assert helper.result(30) == b"x" * (5 << 20)


def test_what_breaks_comes_back_as_nothing() -> None:
    def half() -> bytes:
        raise KeyboardInterrupt

    assert Apart(half).result(30) is None


def test_nothing_found_is_an_answer() -> None:
    assert Apart(lambda: b"").result(30) == b""


def test_what_ends_in_the_middle_of_a_sentence_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "_DONE", b"")
    helper = Apart(lambda: b"half")
    monkeypatch.setattr(forking, "_DONE", b"done")

    assert helper.result(30) is None


def test_what_is_printed_is_printed_once(capfd: pytest.CaptureFixture[str]) -> None:
    print("before")  # noqa: T201

    def speak() -> bytes:
        print("meanwhile")  # noqa: T201
        return b""

    Apart(speak).result(30)
    sys.stdout.flush()

    assert sorted(capfd.readouterr().out.split()) == ["before", "meanwhile"]


def test_few_resources_need_no_second_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "gettrace", lambda: None)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(8)), raising=False)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: None)

    assert [processes(items, 400) for items in (0, 399, 799, 800, 1200, 100_000)] == [1, 1, 1, 2, 3, forking.MOST]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0})
    assert processes(100_000, 400) == 1


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (sys, "platform", "darwin"),
        (sys, "gettrace", lambda: print),
        (multiprocessing, "parent_process", lambda: multiprocessing.current_process()),
    ],
)
def test_where_a_copy_does_harm_there_is_none(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: Any
) -> None:
    monkeypatch.setattr(module, name, value)

    assert processes(100_000, 400) == 1


def test_old_names_of_rules_come_back_from_the_copies(shared: Callable[[int], None]) -> None:
    class Renamed(Broken):
        """Has had another name."""

        name = "Renamed"
        aliases = ("KeyThing",)

        def check(self, resource: Any) -> Verdicts:
            return fail()

    alone = evaluate(app(), [Renamed]).former
    shared(3)
    assert evaluate(app(), [Renamed]).former == alone
    assert len(alone) == 3
