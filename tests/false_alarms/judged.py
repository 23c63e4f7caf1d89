"""Synthesizes the app and judges it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import aws_cdk as cdk

from readiness_pack import Assembly, evaluate
from readiness_pack.findings import Finding, Report
from tests.false_alarms.l2_app import build


@dataclass(frozen=True)
class Judged:
    """The app, and what the rules say of it."""

    assembly: Assembly
    report: Report

    @cached_property
    def findings(self) -> list[Finding]:
        """The findings on what the app declares itself."""
        return [finding for finding in self.report.findings if not finding.managed_by_cdk]


def judge(outdir: Path, root: Path, env: cdk.Environment | None = None, *, flags: bool = True) -> Judged:
    """Synthesize the app into ``outdir``, and ask every rule; no readiness.yaml, no decision."""
    build(outdir, root, env, flags=flags).synth()
    assembly = Assembly.load(outdir)
    return Judged(assembly, evaluate(assembly))
