"""Checks on tags."""

from __future__ import annotations

from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided
from readiness_pack.template.views.tags import tags


def required_tags_present(rule: Rule, resource: Resource) -> Verdicts:
    """Every required tag is there, is not empty and has an accepted value."""
    view = tags(resource)
    if not view.taggable:
        return NOT_APPLICABLE
    missing: list[str] = []
    found: list[Outcome] = []
    for key in rule["required_tags"]:
        try:
            problem = _problem(rule, key, view.get(key))
        except Undecided as undecided:
            found.append(unknown(undecided.reason, view.path, detail=key))
            continue
        if problem is None:
            continue
        if problem:
            found.append(fail(view.path, detail=key, reason=f"has an unusable tag: {problem}"))
        else:
            missing.append(key)
    if missing:
        # One finding for all that lack: the same person adds them in the same place.
        lacking = fail(view.path, detail="missing", reason=f"lacks the {_listed(missing)}")
        return [lacking, *(outcome for outcome in found if outcome.verdict == "fail")]
    return found or PASS


def _problem(rule: Rule, key: str, value: object) -> str | None:
    """``None`` where the tag is fine, ``""`` where it is missing, else what is wrong with it."""
    if value is None:
        return ""
    if value == "" or (isinstance(value, str) and not value.strip()):
        return f"tag {key} is empty"
    accepted = rule["allowed_tag_values"].get(key)
    if accepted is not None and value not in accepted:
        return f"tag {key} is {value}, not one of {', '.join(accepted)}"
    return None


def _listed(keys: list[str]) -> str:
    if len(keys) == 1:
        return f"tag {keys[0]}"
    return f"tags {', '.join(keys[:-1])} and {keys[-1]}"
