"""What the user hands to :class:`ReadinessChecks`, and the configuration and rules that follow from it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from readiness_pack import config as configuration
from readiness_pack.config import Config
from readiness_pack.rules import Rule
from readiness_pack.rules.rule_set import RuleSet, rule_set

RuleSource = type[Rule] | str | os.PathLike[str]


@dataclass(frozen=True)
class Settings:
    """The arguments of :class:`ReadinessChecks`, checked for their types only: files are read when the app is judged.

    Args:
        classes: rules written in Python.
        folders: folders of rule files.
        config: the configuration file, if one was named.
    """

    classes: tuple[type[Rule], ...]
    folders: tuple[Path, ...]
    config: Path | None

    @classmethod
    def of(cls, rules: Sequence[RuleSource], config: str | os.PathLike[str] | None) -> Settings:
        """Sort the arguments out.

        Raises:
            TypeError: an element of ``rules`` is neither a rule class nor a path.
        """
        if isinstance(rules, str | os.PathLike):
            rules = (rules,)
        classes: list[type[Rule]] = []
        folders: list[Path] = []
        for rule in rules:
            if isinstance(rule, type) and issubclass(rule, Rule):
                classes.append(rule)
            elif isinstance(rule, str | os.PathLike):
                folders.append(Path(rule))
            else:
                raise TypeError(f"rules: expected a Rule class or the path of a folder of rule files, not {rule!r}")
        return cls(tuple(classes), tuple(folders), None if config is None else Path(config))

    def load(self, outdir: Path | None) -> tuple[Config, RuleSet]:
        """The configuration and the rules in force.

        Args:
            outdir: the ``cdk.out`` folder; readiness.yaml may stand beside it.

        Raises:
            InputError: the configuration or a rule file cannot be used.
        """
        if self.config is not None:
            config = configuration.load(self.config)
        else:
            config = configuration.find(Path.cwd(), *([outdir.absolute().parent] if outdir else []))
        return config, rule_set([*(config.folder / folder for folder in config.rules), *self.folders], self.classes)
