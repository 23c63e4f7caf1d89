"""What people see, word by word: a change of wording is a visible difference."""

from __future__ import annotations

from importlib import import_module
from io import StringIO
from itertools import islice

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from readiness_pack import __version__
from readiness_pack.cli.check import FORMATS
from readiness_pack.report.console import render, verdict
from readiness_pack.report.view import View
from tests.report import building

SIZES = {"0": building.view([]), "1": building.view(building.series(1)), "all kinds": building.everything()}
OURS = [name for name in FORMATS if name != "html"]  # tests of the HTML report look at it in a browser


def written(view: View, format_: str) -> str:
    data: bytes = import_module(f"readiness_pack.report.{FORMATS[format_].module}").write(view)
    return data.decode().replace(__version__, "VERSION")


def shown(view: View, width: int, *, verbose: bool = False) -> str:
    text = StringIO()
    render(view, Console(file=text, width=width, color_system=None, force_terminal=False), verbose=verbose)
    return text.getvalue()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format_", OURS)
def test_each_format(format_: str, size: str, snapshot: SnapshotAssertion) -> None:
    assert written(SIZES[size], format_) == snapshot


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("size", SIZES)
def test_the_console(size: str, width: int, snapshot: SnapshotAssertion) -> None:
    assert shown(SIZES[size], width) == snapshot


def test_the_console_in_full(snapshot: SnapshotAssertion) -> None:
    assert shown(building.everything(), 80, verbose=True) == snapshot


@pytest.mark.parametrize("format_", OURS)
def test_2000_findings_head_and_size(format_: str, snapshot: SnapshotAssertion) -> None:
    text = written(building.view(building.series(2_000)), format_)
    assert "\n".join(islice(text.splitlines(), 25)) == snapshot
    lines = len(text.splitlines())
    assert lines < {"console": 60, "markdown": 400, "github": 35}.get(format_, 100_000), lines


def test_2000_findings_are_all_there_when_asked_for() -> None:
    text = shown(building.view(building.series(2_000)), 80, verbose=True)
    assert all(f"Thing{number:04}/Resource" in text for number in range(2_000))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_of_the_console_fit(width: int) -> None:
    """All but names that have no blank, the verdict and tool messages."""
    for view in SIZES.values():
        lines = [line for line in shown(view, width).splitlines() if " " in line.strip()]
        too_long = [line for line in lines[:-1] if len(line) > max(width, 80)]
        assert too_long == []
        assert [line for line in lines if line != line.rstrip()] == []


def test_quiet_is_the_last_line_of_the_whole() -> None:
    for view in SIZES.values():
        text = StringIO()
        verdict(view, Console(file=text, width=80, color_system=None))
        assert text.getvalue() == shown(view, 80).splitlines()[-1] + "\n"
        assert text.getvalue().startswith("PASS: " if view.report.exit_code == 0 else "NOT READY: ")
