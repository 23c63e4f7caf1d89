"""Asks every rule about every resource that it judges, and makes findings of the answers."""

from __future__ import annotations

import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import Any

import msgspec

from readiness_pack import redaction
from readiness_pack.findings import SEVERITIES, Finding, Location, Pass, Tally, ToolError
from readiness_pack.forking import Apart, processes
from readiness_pack.redaction import redacted, redacted_value, shortened
from readiness_pack.rules import ANY, APP, Outcome, Rule
from readiness_pack.template import Assembly, Resource
from readiness_pack.template.paths import any_index, pointer
from readiness_pack.verdicts import judge

_WORTH_A_PROCESS = 400
"""From how many resources on a process of their own is worth what it costs to start it."""

_Told = tuple[list[Finding], list[ToolError], list[Pass], dict[str, Tally], dict[str, list[str]]]

_FOUND = ("fail", "unknown")
"""Verdicts that make a finding."""


class Judging:
    """One evaluation under way.

    Args:
        assembly: the app.
        rules: the rules to ask.
        keep_passes: whether ``passes`` lists what passes; otherwise passes are counted only.
    """

    def __init__(self, assembly: Assembly, rules: list[Rule], keep_passes: bool = False) -> None:
        self.assembly = assembly
        self.findings: list[Finding] = []
        self.errors: list[ToolError] = []
        self.passes: list[Pass] = []
        self._keep_passes = keep_passes
        self.tallies: dict[str, Tally] = {rule.name: Tally() for rule in rules}
        self._fingerprints: dict[str, int] = defaultdict(int)
        self.former: dict[str, list[str]] = {}
        """Fingerprint of a finding -> those that it has under old names of its rule."""
        self._by_type: Mapping[str, list[Rule]] = defaultdict(list)
        self._for_all: list[Rule] = []
        self._for_app: list[Rule] = []
        for rule in rules:
            for type_ in _once_each(rule.resource_types):
                group = self._for_app if type_ == APP else self._for_all if type_ == ANY else self._by_type[type_]
                group.append(rule)

    def judge(self, subjects: Iterable[Resource], whole_app: bool) -> None:
        """Ask every rule about ``subjects``, and about the app as a whole if ``whole_app``."""
        _ = self.assembly.graph  # built before rules read, so that plain values are known to be plain
        listed = subjects if isinstance(subjects, tuple) else ()
        number = processes(len(listed), _WORTH_A_PROCESS)
        if number > 1 and _differ(listed):
            self._share(listed, number)
        else:
            self._ask_about(subjects)
        for rule in self._for_app if whole_app else ():
            self._ask(rule, self.assembly)

    def _ask_about(self, subjects: Iterable[Resource]) -> None:
        for resource in subjects:
            for rule in self._by_type.get(resource.type, ()):
                self._ask(rule, resource)
            for rule in self._for_all:
                self._ask(rule, resource)

    # Several processes -----------------------------------------------------------------------------------------------

    def _share(self, subjects: tuple[Resource, ...], number: int) -> None:
        """Judge one part here and the others in copies of this process; the findings keep the order of ``subjects``."""
        size = -(-len(subjects) // number)
        first, *others = [subjects[start : start + size] for start in range(0, len(subjects), size)]
        started = time.monotonic()
        helpers: list[Apart | None] = []
        try:
            for part in others:
                helpers.append(None)
                with suppress(OSError):
                    helpers[-1] = Apart(partial(self._tell, part))
            self._ask_about(first)
            patience = 5 + 5 * (time.monotonic() - started)
            for part, helper in zip(others, helpers, strict=True):
                told = helper.result(patience) if helper else None
                self._ask_about(part) if told is None else self._take(told)
        finally:
            for helper in helpers:
                if helper:
                    helper.end()

    def _tell(self, subjects: tuple[Resource, ...]) -> bytes:
        self._ask_about(subjects)
        return msgspec.msgpack.encode((self.findings, self.errors, self.passes, self.tallies, self.former))

    def _take(self, told: bytes) -> None:
        findings, errors, passes, tallies, former = msgspec.msgpack.decode(told, type=_Told)
        self.former |= former
        self.findings += findings
        self.errors += errors
        self.passes += passes
        for name, tally in tallies.items():
            own = self.tallies[name]
            own.passed += tally.passed
            own.fail += tally.fail
            own.unknown += tally.unknown
            own.not_applicable += tally.not_applicable

    def _ask(self, rule: Rule, subject: Any) -> None:
        resource = subject if isinstance(subject, Resource) else None
        try:
            outcomes = judge(rule, subject)
            if len(outcomes) == 1 and outcomes[0].verdict not in _FOUND:
                self._note(rule, resource, outcomes[0].verdict)
                return
            if len(outcomes) > 1:  # a rule that says the same twice has found one thing
                outcomes = tuple({repr(outcome): outcome for outcome in outcomes}.values())
            findings = [self._finding(rule, resource, outcome) for outcome in outcomes if outcome.verdict in _FOUND]
        except (Exception, SystemExit) as error:
            self.errors.append(broken(rule, error, resource))
            return
        if self._keep_passes and all(outcome.verdict == "pass" for outcome in outcomes):
            self.passes.append(_passed(rule, resource))
        self.findings += findings
        tally = self.tallies[rule.name]
        for outcome in outcomes:
            if outcome.verdict == "fail":
                tally.fail += 1
            elif outcome.verdict == "unknown":
                tally.unknown += 1
            elif outcome.verdict == "pass":
                tally.passed += 1
            else:
                tally.not_applicable += 1

    def _note(self, rule: Rule, resource: Resource | None, verdict: str) -> None:
        """The common case: one answer, and nothing found."""
        tally = self.tallies[rule.name]
        if verdict == "pass":
            tally.passed += 1
            if self._keep_passes:
                self.passes.append(_passed(rule, resource))
        else:
            tally.not_applicable += 1

    def _finding(self, rule: Rule, resource: Resource | None, outcome: Outcome) -> Finding:
        location = resource.location(outcome.path or "") if resource else None
        severity = rule.severity if rule._one_severity else outcome.severity or rule.severity
        if severity not in SEVERITIES:
            raise ValueError(f"the severity {severity!r} is none of {', '.join(SEVERITIES)}")
        return Finding(
            rule=rule.name,
            item=rule.item,
            severity=severity,
            verdict="fail" if outcome.verdict == "fail" else "unknown",
            message=_message(rule, resource, outcome),
            fix=rule.fix,
            stack=resource.stack.name if resource else None,
            template=resource.stack.template_file if resource else None,
            logical_id=resource.logical_id if resource else None,
            resource_type=resource.type if resource else None,
            construct_path=resource.construct_path if resource else "",
            property_path=pointer(outcome.path) if outcome.path else None,
            location=Location(*location) if location else None,
            fingerprint=self._fingerprint(rule, resource, outcome),
            managed_by_cdk=bool(resource and resource.managed_by_cdk),
        )

    def _fingerprint(self, rule: Rule, resource: Resource | None, outcome: Outcome) -> str:
        """The identity of a problem: nothing in it moves when files, properties or unrelated things do."""
        detail = outcome.detail or (any_index(outcome.path) if outcome.path else "")
        place = _place(resource) if resource else ""
        key = "\0".join((rule.name, place, detail))
        self._fingerprints[key] += 1
        number = f"\0{self._fingerprints[key]}" if self._fingerprints[key] > 1 else ""
        found = _digest(key + number)
        if rule.aliases:
            self.former[found] = [_digest("\0".join((old, place, detail)) + number) for old in rule.aliases]
        return found


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _once_each(types: Iterable[str]) -> list[str]:
    """Resource types as they are asked about: each once, and none beside "every resource"."""
    found = list(dict.fromkeys(types))
    return [type_ for type_ in found if type_ in (ANY, APP)] if ANY in found else found


def made(
    classes: Iterable[type[Rule]], parameters: Mapping[str, Any], facts: Mapping[str, Any], today: date
) -> tuple[list[Rule], list[ToolError]]:
    """The rules of ``classes`` with the parameters and facts of a run, and those that break before they are asked."""
    rules: list[Rule] = []
    errors: list[ToolError] = []
    for class_ in classes:
        try:
            rules.append(class_(parameters, facts, today))
        except (Exception, SystemExit) as error:
            errors.append(broken(class_, error))
    return rules, errors


def broken(rule: Rule | type[Rule], error: BaseException, resource: Resource | None = None) -> ToolError:
    """The tool error about a rule that raised, with the place in the code of whoever wrote it outside of this package.

    A rule that ends the process (``sys.exit``) is broken, too: it must not end the run with an exit code of its own.
    """
    ours = str(Path(__file__).parent)
    trace = extract_tb(error.__traceback__)
    frames = [frame for frame in trace if not frame.filename.startswith(ours)] or trace[-1:]
    here = str(Path.cwd()) + os.sep
    place = f" ({frames[-1].filename.removeprefix(here)}:{frames[-1].lineno})" if frames else ""
    return ToolError(
        f"{redaction.of_error(error)}{place}",
        rule.name,
        resource.stack.name if resource else None,
        resource.logical_id if resource else None,
    )


def _differ(subjects: tuple[Resource, ...]) -> bool:
    """Whether no two of ``subjects`` are in the same place; those that are need one process, which numbers them."""
    return len({_place(resource) for resource in subjects}) == len(subjects)


def _place(resource: Resource) -> str:
    return resource.construct_path or f"{resource.stack.name}/{resource.logical_id}"


def _passed(rule: Rule, resource: Resource | None) -> Pass:
    if resource is None:
        return Pass(rule.name, None, None, "")
    return Pass(rule.name, resource.stack.name, resource.logical_id, resource.construct_path)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _message(rule: Rule, resource: Resource | None, outcome: Outcome) -> str:
    fields: dict[str, Any] = {**rule.parameters}
    if resource is not None:
        fields |= {"logical_id": resource.logical_id, "resource_type": resource.type}
    fields |= {"value": "not set", "path": outcome.path}
    fields |= {name: _spelled(value, name, outcome.path) for name, value in outcome.fields.items()}
    if outcome.verdict == "unknown":
        subject = resource.logical_id if resource else "the app"
        place = f" ({outcome.path})" if outcome.path else ""
        reason = shortened(redacted(outcome.reason or ""))
        text = f"Whether {subject} satisfies {rule.name} cannot be decided{place}: {reason}."
    elif outcome.message:
        text = redacted(outcome.message.format_map(_Blank(fields)))
    else:
        text = rule.message.format_map(_Blank(fields))
    return f"{text.rstrip('.')}, when {outcome.when}." if outcome.when else text


def _spelled(value: Any, name: str, path: str | None) -> Any:
    """A value that a message quotes: short, and unreadable where it looks like a secret."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return value
    return shortened(redacted_value(str(value), path if name == "value" else None))
