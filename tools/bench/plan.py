"""What is measured, and which rows follow from it."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bench import peers
from tools.bench.running import BenchError, Case, Series, folder_of, interleaved, python, run
from tools.bench.table import Figure, Row

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Args:
        runs: how often each case runs.
        large: resources of the large apps.
        small: resources of the small ones, a quarter of that.
        stacks: stacks of both.
        template: resources of the one template.
        templates: how many templates are judged by one command.
    """

    runs: int = 5
    large: int = 3960
    small: int = 990
    stacks: int = 8
    template: int = 450
    templates: int = 200


FULL = Sizes()
QUICK = Sizes(runs=2, large=792, small=198, stacks=4, templates=20)

NAG = {"nag1": "cdk-nag, AwsSolutions", "nag6": "cdk-nag, six packs"}


class Plan:
    """The measurements of a run.

    Args:
        sizes: how much.
        folder: where templates and reports go; emptied by nobody.
        tell: hears what is being run.
    """

    def __init__(self, sizes: Sizes, folder: Path, tell: Tell) -> None:
        self.sizes = sizes
        self.folder = folder_of(folder)
        self.tell = tell
        self.findings: dict[str, int] = {}

    # Doors ----------------------------------------------------------------------------------------------------------

    def doors(self) -> list[Row]:
        """What is added to `app.synth()`."""
        return self.door_rows(interleaved(self.door_cases(), self.sizes.runs, self.tell))

    def door_cases(self) -> list[Case]:
        """Each app with each door that a row asks about."""
        sizes = self.sizes
        apps = {
            "clean": (sizes.large, sizes.stacks, "clean", "none plugin annotations aspect idle-aspect nag1 nag6"),
            "dirty": (sizes.large, sizes.stacks, "dirty", "none plugin nag1 nag6"),
            "some": (sizes.large, sizes.stacks, "some", "none annotations nag1"),
            "small": (sizes.small, sizes.stacks, "clean", "none plugin nag1 nag6"),
            "one": (sizes.large, 1, "clean", "none plugin"),
            "one-small": (sizes.small, 1, "clean", "none plugin"),
        }
        return [
            self._app(f"{name} {door}", resources, stacks, kind, door)
            for name, (resources, stacks, kind, doors) in apps.items()
            for door in doors.split()
        ]

    @staticmethod
    def _app(name: str, resources: int, stacks: int, kind: str, door: str) -> Case:
        words = ("--resources", resources, "--stacks", stacks, "--kind", kind, "--door", door)
        return Case(name, python("tools.bench.app", *words), counts="synth")

    def door_rows(self, found: dict[str, Series]) -> list[Row]:
        """The rows that follow from the runs of :meth:`door_cases`."""
        for app, door in (("clean", "plugin"), ("dirty", "plugin"), ("some", "annotations")):
            self.findings[app] = found[f"{app} {door}"].samples[0].said["findings"]
        return list(self._door_rows(found))

    def _door_rows(self, found: dict[str, Series]) -> Iterator[Row]:
        def added(app: str, door: str) -> Figure:
            return Figure.added(found[f"{app} {door}"], found[f"{app} none"])

        sizes = self.sizes
        large = f"{sizes.large:,} resources, {sizes.stacks} stacks"
        described = {
            "clean": f"{large}, {self.findings['clean']} findings",
            "dirty": f"{large}, {self.findings['dirty']:,} findings",
            "small": f"{sizes.small:,} resources, {sizes.stacks} stacks",
        }
        limits = {"clean": (0.15, 0.06), "dirty": (0.30, 0.12), "small": (0.15, 0.07)}
        for app, (one, six) in limits.items():
            for door, limit in (("nag1", one), ("nag6", six)):
                work = f"plugin: {described[app]}"
                remark = f"synth alone {found[f'{app} none'].median:.2f} s"
                yield Row(work, added(app, "plugin"), NAG[door], added(app, door), limit, remark=remark)
        growth = f"plugin: from {sizes.small:,} to {sizes.large:,} resources"
        small = f"{sizes.small:,} resources"
        yield Row(
            f"{growth}, over {sizes.stacks} stacks", added("clean", "plugin"), small, added("small", "plugin"), 4.2
        )
        yield Row(f"{growth}, in one stack", added("one", "plugin"), small, added("one-small", "plugin"), 4.4)
        for app in ("clean", "some"):
            work = f"annotations: {large}, {self.findings[app]} findings"
            yield Row(work, added(app, "annotations"), NAG["nag1"], added(app, "nag1"), 0.5)
        yield Row(f"Aspect: {large}", added("clean", "aspect"), NAG["nag1"], added("clean", "nag1"))
        idle = added("clean", "idle-aspect")
        remark = "CDK and jsii alone: no line of ours"
        yield Row(f"an Aspect in Python that does nothing: {large}", idle, remark=remark)

    # Command line ---------------------------------------------------------------------------------------------------

    def command_line(self) -> list[Row]:
        """What a template, and many of them, take from the shell."""
        template = self.template()
        peers.installed(self.tell)
        readiness = str(Path(sys.executable).parent / "readiness")
        check = (readiness, "check", str(template), "--format", "json")
        cases = [
            Case("readiness", check, codes=(0, 1)),
            Case("cloudformation-validate", peers.validate(template)),
            Case("cfn-lint", peers.program("cfn-lint", template, "--format", "json"), codes=tuple(range(16))),
            Case("checkov", peers.program("checkov", "-f", template, "-o", "json"), codes=(0, 1)),
        ]
        found = interleaved(cases, self.sizes.runs, self.tell)
        ours = found["readiness"]
        work = f"`readiness check` of one template, {self.sizes.template} resources, JSON"
        rows = [
            Row(work, Figure.of(ours), name, Figure.of(found[name]), limit)
            for name, limit in (("checkov", 0.10), ("cfn-lint", 0.08), ("cloudformation-validate", 0.8))
        ]
        memory = Figure.of_memory(ours)
        rows.append(Row("peak memory of that", memory, "checkov", Figure.of_memory(found["checkov"]), 0.3))
        return rows

    def many(self) -> list[Row]:
        """Many templates, by one process and by two."""
        template, number = self.template(), self.sizes.templates
        folder = folder_of(self.folder / "many")
        paths = [folder / f"Service{index}.template.json" for index in range(number)]
        for path in paths:
            shutil.copyfile(template, path)
        readiness = str(Path(sys.executable).parent / "readiness")
        outputs = {jobs: self.folder / f"jobs-{jobs}.json" for jobs in (1, 2)}
        cases = [
            Case(
                f"{number} templates, --jobs {jobs}",
                (readiness, "check", *map(str, paths), "--format", "json", "--jobs", str(jobs), "--output", str(out)),
                codes=(0, 1),
            )
            for jobs, out in outputs.items()
        ]
        found = list(interleaved(cases, self.sizes.runs, self.tell).values())
        if outputs[1].read_bytes() != outputs[2].read_bytes():
            raise BenchError("--jobs 1 and --jobs 2 do not write the same report")
        work = f"`readiness check` of {number} templates, {self.sizes.template} resources each, --jobs 2"
        remark = "the same output, byte for byte"
        return [Row(work, Figure.of(found[1]), "--jobs 1", Figure.of(found[0]), 1.7, at_least=True, remark=remark)]

    def template(self) -> Path:
        """One template of an app with few findings; synthesized once."""
        resources = self.sizes.template
        found = self.folder / f"app-{resources}" / "Bench0.template.json"
        if not found.exists():
            self.tell(f"a template of {resources} resources")
            words = ("--resources", resources, "--kind", "clean", "--out", found.parent)
            run(Case("template", python("tools.bench.app", *words)))
        return found

    # Parts ----------------------------------------------------------------------------------------------------------

    def judging(self) -> list[Row]:
        """Judging alone."""
        command = python("tools.bench.judging", self.template(), "--runs", max(5, self.sizes.runs))
        self.tell("judging")
        said = run(Case("judging", command)).said
        resources = said["resources"]
        judge, read, decode = (_figure(said[name]) for name in ("judge", "read", "decode"))
        each = f"{judge.value / resources * 1e6:.0f} µs a resource"
        work = f"judging alone, {resources} resources, all rules"
        return [
            Row(work, judge, "msgspec decodes the JSON", decode, 25, remark=each),
            Row("reading that template", read, "msgspec decodes the JSON", decode),
        ]

    def starting(self) -> list[Row]:
        """What starting costs, and loads."""
        asked = {
            "`readiness --version`": ("version",),
            "`import readiness_pack`, after `aws_cdk`": ("readiness_pack", "aws_cdk"),
            "`from readiness_pack import ReadinessChecks`, after `aws_cdk`": (
                "readiness_pack:ReadinessChecks",
                "aws_cdk",
            ),
            "`from readiness_pack import evaluate`": ("readiness_pack:evaluate",),
        }
        cases = [Case(work, python("tools.bench.starting", *words), counts="seconds") for work, words in asked.items()]
        found = interleaved(cases, max(5, self.sizes.runs), self.tell)
        return [Row(work, Figure.of(series), remark=_loaded(series.samples[0].said)) for work, series in found.items()]


def _figure(seconds: Sequence[float]) -> Figure:
    return Figure(statistics.median(seconds), min(seconds), max(seconds))


def _loaded(said: dict[str, Any]) -> str:
    others = [name for name in said["packages"] if name != "readiness_pack"]
    listed = f": {', '.join(others)}" if others else ""
    cdk = "no CDK" if not said["cdk"] else f"CDK ({', '.join(said['cdk'])})"
    return f"loads {said['modules']} modules{listed}; {cdk}"


SECTIONS: dict[str, Callable[[Plan], list[Row]]] = {
    "starting": Plan.starting,
    "judging": Plan.judging,
    "cli": Plan.command_line,
    "many": Plan.many,
    "doors": Plan.doors,
}
