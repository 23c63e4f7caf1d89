"""Where each checklist item stands, from what its rules found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from readiness_pack.checklist import Checklist, ItemSpec
from readiness_pack.findings import SEVERITIES, Finding, ItemResult, Report, Tally
from readiness_pack.template.records import Records

T = TypeVar("T")


def item_results(checklist: Checklist, report: Report) -> list[ItemResult]:
    """One result an item, in checklist order."""
    open_findings: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.open:
        open_findings[finding.rule].append(finding)
    return [_item_result(item, report, open_findings) for item in checklist.items]


def together(reports: list[Report], checklist: Checklist) -> Report:
    """One report of several apps that were judged in one run; an item stands where all of them together put it."""
    if len(reports) == 1:
        return reports[0]
    tallies: dict[str, Tally] = defaultdict(Tally)
    for report in reports:
        for name, tally in report.tallies.items():
            total = tallies[name]
            total.passed += tally.passed
            total.fail += tally.fail
            total.unknown += tally.unknown
            total.not_applicable += tally.not_applicable
    merged = replace(
        reports[0],
        findings=sorted((f for report in reports for f in report.findings), key=lambda f: SEVERITIES.index(f.severity)),
        errors=[error for report in reports for error in report.errors],
        tallies=dict(tallies),
        resources=sum(report.resources for report in reports),
        stacks=sum(report.stacks for report in reports),
        decisions=[decision for report in reports for decision in report.decisions],
        recorded=Records(
            _once(entry for report in reports for entry in report.recorded.acknowledgements),
            _once(entry for report in reports for entry in report.recorded.waivers),
        ),
        unused_decisions=[unused for report in reports for unused in report.unused_decisions],
        passes=[passed for report in reports for passed in report.passes],
        notes=list(dict.fromkeys(note for report in reports for note in report.notes)),
    )
    merged.items = item_results(checklist, merged)
    return merged


def _once(entries: Iterable[T]) -> list[T]:
    """The entries without repetition; they are too few and too deep for a set."""
    found: list[T] = []
    for entry in entries:
        if entry not in found:
            found.append(entry)
    return found


def _item_result(item: ItemSpec, report: Report, open_findings: dict[str, list[Finding]]) -> ItemResult:
    names = [rule.name for rule in item.rules] + [name for name in item.reuses if name in report.tallies]
    found = [finding for name in names for finding in open_findings.get(name, ())]
    failed = sum(finding.verdict == "fail" and finding.severity != "info" for finding in found)
    unknown = sum(finding.verdict == "unknown" for finding in found)
    passed = sum(report.tallies.get(name, Tally()).passed for name in names)
    status, why = _status(item, names, failed, unknown, passed)
    return ItemResult(
        item.id,
        item.title,
        item.section,
        item.group,
        item.statement,
        item.disposition,
        status,
        why,
        names,
        failed,
        unknown,
        passed,
    )


def _status(item: ItemSpec, names: list[str], failed: int, unknown: int, passed: int) -> tuple[str, str]:
    if failed:
        return "not met", f"{failed} {'violation' if failed == 1 else 'violations'} of its rules."
    if item.disposition == "automated":
        if not names:
            return "unknown", "No rule of this version decides it yet."
        if unknown:
            return (
                "unknown",
                f"{unknown} {'answer hangs' if unknown == 1 else 'answers hang'} on what the templates do not decide.",
            )
        if not passed:
            return "not applicable", "The app has no resource that its rules judge."
        return "met", f"{passed} {'resource satisfies' if passed == 1 else 'resources satisfy'} its rules."
    artefact = item.evidence.artefact if item.evidence else "a record"
    return "missing", f"No record yet: {artefact[0].lower() + artefact[1:] if artefact[1:2].islower() else artefact}."
