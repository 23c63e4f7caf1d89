"""Is this system ready, who says so, and until when: the answer of ``readiness report``.

Readiness follows from items by a stated rule, never from a percentage:

- an item is ready when it is met, attested, expiring (it still counts), waived or not applicable,
- a section is ready when all its items are, the whole when all sections are, no rule broke, and nothing that fails a
  check is open beside the items, such as what only cdk-nag or checkov found,
- the fields of the certificate (CRT-REC-*) do not stand in the way: certifying makes them.

``unknown`` is not ready: somebody has to say what the templates leave open.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from readiness_pack.errors import InputError
from readiness_pack.evidence import certificate as certificates
from readiness_pack.evidence import digest as digests
from readiness_pack.evidence import signoffs as signatures
from readiness_pack.evidence.certificate import CertificateState
from readiness_pack.evidence.gates import GATES, all_of, asked_by
from readiness_pack.evidence.levels import LevelResult, level_results
from readiness_pack.evidence.records import shown
from readiness_pack.evidence.standing import READY, covers_records, with_certificate, with_evidence
from readiness_pack.findings import ItemResult, Report, Status
from readiness_pack.typed_yaml import nearest

if TYPE_CHECKING:
    from readiness_pack.config import Config
    from readiness_pack.evidence.digest import Digest
    from readiness_pack.evidence.records import Evidence, Problem
    from readiness_pack.evidence.signoffs import SignOffState
    from readiness_pack.rules.rule_set import RuleSet
    from readiness_pack.template import Assembly


class Section(msgspec.Struct, frozen=True):
    """A section of the checklist.

    Args:
        name: its heading.
        ready: whether all its items are ready.
        items: how many items it has, those that the gate does not ask left out.
        counts: status -> how many items have it.
        missing: ids of the items that are not ready.
    """

    name: str
    ready: bool
    items: int
    counts: dict[str, int]
    missing: list[str]


class Missing(msgspec.Struct, frozen=True):
    """What stands in the way: an item that is not ready.

    Args:
        item: its id.
        owner: the team that keeps its record; ``None`` where rules alone decide it.
        status: where it stands.
        why: the reason in a sentence.
        expires: when what it had ended.
    """

    item: str
    title: str
    section: str
    owner: str | None
    status: Status
    why: str
    expires: datetime.date | None = None


class GateResult(msgspec.Struct, frozen=True):
    """Where the system stands at a gate.

    Args:
        name: of the gate.
        about: what it stands for.
        ready: whether all items that it asks are ready.
        asked: how many items it asks.
        missing: ids of those that are not ready.
    """

    name: str
    about: str
    ready: bool
    asked: int
    missing: list[str]


@dataclass(frozen=True)
class Readiness:
    """The whole answer.

    Args:
        report: what the rules found; its items are those of ``items``.
        items: where each checklist item stands.
        sections: where each section stands, for the items that are asked.
        levels: where the system stands with each level, lowest first.
        gates: where it stands at each gate, in the order of time.
        gate: the gate that was asked for; ``None`` for the whole checklist.
        signoffs: where the sign-off of each team stands.
        certificate: where the certificate stands.
        digest: of everything that was judged.
        ready: the answer, for the gate that was asked for.
        missing: what stands in the way, in checklist order.
        next_review: the first day on which something that counts ends; ``None`` where nothing does.
        today: the day on which it was judged.
        problems: records and reports that count for nothing.
        stage: where the system is to run; ``None`` where any stage was judged.
    """

    report: Report
    items: list[ItemResult]
    sections: list[Section]
    levels: list[LevelResult]
    gates: list[GateResult]
    gate: str | None
    signoffs: list[SignOffState]
    certificate: CertificateState
    digest: Digest
    ready: bool
    missing: list[Missing]
    next_review: datetime.date | None
    today: datetime.date
    problems: tuple[Problem, ...] = ()
    stage: str | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """Ids of the items that the answer hangs on."""
        ids = [item.id for item in self.items]
        return asked_by(self.gate, ids) if self.gate else all_of(ids)

    @property
    def level(self) -> LevelResult | None:
        """The highest level that is reached."""
        return next((level for level in reversed(self.levels) if level.reached), None)

    @property
    def next_level(self) -> LevelResult | None:
        """The lowest level that is not reached."""
        return next((level for level in self.levels if not level.reached), None)

    @property
    def exit_code(self) -> int:
        """3 when a rule broke, 1 when the system is not ready, else 0."""
        return 3 if self.report.errors else 0 if self.ready else 1


def assess(
    report: Report,
    assembly: Assembly,
    rules: RuleSet,
    config: Config,
    evidence: Evidence,
    today: datetime.date,
    gate: str | None = None,
    stage: str | None = None,
) -> Readiness:
    """Whether the system is ready.

    Args:
        report: what the rules found in ``assembly``.
        assembly: what was synthesized.
        rules: the rules of the run with their items.
        config: the settings, with the facts that were recorded.
        evidence: what was recorded.
        today: the day on which is judged.
        gate: judge what the checklist asks at this gate; everything where not given.
        stage: where it is to run; sign-offs and certificates for another stage do not count.

    Raises:
        InputError: there is no such gate, or a level asks for an item that does not exist.

    Example:
        >>> from datetime import date
        >>> from readiness_pack import Assembly, Config, evaluate
        >>> from readiness_pack.evidence.records import Evidence
        >>> from readiness_pack.rules.rule_set import rule_set
        >>> app = Assembly.from_template({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}})
        >>> rules, config, today = rule_set([]), Config(), date(2026, 11, 25)
        >>> found = assess(evaluate(app, today=today), app, rules, config, Evidence(), today, "pre-deployment")
        >>> found.ready, [missing.status for missing in found.missing if missing.item == "SEC-ENC-03"]
        (False, ['not met'])
    """
    if gate is not None and gate not in GATES:
        raise InputError(f"there is no gate '{gate}'.{nearest(gate, set(GATES))}")
    digest = digests.digest(assembly, rules, config, evidence)
    signoffs = signatures.states(evidence.folder, digest, rules.checklist, today, stage)
    none_yet = CertificateState("missing", "There is no certificate.")
    items = with_evidence(report, rules.checklist, evidence, signoffs, none_yet, today, config)
    ids = [item.id for item in items]

    def lacking(asking: str | None) -> list[str]:
        wanted = set(asked_by(asking, ids) if asking in GATES else all_of(ids))
        found = [_missing(item) for item in items if item.id in wanted and item.status not in READY]
        return why_not(found, msgspec.structs.replace(report, items=items))

    certificate = certificates.state(evidence.folder, digest, signoffs, today, lacking, stage)
    items = with_certificate(items, certificate, today, config)
    asked = set(asked_by(gate, ids) if gate else all_of(ids))
    missing = [_missing(item) for item in items if item.id in asked and item.status not in READY]
    whole = msgspec.structs.replace(
        report,
        items=items,
        unused_decisions=_unused(report, items, config),
        notes=[*report.notes, *_unrecorded(evidence), *signed_for_several(signoffs)],
    )
    return Readiness(
        report=whole,
        items=items,
        sections=_sections([item for item in items if item.id in asked]),
        levels=level_results(config, ids, {item.id: item.status in READY for item in items}),
        gates=[_gate(name, items) for name in GATES],
        gate=gate,
        signoffs=signoffs,
        certificate=certificate,
        digest=digest,
        ready=not why_not(missing, whole),
        missing=missing,
        next_review=_next_review(items, report, config, signoffs, today),
        today=today,
        problems=evidence.problems,
        stage=stage,
    )


def why_not(missing: Sequence[Missing], report: Report) -> list[str]:
    """What stands in the way, a sentence each."""
    return [
        *(f"{one.title} ({one.item}) is {one.status}: {one.why}" for one in missing),
        *(f"a rule broke: {error.message}" for error in report.errors),
        *beside_items(report),
    ]


def beside_items(report: Report) -> list[str]:
    """What fails a check and shows in no item, such as what only cdk-nag knows, a sentence for each rule."""
    status = {item.id: item.status for item in report.items}
    found = Counter(finding.rule for finding in report.failing if status.get(finding.item, "met") in READY)
    return [f"{rule} has {number} open {'finding' if number == 1 else 'findings'}" for rule, number in found.items()]


def signed_for_several(signoffs: Sequence[SignOffState]) -> list[str]:
    """Who signed for more than one team, a sentence each: five signatures of one person are one opinion."""
    by_person: dict[str, list[SignOffState]] = {}
    for one in signoffs:
        if one.state == "signed" and one.name:
            by_person.setdefault(" ".join(one.name.split()).casefold(), []).append(one)
    return [
        f"{of_one[0].name} signed for {len(of_one)} teams: {', '.join(one.team for one in of_one)}"
        for of_one in by_person.values()
        if len(of_one) > 1
    ]


def _unrecorded(evidence: Evidence) -> list[str]:
    """Where nothing at all was recorded, the reader may be looking at the wrong folder."""
    folder = evidence.folder
    if evidence.records or evidence.reports or folder is None:
        return []
    name = shown(folder)
    return [f"nothing is recorded in {name}"] if folder.is_dir() else [f"there is no evidence: no folder {name}"]


def _missing(item: ItemResult) -> Missing:
    return Missing(item.id, item.title, item.section, item.owner, item.status, item.why, item.expires)


def _sections(items: Sequence[ItemResult]) -> list[Section]:
    by_name: dict[str, list[ItemResult]] = {}
    for item in items:
        by_name.setdefault(item.section, []).append(item)
    return [
        Section(
            name,
            all(item.status in READY for item in members),
            len(members),
            dict(Counter(item.status for item in members)),
            [item.id for item in members if item.status not in READY],
        )
        for name, members in by_name.items()
    ]


def _gate(name: str, items: Sequence[ItemResult]) -> GateResult:
    asked = set(asked_by(name, [item.id for item in items]))
    missing = [item.id for item in items if item.id in asked and item.status not in READY]
    return GateResult(name, GATES[name].about, not missing, len(asked), missing)


def _unused(report: Report, items: Sequence[ItemResult], config: Config) -> list[dict[str, Any]]:
    """Decisions that matched no finding, nor are about the record that an item lacks."""
    lacking = [item.id for item in items if item.owner and item.status in ("waived", "not met", "missing", "expired")]
    used = {(one.rule, one.resource) for one in config.waivers if any(covers_records(one, item) for item in lacking)}
    ours = ("waiver", "code", "acknowledgement")
    described = [one for one in report.decisions if not one["matches"] and one["origin"] in ours]
    return [one for one in described if one["origin"] != "waiver" or (one["rule"], one["resource"]) not in used]


def _next_review(
    items: Sequence[ItemResult],
    report: Report,
    config: Config,
    signoffs: Sequence[SignOffState],
    today: datetime.date,
) -> datetime.date | None:
    """The first end of what counts: records, waivers, facts and sign-offs."""
    ends = [item.expires for item in items if item.status in READY and item.id in all_of([item.id])]
    ends += [signoff.expires for signoff in signoffs if signoff.state == "signed"]
    ends += [fact.until for fact in config.facts.values() if fact.date <= today <= fact.until]
    ends += [
        datetime.date.fromisoformat(finding.decision.expires)
        for finding in report.findings
        if finding.decision.state == "waived" and finding.decision.expires
    ]
    return min((end for end in ends if end is not None and end >= today), default=None)
