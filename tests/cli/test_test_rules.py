"""`readiness test-rules`: runs examples, shows differences, and ends with a code that CI understands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness_pack.cli import main

Run = Callable[..., tuple[int, str, str]]

HEAD = """extends: REL-ERR-01
rules:
  - name: QueueHasName
    severity: error
    resource: AWS::SQS::Queue
    require: {QueueName: present}
    message: "{logical_id} has no name."
    examples:
"""  # eight lines
GOOD = """      - pass: {Properties: {QueueName: a}}
      - fail: {Properties: {}}
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "house").mkdir()

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["readiness", "test-rules", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def write(folder: Path, text: str, name: str = "q.yaml") -> None:
    (folder / "house" / name).write_text(text, encoding="utf-8")


def test_all_well(cli: Run, tmp_path: Path) -> None:
    write(tmp_path, HEAD + GOOD)
    assert cli("house") == (0, "PASS: 1 rule, 2 of 2 examples hold\n", "")


def test_a_difference_says_what_where_and_what_the_rule_said(cli: Run, tmp_path: Path) -> None:
    write(tmp_path, f"{HEAD}{GOOD}      - title: no name at all\n        pass: {{Properties: {{DelaySeconds: 5}}}}\n")
    code, out, err = cli("house")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        f"{Path('house', 'q.yaml')}:11: QueueHasName, example 3 (no name at all): gives fail instead of pass",
        "    judged: {Properties: {DelaySeconds: 5}}",
        "    said: Subject has no name.",
        "FAIL: 1 rule, 2 of 3 examples hold",
    ]


def test_programs_read_json(cli: Run, tmp_path: Path) -> None:
    write(tmp_path, HEAD + GOOD)
    code, out, _ = cli("house", "--format", "json")
    assert (code, json.loads(out)) == (
        0,
        {"schema_version": 1, "rules": ["QueueHasName"], "examples": 2, "problems": []},
    )
    write(tmp_path, f"{HEAD}      - pass: {{Properties: {{DelaySeconds: 5}}}}\n")
    code, out, _ = cli("house", "--format", "json")
    differs, untested = json.loads(out)["problems"]
    assert code == 1
    assert differs == {
        "rule": "QueueHasName",
        "kind": "differs",
        "place": f"{Path('house', 'q.yaml')}:9",
        "problem": "QueueHasName, example 1: gives fail instead of pass",
        "details": [
            {"what": "judged", "text": "{Properties: {DelaySeconds: 5}}"},
            {"what": "said", "text": "Subject has no name."},
        ],
    }
    assert (untested["kind"], untested["details"]) == ("untested", [])


def test_the_words_of_an_example_are_compared(cli: Run, tmp_path: Path) -> None:
    write(tmp_path, f"{HEAD}{GOOD}      - fail: {{Properties: {{}}}}\n        says: is nameless\n")
    code, out, _ = cli("house")
    assert code == 1
    assert "example 3: no message says 'is nameless'" in out
    assert "said: Subject has no name." in out


def test_a_rule_without_a_failing_example_is_an_error(cli: Run, tmp_path: Path) -> None:
    write(tmp_path, f"{HEAD}      - pass: {{Properties: {{QueueName: a}}}}\n")
    code, out, _ = cli("house")
    assert code == 1
    assert f"{Path('house', 'q.yaml')}:3: QueueHasName: has no failing example" in out
    assert out.endswith("FAIL: 1 rule, 1 of 1 example holds, 1 rule without a failing example\n")


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ("fail: {QueueName: a}", "fail: 'QueueName' is no attribute of a resource"),
        ("fail: {stacks: []}", "fail.stacks: templates by the name of their stack are expected"),
        ("fail: {Resources: {A: {Type: AWS::SQS::Queue}}}\n        on: B", "on: the example has no resource 'B'"),
        ("fail: {Properties: {}}\n        parameters: {limit: 3}", "parameters.limit: no rule has such a parameter"),
        ("fail: {Properties: {}}\n        assume: {condition: {}}", "unknown field `condition`"),
        ("fail: {Properties: {}}\n        facts: {org_trial: true}", "Did you mean 'org_trail'?"),
        ("fail: {Properties: {}}\n        files: {../../out.txt: x}", "files: '../../out.txt' is not in the folder"),
    ],
)
def test_an_example_that_cannot_be_judged_is_unreadable_and_the_others_go_on(
    cli: Run, tmp_path: Path, example: str, said: str
) -> None:
    write(tmp_path, f"{HEAD}      - {example}\n{GOOD}")
    code, out, err = cli("house")
    assert (code, err) == (2, "")
    assert f"{Path('house', 'q.yaml')}:9: QueueHasName, example 1: " in out
    assert said in out
    assert out.endswith("FAIL: 1 rule, 2 of 3 examples hold, 1 example cannot be read\n")
    assert not list(tmp_path.rglob("out.txt"))


def test_overrides_are_tested_with_their_own_examples(cli: Run, tmp_path: Path) -> None:
    head = "overrides:\n  KmsKeyRotationEnabled:\n    parameters: {max_rotation_days: 90}\n"
    write(tmp_path, head)
    assert cli("house")[0] == 1
    more = "    examples: [{fail: {Properties: {EnableKeyRotation: true, RotationPeriodInDays: 91}}}]\n"
    write(tmp_path, head + more)
    assert cli("house") == (0, "PASS: 1 rule, 1 of 1 example holds\n", "")


MODULE = """
from readiness_pack.rules import Rule, fail

class QueueIsShort(Rule):
    item = "REL-ERR-01"
    resource_types = ("AWS::SQS::Queue",)
    message = "{logical_id} is too long."
    examples = ({"fail": {"Properties": {"QueueName": "long"}}}, {"pass": {"Properties": {"QueueName": "a"}}})

    def check(self, resource):
        return fail() if len(resource.get("QueueName")) > 1 else None
"""


def test_a_module_is_tested_too(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "own_rules.py").write_text(MODULE)
    assert cli("own_rules") == (0, "PASS: 1 rule, 2 of 2 examples hold\n", "")


def test_a_rule_that_breaks_ends_with_3(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "broken_rules.py").write_text(MODULE.replace('"QueueName": "a"', '"DelaySeconds": 5'))
    code, out, err = cli("broken_rules")
    assert (code, err) == (3, "")
    assert "broken_rules.py:4: QueueIsShort, example 2: the rule broke: TypeError: " in out
    assert "(broken_rules.py:11)" in out


def test_several_are_tested_together_and_only_their_rules(cli: Run, tmp_path: Path) -> None:
    write(tmp_path, HEAD + GOOD)
    (tmp_path / "more_rules.py").write_text(MODULE)
    assert cli("house", "more_rules", "house")[1] == "PASS: 2 rules, 4 of 4 examples hold\n"


def test_items_without_rules_are_nothing_to_test(cli: Run, tmp_path: Path) -> None:
    item = "{id: ORG-1, section: S, group: G, title: T, statement: S, disposition: automated, why: W}\n"
    write(tmp_path, item)
    assert cli("house") == (0, "PASS: 0 rules, 0 of 0 examples hold\n", "")


def test_settings_beside_it_say_what_it_builds_on(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    item = "{id: ORG-1, section: S, group: G, title: T, statement: S, disposition: automated, why: W}\n"
    (tmp_path / "base" / "item.yaml").write_text(item)
    write(tmp_path, (HEAD + GOOD).replace("REL-ERR-01", "ORG-1"))
    assert cli("house")[0] == 2
    (tmp_path / "readiness.yaml").write_text("rules: [base]\n")
    assert cli("house")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none",), "there is no such folder of rules, installed package or module: 'none'"),
        (("house",), "the folder holds no rule file"),
        ((), "RULES..."),
    ],
)
def test_nothing_to_test_is_one_line_and_exit_2(cli: Run, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_hostile_words_do_not_reach_the_terminal(cli: Run, tmp_path: Path) -> None:
    write(tmp_path, f'{HEAD}      - title: "\\e[31m"\n        pass: {{Properties: {{DelaySeconds: "\\e]0;x"}}}}\n')
    _, out, _ = cli("house")
    assert "\x1b" not in out
