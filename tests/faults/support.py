"""A small project of which every part is judged, and the command line over it in this process."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from readiness_pack.cli import main

TEAMS = ("security", "operations", "platform", "qa", "business")
SECTIONS = ("SEC", "MON", "PRF", "REL", "CST", "OPS", "TST", "DEP", "SUC", "SUP", "CRT")
TODAY = datetime.date.today()
SOON = TODAY + datetime.timedelta(60)
WITNESS = "KmsKeyRotationEnabled"
"""A rule that fails in :data:`TEMPLATE`, whatever else breaks."""

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}},
    }
}


class Ended(NamedTuple):
    """How a command line ended."""

    code: int
    out: str
    err: str


Cli = Callable[..., Ended]


def cli_of(capsysbinary: pytest.CaptureFixture[bytes]) -> Cli:
    """``readiness ARGUMENTS`` in this process."""

    def run(*arguments: str) -> Ended:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["readiness", *arguments])
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = capsysbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, out.decode(), err.decode())

    return run


def accepted(**other: str) -> str:
    """readiness.yaml in which each section is accepted for a while: everything passes, and the gate is in force."""
    waiver = f"reason: The pilot runs without it, owner: Ana Silva, expires: {SOON}"
    lines = [f'  - {{rule: "{section}-*", {waiver}}}' for section in SECTIONS]
    return "\n".join(["waivers:", *lines, *(f"{key}: {value}" for key, value in other.items()), ""])


def project(folder: Path) -> Path:
    """An app in ``folder`` with settings and a record; everything about it can be accepted, signed and certified."""
    (folder / "app").mkdir()
    (folder / "app" / "Orders.json").write_text(json.dumps(TEMPLATE))
    (folder / "readiness.yaml").write_text(accepted())
    (folder / "evidence").mkdir()
    day = TODAY - datetime.timedelta(30)
    record = f"{{item: REL-DRC-04, statement: Restored the orders database, owner: Operations, date: {day}}}"
    (folder / "evidence" / "records.yaml").write_text(f"records:\n  - {record}\n")
    return folder


def signed(cli: Cli, *, name: str = "") -> None:
    """Every team signs; one person for all where ``name`` is given."""
    for team in TEAMS:
        assert cli("sign", "app", "--team", team, "--by", name or f"Person of {team.title()}").code == 0


MANIFEST: dict[str, Any] = {
    "version": "36.0.0",
    "artifacts": {
        "S.assets": {"type": "cdk:asset-manifest", "properties": {"file": "S.assets.json"}},
        "S": {
            "type": "aws:cloudformation:stack",
            "environment": "aws://111111111111/eu-west-1",
            "properties": {"templateFile": "S.template.json"},
            "additionalMetadataFile": "S.metadata.json",
            "displayName": "Shop",
        },
        "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
    },
}


def cdk_out(folder: Path) -> Path:
    """A ``cdk.out`` with a nested stack that only the asset manifest knows, and metadata."""
    out = folder / "cdk.out"
    out.mkdir()
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://cdk-assets.s3.amazonaws.com/abc.json"},
    }
    parts: dict[str, Any] = {
        "cdk.out": {"version": "36.0.0"},
        "manifest.json": MANIFEST,
        "S.template.json": {"Resources": {**TEMPLATE["Resources"], "Nested": nested}},
        "N.nested.template.json": TEMPLATE,
        "S.assets.json": {
            "version": "36.0.0",
            "files": {
                "abc": {
                    "source": {"path": "N.nested.template.json"},
                    "destinations": {"current": {"bucketName": "b", "objectKey": "abc.json"}},
                }
            },
        },
        "S.metadata.json": {"/Shop/Key/Resource": [{"type": "aws:cdk:logicalId", "data": "Key"}]},
        "tree.json": {"version": "tree-0.1", "tree": {"id": "App", "path": "", "children": {}}},
    }
    for name, content in parts.items():
        (out / name).write_text(json.dumps(content))
    return out


def again(folder: Path) -> None:
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
