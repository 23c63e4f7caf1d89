"""The certificate: who certified what, on which day, on what grounds, and when somebody has to look again.

``certificate.json`` is the certificate itself. It names the hashes of the page for people and of the in-toto statement
that are written beside it, and carries a seal: a hash over everything it says. The seal finds edits and accidents; it
is no signature, and somebody who edits and seals again goes unnoticed, unless the statement is signed with a key.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from readiness_pack import __version__, files, reading
from readiness_pack.errors import InputError
from readiness_pack.evidence.changes import changes, first
from readiness_pack.evidence.digest import Digest, canonical

if TYPE_CHECKING:
    from readiness_pack.evidence.signoffs import SignOffState

FILE_NAME = "certificate.json"
PAGE = "certificate.html"
STATEMENT = "certificate.intoto.json"

State = Literal["valid", "stale", "expired", "tampered", "missing"]


class Tool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What made the certificate."""

    name: str = "readiness-pack"
    version: str = __version__


class CertifiedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checklist item as it stood.

    Args:
        owner: the team that keeps its record.
        expires: the last day on which its status holds.
    """

    id: str
    title: str
    section: str
    status: str
    why: str
    owner: str | None = None
    expires: datetime.date | None = None


class CertifiedSignOff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sign-off that the certificate rests on."""

    team: str
    item: str
    name: str
    at: datetime.datetime
    expires: datetime.date
    role: str | None = None
    commit: str | None = None
    stage: str | None = None


class CertifiedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record, a fact or the report of a tool that the certificate rests on.

    Args:
        about: the item, or ``fact NAME``.
        sha256: hashes of the files that it names, by name.
    """

    about: str
    statement: str
    owner: str
    date: datetime.date
    valid_until: datetime.date | None = None
    sha256: dict[str, str] = {}


class CertifiedWaiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision to live with findings that the certificate rests on."""

    rule: str
    resource: str
    reason: str
    owner: str | None = None
    expires: datetime.date | None = None


class Certificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``certificate.json`` holds.

    Args:
        subject: the app: the name of the folder or template that was judged.
        date: the day of the certification.
        certified_by: the name of the person.
        next_review: the last day on which everything that the certificate rests on holds.
        digest: of what was judged.
        items: every item of the checklist.
        signoffs: one a team.
        records: the evidence.
        waivers: accepted findings.
        role: of the certifier.
        stage: where the app is to run.
        gate: the moment for which it is certified; ``None`` for the whole checklist.
        commit: the version of the code that all sign-offs name, where they agree.
        files: name -> SHA-256 of the files beside this one.
        seal: hash over all the above.
    """

    subject: str
    date: datetime.date
    certified_by: str
    next_review: datetime.date
    digest: Digest
    items: list[CertifiedItem]
    signoffs: list[CertifiedSignOff]
    records: list[CertifiedRecord]
    waivers: list[CertifiedWaiver]
    role: str | None = None
    stage: str | None = None
    gate: str | None = None
    commit: str | None = None
    tool: Tool = Tool()
    schema_version: Literal[1] = 1
    files: dict[str, str] = {}
    seal: str = ""

    @property
    def is_sealed(self) -> bool:
        """Whether the seal is the one over what the certificate says."""
        return self.seal == _seal(self)


def schema() -> dict[str, Any]:
    """The JSON Schema of certificate.json; docs/schemas has it as a file.

    Example:
        >>> schema()["title"], schema()["additionalProperties"]
        ('certificate.json', False)
    """
    (found,), parts = msgspec.json.schema_components((Certificate,), ref_template="#/$defs/{name}")
    own = parts.pop(found["$ref"].rpartition("/")[2])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**head, **_plain(own), "title": FILE_NAME, "$defs": {name: _plain(parts[name]) for name in sorted(parts)}}


def _plain(schema: Any) -> Any:
    """A schema without what is about our code: defaults and docstrings."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key not in ("default", "description")}
    return schema


class CertificateState(msgspec.Struct, frozen=True):
    """Where a certificate stands.

    Args:
        state: ``valid``, ``stale`` (something changed since), ``expired``, ``tampered`` or ``missing``.
        why: the reason in a sentence.
        changes: what changed since, where it is stale.
        date: when it was given.
        certified_by: by whom.
        next_review: the last day on which it counts.
    """

    state: State
    why: str
    changes: list[str] = []
    date: datetime.date | None = None
    certified_by: str | None = None
    next_review: datetime.date | None = None


def sealed(certificate: Certificate, beside: Mapping[str, bytes]) -> Certificate:
    """``certificate`` with the hashes of the files beside it, and its seal.

    Example:
        >>> certificate = sealed(_example(), {"certificate.html": b"<p>"})
        >>> certificate.is_sealed, list(certificate.files)
        (True, ['certificate.html'])
    """
    named = msgspec.structs.replace(certificate, files={name: _hash(data) for name, data in sorted(beside.items())})
    return msgspec.structs.replace(named, seal=_seal(named))


def write(folder: Path, certificate: Certificate, beside: Mapping[str, bytes]) -> list[Path]:
    """Write a certificate and the files that it names.

    Args:
        folder: where to; it is made where it does not exist.
        certificate: what is certified.
        beside: name -> content of the page and the statement.

    Returns:
        The files, the certificate first.

    Raises:
        InputError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror or error}", file=folder) from error
    path = folder / FILE_NAME
    for name, data in beside.items():
        files.write(folder / name, data)
    # Last, since it names the others: a run that is cut short leaves no certificate that seems whole.
    data = msgspec.json.encode(sealed(certificate, beside), order="deterministic")
    files.write(path, msgspec.json.format(data, indent=1) + b"\n")
    return [path, *(folder / name for name in beside)]


def read(path: Path) -> Certificate:
    """The certificate in ``path``, sealed or not.

    Raises:
        InputError: it cannot be read, or is no certificate.
    """
    try:
        return msgspec.json.decode(reading.read(path, reading.MAX_RECORDED), type=Certificate)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"is not a certificate: {error}", file=path) from error


def asked_of(path: Path) -> tuple[str | None, str | None]:
    """The gate and the stage that the certificate in ``path`` is for, as far as it can be believed.

    Raises:
        InputError: the file cannot be read, or never was a certificate.
    """
    try:
        certificate = read(path)
    except InputError:
        if _has_seal(path):
            return None, None  # it was one, before somebody edited it: `state_of` says so
        raise
    return (certificate.gate, certificate.stage) if certificate.is_sealed else (None, None)


def _has_seal(path: Path) -> bool:
    try:
        found = msgspec.json.decode(reading.read(path, reading.MAX_RECORDED))
    except (InputError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(found, dict) and "seal" in found


def state(
    folder: Path | None,
    digest: Digest,
    signoffs: Sequence[SignOffState],
    today: datetime.date,
    lacking: Callable[[str | None], Sequence[str]] = lambda _gate: (),
    stage: str | None = None,
) -> CertificateState:
    """Where the certificate in ``folder`` stands.

    Args:
        folder: where the evidence is, ``None`` where there is none.
        digest: of what is judged now.
        signoffs: where the sign-offs stand now.
        today: the day on which it is judged.
        lacking: gate -> what is not ready any more, a sentence each.
        stage: where it is to run: a certificate for another stage is none for this one; any stage where not given.
    """
    path = folder / FILE_NAME if folder is not None else None
    if path is None or not path.exists():
        return CertificateState("missing", "There is no certificate.")
    try:
        gate, for_stage = asked_of(path)
    except InputError as error:
        return CertificateState("tampered", f"{path.name} {error.problem}.")
    if stage is not None and for_stage not in (None, stage):
        return CertificateState("missing", f"The certificate is for {for_stage}, not for {stage}.")
    return state_of(path, digest, signoffs, today, lacking(gate))


def state_of(
    path: Path,
    digest: Digest,
    signoffs: Sequence[SignOffState],
    today: datetime.date,
    lacking: Sequence[str] = (),
) -> CertificateState:
    """Where the certificate in ``path`` stands.

    Args:
        path: the certificate.
        digest: of what is judged now.
        signoffs: where the sign-offs stand now.
        today: the day on which it is judged.
        lacking: what is not ready any more, a sentence each: some rules ask for the day, such as when support ends.
    """
    try:
        certificate = read(path)
    except InputError as error:
        return CertificateState("tampered", f"{path.name} {error.problem}.")
    given = (certificate.date, certificate.certified_by, certificate.next_review)
    by = f"{certificate.certified_by} certified on {certificate.date}"
    damage = tampering(path, certificate)
    if damage:
        return CertificateState("tampered", f"{'; '.join(damage)}.", damage)
    if (certificate.date - today).days > 1:
        return CertificateState(
            "stale", f"The certificate is dated {certificate.date}, which is still to come.", [], *given
        )
    changed = [*changes(certificate.digest, digest), *_of_signoffs(certificate, signoffs)]
    if not changed and today <= certificate.next_review:
        named = {one.team for one in certificate.signoffs}
        unsigned = [one.why.rstrip(".") for one in signoffs if one.team not in named and one.state != "signed"]
        changed = [*lacking, *unsigned]
    if changed:
        return CertificateState("stale", f"{by}, but since then {'; '.join(first(changed, 3))}.", changed, *given)
    if certificate.next_review < today:
        return CertificateState("expired", f"{by}; that counted until {certificate.next_review}.", [], *given)
    return CertificateState("valid", f"{by}; it counts until {certificate.next_review}.", [], *given)


def tampering(path: Path, certificate: Certificate) -> list[str]:
    """What in a certificate, or in the files beside it, is not as it was written: a sentence each."""
    found = []
    if not certificate.is_sealed:
        found.append(f"{path.name} was edited: its seal does not fit what it says")
    elif not certificate.digest.is_sound:
        found.append(f"the digest in {path.name} is not the one over its parts")
    for name, hash_ in certificate.files.items():
        if Path(name).name != name:
            found.append(f"{path.name} names a file elsewhere: {name}")
            continue
        try:
            if _hash((path.parent / name).read_bytes()) != hash_:
                found.append(f"{name} is not the file that was written with the certificate")
        except FileNotFoundError:
            continue  # the certificate may travel alone
        except OSError as error:
            found.append(f"{name} cannot be read: {error.strerror or error}")
    return found


def _of_signoffs(certificate: Certificate, signoffs: Sequence[SignOffState]) -> list[str]:
    """Sign-offs that the certificate rests on and that are there no more; what else changed is told by the digest."""
    now = {signoff.team: signoff for signoff in signoffs}
    return [
        f"the sign-off of {was.name} for {was.team} is gone or was edited"
        for was in certificate.signoffs
        if was.team not in now or now[was.team].state == "missing"
    ]


def _seal(certificate: Certificate) -> str:
    content: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(certificate, seal=""))
    return _hash(b"readiness-pack certificate 1\0" + canonical(content))


def _hash(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _example() -> Certificate:
    day = datetime.date(2026, 11, 25)
    return Certificate("cdk.out", day, "Ana Silva", day, Digest.of({"stack Orders": "1"}), [], [], [], [])
