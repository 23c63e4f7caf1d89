"""Reports of cdk-nag: version 2 writes one a pack and stack, version 3 adds to CDK's validation-report.json."""

from __future__ import annotations

from collections import Counter

import msgspec

from readiness_pack.evidence.tools.document import Document
from readiness_pack.evidence.tools.outcome import Figure, Outcome, counted, plain

WHAT = "a cdk-nag report"

ITEM = "TST-INF-01"

PACKS = ("AwsSolutions", "HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321", "Serverless")
"""The packs that cdk-nag brings, as CDK lists them."""

_COLUMNS = {"Rule ID": "rule", "Resource ID": "resource", "Compliance": "compliance", "Rule Level": "level"}


class _Line(msgspec.Struct, frozen=True, rename={"rule": "ruleId", "level": "ruleLevel"}):
    rule: str
    compliance: str
    level: str


class _Lines(msgspec.Struct, frozen=True):
    lines: list[_Line]


class _Violation(msgspec.Struct, frozen=True, rename="camel"):
    rule_name: str
    severity: str | None = None
    violating_constructs: list[dict[str, object]] = []


class _Plugin(msgspec.Struct, frozen=True, rename="camel"):
    plugin_name: str
    conclusion: str
    violations: list[_Violation] = []
    suppressed_violations: list[_Violation] = []


class _Validation(msgspec.Struct, frozen=True, rename="camel"):
    plugin_reports: list[_Plugin]


def recognises(document: Document) -> bool:
    """Whether the file is of this kind."""
    if document.form == "csv":
        return _COLUMNS.keys() <= set(document.columns)
    found = document.json if document.form == "json" else None
    if not isinstance(found, dict):
        return False
    lines = found.get("lines")
    return isinstance(found.get("pluginReports"), list) or (
        isinstance(lines, list) and all(isinstance(line, dict) and "ruleId" in line for line in lines)
    )


def read(document: Document, *, told: bool = False) -> list[Outcome]:
    """How many errors of cdk-nag nobody suppressed.

    Args:
        document: the file.
        told: whether the evidence file says that it is a cdk-nag report, and not its content alone.
    """
    if document.form == "json" and isinstance(document.json, dict) and "pluginReports" in document.json:
        return [_of_version_3(document, told)]
    return [_of_version_2(document)]


def _of_version_2(document: Document) -> Outcome:
    if document.form == "csv":
        lines = [_Line(row["Rule ID"], row["Compliance"], row["Rule Level"]) for row in document.rows]
    else:
        lines = document.decoded(_Lines, WHAT).lines
    if not lines:
        raise document.error("cdk-nag judged no resource, which is no evidence")
    states = Counter((line.compliance.lower(), line.level.lower()) for line in lines)
    known = {"compliant", "non-compliant", "suppressed", "unknown", "n/a"}
    odd = next((line for line in lines if line.compliance.lower() not in known), None)
    if odd is not None:
        raise document.error(f"the line of {plain(odd.rule)} is neither compliant nor not, so the file may be cut off")
    packs = dict.fromkeys(line.rule.rpartition("-")[0] for line in lines)
    return _outcome(
        packs=", ".join(plain(pack, 30) for pack in packs),
        errors=states["non-compliant", "error"],
        warnings=states["non-compliant", "warning"],
        suppressed=states["suppressed", "error"] + states["suppressed", "warning"],
        broken=states["unknown", "error"],
    )


def _of_version_3(document: Document, told: bool) -> Outcome:
    plugins = document.decoded(_Validation, WHAT).plugin_reports
    packs = [plugin for plugin in plugins if plugin.plugin_name in PACKS]
    if not packs and not told:
        raise document.error(
            "no pack of cdk-nag is in it; CDK lists only packs with findings or suppressed ones, so where cdk-nag ran "
            "and found nothing write `kind: cdk-nag`"
        )
    found = [violation for pack in packs for violation in pack.violations]
    errors = sum(_places(violation) for violation in found if (violation.severity or "error").lower() == "error")
    if not errors and any(pack.conclusion == "failure" for pack in packs):
        errors = 1  # a pack of one's own may grade its rules otherwise; CDK failed the synthesis all the same
    return _outcome(
        packs=", ".join(pack.plugin_name for pack in packs) or "no pack has findings, so CDK lists none",
        errors=errors,
        warnings=sum(_places(violation) for violation in found) - errors,
        suppressed=sum(_places(violation) for pack in packs for violation in pack.suppressed_violations),
        broken=0,
    )


def _places(violation: _Violation) -> int:
    return max(len(violation.violating_constructs), 1)


def _outcome(packs: str, errors: int, warnings: int, suppressed: int, broken: int) -> Outcome:
    statement = f"{counted(errors, 'unsuppressed error')}, {counted(warnings, 'warning')}, {suppressed:,} suppressed"
    if broken:
        statement += f", {counted(broken, 'rule')} that broke"
    return Outcome(
        tool="cdk-nag",
        statement=f"{statement} ({packs}).",
        items=(ITEM,),
        passed=not errors and not broken,
        figures=(Figure("unsuppressed_errors", errors, "unsuppressed errors"),),
    )
