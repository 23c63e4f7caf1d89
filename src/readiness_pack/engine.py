"""The evaluation of an app: rules judge, decisions apply, items follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from readiness_pack import blind_spots
from readiness_pack.checklist import Checklist, load
from readiness_pack.config import Config
from readiness_pack.decisions import baseline, decide
from readiness_pack.findings import SEVERITIES, Report
from readiness_pack.items import item_results
from readiness_pack.judging import Judging
from readiness_pack.rules import Rule, built_in
from readiness_pack.template import Assembly, Assume, Resource


def evaluate(
    assembly: Assembly,
    rules: Iterable[type[Rule]] | None = None,
    config: Config | None = None,
    *,
    checklist: Checklist | None = None,
    only: Callable[[Resource], bool] | None = None,
    whole_app: bool = True,
    today: date | None = None,
    keep_passes: bool = False,
    watch: Callable[[Sequence[Resource]], Iterable[Resource]] | None = None,
) -> Report:
    """Judge an app.

    Args:
        assembly: what was synthesized.
        rules: the rules to ask, ours where not given.
        config: settings, the defaults where not given.
        checklist: the items that the rules belong to, ours where not given.
        only: which resources are judged, all where not given; the others still count as partners of those.
        whole_app: whether rules about the app as a whole are asked.
        today: the day on which decisions and facts are judged.
        keep_passes: whether ``passes`` of the report is filled: each rule with each resource that passes it.
        watch: hands out the resources one by one as they are judged, for a progress bar.

    Returns:
        The report; a rule that breaks is an entry of ``errors`` there, and the others go on.

    Raises:
        InputError: the configuration, a waiver or an acknowledgement names what does not exist.

    Example:
        >>> from readiness_pack import Assembly, evaluate
        >>> app = Assembly.from_template({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}})
        >>> [f.rule for f in evaluate(app).findings if f.rule == "KmsKeyRotationEnabled"]
        ['KmsKeyRotationEnabled']
    """
    config = config or Config()
    checklist = checklist or load()
    today = today or date.today()
    if config.assumptions != Assume():
        assembly.take_as_given(config.assumptions)
    classes = dict(built_in()) if rules is None else {rule.name: rule for rule in rules}
    subjects = assembly.all_resources if only is None else tuple(filter(only, assembly.all_resources))
    judging = Judging(
        assembly, [rule(config.parameters, _facts(config, today), today) for rule in classes.values()], keep_passes
    )
    judging.judge(watch(subjects) if watch else subjects, whole_app)
    unseen = [f for f in blind_spots.blind_spots(assembly) if only is None or whole_app]
    decided = decide(
        [*judging.findings, *unseen],
        assembly=assembly,
        config=config,
        rules=classes,
        items=checklist.by_id,
        also={blind_spots.RULE: blind_spots.ITEM},
        baseline=baseline.read(config.folder / config.baseline) if config.baseline else frozenset(),
        today=today,
    )
    order = {name: number for number, name in enumerate(classes)}
    report = Report(
        findings=sorted(
            decided.findings,
            key=lambda f: (SEVERITIES.index(f.severity), f.verdict != "fail", order.get(f.rule, len(order))),
        ),
        items=[],
        errors=judging.errors,
        tallies=judging.tallies,
        resources=len(subjects),
        stacks=len(assembly.stacks if only is None else {id(resource.stack) for resource in subjects}),
        on_cdk_managed=config.on_cdk_managed,
        unused_decisions=decided.unused,
        notes=[f"{name} was not judged: {reason}" for name, reason in assembly.skipped],
        recorded=assembly.records_above,
        decisions=[grant.described() for grant in decided.grants],
        passes=judging.passes,
    )
    report.items = item_results(checklist, report)
    return report


def _facts(config: Config, today: date) -> Mapping[str, Any]:
    """The account-level facts that count today, by name."""
    return {name: fact.value for name, fact in config.facts.items() if fact.date <= today <= fact.until}
