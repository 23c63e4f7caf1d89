"""Judging what is at a path: a pure function of the files there, so that whatever spreads work can spread it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from os import PathLike, fspath
from pathlib import Path
from typing import NamedTuple

from readiness_pack.config import Config, find, load, rules_in_force
from readiness_pack.engine import evaluate
from readiness_pack.evidence.records import fact_names, with_facts
from readiness_pack.findings import Report
from readiness_pack.rules.rule_set import RuleSet
from readiness_pack.template import Assembly, Resource


class Judged(NamedTuple):
    """A report with what it was made of."""

    report: Report
    assembly: Assembly
    rules: RuleSet
    config: Config


def evaluate_path(
    path: str | PathLike[str],
    config: Config | str | PathLike[str] | None = None,
    *,
    rules: Iterable[str | PathLike[str]] = (),
    today: date | None = None,
    keep_passes: bool = False,
) -> Report:
    """Judge what is at a path, as ``readiness check`` does.

    What it gives hangs on its arguments and on the files that they name alone, not on the working directory (but for
    relative paths) nor on earlier calls. The function, its arguments, the report and an :class:`InputError` can all be
    pickled, so that process pools and clusters can spread it.

    Args:
        path: a ``cdk.out`` folder, a folder of templates (together one app), or a template.
        config: settings, or the file to read them from; where not given, the readiness.yaml beside ``path``, if there
            is one, else the defaults.
        rules: further rules: folders of rule files, modules, installed packages.
        today: the day on which decisions and facts are judged; today where not given.
        keep_passes: whether ``passes`` of the report is filled: each rule with each resource that passes it.

    Raises:
        InputError: what is at ``path``, a rule file or the settings cannot be used.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "key.yaml").write_text("Resources: {Key: {Type: AWS::KMS::Key}}")
        ...     report = evaluate_path(Path(folder) / "key.yaml")
        >>> report.exit_code, "KmsKeyRotationEnabled" in {finding.rule for finding in report.findings}
        (1, True)
    """
    if config is None:
        config = find(Path(path).absolute().parent)
    elif not isinstance(config, Config):
        config = load(Path(config))
    in_force = rules_in_force(config, tuple(rules))
    return judged_at(path, config, in_force, today=today, keep_passes=keep_passes).report


def judged_at(
    path: str | PathLike[str],
    config: Config,
    rules: RuleSet,
    *,
    today: date | None = None,
    keep_passes: bool = False,
    watch: Callable[[Sequence[Resource]], Iterable[Resource]] | None = None,
    prepare: Callable[[Assembly], object] | None = None,
) -> Judged:
    """The report on the app at ``path``, with everything that it was made of.

    Args:
        path: as for :func:`evaluate_path`.
        config: the settings; recorded facts are added.
        rules: the rules to ask.
        today: the day on which is judged; today where not given.
        keep_passes: whether the report lists what passes, too.
        watch: sees how the work gets on, as for :func:`~readiness_pack.evaluate`.
        prepare: what to do with the app before it is judged.

    Raises:
        InputError: something that is read cannot be used.
    """
    config = with_facts(config, today, facts=fact_names(rules.classes.values()))
    assembly = Assembly.load(fspath(path), config.assumptions)
    if prepare is not None:
        prepare(assembly)
    report = evaluate(
        assembly,
        rules.classes.values(),
        config,
        checklist=rules.checklist,
        today=today,
        keep_passes=keep_passes,
        watch=watch,
    )
    return Judged(report, assembly, rules, config)
