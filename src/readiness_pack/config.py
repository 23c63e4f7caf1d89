"""readiness.yaml: what an organisation sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from . import typed_yaml
from .template import Assume

FILE_NAME = "readiness.yaml"


class AssumeSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What will be deployed: template parameters and conditions that are taken as given."""

    parameters: dict[str, Any] = {}
    conditions: dict[str, bool] = {}


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of readiness.yaml.

    Args:
        parameters: rule parameter name -> value, for every rule that has it.
        assume: parameters and conditions of the templates.
        fail_on: the lowest severity that fails the run.
        on_unknown: what becomes of answers that the template does not decide.
        on_cdk_managed: whether findings on resources that CDK makes for itself count.
        rules: further folders of rule files.
        source: the file that was read.
    """

    parameters: dict[str, Any] = {}
    assume: AssumeSpec = AssumeSpec()
    fail_on: Literal["error", "warning", "never"] = "error"
    on_unknown: Literal["warn", "fail", "ignore"] = "warn"
    on_cdk_managed: Literal["report", "fail"] = "report"
    rules: list[str] = []
    source: str | None = None

    @property
    def assumptions(self) -> Assume:
        return Assume(self.assume.parameters, self.assume.conditions)


def load(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        InputError: it cannot be read or has an unknown key.
    """
    return msgspec.structs.replace(typed_yaml.read(path, Config), source=str(path))


def find(*folders: Path) -> Config:
    """The configuration in the first of ``folders`` that has a readiness.yaml, else the defaults."""
    for folder in folders:
        candidate = folder / FILE_NAME
        if candidate.is_file():
            return load(candidate)
    return Config()
