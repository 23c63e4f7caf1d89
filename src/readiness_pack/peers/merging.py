"""One report of what our rules and other tools found."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from readiness_pack.findings import SEVERITIES, Finding, Location, PeerRule, ToolError
from readiness_pack.peers.ids import PeerIds, name_of
from readiness_pack.redaction import redacted
from readiness_pack.rules import ANY, APP, Rule
from readiness_pack.template import Assembly, Resource, Stack
from readiness_pack.template.records import PeerFinding

OTHER = "OTHER"
"""The item of findings that only another tool has, where no rule of ours is about the same control."""

SHOWN = 3
"""How many places a note names."""


@dataclass
class Merged:
    """What came of it.

    Args:
        findings: ours, those that other tools share marked, then what only other tools have.
        rules: name of each finding that only another tool has -> what is known of it.
        notes: where other tools find what satisfies our rule, and what was left out.
        ids: what the ids of other tools stand for.
    """

    findings: list[Finding]
    rules: dict[str, PeerRule] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    ids: PeerIds = field(default_factory=lambda: PeerIds({}))


def merge(
    assembly: Assembly,
    findings: Iterable[Finding],
    errors: Iterable[ToolError],
    rules: Mapping[str, type[Rule]],
    *,
    only: Callable[[Resource], bool] | None = None,
) -> Merged:
    """Put what other tools say of ``assembly`` beside what our rules found.

    Args:
        assembly: the app, with the findings of other tools.
        findings: those of our rules.
        errors: rules that broke, so that they decided nothing there.
        rules: the rules of the run by name.
        only: which resources are judged, all where not given.
    """
    ids = PeerIds(rules, assembly.records_above.packs)
    if not assembly.peer_findings:
        return Merged(list(findings), ids=ids)
    merging = _Merging(assembly, list(findings), errors, rules, ids)
    for control in _controls(assembly, merging.subject_of, only):
        merging.take(control)
    return merging.result()


@dataclass
class _Control:
    """One control of another tool on one resource, whatever the number of its packs that name it.

    Args:
        said: what they say, one entry an id.
        resource: the resource, ``None`` where the app has none there.
    """

    said: list[PeerFinding]
    resource: Resource | None

    @property
    def first(self) -> PeerFinding:
        return self.said[0]

    @property
    def ids(self) -> list[str]:
        """The ids without details, once each."""
        return list(dict.fromkeys(one.id for one in self.said))

    @property
    def place(self) -> str:
        """Construct path, else stack and logical id."""
        if self.resource is None:
            return self.first.construct_path or f"{self.first.stack}/{self.first.logical_id}"
        return self.resource.construct_path or f"{self.resource.stack.name}/{self.resource.logical_id}"


def _controls(
    assembly: Assembly,
    subject_of: Callable[[PeerFinding], Resource | None],
    only: Callable[[Resource], bool] | None,
) -> list[_Control]:
    found: dict[tuple[object, ...], _Control] = {}
    for one in assembly.peer_findings:
        resource = subject_of(one)
        if resource is None:
            if only is not None:
                continue  # it belongs to another part of the app
        elif only is not None and not only(resource):
            continue
        place = (resource.stack.name, resource.logical_id) if resource else (one.construct_path, one.logical_id)
        control = found.setdefault((one.tool, one.rule, one.detail, one.verdict, place), _Control([], resource))
        if all(one.id != known.id for known in control.said):
            control.said.append(one)
    return list(found.values())


class _Merging:
    """One merge under way."""

    def __init__(
        self,
        assembly: Assembly,
        findings: list[Finding],
        errors: Iterable[ToolError],
        rules: Mapping[str, type[Rule]],
        ids: PeerIds,
    ) -> None:
        self._findings = findings
        self._rules = rules
        self._ids = ids
        self._kept: list[Finding] = []
        self._peer_rules: dict[str, PeerRule] = {}
        self._also: dict[int, list[str]] = defaultdict(list)
        self._differences: dict[tuple[str, str, frozenset[str]], list[_Control]] = defaultdict(list)
        self._outdated: dict[str, int] = defaultdict(int)
        self._broken = {(error.rule, error.stack, error.logical_id) for error in errors}
        self._ours: dict[tuple[str, str | None, str | None], list[int]] = defaultdict(list)
        for number, finding in enumerate(findings):
            self._ours[finding.rule, finding.stack, finding.logical_id].append(number)
        self._by_id = {(r.stack.name, r.logical_id): r for r in reversed(assembly.all_resources)}
        self._by_path = {r.construct_path: r for r in reversed(assembly.all_resources) if r.construct_path}
        self._digests: dict[int, str | None] = {}

    def subject_of(self, one: PeerFinding) -> Resource | None:
        """The resource that a finding of another tool is about."""
        if one.logical_id is not None and one.stack is not None:
            return self._by_id.get((one.stack, one.logical_id))
        return self._by_path.get(one.construct_path or "")

    def take(self, control: _Control) -> None:
        """Merge one control with ours, note a difference, or keep it."""
        first, resource = control.first, control.resource
        if resource is not None and first.digest is not None and first.digest != self._digest(resource.stack):
            self._outdated[first.tool] += 1
            return
        names = frozenset[str]().union(*(self._ids.rules(one.tool, one.full_id) for one in control.said))
        shared = self._shared(names, control)
        if shared:
            for number in shared:
                self._know(control, self._findings[number].rule)
                if first.accepted is None:
                    self._also[number] += [f"{first.tool} {id_}" for id_ in control.ids]
        elif resource is not None and self._decided(names, resource):
            if first.verdict == "fail" and first.accepted is None:
                self._differences[first.tool, first.rule, names].append(control)
        else:
            self._keep(control, names)

    def result(self) -> Merged:
        findings = list(self._findings)
        for number, ids in self._also.items():
            peers = tuple(dict.fromkeys([*findings[number].peers, *ids]))
            text = findings[number].message.rstrip().removesuffix(".")
            findings[number] = replace(
                findings[number], peers=peers, message=f"{text}. Also found by {_listed(peers)}."
            )
        return Merged([*findings, *self._kept], self._peer_rules, self._notes(), self._ids)

    # Ours ------------------------------------------------------------------------------------------------------------

    def _places(self, name: str, resource: Resource | None) -> list[tuple[str, str | None, str | None]]:
        """Where a rule of ours speaks of ``resource``: on it, or on the app as a whole."""
        made = self._rules[name]
        found: list[tuple[str, str | None, str | None]] = []
        if resource is not None and (resource.type in made.resource_types or ANY in made.resource_types):
            found.append((name, resource.stack.name, resource.logical_id))
        if APP in made.resource_types:
            found.append((name, None, None))
        return found

    def _shared(self, names: Iterable[str], control: _Control) -> list[int]:
        """Our findings that say the same. An open answer of ours is none where the other tool is sure."""
        sure = control.first.verdict == "fail"
        return [
            number
            for name in sorted(names)
            for place in self._places(name, control.resource)
            for number in self._ours.get(place, ())
            if not sure or self._findings[number].verdict == "fail"
        ]

    def _decided(self, names: Iterable[str], resource: Resource) -> bool:
        """Whether rules of ours judged the resource and found nothing."""
        places = [place for name in names for place in self._places(name, resource)]
        return bool(places) and not any(
            place in self._ours or place in self._broken or (place[0], None, None) in self._broken for place in places
        )

    # What only the other tool has ------------------------------------------------------------------------------------

    def _keep(self, control: _Control, names: Iterable[str]) -> None:
        first, resource = control.first, control.resource
        name = name_of(first.tool, first.rule, self._rules)
        item = next((made.item for rule, made in self._rules.items() if rule in names), OTHER)
        severity = min((one.severity for one in control.said), key=SEVERITIES.index)
        key = "\0".join(("peer", first.tool, first.rule, control.place, first.detail or ""))
        location = resource.location("") if resource else None
        self._know(control, name)
        known = self._peer_rules.setdefault(
            name, PeerRule(first.tool, item, severity, first.message, first.source, sorted(names), [])
        )
        known.ids.extend(id_ for id_ in control.ids if id_ not in known.ids)
        self._kept.append(
            Finding(
                rule=name,
                item=item,
                severity=severity,
                verdict=first.verdict,
                message=redacted(_message(control)),
                fix=None,
                stack=resource.stack.name if resource else first.stack,
                template=resource.stack.template_file if resource else None,
                logical_id=resource.logical_id if resource else first.logical_id,
                resource_type=resource.type if resource else None,
                construct_path=resource.construct_path if resource else first.construct_path,
                property_path=None,
                location=Location(*location) if location else None,
                fingerprint=hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:20],
                managed_by_cdk=bool(resource and resource.managed_by_cdk),
                peers=tuple(f"{one.tool} {one.full_id}" for one in control.said),
            )
        )

    def _know(self, control: _Control, name: str) -> None:
        for one in control.said:
            self._ids.add(one.tool, one.id, name)

    def _digest(self, stack: Stack) -> str | None:
        if id(stack) not in self._digests:
            self._digests[id(stack)] = digest_of(stack)
        return self._digests[id(stack)]

    # Notes -----------------------------------------------------------------------------------------------------------

    def _notes(self) -> list[str]:
        found: list[str] = []
        for (tool, _, names), controls in self._differences.items():
            unique = list(dict.fromkeys(control.place for control in controls))
            ids = _listed(dict.fromkeys(f"{tool} {id_}" for control in controls for id_ in control.ids))
            more = f" and {len(unique) - SHOWN} more" if len(unique) > SHOWN else ""
            ours = " and ".join(sorted(names))
            place = "1 place" if len(unique) == 1 else f"{len(unique)} places"
            find, have = "find" if "," in ids else "finds", "have" if len(names) > 1 else "has"
            text = f"{ids} {find} fault with {place} where {ours} {have} no finding"
            found.append(f"{text}: {', '.join(unique[:SHOWN])}{more}")
        for tool, number in self._outdated.items():
            text = f"{number} {'finding' if number == 1 else 'findings'} of {tool} were left out"
            found.append(f"{text}: the templates have changed since; synthesize again")
        return found


def with_digests(found: Iterable[PeerFinding], assembly: Assembly) -> list[PeerFinding]:
    """``found`` with the digests of the templates that they are about, by which a later run recognises them."""
    stacks = {r.construct_path: r.stack for r in reversed(assembly.all_resources) if r.construct_path}
    digests = {id(stack): digest_of(stack) for stack in assembly.stacks}
    return [
        replace(one, digest=digests[id(stacks[one.construct_path])]) if one.construct_path in stacks else one
        for one in found
    ]


def digest_of(stack: Stack) -> str | None:
    """What tells the template of ``stack`` from a later one; ``None`` where it is no file."""
    return None if stack.source is None else hashlib.sha256(stack.source.data).hexdigest()[:16]


def _message(control: _Control) -> str:
    first = control.first
    text = " ".join(first.message.split()).rstrip(".") or first.rule
    return f"{text} ({_listed([f'{one.tool} {one.full_id}' for one in control.said])})."


def _listed(peers: Iterable[str]) -> str:
    """Ids of other tools, each tool named once.

    Example:
        >>> _listed(["cdk-nag AwsSolutions-S1", "cdk-nag HIPAA.Security-S3BucketLoggingEnabled", "checkov CKV_AWS_18"])
        'cdk-nag AwsSolutions-S1, HIPAA.Security-S3BucketLoggingEnabled, checkov CKV_AWS_18'
    """
    by_tool: dict[str, list[str]] = defaultdict(list)
    for peer in peers:
        tool, _, id_ = peer.partition(" ")
        by_tool[tool].append(id_)
    return ", ".join(f"{tool} {', '.join(ids)}" for tool, ids in by_tool.items())
