"""``assert_ready``: the findings of a part of an app as the message of a failing test."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace

from readiness_pack import blind_spots
from readiness_pack import config as configuration
from readiness_pack.config import Config
from readiness_pack.decisions import gate
from readiness_pack.decisions.names import PREFIX, Selector
from readiness_pack.engine import evaluate
from readiness_pack.errors import InputError
from readiness_pack.evidence.records import fact_names, with_facts
from readiness_pack.findings import Finding, Location, Report, ToolError
from readiness_pack.integrations.subjects import Subject, read
from readiness_pack.peers import PeerIds
from readiness_pack.report.text import clean, clean_lines, count
from readiness_pack.rules import APP, Rule
from readiness_pack.rules.rule_set import RuleSet

PLACES = 10
"""How many places of one rule a message shows."""

OnUnknown = Literal["warn", "fail", "ignore"]
Which = str | type[Rule] | os.PathLike[str]


class ReadinessWarning(UserWarning):
    """Something was not decided: a test that passes with it has shown less than it seems to."""


@dataclass(frozen=True)
class Judgement:
    """What was found.

    Args:
        name: what was judged.
        report: everything that was found there.
        failing: the findings that fail the test.
        undecided: the open answers that were asked for and fail nothing.
        errors: rules that broke.
    """

    name: str
    report: Report
    failing: tuple[Finding, ...]
    undecided: tuple[Finding, ...]
    errors: tuple[ToolError, ...]

    @property
    def message(self) -> str:
        """What is wrong, rule by rule, with the places and the fix; empty where nothing is."""
        if not self.failing and not self.errors:
            return ""
        by_rule: dict[str, list[Finding]] = {}
        for finding in self.failing:
            by_rule.setdefault(finding.rule, []).append(finding)
        lines = [f"{clean(self.name)} is not ready: {_counted(by_rule, self.errors)}"]
        for found in by_rule.values():
            lines += ["", *_of_rule(found)]
        lines += [line for error in self.errors[:PLACES] for line in ("", clean(_broken(error)))]
        if self.undecided:
            lines += ["", _undecided(self.undecided)]
        if by_rule:
            lines += ["", f"Why it matters: readiness explain {next(iter(by_rule))}"]
        return "\n".join(lines)


def assert_ready(
    subject: Any,
    *,
    rules: Which | Sequence[Which] | None = None,
    ignore: Which | Sequence[Which] = (),
    config: Config | str | os.PathLike[str] | None = None,
    on_unknown: OnUnknown | None = None,
) -> Report:
    """Fail the test where ``subject`` does not satisfy the production readiness rules.

    Args:
        subject: an App, a Stage, a Stack (its nested stacks included), an ``assertions.Template``, or a template as a
            dict. Of an App, rules about the app as a whole are asked, too. Other stacks of the App count as partners.
        rules: names of rules, item ids or globs of either. Violations of these fail, errors and warnings alike, and
            those of a rule that is named itself also where they are remarks (``info``). A Rule class or a folder of
            rule files (a Path) is added to the known rules and asked for. Where nothing is given, all rules are asked,
            and what fails ``readiness check`` fails the test.
        ignore: names of rules, item ids or globs of either that are left out.
        config: the settings, or their file; else the readiness.yaml of the working directory, if there is one.
        on_unknown: what becomes of answers that the template does not decide: ``warn`` gives a
            :class:`ReadinessWarning`, ``fail`` fails the test, ``ignore`` does nothing. Else the settings say so.

    Returns:
        Everything that was found.

    Raises:
        AssertionError: something is not ready, or a rule broke; the message says what, where, and how to fix it.
        InputError: a name is no rule's or item's, no rule is asked at all, or the settings cannot be used.
        TypeError: ``subject`` is none of these.

    Example:
        >>> from readiness_pack.testing import assert_ready
        >>> template = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}}}}
        >>> assert_ready(template, rules="KmsKeyRotationEnabled").resources
        1
    """
    __tracebackhide__ = True
    found = judge(subject, rules=rules, ignore=ignore, config=config, on_unknown=on_unknown)
    if found.message:
        raise AssertionError(found.message)
    if found.undecided:
        warnings.warn(_undecided(found.undecided), ReadinessWarning, stacklevel=2)
    return found.report


def judge(
    subject: Any,
    *,
    rules: Which | Sequence[Which] | None = None,
    ignore: Which | Sequence[Which] = (),
    config: Config | str | os.PathLike[str] | None = None,
    on_unknown: OnUnknown | None = None,
) -> Judgement:
    """What :func:`assert_ready` goes by; see there."""
    part = read(subject)
    wanted, left_out = _listed(rules), _listed(ignore)
    settings = _settings(config, on_unknown)
    known = configuration.rules_in_force(settings, [one for one in wanted or () if not isinstance(one, str)])
    settings = with_facts(settings, facts=fact_names(known.classes.values()))
    selector = Selector(
        known.classes.values(),
        known.checklist.by_id,
        {blind_spots.RULE: blind_spots.ITEM},
        PeerIds(known.classes),
    )
    if wanted == []:
        raise InputError("rules: is empty, so nothing would be asked; leave it out to ask all rules")
    asked = None if wanted is None else _names(wanted, selector, "rules", known)
    named = frozenset(one if isinstance(one, str) else getattr(one, "name", "") for one in wanted or ())
    ignored = _names(left_out, selector, "ignore", known)
    report = _evaluated(part, settings, known, asked)
    # Whatever is asked for, settings that let everything through must not make the test pass.
    chosen = [
        f
        for f in report.findings
        if f.rule not in ignored
        and (asked is None or f.rule in asked or (f.rule == gate.RULE and f.severity == "error"))
    ]
    failing = tuple(finding for finding in chosen if _fails(finding, settings, asked, named))
    undecided = tuple(
        finding
        for finding in chosen
        if finding.verdict == "unknown" and finding.decision.counts and not finding.managed_by_cdk
    )
    errors = tuple(
        error
        for error in report.errors
        if error.rule is None or (error.rule not in ignored and (asked is None or error.rule in asked))
    )
    open_ = undecided if settings.on_unknown == "warn" else ()
    return Judgement(part.name, report, failing, tuple(one for one in open_ if one not in failing), errors)


def _evaluated(part: Subject, settings: Config, known: RuleSet, asked: frozenset[str] | None) -> Report:
    part.assembly.take_as_given(settings.assumptions)
    about_app = asked is not None and any(
        APP in known.classes[name].resource_types for name in asked & known.classes.keys()
    )
    return evaluate(
        part.assembly,
        known.classes.values(),
        settings,
        checklist=known.checklist,
        only=part.holds,
        whole_app=part.whole_app or about_app,
    )


def _fails(finding: Finding, settings: Config, asked: frozenset[str] | None, named: frozenset[str]) -> bool:
    if asked is None:
        return finding.counts
    if not finding.decision.counts or (finding.managed_by_cdk and settings.on_cdk_managed == "report"):
        return False
    if finding.severity == "info" and finding.rule not in named:
        return False
    return finding.verdict == "fail" or settings.on_unknown == "fail"


def _settings(config: Config | str | os.PathLike[str] | None, on_unknown: OnUnknown | None) -> Config:
    if config is None:
        found = configuration.find(Path.cwd())
    else:
        found = config if isinstance(config, Config) else configuration.load(Path(config))
    return replace(found, on_unknown=on_unknown) if on_unknown else found


def _listed(which: Any) -> list[Which] | None:
    """The argument as a list.

    Raises:
        TypeError: an element is no name, class or path.
    """
    if which is None:
        return None
    found = [which] if isinstance(which, str | os.PathLike | type) else list(which)
    for one in found:
        if not isinstance(one, str | os.PathLike) and not (isinstance(one, type) and issubclass(one, Rule)):
            raise TypeError(f"expected the name of a rule or item, a Rule class or the path of a folder, not {one!r}")
    return found


def _names(which: Iterable[Which] | None, selector: Selector, argument: str, known: RuleSet) -> frozenset[str]:
    """The rules that are named; who asks for an item asks for the rules that it relies on, too.

    Raises:
        InputError: a name is no rule's or item's, or no rule is asked where one is to be.
    """
    asks = argument == "rules"
    found: set[str] = set()
    for one in which or ():
        if isinstance(one, type):
            names = {one.name}
        elif isinstance(one, str):
            problem = selector.problem(one)
            if problem:
                raise InputError(f"{argument}: {problem}")
            items = [id_ for id_ in known.checklist.by_id if asks and fnmatchcase(id_, one.removeprefix(PREFIX))]
            names = {*selector.names(one), *_relied_on(known, items)}
        else:
            folder = Path(one).resolve()
            items = [id_ for id_, file in known.checklist.files.items() if folder in file.parents]
            files = {name: known.checklist.file_of(name) for name in known.classes}
            names = {name for name, file in files.items() if file and folder in file.parents}
            names |= _relied_on(known, items)
        if asks and not names:  # a test that asks nothing must not pass
            raise InputError(f"rules: no rule is behind '{one}', so nothing would be asked")
        found |= names
    return frozenset(found)


def _relied_on(known: RuleSet, items: Iterable[str]) -> set[str]:
    """The rules of other items that items rely on."""
    return {name for id_ in items for name in known.checklist.by_id[id_].reuses}


def _broken(error: ToolError) -> str:
    where = f" on {error.stack}/{error.logical_id}" if error.logical_id else ""
    return f"{error.rule or 'The tool'} broke{where}: {error.message}"


def _counted(by_rule: dict[str, list[Finding]], errors: Sequence[ToolError]) -> str:
    places = sum(len(found) for found in by_rule.values())
    parts = [f"{count(len(by_rule), 'rule')} at {count(places, 'place')}"] if by_rule else []
    return ", ".join([*parts, *([f"{count(len({error.rule for error in errors}), 'rule')} broke"] if errors else [])])


def _of_rule(found: list[Finding]) -> list[str]:
    first = found[0]
    lines = [f"{first.rule} ({first.severity}, {first.item})"]
    for finding in found[:PLACES]:
        what = "not decided: " if finding.verdict == "unknown" else ""
        lines.append(f"  {clean(finding.place)}: {what}{clean(finding.message)}")
        where = [clean(finding.property_path)] if finding.property_path else []
        where += [_location(finding.location, finding.template)] if finding.location else []
        lines += [f"    {', '.join(where)}"] if where else []
    if len(found) > PLACES:
        lines.append(f"  and {len(found) - PLACES} more")
    fixes = list(dict.fromkeys(finding.fix for finding in found if finding.fix))
    for fix in fixes[:1]:
        head, *rest = clean_lines(fix)
        lines += [f"  Fix: {head}", *(f"       {line}" for line in rest)]
    return lines


def _location(place: Location, template: str | None) -> str:
    """File and line; a template by its name alone, since CDK writes those of tests to folders that do not last."""
    is_template = template is not None and place.file.replace(os.sep, "/").endswith(template)
    return f"{clean(template if template and is_template else place.file)}:{place.line}"


def _undecided(found: Sequence[Finding]) -> str:
    first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    text = f"not decided: {first.rule} on {first.place}: {first.message}{more}"
    return clean(f"{text}. Say in readiness.yaml under 'assume' what will be deployed, or on_unknown='ignore'.")
