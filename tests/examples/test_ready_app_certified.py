"""The ready example is certified as its teams would do it: synth, report, sign, certify, verify; then something changes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.cdk_cli import run

pytestmark = pytest.mark.slow

# The day on which release 2026.03.1 is deployed; its records are of the weeks before.
DAY = ("--date", "2026-03-02")
TEAMS = {
    "security": ("Ana Silva", "Chief Information Security Officer"),
    "operations": ("Bo Lind", "Head of Operations"),
    "platform": ("Dee Okoro", "Principal Engineer"),
    "qa": ("Eli Roth", "Test Manager"),
    "business": ("Fay Chen", "Product Owner"),
}


class Project:
    """A copy of the example, and the commands that somebody in its folder types."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def readiness(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(["readiness", *arguments, *DAY], cwd=self.folder)

    def sign(self, team: str) -> subprocess.CompletedProcess[str]:
        name, role = TEAMS[team]
        return self.readiness("sign", "cdk.out", "--team", team, "--by", name, "--role", role)


@pytest.fixture(scope="module")
def synthesized(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its cdk.out, as ``python app.py`` writes it with the feature flags of cdk.json."""
    folder = tmp_path_factory.mktemp("certified") / "ready_app"
    shutil.copytree(root / "examples/ready_app", folder, ignore=shutil.ignore_patterns("cdk.out", "__pycache__"))
    context = json.loads((folder / "cdk.json").read_bytes())["context"]
    # The CLI asks for paths, and CDK makes the logical id of an API's deployment from all metadata of the API.
    context["aws:cdk:enable-path-metadata"] = True
    extra = {"CDK_OUTDIR": str(folder / "cdk.out"), "CDK_CONTEXT_JSON": json.dumps(context)}
    done = run(["python", "app.py"], cwd=folder, extra=extra)
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture
def project(synthesized: Path, tmp_path: Path) -> Project:
    """A fresh copy, so that no test sees the signatures of another."""
    shutil.copytree(synthesized, tmp_path / "ready_app")
    return Project(tmp_path / "ready_app")


@pytest.fixture(scope="module")
def certified_once(synthesized: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, signed by all and certified."""
    project = Project(tmp_path_factory.mktemp("signed") / "ready_app")
    shutil.copytree(synthesized, project.folder)
    for team in TEAMS:
        assert project.sign(team).returncode == 0
    done = project.readiness("certify", "cdk.out", "--by", "Cai Berg", "--role", "Head of Engineering")
    assert done.returncode == 0, done.stdout
    return project.folder


@pytest.fixture
def certified(certified_once: Path, tmp_path: Path) -> Project:
    """A copy of it to change."""
    shutil.copytree(certified_once, tmp_path / "ready_app")
    return Project(tmp_path / "ready_app")


def test_from_unsigned_to_certified(project: Project) -> None:
    before = project.readiness("report", "cdk.out", "--format", "json")
    assert before.returncode == 1
    missing = [item["id"] for item in json.loads(before.stdout)["items"] if item["status"] == "missing"]
    assert [item for item in missing if not item.startswith("CRT-REC-")] == [f"CRT-SGN-0{n}" for n in range(1, 6)]

    refused = project.readiness("certify", "cdk.out", "--by", "Cai Berg")
    assert refused.returncode == 1
    assert refused.stdout.splitlines()[-1] == "Not certified: 5 things are missing."

    for team in TEAMS:
        signed = project.sign(team)
        assert signed.returncode == 0, signed.stdout
        assert "all items but the sign-offs are ready" in signed.stdout

    after = project.readiness("report", "cdk.out")
    assert after.returncode == 0, after.stdout
    assert after.stdout.splitlines()[-1].startswith("READY for production: all 148 items are ready")

    done = project.readiness("certify", "cdk.out", "--by", "Cai Berg", "--role", "Head of Engineering")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith(
        "Cai Berg certified ready_app on 2026-03-02; next review on 2026-03-"
    )
    held = project.readiness("verify", "evidence/certificate.json", "cdk.out")
    assert (held.returncode, held.stdout.split(":")[0]) == (0, "VALID"), held.stdout


def test_a_changed_template_makes_everything_stale(certified: Project) -> None:
    file = certified.folder / "cdk.out" / "OrdersData.template.json"
    template = json.loads(file.read_bytes())
    logical_id, key = next((name, one) for name, one in template["Resources"].items() if one["Type"] == "AWS::KMS::Key")
    key["Properties"]["PendingWindowInDays"] = 7
    file.write_text(json.dumps(template), encoding="utf-8")

    done = certified.readiness("verify", "evidence/certificate.json", "cdk.out")

    assert done.returncode == 1
    assert done.stdout.startswith(
        "STALE: Cai Berg certified on 2026-03-02, but since then stack OrdersData changed: resource "
    )
    assert logical_id in done.stdout
    report = certified.readiness("report", "cdk.out")
    assert report.returncode == 1
    assert report.stdout.count(f"stack OrdersData changed: resource {logical_id}") >= 1


def test_a_file_that_a_record_rests_on_must_not_change(certified: Project) -> None:
    (file,) = (certified.folder / "evidence/files").glob("restore-*.txt")
    file.write_text(file.read_text(encoding="utf-8").replace("43 minutes", "13 minutes"), encoding="utf-8")

    done = certified.readiness("verify", "evidence/certificate.json", "cdk.out")

    assert done.returncode == 1
    assert "record REL-DRC-01 of 2026-02-11 changed" in done.stdout


def test_it_holds_for_the_same_deployment_written_in_another_way(certified: Project) -> None:
    """Elsewhere, without what the CDK CLI adds, and with all keys the other way round."""
    output = (certified.folder / "cdk.out").rename(certified.folder.parent / "elsewhere")
    (output / "tree.json").unlink()
    for file in output.glob("*.template.json"):
        template = json.loads(file.read_bytes())
        paths = [one.get("Metadata", {}).pop("aws:cdk:path", None) for one in template["Resources"].values()]
        assert any(paths)
        template["Resources"] = dict(reversed(template["Resources"].items()))
        file.write_text(json.dumps(template, indent=3), encoding="utf-8")

    held = certified.readiness("verify", "evidence/certificate.json", str(output))

    assert (held.returncode, held.stdout.split(":")[0]) == (0, "VALID"), held.stdout


def test_records_end(certified: Project) -> None:
    done = run(["readiness", "report", "cdk.out", "--date", "2026-06-30"], cwd=certified.folder)

    assert done.returncode == 1
    assert "expired" in done.stdout
