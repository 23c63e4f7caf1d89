"""What the command line prints fits its published schemas, and the contract that others build on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from readiness_pack import Assembly, Config, evaluate
from readiness_pack.cli.rules import _document
from readiness_pack.config import WaiverSpec
from readiness_pack.report.json_report import render
from readiness_pack.rules.rule_set import rule_set

OURS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
THEIRS = Path(__file__).resolve().parents[3] / "shared" / "contract"

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Rotate": {"Type": "String"}},
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        "Open": {
            "Type": "AWS::KMS::Key",
            "Properties": {"EnableKeyRotation": {"Ref": "Rotate"}},
            "Metadata": {"aws:cdk:path": "Shop/Open/Resource"},
        },
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Metadata": {"checkov": {"skip": [{"id": "CKV_AWS_53", "comment": "website"}]}},
        },
    },
}


def check_document() -> Any:
    waivers = [
        WaiverSpec("KmsKeyRotationEnabled", "rotated by hand", "Key"),
        WaiverSpec("SEC-ENC-01", "nothing there", "Nowhere"),
    ]
    return json.loads(render(evaluate(Assembly.from_templates({"Shop": TEMPLATE}), config=Config(waivers=waivers))))


def rules_document() -> Any:
    import msgspec

    return json.loads(msgspec.json.encode(_document(rule_set([]))))


DOCUMENTS = {"check": check_document, "rules": rules_document}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_output_fits_the_published_schema(name: str) -> None:
    schema = json.loads((OURS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(DOCUMENTS[name]())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_output_fits_the_contract(name: str, shared: Path) -> None:
    schema = json.loads((shared / "contract" / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(DOCUMENTS[name]())


def test_the_document_shows_every_kind_of_thing() -> None:
    """Else the schemas would be tried on too little."""
    document = check_document()
    assert {finding["verdict"] for finding in document["findings"]} == {"fail", "unknown"}
    assert {"open", "waived", "acknowledged"} <= {finding["decision"]["state"] for finding in document["findings"]}
    assert document["unused_decisions"]
    assert len(document["items"]) == 151
