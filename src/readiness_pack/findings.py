"""What an evaluation found: the one Report that every door and every rendering shares."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from readiness_pack.checklist import Severity
from readiness_pack.template.records import Records

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
State = Literal["open", "acknowledged", "waived", "baselined", "expired"]


class Location(msgspec.Struct, frozen=True):
    """A place in a file: the user's Python where CDK recorded it, else the template."""

    file: str
    line: int


class Decision(msgspec.Struct, frozen=True):
    """What people decided about a finding. Only ``open`` and ``expired`` ones count."""

    state: State = "open"
    reason: str | None = None
    owner: str | None = None
    ticket: str | None = None
    expires: str | None = None
    source: str | None = None

    @property
    def counts(self) -> bool:
        """Whether a finding with this decision still counts."""
        return self.state in ("open", "expired")


OPEN = Decision()


class Finding(msgspec.Struct, frozen=True):
    """One rule, one resource, one detail.

    Args:
        rule: name of the rule.
        item: id of the checklist item.
        severity: as the profile in force rates it.
        verdict: ``fail`` or ``unknown``.
        message: what is wrong with this resource.
        fix: the CDK Python to write.
        stack: construct path of the stack; ``None`` for the whole app.
        template: path of the template relative to what was judged.
        logical_id: of the resource; ``None`` for the whole app.
        resource_type: its CloudFormation type.
        construct_path: its construct path, ``""`` for the whole app, ``None`` where nothing tells it.
        property_path: ``Properties/RedrivePolicy/maxReceiveCount``.
        location: file and line.
        fingerprint: the same for the same problem, however the app is reordered.
        managed_by_cdk: whether CDK made the resource for its own purposes.
        decision: what people decided.
        environment: the environment of its stack, by readiness.yaml.
        counts: whether it fails the run.
        peers: other tools that found it, each with its id of the control: ``cdk-nag AwsSolutions-S1``.
    """

    rule: str
    item: str
    severity: Severity
    verdict: Literal["fail", "unknown"]
    message: str
    fix: str | None
    stack: str | None
    template: str | None
    logical_id: str | None
    resource_type: str | None
    construct_path: str | None
    property_path: str | None
    location: Location | None
    fingerprint: str
    managed_by_cdk: bool
    decision: Decision = OPEN
    environment: str = "prod"
    counts: bool = False
    peers: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """How a person finds the resource: its construct path, else stack and logical id."""
        return place_of(self.stack, self.logical_id, self.construct_path)


class Pass(NamedTuple):
    """One rule and one resource that passes it; ``stack`` and ``logical_id`` are ``None`` for the app as a whole."""

    rule: str
    stack: str | None
    logical_id: str | None
    construct_path: str | None

    @property
    def place(self) -> str:
        """As :attr:`Finding.place`."""
        return place_of(self.stack, self.logical_id, self.construct_path)


def place_of(stack: str | None, logical_id: str | None, construct_path: str | None) -> str:
    """How a person finds a resource: its construct path, else stack and logical id."""
    if construct_path:
        return construct_path
    return f"{stack}/{logical_id}" if logical_id else stack or "the app"


Status = Literal["met", "not met", "attested", "missing", "expired", "expiring", "waived", "not applicable", "unknown"]


class RecordResult(msgspec.Struct, frozen=True):
    """A record, tool report or sign-off that says something about an item.

    Args:
        statement: what it says.
        owner: who answers for it.
        date: of when it is.
        valid_until: the last day on which it counts.
        file: where it was read.
        line: 1-based line in ``file``.
        value: the figure that it states, with its ``unit``.
        tool: the tool that made it; ``None`` where a person wrote it.
        links: where more can be seen.
        counts: whether the item stands on it.
        problem: why it counts for nothing.
    """

    statement: str
    owner: str | None = None
    date: datetime.date | None = None
    valid_until: datetime.date | None = None
    file: str | None = None
    line: int | None = None
    value: float | None = None
    unit: str | None = None
    tool: str | None = None
    links: list[str] = []
    counts: bool = False
    problem: str | None = None


class PeerRule(msgspec.Struct, frozen=True):
    """A rule of another tool with findings that none of our rules has.

    Args:
        tool: ``cdk-nag`` or ``checkov``.
        item: id of the checklist item of its findings, ``OTHER`` where none of our rules is about the control.
        severity: as the tool rates it.
        text: what the tool says of it.
        source: its page about it.
        ours: names of our rules about the same control.
        ids: the ids under which the tool names it.
    """

    tool: str
    item: str
    severity: Severity
    text: str
    source: str | None
    ours: list[str]
    ids: list[str]


class ItemResult(msgspec.Struct, frozen=True):
    """Where a checklist item stands.

    Args:
        status: ``met`` (rules or a measured figure show it), ``not met``, ``attested`` (a record states it),
            ``missing`` (its record), ``expired``, ``expiring`` (still counts, but ends soon), ``waived`` (what is
            lacking is accepted for a while), ``not applicable`` or ``unknown``.
        why: the reason in a sentence.
        fail: how many open violations its rules have.
        unknown: how many answers are open.
        passed: how many resources pass.
        waived: how many violations somebody accepted.
        owner: the team that keeps its record.
        expires: the last day on which the status counts.
        records: what people and tools recorded about it, the newest first.
    """

    id: str
    title: str
    section: str
    group: str
    statement: str
    disposition: str
    status: Status
    why: str
    rules: list[str]
    fail: int = 0
    unknown: int = 0
    passed: int = 0
    waived: int = 0
    owner: str | None = None
    expires: datetime.date | None = None
    records: list[RecordResult] = []


class ToolError(msgspec.Struct, frozen=True):
    """A rule that broke, or a part of the input that no rule can judge. Never a green result."""

    message: str
    rule: str | None = None
    stack: str | None = None
    logical_id: str | None = None


class Tally(msgspec.Struct):
    """How often a rule gave each verdict."""

    passed: int = 0
    fail: int = 0
    unknown: int = 0
    not_applicable: int = 0


class Report(msgspec.Struct):
    """The result of an evaluation.

    Args:
        findings: every violation and every open answer, worst first, then in checklist order.
        items: where each checklist item stands.
        errors: rules that broke; any of them fails the run.
        tallies: verdicts per rule, all resources counted.
        resources: how many resources were judged.
        stacks: how many stacks they are in.
        on_cdk_managed: whether findings on CDK's own resources count.
        unused_decisions: decisions that matched nothing.
        decisions: every decision with what it matched.
        notes: what the reader should know about the run, such as files that were skipped.
        recorded: decisions above the stacks, which CDK itself writes down nowhere.
        passes: what passes, where it was asked for.
        peer_rules: names of findings that only another tool has -> what is known of them.
        peer_reports: files with results of another tool -> the numbers of those that are about what was judged.
        lowered: rules with violations that only the settings make hints (severity ``info``).
        former: fingerprint of a finding -> those that it has under old names of its rule.
    """

    findings: Sequence[Finding]
    items: list[ItemResult]
    errors: list[ToolError] = []
    tallies: dict[str, Tally] = {}
    resources: int = 0
    stacks: int = 0
    on_cdk_managed: Literal["report", "fail"] = "report"
    unused_decisions: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    notes: list[str] = []
    recorded: Records = msgspec.field(default_factory=Records)
    passes: list[Pass] = []
    peer_rules: dict[str, PeerRule] = {}
    peer_reports: dict[str, frozenset[int]] = {}
    lowered: list[str] = []
    former: dict[str, list[str]] = {}

    @property
    def open(self) -> list[Finding]:
        """The findings that nobody has decided about, without those on CDK's own resources where these do not count."""
        managed = self.on_cdk_managed == "fail"
        return [f for f in self.findings if f.decision.counts and (managed or not f.managed_by_cdk)]

    @property
    def failing(self) -> list[Finding]:
        """The findings that fail the run."""
        return [finding for finding in self.findings if finding.counts]

    @property
    def exit_code(self) -> int:
        """3 when the tool itself failed, 1 when findings count, else 0."""
        return 3 if self.errors else 1 if any(finding.counts for finding in self.findings) else 0
