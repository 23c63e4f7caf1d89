"""The example of an organisation's package: built, installed, and used by an app, as its README says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

EXAMPLE = ROOT / "examples" / "custom_rules"
READINESS = Path(sys.executable).with_name("readiness")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed package, built as a wheel from a copy of the example."""
    base = tmp_path_factory.mktemp("acme")
    source, wheels, site = base / "source", base / "wheels", base / "site"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("cdk.out", "__pycache__", ".*"))
    wheels.mkdir()
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    _checked([sys.executable, "-c", build, str(wheels)], source)
    (wheel,) = wheels.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-index"]
    _checked([*pip, "--target", str(site), str(wheel)], base)
    return site


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """The folder of a team: the app and its settings, without the package."""
    for name in ("app.py", "cdk.json", "readiness.yaml"):
        shutil.copy(EXAMPLE / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def run(installed: Path, team: Path) -> Run:
    """Run a command in the team's folder, where the package is installed."""

    def start(*command: str | Path, package: bool = True) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, "CDK_OUTDIR": str(team / "cdk.out"), "COLUMNS": "200"}
        variables["PYTHONPATH"] = str(installed) if package else ""
        return subprocess.run(command, cwd=team, env=variables, capture_output=True, text=True, check=False)

    return start


def _checked(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _report(folder: Path) -> Any:
    return json.loads((folder / "cdk.out" / "readiness-report.json").read_text(encoding="utf-8"))


def test_the_app_passes_with_the_rules_of_the_package(team: Path, run: Run) -> None:
    done = run(sys.executable, "app.py")
    assert done.returncode == 0, done.stdout + done.stderr
    report = _report(team)
    assert "acme-readiness 1.0.0 adds 3 rules and 2 items" in report["notes"]
    items = {item["id"]: item for item in report["items"]}
    assert items["ACME-NAM-01"]["status"] == "met"
    assert items["ACME-TEA-01"]["status"] == "missing"
    assert sorted(items["ACME-NAM-01"]["rules"]) == ["AcmeDeadLetterQueueNamed", "AcmeQueueNamed"]
    assert "AcmeAlarmNamesRunbook" in items["MON-MET-02"]["rules"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("shop-orders-dlq", "shop-failed", "AcmeDeadLetterQueueNamed"),
        ('queue_name="shop-orders"', 'queue_name="orders"', "AcmeQueueNamed"),
        ("https://runbooks.acme.example/orders", "See the wiki", "AcmeAlarmNamesRunbook"),
    ],
)
def test_the_app_fails_where_it_breaks_a_rule_of_the_package(
    team: Path, run: Run, old: str, new: str, rule: str
) -> None:
    text = (team / "app.py").read_text(encoding="utf-8")
    assert old in text
    (team / "app.py").write_text(text.replace(old, new), encoding="utf-8")
    done = run(sys.executable, "app.py")
    assert done.returncode != 0
    assert f"Readiness::{rule}" in done.stdout + done.stderr
    done = run(READINESS, "check", "cdk.out", "--format", "json")
    assert done.returncode == 1
    assert rule in {finding["rule"] for finding in json.loads(done.stdout)["findings"] if finding["counts"]}


def test_a_machine_without_the_package_is_an_error(team: Path, run: Run) -> None:
    done = run(sys.executable, "app.py", package=False)
    assert done.returncode != 0
    said = "readiness.yaml:2: rules[0]: there is no such folder of rules, installed package or module: 'acme'"
    assert said in done.stdout + done.stderr


def test_the_package_tests_itself(run: Run, installed: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    done = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert str(installed) not in done.stdout
