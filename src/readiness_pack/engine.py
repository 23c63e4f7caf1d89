"""The evaluation of an app: rules judge, decisions apply, items follow."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from readiness_pack import blind_spots
from readiness_pack.checklist import Checklist, load
from readiness_pack.config import Config
from readiness_pack.decisions import baseline, decide
from readiness_pack.decisions.names import PREFIX
from readiness_pack.findings import SEVERITIES, Report
from readiness_pack.items import item_results
from readiness_pack.judging import Judging, made
from readiness_pack.peers import merge
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
    asked, broken = made(classes.values(), config.parameters, _facts(config, today), today)
    judging = Judging(assembly, asked, keep_passes)
    with _no_collection():
        judging.judge(watch(subjects) if watch else subjects, whole_app)
    unseen = [f for f in blind_spots.blind_spots(assembly) if only is None or whole_app]
    merged = merge(assembly, judging.findings, [*broken, *judging.errors], classes, only=only)
    decided = decide(
        [*merged.findings, *unseen],
        assembly=assembly,
        config=config,
        rules=classes,
        items=checklist.by_id,
        also={blind_spots.RULE: blind_spots.ITEM} | {name: peer.item for name, peer in merged.rules.items()},
        peers=merged.ids,
        baseline=baseline.read(config.folder / config.baseline) if config.baseline else frozenset(),
        former=judging.former,
        today=today,
    )
    order = {name: number for number, name in enumerate(classes)}
    rated = {f.rule for f in merged.findings if f.verdict == "fail" and f.severity != "info"}
    report = Report(
        findings=sorted(
            decided.findings,
            key=lambda f: (SEVERITIES.index(f.severity), f.verdict != "fail", order.get(f.rule, len(order))),
        ),
        items=[],
        errors=[*broken, *judging.errors],
        tallies=judging.tallies,
        resources=len(subjects),
        stacks=len(assembly.stacks if only is None else {id(resource.stack) for resource in subjects}),
        on_cdk_managed=config.on_cdk_managed,
        unused_decisions=[one for one in decided.unused if not _about_a_record(one, checklist)],
        notes=[
            *checklist.notes,
            *(f"{name} was not judged: {reason}" for name, reason in assembly.skipped),
            *merged.notes,
            *decided.notes,
        ],
        recorded=assembly.records_above,
        decisions=[grant.described() for grant in decided.grants],
        passes=judging.passes,
        peer_rules=merged.rules,
        former=judging.former,
        lowered=sorted({f.rule for f in decided.findings if f.severity == "info"} & rated),
    )
    report.items = item_results(checklist, report)
    return report


def _about_a_record(decision: Mapping[str, Any], checklist: Checklist) -> bool:
    """Whether a decision is a waiver of an item that needs a record; whether it is used shows where records count."""
    if decision["origin"] != "waiver" or decision["resource"] != "*":
        return False
    pattern = decision["rule"].removeprefix(PREFIX)
    return any(item.evidence is not None and fnmatchcase(item.id, pattern) for item in checklist.items)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No search for unused cycles meanwhile: what judging makes is in use until the report is there.

    With the findings and indices of a large app, each search walks over all of them for nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _facts(config: Config, today: date) -> Mapping[str, Any]:
    """The account-level facts that count today, by name."""
    return {name: fact.value for name, fact in config.facts.items() if fact.date <= today <= fact.until}
