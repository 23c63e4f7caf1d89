"""CycloneDX JSON with vulnerabilities: what an audit found, and what people say of it (VEX).

https://cyclonedx.org/docs/1.6/json/#vulnerabilities: ``analysis.state`` says where each stands. Without it a
vulnerability is open.
"""

from __future__ import annotations

from typing import Any

import msgspec

from readiness_pack.evidence.tools.document import Document
from readiness_pack.evidence.tools.outcome import Outcome, day_of, plain
from readiness_pack.evidence.tools.vulnerabilities import CRITICAL, looked_at, outcome

WHAT = "a CycloneDX file"

CLOSED = ("resolved", "resolved_with_pedigree", "false_positive", "not_affected")
"""The states that close a vulnerability; ``in_triage`` and ``exploitable`` leave it open."""


class _Rating(msgspec.Struct, frozen=True):
    severity: str | None = None
    score: float | None = None


class _Analysis(msgspec.Struct, frozen=True):
    state: str | None = None


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str = ""
    ratings: list[_Rating] = []
    analysis: _Analysis = _Analysis()

    @property
    def is_closed(self) -> bool:
        return self.analysis.state in CLOSED

    @property
    def is_rated(self) -> bool:
        return any(rating.score is not None or rating.severity not in (None, "unknown") for rating in self.ratings)

    @property
    def is_critical(self) -> bool:
        return any(
            rating.severity == "critical" or (rating.score is not None and rating.score >= CRITICAL)
            for rating in self.ratings
        )


class _Metadata(msgspec.Struct, frozen=True):
    timestamp: str = ""
    tools: Any = None


class _Bom(msgspec.Struct, frozen=True):
    components: list[dict[str, object]] = []
    vulnerabilities: list[_Vulnerability] | None = None
    metadata: _Metadata = _Metadata()


def recognises(document: Document) -> bool:
    """Whether the file is of this kind."""
    if document.form == "xml":
        return document.root == "bom"
    found = document.json if document.form == "json" else None
    return isinstance(found, dict) and found.get("bomFormat") == "CycloneDX"


def read(document: Document) -> list[Outcome]:
    """How many criticals are open."""
    if document.form != "json":
        raise document.error("CycloneDX in XML; write its JSON form instead")
    bom = document.decoded(_Bom, WHAT)
    if bom.vulnerabilities is None:
        raise document.error("a bill of materials that says nothing of vulnerabilities, which is no evidence of them")
    if not bom.components and not bom.vulnerabilities:
        raise document.error("it names neither components nor vulnerabilities, which is no evidence")
    still_open = [one for one in bom.vulnerabilities if not one.is_closed]
    critical = sum(one.is_critical for one in still_open)
    unrated = sum(not one.is_rated for one in still_open)
    return [
        outcome(
            _tool(bom.metadata.tools),
            looked_at(len(bom.components)) if bom.components else "a VEX",
            critical,
            len(still_open) - critical - unrated,
            unrated=unrated,
            closed=len(bom.vulnerabilities) - len(still_open),
            date=day_of(bom.metadata.timestamp),
        )
    ]


def _tool(tools: object) -> str:
    """The tool that the file names: a list until version 1.4, an object with components since."""
    if isinstance(tools, dict):
        tools = tools.get("components")
    first = tools[0] if isinstance(tools, list) and tools else None
    name = first.get("name") if isinstance(first, dict) else None
    return plain(name, 40) if isinstance(name, str) and name.strip() else "CycloneDX"
