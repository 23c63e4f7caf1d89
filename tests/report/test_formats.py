"""What each format promises to the tools that read it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from rich.console import Console

from readiness_pack import Assembly, evaluate
from readiness_pack.findings import Finding, Location
from readiness_pack.report import console, csv_report, github, junit, markdown, sarif
from readiness_pack.report.view import View
from tests.report import building
from tests.report.building import finding, view

BY_FINGERPRINT = {found.fingerprint: found for found in building.ONE_OF_EACH}


# SARIF ---------------------------------------------------------------------------------------------------------------


def sarif_run(seen: View) -> Any:
    (run,) = json.loads(sarif.write(seen))["runs"]
    return run


def test_sarif_fits_the_schema_of_the_standard(sarif_problems: Callable[[Any], list[str]]) -> None:
    template = {"Resources": {"Key": {"Type": "AWS::KMS::Key"}, "Db": {"Type": "AWS::RDS::DBInstance"}}}
    real = View(evaluate(Assembly.from_templates({"Shop": template})))
    for seen in (view([]), building.everything(), view([], errors=building.BROKEN), real):
        assert sarif_problems(json.loads(sarif.write(seen))) == []


def test_sarif_has_what_code_scanning_asks_for() -> None:
    """The properties marked as required in GitHub's page on SARIF, none of them empty; and its limits."""
    run = sarif_run(View(evaluate(Assembly.from_templates({"Shop": {"Resources": {"K": {"Type": "AWS::KMS::Key"}}}}))))
    for rule in run["tool"]["driver"]["rules"]:
        assert rule["id"]
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ("note", "warning", "error")
        assert len(rule["properties"]["tags"]) <= 10
        assert ("security" in rule["properties"]["tags"]) == ("security-severity" in rule["properties"])
    for result in run["results"]:
        assert result["message"]["text"]
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert result["partialFingerprints"]["primaryLocationLineHash"]


def test_sarif_results_by_what_became_of_the_finding() -> None:
    run = sarif_run(building.everything())
    results = {result["partialFingerprints"]["readiness/v1"]: result for result in run["results"]}
    assert results.keys() == BY_FINGERPRINT.keys()
    for fingerprint, result in results.items():
        found = BY_FINGERPRINT[fingerprint]
        if found.verdict == "unknown":
            assert (result["kind"], result["level"]) == ("open", "none")
        elif not found.decision.counts or found.managed_by_cdk:
            assert (result["kind"], result["level"]) == ("fail", "note")
        else:
            level = {"info": "note"}.get(found.severity, found.severity)
            assert (result["kind"], result["level"]) == ("fail", level)
        states = [one["status"] for one in result.get("suppressions", ())]
        expected = {"open": [], "expired": ["rejected"]}.get(found.decision.state, ["accepted"])
        assert states == expected
    (waived,) = results[building.finding(8).fingerprint]["suppressions"]
    assert waived == {
        "kind": "external",
        "status": "accepted",
        "justification": "waived by Ana (OPS-7) until 2027-03-31: replaced in spring",
    }
    assert results[building.finding(1).fingerprint]["suppressions"][0]["kind"] == "inSource"


def test_sarif_locations() -> None:
    run = sarif_run(building.everything())
    first = run["results"][0]["locations"][0]
    assert first["physicalLocation"]["artifactLocation"] == {"uri": "shop/app.py", "uriBaseId": "%SRCROOT%"}
    assert first["physicalLocation"]["region"]["startLine"] == 31
    assert first["logicalLocations"][0]["fullyQualifiedName"] == "Shop/Part0/Thing0000/Resource"
    spaced = sarif_run(view([finding(0, location=Location("my app/ä#1.py", 2))]))
    assert (
        spaced["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20app/%C3%A4%231.py"
    )
    absolute = sarif_run(view([finding(0, location=Location("/opt/app.py", 2))]))
    assert absolute["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "file:///opt/app.py"
    }


def test_sarif_says_that_the_tool_failed() -> None:
    invocation = sarif_run(view([], errors=building.BROKEN))["invocations"][0]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    assert "KeysRotate" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_stays_below_the_most_results_that_code_scanning_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 5)
    run = sarif_run(view(building.series(8)))
    assert len(run["results"]) == 5
    assert "3 findings were left out" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


# JUnit ---------------------------------------------------------------------------------------------------------------


def cases(seen: View) -> dict[str, list[str]]:
    """Case -> what came of it."""
    return {
        case.name: [type(result).__name__ for result in case.result]
        for suite in JUnitXml.fromstring(junit.write(seen))
        for case in suite
    }


def test_junit_has_a_suite_a_section_and_a_case_a_rule_and_resource() -> None:
    seen = building.everything()
    document = JUnitXml.fromstring(junit.write(seen))
    assert [suite.name for suite in document] == ["Security Checklist", "Reliability & Resilience", "Cost Optimization"]
    found = cases(seen)
    assert len(found) == len(building.ONE_OF_EACH) + len(building.PASSES) - 1  # the budget is missing, and passes, here
    assert found["DatabaseNotPublic on Shop/Part0/Thing0000/Resource"] == ["Failure"]
    assert found["KeysRotate on Shop/Part0/Thing0001/Resource"] == ["Skipped"]
    assert found["KeysRotate on Shop/Key/Resource"] == []


@pytest.mark.parametrize("seen", [view([]), view([finding(1)]), view([finding(0)]), view([finding(0, counts=False)])])
def test_junit_fails_exactly_when_the_run_fails(seen: View) -> None:
    document = JUnitXml.fromstring(junit.write(seen))
    assert bool(document.failures) == (seen.report.exit_code == 1)


def test_junit_counts_a_resource_with_two_details_once() -> None:
    (case,) = cases(view([finding(0, message=text, fingerprint=text) for text in ("One.", "Two.")])).items()
    assert case == ("DatabaseNotPublic on Shop/Part0/Thing0000/Resource", ["Failure"])
    text = junit.write(view([finding(0, message=text, fingerprint=text) for text in ("One.", "Two.")])).decode()
    assert "One." in text
    assert "Two." in text


def test_junit_says_why_a_case_is_skipped_or_broken() -> None:
    results = [
        result
        for suite in JUnitXml.fromstring(junit.write(view(building.ONE_OF_EACH, errors=building.BROKEN)))
        for case in suite
        for result in case.result
    ]
    assert {type(result) for result in results} == {Failure, Skipped, Error}
    messages = [result.message for result in results]
    assert "waived by Ana (OPS-7) until 2027-03-31: replaced in spring" in messages
    assert "unknown: Whether Thing0002 is good cannot be decided: parameter Name has no default." in messages
    assert "KeyError: 'x'" in messages


# CSV -----------------------------------------------------------------------------------------------------------------


def rows(seen: View) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(csv_report.write(seen).decode(), newline="")))


def test_csv_has_a_row_a_finding_and_a_pass() -> None:
    found = rows(building.everything())
    assert [row["fingerprint"] for row in found if row["verdict"] != "pass"] == [*BY_FINGERPRINT]
    assert [row["rule"] for row in found if row["verdict"] == "pass"] == ["KeysRotate", "BudgetDeclared"]
    waived = next(row for row in found if row["state"] == "waived")
    assert (waived["owner"], waived["ticket"], waived["expires"], waived["counts"]) == (
        "Ana",
        "OPS-7",
        "2027-03-31",
        "false",
    )
    assert (found[0]["section"], found[0]["file"], found[0]["line"]) == ("Security Checklist", "shop/app.py", "31")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_csv_formulas_are_text(text: str) -> None:
    (row,) = rows(view([finding(0, message=text)]))
    assert row["message"].startswith("'")


# GitHub annotations --------------------------------------------------------------------------------------------------


def test_github_gives_each_rule_its_first_place_before_any_its_second() -> None:
    lines = github.write(view([*building.series(12)])).decode().splitlines()
    errors = [line for line in lines if line.startswith("::error ")]
    assert [re.search(r"title=(\w+)", line)[1] for line in errors] == [  # type: ignore[index]
        "DatabaseNotPublic", "QueuesHaveDeadLetterQueues", "DatabaseNotPublic", "QueuesHaveDeadLetterQueues",
    ]  # fmt: skip
    assert errors[0].startswith(
        "::error file=cdk.out/Shop.template.json,line=10,title=DatabaseNotPublic (SEC-NET-01)::Shop"
    )


def test_github_shows_no_more_than_github_does_and_says_so() -> None:
    lines = github.write(view(building.series(120))).decode().splitlines()
    for level in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{level} ") for line in lines) == 10
    assert lines[-2] == "90 more places without an annotation."
    assert lines[-1].startswith("NOT READY: ")


def test_github_escapes_as_its_toolkit_does() -> None:
    seen = view([finding(0, message="100% sure", location=Location("a,b:c%.py", 1))])
    line = github.write(seen).decode().splitlines()[0]
    assert line.startswith("::error file=a%2Cb%3Ac%25.py,line=1,title=DatabaseNotPublic (SEC-NET-01)::")
    assert "100%25 sure%0AFix: rds." in line


def test_github_does_not_annotate_what_is_accepted() -> None:
    accepted = [found for found in building.ONE_OF_EACH if not found.decision.counts]
    assert github.write(view(accepted)).decode().count("\n") == 1


# Markdown ------------------------------------------------------------------------------------------------------------


def many_rules(number: int) -> list[Finding]:
    return [
        finding(n, rule=f"Rule{n % 400}", severity="error", counts=True, message="ü" * 900, fix="code " * 300)
        for n in range(number)
    ]


@pytest.mark.parametrize(
    "seen",
    [
        view(building.series(2_000)),
        view(many_rules(2_000)),
        view([finding(n, verdict="unknown", message="ü" * 900) for n in range(2_000)]),
        view([finding(0)], errors=building.BROKEN * 2_000, notes=["ü" * 900] * 2_000),
        view([finding(n, construct_path="ü" * 5_000 + str(n), message="m" * 5_000) for n in range(2_000)]),
    ],
    ids=["many places", "many rules", "much unknown", "many tool errors", "long names"],
)
def test_markdown_is_never_too_long_for_a_comment_and_counts_what_it_leaves_out(seen: View) -> None:
    data = markdown.write(seen)
    text = data.decode()
    assert len(data) < 60_000
    assert text.startswith(f"{markdown.MARK}\n## ")
    assert text.count("<details>") == text.count("</details>")
    assert re.search(r"\b(and [\d,]+ more|Left out for their length)", text)


def test_markdown_puts_what_is_new_first_where_there_is_a_baseline() -> None:
    text = markdown.write(building.everything()).decode()
    assert "7 new, 1 known from the baseline." in text
    assert text.index("New since the baseline") < text.index("<details>")
    assert "baseline" not in markdown.write(view([finding(0)])).decode()


# Console -------------------------------------------------------------------------------------------------------------


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> str:
    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("TERM", "xterm-256color")
    console.render(building.everything(), console.for_terminal())
    return out.getvalue()


def test_colours_on_a_terminal_only_and_never_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" in on_a_terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in on_a_terminal(monkeypatch)
    monkeypatch.delenv("NO_COLOR")
    assert b"\x1b" not in console.write(building.everything())


def test_the_bars_are_ascii_where_the_terminal_knows_no_more() -> None:
    file = BytesIO()
    wrapped = TextIOWrapper(file, encoding="ascii", errors="backslashreplace")
    console.render(building.everything(), Console(file=wrapped, width=80, color_system=None))
    wrapped.flush()
    text = file.getvalue().decode("ascii")
    assert "####" in text
    assert "# met  x not met  ? record missing or unknown" in text


def test_each_part_of_what_to_do_first(folder: Path) -> None:
    del folder
    lines = console.write(view([finding(0, location=Location("shop/app.py", 31))])).decode().splitlines()
    assert lines[0] == "Do these first"
    start = next(number for number, line in enumerate(lines) if "DatabaseNotPublic  error, SEC-NET-01, 1 place" in line)
    assert [line.split()[0] for line in lines[start + 1 : start + 5]] == ["why", "at", "Thing0000", "fix"]
    assert "Shop/Part0/Thing0000/Resource  shop/app.py:31" in lines[start + 2]
