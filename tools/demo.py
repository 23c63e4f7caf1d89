"""What `make demo` shows: the real `cdk synth` on an app that is not ready, then on the same app made ready.

Ends with 0 when both behaved as told here, else with 1 and the reason. The findings are the ones that CDK prints.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from tools.cdk_cli import ROOT, synth

EXAMPLES = ROOT / "examples"
LINE = "─" * 100


class SurpriseError(Exception):
    """An example did not behave as the demo says it does."""


def main() -> int:
    """Run both examples; give the exit code."""
    try:
        say("1. examples/unready_app: an order system as it was first written. `cdk synth` must fail, and say why.")
        findings, seconds = unready(EXAMPLES / "unready_app")
        rules = {finding["rule"] for finding in findings}
        say(
            f"   Failed, as it should, after {seconds:.0f} s: {len(findings)} findings of {len(rules)} rules.",
            after=True,
        )
        say("2. examples/ready_app: the same system made ready for production. `cdk synth` must pass.")
        seconds = ready(EXAMPLES / "ready_app")
        say(f"   Passed, as it should, after {seconds:.0f} s. Compare the two folders to see what it took.", after=True)
    except SurpriseError as surprise:
        say(f"   NOT AS TOLD: {surprise}", after=True)
        return 1
    return 0


def unready(app: Path) -> tuple[list[dict[str, Any]], float]:
    """The findings of an app that has to fail, and the seconds it took.

    Raises:
        SurpriseError: it passed, or failed for another reason than findings.
    """
    code, seconds = show(app)
    if code == 0:
        raise SurpriseError("cdk synth passed")
    findings = open_errors(app)
    if not findings:
        raise SurpriseError(f"cdk synth ended with {code}, but not for findings")
    return findings, seconds


def ready(app: Path) -> float:
    """The seconds that an app took that has to pass.

    Raises:
        SurpriseError: it failed, or passed without having been judged.
    """
    code, seconds = show(app)
    findings = open_errors(app)
    if code or findings:
        raise SurpriseError(f"cdk synth ended with {code} and {len(findings)} findings")
    return seconds


def show(app: Path) -> tuple[int, float]:
    """Run `cdk synth` on ``app``, its output for all to see; its exit code and the seconds it took."""
    output = app / "cdk.out"
    shutil.rmtree(output, ignore_errors=True)
    started = time.monotonic()
    done = synth(app, output=output, capture=False)
    return done.returncode, time.monotonic() - started


def open_errors(app: Path) -> list[dict[str, Any]]:
    """The findings in the report that the plugin left in ``app``'s cdk.out, those that fail a build.

    Raises:
        SurpriseError: there is no report, or a rule could not do its work.
    """
    file = app / "cdk.out" / "readiness-report.json"
    if not file.is_file():
        raise SurpriseError(f"readiness-pack did not run: {file.relative_to(ROOT)} is missing")
    report = json.loads(file.read_text(encoding="utf-8"))
    if report["errors"]:
        raise SurpriseError(f"rules broke: {report['errors']}")
    return [
        finding
        for finding in report["findings"]
        if finding["verdict"] == "fail"
        and finding["severity"] == "error"
        and not finding["managed_by_cdk"]
        and finding["decision"]["state"] in {"open", "expired"}
    ]


def say(text: str, *, after: bool = False) -> None:
    """Print one of the demo's own lines, set off from what CDK prints."""
    print(f"\n{text}\n" if after else f"{LINE}\n{text}\n{LINE}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
