"""What the command line prints fits its published schemas, and the contract that others build on."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from readiness_pack import Assembly, Config, evaluate
from readiness_pack.cli.rules import _document
from readiness_pack.config import WaiverSpec
from readiness_pack.evidence.readiness import assess
from readiness_pack.evidence.records import Evidence, Problem, Record
from readiness_pack.report import readiness_json
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


def report_document() -> Any:
    """Of an app in which items stand in every way: see the test of it below."""
    today = datetime.date(2026, 11, 25)
    end = datetime.date(2027, 1, 31)
    waivers = [WaiverSpec("OPS-DOC-05", "moved to another wiki", owner="Ana", expires=end)]
    waivers += [WaiverSpec("S3*", "nothing there", "Nowhere")]
    config, rules = Config(waivers=waivers), rule_set()
    written: dict[str, Any] = {"owner": "Ops", "statement": "done"}
    records = (
        Record(item="OPS-DOC-02", date=today, valid_until=end, links=["https://wiki.orders-shop.io"], **written),
        Record(item="OPS-DOC-04", date=today, valid_until=today, file="evidence/a.yaml", line=2, **written),
        Record(item="OPS-DOC-01", date=datetime.date(2026, 1, 1), **written),
        Record(item="SUP-CON-04", date=today, valid_until=end, problem="its statement is not filled in", **written),
        Record(item="SUC-BUS-01", date=today, valid_until=end, value=71.5, unit="percent", **written),
    )
    evidence = Evidence(records, problems=(Problem("report a.xml: there is no such file", "evidence/a.yaml", 3),))
    open_ = {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": {"Ref": "Rotate"}}}
    kept: dict[str, Any] = {
        "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/a", "TargetKeyId": {"Ref": "Key"}}}
    }
    kept["Key"] = {**open_, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    kept["Bucket"] = {"Type": "AWS::S3::Bucket"}
    app = Assembly.from_templates({"Shop": {"Parameters": TEMPLATE["Parameters"], "Resources": kept}})
    report = evaluate(app, rules.classes.values(), config, checklist=rules.checklist, today=today)
    return json.loads(readiness_json.write(assess(report, app, rules, config, evidence, today)))


DOCUMENTS = {"check": check_document, "report": report_document, "rules": rules_document}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_output_fits_the_published_schema(name: str) -> None:
    schema = json.loads((OURS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(DOCUMENTS[name]())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_output_fits_the_contract(name: str, shared: Path) -> None:
    schema = json.loads((shared / "contract" / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(DOCUMENTS[name]())


def test_the_report_shows_every_status() -> None:
    document = report_document()
    schema = json.loads((OURS / "report.schema.json").read_text())
    statuses = set(schema["$defs"]["item"]["properties"]["status"]["enum"])
    assert {item["status"] for item in document["items"]} == statuses
    assert len(document["items"]) == 151
    assert all(document[name] for name in ("problems", "unused_decisions", "missing", "levels", "gates", "signoffs"))


def test_the_document_shows_every_kind_of_thing() -> None:
    """Else the schemas would be tried on too little."""
    document = check_document()
    assert {finding["verdict"] for finding in document["findings"]} == {"fail", "unknown"}
    assert {"open", "waived", "acknowledged"} <= {finding["decision"]["state"] for finding in document["findings"]}
    assert document["unused_decisions"]
    assert len(document["items"]) == 151
