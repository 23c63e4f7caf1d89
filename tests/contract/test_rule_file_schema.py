"""The schema of rule files says what the reader accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from readiness_pack import typed_yaml
from readiness_pack.checklist import default_folder
from readiness_pack.checklist.schema import schema
from readiness_pack.cli.rules import command

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "rule-file.schema.json"
RULE = {"name": "A", "severity": "error", "resource": "AWS::SQS::Queue", "message": "m", "require": {"Name": "present"}}


def test_the_published_schema_is_the_one_of_the_reader() -> None:
    printed = CliRunner().invoke(command, ["--schema"]).output
    assert json.loads(PUBLISHED.read_text()) == json.loads(printed) == json.loads(json.dumps(schema()))


def test_every_rule_file_of_ours_fits() -> None:
    files = sorted(default_folder().rglob("*.yaml"))
    validator = jsonschema.Draft202012Validator(schema())
    wrong = {file.name: next(validator.iter_errors(typed_yaml.read(file, Any)), None) for file in files}
    assert len(files) == 151
    assert {name: error for name, error in wrong.items() if error} == {}


@pytest.mark.parametrize(
    "document",
    [
        {"extends": "SEC-ENC-01", "rules": [RULE]},
        {"overrides": {"KmsKeyRotationEnabled": {"severity": "warning"}}},
    ],
)
def test_other_kinds_fit(document: Any) -> None:
    jsonschema.validate(document, schema())


@pytest.mark.parametrize(
    "document",
    [
        {"extends": "SEC-ENC-01", "rules": [{**RULE, "severity": "fatal"}]},
        {"extends": "SEC-ENC-01", "rules": [{**RULE, "requires": {}}]},
        {"overrides": {"KmsKeyRotationEnabled": {"name": "Other"}}},
        {"id": "A-B-01"},
        {},
    ],
)
def test_what_the_reader_refuses_does_not_fit(document: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())
