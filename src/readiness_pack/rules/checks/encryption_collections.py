"""The check on OpenSearch Serverless collections: policies name them by patterns, in JSON."""

from __future__ import annotations

from dataclasses import dataclass

from readiness_pack.rules.outcome import PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Text, Undecided, Unknown, Value, as_flag, as_list
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.partial import Partial, once_a_world

_POLICY = "AWS::OpenSearchServerless::SecurityPolicy"


@dataclass(frozen=True, slots=True)
class _Covered:
    """A pattern of an encryption policy: ``collection/logs*``."""

    pattern: Value
    policy: Resource
    owned: Value
    key: Value

    @property
    def precision(self) -> tuple[bool, int]:
        """Policies that name more of a collection's name come before those that name less of it."""
        text = str(self.pattern)
        return not text.endswith("*"), len(text)


def collection(rule: Rule, collection: Resource) -> Verdicts:
    """A collection's own setting, else the policy that names it most precisely, gives a key of the customer's."""
    del rule
    if collection.get("EncryptionConfig.KmsKeyArn") is not None:
        return PASS
    if collection.flag("EncryptionConfig.AWSOwnedKey", default=False):
        return fail("EncryptionConfig.AWSOwnedKey", detail="key", reason="EncryptionConfig.AWSOwnedKey is true")
    assembly = collection.assembly
    covering = once_a_world(assembly, "encryption policies of collections", lambda: _patterns(assembly)).those(
        lambda covered: _names(covered.pattern, collection.get("Name"))
    )
    if not covering:  # raises where there may be more
        return fail("Name", detail="key", reason="no encryption policy covers it")
    best = max(covering.known, key=lambda covered: covered.precision)
    if covering.reason is not None and not best.precision[0]:
        raise Undecided(covering.reason)  # a policy that is not known may name it more precisely
    return _by_policy(best)


def _by_policy(covered: _Covered) -> Outcome:
    name = covered.policy.logical_id
    if as_flag(covered.owned):
        return fail("Name", detail="key", reason=f"encryption policy {name} says AWSOwnedKey")
    if covered.key is None:
        return fail("Name", detail="key", reason=f"encryption policy {name} names no key")
    if isinstance(covered.key, Unknown):
        covered.key.undecided()
    return PASS


def _patterns(assembly: Assembly) -> Partial[_Covered]:
    found: Partial[_Covered] = Partial()
    for policy in assembly.of_type(_POLICY):
        try:
            if policy.get("Type") == "encryption":
                _read(policy, found)
        except Undecided as undecided:
            found.lacking(undecided.reason)
    return found


def _read(policy: Resource, found: Partial[_Covered]) -> None:
    document = json_document(policy.get("Policy"))
    for rule in as_list(_object(document, policy).get("Rules")):
        for pattern in as_list(_object(rule, policy).get("Resource")):
            found.append(_Covered(pattern, policy, document.get("AWSOwnedKey"), document.get("KmsARN")))


def _object(value: Value, policy: Resource) -> dict[str, Value]:
    if isinstance(value, dict):
        return value
    raise Undecided(value.reason if isinstance(value, Unknown) else f"{policy.logical_id} is no encryption policy")


def _names(pattern: Value, name: Value) -> bool:
    """Whether a pattern with an optional ``*`` at its end names the collection."""
    wanted = f"collection/{name}"
    if isinstance(pattern, str) and isinstance(name, str):
        return wanted.startswith(pattern[:-1]) if pattern.endswith("*") else wanted == pattern
    if isinstance(pattern, Text) and "${?}" not in wanted and str(pattern) == wanted:
        return True  # both hang on the same parameter
    if isinstance(pattern, str) and pattern in ("*", "collection/*"):
        return True
    raise Undecided(
        f"whether the encryption policy for {pattern} names collection {name} is only known after deployment"
    )
