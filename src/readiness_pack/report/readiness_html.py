"""A readiness report as a page for the release meeting: `html.py` with evidence, sign-offs and what is missing."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from readiness_pack.config import Config
from readiness_pack.evidence.readiness import Readiness
from readiness_pack.findings import Report
from readiness_pack.report import html
from readiness_pack.report.html_page import Kept
from readiness_pack.report.view import View
from readiness_pack.rules.rule_set import RuleSet


def write(
    readiness: Readiness, rules: RuleSet, config: Config, paths: tuple[str, ...], *, generated: datetime | None = None
) -> bytes:
    """The page.

    Args:
        readiness: the answer.
        rules: the rules that were asked.
        config: the settings, with the facts that were recorded.
        paths: what was judged, as the user named it.
        generated: the time that the page shows, now where not given.
    """
    view = View(readiness.report, rules, paths)
    return html.write(view, generated=generated, kept=Kept.of(readiness, config), answers=True)


def of_findings(report: Report, readiness: Readiness, rules: RuleSet, config: Config, paths: tuple[str, ...]) -> bytes:
    """The page of what the rules found, whose items stand where the evidence puts them; see :func:`write`."""
    view = View(replace(report, items=readiness.items), rules, paths)
    return html.write(view, kept=Kept.of(readiness, config))
