"""A folder like that of a reader: a small CDK app, synthesized, with what the commands of the documentation name."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.cdk_cli import run

APP = """
import aws_cdk as cdk
from aws_cdk import aws_kms as kms, aws_s3 as s3, aws_sqs as sqs
from readiness_pack import waive

app = cdk.App()
stack = cdk.Stack(app, "Shop")
key = kms.Key(stack, "Legacy")
key.node.default_child.add_metadata("cdk_nag", {"rules_to_suppress": [{"id": "AwsSolutions-KMS5", "reason": "by hand"}]})
key.node.default_child.add_metadata("checkov", {"skip": [{"id": "CKV_AWS_7", "comment": "by hand"}]})
sqs.Queue(stack, "Orders")
bucket = s3.Bucket(stack, "Receipts")
waive(bucket, "S3ServerAccessLogging", reason="A bucket for the documentation", owner="Docs", expires="2999-12-31")
app.synth()
"""


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that each page gets a copy of."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "app.py").write_text(APP, encoding="utf-8")
    done = run([sys.executable, "app.py"], cwd=folder, extra={"CDK_OUTDIR": str(folder / "cdk.out")})
    assert done.returncode == 0, done.stdout
    template = json.loads((folder / "cdk.out" / "Shop.template.json").read_text(encoding="utf-8"))
    (folder / "template.yaml").write_text(json.dumps(template), encoding="utf-8")  # JSON is YAML
    shutil.copytree(folder / "cdk.out", folder / "main" / "cdk.out")
    check = {
        "check_id": "CKV_AWS_27",
        "resource": f"AWS::SQS::Queue.{_queue(template)}",
        "file_path": "/Shop.template.json",
    }
    results = {"failed_checks": [check], "passed_checks": [], "skipped_checks": []}
    (folder / "checkov.json").write_text(json.dumps({"check_type": "cloudformation", "results": results}))
    (folder / "settings").mkdir()
    (folder / "CHECKLIST.md").write_text("# Launch checklist\n## Data\n- [ ] **Keys**: KMS keys rotate every year\n")
    return folder


def _queue(template: dict[str, Any]) -> str:
    names: dict[str, Any] = template["Resources"]
    return next(name for name, resource in names.items() if resource["Type"] == "AWS::SQS::Queue")


@pytest.fixture
def reader(example: Path, tmp_path: Path) -> Path:
    """A copy of the folder."""
    folder = tmp_path / "reader"
    shutil.copytree(example, folder)
    return folder
