"""How severe a finding is, and whether it fails the run: by profile, environment and overrides."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from readiness_pack.checklist import Severity
from readiness_pack.config import Config, FailOn, ProfileSpec
from readiness_pack.decisions.names import Selector
from readiness_pack.rules import Rule
from readiness_pack.typed_yaml import nearest

PRODUCTION = "prod"
BUILT_IN = ("standard", "strict", "certified")


@dataclass(frozen=True, slots=True)
class Rating:
    """What a rule's findings are worth in one environment.

    Args:
        severity: the severity, ``None`` for a rule that is off.
        fail_on: the lowest severity that fails there.
    """

    severity: Severity | None
    fail_on: FailOn


class Ratings:
    """The severities in force.

    Args:
        config: the settings.
        rules: the rules by name.
        selector: finds rules by name.

    Raises:
        InputError: the configuration names a profile, environment, rule or item that does not exist.
    """

    def __init__(self, config: Config, rules: dict[str, type[Rule]], selector: Selector) -> None:
        self._config = config
        self._rules = rules
        self._selector = selector
        self._check()
        self.rating = cache(self._rating)
        self.environment = cache(self._environment)

    def _check(self) -> None:
        config = self._config
        profiles = {*BUILT_IN, *config.custom_profiles}
        named = [(config.profile, ("profile",)), *((name, ("profiles", env)) for env, name in config.profiles.items())]
        for name, steps in named:
            if name not in profiles:
                raise config.problem(
                    f"{'.'.join(steps)}: there is no profile '{name}'.{nearest(name, profiles)}", *steps
                )
        for environment in config.profiles:
            if environment not in config.environments and environment != PRODUCTION:
                known = {*config.environments, PRODUCTION}
                text = f"profiles.{environment}: there is no such environment.{nearest(environment, known)}"
                raise config.problem(text, "profiles", environment)
        for pattern in config.severity:
            self._check_name(pattern, "severity", pattern)
        for name, profile in config.custom_profiles.items():
            if name in BUILT_IN:
                raise config.problem(f"custom_profiles.{name}: this name is taken", "custom_profiles", name)
            for pattern in profile.severity:
                self._check_name(pattern, "custom_profiles", name, "severity", pattern)

    def _check_name(self, pattern: str, *steps: str) -> None:
        problem = self._selector.problem(pattern)
        if problem:
            raise self._config.problem(f"{'.'.join(steps)}: {problem}", *steps)

    def _environment(self, stack: str | None) -> str:
        """The environment that a stack path belongs to; what matches nothing is production."""
        for environment, globs in self._config.environments.items():
            if stack is not None and any(fnmatchcase(stack, glob) or fnmatchcase(stack, f"{glob}/*") for glob in globs):
                return environment
        return PRODUCTION

    def _rating(self, rule: str, own: Severity, environment: str) -> Rating:
        config = self._config
        name = config.profiles.get(environment, config.profile)
        custom = config.custom_profiles.get(name)
        profile = custom or ProfileSpec(base=name)  # type: ignore[arg-type]  # checked above
        severity: Severity | None = own
        # What is no rule of ours (a finding of cdk-nag or checkov) keeps the severity that it came with.
        if profile.base == "standard" and own == "error" and rule in self._rules and not self._rules[rule].core:
            severity = "warning"
        for overrides in (profile.severity, config.severity):
            for pattern, level in overrides.items():
                if rule in self._selector.names(pattern):
                    severity = None if level == "off" else level
        fail_on = config.fail_on or profile.fail_on or ("warning" if profile.base == "certified" else "error")
        return Rating(severity, fail_on)
