"""Checks on what was accepted in other tools: each suppression says why, and none takes a whole stack out."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readiness_pack import reading
from readiness_pack.errors import InputError
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Assembly, Resource, Undecided

# cdk-nag -------------------------------------------------------------------------------------------------------------

# The rules of cdk-nag that warn only, in the packs of version 3.0: https://github.com/cdklabs/cdk-nag/blob/main/RULES.md
_WARNINGS = frozenset(
    (
        *("AwsSolutions-APIG3", "AwsSolutions-CB5", "AwsSolutions-CFR1", "AwsSolutions-CFR2", "AwsSolutions-COG2"),
        *("AwsSolutions-DDB3", "AwsSolutions-EB4", "AwsSolutions-GL1", "AwsSolutions-GL3", "AwsSolutions-KDA3"),
        *("AwsSolutions-KDS3", "AwsSolutions-MS10", "AwsSolutions-MS4", "AwsSolutions-MS7", "AwsSolutions-MS8"),
        *("AwsSolutions-TS3", "AwsSolutions-VPC3", "HIPAA.Security-VPCDefaultSecurityGroupClosed"),
        *("NIST.800.53.R4-VPCDefaultSecurityGroupClosed", "NIST.800.53.R5-VPCDefaultSecurityGroupClosed"),
        *("PCI.DSS.321-VPCDefaultSecurityGroupClosed", "Serverless-APIGWStructuredLogging"),
        *("Serverless-APIGWXrayEnabled", "Serverless-AppSyncTracing", "Serverless-CloudWatchLogGroupRetentionPeriod"),
        *("Serverless-LambdaStarPermissions", "Serverless-LambdaTracing"),
    )
)
# An id of a pack: AwsSolutions-S1, HIPAA.Security-S3BucketLoggingEnabled, AwsSolutions-IAM5[Resource::*].
_NAG_ID = re.compile(r"(?:Annotation::|\w[\w.]*::)?((?:[A-Z][\w.]*)-[A-Z]\w*(?:\[.*\])?)", re.IGNORECASE | re.DOTALL)
_OURS = "Readiness::"

# Words of which a reason may not consist alone.
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """a accept acceptable accepted accepting all an and applicable approved are as at be because by case demo
    design designed do does dont example expected false fine finding fix for here ignore ignored in intended intentional
    intentionally is issue it its just know known later legacy n na need needed needs no none not now of ok okay on only
    our positive poc purpose purposes reason reasons relevant required risk risks rule skip skipped suppress suppressed
    tbd team temp temporary test testing tests that the there this to up us want was we will work works
    warning""",
    )
)


@dataclass(frozen=True, slots=True)
class _Suppression:
    """One rule that somebody switched off.

    Args:
        id: of the rule, as it was written.
        reason: what was given, decoded.
        where: the construct, stack or resource for which it counts.
        whole_stack: whether that is a stack, or more.
    """

    id: str
    reason: Any
    where: str
    whole_stack: bool = False


def suppressions_justified(rule: Rule, subject: Assembly | Resource) -> Verdicts:
    """Every suppression says why, in words of its own, and none of an error is for a whole stack."""
    found: list[Outcome] = []
    seen = set()
    for one in _of_app(subject) if isinstance(subject, Assembly) else _of_resource(subject):
        if (one.id, one.where) in seen:
            continue
        seen.add((one.id, one.where))
        problem = _problem(rule, one)
        if problem is not None:
            found.append(fail(detail=f"{one.id} {one.where}", id=one.id, where=one.where, reason=problem))
    if isinstance(subject, Assembly):
        found += _without_owner(subject)
        seen.update(("waiver", path) for path, _ in subject.waivers)
    return found or (PASS if seen else NOT_APPLICABLE)


def _problem(rule: Rule, one: _Suppression) -> str | None:
    problem = why_unjustified(one.reason, rule["min_reason_length"])
    if problem is not None:
        return problem
    if one.whole_stack and _is_error(one.id):
        return "switches off a rule of level error for all of it"
    return None


def why_unjustified(reason: Any, least: int) -> str | None:
    """What is wrong with the reason that somebody gives, ``None`` where nothing is.

    Args:
        reason: what was written.
        least: the shortest reason that can say something, in characters.

    Example:
        >>> why_unjustified("not needed for now", 10), why_unjustified("Access logs of the log bucket would loop.", 20)
        ("says only 'not needed for now'", None)
    """
    if not isinstance(reason, str) or not reason.strip():
        return "gives no reason"
    text = " ".join(reason.split())
    if set(re.findall(r"\w+", text.lower().replace("'", ""))) <= _EMPTY or len(set(text.lower())) < 5:
        return f"says only '{text}'"
    if len(text) < least:
        return f"says only '{text}', in fewer than {least} characters"
    return None


def _is_error(id_: str) -> bool:
    match = _NAG_ID.fullmatch(id_)
    bare = re.sub(r"\[.*\]$", "", match[1], flags=re.DOTALL) if match is not None else id_
    return match is not None and bare not in _WARNINGS


def _of_resource(resource: Resource) -> Iterator[_Suppression]:
    written = list(_of_metadata(resource.raw.get("Metadata"), resource.logical_id, whole_stack=False))
    if not written:
        return
    path = resource.construct_path or ""
    # What cdk-nag copies from acknowledgements is judged where it was written.
    above = [ids for at, ids in resource.assembly.acknowledgements if not at or f"{path}/".startswith(f"{at}/")]
    copied = {_bare(id_) for ids in above for id_ in ids}
    for one in written:
        if _bare(one.id) not in copied:
            yield one


def _bare(id_: str) -> str:
    """An id without the prefix that CDK puts before it."""
    return id_.rsplit("::", 1)[-1] if "[" not in id_ else re.sub(r"^(?:\w+::)+", "", id_)


def _of_metadata(metadata: Any, where: str, *, whole_stack: bool) -> Iterator[_Suppression]:
    nag = metadata.get("cdk_nag") if isinstance(metadata, dict) else None
    entries = nag.get("rules_to_suppress") if isinstance(nag, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield _Suppression(str(entry.get("id", "?")), _decoded(entry), where, whole_stack)


def _decoded(entry: dict[str, Any]) -> Any:
    """The reason; cdk-nag 2 writes one with letters beyond ASCII as base64."""
    reason = entry.get("reason")
    if entry.get("is_reason_encoded") and isinstance(reason, str):
        try:
            return base64.b64decode(reason, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return reason
    return reason


def _of_app(assembly: Assembly) -> Iterator[_Suppression]:
    """What is written in the Metadata of stacks, acknowledged in the construct tree, and said in reports of cdk-nag."""
    for stack in assembly.stacks:
        yield from _of_metadata(stack.template.get("Metadata"), stack.name, whole_stack=True)
    names = {stack.name for stack in assembly.stacks}
    for path, acknowledged in assembly.acknowledgements:
        whole = not path or path in names or any(name.startswith(f"{path}/") for name in names)
        for id_, reason in acknowledged.items():
            # Our own engine judges what is acknowledged of our rules, and for which part of the app that may be.
            yield _Suppression(id_, reason, path or "the app", whole and not id_.startswith(_OURS))
    written = {
        (one.id, resource.construct_path)
        for resource in assembly.all_resources
        for one in _of_metadata(resource.raw.get("Metadata"), "", whole_stack=False)
    }
    for file in assembly.files.values():
        if file.name.endswith(("-NagReport.csv", "-NagReport.json")):
            yield from (one for one in _of_report(file) if (one.id, one.where) not in written)


# Columns of the reports of cdk-nag 2, in CSV and in JSON.
_COLUMNS = (
    ("Rule ID", "Resource ID", "Compliance", "Exception Reason"),
    ("ruleId", "resourceId", "compliance", "exceptionReason"),
)


def _of_report(file: Path) -> Iterator[_Suppression]:
    """The suppressed lines of a report."""
    try:
        text = reading.read(file, reading.MAX_RECORDED).decode("utf-8-sig", errors="replace")
    except InputError as error:
        raise Undecided(f"report {file.name} {error.problem}") from error
    lines: Any
    if file.suffix == ".csv":
        (rule_id, resource_id, compliance, reason), lines = _COLUMNS[0], _rows(file, text)
    else:
        (rule_id, resource_id, compliance, reason), lines = _COLUMNS[1], _lines(text)
    for line in lines:
        if isinstance(line, dict) and str(line.get(compliance)).lower() == "suppressed":
            yield _Suppression(str(line.get(rule_id)), line.get(reason), str(line.get(resource_id)))


def _rows(file: Path, text: str) -> list[dict[Any, Any]]:
    try:
        return list(csv.DictReader(io.StringIO(text)))
    except csv.Error as error:  # a field beyond the limit of the csv module
        raise Undecided(f"report {file.name} is not what cdk-nag writes") from error


def _lines(text: str) -> list[Any]:
    try:
        lines = json.loads(text)["lines"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []  # no report of cdk-nag
    return lines if isinstance(lines, list) else []


def _without_owner(assembly: Assembly) -> list[Outcome]:
    """The waivers in code for which nobody answers."""
    found = []
    for path, waiver in assembly.waivers:
        if not waiver.get("owner"):
            id_, where = str(waiver.get("rule", "?")), path or "the app"
            found.append(fail(detail=f"waiver {id_} {where}", id=id_, where=where, reason="has no owner"))
    return found


# checkov -------------------------------------------------------------------------------------------------------------

_CHECK_ID = re.compile(r"(?:CKV2?|BC)_[A-Z0-9]+_\d+")


def checkov_skips_justified(rule: Rule, resource: Resource) -> Verdicts:
    """Every check of checkov that a resource skips exists, and the skip says why."""
    metadata = resource.raw.get("Metadata")
    checkov = metadata.get("checkov") if isinstance(metadata, dict) else None
    skips = checkov.get("skip") if isinstance(checkov, dict) else None
    if skips is None:
        return NOT_APPLICABLE
    found: list[Outcome] = []
    for skip in skips if isinstance(skips, list) else [skips]:
        id_ = str(skip.get("id", "")) if isinstance(skip, dict) else str(skip)
        comment = skip.get("comment") if isinstance(skip, dict) else None
        prefixes = tuple(rule["custom_check_prefixes"])
        if not _CHECK_ID.fullmatch(id_) and not (prefixes and id_.startswith(prefixes)):
            reason = f"names {id_}, which is no id of a check" if id_ else "names no check"
            found.append(fail(detail=f"id {id_}", reason=reason))
            continue
        problem = why_unjustified(comment, rule["min_reason_length"])
        if problem is not None:
            found.append(fail(detail=id_, reason=f"skips {id_} and {problem}"))
    return found or PASS
