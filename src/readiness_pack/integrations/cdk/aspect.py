"""The doors that annotate: judge the construct tree once all Aspects have run, and annotate it.

An Aspect sees one construct after the other, and others may still change it afterwards. So the first construct that
CDK shows (the scope that the Aspect was added to) gets a validation; CDK calls those after all Aspects of every
priority, when references between stacks are in place, and writes annotations that are made then.

CDK crosses from JavaScript into Python for each construct that it shows to an Aspect. ``annotate`` registers the same
validation without one: on the scope, and on each Stage below it, since CDK synthesizes those on their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

import jsii
from aws_cdk import Stack, Stage
from constructs import IConstruct, IValidation

from readiness_pack.engine import evaluate
from readiness_pack.errors import ReadinessError
from readiness_pack.evidence.at_synth import with_records
from readiness_pack.findings import Finding, Report, ToolError
from readiness_pack.integrations.cdk import report_file
from readiness_pack.integrations.cdk.annotate import Annotation, Level, annotate, levels, planned, remark
from readiness_pack.integrations.cdk.live import Live, read
from readiness_pack.integrations.cdk.settings import Settings
from readiness_pack.integrations.cdk.synthesis import Synthesis
from readiness_pack.integrations.cdk.tree import Tree, add_records
from readiness_pack.integrations.cdk.wording import broken, left_over, rule_id, tool_errors
from readiness_pack.template import Resource
from readiness_pack.template import Stack as Template

_ANNOTATIONS_IN_REPORT = "@aws-cdk/core:annotationsInValidationReport"


class Visitor:
    """Recognises the scopes that an Aspect was added to, without asking JavaScript about every construct."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._scopes: dict[int, _Scope] = {}
        # Constructs below the open scopes, by identity: users' classes may define equality. Held, so that ids stay.
        self._seen: dict[int, IConstruct] = {}
        self._open: list[str] = []

    def visit(self, node: IConstruct) -> None:
        """CDK shows a scope before what is below it, so a construct not seen yet is a scope, or was made just now."""
        if id(node) not in self._seen:
            self._enter(node)

    def _enter(self, node: IConstruct) -> None:
        path = node.node.path
        self._seen[id(node)] = node
        if any(_is_below(path, scope) for scope in self._open):
            return
        self._seen.update((id(below), below) for below in node.node.find_all())
        self._open.append(path)
        self._register(node, path)

    def _register(self, node: IConstruct, path: str) -> _Scope:
        """The scope at ``node``; a second synthesis of the same tree finds the validation in place."""
        if id(node) not in self._scopes:
            scope = self._scopes[id(node)] = _Scope(self, node, path)
            node.node.add_validation(scope)
        return self._scopes[id(node)]

    def annotate(self, scope: IConstruct) -> None:
        """Judge ``scope`` and the Stages below it when they are synthesized, without being shown each construct."""
        self._register(scope, scope.node.path).with_stages = True
        for stage in scope.node.find_all():
            if isinstance(stage, Stage) and stage is not scope:
                self._register(stage, stage.node.path).with_stages = True

    def catch_up(self, below: Iterable[IConstruct], scope: str) -> None:
        """Judge the Stages in ``scope`` that were made after :meth:`annotate`.

        CDK has synthesized them a moment ago; it does so again, since what they wrote lacks their annotations.
        """
        stages = [(item.node.path, item) for item in below if isinstance(item, Stage) and id(item) not in self._scopes]
        late = [(path, stage) for path, stage in stages if _is_below(path, scope)]
        for path, stage in late:
            self._register(stage, path).with_stages = True
        for _, stage in reversed(late):  # the inner ones first: CDK forces only the Stage that it is told to
            stage.synth(force=True)

    def close(self) -> None:
        """All Aspects of the Stage have run: what comes next is another Stage, or another synthesis."""
        self._seen.clear()
        self._open.clear()


@jsii.implements(IValidation)
class _Scope:
    """One construct that the Aspect was added to."""

    def __init__(self, visitor: Visitor, construct: IConstruct, path: str) -> None:
        self._visitor = visitor
        self._construct = construct
        self._path = path
        self.with_stages = False
        """Whether Stages below the scope are judged as well, those included that are made later."""

    def validate(self) -> list[str]:
        """Called by CDK; what is returned here, or raised, ends the synthesis."""
        self._visitor.close()
        judgement = _Judgement(self._visitor, self._construct, self._path, with_stages=self.with_stages)
        try:
            return judgement.run()
        except Exception as error:
            report_file.remove(judgement.outdir)
            # A complaint of CDK's about the app would have come a moment later anyway; it stays as it is.
            if isinstance(error, ReadinessError) or isinstance(error.__cause__, jsii.errors.JavaScriptError):
                raise
            raise ReadinessError(broken(error)) from error


class _Judgement:
    """One scope, judged once."""

    def __init__(self, visitor: Visitor, construct: IConstruct, path: str, *, with_stages: bool) -> None:
        self.visitor = visitor
        self.with_stages = with_stages
        self.settings = visitor.settings
        self.construct = construct
        self.path = path
        self.root = construct.node.root
        stage = construct if isinstance(construct, Stage) else Stage.of(construct)
        if stage is None:
            raise ReadinessError(f"{path or 'the construct'} is in no App or Stage, so nothing can be judged")
        self.stage = stage
        self.stage_path = stage.node.path
        self.outdir = Path(cast("Stage", self.root).outdir)
        self.where = report_file.shown(self.outdir)
        self.synthesis = Synthesis.for_aspect(self.root, id(visitor), (self.stage_path, path))
        self.tree = Tree(self.root)

    def run(self) -> list[str]:
        """Judge, annotate, write the report. Returns what could not be annotated anywhere where CDK shows it."""
        below: list[IConstruct] | None = None
        if self.with_stages:
            below = self.stage.node.find_all()
            self.visitor.catch_up((item for item in below if item is not self.stage), self.path)
        if self.synthesis.covers((self.stage_path, self.path), self.settings):
            return []
        config, rules = self.settings.load(self.outdir)
        below = below or self.stage.node.find_all()
        live = read(self.stage, below, self.outdir, config.assumptions)
        add_records(live.assembly, self.tree)
        self.settings.packs.judge(live.assembly, self.construct, written=False)
        # Rules about the whole app need all of it, and only the App's own pass has that.
        report = evaluate(
            live.assembly,
            rules.classes.values(),
            config,
            checklist=rules.checklist,
            only=self._chooser(live),
            whole_app=self.path == "",
        )
        if self.settings.evidence is not None and self.path == "":
            report = with_records(report, live.assembly, rules, config, self.settings.evidence)
        self.synthesis.scopes[self.stage_path, self.path] = self.settings
        carrier = self._carrier(live)
        unseen = self._annotate(report, live, carrier)
        unseen += self._left_out(below, carrier)
        self.synthesis.add(report, self.settings, rules, self.outdir, whole_app=self.path == "")
        return unseen

    def _chooser(self, live: Live) -> _Chooser:
        return _Chooser(live, self.path if self.path != self.stage_path else None)

    def _carrier(self, live: Live) -> str | None:
        """A stack of the scope, for what is about the whole of it: CDK shows the annotations of stacks only."""
        names = [stack.name for stack in live.own if stack.parent is None]
        return next((name for name in names if _is_below(name, self.path) or _is_below(self.path, name)), None)

    # Findings --------------------------------------------------------------------------------------------------------

    def _annotate(self, report: Report, live: Live, carrier: str | None) -> list[str]:
        tops = {stack.name: _top(stack).name for stack in live.own}
        chosen: list[tuple[Finding, Level]] = []
        unseen: list[str] = []
        for finding, how in levels(report):
            known = self.synthesis.annotated.get(finding.fingerprint)
            if known or (known is False and how == "warning"):
                continue
            if finding.stack is None and carrier is None:
                if how == "error":
                    unseen.append(f"{finding.message} ({rule_id(finding.rule)})")
                continue
            chosen.append((finding, how))
            self.synthesis.annotated[finding.fingerprint] = how == "error"
        fallback = carrier or self.path
        annotations = planned(chosen, lambda finding: tops.get(finding.stack or "", ""), fallback, self.where)
        annotations += self._tool_errors(report, tops, fallback)
        annotate(self.tree, annotations, fallback)
        self._remark(report, carrier)
        return unseen

    def _tool_errors(self, report: Report, tops: dict[str, str], fallback: str) -> list[Annotation]:
        by_stack: dict[str, list[ToolError]] = {}
        for error in report.errors:
            by_stack.setdefault(tops.get(error.stack or "", fallback), []).append(error)
        found = [(stack, text) for stack, errors in by_stack.items() for text in tool_errors(errors)]
        self.synthesis.broken.update(text for _, text in found)
        return [Annotation(stack, "error", "ToolError", text) for stack, text in found]

    def _remark(self, report: Report, carrier: str | None) -> None:
        """Say how many answers are open, so that nobody takes what nobody could decide for a pass."""
        construct = self.tree.at(carrier) if carrier else None
        undecided = [finding for finding in report.open if finding.verdict == "unknown" and not finding.counts]
        line = left_over(report, undecided, self.where)
        if line is not None and construct is not None:
            remark(construct, f"{line} ({rule_id('NotFailing')})")

    # Stages ----------------------------------------------------------------------------------------------------------

    def _left_out(self, below: Sequence[IConstruct], carrier: str | None) -> list[str]:
        """Report the Stages below the scope that no Aspect of ours has judged; CDK does not let this one in."""
        unjudged: dict[str, list[str]] = {}
        for construct in below:
            if isinstance(construct, Stack):
                stage = Stage.of(construct)
                if stage is None or stage is self.stage:
                    continue
                stage_path, path = stage.node.path, construct.node.path
                if _is_below(stage_path, self.path) and not self.synthesis.has_judged(stage_path, path):
                    unjudged.setdefault(stage_path, []).append(path)
        texts = {stage: _left_out_text(stage, stacks) for stage, stacks in unjudged.items()}
        if not texts:
            return []
        annotate(self.tree, [Annotation(stage, "error", "StageNotJudged", text) for stage, text in texts.items()], "")
        if cast("Stage", self.root).node.try_get_context(_ANNOTATIONS_IN_REPORT) in (True, "true"):
            return []
        # CDK shows annotations of stacks, and what is on a Stage belongs to none.
        if carrier is None:
            return list(texts.values())
        annotate(self.tree, [Annotation(carrier, "error", "StageNotJudged", text) for text in texts.values()], carrier)
        return []


class _Chooser:
    """Which resources of what was read are judged: those of the Stage's own stacks, below the scope."""

    def __init__(self, live: Live, scope: str | None) -> None:
        self._own = {id(stack) for stack in live.own}
        self._scope = scope

    def __call__(self, resource: Resource) -> bool:
        if id(resource.stack) not in self._own:
            return False
        return self._scope is None or _is_below(resource.construct_path or resource.stack.name, self._scope)


def _top(stack: Template) -> Template:
    while stack.parent is not None:
        stack = stack.parent.stack
    return stack


def _is_below(path: str, scope: str) -> bool:
    """Whether ``path`` is the construct ``scope`` or below it."""
    return scope in ("", path) or path.startswith(f"{scope}/")


def _left_out_text(stage: str, stacks: list[str]) -> str:
    number = f"{len(stacks)} {'stack' if len(stacks) == 1 else 'stacks'}"
    return (
        f"Stage {stage} ({number}) was not judged: CDK does not let an Aspect cross into a Stage. "
        "Fix: cdk.Aspects.of(stage).add(ReadinessChecks()) for each Stage, or, for the whole app at once, "
        "cdk.Validations.of(app).add_plugins(ReadinessChecks())"
    )
