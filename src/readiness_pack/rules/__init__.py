"""Rules: every rule of the checklist as a class, and what is needed to write more.

Example:
    >>> from readiness_pack.rules import KmsKeyRotationEnabled
    >>> KmsKeyRotationEnabled.item, KmsKeyRotationEnabled.resource_types
    ('SEC-ENC-03', ('AWS::KMS::Key',))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness_pack.checklist import ParameterSpec
from readiness_pack.rules.generator import built_in, make_rule, make_rules
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import ANY, APP, Rule

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...

else:

    def __getattr__(name: str) -> Any:
        # Generated classes appear on first use, so that importing the package reads no rule file.
        if name.startswith("__"):
            raise AttributeError(name)
        found = built_in().get(name)
        if found is None:
            from readiness_pack.typed_yaml import nearest

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
    "built_in",
    "fail",
    "make_rule",
    "make_rules",
    "unknown",
]
