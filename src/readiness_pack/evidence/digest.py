"""What a sign-off is bound to: one digest of the judged assembly, the rules, the decisions and the evidence.

It is made of parts with names for people, so that a sign-off that no longer fits can say which part changed. A part
is hashed by what it says, never by how it is written: the order of keys, stacks and records, comments, formatting and
the place of files do not count, and neither does what depends on the machine or on how CDK was started.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from readiness_pack import files, reading
from readiness_pack.config import Config
from readiness_pack.errors import InputError
from readiness_pack.evidence.changes import changes
from readiness_pack.evidence.parts import parts

if TYPE_CHECKING:
    from readiness_pack.evidence.records import Evidence
    from readiness_pack.rules.rule_set import RuleSet
    from readiness_pack.template import Assembly

_DOMAIN = b"readiness-pack digest 1\0"
FOLDER = "digests"
"""In the folder of the evidence: what each digest was made of, by digest."""

_GROUPS = {
    "assembly": ("stack",),
    "rules": ("readiness-pack", "rule", "item"),
    "decisions": ("setting", "waiver", "acknowledgement", "baseline"),
    "evidence": ("record", "fact", "report"),
}


class Digest(msgspec.Struct, frozen=True):
    """A digest and what it is made of.

    Args:
        value: ``sha256:`` and 64 hexadecimal digits, over all the others.
        assembly: over the templates.
        rules: over the rules and items.
        decisions: over settings, waivers and acknowledgements.
        evidence: over records, facts and tool reports.
        parts: name of each part, in words, -> its hash.

    Example:
        >>> one = Digest.of({"stack Orders, resource Queue": "ab"})
        >>> one == Digest.of({"stack Orders, resource Queue": "ab"}), one.value[:7], one.is_sound
        (True, 'sha256:', True)
    """

    value: str
    assembly: str
    rules: str
    decisions: str
    evidence: str
    parts: dict[str, str]

    @classmethod
    def of(cls, parts: Mapping[str, str]) -> Digest:
        """The digest over ``parts``."""
        groups = {
            group: _sha256(group, {name: hash_ for name, hash_ in parts.items() if name.split(" ", 1)[0] in kinds})
            for group, kinds in _GROUPS.items()
        }
        return cls(value=_sha256("value", groups), parts=dict(sorted(parts.items())), **groups)

    @property
    def is_sound(self) -> bool:
        """Whether the digest is really the one over its parts."""
        known = {kind for kinds in _GROUPS.values() for kind in kinds}
        return self == Digest.of(self.parts) and all(name.split(" ", 1)[0] in known for name in self.parts)


def digest(assembly: Assembly, rules: RuleSet, config: Config, evidence: Evidence) -> Digest:
    """The digest of what is judged, and of everything that the judgement rests on.

    Args:
        assembly: what was synthesized.
        rules: the rules of the run with their items.
        config: the settings in force.
        evidence: what was recorded.

    Raises:
        InputError: the baseline cannot be read.

    Example:
        >>> from readiness_pack.evidence.records import Evidence
        >>> from readiness_pack.rules.rule_set import rule_set
        >>> from readiness_pack.template import Assembly
        >>> def of(properties):
        ...     template = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": properties}}}
        ...     app = Assembly.from_template(template, name="Orders")
        ...     return digest(app, rule_set([]), Config(), Evidence())
        >>> changes(of({}), of({"EnableKeyRotation": True}))
        ['stack Orders changed: resource Key']
    """
    hashes: dict[str, set[str]] = defaultdict(set)
    for name, content in parts(assembly, rules, config, evidence):
        readable = name.encode("utf-8", "backslashreplace").decode()  # half a surrogate pair is no character
        hashes[readable].add(_sha256(name.split(" ", 1)[0], content))
    # Two records of one item and day share a name: their part is then both.
    return Digest.of(
        {
            name: next(iter(found)) if len(found) == 1 else _sha256("several", sorted(found))
            for name, found in hashes.items()
        }
    )


# Kept, so that a sign-off can say what changed since -----------------------------------------------------------------


def keep(folder: Path, digest: Digest) -> Path:
    """Write down what ``digest`` is made of, under its own name in ``folder``.

    Raises:
        InputError: the folder cannot be written to.
    """
    path = _file(folder, digest.value)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror or error}", file=path.parent) from error
    if kept(folder, digest.value) is None:
        files.write(path, msgspec.json.format(msgspec.json.encode(digest, order="deterministic"), indent=1) + b"\n")
    return path


def kept(folder: Path, value: str) -> Digest | None:
    """What the digest ``value`` was made of; ``None`` where that was not kept, or where somebody changed it."""
    hexadecimal = value.removeprefix("sha256:")
    if len(hexadecimal) != 64 or not set(hexadecimal) <= set("0123456789abcdef"):
        return None  # not a name to look for in the file system
    try:
        found = msgspec.json.decode(reading.read(_file(folder, value), reading.MAX_RECORDED), type=Digest)
    except (InputError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if found.value == value and found.is_sound else None


def _file(folder: Path, value: str) -> Path:
    return folder / FOLDER / f"{value.removeprefix('sha256:')}.json"


# Hashing -------------------------------------------------------------------------------------------------------------


def _sha256(kind: str, content: Any) -> str:
    """The hash of ``content`` as something of ``kind``: the same content elsewhere has another hash."""
    hashed = hashlib.sha256(_DOMAIN)
    hashed.update(kind.encode() + b"\0")
    hashed.update(canonical(content))
    return f"sha256:{hashed.hexdigest()}"


def canonical(content: Any) -> bytes:
    """Plain data as JSON that is the same for the same content.

    Example:
        >>> canonical({"b": 1.0, "a": ["x"]}) == canonical({"a": ["x"], "b": 1})
        True
    """
    return json.dumps(_plain(content), sort_keys=True, separators=(",", ":"), default=_named).encode()


def _plain(value: Any) -> Any:
    """With text for keys, and one spelling of each number: YAML and JSON read 1, 1.0 and other keys differently."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def _named(value: object) -> Any:
    """What is no plain data, in parameters of rules that are written in Python."""
    if isinstance(value, Iterable):
        return sorted(map(_plain, value), key=repr)
    return str(value) if type(value).__str__ is not object.__str__ else type(value).__qualname__


__all__ = ["FOLDER", "Digest", "canonical", "changes", "digest", "keep", "kept"]
