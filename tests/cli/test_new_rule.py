"""`readiness new-rule`: what it writes is a rule, and passes `test-rules` as soon as nothing is to be filled in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness_pack.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["readiness", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def new(cli: Run, name: str, *arguments: str, resource: str = "AWS::SQS::Queue") -> tuple[int, str, str]:
    return cli("new-rule", name, "--item", "SEC-ENC-01", "--resource", resource, *arguments)


REQUIRED = [
    ("AWS::SQS::Queue", "KmsMasterKeyId: present"),
    ("AWS::SQS::Queue", "KmsMasterKeyId: absent"),
    ("AWS::SQS::Queue", "SqsManagedSseEnabled: true"),
    ("AWS::SQS::Queue", r"QueueName: {matches: '^acme-'}"),
    ("AWS::SQS::Queue", "RedrivePolicy.maxReceiveCount: {between: [2, 10]}"),
    ("AWS::SQS::Queue", "KmsMasterKeyId: {refers_to: AWS::KMS::Key}"),
    ("AWS::SQS::Queue", "KmsMasterKeyId: {refers_to: {type: [AWS::KMS::Key, AWS::KMS::Alias]}}"),
    ("AWS::SQS::Queue", "DelaySeconds: {max: 60}"),
    ("AWS::S3::Bucket", "'@DeletionPolicy': {in: [Retain, Snapshot]}"),
    ("AWS::S3::Bucket", "LifecycleConfiguration.Rules[*].Status: Enabled"),
    ("AWS::S3::Bucket", "LifecycleConfiguration.Rules: {any: {Status: Enabled}}"),
    ("AWS::Lambda::Function", "Runtime: {not_in: [python3.8, absent]}"),
    ("AWS::EC2::SecurityGroup", "SecurityGroupIngress: {none: {CidrIp: 0.0.0.0/0}}"),
    ("AWS::SNS::Topic", "any_of: [{KmsMasterKeyId: present}, {TopicName: {matches: public}}]"),
]


@pytest.mark.parametrize(("resource", "require"), REQUIRED)
def test_a_rule_with_a_requirement_works_at_once(cli: Run, resource: str, require: str) -> None:
    code, out, err = new(cli, "Fresh", "--require", require, resource=resource)
    assert (code, out) == (0, "")
    assert err.startswith(f"wrote {Path('my_rules', 'Fresh.yaml')}; 3 places say FILL IN\n")
    code, out, err = cli("test-rules", "my_rules")
    assert (code, err) == (0, ""), out
    assert out == "PASS: 1 rule, 2 of 2 examples hold\n"


def test_what_cannot_be_found_out_is_to_be_filled_in(cli: Run, tmp_path: Path) -> None:
    new(cli, "NoRequire")
    new(cli, "Referred", "--require", "referred_by: {type: AWS::SNS::Subscription}", resource="AWS::SNS::Topic")
    text = (tmp_path / "my_rules" / "Referred.yaml").read_text(encoding="utf-8")
    assert "# FILL IN a resource that satisfies the rule" in text
    code, out, _ = cli("test-rules", "my_rules")
    assert code == 1
    assert "NoRequire, example 1: gives fail instead of pass" in out
    assert "Referred, example 1: gives fail instead of pass" in out
    (tmp_path / "my_rules" / "NoRequire.yaml").write_text(
        (tmp_path / "my_rules" / "NoRequire.yaml")
        .read_text(encoding="utf-8")
        .replace("SomeProperty: present", "QueueName: present")
        .replace("pass: {Properties: {}}", "pass: {Properties: {QueueName: orders}}")
    )
    assert "NoRequire" not in cli("test-rules", "my_rules")[1]


def test_options_are_written(cli: Run, tmp_path: Path) -> None:
    new(
        cli,
        "Named",
        *("--resource", "AWS::SNS::Topic", "--require", "A: present", "--require", "B: {in: [x, y]}"),
        *("--unless", "C: true", "--severity", "error", "--message", "{logical_id}: 'A' # is missing", "--output", "o"),
    )
    assert cli("test-rules", "o")[0] == 0
    rule = json.loads(cli("rules", "--rules", "o", "--format", "json")[1])["rules"]
    (found,) = (one for one in rule if one["name"] == "Named")
    assert found["resource_types"] == ["AWS::SQS::Queue", "AWS::SNS::Topic"]
    assert (found["severity"], found["message"]) == ("error", "{logical_id}: 'A' # is missing")
    assert "unless" in (tmp_path / "o" / "Named.yaml").read_text(encoding="utf-8")


def test_the_new_rule_judges(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps({"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}))
    new(cli, "QueueHasName", "--require", "QueueName: present")
    found = json.loads(cli("check", "t.json", "--rules", "my_rules", "--format", "json")[1])["findings"]
    assert [one["message"] for one in found if one["rule"] == "QueueHasName"] == ["QueueName of Jobs is not set."]


def test_nothing_is_overwritten(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "my_rules").mkdir()
    file = tmp_path / "my_rules" / "Fresh.yaml"
    file.write_text("extends: SEC-ENC-01\nrules: []\n")
    code, _, err = new(cli, "Fresh")
    assert (code, err.count("\n")) == (2, 1)
    assert "is there already; nothing was written" in err
    assert file.read_text() == "extends: SEC-ENC-01\nrules: []\n"


def test_a_rule_may_belong_to_an_item_of_the_folder(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "my_rules").mkdir()
    item = "{id: ORG-1, section: S, group: G, title: T, statement: S, disposition: automated, why: W}\n"
    (tmp_path / "my_rules" / "item.yaml").write_text(item)
    assert cli("new-rule", "Fresh", "--item", "ORG-1", "--resource", "app", "--require", "A: present")[0] == 0


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("fresh_rule", (), "NAME: 'fresh_rule' is not CamelCase"),
        ("../Evil", (), "is not CamelCase"),
        ("KmsKeyRotationEnabled", (), "NAME: there is a rule KmsKeyRotationEnabled already"),
        ("Fresh", ("--item", "SEC-ENC-1"), "--item: there is no item 'SEC-ENC-1'. Did you mean 'SEC-ENC-01'?"),
        ("Fresh", ("--resource", "AWS::SQS::Queu"), "--resource: CloudFormation has no resource type 'AWS::SQS::Queu'"),
        ("Fresh", ("--require", "QueueName"), "--require: 'PATH: MATCHER' is expected, not 'QueueName'"),
        ("Fresh", ("--require", "A: ["), "--require: 'PATH: MATCHER' is expected"),
        ("Fresh", ("--require", ""), "--require: 'PATH: MATCHER' is expected"),
        ("Fresh", ("--require", "A: {equal: 1}"), "require.A.equal: 'equal' is not an operator"),
        ("Fresh", ("--require", "A: 1", "--require", "A: 2"), "--require: 'A' is given twice"),
        ("Fresh", ("--unless", "A: $x"), "unless.A: the rule has no parameter x"),
        ("Fresh", ("--message", "{logical_id"), "--message: expected '}'"),
        ("Fresh", ("--output", "t.json"), "t.json"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_writes_nothing(
    cli: Run, tmp_path: Path, name: str, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "t.json").write_text("{}")
    code, out, err = new(cli, name, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1, err
    assert list(tmp_path.rglob("*.yaml")) == []
