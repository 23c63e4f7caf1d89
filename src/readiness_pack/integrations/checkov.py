"""Reads a report of checkov (``checkov ... -o json``) and finds the resources that it is about.

Its shape is that of ``get_dict`` in checkov's common/output/report.py: one document for one framework, a list of them
for several, and the bare figures where it found nothing to check.
https://www.checkov.io/2.Basics/Reviewing%20Scan%20Results.html
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec

from readiness_pack import reading
from readiness_pack.errors import InputError
from readiness_pack.peers.ids import CHECKOV
from readiness_pack.peers.merging import SHOWN
from readiness_pack.template import Assembly, Stack
from readiness_pack.template.records import PeerFinding

MAX_BYTES = 200 << 20
"""How large a report may be; without ``--compact`` checkov repeats a part of the template for every check."""

_JUDGED = "cloudformation"  # templates of SAM are in it; "serverless" is another framework's own format
_SEVERITIES: dict[str, Literal["error", "warning", "info"]] = {
    "CRITICAL": "error",
    "HIGH": "error",
    "MEDIUM": "warning",
    "LOW": "info",
    "INFO": "info",
}


class _Result(msgspec.Struct, frozen=True):
    suppress_comment: str | None = None


class _Check(msgspec.Struct, frozen=True):
    check_id: str
    resource: str = ""
    check_name: str | None = None
    check_result: _Result | None = None
    file_path: str | None = None
    file_abs_path: str | None = None
    repo_file_path: str | None = None
    severity: str | None = None
    guideline: str | None = None

    @property
    def place(self) -> str:
        """The resource and its file, for messages."""
        return f"{self.resource} of {self.file_path}"


class _Results(msgspec.Struct, frozen=True):
    passed_checks: list[_Check] = []
    failed_checks: list[_Check] = []
    skipped_checks: list[_Check] = []


class _Document(msgspec.Struct, frozen=True):
    check_type: str | None = None
    results: _Results | None = None


@dataclass(frozen=True)
class CheckovReport:
    """What checkov says of templates.

    Args:
        file: the report, as the user named it.
        passed: what satisfies its checks.
        failed: what does not.
        skipped: what somebody suppressed, in a comment, in Metadata, or on its command line.
    """

    file: str
    passed: tuple[_Check, ...]
    failed: tuple[_Check, ...]
    skipped: tuple[_Check, ...]

    @property
    def found(self) -> tuple[_Check, ...]:
        """What is no pass."""
        return self.failed + self.skipped

    @property
    def checks(self) -> tuple[_Check, ...]:
        """All of them; what is no pass comes first."""
        return self.found + self.passed

    def left_out(self, matched: Container[int]) -> str | None:
        """What to say of findings that are about nothing that was judged, ``None`` where there are none.

        Args:
            matched: the numbers of those among :attr:`checks` that are about something.

        Raises:
            InputError: not one of all is; the report is about other templates.
        """
        if not any(number in matched for number in range(len(self.checks))):
            text = f"is about other templates: nothing that was judged has {self.checks[0].place}"
            raise InputError(text, file=self.file)
        lost = [check.place for number, check in enumerate(self.found) if number not in matched]
        if not lost:
            return None
        unique = list(dict.fromkeys(lost))
        more = f" and {len(unique) - SHOWN} more" if len(unique) > SHOWN else ""
        findings = "finding of checkov was" if len(lost) == 1 else "findings of checkov were"
        nothing = f"nothing that was judged has {', '.join(unique[:SHOWN])}{more}"
        return f"{self.file}: {len(lost)} {findings} left out: {nothing}"


def read(path: Path) -> CheckovReport:
    """Read the report ``path``.

    Raises:
        InputError: it cannot be read, is no report of checkov in JSON, or says nothing about CloudFormation.
    """
    documents = _decoded(reading.read(path, MAX_BYTES).removeprefix(b"\xef\xbb\xbf"), path)
    results = [one.results for one in documents if one.results is not None and one.check_type == _JUDGED]
    report = CheckovReport(
        str(path),
        passed=tuple(check for one in results for check in one.passed_checks),
        failed=tuple(check for one in results for check in one.failed_checks),
        skipped=tuple(check for one in results for check in one.skipped_checks),
    )
    if not report.checks:
        types = ", ".join(sorted({one.check_type for one in documents if one.check_type})) or "nothing at all"
        raise InputError(f"has no result of checkov about CloudFormation; it is about {types}", file=path)
    return report


def _decoded(data: bytes, path: Path) -> list[_Document]:
    try:
        # A document that is no report of checkov would decode, too, with nothing in it: every key may be absent.
        raw = msgspec.json.decode(data, type=dict[str, msgspec.Raw] | list[dict[str, msgspec.Raw]])
        for one in raw if isinstance(raw, list) else [raw]:
            if not ("results" in one or "checkov_version" in one):
                raise InputError("has no 'results', so it is none of checkov's reports: checkov -o json", file=path)
        found = msgspec.json.decode(data, type=_Document | list[_Document])
    except msgspec.ValidationError as error:
        raise InputError(f"is no report of checkov: {error}", file=path) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is not JSON: {error}; write it with checkov -o json", file=path) from error
    except RecursionError:
        raise InputError("is nested too deep for a report of checkov", file=path) from None
    return found if isinstance(found, list) else [found]


def take_over(report: CheckovReport, assembly: Assembly) -> frozenset[int]:
    """Tell ``assembly`` what checkov found in its resources.

    Returns:
        The numbers of those among the checks of the report that are about resources of ``assembly``.
    """
    places = _Places(assembly)
    matched: set[int] = set()
    for number, check in enumerate(report.checks):
        stacks = places.of(check)
        if stacks:
            matched.add(number)
        if number < len(report.found):
            accepted = _comment(check) if number >= len(report.failed) else None
            assembly.peer_findings += [_finding(check, stack, accepted) for stack in stacks]
    return frozenset(matched)


def _finding(check: _Check, stack: Stack, accepted: str | None) -> PeerFinding:
    logical_id = check.resource.rpartition(".")[2]
    name = (check.check_name or check.check_id).strip()
    return PeerFinding(
        CHECKOV,
        check.check_id,
        check.check_id,
        f"{logical_id} fails a check of checkov: {name}",
        severity=_SEVERITIES.get((check.severity or "").upper(), "warning"),
        stack=stack.name,
        logical_id=logical_id,
        accepted=accepted,
        source=check.guideline if (check.guideline or "").startswith("https://") else None,
    )


def _comment(check: _Check) -> str:
    """Why the check is suppressed; checkov itself writes a sentence of its own where nobody gave a reason."""
    return (check.check_result.suppress_comment if check.check_result else None) or ""


class _Places:
    """Finds the stacks that results are about: by the path of the template, the type and the logical id."""

    def __init__(self, assembly: Assembly) -> None:
        self._stacks = [(stack, _parts(stack.source.path)) for stack in assembly.stacks if stack.source is not None]
        self._known: dict[tuple[str | None, ...], list[Stack]] = {}

    def of(self, check: _Check) -> list[Stack]:
        """The stacks that have the resource of ``check``; several where one template is nested in several places."""
        key = (check.file_abs_path, check.file_path, check.repo_file_path)
        if key not in self._known:
            self._known[key] = self._of_file(check)
        type_, _, logical_id = check.resource.rpartition(".")
        return [stack for stack in self._known[key] if _has(stack, logical_id, type_)]

    def _of_file(self, check: _Check) -> list[Stack]:
        """The stacks whose template is the file, on this machine or on another: the longest common end decides."""
        given = [_written(text) for text in (check.file_abs_path, check.file_path, check.repo_file_path) if text]
        shared = [(max((_common_end(parts, one) for one in given), default=0), stack) for stack, parts in self._stacks]
        best = max((length for length, _ in shared), default=0)
        if best == 0:
            return []
        found = [stack for length, stack in shared if length == best]
        return found if all(_may_be(check.file_abs_path, stack) for stack in found) else []


def _has(stack: Stack, logical_id: str, type_: str) -> bool:
    """Whether the stack has the resource, as it is written there or as SAM and loops make it."""
    made = stack.resources.get(logical_id)
    if made is None:
        return False
    section = stack.declared.get("Resources")
    written = section.get(logical_id) if isinstance(section, dict) else None
    return type_ in (made.type, written.get("Type") if isinstance(written, dict) else None)


def _may_be(path: str | None, stack: Stack) -> bool:
    """Whether the template of ``stack`` may be the file ``path``: not if that is here, and something else."""
    if not path or stack.source is None:
        return True
    try:
        other = Path(path)
        return not other.is_file() or other.samefile(stack.source.path) or other.read_bytes() == stack.source.data
    except (OSError, ValueError):
        return True


def _parts(path: Path) -> tuple[str, ...]:
    return tuple(path.absolute().as_posix().split("/"))


def _written(path: str) -> tuple[str, ...]:
    """The parts of a path as checkov wrote it, on whatever system."""
    return tuple(part for part in PurePosixPath(path.replace("\\", "/")).parts if part not in ("/", "."))


def _common_end(one: Iterable[str], other: Iterable[str]) -> int:
    length = 0
    for left, right in zip(reversed(tuple(one)), reversed(tuple(other)), strict=False):
        if left != right:
            break
        length += 1
    return length


__all__ = ["CheckovReport", "read", "take_over"]
