"""Which rule sees which resource, and what becomes of its verdicts."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .checklist import Checklist, load
from .config import Config
from .findings import SEVERITIES, Finding, Location, Report, Tally, ToolError
from .items import item_results
from .rules import ANY, APP, Outcome, Rule, built_in, unknown
from .template import Assembly, Assume, Resource, Undecided
from .template.paths import any_index, pointer
from .template.worlds import Choice, Fork, TooManyWorlds, explore

Judged = tuple[Outcome, ...]


def evaluate(
    assembly: Assembly,
    rules: Iterable[type[Rule]] | None = None,
    config: Config | None = None,
    *,
    checklist: Checklist | None = None,
    only: Callable[[Resource], bool] | None = None,
    whole_app: bool = True,
) -> Report:
    """Judge an app.

    Args:
        assembly: what was synthesized.
        rules: the rules to ask, ours where not given.
        config: settings, the defaults where not given.
        checklist: the items that the rules belong to, ours where not given.
        only: which resources are judged, all where not given; the others still count as partners of those.
        whole_app: whether rules about the app as a whole are asked.

    Returns:
        The report; a rule that breaks is an entry of ``errors`` there, and the others go on.

    Example:
        >>> from readiness_pack import Assembly, evaluate
        >>> app = Assembly.from_template({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}})
        >>> [f.rule for f in evaluate(app).findings if f.rule == "KmsKeyRotationEnabled"]
        ['KmsKeyRotationEnabled']
    """
    config = config or Config()
    checklist = checklist or load()
    if config.assumptions != Assume():
        assembly.take_as_given(config.assumptions)
    classes = list(built_in().values() if rules is None else rules)
    subjects = assembly.all_resources if only is None else tuple(filter(only, assembly.all_resources))
    run = _Run(assembly, [rule(config.parameters) for rule in classes])
    run.judge(subjects, whole_app)
    order = {rule.name: number for number, rule in enumerate(classes)}
    run.findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding.verdict != "fail", order[finding.rule]))
    report = Report(
        findings=run.findings,
        items=[],
        errors=run.errors,
        tallies=run.tallies,
        resources=len(subjects),
        stacks=len(assembly.stacks if only is None else {id(resource.stack) for resource in subjects}),
        fail_on=config.fail_on,
        on_unknown=config.on_unknown,
        on_cdk_managed=config.on_cdk_managed,
    )
    report.items = item_results(checklist, report)
    return report


class _Run:
    """One evaluation under way."""

    def __init__(self, assembly: Assembly, rules: list[Rule]) -> None:
        self.assembly = assembly
        self.findings: list[Finding] = []
        self.errors: list[ToolError] = []
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


# Worlds ----------------------------------------------------------------------------------------------------------------


def judge(rule: Rule, subject: Resource | Assembly) -> Judged:
    """What ``rule`` says of ``subject``, over every combination of conditions and parameters that matters."""
    assembly = subject if isinstance(subject, Assembly) else subject.assembly
    exists = subject.exists if isinstance(subject, Resource) else None

    def once() -> Judged:
        assembly.consulted.clear()
        try:
            if exists is not None and not exists():
                return _IMPOSSIBLE
            outcomes = tuple(rule.judge(subject))
        except Undecided as undecided:
            outcomes = (unknown(undecided.reason),)
        return _labelled(outcomes, assembly)

    try:
        return once()  # the common case: nothing is conditional
    except Fork:
        pass
    try:
        found = explore(assembly, once, combine=_combined, impossible=_IMPOSSIBLE)
    except TooManyWorlds:
        return (unknown("it hangs on too many combinations of conditions and parameters"),)
    return found


_IMPOSSIBLE: Judged = (Outcome("not_applicable", reason="impossible"),)


def _labelled(outcomes: Judged, assembly: Assembly) -> Judged:
    """Say of each violation under which conditions it was found."""
    if not assembly.world.facts or all(outcome.verdict != "fail" for outcome in outcomes):
        return outcomes
    names = {name: wanted for _, name, wanted in assembly.consulted}
    if not names:
        return outcomes
    when = " and ".join(f"{name} is {str(wanted).lower()}" for name, wanted in sorted(names.items()))
    return tuple(
        Outcome(o.verdict, o.path, o.message, o.reason, o.detail, o.severity, o.fields, when) if o.verdict == "fail" else o
        for o in outcomes
    )


def _combined(choice: Choice, results: list[tuple[Any, Judged]]) -> Judged:
    if choice.kind == "parameter":
        return _over_parameter(choice, results)
    return _over_condition([judged for _, judged in results])


def _worst(judged: Judged) -> str:
    verdicts = {outcome.verdict for outcome in judged}
    return next((verdict for verdict in ("fail", "unknown", "pass") if verdict in verdicts), "not_applicable")


def _over_condition(results: list[Judged]) -> Judged:
    """Every branch counts: one that fails is a failure, whatever the others say."""
    if len({id(judged) for judged in results}) == 1 or len(set(map(_identity, results))) == 1:
        return _unlabelled(results)
    by_verdict: dict[str, list[Judged]] = defaultdict(list)
    for judged in results:
        by_verdict[_worst(judged)].append(judged)
    for verdict in ("fail", "unknown", "pass"):
        if verdict in by_verdict:
            found = [outcome for judged in by_verdict[verdict] for outcome in judged if outcome.verdict == verdict]
            return tuple({(o.path, o.detail, o.message, o.reason): o for o in reversed(found)}.values())[::-1]
    return results[0]


def _identity(judged: Judged) -> tuple[Any, ...]:
    return tuple((o.verdict, o.path, o.detail, o.message, o.reason, o.severity) for o in judged)


def _unlabelled(results: list[Judged]) -> Judged:
    """What holds in every branch does not hang on the condition; only what all branches share stays in the label."""
    labels = [{part for o in judged if o.when for part in o.when.split(" and ")} for judged in results]
    shared = set.intersection(*labels) if labels else set()
    when = " and ".join(sorted(shared)) or None
    return tuple(Outcome(o.verdict, o.path, o.message, o.reason, o.detail, o.severity, o.fields, when if o.verdict == "fail" else None) for o in results[0])


def _over_parameter(choice: Choice, results: list[tuple[Any, Judged]]) -> Judged:
    """The default decides; an allowed value that would fail beside it makes it unknown. Without a default all must agree."""
    value, first = results[0]
    worst = _worst(first)
    if choice.has_default:
        if worst in ("fail", "unknown"):
            return first
        bad = next((other for other, judged in results[1:] if _worst(judged) in ("fail", "unknown")), None)
        return first if bad is None else (unknown(f"{choice.about} may also be {bad}, which does not satisfy it"),)
    differing = next((other for other, judged in results[1:] if _worst(judged) != worst), None)
    return first if differing is None else (unknown(f"{choice.about} has no default and may be {value} or {differing}"),)
