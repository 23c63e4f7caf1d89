"""Rules: every rule of the checklist as a class, and what is needed to write more.

Example:
    >>> from readiness_pack.rules import KmsKeyRotationEnabled
    >>> KmsKeyRotationEnabled.item, KmsKeyRotationEnabled.resource_types
    ('SEC-ENC-03', ('AWS::KMS::Key',))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness_pack.checklist import ParameterSpec
from readiness_pack.checklist import load as load
from readiness_pack.rules.generator import built_in as built_in
from readiness_pack.rules.generator import make_rule as make_rule
from readiness_pack.rules.generator import make_rules as make_rules
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import ANY, APP, Rule, Verdicts

if TYPE_CHECKING:
    from readiness_pack.rules.generated import *  # noqa: F403  the classes below, for type checkers and editors

else:

    def __getattr__(name: str) -> Any:
        # Generated classes appear on first use, so that importing the package reads no rule file.
        if name.startswith("__"):
            raise AttributeError(name)
        found = built_in().get(name)
        if found is None:
            from readiness_pack.typed_yaml import nearest

            known = load().aliases.get(name)
            if known is not None:
                import warnings

                warnings.warn(f"{name} is called {known} now", DeprecationWarning, stacklevel=2)
                return built_in()[known]
            raise AttributeError(f"no rule is called '{name}'.{nearest(name, list(built_in()))}")
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *built_in()})


__all__ = [
    "ANY",
    "APP",
    "NOT_APPLICABLE",
    "PASS",
    "Outcome",
    "ParameterSpec",
    "Rule",
    "Verdicts",
    "fail",
    "unknown",
]
"""The public names besides the rules themselves, which are public, too. docs/api.md explains each."""
