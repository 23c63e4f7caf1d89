"""readiness-report.json: whole or not at all, and never of yesterday."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from readiness_pack import Assembly, InputError, ReadinessChecks, Report, evaluate
from readiness_pack.integrations.cdk import report_file
from readiness_pack.report.json_report import render


@pytest.fixture
def report() -> Report:
    return evaluate(Assembly.from_template({"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}))


def test_it_is_what_check_writes(report: Report, tmp_path: Path) -> None:
    report_file.write(report, tmp_path)

    assert (tmp_path / "readiness-report.json").read_bytes() == render(report)
    assert [file.name for file in tmp_path.iterdir()] == ["readiness-report.json"]


def test_a_file_that_fits_is_left_alone(report: Report, tmp_path: Path) -> None:
    report_file.write(report, tmp_path)
    before = (tmp_path / "readiness-report.json").stat().st_ino
    report_file.write(report, tmp_path)

    assert (tmp_path / "readiness-report.json").stat().st_ino == before


def test_another_order_of_findings_fits(report: Report, tmp_path: Path) -> None:
    """CDK may refuse a plugin that replaces what Aspects wrote, who add their findings one Stage after the other."""
    report_file.write(replace(report, findings=list(reversed(report.findings))), tmp_path)
    before = (tmp_path / "readiness-report.json").read_bytes()
    report_file.write(report, tmp_path)

    assert (tmp_path / "readiness-report.json").read_bytes() == before != render(report)


def test_what_is_as_long_and_says_something_else_is_replaced(report: Report, tmp_path: Path) -> None:
    new = render(report)
    for old in (
        new.replace(b'"fail"', b'"pass"', 1),
        b"[" + b" " * (len(new) - 2) + b"]",
        b"{" + b" " * (len(new) - 2) + b"}",
        b"[" * len(new),
        b"\xff" * len(new),
    ):
        assert len(old) == len(new)
        (tmp_path / "readiness-report.json").write_bytes(old)
        report_file.write(report, tmp_path)
        assert (tmp_path / "readiness-report.json").read_bytes() == new


def test_a_folder_that_is_not_there(report: Report, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        report_file.write(report, tmp_path / "nowhere")


def test_the_report_of_an_earlier_run_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "readiness-report.json"
    old.write_text("{}", encoding="utf-8")
    ReadinessChecks()
    assert old.exists(), "only in the folder that the CDK CLI writes to"
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path))
    ReadinessChecks()

    assert not old.exists()


def test_it_is_named_as_the_user_knows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert report_file.shown(tmp_path / "cdk.out") == str(Path("cdk.out/readiness-report.json"))
    assert report_file.shown(Path("/elsewhere")) == str(Path("/elsewhere/readiness-report.json").absolute())
