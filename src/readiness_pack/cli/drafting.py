"""A rule file to start from: its text, with examples that are found by asking the rule itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from msgspec.structs import replace

from readiness_pack.checklist import Example, ItemSpec, RuleSpec
from readiness_pack.errors import InputError
from readiness_pack.example_runs import run_example
from readiness_pack.rules import Rule
from readiness_pack.rules.generator import make_rule
from readiness_pack.rules.matchers import OPERATORS
from readiness_pack.template.paths import parse

FILL_IN = "FILL IN"
MESSAGE = "{path} of {logical_id} is {value}."
"""What a rule about properties says; one about references has no path."""

_SOME = "SomeProperty"
_ABSENT = object()
_OTHER = "Other"
_REFERENCE = {"Ref": _OTHER}
_PLAIN: tuple[Any, ...] = ("example", True, False, 1, 0, ["example"], _ABSENT)


@dataclass(frozen=True)
class Draft:
    """A rule that is being written.

    Args:
        item: the item that it belongs to.
        spec: what is known of it; without ``require`` it is a form to fill in.
    """

    item: ItemSpec
    spec: RuleSpec

    @property
    def examples(self) -> list[Example]:
        """A passing and a failing example, as far as they can be found; each has been judged."""
        complete = self.spec if self.spec.require is not None else replace(self.spec, require={_SOME: "present"})
        rule = make_rule(self.item, complete)  # says what is wrong with it, also where nothing is to be tried
        if self.spec.require is None:
            return []
        good = next((one for one in self._subjects() if _gives(rule, self.spec, "pass", one)), None)
        bad = next((one for one in self._opposites(good) if _gives(rule, self.spec, "fail", one)), None)
        found = [] if good is None else [Example(pass_=good)]
        return found if bad is None else [*found, Example(fail=bad)]

    def _subjects(self) -> Iterator[dict[str, Any]]:
        """Resources that may satisfy the rule: for each condition a value that satisfies it alone."""
        chosen: list[tuple[str, Any]] = []
        for path, matcher in _conditions(self.spec.require):
            alone = RuleSpec(self.spec.name, "error", self.spec.resource, MESSAGE, require={path: matcher})
            rule = make_rule(self.item, alone)
            values = list(_values(matcher))
            fitting = (value for value in values if _gives(rule, alone, "pass", _subject(alone, [(path, value)])))
            chosen.append((path, next(fitting, _ABSENT)))
        yield _subject(self.spec, chosen)

    def _opposites(self, good: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
        yield {"Properties": {}}
        kept = [] if good is None else list(_conditions(self.spec.require))
        for path, matcher in _conditions(self.spec.require):
            others = [(other, next(_values(inner))) for other, inner in kept if other != path]
            yield from (_subject(self.spec, [*others, (path, value)]) for value in _values(matcher))

    def text(self, examples: list[Example]) -> str:
        """The rule file."""
        spec = self.spec
        open_ = spec.require is None
        lines = [
            f"# A rule of {self.item.id} {self.item.title}: {self.item.statement}",
            f"extends: {_flow(self.item.id)}",
            "rules:",
            f"  - name: {spec.name}",
            f"    severity: {spec.severity}",
            f"    resource: {_flow(spec.resource)}",
            f"    # why: {FILL_IN} why it matters",
            f"    # source: {FILL_IN} the page that states the facts the rule rests on",
        ]
        if spec.unless is not None:
            lines += ["    unless:", *_block(spec.unless, 6)]
        if open_:
            lines += [f"    require:  # {FILL_IN} what must hold, by property path", f"      {_SOME}: present"]
        else:
            lines += ["    require:", *_block(spec.require, 6)]
        lines += [
            f"    message: {_flow(spec.message)}",
            f"    # fix: {FILL_IN} the CDK Python to write",
            "    examples:",
            *self._example_lines("pass", "a resource that satisfies the rule", examples),
            *self._example_lines("fail", "a resource that does not", examples),
        ]
        return "\n".join(lines) + "\n"

    def _example_lines(self, verdict: str, meant: str, examples: list[Example]) -> list[str]:
        found = next((example for example in examples if example.verdict == verdict), None)
        if found is None:
            return [f"      # {FILL_IN} {meant}", f"      - {verdict}: {{Properties: {{}}}}"]
        head, *rest = _block({verdict: found.subject}, 8)
        return [f"      - {head.strip()}", *rest]


def message_for(require: Any) -> str:
    """The message of a rule, where nobody gave one."""
    return MESSAGE if require is None or any(_conditions(require)) else "{logical_id} is not as it should be."


def _gives(rule: type[Rule], spec: RuleSpec, verdict: str, subject: dict[str, Any]) -> bool:
    example = Example(pass_=subject) if verdict == "pass" else Example(fail=subject)
    try:
        return run_example(rule, spec, example).problem is None
    except InputError:
        return False


def _conditions(condition: Any) -> Iterator[tuple[str, Any]]:
    """The property paths of a condition with what is said of each, those of combined conditions, too."""
    if isinstance(condition, list):
        for part in condition:
            yield from _conditions(part)
    elif isinstance(condition, dict):
        for key, value in condition.items():
            if key in ("all_of", "any_of"):
                yield from _conditions(value)
            elif key not in ("not", "referred_by", "parameter"):
                yield key, value


def _values(matcher: Any) -> Iterator[Any]:
    """Values that may satisfy ``matcher`` or not, likely ones first."""
    yield from _likely(matcher)
    yield from _PLAIN


def _likely(matcher: Any) -> Iterator[Any]:
    if isinstance(matcher, bool):
        yield from (matcher, not matcher)
    elif isinstance(matcher, int | float):
        yield from (matcher, matcher + 1, matcher - 1)
    elif isinstance(matcher, str) and matcher not in ("absent", "present"):
        yield from (matcher, f"{matcher}-other")
    elif isinstance(matcher, list):
        for one in matcher:
            yield from _likely(one)
    elif isinstance(matcher, dict):
        for name, argument in matcher.items():
            yield from _for_operator(name, argument)


def _for_operator(name: str, argument: Any) -> Iterator[Any]:
    if name == "matches":
        text = re.sub(r"\\(.)", r"\1", str(argument)).strip("^$")
        yield from (text, f"{text}example", f"other-{text}")
    elif name == "refers_to":
        yield _REFERENCE
    elif name in ("each", "any", "none") and isinstance(argument, dict) and not set(argument) & OPERATORS:
        first = [(path, next(_values(inner))) for path, inner in _conditions(argument)]
        yield [_object(first)]
        for path, inner in _conditions(argument):
            yield from ([_object([*first, (path, value)])] for value in _values(inner))
    elif name in ("each", "any", "none"):
        yield from ([value] for value in _likely(argument))
    else:
        yield from _likely(argument)


def _subject(spec: RuleSpec, chosen: list[tuple[str, Any]]) -> dict[str, Any]:
    """The resource with these values; a whole template where it refers to another resource."""
    properties = [(path, value) for path, value in chosen if value is not _ABSENT and not path.startswith("@")]
    attributes = {path[1:]: value for path, value in chosen if value is not _ABSENT and path.startswith("@")}
    resource = {**attributes, "Properties": _object(properties)}
    if not any(value == _REFERENCE for _, value in properties):
        return resource
    types = [type_ for path, matcher in _conditions(spec.require) for type_ in _referred(matcher)]
    other = {"Type": types[0] if types else "AWS::CloudFormation::WaitConditionHandle"}
    return {"Resources": {"Subject": {"Type": spec.resource_types[0], **resource}, _OTHER: other}}


def _referred(matcher: Any) -> Iterator[str]:
    found = matcher.get("refers_to") if isinstance(matcher, dict) else None
    found = found.get("type") if isinstance(found, dict) else found
    yield from [found] if isinstance(found, str) else found or ()


def _object(chosen: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object that has each value at its path; ``[*]`` becomes a list of one element."""
    found: dict[str, Any] = {}
    for path, value in chosen:
        if value is not _ABSENT:
            _set(found, list(parse(path.replace("[*]", "[0]"))), value)
    return found


def _set(target: Any, steps: list[str | int], value: Any) -> None:
    *inner, last = steps
    for step, following in zip(inner, steps[1:], strict=True):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if not target:
                target.append(empty)
            target = target[0]
        else:
            target = target.setdefault(step, empty)
    if isinstance(last, int):
        target[:] = [value]
    else:
        target[last] = value


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("...").strip()


def _block(value: Any, indent: int) -> list[str]:
    text = yaml.safe_dump(value, sort_keys=False, width=100, allow_unicode=True)
    return [" " * indent + line for line in text.splitlines()]
