"""What the user hands to :class:`ReadinessChecks`, and the configuration and rules that follow from it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from readiness_pack import config as configuration
from readiness_pack.config import Config
from readiness_pack.evidence.records import fact_names, with_facts
from readiness_pack.integrations.cdk.packs import NONE, Packs
from readiness_pack.integrations.cdk.warming import WARMING
from readiness_pack.rules import Rule
from readiness_pack.rules.rule_set import RuleSet
from readiness_pack.rules.sources import RuleSource


@dataclass(frozen=True)
class Settings:
    """The arguments of :class:`ReadinessChecks`, checked for their types only: files are read when the app is judged.

    Args:
        rules: further rules: classes, modules, folders of rule files, installed packages.
        config: the configuration file, if one was named.
        packs: packs of cdk-nag.
        evidence: the environment whose apps are asked for records, if any is.
    """

    rules: tuple[RuleSource, ...]
    config: Path | None
    packs: Packs = NONE
    evidence: str | None = None

    @classmethod
    def of(
        cls,
        rules: Sequence[RuleSource],
        config: str | os.PathLike[str] | None,
        packs: Packs = NONE,
        evidence: str | None = None,
    ) -> Settings:
        """Sort the arguments out.

        Raises:
            TypeError: an element of ``rules`` is none of these, or ``evidence`` is no name.
        """
        if evidence is not None and not isinstance(evidence, str):
            raise TypeError(f'evidence: expected the name of an environment, such as "prod", not {evidence!r}')
        if isinstance(rules, str | os.PathLike):
            rules = (rules,)
        for rule in rules:
            if not (isinstance(rule, str | os.PathLike | ModuleType) or _is_rule(rule)):
                text = "expected a Rule class or the path of a folder of rule files, or a module or package of rules"
                raise TypeError(f"rules: {text}, not {rule!r}")
        return cls(tuple(rules), None if config is None else Path(config), packs, evidence)

    def load(self, outdir: Path | None) -> tuple[Config, RuleSet]:
        """The configuration, with the facts that were recorded, and the rules in force.

        Args:
            outdir: the ``cdk.out`` folder; readiness.yaml may stand beside it.

        Raises:
            InputError: the configuration, a rule file or a fact cannot be used.
        """
        WARMING.wait()
        if self.config is not None:
            config = configuration.load(self.config)
        else:
            config = configuration.find(Path.cwd(), *([outdir.absolute().parent] if outdir else []))
        rules = configuration.rules_in_force(config, self.rules)
        return with_facts(config, facts=fact_names(rules.classes.values())), rules


def _is_rule(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, Rule)
