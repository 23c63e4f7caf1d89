"""The wheel works with no checkout beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TEMPLATE = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": False}}}}


def run(command: Sequence[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    return subprocess.run(
        command, cwd=cwd, env=variables, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    done = run([sys.executable, "-c", build, folder], cwd=root)
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that has the wheel, and the dependencies of the one that runs the tests."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    done = run([sys.executable, "-m", "venv", "--without-pip", folder], cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        scripts / "python",
        "--disable-pip-version-check",
        "install",
    ]
    done = run([*pip, "--no-deps", "--no-index", "--quiet", wheel], cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    # A line in a .pth file adds that folder alone: the editable install in it stays unseen.
    answer = run(
        [scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], cwd=folder.parent
    )
    dependencies = Path(answer.stdout.strip()) / "dependencies.pth"
    dependencies.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return scripts


def test_the_wheel_holds_the_rules_and_the_types(wheel: Path, root: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    rules = {f"readiness_pack/_{file.relative_to(root).as_posix()}" for file in root.glob("rules/**/*.yaml")}
    assert len(rules) >= 151
    assert rules <= inside
    assert "readiness_pack/py.typed" in inside
    assert not {name for name in inside if name.startswith(("tests/", "rules/", "tools/"))}


def test_the_installed_package_is_the_wheel(installed: Path, root: Path, tmp_path: Path) -> None:
    done = run([installed / "python", "-c", "import readiness_pack; print(readiness_pack.__file__)"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert root not in Path(done.stdout.strip()).parents


def test_installed_rules_are_listed(installed: Path, tmp_path: Path) -> None:
    done = run([installed / "readiness", "rules", "--format", "json"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "KmsKeyRotationEnabled" in {rule["name"] for rule in json.loads(done.stdout)["rules"]}


def test_installed_rules_judge_a_template(installed: Path, tmp_path: Path) -> None:
    template = tmp_path / "shop.template.json"
    template.write_text(json.dumps(TEMPLATE), encoding="utf-8")
    done = run([installed / "readiness", "check", template, "--format", "json"], cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    found = {(finding["rule"], finding["logical_id"]) for finding in json.loads(done.stdout)["findings"]}
    assert ("KmsKeyRotationEnabled", "Key") in found


def test_the_command_line_starts_without_the_cdk(installed: Path, tmp_path: Path) -> None:
    code = (
        "import sys, readiness_pack.cli\n"
        "print(sorted(name for name in ('aws_cdk', 'constructs', 'jsii', 'cdk_nag') if name in sys.modules))"
    )
    done = run([installed / "python", "-c", code], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
