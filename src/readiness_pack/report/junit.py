"""The Report as JUnit XML, for the test views of CI systems: a suite a section, a case a rule and resource.

A case fails exactly when it fails the run, so that the test view and the exit code agree. What is open or accepted and
does not count is skipped, with its text; a rule that broke is an error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from io import BytesIO

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from readiness_pack.findings import Finding, ToolError
from readiness_pack.report.text import clean
from readiness_pack.report.view import View, decision_text


def write(view: View) -> bytes:
    """The report of ``view``, with passes where the report has them."""
    suites: dict[str, list[TestCase]] = {section.name: [] for section in view.sections}
    for findings in _by_case(view.report.findings):
        suites.setdefault(view.section(findings[0].item), []).append(_found(findings))
    for passed in view.report.passes:
        item = view.about(passed.rule).item
        suites.setdefault(view.section(item), []).append(_case(passed.rule, item, passed.place))
    document = JUnitXml("readiness-pack")
    for name, cases in suites.items():
        if cases:
            document.add_testsuite(_suite(name, cases))
    if view.report.errors:
        document.add_testsuite(_suite("readiness-pack itself", [_broken(error) for error in view.report.errors]))
    document.update_statistics()  # type: ignore[no-untyped-call]  # junitparser types most, not this
    data = BytesIO()
    document.write(data)
    return data.getvalue().rstrip() + b"\n"


def _suite(name: str, cases: Iterable[TestCase]) -> TestSuite:
    suite = TestSuite(clean(name))
    suite.add_testcases(sorted(cases, key=lambda case: (case.classname or "", case.name or "")))
    return suite


def _case(rule: str, item: str, place: str) -> TestCase:
    return TestCase(clean(f"{rule} on {place}"), classname=clean(f"{item}.{rule}"), time=0)


def _by_case(findings: Iterable[Finding]) -> Iterable[list[Finding]]:
    found: dict[tuple[str | None, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.rule, finding.stack, finding.logical_id, finding.place].append(finding)
    return found.values()


def _found(findings: list[Finding]) -> TestCase:
    failing = [finding for finding in findings if finding.counts]
    said = failing or findings
    first = said[0]
    case = _case(first.rule, first.item, first.place)
    result = Failure(_headline(first), first.severity) if failing else Skipped(_headline(first), _kind(first))
    result.text = "\n".join(line for finding in said for line in _lines(finding))
    case.result = [result]
    return case


def _kind(finding: Finding) -> str:
    if not finding.decision.counts:
        return finding.decision.state
    return finding.verdict if finding.verdict == "unknown" else finding.severity


def _headline(finding: Finding) -> str:
    if not finding.decision.counts:
        return decision_text(finding.decision)
    return clean(f"{_kind(finding)}: {finding.message}")


def _lines(finding: Finding) -> list[str]:
    lines = [finding.message, f"Where: {finding.place}"]
    if finding.location:
        lines.append(f"Line: {finding.location.file}:{finding.location.line}")
    if finding.property_path:
        lines.append(f"Property: {finding.property_path}")
    if finding.fix:
        lines.append(f"Fix: {finding.fix}")
    if finding.decision.state != "open":
        lines.append(f"Decision: {decision_text(finding.decision)}")
    return list(map(clean, lines))


def _broken(error: ToolError) -> TestCase:
    place = f"{error.stack}/{error.logical_id}" if error.logical_id else error.stack or "the app"
    case = _case(error.rule or "readiness", "readiness", place)
    case.result = [Error(clean(error.message), "tool error")]
    return case
