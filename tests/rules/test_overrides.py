"""Rules of an organisation as YAML: new items, further rules, overrides, and what is said where they are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, Config, InputError, Report, evaluate
from readiness_pack.cli import main
from readiness_pack.config import load, rules_in_force
from readiness_pack.rules import KmsKeyRotationEnabled
from readiness_pack.rules.rule_set import RuleSet, rule_set

Write = Callable[..., Path]

ITEM = """
id: ORG-1
section: Ours
group: G
title: T
statement: S
why: W
disposition: automated
"""
RULE = """
  - name: QueueHasName
    severity: error
    resource: AWS::SQS::Queue
    require: {QueueName: present}
    message: "{logical_id} has no name."
"""
KEY = {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True, "RotationPeriodInDays": 300}}
APP = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}, "Key": KEY}}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files into a folder of rules; their names are those of the arguments."""

    def files(folder: str = "house", **texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / f"{name}.yaml").write_text(text.lstrip("\n"), encoding="utf-8")
        return tmp_path / folder

    return files


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The JSON that a command writes."""

    def run(*arguments: str) -> Any:
        monkeypatch.setattr("sys.argv", ["readiness", *arguments])
        with pytest.raises(SystemExit):
            main()
        return json.loads(capsysbinary.readouterr().out)

    return run


def judge(rules: RuleSet, template: Any = None, **settings: Any) -> Report:
    app = Assembly.from_template(template or APP)
    return evaluate(app, rules.classes.values(), Config(**settings), checklist=rules.checklist)


def found(report: Report, rule: str) -> list[str]:
    return [finding.message for finding in report.findings if finding.rule == rule]


# What may be written ---------------------------------------------------------------------------------------------------


def test_a_rule_is_added_to_an_item_of_ours(write: Write) -> None:
    rules = rule_set([write(q=f"extends: REL-ERR-01\nrules:{RULE}")])
    report = judge(rules)
    assert found(report, "QueueHasName") == ["Jobs has no name."]
    item = next(item for item in report.items if item.id == "REL-ERR-01")
    assert (item.status, "QueueHasName" in item.rules) == ("not met", True)
    assert rules.classes["QueueHasName"].frameworks == rules.checklist.by_id["REL-ERR-01"].frameworks
    assert len(rules.checklist.items) == len(rule_set().checklist.items)


def test_items_and_groups_of_items_are_added_at_the_end(write: Write) -> None:
    second = ITEM.replace("ORG-1", "ORG-2").strip().replace("\n", "\n    ")
    rules = rule_set([write(one=f"{ITEM}rules:{RULE}", more=f"items:\n  - {second}\n")])
    assert [item.id for item in rules.checklist.items][-2:] == ["ORG-1", "ORG-2"]
    items = {item.id: item for item in judge(rules).items}
    assert (items["ORG-1"].status, items["ORG-2"].status) == ("not met", "unknown")


def test_rules_may_extend_an_item_of_the_same_or_of_an_earlier_folder(write: Write) -> None:
    first = write("first", item=ITEM)
    second = write("second", more=f"extends: ORG-1\nrules:{RULE}")
    assert rule_set([first, second]).classes["QueueHasName"].item == "ORG-1"
    both = write("both", also=f"extends: ORG-1\nrules:{RULE}", item=ITEM)
    assert rule_set([both]).classes["QueueHasName"].item == "ORG-1"
    with pytest.raises(InputError, match="extends: there is no item 'ORG-1'"):
        rule_set([second])


def test_a_folder_that_is_named_twice_counts_once(write: Write) -> None:
    folder = write(item=f"{ITEM}rules:{RULE}")
    assert rule_set([folder, str(folder)]).checklist == rule_set([folder]).checklist


def test_ours_alone_are_the_checklist_itself() -> None:
    assert rule_set().checklist is rule_set([]).checklist
    assert rule_set().checklist.notes == ()


# Overrides -------------------------------------------------------------------------------------------------------------

NAME = "KmsKeyRotationEnabled"


def override(text: str, name: str = NAME) -> str:
    return f"overrides:\n  {name}:\n    {text}\n"


def test_a_parameter_and_a_severity_are_replaced_and_the_rest_stays(write: Write) -> None:
    rules = rule_set([write(o=override("parameters: {max_rotation_days: 90}\n    severity: warning"))])
    made = rules.classes[NAME]
    assert (made.name, made.item, made.severity, made.core) == (NAME, "SEC-ENC-03", "warning", True)
    assert made.message == KmsKeyRotationEnabled.message
    about = KmsKeyRotationEnabled.parameter_specs["max_rotation_days"].about
    assert (made.parameter_specs["max_rotation_days"].default, made.parameter_specs["max_rotation_days"].about) == (
        90,
        about,
    )
    (message,) = found(judge(rules), NAME)
    assert "at least every 90 days" in message
    assert found(judge(rule_set()), NAME) == []
    assert list(rules.classes) == list(rule_set().classes), "it keeps its place"


def test_examples_stay_where_what_they_test_stays(write: Write) -> None:
    ours = len(rule_set().checklist.rules[NAME][1].examples)
    kept = rule_set([write("a", o=override("severity: info"))])
    assert len(kept.checklist.rules[NAME][1].examples) == ours
    anew = rule_set([write("b", o=override("message: Rotate {logical_id}."))])
    assert anew.checklist.rules[NAME][1].examples == []


def test_an_override_is_noted_in_the_report(write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    rules = rule_set([write(o=override("severity: info\n    core: false"))])
    assert judge(rules).notes == [f"{NAME} is overridden by house/o.yaml (severity, core)"]


def test_an_error_by_override_is_an_error_in_the_standard_profile(write: Write) -> None:
    name = "SqsQueuePolicyDeniesInsecureTransport"
    for text, severity in (("severity: error", "error"), ("severity: error\n    core: false", "warning")):
        rules = rule_set([write("s" if "core" in text else "t", o=override(text, name))])
        (finding,) = (finding for finding in judge(rules).findings if finding.rule == name)
        assert finding.severity == severity


def test_a_check_is_replaced_by_words_and_words_by_a_check(write: Write) -> None:
    name = "KmsKeyPolicyNotPublic"
    rules = rule_set(
        [write("a", o=override("check: null\n    require: {Description: present}\n    message: M.", name))]
    )
    assert found(judge(rules), name) == ["M."]
    with pytest.raises(InputError, match="nothing is left that decides"):
        rule_set([write("b", o=override("check: null", name))])
    rules = rule_set([write("c", o=override("unless: null\n    require: null\n    check: kms.key_policy_not_public"))])
    assert found(judge(rules), NAME) == []


def test_a_later_folder_overrides_an_earlier_one(write: Write) -> None:
    first = write("first", o=override("parameters: {max_rotation_days: 90}"))
    second = write("second", o=override("severity: info"))
    made = rule_set([first, second]).classes[NAME]
    assert (made.severity, made.parameter_specs["max_rotation_days"].default) == ("info", 90)


# What is wrong, and where ------------------------------------------------------------------------------------------------

TAKEN = RULE.replace("QueueHasName", NAME)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("extends: REL-ERR-1\nrules: []\n", 1, "extends: there is no item 'REL-ERR-1'. Did you mean 'REL-ERR-01'?"),
        ("extends: REL-ERR-01\nruls: []\n", 2, "ruls: there is no such key. Did you mean 'rules'?"),
        ("extends: REL-ERR-01\n", 1, "object missing required field `rules`"),
        (f"extends: REL-ERR-01\nrules:{TAKEN}", 3, f"rule {NAME}: there is a rule of this name among ours already"),
        (f"extends: REL-ERR-01\nrules:{RULE}{RULE}", 9, "rule QueueHasName is in"),
        (f"{ITEM}rules:{RULE}reuses: [KmsKeyRotationEnable]\n", 14, f"reuses[0]: there is no rule 'KmsKeyRotationEnable'. Did you mean '{NAME}'?"),
        (f"items:\n  - {ITEM.strip()}\n", 2, "items[0]: object missing required field `section`"),
        ("items: []\noverrides: {}\n", 2, "overrides: there is no such key"),
        (override("severity: info", "KmsKeyRotation"), 3, f"overrides: there is no such rule. Did you mean '{NAME}'?"),
        (override("severitty: info"), 3, f"overrides.{NAME}.severitty: there is no such key. Did you mean 'severity'?"),
        (override("{}"), 3, "the override changes nothing"),
        (override("parameters: {max_rotation_day: 90}"), 3, "parameters.max_rotation_day: the rule has no such parameter. Did you mean 'max_rotation_days'?"),
        (override("parameters: {max_rotation_days: ninety}"), 3, "a number is expected, as its default 365, not 'ninety'"),
        (override("why: W\n    message: It is {valu}."), 4, "message: nothing fills {valu}. Did you mean 'value'?"),
        (override("require:\n      - EnableKeyRotation: {presnt: true}"), 4, "require[0].EnableKeyRotation.presnt: 'presnt' is not an operator. Did you mean 'present'?"),
        (override("resource: AWS::KMS::Keys"), 3, "CloudFormation has no resource type 'AWS::KMS::Keys'"),
        (f"{override('severity: info')}  {NAME}:\n    severity: error\n", 4, f"'{NAME}' is given twice"),
        ("overrides:\n", 1, "expected `object`, got `null`"),
    ],
)  # fmt: skip
def test_what_is_wrong_has_file_and_line(write: Write, text: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as raised:
        rule_set([write(file=text)])
    assert said in raised.value.problem
    assert (Path(raised.value.file or "").name, raised.value.line) == ("file.yaml", line)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("AWS::SQS::Queue", "AWS::SQS::Queu", 11, "resource: CloudFormation has no resource type 'AWS::SQS::Queu'"),
        ("AWS::SQS::Queue", "[AWS::SQS::Queue, sqs]", 11, "no resource type 'sqs'"),
        ("AWS::SQS::Queue", "[]", 11, "resource: at least one type is needed"),
        ("{QueueName: present}", "{QueueName: {matchs: x}}", 12, "require.QueueName.matchs: 'matchs' is not an operator. Did you mean 'matches'?"),
        ("{QueueName: present}", "\n      QueueName: present\n      VisibilityTimeout:\n        min: $lowst", 15, "require.VisibilityTimeout.min: the rule has no parameter lowst"),
        ("{QueueName: present}", "{QueueName: $nam}\n    parameters: {name: a}", 12, "no parameter nam. Did you mean 'name'?"),
        ("{QueueName: present}", "\n      - QueueName: present\n      - KmsMasterKeyId:\n          refers_to: AWS::KMS::Keyy", 15, "require: CloudFormation has no resource type 'AWS::KMS::Keyy'"),
        ("{QueueName: present}", "{referred_by: dead_leter}", 12, "there is no relation 'dead_leter'. Did you mean 'dead_letter'?"),
        ("{QueueName: present}", "{referred_by: {type: [AWS::SNS::Topik]}}", 12, "no resource type 'AWS::SNS::Topik'"),
        ("{QueueName: present}", "{QueueName: {matches: '['}}", 12, "not a regular expression"),
        ("require: {QueueName: present}", "check: kms.key_policy_not_publick", 12, "there is no check 'kms.key_policy_not_publick' (no function key_policy_not_publick in readiness_pack.rules.checks.kms). Did you mean 'key_policy_not_public'?"),
        ("require: {QueueName: present}", "check: kmss.x", 12, "Did you mean 'kms'?"),
        ("require: {QueueName: present}", "check: nodots", 12, "'nodots' is not module.function"),
        ("require: {QueueName: present}", "check: os.path.join(1).x", 12, "is not module.function"),
        ("require: {QueueName: present}", "check: os.path.sep", 12, "no function sep in posixpath"),
        ('"{logical_id} has no name."', '"{logicalid} has no name."', 13, "message: nothing fills {logicalid}. Did you mean 'logical_id'?"),
        ('"{logical_id} has no name."', '"{logical_id has no name."', 13, "message: expected '}' before end of string"),
        ('"{logical_id} has no name."', '"{value.secret} has no name."', 13, "message: '{value.secret}' is not the name of a field"),
        ("QueueHasName", "queueHasName", 9, "name: 'queueHasName' is not CamelCase"),
        ("severity: error", "severity: error\n    parameters: {a: {default: 1}}", 11, "parameters.a: a value, or exactly {default, about}, is expected"),
        ("severity: error", "severity: error\n    overrides: X", 11, "there is no such key"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_has_file_and_line(write: Write, old: str, new: str, line: int, said: str) -> None:
    assert old in RULE
    with pytest.raises(InputError) as raised:
        rule_set([write(file=f"{ITEM}rules:{RULE.replace(old, new)}")])
    assert said in raised.value.problem
    assert raised.value.line == line, raised.value


def test_lines_are_found_in_groups_and_extensions_too(write: Write) -> None:
    inner = f"{ITEM.strip()}\nrules:{RULE.replace('present', '{is: 1}')}".replace("\n", "\n    ")
    with pytest.raises(InputError) as raised:
        rule_set([write("a", file=f"items:\n  - {inner}\n")])
    assert "require.QueueName.is" in raised.value.problem
    assert raised.value.line == 13, raised.value
    with pytest.raises(InputError) as raised:
        rule_set([write("b", file=f"extends: REL-ERR-01\nrules:{RULE.replace('present', '{is: 1}')}")])
    assert raised.value.line == 6


def test_an_item_of_ours_is_not_replaced_by_accident(write: Write) -> None:
    with pytest.raises(InputError, match="to add rules to it, write 'extends: SEC-ENC-03'") as raised:
        rule_set([write(file=ITEM.replace("ORG-1", "SEC-ENC-03"))])
    assert raised.value.line == 1


def test_custom_resources_and_those_of_other_publishers_are_types(write: Write) -> None:
    types = "[Custom::Thing, Datadog::Monitors::Monitor, AWS::SQS::Queue]"
    rules = rule_set([write(file=f"{ITEM}rules:{RULE.replace('AWS::SQS::Queue', types)}")])
    report = judge(rules, {"Resources": {"A": {"Type": "Custom::Thing"}}})
    assert found(report, "QueueHasName") == ["A has no name."]


# Settings --------------------------------------------------------------------------------------------------------------


def settings(tmp_path: Path, text: str) -> Config:
    (tmp_path / "readiness.yaml").write_text(text, encoding="utf-8")
    return load(tmp_path / "readiness.yaml")


def test_rules_of_the_settings_are_relative_to_their_file(tmp_path: Path, write: Write) -> None:
    write(q=f"extends: REL-ERR-01\nrules:{RULE}")
    assert "QueueHasName" in rules_in_force(settings(tmp_path, "rules: [house]\n")).classes
    config = settings(tmp_path, "fail_on: never\nrules:\n  - house\n  - hous\n")
    with pytest.raises(InputError, match=r"readiness\.yaml:4: rules\[1\]: there is no such folder of rules"):
        rules_in_force(config)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("ninety", "parameters.max_rotation_days: a number is expected, as its default 365, not 'ninety'"),
        ("true", "not True"),
        ("[90]", "not [90]"),
    ],
)
def test_a_parameter_of_the_wrong_type_is_an_error_with_its_line(tmp_path: Path, value: str, said: str) -> None:
    config = settings(tmp_path, f"fail_on: never\nparameters:\n  max_rotation_days: {value}\n")
    with pytest.raises(InputError) as raised:
        evaluate(Assembly.from_template(APP), config=config)
    assert said in str(raised.value)
    assert raised.value.line == 3


def test_a_parameter_of_the_right_type_is_taken(tmp_path: Path) -> None:
    config = settings(tmp_path, "parameters: {max_rotation_days: 90}\n")
    assert found(evaluate(Assembly.from_template(APP), config=config), NAME)


def test_a_folder_below_the_home_is_found(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(q=f"extends: REL-ERR-01\nrules:{RULE}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert "QueueHasName" in rules_in_force(settings(tmp_path, "rules: [~/house]\n")).classes


def test_the_severity_of_an_override_is_that_of_all_findings(write: Write) -> None:
    user = {"Type": "AWS::IAM::User", "Properties": {"Policies": [{"PolicyName": "P", "PolicyDocument": {}}]}}
    app = {"Resources": {"Ann": user}}

    def severities(*folders: Path) -> set[str]:
        report = judge(rule_set(list(folders)), app, profile="strict")
        return {finding.severity for finding in report.findings if finding.rule == "InlinePolicyAvoided"}

    assert severities() == {"error"}, "of users, where the rule itself is for information"
    milder = write(o="overrides: {InlinePolicyAvoided: {severity: warning}}")
    assert severities(milder) == {"warning"}
    later = write("more", o="overrides: {InlinePolicyAvoided: {why: People come and go.}}")
    assert severities(milder, later) == {"warning"}
    assert severities(later) == {"error"}


def test_apps_with_rules_of_their_own_are_one_report_in_any_order(
    write: Write, cli: Callable[..., Any], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.json").write_text(json.dumps(APP))
    write(q=f"extends: CRT-REC-01\nrules:{RULE}")
    (tmp_path / "a" / "readiness.yaml").write_text("rules: [../house]")
    for order in (("a", "b"), ("b", "a")):
        report = cli("check", *(str(tmp_path / name / "t.json") for name in order), "--format", "json")
        (item,) = (item for item in report["items"] if item["id"] == "CRT-REC-01")
        assert (item["rules"], item["status"], item["fail"]) == (["QueueHasName"], "not met", 1)
