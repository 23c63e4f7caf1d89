"""Applies decisions to findings: which are accepted, by whom and until when; which count."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from readiness_pack.config import Config
from readiness_pack.decisions.gate import Gate
from readiness_pack.decisions.grants import Grant, grants_of
from readiness_pack.decisions.names import Selector
from readiness_pack.decisions.profiles import Rating, Ratings
from readiness_pack.findings import SEVERITIES, Decision, Finding
from readiness_pack.peers import PeerIds
from readiness_pack.rules import Rule
from readiness_pack.rules.facts import KNOWN_FACTS, improper
from readiness_pack.rules.parameters import parameter_problem
from readiness_pack.template import Assembly
from readiness_pack.typed_yaml import nearest

SOON = timedelta(days=30)
"""A decision that ends within this time is a warning."""

ITEM = "TST-INF-01"  # the item about suppressions: findings about decisions belong to it


@dataclass
class Decided:
    """What came of it.

    Args:
        findings: all findings with their decisions, severities and whether they count.
        unused: decisions that matched nothing.
        grants: every decision with what it matched, for ``readiness decisions``.
        notes: what weakens the gate, a sentence each.
    """

    findings: list[Finding]
    unused: list[dict[str, Any]]
    grants: list[Grant] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def decide(
    findings: Iterable[Finding],
    *,
    assembly: Assembly,
    config: Config,
    rules: dict[str, type[Rule]],
    items: Iterable[str],
    also: Mapping[str, str] | None = None,
    peers: PeerIds | None = None,
    baseline: frozenset[str] = frozenset(),
    former: Mapping[str, Collection[str]] | None = None,
    today: date,
) -> Decided:
    """Rate findings and apply every decision that people made.

    Args:
        findings: as the engine made them.
        assembly: the app, with what was acknowledged in it.
        config: settings with waivers and locked rules.
        rules: the rules of the run by name.
        items: ids of the checklist's items.
        also: names of findings that are no rule's -> item; they can be accepted like others.
        peers: what ids of other tools stand for.
        baseline: fingerprints of known findings.
        former: fingerprint of a finding -> those that it has under old names of its rule.
        today: the day on which it is judged.

    Raises:
        InputError: a decision names a rule, profile or environment that does not exist.
    """
    _check_names(config, rules)
    peers = peers or PeerIds(rules)
    selector = Selector(rules.values(), items, also, peers)
    ratings = Ratings(config, rules, selector)
    locked = _locked(config, selector)
    grants = grants_of(assembly, config, selector, peers, today)
    by_rule: dict[str, list[Grant]] = defaultdict(list)
    for grant in grants:
        for name in grant.rules:
            by_rule[name].append(grant)
    known = Grant("baseline", "*", frozenset(), "*", lambda _: False, Decision("baselined", source=config.baseline))
    decided: list[Finding] = []
    under_old_names = 0
    for finding in findings:
        environment = ratings.environment(finding.stack)
        rating = ratings.rating(finding.rule, finding.severity, environment)
        if rating.severity is None:
            continue
        found = replace(finding, severity=rating.severity, environment=environment)
        accepted = next((one for one in by_rule.get(finding.rule, ()) if one.accepts(finding)), None)
        is_old = former is not None and not baseline.isdisjoint(former.get(finding.fingerprint, ()))
        is_known = is_old or finding.fingerprint in baseline
        under_old_names += is_old
        if finding.rule in locked:
            if accepted is not None or is_known:
                decided.append(_locked_bypassed(found, accepted, config))
        elif accepted is not None:
            accepted.matched.append(found)
            found = replace(found, decision=accepted.decision)
        elif is_known:
            known.matched.append(found)
            found = replace(found, decision=known.decision)
        decided.append(replace(found, counts=_counts(found, rating, config)))
    stacks, has_resources = [stack.name for stack in assembly.stacks], bool(assembly.all_resources)
    gate = Gate(config, rules, tuple(items), ratings, stacks, selector, has_resources, tuple(grants), today)
    decided += [*gate.findings(), *_ending(grants, today)]
    grants += [known] if known.matched else []
    unused = [grant.described() for grant in grants if not grant.matched and grant.is_ours]
    return Decided(decided, unused, grants, [*gate.notes(), *selector.notes, *_old_baseline(under_old_names)])


def _old_baseline(number: int) -> list[str]:
    text = f"{number} findings are in the baseline under old names of rules; readiness baseline writes the new ones."
    return [text] if number else []


def _check_names(config: Config, rules: dict[str, type[Rule]]) -> None:
    for name, value in config.parameters.items():
        problem = parameter_problem(name, value, rules.values())
        if problem:
            raise config.problem(f"parameters.{name}: {problem}", "parameters", name)
    facts = KNOWN_FACTS.keys() | {name for rule in rules.values() for name in rule.account_facts}
    for name, fact in config.facts.items():
        unfit = improper(name, fact.value)
        if unfit is not None:
            raise config.problem(f"facts.{name}.value: {unfit}", "facts", name, "value")
        if name not in facts:
            raise config.problem(f"facts.{name}: no rule asks for such a fact.{nearest(name, facts)}", "facts", name)


def _counts(finding: Finding, rating: Rating, config: Config) -> bool:
    """Whether the finding fails the run."""
    if not finding.decision.counts or rating.fail_on == "never":
        return False
    if finding.managed_by_cdk and config.on_cdk_managed == "report":
        return False
    if finding.verdict == "unknown" and config.on_unknown != "fail":
        return False
    return SEVERITIES.index(finding.severity) <= SEVERITIES.index(rating.fail_on)


def _locked(config: Config, selector: Selector) -> frozenset[str]:
    names: set[str] = set()
    for number, pattern in enumerate(config.locked):
        problem = selector.problem(pattern)
        if problem:
            raise config.problem(f"locked[{number}]: {problem}", "locked", number)
        names |= selector.names(pattern)
    return frozenset(names)


def _locked_bypassed(finding: Finding, grant: Grant | None, config: Config) -> Finding:
    by = grant.described()["source"] if grant else f"baseline {config.baseline}"
    return _about_decisions(
        finding,
        rule="LockedRulesStandFirm",
        severity="error",
        message=f"{finding.rule} is locked: nobody may accept it for {finding.place}, and {by} does.",
        counts=True,
    )


def _ending(grants: list[Grant], today: date) -> list[Finding]:
    """A warning for each decision in use that ends soon."""
    found: list[Finding] = []
    for grant in grants:
        if not grant.matched or grant.expires is None or not timedelta(0) <= grant.expires - today <= SOON:
            continue
        days = (grant.expires - today).days
        when = "today" if not days else "tomorrow" if days == 1 else f"in {days} days"
        owner = f" ({grant.decision.owner})" if grant.decision.owner else ""
        ends = f"ends {when}, on {grant.expires}; its findings then fail again"
        text = f"The waiver of {grant.pattern} for {grant.scope}{owner} {ends}."
        found.append(
            _about_decisions(grant.matched[0], rule="WaiversAreCurrent", severity="warning", message=text, counts=False)
        )
    return found


def _about_decisions(finding: Finding, *, rule: str, severity: Any, message: str, counts: bool) -> Finding:
    key = "\0".join((rule, finding.fingerprint))
    return replace(
        finding,
        rule=rule,
        item=ITEM,
        severity=severity,
        verdict="fail",
        message=message,
        fix=None,
        property_path=None,
        fingerprint=hashlib.sha256(key.encode()).hexdigest()[:20],
        decision=Decision(),
        counts=counts,
        peers=(),
    )
