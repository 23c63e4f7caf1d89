"""The format of rule files: one YAML file per checklist item. docs/rule-format.md explains it with examples."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

Severity = Literal["error", "warning", "info"]
Disposition = Literal["automated", "partial", "evidence"]
Frameworks = dict[str, list[str]]


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The figure that decides a measured item, such as availability of at least 99.9 percent."""

    name: str
    target: float
    unit: str
    comparison: Literal[">=", "<=", ">", "<", "=="]


class EvidenceSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person records where the template cannot tell.

    Args:
        artefact: what the record shows.
        owner: the team that keeps it.
        valid_days: how many days a record counts.
        guidance: what a good record contains.
        measure: the figure that it must state.
    """

    artefact: str
    owner: str
    valid_days: int
    guidance: str | None = None
    measure: Measure | None = None


class ParameterSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A documented parameter: its default and what it does, with its unit."""

    default: Any
    about: str


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"pass_": "pass"}):
    """One example of a rule, executed as a test: exactly one of the four verdicts, with what is judged.

    What is judged is a resource without ``Type`` (the rule's first type is meant), a whole template (``Resources``), or
    ``stacks`` by name.

    Args:
        title: what the example shows.
        on: the logical id that is judged where there are several of the rule's type.
        says: text that the message must contain.
        parameters: rule parameters for this example.
        assume: as in readiness.yaml.
        facts: account-level facts as in readiness.yaml.
        files: further files of the assembly folder, by name.
    """

    pass_: dict[str, Any] | None = None
    fail: dict[str, Any] | None = None
    unknown: dict[str, Any] | None = None
    not_applicable: dict[str, Any] | None = None
    title: str | None = None
    on: str | None = None
    says: str | None = None
    parameters: dict[str, Any] = {}
    assume: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    files: dict[str, Any] = {}

    @property
    def verdict(self) -> str:
        """The verdict that the example states."""
        return next(name for name in ("pass", "fail", "unknown", "not_applicable") if self.given(name) is not None)

    @property
    def subject(self) -> dict[str, Any]:
        """What is judged."""
        return self.given(self.verdict) or {}

    def given(self, verdict: str) -> dict[str, Any] | None:
        """What stands under ``verdict``, ``None`` where the example has another one."""
        found: dict[str, Any] | None = getattr(self, "pass_" if verdict == "pass" else verdict)
        return found


class RuleSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of an item.

    Args:
        name: CamelCase; what holds when the rule passes.
        severity: what a violation is worth.
        core: of our own rules, whether an error stays one in the standard profile, where others are warnings.
        resource: the type or types that are judged; ``app`` for the app as a whole, ``*`` for every resource.
        message: what is wrong with this resource; ``{logical_id}``, ``{value}`` and fields of the check are filled in.
        fix: the CDK Python to write.
        why: why it matters.
        source: the pages that state the facts the rule rests on.
        unless: when the rule does not apply.
        require: what must hold.
        check: ``module.function``, where words end; the module is one of ``readiness_pack.rules.checks``, or yours.
        parameters: defaults by name, each a value or ``{default, about}``.
        peers: rules of other tools for the same control.
        frameworks: control ids, the item's where not given.
        notes: where the rule deviates from what one might expect, and why.
        examples: executed as tests.
        aliases: names that it had before; they go on to count, with a note.
    """

    name: str
    severity: Severity
    resource: str | list[str]
    message: str
    core: bool | None = None
    fix: str | None = None
    why: str | None = None
    source: str | list[str] = []
    unless: Any = None
    require: Any = None
    check: str | None = None
    parameters: dict[str, Any] = {}
    peers: dict[str, list[str]] = {}
    frameworks: Frameworks | None = None
    notes: str | None = None
    examples: list[Example] = []
    aliases: list[str] = []

    @property
    def resource_types(self) -> tuple[str, ...]:
        """The types as a tuple, also where one is given."""
        return (self.resource,) if isinstance(self.resource, str) else tuple(self.resource)

    @property
    def sources(self) -> tuple[str, ...]:
        """The pages as a tuple, also where one is given."""
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)

    @property
    def parameter_specs(self) -> dict[str, ParameterSpec]:
        """The parameters with their documentation."""
        return {
            name: ParameterSpec(value["default"], value["about"])
            if isinstance(value, dict) and set(value) == {"default", "about"}
            else ParameterSpec(value, "")
            for name, value in self.parameters.items()
        }


class ItemSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One bullet of the checklist.

    Args:
        id: stable id, e.g. ``SEC-ENC-03``.
        section: heading of the checklist, e.g. ``Security Checklist``.
        group: sub-heading.
        title: the bold words of the bullet.
        statement: the rest of the bullet.
        disposition: who decides it: rules (``automated``), rules and a record (``partial``), a record (``evidence``).
        why: why this disposition.
        checklist_line: where it stands in the checklist; the order of items.
        frameworks: control ids by framework.
        evidence: the record that decides what rules cannot.
        reuses: rules of other items that this one relies on, too.
        rules: the item's own rules.
    """

    id: str
    section: str
    group: str
    title: str
    statement: str
    disposition: Disposition
    why: str
    checklist_line: int = 0
    frameworks: Frameworks = {}
    evidence: EvidenceSpec | None = None
    reuses: list[str] = []
    rules: list[RuleSpec] = []

    def frameworks_of(self, rule: RuleSpec) -> Frameworks:
        """The controls that ``rule`` is for: its own, else those of the item."""
        return self.frameworks if rule.frameworks is None else rule.frameworks


class GroupSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that holds several items.

    Args:
        items: the items, each as it would stand in a file of its own.
    """

    items: list[ItemSpec]


class ExtensionSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that adds rules to an item of another file, such as one of ours.

    Args:
        extends: id of the item.
        rules: the further rules.
    """

    extends: str
    rules: list[RuleSpec]


class RuleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an override replaces of a rule: the keys that are given, as :class:`RuleSpec` has them; the rest stays.

    ``null`` takes a key away that a rule can be without, such as ``check`` where ``require`` replaces it.
    """

    severity: Severity | UnsetType = UNSET
    resource: str | list[str] | UnsetType = UNSET
    message: str | UnsetType = UNSET
    core: bool | UnsetType = UNSET
    fix: str | UnsetType | None = UNSET
    why: str | UnsetType | None = UNSET
    source: str | list[str] | UnsetType = UNSET
    unless: Any = UNSET
    require: Any = UNSET
    check: str | UnsetType | None = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET
    peers: dict[str, list[str]] | UnsetType = UNSET
    frameworks: Frameworks | UnsetType = UNSET
    notes: str | UnsetType | None = UNSET
    examples: list[Example] | UnsetType = UNSET

    @property
    def given(self) -> dict[str, Any]:
        """The keys that the override gives, with their values."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if value is not UNSET}


class OverridesSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that changes rules of other files, such as ours, and says so.

    Args:
        overrides: rule name -> what is replaced.
    """

    overrides: dict[str, RuleChange]


class FolderSpec(msgspec.Struct):
    """What the rule files of a folder hold, each with the file's relative path."""

    items: list[tuple[str, ItemSpec]] = []
    extensions: list[tuple[str, ExtensionSpec]] = []
    overrides: list[tuple[str, OverridesSpec]] = []
