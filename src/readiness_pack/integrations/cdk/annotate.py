"""Puts findings onto the constructs they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from aws_cdk import Annotations, Validations
from constructs import IConstruct

from readiness_pack.findings import Finding, Report
from readiness_pack.integrations.cdk.wording import PLACES, and_more, is_counted, rule_id

Level = Literal["error", "warning"]


class Tree:
    """Finds constructs by path, step by step; each step goes to JavaScript once."""

    def __init__(self, root: IConstruct) -> None:
        self.root = root
        self._known: dict[str, IConstruct | None] = {"": root}

    def at(self, path: str) -> IConstruct | None:
        """The construct at ``path``, ``None`` where there is none."""
        if path not in self._known:
            above, _, own = path.rpartition("/")
            parent = self.at(above)
            self._known[path] = parent.node.try_find_child(own) if parent is not None else None
        return self._known[path]


@dataclass(frozen=True)
class Annotation:
    """One annotation to be made."""

    path: str
    level: Level
    rule: str
    text: str


def level(report: Report, finding: Finding, fails: bool) -> Level | None:
    """How a finding is annotated: an error if it fails the run, another violation a warning, the rest not at all."""
    if fails:
        return "error"
    if finding.verdict == "fail" and finding.severity != "info" and is_counted(report, finding):
        return "warning"
    return None


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
    """Make ``annotations``; one whose construct is not found goes to the stack above it, in the end to ``fallback``."""
    for annotation in annotations:
        validations = Validations.of(_nearest(tree, annotation.path, fallback))
        add = validations.add_error if annotation.level == "error" else validations.add_warning
        add(rule_id(annotation.rule), annotation.text)


def remark(construct: IConstruct, text: str) -> None:
    """An annotation that fails nothing."""
    Annotations.of(construct).add_info(text)


def _nearest(tree: Tree, path: str, fallback: str) -> IConstruct:
    while path:
        construct = tree.at(path)
        if construct is not None:
            return construct
        path = path.rpartition("/")[0]
    return tree.at(fallback) or tree.root
