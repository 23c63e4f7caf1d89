"""What happens to a template before its resources are made: loops, AWS SAM, other macros.

CloudFormation runs ``AWS::LanguageExtensions`` and ``AWS::Serverless-2016-10-31`` on the whole template. Both are done
here as far as their documentation says what they give. Other macros are somebody's code; their names are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from readiness_pack.template import sam
from readiness_pack.template.foreach import LOOP, Loops, has_loops
from readiness_pack.template.intrinsics import resolve
from readiness_pack.template.markers import UNKNOWN
from readiness_pack.template.values import Undecided, Unknown
from readiness_pack.template.worlds import Fork

if TYPE_CHECKING:
    from readiness_pack.template.stack import Stack

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"

# What a collection may be made of; the functions that need other stacks are not known yet when loops are written out.
_COLLECTION_FUNCTIONS = frozenset(("Ref", "Fn::FindInMap", "Fn::Split", "Fn::Select", "Fn::Join", "Fn::Sub"))


@dataclass(slots=True)
class Transformed:
    """A template after its transforms.

    Args:
        template: what is left to read.
        macros: transforms that were not run, by name.
        unexpanded: loops and includes that could not be written out, a line each with place and reason.
        untranslated: (logical id, type, reason) of resources that nobody can say anything about.
        origins: logical id -> where in the file it comes from, for resources that are not written there themselves.
    """

    template: dict[str, Any]
    macros: list[str] = field(default_factory=list)
    unexpanded: list[str] = field(default_factory=list)
    untranslated: list[tuple[str, str, str]] = field(default_factory=list)
    origins: dict[str, tuple[str, ...]] = field(default_factory=dict)


def transformed(template: dict[str, Any], stack: Stack) -> Transformed:
    """``template`` as CloudFormation would have it after the transforms that it names."""
    result = Transformed(template)
    names = transform_names(template.get("Transform"))
    resources = template.get("Resources")
    if not isinstance(resources, dict):
        return result
    if _may_hold_loops(template, names, stack):
        _write_out_loops(result, LANGUAGE_EXTENSIONS in names, stack)
    if sam.TRANSFORM in names:
        _translate(result)
    result.macros += [name for name in names if name not in (LANGUAGE_EXTENSIONS, sam.TRANSFORM)]
    _note_what_is_no_resource(result)
    return result


def transform_names(transform: Any) -> list[str]:
    """The names in a ``Transform`` section, whatever its form.

    Example:
        >>> transform_names(["AWS::Serverless-2016-10-31", {"Name": "AWS::Include", "Parameters": {"Location": "x"}}])
        ['AWS::Serverless-2016-10-31', 'AWS::Include']
    """
    names = [
        one.get("Name") if isinstance(one, dict) else one
        for one in (transform if isinstance(transform, list) else [transform])
    ]
    return [name for name in names if isinstance(name, str)]


def _may_hold_loops(template: dict[str, Any], names: list[str], stack: Stack) -> bool:
    if LANGUAGE_EXTENSIONS in names:
        return True
    if stack.source is not None:
        return LOOP.encode() in stack.source.data
    return has_loops(template)


def _write_out_loops(result: Transformed, allowed: bool, stack: Stack) -> None:
    why_not = None if allowed else f"loops need Transform: {LANGUAGE_EXTENSIONS}"
    loops = Loops(lambda collection: _elements(collection, stack), why_not)
    result.template = loops.expand(result.template)
    result.unexpanded += loops.unexpanded
    result.origins.update(loops.origins)


def _elements(collection: Any, stack: Stack) -> list[Any] | str:
    """The elements of a loop's collection, or why they are not known."""
    foreign = _foreign_function(collection)
    if foreign is not None:
        return f"its collection uses {foreign}"
    try:
        value = resolve(collection, stack)
    except Fork as fork:  # a parameter with a default and allowed values: a loop is written out once, for the default
        if not fork.choice.has_default:
            return f"{fork.choice.about} has no default"
        value = fork.choice.options[0][1]
        value = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    except Undecided as undecided:
        return undecided.reason
    if isinstance(value, Unknown):
        return value.reason
    if not isinstance(value, list):
        return "its collection is not a list"
    unknown = next((part for part in value if not isinstance(part, str | int | float | bool)), None)
    if unknown is not None:
        return unknown.reason if isinstance(unknown, Unknown) else "its collection holds something that is no text"
    return value


def _foreign_function(value: Any) -> str | None:
    if isinstance(value, dict):
        for key, part in value.items():
            if (key.startswith("Fn::") and key not in _COLLECTION_FUNCTIONS) or (found := _foreign_function(part)):
                return key if key.startswith("Fn::") and key not in _COLLECTION_FUNCTIONS else found
    elif isinstance(value, list):
        return next((found for part in value if (found := _foreign_function(part))), None)
    elif isinstance(value, str) and "{{resolve:" in value:
        return "a dynamic reference"
    return None


def _translate(result: Transformed) -> None:
    translation = sam.translate(result.template)
    result.template = translation.template
    result.untranslated += translation.untranslated
    for made, origin in translation.origins.items():
        if made != origin:
            result.origins[made] = result.origins.get(origin, ("Resources", origin))


def _note_what_is_no_resource(result: Transformed) -> None:
    """Included templates and logical ids that are given twice are no resources, and must not be lost."""
    for logical_id, raw in result.template.get("Resources", {}).items():
        if logical_id == "Fn::Transform":
            names = transform_names(raw)
            result.macros += names
            result.unexpanded.append(
                f"Resources.Fn::Transform: only {names[0] if names else 'a macro'} says which resources it makes"
            )
        elif logical_id.startswith(LOOP) and not any(
            line.startswith(f"Resources.{logical_id}:") for line in result.unexpanded
        ):
            result.unexpanded.append(f"Resources.{logical_id}: it could not be written out")
        elif isinstance(raw, dict) and UNKNOWN in raw and not isinstance(raw.get("Type"), str):
            result.untranslated.append((logical_id, "", str(raw[UNKNOWN])))
