"""Missing records as findings of a synthesis, for ``ReadinessChecks(evidence="prod")``."""

from __future__ import annotations

import datetime
import hashlib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from readiness_pack.checklist import Severity
from readiness_pack.config import Config
from readiness_pack.decisions import Ratings, Selector
from readiness_pack.errors import InputError
from readiness_pack.evidence.certificate import CertificateState
from readiness_pack.evidence.records import fact_names, read
from readiness_pack.evidence.standing import with_evidence
from readiness_pack.findings import SEVERITIES, Finding, ItemResult, Report, Status
from readiness_pack.typed_yaml import nearest

if TYPE_CHECKING:
    from readiness_pack.rules.rule_set import RuleSet
    from readiness_pack.template import Assembly

PRODUCTION = "prod"
NAMES: dict[Status, str] = {
    "missing": "EvidenceRecorded",
    "expired": "EvidenceCurrent",
    "not met": "EvidenceReachesTarget",
}
"""Status of an item -> the name of the finding, like a rule's: what would hold."""

_CERTIFICATION = "CRT-*"  # signing and certifying come after a synthesis


def with_records(
    report: Report,
    assembly: Assembly,
    rules: RuleSet,
    config: Config,
    environment: str,
    today: datetime.date | None = None,
) -> Report:
    """``report`` with a finding at the app for each record that is missing, has ended, or misses its target.

    Args:
        report: what the rules found.
        assembly: the app.
        rules: the rules of the run with their items.
        config: the settings.
        environment: where records are asked for; an app without a stack of it is asked for none.
        today: the day on which is judged.

    Returns:
        The report itself.

    Raises:
        InputError: there is no such environment, or an evidence file cannot be read.

    Example:
        >>> from readiness_pack import Assembly, evaluate
        >>> from readiness_pack.rules.rule_set import rule_set
        >>> app = Assembly.from_template({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
        >>> found = with_records(evaluate(app), app, rule_set(), Config(evidence="evidence"), "prod").findings
        >>> [finding.rule for finding in found if finding.item == "REL-DRC-04"]
        ['EvidenceRecorded']
    """
    _check(environment, config)
    ratings = Ratings(config, rules.classes, Selector(rules.classes.values(), rules.checklist.by_id))
    if all(ratings.environment(stack.name) != environment for stack in assembly.stacks):
        return report
    today = today or datetime.date.today()
    evidence = read(config, rules.checklist, today, facts=fact_names(rules.classes.values()))
    none_yet = CertificateState("missing", "There is no certificate.")
    report.items = with_evidence(report, rules.checklist, evidence, [], none_yet, today, config)
    fail_on = ratings.rating(NAMES["missing"], "error", environment).fail_on
    found = [*report.findings]
    for item in report.items:
        severity = _severity(item, config, environment)
        if severity is not None:
            counts = fail_on != "never" and SEVERITIES.index(severity) <= SEVERITIES.index(fail_on)
            found.append(_finding(item, severity, environment, counts))
    report.findings = sorted(found, key=lambda f: SEVERITIES.index(f.severity))  # stable: the order within stays
    return report


def _check(environment: str, config: Config) -> None:
    known = {*config.environments, PRODUCTION}
    if environment not in known:
        raise InputError(f"evidence: there is no environment '{environment}'.{nearest(environment, known)}")


def _severity(item: ItemResult, config: Config, environment: str) -> Severity | None:
    """An error, unless the settings say otherwise of the item; ``None`` for an item that lacks no record."""
    name = NAMES.get(item.status)
    lacks_record = item.disposition != "automated" and not item.fail
    if name is None or not lacks_record or fnmatchcase(item.id, _CERTIFICATION):
        return None
    severity: Severity | None = "error"
    profile = config.custom_profiles.get(config.profiles.get(environment, config.profile))
    for overrides in (profile.severity if profile else {}, config.severity):
        for pattern, level in overrides.items():
            bare = pattern.removeprefix("Readiness::")
            if fnmatchcase(item.id, bare) or fnmatchcase(name, bare):
                severity = None if level == "off" else level
    return severity


def _finding(item: ItemResult, severity: Severity, environment: str, counts: bool) -> Finding:
    name = NAMES[item.status]
    key = "\0".join((name, item.id))
    verb = "write the record" if item.status == "missing" else "renew the record"
    if item.status == "not met":
        verb = "reach the target and record it"
    return Finding(
        rule=name,
        item=item.id,
        severity=severity,
        verdict="fail",
        message=f"{item.title} ({item.id}): {item.why}",
        fix=f"{item.owner or 'Its team'}: {verb}; `readiness evidence init` makes one to fill in",
        stack=None,
        template=None,
        logical_id=None,
        resource_type=None,
        construct_path="",
        property_path=None,
        location=None,
        fingerprint=hashlib.sha256(key.encode()).hexdigest()[:20],
        managed_by_cdk=False,
        environment=environment,
        counts=counts,
    )
