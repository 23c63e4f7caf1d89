"""Where each checklist item stands, from what its rules found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import TypeVar

from msgspec.structs import replace

from readiness_pack.checklist import Checklist, ItemSpec
from readiness_pack.decisions import gate
from readiness_pack.findings import Decision, Finding, ItemResult, Report, Status, Tally
from readiness_pack.gathered import Gathered
from readiness_pack.template.records import Records

T = TypeVar("T")

_NAMED = 3  # how many rules a reason names


def item_results(checklist: Checklist, report: Report) -> list[ItemResult]:
    """One result an item, in checklist order; whoever has not looked for records calls them missing."""
    return [
        result if item.disposition == "automated" or result.status == "not met" else _unrecorded(result, item)
        for item, result in zip(checklist.items, rule_results(checklist, report), strict=True)
    ]


def rule_results(checklist: Checklist, report: Report) -> list[ItemResult]:
    """Where each item stands by its rules alone, in checklist order; an item without rules is ``not applicable``."""
    found: dict[str, _Found] = defaultdict(_Found)
    for finding in report.findings:  # once: there may be more of them than fit into memory
        found[finding.rule].add(finding, managed=report.on_cdk_managed == "fail")
    return [_item_result(item, report, found) for item in checklist.items]


def together(reports: Iterable[Report], checklist: Checklist) -> Report:
    """One report of several apps that were judged in one run; an item stands where all of them together put it.

    Args:
        reports: of each app; the next one is asked for when the one before has been taken over and let go.
        checklist: the items.
    """
    left = iter(reports)
    first, second = next(left), next(left, None)
    if second is None:
        return first
    findings = Gathered()
    merged = replace(
        first,
        findings=findings,
        former={},
        errors=[],
        tallies=defaultdict(Tally),
        resources=0,
        stacks=0,
        decisions=[],
        recorded=Records(),
        peer_rules={},
        peer_reports={},
        lowered=[],
        unused_decisions=[],
        passes=[],
        notes=[],
    )
    waiting = [second, first]
    del first, second  # a report is let go when it has been taken over
    while waiting:
        report = waiting.pop()
        findings.add(report.findings)
        _take_over(report, merged)
        if not waiting:
            waiting += islice(left, 1)
    merged.tallies = dict(merged.tallies)
    merged.notes = list(dict.fromkeys(merged.notes))
    merged.lowered = sorted(set(merged.lowered))
    known = merged.recorded
    merged.recorded = Records(
        _once(known.acknowledgements),
        _once(known.waivers),
        list(dict.fromkeys(known.packs)),
        list(dict.fromkeys(known.peers)),
    )
    merged.items = item_results(checklist, merged)
    return merged


def _take_over(report: Report, merged: Report) -> None:
    """Put everything but the findings of ``report`` into ``merged``."""
    for name, tally in report.tallies.items():
        total = merged.tallies[name]
        total.passed += tally.passed
        total.fail += tally.fail
        total.unknown += tally.unknown
        total.not_applicable += tally.not_applicable
    merged.errors += report.errors
    merged.resources += report.resources
    merged.stacks += report.stacks
    merged.decisions += report.decisions
    merged.unused_decisions += report.unused_decisions
    merged.passes += report.passes
    merged.notes += report.notes
    merged.lowered += report.lowered
    merged.former |= report.former
    merged.peer_rules |= report.peer_rules
    for name, matched in report.peer_reports.items():
        merged.peer_reports[name] = merged.peer_reports.get(name, frozenset()) | matched
    known, new = merged.recorded, report.recorded
    known.acknowledgements.extend(new.acknowledgements)
    known.waivers.extend(new.waivers)
    known.packs.extend(new.packs)
    known.peers.extend(new.peers)


def _once(entries: Iterable[T]) -> list[T]:
    """The entries without repetition; what they hold fits no set, so that their text stands for them."""
    return list({repr(entry): entry for entry in entries}.values())


def _item_result(item: ItemSpec, report: Report, by_rule: dict[str, _Found]) -> ItemResult:
    names = [rule.name for rule in item.rules] + [name for name in item.reuses if name in report.tallies]
    names += [name for name, peer in report.peer_rules.items() if peer.item == item.id]
    # A gate that lets everything through is a violation of the item about suppressions; no rule file has that rule.
    found = _Found.of([*names, gate.RULE] if item.id == gate.ITEM else names, report, by_rule)
    status, why = _status(item, names, found)
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
        fail=found.failed,
        unknown=found.unknown,
        passed=found.passed,
        waived=found.accepted.total(),
        owner=item.evidence.owner if item.evidence else None,
        expires=_first_end(found.accepted) if status == "waived" else None,
    )


def _unrecorded(result: ItemResult, item: ItemSpec) -> ItemResult:
    artefact = item.evidence.artefact if item.evidence else "a record"
    text = artefact[0].lower() + artefact[1:] if artefact[1:2].islower() else artefact
    return replace(result, status="missing", why=f"Needs a record: {text}.", expires=None)


@dataclass
class _Found:
    """What rules found, counted.

    Args:
        failed: violations that nobody accepted, those of the baseline included: they are known, not accepted.
        rules: the rules of these, in order.
        baselined: how many of them the baseline has.
        ended: the first decision among them that has ended.
        hints: violations of severity ``info``; they stand in nobody's way.
        accepted: decisions of those who accepted violations, each with how many.
        unknown: answers that are open.
        passed: resources that pass.
        off: rules that would have found something, had they not been turned off.
        lowered: rules whose violations the settings make hints: nobody accepted those.
    """

    failed: int = 0
    rules: dict[str, None] = field(default_factory=dict)
    baselined: int = 0
    ended: Decision | None = None
    hints: int = 0
    accepted: Counter[Decision] = field(default_factory=Counter)
    unknown: int = 0
    passed: int = 0
    off: list[str] = field(default_factory=list)
    lowered: list[str] = field(default_factory=list)

    def add(self, finding: Finding, *, managed: bool) -> None:
        """Count ``finding``; ``managed`` says whether those on CDK's own resources count."""
        if finding.managed_by_cdk and not managed:
            return
        decision = finding.decision
        if decision.state in ("waived", "acknowledged"):
            self.accepted[decision] += 1
        elif not decision.counts and decision.state != "baselined":
            return
        elif finding.verdict == "unknown":
            self.unknown += 1
        elif finding.severity == "info":
            self.hints += 1
        else:
            self.failed += 1
            self.rules[finding.rule] = None
            self.baselined += decision.state == "baselined"
            if decision.state == "expired" and self.ended is None:
                self.ended = decision

    @classmethod
    def of(cls, names: list[str], report: Report, by_rule: dict[str, _Found]) -> _Found:
        """What the rules ``names`` found together."""
        whole = cls()
        for one in (by_rule[name] for name in names if name in by_rule):
            whole.failed += one.failed
            whole.rules |= one.rules
            whole.baselined += one.baselined
            whole.ended = whole.ended or one.ended
            whole.hints += one.hints
            whole.accepted.update(one.accepted)
            whole.unknown += one.unknown
        whole.passed = sum(report.tallies.get(name, Tally()).passed for name in names)
        whole.off = [name for name in names if report.tallies.get(name, Tally()).fail and name not in by_rule]
        whole.lowered = [name for name in report.lowered if name in names and name in by_rule and by_rule[name].hints]
        return whole


def _status(item: ItemSpec, names: list[str], found: _Found) -> tuple[Status, str]:
    if found.failed:
        return "not met", _violations(found)
    if not names and item.disposition != "automated":
        return "not applicable", "No rule decides a part of it."
    if not names:
        return "unknown", "No rule of this version decides it yet."
    if found.unknown:
        hang = "answer hangs" if found.unknown == 1 else "answers hang"
        return "unknown", f"{found.unknown} {hang} on what the templates do not decide."
    if found.off:
        return "unknown", f"The settings turn off what would find violations: {', '.join(found.off)}."
    if found.lowered:
        return "unknown", f"The settings make hints of violations that nobody accepted: {_some(found.lowered)}."
    if found.accepted:
        return "waived", _accepted(found.accepted)
    hints = f"{found.hints} {'violation is' if found.hints == 1 else 'violations are'} for information only"
    if found.passed:
        satisfy = "resource satisfies" if found.passed == 1 else "resources satisfy"
        return "met", f"{found.passed} {satisfy} its rules{f'; {hints}' if found.hints else ''}."
    if found.hints:
        return "met", f"{hints}."
    return "not applicable", "The app has no resource that its rules judge."


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _violations(found: _Found) -> str:
    failed, known = found.failed, found.baselined
    text = f"{failed} {'violation' if failed == 1 else 'violations'} of {_some(list(found.rules))}"
    if known:
        text += f", {'all' if known == failed else known} in the baseline, where nobody accepted them"
    if found.ended is not None:
        by = f" of {found.ended.owner}" if found.ended.owner else ""
        text += f"; the waiver{by} ended on {found.ended.expires}"
    return f"{text}."


def _accepted(decisions: Counter[Decision]) -> str:
    """Who accepted violations, why and until when, in a sentence."""
    first, count = next(iter(decisions)), decisions.total()
    by = " ".join(filter(None, (first.owner, f"until {first.expires}" if first.expires else "without an end")))
    more = f"; {len(decisions) - 1} more such decisions" if len(decisions) > 1 else ""
    number = f"{count} {'violation is' if count == 1 else 'violations are'} accepted"
    return f"{number} ({by}): {(first.reason or 'no reason given').strip().rstrip('.')}{more}."


def _first_end(decisions: Iterable[Decision]) -> date | None:
    return min((date.fromisoformat(one.expires) for one in decisions if one.expires), default=None)
