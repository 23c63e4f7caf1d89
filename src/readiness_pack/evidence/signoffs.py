"""Sign-offs: who of the five teams agreed, when, for which commit and stage, to exactly what.

Each is a file of its own in ``signoffs/`` beside the records, named after its content, so that two people who sign at
the same time are both kept and an edited file is noticed. A sign-off is bound to a digest: it counts as long as what is
judged is what was signed.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import tempfile
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from readiness_pack import typed_yaml
from readiness_pack.errors import InputError
from readiness_pack.evidence import digest as digests
from readiness_pack.evidence.changes import first

if TYPE_CHECKING:
    from readiness_pack.checklist import Checklist, ItemSpec
    from readiness_pack.evidence.digest import Digest

FOLDER = "signoffs"
"""In the folder of the evidence."""

ITEMS = "CRT-SGN-"
"""How the ids of the items begin that are sign-offs."""

State = Literal["signed", "stale", "expired", "missing"]


class SignOff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signature, as its file has it.

    Args:
        team: ``security``, ``operations``, ``platform``, ``qa``, ``business``.
        item: the checklist item, such as ``CRT-SGN-01``.
        name: who signed.
        at: when, in UTC.
        digest: what was signed, ``sha256:…``.
        statement: what the signature says.
        role: of the person.
        commit: the version of the code.
        stage: where it is to run.
    """

    team: str
    item: str
    name: str
    at: datetime.datetime
    digest: str
    statement: str
    role: str | None = None
    commit: str | None = None
    stage: str | None = None


class SignOffState(msgspec.Struct, frozen=True):
    """Where the sign-off of a team stands.

    Args:
        team: the team.
        item: its checklist item.
        state: ``signed``, ``stale`` (something changed since), ``expired`` or ``missing``.
        why: the reason in a sentence.
        name: who signed last.
        role: of that person.
        at: when.
        commit: for which version of the code.
        stage: for which stage.
        changes: what changed since, where it is stale.
        expires: the last day on which it counts.
    """

    team: str
    item: str
    state: State
    why: str
    name: str | None = None
    role: str | None = None
    at: datetime.datetime | None = None
    commit: str | None = None
    stage: str | None = None
    changes: list[str] = []
    expires: datetime.date | None = None


class Found(NamedTuple):
    """What a folder holds.

    Args:
        signoffs: those that are as they were written, oldest first.
        problems: team (``None`` where not even that can be read) and what is wrong with a file.
    """

    signoffs: list[SignOff]
    problems: list[tuple[str | None, str]]


def teams(checklist: Checklist) -> dict[str, ItemSpec]:
    """The teams that sign, by their names on the command line, with the items that are their signatures.

    Example:
        >>> from readiness_pack.checklist import load
        >>> list(teams(load()))
        ['security', 'operations', 'platform', 'qa', 'business']
    """
    return {
        item.evidence.owner.lower(): item
        for item in checklist.items
        if item.id.startswith(ITEMS) and item.evidence is not None
    }


def team_named(text: str, checklist: Checklist) -> str:
    """The team that a person means: by its name, the title of its item (``Security Team``) or the item's id.

    Raises:
        InputError: no team is called that.

    Example:
        >>> from readiness_pack.checklist import load
        >>> team_named("Quality Assurance", load())
        'qa'
    """
    known = teams(checklist)
    for team, item in known.items():
        if text.strip().lower() in (team, item.title.lower(), item.id.lower()):
            return team
    names = [name for team, item in known.items() for name in (team, item.title)]
    raise InputError(f"no team is called '{text}'.{typed_yaml.nearest(text, names)} Teams are {', '.join(known)}.")


def sign(
    folder: Path,
    *,
    team: str,
    name: str,
    digest: Digest,
    now: datetime.datetime,
    checklist: Checklist,
    role: str | None = None,
    commit: str | None = None,
    stage: str | None = None,
    statement: str | None = None,
) -> Path:
    """Write a sign-off, and what its digest is made of.

    Args:
        folder: where the evidence is; it is made where it does not exist.
        team: which team signs.
        name: who signs.
        digest: what is signed.
        now: when; a time without zone is taken as UTC.
        checklist: the items that teams sign.
        role: of the person.
        commit: the version of the code.
        stage: where it is to run.
        statement: what the signature says, the item's words where not given.

    Returns:
        The file that was written; no other one is touched.

    Raises:
        InputError: no team is called that, the name is empty, or the folder cannot be written to.
    """
    team = team_named(team, checklist)
    item = teams(checklist)[team]
    signoff = SignOff(
        team=team,
        item=item.id,
        name=one_line("name", name),
        at=_utc(now),
        digest=digest.value,
        statement=one_line("statement", statement or item.statement),
        role=None if role is None else one_line("role", role),
        commit=None if commit is None else one_line("commit", commit),
        stage=None if stage is None else one_line("stage", stage),
    )
    digests.keep(folder, digest)
    path = folder / FOLDER / _file_name(signoff)
    _create(path, _written(signoff))
    return path


def read(folder: Path | None) -> Found:
    """Every sign-off in ``folder``; what cannot be read or was edited is a problem, never a signature."""
    found = Found([], [])
    paths = sorted((folder / FOLDER).glob("*.yaml")) if folder is not None else []
    for path in paths:
        if path.name.startswith("."):
            continue
        shown = f"{FOLDER}/{path.name}"
        try:
            signoff = typed_yaml.read(path, SignOff, shown=shown)
        except InputError as error:
            found.problems.append((path.name.partition("-")[0], f"{error} (it does not count)"))
            continue
        if signoff.at.tzinfo is None or path.name != _file_name(signoff):
            found.problems.append((signoff.team, f"{shown} was edited after it was signed, so it does not count"))
        else:
            found.signoffs.append(signoff)
    found.signoffs.sort(key=lambda signoff: signoff.at)
    return found


def states(
    folder: Path | None, digest: Digest, checklist: Checklist, today: datetime.date, stage: str | None = None
) -> list[SignOffState]:
    """Where the sign-off of each team stands.

    Args:
        folder: where the evidence is, ``None`` where there is none.
        digest: of what is judged now.
        checklist: the items that teams sign.
        today: the day on which it is judged.
        stage: where it is to run: a sign-off for another stage is none for this one; any stage where not given.
    """
    found = read(folder)
    return [_state(team, item, found, folder, digest, today, stage) for team, item in teams(checklist).items()]


def _state(
    team: str,
    item: ItemSpec,
    found: Found,
    folder: Path | None,
    digest: Digest,
    today: datetime.date,
    stage: str | None,
) -> SignOffState:
    # A clock in another time zone may be a day ahead of ours; what is further ahead is no signature yet.
    all_ = [one for one in found.signoffs if one.team == team and one.item == item.id]
    mine = [one for one in all_ if stage is None or one.stage in (None, stage)]
    counted = [one for one in mine if (one.at.date() - today).days <= 1]
    if not counted:
        reasons = [problem for owner, problem in found.problems if owner == team]
        if all_ and not mine:
            reasons.append(f"{all_[-1].name} signed for {all_[-1].stage}, not for {stage}")
        elif mine:
            reasons.append(f"the sign-off of {mine[-1].name} is dated {mine[-1].at.date()}, which is still to come")
        why = f"{item.title}: no sign-off{': ' if reasons else ''}{'; '.join(reasons)}."
        return SignOffState(team, item.id, "missing", why)
    assert item.evidence is not None  # noqa: S101  teams() asks for it
    # One signature for what is judged now outweighs later ones for something else.
    latest = next((one for one in reversed(counted) if one.digest == digest.value), counted[-1])
    expires = _plus(latest.at.date(), item.evidence.valid_days)
    who = f"{latest.name}{f' ({latest.role})' if latest.role else ''}"
    what = " of ".join(filter(None, (latest.stage, latest.commit and f"commit {short(latest.commit)}")))
    signed = f"{who} signed on {latest.at.date()}{f' for {what}' if what else ''}"
    state: State = "signed"
    why, changed = f"{signed}; it counts until {expires}.", []
    if latest.digest != digest.value:
        state, changed = "stale", _changed(folder, latest.digest, digest)
        why = f"{signed}, but since then {'; '.join(first(changed, 3))}."
    elif expires < today:
        state, why = "expired", f"{signed}; that counted until {expires}."
    return SignOffState(
        team, item.id, state, why, latest.name, latest.role, latest.at, latest.commit, latest.stage, changed, expires
    )


def _plus(day: datetime.date, days: int) -> datetime.date:
    try:
        return day + datetime.timedelta(days=days)
    except OverflowError:
        return datetime.date.max


def short(commit: str) -> str:
    """A commit as people give it.

    Example:
        >>> short("1f0c2d4e5a6b7c8d9e0f1a2b3c4d5e6f70819203-dirty"), short("v1.4")
        ('1f0c2d4e5a6b-dirty', 'v1.4')
    """
    return re.sub(r"^([0-9a-f]{12})[0-9a-f]{28,52}(?![0-9a-f])", r"\1", commit)


def _changed(folder: Path | None, value: str, now: Digest) -> list[str]:
    before = digests.kept(folder, value) if folder is not None else None
    if before is None:
        name = f"{digests.FOLDER}/{value.removeprefix('sha256:')[:12]}….json"
        return [f"something changed (what was signed is not on record any more: {name} is gone or was edited)"]
    return digests.changes(before, now)


# Files ---------------------------------------------------------------------------------------------------------------


def _file_name(signoff: SignOff) -> str:
    """Team, time and the beginning of a hash over the content, whatever its formatting."""
    content = {**msgspec.to_builtins(signoff), "at": signoff.at.timestamp()}
    hash_ = hashlib.sha256(digests.canonical(content)).hexdigest()
    return f"{signoff.team}-{signoff.at:%Y%m%dT%H%M%SZ}-{hash_[:16]}.yaml"


def _written(signoff: SignOff) -> bytes:
    import yaml

    fields = {key: value for key, value in msgspec.to_builtins(signoff).items() if value is not None}
    head = f"# Written by `readiness sign`; it counts only unedited. {signoff.item} of the checklist.\n"
    return (head + yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=110)).encode()


def _create(path: Path, data: bytes) -> None:
    """Write a file that must not exist yet, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror or error}", file=path.parent) from error
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".signoff.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101
        _publish(temporary, path)
    except FileExistsError as error:
        raise InputError("this sign-off is there already", file=path) from error
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", file=path) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _publish(temporary: str, path: Path) -> None:
    """Give a finished file its name, unless a file has that name."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError from None
        Path(temporary).replace(path)  # in one step, too; only the same signature could have come in between


def one_line(what: str, text: str) -> str:
    """``text`` without what would break a line, or be invisible in it.

    Raises:
        InputError: nothing is left.
    """
    kept = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
    kept = "".join(sign for sign in kept if unicodedata.category(sign) not in ("Cf", "Cs", "Co", "Cn"))
    kept = " ".join(kept.split())
    if not kept:
        raise InputError(f"the {what} is empty")
    return kept


def _utc(now: datetime.datetime) -> datetime.datetime:
    zoned = now.replace(tzinfo=datetime.UTC) if now.tzinfo is None else now.astimezone(datetime.UTC)
    return zoned.replace(microsecond=0)


__all__ = [
    "FOLDER",
    "ITEMS",
    "Found",
    "SignOff",
    "SignOffState",
    "one_line",
    "read",
    "sign",
    "states",
    "team_named",
    "teams",
]
