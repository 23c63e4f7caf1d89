"""Asks every rule about every resource that it judges, and makes findings of the answers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from readiness_pack.findings import Finding, Location, Pass, Tally, ToolError
from readiness_pack.rules import ANY, APP, Outcome, Rule
from readiness_pack.template import Assembly, Resource
from readiness_pack.template.paths import any_index, pointer
from readiness_pack.verdicts import judge


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
        self._by_type: Mapping[str, list[Rule]] = defaultdict(list)
        self._for_all: list[Rule] = []
        self._for_app: list[Rule] = []
        for rule in rules:
            for type_ in rule.resource_types:
                group = self._for_app if type_ == APP else self._for_all if type_ == ANY else self._by_type[type_]
                group.append(rule)

    def judge(self, subjects: Iterable[Resource], whole_app: bool) -> None:
        """Ask every rule about ``subjects``, and about the app as a whole if ``whole_app``."""
        _ = self.assembly.graph  # built before rules read, so that plain values are known to be plain
        for resource in subjects:
            for rule in self._by_type.get(resource.type, ()):
                self._ask(rule, resource)
            for rule in self._for_all:
                self._ask(rule, resource)
        for rule in self._for_app if whole_app else ():
            self._ask(rule, self.assembly)

    def _ask(self, rule: Rule, subject: Any) -> None:
        resource = subject if isinstance(subject, Resource) else None
        try:
            outcomes = judge(rule, subject)
        except Exception as error:
            self.errors.append(
                ToolError(
                    f"{type(error).__name__}: {error}",
                    rule.name,
                    resource.stack.name if resource else None,
                    resource.logical_id if resource else None,
                )
            )
            return
        if self._keep_passes and all(outcome.verdict == "pass" for outcome in outcomes):
            self.passes.append(_passed(rule, resource))
        tally = self.tallies[rule.name]
        for outcome in outcomes:
            if outcome.verdict == "fail":
                tally.fail += 1
            elif outcome.verdict == "unknown":
                tally.unknown += 1
            else:
                if outcome.verdict == "pass":
                    tally.passed += 1
                else:
                    tally.not_applicable += 1
                continue
            self.findings.append(self._finding(rule, resource, outcome))

    def _finding(self, rule: Rule, resource: Resource | None, outcome: Outcome) -> Finding:
        location = resource.location(outcome.path or "") if resource else None
        return Finding(
            rule=rule.name,
            item=rule.item,
            severity=outcome.severity or rule.severity,
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
        place = (resource.construct_path or f"{resource.stack.name}/{resource.logical_id}") if resource else ""
        key = "\0".join((rule.name, place, detail))
        self._fingerprints[key] += 1
        if self._fingerprints[key] > 1:
            key += f"\0{self._fingerprints[key]}"
        return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:20]


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
    fields |= {name: _spelled(value) for name, value in outcome.fields.items()}
    if outcome.verdict == "unknown":
        subject = resource.logical_id if resource else "the app"
        place = f" ({outcome.path})" if outcome.path else ""
        text = f"Whether {subject} satisfies {rule.name} cannot be decided{place}: {outcome.reason}."
    else:
        text = (outcome.message or rule.message).format_map(_Blank(fields))
    return f"{text.rstrip('.')}, when {outcome.when}." if outcome.when else text


def _spelled(value: Any) -> Any:
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else value
