"""readiness.yaml: what an organisation sets. ``readiness init`` writes a commented one with its JSON Schema."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from readiness_pack import typed_yaml
from readiness_pack.errors import InputError
from readiness_pack.template import Assume

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness_pack.rules.rule_set import RuleSet
    from readiness_pack.rules.sources import RuleSource, Source

FILE_NAME = "readiness.yaml"
DEFAULT_EVIDENCE = "evidence"
"""The folder of records, beside readiness.yaml."""

Level = Literal["error", "warning", "info", "off"]
FailOn = Literal["error", "warning", "never"]


class AssumeSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What will be deployed: template parameters and conditions that are taken as given."""

    parameters: Annotated[dict[str, Any], Meta(description="template parameter name -> value")] = {}
    conditions: Annotated[dict[str, bool], Meta(description="condition name -> whether it is true")] = {}


class WaiverSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision to live with a finding for a while.

    Args:
        rule: rule name, item id or a glob of either.
        resource: logical id or construct path, or a glob of either; every resource where not given.
        reason: why it is acceptable.
        owner: who answers for it.
        ticket: where it is tracked.
        expires: the last day on which it counts.
    """

    rule: str
    reason: str
    resource: str = "*"
    owner: str | None = None
    ticket: str | None = None
    expires: datetime.date | None = None


class FactSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something true of the AWS account that no template shows, such as an organisation trail.

    Args:
        value: what is the case.
        owner: who says so.
        date: since when, or when it was checked.
        until: the last day on which it counts.
        note: where it can be seen.
    """

    value: Any
    owner: str
    date: datetime.date
    until: datetime.date
    note: str | None = None


class ProfileSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A profile of one's own.

    Args:
        base: the profile that it starts from.
        severity: rule name, item id or glob -> level.
        fail_on: the lowest severity that fails.
    """

    base: Literal["standard", "strict", "certified"] = "standard"
    severity: dict[str, Level] = {}
    fail_on: FailOn | None = None


class LevelSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A level of readiness: the items that a system of this level has ready, besides those of the levels before it.

    Args:
        items: item ids or globs of them.
        about: what the level stands for.
    """

    items: list[str]
    about: str = ""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What readiness.yaml may hold.

    Args:
        parameters: rule parameter name -> value, for every rule that has it.
        assume: parameters and conditions of the templates.
        profile: ``standard`` (what matters most are errors), ``strict`` (every rule's own severity), ``certified``
            (warnings fail, too), or one of ``custom_profiles``.
        profiles: environment -> profile.
        custom_profiles: profiles of one's own by name.
        environments: environment -> globs of Stage or stack paths; what matches none is production.
        severity: rule name, item id or glob -> level; ``off`` drops the rule.
        waivers: findings that are accepted for a while.
        locked: rules or items (globs) that nobody can acknowledge, waive or baseline.
        rules: further rules: folders of rule files, relative to this file; modules; installed packages by the name of
            their entry point.
        packages: whether the rules of every installed package are asked, or of those alone that ``rules`` names.
        facts: truths about the account that some rules accept.
        fail_on: the lowest severity that fails the run; the profile decides where not given.
        on_unknown: what becomes of answers that the template does not decide.
        on_cdk_managed: whether findings on resources that CDK makes for itself count.
        show: what the plugin hands to CDK: errors and one line on the rest, or all.
        baseline: file of known findings, relative to this file.
        reason_length: a shorter reason of a waiver is an error.
        evidence: the folder of records, or the one file of them, relative to this file.
        expiring_days: a record that ends within so many days is ``expiring``.
        levels: levels of readiness by name, lowest first, in place of ours.
        certifier: who may certify: anyone, or nobody who signed for one of the teams.
    """

    parameters: dict[str, Any] = {}
    assume: AssumeSpec = AssumeSpec()
    profile: str = "standard"
    profiles: dict[str, str] = {}
    custom_profiles: dict[str, ProfileSpec] = {}
    environments: dict[str, list[str]] = {}
    severity: dict[str, Level] = {}
    waivers: list[WaiverSpec] = []
    locked: list[str] = []
    rules: list[str] = []
    packages: Literal["installed", "named"] = "installed"
    facts: dict[str, FactSpec] = {}
    fail_on: FailOn | None = None
    on_unknown: Literal["warn", "fail", "ignore"] = "warn"
    on_cdk_managed: Literal["report", "fail"] = "report"
    show: Literal["errors", "all"] = "errors"
    baseline: str | None = None
    reason_length: int = 10
    evidence: str = DEFAULT_EVIDENCE
    expiring_days: Annotated[int, Meta(ge=0)] = 30
    levels: dict[str, LevelSpec] = {}
    certifier: Literal["anyone", "not a signer"] = "anyone"


class Config(Settings, frozen=True, forbid_unknown_fields=True):
    """The settings in force.

    Args:
        source: the file that was read.
        home: the folder that relative paths start from where no file was read; the current one where not given.
    """

    source: str | None = None
    home: str | None = None

    @property
    def assumptions(self) -> Assume:
        """``assume:`` as the template model takes it."""
        return Assume(self.assume.parameters, self.assume.conditions)

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from."""
        return Path(self.source).parent if self.source else Path(self.home or "")

    def problem(self, text: str, *steps: str | int) -> InputError:
        """An error about the setting at ``steps``, with the line in the file that was read."""
        line = typed_yaml.line_in(Path(self.source), *steps) if self.source else None
        return InputError(text, file=self.source, line=line)


def load(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        InputError: it cannot be read or has an unknown key.
    """
    settings = typed_yaml.read(path, Settings)
    return Config(**{name: getattr(settings, name) for name in Settings.__struct_fields__}, source=str(path))


def rules_in_force(config: Config, further: Iterable[RuleSource | Source] = ()) -> RuleSet:
    """The rules of a run: ours, those of installed packages, those that the settings name, and ``further`` ones.

    Args:
        config: the settings.
        further: what else is named, such as by an option.

    Raises:
        InputError: what is named is not there, cannot be imported, or is not a rule.
    """
    from readiness_pack.rules.rule_set import rule_set
    from readiness_pack.rules.sources import UnknownSource, resolve

    found = []
    for number, source in enumerate(config.rules):
        try:
            found.append(resolve(source, config.folder))
        except UnknownSource as error:
            raise config.problem(f"rules[{number}]: {error.problem}", "rules", number) from error
    return rule_set([*found, *further], packages=config.packages == "installed")


def schema() -> dict[str, Any]:
    """The JSON Schema of readiness.yaml, for editors."""
    found = msgspec.json.schema(Settings)
    found["title"] = "readiness.yaml"
    return found


def find(*folders: Path) -> Config:
    """The configuration in the first of ``folders`` that has a readiness.yaml, else the defaults.

    The defaults belong to the first folder that has evidence, or else to the first one.

    Raises:
        InputError: it cannot be read; a link to nothing or a folder of that name is not the same as having none.
    """
    for folder in folders:
        candidate = folder / FILE_NAME
        if os.path.lexists(candidate):
            return load(candidate)
    homes = [folder for folder in folders if (folder / DEFAULT_EVIDENCE).exists()] or list(folders)
    return Config(home=str(homes[0])) if homes else Config()
