"""What one rule says of one resource: its answers in every world that matters, combined."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from readiness_pack.redaction import redacted_value
from readiness_pack.rules import Outcome, Rule, unknown
from readiness_pack.template import Assembly, Resource, Undecided
from readiness_pack.template.worlds import Choice, Fork, TooManyWorlds, explore

Judged = tuple[Outcome, ...]


def judge(rule: Rule, subject: Resource | Assembly) -> Judged:
    """What ``rule`` says of ``subject``, over every combination of conditions and parameters that matters."""
    assembly = subject if isinstance(subject, Assembly) else subject.stack.assembly
    try:
        return _once(rule, subject, assembly)  # the common case: nothing is conditional
    except Fork:
        pass
    try:
        found = explore(assembly, lambda: _once(rule, subject, assembly), combine=_combined, impossible=_IMPOSSIBLE)
    except TooManyWorlds:
        return (unknown("it hangs on too many combinations of conditions and parameters"),)
    return found


def _once(rule: Rule, subject: Resource | Assembly, assembly: Assembly) -> Judged:
    assembly.consulted.clear()
    try:
        if isinstance(subject, Resource) and "Condition" in subject.raw and not subject.exists():
            return _IMPOSSIBLE
        outcomes = tuple(rule.judge(subject))
    except Undecided as undecided:
        outcomes = (unknown(undecided.reason),)
    return _labelled(outcomes, assembly) if assembly.world.facts else outcomes


_IMPOSSIBLE: Judged = (Outcome("not_applicable", reason="impossible"),)


def _labelled(outcomes: Judged, assembly: Assembly) -> Judged:
    """Say of each violation under which conditions it was found, in a world that assumes some."""
    if all(outcome.verdict != "fail" for outcome in outcomes):
        return outcomes
    names = {name: wanted for _, name, wanted in assembly.consulted}
    if not names:
        return outcomes
    when = " and ".join(f"{name} is {str(wanted).lower()}" for name, wanted in sorted(names.items()))
    return tuple(replace(o, when=when) if o.verdict == "fail" else o for o in outcomes)


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
    return tuple(replace(o, when=when if o.verdict == "fail" else None) for o in results[0])


def _over_parameter(choice: Choice, results: list[tuple[Any, Judged]]) -> Judged:
    """The default decides; an allowed value that would fail beside it makes it unknown; without one all must agree."""
    value, first = results[0]
    worst = _worst(first)
    if choice.has_default:
        if worst in ("fail", "unknown"):
            return first
        bad = next((other for other, judged in results[1:] if _worst(judged) in ("fail", "unknown")), None)
        if bad is None:
            return first
        return (unknown(f"{choice.about} may also be {_told(bad, choice)}, which does not satisfy it"),)
    differing = next((other for other, judged in results[1:] if _worst(judged) != worst), None)
    if differing is None:
        return first
    either = f"{_told(value, choice)} or {_told(differing, choice)}"
    return (unknown(f"{choice.about} has no default and may be {either}"),)


def _told(value: Any, choice: Choice) -> str:
    """A value of a parameter for a message, unless the parameter's name says that it is a secret."""
    return redacted_value(str(value), choice.about)
