"""What an override makes of a rule: the keys that it gives replace those of the rule, the rest stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from readiness_pack.checklist import RuleChange, RulePlace, RuleSpec
from readiness_pack.checklist.validating import check_message
from readiness_pack.rules.parameters import mismatch
from readiness_pack.typed_yaml import nearest

DECIDING = ("resource", "unless", "require", "check")
_TESTED = (*DECIDING, "parameters", "message")
"""What examples of the rule test: where one of these is replaced, examples are to be given anew."""


def changed_spec(spec: RuleSpec, change: RuleChange, file: Path, *, python: bool = False) -> RuleSpec:
    """The rule ``spec`` as ``change`` has it.

    Args:
        spec: the rule that is overridden.
        change: what the override says.
        file: the file that says so.
        python: whether a method in Python decides, besides what ``spec`` says.

    Raises:
        InputError: a parameter is not one of the rule or of another type, nothing is left to decide, or a field of
            the message has nothing to fill it.
    """
    place = RulePlace(file, spec.name)
    given = change.given
    if "parameters" in given:
        given["parameters"] = _parameters(spec, given, place)
    if not set(given).isdisjoint(_TESTED):
        given.setdefault("examples", [])
    if "severity" in given:
        given.setdefault("core", True)  # whoever says that it is an error means it, in the standard profile, too
    changed = replace(spec, **given)
    if not python and changed.require is None and changed.check is None:
        raise place.error("nothing is left that decides; a rule needs 'require' or 'check'")
    if not python:  # a method fills fields of its own
        check_message(changed, place)
    return changed


def _parameters(spec: RuleSpec, given: dict[str, Any], place: RulePlace) -> dict[str, Any]:
    known = spec.parameter_specs
    found = dict(spec.parameters)
    for name, value in given["parameters"].items():
        documented = isinstance(value, dict) and set(value) == {"default", "about"}
        default = value["default"] if documented else value
        if name in known:
            problem = mismatch(known[name].default, default)
            if problem:
                raise place.error(f"parameters.{name}: {problem}", "parameters", name)
            found[name] = value if documented else {"default": value, "about": known[name].about}
        elif set(given).isdisjoint(DECIDING):
            text = f"parameters.{name}: the rule has no such parameter.{nearest(name, set(known))}"
            raise place.error(text, "parameters", name)
        else:
            found[name] = value
    return found
