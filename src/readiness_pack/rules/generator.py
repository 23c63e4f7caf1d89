"""Makes a class of every rule in the rule files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from readiness_pack import typed_yaml
from readiness_pack.checklist import Checklist, ItemSpec, RuleSpec, load
from readiness_pack.errors import InputError
from readiness_pack.rules.comparisons import BadRule
from readiness_pack.rules.rule import Rule, Verdicts

CheckFunction = Callable[[Rule, Any], Verdicts]


def make_rule(item: ItemSpec, spec: RuleSpec, *, file: Path | None = None, ours: bool = False) -> type[Rule]:
    """The class of one rule.

    Args:
        item: the checklist item that the rule belongs to.
        spec: what the rule file says.
        file: the rule file, for errors.
        ours: whether it is one of the rules that ship with the package.

    Raises:
        InputError: the rule is not in the rule language, or names a check that does not exist.
    """
    attributes: dict[str, Any] = {
        "__doc__": _docstring(item, spec),
        "__module__": "readiness_pack.rules",
        "name": spec.name,
        "item": item.id,
        "severity": spec.severity,
        "core": bool(spec.core) if ours else spec.core is not False,
        "resource_types": spec.resource_types,
        "message": spec.message,
        "fix": spec.fix,
        "why": spec.why,
        "sources": spec.sources,
        "parameter_specs": spec.parameter_specs,
        "peers": spec.peers,
        "frameworks": item.frameworks if spec.frameworks is None else spec.frameworks,
        "unless": spec.unless,
        "require": spec.require,
    }
    if spec.check is not None:
        attributes["check"] = _caller(spec.check)
    made = type(spec.name, (Rule,), attributes)
    try:
        sample = made()
        sample._unless, sample._require  # noqa: B018  compiling them is the check
        if spec.check is not None and not ours:
            check_function(spec.check)
    except BadRule as problem:
        raise InputError(
            f"rule {spec.name}: {problem}", file=file, line=_line(item, spec, str(problem), file)
        ) from problem
    return made


def _line(item: ItemSpec, spec: RuleSpec, problem: str, file: Path | None) -> int | None:
    """The line of the key at fault: a problem begins with its path, or is about ``check``."""
    if file is None:
        return None
    number = next(index for index, rule in enumerate(item.rules) if rule.name == spec.name)
    key = next((key for key in ("unless", "require") if problem.startswith(key)), "check")
    return typed_yaml.line_of(file.read_text(encoding="utf-8-sig"), "rules", number, key)


def _caller(name: str) -> Callable[[Rule, Any], Verdicts]:
    """A method that imports its check when it is first asked: a run needs only the checks of the types it meets."""

    def check(self: Rule, resource: Any) -> Verdicts:
        return check_function(name)(self, resource)

    return check


@cache
def check_function(name: str) -> CheckFunction:
    """The function that ``check: name`` in a rule file means.

    Raises:
        BadRule: there is no such function.
    """
    module_name, _, function_name = name.rpartition(".")
    try:
        module = import_module(f"readiness_pack.rules.checks.{module_name}" if "." not in module_name else module_name)
        function: CheckFunction = getattr(module, function_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadRule(f"there is no check '{name}' ({error})") from error
    return function


def _docstring(item: ItemSpec, spec: RuleSpec) -> str:
    lines = [f"{item.title}: {item.statement} ({item.id})", "", spec.why or spec.message]
    parameters = spec.parameter_specs
    if parameters:
        lines += ["", "Args:"]
        lines += [
            f"    {name}: {parameter.about or 'no description'} Default {parameter.default!r}."
            for name, parameter in parameters.items()
        ]
    if spec.fix:
        lines += ["", "Fix:", f"    {spec.fix}"]
    return "\n".join(lines)


def make_rules(checklist: Checklist, *, ours: bool = False) -> dict[str, type[Rule]]:
    """The classes of all rules of ``checklist`` by name, in checklist order."""
    return {
        name: make_rule(item, spec, file=checklist.files[item.id], ours=ours)
        for name, (item, spec) in checklist.rules.items()
    }


@cache
def built_in() -> dict[str, type[Rule]]:
    """Our own rules by name."""
    return make_rules(load(), ours=True)
