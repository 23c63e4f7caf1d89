"""What a CDK door leaves behind for later runs: what the user recorded about findings, and what other tools found."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from readiness_pack import reading
from readiness_pack.errors import InputError

WAIVER = "readiness:waiver"
"""Type of the construct metadata that ``waive`` writes."""

REPORT = "readiness-report.json"
"""The file in cdk.out that the CDK doors write; it carries what CDK itself writes nowhere."""


class PeerFinding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What another tool says of one resource.

    Args:
        tool: who says it.
        id: its id of the control, such as ``AwsSolutions-S1`` or ``CKV_AWS_18``, without a detail.
        rule: its name of the rule, the same in every pack of cdk-nag: ``S3BucketServerAccessLogsEnabled``.
        message: its words.
        severity: as it rates the control.
        verdict: ``unknown`` where it could not decide.
        detail: which of several things on the resource it means: ``Action::s3:*``.
        construct_path: of the resource, where stack and logical id are not known.
        stack: name of the stack.
        logical_id: of the resource.
        accepted: the reason for which it is suppressed, ``None`` where it is not.
        source: the page about the control.
        digest: of the template that it is about, so that a later template is not taken for it.
    """

    tool: Literal["cdk-nag", "checkov"]
    id: str
    rule: str
    message: str
    severity: Literal["error", "warning", "info"] = "warning"
    verdict: Literal["fail", "unknown"] = "fail"
    detail: str | None = None
    construct_path: str | None = None
    stack: str | None = None
    logical_id: str | None = None
    accepted: str | None = None
    source: str | None = None
    digest: str | None = None

    @property
    def full_id(self) -> str:
        """The id with its detail, as cdk-nag writes it."""
        return self.id if self.detail is None else f"{self.id}[{self.detail}]"


class Records(msgspec.Struct):
    """What CDK itself writes down nowhere.

    Args:
        acknowledgements: (construct path, {rule id: reason}).
        waivers: (construct path, what ``waive`` recorded).
        packs: names of the packs of cdk-nag that ran.
        peers: what they found.
    """

    acknowledgements: list[tuple[str, dict[str, str]]] = []
    waivers: list[tuple[str, dict[str, Any]]] = []
    packs: list[str] = []
    peers: list[PeerFinding] = []


class _Report(msgspec.Struct):
    recorded: Records | None = None


def read(folder: Path) -> Records:
    """What a door recorded in ``folder``: decisions above the stacks, and what cdk-nag found."""
    try:
        data = reading.read(folder / REPORT, reading.MAX_REPORT)
        return msgspec.json.decode(data, type=_Report).recorded or Records()
    except (InputError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Records()  # no report, or none of ours
