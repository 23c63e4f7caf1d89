"""A report of checkov beside ours: tests/data/checkov holds what checkov 3.3.30 itself wrote, without empty keys."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from readiness_pack.cli import main

DATA = Path(__file__).resolve().parents[1] / "data" / "checkov"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The template and the reports, in a folder of their own."""
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes]) -> Any:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["readiness", *arguments])
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = capsysbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out.decode(), err.decode()

    return run


@pytest.fixture
def check(cli: Any) -> Any:
    """The JSON of ``readiness check ... --with-checkov ...``."""

    def run(*arguments: str, paths: tuple[str, ...] = ("templates",), report: str = "checkov.json") -> dict[str, Any]:
        code, out, err = cli("check", *paths, "--with-checkov", report, "--format", "json", *arguments)
        assert code in (0, 1), err
        document: dict[str, Any] = json.loads(out)
        return document

    return run


def edited(here: Path, **changes: Any) -> None:
    """Change every failed check of the report."""
    document = json.loads((here / "checkov.json").read_bytes())
    for one in document["results"]["failed_checks"]:
        one.update(changes)
    (here / "checkov.json").write_text(json.dumps(document))


def of(document: dict[str, Any], rule: str, logical_id: str | None = None) -> list[dict[str, Any]]:
    return [f for f in document["findings"] if f["rule"] == rule and logical_id in (None, f["logical_id"])]


# One report -----------------------------------------------------------------------------------------------------------


def test_what_both_find_is_reported_once_in_our_words(here: Path, check: Any) -> None:
    document = check()
    (finding,) = of(document, "S3PublicAccessBlocked")
    assert finding["peers"] == [f"checkov CKV_AWS_{number}" for number in (53, 54, 56, 55)]
    assert finding["message"].endswith("Also found by checkov CKV_AWS_53, CKV_AWS_54, CKV_AWS_56, CKV_AWS_55.")
    assert not [f for f in document["findings"] if f["rule"].startswith("CKVAWS5")]


def test_what_only_checkov_finds_is_kept_under_its_own_name(here: Path, check: Any) -> None:
    edited(here, check_id="CKV_AWS_99999", check_name="Ensure the moon is full")
    document = check()
    (finding,) = of(document, "CKVAWS99999", "Graph")
    assert finding["item"] == "OTHER"
    assert finding["severity"] == "warning", "checkov gives none without a platform"
    assert finding["message"] == "Graph fails a check of checkov: Ensure the moon is full (checkov CKV_AWS_99999)."
    assert finding["resource_type"] == "AWS::Neptune::DBCluster"
    assert finding["location"]["file"] == "templates/orders.yaml"


def test_what_ours_cannot_decide_is_kept_under_the_item_of_ours(here: Path, check: Any) -> None:
    (finding,) = of(check(), "CKVAWS117")
    assert (finding["logical_id"], finding["item"]) == ("Worker", "SEC-NET-01")


def test_what_satisfies_our_rule_is_a_note(here: Path, check: Any) -> None:
    document = check()
    assert not of(document, "CKVAWS116")
    text = (
        "checkov CKV_AWS_116 finds fault with 2 places where LambdaAsyncFailureCaptured has no finding: orders/Worker"
    )
    assert [note for note in document["notes"] if note.startswith(text)]


def test_every_failed_check_is_somewhere(here: Path, check: Any) -> None:
    document = check()
    failed = json.loads((here / "checkov.json").read_bytes())["results"]["failed_checks"]
    assert len(failed) >= 15
    for one in failed:
        logical_id = one["resource"].rpartition(".")[2]
        peers = {peer for f in document["findings"] if f["logical_id"] == logical_id for peer in f["peers"]}
        noted = any(f"checkov {one['check_id']} " in note and logical_id in note for note in document["notes"])
        assert f"checkov {one['check_id']}" in peers or noted, one["check_id"]


def test_an_item_with_a_finding_of_checkov_alone_is_not_met(here: Path, check: Any) -> None:
    document = check()
    (item,) = [item for item in document["items"] if item["id"] == "SEC-NET-01"]
    assert "CKVAWS117" in item["rules"]
    assert item["status"] == "not met"


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("CRITICAL", "error"), ("HIGH", "error"), ("MEDIUM", "warning"), ("low", "info"), ("ODD", "warning")],
)
def test_severities_of_a_platform_are_taken_over(here: Path, check: Any, severity: str, expected: str) -> None:
    edited(here, check_id="CKV_AWS_99999", severity=severity)
    (finding,) = of(check(), "CKVAWS99999", "Graph")
    assert finding["severity"] == expected
    assert finding["counts"] is (expected == "error")


def test_fail_on_and_overrides_apply(here: Path, check: Any) -> None:
    edited(here, check_id="CKV_AWS_99999")
    assert all(f["counts"] for f in of(check("--fail-on", "warning"), "CKVAWS99999"))
    (here / "readiness.yaml").write_text("severity: {CKV_AWS_99999: error}")
    assert {f["severity"] for f in of(check(), "CKVAWS99999")} == {"error"}
    (here / "readiness.yaml").write_text('severity: {CKVAWS99999: "off"}')
    assert of(check(), "CKVAWS99999") == []


# Decisions ------------------------------------------------------------------------------------------------------------


def test_skips_count_whether_in_metadata_or_in_a_comment(here: Path, check: Any) -> None:
    document = check()
    (logging,) = of(document, "S3ServerAccessLogging")
    assert logging["decision"]["state"] == "acknowledged"
    assert logging["decision"]["reason"] == "the trail of the organisation records its data events"
    (rotation,) = of(document, "KmsKeyRotationEnabled", "Key")
    assert rotation["decision"]["reason"] == "rotated by hand until the migration ends"
    assert rotation["decision"]["source"] == "checkov CKV_AWS_7 in its report"
    assert rotation["peers"] == [], "checkov did not find it: somebody had told it not to look"


def test_a_skip_that_is_no_control_of_ours_stays_in_the_report(here: Path, check: Any) -> None:
    document = json.loads((here / "checkov.json").read_bytes())
    document["results"]["skipped_checks"][0].update(check_id="CKV_AWS_99999", check_name="Ensure the moon is full")
    (here / "checkov.json").write_text(json.dumps(document))
    (finding,) = of(check(), "CKVAWS99999")
    assert finding["decision"]["state"] == "acknowledged"
    assert finding["counts"] is False


@pytest.mark.parametrize("rule", ["CKV_AWS_99999", "CKVAWS99999", "CKV_AWS_9999*"])
def test_waivers_name_either_id(here: Path, check: Any, rule: str) -> None:
    edited(here, check_id="CKV_AWS_99999")
    (here / "readiness.yaml").write_text(f'waivers: [{{rule: "{rule}", resource: Graph, reason: no full moon yet}}]')
    (finding,) = of(check(), "CKVAWS99999", "Graph")
    assert finding["decision"]["state"] == "waived"


def test_a_waiver_by_checkovs_id_covers_our_finding(here: Path, check: Any) -> None:
    (here / "readiness.yaml").write_text("waivers: [{rule: CKV_AWS_21, reason: kept elsewhere for now}]")
    (finding,) = of(check(), "S3VersioningEnabled")
    assert finding["decision"]["state"] == "waived"


def test_decisions_are_listed_once_each(here: Path, cli: Any) -> None:
    _, out, _ = cli("decisions", "templates", "--with-checkov", "checkov.json", "--format", "json")
    decisions = json.loads(out)["decisions"]
    assert [(d["rule"], len(d["matches"])) for d in decisions] == [("CKV_AWS_18", 1), ("CKV_AWS_7", 1)]


def test_the_baseline_knows_them(here: Path, cli: Any, check: Any) -> None:
    edited(here, check_id="CKV_AWS_99999", severity="HIGH")
    code, _, err = cli("baseline", "templates", "--with-checkov", "checkov.json", "--output", "known.json")
    assert code == 0, err
    document = check("--baseline", "known.json")
    assert document["summary"]["failing"] == 0
    assert {f["decision"]["state"] for f in of(document, "CKVAWS99999")} == {"baselined"}


# Which templates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["templates", "templates/orders.yaml", "."])
def test_the_template_is_found_from_wherever_it_is_judged(here: Path, check: Any, path: str) -> None:
    (here / "checkov-list.json").rename(here / "list.txt")
    (here / "checkov.json").rename(here / "report.txt")
    assert of(check(paths=(path,), report="report.txt"), "CKVAWS117")


@pytest.mark.parametrize(
    "file", ["/ci/build/77/templates/orders.yaml", "C:\\agent\\templates\\orders.yaml", "./orders.yaml"]
)
def test_the_report_may_come_from_another_machine(here: Path, check: Any, file: str) -> None:
    edited(here, file_abs_path=file, file_path=file, repo_file_path=None)
    assert of(check(), "CKVAWS117")


def test_resources_of_sam_are_found(here: Path, check: Any) -> None:
    edited(here, check_id="CKV_AWS_99999")
    assert len(of(check(), "CKVAWS99999", "Api")) == 1


def test_of_templates_of_the_same_name_the_right_one_is_meant(here: Path, check: Any) -> None:
    shutil.copytree(here / "templates", here / "app" / "templates")
    shutil.copytree(here / "templates", here / "app" / "others")
    found = of(check(paths=("app",)), "CKVAWS117")
    assert [f["template"] for f in found] == ["templates/orders.yaml"]


def test_several_reports_and_paths(here: Path, check: Any) -> None:
    (here / "queue.yaml").write_text("Resources: {Queue: {Type: AWS::SQS::Queue}}")
    document = check("--with-checkov", "checkov-list.json", paths=("templates", "queue.yaml"))
    assert len(of(document, "CKVAWS117")) == 1, "the same finding in two reports is one"
    assert check("--jobs", "2", paths=("templates", "queue.yaml"))["findings"] == document["findings"]


def test_findings_about_what_was_not_judged_are_counted_in_a_note(here: Path, check: Any) -> None:
    known = check()
    assert not any("left out" in note for note in known["notes"])
    document = json.loads((here / "checkov.json").read_bytes())
    other = {"check_id": "CKV_AWS_1", "resource": "AWS::S3::Bucket.Elsewhere", "file_path": "/orders.yaml"}
    document["results"]["failed_checks"] += [other, {**other, "check_id": "CKV_AWS_2"}]
    document["results"]["skipped_checks"].append({**other, "resource": "AWS::S3::Bucket.Skipped"})
    document["results"]["passed_checks"].append({**other, "resource": "AWS::S3::Bucket.Passed"})
    (here / "checkov.json").write_text(json.dumps(document))
    (here / "queue.yaml").write_text("Resources: {Queue: {Type: AWS::SQS::Queue}}")
    said = (
        "checkov.json: 3 findings of checkov were left out: nothing that was judged has "
        "AWS::S3::Bucket.Elsewhere of /orders.yaml, AWS::S3::Bucket.Skipped of /orders.yaml"
    )
    for paths in (("templates",), ("queue.yaml", "templates"), ("templates", "templates/orders.yaml")):
        found = check(paths=paths)
        assert [note for note in found["notes"] if "left out" in note] == [said]
    assert check()["findings"] == known["findings"]


def test_readiness_as_a_whole_and_the_certificate_take_it_too(here: Path, cli: Any) -> None:
    code, out, err = cli("report", "templates", "--with-checkov", "checkov.json", "--format", "json")
    assert code == 1, err
    assert "CKVAWS117" in {rule for item in json.loads(out)["items"] for rule in item["rules"]}
    (here / "queue.yaml").write_text("Resources: {Queue: {Type: AWS::SQS::Queue}}")
    for command in (["report"], ["certify", "--by", "Cai Berg"]):
        code, out, err = cli(*command, "queue.yaml", "--with-checkov", "checkov.json")
        assert (code, out) == (2, "")
        assert err.startswith("readiness: checkov.json: is about other templates")


def test_a_list_of_frameworks_is_read(here: Path, check: Any) -> None:
    assert of(check(report="checkov-list.json"), "CKVAWS117")


def test_a_report_about_other_templates_is_an_error(here: Path, cli: Any) -> None:
    (here / "queue.yaml").write_text("Resources: {Queue: {Type: AWS::SQS::Queue}}")
    code, out, err = cli("check", "queue.yaml", "--with-checkov", "checkov.json")
    assert (code, out) == (2, "")
    assert err == (
        "readiness: checkov.json: is about other templates: nothing that was judged has "
        "AWS::S3::Bucket.Receipts of /orders.yaml\n"
    )


def test_a_template_of_the_same_name_elsewhere_is_another(here: Path, cli: Any) -> None:
    (here / "app").mkdir()
    text = (here / "templates" / "orders.yaml").read_text()
    (here / "app" / "orders.yaml").write_text(text.replace("web", "another group"))
    code, _, err = cli("check", "app", "--with-checkov", "checkov.json")
    assert code == 2
    assert "is about other templates" in err


BROKEN: dict[str, tuple[bytes, str]] = {
    "truncated": (b'{"check_type": "cloudformation", "results": {"failed_', "is not JSON: Input data was truncated"),
    "empty": (b"", "is not JSON"),
    "no JSON": (b"Passed checks: 3", "is not JSON"),
    "no UTF-8": (b'{"check_type": "\xff\xfe"}', "is"),
    "a number": (b"7", "is no report of checkov: Expected"),
    "an empty list": (b"[]", "it is about nothing at all"),
    "a list of text": (b'["a"]', "is no report of checkov"),
    "another tool's": (b'{"runs": []}', "has no 'results', so it is none of checkov's reports: checkov -o json"),
    "results of another shape": (
        b'{"check_type": "cloudformation", "results": []}',
        "is no report of checkov: Expected",
    ),
    "checks without ids": (
        b'{"check_type": "cloudformation", "results": {"failed_checks": [{}]}}',
        "missing required field `check_id`",
    ),
    "nothing found": (b'{"passed": 0, "failed": 0, "checkov_version": "3"}', "has no result of checkov about"),
    "another framework": (
        b'{"check_type": "terraform", "results": {"failed_checks": [{"check_id": "CKV_AWS_1", "resource": "a.b"}]}}',
        "it is about terraform",
    ),
    "deep": (b'{"results": ' + b"[" * 100_000, "is"),
    "deep and unknown": (b'{"results": {"x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}", "is"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_report_is_one_line(here: Path, cli: Any, name: str) -> None:
    data, expected = BROKEN[name]
    (here / "broken.json").write_bytes(data)
    code, out, err = cli("check", "templates", "--with-checkov", "broken.json")
    assert (code, out) == (2, "")
    assert err.startswith("readiness: broken.json: ")
    assert err.count("\n") == 1
    assert expected in err


def test_a_missing_report_is_one_line(here: Path, cli: Any) -> None:
    code, _, err = cli("check", "templates", "--with-checkov", "missing.json")
    assert code == 2
    assert err.startswith("readiness: missing.json: cannot be read")
    code, _, err = cli("check", "templates", "--with-checkov", "templates")
    assert code == 2


def test_hostile_text_reaches_no_terminal(here: Path, cli: Any) -> None:
    edited(here, check_id="CKV_\x1b[31m\x07 ](http://x) <script>", check_name="\x1b]0;title\x07", severity="HIGH")
    for format_ in ("console", "markdown", "sarif", "html", "csv", "junit", "github", "json"):
        code, out, err = cli("check", "templates", "--with-checkov", "checkov.json", "--format", format_)
        assert code == 1, err
        assert "\x1b]" not in out
        assert "\x07" not in out
        assert "<script> (" not in out


# Renderings -----------------------------------------------------------------------------------------------------------


def test_renderings_say_whose_finding_it_is(here: Path, cli: Any) -> None:
    edited(here, guideline="https://docs.example.com/guideline")
    _, out, _ = cli("check", "templates", "--with-checkov", "checkov.json", "--verbose")
    text = " ".join(out.split())
    why = "A check of checkov (CKV_AWS_117), where LambdaInVpcWhenReachingPrivateData has no finding."
    assert why in text
    assert "Also found by checkov CKV_AWS_21." in text
    _, out, _ = cli("check", "templates", "--with-checkov", "checkov.json", "--format", "sarif")
    (run,) = json.loads(out)["runs"]
    (rule,) = [rule for rule in run["tool"]["driver"]["rules"] if rule["id"] == "CKVAWS117"]
    assert rule["shortDescription"]["text"] == why
    assert rule["helpUri"] == "https://docs.example.com/guideline"
    _, out, _ = cli("check", "templates", "--with-checkov", "checkov.json", "--format", "html")
    assert "CKVAWS117" in out
    assert why in out


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CKVAWS117", "# LambdaInVpcWhenReachingPrivateData"),
        ("CKV_AWS_99999", "A control of checkov (CKV_AWS_99999) that no rule here repeats."),
        (
            "RDSNonDefaultPort",
            "A control of cdk-nag (RDSNonDefaultPort, AwsSolutions-RDS11) that no rule here repeats.",
        ),
        ("HIPAA.Security-S3BucketVersioningEnabled", "# S3VersioningEnabled"),
    ],
)
def test_what_findings_are_called_can_be_explained(cli: Any, name: str, expected: str) -> None:
    code, out, err = cli("explain", name)
    assert code == 0, err
    assert expected in out
