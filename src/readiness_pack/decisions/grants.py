"""Every decision to accept findings, wherever people wrote it down.

Waivers in the file and in code, acknowledgements of CDK, suppressions of cdk-nag and checkov for the same control.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

from readiness_pack.config import Config, WaiverSpec
from readiness_pack.decisions.names import PREFIX, Selector
from readiness_pack.errors import InputError
from readiness_pack.findings import Decision, Finding
from readiness_pack.peers import PeerIds
from readiness_pack.peers.details import is_meant
from readiness_pack.template import Assembly, Resource
from readiness_pack.template.records import PeerFinding

Origin = Literal["waiver", "code", "acknowledgement", "cdk-nag", "checkov", "baseline"]


@dataclass
class Grant:
    """One decision.

    Args:
        origin: where it was made.
        pattern: the rule, item or glob as it was written.
        rules: names of the rules that it stands for.
        scope: the resources as they were written, or the construct path at and below which it counts.
        covers: whether it is about a finding of one of ``rules``.
        decision: what findings carry.
        expires: the last day on which it counts.
        matched: the findings that it covered.
    """

    origin: Origin
    pattern: str
    rules: frozenset[str]
    scope: str
    covers: Callable[[Finding], bool]
    decision: Decision
    expires: date | None = None
    matched: list[Finding] = field(default_factory=list)

    def accepts(self, finding: Finding) -> bool:
        """Whether it is about the finding: where it is, and, of several that cdk-nag tells apart, which one."""
        return self.covers(finding) and is_meant(self.pattern.removeprefix(PREFIX), finding)

    @property
    def is_ours(self) -> bool:
        """Whether it was written for this tool, so that matching nothing is worth a word."""
        return self.origin in ("waiver", "code", "acknowledgement")

    def described(self) -> dict[str, Any]:
        """As JSON gives it."""
        return {
            "origin": self.origin,
            "rule": self.pattern,
            "resource": self.scope,
            "state": self.decision.state,
            "reason": self.decision.reason,
            "owner": self.decision.owner,
            "ticket": self.decision.ticket,
            "expires": self.decision.expires,
            "source": self.decision.source,
            "matches": [{"rule": finding.rule, "place": finding.place} for finding in self.matched],
        }


def grants_of(assembly: Assembly, config: Config, selector: Selector, peers: PeerIds, today: date) -> list[Grant]:
    """All decisions about ``assembly``, the most deliberate first.

    Raises:
        InputError: one names a rule or item that does not exist, or gives too short a reason.
    """
    grants = [_waiver(number, spec, config, selector, today) for number, spec in enumerate(config.waivers)]
    for path, data in assembly.waivers:
        grants.append(_in_code(path, data, config, selector, today))
    for path, acknowledged in assembly.acknowledgements:
        for id_, reason in acknowledged.items():
            grants += _acknowledged(path, id_, reason, selector, peers)
    for resource in assembly.all_resources:
        metadata = resource.raw.get("Metadata")
        if isinstance(metadata, dict):
            grants += _in_metadata(resource, metadata, peers)
    known = {(grant.pattern, grant.scope) for grant in grants}
    for one in assembly.peer_findings:
        grants += [grant for grant in _in_report(one, assembly, peers) if (grant.pattern, grant.scope) not in known]
    return grants


# Ours -----------------------------------------------------------------------------------------------------------------


def _waiver(number: int, spec: WaiverSpec, config: Config, selector: Selector, today: date) -> Grant:
    where = f"waivers[{number}]"
    problem = selector.problem(spec.rule)
    if problem:
        raise config.problem(f"{where}.rule: {problem}", "waivers", number, "rule")
    if len(spec.reason.strip()) < config.reason_length:
        text = f"{where}.reason: shorter than {config.reason_length} characters; say why it is acceptable"
        raise config.problem(text, "waivers", number, "reason")
    return Grant(
        "waiver",
        spec.rule,
        selector.names(spec.rule),
        spec.resource,
        lambda finding: _named(finding, spec.resource),
        _decision(spec, f"{config.source or 'configuration'} {where}", today),
        spec.expires,
    )


def _in_code(path: str, data: dict[str, Any], config: Config, selector: Selector, today: date) -> Grant:
    where = f"waive() on {path or 'the app'}"
    try:
        spec = msgspec.convert(data, WaiverSpec)
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {error}") from error
    problem = selector.problem(spec.rule)
    if problem:
        raise InputError(f"{where}: {problem}")
    if len(spec.reason.strip()) < config.reason_length:
        raise InputError(
            f"{where}: the reason is shorter than {config.reason_length} characters; say why it is acceptable"
        )
    below = _below(path)
    return Grant("code", spec.rule, selector.names(spec.rule), path, below, _decision(spec, where, today), spec.expires)


def _decision(spec: WaiverSpec, source: str, today: date) -> Decision:
    expired = spec.expires is not None and spec.expires < today
    expires = spec.expires.isoformat() if spec.expires else None
    return Decision("expired" if expired else "waived", spec.reason, spec.owner, spec.ticket, expires, source)


def _named(finding: Finding, resource: str) -> bool:
    """Whether a finding is about what a logical id, a construct path or a glob of either names."""
    if resource == "*":
        return True
    names = (finding.logical_id, finding.construct_path, f"{finding.stack}/{finding.logical_id}")
    return any(name is not None and fnmatchcase(name, resource) for name in names)


def _below(path: str) -> Callable[[Finding], bool]:
    """At the construct itself and below, never a sibling whose name starts alike."""
    start = f"{path}/"

    def covers(finding: Finding) -> bool:
        place = finding.construct_path
        return not path or (place is not None and (place == path or place.startswith(start)))

    return covers


def _acknowledged(path: str, id_: str, reason: str, selector: Selector, peers: PeerIds) -> Iterator[Grant]:
    source = f"acknowledgement on {path or 'the app'}"
    if id_.startswith(PREFIX) or selector.is_name(id_):
        problem = selector.problem(id_)
        if problem:
            raise InputError(f"{source}: {problem}")
        decision = Decision("acknowledged", reason, source=source)
        yield Grant("acknowledgement", id_, selector.names(id_), path, _below(path), decision)
        return
    if id_.lower().startswith(PREFIX.lower()):
        raise InputError(f"{source}: '{id_}' is spelled {PREFIX}{id_[len(PREFIX) :]}")
    names = peers.of(id_, "cdk-nag")
    if names:
        decision = Decision("acknowledged", reason, source=f"cdk-nag {id_} on {path or 'the app'}")
        yield Grant("cdk-nag", id_, names, path, _below(path), decision)


# Other tools' ---------------------------------------------------------------------------------------------------------


def _in_metadata(resource: Resource, metadata: dict[str, Any], peers: PeerIds) -> Iterator[Grant]:
    nag = metadata.get("cdk_nag")
    suppressions = nag.get("rules_to_suppress") if isinstance(nag, dict) else None
    for entry in suppressions if isinstance(suppressions, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            for id_ in _narrowed(entry["id"], entry.get("appliesTo")):
                yield from _foreign("cdk-nag", id_, entry.get("reason"), resource, peers)
    checkov = metadata.get("checkov")
    skips = checkov.get("skip") if isinstance(checkov, dict) else None
    for entry in skips if isinstance(skips, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            yield from _foreign("checkov", entry["id"], entry.get("comment"), resource, peers)


def _narrowed(id_: str, details: Any) -> list[str]:
    """The ids that a suppression is about: with details (``appliesTo``) those alone; patterns are not read."""
    if not isinstance(details, list):
        return [id_]
    return [f"{id_}[{detail}]" for detail in details if isinstance(detail, str)]


def _foreign(
    tool: Literal["cdk-nag", "checkov"],
    id_: str,
    reason: Any,
    resource: Resource,
    peers: PeerIds,
    where: str = "in Metadata",
) -> Iterator[Grant]:
    names = peers.of(id_, tool)
    if not names:
        return
    text = reason if isinstance(reason, str) else None
    stack, logical_id = resource.stack.name, resource.logical_id

    def covers(finding: Finding) -> bool:
        return finding.logical_id == logical_id and finding.stack == stack

    scope = resource.construct_path or f"{stack}/{logical_id}"
    yield Grant(tool, id_, names, scope, covers, Decision("acknowledged", text, source=f"{tool} {id_} {where}"))


def _in_report(one: PeerFinding, assembly: Assembly, peers: PeerIds) -> Iterator[Grant]:
    """What the other tool itself suppressed: in a comment of the template, or on its command line."""
    if one.accepted is None:
        return
    for stack in assembly.stacks:
        if stack.name == one.stack and one.logical_id in stack.resources:
            resource = stack.resources[one.logical_id]
            yield from _foreign(one.tool, one.id, one.accepted or None, resource, peers, "in its report")
