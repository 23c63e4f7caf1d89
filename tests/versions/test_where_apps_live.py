"""Apps as people have them: in a sub-folder, given by `--app`, with two copies of aws-cdk-lib, written on Windows."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, evaluate
from readiness_pack.errors import InputError
from tools.cdk_cli import run

APP = """
import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from readiness_pack import ReadinessChecks

app = cdk.App()
kms.Key(cdk.Stack(app, "Vault"), "Key")
cdk.Validations.of(app).add_plugins(ReadinessChecks())
app.synth()
"""

TWO_COPIES = """
import sys
import aws_cdk as first
from aws_cdk import aws_kms as kms

app = first.App()
kms.Key(first.Stack(app, "Vault"), "Key")
for name in [name for name in sys.modules if name.split(".")[0] == "aws_cdk"]:
    del sys.modules[name]
import aws_cdk as second
from readiness_pack import ReadinessChecks

assert second.Stack is not first.Stack
if sys.argv[1] == "plugin":
    second.Validations.of(app).add_plugins(ReadinessChecks())
else:
    second.Aspects.of(app).add(ReadinessChecks())
app.synth()
"""

TEMPLATE = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": False}}}}


def found(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "readiness-report.json").read_text("utf-8"))
    return content


@pytest.mark.slow
def test_an_app_in_a_sub_folder_that_is_given_by_an_option(tmp_path: Path) -> None:
    """`cdk synth --app` from the root of the repository, where readiness.yaml and no cdk.json is."""
    (tmp_path / "infra" / "cdk").mkdir(parents=True)
    (tmp_path / "infra" / "cdk" / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / "readiness.yaml").write_text('severity: {"*": "off", KmsKeyRotationEnabled: error}', encoding="utf-8")
    app = f'"{sys.executable}" infra/cdk/app.py'
    done = run(["cdk", "synth", "--no-notices", "--quiet", "--app", app], cwd=tmp_path)

    assert done.returncode == 1, done.stdout
    assert "Readiness::KmsKeyRotationEnabled" in done.stdout
    assert {one["rule"] for one in found(tmp_path / "cdk.out")["findings"]} == {"KmsKeyRotationEnabled"}


@pytest.mark.slow
def test_an_app_in_a_sub_folder_with_its_own_settings(tmp_path: Path) -> None:
    """`cdk synth` in the sub-folder that has cdk.json and readiness.yaml; `readiness check` from the root finds the same."""
    folder = tmp_path / "infra"
    folder.mkdir()
    (folder / "app.py").write_text(APP, encoding="utf-8")
    (folder / "cdk.json").write_text(json.dumps({"app": f'"{sys.executable}" app.py'}), encoding="utf-8")
    (folder / "readiness.yaml").write_text('severity: {"*": "off", KmsKeyRotationEnabled: error}', encoding="utf-8")
    done = run(["cdk", "synth", "--no-notices", "--quiet"], cwd=folder)
    checked = run(["readiness", "check", "infra/cdk.out", "--format", "json"], cwd=tmp_path)

    assert (done.returncode, checked.returncode) == (1, 1), done.stdout + checked.stdout
    by_plugin = [one["fingerprint"] for one in found(folder / "cdk.out")["findings"]]
    assert [one["fingerprint"] for one in json.loads(checked.stdout)["findings"]] == by_plugin
    assert len(by_plugin) == 1


@pytest.mark.slow
@pytest.mark.parametrize("door", ["plugin", "aspect"])
def test_two_copies_of_the_cdk_never_give_a_green_run(tmp_path: Path, door: str) -> None:
    """A library that brings its own aws-cdk-lib: the plugin finds the same, the Aspect says that it sees no app."""
    (tmp_path / "app.py").write_text(TWO_COPIES, encoding="utf-8")
    done = run([sys.executable, "app.py", door], cwd=tmp_path, extra={"CDK_OUTDIR": str(tmp_path / "cdk.out")})

    assert done.returncode == 1, done.stdout
    if door == "plugin":
        assert "KmsKeyRotationEnabled" in {one["rule"] for one in found(tmp_path / "cdk.out")["findings"]}
    else:
        assert "is in no App or Stage, so nothing can be judged" in done.stdout


@pytest.fixture
def from_windows(tmp_path: Path) -> Path:
    """A cdk.out folder as CDK writes it on Windows: a Stage whose template lies in a folder below, named with backslashes."""
    folder = tmp_path / "cdk.out"
    below = folder / "assembly-Prod" / "templates"
    below.mkdir(parents=True)
    (below / "Vault.template.json").write_text(json.dumps(TEMPLATE), encoding="utf-8")
    (below / "Vault.metadata.json").write_text(
        json.dumps({"/Prod/Vault/Key/Resource": [{"type": "aws:cdk:logicalId", "data": "Key"}]}), encoding="utf-8"
    )
    write_manifest(
        folder,
        {
            "assembly-Prod": {
                "type": "cdk:cloud-assembly",
                "properties": {"directoryName": ".\\assembly-Prod", "displayName": "Prod"},
            }
        },
    )
    vault = {
        "type": "aws:cloudformation:stack",
        "displayName": "Prod/Vault",
        "properties": {"templateFile": "templates\\Vault.template.json"},
        "additionalMetadataFile": "templates\\Vault.metadata.json",
    }
    write_manifest(folder / "assembly-Prod", {"ProdVault": vault})
    return folder


def write_manifest(folder: Path, artifacts: dict[str, Any]) -> None:
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": artifacts}), encoding="utf-8")


def test_names_with_backslashes_in_a_manifest_are_read(from_windows: Path) -> None:
    (finding,) = (
        one
        for one in evaluate(Assembly.load(from_windows)).findings
        if one.rule == "KmsKeyRotationEnabled" and one.verdict == "fail"
    )
    assert finding.construct_path == "Prod/Vault/Key/Resource"
    assert finding.template == "assembly-Prod/templates/Vault.template.json"


def test_backslashes_lead_nobody_out_of_the_folder(from_windows: Path, tmp_path: Path) -> None:
    shutil.copy(from_windows / "assembly-Prod" / "templates" / "Vault.template.json", tmp_path / "Out.template.json")
    out = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "..\\..\\Out.template.json"}}
    write_manifest(from_windows / "assembly-Prod", {"Out": out})
    with pytest.raises(InputError, match="outside of"):
        Assembly.load(from_windows)


def test_a_file_whose_name_has_a_backslash_is_that_file(from_windows: Path) -> None:
    folder = from_windows / "assembly-Prod"
    (folder / "templates\\Vault.template.json").write_text('{"Resources": {}}', encoding="utf-8")
    assert all(stack.resources == {} for stack in Assembly.load(from_windows).stacks)
