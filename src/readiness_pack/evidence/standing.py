"""Where each item stands by everything that is known: rules, records, tool reports, waivers, sign-offs, certificate."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec.structs import replace

from readiness_pack.checklist import Checklist, ItemSpec
from readiness_pack.config import Config, WaiverSpec
from readiness_pack.evidence.placeholders import placeholder
from readiness_pack.evidence.support import Supported, supported
from readiness_pack.findings import ItemResult, RecordResult, Report, Status
from readiness_pack.items import rule_results

if TYPE_CHECKING:
    from readiness_pack.evidence.certificate import CertificateState
    from readiness_pack.evidence.records import Evidence
    from readiness_pack.evidence.signoffs import SignOffState

READY: frozenset[Status] = frozenset(("met", "attested", "expiring", "waived", "not applicable"))
"""An item with one of these is ready."""

_LACKING = ("not met", "missing", "expired")
_SIGNATURES = "CRT-SGN-"
_CERTIFICATE = "CRT-REC-"


def with_evidence(
    report: Report,
    checklist: Checklist,
    evidence: Evidence,
    signoffs: Sequence[SignOffState],
    certificate: CertificateState,
    today: datetime.date,
    config: Config | None = None,
) -> list[ItemResult]:
    """The items of ``report`` with what people and tools recorded.

    Rules come first: a violation that nobody accepted is ``not met``, whatever a record says. Then an item that asks
    for a record needs one that counts; an item that rules and a record decide together needs both.

    Args:
        report: what the rules found.
        checklist: the items.
        evidence: what was recorded.
        signoffs: where the sign-off of each team stands.
        certificate: where the certificate stands.
        today: the day on which is judged.
        config: the settings: waivers, locked items, ``expiring_days``.
    """
    config = config or Config()
    by_rules = {result.id: result for result in rule_results(checklist, report)}
    if not any(tally.passed or tally.fail or tally.unknown for tally in report.tallies.values()):
        by_rules = {id_: _unjudged(result) for id_, result in by_rules.items()}
    hollow = _hollow(report)
    by_rules = {id_: _without(hollow, result) for id_, result in by_rules.items()} if hollow else by_rules
    signed = {signoff.item: signoff for signoff in signoffs}
    return [
        _Standing(item, by_rules[item.id], today, config).result(evidence, signed.get(item.id), certificate)
        for item in checklist.items
    ]


@dataclass(frozen=True)
class _Standing:
    item: ItemSpec
    by_rules: ItemResult
    today: datetime.date
    config: Config

    def result(self, evidence: Evidence, signoff: SignOffState | None, certificate: CertificateState) -> ItemResult:
        if self.item.id.startswith(_SIGNATURES):
            return self._signed(signoff)
        if self.item.id.startswith(_CERTIFICATE):
            return certified(self.by_rules, certificate, self.today, self.config)
        reported = any(report.item == self.item.id for report in evidence.reports)
        if self.item.evidence is None and not reported:
            return self.by_rules
        found = supported(self.item, evidence, self.today, self.config.expiring_days)
        if self.item.evidence is None:
            return self._automated(found)
        return self._together(self._or_waived(found))

    # Rules and records ---

    def _automated(self, found: Supported) -> ItemResult:
        """Rules decide; a tool that sees a violation is believed as well."""
        if found.status == "not met" and self.by_rules.status != "not met":
            return replace(self.by_rules, status="not met", why=found.why, records=found.records)
        return replace(self.by_rules, records=found.records)

    def _together(self, found: Supported) -> ItemResult:
        rules = self.by_rules
        with_records = replace(rules, records=found.records)
        if rules.status == "not met":
            return replace(with_records, status="not met", why=rules.why)
        if found.status in _LACKING:
            return replace(with_records, status=found.status, why=found.why, expires=found.expires)
        if rules.status == "unknown" and self.item.disposition == "partial":
            return replace(with_records, status="unknown", why=f"{rules.why} {found.why}", expires=found.expires)
        status = "waived" if rules.status == "waived" and found.status != "expiring" else found.status
        also = f" {rules.why}" if rules.status in ("met", "waived") else ""
        ends = [day for day in (found.expires, rules.expires) if day is not None]
        return replace(with_records, status=status, why=f"{found.why}{also}", expires=min(ends, default=None))

    # Waivers ---

    def _or_waived(self, found: Supported) -> Supported:
        """What is lacking, covered by a waiver of the item where there is one."""
        if found.status not in _LACKING:
            return found
        notes: list[str] = []
        for waiver in self.config.waivers:
            if not covers_records(waiver, self.item.id):
                continue
            why_not = self._why_not(waiver)
            if why_not is None:
                assert waiver.expires is not None  # noqa: S101  _why_not asks for it
                accepted = f"Accepted by {waiver.owner} until {waiver.expires}: {waiver.reason.strip().rstrip('.')}."
                return Supported("waived", f"{found.why} {accepted}", waiver.expires, found.records)
            notes.append(why_not)
        return replace_why(found, " ".join([found.why, *notes]))

    def _why_not(self, waiver: WaiverSpec) -> str | None:
        if any(fnmatchcase(self.item.id, pattern) for pattern in self.config.locked):
            return "It is locked: no waiver covers it."
        if waiver.owner is None or waiver.expires is None:
            lacks = "owner" if waiver.owner is None else "last day"
            return f"A waiver names it, but without {'an' if lacks == 'owner' else 'a'} {lacks} it covers no record."
        if waiver.expires < self.today:
            return f"The waiver of {waiver.owner} ended on {waiver.expires}."
        found = _not_filled_in(waiver.reason, waiver.owner)
        return f"A waiver names it, but {found}." if found else None

    # Signatures ---

    def _signed(self, signoff: SignOffState | None) -> ItemResult:
        if signoff is None:
            return replace(self.by_rules, status="missing", why=f"{self.item.title}: no sign-off.")
        record = RecordResult(
            self.item.statement,
            signoff.name,
            signoff.at.date() if signoff.at else None,
            signoff.expires,
            counts=signoff.state == "signed",
            problem=None if signoff.state == "signed" else signoff.why,
        )
        records = [record] if signoff.name is not None else []
        result = replace(self.by_rules, why=signoff.why, records=records, expires=None)
        if signoff.state != "signed":
            status: Status = "expired" if signoff.state == "expired" else "missing"
            return replace(result, status=status, expires=signoff.expires if status == "expired" else None)
        status = _current(signoff.expires, self.today, self.config)
        return replace(result, status=status, expires=signoff.expires)


def certified(item: ItemResult, certificate: CertificateState, today: datetime.date, config: Config) -> ItemResult:
    """A field of the certificate, which stands as the certificate does."""
    if certificate.state == "valid":
        status = _current(certificate.next_review, today, config)
        return replace(item, status=status, why=certificate.why, expires=certificate.next_review)
    expired = certificate.state == "expired"
    return replace(
        item,
        status="expired" if expired else "missing",
        why=certificate.why,
        expires=certificate.next_review if expired else None,
    )


def _current(expires: datetime.date | None, today: datetime.date, config: Config) -> Status:
    soon = expires is not None and (expires - today).days <= config.expiring_days
    return "expiring" if soon else "attested"


def with_certificate(
    items: Sequence[ItemResult], certificate: CertificateState, today: datetime.date, config: Config
) -> list[ItemResult]:
    """``items`` with the fields of the certificate as it stands."""
    return [certified(item, certificate, today, config) if item.id.startswith(_CERTIFICATE) else item for item in items]


def _unjudged(result: ItemResult) -> ItemResult:
    """In an app without anything to judge, no item is met by having no resource: it may be the wrong folder."""
    if result.status != "not applicable" or result.disposition != "automated":
        return result
    return replace(result, status="unknown", why="Nothing in the app is judged by any rule: is this the app?")


def _hollow(report: Report) -> dict[str, str]:
    """Rules with violations that were accepted in words that say nothing -> what of these, as the end of a sentence."""
    said: dict[tuple[str | None, str | None], str | None] = {}
    found: dict[str, str] = {}
    for finding in report.findings:
        decision = finding.decision
        if decision.state not in ("waived", "acknowledged"):
            continue
        words = (decision.reason, decision.owner)
        if words not in said:
            said[words] = _not_filled_in(*words)
        text = said[words]
        if text is not None:
            found.setdefault(finding.rule, text)
    return found


def _without(hollow: Mapping[str, str], result: ItemResult) -> ItemResult:
    """``result`` where accepting a violation without saying why is not accepting it."""
    text = next((hollow[name] for name in result.rules if name in hollow), None)
    if text is None or result.status != "waived":
        return result
    why = f"{result.why} But {text}."
    return replace(result, status="not met", why=why, fail=result.waived, waived=0, expires=None)


def _not_filled_in(reason: str | None, owner: str | None) -> str | None:
    for name, text in (("reason", reason), ("owner", owner)):
        found = placeholder(text) if text is not None else None
        if found is not None:
            return f"its {name} is not filled in: {found}"
    return None


def covers_records(waiver: WaiverSpec, item: str) -> bool:
    """Whether a waiver is also about the record of an item: it names the item, or a glob of it, and no resource.

    Example:
        >>> covers_records(WaiverSpec("REL-DRC-*", "rehearsed in spring"), "REL-DRC-04")
        True
    """
    return waiver.resource == "*" and fnmatchcase(item, waiver.rule.removeprefix("Readiness::"))


def replace_why(found: Supported, why: str) -> Supported:
    """``found`` with another reason."""
    return Supported(found.status, why, found.expires, found.records)
