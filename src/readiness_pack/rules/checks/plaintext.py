"""Checks on places where whatever stands in them can be read: environment variables, user data, plain parameters."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

from readiness_pack.rules.checks.credentials import (
    is_harmless,
    is_no_echo,
    names_secret,
    origin_of,
    problem_with,
    shape_of,
)
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Reference, Resource, Stack, Text, Undecided, Unknown, Value, is_known
from readiness_pack.template.conditions import holds
from readiness_pack.template.intrinsics import resolve

# Environment variables -----------------------------------------------------------------------------------------------


def function_environment(rule: Rule, function: Resource) -> Verdicts:
    """No environment variable of a function is a credential."""
    if function.managed_by_cdk:
        return NOT_APPLICABLE
    path = "Environment.Variables"
    variables = function.get(path)
    if variables is None:
        return NOT_APPLICABLE
    if not isinstance(variables, dict):
        raise Undecided(variables.reason if isinstance(variables, Unknown) else "the variables are not an object")

    def judge(name: str) -> Outcome | None:
        problem = problem_with(rule, function, name, variables[name])
        return None if problem is None else fail(f"{path}.{name}", detail=name, variable=name, reason=problem)

    return judged(variables, judge) or PASS


_CONTAINERS = {
    "AWS::ECS::TaskDefinition": ("ContainerDefinitions[*]",),
    "AWS::Batch::JobDefinition": (
        "ContainerProperties",
        "EcsProperties.TaskProperties[*].Containers[*]",
        "NodeProperties.NodeRangeProperties[*].Container",
    ),
}


def container_environment(rule: Rule, definition: Resource) -> Verdicts:
    """No environment variable of a container is a credential; those come by ``Secrets``."""
    paths = [
        path for container in _CONTAINERS[definition.type] for path, _ in definition.each(f"{container}.Environment[*]")
    ]
    return _pairs(rule, definition, paths)


# The variables from which tools of AWS take long-lived keys.
_AWS_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def build_environment(rule: Rule, project: Resource) -> Verdicts:
    """No environment variable of a build is a credential in plain text."""
    paths = [path for path, _ in project.each("Environment.EnvironmentVariables[*]")]
    return _pairs(rule, project, paths)


def _pairs(rule: Rule, resource: Resource, paths: list[str]) -> Verdicts:
    """Judges variables that are given as objects of name and value."""
    if not paths:
        return NOT_APPLICABLE
    return judged(paths, lambda path: _pair(rule, resource, path)) or PASS


def _pair(rule: Rule, resource: Resource, path: str) -> Outcome | None:
    entry = resource.get(path)
    if not isinstance(entry, dict):
        raise Undecided(entry.reason if isinstance(entry, Unknown) else "the variable is not known")
    if entry.get("Type", "PLAINTEXT") != "PLAINTEXT":
        return None
    name = entry.get("Name")
    if not isinstance(name, str):
        raise Undecided(name.reason if isinstance(name, Unknown | Text) else "the name of a variable is not known")
    is_key = resource.type == "AWS::CodeBuild::Project" and name in _AWS_KEYS
    problem = "holds a key of AWS" if is_key else problem_with(rule, resource, name, entry.get("Value"))
    if problem is None:
        return None
    # A container is told by its name, where there are several.
    container = path.rpartition(".Environment")[0]
    label = resource.get(f"{container}.Name") if container else None
    detail = f"{label} {name}" if isinstance(label, str) else name
    return fail(f"{path}.Value", detail=detail, variable=name, reason=problem)


# User data -----------------------------------------------------------------------------------------------------------

_ASSIGNMENT = re.compile(
    r"""(?:^|[\s;&])(?:export\s+|set\s+|\$env:)?([A-Za-z_][\w.]*)\s*=\s*("[^"\n]*"|'[^'\n]*'|[^\s;"']+)""",
    re.MULTILINE,
)
_SECRET_ORIGINS = ("secretsmanager", "ssm-secure", "no-echo")
_OPEN_ASSIGNMENT = re.compile(r"([A-Za-z_][\w.]*)\s*=\s*[\"']?$")


def user_data(rule: Rule, instance: Resource) -> Verdicts:
    """The script that an instance runs at boot holds no credential."""
    path = "LaunchTemplateData.UserData" if instance.type == "AWS::EC2::LaunchTemplate" else "UserData"
    script = _script(instance, path)
    if script is None:
        return NOT_APPLICABLE
    if isinstance(script, Unknown) and origin_of(instance, script) not in _SECRET_ORIGINS:
        script.undecided()
    parts = script.parts if isinstance(script, Text) else (script,)
    found: dict[str, Outcome] = {}
    doubt: str | None = None
    before = ""
    for part in parts:
        if isinstance(part, str):
            for detail, reason in _written(rule, part):
                found.setdefault(detail, fail(path, detail=detail, reason=reason))
            before = part
            continue
        opened = _OPEN_ASSIGNMENT.search(before)
        name = opened[1] if opened is not None else ""
        try:
            problem = problem_with(rule, instance, name, part)
        except Undecided as undecided:
            doubt, problem = doubt or undecided.reason, None
        if problem is not None:
            detail = name or str(part)
            found.setdefault(detail, fail(path, detail=detail, reason=f"{name or 'it'} {problem}"))
        before = ""
    if not found and doubt is not None:
        raise Undecided(doubt)
    return list(found.values()) or PASS


def _script(instance: Resource, path: str) -> Value:
    """The decoded script, as far as it is known."""
    raw = instance.raw_at(path)
    while isinstance(raw, dict) and set(raw) == {"Fn::If"}:
        match raw["Fn::If"]:
            case [str(condition), yes, no]:
                raw = yes if holds(condition, instance.stack) else no
            case _:
                break
    if isinstance(raw, dict) and set(raw) == {"Fn::Base64"}:
        return resolve(raw["Fn::Base64"], instance.stack)
    value = instance.get(path)
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value


def _written(rule: Rule, text: str) -> Iterable[tuple[str, str]]:
    """The credentials in a piece of a script: ``(what tells it apart, what is wrong)``."""
    for line in text.splitlines():
        shape = shape_of(line.strip(), rule["min_entropy"])
        if shape is not None:
            yield shape, f"it holds {shape}"
    for name, quoted in _ASSIGNMENT.findall(text):
        value = quoted.strip("\"'")
        computed = not value or value[0] in "$`<{(%" or "$(" in value
        if not computed and names_secret(rule, name) and not is_harmless(value):
            yield name, f"the value of {name} is written in it"


# Parameters ----------------------------------------------------------------------------------------------------------


def plain_parameter(rule: Rule, parameter: Resource) -> Verdicts:
    """A parameter of Systems Manager that everybody can read holds no credential."""
    name, value = parameter.get("Name"), parameter.get("Value")
    # The end of the path says what it is: /token-service/url is an address.
    last = str(name).rsplit("/", 1)[-1] if isinstance(name, str | Text) else ""
    problem = problem_with(rule, parameter, last, value)
    if problem is not None:
        return fail("Value", reason=problem)
    if isinstance(name, Unknown) and isinstance(value, str) and not is_harmless(value):
        name.undecided()
    return PASS


_TEXT_TYPES = ("String", "CommaDelimitedList")


def template_parameters(rule: Rule, app: Assembly) -> Verdicts:
    """Parameters of templates that take a secret keep it out of sight and have no default."""
    found: list[Outcome] = []
    secrets = 0
    for stack in app.stacks:
        for name, spec in stack.parameters.items():
            if not isinstance(spec, dict) or not names_secret(rule, name) or spec.get("Type") not in _TEXT_TYPES:
                continue
            if _is_handed_down(stack, name):
                continue
            secrets += 1
            default = spec.get("Default")
            shown = isinstance(default, str) and not is_harmless(default)
            if not is_no_echo(spec):
                reason = "can be read by whoever may describe the stack (no NoEcho)"
            elif shown:
                reason = "has a default that stands in the template"
            else:
                continue
            found.append(fail(detail=f"{stack.name} {name}", parameter=name, stack=stack.name, reason=reason))
    return found or (PASS if secrets else NOT_APPLICABLE)


def _is_handed_down(stack: Stack, name: str) -> bool:
    """Whether a parent stack passes a reference: the CDK names such parameters after what they refer to."""
    if stack.parent is None:
        return False
    value = stack.parameter(name)
    return isinstance(value, Reference) or (isinstance(value, Text) and bool(value.references)) or not is_known(value)
