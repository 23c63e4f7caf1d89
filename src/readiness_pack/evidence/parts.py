"""The parts of a digest: everything that a judgement rests on, each with a name for people.

What counts, and what does not:

- Templates: all but ``Metadata`` of CDK itself (``aws:cdk:*``, ``aws:asset:*``: the CLI writes it, another way of
  synthesizing does not) and ``AWS::CDK::Metadata`` with its condition (usage statistics, which name library versions).
  The hash of an asset is in the properties that name it. Account, region, tags and termination protection count.
- Rules: what decides a verdict (never messages or fixes), the items they belong to, and the version of readiness-pack,
  which stands for the checks that are code. Modules of one's own are hashed without their comments.
- Decisions: settings that are not at their default, waivers, acknowledgements of what we judge by, the content of the
  baseline. What other tools found is no part: it follows from the templates, and is judged anew each time.
- Evidence: records, facts and the reports of tools.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from readiness_pack import __version__
from readiness_pack.config import Config, Settings
from readiness_pack.decisions import baseline
from readiness_pack.decisions.names import PREFIX
from readiness_pack.peers import PeerIds
from readiness_pack.rules import Rule

if TYPE_CHECKING:
    from readiness_pack.checklist import ItemSpec
    from readiness_pack.evidence.records import Evidence
    from readiness_pack.rules.rule_set import RuleSet
    from readiness_pack.template import Assembly, Stack

Parts = Iterator[tuple[str, Any]]
"""Name and content; the name begins with one word for the kind of part."""

_SECTIONS = {
    "Parameters": "parameter",
    "Mappings": "mapping",
    "Conditions": "condition",
    "Rules": "template rule",
    "Resources": "resource",
    "Outputs": "output",
}
_USAGE_STATISTICS = "AWS::CDK::Metadata"
_USAGE_CONDITION = "CDKMetadataAvailable"
_OF_THE_CLI = ("aws:cdk:", "aws:asset:")

# Settings that are hashed by what they lead to (rules, evidence, baseline, waivers, facts), or that decide nothing.
_ELSEWHERE = frozenset(("rules", "packages", "evidence", "baseline", "waivers", "facts", "show", "expiring_days"))


def parts(assembly: Assembly, rules: RuleSet, config: Config, evidence: Evidence) -> Parts:
    """Everything that the judgement of ``assembly`` rests on.

    Args:
        assembly: what was synthesized.
        rules: the rules of the run with their items.
        config: the settings in force.
        evidence: what was recorded.

    Raises:
        InputError: the baseline cannot be read.
    """
    decisions = _decisions(assembly, rules, config)
    return chain(_assembly(assembly), _rules(rules), decisions, _evidence(config, evidence))


def _assembly(assembly: Assembly) -> Parts:
    for stack in assembly.stacks:
        yield from _stack(stack)


def _stack(stack: Stack) -> Parts:
    name = f"stack {stack.name}"
    template = stack.declared
    rest = {key: value for key, value in template.items() if key not in _SECTIONS}
    if isinstance(rest.get("Metadata"), dict):
        rest["Metadata"] = _without_traces(rest["Metadata"])
    if not rest.get("Metadata"):
        rest.pop("Metadata", None)
    deployed = {
        "stack_name": stack.stack_name,
        "account": stack.account,
        "region": stack.region,
        "tags": stack.tags,
        "termination_protection": bool(stack.termination_protection),
    }
    yield name, {"template": rest, "deployed": deployed}
    for section, kind in _SECTIONS.items():
        for key, content in _entries(template.get(section), section):
            yield f"{name}, {kind} {key}", content


def _entries(section: Any, name: str) -> Iterator[tuple[str, Any]]:
    for key, content in section.items() if isinstance(section, dict) else ():
        if name == "Resources" and isinstance(content, dict):
            if content.get("Type") != _USAGE_STATISTICS:
                yield key, _resource(content)
        elif name != "Conditions" or key != _USAGE_CONDITION:
            yield key, content


def _resource(raw: dict[str, Any]) -> dict[str, Any]:
    """A declaration without what CDK's CLI adds to it; what it waits for has no order."""
    found = dict(raw)
    if isinstance(found.get("Metadata"), dict):
        found["Metadata"] = _without_traces(found["Metadata"])
        if not found["Metadata"]:
            del found["Metadata"]
    waits = found.get("DependsOn")
    if isinstance(waits, list) and all(isinstance(one, str) for one in waits):
        found["DependsOn"] = sorted(set(waits))
    elif isinstance(waits, str):
        found["DependsOn"] = [waits]
    return found


def _without_traces(metadata: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if not str(key).startswith(_OF_THE_CLI)}


def _rules(rules: RuleSet) -> Parts:
    yield f"readiness-pack {__version__}", __version__
    checks = {spec.name: spec.check for _, spec in rules.checklist.rules.values()}
    for name, made in rules.classes.items():
        yield f"rule {name}", _rule(made, checks.get(name))
    for item in rules.checklist.items:
        yield f"item {item.id}", _item(item)


def _rule(made: type[Rule], check: str | None) -> dict[str, Any]:
    own = [cls.__module__ for cls in made.__mro__ if not _is_ours(cls.__module__) and cls is not object]
    if check is not None and check.count(".") > 1:  # module.function is one of ours, package.module.function is not
        own.append(check.rpartition(".")[0])
    return {
        "item": made.item,
        "severity": made.severity,
        "core": made.core,
        "resource_types": made.resource_types,
        "parameters": {name: spec.default for name, spec in made.parameter_specs.items()},
        "unless": made.unless,
        "require": made.require,
        "check": check,
        "code": sorted({_code(module) for module in own}),
    }


def _is_ours(module: str) -> bool:
    return module.split(".", 1)[0] == __package__.split(".", 1)[0]


@cache
def _code(module: str) -> str:
    """The code of a module of one's own, without comments, formatting and docstrings."""
    loaded = sys.modules.get(module)
    file = getattr(loaded, "__file__", None)
    if file is None and loaded is None:
        spec = importlib.util.find_spec(module)
        file = spec.origin if spec else None
    try:
        tree = ast.parse(Path(file).read_bytes()) if file else None
    except (OSError, SyntaxError, ValueError):
        tree = None
    if tree is None:
        return f"no source of {module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _has_docstring(
            node
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _has_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return ast.get_docstring(node, clean=False) is not None


def _item(item: ItemSpec) -> dict[str, Any]:
    evidence = item.evidence
    return {
        "title": item.title,
        "statement": item.statement,
        "disposition": item.disposition,
        "reuses": sorted(item.reuses),
        "rules": sorted(rule.name for rule in item.rules),
        "record": evidence
        and {
            "artefact": evidence.artefact,
            "owner": evidence.owner,
            "valid_days": evidence.valid_days,
            "measure": evidence.measure and msgspec.to_builtins(evidence.measure),
        },
    }


def _decisions(assembly: Assembly, rules: RuleSet, config: Config) -> Parts:
    default = Settings()
    for name in Settings.__struct_fields__:
        value = getattr(config, name)
        if name not in _ELSEWHERE and value != getattr(default, name):
            yield f"setting {name}", msgspec.to_builtins(value)
    for waiver in config.waivers:
        yield f"waiver {waiver.rule} on {waiver.resource}", msgspec.to_builtins(waiver)
    for path, given in assembly.waivers:
        yield f"waiver {given.get('rule')} in code on {path or 'the app'}", given
    is_heard = _Heard(assembly, rules)
    for path, acknowledged in assembly.acknowledgements:
        for rule, reason in filter(is_heard, acknowledged.items()):
            yield f"acknowledgement {rule} on {path or 'the app'}", reason
    if config.baseline:
        yield "baseline", sorted(baseline.read(config.folder / config.baseline))


class _Heard:
    """Which acknowledgements are about what we judge by: CDK keeps those of every tool in one place."""

    def __init__(self, assembly: Assembly, rules: RuleSet) -> None:
        self._names = {*rules.classes, *rules.checklist.by_id}
        self._peers = PeerIds(rules.classes)
        self._found = {one.rule for one in assembly.peer_findings}

    def __call__(self, acknowledged: tuple[str, str]) -> bool:
        id_ = acknowledged[0]
        ours = id_.startswith(PREFIX) or id_ in self._names
        return ours or bool(self._peers.of(id_)) or any(rule in id_ for rule in self._found)


def _evidence(config: Config, evidence: Evidence) -> Parts:
    # Recorded facts may have been merged into the settings already; as there, the one that ends later counts.
    facts = dict(evidence.facts)
    facts.update(
        (name, fact) for name, fact in config.facts.items() if name not in facts or fact.until > facts[name].until
    )
    for name, fact in facts.items():
        yield f"fact {name}", msgspec.to_builtins(fact)
    for record in evidence.records:
        if record.item is not None:
            said = _said(record, "file", "line", "problem")
            yield f"record {record.item} of {record.date}", {**said, "counts": record.problem is None}
    for report in evidence.reports:
        name = report.file.replace("\\", "/").rsplit("/", 1)[-1]
        yield f"report {name} for {report.item}", _said(report, "file")


def _said(record: msgspec.Struct, *places: str) -> dict[str, Any]:
    """What a record says, without where it was read."""
    said: dict[str, Any] = msgspec.to_builtins(record)
    return {key: value for key, value in said.items() if key not in places}
