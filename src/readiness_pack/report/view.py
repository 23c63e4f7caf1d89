"""The one view of a Report that every rendering shows: groups by rule, what to do first, counts by section, verdict.

What to do first is ranked by these questions, in this order:

1. Does it fail the run?
2. How severe is it: error, warning, info?
3. Is it one of the rules that matter most (``core`` in the rule files)?
4. What is at risk: what can be reached from outside (``SEC-NET``), who may do what (``SEC-IAM``), other security
   (``SEC``), reliability (``REL``), the rest?
5. Is it the user's own resource, or one that CDK makes for itself?
6. How many places does it close? More come first.
7. Where does it stand in the checklist?
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path

from readiness_pack.catalogue import rule_page
from readiness_pack.checklist import Frameworks, Severity
from readiness_pack.findings import SEVERITIES, Decision, Finding, PeerRule, Report, Status
from readiness_pack.report.json_report import summary
from readiness_pack.report.text import clean, count
from readiness_pack.rules.rule_set import RuleSet, rule_set

FIRST = 10
"""How many rules "do these first" lists at most."""

STATUSES: tuple[Status, ...] = (
    "met",
    "attested",
    "expiring",
    "waived",
    "not met",
    "expired",
    "missing",
    "unknown",
    "not applicable",
)
"""What an item of the checklist can be, best first."""

USUAL: tuple[Status, ...] = ("met", "not met", "missing", "unknown", "not applicable")
"""What items can be where records are not looked for; tables always have a column for each."""

SOURCE_NOTE = (
    "Lines are those of templates; for the lines of your own code synthesize with "
    "JSII_HOST_STACK_TRACES=1 cdk synth --debug"
)

_AREAS = ("SEC-NET", "SEC-IAM", "SEC", "REL")


OWN = {
    "TemplateIsFullyJudged": "What no rule can see proves nothing, so it is said instead of passing silently.",
    "WaiversAreCurrent": "A waiver that is about to end lets its findings fail again; better to know before the day.",
    "GateIsInForce": "A gate that lets everything through looks like a system that is ready, and is none.",
    "LockedRulesStandFirm": "The organisation locked this rule: nobody may accept its findings.",
    "EvidenceRecorded": "No template shows it, and nobody says so by name: then nobody knows whether it is so.",
    "EvidenceCurrent": "What was true when somebody last looked may not be true any more.",
    "EvidenceReachesTarget": "It was measured, and what was measured is not enough.",
}
"""Why findings matter that no rule file describes: the engine makes them itself."""


@dataclass(frozen=True)
class About:
    """What is known of a rule.

    Args:
        name: its name.
        item: id of its checklist item.
        severity: its own severity, whatever the profile in force makes of it.
        core: whether it is one of those that matter most.
        why: why it matters.
        fix: the CDK Python to write.
        sources: pages that state the facts it rests on.
        frameworks: control ids by framework.
        order: its place in the checklist.
    """

    name: str
    item: str
    severity: Severity = "warning"
    core: bool = False
    why: str = ""
    fix: str | None = None
    sources: tuple[str, ...] = ()
    frameworks: Frameworks = field(default_factory=dict)
    order: int = 0


@dataclass(frozen=True)
class Place:
    """One resource with everything that one rule says of it."""

    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        """Construct path, else stack and logical id, else "the app"; clean."""
        return clean(self.findings[0].place)

    @property
    def source(self) -> str:
        """``file:line``, the file as seen from the working directory, empty where nothing tells it; clean."""
        location = self.findings[0].location
        if location is None:
            return ""
        here = str(Path.cwd()) + os.sep  # CDK records whole paths of the user's files
        return clean(f"{location.file.removeprefix(here)}:{location.line}")

    @property
    def messages(self) -> list[str]:
        """What is wrong, one text a detail, and whose acceptance of it has ended; clean."""
        return list(dict.fromkeys(map(_said, self.findings)))


@dataclass(frozen=True)
class Group:
    """The findings of one rule that are shown together.

    Args:
        about: the rule.
        findings: in the order of the report.
    """

    about: About
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity:
        """The worst severity of its findings."""
        return min((finding.severity for finding in self.findings), key=SEVERITIES.index)

    @property
    def fix(self) -> str | None:
        """The CDK Python to write."""
        return self.findings[0].fix or self.about.fix

    @cached_property
    def places(self) -> list[Place]:
        """One entry a resource, those with a known line of the user's code first."""
        by_place: dict[tuple[str | None, ...], list[Finding]] = defaultdict(list)
        for finding in self.findings:  # copied templates have several resources with one path
            by_place[finding.stack, finding.logical_id, finding.place].append(finding)
        places = [Place(tuple(findings)) for findings in by_place.values()]
        return sorted(places, key=lambda place: not in_user_code(place.findings[0]))

    @property
    def rank(self) -> tuple[bool, int, bool, int, bool, int, int]:
        """Sorts groups: what to do first comes first. The module says by what."""
        return (
            not any(finding.counts for finding in self.findings),
            SEVERITIES.index(self.severity),
            not self.about.core,
            next((place for place, area in enumerate(_AREAS) if self.about.item.startswith(f"{area}-")), len(_AREAS)),
            all(finding.managed_by_cdk for finding in self.findings),
            -len(self.places),
            self.about.order,
        )


@dataclass(frozen=True)
class Section:
    """A section of the checklist: how many of its items are where, how many findings it has."""

    name: str
    items: int
    statuses: Counter[Status]
    errors: int
    warnings: int


class View:
    """A report as it is shown.

    Args:
        report: what was found.
        rules: the rules that were asked, ours where not given.
        paths: what was judged, as the user named it.

    Example:
        >>> from readiness_pack import Assembly, evaluate
        >>> app = Assembly.from_template({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}})
        >>> view = View(evaluate(app))
        >>> view.headline, "KmsKeyRotationEnabled" in [group.about.name for group in view.first]
        ('NOT READY', True)
    """

    def __init__(self, report: Report, rules: RuleSet | None = None, paths: tuple[str, ...] = ()) -> None:
        self.report = report
        self.paths = paths
        self._rules = rules

    # What was found ------------------------------------------------------------------------------------------------

    @cached_property
    def first(self) -> list[Group]:
        """What to do first: at most :data:`FIRST` rules."""
        return self.errors[:FIRST]

    @cached_property
    def later(self) -> list[Group]:
        """The other rules with errors."""
        return self.errors[FIRST:]

    @cached_property
    def errors(self) -> list[Group]:
        """Rules with violations that are errors or fail the run, ranked."""
        return self.grouped(finding for finding in self._violations if _is_grave(finding))

    @cached_property
    def lesser(self) -> list[Group]:
        """Rules with other violations, ranked."""
        return self.grouped(finding for finding in self._violations if not _is_grave(finding))

    @cached_property
    def unknown(self) -> list[Group]:
        """Rules with open answers, ranked."""
        return self.grouped(finding for finding in self.report.open if finding.verdict == "unknown")

    @cached_property
    def managed(self) -> list[Finding]:
        """Findings on CDK's own resources that do not count."""
        if self.report.on_cdk_managed == "fail":
            return []
        return [f for f in self.report.findings if f.managed_by_cdk and f.decision.counts]

    @cached_property
    def decided(self) -> list[Finding]:
        """Findings that people accepted and whose acceptance holds."""
        return [finding for finding in self.report.findings if not finding.decision.counts]

    @cached_property
    def ended(self) -> list[Finding]:
        """Findings that count again, because their acceptance has ended."""
        return [finding for finding in self.report.findings if finding.decision.state == "expired"]

    @cached_property
    def has_baseline(self) -> bool:
        """Whether known findings were set aside, so that the open ones are new."""
        return any(finding.decision.state == "baselined" for finding in self.report.findings)

    @cached_property
    def _violations(self) -> list[Finding]:
        return [finding for finding in self.report.open if finding.verdict == "fail"]

    def grouped(self, findings: Iterable[Finding]) -> list[Group]:
        """``findings`` by rule, ranked."""
        by_rule: dict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            by_rule[finding.rule].append(finding)
        groups = [Group(self.about(name, found[0].item), tuple(found)) for name, found in by_rule.items()]
        return sorted(groups, key=lambda group: (group.rank, group.about.name))

    # What is known of rules and items ------------------------------------------------------------------------------

    @cached_property
    def rules(self) -> RuleSet:
        """The rules that were asked."""
        return self._rules or rule_set([])

    def about(self, rule: str, item: str = "") -> About:
        """What is known of the rule; ``item`` where nothing is."""
        made = self.rules.classes.get(rule)
        if made is None and rule in self.report.peer_rules:
            return _about_peer(rule, self.report.peer_rules[rule], order=len(self._order))
        if made is None:
            return About(rule, item, core=rule == "LockedRulesStandFirm", why=OWN.get(rule, ""))
        return About(
            rule,
            made.item,
            made.severity,
            made.core,
            made.why or "",
            made.fix,
            made.sources,
            self.rules.frameworks_of(rule),
            order=self._order[rule],
        )

    def page(self, rule: str) -> str:
        """The page of the rule in Markdown, empty for findings that no rule file describes."""
        spec = self.rules.checklist.rules.get(rule)
        return rule_page(*spec) if spec else ""

    @cached_property
    def _order(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.rules.classes)}

    def section(self, item: str) -> str:
        """The section of the checklist that the item stands in."""
        return self._section_of.get(item, item)

    @cached_property
    def _section_of(self) -> dict[str, str]:
        return {item.id: item.section for item in self.report.items}

    @cached_property
    def sections(self) -> list[Section]:
        """The sections of the checklist, in its order."""
        found = Counter((self.section(f.item), f.severity) for f in self._violations)
        sections = []
        for name, group in groupby(self.report.items, key=lambda item: item.section):
            statuses = Counter(item.status for item in group)
            errors, warnings = found[name, "error"], found[name, "warning"]
            sections.append(Section(name, statuses.total(), statuses, errors, warnings))
        return sections

    def by_section(self, groups: Iterable[Group], severity: Severity) -> dict[str, int]:
        """How many findings of ``severity`` each section has, most first."""
        findings = [f for group in groups for f in group.findings if f.severity == severity]
        return dict(Counter(self.section(finding.item) for finding in findings).most_common())

    # What it comes to ----------------------------------------------------------------------------------------------

    @cached_property
    def figures(self) -> dict[str, int]:
        """The figures of the JSON summary."""
        return summary(self.report)

    @property
    def headline(self) -> str:
        """``PASS``, ``NOT READY`` or ``BROKEN``: as the exit code has it."""
        return {0: "PASS", 1: "NOT READY", 3: "BROKEN"}[self.report.exit_code]

    @property
    def found(self) -> str:
        """The counts in words, and how many of them fail the run where that is not the number of errors."""
        figures = self.figures
        parts = [count(figures["error"], "error"), count(figures["warning"], "warning")]
        text = f"{', '.join(parts)}, {figures['unknown']:,} unknown"
        failing = figures["failing"]
        if failing == figures["error"]:
            return text
        share = f"{failing:,} of them {'fails' if failing == 1 else 'fail'}" if failing else "none of them fails"
        return f"{text}; {share} the run"

    @property
    def judged(self) -> str:
        """How much was judged, in words."""
        figures = self.figures
        stacks = count(figures["stacks"], "stack")
        return f"{count(figures['resources'], 'resource')} in {stacks}, {count(figures['rules'], 'rule')}"

    @property
    def verdict(self) -> str:
        """The last line of a report; it always agrees with the exit code."""
        broken = f"{count(len(self.report.errors), 'tool error')}; " if self.report.errors else ""
        return f"{self.headline}: {broken}{self.found} ({self.judged})"

    @cached_property
    def source_note(self) -> str | None:
        """How to get lines of the user's code, where a CDK app was judged and no finding has one."""
        placed = [finding for finding in self.report.findings if finding.location and finding.construct_path]
        return SOURCE_NOTE if placed and not any(map(in_user_code, placed)) else None


def _about_peer(name: str, peer: PeerRule, order: int) -> About:
    """What is known of a check of another tool that has found something."""
    have = "have" if len(peer.ours) > 1 else "has"
    ours = f", where {' and '.join(peer.ours)} {have} no finding" if peer.ours else ", which has no rule here"
    ids = ", ".join(peer.ids)
    sources = (peer.source,) if peer.source else ()
    return About(
        name, peer.item, peer.severity, why=f"A check of {peer.tool} ({ids}){ours}.", sources=sources, order=order
    )


def in_user_code(finding: Finding) -> bool:
    """Whether the finding's location is in the user's code, and not in a template."""
    location, template = finding.location, finding.template
    if location is None:
        return False
    return template is None or not location.file.replace("\\", "/").endswith(template.replace("\\", "/"))


def decision_text(decision: Decision) -> str:
    """What people decided, in a sentence; clean.

    Example:
        >>> decision_text(Decision("waived", "rotated by hand", "Ana", "OPS-1", "2027-03-31"))
        'waived by Ana (OPS-1) until 2027-03-31: rotated by hand'
    """
    words: list[str] = ["accepted" if decision.state == "expired" else decision.state]
    if decision.owner:
        words.append(f"by {decision.owner}")
    if decision.ticket:
        words.append(f"({decision.ticket})")
    if decision.expires:
        words.append(f"until {decision.expires}")
    if decision.state == "expired":
        words.append("and no longer")
    return clean(" ".join(words) + (f": {decision.reason}" if decision.reason else ""))


def _said(finding: Finding) -> str:
    ended = f" ({decision_text(finding.decision)})" if finding.decision.state == "expired" else ""
    return clean(finding.message) + ended


def _is_grave(finding: Finding) -> bool:
    return finding.severity == "error" or finding.counts
