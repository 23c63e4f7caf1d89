"""Checks on KMS keys."""

from __future__ import annotations

from readiness_pack.rules.outcome import PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided
from readiness_pack.template.views.actions import is_public
from readiness_pack.template.views.policies import resource_statements


def key_policy_not_public(rule: Rule, key: Resource) -> Verdicts:
    """No statement of the key policy admits everybody without a condition that limits who that is."""
    del rule
    statements = resource_statements(key)
    doubt = statements.reason
    found: list[Outcome] = []
    for statement in statements.known:
        try:
            public = is_public(statement)
        except Undecided as undecided:
            doubt = doubt or undecided.reason
            continue
        if public:
            name = f"statement {statement.sid}" if isinstance(statement.sid, str) else statement.path.rsplit(".", 1)[-1]
            actions = ", ".join(map(str, statement.actions or ("anything but its NotAction",)))
            found.append(fail(statement.path, detail=f"{statement.sid} {actions}", actions=actions, statement=name))
    if not found and doubt is not None:
        return unknown(doubt, "KeyPolicy")
    return found or PASS
