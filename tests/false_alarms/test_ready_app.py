"""The ready example is ready by every measure: nothing is left at any severity, nothing is open, no decision is idle."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from readiness_pack import Assembly, evaluate
from readiness_pack.config import Config, load
from readiness_pack.findings import Report
from tools.cdk_cli import run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outdir(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthesized app."""
    folder = tmp_path_factory.mktemp("ready")
    done = run(["python", "app.py"], cwd=root / "examples/ready_app", extra={"CDK_OUTDIR": str(folder)})
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="module")
def config(root: Path) -> Config:
    """The app's readiness.yaml, but each rule has the severity that the checklist gives it."""
    return replace(load(root / "examples/ready_app/readiness.yaml"), profile="strict")


@pytest.fixture(scope="module")
def report(outdir: Path, config: Config) -> Report:
    return evaluate(Assembly.load(outdir), config=config)


def test_no_rule_breaks(report: Report) -> None:
    assert report.errors == []


def test_nothing_is_found_and_nothing_is_open(report: Report) -> None:
    assert [f"{one.rule} ({one.verdict}) at {one.place}: {one.message}" for one in report.open] == []


def test_what_is_decided_has_a_reason_and_is_needed(report: Report) -> None:
    decided = [finding.decision for finding in report.findings if finding.decision.state != "open"]
    assert [decision for decision in decided if not (decision.reason and decision.owner)] == []
    assert report.unused_decisions == []


def test_every_fact_is_needed(outdir: Path, config: Config) -> None:
    """The example states no more than it has to."""
    for name in config.facts:
        others = {one: fact for one, fact in config.facts.items() if one != name}
        assert evaluate(Assembly.load(outdir), config=replace(config, facts=others)).open, f"nothing asks for {name}"
