"""What `make versions` runs: which versions are the oldest, which Pythons are there, what counts as passed."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tools import versions
from tools.versions import Combination, combinations, interpreter, last_line, oldest


def test_every_dependency_has_one_lower_bound(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert len(oldest(project["dependencies"])) == len(project["dependencies"])


def test_a_dependency_without_a_lower_bound_is_an_error() -> None:
    with pytest.raises(ValueError, match="click: one lower bound is expected"):
        oldest(["click"])


def test_the_oldest_cdk_is_one_with_which_the_gate_is_shut(root: Path) -> None:
    """docs/releasing.md says what stands open before 2.274."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    (cdk,) = (pin for pin in oldest(project["dependencies"]) if pin.startswith("aws-cdk-lib=="))
    assert Version(cdk.partition("==")[2]) >= Version("2.274")


def test_the_pythons_are_those_of_the_classifiers(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    named = {found[1] for one in project["classifiers"] if (found := re.fullmatch(r".*:: (3\.\d+)", one))}
    assert project["requires-python"] == f">={versions.PYTHONS[0]}"
    assert named <= set(versions.PYTHONS)


def test_the_test_tools_are_those_of_the_project(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(versions.TEST_TOOLS) <= {Requirement(one).name for one in project["optional-dependencies"]["dev"]}
    assert all((root / folder).is_dir() for folder in versions.TESTS)


def test_this_python_is_found_and_one_that_nobody_has_is_not() -> None:
    assert interpreter(f"{sys.version_info.major}.{sys.version_info.minor}") == sys.executable
    assert interpreter("3.99") is None


def test_what_runs() -> None:
    assert combinations("oldest", None) == [Combination("3.11", "oldest")]
    assert combinations("newest", "3.13") == [Combination("3.13", "newest")]
    assert [str(one) for one in combinations(None, None)][:2] == ["oldest on Python 3.11", "newest on Python 3.11"]


def test_a_run_without_tests_is_not_passed_over() -> None:
    assert last_line("nothing\n") == "no test was executed"


def test_a_python_that_was_asked_for_and_is_not_there_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(versions, "interpreter", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["versions", "newest", "--python", "3.14"])
    assert versions.main() == 1
    assert "NOT RUN  newest on Python 3.14: there is no Python 3.14" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["versions", "newest"])
    assert versions.main() == 1, "where nothing ran at all, nothing passed"
