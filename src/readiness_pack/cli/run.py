"""Judging a path, as every command that looks at an app does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from readiness_pack.config import Config, find, load
from readiness_pack.engine import evaluate
from readiness_pack.findings import Report
from readiness_pack.items import together
from readiness_pack.rules.rule_set import RuleSet, rule_set
from readiness_pack.template import Assembly

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
    """

    config_file: Path | None = None
    folders: tuple[Path, ...] = ()
    overrides: tuple[tuple[str, Any], ...] = ()

    def config(self, path: str) -> Config:
        """The settings for the app at ``path``."""
        config = load(self.config_file) if self.config_file else find(Path.cwd(), Path(path).absolute().parent)
        return replace(config, **dict(self.overrides)) if self.overrides else config

    def rules(self, config: Config) -> RuleSet:
        """Our rules and those that the settings and options name."""
        return rule_set([*(config.folder / folder for folder in config.rules), *self.folders])

    def judge(self, path: str) -> Report:
        """The report on the app at ``path``."""
        config = self.config(path)
        rules = self.rules(config)
        assembly = Assembly.load(path, config.assumptions)
        return evaluate(assembly, rules.classes.values(), config, checklist=rules.checklist)

    def judge_all(self, paths: tuple[str, ...], jobs: int = 1) -> Report:
        """One report on the apps at ``paths``, judged by ``jobs`` processes."""
        return together(_spread(partial(Run.judge, self), paths, jobs))


def _spread(judge: Callable[[str], Report], paths: tuple[str, ...], jobs: int) -> list[Report]:
    if jobs == 1 or len(paths) == 1:
        return [judge(path) for path in paths]
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(min(jobs, len(paths))) as pool:
        return list(pool.map(judge, paths, chunksize=max(1, len(paths) // (jobs * 4))))
