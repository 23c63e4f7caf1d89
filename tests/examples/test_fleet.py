"""The example that judges a fleet with Dask: the same rows whatever happens to its workers."""

from __future__ import annotations

import datetime
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, LocalCluster

from readiness_pack import evaluate_path
from tests.conftest import ROOT

# Its processes and threads end when the cluster is closed; what it says of them on the way is no matter of ours.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

EXAMPLE = ROOT / "examples" / "fleet"
TODAY = datetime.date(2026, 3, 2)
TABLES = ("assemblies", "findings", "items", "errors")

DEADLY = '''
import os

from readiness_pack.rules import Rule


class WorkerDies(Rule):
    """Ends the process, as the kernel does when memory runs out."""

    item = "OPS-DEP-01"
    resource_types = ("AWS::KMS::Key",)
    message = "never said"

    def check(self, resource):
        os.kill(os.getpid(), 9)
'''


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The example's package and the rule that kills; processes that Dask starts get the same path."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "deadly.py").write_text(DEADLY, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "modules")
    monkeypatch.syspath_prepend(EXAMPLE)


@pytest.fixture
def client(importable: None) -> Iterator[Client]:
    patience = {"distributed.scheduler.allowed-failures": 1, "distributed.worker.daemon": True}
    with (
        dask.config.set(patience),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit="2GiB") as cluster,
        Client(cluster) as found,
    ):
        yield found


def write_assembly(folder: Path, resources: int = 3) -> Path:
    """A ``cdk.out`` as CDK writes it."""
    folder.mkdir(parents=True)
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111111111111/eu-west-1",
        "properties": {"templateFile": "Shop.template.json"},
    }
    (folder / "cdk.out").write_text('{"version": "48.0.0"}', encoding="utf-8")
    manifest = {"version": "48.0.0", "artifacts": {"Shop": artifact}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    kinds = ("AWS::SQS::Queue", "AWS::KMS::Key", "AWS::S3::Bucket")
    template = {"Resources": {f"R{number}": {"Type": kinds[number % 3]} for number in range(resources)}}
    (folder / "Shop.template.json").write_text(json.dumps(template), encoding="utf-8")
    return folder


def rows(out: Path) -> dict[str, list[dict[str, Any]]]:
    tables = importlib.import_module("fleet.tables")
    return {name: tables.read(out, name).to_pylist() for name in TABLES}


def in_this_process(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows as one process finds them without any cluster."""
    module = importlib.import_module("fleet.rows")
    found = module.Rows()
    for path in module.find_assemblies(folder):
        module.judge(path, path.relative_to(folder).as_posix(), TODAY, found)
    return {name: getattr(found, name) for name in TABLES}


def spread(client: Client, folder: Path, out: Path, assemblies_a_part: int) -> int:
    number: int = importlib.import_module("fleet.spreading").spread(client, folder, out, TODAY, assemblies_a_part)
    return number


def test_a_killed_worker_changes_nothing(client: Client, tmp_path: Path) -> None:
    fleet, out = tmp_path / "fleet", tmp_path / "tables"
    for number in range(60):
        write_assembly(fleet / f"team{number:02}" / "cdk.out", resources=30)
    victim = next(iter(client.run(os.getpid).values()))
    thread = threading.Thread(target=spread, args=(client, fleet, out, 1))
    thread.start()
    while len(list(out.glob("errors/part-*.parquet"))) < 3:
        assert thread.is_alive()
        time.sleep(0.005)
    os.kill(victim, signal.SIGKILL)
    done = len(list(out.glob("errors/part-*.parquet")))
    thread.join(timeout=120)
    assert not thread.is_alive()
    assert done < 60, "it was not killed in the middle"
    assert victim not in client.run(os.getpid).values()
    found = rows(out)
    assert found == in_this_process(fleet)
    assert len(found["assemblies"]) == 60
    assert len({row["assembly"] for row in found["findings"]}) == 60
    assert [path.name for path in out.rglob(".*")] == []


def test_what_cannot_be_judged_is_a_row_and_not_the_end(client: Client, tmp_path: Path) -> None:
    fleet, out = tmp_path / "fleet", tmp_path / "tables"
    for name in ("a", "b", "broken", "deadly", "e"):
        write_assembly(fleet / name / "cdk.out")
    (fleet / "broken" / "cdk.out" / "Shop.template.json").write_text('{"Resources": {', encoding="utf-8")
    (fleet / "deadly" / "readiness.yaml").write_text("rules: [deadly]", encoding="utf-8")
    assert spread(client, fleet, out, 3) == 5
    found = rows(out)
    assert {row["assembly"]: row["exit_code"] for row in found["assemblies"]} == {
        "a/cdk.out": 1,
        "b/cdk.out": 1,
        "broken/cdk.out": 2,
        "deadly/cdk.out": 2,
        "e/cdk.out": 1,
    }
    broken, deadly = found["errors"]
    assert broken["assembly"] == "broken/cdk.out"
    assert "Shop.template.json:1:" in broken["problem"]
    assert deadly["assembly"] == "deadly/cdk.out"
    assert "every worker that judged it died" in deadly["problem"]
    (fleet / "deadly" / "readiness.yaml").unlink()
    expected = in_this_process(fleet)
    for table in ("findings", "items"):
        assert found[table] == [row for row in expected[table] if row["assembly"] != "deadly/cdk.out"]


def test_the_rows_are_those_of_the_report(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet"
    path = write_assembly(fleet / "shop" / "cdk.out")
    write_assembly(path / "assembly-Prod")  # of a Stage, and so a part of it
    report, found = evaluate_path(path, today=TODAY), in_this_process(fleet)
    assert found["assemblies"] == [{"assembly": "shop/cdk.out", "exit_code": 1, "stacks": 1, "resources": 3}]
    assert [row["fingerprint"] for row in found["findings"]] == [finding.fingerprint for finding in report.findings]
    assert [(row["item"], row["status"]) for row in found["items"]] == [(one.id, one.status) for one in report.items]
    assert found["errors"] == []


def test_a_rule_that_breaks_is_a_row_of_errors(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet"
    write_assembly(fleet / "shop" / "cdk.out")
    (tmp_path / "modules" / "breaking.py").write_text(DEADLY.replace("os.kill(os.getpid(), 9)", "1 / 0"))
    (fleet / "shop" / "readiness.yaml").write_text("rules: [breaking]", encoding="utf-8")
    found = in_this_process(fleet)
    assert [row["exit_code"] for row in found["assemblies"]] == [3]
    assert [(row["rule"], row["logical_id"]) for row in found["errors"]] == [("WorkerDies", "R1")]


def test_the_command(tmp_path: Path) -> None:
    fleet, out = tmp_path / "fleet", tmp_path / "tables"
    for name in ("one", "two"):
        write_assembly(fleet / name / "cdk.out")
    command = [sys.executable, "app.py", str(fleet), str(out), "--workers", "1", "--date", TODAY.isoformat()]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, check=False)

    first = run()
    assert first.returncode == 1, first.stderr
    assert first.stdout.startswith("2 assemblies, 2 of them not ready or not judged\n")
    assert "KmsKeyRotationEnabled" in first.stdout
    assert rows(out) == in_this_process(fleet)
    again = run()
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)
