"""The Report as SARIF 2.1.0, for code scanning and SARIF viewers.

What code scanning reads of it, and the limits it sets:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
It does not read ``suppressions`` and ``kind``, so a decided finding is a ``note`` there, and an open answer has the
level ``none`` that SARIF demands of everything that is no failure (section 3.27.10 of the standard).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from readiness_pack import __version__
from readiness_pack.catalogue import FRAMEWORKS
from readiness_pack.findings import Decision, Finding
from readiness_pack.report.places import Places
from readiness_pack.report.text import clean, json_bytes, shortened
from readiness_pack.report.view import About, View, decision_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

MOST_RESULTS = 25_000  # code scanning refuses a run with more
_LONGEST = 1024  # code scanning cuts descriptions there
_MOST_TAGS = 10  # and shows no more tags of a rule
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}

# Above 9 is critical, from 7 high, from 4 medium. No rule alone knows enough of a system to call it critical.
_SECURITY_SEVERITY = {"error": "7.5", "warning": "5.0", "info": "3.0"}
_CORE_SECURITY_SEVERITY = "8.9"


def write(view: View) -> bytes:
    """The report of ``view``."""
    return json_bytes({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(view)]})


def _run(view: View) -> dict[str, Any]:
    findings = view.report.findings[:MOST_RESULTS]
    names = list(dict.fromkeys([*view.report.tallies, *(finding.rule for finding in findings)]))
    index = {name: number for number, name in enumerate(names)}
    places = Places(view.paths)
    items = {finding.rule: finding.item for finding in findings}
    return {
        "tool": {
            "driver": {
                "name": "readiness-pack",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(view, view.about(name, items.get(name, ""))) for name in names],
            }
        },
        "automationDetails": {"id": "readiness-pack/"},
        "invocations": [_invocation(view)],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "results": [_result(finding, index, places) for finding in findings],
    }


def _invocation(view: View) -> dict[str, Any]:
    report = view.report
    broken = [
        {
            "level": "error",
            "message": {
                "text": clean(" ".join(filter(None, (error.rule, error.stack, error.logical_id, error.message))))
            },
        }
        for error in report.errors
    ]
    left_out = len(report.findings) - MOST_RESULTS
    notes = [
        *report.notes,
        *([f"{left_out} findings were left out: code scanning takes no more."] if left_out > 0 else []),
    ]
    return {
        "executionSuccessful": not report.errors,
        "exitCode": report.exit_code,
        "exitCodeDescription": view.verdict,
        "toolExecutionNotifications": broken + [{"level": "note", "message": {"text": clean(note)}} for note in notes],
    }


def _rule(view: View, about: About) -> dict[str, Any]:
    security = about.item.startswith("SEC-")
    page = view.page(about.name)
    what = clean(about.why) or about.name
    properties: dict[str, Any] = {
        "tags": _tags(about, security),
        "precision": "high",
        "problem.severity": {"error": "error", "warning": "warning"}.get(about.severity, "recommendation"),
        "item": about.item,
        "section": view.section(about.item),
        "core": about.core,
        "frameworks": about.frameworks,
    }
    if security:
        core = about.core and about.severity == "error"
        properties["security-severity"] = _CORE_SECURITY_SEVERITY if core else _SECURITY_SEVERITY[about.severity]
    rule: dict[str, Any] = {
        "id": about.name,
        "name": about.name,
        "shortDescription": {"text": shortened(what.split(". ")[0].rstrip("."), _LONGEST) + "."},
        "fullDescription": {"text": shortened(what, _LONGEST)},
        "help": {"text": _plain_help(about), "markdown": page or what},
        "defaultConfiguration": {"level": _LEVELS[about.severity]},
        "properties": properties,
    }
    if about.sources:
        rule["helpUri"] = about.sources[0]
    return rule


def _plain_help(about: About) -> str:
    fix = f" Fix: {clean(about.fix)}" if about.fix else ""
    return f"{about.name} ({about.item}). {clean(about.why)}{fix}".strip()


def _tags(about: About, security: bool) -> list[str]:
    ids = [f"{FRAMEWORKS.get(name, name)} {control}" for name, ids in about.frameworks.items() for control in ids]
    return list(dict.fromkeys([*(["security"] if security else []), about.item or "readiness", *ids]))[:_MOST_TAGS]


def _result(finding: Finding, index: dict[str, int], places: Places) -> dict[str, Any]:
    decided = not finding.decision.counts
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "kind": "fail" if finding.verdict == "fail" else "open",
        "level": _level(finding),
        "message": {"text": _message(finding)},
        "locations": [_location(finding, places)],
        "partialFingerprints": {
            # Code scanning looks at this one alone; its own form is a hash, a colon and the number among equal ones.
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
            "readiness/v1": finding.fingerprint,
        },
        "properties": {
            "item": finding.item,
            "severity": finding.severity,
            "environment": finding.environment,
            "state": finding.decision.state,
            "counts": finding.counts,
            "managedByCdk": finding.managed_by_cdk,
        },
    }
    if decided or finding.decision.state == "expired":
        result["suppressions"] = [_suppression(finding.decision)]
    return result


def _level(finding: Finding) -> str:
    if finding.verdict != "fail":
        return "none"
    uncounted = not finding.decision.counts or (finding.managed_by_cdk and not finding.counts)
    return "note" if uncounted else _LEVELS[finding.severity]


def _message(finding: Finding) -> str:
    text = clean(finding.message)
    fix = f" Fix: {clean(finding.fix)}" if finding.fix else ""
    # "[text](target)" is a link in a SARIF message (section 3.11.6): text of templates shall make none.
    return (text + fix).replace("](", "] (") or finding.rule


def _location(finding: Finding, places: Places) -> dict[str, Any]:
    file, line = places.of(finding) or ("cdk.json", 1)
    uri = quote(file, safe="/~", errors="replace")
    absolute = Path(file).is_absolute()
    artifact = {"uri": f"file:///{uri.lstrip('/')}"} if absolute else {"uri": uri, "uriBaseId": "%SRCROOT%"}
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line, "startColumn": 1}}
    }
    if finding.logical_id:
        location["logicalLocations"] = [
            {
                "name": clean(finding.logical_id),
                "fullyQualifiedName": clean(finding.place),
                "kind": "resource",
            }
        ]
    return location


def _suppression(decision: Decision) -> dict[str, Any]:
    return {
        "kind": "inSource" if decision.state == "acknowledged" else "external",
        "status": "accepted" if decision.counts is False else "rejected",
        "justification": decision_text(decision),
    }
