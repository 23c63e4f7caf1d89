"""The production readiness checklist as data: items, dispositions, frameworks and the specifications of their rules."""

from .loading import Checklist, default_folder, load
from .spec import EvidenceSpec, Example, Frameworks, ItemSpec, Measure, ParameterSpec, RuleSpec, Severity

__all__ = [
    "Checklist",
    "EvidenceSpec",
    "Example",
    "Frameworks",
    "ItemSpec",
    "Measure",
    "ParameterSpec",
    "RuleSpec",
    "Severity",
    "default_folder",
    "load",
]
