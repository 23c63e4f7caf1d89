"""Checks on the app as a whole: what protects its stacks, and whether its environments are alike."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from readiness_pack import __version__, reading
from readiness_pack.errors import InputError
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Stack
from readiness_pack.template.records import REPORT

# Termination protection ----------------------------------------------------------------------------------------------


def termination_protected(rule: Rule, assembly: Assembly) -> Verdicts:
    """CloudFormation refuses to delete a stack until somebody says so twice."""
    del rule
    stacks = [stack for stack in assembly.stacks if stack.parent is None and stack.termination_protection is not None]
    found = [fail(detail=stack.name, stack=stack.name) for stack in stacks if not stack.termination_protection]
    return found or (PASS if stacks else NOT_APPLICABLE)


# Environments of the same shape --------------------------------------------------------------------------------------

_WORDS = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_SHOWN = 4
_LEFT_OUT = frozenset({"AWS::CDK::Metadata"})
_NOT_COMPARED = frozenset({"TemplateURL"})  # a nested stack is compared by what it holds; this only names the file


def same_shape(rule: Rule, assembly: Assembly) -> Verdicts:
    """The stacks of one environment hold what those of another hold."""
    groups: dict[str, dict[str, Stack]] = defaultdict(dict)
    for stack in assembly.stacks:
        environment, name = _place(stack, rule["environment_names"])
        if environment:
            groups[name].setdefault(environment, stack)
    found: list[Outcome] = []
    pairs = 0
    for name, stacks in groups.items():
        (_, first), *others = stacks.items()
        for environment, other in others:
            pairs += 1
            differences = list(_differences(rule, first, other))
            if differences:
                shown = "; ".join(differences[:_SHOWN])
                more = f"; and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
                found.append(
                    fail(detail=f"{name} {environment}", stack=other.name, like=first.name, differences=shown + more)
                )
    return found or (PASS if pairs else NOT_APPLICABLE)


def _place(stack: Stack, environments: list[str]) -> tuple[str, str]:
    """The environment of a stack and its name without it; ``("", ...)`` where it names none.

    The Stage is the environment; without Stages it is a word of the stack's name, such as ``Prod`` in ``ShopProd``.
    """
    if stack.stage:
        return stack.stage, stack.name.removeprefix(f"{stack.stage}/")
    words = _WORDS.split(stack.name)
    known = {name.lower() for name in environments}
    marks = [word for word in words if word.lower() in known]
    return "-".join(marks), "-".join(word for word in words if word.lower() not in known)


def _differences(rule: Rule, first: Stack, other: Stack) -> Iterator[str]:
    here, there = _shape(first), _shape(other)
    marks, other_marks = (_marks(stack, rule["environment_names"]) for stack in (first, other))
    for logical_id in [*here, *(one for one in there if one not in here)]:
        if logical_id not in there or logical_id not in here:
            owner, resource = (first, here[logical_id]) if logical_id in here else (other, there[logical_id])
            yield f"{resource.type.removeprefix('AWS::')} {logical_id} is only in {owner.name}"
            continue
        mine, its = here[logical_id], there[logical_id]
        if mine.type != its.type:
            yield f"{logical_id} is {mine.type} in {first.name} and {its.type} in {other.name}"
            continue
        left, right = _leaves(mine, marks), _leaves(its, other_marks)
        for path in dict.fromkeys([*left, *right]):
            if path in _NOT_COMPARED or _is_allowed(rule, path):
                continue
            if left.get(path) != right.get(path):
                yield f"{logical_id}.{path} differs"


def _shape(stack: Stack) -> dict[str, Resource]:
    return {key: resource for key, resource in stack.resources.items() if resource.type not in _LEFT_OUT}


def _is_allowed(rule: Rule, path: str) -> bool:
    """Whether environments may differ in a property: a pattern fits the path or one of its parts."""
    parts = [path, *path.split(".")]
    return any(fnmatchcase(part, pattern) for pattern in rule["parity_allowed_differences"] for part in parts)


def _leaves(resource: Resource, marks: re.Pattern[str]) -> dict[str, list[str]]:
    """The values of a declaration by their path, with what names the environment taken out.

    The elements of a list share a path, so that their order does not matter: constructs add to lists as they come.
    """
    found: dict[str, list[str]] = defaultdict(list)

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, part in value.items():
                is_function = key == "Ref" or key.startswith("Fn::")
                walk(part, path if is_function and path else f"{path}.{marks.sub('*', key)}".lstrip("."))
        elif isinstance(value, list):
            for part in value:
                walk(part, path)
        else:
            found[path].append(marks.sub("*", value) if isinstance(value, str) else json.dumps(value))

    walk(resource.properties, "")
    return {path: sorted(values) for path, values in found.items()}


def _marks(stack: Stack, environments: list[str]) -> re.Pattern[str]:
    """What stands for the environment in texts: Stage, stack, account, region, and words such as ``prod``."""
    stage = stack.stage.rpartition("/")[2]
    parts = {stage, stack.stack_name, stack.account, stack.region}
    # Logical ids of what crosses nested stacks hold whole paths.
    parts |= {path.replace("/", sign) for path in (stack.stage, stack.name) for sign in ("/", "-", "")}
    own = sorted((re.escape(part) for part in parts if part), key=len, reverse=True)
    words = "|".join(re.escape(name) for name in environments)
    return re.compile("|".join([*own, rf"(?<![A-Za-z0-9])(?i:{words})(?![A-Za-z0-9])"]))


# The pack itself -----------------------------------------------------------------------------------------------------


def pack_enabled(rule: Rule, assembly: Assembly) -> Verdicts:
    """At the last synthesis the pack judged every stack, by all rules."""
    if assembly.in_synthesis:
        return PASS
    file = assembly.files.get(REPORT)
    if file is None:
        if not rule["require_at_synthesis"] or "manifest.json" not in assembly.files:
            return NOT_APPLICABLE
        return fail(detail="absent", reason="no stack was judged when it was synthesized")
    try:
        report = msgspec.json.decode(reading.read(file, reading.MAX_REPORT), type=_Report)
    except (InputError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return fail(detail="broken", reason=f"{REPORT} is not what the pack writes")
    judged, rules, version = report.summary.stacks, report.summary.rules, report.tool.version
    found: list[Outcome] = []
    if judged < len(assembly.stacks):
        reason = f"only {judged} of {len(assembly.stacks)} stacks were judged when they were synthesized"
        found.append(fail(detail="stacks", reason=reason))
    wanted = _own_rules()
    if version == __version__ and rules < wanted:
        found.append(fail(detail="rules", reason=f"only {rules} of {wanted} rules were asked at synthesis"))
    return found or PASS


class _Summary(msgspec.Struct):
    stacks: int
    rules: int


class _Tool(msgspec.Struct):
    version: str


class _Report(msgspec.Struct):
    summary: _Summary
    tool: _Tool


def _own_rules() -> int:
    from readiness_pack.rules import built_in  # the rules know this module

    return len(built_in())
