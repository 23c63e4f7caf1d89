"""Rules are loaded while Node works: begun once, waited for, and silent about what goes wrong."""

from __future__ import annotations

import sys
import threading

import aws_cdk as cdk
import pytest

from readiness_pack import ReadinessChecks
from readiness_pack.checklist import load
from readiness_pack.integrations.cdk import warming
from readiness_pack.integrations.cdk.settings import Settings
from readiness_pack.integrations.cdk.warming import Warming
from readiness_pack.rules.generator import check_function
from tests.integrations.synthesis import synth


def test_it_loads_every_check_that_a_rule_names() -> None:
    one = Warming()
    one.begin()
    assert one._thread is not None
    one._thread.join()

    named = [rule.check for item in load().items for rule in item.rules if rule.check]
    modules = {check_function(name).__module__ for name in named}
    assert len(modules) > 50
    assert modules <= set(sys.modules)


def test_it_begins_once_and_waiting_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    first = threading.Event()

    def slow(name: str) -> None:
        imported.append(name)
        first.set()
        one._enough.wait(30)

    monkeypatch.setattr(warming, "import_module", slow)
    one = Warming()
    one.begin()
    thread = one._thread
    one.begin()
    assert one._thread is thread
    assert first.wait(30)
    one.wait()

    assert len(imported) == 1
    assert thread is not None
    assert not thread.is_alive()


def test_waiting_for_what_never_began_is_no_wait() -> None:
    Warming().wait()


def test_what_breaks_is_left_to_those_who_need_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ValueError("no rules here")

    monkeypatch.setattr(warming, "built_in", broken)
    one = Warming()
    one.begin()
    one.wait()

    assert capfd.readouterr().err == ""


def test_a_system_without_threads_does_without(app: cdk.App, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    one = Warming()
    one.begin()
    one.wait()
    monkeypatch.undo()

    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    assert synth(app).error is None


def test_settings_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[bool] = []
    monkeypatch.setattr(warming.WARMING, "wait", lambda: waited.append(True))
    Settings.of((), None).load(None)

    assert waited == [True]
