"""The production readiness checklist as data: items, dispositions, frameworks and the specifications of their rules."""

from readiness_pack.checklist.loading import Checklist, default_folder, load
from readiness_pack.checklist.positions import RulePlace
from readiness_pack.checklist.spec import (
    EvidenceSpec,
    Example,
    ExtensionSpec,
    Frameworks,
    ItemSpec,
    Measure,
    ParameterSpec,
    RuleChange,
    RuleSpec,
    Severity,
)

__all__ = [
    "Checklist",
    "EvidenceSpec",
    "Example",
    "ExtensionSpec",
    "Frameworks",
    "ItemSpec",
    "Measure",
    "ParameterSpec",
    "RuleChange",
    "RulePlace",
    "RuleSpec",
    "Severity",
    "default_folder",
    "load",
]
