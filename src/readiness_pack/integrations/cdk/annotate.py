"""Puts findings onto the constructs they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from aws_cdk import Annotations, Validations
from constructs import IConstruct

from readiness_pack.findings import Finding, Report
from readiness_pack.integrations.cdk.tree import Tree
from readiness_pack.integrations.cdk.wording import PLACES, and_more, rule_id

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Annotation:
    """One annotation to be made."""

    path: str
    level: Level
    rule: str
    text: str


def levels(report: Report) -> list[tuple[Finding, Level]]:
    """What is annotated: what fails the run as an error, other open violations as warnings, the rest not at all."""
    return [
        (finding, "error" if finding.counts else "warning")
        for finding in report.open
        if finding.counts or (finding.verdict == "fail" and finding.severity != "info")
    ]


def planned(
    findings: Iterable[tuple[Finding, Level]], stack_of: Callable[[Finding], str], fallback: str, where: str
) -> list[Annotation]:
    """The annotations for ``findings``: at most :data:`PLACES` for each rule in each stack.

    In each stack, since ``cdk synth`` and ``cdk deploy`` look only at the stacks they select: those have to fail, too.

    Args:
        findings: what is to be annotated, and how.
        stack_of: the construct path of the top-level stack of a finding.
        fallback: where findings go that are about the whole app.
        where: the report file.
    """
    groups: dict[tuple[str, str, Level], list[Finding]] = defaultdict(list)
    for finding, how in findings:
        groups[finding.rule, stack_of(finding), how].append(finding)
    made: list[Annotation] = []
    for (rule, _, how), found in groups.items():
        shown = found[:PLACES]
        for number, finding in enumerate(shown):
            last = number == len(shown) - 1
            text = finding.message + (f" Fix: {finding.fix}" if finding.fix else "")
            text += and_more(len(found) - len(shown), where) if last else ""
            made.append(Annotation(_path(finding, fallback), how, rule, text))
    return made


def _path(finding: Finding, fallback: str) -> str:
    """Where a finding is shown: on its construct, else on its stack (a fragment that CDK knows no construct of)."""
    return finding.construct_path or finding.stack or fallback


def annotate(tree: Tree, annotations: Iterable[Annotation], fallback: str) -> None:
    """Make ``annotations``; one whose construct is not found goes to what is above it, in the end to ``fallback``."""
    for annotation in annotations:
        validations = Validations.of(tree.nearest(annotation.path, fallback))
        add = validations.add_error if annotation.level == "error" else validations.add_warning
        add(rule_id(annotation.rule), annotation.text)


def remark(construct: IConstruct, text: str) -> None:
    """An annotation that fails nothing."""
    Annotations.of(construct).add_info(text)
