"""The command line: exit codes, where output goes, and what errors look like."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import data
from readiness_pack.cli import main

TEMPLATE = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}, "Topic": {"Type": "AWS::SNS::Topic"}}}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.template.json").write_text(json.dumps(TEMPLATE))
    return tmp_path


def run(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["readiness", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    out, err = capsysbinary.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.decode(), err.decode()


Run = Any


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    return lambda *arguments: run(capsysbinary, *arguments)


def test_findings_exit_with_1_and_json_stands_alone_on_stdout(here: Path, cli: Run) -> None:
    code, out, err = cli("check", "shop.template.json", "--format", "json")
    document = json.loads(out)
    assert code == 1
    assert err == ""
    assert document["summary"]["exit_code"] == 1
    finding = next(found for found in document["findings"] if found["rule"] == "KmsKeyRotationEnabled")
    assert (finding["stack"], finding["template"], finding["logical_id"]) == ("shop", "shop.template.json", "Key")


def test_the_last_line_agrees_with_the_exit_code(here: Path, cli: Run) -> None:
    code, out, _ = cli("check", "shop.template.json")
    assert (code, out.splitlines()[-1].startswith("NOT READY: ")) == (1, True)
    code, out, _ = cli("check", "shop.template.json", "--fail-on", "never")
    assert (code, out.splitlines()[-1].startswith("PASS: ")) == (0, True)


def test_output_goes_to_a_file(here: Path, cli: Run) -> None:
    code, out, _ = cli("check", "shop.template.json", "--format", "json", "--output", "report.json")
    assert (code, out) == (1, "")
    assert json.loads((here / "report.json").read_text())["schema_version"] == 1
    cli("check", "shop.template.json", "--output", "report.txt")
    assert "KmsKeyRotationEnabled" in (here / "report.txt").read_text()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.yaml", "just text", "a.yaml:1:1: is not a CloudFormation template"),
        ("a.yaml", "Resources: [", "a.yaml:2:1: is not YAML"),
        ("a.json", '{"Resources": {"A": {}}}', "a.json:1"),
        ("a.json", '{"Resources": []}', "a.json:1"),
        ("a.yaml", "Resources:\n  A: &x\n    Type: AWS::SNS::Topic\n  B: *x\n", "a.yaml:2"),
        ("a.yaml", "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !Secret x}\n", "a.yaml:4"),
    ],
)
def test_what_is_no_template_is_one_line_and_exit_2(here: Path, cli: Run, name: str, content: str, said: str) -> None:
    (here / name).write_text(content)
    code, out, err = cli("check", name)
    assert (code, out) == (2, "")
    assert err.startswith(f"readiness: {said}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check",), "Missing argument"),
        (("check", "nowhere"), "nowhere: "),
        (("check", "shop.template.json", "--config", "none.yaml"), "none.yaml: cannot be read"),
        (("check", "shop.template.json", "--rules", "none"), "there is no such folder of rules"),
        (("check", "shop.template.json", "--format", "xml"), "'xml'"),
        (("chek",), "Did you mean 'check'?"),
        (("explain", "KmsKeyRotation"), "Did you mean 'KmsKeyRotationEnabled'?"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(here: Path, cli: Run, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_an_empty_folder_is_exit_2(here: Path, cli: Run) -> None:
    (here / "empty").mkdir()
    code, _, err = cli("check", "empty")
    assert code == 2
    assert "empty" in err


ITEM = "id: ORG-1\nsection: Ours\ngroup: G\ntitle: T\nstatement: S\nwhy: W\ndisposition: automated\n"  # lines 1 to 7
RULE = f"{ITEM}rules:\n- name: Mine\n  resource: AWS::SQS::Queue\n  message: M.\n"  # lines 8 to 11


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: X-1\n", ":1: object missing required field `section`"),
        ("id: [\n", ":2: not valid YAML"),
        (f"{RULE}  severity: fatal\n  require: {{A: 1}}\n", ":12: rules[0].severity: invalid enum value 'fatal'"),
        (
            f"{RULE}  severity: error\n  requires: {{A: 1}}\n",
            ":13: rules[0].requires: there is no such key. Did you mean 'require'?",
        ),
        (f"{RULE}  severity: error\n", ":9: rule Mine: a rule needs 'require' or 'check'"),
        (
            f"{RULE}  severity: error\n  require: {{A: {{equal: 1}}}}\n",
            ":13: rule Mine: require.A.equal: 'equal' is not an operator",
        ),
        (
            f"{RULE}  severity: error\n  check: nowhere.at.all\n",
            ":13: rule Mine: check: there is no check 'nowhere.at.all'",
        ),
        (f"{RULE}  severity: error\n  require: &a {{A: 1}}\n  unless: *a\n", ":13: YAML aliases are not accepted here"),
        (f"{ITEM}id: twice\n", ":8: 'id' is given twice"),
        (ITEM.replace("ORG-1", "SEC-ENC-03"), ":1: item SEC-ENC-03 is in"),
    ],
)
def test_a_broken_rule_file_is_one_line_with_its_place(here: Path, cli: Run, text: str, said: str) -> None:
    (here / "mine").mkdir()
    (here / "mine" / "rule.yaml").write_text(text)
    code, _, err = cli("check", "shop.template.json", "--rules", "mine")
    assert code == 2
    assert err.count("\n") == 1
    assert f"rule.yaml{said}" in err


def test_rules_and_explain_say_the_same(cli: Run) -> None:
    code, out, _ = cli("rules")
    assert code == 0
    assert "KmsKeyRotationEnabled" in out
    code, out, _ = cli("explain", "SEC-ENC-03")
    assert code == 0
    assert "kms.Key(self" in out
    assert cli("explain", "Readiness::KmsKeyRotationEnabled")[0] == 0


def test_a_table_older_than_180_days_is_a_warning(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made = max(table.made for table in data.tables())
    for days, warned in ((180, False), (181, True)):
        day = made + datetime.timedelta(days=days)
        monkeypatch.setattr("readiness_pack.cli.rules.stale_tables", lambda _, day=day: data.stale_tables(day))
        code, out, err = cli("rules", "--format", "json")
        assert code == 0
        assert json.loads(out)["rules"]
        assert ("warning: table lambda_runtimes is of" in err) is warned


def test_several_paths_give_one_report_and_jobs_change_nothing(here: Path, cli: Run) -> None:
    (here / "other.json").write_text(json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}))
    one = cli("check", "shop.template.json", "other.json", "--format", "json")
    two = cli("check", "shop.template.json", "other.json", "--format", "json", "--jobs", "2")
    assert one == two
    assert {finding["logical_id"] for finding in json.loads(one[1])["findings"]} >= {"Key", "Queue"}


def test_the_configuration_beside_the_app_is_found(here: Path, cli: Run) -> None:
    (here / "readiness.yaml").write_text("severity: {'*': info}\n")
    assert cli("check", "shop.template.json")[0] == 0


def test_baseline_then_only_new_findings_fail(here: Path, cli: Run) -> None:
    assert cli("baseline", "shop.template.json", "--output", "known.json")[0] == 0
    assert cli("check", "shop.template.json", "--baseline", "known.json")[0] == 0
    grown = {"Resources": {**TEMPLATE["Resources"], "New": {"Type": "AWS::KMS::Key", "Properties": {}}}}
    (here / "shop.template.json").write_text(json.dumps(grown))
    assert cli("check", "shop.template.json", "--baseline", "known.json")[0] == 1


def test_diff_counts_what_is_new(here: Path, cli: Run) -> None:
    (here / "new").mkdir()
    (here / "new" / "shop.json").write_text(
        json.dumps({"Resources": {**TEMPLATE["Resources"], "Second": TEMPLATE["Resources"]["Key"]}})
    )
    code, out, _ = cli("diff", "shop.template.json", "new", "--format", "json")
    assert code == 1
    assert {finding["logical_id"] for finding in json.loads(out)["new"]} == {"Second"}
    code, out, _ = cli("diff", "new", "shop.template.json")
    assert code == 0
    assert "0 new" in out.splitlines()[-1]


def test_decisions_lists_who_and_what(here: Path, cli: Run) -> None:
    waiver = "waivers:\n- {rule: KmsKeyRotationEnabled, resource: Key, reason: rotated by hand, owner: Ana, expires: 2999-01-01}\n"
    (here / "readiness.yaml").write_text(waiver)
    code, out, _ = cli("decisions", "shop.template.json", "--format", "json")
    (decision,) = json.loads(out)["decisions"]
    assert (code, decision["owner"], decision["matches"]) == (
        0,
        "Ana",
        [{"rule": "KmsKeyRotationEnabled", "place": "shop/Key"}],
    )
    assert "Ana" in cli("decisions", "shop.template.json")[1]


def test_init_writes_a_file_that_is_valid_and_never_overwrites(here: Path, cli: Run) -> None:
    assert cli("init", "shop.template.json")[0] == 0
    assert cli("check", "shop.template.json")[0] == 1
    schema = json.loads((here / "readiness.schema.json").read_text())
    assert "waivers" in json.dumps(schema)
    assert cli("init")[0] == 2


def test_migrate_gives_waivers_that_can_be_used(here: Path, cli: Run) -> None:
    template = json.loads(json.dumps(TEMPLATE))
    template["Resources"]["Key"]["Metadata"] = {
        "cdk_nag": {"rules_to_suppress": [{"id": "AwsSolutions-KMS5", "reason": "rotated by hand"}]}
    }
    (here / "shop.template.json").write_text(json.dumps(template))
    code, out, _ = cli("migrate", "cdk-nag", "shop.template.json")
    assert code == 0
    (here / "readiness.yaml").write_text(out)
    del template["Resources"]["Key"]["Metadata"]
    (here / "shop.template.json").write_text(json.dumps(template))
    states = {
        f["decision"]["state"]
        for f in json.loads(cli("check", "shop.template.json", "--format", "json")[1])["findings"]
        if f["rule"] == "KmsKeyRotationEnabled"
    }
    assert states == {"waived"}
