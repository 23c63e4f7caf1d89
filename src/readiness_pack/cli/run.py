"""Judging a path, as every command that looks at an app does it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from readiness_pack.config import Config, find, load
from readiness_pack.engine import evaluate
from readiness_pack.findings import Report
from readiness_pack.items import together
from readiness_pack.rules.rule_set import RuleSet, rule_set
from readiness_pack.template import Assembly, Resource

if TYPE_CHECKING:
    from readiness_pack.cli.progress import Progress

CONFIG = click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings; else readiness.yaml here or beside PATH.",
)
RULES = click.option(
    "--rules", "folders", multiple=True, type=click.Path(path_type=Path), help="A further folder of rule files."
)


@dataclass(frozen=True)
class Run:
    """How to judge: what the options of a command line say.

    Args:
        config_file: settings; ``None`` looks for readiness.yaml.
        folders: further folders of rule files.
        overrides: settings that options replace.
        keep_passes: whether the report lists what passes, too.
    """

    config_file: Path | None = None
    folders: tuple[Path, ...] = ()
    overrides: tuple[tuple[str, Any], ...] = ()
    keep_passes: bool = False

    def config(self, path: str) -> Config:
        """The settings for the app at ``path``."""
        config = load(self.config_file) if self.config_file else find(Path.cwd(), Path(path).absolute().parent)
        return replace(config, **dict(self.overrides)) if self.overrides else config

    def rules(self, config: Config) -> RuleSet:
        """Our rules and those that the settings and options name."""
        return rule_set([*(config.folder / folder for folder in config.rules), *self.folders])

    def all_rules(self, paths: tuple[str, ...]) -> RuleSet:
        """The rules that are asked for any of ``paths``."""
        sets = [self.rules(config) for config in {config.source: config for config in map(self.config, paths)}.values()]
        if len(sets) == 1:
            return sets[0]
        items = {item.id: item for one in sets for item in one.checklist.items}
        checklist = dataclasses.replace(
            sets[0].checklist,
            items=tuple(items.values()),
            files={id_: file for one in sets for id_, file in one.checklist.files.items()},
        )
        return RuleSet({name: made for one in sets for name, made in one.classes.items()}, checklist)

    def judge(self, path: str, watch: Callable[[Sequence[Resource]], Iterable[Resource]] | None = None) -> Report:
        """The report on the app at ``path``; ``watch`` sees how the work gets on."""
        config = self.config(path)
        rules = self.rules(config)
        assembly = Assembly.load(path, config.assumptions)
        return evaluate(
            assembly,
            rules.classes.values(),
            config,
            checklist=rules.checklist,
            keep_passes=self.keep_passes,
            watch=watch,
        )

    def judge_all(self, paths: tuple[str, ...], jobs: int = 1, progress: Progress | None = None) -> Report:
        """One report on the apps at ``paths``, judged by ``jobs`` processes."""
        return together(self._each(paths, jobs, progress), self.all_rules(paths).checklist)

    def _each(self, paths: tuple[str, ...], jobs: int, progress: Progress | None) -> list[Report]:
        found: list[Report] = []
        alone = jobs == 1 or len(paths) == 1
        reports = (self.judge(path, progress.each if progress else None) for path in paths) if alone else None
        for report in reports or _spread(partial(Run.judge, self), paths, jobs):
            found.append(report)
            if progress:
                progress.part_done()
        return found


def _spread(judge: Callable[[str], Report], paths: tuple[str, ...], jobs: int) -> Iterable[Report]:
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(min(jobs, len(paths))) as pool:
        yield from pool.map(judge, paths, chunksize=max(1, len(paths) // (jobs * 4)))
