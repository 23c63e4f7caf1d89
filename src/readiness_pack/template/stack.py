"""A stack: one template with its parameters, conditions and environment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from readiness_pack.template.conditions import MISSING, as_text
from readiness_pack.template.intrinsics import resolve
from readiness_pack.template.markers import UNKNOWN
from readiness_pack.template.resource import Resource
from readiness_pack.template.transforms import transformed
from readiness_pack.template.values import Unknown, Value
from readiness_pack.template.worlds import Choice, Fork, Key

if TYPE_CHECKING:
    from readiness_pack.template.assembly import Assembly
    from readiness_pack.template.metadata import ConstructMetadata
    from readiness_pack.template.source import Source

# As CDK's region-info module (lib/aws-entities.js) has them.
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
_URL_SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-eusc": "amazonaws.eu",
}


class Stack:
    """One template of the app.

    Args:
        name: construct path of the stack (``Prod/Eu/Shop``, nested ``Shop/Outer/Inner``), or the file name up to its
            first dot.
        template: the decoded template.
        assembly: the app it belongs to.
        template_file: path relative to what was given, as findings show it.
        source: the file behind it, for lines; ``None`` for templates given as data.
        stack_name: the CloudFormation name, where known.
        account: 12 digits where known.
        region: e.g. ``eu-west-1``, where known.
        construct_paths: logical id -> construct path, as CDK recorded it.
        parent: the ``AWS::CloudFormation::Stack`` that makes this a nested stack.
        stage: construct path of the Stage that it belongs to, ``""`` where there is none.
        metadata: what CDK recorded about its constructs.
    """

    def __init__(
        self,
        name: str,
        template: dict[str, Any],
        assembly: Assembly,
        *,
        template_file: str | None = None,
        source: Source | None = None,
        stack_name: str | None = None,
        account: str | None = None,
        region: str | None = None,
        construct_paths: dict[str, str] | None = None,
        parent: Resource | None = None,
        stage: str = "",
        metadata: ConstructMetadata | None = None,
    ) -> None:
        self.name = name
        self.template = template
        self.declared = template  # as it was given, whatever transforms make of it
        self.assembly = assembly
        self.template_file = template_file
        self.source = source
        self.stack_name = stack_name
        self.account = account
        self.region = region
        self.tags: dict[str, str] = {}  # tags of the stack itself; CloudFormation passes them on to what it creates
        self.parent = parent
        self.stage = stage
        self.metadata = metadata
        # Whether CloudFormation refuses to delete it; None where what was read does not say: a template alone.
        self.termination_protection: bool | None = None
        self.construct_paths = construct_paths or {}
        self.resources: dict[str, Resource] = {}
        self._read(template)
        transforms = transformed(template, self)
        # Transforms that were not run: what is said is about the template before them.
        self.macros = transforms.macros
        # Loops and includes that could not be written out: a line each, place and reason.
        self.unexpanded = transforms.unexpanded
        # Resources of which nothing can be said: (logical id, type, reason).
        self.untranslated = transforms.untranslated
        # Where resources stand in the file that are not written there themselves: those of loops and of SAM.
        self.origins = transforms.origins
        if transforms.template is not template:
            self.template = transforms.template
            self._read(self.template)
        self.resources = {
            logical_id: Resource(logical_id, raw, self, self._construct_path(logical_id, raw))
            for logical_id, raw in _section(self.template, "Resources").items()
            if isinstance(raw, dict) and isinstance(raw.get("Type"), str)
        }

    def _read(self, template: dict[str, Any]) -> None:
        self.parameters = _section(template, "Parameters")
        self.conditions = _section(template, "Conditions")
        self.mappings = _section(template, "Mappings")
        self.outputs = _section(template, "Outputs")

    def __repr__(self) -> str:
        return f"<Stack {self.name}>"

    def _construct_path(self, logical_id: str, raw: dict[str, Any]) -> str | None:
        metadata = raw.get("Metadata")
        path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
        return path if isinstance(path, str) else self.construct_paths.get(logical_id)

    # Symbols ---------------------------------------------------------------------------------------------------------

    def symbol(self, name: str) -> Key | str | None:
        """What ``Ref name`` stands for in a condition: its text where decided, the key of a parameter, or ``None``."""
        assembly = self.assembly
        if name.startswith("AWS::"):
            value = self.pseudo(name)
            return value if isinstance(value, str) else ("pseudo", name)
        if name not in self.parameters or name in self.resources:
            return None
        if name in assembly.assume.parameters:
            return as_text(assembly.assume.parameters[name])
        if self.parent is not None:
            given = self._given(name)
            if given is not MISSING:
                if isinstance(given, str | int | float | bool):
                    return as_text(given)
                if isinstance(given, dict) and set(given) == {"Ref"} and isinstance(given["Ref"], str):
                    return self.parent.stack.symbol(given["Ref"])
                return None
        return ("parameter", id(self), name)

    def _given(self, name: str) -> Any:
        """What the parent passes for parameter ``name``, as written."""
        if self.parent is None:
            return MISSING
        given = self.parent.properties.get("Parameters") if isinstance(self.parent.properties, dict) else None
        return given.get(name, MISSING) if isinstance(given, dict) else MISSING

    def resolve_for_condition(self, expression: Any) -> Value:
        """Like ``resolve``; a parameter's allowed values are then branches that all count."""
        try:
            return resolve(expression, self)
        except Fork as fork:
            raise Fork(replace(fork.choice, kind="condition")) from None

    # Values ----------------------------------------------------------------------------------------------------------

    def pseudo(self, name: str) -> Value:
        """A pseudo parameter, as far as the stack's environment tells it."""
        assumed = self.assembly.assume.parameters.get(name)
        if assumed is None:
            assumed = self.assembly.world.facts.get(("value", ("pseudo", name)))
        if assumed is not None:
            return assumed
        value: str | None = None
        region = self.region or self.assembly.assume.parameters.get("AWS::Region")
        if not isinstance(region, str):
            region = self.assembly.world.facts.get(("value", ("pseudo", "AWS::Region")))
        match name:
            case "AWS::Region":
                value = self.region
            case "AWS::AccountId":
                value = self.account
            case "AWS::StackName":
                value = self.stack_name
            case "AWS::Partition" if region:
                value = next((partition for start, partition in _PARTITIONS if region.startswith(start)), "aws")
            case "AWS::URLSuffix" if region:
                value = _URL_SUFFIXES.get(self.pseudo("AWS::Partition"))
            case "AWS::NotificationARNs":
                return Unknown("the notification topics are given at deployment", kind="pseudo", name=name)
        return (
            Unknown(f"{name} is not known: the stack names no environment", kind="pseudo", name=name)
            if value is None
            else value
        )

    def parameter(self, name: str) -> Value:
        """The value of parameter ``name`` in the world at hand.

        Raises:
            Fork: it may have several values.
        """
        spec = self.parameters.get(name)
        if isinstance(spec, dict) and UNKNOWN in spec:
            return resolve(spec, self)
        if not isinstance(spec, dict):
            return Unknown(f"nothing in this template is called {name}", kind="malformed", name=name)
        assembly = self.assembly
        if name in assembly.assume.parameters:
            return self._typed(assembly.assume.parameters[name], spec)
        given = self._given(name)
        if given is not MISSING and self.parent is not None:
            with assembly.guarded(("parameter", id(self), name), f"parameter {name} refers to itself") as loop:
                try:
                    return self._typed(resolve(given, self.parent.stack), spec) if loop is None else loop
                except RecursionError:
                    return Unknown(f"parameter {name} is nested too deep", kind="loop", name=name)
        return self._open(name, spec)

    def _open(self, name: str, spec: dict[str, Any]) -> Value:
        world = self.assembly.world
        symbol: Key = ("parameter", id(self), name)
        fact = world.facts.get(("value", symbol), MISSING)
        if fact is not MISSING:
            return self._typed(fact, spec)
        kind = spec.get("Type")
        default = spec.get("Default", MISSING)
        if isinstance(kind, str) and kind.startswith("AWS::SSM::Parameter::Value"):
            value = self.assembly.hand_overs.ssm_value(default, self) if isinstance(default, str) else None
            return (
                value
                if value is not None
                else Unknown(f"parameter {name} is read from SSM at deployment", kind="parameter", name=name)
            )
        excluded = world.excluded(symbol)
        has_default = isinstance(default, str | int | float | bool) and as_text(default) not in excluded
        allowed = spec.get("AllowedValues")
        options = [
            value
            for value in (allowed if isinstance(allowed, list) else ())
            if isinstance(value, str | int | float | bool) and as_text(value) not in excluded
        ]
        if has_default:
            options = [default, *(value for value in options if as_text(value) != as_text(default))]
        if len(options) == 1:
            return self._typed(options[0], spec)
        if not options:
            why = (
                f"parameter {name} has no default"
                if default is MISSING
                else f"parameter {name} is not {', '.join(sorted(excluded))}"
            )
            return Unknown(why, kind="parameter", name=name)
        facts = tuple((("value", symbol), option) for option in options)
        raise Fork(Choice("parameter", facts, f"parameter {name}", has_default))

    @staticmethod
    def _typed(value: Value, spec: dict[str, Any]) -> Value:
        kind = str(spec.get("Type", "String"))
        if isinstance(value, str) and (kind == "CommaDelimitedList" or kind.startswith("List<")):
            return [part.strip() for part in value.split(",")]
        return value


def _section(template: dict[str, Any], name: str) -> dict[str, Any]:
    section = template.get(name)
    return section if isinstance(section, dict) else {}
