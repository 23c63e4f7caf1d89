"""Audits of dependencies: the JSON of pip-audit and of npm audit."""

from __future__ import annotations

import msgspec

from readiness_pack.evidence.tools.document import Document
from readiness_pack.evidence.tools.outcome import Outcome
from readiness_pack.evidence.tools.vulnerabilities import looked_at, outcome

WHAT = "a dependency audit"


class _Dependency(msgspec.Struct, frozen=True):
    name: str
    vulns: list[dict[str, object]] | None = None
    skip_reason: str | None = None


class _PipAudit(msgspec.Struct, frozen=True):
    dependencies: list[_Dependency]


class _Counts(msgspec.Struct, frozen=True):
    critical: int
    total: int


class _Tree(msgspec.Struct, frozen=True):
    total: int = 0


class _Metadata(msgspec.Struct, frozen=True):
    vulnerabilities: _Counts
    dependencies: _Tree


class _Package(msgspec.Struct, frozen=True):
    severity: str


class _NpmAudit(msgspec.Struct, frozen=True, rename="camel"):
    audit_report_version: int
    vulnerabilities: dict[str, _Package]
    metadata: _Metadata


def recognises_pip_audit(document: Document) -> bool:
    """Whether the file is the JSON of pip-audit."""
    found = document.json if document.form == "json" else None
    return isinstance(found, dict) and isinstance(found.get("dependencies"), list) and "fixes" in found


def recognises_npm_audit(document: Document) -> bool:
    """Whether the file is the JSON of npm audit."""
    found = document.json if document.form == "json" else None
    return isinstance(found, dict) and ("auditReportVersion" in found or {"advisories", "metadata"} <= found.keys())


def read_pip_audit(document: Document) -> list[Outcome]:
    """What pip-audit found. It does not rate vulnerabilities, so each of them may be critical."""
    dependencies = document.decoded(_PipAudit, "a pip-audit report").dependencies
    audited = [dependency for dependency in dependencies if dependency.vulns is not None]
    if not audited:
        raise document.error("no dependency was audited, which is no evidence")
    found = sum(len(dependency.vulns or ()) for dependency in audited)
    covers = looked_at(len(audited), len(dependencies) - len(audited))
    return [outcome("pip-audit", covers, 0, 0, unrated=found)]


def read_npm_audit(document: Document) -> list[Outcome]:
    """What npm audit found: it counts packages."""
    if "auditReportVersion" not in document.json:
        raise document.error("a report of npm 6 or older; run npm audit --json of npm 7 or later")
    audit = document.decoded(_NpmAudit, "an npm audit report")
    if audit.metadata.dependencies.total <= 0:
        raise document.error("no dependency was audited, which is no evidence")
    listed = sum(package.severity == "critical" for package in audit.vulnerabilities.values())
    critical = max(audit.metadata.vulnerabilities.critical, listed)
    total = max(audit.metadata.vulnerabilities.total, len(audit.vulnerabilities))
    covers = looked_at(audit.metadata.dependencies.total)
    return [outcome("npm audit", covers, critical, max(total - critical, 0))]
