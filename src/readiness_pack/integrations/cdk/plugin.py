"""The plugin door: judges the folder that CDK has written, and says in CDK's terms what fails."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import cast
from weakref import WeakSet

import jsii
from aws_cdk import (
    App,
    IPolicyValidationContext,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)
from constructs import IConstruct, IValidation

from readiness_pack.engine import evaluate
from readiness_pack.errors import ReadinessError
from readiness_pack.evidence.at_synth import with_records
from readiness_pack.findings import Finding, Report
from readiness_pack.integrations.cdk import report_file
from readiness_pack.integrations.cdk.settings import Settings
from readiness_pack.integrations.cdk.synthesis import Synthesis
from readiness_pack.integrations.cdk.tree import Tree, add_records
from readiness_pack.integrations.cdk.wording import (
    NAME,
    PLACES,
    and_more,
    broken,
    left_over,
    rule_id,
    tool_errors,
)
from readiness_pack.template import Assembly, Resource, Stack


def validate(settings: Settings, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
    """Judge the app of ``context``, with a handful of calls into JavaScript, whatever the size of its stacks.

    Errors become a failed report, so that CDK prints one line and not the stack of a JavaScript exception.
    """
    app = cast("App", context.app_construct)
    outdir = Path(app.outdir)
    try:
        _renew(app, outdir)
        return _judged(settings, app, outdir, context.template_paths)
    except ReadinessError as error:
        return _failed(str(error), outdir)
    except Exception as error:
        return _failed(broken(error), outdir)


@jsii.implements(IValidation)
class _Renewal:
    """Removes the report when the same app is synthesized again; CDK validates before it calls plugins.

    What ``report_file.remove_stale`` does for another run: a report must not outlive a synthesis that breaks, and CDK
    may take a plugin that replaces it for an intruder.
    """

    def __init__(self, outdir: Path) -> None:
        self._outdir = outdir

    def validate(self) -> list[str]:
        """Called by CDK in the next synthesis; complains of nothing."""
        report_file.remove(self._outdir)
        return []


def _renew(app: App, outdir: Path) -> None:
    if app not in _RENEWED:
        _RENEWED.add(app)
        app.node.add_validation(_Renewal(outdir))


_RENEWED: WeakSet[IConstruct] = WeakSet()


def _failed(problem: str, outdir: Path) -> PolicyValidationPluginReport:
    report_file.remove(outdir)
    return PolicyValidationPluginReport(success=False, violations=[], metadata={"error": f"{NAME}: {problem}"})


def _judged(settings: Settings, app: App, outdir: Path, template_paths: list[str]) -> PolicyValidationPluginReport:
    config, rules = settings.load(outdir)
    assembly = Assembly.load(report_file.near(outdir), config.assumptions)
    assembly.in_synthesis = True
    add_records(assembly, Tree(app))
    settings.packs.judge(assembly, app, written=True)
    wanted = {os.path.relpath(path, outdir).replace(os.sep, "/") for path in template_paths}
    chosen = {id(stack) for stack in assembly.stacks if _root(stack).template_file in wanted}
    whole = len(chosen) == len(assembly.stacks)

    def is_chosen(resource: Resource) -> bool:
        return id(resource.stack) in chosen

    report = evaluate(
        assembly,
        rules.classes.values(),
        config,
        checklist=rules.checklist,
        only=None if whole else is_chosen,
        whole_app=whole,
    )
    if settings.evidence is not None and whole:
        report = with_records(report, assembly, rules, config, settings.evidence)
    synthesis = Synthesis.for_plugin(app, outdir)
    synthesis.add(report, settings, rules, outdir, whole_app=whole, complete=whole)
    return _Violations(report, assembly, synthesis, outdir, show_all=config.show == "all").report()


def _root(stack: Stack) -> Stack:
    """The stack of the app in which ``stack`` is nested, however deep."""
    while stack.parent is not None:
        stack = stack.parent.stack
    return stack


class _Violations:
    """Turns a report into CDK's."""

    def __init__(
        self, report: Report, assembly: Assembly, synthesis: Synthesis, outdir: Path, *, show_all: bool
    ) -> None:
        self.full = report
        self.places = sys.maxsize if show_all else PLACES
        self.show_all = show_all
        self.synthesis = synthesis
        self.outdir = outdir
        self.where = report_file.shown(outdir)
        self.acknowledged = _Acknowledged(assembly)

    def report(self) -> PolicyValidationPluginReport:
        new = [finding for finding in self.full.failing if not self._is_known(finding)]
        annotated = [finding for finding in self.full.failing if self.synthesis.annotated.get(finding.fingerprint)]
        rest = [finding for finding in self.full.open if not finding.counts and not self._is_known(finding)]
        violations = [*self._tool_errors(), *self._by_rule(new)]
        if annotated and not new:
            # Nothing is said twice, yet the run must fail here, too: `python app.py` does not look at annotations.
            text = f"{len(annotated)} violations are annotated on their constructs by the Aspect: {self.where}"
            violations.append(_line("Annotated", "error", text))
        if self.show_all:
            violations += self._not_failing(rest)
        elif (line := left_over(self.full, rest, self.where)) is not None:
            violations.append(_line("NotFailing", "warning", line))
        self.synthesis.handed_over |= {finding.fingerprint: finding.counts for finding in (*rest, *new)}
        return PolicyValidationPluginReport(
            success=not (new or annotated or self.full.errors),
            violations=violations,
            metadata={"report": self.where},
        )

    def _is_known(self, finding: Finding) -> bool:
        """Whether the user is told of it already, and not as something lesser: by a plugin, or by an annotation."""
        told = (self.synthesis.handed_over.get(finding.fingerprint), self.synthesis.annotated.get(finding.fingerprint))
        return True in told or (not finding.counts and False in told)

    def _tool_errors(self) -> list[PolicyViolation]:
        new = [text for text in tool_errors(self.full.errors) if text not in self.synthesis.broken]
        self.synthesis.broken.update(new)
        # "fatal" is the one severity that CDK does not let anybody acknowledge.
        return [_line("ToolError", "fatal", text) for text in new]

    def _by_rule(self, failing: list[Finding]) -> list[PolicyViolation]:
        """In the order of the report: worst first, then as in the checklist."""
        groups: dict[str, list[Finding]] = defaultdict(list)
        for finding in failing:
            groups[finding.rule].append(finding)
        # CDK itself takes these out again and notes down who acknowledged them, so that its record is complete.
        accepted: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.full.findings:
            if finding.decision.state == "acknowledged" and self.acknowledged.by_cdk(finding):
                accepted[finding.rule].append(finding)
        rules = dict.fromkeys([*groups, *accepted])
        return [violation for rule in rules for violation in self._of_rule(groups[rule], accepted[rule])]

    def _not_failing(self, findings: list[Finding]) -> list[PolicyViolation]:
        """What does not fail, in full; with a severity that CDK does not take for a failure."""
        groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in findings:
            groups[finding.rule, finding.message].append(finding)
        return [self._violation("info" if of[0].severity == "info" else "warning", of, "") for of in groups.values()]

    def _of_rule(self, failing: list[Finding], accepted: list[Finding]) -> list[PolicyViolation]:
        """The violations of one rule: one for each thing that is wrong, since CDK prints it once for every place.

        Their severity is not the rule's. When CDK takes acknowledged ones out, it works success out anew: any "error"
        left is a failure. What counts although it is acknowledged (a locked rule) is "fatal", which CDK leaves alone.
        """
        shown = failing[: self.places]
        groups: dict[tuple[str, str, str | None], list[Finding]] = defaultdict(list)
        for finding in shown:
            severity = "fatal" if self.acknowledged.by_cdk(finding) else "error"
            groups[severity, finding.message, finding.fix].append(finding)
        last = next(reversed(groups)) if groups else None
        hidden = and_more(len(failing) - len(shown), self.where)
        for finding in accepted:
            groups["error", finding.message, finding.fix].append(finding)
        return [self._violation(key[0], found, hidden if key == last else "") for key, found in groups.items()]

    def _violation(self, severity: str, findings: list[Finding], addition: str) -> PolicyViolation:
        first = findings[0]
        return PolicyViolation(
            rule_name=rule_id(first.rule),
            description=first.message + addition,
            fix=first.fix,
            severity=severity,
            rule_metadata={"item": first.item, "severity": first.severity},
            violating_resources=self._resources(findings),
        )

    def _resources(self, findings: list[Finding]) -> list[PolicyViolatingResource]:
        """Each resource once, with all properties that are wrong."""
        properties: dict[tuple[str | None, str | None, str | None], list[str]] = defaultdict(list)
        for finding in findings:
            found = properties[finding.construct_path or None, finding.logical_id, finding.template]
            if finding.property_path:
                # CDK finds the lines of code that set a property by its path in dots.
                found.append(finding.property_path.replace("/", "."))
        return [
            PolicyViolatingResource(
                construct_path=path,
                resource_logical_id=logical_id,
                template_path=str(self.outdir / template) if template else None,
                locations=list(dict.fromkeys(locations)),
            )
            for (path, logical_id, template), locations in properties.items()
        ]


def _line(rule: str, severity: str, text: str) -> PolicyViolation:
    """A line about the app. CDK prints no violation without a resource, so it has one that is nowhere."""
    nowhere = PolicyViolatingResource(locations=[])
    return PolicyViolation(rule_name=rule_id(rule), description=text, severity=severity, violating_resources=[nowhere])


class _Acknowledged:
    """Which findings CDK takes out of the report by itself: the exact id, on the construct or above it."""

    def __init__(self, assembly: Assembly) -> None:
        self._paths: dict[str, set[str]] = defaultdict(set)
        for path, rules in assembly.acknowledgements:
            for rule in rules:
                self._paths[rule].add(path)

    def by_cdk(self, finding: Finding) -> bool:
        paths: Collection[str] = self._paths.get(rule_id(finding.rule), ())
        if not paths or not finding.construct_path:
            return False
        pieces = finding.construct_path.split("/")
        return any("/".join(pieces[:length]) in paths for length in range(len(pieces) + 1))


__all__ = ["NAME", "validate"]
