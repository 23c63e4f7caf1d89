"""Applies decisions to findings: which are accepted, by whom and until when; which count."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from readiness_pack.config import Config
from readiness_pack.decisions.grants import Grant, grants_of
from readiness_pack.decisions.names import Selector
from readiness_pack.decisions.profiles import Rating, Ratings
from readiness_pack.findings import SEVERITIES, Decision, Finding
from readiness_pack.rules import Rule
from readiness_pack.rules.facts import KNOWN_FACTS
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
    """

    findings: list[Finding]
    unused: list[dict[str, Any]]
    grants: list[Grant] = field(default_factory=list)


def decide(
    findings: Iterable[Finding],
    *,
    assembly: Assembly,
    config: Config,
    rules: dict[str, type[Rule]],
    items: Iterable[str],
    also: Mapping[str, str] | None = None,
    baseline: frozenset[str] = frozenset(),
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
        baseline: fingerprints of known findings.
        today: the day on which it is judged.

    Raises:
        InputError: a decision names a rule, profile or environment that does not exist.
    """
    _check_names(config, rules)
    selector = Selector(rules.values(), items, also)
    ratings = Ratings(config, rules, selector)
    locked = _locked(config, selector)
    grants = grants_of(assembly, config, selector, rules, today)
    by_rule: dict[str, list[Grant]] = defaultdict(list)
    for grant in grants:
        for name in grant.rules:
            by_rule[name].append(grant)
    known = Grant("baseline", "*", frozenset(), "*", lambda _: False, Decision("baselined", source=config.baseline))
    decided: list[Finding] = []
    for finding in findings:
        environment = ratings.environment(finding.stack)
        rating = ratings.rating(finding.rule, finding.severity, environment)
        if rating.severity is None:
            continue
        found = replace(finding, severity=rating.severity, environment=environment)
        accepted = next((one for one in by_rule.get(finding.rule, ()) if one.covers(finding)), None)
        if finding.rule in locked:
            if accepted is not None or finding.fingerprint in baseline:
                decided.append(_locked_bypassed(found, accepted, config))
        elif accepted is not None:
            accepted.matched.append(found)
            found = replace(found, decision=accepted.decision)
        elif finding.fingerprint in baseline:
            known.matched.append(found)
            found = replace(found, decision=known.decision)
        decided.append(replace(found, counts=_counts(found, rating, config)))
    decided += _ending(grants, today)
    grants += [known] if known.matched else []
    return Decided(decided, [grant.described() for grant in grants if not grant.matched and grant.is_ours], grants)


def _check_names(config: Config, rules: dict[str, type[Rule]]) -> None:
    known = {name for rule in rules.values() for name in rule.parameter_specs}
    for name in config.parameters:
        if name not in known:
            text = f"parameters.{name}: no rule has such a parameter.{nearest(name, known)}"
            raise config.problem(text, "parameters", name)
    facts = KNOWN_FACTS.keys() | {name for rule in rules.values() for name in rule.account_facts}
    for name in config.facts:
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
        if not grant.matched or grant.expires is None or not today <= grant.expires <= today + SOON:
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
    )
