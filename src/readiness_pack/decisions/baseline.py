"""The baseline: findings that are known, so that only new ones fail. It can only shrink."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from readiness_pack import files, reading
from readiness_pack.errors import InputError
from readiness_pack.findings import Finding


class Entry(msgspec.Struct, frozen=True, order=True):
    """One known finding; all but the fingerprint is for people who read the file."""

    rule: str
    place: str
    fingerprint: str


class Baseline(msgspec.Struct, frozen=True):
    """The file."""

    findings: list[Entry]
    schema_version: Literal[1] = 1


class _Known(msgspec.Struct, frozen=True, gc=False):
    fingerprint: str


class _Read(msgspec.Struct, frozen=True):
    """The file as it is read: what is only for people takes no memory."""

    findings: list[_Known]
    schema_version: Literal[1] = 1


def read(path: Path) -> frozenset[str]:
    """The fingerprints in a baseline file.

    Raises:
        InputError: it is not there or is no baseline.
    """
    try:
        found = msgspec.json.decode(reading.read(path, reading.MAX_RECORDED), type=_Read)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"is not a baseline: {error}", file=path) from error
    return frozenset(entry.fingerprint for entry in found.findings)


def record(
    path: Path,
    findings: Iterable[Finding],
    *,
    allow_growth: bool = False,
    former: Mapping[str, Collection[str]] | None = None,
) -> tuple[int, int]:
    """Write today's open violations as the baseline.

    Args:
        path: the file.
        findings: the findings of a run, with those that the present baseline covers.
        allow_growth: take in findings that the present file does not have.
        former: fingerprint -> those under old names of its rule: where the file has one of them, the finding is known.

    Returns:
        How many entries the file has now, and how many it lost.

    Raises:
        InputError: the present file is no baseline (it is left as it is), or would grow.
    """
    today = sorted(
        Entry(finding.rule, finding.place, finding.fingerprint)
        for finding in findings
        if finding.verdict == "fail" and (finding.decision.counts or finding.decision.state == "baselined")
    )
    with files.locked(path):
        known = read(path) if path.exists() else None
        if known is not None and former:
            renamed = {new: known.intersection(old) for new, old in former.items()}
            known = known.difference(*renamed.values()).union(new for new, old in renamed.items() if old)
        if known is not None and not allow_growth:
            new = [entry for entry in today if entry.fingerprint not in known]
            if new:
                first = f"{new[0].rule} at {new[0].place}"
                text = f"would grow by {len(new)} findings, the first is {first}; fix them, or say --allow-growth"
                raise InputError(text, file=path)
        files.write(path, msgspec.json.format(msgspec.json.encode(Baseline(today)), indent=1) + b"\n")
    return len(today), len((known or frozenset()) - {entry.fingerprint for entry in today})
