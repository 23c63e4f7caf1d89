"""Makes a class of every rule in the rule files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from inspect import isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

from readiness_pack.checklist import Checklist, ItemSpec, RulePlace, RuleSpec, load
from readiness_pack.errors import InputError
from readiness_pack.rules.comparisons import BadRule
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.rules.sources import importable_from_here
from readiness_pack.typed_yaml import nearest

CheckFunction = Callable[[Rule, Any], Verdicts]


def make_rule(
    item: ItemSpec, spec: RuleSpec, *, file: Path | None = None, ours: bool = False, base: type[Rule] = Rule
) -> type[Rule]:
    """The class of one rule.

    Args:
        item: the checklist item that the rule belongs to.
        spec: what the rule file says.
        file: the rule file, for errors.
        ours: whether it is one of the rules that ship with the package.
        base: the class that it is made from; what that one decides in Python stays where ``spec`` names no check.

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
        "frameworks": item.frameworks_of(spec),
        "unless": spec.unless,
        "require": spec.require,
        "aliases": tuple(spec.aliases),
    }
    if spec.check is not None:
        attributes["check"] = _caller(spec.check)
    made = type(spec.name, (base,), attributes)
    try:
        sample = made()
        sample._unless, sample._require  # noqa: B018  compiling them is the check
        if spec.check is not None and not ours:
            check_function(spec.check)
    except BadRule as problem:
        if file is None:
            raise InputError(f"rule {spec.name}: {problem}") from problem
        raise RulePlace(file, spec.name).error_at(str(problem)) from problem
    return made


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
    if not module_name or not all(part.isidentifier() for part in name.split(".")):
        raise BadRule(f"check: '{name}' is not module.function")
    try:
        module = _module(module_name)
    except (Exception, SystemExit) as error:
        hint = nearest(module_name, _modules())
        problem = f"{type(error).__name__}: {error}".splitlines()[0]
        raise BadRule(f"check: there is no check '{name}' ({problem}).{hint}") from error
    function: CheckFunction | None = getattr(module, function_name, None)
    if not callable(function):
        known = [key for key, value in vars(module).items() if isfunction(value) and not key.startswith("_")]
        raise BadRule(
            f"check: there is no check '{name}' (no function {function_name} in {module.__name__})."
            f"{nearest(function_name, known)}"
        )
    return function


_CHECKS = "readiness_pack.rules.checks"


def _module(name: str) -> ModuleType:
    """One of our modules of checks, else one of the user's."""
    if "." not in name:
        try:
            return import_module(f"{_CHECKS}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{_CHECKS}.{name}":
                raise
    with importable_from_here():
        return import_module(name)


def _modules() -> list[str]:
    from pkgutil import iter_modules

    return [module.name for module in iter_modules(import_module(_CHECKS).__path__)]


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
        name: make_rule(item, spec, file=checklist.file_of(name), ours=ours)
        for name, (item, spec) in checklist.rules.items()
    }


@cache
def built_in() -> dict[str, type[Rule]]:
    """Our own rules by name."""
    return make_rules(load(), ours=True)
