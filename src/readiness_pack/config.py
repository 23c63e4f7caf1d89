"""readiness.yaml: what an organisation sets. ``readiness init`` writes a commented one with its JSON Schema."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from readiness_pack import typed_yaml
from readiness_pack.errors import InputError
from readiness_pack.template import Assume

FILE_NAME = "readiness.yaml"

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
        rules: further folders of rule files, relative to this file.
        facts: truths about the account that some rules accept.
        fail_on: the lowest severity that fails the run; the profile decides where not given.
        on_unknown: what becomes of answers that the template does not decide.
        on_cdk_managed: whether findings on resources that CDK makes for itself count.
        show: what the plugin hands to CDK: errors and one line on the rest, or all.
        baseline: file of known findings, relative to this file.
        reason_length: a shorter reason of a waiver is an error.
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
    facts: dict[str, FactSpec] = {}
    fail_on: FailOn | None = None
    on_unknown: Literal["warn", "fail", "ignore"] = "warn"
    on_cdk_managed: Literal["report", "fail"] = "report"
    show: Literal["errors", "all"] = "errors"
    baseline: str | None = None
    reason_length: int = 10


class Config(Settings, frozen=True, forbid_unknown_fields=True):
    """The settings in force.

    Args:
        source: the file that was read.
    """

    source: str | None = None

    @property
    def assumptions(self) -> Assume:
        """``assume:`` as the template model takes it."""
        return Assume(self.assume.parameters, self.assume.conditions)

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from."""
        return Path(self.source).parent if self.source else Path()

    def problem(self, text: str, *steps: str | int) -> InputError:
        """An error about the setting at ``steps``, with the line in the file that was read."""
        line = typed_yaml.line_of(Path(self.source).read_text("utf-8-sig"), *steps) if self.source else None
        return InputError(text, file=self.source, line=line)


def load(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        InputError: it cannot be read or has an unknown key.
    """
    settings = typed_yaml.read(path, Settings)
    return Config(**{name: getattr(settings, name) for name in Settings.__struct_fields__}, source=str(path))


def schema() -> dict[str, Any]:
    """The JSON Schema of readiness.yaml, for editors."""
    found = msgspec.json.schema(Settings)
    found["title"] = "readiness.yaml"
    return found


def find(*folders: Path) -> Config:
    """The configuration in the first of ``folders`` that has a readiness.yaml, else the defaults."""
    for folder in folders:
        candidate = folder / FILE_NAME
        if candidate.is_file():
            return load(candidate)
    return Config()
