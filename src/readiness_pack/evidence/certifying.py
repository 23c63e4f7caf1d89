"""Certifying: what stands in the way, or the certificate."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from readiness_pack.evidence.certificate import (
    Certificate,
    CertifiedItem,
    CertifiedRecord,
    CertifiedSignOff,
    CertifiedWaiver,
)
from readiness_pack.evidence.gates import CERTIFICATION_RECORD
from readiness_pack.evidence.placeholders import placeholder
from readiness_pack.evidence.readiness import beside_items
from readiness_pack.evidence.signoffs import one_line
from readiness_pack.evidence.standing import READY, covers_records

if TYPE_CHECKING:
    from readiness_pack.config import Config
    from readiness_pack.evidence.readiness import Missing, Readiness
    from readiness_pack.evidence.records import Evidence, FileRef
    from readiness_pack.evidence.signoffs import SignOffState
    from readiness_pack.findings import ItemResult

RULES = "Whoever writes the app"
"""Who sees to an item that rules alone decide."""
CERTIFIER = "The certifier"


class Lacking(NamedTuple):
    """What stands in the way of the certificate.

    Args:
        team: who sees to it.
        about: the item, ``""`` for something else.
        text: what is lacking.
    """

    team: str
    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.about}: {self.text}" if self.about else self.text


def certify(
    readiness: Readiness,
    evidence: Evidence,
    config: Config,
    *,
    certified_by: str,
    subject: str,
    role: str | None = None,
    stage: str | None = None,
) -> Certificate | list[Lacking]:
    """The certificate of what was judged, without the files beside it and not sealed yet.

    It is dated on the day of the judgement, or on that of the newest signature where that is later (of another time
    zone); the next review is on the first day on which something ends that it rests on.

    Args:
        readiness: the answer, for the whole checklist or a gate.
        evidence: what was recorded.
        config: the settings, with the facts that were recorded.
        certified_by: the name of the person.
        subject: what was judged, by its name.
        role: of the person.
        stage: where it is to run, as the readiness was judged.

    Returns:
        The certificate, or what is lacking.

    Raises:
        InputError: the name is empty.
    """
    certified_by = one_line("name of the certifier", certified_by)
    lacking = _lacking(readiness, config, certified_by)
    if lacking:
        return lacking
    signoffs = [_signoff(one) for one in readiness.signoffs if one.state == "signed"]
    date = max([readiness.today, *(one.at.date() for one in signoffs)])
    ends = [end for end in (readiness.next_review, *(one.expires for one in signoffs)) if end is not None]
    next_review = min(ends, default=date)
    items = [
        _item(item, f"{certified_by} certified on {date}; next review on {next_review}.") for item in readiness.items
    ]
    commits = {one.commit for one in signoffs}
    return Certificate(
        subject=subject,
        date=date,
        certified_by=certified_by,
        next_review=next_review,
        digest=readiness.digest,
        items=items,
        signoffs=signoffs,
        records=[*_records(readiness.items, evidence), *_facts(config, readiness.today)],
        waivers=_waivers(readiness, config),
        role=None if role is None else one_line("role", role),
        stage=stage,
        gate=readiness.gate,
        commit=commits.pop() if len(commits) == 1 else None,
    )


def by_team(lacking: Sequence[Lacking]) -> dict[str, list[Lacking]]:
    """What is lacking, by who sees to it; the certifier last.

    Example:
        >>> found = by_team([Lacking("QA", "TST-AUT-01", "no record"), Lacking("QA", "", "no sign-off")])
        >>> {team: [str(one) for one in lacking] for team, lacking in found.items()}
        {'QA': ['TST-AUT-01: no record', 'no sign-off']}
    """
    found: dict[str, list[Lacking]] = defaultdict(list)
    for one in sorted(lacking, key=lambda one: (one.team == CERTIFIER, one.team != RULES)):
        found[one.team].append(one)
    return dict(found)


# What stands in the way ----------------------------------------------------------------------------------------------


def _lacking(readiness: Readiness, config: Config, certified_by: str) -> list[Lacking]:
    found = [Lacking(one.owner or RULES, one.item, _told(one)) for one in readiness.missing]
    found += [Lacking(RULES, "", f"a rule broke: {error.message}") for error in readiness.report.errors]
    found += [Lacking(RULES, "", text) for text in beside_items(readiness.report)]
    asked = set(readiness.asked)
    owners = {item.id: item.owner or RULES for item in readiness.items}
    for one in readiness.signoffs:
        if one.state != "signed" and one.item not in asked:
            found.append(Lacking(owners[one.item], one.item, one.why))
    sign = placeholder(certified_by)
    if sign is not None:
        found.append(Lacking(CERTIFIER, "CRT-REC-02", f"{sign}; give the name of a person."))
    teams = [one.team for one in readiness.signoffs if one.name and _same(one.name, certified_by)]
    if teams and config.certifier == "not a signer":
        text = f"{certified_by} signed for {', '.join(teams)}; readiness.yaml asks for somebody else (certifier)."
        found.append(Lacking(CERTIFIER, "CRT-REC-02", text))
    return found


def _told(one: Missing) -> str:
    return one.why if one.why.startswith(one.title) else f"{one.title} ({one.status}): {one.why}"


def _same(name: str, other: str) -> bool:
    return " ".join(name.split()).casefold() == " ".join(other.split()).casefold()


# What the certificate says -------------------------------------------------------------------------------------------


def _item(item: ItemResult, certified: str) -> CertifiedItem:
    if fnmatchcase(item.id, CERTIFICATION_RECORD) and item.status not in READY:
        return CertifiedItem(item.id, item.title, item.section, "met", certified, item.owner)
    return CertifiedItem(item.id, item.title, item.section, item.status, item.why, item.owner, item.expires)


def _signoff(state: SignOffState) -> CertifiedSignOff:
    assert state.name and state.at and state.expires  # noqa: S101, PT018  a signed one has them
    return CertifiedSignOff(
        state.team, state.item, state.name, state.at, state.expires, state.role, state.commit, state.stage
    )


def _records(items: Sequence[ItemResult], evidence: Evidence) -> list[CertifiedRecord]:
    """Every record and tool report that an item stands on."""
    files: dict[tuple[str, int | None], list[FileRef]] = {(one.file, one.line): one.files for one in evidence.records}
    reports = {(one.file, one.item): one.sha256 for one in evidence.reports}
    found = []
    for item in items:
        for record in item.records:
            if not record.counts or record.date is None or record.file is None:
                continue  # signatures have a list of their own
            hashes = {one.path: one.sha256 for one in files.get((record.file, record.line), [])}
            if record.tool is not None:
                hashes = {_name(record.file): reports[record.file, item.id]}
            found.append(
                CertifiedRecord(item.id, record.statement, record.owner or "", record.date, record.valid_until, hashes)
            )
    return found


def _name(file: str) -> str:
    return file.replace("\\", "/").rsplit("/", 1)[-1]


def _facts(config: Config, today: datetime.date) -> list[CertifiedRecord]:
    return [
        CertifiedRecord(f"fact {name}", fact.note or f"{name} is {fact.value}", fact.owner, fact.date, fact.until)
        for name, fact in sorted(config.facts.items())
        if fact.date <= today <= fact.until
    ]


def _waivers(readiness: Readiness, config: Config) -> list[CertifiedWaiver]:
    """Decisions that findings or missing records rest on, each once."""
    waived = [item.id for item in readiness.items if item.status == "waived"]
    found = [
        CertifiedWaiver(one.rule, one.resource, one.reason, one.owner, one.expires)
        for one in config.waivers
        if any(covers_records(one, item) for item in waived)
    ]
    for one in readiness.report.decisions:
        if one["matches"] and one["state"] in ("waived", "acknowledged"):
            made = CertifiedWaiver(one["rule"], one["resource"] or "the app", one["reason"] or "", one["owner"])
            expires = datetime.date.fromisoformat(one["expires"]) if one["expires"] else None
            found.append(msgspec.structs.replace(made, expires=expires))
    return [one for number, one in enumerate(found) if one not in found[:number]]
