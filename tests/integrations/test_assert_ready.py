"""``assert_ready`` and the fixture ``readiness``: what fails a unit test, what the message says, what it costs."""

from __future__ import annotations

import subprocess
import sys
import warnings
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import assertions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import IValidation

from readiness_pack import Config, InputError, ReadinessChecks, Rule, waive
from readiness_pack.config import AssumeSpec
from readiness_pack.rules import Outcome, fail
from readiness_pack.template import Resource
from readiness_pack.testing import ReadinessWarning, assert_ready
from tests.integrations.apps import add_alarm, rotated_key
from tests.integrations.synthesis import new_app

pytest_plugins = ["pytester"]

ROTATION = "KmsKeyRotationEnabled"
KEY = {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    """A stack with a key that does not rotate, one that does, and one in a nested stack that does not."""
    made = cdk.Stack(app, "Shop")
    kms.Key(made, "Legacy")
    rotated_key(made, "Good")
    kms.Key(cdk.NestedStack(made, "Inner"), "Nested")
    return made


def failure(*arguments: Any, **options: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_ready(*arguments, **options)
    return str(caught.value)


def places(message: str) -> list[str]:
    return [
        line.split(":")[0].strip() for line in message.splitlines() if line.startswith("  ") and ": The key" in line
    ]


# What can be asked about -----------------------------------------------------------------------------------------------


def test_a_stack_with_its_nested_stacks(app: cdk.App, stack: cdk.Stack) -> None:
    kms.Key(cdk.Stack(app, "Other"), "NotAsked")
    message = failure(stack, rules=ROTATION)
    assert message.startswith("Shop is not ready: 1 rule at 2 places\n")
    assert places(message) == ["Shop/Legacy/Resource", "Shop/Inner/Nested/Resource"]


def test_a_nested_stack_alone(stack: cdk.Stack) -> None:
    inner = stack.node.find_child("Inner")
    assert places(failure(inner, rules=ROTATION)) == ["Shop/Inner/Nested/Resource"]


def test_an_app_with_its_stages(app: cdk.App, stack: cdk.Stack) -> None:
    stage = cdk.Stage(app, "Prod")
    kms.Key(cdk.Stack(stage, "Shop"), "Staged")
    assert sorted(places(failure(app, rules=ROTATION))) == [
        "Prod/Shop/Staged/Resource", "Shop/Inner/Nested/Resource", "Shop/Legacy/Resource",
    ]  # fmt: skip


def test_a_stage_and_a_stack_in_it(app: cdk.App, stack: cdk.Stack) -> None:
    stage = cdk.Stage(app, "Prod")
    staged = cdk.Stack(stage, "Shop")
    kms.Key(staged, "Staged")
    for subject in (stage, staged):
        assert places(failure(subject, rules=ROTATION)) == ["Prod/Shop/Staged/Resource"]


def test_a_template_and_its_dict(stack: cdk.Stack) -> None:
    template = assertions.Template.from_stack(stack)
    by_template = failure(template, rules=ROTATION)
    assert by_template == failure(template.to_json(), rules=ROTATION)
    assert "the template is not ready: 1 rule at 1 place" in by_template


def test_other_stacks_count_as_partners(app: cdk.App) -> None:
    alarms = cdk.Stack(app, "Alarms")
    queues = cdk.Stack(app, "Queues")
    dlq = sqs.Queue(queues, "Dlq")
    sqs.Queue(queues, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dlq, max_receive_count=3))
    add_alarm(alarms, "Depth", dlq)
    assert_ready(queues, rules="EveryDlqHasDepthAlarm")
    assert "EveryDlqHasDepthAlarm" in failure(assertions.Template.from_stack(queues), rules="EveryDlqHasDepthAlarm")


def test_rules_about_the_whole_app_are_asked_of_an_app(app: cdk.App, stack: cdk.Stack) -> None:
    about_app = {
        finding.rule for finding in assert_ready(app, config=Config(fail_on="never")).findings if not finding.stack
    }
    assert about_app
    assert not [f for f in assert_ready(stack, config=Config(fail_on="never")).findings if not f.stack]
    rule = min(about_app)
    assert f"{rule} (" in failure(stack, rules=rule)  # asked for by name


@pytest.mark.parametrize("thing", [None, 7, "cdk.out", [], object()])
def test_anything_else_is_a_type_error(thing: Any) -> None:
    with pytest.raises(
        TypeError, match=r"expected an App, a Stage, a Stack, an assertions\.Template or a template as a dict"
    ):
        assert_ready(thing)


@pytest.mark.parametrize("template", [{}, {"Resources": []}, {"Resources": {"A": {}}}])
def test_a_dict_that_is_no_template(template: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"^(is not a CloudFormation template|Resources)"):
        assert_ready(template)


def test_an_empty_stack_is_ready(app: cdk.App) -> None:
    empty = cdk.Stack(app, "Empty")
    assert_ready(empty)
    assert_ready(assertions.Template.from_stack(empty))


def test_a_sam_template_is_judged_as_what_it_becomes() -> None:
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Handler": "a.b", "Runtime": "python3.12", "InlineCode": ""},
    }
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": function}}
    assert "LambdaTracingActive" in failure(template, rules="LambdaTracingActive")


# What fails ------------------------------------------------------------------------------------------------------------


def test_what_fails_the_gate_fails_the_test(stack: cdk.Stack, app: cdk.App) -> None:
    report = assert_ready(app, config=Config(fail_on="never"))
    message = failure(app)
    assert ROTATION in message
    severities = {finding.rule: finding.severity for finding in report.findings if finding.verdict == "fail"}
    for rule, severity in severities.items():
        assert (f"\n{rule} (" in message) == (severity == "error"), rule


def test_a_named_rule_fails_whatever_its_severity_and_an_item_not_for_remarks(stack: cdk.Stack) -> None:
    remark = "KmsAliasForEveryKey (info, SEC-ENC-03)"
    assert remark in failure(stack, rules="KmsAliasForEveryKey")
    message = failure(stack, rules=["SEC-ENC-03"])
    assert ROTATION in message
    assert remark not in message
    assert remark not in failure(stack, rules="Kms*")


def test_ignored_rules_fail_nothing(stack: cdk.Stack) -> None:
    assert_ready(stack, rules="SEC-ENC-03", ignore=["Kms*"])
    assert_ready(stack, rules=ROTATION, ignore=ROTATION)
    assert_ready(stack, rules=ROTATION, ignore="AwsSolutions-KMS5")
    assert ROTATION not in failure(stack, ignore=[ROTATION, "SEC-ENC-01"])


@pytest.mark.parametrize("argument", ["rules", "ignore"])
def test_a_name_that_nothing_has_is_an_error(stack: cdk.Stack, argument: str) -> None:
    named: dict[str, Any] = {argument: ["KmsKeyRotation"]}
    said = rf"^{argument}: no rule or item is called 'KmsKeyRotation'\. Did you mean '{ROTATION}'\?"
    with pytest.raises(InputError, match=said):
        assert_ready(stack, **named)
    wrong: dict[str, Any] = {argument: [7]}
    with pytest.raises(TypeError, match="expected the name of a rule or item"):
        assert_ready(stack, **wrong)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([], "rules: is empty, so nothing would be asked"),
        ("SUC-BUS-01", "rules: no rule is behind 'SUC-BUS-01'"),
        (["Kms*", "SUC-BUS-*"], r"rules: no rule is behind 'SUC-BUS-\*'"),
        ("AwsSolutions-KMS55", "rules: no rule is behind 'AwsSolutions-KMS55'"),
        ("CKV_AWS_99999", "rules: no rule is behind 'CKV_AWS_99999'"),
    ],
)
def test_a_test_that_asks_nothing_does_not_pass(rules: Any, said: str) -> None:
    with pytest.raises(InputError, match=f"^{said}"):
        assert_ready(KEY, rules=rules)


def test_an_item_that_relies_on_rules_of_others_asks_those(tmp_path: Path) -> None:
    item = "id: OWN-KEY-01\nsection: Own\ngroup: Keys\ntitle: Keys\nstatement: Keys rotate\nwhy: It is a property.\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "item.yaml").write_text(f"{item}disposition: automated\nreuses: [{ROTATION}]\n")
    assert ROTATION in failure(KEY, rules=[tmp_path / "own"])
    settings = Config(rules=[str(tmp_path / "own")])
    assert ROTATION in failure(KEY, rules="OWN-KEY-01", config=settings)
    assert ROTATION in failure(KEY, rules=ROTATION, ignore="OWN-KEY-01", config=settings), "the rule is another item's"


class NamedKeys(Rule):
    """Each key says what it is for."""

    name = "NamedKeys"
    item = "SEC-ENC-03"
    severity = "warning"
    resource_types = ("AWS::KMS::Key",)
    message = "{logical_id} says nothing."

    def check(self, resource: Resource) -> Outcome:
        return fail()


class Broken(NamedKeys):
    """A rule that breaks."""

    name = "Broken"

    def check(self, resource: Resource) -> Outcome:
        raise ZeroDivisionError("one by nothing")


def test_a_rule_of_ones_own(stack: cdk.Stack, tmp_path: Path) -> None:
    assert "NamedKeys (warning, SEC-ENC-03)" in failure(stack, rules=NamedKeys)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text(
        "extends: SEC-ENC-03\nrules:\n- name: KeysAreMultiRegion\n  severity: warning\n  resource: AWS::KMS::Key\n"
        "  require: {MultiRegion: true}\n  message: One region only.\n"
    )
    assert "KeysAreMultiRegion (warning" in failure(stack, rules=[tmp_path / "rules"])


def test_a_rule_that_breaks_fails_the_test(stack: cdk.Stack) -> None:
    message = failure(stack, rules=Broken)
    assert message.startswith("Shop is not ready: 1 rule broke")
    assert "Broken broke on Shop/Legacy" in message
    assert "one by nothing" in message


# Decisions and settings --------------------------------------------------------------------------------------------------


def test_waivers_in_code_and_above_the_stack_count(app: cdk.App, stack: cdk.Stack) -> None:
    waive(app, ROTATION, reason="Rotated by hand for now", owner="Ana", expires="2999-12-31")
    report = assert_ready(stack, rules=ROTATION)
    assert {f.decision.state for f in report.findings if f.rule == ROTATION} == {"waived"}


def test_settings_come_from_the_working_directory_or_by_name(stack: cdk.Stack, tmp_path: Path) -> None:
    off = "severity: {KmsKeyRotationEnabled: 'off'}\n"
    (tmp_path / "other.yaml").write_text(off)
    assert ROTATION in failure(stack)
    assert_ready(stack, rules=ROTATION, config=tmp_path / "other.yaml")
    (tmp_path / "readiness.yaml").write_text(off)
    assert_ready(stack, rules=ROTATION)
    assert ROTATION in failure(stack, rules=ROTATION, config=Config())
    with pytest.raises(InputError, match="cannot be read"):
        assert_ready(stack, config="none.yaml")


# What is not decided -----------------------------------------------------------------------------------------------------


@pytest.fixture
def open_stack(app: cdk.App) -> cdk.Stack:
    made = cdk.Stack(app, "Open")
    rotate = cdk.CfnParameter(made, "Rotate")
    cdk.CfnResource(made, "Key", type="AWS::KMS::Key", properties={"EnableKeyRotation": rotate.value_as_string})
    return made


def test_an_open_answer_warns_and_names_the_rule(open_stack: cdk.Stack) -> None:
    with pytest.warns(ReadinessWarning, match=r"not decided: KmsKeyRotationEnabled on Open/Key.*Rotate.*'assume'"):
        assert_ready(open_stack, rules=ROTATION)


def test_an_open_answer_fails_where_that_is_wanted(open_stack: cdk.Stack) -> None:
    assert "  Open/Key: not decided: " in failure(open_stack, rules=ROTATION, on_unknown="fail")
    assert ROTATION in failure(open_stack, config=Config(on_unknown="fail"))


def test_an_open_answer_can_be_ignored_or_assumed(open_stack: cdk.Stack) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_ready(open_stack, rules=ROTATION, on_unknown="ignore")
        assert_ready(open_stack, rules=ROTATION, config=Config(assume=AssumeSpec({"Rotate": "true"})))
    assert ROTATION in failure(open_stack, rules=ROTATION, config=Config(assume=AssumeSpec({"Rotate": "false"})))
    with pytest.warns(ReadinessWarning):
        assert_ready(open_stack, rules=ROTATION)  # what was assumed a moment ago is forgotten


# The message -------------------------------------------------------------------------------------------------------------


def test_the_message_says_what_where_and_how_to_mend_it(stack: cdk.Stack) -> None:
    assert failure(stack, rules=ROTATION).splitlines()[:8] == [
        "Shop is not ready: 1 rule at 2 places",
        "",
        "KmsKeyRotationEnabled (error, SEC-ENC-03)",
        "  Shop/Legacy/Resource: The key material of LegacyFA07BB5D is not rotated automatically at least every 365 days "
        "(EnableKeyRotation is not set).",
        "    Properties/EnableKeyRotation, Shop.template.json:5",
        "  Shop/Inner/Nested/Resource: The key material of Nested0E007A7E is not rotated automatically at least every 365 "
        "days (EnableKeyRotation is not set).",
        "    Properties/EnableKeyRotation, ShopInnerE5AC8EA9.nested.template.json:5",
        "  Fix: kms.Key(self, \"Key\", enable_key_rotation=True, rotation_period=Duration.days(365))",
    ]  # fmt: skip


def test_a_message_stays_readable(app: cdk.App) -> None:
    many = cdk.Stack(app, "Many")
    for number in range(15):
        kms.Key(many, f"Key{number}")
    message = failure(many, rules=ROTATION)
    assert len(places(message)) == 10
    assert "\n  and 5 more\n" in message


def test_hostile_names_are_shown_harmless() -> None:
    template = {"Resources": {"A\x1b[31m": {"Type": "AWS::KMS::Key", "Properties": {}}}}
    message = failure(template, rules=ROTATION)
    assert "\x1b" not in message


# What it costs -----------------------------------------------------------------------------------------------------------


def test_one_synthesis_for_any_number_of_questions(app: cdk.App, stack: cdk.Stack) -> None:
    template = assertions.Template.from_stack(stack)
    manifest = Path(app.outdir, "manifest.json")
    first = manifest.stat()
    for subject in (stack, app, template, stack.node.find_child("Inner"), stack):
        failure(subject, rules=ROTATION)
    assert (manifest.stat().st_mtime_ns, manifest.stat().st_ino) == (first.st_mtime_ns, first.st_ino)


def test_what_was_read_is_not_read_again(app: cdk.App, stack: cdk.Stack) -> None:
    failure(stack, rules=ROTATION)
    with patch("readiness_pack.template.Assembly.load", side_effect=AssertionError("read again")):
        assert "1 rule at 2 places" in failure(app, rules=ROTATION)


def test_an_app_that_changed_is_not_answered_from_memory(tmp_path: Path) -> None:
    for rotates in (False, True):
        app = new_app(tmp_path / "cdk.out")
        kms.Key(cdk.Stack(app, "Shop"), "Key", enable_key_rotation=rotates, alias="a")
        if rotates:
            assert_ready(app, rules=ROTATION)
        else:
            failure(app, rules=ROTATION)


def test_an_app_that_has_the_plugin_is_judged_all_the_same(app: cdk.App, stack: cdk.Stack) -> None:
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    assert "1 rule at 2 places" in failure(stack, rules=ROTATION)
    assert_ready(stack, rules=ROTATION, ignore=ROTATION)


def test_an_app_that_cannot_be_synthesized_says_so(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop")
    stack.node.add_validation(Objection())
    with pytest.raises(RuntimeError, match="on purpose"):
        assert_ready(stack)


@jsii.implements(IValidation)
class Objection:
    """Something that the user's app has against itself."""

    def validate(self) -> list[str]:
        return ["on purpose"]


# The pytest plugin -------------------------------------------------------------------------------------------------------

PLUGIN = "readiness_pack.integrations.pytest_plugin"
INSTALLED = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))
LOADED: list[str] = [] if INSTALLED else ["-p", PLUGIN]

TEST = """
KEY = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": %s}}}}

def test_ready(readiness):
    assert readiness(KEY, rules="KmsKeyRotationEnabled").resources == 1
"""


@pytest.mark.slow
def test_the_fixture_fails_with_the_message_and_no_frame_of_ours(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST % "False")
    result = pytester.runpytest_subprocess(*LOADED, "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "*def test_ready(readiness):*",
        "E   *AssertionError: the template is not ready: 1 rule at 1 place*",
        "E *Fix: kms.Key(*",
    ])  # fmt: skip
    result.stdout.no_fnmatch_line("*assertions.py*")
    result.stdout.no_fnmatch_line("*def check(*")


@pytest.mark.slow
def test_the_fixture_passes_and_reads_the_settings_that_are_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST % "False")
    pytester.makefile(".yaml", settings="severity: {KmsKeyRotationEnabled: 'off'}\n")
    pytester.makeini("[pytest]\nreadiness_config = settings.yaml\n")
    pytester.runpytest_subprocess(*LOADED, "-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.slow
def test_a_test_run_that_does_not_ask_pays_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\n\ndef test_nothing_is_loaded():\n"
        "    loaded = {name for name in sys.modules if name.startswith(('readiness_pack', 'aws_cdk', 'jsii', 'constructs'))}\n"
        "    assert loaded <= {'readiness_pack', 'readiness_pack.integrations', 'readiness_pack.integrations.pytest_plugin'}\n"
    )
    pytester.runpytest_subprocess(*LOADED, "-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.slow
def test_a_template_is_judged_without_the_cdk() -> None:
    code = (
        "import sys\nfrom readiness_pack.testing import assert_ready\n"
        "assert_ready({'Resources': {'T': {'Type': 'AWS::SNS::Topic'}}}, rules='KmsKeyRotationEnabled')\n"
        "print('aws_cdk' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr
