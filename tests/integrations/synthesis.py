"""Synthesizes small apps in this process, and reads what the doors leave behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aws_cdk as cdk
import jsii._kernel.providers.process as jsii_process
from packaging.version import Version

Place = tuple[str, str | None, str | None]

LETS_NO_PLUGIN_REPLACE_FILES = Version(version("aws-cdk-lib")) < Version("2.275")
"""CDK always looks whether plugins replaced files of cdk.out; later it does where the App asks for it."""

KEEP_FILES: dict[str, Any] = {} if LETS_NO_PLUGIN_REPLACE_FILES else {"confirm_validation_plugins_do_not_mutate": True}
"""Arguments of an App that takes plugins which replace files of cdk.out for intruders."""

INTRUDER = "One of the validation plugins (Readiness) modified the cloud assembly"


@dataclass(frozen=True)
class Annotation:
    """An annotation as it stands in ``cdk.out``."""

    path: str
    level: str
    text: str

    @property
    def rule(self) -> str:
        """The rule's id without prefix."""
        return self.text.rsplit("Readiness::", 1)[-1].rstrip(")]") if "Readiness::" in self.text else ""


@dataclass(frozen=True)
class Result:
    """What came out of one synthesis: its folder, and what CDK raised, if it did."""

    outdir: Path
    error: str | None

    @property
    def document(self) -> dict[str, Any]:
        """readiness-report.json."""
        found: dict[str, Any] = json.loads((self.outdir / "readiness-report.json").read_bytes())
        return found

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.document["findings"]
        return found

    def places(self, *rules: str) -> set[Place]:
        """What was found where: rule, stack, logical id."""
        return {(f["rule"], f["stack"], f["logical_id"]) for f in self.findings if not rules or f["rule"] in rules}

    def paths(self, rule: str) -> list[str]:
        """The construct paths at which ``rule`` found something, in order of the report."""
        return [finding["construct_path"] for finding in self.findings if finding["rule"] == rule]

    @property
    def plugin_reports(self) -> list[dict[str, Any]]:
        """What CDK keeps of our plugin's reports."""
        file = self.outdir / "validation-report.json"
        if not file.exists():  # CDK 2.274 writes none where no plugin says anything
            return []
        found: list[dict[str, Any]] = json.loads(file.read_bytes())["pluginReports"]
        return [report for report in found if report["pluginName"] == "Readiness"]

    def handed_over(self, rule: str) -> list[str]:
        """The construct paths that CDK was told for ``rule``."""
        return [
            construct["constructPath"]
            for report in self.plugin_reports
            for violation in report["violations"]
            if violation["ruleName"] == f"Readiness::{rule}"
            for construct in violation["violatingConstructs"]
        ]

    @property
    def annotations(self) -> list[Annotation]:
        """All annotations in the metadata of all stacks, those of Stages included."""
        return list(self._annotations())

    def _annotations(self) -> Iterator[Annotation]:
        for file in sorted(self.outdir.rglob("*.metadata.json")):
            for path, entries in json.loads(file.read_bytes()).items():
                for entry in entries:
                    if entry["type"] in ("aws:cdk:error", "aws:cdk:warning", "aws:cdk:info"):
                        yield Annotation(path.removeprefix("/"), entry["type"].removeprefix("aws:cdk:"), entry["data"])

    def annotated(self, rule: str, level: str = "error") -> list[str]:
        """The constructs that carry an annotation of ``rule``."""
        return [a.path for a in self.annotations if a.rule == rule and a.level == level]


def new_app(outdir: Path, **context: Any) -> cdk.App:
    """An App that writes to ``outdir`` and has no validation of CDK's own, which would only take time."""
    return cdk.App(
        outdir=str(outdir),
        analytics_reporting=False,
        context={name.replace("__", ":"): value for name, value in context.items()},
    )


def only(folder: Path, *rules: str, more: str = "") -> None:
    """Write a readiness.yaml into ``folder`` that turns all rules off but ``rules``: others come with every release."""
    lines = ["severity:", '  "*": "off"', *(f"  {rule}: error" for rule in rules), more]
    (folder / "readiness.yaml").write_text("\n".join(lines), encoding="utf-8")


def synth(app: cdk.App, *, force: bool = False) -> Result:
    """Synthesize ``app``; what CDK raises is kept."""
    outdir = Path(app.outdir)
    try:
        app.synth(force=force)
    except RuntimeError as error:
        return Result(outdir, str(error))
    return Result(outdir, None)


def crossings(action: Callable[[], object]) -> int:
    """How many messages ``action`` sends to JavaScript."""
    with patch.object(
        jsii_process._NodeProcess, "send", autospec=True, side_effect=jsii_process._NodeProcess.send
    ) as send:
        action()
    return send.call_count
