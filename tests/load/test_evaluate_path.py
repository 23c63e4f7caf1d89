"""`evaluate_path` is a pure, picklable function of a path, so that other engines can spread it."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

from readiness_pack import Config, InputError, evaluate_path
from readiness_pack.cli.run import Run

TEMPLATE = {"Resources": {"Key": {"Type": "AWS::KMS::Key"}, "Queue": {"Type": "AWS::SQS::Queue"}}}
DAY = date(2026, 3, 2)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "team"
    folder.mkdir()
    (folder / "shop.template.json").write_text(json.dumps(TEMPLATE), encoding="utf-8")
    return folder / "shop.template.json"


def test_it_is_what_check_finds(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (app.parent / "readiness.yaml").write_text("severity: {KmsKeyRotationEnabled: info}", encoding="utf-8")
    monkeypatch.chdir(app.parent)
    report = evaluate_path(app, today=DAY)
    assert report == Run(today=DAY).judge(str(app))
    assert {one.severity for one in report.findings if one.rule == "KmsKeyRotationEnabled"} == {"info"}


def test_the_working_directory_does_not_matter(app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = evaluate_path(app, today=DAY)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "readiness.yaml").write_text("severity: {'*': 'off'}", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert evaluate_path(app, today=DAY) == before


def test_settings_are_given_as_a_value_or_as_a_file(app: Path, tmp_path: Path) -> None:
    (tmp_path / "strict.yaml").write_text("profile: strict", encoding="utf-8")
    given = evaluate_path(str(app), Config(profile="strict"), today=DAY)
    assert given.findings == evaluate_path(app, tmp_path / "strict.yaml", today=DAY).findings
    assert given.findings != evaluate_path(app, today=DAY).findings
    with pytest.raises(InputError, match=r"none\.yaml"):
        evaluate_path(app, tmp_path / "none.yaml")


def test_further_rules(app: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    text = """
    extends: SEC-ENC-03
    rules:
      - name: HouseKeysAreDescribed
        severity: warning
        resource: AWS::KMS::Key
        require: {Description: present}
        message: "{logical_id} is not described."
        why: Nobody knows what it is for.
        fix: kms.Key(self, "Key", description="...")
        examples:
          - {fail: {Properties: {}}}
          - {pass: {Properties: {Description: x}}}
    """
    (rules / "house.yaml").write_text("\n".join(line[4:] for line in text.splitlines()), encoding="utf-8")
    found = evaluate_path(app, rules=[rules], today=DAY).findings
    assert "HouseKeysAreDescribed" in {one.rule for one in found}


def test_report_and_errors_can_be_pickled(app: Path) -> None:
    report = evaluate_path(app, today=DAY, keep_passes=True)
    assert report.passes
    again = pickle.loads(pickle.dumps(report))
    assert again == report
    assert again.exit_code == report.exit_code == 1
    app.write_text('{"Resources": {"A": {}}}', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        evaluate_path(app)
    error, copy = caught.value, pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is InputError
    assert (str(copy), copy.problem, copy.file, copy.line, copy.column) == (
        str(error),
        error.problem,
        error.file,
        error.line,
        error.column,
    )
    assert copy.file == str(app)


@pytest.mark.slow
def test_new_processes_find_the_same(app: Path) -> None:
    judge = partial(evaluate_path, config=Config(profile="strict"), today=DAY)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        (found,) = pool.map(judge, [app])
    assert found == judge(app)
