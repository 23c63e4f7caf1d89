"""Judging a path, as every command that looks at an app does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from msgspec.structs import replace

from readiness_pack.at_path import Judged, judged_at
from readiness_pack.config import Config, find, load, rules_in_force
from readiness_pack.evidence.records import fact_names
from readiness_pack.findings import Report
from readiness_pack.items import together
from readiness_pack.rules.rule_set import RuleSet, united
from readiness_pack.template import Assembly, Resource

if TYPE_CHECKING:
    from readiness_pack.cli.progress import Progress
    from readiness_pack.evidence.readiness import Readiness
    from readiness_pack.evidence.records import Evidence
    from readiness_pack.integrations.checkov import CheckovReport

CONFIG = click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings; else readiness.yaml here or beside PATH.",
)
RULES = click.option(
    "--rules",
    "folders",
    multiple=True,
    metavar="RULES",
    help="Further rules: a folder of rule files, a module, or an installed package.",
)


EVIDENCE = click.option(
    "--evidence", type=click.Path(path_type=Path), help="The folder or file of records; else as the settings say."
)
STAGE = "prod"
"""Where an app is to run, unless somebody says otherwise."""


def _day(_: click.Context, parameter: click.Parameter, value: datetime | None) -> date | None:
    if value is None:
        return None
    if not _DAYS[0] <= value.date() <= _DAYS[1]:  # so that the days around it are days, too
        raise click.BadParameter(f"{value.date()} is not between {_DAYS[0]} and {_DAYS[1]}", param=parameter)
    return value.date()


_DAYS = (date(1970, 1, 1), date(9000, 12, 31))
DATE = click.option(
    "--date",
    "today",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_day,
    metavar="YYYY-MM-DD",
    help="Judge as on this day; else today.",
)


class Assessed(NamedTuple):
    """Whether an app is ready, with what the answer rests on."""

    readiness: Readiness
    evidence: Evidence
    rules: RuleSet
    config: Config


def kept_in(evidence: Path | None) -> tuple[tuple[str, Any], ...]:
    """The setting that ``--evidence`` replaces."""
    return (("evidence", str(evidence.absolute())),) if evidence else ()


def from_here(path: Path) -> Path:
    """``path`` as somebody in the working directory would write it."""
    return path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path


@dataclass(frozen=True)
class Run:
    """How to judge: what the options of a command line say.

    Args:
        config_file: settings; ``None`` looks for readiness.yaml.
        folders: further rules: folders of rule files, modules, installed packages.
        overrides: settings that options replace.
        keep_passes: whether the report lists what passes, too.
        today: the day on which is judged; today where not given.
        checkov: reports of checkov on the same templates.
    """

    config_file: Path | None = None
    folders: tuple[str | Path, ...] = ()
    overrides: tuple[tuple[str, Any], ...] = ()
    keep_passes: bool = False
    today: date | None = None
    checkov: tuple[CheckovReport, ...] = ()

    def config(self, path: str | None = None) -> Config:
        """The settings for the app at ``path``, or for the current folder."""
        beside = [Path(path).absolute().parent] if path is not None else []
        config = load(self.config_file) if self.config_file else find(Path.cwd(), *beside)
        return replace(config, **dict(self.overrides)) if self.overrides else config

    def rules(self, config: Config) -> RuleSet:
        """Our rules and those that the settings and options name."""
        return rules_in_force(config, self.folders)

    def all_rules(self, paths: tuple[str, ...]) -> RuleSet:
        """The rules that are asked for any of ``paths``."""
        sets = [self.rules(config) for config in {config.source: config for config in map(self.config, paths)}.values()]
        return sets[0] if len(sets) == 1 else united(sets)

    def judge(self, path: str, watch: Callable[[Sequence[Resource]], Iterable[Resource]] | None = None) -> Report:
        """The report on the app at ``path``; ``watch`` sees how the work gets on."""
        return self.judged(path, watch).report

    def judged(self, path: str, watch: Callable[[Sequence[Resource]], Iterable[Resource]] | None = None) -> Judged:
        """The report on the app at ``path``, with everything that it was made of."""
        config = self.config(path)
        rules = self.rules(config)
        used: dict[str, frozenset[int]] = {}
        judged = judged_at(
            path,
            config,
            rules,
            today=self.today,
            keep_passes=self.keep_passes,
            watch=watch,
            prepare=lambda assembly: used.update(self._take_over(assembly)),
        )
        judged.report.peer_reports = used
        return judged

    def _take_over(self, assembly: Assembly) -> dict[str, frozenset[int]]:
        """What checkov says of ``assembly``; which of the results of each report are about it."""
        if not self.checkov:
            return {}
        from readiness_pack.integrations.checkov import take_over

        return {one.file: take_over(one, assembly) for one in self.checkov}

    def keeps_evidence(self, path: str) -> bool:
        """Whether anything is recorded for the app at ``path``."""
        from readiness_pack.evidence.records import place_of

        return place_of(self.config(path)) is not None

    def readiness(self, path: str, gate: str | None = None) -> Readiness:
        """Whether the app at ``path`` is ready, as a whole or at a gate."""
        return self.assessed(path, gate).readiness

    def assessed(self, path: str, gate: str | None = None, stage: str | None = STAGE) -> Assessed:
        """Whether the app at ``path`` is ready for ``stage``, with what the answer rests on."""
        from readiness_pack.evidence.readiness import assess
        from readiness_pack.evidence.records import read

        report, assembly, rules, config = self.judged(path)
        today = self.today or date.today()
        evidence = read(config, rules.checklist, today, facts=fact_names(rules.classes.values()))
        found = assess(report, assembly, rules, config, evidence, today, gate, stage)
        return Assessed(found, evidence, rules, config)

    def judge_all(self, paths: tuple[str, ...], jobs: int = 1, progress: Progress | None = None) -> Report:
        """One report on the apps at ``paths``, judged by ``jobs`` processes."""
        return together(self._each(paths, jobs, progress), self.all_rules(paths).checklist)

    def _each(self, paths: tuple[str, ...], jobs: int, progress: Progress | None) -> Iterator[Report]:
        """The report on each app, one at a time: they are not all to be in memory together."""
        alone = jobs == 1 or len(paths) == 1
        reports = (self.judge(path, progress.each if progress else None) for path in paths) if alone else None
        for report in reports or _spread(partial(Run.judge, self), paths, jobs):
            yield report
            if progress:
                progress.part_done()


def _spread(judge: Callable[[str], Report], paths: tuple[str, ...], jobs: int) -> Iterator[Report]:
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(min(jobs, len(paths))) as pool:
        yield from pool.map(judge, paths, chunksize=min(_CHUNK, max(1, len(paths) // (jobs * 4))))


_CHUNK = 8  # apps that a process hands over at a time: their reports wait in its memory
