"""Every rule is broken on purpose: the run ends with 3, names it, and loses nothing of what the others found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, Rule, evaluate
from readiness_pack.checklist import load
from readiness_pack.example_runs import templates_of
from readiness_pack.findings import Report
from readiness_pack.integrations.assertions import judge as judge_part
from readiness_pack.judging import Judging
from readiness_pack.rules import built_in
from tests.faults.support import WITNESS, Cli, accepted, signed

OTHERS = (WITNESS, "RequiredTagsPresent", "SqsQueueHasDeadLetterQueue")
"""Rules that go on: of one type, of every type."""


def raises(*_: object, **__: object) -> Any:
    raise ZeroDivisionError("division by zero")


def ends_the_process(*_: object) -> Any:
    raise SystemExit(0)


def recurses(*_: object) -> Any:
    return recurses()


def gives_nonsense(*_: object) -> Any:
    return [True]


def has_no_memory(*_: object) -> Any:
    raise MemoryError


FAULTS: dict[str, Callable[..., Any]] = {
    "raises": raises,
    "ends the process": ends_the_process,
    "recurses": recurses,
    "gives nonsense": gives_nonsense,
    "has no memory": has_no_memory,
}


def app_of(name: str) -> dict[str, dict[str, Any]]:
    """The app of an example in which the rule fails, and a stack of witnesses."""
    _, spec = load().rules[name]
    example = next(one for one in spec.examples if one.verdict == "fail")
    witnesses = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
    }
    return {**templates_of(spec, example), "Witness": {"Resources": witnesses}}


def broken(name: str, fault: Callable[..., Any], method: str = "judge") -> type[Rule]:
    return type(name, (built_in()[name],), {method: fault, "name": name})


def found(report: Report, *, but: str) -> set[tuple[str, str]]:
    return {(one.rule, one.fingerprint) for one in report.findings if one.rule != but}


@pytest.mark.parametrize("name", load().rules)
def test_each_rule_that_raises(name: str) -> None:
    known = built_in()
    others = [known[other] for other in OTHERS if other != name]
    templates = app_of(name)
    sound = evaluate(Assembly.from_templates(templates), [*others, known[name]])
    assert sound.errors == []
    report = evaluate(Assembly.from_templates(templates), [broken(name, raises), *others])
    assert report.exit_code == 3
    assert {error.rule for error in report.errors} == {name}
    assert all("ZeroDivisionError: division by zero" in error.message for error in report.errors)
    assert all(one.rule != name for one in report.findings)
    assert found(report, but=name) == found(sound, but=name)
    assert found(report, but=name)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("method", ["__init__", "judge", "check"])
def test_each_way_to_break(fault: Callable[..., Any], method: str) -> None:
    name = "SqsQueueEncrypted"
    class_ = broken(name, fault, method)
    if method == "check":
        class_.require = None
    report = evaluate(Assembly.from_templates(app_of(name)), [class_, built_in()[WITNESS]])
    assert report.exit_code == 3
    assert {error.rule for error in report.errors} == {name}
    assert {one.rule for one in report.findings} == {WITNESS}


def test_all_rules_at_once() -> None:
    """The report is there all the same, with every one of them."""
    classes = [broken(name, raises) for name in built_in()]
    templates = {f"{name}{stack}": template for name in OTHERS for stack, template in app_of(name).items()}
    report = evaluate(Assembly.from_templates(templates), classes)
    assert report.exit_code == 3
    assert report.findings == []
    asked = {type_ for class_ in classes for type_ in class_.resource_types}
    assert {"app", "*", "AWS::SQS::Queue"} <= asked
    types = {"app", "*", *(raw["Type"] for one in templates.values() for raw in one["Resources"].values())}
    assert {error.rule for error in report.errors} == {c.name for c in classes if types & set(c.resource_types)}
    assert not any(item.status == "met" for item in report.items)


# At every door -------------------------------------------------------------------------------------------------------


@pytest.fixture
def one_breaks(monkeypatch: pytest.MonkeyPatch) -> str:
    """A rule that raises in every evaluation of this process."""
    name = "SqsQueueEncrypted"
    monkeypatch.setattr(built_in()[name], "judge", raises)
    return name


@pytest.mark.parametrize("format_", ["console", "json", "sarif", "junit", "markdown", "html", "csv", "github"])
def test_every_format_says_so(here: Path, cli: Cli, one_breaks: str, format_: str) -> None:
    code, out, err = cli("check", "app", "--format", format_)
    assert code == 3
    assert one_breaks in out
    assert "ZeroDivisionError" in out
    assert err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "app", "--quiet"),
        ("check", "app", "--fail-on", "never"),
        ("check", "app", "app", "--jobs", "1"),
        ("report", "app"),
        ("report", "app", "--gate", "pre-deployment"),
        ("certify", "app", "--by", "Cai Berg"),
        ("matrix", "app", "--framework", "soc2"),
        ("decisions", "app"),
        ("decisions", "app", "--format", "json"),
        ("diff", "app", "app"),
        ("baseline", "app"),
    ],
    ids=" ".join,
)
def test_every_command_ends_with_3(here: Path, cli: Cli, one_breaks: str, arguments: tuple[str, ...]) -> None:
    assert cli(*arguments).code == 3
    assert not (here / "readiness-baseline.json").exists()
    assert not (here / "evidence" / "certificate.json").exists()


def test_a_baseline_is_not_shrunk_by_a_broken_rule(here: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "readiness.yaml").unlink()
    assert cli("baseline", "app").code == 0
    before = (here / "readiness-baseline.json").read_bytes()
    monkeypatch.setattr(built_in()[WITNESS], "judge", raises)
    code, _, err = cli("baseline", "app", "--allow-growth")
    assert code == 3
    assert f"readiness-baseline.json is left as it is, since {WITNESS} broke: ZeroDivisionError" in err
    assert (here / "readiness-baseline.json").read_bytes() == before


def test_a_certificate_does_not_hold_any_more(here: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    signed(cli)
    assert cli("certify", "app", "--by", "Cai Berg").code == 0
    assert cli("verify", "evidence", "app").code == 0
    monkeypatch.setattr(built_in()[WITNESS], "judge", raises)
    code, out, _ = cli("verify", "evidence", "app")
    assert (code, "a rule broke" in out) == (3, True)


def test_a_unit_test_fails(one_breaks: str) -> None:
    part = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {}}}}
    assert f"{one_breaks} broke on " in judge_part(part, rules=one_breaks).message
    assert f"{one_breaks} broke on " in judge_part(part).message


# The machinery around the rules --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        "readiness_pack.engine.decide",
        "readiness_pack.engine.merge",
        "readiness_pack.engine.item_results",
        "readiness_pack.blind_spots.is_known_type",
        "readiness_pack.engine.Judging.judge",
        "readiness_pack.template.assembly.Assembly.completed",
        "readiness_pack.config.rules_in_force",
        "readiness_pack.report.json_report.parts",
    ],
)
def test_what_nobody_foresaw_is_no_finding(here: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A traceback would end with 1, as findings do."""
    if place == "readiness_pack.config.rules_in_force":
        monkeypatch.setattr("readiness_pack.cli.run.rules_in_force", raises)
    monkeypatch.setattr(place, raises)
    code, out, err = cli("check", "app", "--format", "json")
    assert code == 3
    assert out == ""
    assert err.startswith("readiness: readiness-pack itself failed: ZeroDivisionError: division by zero (")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "there is not enough memory"),
        (RecursionError("maximum recursion depth exceeded"), "readiness-pack itself failed: RecursionError"),
        (OSError(5, "Input/output error", "x.json"), "x.json cannot be read or written: Input/output error"),
        (UnicodeError("half a character"), "readiness-pack itself failed: UnicodeError: half a character"),
        (KeyError("password: hunter2hunter2"), "readiness-pack itself failed: KeyError: '...'"),
    ],
)
def test_what_is_said_of_it(here: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Judging, "judge", fails)
    code, out, err = cli("check", "app")
    assert (code, out) == (3, "")
    assert err.startswith(f"readiness: {said}")
    assert err.count("\n") == 1


def test_an_interruption_is_no_verdict(here: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Judging, "judge", interrupted)
    assert cli("check", "app").code == 130


def test_the_json_names_rule_stack_and_resource(here: Path, cli: Cli, one_breaks: str) -> None:
    (here / "readiness.yaml").write_text(accepted(fail_on="never"))
    document = json.loads(cli("check", "app", "--format", "json").out)
    (error,) = document["errors"]
    assert (error["rule"], error["stack"], error["logical_id"]) == (one_breaks, "Orders", "Queue")
    assert [one["rule"] for one in document["findings"] if one["rule"] == WITNESS] == [WITNESS]
